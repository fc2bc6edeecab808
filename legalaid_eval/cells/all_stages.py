"""Every stage of a period's cases from one query: what `stages.with_state` and `timed` say of one stage, for all.

An engine takes longer to be asked than to answer, so a case is joined with the list of stages instead of being looked
at once for each. A property test holds that the cells are those of `stage_cells` and `stage_accounts`.
"""

from datetime import date
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.base import day_number, grouped, work_days
from legalaid_eval.cells.count_tables import Window, came_on
from legalaid_eval.cells.stages import (
    CALENDAR_STARTS,
    GONE,
    STAGES,
    STATES,
    TIMED,
    WITHDRAWN,
    last_day,
    passed,
    seen_days,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

NOW, BEFORE = "now", "before"
KEYS = ("county", "case_type", "decision", "span", "state", "working_day", "day")
_KEPT = ("county", "case_type", "decision", "status", "aid_first", "came_in")


def all_stages(window: Window) -> pd.DataFrame:
    """Cells `stage, county, case_type, decision, span, state, working_day, day, came_in, n`, all keys as text.

    span: now, for cases that began the stage in the period; before, in the same days of the year before; else missing.
    came_in: whether the case came in in the period. Days only of the states TIMED.
    """
    return window.once("stages", lambda: _all_stages(window))


def _all_stages(window: Window) -> pd.DataFrame:
    cases = _with_span(_with_state(_one_row_for_each_stage(window)), window)
    cases = _with_days(cases.filter(cases.span.notnull() | cases.came_in), last_day(window.store))
    keys = {"stage": cases.stage} | {name: cases[name] for name in (*KEYS, "came_in")}
    cells = grouped(cases, keys)
    names = {str(place): name for place, name in enumerate(STAGES)}
    states = {str(place): name for place, name in enumerate(STATES)}
    return cells.assign(stage=cells["stage"].map(names), state=cells["state"].map(states).astype("str"))


def year_before(start: date, end: date) -> tuple[date, date] | None:
    """The same days a year earlier; None where the period starts or ends on a leap day."""
    try:
        return start.replace(year=start.year - 1), end.replace(year=end.year - 1)
    except ValueError:
        return None


def _one_row_for_each_stage(window: Window) -> "ir.Table":
    cases = window.store.table("cases")
    seen = seen_days(cases, window.store)
    came_in = came_on(cases, "cases").between(window.start, window.end).fill_null(False)
    cases = cases.mutate(came_in=came_in, supplement=cases.supplement_days.cast("int32").fill_null(0))
    cases = cases.select(**seen, **{name: cases[name] for name in _KEPT}, supplement=cases.supplement)
    ends = dict.fromkeys(day for stage in STAGES.values() for day in (stage.starts, stage.stops))
    cases = cases.mutate(**{f"passed_{name}": passed(cases, name) for name in ends})
    return cases.cross_join(_kinds())


def _kinds() -> "ir.Table":
    """The stages with what is asked of them."""
    found = list(STAGES.values())
    columns: dict[str, list[object]] = {
        "stage": list(range(len(found))),
        "decides": [stage.stops == "decided_on" for stage in found],
        "noticed": [stage.starts == "notice_on" for stage in found],
        "from_decision": [stage.starts == "decided_on" for stage in found],
        "pauses": [stage.supplement for stage in found],
        "review": [stage.review and stage.starts != "notice_on" for stage in found],
        "granting": [stage.granted and stage.starts != "notice_on" for stage in found],
        "decided_how": [stage.granted for stage in found],
        "only_aid_first": [stage.aid_first and stage.starts != "notice_on" for stage in found],
    }
    return ibis.memtable(pd.DataFrame(columns).astype({"stage": "int32"}))


def _by_stage(cases: "ir.Table", end: str, prefix: str = "") -> "ir.Value":
    """The column that a stage starts or stops with."""
    places: dict[str, list[int]] = {}
    for place, stage in enumerate(STAGES.values()):
        places.setdefault(getattr(stage, end), []).append(place)
    return ibis.cases(*((cases.stage.isin(at), cases[prefix + name]) for name, at in places.items()))


def _with_state(cases: "ir.Table") -> "ir.Table":
    withdrawn, nothing = cases.decision.isin(WITHDRAWN), ibis.null("date")
    away = ibis.ifelse(withdrawn | (cases.decision == "refused"), cases.decided_on, nothing)
    undone = ibis.ifelse(withdrawn, cases.decided_on, cases.terminated_on)
    stop = ibis.ifelse(cases.decides & withdrawn, nothing, _by_stage(cases, "stops"))
    cases = cases.mutate(
        start=_by_stage(cases, "starts"),
        # Aid first: the lawyer may come before the decision.
        stop=ibis.ifelse(cases.from_decision & cases.aid_first & (stop < cases.decided_on), cases.decided_on, stop),
        left=ibis.ifelse(cases.decides, undone, away.coalesce(cases.terminated_on)),
        paused=ibis.ifelse(cases.pauses, cases.supplement, 0),
        start_passed=_by_stage(cases, "starts", "passed_"),
        stop_passed=_by_stage(cases, "stops", "passed_"),
    )
    codes = [(test, ibis.literal(STATES.index(name), "int8")) for name, test in _tests(cases)]
    return cases.mutate(state=ibis.cases(*codes, else_=ibis.literal(STATES.index("open"), "int8")))


def _tests(cases: "ir.Table") -> "tuple[tuple[str, ir.BooleanValue], ...]":
    """In the order of `stages.with_state`."""
    gone = cases.status.isin(GONE) & cases.left.isnull()
    unknown = cases.decided_how & cases.decision.isnull() & cases.decided_on.notnull()
    return (
        ("not_applicable", _not_applicable(cases)),
        ("missing_start", cases.start.isnull() & (cases.stop.notnull() | cases.start_passed)),
        ("not_started", cases.start.isnull()),
        ("outside_calendar", cases.start < ibis.literal(CALENDAR_STARTS)),
        ("order_violated", cases.stop < cases.start),
        ("supplement_too_long", cases.pauses & (cases.stop.delta(cases.start, unit="day") < cases.paused)),
        ("done", cases.stop.notnull()),
        ("order_violated", cases.left < cases.start),
        ("withdrawn", cases.left.notnull() & cases.decision.isin(WITHDRAWN)),
        ("ended", cases.left.notnull()),
        ("missing_stop", gone | cases.stop_passed | unknown),
    )


def _not_applicable(cases: "ir.Table") -> "ir.BooleanValue":
    noticed = cases.notice_on.notnull()
    return ibis.or_(
        cases.noticed & ~noticed,
        cases.review & noticed,
        cases.granting & (cases.decision != "granted").fill_null(False),
        cases.only_aid_first & ~cases.aid_first.fill_null(False),
    )


def _with_span(cases: "ir.Table", window: Window) -> "ir.Table":
    earlier = year_before(window.start, window.end)
    then = cases.start.between(*earlier) if earlier else ibis.literal(False)
    return cases.mutate(span=ibis.cases((cases.start.between(window.start, window.end), NOW), (then, BEFORE)))


def _with_days(cases: "ir.Table", as_of: date) -> "ir.Table":
    """`day` and `working_day` from the start and its supplement days to the stop, the leaving or the last day."""
    lasts = cases.state.isin([STATES.index(name) for name in TIMED])
    until = day_number(cases.stop.coalesce(cases.left, ibis.literal(as_of)))
    cases = cases.mutate(until=ibis.ifelse(lasts, until, ibis.null("int32")), began=day_number(cases.start))
    cases = cases.mutate(counted=ibis.least(cases.began + cases.paused, cases.until))
    cases = cases.mutate(counted=ibis.ifelse(lasts, cases.counted, ibis.null("int32")))
    days = work_days()
    before = days.select(counted=days.day_no, passed_before=days.passed)
    after = days.select(until=days.day_no, passed_until=days.passed)
    cases = cases.left_join(before, "counted").left_join(after, "until")
    return cases.mutate(
        day=(cases.until - cases.counted).cast("int32"), working_day=cases.passed_until - cases.passed_before
    )
