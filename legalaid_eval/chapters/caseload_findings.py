"""What the parts of 'caseload' share: the register looked over once, the indicators of the year and the year before."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.cells.caseload_indicators import COLUMNS, Asked, CaseloadRegister, caseload_indicators
from legalaid_eval.cells.caseload_seen import CaseloadSeen, a_year_before, caseload_seen
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.chapters.register_places import ToldOfPlaces
from legalaid_eval.content import Period
from legalaid_eval.indicators.caseload import INDICATORS

FOLLOWED = ("closed_by_cutoff", "commitment_failed", "papers_awaited")
"""Parts of indicators that are followed to the last day of the data: those of the year before were followed longer."""


@dataclass(frozen=True, eq=False, slots=True)
class Told(ToldOfPlaces):
    """What the register holds, with the report it is told in.

    found, before: `caseload_indicators` of the period and of the same days a year before; `before` is empty where the
    data do not reach back so far.
    """

    params: Params
    seen: CaseloadSeen
    found: pd.DataFrame
    before: pd.DataFrame

    @property
    def register(self) -> CaseloadRegister:
        return self.seen.register

    @property
    def year_before(self) -> Period:
        return Period(*self.days_before)

    @property
    def days_before(self) -> tuple[date, date]:
        return a_year_before(self.params.period_start, self.params.period_end)

    def line(self, indicator: str, group: str, place: str = ALL, *, before: bool = False) -> pd.Series | None:
        """The line of a part of an indicator, of a county or of the place; None where there is none."""
        table = self.before if before else self.found
        rows = table[
            (table["indicator"] == indicator) & (table["group"] == group) & (table["place"] == self.key(place))
        ]
        return None if rows.empty else rows.iloc[0]


def told_of(params: Params) -> Told:
    """Look the report's store over; raises DataError if there is none."""
    days = (params.period_start, params.period_end)
    seen = caseload_seen(store_address(params), Asked(params.place, tuple(params.parts), *days, params.min_cell))
    before = pd.DataFrame(columns=COLUMNS)
    if seen.baseline is not None:
        before = _lines(seen.baseline)
        before = before[~before["group"].isin(FOLLOWED)].reset_index(drop=True)
    return Told(params, seen, _lines(seen.register), before)


def _lines(register: CaseloadRegister) -> pd.DataFrame:
    """Every indicator; a county that is the place itself is told once."""
    return caseload_indicators(register, INDICATORS).drop_duplicates(COLUMNS[:3], ignore_index=True)
