"""Duty lawyers, their monthly pay, and the annual targets."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import coded, days
from legalaid_eval.register.simulation.outreach import event_rates
from legalaid_eval.register.simulation.places import CITY, COUNTIES, KEYS
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.register.simulation.setting import CELLS, CONSULTATIONS_PER_CASE, stream
from legalaid_eval.register.simulation.truth import Estimand, Tallies, in_force, switches
from legalaid_eval.schemas import register_codes as codes

DUTY = 23
STATIONS = ("centre", "court", "detention_centre", "township_stations")
LAWYERS = 9
ATTENDED, ATTENDED_MORE = 0.90, 0.065
"""Share of shifts a lawyer comes to, and what the rota adds to it at full strength."""
SHIFT_PAY = 150.0
JUDGED_BY = {"duty_rota": ("duty_attended",)}
ESTIMANDS = {"duty_attended": Estimand("duty_attended", "percentage_point", "duty shifts attended", "duty_on")}


@dataclass(frozen=True, eq=False, slots=True)
class Shifts:
    """Every shift that may be: on each working day one per station, on some of which it is open."""

    cell: np.ndarray
    day: np.ndarray
    station: np.ndarray
    uniform: np.ndarray

    def exists(self, world: World) -> np.ndarray:
        """The centre is staffed daily, court and detention centre by turns; townships only under the rota."""
        weekday = (self.day + 3) % 7
        township = (weekday == 2) & (world.at("duty_rota")[self.cell] > 0)
        by_station = [weekday < 7, np.isin(weekday, (1, 3)), np.isin(weekday, (0, 4)), township]
        return np.choose(self.station, by_station)

    def attended(self, world: World) -> np.ndarray:
        share = np.minimum(ATTENDED + ATTENDED_MORE * world.at("duty_rota")[self.cell], 0.995)
        return self.uniform[0] < share


def shifts(seed: int) -> Shifts:
    """Shifts of all counties."""
    every = np.arange(months.STARTS[0], months.STARTS[-1], dtype=np.int32)
    worked = np.repeat(every[months.is_worked(every)], len(STATIONS))
    station = np.tile(np.arange(len(STATIONS)), len(worked) // len(STATIONS))
    uniform = [stream(seed, DUTY, county).random((2, len(worked))) for county in range(len(COUNTIES))]
    county = np.repeat(np.arange(len(COUNTIES)), len(worked))
    day = np.tile(worked, len(COUNTIES))
    cell = county * months.MONTHS + months.month_of(day)
    return Shifts(cell, day, np.tile(station, len(COUNTIES)), np.concatenate(uniform, axis=1))


def tally(tallies: Tallies, every: Shifts, world: World) -> None:
    """Attendance in both potential outcomes."""
    if "duty_rota" not in world.active:
        return
    there = every.exists(world)
    tallies.factual("duty_attended").add(every.cell[there], every.attended(world)[there])
    for switch in switches(world.active):
        if "duty_rota" in switch:
            other = world.without(switch)
            there = every.exists(other) & in_force(switch)[every.cell]
            tallies.other(switch, "duty_attended").add(every.cell[there], every.attended(other)[there])


def roster_columns(every: Shifts, world: World, as_of: int) -> dict[str, pa.Array]:
    """The `duty_roster` table."""
    rows = np.flatnonzero(every.exists(world) & (every.day <= as_of))
    county = every.cell[rows] // months.MONTHS
    lawyers = tuple(f"{key}-D{number}" for key in KEYS for number in range(1, LAWYERS + 1))
    came = every.attended(world)[rows]
    return {
        "county": coded(county, KEYS),
        "station": coded(every.station[rows], STATIONS),
        "duty_on": days(every.day[rows], as_of),
        "handler_id": coded(county * LAWYERS + (every.uniform[1][rows] * LAWYERS).astype(int), lawyers),
        "hours": pa.array(np.where(came, np.where(every.station[rows] == 0, 7.0, 3.5), 0.0)),
        "attended": pa.array(came),
    }


def duty_payments(every: Shifts, world: World, as_of: int) -> dict[str, pa.Array]:
    """One payment per county and month for the shifts that were attended, paid in the month after."""
    came = every.exists(world) & every.attended(world) & (every.day <= as_of)
    amounts = np.bincount(every.cell[came], minlength=CELLS) * SHIFT_PAY
    cells = np.arange(CELLS)
    day = months.to_worked(months.STARTS[cells % months.MONTHS + 1] + 9)
    rows = np.flatnonzero((amounts > 0) & (day <= as_of))
    names = [f"D-{KEYS[cell // months.MONTHS]}-{months.PERIODS[cell % months.MONTHS]}" for cell in rows]
    return {
        "payment_id": pa.array(names, pa.string()),
        "county": coded(rows // months.MONTHS, KEYS),
        "paid_on": days(day[rows], as_of),
        "kind": coded(np.full(len(rows), 1), codes.PAYMENT_KIND),
        "amount_cny": pa.array(amounts[rows]),
    }


def target_rows(scale: float) -> dict[str, list]:
    """The `targets` table: what the city asks of each county and year, and of itself."""
    rows, events = [], event_rates().reshape(len(COUNTIES), -1).mean(axis=1) * 12
    for year in range(months.FIRST_YEAR, months.LAST_YEAR + 1):
        growth, small = 1 + 0.03 * (year - months.FIRST_YEAR), min(scale, 1.0)
        asked = {
            county.key: (
                round(county.cases * scale * 0.85 * growth),
                round(county.cases * CONSULTATIONS_PER_CASE * small * 0.85 * growth),
                round(sessions * 0.85 * growth),
            )
            for county, sessions in zip(COUNTIES, events, strict=True)
        }
        asked[CITY] = tuple(sum(values) for values in zip(*asked.values(), strict=True))
        for place, values in asked.items():
            rows += [(place, year, name, value) for name, value in zip(codes.TARGET_INDICATOR, values, strict=True)]
    return {name: [row[n] for row in rows] for n, name in enumerate(("place", "year", "indicator", "target"))}
