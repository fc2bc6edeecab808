"""What the parts of 'outreach' share: the register looked over once, and the indicators of the period."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from legalaid_eval.cells.caseload_indicators import COLUMNS, caseload_indicators
from legalaid_eval.cells.outreach_seen import Asked, OutreachSeen, outreach_seen
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.chapters.register_places import ToldOfPlaces
from legalaid_eval.chapters.report_row import RowMaker
from legalaid_eval.indicators.outreach import INDICATORS

NAME = "outreach"


@dataclass(frozen=True, eq=False, slots=True)
class Told(ToldOfPlaces):
    """What the register holds, with the report it is told in. found: `caseload_indicators` of the period; `lines`:
    where in it an indicator, group and place stand."""

    params: Params
    seen: OutreachSeen
    found: pd.DataFrame
    lines: Mapping[tuple[str, str, str], int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = self.found[COLUMNS[:3]].itertuples(index=False, name=None)
        object.__setattr__(self, "lines", {name: at for at, name in enumerate(names)})

    @property
    def surveyed(self) -> tuple[str, ...] | None:
        """Codes of the counties that the survey is told of; None: the whole store."""
        return None if self.seen.places.whole else self.seen.places.codes

    def line(self, indicator: str, group: str, place: str = ALL) -> pd.Series | None:
        """The line of a part of an indicator, of a county or of the place; None where there is none."""
        at = self.lines.get((indicator, group, self.key(place)))
        return None if at is None else self.found.iloc[at]


def rows_of(told: Told) -> RowMaker:
    """Makes the chapter's rows."""
    return RowMaker(told.params, NAME, told.seen.meta.evidence)


def told_of(params: Params) -> Told:
    """Look the report's store over; raises DataError if there is none."""
    days = (params.period_start, params.period_end)
    seen = outreach_seen(store_address(params), Asked(params.place, tuple(params.parts), *days, params.min_cell))
    found = caseload_indicators(seen.register.counts, INDICATORS).drop_duplicates(COLUMNS[:3], ignore_index=True)
    return Told(params, seen, found)
