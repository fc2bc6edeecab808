"""Counts of the data-quality chapter as they may be shown: taken from a store, under disclosure control.

Small counts are hidden here, before a chapter sees them: a hidden number is missing and its `status` is suppressed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from legalaid_eval.cells import case_quality, row_accounts
from legalaid_eval.cells.base import MISSING, rows_of
from legalaid_eval.cells.count_tables import Window, count_of
from legalaid_eval.cells.data_quality import DAY_OF
from legalaid_eval.cells.disclosure import Disclosure, decide
from legalaid_eval.cells.received import IN, MONTHLY, SEVERITIES, UNDATED, row_cells
from legalaid_eval.cells.register_source import whole_places
from legalaid_eval.register.privacy import ALL
from legalaid_eval.register.store import Store, StoreMeta, open_store
from legalaid_eval.schemas import REGISTER_TABLES

__all__ = ["ALL", "MISSING", "MONTHLY", "QualityCounts", "Span", "quality_counts"]

COUNTY_LEVELS = ("county", "district")
RECEIVED = "table delivered n status n_period status_period n_undated status_undated first last units".split()


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

    whole: key of the place that all counties of the store belong to. part: whether the report is on some of them; then
    `received` and `accounts` count their rows. What is not crossed with counties, because that would hide more in the
    report on all, stays that of the whole store: issues, order, completeness by column.
    units: code, key, name_zh, name_en, expected. received: table, delivered, n, n_period, n_undated, first, last,
    units and the status of each count. arrivals: table, county, month, n, status. completeness: county, stage,
    column, due, filled, status. issues: table, severity, rule, n, status. order: county, earlier, later, both,
    violated, status. accounts: account, outcome, reason, n, status.
    """

    meta: StoreMeta
    whole: str
    part: bool
    units: pd.DataFrame
    received: pd.DataFrame
    arrivals: pd.DataFrame
    completeness: pd.DataFrame
    issues: pd.DataFrame
    order: pd.DataFrame
    accounts: pd.DataFrame


def quality_counts(path: Path, span: Span, requirements: Sequence[case_quality.Requirement]) -> QualityCounts:
    """All counts of the chapter from the store at `path`; raises DataError if there is none.

    `requirements` are those that are told of; they must be among the declared ones.
    """
    with open_store(path) as store:
        decided = decide(store, start=span.start, end=span.end, min_cell=span.min_cell)
        known = _known(store, span)
        units, among = _units(known, span), whole_places(known)
        part = span.place in set(known["place"]) - among
        told = tuple(units["code"]) if part else None
        seen = {table: row_cells(Window(store, span.start, span.end), table) for table in DAY_OF}
        counties = {table: set(cells.loc[cells["when"] == IN, "county"]) for table, cells in seen.items()}
        strangers = sorted(set().union(*counties.values()) - set(units["code"]) - {MISSING}) if not part else []
        return QualityCounts(
            store.meta,
            min(among, default=span.place) if part else span.place,
            part,
            _with_strangers(units, strangers),
            _received(store, decided, seen, units, told),
            pd.concat([_by_month(decided, table) for table in MONTHLY], ignore_index=True),
            case_quality.completeness(decided, requirements),
            _issues(decided),
            case_quality.stage_order(decided),
            pd.concat([_arrivals(decided, units, told), row_accounts.accounts(decided, told)], ignore_index=True),
        )


def _known(store: Store, span: Span) -> pd.DataFrame:
    """Places as they were called on the last day of the period."""
    places = rows_of(store, "places", ["code", "valid_from"])
    return places[places["valid_from"].isna() | (places["valid_from"] <= span.end)].drop_duplicates("code", keep="last")


def _units(known: pd.DataFrame, span: Span) -> pd.DataFrame:
    """The units that should report: `code, key, name_zh, name_en, expected`, in the order asked for.

    A county reports itself: rows name no place below it.
    """
    itself = known[(known["place"] == span.place) & known["level"].isin(COUNTY_LEVELS)]
    if len(itself):
        found, absent = itself, []
    elif span.parts:
        order = {key: at for at, key in enumerate(span.parts)}
        found = known[known["place"].isin(order)].sort_values("place", key=lambda keys: keys.map(order))
        absent = [key for key in span.parts if key not in set(found["place"])]
    else:
        above = set(known.loc[known["place"] == span.place, "code"])
        found, absent = known[known["level"].isin(COUNTY_LEVELS) & known["parent"].isin(above)], []
    rows = [(row.code, row.place, row.name_zh, row.name_en) for row in found.itertuples()]
    rows += [(key, key, key, key) for key in absent]
    return pd.DataFrame(rows, columns=["code", "key", "name_zh", "name_en"]).assign(expected=True)


