"""Other views of the cases behind an outcome: horizons, mix, a fixed mix, groups, and what no reform can move."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.processing_panels import COLUMNS, PERCENT, outcome_of, outcome_panel, period_starts
from legalaid_eval.chapters.reform_results import Companions, GroupEffect, Outcome, OutcomePanel
from legalaid_eval.estimators.standardisation import standardise
from legalaid_eval.indicators.processing_time import PLACEBO, Measure

LEAST_CASES = 50
"""A group with fewer cases in the whole store has no effect of its own: a handful a year in all counties together."""
LEAST_SHARE = 0.05
"""Kinds of cases rarer than this cannot move the mean of all by much; their shares would only add tests."""
HORIZONS = (5, 10, 20)
WITHIN = (1, 3)
STRATUM = "case_type"
PARTS = ("case_type", "channel")
"""Kinds of groups that part all cases; recipient groups overlap."""
KINDS = (PARTS[0], "recipient_group", PARTS[1])


@dataclass(frozen=True, eq=False, slots=True)
class Sources:
    """Cells of a measure: `cells` split by case type and channel, `groups` by recipient group, `placebo` of PLACEBO."""

    measure: Measure
    cells: pd.DataFrame
    groups: pd.DataFrame
    placebo: pd.DataFrame

    @property
    def months(self) -> pd.Series:
        return self.cells["month"]


def checks_of(sources: Sources, period: str) -> Companions:
    """What the checks look at: other horizons, an outcome out of reach, the mix of cases, and a fixed mix."""
    placebo = trimmed(outcome_panel(sources.placebo, PLACEBO, period=period, months=sources.months))
    return Companions(
        horizons=dict(_horizons(sources, period)),
        placebo_outcomes={} if placebo.frame.empty else {PLACEBO.key: placebo},
        standardised=fixed_mix(sources, period),
        mix=dict(_mix(sources, period)),
    )


def groups_of(sources: Sources, period: str) -> Companions:
    """The groups with enough cases."""
    panels = {
        (kind, group): outcome_panel(cells, sources.measure, period=period, months=sources.months)
        for kind, group, cells in _each_group(sources)
        if cells["n"].sum() >= LEAST_CASES
    }
    return Companions(groups=panels)


def too_small(sources: Sources) -> tuple[tuple[str, str], ...]:
    """Kind and name of the groups with too few cases."""
    return tuple((kind, group) for kind, group, cells in _each_group(sources) if cells["n"].sum() < LEAST_CASES)


def _each_group(sources: Sources) -> Iterator[tuple[str, str, pd.DataFrame]]:
    for kind in KINDS:
        cells = sources.groups if kind == "recipient_group" else sources.cells
        for group, of_group in cells[cells[kind] != MISSING].groupby(kind):
            yield kind, str(group), of_group


def without_remainder(groups: Sequence[GroupEffect], *, total: int, least: int) -> tuple[GroupEffect, ...]:
    """The groups, of each kind that parts all cases less the smallest where what is left would be a small count."""
    hidden = []
    for kind in PARTS:
        told = [group for group in groups if group.kind == kind and group.estimate is not None]
        if told and 0 < total - sum(group.n for group in told) < least:
            hidden.append(min(told, key=lambda group: group.n))
    return tuple(group for group in groups if group not in hidden)


def trimmed(panel: OutcomePanel) -> OutcomePanel:
    """The panel without the periods at its ends in which fewer places have a value than in others."""
    known = panel.frame["value"].notna().groupby(panel.frame["month"]).sum()
    full = known.index[known == known.max()] if len(known) else known.index
    if not len(full):
        return panel
    kept = panel.frame["month"].between(full.min(), full.max())
    return replace(panel, frame=panel.frame[kept].reset_index(drop=True))


def _horizons(sources: Sources, period: str) -> Iterator[tuple[str, OutcomePanel]]:
    measure = sources.measure
    others = [replace(measure, horizon=days, within=None, unit=measure.days) for days in HORIZONS]
    others += [
        replace(measure, horizon=None, within=days, unit="percentage_point", lower_is_better=False) for days in WITHIN
    ]
    for other in others:
        if (other.horizon, other.within) != (measure.horizon, measure.within):
            name = f"mean_{other.horizon}" if other.horizon else f"within_{other.within}"
            yield name, trimmed(outcome_panel(sources.cells, other, period=period))


def fixed_mix(sources: Sources, period: str) -> OutcomePanel | None:
    """The outcome as it would be if every cell had all cases' mix of case types; None where there is one type."""
    cells = sources.cells[sources.cells[STRATUM] != MISSING]
    shares = cells.groupby(STRATUM)["n"].sum()
    if len(shares) < 2:
        return None
    parts = [_of_stratum(sources, kind, period) for kind in shares.index]
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(std_error=np.sqrt(frame["variance"])).dropna(subset=["value", "std_error"])
    fixed = standardise(frame, by=["place", "month"], stratum="stratum", weights=shares, estimate="value")
    counted = outcome_panel(sources.cells, sources.measure, period=period).frame[["place", "month", "n"]]
    whole = counted.merge(fixed, on=["place", "month"], how="left").assign(variance=lambda rows: rows["std_error"] ** 2)
    return OutcomePanel(whole[COLUMNS], outcome_of(sources.measure), period)


def _of_stratum(sources: Sources, kind: str, period: str) -> pd.DataFrame:
    cells = sources.cells[sources.cells[STRATUM] == kind]
    return outcome_panel(cells, sources.measure, period=period, months=sources.months).frame.assign(stratum=kind)


def _mix(sources: Sources, period: str) -> Iterator[tuple[str, OutcomePanel]]:
    """Shares of case types and of recipient groups that are neither rare nor everybody."""
    total = float(sources.cells["n"].sum())
    starts = period_starts(sources.months, period)
    counted = _counts(sources.cells, starts)
    for kind, group, cells in _each_group(sources):
        share = cells["n"].sum() / total if total else 0.0
        if kind != "channel" and LEAST_SHARE <= share <= 1 - LEAST_SHARE:
            yield f"{kind}={group}", _share_panel(f"{kind}={group}", counted, _counts(cells, starts), period)


def _counts(cells: pd.DataFrame, starts: Mapping[str, str]) -> pd.Series:
    month = cells["month"].map(starts).rename("month")
    return cells.groupby([cells["county"].rename("place"), month])["n"].sum()


def _share_panel(name: str, whole: pd.Series, part: pd.Series, period: str) -> OutcomePanel:
    """A kind's share of the cases in percent, with the sampling variance of each place's share over all periods."""
    frame = whole.rename("n").to_frame().assign(k=part).fillna({"k": 0.0}).reset_index()
    sums = frame.groupby("place")[["n", "k"]].transform("sum")
    pooled = (sums["k"] + 0.5) / (sums["n"] + 1)  # never 0 or 1, which would count as certain
    frame = frame.assign(value=PERCENT * frame["k"] / frame["n"], variance=PERCENT**2 * pooled * (1 - pooled))
    frame["variance"] /= frame["n"]
    return OutcomePanel(frame[COLUMNS], Outcome(name, "percentage_point", False, "mix"), period)
