"""Counts of the data-quality chapter as they may be shown: taken from a store, under disclosure control.

Small counts are hidden here, before a chapter sees them: a hidden number is missing and its `status` is suppressed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from legalaid_eval.cells import case_quality, row_accounts
from legalaid_eval.cells.base import MISSING, rows_of
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.data_quality import DAY_OF
from legalaid_eval.cells.disclosure import Disclosure, decide
from legalaid_eval.cells.received import IN, MONTHLY, SEVERITIES, UNDATED, row_cells
from legalaid_eval.register.privacy import ALL
from legalaid_eval.register.store import Store, StoreMeta, open_store
from legalaid_eval.schemas import REGISTER_TABLES

__all__ = ["ALL", "MISSING", "MONTHLY", "QualityCounts", "Span", "quality_counts"]

COUNTY_LEVELS = ("county", "district")


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


def quality_counts(path: Path, span: Span, requirements: Sequence[case_quality.Requirement]) -> QualityCounts:
    """All counts of the chapter from the store at `path`; raises DataError if there is none.

    `requirements` are those that are told of; they must be among the declared ones.
    """
    with open_store(path) as store:
        decided = decide(store, start=span.start, end=span.end, min_cell=span.min_cell)
        units = _units(store, span)
        seen = {table: row_cells(Window(store, span.start, span.end), table) for table in DAY_OF}
        counties = {table: set(cells.loc[cells["when"] == IN, "county"]) for table, cells in seen.items()}
        strangers = sorted(set().union(*counties.values()) - set(units["code"]) - {MISSING})
        return QualityCounts(
            store.meta,
            _with_strangers(units, strangers),
            _received(store, decided, seen, units),
            pd.concat([_by_month(decided, table) for table in MONTHLY], ignore_index=True),
            case_quality.completeness(decided, requirements),
            _issues(decided),
            case_quality.stage_order(decided),
            pd.concat([_arrival_account(decided, units), row_accounts.accounts(decided)], ignore_index=True),
        )


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


def _with_strangers(units: pd.DataFrame, strangers: Sequence[str]) -> pd.DataFrame:
    """The units and every other code under which rows of the period came in."""
    rows = pd.DataFrame([(code,) * 4 for code in strangers], columns=["code", "key", "name_zh", "name_en"])
    return pd.concat([units, rows.assign(expected=False)], ignore_index=True).astype({"expected": bool})


def _received(store: Store, decided: Disclosure, seen: Mapping[str, pd.DataFrame], units: pd.DataFrame) -> pd.DataFrame:
    lines = []
    for table in REGISTER_TABLES:
        line = {"table": table, "delivered": store.has(table), "first": None, "last": None, "units": None}
        if table not in DAY_OF:  # plans and places: about no person
            lines.append(line | {"n": store.meta.rows(table), "status": "ok"})
            continue
        cells = seen[table]
        line |= {"first": cells["first_seen_on"].min(), "last": cells["last_seen_on"].max()}
        line["n"], line["status"] = decided.cell(f"{table} stored")
        line["n_period"], line["status_period"] = decided.cell(f"{table} received")
        line["n_undated"], line["status_undated"] = decided.cell(f"{table} outside", year=UNDATED)
        if "county" in REGISTER_TABLES[table].columns:
            line["units"] = len(set(cells.loc[cells["when"] == IN, "county"]) & set(units["code"]))
        lines.append(line)
    return pd.DataFrame(lines).astype(dict.fromkeys(("n", "n_period", "n_undated", "units"), "Int64"))


def _by_month(decided: Disclosure, table: str) -> pd.DataFrame:
    cube = decided.shown(f"{table} received")
    chosen = cube[(cube["county"] != ALL) & (cube["month"] != ALL)]
    chosen = chosen.sort_values(["county", "month"], ignore_index=True)
    return chosen[["county", "month", "n", "status"]].assign(table=table)


def _arrival_account(decided: Disclosure, units: pd.DataFrame) -> pd.DataFrame:
    """Rows that cannot be counted in any month or place, beside those that can."""
    cases = "cases received"
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