def _with_strangers(units: pd.DataFrame, strangers: Sequence[str]) -> pd.DataFrame:
    """The units and every other code under which rows of the period came in."""
    rows = pd.DataFrame([(code,) * 4 for code in strangers], columns=["code", "key", "name_zh", "name_en"])
    return pd.concat([units, rows.assign(expected=False)], ignore_index=True).astype({"expected": bool})


def _received(
    store: Store,
    decided: Disclosure,
    seen: Mapping[str, pd.DataFrame],
    units: pd.DataFrame,
    counties: Collection[str] | None,
) -> pd.DataFrame:
    """By table; of some counties only the rows of the period, of tables that name the county."""
    lines = []
    for table in REGISTER_TABLES:
        line = {"table": table, "delivered": store.has(table), "first": None, "last": None, "units": None}
        if table not in DAY_OF:  # plans and places: about no person
            lines.append(line | {"n": store.meta.rows(table), "status": "ok"})
            continue
        named = "county" in REGISTER_TABLES[table].columns
        if counties is None:
            line |= _whole_counts(decided, table, seen[table])
        if counties is None or named:
            line["n_period"], line["status_period"] = count_of(decided, f"{table} received", counties)
        if named:
            line["units"] = len(set(seen[table].loc[seen[table]["when"] == IN, "county"]) & set(units["code"]))
        lines.append(line)
    frame = pd.DataFrame(lines, columns=RECEIVED)
    return frame.astype(dict.fromkeys(("n", "n_period", "n_undated", "units"), "Int64"))


def _whole_counts(decided: Disclosure, table: str, cells: pd.DataFrame) -> dict[str, object]:
    """What is told of a table of the whole store alone."""
    (n, status), (undated, of_undated) = (
        decided.cell(f"{table} stored"),
        decided.cell(f"{table} outside", year=UNDATED),
    )
    days = {"first": cells["first_seen_on"].min(), "last": cells["last_seen_on"].max()}
    return days | {"n": n, "status": status, "n_undated": undated, "status_undated": of_undated}


def _by_month(decided: Disclosure, table: str) -> pd.DataFrame:
    cube = decided.shown(f"{table} received")
    chosen = cube[(cube["county"] != ALL) & (cube["month"] != ALL)]
    chosen = chosen.sort_values(["county", "month"], ignore_index=True)
    return chosen[["county", "month", "n", "status"]].assign(table=table)


def _arrivals(decided: Disclosure, units: pd.DataFrame, counties: Collection[str] | None) -> pd.DataFrame:
    """Rows that cannot be counted in any month or place, beside those that can; no county has any of the former."""
    cases = "cases received"
    if counties is not None:
        line = ("arrival", "used", "listed", *count_of(decided, cases, counties))
        return pd.DataFrame([line], columns=row_accounts.COLUMNS).astype({"n": "Int64"})
    strangers = set(decided.shown(cases)["county"]) - set(units["code"]) - {ALL, MISSING}
    chosen = (
        ("used", "listed", decided.together(cases, "county", units["code"])),
        ("excluded", "no_day", decided.cell("cases outside", year=UNDATED)),
        ("excluded", "no_county", decided.cell(cases, county=MISSING)),
        ("excluded", "unlisted_county", decided.together(cases, "county", strangers)),
    )
    lines = [("arrival", outcome, reason, *count) for outcome, reason, count in chosen]
    return pd.DataFrame(lines, columns=row_accounts.COLUMNS).astype({"n": "Int64"})


def _issues(decided: Disclosure) -> pd.DataFrame:
    """By severity with its total, `table, rule, n, status, severity`; severities are not added up."""
    parts = [decided.shown(f"issues {severity}").assign(severity=severity) for severity in SEVERITIES]
    return pd.concat(parts, ignore_index=True)
