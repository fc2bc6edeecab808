"""Complete panels of counties and months for models: uncontrolled counts, not to be shown as they are.

A zero is a true zero only where the county reported in that month. A month is missing (NA), never zero,

- before the first and after the last month in which the county has any event of the table,
- where the county is silent, though it usually has SILENT events a month or more (a chance of 1 in 20,000 for Poisson
  counts): its delivery is what is missing, and
- where the last day of the data lies before the end of the month, unless `whole_months` is false.

Rows without a county or without the day are in no panel; `left_out` counts them.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.base import CASE_KEYS, MISSING, grouped, month_key, picked, rows_of
from legalaid_eval.cells.caseload_period import entered_on
from legalaid_eval.cells.caseload_stock import AFTER, SERIES, booking_cells, stock_months
from legalaid_eval.cells.count_tables import came_on
from legalaid_eval.cells.data_quality import DAY_OF
from legalaid_eval.cells.processing_counts import Started
from legalaid_eval.cells.processing_time import stage_cells
from legalaid_eval.cells.stages import last_day
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

EVENTS = ("came", "applied", "notified", "accepted", "taken_on", "decided", "assigned", "closed", "terminated")
"""Events of a case: came, by its application or notice; taken_on, by its acceptance or notice; else by its own day."""
SILENT = 10
COUNTY_LEVELS = ("county", "district")
_DAYS = {"applied": "applied_on", "notified": "notice_on", "accepted": "accepted_on", "decided": "decided_on"}
_DAYS |= {"assigned": "assigned_on", "closed": "closed_on", "terminated": "terminated_on"}


def monthly_counts(
    store: Store, *, what: str = "came", by: Sequence[str] = (), until: date | None = None, whole_months: bool = True
) -> pd.DataFrame:
    """The panel `county, month, *by, n` (months as 2023-05, n Int64) of the cases that had an event.

    `by` are columns of CASE_KEYS; every combination of values that occurs is in every county and month. `until` is the
    last day that is looked at: the last of the data if it is not given. UsageError for an unknown event or column.

        monthly_counts(store, what="accepted", by=("case_type",))     # county, month, case_type, n
    """
    cases = store.table("cases")
    day = _event(cases, what)
    counted = cases.filter(day <= _end(store, until))
    keys = {"county": counted.county, "month": month_key(_event(counted, what)), **picked(counted, by, CASE_KEYS)}
    return _panel(grouped(counted, keys), _reported(store, "cases", until, whole_months), list(by))


def monthly_rows(store: Store, table: str, *, until: date | None = None, whole_months: bool = True) -> pd.DataFrame:
    """The panel `county, month, n` of a table's rows by their day, such as consultations; UsageError for others."""
    known = _reported(store, table, until, whole_months)
    rows = store.table(table)
    counted = rows.filter(came_on(rows, table) <= _end(store, until))
    keys = {"county": counted.county, "month": month_key(came_on(counted, table))}
    return _panel(grouped(counted, keys), known, [])


def stock_by_month(store: Store, *, until: date | None = None, whole_months: bool = True) -> pd.DataFrame:
    """The panel `county, month, entered, left, pending` of cases; `pending` on the last day of the month.

    For every county the stock of a month is that of the month before + entered - left, to the last case; in a month
    that is missing nothing was booked, so the stock is carried over it. Cases whose days contradict each other are in
    none of the three (`caseload_stock`), and what was in hand before the register began is not known.
    """
    end = _end(store, until)
    cells = booking_cells(store, start=end, end=end)
    known = _reported(store, "cases", until, whole_months)
    booked = stock_months(cells[cells["when"] != AFTER]).set_index(["county", "month"])
    found = booked.reindex(known.index, columns=list(SERIES[:2]), fill_value=0)
    found["pending"] = (found["entered"] - found["left"]).groupby(level="county").cumsum()
    return found.astype("Int64").where(known).reset_index()


def priority_days(store: Store, *, start: date, end: date) -> pd.DataFrame:
    """`stage_cells` in working days from the application to the decision by `priority`, of applications of the period.

    The gap in speed of the green lane is a difference of their medians; neither is shown of fewer than the least count.
    """
    seen = Started(store, ("applied_on",), start, end)
    return stage_cells(seen, "applied_decided", by=("priority",), unit="working_day")


