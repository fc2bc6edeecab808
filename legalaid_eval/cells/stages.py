"""Stages of a case as expressions for an engine: what a case is to a stage, and from which day to which it counts.

Nothing after the last day the data cover is seen. Days become numbers from the calendar's first day where they are
counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis

from legalaid_eval.calendar import FIRST_YEAR, LAST_YEAR, WorkCalendar
from legalaid_eval.cells.base import CASE_KEYS, GROUPS, day_number, month_key, picked, work_days
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

STATES = (
    "done",
    "withdrawn",
    "ended",
    "open",
    "not_applicable",
    "not_started",
    "missing_start",
    "missing_stop",
    "order_violated",
    "supplement_too_long",
    "outside_calendar",
)
"""What a case is to a stage.

    done                 it went from start to stop
    withdrawn, ended     it left in between on a known day: withdrawn; or refused, or terminated
    open                 it is in between on the last day the data cover
    not_applicable       it has no such stage: notified, not granted, without a notice, or not aided first
    not_started          neither start nor stop has happened
    missing_start, _stop that day is not recorded, though what came later is
    order_violated       the stop, or the leaving, lies before the start
    supplement_too_long  more supplement days are recorded than the stage took
    outside_calendar     it began before the calendar does
"""
TIMED = STATES[:4]
"""States with a duration; `done` is the event, the others are censored on their day."""
MONTHS_OF = ("came_on", "notice_on", "applied_on", "accepted_on", "decided_on", "assigned_on", "closed_on")
WITHDRAWN = ("withdrawn", "deemed_withdrawn")
GONE = ("terminated", "refused", "withdrawn")
ORDER = ("applied_on", "accepted_on", "decided_on", "assigned_on", "closed_on", "archived_on")
DAYS = (*ORDER, "notice_on", "terminated_on", "papers_completed_on")
AFTER = {name: ORDER[place + 1 :] for place, name in enumerate(ORDER)}
AFTER |= {"papers_completed_on": ("closed_on", "archived_on")}
"""The days that can only be there if this one has been."""
CALENDAR_STARTS, CALENDAR_ENDS = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class Stage:
    """From one day of a case to another.

    `supplement`: the days the clock stood still lie inside. `review`: a stage of applications, which notified cases
    do not have. `granted`: only granted cases have it. `aid_first`: only cases that were aided before their papers
    were complete; one closed without the day of its papers is missing_stop, as nobody can say whether they never
    came or were not recorded.
    """

    name: str
    starts: str
    stops: str
    supplement: bool = False
    review: bool = False
    granted: bool = False
    aid_first: bool = False


STAGES = {
    stage.name: stage
    for stage in (
        Stage("applied_decided", "applied_on", "decided_on", supplement=True, review=True),
        # Nobody records whether papers were supplied before the acceptance or after it: here no day is taken out.
        Stage("applied_accepted", "applied_on", "accepted_on", review=True),
        Stage("accepted_decided", "accepted_on", "decided_on", supplement=True, review=True),
        Stage("applied_assigned", "applied_on", "assigned_on", supplement=True, review=True, granted=True),
        Stage("decided_assigned", "decided_on", "assigned_on", review=True, granted=True),
        Stage("notice_assigned", "notice_on", "assigned_on"),
        Stage("accepted_closed", "accepted_on", "closed_on", review=True),
        Stage("notice_closed", "notice_on", "closed_on"),
        Stage("assigned_closed", "assigned_on", "closed_on"),
        Stage("closed_archived", "closed_on", "archived_on"),
        Stage("aid_first_papers", "applied_on", "papers_completed_on", review=True, aid_first=True),
    )
}


def stage_named(name: str) -> Stage:
    """UsageError for a stage there is not."""
    if name not in STAGES:
        raise UsageError(f"found the stage '{name}'; expected one of {', '.join(STAGES)}")
    return STAGES[name]


def last_day(store: Store) -> date:
    """The last day the data cover; the calendar's last where the data have no day, or a later one."""
    return min(store.meta.data_as_of or CALENDAR_ENDS, CALENDAR_ENDS)


def seen_cases(store: Store, *, by: Sequence[str], month: str | None = None, overlapping: bool = False) -> "ir.Table":
    """Cases as seen on the last day of the data, with the columns `by` as `key_` and their name.

    `month` is the month of the day named by it.
    """
    if month is not None and month not in MONTHS_OF:
        raise UsageError(f"found month='{month}'; expected one of {', '.join(MONTHS_OF)}")
    cases = store.table("cases")
    seen = seen_days(cases, store)
    kept = {name: cases[name] for name in ("county", "decision", "status", "aid_first")}
    kept["supplement_days"] = cases.supplement_days.cast("int32").fill_null(0)
    kept |= {f"key_{name}": value for name, value in picked(cases, by, CASE_KEYS).items()}
    if month is not None:
        day = cases.applied_on.coalesce(cases.notice_on) if month == "came_on" else cases[month]
        kept["month"] = month_key(day)
    if overlapping:
        kept[GROUPS] = cases[GROUPS]
    return cases.select(**seen, **kept)


def seen_days(cases: "ir.Table", store: Store) -> "dict[str, ir.DateValue]":
    """The days of cases, empty after the last one the data cover.

    Where the store says that it has none such, none is looked for: these comparisons cost a third of a query's time.
    """
    as_of, written = last_day(store), store.meta.tables.get("cases")
    if written and written.latest and date.fromisoformat(written.latest) <= as_of:
        return {name: cases[name] for name in DAYS}
    return {name: ibis.ifelse(cases[name] <= _literal(as_of), cases[name], ibis.null("date")) for name in DAYS}


