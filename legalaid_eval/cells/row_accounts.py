"""Accounts of rows: of those an analysis considers, which it uses and why it cannot use the others.

An account has the columns `account, outcome, reason, n, status`. Outcomes: yes and no (used, by what they say), used,
pending (too early to say), out (not of the kind) and excluded (unusable for the reason).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import ibis
import pandas as pd

from legalaid_eval.cells.base import grouped
from legalaid_eval.cells.disclosure import added, controlled
from legalaid_eval.cells.processing_time import stage_accounts, stage_cells
from legalaid_eval.cells.stages import STAGES, STATES, TIMED
from legalaid_eval.rules import time_limit

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from legalaid_eval.register.store import StoreMeta

COLUMNS = ["account", "outcome", "reason", "n", "status"]
UNUSABLE = STATES[STATES.index("missing_start") :]
DECISION, DECISION_RULE = "applied_decided", "LL-43a"
SATISFIED = ("satisfied", "basically_satisfied")


class Tables(Protocol):
    """What has tables of the register, whole or of a period."""

    @property
    def meta(self) -> "StoreMeta": ...

    def table(self, name: str) -> "ir.Table": ...


def accounts(window: Tables, min_cell: int, *, arrival: pd.DataFrame) -> pd.DataFrame:
    """All accounts under disclosure control; `arrival` comes already controlled, from the cube of arrivals."""
    found = {name: _stage_account(window, name) for name in STAGES}
    found |= {name: make(window) for name, make in OTHERS.items()}
    parts = [_controlled(name, cells, min_cell) for name, cells in found.items()]
    return pd.concat([arrival, *parts], ignore_index=True)


def _controlled(name: str, cells: pd.DataFrame, min_cell: int) -> pd.DataFrame:
    cells = added(cells[cells["n"] > 0], ("outcome", "reason"))
    if cells.empty:
        return pd.DataFrame(columns=COLUMNS)
    told = cells.assign(told=[f"{row.outcome}|{row.reason}" for row in cells.itertuples()])
    shown = controlled(told, ["told"], "n", min_cell)
    return told.drop(columns="n").merge(shown, on="told").assign(account=name)[COLUMNS]


def _stage_account(window: Tables, name: str) -> pd.DataFrame:
    """Cases that the stage can be judged of, by whether the decision came in time; the others by why they cannot."""
    states = stage_accounts(window, name, by=()).groupby("state", as_index=False)["n"].sum()
    rest = states[~states["state"].isin(TIMED)]
    unusable = rest["state"].isin(UNUSABLE)
    outcome = unusable.map({True: "excluded", False: "out"})
    rest = pd.DataFrame({"outcome": outcome, "reason": rest["state"].where(unusable, "out"), "n": rest["n"]})
    timed = states.loc[states["state"].isin(TIMED), ["n"]].assign(outcome="used", reason="used")
    used = _in_time(window) if name == DECISION else timed
    return pd.concat([used, rest], ignore_index=True)


def _in_time(window: Tables) -> pd.DataFrame:
    """Decided within the days the law allows, not, or too early to say: left or still open within these days."""
    cells = stage_cells(window, DECISION, unit="day", by=())
    late = cells["duration"] > int(time_limit(DECISION_RULE).limit or 0)
    judged = late.map({True: "no", False: "pending"}).mask(~late & cells["event"], "yes")
    return pd.DataFrame({"outcome": judged, "reason": judged, "n": cells["n"]})


def _sorted(rows: "ir.Table", *tests: tuple["ir.BooleanValue", str, str], default: tuple[str, str]) -> pd.DataFrame:
    """Every row under the first test that it passes, as `outcome, reason, n`."""
    codes = [(test.fill_null(False), f"{outcome}|{reason}") for test, outcome, reason in tests]
    cells = grouped(rows, {"told": ibis.cases(*codes, else_="|".join(default))})
    ends = cells["told"].str.split("|", expand=True).reindex(columns=[0, 1])
    return pd.DataFrame({"outcome": ends[0], "reason": ends[1], "n": cells["n"]})


def _closure(window: Tables) -> pd.DataFrame:
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


def _satisfaction(window: Tables) -> pd.DataFrame:
    calls = window.table("callbacks")
    lost = ("refused", "not_reached", "ambiguous", "missing")
    return _sorted(
        calls,
        (calls.answer_class.isin(SATISFIED), "yes", "satisfied"),
        (calls.answer_class == "dissatisfied", "no", "dissatisfied"),
        *((calls.answer_class == name, "excluded", f"answer_{name}") for name in lost),
        default=("excluded", "answer_missing"),
    )


def _awareness(window: Tables) -> pd.DataFrame:
    asked = window.table("awareness_survey")
    return _sorted(
        asked,
        (asked.heard_of.isnull(), "excluded", "no_answer"),
        (asked.weight.isnull(), "excluded", "no_weight"),
        default=("used", "used"),
    )


def _filled(table: str, column: str, reason: str) -> Callable[[Tables], pd.DataFrame]:
    def make(window: Tables) -> pd.DataFrame:
        rows = window.table(table)
        return _sorted(rows, (rows[column].isnull(), "excluded", reason), default=("used", "used"))

    return make


def _payments(window: Tables) -> pd.DataFrame:
    paid = window.table("payments")
    return _sorted(
        paid,
        (paid.amount_cny.isnull(), "excluded", "no_amount"),
        ((paid.kind == "case") & paid.case_no.isnull(), "excluded", "no_case"),
        default=("used", "used"),
    )


OTHERS: Mapping[str, Callable[[Tables], pd.DataFrame]] = {
    "closure": _closure,
    "satisfaction": _satisfaction,
    "awareness": _awareness,
    "attendance": _filled("outreach_events", "attendance", "no_attendance"),
    "origin": _filled("consultations", "knew_from", "no_origin"),
    "payments": _payments,
}


def bounds(account: pd.DataFrame) -> dict[str, int] | None:
    """`yes, no, excluded` of an account, or None where disclosure control hides any of what they rest on."""
    told = account[account["outcome"].isin(("yes", "no", "excluded"))]
    if (told["status"] == "suppressed").any():
        return None
    return {name: int(told.loc[told["outcome"] == name, "n"].sum()) for name in ("yes", "no", "excluded")}
