"""Every count that the chapter on outreach and awareness shows, as declared tables, and how populations are tied.

Kinds of events are told of the whole store only: by county there are too few of each. Those who came, and items handed
out, are counts of their own. Bases of the awareness survey are told rounded (`cells.awareness_waves`).
"""

from collections.abc import Callable

import pandas as pd

from legalaid_eval.cells.caseload_period import UNKNOWN, YES
from legalaid_eval.cells.count_tables import CountTable, Window
from legalaid_eval.cells.outreach_period import (
    KINDS,
    UNDATED,
    asked_cells,
    event_sums,
    other_months,
    period_months,
    town_sums,
)
from legalaid_eval.register.privacy import Link, Nesting

SUMS = ("attendance", "materials")
Make = Callable[[Window], pd.DataFrame]


def _table(name: str, population: str, make: Make, *keys: str, nested=None, elsewhere: bool = False) -> CountTable:
    """A table of sums of cells by `keys`."""

    def summed(window: Window) -> pd.DataFrame:
        return make(window).groupby(list(keys), as_index=False)["n"].sum()

    return CountTable(name, population, keys, summed, nested, elsewhere)


def _summed(amount: str) -> Make:
    """Cells that count an amount; events where it is not recorded add none."""

    def make(window: Window) -> pd.DataFrame:
        cells = event_sums(window)
        return cells.assign(n=cells[amount].fillna(0).astype("int64"))

    return make


def _known(amount: str) -> Make:
    """Events by whether an amount is recorded."""

    def make(window: Window) -> pd.DataFrame:
        cells = event_sums(window)
        known = cells.assign(n=cells[f"n_{amount}"], known=YES)
        return pd.concat([known, cells.assign(n=cells["n"] - cells[f"n_{amount}"], known=UNKNOWN)]).rename(
            columns={"known": f"{amount}_known"}
        )

    return make


def _towns(window: Window) -> pd.DataFrame:
    cells = town_sums(window)
    return cells.assign(n=cells["n_towns"])


def _years(window: Window) -> tuple[Nesting, ...]:
    months = other_months(window)["month"]
    return (Nesting("month", "year", {month: month if month == UNDATED else month[:4] for month in months}),)


def _tables() -> tuple[CountTable, ...]:
    events, asked = "outreach_events.period", "consultations.period"
    return (
        *(_table(f"events by {kind}", events, event_sums, kind) for kind in KINDS),
        _table("events by month", events, period_months, "month"),
        _table(
            "events of other months", "outreach_events.outside", other_months, "month", nested=_years, elsewhere=True
        ),
        *(_table(f"{a} known", events, _known(a), f"{a}_known") for a in (*SUMS, "cost_fen")),
        *(_table(f"outreach {a}", f"outreach.{a}", _summed(a), "county") for a in SUMS),
        *(_table(f"attendance by {kind}", "outreach.attendance", _summed("attendance"), kind) for kind in KINDS),
        _table("towns reached", "outreach.towns", _towns, "county"),
        _table("consultations traced", asked, asked_cells, "county", "traced"),
        _table("consultations by source", asked, asked_cells, "knew_from"),
        *(_table(f"traced by {kind}", asked, asked_cells, kind) for kind in KINDS),
    )


TABLES = _tables()
LINKS: tuple[Link, ...] = ()
