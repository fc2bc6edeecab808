"""Were the treated places' ups and downs larger than the others' already before treatment?"""

from legalaid_eval.checks.base import WARN_BELOW, CheckResult, Comparison
from legalaid_eval.estimators import did

FEW_TREATED = 3
"""With up to three treated places no interval holds its level if their shocks are larger (docs/methods.md)."""


def pre_period_variance(comparison: Comparison) -> CheckResult:
    """F test of quarterly means before treatment. Below p = .05 the interval is widened by the ratio and the check
    warns; with up to three treated places widening is not enough and it fails."""
    found = did.pre_period_ratio(comparison.fit.contrast, block=comparison.periods(3))
    facts = {"ratio": found.ratio, "p_value": found.p_value, "widened_by": found.treated_scale}
    if not found.evaluable:
        return CheckResult("pre_period_variance", "not_evaluable", facts)
    if found.p_value >= WARN_BELOW:
        return CheckResult("pre_period_variance", "passed", facts)
    few = comparison.fit.contrast.n_treated <= FEW_TREATED
    return CheckResult("pre_period_variance", "failed" if few else "warned", facts)
