"""What became of a clock in each case, as expressions for an engine: `clocks.within_limit` without its rows.

The last day of a clock is joined from `clocks.due_table` on the day counted from; everything else is compared there.
Days are numbers from the calendar's first day.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd

from legalaid_eval.calendar import FIRST_DAY, LAST_YEAR, WorkCalendar
from legalaid_eval.cells.base import day_number
from legalaid_eval.clocks import OUTCOMES, Clock, due_table
from legalaid_eval.clocks.outcomes import ENDED, STAGES, WITHDRAWN
from legalaid_eval.errors import UsageError

if TYPE_CHECKING:
    import ibis.expr.types as ir

CODES = {name: place for place, name in enumerate(OUTCOMES)}
NEVER = (date(LAST_YEAR + 1, 1, 1) - FIRST_DAY.astype(object)).days
"""Later than any day of the calendar: no guessed day follows."""


def with_outcome(
    cases: "ir.Table",
    clocks: Sequence[Clock],
    as_of: date,
    *,
    moved: bool = True,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> "ir.Table":
    """The table `cases` of a store with `rule, outcome, provisional`, as seen on the day `as_of`.

    No two of the `clocks` may govern the same case. `rule` is the place of the one that does, null where none does;
    `outcome` the place in OUTCOMES; `provisional` whether that hangs on holidays not announced.
    """
    for clock in clocks:
        _check_columns(cases, clock)
    rule = ibis.cases(
        *((governs(cases, clock)[1], ibis.literal(place, "int32")) for place, clock in enumerate(clocks)),
        else_=ibis.null("int32"),
    )
    cases = cases.mutate(rule=rule)
    runs = [_run(cases, clock, as_of, supplement) for clock in clocks]
    pick = lambda name: _by_rule(cases, [run[name] for run in runs])  # noqa: E731
    cases = cases.mutate(run_rule=cases.rule.fill_null(0), **{f"run_{name}": pick(name) for name in runs[0]})
    due = due_days(clocks, moved, calendar or WorkCalendar.of())
    cases = cases.left_join(due, [cases.run_rule == due.due_rule, cases.run_counted == due.due_day])
    cases = cases.mutate(outcome=outcome_of(cases))
    return cases.mutate(provisional=provisional(cases))


def seen_day(cases: "ir.Table", name: str, as_of: date) -> "ir.DateValue":
    """A day of the cases; null where it is after the last day of the data."""
    last = ibis.date(as_of.year, as_of.month, as_of.day)
    return ibis.ifelse(cases[name] <= last, cases[name], ibis.null("date"))


def is_true(test: "ir.BooleanValue") -> "ir.BooleanValue":
    """The test, not passed where a value is missing."""
    return test.fill_null(False)


def _by_rule(cases: "ir.Table", values: "Sequence[ir.Value]") -> "ir.Value":
    """The value of the clock that governs; of the first where none does."""
    first, *others = values
    if not others:
        return first
    return ibis.cases(*((cases.rule == place, value) for place, value in enumerate(others, 1)), else_=first)


def _check_columns(cases: "ir.Table", clock: Clock) -> None:
    schema, days = cases.schema(), [clock.starts, clock.stops, *clock.chosen_by, *filter(None, [clock.unless])]
    wrong = [name for name in days if name not in schema or not schema[name].is_date()]
    if wrong:
        known = ", ".join(name for name, kind in schema.items() if kind.is_date())
        raise UsageError(f"found {', '.join(wrong)} in the clock {clock.name}; expected days of cases: {known}")
    if clock.only is None:
        return
    name, value = clock.only
    kinds: dict[type, Callable[[Any], bool]] = {
        bool: lambda kind: kind.is_boolean(),
        str: lambda kind: kind.is_string(),
        int: lambda kind: kind.is_integer(),
    }
    if name not in schema or not kinds.get(type(value), lambda kind: False)(schema[name]):
        raise UsageError(
            f"found only={clock.only} in the clock {clock.name}; expected a column of cases and a value of its type"
        )


def governs(cases: "ir.Table", clock: Clock) -> "tuple[ir.BooleanValue, ir.BooleanValue]":
    """Whether the day that chooses the rule is known, and whether the rule held on it for the type of case."""
    chosen = ibis.coalesce(*(cases[name] for name in clock.chosen_by or (clock.starts,)))
    in_force = chosen.notnull()
    if clock.valid_from:
        in_force = in_force & is_true(chosen >= clock.valid_from)
    if clock.valid_to:
        in_force = in_force & is_true(chosen <= clock.valid_to)
    return chosen.notnull(), in_force & _of_its_types(cases, clock)


def _of_its_types(cases: "ir.Table", clock: Clock) -> "ir.BooleanValue":
    return is_true(cases.case_type.isin(clock.case_types)) if clock.case_types else ibis.literal(True)


def _run(cases: "ir.Table", clock: Clock, as_of: date, supplement: bool) -> "dict[str, ir.Value]":
    """What `clocks.outcomes.Run` holds, as expressions; of clocks that are chosen from, all have the same names."""
    known, in_force = governs(cases, clock)
    covered, undecided = covers(cases, clock, as_of)
    start = seen_day(cases, clock.starts, as_of)
    stop, ended_on, unknown_end = _stop_and_end(cases, clock, as_of)
    counted = day_number(start)
    if supplement and clock.supplement_rules:
        counted = counted + cases.supplement_days.fill_null(0).cast("int32")
    stopped = day_number(stop)
    if clock.starts == "decided_on":  # aid first: the lawyer may come before the decision
        stopped = ibis.ifelse(is_true(cases.aid_first & (stopped < counted)), counted, stopped)
    unrecorded = start.isnull() & passed_by(cases, clock.starts, as_of)
    unrecorded = unrecorded | (stop.isnull() & passed_by(cases, clock.stops, as_of))
    return {
        "covered": (in_force | ~known) & covered,
        "doubtful": undecided | (unrecorded & ended_on.isnull()),
        "started": start.notnull(),
        "counted": counted.cast("int32"),
        "stop": stopped.cast("int32"),
        "seen_until": day_number(ended_on).fill_null(day_number(as_of)).cast("int32"),
        "ended": ended_on.notnull(),
        "unknown_end": unknown_end,
        "by_working_day": ibis.literal(clock.unit == "working_day"),
    }


def _stop_and_end(cases: "ir.Table", clock: Clock, as_of: date) -> "tuple[ir.DateValue, ir.DateValue, ir.BooleanValue]":
    """Its stop, the day it ended without one, and whether that day is not recorded; a withdrawal decides nothing."""
    stop, ended_on = (seen_day(cases, name, as_of) for name in (clock.stops, "terminated_on"))
    recorded = cases.terminated_on.notnull()
    if clock.stops == "decided_on":
        withdrawn = is_true(cases.decision.isin(WITHDRAWN))
        recorded = recorded | (withdrawn & cases.decided_on.notnull())
        sooner = ibis.least(stop.coalesce(ended_on), ended_on.coalesce(stop))
        ended_on = ibis.ifelse(withdrawn, sooner, ended_on)
        stop = ibis.ifelse(withdrawn, ibis.null("date"), stop)
    return stop, ended_on, is_true(cases.status.isin(ENDED)) & ~recorded


def covers(cases: "ir.Table", clock: Clock, as_of: date) -> "tuple[ir.BooleanValue, ir.BooleanValue]":
    """Whether the case may be of the kind the clock is about, and whether that is not recorded."""
    covered, undecided = _of_its_types(cases, clock), ibis.literal(False)
    if clock.only:
        name, value = clock.only
        covered = covered & (is_true(cases[name] == value) | cases[name].isnull())
        undecided = cases[name].isnull() & cases[clock.starts].notnull()
        if name == "decision":  # what was assigned had been granted
            undecided = undecided & seen_day(cases, clock.stops, as_of).isnull()
    if clock.unless:
        covered = covered & cases[clock.unless].isnull()
    if clock.starts == "notice_on":
        covered = covered & cases.notice_on.notnull()
    return covered, undecided


def passed_by(cases: "ir.Table", stage: str, as_of: date) -> "ir.BooleanValue":
    """Whether a stage after this one is recorded by then, so that this one must have been reached."""
    passed = ibis.literal(False)
    for name in STAGES[STAGES.index(stage) + 1 :] if stage in STAGES else ():
        later = seen_day(cases, name, as_of).notnull()
        passed = passed | (later & ~is_true(cases.aid_first) if name == "assigned_on" else later)
    return passed


def due_days(clocks: Sequence[Clock], moved: bool, calendar: WorkCalendar) -> "ir.Table":
    """`due_rule, due_day, due_on, due_provisional, due_guessed` for the place of a clock and the day counted from.

    `due_guessed` is the first guessed day after it. Days whose last day lies outside the calendar are left out.
    """
    days = calendar.frame()
    guessed = _number(days.loc[days["provisional"], "day"])
    parts = []
    for place, clock in enumerate(clocks):
        table = due_table(clock, moved=moved, calendar=calendar).dropna(subset="due_on")
        day = _number(table["day"])
        parts.append(
            pd.DataFrame(
                {
                    "due_rule": np.full(len(day), place, dtype="int32"),
                    "due_day": day,
                    "due_on": _number(table["due_on"]),
                    "due_provisional": table["provisional"].to_numpy(dtype=bool),
                    "due_guessed": np.append(guessed, np.int32(NEVER))[np.searchsorted(guessed, day, side="right")],
                }
            )
        )
    return ibis.memtable(pd.concat(parts, ignore_index=True))


def _number(days: pd.Series) -> np.ndarray:
    return (days.to_numpy().astype("datetime64[D]") - FIRST_DAY).astype("int32")


def outcome_of(cases: "ir.Table") -> "ir.IntegerValue":
    """The first that is true of a case decides."""
    stop, due = cases.run_stop, cases.due_on
    rules = (
        (~cases.run_covered, "not_applicable"),
        (~cases.run_started & stop.isnull() & ~cases.run_doubtful, "not_started"),
        (due.isnull() | is_true(stop < cases.run_counted) | cases.run_doubtful, "missing"),
        (stop <= due, "met"),
        (stop.notnull(), "missed"),
        (cases.run_unknown_end, "not_applicable"),
        (cases.run_seen_until > due, "missed"),
        (cases.run_ended, "not_applicable"),
    )
    codes = [(test, ibis.literal(CODES[name], "int32")) for test, name in rules]
    return ibis.cases(*codes, else_=ibis.literal(CODES["pending"], "int32"))


def provisional(cases: "ir.Table") -> "ir.BooleanValue":
    """Whether the last day, or working days up to the stop, hang on days that are only guessed."""
    judged = cases.outcome.isin([CODES[name] for name in ("met", "missed", "pending")])
    crossed = cases.run_by_working_day & is_true(cases.run_stop >= cases.due_guessed)
    return judged & is_true(cases.due_provisional | crossed)
