"""Did the treated places drift away from the others before treatment, and would a harmful drift have been seen?"""

from math import isfinite, nan

import numpy as np
import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison, interval_before, smallest_of, status_of
from legalaid_eval.estimators import did

BIN_MONTHS = 12


def pre_trends(comparison: Comparison) -> CheckResult:
    """The largest of the yearly bins before treatment, and the slope of a steady drift, as one test (Bonferroni).

    Failed below p = .01, warned below .05. Warned too if it passes but a drift that would go unseen one time in five
    (Roth 2022), continued after the start, would be as large as the effect that was found. Facts: `p_value`,
    `slope` with its interval and `detectable_slope` per year, `bias` that the slope seen and `detectable_bias` that
    the one just detectable would make.
    """
    fit, trend = comparison.fit, did.pre_trend(comparison.fit)
    bins = _bins(comparison)
    if trend.contrast is None:
        return CheckResult("pre_trends", "not_evaluable", {"bins": len(bins)}, bins)
    slope = interval_before(comparison, trend.contrast)
    p_value = smallest_of([slope.p_value, smallest_of(bins["p_value"].tolist())])
    year, estimate = comparison.periods(12), trend.contrast.estimate
    detectable = did.smallest_detectable(slope) if slope.evaluable else nan
    facts = {
        "p_value": p_value,
        "bins": len(bins),
        "slope": estimate * year,
        "slope_low": slope.ci_low * year,
        "slope_high": slope.ci_high * year,
        "detectable_slope": detectable * year,
        "bias": estimate * trend.bias_per_slope,
        "detectable_bias": abs(detectable * trend.bias_per_slope),
        "underpowered": bool(abs(detectable * trend.bias_per_slope) >= abs(fit.contrast.estimate)),
    }
    status = status_of(p_value)
    if status == "passed" and facts["underpowered"]:
        status = "warned"
    return CheckResult("pre_trends", status, facts, bins)


def _bins(comparison: Comparison) -> pd.DataFrame:
    """`start` (months since treatment), `estimate, ci_low, ci_high, p_value` of the yearly bins before treatment."""
    panel, width = comparison.fit.panel, comparison.periods(BIN_MONTHS)
    event = np.arange(len(panel.periods)) - panel.start[:, None]
    rows = []
    for number in np.unique(event[~panel.never & (panel.start > 0)] // width):
        cells = (event // width == number) & ~panel.never[:, None]
        if number >= 0:
            continue
        cells &= (~cells & ~panel.treated).any(axis=1)[:, None]
        one = comparison.fit.effect_on(cells) if cells.any() else None
        if one is None or not one.identified:
            continue
        found = interval_before(comparison, one.contrast)
        if isfinite(found.p_value):
            months = int(number) * BIN_MONTHS
            rows.append((months, one.contrast.estimate, found.ci_low, found.ci_high, found.p_value))
    return pd.DataFrame(rows, columns=["start", "estimate", "ci_low", "ci_high", "p_value"])
