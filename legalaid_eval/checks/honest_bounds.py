"""How far would trends have to bend apart before the effect could be nothing at all?"""

from math import isfinite

import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison, excludes_zero
from legalaid_eval.estimators import did

SHOWN = (0.0, 0.5, 1.0, 2.0)
"""Bends shown, as multiples of the largest seen before treatment."""


def honest_bounds(comparison: Comparison) -> CheckResult:
    """The interval of the effect where trends need not be parallel, only smooth (Rambachan and Roth 2023).

    Yearly bins against the year before treatment. Passed if an effect was found and a straight drift, as steep as
    the years before treatment allow, leaves it; informative if none was found, or if such a drift alone puts zero
    into the interval, as with few years before treatment it mostly does. Facts: `breakdown`, the largest bend (a
    change of the yearly drift from one year to the next) whose interval still leaves out zero, and `seen`, the
    largest bend before treatment, NaN with fewer than three bins. That one is mostly noise where places are few, so
    it judges nothing.
    """
    path = did.event_path(comparison.fit, width=comparison.periods(12))
    if path is None or not path.covariance.any():
        return CheckResult("honest_bounds", "not_evaluable")
    level = comparison.conf_level
    breakdown = did.breakdown_bend(path, conf_level=level)
    seen = float(abs(path.bends).max()) if len(path.bends) else float("nan")
    scale = seen if isfinite(seen) and seen > 0 else breakdown if isfinite(breakdown) else 0.0
    table = pd.DataFrame(
        [did.smooth_bounds(path, bend=bend * scale, conf_level=level) for bend in SHOWN if scale or not bend]
    )[["bend", "estimate", "worst_bias", "ci_low", "ci_high"]]
    facts = {"breakdown": breakdown, "seen": seen, "bins_before": len(path.before) + 1, "bins_after": len(path.after)}
    holds = excludes_zero(comparison.fit.interval) and breakdown > 0
    return CheckResult("honest_bounds", "passed" if holds else "informative", facts, table)
