"""What the chapter on processing time takes from a store: cells of a period, and the declared tables of their counts.

A case belongs to a period by the day on which the stage began that is looked at, so a case closed this year is in this
year's filing however old it is. Every stage is then followed to the last day the data cover.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from legalaid_eval.calendar import FIRST_DAY
from legalaid_eval.cells import limit_groups
from legalaid_eval.cells.all_limits import limit_of, waits_of
from legalaid_eval.cells.all_stages import BEFORE as BEFORE
from legalaid_eval.cells.all_stages import KEYS, NOW, all_stages
from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.case_quality import CASES
from legalaid_eval.cells.caseload import flow_cells
from legalaid_eval.cells.count_tables import CountTable, Started, Window
from legalaid_eval.cells.open_ages import WAITS, unlimited_age_cells
from legalaid_eval.cells.processing_time import UNITS, aid_first_cells, same_day_cells
from legalaid_eval.cells.stages import STAGES, TIMED, WITHDRAWN, stage_named
from legalaid_eval.clocks import STEPS, Clock, second_clock
from legalaid_eval.clocks.limits import SECOND
from legalaid_eval.register.privacy import Link, Nesting, Term

if TYPE_CHECKING:
    pass

SEEN = {"done": "done", "withdrawn": "left", "ended": "left", "open": "open"}
"""What the states of a stage are told as."""
JUDGED, UNJUDGED = ("met", "missed"), ("pending", "missing")
"""Outcomes of a time limit that are shown; the other cases have no such limit.

Each pair is a population of its own. In one with the other, a handful of pending cases would hide the share that is
the point of it all, though nothing that is shown adds the two up.
"""
CLOSURE = {"done": "closed", "ended": "terminated", "open": "open"}
_frames: dict[object, pd.DataFrame] = {}


def clock_named(name: str) -> Clock | str:
    """A step of the law, or a pledge or provincial rule by its id, taken as in force all the time: none has dates."""
    return name if name in STEPS else second_clock(name, valid_from=FIRST_DAY.astype(date))


def stage_days(window: Window, stage: str) -> pd.DataFrame:
    """Cells `county, case_type, decision, span, state, working_day, day, n, event` of a stage, as `stage_cells`.

    span: now, for cases that began the stage in the period, or before, in the same days of the year before. Both units
    are counted at once: an engine takes longer to be asked than to answer.
    """
    return _once(window, ("stage", stage), lambda: _stage_days(window, stage))


def _stage_days(window: Window, stage: str) -> pd.DataFrame:
    cells = all_stages(window)
    began = (cells["stage"] == stage_named(stage).name) & (cells["span"] != MISSING)
    cells = cells[began & cells["state"].isin(TIMED) & (cells["working_day"] != MISSING)]
    # They are sorted, and whether they came in in the period is the last key: numbers keep their order.
    cells = cells.groupby(list(KEYS), as_index=False, sort=False)["n"].sum()
    days = {unit: cells[unit].astype("int64") for unit in UNITS}
    return cells.assign(**days, event=cells["state"] == "done")


def limit_cells(window: Window, clock: str) -> pd.DataFrame:
    """`compliance_cells` of the period's cases: those whose day that chooses the rule lies in it."""
    return _once(window, ("limit", clock), lambda: _limit_cells(window, clock))


def _limit_cells(window: Window, clock: str) -> pd.DataFrame:
    cells = limit_of(window, clock)
    return cells[cells["now"] == "true"].drop(columns="now").reset_index(drop=True)


def limit_history(window: Window, step: str) -> pd.DataFrame:
    """`compliance_cells` of every case of the store, by month; of a second clock only those of the period."""
    return _once(window, ("history", step), lambda: _limit_history(window, step))


def _limit_history(window: Window, step: str) -> pd.DataFrame:
    cells = limit_of(window, step)
    keys = [name for name in cells if name not in ("now", "n", "n_provisional")]
    return cells.groupby(keys, as_index=False, sort=False)[["n", "n_provisional"]].sum()


def chain_cells(window: Window) -> pd.DataFrame:
    """`same_day_cells` of the applications of the period."""
    return _once(window, "chain", lambda: same_day_cells(window, by=()))


def first_aid_cells(window: Window) -> pd.DataFrame:
    """`aid_first_cells` of the cases that came in in the period."""
    return _once(window, "aid_first", lambda: aid_first_cells(window, by=()))


