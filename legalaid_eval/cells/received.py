"""What came in: declared counts of rows by table, year, county and month, and of issues by rule."""

from collections.abc import Callable

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, day_number, grouped, month_key
from legalaid_eval.cells.count_tables import CountTable, Window, came_on
from legalaid_eval.cells.data_quality import DAY_OF, issue_cells
from legalaid_eval.register.privacy import Link, Term

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


def _of_years(table: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = row_cells(window, table)
        year = cells["year"].mask(cells["when"] == UNDATED, UNDATED)
        return cells[["n"]].assign(year=year).groupby("year", as_index=False)["n"].sum()

    return make


def _of_period(table: str, *keys: str, when: str = IN) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = row_cells(window, table)
        cells = cells[cells["when"] == when]
        return cells.groupby(list(keys), as_index=False)["n"].sum() if keys else cells[["n"]].sum().to_frame().T

    return make


def _of_issues(severity: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        cells = window.once("issues", lambda: issue_cells(window.store))
        cells = cells[cells["severity"] == severity]
        return cells.groupby(["table", "rule"], as_index=False)["n"].sum()

    return make


def _tables() -> tuple[CountTable, ...]:
    """Of years and of what lies outside the period other reports tell; nothing of it can be hidden here."""
    stored = [CountTable(f"{t} by year", f"{t}.store", ("year",), _of_years(t), elsewhere=True) for t in DAY_OF]
    outside = [CountTable(f"{t} outside", f"{t}.outside", (), _of_period(t, when=OUT), elsewhere=True) for t in DAY_OF]
    keys = {t: ("county", "month") if t in MONTHLY else () for t in DAY_OF}
    period = [CountTable(f"{t} received", f"{t}.period", keys[t], _of_period(t, *keys[t])) for t in DAY_OF]
    issues = [CountTable(f"issues {s}", f"issues.{s}", ("table", "rule"), _of_issues(s)) for s in SEVERITIES]
    return (*stored, *outside, *period, *issues)


def _whole(table: str) -> Link:
    """A table's rows are those of the period, those outside it and those without a day."""
    parts = (Term(-1, f"{table}.period"), Term(-1, f"{table}.outside"), Term(-1, f"{table}.store", {"year": UNDATED}))
    return Link((), (Term(1, f"{table}.store"), *parts))


TABLES = _tables()
LINKS = tuple(map(_whole, DAY_OF))
