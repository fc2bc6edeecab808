"""All checks of one comparison, with what the register offers for them."""

from collections.abc import Mapping, Sequence

import pandas as pd

from legalaid_eval.chapters.reform_groups import on_panel
from legalaid_eval.chapters.reform_panel import first_starts, month_numbers
from legalaid_eval.chapters.reform_results import Companions, OutcomePanel, Reforms
from legalaid_eval.checks.base import CheckResult, Comparison
from legalaid_eval.checks.before_start import anticipation, placebo_dates
from legalaid_eval.checks.composition import composition
from legalaid_eval.checks.honest_bounds import honest_bounds
from legalaid_eval.checks.horizon_sensitivity import horizon_sensitivity
from legalaid_eval.checks.leave_one_out import leave_one_out
from legalaid_eval.checks.overlap import overlap
from legalaid_eval.checks.placebo_outcomes import placebo_outcomes
from legalaid_eval.checks.pre_period_variance import pre_period_variance
from legalaid_eval.checks.pre_trends import pre_trends

CHECKS = (
    "pre_trends",
    "pre_period_variance",
    "placebo_dates",
    "anticipation",
    "placebo_outcomes",
    "leave_one_out",
    "composition",
    "horizon_sensitivity",
    "honest_bounds",
    "overlap",
)
"""In the order in which they are told."""


def all_checks(
    comparison: Comparison,
    companions: Companions,
    *,
    lower_is_better: bool,
    apart: pd.DataFrame,
    coarse: Sequence[str],
    unadjusted: Comparison | None,
) -> tuple[CheckResult, ...]:
    """Every check, in the order of CHECKS."""
    horizons = comparisons_on(comparison, companions.horizons)
    standardised = None if companions.standardised is None else on_panel(comparison, companions.standardised)
    return (
        pre_trends(comparison),
        pre_period_variance(comparison),
        placebo_dates(comparison),
        anticipation(comparison),
        placebo_outcomes(comparisons_on(comparison, companions.placebo_outcomes)),
        leave_one_out(comparison),
        composition(comparison, comparisons_on(comparison, companions.mix), standardised),
        horizon_sensitivity(
            comparison,
            horizons,
            lower_is_better=lower_is_better,
            others_lower_is_better={name: companions.horizons[name].outcome.lower_is_better for name in horizons},
        ),
        honest_bounds(comparison),
        overlap(comparison, unadjusted, apart, coarse=coarse),
    )


def comparisons_on(comparison: Comparison, panels: Mapping[str, OutcomePanel]) -> dict[str, Comparison]:
    """The same comparison on other panels; those without an effect to estimate are left out."""
    made = {name: on_panel(comparison, panel) for name, panel in panels.items()}
    return {name: one for name, one in made.items() if one is not None}


def months_apart(reforms: Reforms, treated: Mapping[str, str], others: Sequence[str]) -> pd.DataFrame:
    """`reform, place, months, treated_places`: from each treated place's start to the other reforms' there."""
    rows = []
    for kind in others:
        starts = first_starts(reforms, [kind], treated)
        for place, start in starts.items():
            own, other = month_numbers([treated[place], start])
            rows.append((kind, place, int(other - own), len(treated)))
    return pd.DataFrame(rows, columns=["reform", "place", "months", "treated_places"])
