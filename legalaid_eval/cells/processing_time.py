"""Stage times of cases as cells: how long each stage took, by place, month and kind of case.

Timeliness indicators of the catalogue: TM01 is the stage applied_decided, TM08 accepted_closed and, of notified
cases, notice_closed; the days beside TM04, TM05 and TM09 are decided_assigned, notice_assigned and closed_archived;
TM06 is `same_day_cells`; TM07 `aid_first_cells` and the stage aid_first_papers. Limits are kept or not in
`compliance`.
"""

from collections.abc import Sequence

import ibis
import pandas as pd

from legalaid_eval.calendar import WorkCalendar
from legalaid_eval.cells.base import CASE_KEYS, Sums, grouped, month_key, picked
from legalaid_eval.cells.stages import (
    ORDER,
    STATES,
    TIMED,
    in_days,
    in_working_days,
    last_day,
    seen_cases,
    stage_named,
    timed,
    with_state,
)
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

UNITS = ("working_day", "day")


def stage_cells(
    store: Store,
    stage: str,
    *,
    unit: str = "working_day",
    by: Sequence[str] = ("case_type",),
    month: str | None = None,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """Partition cells `county, month, *by, state, duration, n, event` of a stage, of cases that have a duration.

    `duration` counts the days of `unit` in (start, stop]; supplement days are taken out unless `supplement` is False.
    `event` is True where the stage is done; the other states are censored. `month` names the day whose month is used
    (default: the start of the stage; came_on is the application, or else the notice). `stage_accounts` has the rest.
    """
    return _durations(store, stage, unit, by, month, supplement, calendar)


def stage_group_cells(
    store: Store,
    stage: str,
    *,
    unit: str = "working_day",
    by: Sequence[str] = (),
    month: str | None = None,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """Overlapping-group cells of a stage: `stage_cells` with the key `recipient_group`; never to be added up."""
    return _durations(store, stage, unit, by, month, supplement, calendar, overlapping=True)


def stage_accounts(store: Store, stage: str, *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, *by, state, n` of every case: which have a duration, and why the others have none."""
    cases = with_state(seen_cases(store, by=by), stage_named(stage))
    keys = {"county": cases.county, **{name: cases[f"key_{name}"] for name in by}, "state": cases.state}
    return _named_states(grouped(cases, keys))


def same_day_cells(store: Store, *, by: Sequence[str] = ("case_type", "routine")) -> pd.DataFrame:
    """Partition cells `county, month, *by, chain, n` of every case, by month of application (TM06).

    `chain`: same_day if application, acceptance, decision and assignment have one date; other_days if two of them
    differ or an open case is past its day; not_granted; not_applicable for notified cases and those without an
    application; missing where a date is missing.
    """
    cases = store.table("cases")
    first, *others = (cases[name] for name in ORDER[:4])
    unlike = ibis.or_(*((day != first).fill_null(False) for day in others))
    waits = (cases.status == "open") & (first < ibis.literal(last_day(store)))
    chain = ibis.cases(
        (first.isnull() | cases.notice_on.notnull(), "not_applicable"),
        (cases.decision != "granted", "not_granted"),
        (unlike | waits, "other_days"),
        (ibis.and_(*(day.notnull() for day in others)), "same_day"),
        else_=ibis.null("string"),
    )
    keys = {"county": cases.county, "month": month_key(first), **picked(cases, by, CASE_KEYS), "chain": chain}
    return grouped(cases, keys)


def aid_first_cells(store: Store, *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, month, *by, aid_first, papers, n, n_days, days` of every case, by month it came in.

    `papers` is completed, or missing where no such day is known by the last day of the data: not yet, never, or not
    recorded; which of these the accounts of the stage aid_first_papers tell, and its cells the share completed by day
    t, with open cases censored (TM07). `days` adds the calendar days from application to completed papers where both
    days are there and in this order.
    """
    cases, as_of = store.table("cases"), ibis.literal(last_day(store))
    completed = ibis.ifelse(cases.papers_completed_on <= as_of, cases.papers_completed_on, ibis.null("date"))
    waited = completed.delta(cases.applied_on, unit="day").cast("int64")
    keys = {
        "county": cases.county,
        "month": month_key(cases.applied_on.coalesce(cases.notice_on)),
        **picked(cases, by, CASE_KEYS),
        "aid_first": cases.aid_first,
        "papers": ibis.ifelse(completed.notnull(), "completed", ibis.null("string")),
    }
    return grouped(cases, keys, Sums(amounts={"days": ibis.ifelse(waited >= 0, waited, ibis.null("int64"))}))


def _durations(
    store: Store,
    stage: str,
    unit: str,
    by: Sequence[str],
    month: str | None,
    supplement: bool,
    calendar: WorkCalendar | None,
    *,
    overlapping: bool = False,
) -> pd.DataFrame:
    found = stage_named(stage)
    if unit not in UNITS:
        raise UsageError(f"found the unit '{unit}'; expected one of {', '.join(UNITS)}")
    cases = seen_cases(store, by=by, month=month or found.starts, overlapping=overlapping)
    cases = timed(with_state(cases, found, supplement=supplement), found, last_day(store))
    cases = in_days(cases) if unit == "day" else in_working_days(cases, calendar)
    keys = {"county": cases.county, "month": cases.month, **{name: cases[f"key_{name}"] for name in by}}
    keys |= {"state": cases.state, "duration": cases.duration}
    cells = _named_states(grouped(cases, keys, overlapping=overlapping))
    cells = cells[cells["state"].isin(TIMED)].reset_index(drop=True)
    return cells.assign(event=(cells["state"] == "done").astype(bool))


def _named_states(cells: pd.DataFrame) -> pd.DataFrame:
    """States by name, in the order of STATES."""
    names = {str(place): name for place, name in enumerate(STATES)}
    return cells.assign(state=cells["state"].map(names).astype("str"))
