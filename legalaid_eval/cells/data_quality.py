"""What came in and how complete it is, as cells."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, grouped, month_key
from legalaid_eval.cells.stages import ORDER
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store
from legalaid_eval.schemas import REGISTER_TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAY_OF = {
    "cases": "came_on",
    "consultations": "consulted_on",
    "outreach_events": "held_on",
    "awareness_survey": "surveyed_on",
    "callbacks": "called_on",
    "peer_reviews": "reviewed_on",
    "payments": "paid_on",
    "duty_roster": "duty_on",
}
"""The day by which a table's rows are said to have come in."""
PAIRS = tuple((earlier, later) for place, earlier in enumerate(ORDER) for later in ORDER[place + 1 :])
AID_FIRST_MAY_REVERSE = (("accepted_on", "assigned_on"), ("decided_on", "assigned_on"))
"""Pairs in order either way where aid came first: Legal Aid Law, article 44.

The agency that has received an application may provide aid at once, and the formalities follow: the lawyer may come
before the acceptance and before the decision, not before the application. All that comes after the assignment, and
the acceptance and the decision between themselves, keep their order.
"""


def arrival_cells(store: Store, table: str = "cases") -> pd.DataFrame:
    """Partition cells `county, month, n` of a table's rows: what came in, and which units reported in which months.

    The county is missing for tables that have none; of targets and reforms it is the place.
    """
    rows = _table(store, table, DAY_OF)
    day = rows.applied_on.coalesce(rows.notice_on) if table == "cases" else rows[DAY_OF[table]]
    return grouped(rows, {"county": _county(rows), "month": month_key(day)})


def completeness_cells(store: Store, table: str = "cases") -> pd.DataFrame:
    """Cells `county, status, column, n, n_filled` of a table: rows, and how many of them have a value in each column.

    Each row is counted once for every column. `status` is that of the case; missing in other tables.
    """
    rows = _table(store, table, REGISTER_TABLES)
    columns = [name for name in REGISTER_TABLES[table].columns if name not in ("county", "status")]
    keys = {"county": _county(rows), "status": rows.status if table == "cases" else ibis.null("string")}
    wide = grouped(rows, keys, Sums(filled={name: rows[name] for name in columns}))
    long = wide.melt(["county", "status", "n"], [f"n_{name}" for name in columns], "column", "n_filled")
    long["column"] = long["column"].str.removeprefix("n_").astype("str")
    order = ["county", "status", "column"]
    return long[[*order, "n", "n_filled"]].sort_values(order, kind="stable", ignore_index=True)


def order_cells(store: Store) -> pd.DataFrame:
    """Cells `county, earlier, later, n, n_both, n_violated` of cases, for every two stages.

    Of the cases with both days, how many have them in the wrong order; where aid came first the pairs of
    AID_FIRST_MAY_REVERSE are in order either way.
    """
    cases = store.table("cases")
    amounts = {f"{earlier}__{later}": _wrong(cases, earlier, later) for earlier, later in PAIRS}
    wide = grouped(cases, {"county": cases.county}, Sums(amounts=amounts))
    parts = [
        pd.DataFrame(
            {
                "county": wide["county"],
                "earlier": earlier,
                "later": later,
                "n": wide["n"],
                "n_both": wide[f"n_{earlier}__{later}"],
                "n_violated": wide[f"{earlier}__{later}"].fillna(0).astype("int64"),
            }
        )
        for earlier, later in PAIRS
    ]
    return pd.concat(parts, ignore_index=True).sort_values("county", kind="stable", ignore_index=True)


def issue_cells(store: Store) -> pd.DataFrame:
    """Partition cells `table, rule, severity, column, n` of the list of issues; it is no table of the engine."""
    keys = ["table", "rule", "severity", "column"]
    found = store.issues[keys].replace("", MISSING).groupby(keys, sort=True).size()
    return found.reset_index(name="n").astype({**dict.fromkeys(keys, "str"), "n": "int64"})


def _wrong(cases: "ir.Table", earlier: str, later: str) -> "ir.IntegerValue":
    """1 if the later stage lies before the earlier one, 0 if not, null unless both days are known."""
    before, after = cases[earlier], cases[later]
    one, none = ibis.literal(1, "int64"), ibis.literal(0, "int64")  # Postgres makes no bigint of a comparison
    wrong = ibis.cases((after < before, one), (after >= before, none), else_=ibis.null("int64"))
    if (earlier, later) in AID_FIRST_MAY_REVERSE:
        wrong = ibis.ifelse(cases.aid_first & before.notnull() & after.notnull(), 0, wrong)
    return wrong


def _county(rows: "ir.Table") -> "ir.StringValue":
    return next((rows[name] for name in ("county", "place") if name in rows.columns), ibis.null("string"))


def _table(store: Store, name: str, known: Collection[str]) -> "ir.Table":
    if name not in known:
        raise UsageError(f"found the table '{name}'; expected one of {', '.join(known)}")
    return store.table(name)
