"""What is filled and in order in the cases of a period: declared counts, and the frames that show them.

Values due are counted by stage and county, and by column of the whole; counties and columns are not crossed, nor
stages added up: what is not shown need not be protected at the cost of what is. A stage asks several columns of the
same cases, so every number due is tied to the number of these cases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, grouped
from legalaid_eval.cells.count_tables import CountTable, Shown, Window, same, split
from legalaid_eval.cells.data_quality import PAIRS, order_cells
from legalaid_eval.errors import UsageError
from legalaid_eval.register.privacy import ALL, HIDDEN, OK, Link, Nesting, Term, rate_hidden
from legalaid_eval.rules import time_limit

FILING_RULE = "PP23-b"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A column that must be filled: of which stage, for cases of which `statuses` (none: all) and `way`.

    `way` is applied or notified; `settled` cases closed so long ago that their file is due.
    """

    stage: str
    column: str
    statuses: tuple[str, ...] = ()
    way: str = ""
    settled: bool = False


HANDLED = ("closed", "terminated")
DECIDED = (*HANDLED, "refused")

REQUIREMENTS = (
    *(Requirement("intake", name) for name in ("case_type", "matter", "channel", "source", "status", "town")),
    Requirement("intake", "means_test", way="applied"),
    Requirement("acceptance", "accepted_on", DECIDED, "applied"),
    Requirement("decision", "decided_on", DECIDED, "applied"),
    Requirement("decision", "decision", (*DECIDED, "withdrawn"), "applied"),
    Requirement("assignment", "assigned_on", HANDLED),
    Requirement("assignment", "handler_id", HANDLED),
    Requirement("closing", "closed_on", ("closed",)),
    Requirement("closing", "terminated_on", ("terminated",)),
    Requirement("filing", "archived_on", ("closed",), settled=True),
    Requirement("filing", "subsidy_cny", ("closed",), settled=True),
)
"""In the order of a case's stages. Columns that only some cases have, such as losses or exemptions, are not among them.

A withdrawn application need not have been accepted; an open case need not have its next stage yet.
"""

STAGES = tuple(dict.fromkeys(need.stage for need in REQUIREMENTS))
CASES = "cases.period"
KINDS = {
    "cases.applied": Requirement("", "", (), "applied"),
    "cases.decidable": Requirement("", "", (*DECIDED, "withdrawn"), "applied"),
    "cases.reviewed": Requirement("", "", DECIDED, "applied"),
    "cases.handled": Requirement("", "", HANDLED),
    "cases.closed": Requirement("", "", ("closed",)),
    "cases.terminated": Requirement("", "", ("terminated",)),
    "cases.settled": Requirement("", "", ("closed",), settled=True),
}
"""The cases of which columns are asked."""
RESTS = {
    "cases.notified": (CASES, "cases.applied"),
    "cases.undecidable": ("cases.applied", "cases.decidable"),
    "cases.unreviewed": ("cases.decidable", "cases.reviewed"),
    "cases.unhandled": (CASES, "cases.handled"),
    "cases.unsettled": ("cases.closed", "cases.settled"),
}
"""What is left where one of these kinds is subtracted from another."""
YES, NO = "yes", "no"
BOTH, RIGHT, WRONG, NEITHER = "both", "right", "wrong", "incomplete"


def _filled_cells(window: Window) -> pd.DataFrame:
    """Cells `county, status, way, settled, n, n_COLUMN` of the cases of the period."""
    cases = window.table("cases")
    # What is settled hangs on the last day the data cover, not on the day of the evaluation.
    as_of = window.meta.data_as_of or window.end
    settled = cases.closed_on <= as_of - timedelta(days=int(time_limit(FILING_RULE).limit or 0))
    way = ibis.ifelse(cases.notice_on.notnull(), "notified", "applied")
    keys = {"county": cases.county, "status": cases.status, "way": way, "settled": settled}
    columns = sorted({need.column for need in REQUIREMENTS} - {"status"})
    return grouped(cases, keys, Sums(filled={name: cases[name] for name in columns}))


