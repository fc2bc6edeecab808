"""Every count that the chapter on caseload shows, as declared tables, and how their populations are tied.

Where a population has a name already (`cases.period`, `taken.on`, `closed`, `consultations.period`) its tables here are
further ways of cutting it. What is rare in a county, such as a type of case or a reason, is told of the whole store
only, below a class that is told by county. Persons aided and consultations asked are counts of their own.
"""

from collections.abc import Callable

import pandas as pd

from legalaid_eval.cells import caseload_stock
from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.case_quality import CASES
from legalaid_eval.cells.caseload_period import (
    APPLIED,
    NO,
    NOTIFIED,
    ONLINE,
    PAPERS,
    UNKNOWN,
    YES,
    assigned_cells,
    came_cells,
    closed_cells,
    consulted_cells,
    decided_cells,
    exempt_of,
    held_cells,
    kind_cells,
    month_cells,
    outcome_of,
    shift_cells,
    taken_cells,
)
from legalaid_eval.cells.count_tables import CountTable, Shown, Window
from legalaid_eval.cells.received import UNDATED
from legalaid_eval.register.privacy import ALL, HIDDEN, OK, Nesting
from legalaid_eval.schemas.register_codes import CASE_TYPE, CHANNEL, CONSULTATION_UNIT, DECISION, RECIPIENT_GROUP

GROUPS = (*RECIPIENT_GROUP, "none_named")
EXEMPTIONS = ("article_32", "article_42", "local_rule", "waived", "not_required", "checked", UNKNOWN)
Make = Callable[[Window], pd.DataFrame]


def _table(name: str, population: str, make: Make, *keys: str, nested: tuple[Nesting, ...] = ()) -> CountTable:
    """A table of sums of cells by `keys`."""

    def summed(window: Window) -> pd.DataFrame:
        cells = make(window)
        return cells.groupby(list(keys), as_index=False)["n"].sum() if keys else cells[["n"]]

    return CountTable(name, population, keys, summed, (lambda _: nested) if nested else None)


def _applied(make: Make) -> Make:
    def only(window: Window) -> pd.DataFrame:
        cells = make(window)
        return cells[cells["way"] == APPLIED]

    return only


def _persons(window: Window) -> pd.DataFrame:
    """Persons aided; cases whose number is not recorded add none."""
    cells = came_cells(window)
    return cells.assign(n=cells["recipients"].fillna(0).astype("int64"))


def _persons_known(window: Window) -> pd.DataFrame:
    cells = came_cells(window)
    known = cells.assign(n=cells["n_recipients"], recipients_known=YES)
    return pd.concat([known, cells.assign(n=cells["n"] - cells["n_recipients"], recipients_known=UNKNOWN)])


def _of_group(group: str) -> Make:
    def make(window: Window) -> pd.DataFrame:
        cells = kind_cells(window)
        yes = int(cells[group].sum())
        return pd.DataFrame({group: ["yes", "no"], "n": [yes, int(cells["n"].sum()) - yes]})

    return make


def _commitments(window: Window) -> pd.DataFrame:
    """With `papers` of a commitment; where there is none, what `commitment` says."""
    cells = taken_cells(window)
    return cells.assign(papers=cells["papers"].where(cells["papers"] != MISSING, cells["commitment"]))


def _decisions(window: Window) -> pd.DataFrame:
    """With `outcome`, and `exempt` of what was granted; where it was not, what was decided."""
    cells = decided_cells(window)
    granted, outcome = cells["decision"] == "granted", cells["decision"].map(outcome_of)
    exemption = cells["exemption"].replace(MISSING, UNKNOWN).where(granted, outcome)
    return cells.assign(outcome=outcome, exemption=exemption, exempt=exemption.map(exempt_of).where(granted, outcome))


def _asked(unit: str) -> Make:
    def make(window: Window) -> pd.DataFrame:
        cells = consulted_cells(window)
        cells = cells[cells["unit"] == unit]
        return cells.assign(n=cells["quantity"].fillna(0).astype("int64"))

    return make


def _handlers(*keys: str) -> Make:
    def make(window: Window) -> pd.DataFrame:
        cells = assigned_cells(window, *keys)
        return cells.assign(n=cells["n_handlers"])

    return make


def _handled(window: Window) -> pd.DataFrame:
    """Cases assigned, by whether their handler is recorded."""
    cells = assigned_cells(window, "county")
    known = cells.assign(n=cells["n_known"], handler=YES)
    return pd.concat([known, cells.assign(n=cells["n"] - cells["n_known"], handler=UNKNOWN)])


def _months(window: Window) -> pd.DataFrame:
    return month_cells(window).replace({"month": {MISSING: UNDATED}})


def _years_above(window: Window) -> tuple[Nesting, ...]:
    months = _months(window)["month"]
    return (Nesting("month", "year", {month: month if month == UNDATED else month[:4] for month in months}),)


