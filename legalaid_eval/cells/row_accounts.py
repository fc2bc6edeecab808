"""Accounts of rows: of those an analysis considers, which it uses and why it cannot use the others.

An account has the columns `account, outcome, reason, n, status`. Outcomes: yes and no (used, by what they say), used,
pending (too early to say), out (not of the kind) and excluded (unusable for the reason).
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.all_stages import all_stages
from legalaid_eval.cells.base import grouped
from legalaid_eval.cells.case_quality import CASES, NO, REQUIREMENTS, YES
from legalaid_eval.cells.count_tables import CountTable, Shown, Window, count_of, same
from legalaid_eval.cells.stages import STAGES, STATES, TIMED
from legalaid_eval.register.privacy import ALL, HIDDEN, Link, Term
from legalaid_eval.rules import time_limit
from legalaid_eval.schemas import REGISTER_TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

COLUMNS = ["account", "outcome", "reason", "n", "status"]
UNUSABLE = STATES[STATES.index("missing_start") :]
DECISION, DECISION_RULE = "applied_decided", "LL-43a"
SATISFIED = ("satisfied", "basically_satisfied")


def accounts(decided: Shown, counties: Collection[str] | None = None) -> pd.DataFrame:
    """All accounts as they may be shown, but for that of arrivals; of some counties only those of BY_COUNTY."""
    names = (*STAGES, *OTHERS) if counties is None else BY_COUNTY
    return pd.concat([_shown(decided, name, counties) for name in names], ignore_index=True)


def _shown(decided: Shown, account: str, counties: Collection[str] | None) -> pd.DataFrame:
    told = sorted(set(decided.shown(f"account {account}")[account]) - {ALL})
    counts = [count_of(decided, f"account {account}", counties, **{account: each}) for each in told]
    if counties is not None and _gap_hidden(decided, account, counties):
        counts = [(None, HIDDEN)] * len(told)
    lines = [(account, *each.split("|"), *count) for each, count in zip(told, counts, strict=True) if count[0] != 0]
    return pd.DataFrame(lines, columns=COLUMNS).astype({"n": "Int64"})


def _gap_hidden(decided: Shown, account: str, counties: Collection[str]) -> bool:
    """Whether it is hidden how many days are missing there that the account needs: its reasons would nearly tell."""
    days = (STAGES[account].starts, STAGES[account].stops) if account in STAGES else ()
    stages = {need.stage for need in REQUIREMENTS if need.column in days}
    sides = [(f"{stage} by county", filled) for stage in sorted(stages) for filled in (YES, NO)]
    return any(count_of(decided, table, counties, filled=filled)[1] == HIDDEN for table, filled in sides)


def _table(account: str, population: str, make: Callable[[Window], pd.DataFrame]) -> CountTable:
    """The cells of an account under one key, outcome|reason, and by county where its rows have one."""
    keys = ("county", account) if account in BY_COUNTY else (account,)

    def cells(window: Window) -> pd.DataFrame:
        found = make(window)
        told = [f"{outcome}|{reason}" for outcome, reason in zip(found["outcome"], found["reason"], strict=True)]
        return found.assign(**{account: told}).groupby(list(keys), as_index=False)["n"].sum()

    return CountTable(f"account {account}", population, keys, cells)


def _stage_account(name: str, window: Window) -> pd.DataFrame:
    """Cases that the stage can be judged of, by whether the decision came in time; the others by why they cannot."""
    cells = _came_in(window, name)
    states = cells.groupby(["county", "state"], as_index=False)["n"].sum()
    rest = states[~states["state"].isin(TIMED)]
    unusable = rest["state"].isin(UNUSABLE)
    outcome = unusable.map({True: "excluded", False: "out"})
    rest = rest[["county", "n"]].assign(outcome=outcome, reason=rest["state"].where(unusable, "out"))
    timed = states.loc[states["state"].isin(TIMED), ["county", "n"]].assign(outcome="used", reason="used")
    used = _in_time(window) if name == DECISION else timed
    return pd.concat([used, rest], ignore_index=True)


def _came_in(window: Window, stage: str) -> pd.DataFrame:
    cells = all_stages(window)
    return cells[(cells["stage"] == stage) & (cells["came_in"] == "true")]


def _in_time(window: Window) -> pd.DataFrame:
    """Decided within the days the law allows, not, or too early to say: left or still open within these days."""
    cells = _came_in(window, DECISION)
    cells = cells[cells["state"].isin(TIMED)]
    late = cells["day"].astype("int64") > int(time_limit(DECISION_RULE).limit or 0)
    judged = late.map({True: "no", False: "pending"}).mask(~late & (cells["state"] == "done"), "yes")
    return cells[["county", "n"]].assign(outcome=judged, reason=judged)


def _sorted(rows: "ir.Table", *tests: tuple["ir.BooleanValue", str, str], default: tuple[str, str]) -> pd.DataFrame:
    """Every row under the first test that it passes, as `county, outcome, reason, n`."""
    codes = [(test.fill_null(False), f"{outcome}|{reason}") for test, outcome, reason in tests]
    county = rows.county if "county" in rows.columns else ibis.null("string")
    cells = grouped(rows, {"county": county, "told": ibis.cases(*codes, else_="|".join(default))})
    ends = cells["told"].str.split("|", expand=True).reindex(columns=[0, 1])
    return cells.assign(outcome=ends[0], reason=ends[1])


def _closure(window: Window) -> pd.DataFrame:
    cases = window.table("cases")
    closed, dated = cases.status == "closed", cases.closed_on.notnull()
    return _sorted(
        cases,
        (cases.status.isnull(), "excluded", "no_status"),
        (cases.status.isin(("refused", "withdrawn")), "out", "not_aided"),
        (closed & ~dated, "excluded", "closed_undated"),
        ((cases.status == "open") & dated, "excluded", "open_but_closed"),
        (closed, "yes", "closed"),
        default=("no", "not_closed"),
    )


def _satisfaction(window: Window) -> pd.DataFrame:
    calls = window.table("callbacks")
    lost = ("refused", "not_reached", "ambiguous", "missing")
    return _sorted(
        calls,
        (calls.answer_class.isin(SATISFIED), "yes", "satisfied"),
        (calls.answer_class == "dissatisfied", "no", "dissatisfied"),
        *((calls.answer_class == name, "excluded", f"answer_{name}") for name in lost),
        default=("excluded", "answer_missing"),
    )


def _awareness(window: Window) -> pd.DataFrame:
    asked = window.table("awareness_survey")
    return _sorted(
        asked,
        (asked.heard_of.isnull(), "excluded", "no_answer"),
        (asked.weight.isnull(), "excluded", "no_weight"),
        default=("used", "used"),
    )


def _filled(table: str, column: str, reason: str) -> Callable[[Window], pd.DataFrame]:
    def make(window: Window) -> pd.DataFrame:
        rows = window.table(table)
        return _sorted(rows, (rows[column].isnull(), "excluded", reason), default=("used", "used"))

    return make


def _payments(window: Window) -> pd.DataFrame:
    paid = window.table("payments")
    return _sorted(
        paid,
        (paid.amount_cny.isnull(), "excluded", "no_amount"),
        ((paid.kind == "case") & paid.case_no.isnull(), "excluded", "no_case"),
        default=("used", "used"),
    )


OTHERS: Mapping[str, tuple[str, Callable[[Window], pd.DataFrame]]] = {
    "closure": ("cases", _closure),
    "satisfaction": ("callbacks", _satisfaction),
    "awareness": ("awareness_survey", _awareness),
    "attendance": ("outreach_events", _filled("outreach_events", "attendance", "no_attendance")),
    "origin": ("consultations", _filled("consultations", "knew_from", "no_origin")),
    "payments": ("payments", _payments),
}
"""Accounts by name, each with its table; those of STAGES are accounts of cases."""
_NAMED = (name for name, (table, _) in OTHERS.items() if "county" in REGISTER_TABLES[table].columns)
BY_COUNTY = (*STAGES, *(name for name in _NAMED if name != "closure"))
"""Accounts that a county's report can tell of its own rows; the others' rows name no county. What became of a county's
cases is told with processing time: told here too, it would hide more of the counties' completeness."""

TABLES = (
    *(_table(name, CASES, partial(_stage_account, name)) for name in STAGES),
    *(_table(name, f"{table}.period", make) for name, (table, make) in OTHERS.items()),
)
LINKS = (
    same((CASES, {"closure": "excluded|no_status"}), ("filled.intake", {"column": "status", "filled": "no"})),
    same((CASES, {"closure": "excluded|closed_undated"}), ("filled.closing", {"column": "closed_on", "filled": "no"})),
    Link(
        (),
        (
            Term(1, "cases.closed"),
            Term(-1, CASES, {"closure": "yes|closed"}),
            Term(-1, CASES, {"closure": "excluded|closed_undated"}),
        ),
    ),
)
"""The account of closures tells the same cases as the completeness of status and day of closing."""


def bounds(account: pd.DataFrame) -> dict[str, int] | None:
    """`yes, no, excluded` of an account, or None where disclosure control hides any of what they rest on."""
    told = account[account["outcome"].isin(("yes", "no", "excluded"))]
    if (told["status"] == "suppressed").any():
        return None
    return {name: int(told.loc[told["outcome"] == name, "n"].sum()) for name in ("yes", "no", "excluded")}
