"""Does something move that the reform cannot move?"""

from collections.abc import Mapping

import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison, smallest_of, status_of


def placebo_outcomes(comparisons: Mapping[str, Comparison]) -> CheckResult:
    """The same comparison on outcomes out of the reform's reach, by name, tested together (Bonferroni).

    Failed below p = .01, warned below .05: then other things changed in the treated places at the same time.
    """
    rows = []
    for name, comparison in comparisons.items():
        found = comparison.fit.interval
        rows.append((name, comparison.fit.contrast.estimate, found.ci_low, found.ci_high, found.p_value))
    table = pd.DataFrame(rows, columns=["outcome", "estimate", "ci_low", "ci_high", "p_value"])
    p_value = smallest_of(table["p_value"].tolist())
    return CheckResult("placebo_outcomes", status_of(p_value), {"outcomes": len(table), "p_value": p_value}, table)
