"""What the outlook may show beside its models: counts from the disclosure decision, names, the periods they are of."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import pandas as pd

from legalaid_eval.cells.caseload_counts import came_series
from legalaid_eval.cells.caseload_indicators import CaseloadRegister, Count
from legalaid_eval.cells.caseload_stock import stock_series
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.base import Params
from legalaid_eval.chapters.register_places import place_key, place_name
from legalaid_eval.content import Code, Label

STOCK = ["entered", "left", "pending"]


class Told(Protocol):
    """The chapter's findings, as far as the outlook needs them."""

    params: Params
    register: CaseloadRegister


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """Shown counts of the report's place: `came` by month, `stock` (entered, left, pending) by month; missing where
    hidden, and without months that are told of no such place."""

    told: Told
    came: pd.Series
    stock: pd.DataFrame

    @property
    def register(self) -> CaseloadRegister:
        return self.told.register

    @property
    def place_codes(self) -> tuple[str, ...]:
        return self.register.places.codes

    @property
    def counties(self) -> tuple[str, ...]:
        """The counties told apart: none in a county's own report."""
        return () if self.register.places.single or len(self.place_codes) == 1 else self.place_codes

    def name(self, code: str) -> Label | Code:
        itself = code == ALL and len(self.place_codes) == 1
        return place_name(self.register.places, self.place_codes[0] if itself else code)

    def key(self, code: str) -> str:
        """How the results name a place."""
        return place_key(self.register.places, code, self.told.params.place)

    def taken_in(self, year: int, code: str = ALL) -> int | None:
        """Cases taken on in a year, where the report's period is that year and the count is shown."""
        params = self.told.params
        if (params.period_start, params.period_end) != (date(year, 1, 1), date(year, 12, 31)):
            return None
        return self.register.count(Count("taken on"), code)[0]

    def pending_at_end(self, end: date) -> int | None:
        """Cases in hand on the last day, where the period ends with it and the count is shown."""
        return self.register.count(Count("stock at end"))[0] if self.told.params.period_end == end else None


def shown_of(told: Told) -> Shown:
    """The shown months; those of a county only within the period, as no report tells more of it."""
    register = told.register
    if register.whole:
        return Shown(told, _months(came_series(register.decided), ["n"])["n"], _stock(register))
    table, codes = "cases received", register.places.codes
    months = sorted(set(register.decided.shown(table)["month"]) - {ALL})
    counts = [register.decided.together(table, "county", codes, month=month)[0] for month in months]
    return Shown(
        told, _months(pd.DataFrame({"month": months, "n": counts}), ["n"])["n"], _months(pd.DataFrame(), STOCK)
    )


def _stock(register: CaseloadRegister) -> pd.DataFrame:
    return _months(stock_series(register.decided), STOCK)


def _months(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Numbers by month, whole months in a row; a month without a count has none to show."""
    if frame.empty:
        return pd.DataFrame(columns=columns, index=pd.PeriodIndex([], freq="M"), dtype=float)
    found = frame[frame["month"].str.fullmatch(r"\d{4}-\d{2}")].set_index("month")[columns]
    found = found.astype("Float64").astype(float)
    found.index = pd.PeriodIndex(found.index, freq="M")
    if found.empty:
        return found
    return found.reindex(pd.period_range(found.index.min(), found.index.max(), freq="M"))
