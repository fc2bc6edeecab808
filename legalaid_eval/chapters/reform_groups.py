"""For whom: the same comparison among the cases of one group."""

from dataclasses import replace

from legalaid_eval.chapters.reform_panel import read_cells
from legalaid_eval.chapters.reform_results import Companions, GroupEffect, OutcomePanel
from legalaid_eval.chapters.reform_tables import treated_mean
from legalaid_eval.checks.base import Comparison
from legalaid_eval.errors import UsageError


def group_effects(companions: Companions, comparison: Comparison) -> tuple[GroupEffect, ...]:
    """The effect in each group; a place with a missing cell in the group's panel is left out of the group's effect."""
    return tuple(_one(kind, group, panel, comparison) for (kind, group), panel in companions.groups.items())


def _one(kind: str, group: str, panel: OutcomePanel, comparison: Comparison) -> GroupEffect:
    other, n = on_panel(comparison, panel), int(panel.frame["n"].sum())
    if other is None or not other.fit.interval.evaluable:
        return GroupEffect(kind, group, None, None, n, "not_evaluable")
    estimate = replace(other.fit.estimate, outcome=panel.outcome.key, unit=panel.outcome.unit)
    return GroupEffect(kind, group, estimate, treated_mean(other) - estimate.estimate, n)


def on_panel(comparison: Comparison, panel: OutcomePanel) -> Comparison | None:
    """The same comparison, its starts and other reforms, on another panel of the same places and periods.

    None where its periods are of another length, too few places are complete for an effect, or it cannot be told
    apart from other reforms' there.
    """
    if panel.period != comparison.period:
        return None
    columns = ["place", "month", "start", *comparison.covariates]
    frame = read_cells(panel).frame.merge(comparison.frame[columns], on=["place", "month"], how="inner")
    other = replace(comparison.on(frame), covariance=panel.covariance)
    try:
        return other if other.fit.identified else None
    except UsageError:  # nothing treated, or nothing to compare with, is left
        return None
