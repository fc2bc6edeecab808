"""Outcomes of processing time by place and month: what the effects of reforms are estimated on."""

import numpy as np
import pandas as pd

from legalaid_eval.chapters.reform_results import Outcome, OutcomePanel
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.estimators.duration import done_by_cells, rmst_cells
from legalaid_eval.indicators.processing_time import Measure

PERCENT = 100
COLUMNS = ["place", "month", "n", "value", "variance"]
TRIED = ("month", "quarter", "half_year")


def outcome_of(measure: Measure) -> Outcome:
    return Outcome(measure.key, measure.unit, measure.lower_is_better, measure.indicator)


def outcome_panel(
    cells: pd.DataFrame, measure: Measure, *, period: str | None = None, months: pd.Series | None = None
) -> OutcomePanel:
    """The measure by county and period from `outcome_cells`: one row for each, `n` 0 and no value where no case is.

    `period`: month, quarter or half_year; None: the shortest in which as many counties as in half-years have a value
    in every period. Periods are counted back from the last of `months`, those of the cells if None, so that the panels
    of some of the cases have the periods of all; a first one that is not whole is left out.

    The sampling variance of a value is the county's, pooled over time, divided by the period's cases: Greenwood's of
    a single small cell is 0 where all cases took equally long, and would then count as exact.
    """
    months = cells["month"] if months is None else months
    if period is not None:
        return OutcomePanel(_frame(cells, measure, period, months), outcome_of(measure), period)
    panels = {name: outcome_panel(cells, measure, period=name, months=months) for name in TRIED}
    most = max(_complete(panel) for panel in panels.values())
    return next(panel for panel in panels.values() if _complete(panel) == most)


def _complete(panel: OutcomePanel) -> int:
    """Counties with a value in every period."""
    return int(panel.frame["value"].notna().groupby(panel.frame["place"]).all().sum())


def _frame(cells: pd.DataFrame, measure: Measure, period: str, months: pd.Series) -> pd.DataFrame:
    if cells.empty:
        return pd.DataFrame(columns=COLUMNS)
    starts = period_starts(months, period)
    cells = cells.assign(month=cells["month"].map(starts)).dropna(subset="month")
    found = _values(cells, measure).rename(columns={"county": "place"})
    whole = pd.MultiIndex.from_product(
        [sorted(cells["county"].unique()), sorted(set(starts.values()))], names=["place", "month"]
    )
    found = found.set_index(["place", "month"]).reindex(whole).reset_index()
    return found.assign(n=found["n"].fillna(0), variance=_variance(found))[COLUMNS]


def _values(cells: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    names = {"duration": "duration", "event": "event", "count": "n", "by": ["county", "month"]}
    if measure.horizon is not None:
        return rmst_cells(cells, horizon=measure.horizon, **names).rename(columns={"rmst": "value"})
    found = done_by_cells(cells, day=measure.within, **names)
    return found.assign(value=PERCENT * found["share"], std_error=PERCENT * found["std_error"])


def _variance(found: pd.DataFrame) -> pd.Series:
    """The variance of one case in each county, averaged over its periods by their cases, over the period's cases."""
    known = found["value"].notna()
    weight = found["n"].where(known)
    one = (weight * found["std_error"] ** 2 * weight).groupby(found["place"]).transform("sum")
    pooled = one / weight.groupby(found["place"]).transform("sum")
    return (pooled / weight).where(known)


def period_starts(months: pd.Series, period: str) -> dict[str, str]:
    """Month -> first month of its period, of the whole periods that end with the last month there is."""
    length = MONTHS[period]
    first, last = pd.Period(months.min(), "M"), pd.Period(months.max(), "M")
    count = (last.ordinal - first.ordinal + 1) // length
    every = pd.period_range(last - count * length + 1, last, freq="M") if count else []
    return {str(month): str(every[place - place % length]) for place, month in enumerate(every)}


def first_treated(starts: dict[str, str], panel: OutcomePanel) -> dict[str, str]:
    """Place -> the period of the panel in which a reform starts there, from place -> month of its start.

    A start before the panel is taken as its first period; one after it is none.
    """
    periods = np.array(sorted(panel.frame["month"].unique()))
    found = {place: int(np.searchsorted(periods, month, side="right")) - 1 for place, month in starts.items()}
    end = str(pd.Period(periods[-1], "M") + MONTHS[panel.period] - 1)
    return {place: str(periods[max(at, 0)]) for place, at in found.items() if starts[place] <= end}