def _due(window: Window, need: Requirement) -> pd.DataFrame:
    """The cells of the cases of which something is asked."""
    cells = window.once("filled", lambda: _filled_cells(window))
    if need.statuses:
        cells = cells[cells["status"].isin(need.statuses)]
    if need.way:
        cells = cells[cells["way"] == need.way]
    return cells[cells["settled"] == "true"] if need.settled else cells


def _by_county(cells: pd.DataFrame) -> pd.Series:
    return cells.groupby("county")["n"].sum().rename_axis("county")


def _of_kind(name: str) -> Callable[[Window], pd.DataFrame]:
    return lambda window: _by_county(_due(window, KINDS[name])).reset_index()


def _of_rest(name: str) -> Callable[[Window], pd.DataFrame]:
    whole, part = (KINDS.get(kind, Requirement("", "")) for kind in RESTS[name])

    def make(window: Window) -> pd.DataFrame:
        left = _by_county(_due(window, whole)).sub(_by_county(_due(window, part)), fill_value=0)
        return left.astype("int64").rename_axis("county").reset_index(name="n")

    return make


def _fulfilment(window: Window, need: Requirement) -> pd.DataFrame:
    """Cells `county, column, filled (yes, no), n` of one requirement."""
    due = _due(window, need)
    there = due["n"].where(due["status"] != MISSING, 0) if need.column == "status" else due[f"n_{need.column}"]
    frame = due[["county"]].assign(yes=there, no=due["n"] - there)
    long = frame.groupby("county", as_index=False).sum().melt(["county"], [YES, NO], "filled", "n")
    return long.assign(column=need.column)


