"""The last day of a clock, and what became of it in every case.

    met             stopped on or before the last day
    missed          stopped after it, or still open though the last day is over
    pending         open, and the last day is still to come
    not_started     neither what starts the clock nor what stops it has happened
    not_applicable  another rule governs the case, or it ended otherwise before the last day
    missing         a date is missing or contradicts another one, so nothing can be said

Supplement time lies outside: a clock is counted from its start plus `supplement_days`. Nothing after `data_as_of`
is seen.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from legalaid_eval.calendar import END_DAY, FIRST_DAY, Days, WorkCalendar, day_array, shaped, whole_or_missing
from legalaid_eval.clocks.limits import Clock, step_clocks
from legalaid_eval.errors import UsageError

OUTCOMES = ("met", "missed", "pending", "not_started", "not_applicable", "missing")
ENDED = ("terminated", "withdrawn")
WITHDRAWN = ("withdrawn", "deemed_withdrawn")
DAY = np.timedelta64(1, "D")
NO_DAY = np.datetime64("NaT", "D")
STAGES = ("applied_on", "accepted_on", "decided_on", "assigned_on", "closed_on", "archived_on")
"""In the order they happen."""
NAMES = ["clock", "rule_id", "evidence", "outcome"]


@dataclass(frozen=True, eq=False, slots=True)
class Run:
    """What is seen of a clock in each case on the last day of the data; all arrays have one value per case.

    `governed` and `covered`: the rule was in force for it, and it is of the kind the rule is about; `doubtful`: that
    is not recorded, or a later stage is and this one is not. `counted` is the day counted from, `stop` the day of
    the step, `seen_until` the last day the case was open, `ended` whether it ended without the step, `unknown_end`
    whether it did so on a day not recorded.
    """

    governed: np.ndarray
    covered: np.ndarray
    doubtful: np.ndarray
    counted: np.ndarray
    stop: np.ndarray
    started: np.ndarray
    seen_until: np.ndarray
    ended: np.ndarray
    unknown_end: np.ndarray


def due_on(start: Days, clock: Clock, *, moved: bool = True, calendar: WorkCalendar | None = None) -> Any:
    """The last day of the clock, shaped as `start`; the day of the start does not count.

    A limit in days whose last day is a day off ends on the next working day unless `moved` is False; a limit of no
    days (the same day) is never moved.
    """
    work, days = calendar or WorkCalendar.of(), day_array(start)
    if clock.unit == "working_day":
        return shaped(work.add_working_days(days, clock.limit), start)
    last = days + clock.limit * DAY
    moves = moved and clock.limit > 0
    return shaped(work.moved_to_workday(last) if moves else work.add_working_days(last, 0), start)


def due_table(clock: Clock, *, moved: bool = True, calendar: WorkCalendar | None = None) -> pd.DataFrame:
    """`day, due_on, provisional` for every day a clock can be counted from: to be joined to cases in an engine.

    The day to join on is the start plus the supplement days.
    """
    work = calendar or WorkCalendar.of()
    # A limit in days may end inside the calendar though it began before; working days cannot be counted there.
    before = clock.limit * DAY if clock.unit == "day" else 0 * DAY
    days = np.arange(FIRST_DAY - before, END_DAY)
    due = due_on(days, clock, moved=moved, calendar=work)
    found = pd.DataFrame({"day": days, "due_on": due, "provisional": _guessed(days, due, clock, moved, work)})
    return found[(days >= FIRST_DAY) | ~np.isnat(due)].reset_index(drop=True)


def within_limit(
    frame: pd.DataFrame,
    clock: Clock,
    data_as_of: date,
    *,
    moved: bool = True,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """What became of one clock in each case of `frame` (columns of the table `cases`), under the index of `frame`.

    Columns: clock, rule_id, evidence, due_on, days (from the day counted from to the stop, in the clock's unit; NA
    while open), outcome (one of OUTCOMES), provisional (hangs on holidays not yet announced). UsageError if a column
    the clock needs is absent.
    """
    run = _run(frame, clock, np.datetime64(data_as_of, "D"), supplement)
    return _frame(_columns(clock, run, moved, calendar or WorkCalendar.of()), frame.index)


def step_outcomes(
    frame: pd.DataFrame,
    step: str,
    data_as_of: date,
    *,
    moved: bool = True,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """`within_limit` with the statutory clock that governs each case; rule_id is missing where none does."""
    work, as_of = calendar or WorkCalendar.of(), np.datetime64(data_as_of, "D")
    found: dict[str, np.ndarray] = {}
    for clock in step_clocks(step):
        run = _run(frame, clock, as_of, supplement)
        columns = _columns(clock, run, moved, work)
        nobody = np.full(len(frame), None, dtype=object)
        found = found or columns | {"rule_id": nobody, "evidence": nobody}
        found = {name: np.where(run.governed, values, found[name]) for name, values in columns.items()}
    return _frame(found, frame.index)


def _frame(columns: dict[str, np.ndarray], index: pd.Index) -> pd.DataFrame:
    typed: dict[str, Any] = {name: pd.Categorical(columns[name]) for name in NAMES}
    return pd.DataFrame(columns | typed | {"days": whole_or_missing(columns["days"])}, index=index)


def _columns(clock: Clock, run: Run, moved: bool, work: WorkCalendar) -> dict[str, np.ndarray]:
    due = due_on(run.counted, clock, moved=moved, calendar=work)
    outcome = _outcome(run, due)
    stopped = np.isin(outcome, ("met", "missed")) & ~np.isnat(run.stop)
    stop = np.where(stopped, run.stop, NO_DAY)
    guessed = _guessed(run.counted, due, clock, moved, work)
    if clock.unit == "working_day":
        spent = work.working_days_between(run.counted, stop)
        guessed |= work.crosses_provisional(run.counted, stop)
    else:
        spent = np.where(stopped, (stop - run.counted).astype("int64"), np.nan)
    applies = ~np.isin(outcome, ("not_started", "not_applicable", "missing"))
    named = {"clock": clock.name, "rule_id": clock.rule_id, "evidence": clock.evidence}
    return {name: np.full(len(due), text, dtype=object) for name, text in named.items()} | {
        "due_on": np.where(applies, due, NO_DAY),
        "days": spent,
        "outcome": outcome,
        "provisional": guessed & applies,
    }


def _outcome(run: Run, due: np.ndarray) -> np.ndarray:
    """The first that is true of a case decides."""
    stopped = ~np.isnat(run.stop)
    rules = (
        (~run.covered, "not_applicable"),
        (~run.started & ~stopped & ~run.doubtful, "not_started"),
        (np.isnat(due) | (run.stop < run.counted) | run.doubtful, "missing"),
        (stopped & (run.stop <= due), "met"),
        (stopped, "missed"),
        (run.unknown_end, "not_applicable"),
        (run.seen_until > due, "missed"),
        (run.ended, "not_applicable"),
    )
    return np.select([true for true, _ in rules], [code for _, code in rules], default="pending").astype(object)


def _guessed(start: np.ndarray, due: np.ndarray, clock: Clock, moved: bool, work: WorkCalendar) -> np.ndarray:
    """Whether the last day hangs on days not announced; of a limit in days only whether it is moved can."""
    if clock.unit == "working_day":
        return work.crosses_provisional(start, due)
    if not moved or clock.limit == 0:
        return np.zeros(len(start), dtype=bool)
    return work.crosses_provisional(start + (clock.limit - 1) * DAY, due)


def _run(frame: pd.DataFrame, clock: Clock, as_of: np.datetime64, supplement: bool) -> Run:
    _check_columns(frame, clock)
    start, stop = (_seen(frame, name, as_of) for name in (clock.starts, clock.stops))
    known, in_force = _in_force(frame, clock)
    covered, undecided = _covered(frame, clock, np.isnat(stop))
    ended_on, stop, unknown_end = _ended(frame, clock, stop, as_of)
    counted = start + _supplement_days(frame, clock) if supplement else start
    if clock.starts == "decided_on":  # aid first: the lawyer may come before the decision
        stop = np.where(_is_one_of(frame, "aid_first", (True,)) & (stop < counted), counted, stop)
    unrecorded = np.isnat(start) & _passed(frame, clock.starts, as_of)
    unrecorded |= np.isnat(stop) & _passed(frame, clock.stops, as_of)
    return Run(
        governed=known & in_force,
        covered=(in_force | ~known) & covered,
        doubtful=undecided | (unrecorded & np.isnat(ended_on)),
        counted=counted,
        stop=stop,
        started=~np.isnat(start),
        seen_until=np.where(np.isnat(ended_on), as_of, ended_on),
        ended=~np.isnat(ended_on),
        unknown_end=unknown_end,
    )


def _ended(
    frame: pd.DataFrame, clock: Clock, stop: np.ndarray, as_of: np.datetime64
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When a case ended without the step, its stop, and whether it ended so on a day not recorded.

    A withdrawal booked as a decision ends the case and decides nothing.
    """
    ended_on = _seen(frame, "terminated_on", as_of)
    recorded = ~np.isnat(_days_of(frame, "terminated_on"))
    if clock.stops == "decided_on":
        withdrawn = _is_one_of(frame, "decision", WITHDRAWN)
        recorded |= withdrawn & ~np.isnat(_days_of(frame, "decided_on"))
        ended_on, stop = np.where(withdrawn, np.fmin(stop, ended_on), ended_on), np.where(withdrawn, NO_DAY, stop)
    return ended_on, stop, _is_one_of(frame, "status", ENDED) & ~recorded


