"""What may be said of an effect: by its design, its interval and its checks."""

from collections.abc import Sequence

from legalaid_eval.chapters.reform_results import Outcome
from legalaid_eval.checks.base import CheckResult
from legalaid_eval.checks.overlap import MOSTLY
from legalaid_eval.estimators import did
from legalaid_eval.estimators.base import Estimate

ADDITIVE = "effects_must_add_up"
"""Reason of an answer that holds only if the effects of several reforms add up."""
RELEVANT_POINTS = 10.0
RELEVANT_SHARE = 0.25
"""An effect worth seeing, where the outcome names none: ten percentage points, or a quarter of what would have been.
The programmes promise days in place of weeks; a design that would miss a quarter has not looked."""


def verdict_of(
    outcome: Outcome,
    design: did.Design,
    estimate: Estimate,
    *,
    baseline: float,
    smallest_detectable: float,
    checks: Sequence[CheckResult],
) -> tuple[str, tuple[str, ...]]:
    """The verdict and its reasons.

    "improved" or "worsened" needs a design that establishes effects, an interval without zero and no failed check.
    "no_effect_found" needs the same with zero inside, and a design that would have seen an effect worth seeing.
    Anything else is "not_established", with all reasons. Where other reforms were in force in most of the treated
    months, each of the three holds on condition that effects add up, and has that for a reason.
    """
    given = (ADDITIVE,) if rests_on_additivity(checks) else ()
    failed = tuple(f"check.{check.name}" for check in checks if check.status == "failed")
    forbidden = design.kind != "difference_in_differences" or "no_method_holds" in design.flags
    found = estimate.ci_low > 0 or estimate.ci_high < 0
    wide = () if found or smallest_detectable <= relevant_effect(outcome, baseline) else ("too_wide",)
    if forbidden or failed or wide:
        return "not_established", (*(design.flags if forbidden else ()), *failed, *wide, *given)
    if not found:
        return "no_effect_found", given
    return ("improved" if (estimate.estimate < 0) == outcome.lower_is_better else "worsened"), given


def rests_on_additivity(checks: Sequence[CheckResult]) -> bool:
    """Whether other reforms were in force in more than half of the treated months."""
    return any(check.name == "overlap" and check.facts.get("in_force_share", 0.0) > MOSTLY for check in checks)


def relevant_effect(outcome: Outcome, baseline: float) -> float:
    """The smallest effect worth seeing, in the outcome's unit."""
    if outcome.relevant is not None:
        return outcome.relevant
    return RELEVANT_POINTS if outcome.unit == "percentage_point" else RELEVANT_SHARE * abs(baseline)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's adjusted p-values (1979), in the order given; effects without one stay without and do not count."""
    there = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, place) in enumerate(there):
        largest = max(largest, min(1.0, p * (len(there) - rank)))
        adjusted[place] = largest
    return adjusted
