"""Everything the chapter on caseload looks at in a store, taken at once: shown counts, months for models, reforms."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.caseload_counts import came_series
from legalaid_eval.cells.caseload_indicators import Asked, CaseloadRegister, caseload_register
from legalaid_eval.cells.caseload_series import monthly_counts, priority_days, reported_months
from legalaid_eval.cells.outreach import event_cells
from legalaid_eval.cells.processing_outcomes import reform_starts
from legalaid_eval.cells.processing_register import Places
from legalaid_eval.cells.stages import last_day
from legalaid_eval.register.store import Store, StoreMeta, open_store


@dataclass(frozen=True, eq=False, slots=True)
class CaseloadSeen:
    """What the store holds of a place and period.

    register: shown counts of the period; baseline: of the same days a year before, None where the data begin later or
    the period is not yet over. as_of: the last day of the data. came: `county, month, n` of cases that came in, and
    lanes: `priority, duration, n, event` from application to decision; both for models and not to be shown. shown:
    `month, n, status` of the whole store, which may be shown. events: `county, month, n` of outreach sessions. starts:
    kind of reform -> code of a county -> month of its start. gaps: `county, month` without a report in the period.
    """

    register: CaseloadRegister
    baseline: CaseloadRegister | None
    as_of: date
    came: pd.DataFrame
    shown: pd.DataFrame
    events: pd.DataFrame
    starts: Mapping[str, Mapping[str, str]]
    lanes: pd.DataFrame
    gaps: pd.DataFrame

    @property
    def meta(self) -> StoreMeta:
        return self.register.meta

    @property
    def places(self) -> Places:
        return self.register.places


def caseload_seen(address: str, asked: Asked) -> CaseloadSeen:
    """Take it all; raises DataError if there is no store."""
    with open_store(address) as store:
        register = caseload_register(store, asked)
        came = monthly_counts(store, what="came", until=asked.end)
        return CaseloadSeen(
            register,
            _baseline(store, asked, register),
            last_day(store),
            came[came["county"].isin(register.places.codes)].reset_index(drop=True),
            came_series(register.decided),
            _events(store),
            reform_starts(store),
            priority_days(store, start=asked.start, end=asked.end),
            _gaps(store, asked, register.places.codes),
        )


def a_year_before(start: date, end: date) -> tuple[date, date]:
    """The same days of the year before; 29 February becomes the 28th."""
    return _back(start), _back(end + timedelta(days=1)) - timedelta(days=1)


def _back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _baseline(store: Store, asked: Asked, register: CaseloadRegister) -> CaseloadRegister | None:
    """A year and a part of one are not compared."""
    if register.young or last_day(store) < asked.end or "cases" not in register.reported:
        return None
    start, end = a_year_before(asked.start, asked.end)
    return caseload_register(store, replace(asked, start=start, end=end))


def _events(store: Store) -> pd.DataFrame:
    """`county, month, n`; empty where no session is recorded."""
    cells = event_cells(store, by=())[["county", "month", "n"]]
    return cells[(cells["county"] != MISSING) & (cells["month"] != MISSING)]


def _gaps(store: Store, asked: Asked, counties: tuple[str, ...]) -> pd.DataFrame:
    months = reported_months(store, until=asked.end, whole_months=False)
    inside = months["month"].between(f"{asked.start:%Y-%m}", f"{min(asked.end, last_day(store)):%Y-%m}")
    missing = inside & months["county"].isin(counties) & ~months["reported"]
    return months.loc[missing, ["county", "month"]].reset_index(drop=True)