def age_cells(window: Window) -> pd.DataFrame:
    """`open_age_cells` in calendar days, of all cases that are open on the last day of the data."""
    return _once(window, "ages", lambda: _age_cells(window))


def _age_cells(window: Window) -> pd.DataFrame:
    keys = ["county", "waits_for", "over_limit", "duration"]
    return _in_order(pd.concat([waits_of(window), unlimited_age_cells(window.store, unit="day")]), keys)


def closure_cells(window: Window) -> pd.DataFrame:
    """Cells `county, closure, n` of the cases taken on in the period: what has become of them by the last day.

    Taken on are applications accepted and not refused or withdrawn, and notified cases.
    """
    applied, notified = (now(stage_days(window, stage)) for stage in ("accepted_closed", "notice_closed"))
    cells = pd.concat([applied[~applied["decision"].isin((*WITHDRAWN, "refused"))], notified])
    return _summed(cells.assign(closure=cells["state"].map(CLOSURE)).dropna(subset="closure"), "county", "closure")


def flow(window: Window, *columns: str) -> pd.DataFrame:
    """Cells `county, n` of the cases whose first known day of the columns lies in the period."""
    seen = Started(window.store, columns, window.start, window.end)
    return _once(window, ("flow", columns), lambda: _summed(flow_cells(seen, by=()), "county"))


ACCEPTED, CLOSED = ("accepted_on", "notice_on"), ("closed_on",)


