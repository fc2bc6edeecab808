"""The stock of cases: what was in hand, what came to it, what left it, and what cannot be booked.

Every case is booked twice at most, on the day it entered and on the day it left, so

    pending at the start + entered - closed - terminated - refused - withdrawn = pending at the end

holds to the last case. A case whose days contradict each other is in neither side of the account: it is counted and
named instead, and so the difference between the account and the plain counts of cases taken on and closed is told.
Cases from before the register begins are not known, so a stock near its beginning is too small.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from legalaid_eval.cells.base import MISSING, grouped, month_key
from legalaid_eval.cells.caseload_period import entered_on
from legalaid_eval.cells.count_tables import CountTable, Shown, Window
from legalaid_eval.cells.stages import WITHDRAWN
from legalaid_eval.register.privacy import ALL, HIDDEN, OK, Link, Term
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

ENTERED = "entered"
ENDS = ("closed", "terminated", "refused", "withdrawn")
NOT_ENTERED = ("ended_before_entry", "end_without_day")
NOT_LEFT = ("no_entry", "left_before_entry")
CONTRADICTIONS = (*NOT_ENTERED, *NOT_LEFT)
"""Why a booking is refused.

    ended_before_entry  taken on, and recorded as having left before that
    end_without_day     taken on, and by its status no longer open, but without a day of leaving
    no_entry            left, but neither an acceptance nor a notice is recorded
    left_before_entry   the other side of ended_before_entry
