"""Outreach events and consultations, with the reforms that bring more of them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import coded, days
from legalaid_eval.register.simulation.intake import GROUP_TEXTS
from legalaid_eval.register.simulation.places import COUNTIES, KEYS, TOWN_KEYS, TOWNS
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.register.simulation.setting import CELLS, MIX, Setting, stream
from legalaid_eval.register.simulation.truth import Estimand, Tallies, in_force, switches
from legalaid_eval.schemas import register_codes as codes

EVENTS, TALKS = 20, 21
MOST = 2.4
EVENT_EFFECTS = {"targeted_outreach": 0.45}
TALK_EFFECTS = {"duty_rota": 0.20, "targeted_outreach": 0.14, "monthly_ranking": 0.12, "miniprogram": 0.06}
"""Log change of the number at full strength."""
EVENTS_PER_MONTH = 1.9
JUDGED_BY = {
    **dict.fromkeys(TALK_EFFECTS, ("consultations",)),
    "targeted_outreach": ("consultations", "outreach_sessions"),
}
ESTIMANDS = {
    "consultations": Estimand("consultations", "rate_ratio", "consultations, in rows", "consulted_on"),
    "outreach_sessions": Estimand("outreach_sessions", "rate_ratio", "outreach events", "held_on"),
}
SEASON_DAYS = {3: 15, 6: 22, 9: 5, 12: 4}
_NAMES = "exists day town a b c d e f g event".split()


@dataclass(frozen=True, eq=False)
class Comers:
    """Candidates of a table that is small enough to be drawn whole: `cell`, `day` and uniform numbers."""

    cell: np.ndarray
    uniform: np.ndarray

    @classmethod
    def of(cls, seed: int, table: int, rates: np.ndarray) -> "Comers":
        cells, parts = [], []
        for cell, rate in enumerate(rates * MOST):
            rng = stream(seed, table, *divmod(cell, months.MONTHS))
            parts.append(rng.random((len(_NAMES), rng.poisson(rate))))
            cells.append(np.full(parts[-1].shape[1], cell))
        return cls(np.concatenate(cells), np.concatenate(parts, axis=1))

    def u(self, name: str) -> np.ndarray:
        return self.uniform[_NAMES.index(name)]

    @cached_property
    def day(self) -> np.ndarray:
        return months.days_within(self.cell % months.MONTHS, self.u("day"))

    @property
    def county(self) -> np.ndarray:
        return self.cell // months.MONTHS

    def exists(self, effects: dict[str, float], world: World) -> np.ndarray:
        change = sum(weight * world.at(kind) for kind, weight in effects.items())
        return self.u("exists") * MOST < np.minimum(np.exp(change), MOST)[self.cell]

    def take(self, rows: np.ndarray) -> "Comers":
        return Comers(self.cell[rows], self.uniform[:, rows])


def event_rates() -> np.ndarray:
    """Expected events by cell: more in larger counties and in the months of the seasons."""
    size = np.array([county.population for county in COUNTIES])
    season = np.where(np.isin(months.MONTH, list(SEASON_DAYS)), 1.5, 0.9) + 0.6 * months.before_festival(45)
    covid = np.where((months.YEAR == 2020) & (months.MONTH < 7), 0.3, 1.0)
    return (EVENTS_PER_MONTH * np.sqrt(size / size.mean())[:, None] * (season * covid)[None]).ravel()


def talk_rates(base: Setting, scale: float) -> np.ndarray:
    return base.talks * min(scale, 1.0)


def tally(tallies: Tallies, name: str, all_: Comers, effects: dict[str, float], world: World) -> None:
    """Count the table in every world that its reforms concern."""
    if not world.active & set(effects):
        return
    tallies.factual(name).add(all_.cell[all_.exists(effects, world)])
    for switch in switches(world.active):
        if set(switch) & set(effects):
            there = all_.exists(effects, world.without(switch)) & in_force(switch)[all_.cell]
            tallies.other(switch, name).add(all_.cell[there])


def pick(u: np.ndarray, shares: dict[str, float], values: tuple[str, ...]) -> np.ndarray:
    """Index into `values`, drawn with the given shares."""
    numbers = np.array([values.index(name) for name in shares])
    return numbers[np.minimum(np.searchsorted(np.cumsum(list(shares.values())), u), len(numbers) - 1)]


def event_columns(comers: Comers, world: World, as_of: int) -> dict[str, pa.Array]:
    """The `outreach_events` table."""
    targeted = comers.u("a") < 0.15 + 0.5 * world.at("targeted_outreach")[comers.cell]
    day = event_days(comers)
    season = _season(day)
    site = np.where(targeted, pick(comers.u("b"), _TARGETED_SITES, codes.SITE), pick(comers.u("b"), _SITES, codes.SITE))
    attended = (25 + 90 * comers.u("d") ** 2 * np.where(targeted, 1.5, 1.0)).astype(np.int64)
    return {
        "event_id": _ids("E", comers),
        "county": coded(comers.county, KEYS),
        "town": coded(comers.county * TOWNS + (comers.u("town") * TOWNS).astype(int), TOWN_KEYS),
        "held_on": days(day, as_of),
        "site": coded(site, codes.SITE),
        "format": coded(pick(comers.u("e"), _FORMATS, codes.FORMAT), codes.FORMAT),
        "topic": coded(_topic(comers, site, season), codes.TOPIC),
        "season": coded(season, codes.SEASON),
        "target_group": coded(np.select([site == 0, site == 1], [0, 1], 2), ("migrant_worker", "minor", "general")),
        "attendance": pa.array(attended, mask=comers.u("f") < 0.03),
        "materials": pa.array((attended * (0.5 + 2 * comers.u("f"))).astype(np.int64)),
        "cost_cny": pa.array(np.round(300 + 12.0 * attended + 900 * comers.u("g"), -1)),
    }


def _topic(comers: Comers, site: np.ndarray, season: np.ndarray) -> np.ndarray:
    """Building sites hear about labour, schools about minors; the seasons have topics of their own."""
    topic = pick(comers.u("c"), _TOPICS, codes.TOPIC)
    labour, minors, constitution, consumer = (
        codes.TOPIC.index(name) for name in ("labour", "minors", "constitution", "consumer")
    )
    fixed = [season == 0, season == 4, site == 0, site == 1]
    return np.select(fixed, [constitution, consumer, labour, minors], topic)


_SITES = {"community": 0.25, "village": 0.25, "market": 0.18, "school": 0.12, "enterprise": 0.08}
_SITES |= {"building_site": 0.05, "online": 0.04, "other": 0.03}
_TARGETED_SITES = {"building_site": 0.35, "school": 0.2, "enterprise": 0.2, "market": 0.15, "community": 0.1}
_TOPICS = {"general": 0.4, "labour": 0.18, "family": 0.15, "fraud": 0.12, "consumer": 0.08, "minors": 0.07}
_FORMATS = {"booth": 0.35, "materials": 0.25, "lecture": 0.22, "case_talk": 0.08, "video": 0.07, "mock_court": 0.03}


def event_days(comers: Comers) -> np.ndarray:
    """Half of the events of a season's month are held round its day."""
    month = comers.cell % months.MONTHS
    chosen = np.array([SEASON_DAYS.get(number, 0) for number in range(1, 13)])[months.MONTH[month] - 1]
    near = months.STARTS[month] + chosen - 1 + ((comers.u("f") * 7).astype(int) - 3)
    return np.where((chosen > 0) & (comers.u("g") < 0.5), near, comers.day).astype(np.int32)


