"""Every time limit of all cases from one query: what `compliance_cells` and `open_age_cells` say of one step, for all.

An engine takes longer to be asked than to answer, so a case is joined with the list of clocks and keeps, of each step,
the clock that governs it, or the first where none does. A property test holds that the cells are those of
`compliance_cells` and `open_age_cells`.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.calendar import FIRST_DAY, WorkCalendar
from legalaid_eval.cells.base import MISSING, Sums, day_number, grouped, month_key
from legalaid_eval.cells.clock_runs import (
    covers,
    due_days,
    governs,
    is_true,
    outcome_of,
    passed_by,
    provisional,
    seen_day,
)
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.open_ages import TOLD, WAITS, waits
from legalaid_eval.cells.stages import CALENDAR_STARTS, last_day
from legalaid_eval.clocks import OUTCOMES, STEPS, Clock, second_clock, step_clocks
from legalaid_eval.clocks.limits import SECOND
from legalaid_eval.clocks.outcomes import ENDED, WITHDRAWN

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAMES = (*STEPS, *SECOND)
KEYS = ("county", "month", "case_type", "rule", "outcome")


@dataclass(frozen=True, slots=True)
class _Placed:
    """A clock, its place among all, that of its step, and that in its step."""

    at: int
    step: int
    place: int
    clock: Clock


def clocks_of(name: str) -> tuple[Clock, ...]:
    """Of a step of the law, or of a pledge or provincial rule by its id, taken as in force all the time."""
    return step_clocks(name) if name in STEPS else (second_clock(name, valid_from=FIRST_DAY.astype(date)),)


def all_limits(window: Window) -> pd.DataFrame:
    """Cells `step, *KEYS, now, waited, n, n_provisional` by name of NAMES, all keys as text.

    now: whether the day that chooses the rule lies in the period; second clocks only of cases of which it does.
    waited: calendar days of cases that wait for the step on the last day of the data, else missing.
    """
    return window.once("limits", lambda: _all_limits(window))


def _all_limits(window: Window) -> pd.DataFrame:
    placed, as_of = _placed(window), last_day(window.store)
    rows = _governed(_rows(window, placed, as_of), window, placed)
    rows = _with_run(rows, placed, as_of)
    due = due_days([each.clock for each in placed], True, WorkCalendar.of())
    rows = rows.left_join(due, [rows.at == due.due_rule, rows.run_counted == due.due_day])
    rows = rows.mutate(outcome=outcome_of(rows))
    rows = rows.mutate(provisional=provisional(rows))
    keys = {"step": rows.step, "county": rows.county, "month": month_key(rows.chosen), "case_type": rows.case_type}
    keys |= {"rule": rows.rule, "outcome": rows.outcome, "now": rows.now, "waited": rows.waited}
    sums = Sums(filled={"provisional": ibis.ifelse(rows.provisional, ibis.literal(1), ibis.null("int8"))})
    cells = grouped(rows, keys, sums)
    steps = {str(place): name for place, name in enumerate(NAMES)}
    outcomes = {str(place): name for place, name in enumerate(OUTCOMES)}
    return cells.assign(step=cells["step"].map(steps), outcome=cells["outcome"].map(outcomes).astype("str"))


def limit_of(window: Window, name: str) -> pd.DataFrame:
    """`compliance_cells` of a step or second clock, with `now`."""
    return window.once(("limit", name), lambda: _limit_of(window, name))


def _limit_of(window: Window, name: str) -> pd.DataFrame:
    cells, clocks = all_limits(window), _clocks(window)[name]
    cells = cells[cells["step"] == name].groupby([*KEYS, "now"], as_index=False, sort=False)
    cells = cells[["n", "n_provisional"]].sum()
    rules = {str(place): clock.rule_id for place, clock in enumerate(clocks)} | {MISSING: MISSING}
    cells = cells.rename(columns={"rule": "rule_id"}).assign(rule_id=cells["rule"].map(rules).astype("str"))
    cells.insert(4, "clock", pd.Series(clocks[0].name, cells.index, dtype="str"))
    return cells


def waits_of(window: Window) -> pd.DataFrame:
    """`open_age_cells` in calendar days of the waits for a step that has a limit."""
    cells = all_limits(window)
    cells = cells[cells["waited"] != MISSING]
    steps = {wait.step: wait.name for wait in WAITS if wait.step}
    told = cells["outcome"].map(TOLD).fillna(MISSING).astype("str")
    cells = cells.assign(waits_for=cells["step"].map(steps).astype("str"), over_limit=told)
    cells = cells.assign(duration=cells["waited"].astype("int64"))
    keys = ["county", "waits_for", "over_limit", "duration"]
    return cells.groupby(keys, as_index=False)["n"].sum()


def _clocks(window: Window) -> dict[str, tuple[Clock, ...]]:
    """Kept, because every look at the rules reads their file."""
    return window.once("clocks", lambda: {name: clocks_of(name) for name in NAMES})


def _placed(window: Window) -> tuple[_Placed, ...]:
    found = [
        (step, place, clock) for step, name in enumerate(NAMES) for place, clock in enumerate(_clocks(window)[name])
    ]
    return tuple(_Placed(at, *each) for at, each in enumerate(found))


def _by_clock(
    rows: "ir.Table",
    placed: tuple[_Placed, ...],
    key: Callable[[Clock], Hashable],
    make: "Callable[[Clock], ir.Value]",
) -> "ir.Value":
    """An expression for each clock; those with one key have the same."""
    groups: dict[Hashable, list[_Placed]] = {}
    for each in placed:
        groups.setdefault(key(each.clock), []).append(each)
    *first, last = groups.values()
    if not first:
        return make(last[0].clock)
    cases = ((rows.at.isin([each.at for each in group]), make(group[0].clock)) for group in first)
    return ibis.cases(*cases, else_=make(last[0].clock))


def _rows(window: Window, placed: tuple[_Placed, ...], as_of: date) -> "ir.Table":
    """Every case as often as there are clocks."""
    cases = window.store.table("cases")
    ends = dict.fromkeys(day for each in placed for day in (each.clock.starts, each.clock.stops))
    governed = {
        f"governed_{step}": ibis.or_(*(governs(cases, each.clock)[1] for each in placed if each.step == step))
        for step in range(len(NAMES))
    }
    passed = {f"passed_{name}": passed_by(cases, name, as_of) for name in ends}
    cases = cases.mutate(waits=waits(cases, as_of), **governed, **passed)
    clocks = pd.DataFrame([(each.at, each.step, each.place) for each in placed], columns=["at", "step", "place"])
    return cases.cross_join(ibis.memtable(clocks.astype("int32")))


def _governed(rows: "ir.Table", window: Window, placed: tuple[_Placed, ...]) -> "ir.Table":
    """Of every case and step the clock that governs, or the first; with `chosen`, `now`, `in_force` and `rule`."""
    chosen = _by_clock(
        rows, placed, lambda c: c.chosen_by, lambda c: ibis.coalesce(*(rows[name] for name in c.chosen_by))
    )
    span = lambda c: (c.valid_from, c.valid_to, c.case_types, c.chosen_by)  # noqa: E731
    none = ~ibis.cases(*((rows.step == step, rows[f"governed_{step}"]) for step in range(len(NAMES))))
    rows = rows.mutate(chosen=chosen, none=none, in_force=_by_clock(rows, placed, span, lambda c: governs(rows, c)[1]))
    rows = rows.mutate(now=is_true(rows.chosen.between(window.start, window.end)))
    rows = rows.filter(rows.in_force | (rows.none & (rows.place == 0)), rows.now | (rows.step < len(STEPS)))
    # A clock by itself is named whether or not it governs; of those of a step only the one that does.
    named = rows.in_force | (rows.step >= len(STEPS))
    return rows.mutate(rule=ibis.ifelse(named, rows.place, ibis.null("int32")))


def _with_run(rows: "ir.Table", placed: tuple[_Placed, ...], as_of: date) -> "ir.Table":
    """`clock_runs.with_outcome` has the same for one step."""
    flag = lambda test: _by_clock(rows, placed, test, lambda c: ibis.literal(test(c)))  # noqa: E731
    day = lambda end: _by_clock(rows, placed, lambda c: getattr(c, end), lambda c: rows[getattr(c, end)])  # noqa: E731
    passed = lambda end: _by_clock(  # noqa: E731
        rows, placed, lambda c: getattr(c, end), lambda c: rows[f"passed_{getattr(c, end)}"]
    )
    kind = lambda c: (c.case_types, c.only, c.unless, c.starts, c.stops)  # noqa: E731
    paused = rows.supplement_days.fill_null(0).cast("int32")
    withdrawn = is_true(rows.decision.isin(WITHDRAWN)) & flag(lambda c: c.stops == "decided_on")
    rows = rows.mutate(
        start_on=day("starts"),
        stop_on=day("stops"),
        ended_on=seen_day(rows, "terminated_on", as_of),
        start_passed=passed("starts"),
        stop_passed=passed("stops"),
        withdrawn=withdrawn,
        paused=ibis.ifelse(flag(lambda c: bool(c.supplement_rules)), paused, ibis.literal(0, "int32")),
        from_decision=flag(lambda c: c.starts == "decided_on"),
        covers=_by_clock(rows, placed, kind, lambda c: covers(rows, c, as_of)[0]),
        undecided=_by_clock(rows, placed, kind, lambda c: covers(rows, c, as_of)[1]),
        run_by_working_day=flag(lambda c: c.unit == "working_day"),
        waited=_waited(rows, as_of),
    )
    rows = rows.mutate(start_on=seen_day(rows, "start_on", as_of), stop_on=seen_day(rows, "stop_on", as_of))
    rows = _ended(rows)
    counted, stopped = (day_number(rows.start_on) + rows.paused).cast("int32"), day_number(rows.stop_on)
    late = is_true(rows.from_decision & rows.aid_first & (stopped < counted))
    unrecorded = (rows.start_on.isnull() & rows.start_passed) | (rows.stop_on.isnull() & rows.stop_passed)
    return rows.mutate(
        run_covered=(rows.in_force | rows.chosen.isnull()) & rows.covers,
        run_doubtful=rows.undecided | (unrecorded & rows.ended_on.isnull()),
        run_started=rows.start_on.notnull(),
        run_counted=counted,
        run_stop=ibis.ifelse(late, counted, stopped).cast("int32"),
        run_seen_until=day_number(rows.ended_on).fill_null(day_number(as_of)).cast("int32"),
        run_ended=rows.ended_on.notnull(),
    )


def _ended(rows: "ir.Table") -> "ir.Table":
    """A withdrawal booked as a decision decides nothing."""
    recorded = rows.terminated_on.notnull() | (rows.withdrawn & rows.decided_on.notnull())
    stop, ended_on = rows.stop_on, rows.ended_on
    sooner = ibis.least(stop.coalesce(ended_on), ended_on.coalesce(stop))
    return rows.mutate(
        run_unknown_end=is_true(rows.status.isin(ENDED)) & ~recorded,
        ended_on=ibis.ifelse(rows.withdrawn, sooner, ended_on),
        stop_on=ibis.ifelse(rows.withdrawn, ibis.null("date"), stop),
    )


def _waited(rows: "ir.Table", as_of: date) -> "ir.IntegerValue":
    found = []
    for place, wait in enumerate(WAITS):
        if not wait.step:
            continue
        waiting = (rows.step == NAMES.index(wait.step)) & (rows.waits == place)
        waiting = waiting & (rows[wait.since] >= ibis.literal(CALENDAR_STARTS))
        if wait.name == "assignment":
            waiting = waiting & (rows.decision == "granted")
        paused = rows.supplement_days.fill_null(0).cast("int32") if wait.supplement else ibis.literal(0, "int32")
        since = ibis.least(day_number(rows[wait.since]) + paused, day_number(as_of))
        found.append((is_true(waiting), (day_number(as_of) - since).cast("int32")))
    return ibis.cases(*found, else_=ibis.null("int32"))