_LEFT = {name: name for name in ("refused", "left", MISSING)}
_TYPE = Nesting("case_type", "criminal", {**{n: YES if n == "criminal" else NO for n in CASE_TYPE}, MISSING: UNKNOWN})
_DEFENCE = Nesting("defence", "criminal", {"assigned": YES, "unassigned": YES})
_CHANNEL = Nesting("channel", "online", {**{n: YES if n in ONLINE else NO for n in CHANNEL}, MISSING: UNKNOWN})
_WAY = Nesting("commitment", "way", {**dict.fromkeys((YES, NO, UNKNOWN), APPLIED), NOTIFIED: NOTIFIED})
_PAPERS = Nesting("papers", "commitment", {**dict.fromkeys(PAPERS, YES), **{n: n for n in (NO, UNKNOWN, NOTIFIED)}})
_DECISION = Nesting("decision", "outcome", {**{n: outcome_of(n) for n in DECISION}, MISSING: MISSING})
_EXEMPT = Nesting("exempt", "outcome", {**dict.fromkeys((YES, NO, UNKNOWN), "granted"), **_LEFT})
_EXEMPTION = Nesting("exemption", "exempt", {**{n: exempt_of(n) for n in EXEMPTIONS}, **_LEFT})


def _tables() -> tuple[CountTable, ...]:
    applications, taken, decided = "cases.applied", "taken.on", "applications.decided"
    asked, sessions, shifts = (f"{name}.period" for name in ("consultations", "outreach_events", "duty_roster"))
    return (
        _table("cases by kind", CASES, came_cells, "county", "criminal"),
        _table("cases by type", CASES, kind_cells, "case_type", nested=(_TYPE,)),
        _table("criminal defence", CASES, kind_cells, "defence", nested=(_DEFENCE,)),
        _table("duty-lawyer help", CASES, kind_cells, "duty_lawyer"),
        _table("cases by lane", CASES, came_cells, "county", "priority"),
        *(_table(f"cases of {group}", CASES, _of_group(group), group) for group in GROUPS),
        _table("recipients known", CASES, _persons_known, "county", "recipients_known"),
        _table("recipients", "recipients.period", _persons, "county"),
        _table("applications online", applications, _applied(came_cells), "county", "online"),
        _table("applications by channel", applications, _applied(kind_cells), "channel", nested=(_CHANNEL,)),
        _table("commitments", taken, taken_cells, "county", "commitment", nested=(_WAY,)),
        _table("papers promised", taken, _commitments, "papers", nested=(_PAPERS, _WAY)),
        _table("decisions", decided, _decisions, "county", "exempt", nested=(_EXEMPT,)),
        _table("decisions by kind", decided, _decisions, "decision", nested=(_DECISION,)),
        _table("exemptions", decided, _decisions, "exemption", nested=(_EXEMPTION, _EXEMPT)),
        _table("visits", "closed", closed_cells, "county", "visits"),
        _table("assigned", "assigned", _handled, "county"),
        _table("assigned by handler", "assigned", _handled, "handler"),
        _table("handlers", "handlers", _handlers()),
        _table("handlers by county", "handlers.by_county", _handlers("county"), "county"),
        _table("consultations by unit", asked, consulted_cells, "unit"),
        _table("consultations by channel", asked, consulted_cells, "channel"),
        *(_table(f"asked {unit}", f"asked.{unit}", _asked(unit), "county") for unit in CONSULTATION_UNIT),
        _table("shifts", shifts, shift_cells, "county", "attended"),
        _table("sessions", sessions, held_cells, "county"),
    )


def _history() -> CountTable:
    """Cases of other months, of the whole store: the reports on those years tell them too.

    Counties are not told by year: the sums of those reports would give away what is hidden here.
    """
    by_month = lambda window: _months(window)[["month", "n"]]  # noqa: E731
    return CountTable("cases of other months", "cases.outside", ("month",), by_month, _years_above, elsewhere=True)


TABLES = (*_tables(), _history(), *caseload_stock.TABLES)
LINKS = caseload_stock.LINKS


def came_series(decided: Shown) -> pd.DataFrame:
    """Shown `month, n, status` of the cases that came in to the whole store, in and outside the period.

    A month that the period cuts is the sum of its parts.
    """
    parts = [decided.shown("cases received"), decided.shown("cases of other months")]
    told = pd.concat([parts[0][parts[0]["county"] == ALL], parts[1]])[["month", "n", "status"]]
    told = told[~told["month"].isin((ALL, MISSING, UNDATED))]
    found = told.groupby("month")["n"].agg(lambda n: n.sum(skipna=False)).astype("Int64")
    return found.reset_index().assign(status=lambda frame: frame["n"].isna().map({True: HIDDEN, False: OK}))
