"""What the outlook on caseload is made of, taken from a store at once: months for models, and nothing to be shown."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from legalaid_eval.calendar import festival_share
from legalaid_eval.cells.caseload_series import left_out, monthly_counts, stock_by_month
from legalaid_eval.cells.processing_time import stage_cells
from legalaid_eval.cells.stages import last_day
from legalaid_eval.register.store import open_store

REVIEW = "accepted_decided"
"""The step a same-day review saves: from the acceptance, when a case enters the stock, to the decision."""


@dataclass(frozen=True, eq=False, slots=True)
class OutlookCells:
    """Panels `county, month, n` of `came` (application or notice) and `taken_on`; `types` with case_type too.

    stock: `county, month, entered, left, pending`. review: `stage_cells` of REVIEW in working days. end: the last day
    looked at; months that it cuts are missing in the panels. unplaced: cases without a county, which no panel has.
    """

    came: pd.DataFrame
    taken_on: pd.DataFrame
    types: pd.DataFrame
    stock: pd.DataFrame
    review: pd.DataFrame
    end: date
    unplaced: int

    @property
    def cut_month(self) -> bool:
        """Whether the last day lies inside of a month."""
        return (self.end + timedelta(days=1)).day != 1


def outlook_cells(address: str, *, until: date) -> OutlookCells:
    """Take it all, up to `until` or the last day of the data; raises DataError if there is no store."""
    with open_store(address) as store:
        end = min(until, last_day(store))
        return OutlookCells(
            monthly_counts(store, what="came", until=end),
            monthly_counts(store, what="taken_on", until=end),
            monthly_counts(store, what="came", by=("case_type",), until=end),
            stock_by_month(store, until=end),
            stage_cells(store, REVIEW, by=(), unit="working_day"),
            end,
            left_out(store, what="came")["no_county"],
        )


def festival(first: pd.Period, last: pd.Period) -> pd.Series:
    """The share of each month's days that lie round the Lunar New Year, by month; known long beforehand."""
    return festival_share(pd.period_range(first, last, freq="M"))
