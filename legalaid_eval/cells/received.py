"""What came in: declared counts of rows by table, year, county and month, and of issues by rule."""

from collections.abc import Callable

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, day_number, grouped, month_key
from legalaid_eval.cells.count_tables import CountTable, Window, came_on, split
from legalaid_eval.cells.data_quality import DAY_OF, issue_cells
from legalaid_eval.schemas import REGISTER_TABLES

IN, OUT, UNDATED = "in_period", "out_of_period", "undated"
MONTHLY = ("cases", "consultations")
"""Tables in which every reporting unit is expected to have rows in every month; only these are counted by month."""
SEVERITIES = ("error", "doubt")


def row_cells(window: Window, table: str) -> pd.DataFrame:
    """Cells `county, when, year, month, n, first_seen_on, last_seen_on` of a table, uncontrolled; `month` only of the
    period and of MONTHLY tables."""
    return window.once(("rows", table), lambda: _row_cells(window, table))


def _row_cells(window: Window, table: str) -> pd.DataFrame:
    rows = window.store.table(table)
    day, county = came_on(rows, table), rows.county if "county" in rows.columns else ibis.null("string")
    inside = day.between(window.start, window.end)
    when = ibis.cases((day.isnull(), UNDATED), (inside, IN), else_=OUT)
    keys = {"county": county, "when": when, "year": day.year()}
    if table in MONTHLY:
        keys["month"] = month_key(ibis.ifelse(inside, day, ibis.null("date")))
    cells = grouped(rows, keys, Sums(spans={"seen_on": day_number(day)}))
    return cells if "month" in cells else cells.assign(month=MISSING)


def _outside(table: str) -> Callable[[Window], pd.DataFrame]:
    """Rows of other years, which reports on those years tell, and rows without a day, which every report tells."""

    def make(window: Window) -> pd.DataFrame:
        cells = row_cells(window, table)
        cells = cells[cells["when"] != IN]
        year = cells["year"].mask(cells["when"] == UNDATED, UNDATED)
        return cells[["n"]].assign(year=year).groupby("year", as_index=False)["n"].sum()

    return make


def _stored(table: str) -> Callable[[Window], pd.DataFrame]:
    return lambda window: row_cells(window, table)[["n"]]


def _inside(table: str, keys: tuple[str, ...]) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = row_cells(window, table)
        return cells.loc[cells["when"] == IN, [*keys, "n"]]

    return make


def _of_issues(severity: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = window.once("issues", lambda: issue_cells(window.store))
        cells = cells[cells["severity"] == severity]
        return cells.groupby(["table", "rule"], as_index=False)["n"].sum()

    return make


def _keys(table: str) -> tuple[str, ...]:
    """By what the rows of the period are counted; a report on one county tells its own."""
    if table in MONTHLY:
        return ("county", "month")
    return ("county",) if "county" in REGISTER_TABLES[table].columns else ()


def _tables() -> tuple[CountTable, ...]:
    keys = {table: _keys(table) for table in DAY_OF}
    return (
        *(CountTable(f"{t} stored", f"{t}.store", (), _stored(t)) for t in DAY_OF),
        *(CountTable(f"{t} outside", f"{t}.outside", ("year",), _outside(t), elsewhere=True) for t in DAY_OF),
        *(CountTable(f"{t} received", f"{t}.period", keys[t], _inside(t, keys[t])) for t in DAY_OF),
        *(CountTable(f"issues {s}", f"issues.{s}", ("table", "rule"), _of_issues(s)) for s in SEVERITIES),
    )


TABLES = _tables()
LINKS = tuple(split(f"{table}.store", f"{table}.period", f"{table}.outside") for table in DAY_OF)
"""All rows are told beside those of the period; so are, by other reports, those of every other year."""