def _once(window: Window, key: object, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Cells of the store and period looked at last: the decision on what is shown and the chapter ask for the same."""
    whole = (window.meta.to_json(), str(window.store.path), window.start, window.end)
    if _frames.get("of") != whole:
        _frames.clear()
        _frames["of"] = whole
    if window.store.path is None:
        return window.once(key, make)
    if key not in _frames:
        _frames[key] = make()
    return _frames[key]


def _in_order(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sorted as cells are: values that are missing come last, waits in the order of WAITS."""
    places = {wait.name: f"{place}" for place, wait in enumerate(WAITS)}
    sort = lambda column: column.replace(MISSING, "\U0010ffff").replace(places)  # noqa: E731
    return cells.sort_values(keys, key=sort, kind="stable", ignore_index=True)[[*keys, "n"]]


def now(cells: pd.DataFrame) -> pd.DataFrame:
    """Of `stage_days` those of the period."""
    return cells[cells["span"] == NOW]


def _summed(cells: pd.DataFrame, *keys: str) -> pd.DataFrame:
    return cells.groupby(list(keys), as_index=False, dropna=False)["n"].sum()


def _of_stage(stage: str, *keys: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        return _summed(window.once(("seen", stage), lambda: _seen(window, stage)), *keys)

    return make


def _seen(window: Window, stage: str) -> pd.DataFrame:
    cells = now(stage_days(window, stage))
    return _summed(cells.assign(seen=cells["state"].map(SEEN)), "county", "case_type", "seen")


def _of_limit(clock: str, *keys: str, told: tuple[str, ...] = JUDGED) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = window.once(("quarters", clock), lambda: with_quarter(limit_cells(window, clock)))
        return _summed(cells[cells["outcome"].isin(told)], *keys)

    return make


def _of_provisional(clock: str) -> Callable[[Window], pd.DataFrame]:
    """Judged cases by whether their last day hangs on holidays that were not announced."""

    def make(window: Window) -> pd.DataFrame:
        cells = limit_cells(window, clock)
        cells = cells[cells["outcome"].isin(JUDGED)].groupby("county", as_index=False)[["n", "n_provisional"]].sum()
        sides = {"true": cells["n_provisional"], "false": cells["n"] - cells["n_provisional"]}
        return pd.concat([cells[["county"]].assign(provisional=side, n=n) for side, n in sides.items()])

    return make


def _of_history(step: str, *keys: str) -> Callable[[Window], pd.DataFrame]:
    """Before the period: what lies in it is told by the table of the period, whose counts it shares."""

    def make(window: Window) -> pd.DataFrame:
        return _summed(_quarters_before(window, step), *keys)

    return make


def _quarters_before(window: Window, step: str) -> pd.DataFrame:
    make = lambda: with_quarter(before(limit_history(window, step), window.start))  # noqa: E731
    return window.once(("quarters before", step), make)


def before(cells: pd.DataFrame, start: date) -> pd.DataFrame:
    """Judged cells of months that end before the period starts."""
    known = (cells["month"] != MISSING) & (cells["month"] < f"{start:%Y-%m}")
    return cells[known & cells["outcome"].isin(JUDGED)]


def with_quarter(cells: pd.DataFrame) -> pd.DataFrame:
    """With `quarter` (2023-Q2) and `year` of the month."""
    month = cells["month"].where(cells["month"] != MISSING, "")
    number = (pd.to_numeric(month.str[5:7]).fillna(0).astype(int) + 2) // 3
    return cells.assign(quarter=month.str[:4] + "-Q" + number.astype(str), year=month.str[:4])


def _years_above(step: str) -> Callable[[Window], tuple[Nesting, ...]]:
    def make(window: Window) -> tuple[Nesting, ...]:
        quarters = _quarters_before(window, step)["quarter"].unique()
        return (Nesting("quarter", "year", {quarter: quarter[:4] for quarter in quarters}),)

    return make


def _tables() -> tuple[CountTable, ...]:
    """Cases in between are told by county in one table only, as those open on the last day: the same few cases with
    other cases hidden beside them would stand open in two."""
    by_type, whole = ("county", "case_type"), ("seen",)
    stages = [CountTable(f"time {s}", f"time.{s}", by_type, _of_stage(s, *by_type)) for s in STAGES]
    stages += [CountTable(f"time {s} seen", f"time.{s}", whole, _of_stage(s, *whole)) for s in STAGES]
    limits = [
        CountTable(f"limit {clock}{name}", f"limit.{clock}", (key, "outcome"), _of_limit(clock, key, "outcome"))
        for clock in (*STEPS, *SECOND)
        for name, key in (
            ("", "county"),
            (" by rule", "rule_id"),
            (" by type", "case_type"),
            (" by quarter", "quarter"),
        )
        if clock in STEPS or key == "county"
    ]
    limits += [
        CountTable(
            f"limit {clock} unjudged",
            f"limit.{clock}.unjudged",
            ("outcome",),
            _of_limit(clock, "outcome", told=UNJUDGED),
        )
        for clock in (*STEPS, *SECOND)
    ]
    hanging = ("county", "provisional")
    limits += [
        CountTable(f"limit {clock} provisional", f"limit.{clock}", hanging, _of_provisional(clock))
        for clock in (*STEPS, *SECOND)
    ]
    years = ("county", "year", "outcome")
    past = [CountTable(f"limit {s} by year", f"limit.{s}.before", years, _of_history(s, *years)) for s in STEPS]
    past += [
        CountTable(
            f"limit {s} before",
            f"limit.{s}.before",
            ("quarter", "outcome"),
            _of_history(s, "quarter", "outcome"),
            _years_above(s),
        )
        for s in STEPS
    ]
    return (*stages, *limits, *limit_groups.TABLES, *past, *_other_tables())


def _other_tables() -> tuple[CountTable, ...]:
    def table(name: str, make: Callable[[Window], pd.DataFrame], *keys: str) -> CountTable:
        return CountTable(name, name.replace(" ", "."), keys, lambda window: _summed(make(window), *keys))

    return (
        table("same day", chain_cells, "county", "chain"),
        table("aid first", first_aid_cells, "county", "aid_first"),
        table("closure", closure_cells, "county", "closure"),
        table("taken on", lambda window: flow(window, *ACCEPTED), "county"),
        table("closed", lambda window: flow(window, *CLOSED), "county"),
        *(table(f"open {wait.name}", _of_wait(wait.name), "county", "over_limit") for wait in WAITS),
    )


def _of_wait(name: str) -> Callable[[Window], pd.DataFrame]:
    """Each wait is a population of its own: their sum is not shown."""

    def make(window: Window) -> pd.DataFrame:
        cells = age_cells(window)
        return cells[cells["waits_for"] == name]

    return make


def _used(stage: str, *outcomes: str) -> Link:
    """The cases of a stage that starts with the application are those that its account of rows calls used."""
    return Link(
        ("county",), (Term(1, f"time.{stage}"), *(Term(-1, CASES, {stage: f"{name}|{name}"}) for name in outcomes))
    )


TABLES = _tables()
LINKS = (
    _used("applied_decided", "yes", "no", "pending"),
    _used("applied_accepted", "used"),
    _used("applied_assigned", "used"),
    _used("aid_first_papers", "used"),
)
