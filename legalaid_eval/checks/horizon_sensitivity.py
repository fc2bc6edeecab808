"""Is the answer another one if cases are followed for a shorter or a longer time?"""

from collections.abc import Mapping

import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison


def horizon_sensitivity(
    comparison: Comparison,
    others: Mapping[str, Comparison],
    *,
    lower_is_better: bool,
    others_lower_is_better: Mapping[str, bool],
) -> CheckResult:
    """The same comparison on other horizons, by name; each may be a time (lower is better) or a share done.

    Failed if another horizon's interval shows the opposite, warned if its estimate does. Facts: `horizons`, how many
    were compared, `turned` and `contradicted`, how many show another direction.
    """
    rows = []
    sign = -1 if lower_is_better else 1
    better = comparison.fit.contrast.estimate * sign > 0
    for name, one in others.items():
        own, found = (-1 if others_lower_is_better[name] else 1), one.fit.interval
        turned = (one.fit.contrast.estimate * own > 0) != better
        clear = found.ci_low > 0 or found.ci_high < 0
        rows.append((name, one.fit.contrast.estimate, found.ci_low, found.ci_high, turned, turned and clear))
    table = pd.DataFrame(rows, columns=["horizon", "estimate", "ci_low", "ci_high", "turned", "contradicted"])
    facts = {"horizons": len(table), "turned": int(table["turned"].sum())}
    facts["contradicted"] = int(table["contradicted"].sum())
    if table.empty:
        return CheckResult("horizon_sensitivity", "not_evaluable", facts, table)
    status = "failed" if facts["contradicted"] else "warned" if facts["turned"] else "passed"
    return CheckResult("horizon_sensitivity", status, facts, table)