def _season(day: np.ndarray) -> np.ndarray:
    """Code of the season a day lies in."""
    dates = day.astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    number, in_month = month.astype(int) % 12 + 1, (dates - month).astype(int) + 1
    share = months.before_festival(45)[months.month_of(day)]
    back = (share > 0.3) & np.isin(number, [1, 2, 12])
    found = np.where(back, 1, 5)
    for code, which in enumerate(((12, 1, 7), (9, 1, 20), (6, 10, 30), (3, 8, 20))):
        inside = (number == which[0]) & (in_month >= which[1]) & (in_month <= which[2])
        found = np.where(inside, (0, 2, 3, 4)[code], found)
    return found


def _ids(letter: str, comers: Comers) -> pa.Array:
    """A number of its own for every row: county, year and a serial number."""
    group = comers.county * 7 + comers.cell % months.MONTHS // 12
    first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=len(COUNTIES) * 7))])
    serial = pa.array(np.arange(len(group)) - first[group] + 1).cast(pa.string())
    names = pa.array([f"{letter}-{key}-{2019 + year}" for key in KEYS for year in range(7)])
    return pc.binary_join_element_wise(coded(group, names), serial, "-")


def talk_columns(
    comers: Comers, world: World, events: Comers, event_ids: pa.Array, held: np.ndarray, as_of: int
) -> dict[str, pa.Array]:
    """The `consultations` table; some are held at an outreach event of the same county and month."""
    told = comers.u("c") < 0.10 + 0.12 * world.at("targeted_outreach")[comers.cell]
    knew = np.where(told, 0, pick(comers.u("d"), _KNEW, codes.KNEW_FROM))
    event = np.where(told & (comers.u("e") < 0.5), _event_of(comers, events), -1)
    at_event = event >= 0
    channel, unit = _contact(comers, world, at_event)
    kinds = {name: share for name, (share, _) in MIX.items()}
    return {
        "consultation_no": _ids("C", comers),
        "county": coded(comers.county, KEYS),
        "town": coded(comers.county * TOWNS + (comers.u("town") ** 1.3 * TOWNS).astype(int), TOWN_KEYS),
        "consulted_on": days(np.where(at_event, held[event], comers.day), as_of),
        "channel": coded(channel, codes.CHANNEL),
        "unit": coded(unit, codes.CONSULTATION_UNIT),
        "quantity": pa.array(np.where(unit == BATCH, 3 + (comers.u("g") * 30).astype(np.int64), 1)),
        "recipient_groups": coded(_groups(comers.u("g")), GROUP_TEXTS),
        "matter": coded(pick(comers.u("event"), kinds, codes.MATTER), codes.MATTER),
        "knew_from": coded(knew, codes.KNEW_FROM, comers.u("d") < 0.05),
        "event_id": event_ids.take(pa.array(event, mask=~at_event)),
        "handler_id": _advisers(comers),
    }


