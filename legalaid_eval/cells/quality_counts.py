"""Counts of the data-quality chapter as they may be shown: taken from a store, under disclosure control.

Small counts are hidden here, before a chapter sees them: a hidden number is missing and its `status` is suppressed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells import case_quality, row_accounts
from legalaid_eval.cells.base import MISSING, Sums, day_number, grouped, month_key, rows_of
from legalaid_eval.cells.data_quality import DAY_OF, issue_cells
from legalaid_eval.cells.disclosure import added, cell_of, controlled
from legalaid_eval.register.privacy import ALL
from legalaid_eval.register.store import Store, StoreMeta, open_store
from legalaid_eval.schemas import REGISTER_TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

COUNTY_LEVELS = ("county", "district")
IN, OUT, UNDATED = "in_period", "out_of_period", "undated"
MONTHLY = ("cases", "consultations")
"""Tables in which every reporting unit is expected to have rows in every month; only these are counted by month."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: a place, the parts that should report (none: those below it in the store), days, the limit."""

    place: str
    parts: tuple[str, ...]
    start: date
    end: date
    min_cell: int


@dataclass(frozen=True, eq=False, slots=True)
class QualityCounts:
    """Shown counts; a total over a column says `all`.

    units: code, key, name_zh, name_en, expected. received: table, delivered, n, n_period, n_undated, first, last,
    units and the status of each count. arrivals: table, county, month, n, status. completeness: county, stage,
    column, due, filled, status. issues: table, severity, rule, n, status. order: county, earlier, later, both,
    violated, status. accounts: account, outcome, reason, n, status.
    """

    meta: StoreMeta
    units: pd.DataFrame
    received: pd.DataFrame
    arrivals: pd.DataFrame
    completeness: pd.DataFrame
    issues: pd.DataFrame
    order: pd.DataFrame
    accounts: pd.DataFrame


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """A store of which only the rows of a period are seen; the cells take it for a store."""

    store: Store
    span: Span

    @property
    def meta(self) -> StoreMeta:
        return self.store.meta

    def table(self, name: str) -> "ir.Table":
        rows = self.store.table(name)
        return rows.filter(came_on(rows, name).between(self.span.start, self.span.end)) if name in DAY_OF else rows


@dataclass(frozen=True, eq=False, slots=True)
class Arrivals:
    """A table's rows: in the store, without a day, and those of the period by `county, month` with all totals.

    Months are told apart only in MONTHLY tables. Where rows without a day are hidden, so is the store's total: it
    could be compared with the periods of all reports.
    """

    cube: pd.DataFrame
    n: tuple[int | None, str]
    undated: tuple[int | None, str]
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    def seen(self, county: str, month: str = ALL) -> tuple[int | None, str]:
        return cell_of(self.cube, county=county, month=month)

    def together(self, counties: Iterable[str]) -> tuple[int | None, str]:
        """The rows of several counties; hidden where those of any are."""
        found = [self.seen(county) for county in counties]
        hidden = any(status == "suppressed" for _, status in found)
        return (None, "suppressed") if hidden else (sum(n or 0 for n, _ in found), "ok")


def quality_counts(path: Path, span: Span, requirements: Sequence[case_quality.Requirement]) -> QualityCounts:
    """All counts of the chapter from the store at `path`; raises DataError if there is none."""
    with open_store(path) as store:
        units = _units(store, span)
        arrivals = {name: _arrivals(store, name, span) for name in DAY_OF}
        window = Window(store, span)
        hidden, least = _hidden_counties(arrivals["cases"].cube), span.min_cell
        return QualityCounts(
            store.meta,
            _with_strangers(units, arrivals.values()),
            _received(store, arrivals, units),
            pd.concat([_by_month(arrivals[name].cube, name) for name in MONTHLY], ignore_index=True),
            case_quality.completeness(window, requirements, hidden, min_cell=least, last=span.end),
            _issues(store, span),
            case_quality.stage_order(window, hidden, min_cell=least),
            row_accounts.accounts(window, least, arrival=_arrival_account(arrivals["cases"], units)),
        )


def came_on(rows: "ir.Table", table: str) -> "ir.DateValue":
    """The day by which a row is said to have come in."""
    return rows.applied_on.coalesce(rows.notice_on) if table == "cases" else rows[DAY_OF[table]]


def _units(store: Store, span: Span) -> pd.DataFrame:
    """The units that should report: `code, key, name_zh, name_en, expected`, in the order asked for."""
    places = rows_of(store, "places", ["code", "valid_from"])
    known = places[places["valid_from"].isna() | (places["valid_from"] <= span.end)].drop_duplicates(
        "code", keep="last"
    )
    if span.parts:
        order = {key: at for at, key in enumerate(span.parts)}
        found = known[known["place"].isin(order)].sort_values("place", key=lambda keys: keys.map(order))
        absent = [key for key in span.parts if key not in set(found["place"])]
    else:
        above = set(known.loc[known["place"] == span.place, "code"])
        found, absent = known[known["level"].isin(COUNTY_LEVELS) & known["parent"].isin(above)], []
    rows = [(row.code, row.place, row.name_zh, row.name_en) for row in found.itertuples()]
    rows += [(key, key, key, key) for key in absent]
    return pd.DataFrame(rows, columns=["code", "key", "name_zh", "name_en"]).assign(expected=True)


