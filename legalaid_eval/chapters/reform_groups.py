"""For whom: the same comparison among the cases of one group."""

from math import isfinite

import numpy as np

from legalaid_eval.chapters.reform_panel import read_cells
from legalaid_eval.chapters.reform_results import Companions, GroupEffect, OutcomePanel
from legalaid_eval.checks.base import Comparison
from legalaid_eval.errors import UsageError


def group_effects(companions: Companions, comparison: Comparison) -> tuple[GroupEffect, ...]:
    """The effect in each group; a place with a missing cell in the group's panel is left out of the group's effect."""
    return tuple(_one(kind, group, panel, comparison) for (kind, group), panel in companions.groups.items())


def _one(kind: str, group: str, panel: OutcomePanel, comparison: Comparison) -> GroupEffect:
    other = on_panel(comparison, panel)
    n = int(np.nansum(panel.frame["n"]))
    if other is None or not isfinite(other.fit.estimate.std_error):
        return GroupEffect(kind, group, None, None, n, "not_evaluable")
    fit = other.fit
    treated = fit.panel.treated
    mean = float(np.average(fit.panel.outcomes[treated], weights=fit.panel.weights[treated]))
    return GroupEffect(kind, group, fit.estimate, mean - fit.estimate.estimate, n)


def on_panel(comparison: Comparison, panel: OutcomePanel) -> Comparison | None:
    """The same comparison, its starts and other reforms, on another panel of the same places and periods.

    None where its periods are of another length, or too few places are complete for an effect.
    """
    if panel.period != comparison.period:
        return None
    cells = read_cells(panel).frame
    columns = ["place", "month", "start", *comparison.covariates]
    frame = cells.merge(comparison.frame[columns], on=["place", "month"], how="inner")
    other = comparison.on(frame)
    try:
        other.fit  # noqa: B018
    except UsageError:
        return None
    return other