def _check_columns(frame: pd.DataFrame, clock: Clock) -> None:
    needed = [clock.starts, clock.stops] + (["case_type"] if clock.case_types else [])
    needed += [clock.only[0]] if clock.only else []
    absent = [name for name in needed if name not in frame]
    if absent:
        raise UsageError(
            f"found no column {', '.join(absent)}; the clock {clock.name} ({clock.rule_id}) needs {', '.join(needed)}"
        )


def _days_of(frame: pd.DataFrame, name: str) -> np.ndarray:
    return day_array(frame[name]) if name in frame else np.full(len(frame), NO_DAY)


def _seen(frame: pd.DataFrame, name: str, as_of: np.datetime64) -> np.ndarray:
    days = _days_of(frame, name)
    return np.where(days > as_of, NO_DAY, days)


def _is_one_of(frame: pd.DataFrame, name: str, values: tuple[Any, ...]) -> np.ndarray:
    return frame[name].isin(values).to_numpy(dtype=bool) if name in frame else np.zeros(len(frame), dtype=bool)


def _in_force(frame: pd.DataFrame, clock: Clock) -> tuple[np.ndarray, np.ndarray]:
    """Whether the day that chooses the rule is known, and whether the rule held on it for the type of case."""
    chosen = np.full(len(frame), NO_DAY)
    for name in clock.chosen_by or (clock.starts,):
        chosen = np.where(np.isnat(chosen), _days_of(frame, name), chosen)
    in_force = ~np.isnat(chosen)
    if clock.valid_from:
        in_force &= chosen >= np.datetime64(clock.valid_from)
    if clock.valid_to:
        in_force &= chosen <= np.datetime64(clock.valid_to)
    if clock.case_types:
        in_force &= _is_one_of(frame, "case_type", clock.case_types)
    return ~np.isnat(chosen), in_force


