"""For whom, in longer periods than the effect itself: single months of single places hold too few cases of a group."""

from collections.abc import Sequence
from dataclasses import replace

from legalaid_eval.chapters.reform_comparison import bundled
from legalaid_eval.chapters.reform_groups import group_effects
from legalaid_eval.chapters.reform_panel import read_cells
from legalaid_eval.chapters.reform_results import Companions, GroupEffect, OutcomePanel, ReformEffect, Reforms
from legalaid_eval.estimators import did


def groups_of_effect(
    effect: ReformEffect,
    panel: OutcomePanel,
    reforms: Reforms,
    companions: Companions,
    *,
    bearing: Sequence[str],
    conf_level: float,
) -> tuple[GroupEffect, ...]:
    """The effect in every group of `companions`, by the comparison of `effect` on another `panel` of the same cases.

    `reforms` are the starts in the periods of that panel, which the groups share. Without groups where the effect has
    no comparison, or its reforms cannot be told apart from others in these periods.
    """
    if effect.estimate is None or effect.method != "difference_in_differences":
        return ()
    kinds, _, adjusted = bundled(read_cells(panel), reforms, effect.reforms, bearing, conf_level)
    if adjusted is None or set(kinds) != set(effect.reforms):
        return ()
    made = adjusted.comparison
    scale = did.pre_period_ratio(made.fit.contrast, block=made.periods(3)).treated_scale
    comparison = replace(made, inference=effect.design.inference or "placebo_pool", treated_scale=scale)
    return group_effects(companions, comparison)