def _of_stage(stage: str, key: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        found = pd.concat([_fulfilment(window, need) for need in REQUIREMENTS if need.stage == stage])
        return found.groupby([key, "filled"], as_index=False)["n"].sum()

    return make


def _of_pair(earlier: str, later: str) -> Callable[[Window], pd.DataFrame]:
    key = order_key(earlier, later)

    def make(window: Window) -> pd.DataFrame:
        cells = window.once("order", lambda: order_cells(window))
        cells = cells[(cells["earlier"] == earlier) & (cells["later"] == later)]
        both, wrong = int(cells["n_both"].sum()), int(cells["n_violated"].sum())
        counts = (both - wrong, wrong, int(cells["n"].sum()) - both)
        return pd.DataFrame({key: [RIGHT, WRONG, NEITHER], "n": counts})

    return make


def order_key(earlier: str, later: str) -> str:
    return f"{earlier} before {later}"


def _has_both(earlier: str, later: str) -> Callable[[Window], tuple[Nesting, ...]]:
    key = order_key(earlier, later)
    return lambda _: (Nesting(key, f"{key}: days", {RIGHT: BOTH, WRONG: BOTH}),)


def _kind(need: Requirement) -> str:
    """The population of which the column is asked."""
    plain = replace(need, stage="", column="")
    return next((name for name, kind in KINDS.items() if kind == plain), CASES)


def _asked(stage: str) -> Link:
    """Values due of a stage, in all and by county: every case as often as columns are asked of it."""
    kinds = [_kind(need) for need in REQUIREMENTS if need.stage == stage]
    terms = (Term(-kinds.count(kind), kind) for kind in dict.fromkeys(kinds))
    return Link(("county",), (Term(1, f"filled.{stage}"), *terms))


def _column(need: Requirement) -> Link:
    return same((f"filled.{need.stage}", {"column": need.column}), (_kind(need), {}))


TABLES = (
    *(CountTable(name, name, ("county",), _of_kind(name)) for name in KINDS),
    *(CountTable(name, name, ("county",), _of_rest(name)) for name in RESTS),
    *(
        CountTable(f"{stage} by {key}", f"filled.{stage}", (key, "filled"), _of_stage(stage, key))
        for stage in STAGES
        for key in ("county", "column")
    ),
    *(CountTable(order_key(*pair), CASES, (order_key(*pair),), _of_pair(*pair), _has_both(*pair)) for pair in PAIRS),
)
LINKS = (
    *(split(whole, part, rest, by=("county",)) for rest, (whole, part) in RESTS.items()),
    split("cases.handled", "cases.closed", "cases.terminated", by=("county",)),
    *map(_asked, STAGES),
    *map(_column, REQUIREMENTS),
)


def completeness(decided: Shown, requirements: Sequence[Requirement] = REQUIREMENTS) -> pd.DataFrame:
    """Shown `county, stage, column, due, filled, status`: stages by county, and columns of the whole.

    Raises UsageError for a requirement that is not declared.
    """
    if unknown := [need for need in requirements if need not in REQUIREMENTS]:
        raise UsageError(f"found the requirement {unknown[0]}; expected those of REQUIREMENTS")
    parts = [_stage(decided, stage) for stage in dict.fromkeys(need.stage for need in requirements)]
    columns = ["county", "stage", "column", "due", "filled", "status"]
    found = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    asked = {(need.stage, need.column) for need in requirements}
    kept = [row.column == ALL or (row.stage, row.column) in asked for row in found.itertuples()]
    return found[pd.Series(kept, index=found.index, dtype=bool)].reset_index(drop=True)


def _stage(decided: Shown, stage: str) -> pd.DataFrame:
    by_county = _pairs(decided.shown(f"{stage} by county"), "county").assign(column=ALL)
    by_column = _pairs(decided.shown(f"{stage} by column"), "column").assign(county=ALL)
    return pd.concat([by_county, by_column[by_column["column"] != ALL]], ignore_index=True).assign(stage=stage)


def _pairs(shown: pd.DataFrame, key: str) -> pd.DataFrame:
    """Values due and filled in one row; both hidden where either, or what is missing, is."""
    sides = {value: rows.set_index(key) for value, rows in shown.groupby("filled")}
    lines = []
    for at in sorted(shown[key].unique(), key=lambda value: (value == ALL, value)):
        cells = {value: rows.loc[at] if at in rows.index else None for value, rows in sides.items()}
        lines.append((at, *_pair(cells.get(ALL), cells.get(YES), cells.get(NO))))
    return pd.DataFrame(lines, columns=[key, "due", "filled", "status"]).astype({"due": "Int64", "filled": "Int64"})


def _pair(whole: pd.Series | None, yes: pd.Series | None, no: pd.Series | None) -> tuple[int | None, int | None, str]:
    """The whole and its part; a side that is not there is a true zero."""
    told = [OK if side is None else side["status"] for side in (whole, yes, no)]
    if rate_hidden(told[1], told[2]) or told[0] == HIDDEN:
        return None, None, HIDDEN
    return *(0 if side is None else int(side["n"]) for side in (whole, yes)), OK


def stage_order(decided: Shown) -> pd.DataFrame:
    """Shown `county, earlier, later, both, violated, status` for every two stages, of all counties together."""
    lines = []
    for earlier, later in PAIRS:
        name = order_key(earlier, later)
        asked = ({f"{name}: days": BOTH}, {name: RIGHT}, {name: WRONG})
        both, right, wrong = (decided.cell(name, **at) for at in asked)
        hidden = rate_hidden(right[1], wrong[1]) or both[1] == HIDDEN
        counts = (None, None, HIDDEN) if hidden else (both[0], wrong[0], OK)
        lines += [(ALL, earlier, later, *counts)] if decided.cell(name) != (0, OK) else []
    columns = ["county", "earlier", "later", "both", "violated", "status"]
    return pd.DataFrame(lines, columns=columns).astype({"both": "Int64", "violated": "Int64"})
