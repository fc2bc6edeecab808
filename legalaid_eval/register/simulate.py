"""Demo City as a store: `simulate` draws it, writes its tables in chunks, and puts `truth.yaml` beside them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from legalaid_eval.errors import UsageError
from legalaid_eval.register.simulation import duty, faults, money, months, outreach, survey, truth
from legalaid_eval.register.simulation.cases import Chunk, Numbering, case_columns
from legalaid_eval.register.simulation.draws import candidates
from legalaid_eval.register.simulation.intake import rate_share
from legalaid_eval.register.simulation.places import place_rows
from legalaid_eval.register.simulation.reforms import KINDS, World, reform_rows
from legalaid_eval.register.simulation.setting import Setting, setting
from legalaid_eval.register.store import StoreWriter

DATA_AS_OF = date(2025, 12, 31)
LATEST_AS_OF = date(2028, 12, 31)
CHUNK_ROWS = 200_000
MOST_SCALE = 700.0
"""A little more than 20 million cases."""


@dataclass(frozen=True, eq=False, slots=True)
class City:
    """One run: what is drawn, which reforms are on, how far the data reach."""

    seed: int
    scale: float
    world: World
    base: Setting
    as_of: int
    chunk_rows: int
    tallies: truth.Tallies = field(default_factory=truth.Tallies)

    def chunks(self) -> Iterator[Chunk]:
        """The cases as they are, in the order of counties and days; the other outcomes are tallied on the way."""
        rate = rate_share(self.world)
        for draws in candidates(self.seed, self.base, self.scale, rate, self.as_of, self.chunk_rows):
            fact = Chunk.of(draws, self.world, self.base)
            truth.tally_cases(self.tallies, fact, self.world, self.base, self.as_of)
            yield fact


def simulate(
    store: str | Path,
    *,
    seed: int = 2025,
    scale: float = 1.0,
    reform: str | None = None,
    without: Collection[str] = (),
    data_as_of: date = DATA_AS_OF,
    chunk_rows: int = CHUNK_ROWS,
) -> dict[str, object]:
    """Write Demo City to `store` and return what its `truth.yaml` says.

    `scale` multiplies the cases (660: 20 million); consultations shrink below 1 and do not grow above it. `reform`
    switches on one reform alone, or "none"; `without` leaves some off. Equal arguments give equal bytes, and equal
    rows whatever `chunk_rows`. Raises UsageError for arguments that cannot work.
    """
    chosen = KINDS if reform is None else () if reform == "none" else (reform,)
    _check(seed, scale, data_as_of, (*without, *chosen))
    active = set(chosen) - set(without)
    city = City(seed, scale, World.of(seed, active), setting(seed), months.day_number(data_as_of), chunk_rows)
    with StoreWriter(store, simulated=True, seed=seed, data_as_of=data_as_of) as writer:
        for write in (_write_cases, _write_outreach, _write_rest):
            write(writer, city)
        found = _truth(city)
        writer.write_file("truth.yaml", truth.to_yaml(found))
    return found


def _check(seed: int, scale: float, data_as_of: date, kinds: Collection[str]) -> None:
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"found the reform '{unknown[0]}'; expected one of {', '.join(KINDS)}")
    if seed < 0:
        raise UsageError(f"found the seed {seed}; expected a whole number of zero or more")
    if not 0 < scale <= MOST_SCALE:
        raise UsageError(f"found the scale {scale:g}; expected a number above 0 and at most {MOST_SCALE:g}")
    first = date(months.FIRST_YEAR, 1, 31)
    if not first <= data_as_of <= LATEST_AS_OF:
        raise UsageError(f"found data_as_of {data_as_of}; expected a day from {first} to {LATEST_AS_OF}")


def _write_cases(writer: StoreWriter, city: City) -> None:
    numbering, row = Numbering(), 0
    for chunk in city.chunks():
        columns = case_columns(chunk, numbering, city.as_of, city.scale)
        writer.append("cases", columns)
        writer.add_issues("cases", faults.issues(chunk, row, city.as_of))
        row += len(chunk.draws)
        numbers = columns["case_no"]
        writer.append("callbacks", money.callback_columns(chunk, numbers, city.as_of))
        writer.append("peer_reviews", money.review_columns(chunk, numbers, city.as_of))
        writer.append("payments", money.payment_columns(chunk, numbers, city.as_of))


def _write_outreach(writer: StoreWriter, city: City) -> None:
    world, base, until = city.world, city.base, city.as_of
    every_event = outreach.Comers.of(city.seed, outreach.EVENTS, outreach.event_rates())
    every_talk = outreach.Comers.of(city.seed, outreach.TALKS, outreach.talk_rates(base, city.scale))
    outreach.tally(city.tallies, "outreach_sessions", every_event, outreach.EVENT_EFFECTS, world)
    outreach.tally(city.tallies, "consultations", every_talk, outreach.TALK_EFFECTS, world)
    events = every_event.take(every_event.exists(outreach.EVENT_EFFECTS, world))
    talks = every_talk.take(every_talk.exists(outreach.TALK_EFFECTS, world))
    held = outreach.event_columns(events, world, until)
    writer.append("outreach_events", _until(held, "held_on"))
    talked = outreach.talk_columns(talks, world, events, held["event_id"], outreach.event_days(events), until)
    writer.append("consultations", _until(talked, "consulted_on"))


def _write_rest(writer: StoreWriter, city: City) -> None:
    world, until = city.world, city.as_of
    asked = survey.sample(city.seed, city.base)
    survey.tally(city.tallies, asked, world)
    writer.append("awareness_survey", _until(survey.survey_columns(asked, world, until), "surveyed_on"))
    every = duty.shifts(city.seed)
    duty.tally(city.tallies, every, world)
    writer.append("duty_roster", duty.roster_columns(every, world, until))
    writer.append("payments", duty.duty_payments(every, world, until))
    writer.append("targets", duty.target_rows(city.scale))
    writer.append("reforms", reform_rows(world.active))
    writer.append("places", place_rows())


def _until(columns: dict[str, pa.Array], day: str) -> dict[str, pa.Array]:
    """Only the rows whose day has come."""
    rows = np.flatnonzero(columns[day].is_valid().to_numpy(zero_copy_only=False))
    return columns if len(rows) == len(columns[day]) else {name: held.take(rows) for name, held in columns.items()}


def _truth(city: City) -> dict[str, object]:
    estimands = truth.case_estimands() | outreach.ESTIMANDS | survey.ESTIMANDS | duty.ESTIMANDS
    return truth.truth(city.seed, city.world, city.tallies, estimands, city.scale)
