"""What is filled and in order in the cases of a period, as counts under disclosure control."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, grouped
from legalaid_eval.cells.data_quality import order_cells
from legalaid_eval.cells.disclosure import added, controlled
from legalaid_eval.cells.row_accounts import Tables
from legalaid_eval.register.privacy import ALL
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


def completeness(
    window: Tables, requirements: Sequence[Requirement], hidden: set[str], *, min_cell: int, last: date
) -> pd.DataFrame:
    """Cells `county, stage, column, due, filled, status`: stages by county, and columns of the whole.

    Counties and columns are not crossed, nor stages added up: what is not shown need not be protected at the cost of
    what is. A stage whose total must be hidden in only one of the two is hidden altogether.
    """
    cells = _filled_cells(window, last, sorted({need.column for need in requirements} - {"status"}))
    long = pd.concat([_fulfilment(cells, need) for need in requirements], ignore_index=True)
    parts = [_stage(found, hidden, min_cell).assign(stage=stage) for stage, found in long.groupby("stage")]
    columns = ["county", "stage", "column", "due", "filled", "status"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _stage(cells: pd.DataFrame, hidden: set[str], min_cell: int) -> pd.DataFrame:
    names, cubes = ("due", "filled"), []
    for key in ("county", "column"):
        cube = controlled(added(cells, (key, "filled")), (key, "filled"), "n", min_cell)
        cubes.append(_paired(cube, "filled", names, hidden))
    by_county, by_column = cubes[0].assign(column=ALL), cubes[1].assign(county=ALL)
    found = pd.concat([by_county, by_column[by_column["column"] != ALL]], ignore_index=True)
    totals = pd.concat([by_county[by_county["county"] == ALL], by_column[by_column["column"] == ALL]])
    if totals["status"].nunique() > 1:
        found = found.assign(due=pd.NA, filled=pd.NA, status="suppressed")
    return found.astype(dict.fromkeys(names, "Int64"))


def _filled_cells(window: Tables, last: date, columns: Sequence[str]) -> pd.DataFrame:
    """Cells `county, status, way, settled, n, n_COLUMN` of the cases of the period."""
    cases = window.table("cases")
    # What is settled hangs on the last day the data cover, not on the day of the evaluation.
    as_of = window.meta.data_as_of or last
    settled = cases.closed_on <= as_of - timedelta(days=int(time_limit(FILING_RULE).limit or 0))
    way = ibis.ifelse(cases.notice_on.notnull(), "notified", "applied")
    keys = {"county": cases.county, "status": cases.status, "way": way, "settled": settled}
    return grouped(cases, keys, Sums(filled={name: cases[name] for name in columns}))


def _fulfilment(cells: pd.DataFrame, need: Requirement) -> pd.DataFrame:
    """Cells `county, stage, column, filled (yes, no), n` of one requirement."""
    due = cells
    if need.statuses:
        due = due[due["status"].isin(need.statuses)]
    if need.way:
        due = due[due["way"] == need.way]
    if need.settled:
        due = due[due["settled"] == "true"]
    there = due["n"].where(due["status"] != MISSING, 0) if need.column == "status" else due[f"n_{need.column}"]
    frame = due[["county"]].assign(yes=there, no=due["n"] - there)
    long = frame.groupby("county", as_index=False).sum().melt(["county"], ["yes", "no"], "filled", "n")
    return long[long["n"] > 0].assign(stage=need.stage, column=need.column)


def stage_order(window: Tables, hidden: set[str], *, min_cell: int) -> pd.DataFrame:
    """Cells `county, earlier, later, both, violated, status` for every two stages."""
    cells = order_cells(window)
    parts = []
    for (earlier, later), found in cells.groupby(["earlier", "later"], sort=False):
        sides = found[["county"]].assign(yes=found["n_violated"], no=found["n_both"] - found["n_violated"])
        long = sides.melt(["county"], ["yes", "no"], "wrong", "n")
        cube = controlled(added(long[long["n"] > 0], ("county", "wrong")), ("county", "wrong"), "n", min_cell)
        parts.append(_paired(cube, "wrong", ("both", "violated"), hidden).assign(earlier=earlier, later=later))
    columns = ["county", "earlier", "later", "both", "violated", "status"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _paired(cube: pd.DataFrame, part: str, names: tuple[str, str], hidden: set[str]) -> pd.DataFrame:
    """Both sides of a yes-no cube in one row: the whole and its yes; hidden where either is, or its county is."""
    keys = [name for name in cube.columns if name not in (part, "n", "status")]
    counties = cube["county"] if "county" in keys else pd.Series(ALL, index=cube.index)
    shut = (cube["status"] == "suppressed") | counties.isin(hidden)
    known = cube.assign(n=cube["n"].astype("Int64").fillna(0), shut=shut)
    whole, yes = (known[known[part] == value].set_index(keys)["n"] for value in (ALL, "yes"))
    closed = known.groupby(keys)["shut"].any().reindex(whole.index).astype(bool)
    frame = pd.DataFrame({names[0]: whole, names[1]: yes.reindex(whole.index).fillna(0)}).astype("Int64").mask(closed)
    return frame.assign(status=closed.map({True: "suppressed", False: "ok"})).reset_index()
