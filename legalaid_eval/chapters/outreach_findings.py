"""What the parts of 'outreach' share: the register looked over once, and the indicators of the period."""

from dataclasses import dataclass

import pandas as pd

from legalaid_eval.cells.caseload_indicators import COLUMNS, caseload_indicators
from legalaid_eval.cells.outreach_seen import Asked, OutreachSeen, outreach_seen
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.chapters.register_places import ToldOfPlaces
from legalaid_eval.indicators.outreach import INDICATORS

NAME = "outreach"


@dataclass(frozen=True, eq=False, slots=True)
class Told(ToldOfPlaces):
    """What the register holds, with the report it is told in. found: `caseload_indicators` of the period."""

    params: Params
    seen: OutreachSeen
    found: pd.DataFrame

    @property
    def surveyed(self) -> tuple[str, ...] | None:
        """Codes of the counties that the survey is told of; None: the whole store."""
        return None if self.seen.places.whole else self.seen.places.codes

    def line(self, indicator: str, group: str, place: str = ALL) -> pd.Series | None:
        """The line of a part of an indicator, of a county or of the place; None where there is none."""
        table = self.found
        rows = table[
            (table["indicator"] == indicator) & (table["group"] == group) & (table["place"] == self.key(place))
        ]
        return None if rows.empty else rows.iloc[0]


def told_of(params: Params) -> Told:
    """Look the report's store over; raises DataError if there is none."""
    days = (params.period_start, params.period_end)
    seen = outreach_seen(store_address(params), Asked(params.place, tuple(params.parts), *days, params.min_cell))
    found = caseload_indicators(seen.register.counts, INDICATORS).drop_duplicates(COLUMNS[:3], ignore_index=True)
    return Told(params, seen, found)