def _covered(frame: pd.DataFrame, clock: Clock, open_: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether the case may be of the kind the clock is about, and whether that is not recorded."""
    covered, undecided = np.ones(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    if clock.case_types:
        covered = _is_one_of(frame, "case_type", clock.case_types)
    if clock.only:
        name, value = clock.only
        unknown = frame[name].isna().to_numpy(dtype=bool)
        covered = covered & (_is_one_of(frame, name, (value,)) | unknown)
        undecided = unknown & ~np.isnat(_days_of(frame, clock.starts))
        if name == "decision":  # what was assigned had been granted
            undecided &= open_
    if clock.unless:
        covered = covered & np.isnat(_days_of(frame, clock.unless))
    if clock.starts == "notice_on":  # criminal cases on application have their own limits
        covered = covered & ~np.isnat(_days_of(frame, "notice_on"))
    return covered, undecided


def _passed(frame: pd.DataFrame, stage: str, as_of: np.datetime64) -> np.ndarray:
    """Whether a stage after this one is recorded by then, so that this one must have been reached."""
    passed = np.zeros(len(frame), dtype=bool)
    for name in STAGES[STAGES.index(stage) + 1 :] if stage in STAGES else ():
        later = ~np.isnat(_seen(frame, name, as_of))
        passed |= later & ~_is_one_of(frame, "aid_first", (True,)) if name == "assigned_on" else later
    return passed


def _supplement_days(frame: pd.DataFrame, clock: Clock) -> np.ndarray:
    if not clock.supplement_rules or "supplement_days" not in frame:
        return np.zeros(len(frame), dtype="timedelta64[D]")
    days = pd.to_numeric(frame["supplement_days"]).fillna(0).to_numpy(dtype="float64")
    return days.astype("int64").astype("timedelta64[D]")