def with_state(cases: "ir.Table", stage: Stage, *, supplement: bool = True) -> "ir.Table":
    """`seen_cases` with `start`, `stop`, `left`, days `paused` and `state` (place in STATES)."""
    pauses = supplement and stage.supplement
    paused = cases.supplement_days if pauses else ibis.literal(0, "int32")
    stop, left = _stop_and_left(cases, stage)
    if stage.starts == "decided_on":  # aid first: the lawyer may come before the decision
        stop = ibis.ifelse(cases.aid_first & (stop < cases.decided_on), cases.decided_on, stop)
    cases = cases.mutate(start=cases[stage.starts], stop=stop, left=left, paused=paused)
    gone = cases.status.isin(GONE) & cases.left.isnull()
    too_long = cases.stop.delta(cases.start, unit="day") < cases.paused
    tests = (
        ("not_applicable", _not_applicable(cases, stage)),
        ("missing_start", cases.start.isnull() & (cases.stop.notnull() | passed(cases, stage.starts))),
        ("not_started", cases.start.isnull()),
        ("outside_calendar", cases.start < _literal(CALENDAR_STARTS)),
        ("order_violated", cases.stop < cases.start),
        *((("supplement_too_long", too_long),) if pauses else ()),
        ("done", cases.stop.notnull()),
        ("order_violated", cases.left < cases.start),
        ("withdrawn", cases.left.notnull() & cases.decision.isin(WITHDRAWN)),
        ("ended", cases.left.notnull()),
        ("missing_stop", gone | passed(cases, stage.stops) | _undecided(cases, stage)),
    )
    codes = [(test, ibis.literal(STATES.index(name), "int8")) for name, test in tests]
    return cases.mutate(state=ibis.cases(*codes, else_=ibis.literal(STATES.index("open"), "int8")))


def timed(cases: "ir.Table", stage: Stage, as_of: date) -> "ir.Table":
    """Cases that began: `counted` to `until`, the stop, the day of leaving, or the last day the data cover.

    The supplement days stand between the start and `counted`. `until` is null in states without a duration; they are
    not filtered out here, because an engine then finds the state of every case twice.
    """
    cases = cases.filter(cases[stage.starts].notnull())
    until = day_number(cases.stop.coalesce(cases.left, _literal(as_of)))
    lasts = cases.state.isin([STATES.index(name) for name in TIMED])
    cases = cases.mutate(until=ibis.ifelse(lasts, until, ibis.null("int32")), began=day_number(cases.start))
    if not stage.supplement:
        return cases.mutate(counted=cases.began)
    return cases.mutate(counted=ibis.least(cases.began + cases.paused, cases.until))


def in_days(cases: "ir.Table") -> "ir.Table":
    """`timed` cases with `duration` in calendar days, null in states without one."""
    return cases.mutate(duration=(cases.until - cases.counted).cast("int32"))


def in_working_days(cases: "ir.Table", calendar: WorkCalendar | None) -> "ir.Table":
    """`timed` cases with `duration` in working days, from the calendar joined on both ends; the others are left out."""
    days = work_days(calendar)
    before = days.select(counted=days.day_no, passed_before=days.passed)
    after = days.select(until=days.day_no, passed_until=days.passed)
    cases = cases.join(before, "counted").join(after, "until")
    return cases.mutate(duration=cases.passed_until - cases.passed_before)


def _literal(day: date) -> "ir.DateScalar":
    return ibis.date(day.year, day.month, day.day)


def _stop_and_left(cases: "ir.Table", stage: Stage) -> "tuple[ir.DateValue, ir.DateValue]":
    """The day of the stop, and the day the case left without it; a withdrawal booked as a decision decides nothing."""
    withdrawn, nothing = cases.decision.isin(WITHDRAWN), ibis.null("date")
    if stage.stops == "decided_on":
        left = ibis.ifelse(withdrawn, cases.decided_on, cases.terminated_on)
        return ibis.ifelse(withdrawn, nothing, cases.decided_on), left
    away = ibis.ifelse(withdrawn | (cases.decision == "refused"), cases.decided_on, nothing)
    return cases[stage.stops], away.coalesce(cases.terminated_on)


def _not_applicable(cases: "ir.Table", stage: Stage) -> "ir.BooleanValue":
    if stage.starts == "notice_on":
        return cases.notice_on.isnull()
    found = ibis.literal(False)
    if stage.review:
        found = found | cases.notice_on.notnull()
    if stage.granted:
        found = found | (cases.decision != "granted").fill_null(False)
    if stage.aid_first:
        found = found | ~cases.aid_first.fill_null(False)
    return found


def _undecided(cases: "ir.Table", stage: Stage) -> "ir.BooleanValue":
    """Decided, but it is not recorded how: nobody can say whether it waits for a lawyer."""
    unknown = cases.decision.isnull() & cases.decided_on.notnull()
    return unknown if stage.granted else ibis.literal(False)


def passed(cases: "ir.Table", column: str) -> "ir.BooleanValue":
    """Whether a later day or the status shows that this one must have been; aid first comes before the decision."""
    if column not in AFTER:
        return ibis.literal(False)
    found = ibis.literal(False)
    for later in AFTER[column]:
        there = cases[later].notnull()
        found = found | (there & ~cases.aid_first.fill_null(False) if later == "assigned_on" else there)
    return found | (cases.status == "closed").fill_null(False) if column != "archived_on" else found