def _contact(comers: Comers, world: World, at_event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Channel and unit; the monthly ranking brings more batches."""
    channel = pick(comers.u("b"), _WAYS, codes.CHANNEL)
    online = comers.u("a") < np.minimum(0.02 + 0.15 * world.at("miniprogram")[comers.cell], 0.5)
    channel = np.where(online, codes.CHANNEL.index("miniprogram"), channel)
    channel = np.where(at_event, codes.CHANNEL.index("other"), channel)
    batch = comers.u("f") < 0.01 + 0.02 * (world.at("monthly_ranking")[comers.cell] > 0)
    kinds = [batch, np.isin(channel, _CALLS), np.isin(channel, _ONLINE)]
    return channel, np.select(kinds, [BATCH, CALL, ITEM], PERSON)


PERSON, ITEM, BATCH, CALL = range(len(codes.CONSULTATION_UNIT))
_WAYS = {"hotline": 0.36, "window": 0.34, "phone": 0.1, "station": 0.11, "village_adviser": 0.06, "web": 0.03}
_KNEW = {"acquaintance": 0.32, "media": 0.22, "authority": 0.2, "online": 0.16, "other": 0.1}
_CALLS = [codes.CHANNEL.index(name) for name in ("hotline", "phone")]
_ONLINE = [codes.CHANNEL.index(name) for name in ("miniprogram", "web")]


def _event_of(comers: Comers, events: Comers) -> np.ndarray:
    """One of the events of the same cell, -1 where it has none."""
    count = np.bincount(events.cell, minlength=CELLS)
    first = np.cumsum(count) - count
    chosen = first[comers.cell] + (comers.u("event") * count[comers.cell]).astype(int)
    return np.where(count[comers.cell] > 0, chosen, -1)


def _groups(u: np.ndarray) -> np.ndarray:
    """One group, or none, for a talk: bits as in `intake.GROUPS`."""
    return np.where(u < 0.45, 0, 1 << np.minimum(((u - 0.45) / 0.55 * 9).astype(int).clip(0), 8))


def _advisers(comers: Comers) -> pa.Array:
    number = pa.array((comers.u("town") * 9).astype(int) + 1).cast(pa.string())
    return pc.binary_join_element_wise(coded(comers.county, KEYS), number, "-A")
