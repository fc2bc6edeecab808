"""How long open cases have waited for their next step on the last day of the data, as cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.calendar import WorkCalendar
from legalaid_eval.cells.base import CASE_KEYS, day_number, grouped, picked
from legalaid_eval.cells.clock_runs import CODES, is_true, seen_day, with_outcome
from legalaid_eval.cells.stages import CALENDAR_STARTS, GONE, WITHDRAWN, last_day
from legalaid_eval.clocks import step_clocks
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNITS = ("working_day", "day")
TOLD = {"missed": "true", "pending": "false", "not_applicable": "no_limit"}
"""What the outcomes of the step's clock are told as; the others are missing."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What an open case waits for, since which day, and the step whose limit it may be over."""

    name: str
    since: str
    step: str = ""
    supplement: bool = False


WAITS = (
    Wait("decision", "applied_on", "review", supplement=True),
    Wait("assignment", "decided_on", "assignment"),
    Wait("notified_assignment", "notice_on", "notified_assignment"),
    Wait("closing", "assigned_on"),
    Wait("archiving", "closed_on", "filing"),
)


def open_age_cells(
    store: Store,
    *,
    by: Sequence[str] = ("case_type",),
    unit: str = "working_day",
    moved: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """Partition cells `county, *by, waits_for, over_limit, duration, n` of the cases that are open.

    A case is in one cell, by the last step recorded of it on the last day the data cover:

        decision             applied, not decided; also where aid came first and the lawyer is there already
        assignment           granted, no lawyer yet
        notified_assignment  notified by a court, procuratorate or the police, no lawyer yet
        closing              a lawyer, not closed
        archiving            closed, file not handed in

    `duration` counts the days of `unit` (working_day or day) since that step, for applications less their supplement
    days. `over_limit`: true or false by the statutory clock of the step (`compliance_cells`), no_limit where no rule
    governs, missing where a date it needs is not recorded. Cases that were refused, withdrawn or terminated are not
    open. Not here either is a case of which it is not recorded since when it waits, whether it was granted, or since
    when it is closed: `stage_accounts` counts them.
    """
    return _cells(store, range(len(WAITS)), by, unit, moved, calendar)


def unlimited_age_cells(store: Store, *, unit: str = "working_day") -> pd.DataFrame:
    """`open_age_cells` without further keys, of the waits for a step that has no limit."""
    places = [place for place, wait in enumerate(WAITS) if not wait.step]
    return _cells(store, places, (), unit, True, None)


def _cells(
    store: Store, places: Sequence[int], by: Sequence[str], unit: str, moved: bool, calendar: WorkCalendar | None
) -> pd.DataFrame:
    if unit not in UNITS:
        raise UsageError(f"found the unit '{unit}'; expected one of {', '.join(UNITS)}")
    as_of, work, cases = last_day(store), calendar or WorkCalendar.of(), store.table("cases")
    cases = cases.mutate(waits=waits(cases, as_of), **{f"key_{k}": v for k, v in picked(cases, by, CASE_KEYS).items()})
    columns = ["county", *(f"key_{name}" for name in by), "waits", "over_limit", "since"]
    parts = [_waiting(cases, place, as_of, moved, work).select(columns) for place in places]
    waiting = _with_duration(ibis.union(*parts) if len(parts) > 1 else parts[0], unit, as_of, work)
    keys = {"county": waiting.county, **{name: waiting[f"key_{name}"] for name in by}, "waits_for": waiting.waits}
    cells = grouped(waiting, keys | {"over_limit": waiting.over_limit, "duration": waiting.duration})
    names = {str(place): wait.name for place, wait in enumerate(WAITS)}
    return cells.assign(waits_for=cells["waits_for"].map(names).astype("str"))


def waits(cases: "ir.Table", as_of: date) -> "ir.IntegerValue":
    """The place in WAITS, null for cases that are not open or of which nobody can say."""
    there = lambda name: seen_day(cases, name, as_of).notnull()  # noqa: E731
    left = is_true(cases.decision.isin((*WITHDRAWN, "refused"))) & there("decided_on")
    undecided = is_true(cases.aid_first) & ~there("decided_on") & ~there("notice_on")
    tests = (
        (left | there("terminated_on") | there("archived_on") | is_true(cases.status.isin(GONE)), None),
        (there("closed_on"), "archiving"),
        (is_true(cases.status == "closed"), None),
        (there("assigned_on") & ~undecided, "closing"),
        (there("notice_on"), "notified_assignment"),
        (there("decided_on"), "assignment"),
        (there("applied_on"), "decision"),
    )
    places = {wait.name: place for place, wait in enumerate(WAITS)}
    codes = [(test, ibis.literal(places.get(name), "int32") if name else ibis.null("int32")) for test, name in tests]
    return ibis.cases(*codes, else_=ibis.null("int32"))


def _waiting(cases: "ir.Table", place: int, as_of: date, moved: bool, calendar: WorkCalendar) -> "ir.Table":
    """The cases that wait for one step, with `since` as a day number and `over_limit`."""
    wait = WAITS[place]
    cases = cases.filter(cases.waits == place, cases[wait.since] >= ibis.literal(CALENDAR_STARTS))
    if wait.name == "assignment":
        cases = cases.filter(cases.decision == "granted")
    paused = cases.supplement_days.fill_null(0).cast("int32") if wait.supplement else ibis.literal(0, "int32")
    since = ibis.least(day_number(cases[wait.since]) + paused, day_number(as_of)).cast("int32")
    cases = cases.mutate(since=since)
    if not wait.step:
        return cases.mutate(over_limit=ibis.literal("no_limit"))
    cases = with_outcome(cases, step_clocks(wait.step), as_of, moved=moved, calendar=calendar)
    codes = [(cases.outcome == CODES[outcome], ibis.literal(text)) for outcome, text in TOLD.items()]
    return cases.mutate(over_limit=ibis.cases(*codes, else_=ibis.null("string")))


def _with_duration(cases: "ir.Table", unit: str, as_of: date, calendar: WorkCalendar) -> "ir.Table":
    if unit == "day":
        return cases.mutate(duration=(day_number(as_of) - cases.since).cast("int32"))
    days = calendar.frame()
    days = days.assign(since=range(len(days)), duration=-days["workdays_passed"])
    days["duration"] += days["workdays_passed"].iloc[day_number(as_of)]
    waited = ibis.memtable(days.loc[: day_number(as_of), ["since", "duration"]].astype("int32"))
    return cases.join(waited, "since")
