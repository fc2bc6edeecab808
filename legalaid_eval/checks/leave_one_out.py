"""Does the answer hang on a single place?"""

from math import nan

import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison, excludes_zero
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did


def leave_one_out(comparison: Comparison) -> CheckResult:
    """The effect without each place in turn, treated ones and those compared with.

    Failed if an effect was found and its direction turns without one place; warned if its interval takes in zero
    then, or leaves it out where with all places it did not. Facts: `lowest` and `highest` estimate and the places
    left out for them, `turned` and `changed`, how often direction and answer did.
    """
    whole = comparison.fit
    table = pd.DataFrame(
        [_without(whole, place) for place in whole.panel.units],
        columns=["place", "treated", "estimate", "ci_low", "ci_high"],
    )
    there = table.dropna()
    if len(there) < 2 or not whole.interval.evaluable:
        return CheckResult("leave_one_out", "not_evaluable", {"places": len(there)}, table)
    found = excludes_zero(whole.interval)
    turned = int(((there["estimate"] > 0) != (whole.contrast.estimate > 0)).sum())
    changed = int((((there["ci_low"] > 0) | (there["ci_high"] < 0)) != found).sum())
    low, high = there.loc[there["estimate"].idxmin()], there.loc[there["estimate"].idxmax()]
    facts = {
        "places": len(there),
        "lowest": float(low["estimate"]),
        "lowest_without": low["place"],
        "highest": float(high["estimate"]),
        "highest_without": high["place"],
        "turned": turned,
        "changed": changed,
    }
    status = "failed" if found and turned else "warned" if changed else "passed"
    return CheckResult("leave_one_out", status, facts, table)


def _without(whole: did.ImputationAtt, place: object) -> tuple[object, bool, float, float, float]:
    treated = not whole.panel.never[whole.panel.units == place].all()
    try:
        fit = whole.without(place)
    except UsageError:  # nothing treated, or nothing to compare with, is left
        return place, treated, nan, nan, nan
    interval = fit.interval
    return place, treated, fit.estimate.estimate, interval.ci_low, interval.ci_high