def left_out(store: Store, *, what: str = "came") -> dict[str, int]:
    """How many cases are in no panel: `no_county`, and `no_day` of the event (which they need not have had)."""
    cases = store.table("cases")
    dated = _event(cases, what).notnull()
    cells = grouped(cases, {"placed": cases.county.notnull(), "dated": dated})
    no_day = cells["dated"] == "false"
    return {
        "no_county": int(cells.loc[(cells["placed"] == "false") & ~no_day, "n"].sum()),
        "no_day": int(cells.loc[no_day, "n"].sum()),
    }


def reported_months(
    store: Store, *, table: str = "cases", until: date | None = None, whole_months: bool = True
) -> pd.DataFrame:
    """`county, month, reported` (bool) for every county of the store, by the rules above."""
    return _reported(store, table, until, whole_months).rename("reported").reset_index()


def _event(cases: "ir.Table", what: str) -> "ir.DateValue":
    if what not in EVENTS:
        raise UsageError(f"found what='{what}'; expected one of {', '.join(EVENTS)}")
    if what in _DAYS:
        return cases[_DAYS[what]]
    return came_on(cases, "cases") if what == "came" else entered_on(cases)


def _end(store: Store, until: date | None) -> date:
    return min(until, last_day(store)) if until else last_day(store)


def _reported(store: Store, table: str, until: date | None, whole_months: bool) -> pd.Series:
    """Whether each county reported in each month, by county and month."""
    if table not in DAY_OF:
        raise UsageError(f"found the table '{table}'; expected one of {', '.join(DAY_OF)}")
    end = _end(store, until)
    events = _activity(store, table, end)
    counties = sorted({*_counties(store, end), *events["county"]} - {MISSING})
    found = events[(events["county"] != MISSING) & (events["month"] != MISSING)]
    months = pd.period_range(found["month"].min(), found["month"].max(), freq="M").astype(str) if len(found) else []
    index = pd.MultiIndex.from_product([counties, months], names=["county", "month"])
    number = found.set_index(["county", "month"])["n"].reindex(index, fill_value=0)
    busy = number.where(number > 0)
    inside = busy.groupby(level="county").ffill().notna() & busy.groupby(level="county").bfill().notna()
    usual = number.where(inside).groupby(level="county").transform("mean")
    known = inside & ((number > 0) | (usual < SILENT))
    if whole_months and (end + timedelta(days=1)).day != 1:
        known &= index.get_level_values("month") < f"{end:%Y-%m}"
    return known


def _activity(store: Store, table: str, end: date) -> pd.DataFrame:
    """Events of any kind, `county, month, n`: a month in which a county closes cases is no silent one."""
    rows = store.table(table)
    days = [came_on(rows, table)]
    if table == "cases":
        days += [rows[name] for name in _DAYS.values()]
    parts = [rows.select(county=rows.county, day=day) for day in days]
    every = reduce(lambda one, other: ibis.union(one, other), parts)
    every = every.filter(every.day <= end)
    return grouped(every, {"county": every.county, "month": month_key(every.day)})


def _counties(store: Store, day: date) -> list[str]:
    places = rows_of(store, "places", ["code", "valid_from"])
    known = places[places["valid_from"].isna() | (places["valid_from"] <= day)].drop_duplicates("code", keep="last")
    return known.loc[known["level"].isin(COUNTY_LEVELS), "code"].tolist()


def _panel(cells: pd.DataFrame, known: pd.Series, by: list[str]) -> pd.DataFrame:
    """`cells` in every month and, by every combination of `by` that occurs, every county; missing where not known."""
    cells = cells[(cells["county"] != MISSING) & (cells["month"] != MISSING)]
    whole = known.rename("known").reset_index()
    if by:
        whole = whole.merge(cells[by].drop_duplicates().sort_values(by), how="cross")
    found = whole.merge(cells[["county", "month", *by, "n"]], how="left", on=["county", "month", *by])
    return found[["county", "month", *by]].assign(n=found["n"].astype("Int64").fillna(0).where(found["known"]))