"""
BEFORE, NOW, AFTER = "before", "now", "after"


def booking_cells(store: Store, *, start: date, end: date) -> pd.DataFrame:
    """Cells `county, what, end, when, month, n` of bookings.

    what: entered, left, or a contradiction of CONTRADICTIONS. end: how the case left, of what is booked on that day.
    when: before, now (from `start` to `end`) or after.
    """
    cases = store.table("cases")
    entry, (left, kind) = entered_on(cases), _leaving(cases)
    cases = cases.select(county=cases.county, status=cases.status, entry=entry, left=left, kind=kind)
    gone = (cases.status != "open").fill_null(False) & cases.left.isnull()
    odd = (cases.left < cases.entry).fill_null(False)
    entering = ibis.cases((odd, NOT_ENTERED[0]), (gone, NOT_ENTERED[1]), else_=ENTERED)
    leaving = ibis.cases((cases.entry.isnull(), NOT_LEFT[0]), (odd, NOT_LEFT[1]), else_="left")
    nothing = ibis.null("string")
    came = cases.filter(cases.entry.notnull()).select(county=cases.county, what=entering, end=nothing, day=cases.entry)
    went = cases.filter(cases.left.notnull()).select(county=cases.county, what=leaving, end=cases.kind, day=cases.left)
    booked = ibis.union(came, went)
    when = ibis.cases((booked.day < start, BEFORE), (booked.day > end, AFTER), else_=NOW)
    keys = {"county": booked.county, "what": booked.what, "end": booked.end, "when": when}
    return grouped(booked, keys | {"month": month_key(booked.day)})


def _leaving(cases: "ir.Table") -> "tuple[ir.DateValue, ir.StringValue]":
    """The day a case left and how: closed, else terminated, else refused or withdrawn by the decision."""
    withdrawn, refused = cases.decision.isin(WITHDRAWN), cases.decision == "refused"
    decided = ibis.ifelse(withdrawn | refused, cases.decided_on, ibis.null("date"))
    kind = ibis.cases(
        (cases.closed_on.notnull(), "closed"),
        (cases.terminated_on.notnull(), "terminated"),
        (refused & decided.notnull(), "refused"),
        (decided.notnull(), "withdrawn"),
    )
    return ibis.coalesce(cases.closed_on, cases.terminated_on, decided), kind


def pending(cells: pd.DataFrame, when: tuple[str, ...]) -> pd.DataFrame:
    """`county, n` of `booking_cells`: entered less left in the spans `when`; never negative."""
    cells = cells[cells["when"].isin(when) & cells["what"].isin((ENTERED, "left"))]
    signed = cells["n"].where(cells["what"] == ENTERED, -cells["n"])
    return cells[["county"]].assign(n=signed).groupby("county", as_index=False)["n"].sum()


def _booked(window: Window) -> pd.DataFrame:
    make = lambda: booking_cells(window.store, start=window.start, end=window.end)  # noqa: E731
    return window.once("bookings", make)


def _stock(*when: str) -> Callable[[Window], pd.DataFrame]:
    return lambda window: pending(_booked(window), when)


def _moved(what: tuple[str, ...], *keys: str, end: str = "") -> Callable[[Window], pd.DataFrame]:
    """Bookings of the period by `keys`; `end`: only of cases that left this way."""

    def make(window: Window) -> pd.DataFrame:
        cells = _booked(window)
        cells = cells[(cells["when"] == NOW) & cells["what"].isin(what)]
        cells = cells[cells["end"] == end] if end else cells
        return cells[[*keys, "n"]].groupby(list(keys), as_index=False)["n"].sum() if keys else cells[["n"]]

    return make


def stock_months(cells: pd.DataFrame) -> pd.DataFrame:
    """`county, month, entered, left, pending` of `booking_cells`: every month from the first booking to the last.

    `pending` is the stock on the last day of the month; that of a month less that of the one before is `entered` less
    `left`, for every county.
    """
    cells = cells[cells["what"].isin((ENTERED, "left")) & (cells["month"] != MISSING)]
    wide = cells.pivot_table(index=["county", "month"], columns="what", values="n", aggfunc="sum", fill_value=0)
    counties = wide.index.get_level_values("county").unique()
    months = wide.index.get_level_values("month")
    every = pd.period_range(months.min(), months.max(), freq="M").astype(str) if len(months) else []
    index = pd.MultiIndex.from_product([counties, every], names=["county", "month"])
    wide = wide.reindex(index, columns=[ENTERED, "left"], fill_value=0).astype("int64")
    wide["pending"] = (wide[ENTERED] - wide["left"]).groupby(level="county").cumsum()
    return wide.rename_axis(columns=None).reset_index()


SERIES = (ENTERED, "left", "pending")
IN_MONTH = {ENTERED: "stock.entered", "left": "stock.left", "pending": "stock.pending"}
"""The populations of the months of the period: its bookings are those of the account."""
ACCOUNT = ("stock at start", "stock entered", "stock left", "stock at end")


def _in_month(series: str, when: str) -> Callable[[Window], pd.DataFrame]:
    """`month, n` of the whole store: bookings before or in the period, or the stock at the end of their months."""

    def make(window: Window) -> pd.DataFrame:
        cells = _booked(window)
        if series != "pending":
            cells = cells[(cells["what"] == series) & (cells["when"] == when)]
            return cells.groupby("month", as_index=False)["n"].sum()
        found = stock_months(cells[cells["when"] != AFTER])
        inside = found["month"] >= f"{window.start:%Y-%m}"
        found = found[inside if when == NOW else ~inside].rename(columns={"pending": "n"})
        return found.groupby("month", as_index=False)["n"].sum()

    return make


def stock_series(decided: Shown) -> pd.DataFrame:
    """`month, entered, left, pending, status` of the whole store, month by month to the end of the period.

    Each number follows from the others of its month and the stock before. So a month with a small number is not
    shown, nor any before it, nor the one after it, from which it would follow; and none at all where the account of
    the period is hidden. A month that the period cuts is the sum of its parts.
    """
    told = pd.concat(
        [decided.shown(f"stock {s} {when}").assign(series=s) for s in SERIES for when in ("in month", "before")]
    )
    told = told[told["month"] != ALL]
    numbers = told.pivot_table(index="month", columns="series", values="n", aggfunc=lambda n: n.sum(skipna=False))
    numbers = numbers.reindex(columns=SERIES).astype("Int64")
    bad = (told["status"] == HIDDEN).groupby(told["month"]).any().reindex(numbers.index)
    bad |= any(decided.cell(name)[1] == HIDDEN for name in ACCOUNT)
    hidden = bad[::-1].cummax()[::-1] | bad.shift(fill_value=False)
    numbers = numbers.fillna(0).mask(hidden).rename_axis(columns=None)
    return numbers.assign(status=np.where(hidden, HIDDEN, OK)).reset_index()


TABLES = (
    CountTable("stock at start", "stock.start", ("county",), _stock(BEFORE)),
    CountTable("stock at end", "stock.end", ("county",), _stock(BEFORE, NOW)),
    CountTable("stock entered", "stock.entered", (), _moved((ENTERED,))),
    CountTable("stock left", "stock.left", ("end",), _moved(("left",), "end")),
    CountTable("stock not entered", "stock.not_entered", ("what",), _moved(NOT_ENTERED, "what")),
    CountTable("stock not left", "stock.not_left", ("what",), _moved(NOT_LEFT, "what", end="closed")),
    *(CountTable(f"stock {s} in month", IN_MONTH[s], ("month",), _in_month(s, NOW)) for s in SERIES),
    *(
        CountTable(f"stock {s} before", f"stock.{s}.before", ("month",), _in_month(s, BEFORE), elsewhere=True)
        for s in SERIES
    ),
)
LINKS = (
    Link(
        (),
        (Term(1, "stock.start"), Term(1, "stock.entered"), Term(-1, "stock.left"), Term(-1, "stock.end")),
    ),
    Link((), (Term(1, "taken.on"), Term(-1, "stock.entered"), Term(-1, "stock.not_entered"))),
    Link((), (Term(1, "closed"), Term(-1, "stock.left", {"end": "closed"}), Term(-1, "stock.not_left"))),
)
"""The account, and how it differs from the plain counts: all of the whole store."""