def _with_strangers(units: pd.DataFrame, arrivals: Iterable[Arrivals]) -> pd.DataFrame:
    """The units and every other code under which rows of the period came in."""
    seen = {code for came in arrivals for code in came.cube["county"]}
    others = sorted(seen - set(units["code"]) - {ALL, MISSING})
    rows = pd.DataFrame([(code, code, code, code) for code in others], columns=["code", "key", "name_zh", "name_en"])
    return pd.concat([units, rows.assign(expected=False)], ignore_index=True).astype({"expected": bool})


def _arrivals(store: Store, table: str, span: Span) -> Arrivals:
    rows = store.table(table)
    day, county = came_on(rows, table), rows.county if "county" in rows.columns else ibis.null("string")
    inside = day.between(span.start, span.end)
    keys = {"county": county, "when": ibis.cases((day.isnull(), UNDATED), (inside, IN), else_=OUT)}
    if table in MONTHLY:
        keys["month"] = month_key(ibis.ifelse(inside, day, ibis.null("date")))
    cells = grouped(rows, keys, Sums(spans={"seen_on": day_number(day)}))
    cells = cells if "month" in cells else cells.assign(month=MISSING)
    cube = controlled(cells[cells["when"] == IN], ("county", "month"), "n", span.min_cell)
    dated = added(cells.assign(dated=cells["when"].eq(UNDATED).map({True: "no", False: "yes"})), ["dated"])
    dated = controlled(dated, ["dated"], "n", span.min_cell)
    counts = [cell_of(dated), cell_of(dated, dated="no")]
    if dated["status"].eq("suppressed").any():
        counts = [(None, "suppressed")] * 2
    return Arrivals(cube, *counts, cells["first_seen_on"].min(), cells["last_seen_on"].max())


def _received(store: Store, arrivals: Mapping[str, Arrivals], units: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for table in REGISTER_TABLES:
        line = {"table": table, "delivered": store.has(table), "first": None, "last": None, "units": None}
        if table not in DAY_OF:  # plans and places: about no person
            lines.append(line | {"n": store.meta.rows(table), "status": "ok"})
            continue
        came = arrivals[table]
        line |= {"first": came.first, "last": came.last}
        line["n"], line["status"] = came.n
        line["n_period"], line["status_period"] = came.seen(ALL)
        line["n_undated"], line["status_undated"] = came.undated
        if "county" in REGISTER_TABLES[table].columns:
            line["units"] = len(set(came.cube["county"]) & set(units["code"]))
        lines.append(line)
    return pd.DataFrame(lines).astype(dict.fromkeys(("n", "n_period", "n_undated", "units"), "Int64"))


def _by_month(cube: pd.DataFrame, table: str) -> pd.DataFrame:
    chosen = cube[(cube["county"] != ALL) & (cube["month"] != ALL)]
    return chosen[["county", "month", "n", "status"]].assign(table=table)


def _hidden_counties(cube: pd.DataFrame) -> set[str]:
    """Counties whose number of cases is hidden; what rests on the same cases must then be hidden too."""
    return set(cube.loc[(cube["month"] == ALL) & (cube["status"] == "suppressed"), "county"])


def _arrival_account(came: Arrivals, units: pd.DataFrame) -> pd.DataFrame:
    """Rows that cannot be counted in any month or place, beside those that can."""
    strangers = set(came.cube["county"]) - set(units["code"]) - {ALL, MISSING}
    chosen = (
        ("used", "listed", came.together(units["code"])),
        ("excluded", "no_day", came.undated),
        ("excluded", "no_county", came.seen(MISSING)),
        ("excluded", "unlisted_county", came.together(sorted(strangers))),
    )
    lines = [("arrival", outcome, reason, *count) for outcome, reason, count in chosen]
    return pd.DataFrame(lines, columns=row_accounts.COLUMNS).astype({"n": "Int64"})


def _issues(store: Store, span: Span) -> pd.DataFrame:
    """By severity with its total, `table, severity, rule, n, status`; severities are not added up."""
    keys = ("table", "rule")
    cells = issue_cells(store)
    parts = [
        controlled(added(found, keys), keys, "n", span.min_cell).assign(severity=severity)
        for severity, found in cells.groupby("severity")
    ]
    empty = pd.DataFrame(columns=[*keys, "n", "status", "severity"])
    return pd.concat(parts, ignore_index=True) if parts else empty
