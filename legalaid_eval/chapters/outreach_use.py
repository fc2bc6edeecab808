"""Use of legal aid as an outcome of outreach: counts by county and quarter, and changes of them in percent.

    panel = use_panel(told.seen.use["applications"], USE[0])
    effects = [as_percent(effect) for effect in reform_effects(panel, ...)]

A campaign changes counts by a share, whatever a county's size. So the panel has logarithms, in which equal shares are
equal steps and counties of any size can be compared, and what was estimated is turned back into percent.
"""

from dataclasses import replace
from math import exp, log1p

import numpy as np
import pandas as pd

from legalaid_eval.chapters.effect_prose import IN_UNIT
from legalaid_eval.chapters.processing_panels import COLUMNS, period_starts
from legalaid_eval.chapters.reform_results import Beside, Outcome, OutcomePanel, ReformEffect
from legalaid_eval.checks.base import MONTHS, CheckResult
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.outreach import UseMeasure

LOG_POINTS = 100
PERCENT = "percent"
TRIED = ("quarter", "half_year", "year")
ENDS = ["estimate", "ci_low", "ci_high"]


def use_panel(panel: pd.DataFrame, measure: UseMeasure, period: str = "quarter") -> OutcomePanel:
    """100 times the logarithm of a measure's count by county and period, from its months (`county, month, n`).

    A period with a month that is not known, or without a single case, has no value: never zero, whose logarithm there
    is not. Periods are counted back from the last month (`period_starts`). The sampling variance is that of a Poisson
    count, 100^2 / count. `n` is the county's mean count in all its periods: weights that moved with the count would
    make more of a count the larger chance made it.
    """
    starts = period_starts(panel["month"], period) if len(panel) else {}
    months = panel.assign(place=panel["county"], month=panel["month"].map(starts)).dropna(subset="month")
    if months.empty:
        return OutcomePanel(pd.DataFrame(columns=COLUMNS), outcome_of(measure), period)
    known = months.groupby(["place", "month"])["n"].agg(["sum", "count"]).astype(float)
    count = known["sum"].where((known["count"] == MONTHS[period]) & (known["sum"] > 0))
    usual = count.groupby(level="place").transform("mean").where(count.notna(), 0.0)
    columns = {"n": usual, "value": LOG_POINTS * np.log(count), "variance": LOG_POINTS**2 / count}
    return OutcomePanel(pd.DataFrame(columns).reset_index()[COLUMNS], outcome_of(measure), period)


def fitting_panel(panel: pd.DataFrame, measure: UseMeasure) -> OutcomePanel:
    """`use_panel` in the shortest of TRIED in which as many counties as in any have a value in every period."""
    panels = [use_panel(panel, measure, period) for period in TRIED]
    complete = [int(each.frame["value"].notna().groupby(each.frame["place"]).all().sum()) for each in panels]
    return panels[complete.index(max(complete))]


def outcome_of(measure: UseMeasure) -> Outcome:
    """The outcome in log points; the smallest change worth seeing is turned into them."""
    return Outcome(measure.key, PERCENT, False, measure.indicator, LOG_POINTS * log1p(measure.relevant / 100))


def percent_of(log_points: float) -> float:
    """The change in percent that a change of 100 times the logarithm is: 100 (exp(x / 100) - 1)."""
    with np.errstate(over="ignore"):  # an end far beyond every count is open
        return float(100 * np.expm1(log_points / LOG_POINTS))


def as_percent(effect: ReformEffect) -> ReformEffect:
    """An effect on a panel of `use_panel` as a change of the count in percent of what it would have been.

    Estimates and the ends of their intervals are turned by `percent_of`, which keeps their order, so that intervals
    cover as before; standard errors by its slope at the estimate (delta method). The smallest change that would
    probably have been seen is that of a rise. There is no baseline and no series: both would be logarithms of counts
    that are not to be shown. Checks keep their status, without sizes.
    """
    relevant = effect.outcome.relevant
    outcome = replace(effect.outcome, relevant=None if relevant is None else percent_of(relevant))
    smallest = effect.smallest_detectable
    return replace(
        effect,
        outcome=outcome,
        estimate=_estimate(effect.estimate),
        smallest_detectable=None if smallest is None else percent_of(smallest),
        beside=tuple(_beside(other) for other in effect.beside),
        event_study=_table(effect.event_study),
        by_place=_table(effect.by_place),
        checks=tuple(_check(check) for check in effect.checks),
        baseline=None,
        series=None,
    )


def _estimate(found: Estimate | None) -> Estimate | None:
    if found is None:
        return None
    ends = {name: percent_of(getattr(found, name)) for name in ENDS}
    return replace(found, std_error=found.std_error * exp(found.estimate / LOG_POINTS), **ends)


def _beside(other: Beside) -> Beside:
    return replace(other, estimate=_estimate(other.estimate))


def _table(table: pd.DataFrame | None) -> pd.DataFrame | None:
    if table is None:
        return None
    slope = np.exp(table["estimate"].astype(float) / LOG_POINTS)
    ends = {name: 100 * np.expm1(table[name].astype(float) / LOG_POINTS) for name in ENDS}
    return table.assign(std_error=table["std_error"] * slope, **ends)


def _check(check: CheckResult) -> CheckResult:
    return replace(check, facts={name: fact for name, fact in check.facts.items() if name not in IN_UNIT}, table=None)
