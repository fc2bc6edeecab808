"""Is there an effect where none can be: at a false date before the true one, or just before it?"""

import numpy as np

from legalaid_eval.checks.base import CheckResult, Comparison, interval_before, status_of

FALSE_START = 18
"""Months before the true start."""
LEAST_BEFORE = 12
"""A place needs so many months before a false start, or its level there is not known."""
ANTICIPATION = 6
"""Months before the start in which an announced reform may already work."""


def placebo_dates(comparison: Comparison) -> CheckResult:
    """The effect that a start 18 months too early would show in the time before treatment.

    Failed below p = .01, warned below .05: by then treated places had moved away from the others without the reform.
    """
    return _window("placebo_dates", comparison, FALSE_START)


def anticipation(comparison: Comparison) -> CheckResult:
    """The last six months before treatment against all before them.

    Failed below p = .01, warned below .05: the reform worked before its date, or something else did.
    """
    return _window("anticipation", comparison, ANTICIPATION)


def _window(name: str, comparison: Comparison, months: int) -> CheckResult:
    """The mean distance in the `months` before treatment from what all other untreated cells predict."""
    panel, width = comparison.fit.panel, comparison.periods(months)
    event = np.arange(len(panel.periods)) - panel.start[:, None]
    known = ~panel.never & (panel.start >= width + comparison.periods(LEAST_BEFORE))
    cells = (event >= -width) & (event < 0) & known[:, None]
    facts: dict[str, object] = {"months": months, "places": int(known.sum())}
    one = comparison.fit.effect_on(cells) if cells.any() else None
    if one is None or not one.identified:
        return CheckResult(name, "not_evaluable", facts)
    found = interval_before(comparison, one.contrast)
    facts |= {
        "estimate": one.contrast.estimate,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "p_value": found.p_value,
    }
    return CheckResult(name, status_of(found.p_value), facts)
