"""The other findings of 'processing time': the same-day chain, aid first, closure, clearance and what is still open."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.cells.processing_register import ALL, HIDDEN, OK
from legalaid_eval.chapters.processing_findings import (
    MEDIAN,
    NINTH,
    Told,
    curve_of,
    enough,
    share_of,
)
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import PAPER_DAYS, PAPERS

WAITS = ("decision", "assignment", "notified_assignment", "closing", "archiving")


@dataclass(frozen=True, slots=True)
class Part:
    """So many of so many, None where hidden; `left` are those of neither kind, who stand beside the share."""

    name: str
    place: str
    yes: int | None
    no: int | None
    left: int | None
    share: Estimate | None
    note: str = ""

    @property
    def status(self) -> str:
        return {"": OK, "too_few": HIDDEN}.get(self.note, "not_evaluable")

    @property
    def n(self) -> int | None:
        return None if self.yes is None or self.no is None else self.yes + self.no


PARTS = {
    "same_day": ("same day", "chain", ("same_day",), ("other_days",), ("missing",)),
    "aid_first": ("aid first", "aid_first", ("true",), ("false",), ("missing",)),
    "closed_of_accepted": ("closure", "closure", ("closed",), ("terminated", "open"), ()),
}
"""Table, key, and which of its values are yes, no and neither."""


def part(told: Told, name: str, *, place: str = ALL) -> Part:
    """TM06 same_day, of granted applications; TM07 aid_first, of all cases; closed_of_accepted, of cases taken on."""
    table, key, *sides = PARTS[name]
    yes, no, left = (_sum(told, table, key, values, place) for values in sides)
    share, note = share_of(told, yes, no)
    return Part(name, place, yes, no, left, share, note)


def _sum(told: Told, table: str, key: str, values: tuple[str, ...], place: str) -> int | None:
    counts = [told.seen.count(table, county=place, **{key: value})[0] for value in values]
    return None if any(n is None for n in counts) else sum(n for n in counts if n is not None)


@dataclass(frozen=True, slots=True)
class Clearance:
    """Cases closed in the period over cases taken on in it: different cases, so no share of anything."""

    place: str
    closed: int | None
    taken_on: int | None

    @property
    def ratio(self) -> float | None:
        return self.closed / self.taken_on if self.closed is not None and self.taken_on else None

    @property
    def status(self) -> str:
        if self.closed is None or self.taken_on is None:
            return HIDDEN
        return OK if self.taken_on else "not_evaluable"


def clearance(told: Told, *, place: str = ALL) -> Clearance:
    return Clearance(place, *(told.seen.count(table, county=place)[0] for table in ("closed", "taken on")))


def papers_by(told: Told, day: int, *, place: str = ALL) -> tuple[Estimate | None, str]:
    """The share of cases aided first whose papers were complete within so many days of the application (TM07)."""
    cells = told.cells(PAPERS, place=place)
    n = int(cells["n"].sum())
    if n == 0:
        return None, "no_rows"
    if not enough(n, MEDIAN, told.params.min_cell):
        return None, "too_few"
    try:
        found = curve_of(cells, "day", told.params.conf_level).done_by(day)
    except UsageError:
        return None, "not_followed"
    far = n * min(found.estimate, 100 - found.estimate) / 100
    return (None, "too_few") if 0 < far < told.params.min_cell else (found, "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open cases on the last day of the data: how many, how many over the limit, and for how many days by now."""

    waits_for: str
    place: str
    n: int | None
    over: int | None
    limited: bool
    median: float | None
    ninth: float | None


def waiting(told: Told, waits_for: str, *, place: str = ALL) -> Waiting:
    """Ages of what is there, counted and not estimated: they have no interval."""
    seen = told.seen
    cells = seen.places.of(seen.ages, place)
    cells = cells[cells["waits_for"] == waits_for].sort_values("duration")
    n, _ = seen.count(f"open {waits_for}", county=place)
    over, _ = seen.count(f"open {waits_for}", county=place, over_limit="true")
    total, running = int(cells["n"].sum()), cells["n"].cumsum().to_numpy()

    def at(share: float) -> float | None:
        if n is None or not enough(total, share, told.params.min_cell):
            return None
        return float(cells["duration"].iloc[int(np.searchsorted(running, share * total))])

    limited = waits_for != "closing"
    return Waiting(waits_for, place, n, over if limited else None, limited, at(MEDIAN), at(NINTH))


__all__ = ["PAPER_DAYS", "PARTS", "WAITS", "Clearance", "Part", "Waiting", "clearance", "papers_by", "part", "waiting"]
