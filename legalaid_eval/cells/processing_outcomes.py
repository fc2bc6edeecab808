"""Cells of the outcomes that reforms may change, of the months whose cases were followed long enough; the reforms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import pandas as pd

from legalaid_eval.calendar import WorkCalendar
from legalaid_eval.cells.base import MISSING, rows_of
from legalaid_eval.cells.processing_time import stage_cells, stage_group_cells
from legalaid_eval.cells.stages import last_day
from legalaid_eval.register.store import Store, StoreMeta, open_store

SPLIT = ("case_type", "channel")
"""What the cells of an outcome that is looked at in groups are split by, beside recipient groups."""


class Wanted(Protocol):
    """Which cases an outcome is of, and how they are counted (`indicators.processing_time.Measure`)."""

    key: str
    stage: str
    days: str
    month: str
    ends: tuple[str, ...]
    only: tuple[str, tuple[str, ...]] | None
    unless: tuple[str, tuple[str, ...]] | None

    @property
    def follow_up(self) -> int: ...


@dataclass(frozen=True, eq=False, slots=True)
class Outcomes:
    """cells: by outcome. groups: by outcome looked at in groups, with `recipient_group`, whose cells overlap.

    starts: kind of reform -> county -> month in which it began there (2023-05). keys: code of a place -> its key.
    """

    meta: StoreMeta
    as_of: date
    cells: Mapping[str, pd.DataFrame]
    groups: Mapping[str, pd.DataFrame]
    starts: Mapping[str, Mapping[str, str]]
    keys: Mapping[str, str]


def processing_outcomes(address: str, wanted: Sequence[Wanted], *, grouped: Sequence[str] = ()) -> Outcomes:
    """Cells of every outcome of the store; those named in `grouped` also by SPLIT and by recipient group."""
    with open_store(address) as store:
        cells = {each.key: outcome_cells(store, each, by=SPLIT if each.key in grouped else ()) for each in wanted}
        groups = {each.key: outcome_cells(store, each, groups=True) for each in wanted if each.key in grouped}
        places = rows_of(store, "places", ["code", "valid_from"])
        keys = dict(zip(places["code"], places["place"], strict=True))
        return Outcomes(store.meta, last_day(store), cells, groups, reform_starts(store), keys)


def outcome_cells(store: Store, wanted: Wanted, *, by: Sequence[str] = (), groups: bool = False) -> pd.DataFrame:
    """Cells `county, month, *by, duration, n, event` of an outcome, up to the last month that is complete.

    With `groups` also by `recipient_group`, which overlap. Cases without county or month are left out.
    """
    chosen = [(test, way) for test, way in ((wanted.only, True), (wanted.unless, False)) if test]
    every = tuple(dict.fromkeys((*by, *(name for (name, _), _ in chosen))))
    make = stage_group_cells if groups else stage_cells
    cells = make(store, wanted.stage, unit=wanted.days, by=every, month=wanted.month, supplement=False)
    last = last_complete_month(last_day(store), wanted.follow_up, wanted.days)
    kept = (cells["month"] != MISSING) & (cells["month"] <= last) & (cells["county"] != MISSING)
    for (name, values), way in chosen:
        kept &= cells[name].isin(values) == way
    return cells[kept].assign(event=cells["state"].isin(wanted.ends)).reset_index(drop=True)


def last_complete_month(as_of: date, follow_up: int, unit: str) -> str:
    """The last month all of whose days were followed for so many days of the unit by `as_of`."""
    work, day = WorkCalendar.of(), as_of
    while (day + timedelta(days=1)).day != 1 or _followed(work, day, as_of, unit) < follow_up:
        day -= timedelta(days=1)
    return f"{day:%Y-%m}"


def _followed(work: WorkCalendar, day: date, as_of: date, unit: str) -> int:
    return (as_of - day).days if unit == "day" else int(work.working_days_between(day, as_of))


def reform_starts(store: Store) -> dict[str, dict[str, str]]:
    """Kind of reform -> code of a county -> month of its first day there; a reform of a city is one of its counties."""
    places = rows_of(store, "places", ["code", "valid_from"]).drop_duplicates("code", keep="last")
    parent = dict(zip(places["code"], places["parent"], strict=True))
    code = dict(zip(places["place"], places["code"], strict=True))
    counties = tuple(places.loc[places["level"].isin(("county", "district")), "code"])
    starts: dict[str, dict[str, str]] = {}
    for row in rows_of(store, "reforms", ["kind", "place", "effective_on"]).itertuples():
        if pd.isna(row.effective_on) or not isinstance(row.kind, str):
            continue
        at, month = code.get(row.place, row.place), f"{row.effective_on:%Y-%m}"
        reached = [county for county in counties if at in _line(county, parent)] or [at]
        of_kind = starts.setdefault(row.kind, {})
        for county in reached:
            of_kind[county] = min(month, of_kind.get(county, month))
    return starts


def _line(code: str, parent: Mapping[str, str]) -> Iterator[str]:
    """A place and those it lies in."""
    seen: set[str] = set()
    while code in parent and code not in seen:
        seen.add(code)
        yield code
        code = parent[code]
