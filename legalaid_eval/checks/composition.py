"""Did the mix of cases change with the reform, and is the effect no more than that?"""

from collections.abc import Mapping

import pandas as pd

from legalaid_eval.checks.base import FAIL_BELOW, CheckResult, Comparison, excludes_zero, smallest_of, status_of

MOST_EXPLAINED = 0.5
"""An effect that loses so much once the mix is held fixed is mostly a change of mix."""


def composition(
    comparison: Comparison, shares: Mapping[str, Comparison], standardised: Comparison | None
) -> CheckResult:
    """The reform's effect on shares of kinds of cases (Bonferroni), and on the outcome at one and the same mix.

    Failed if the mix moved (p < .01) and the effect found is gone or less than half at a fixed mix, or if nothing
    tells what it would be there; warned if the mix moved, or the effect is less than half. Facts: `p_value` of the
    shares, `estimate` and `standardised`, `explained`, the part of the effect that goes with the mix.
    """
    table = pd.DataFrame(
        [(name, one.fit.contrast.estimate, *_ends(one), one.fit.interval.p_value) for name, one in shares.items()],
        columns=["share", "estimate", "ci_low", "ci_high", "p_value"],
    )
    p_value, estimate = smallest_of(table["p_value"].tolist()), comparison.fit.contrast.estimate
    facts: dict[str, object] = {"p_value": p_value, "shares": len(table), "estimate": estimate}
    if not len(table) and standardised is None:
        return CheckResult("composition", "not_evaluable", facts, table)
    moved = "passed" if not len(table) else status_of(p_value)
    if standardised is None:
        return CheckResult("composition", moved, facts, table)
    fixed = standardised.fit
    explained = 1 - fixed.contrast.estimate / estimate if estimate else 0.0
    low, high = _ends(standardised)
    facts |= {"standardised": fixed.contrast.estimate, "standardised_low": low, "standardised_high": high}
    facts["explained"] = explained
    found = excludes_zero(comparison.fit.interval)
    lost = found and (explained > MOST_EXPLAINED or not excludes_zero(fixed.interval))
    certain = len(table) and p_value < FAIL_BELOW
    status = "failed" if lost and certain else "warned" if lost or moved in ("warned", "failed") else moved
    return CheckResult("composition", status, facts, table)


def _ends(comparison: Comparison) -> tuple[float, float]:
    return comparison.fit.interval.ci_low, comparison.fit.interval.ci_high
