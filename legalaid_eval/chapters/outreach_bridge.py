"""What the data say of a bridge between wordings: did another wording move answers alike, campaign or not?

A bridge takes the wording to move answers by the same points in every county. Where a wave was asked in both wordings,
how far they lie apart is seen in each county; if it differs between counties with a campaign and those without one, the
effect that was estimated over the bridge is off by as much. It tests the bridge in part: in one wave, and with as few
counties as there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, isfinite, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, with_design
from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.awareness_findings import wordings_of
from legalaid_eval.chapters.awareness_panels import PERCENT, WavePanel
from legalaid_eval.chapters.reform_results import ReformEffect
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.survey import wave_means

METHOD = "welch_t"
LEAST = 2
"""Counties on each side, or nothing is known of how far they scatter."""


@dataclass(frozen=True, slots=True)
class BridgeTest:
    """How the wording moved answers in the counties of an effect. `reforms`: of the effect. `wave`: asked in both
    wordings. `treated`, `never`: mean of the newest wording less the oldest over the counties treated at some time, and
    over the others. `difference`: the first less the second, with Welch's interval (1947)."""

    reforms: tuple[str, ...]
    wave: int
    treated: float
    never: float
    difference: Estimate


def bridge_tests(
    survey: AwarenessSurvey, waves: WavePanel, effects: Sequence[ReformEffect], *, conf_level: float
) -> tuple[BridgeTest, ...]:
    """A test for each effect that has counties enough in a wave that was asked in several wordings; of several such
    waves in the one with most counties. None where no wave was."""
    if len(waves.wordings) < 2 or waves.panel is None:
        return ()
    moved = dict(_moved(survey, waves))
    if not moved:
        return ()
    wave = max(moved, key=lambda each: (len(moved[each]), -each))
    made = (_test(effect, wave, moved[wave], conf_level) for effect in effects)
    return tuple(test for test in made if test is not None)


def _moved(survey: AwarenessSurvey, waves: WavePanel) -> Iterator[tuple[int, pd.Series]]:
    """Wave -> by county the newest wording less the oldest, in the unit of the item, of waves asked in several."""
    order = wordings_of(survey.answers)
    scale = PERCENT if waves.panel.outcome.unit == "percentage_point" else 1
    usable, design = with_design(survey.answers[survey.answers["county"] != MISSING])
    for wave, asked in usable.groupby("wave"):
        ends = [wording for wording in order if wording in set(asked["wording"])]
        if len(ends) < 2:
            continue
        both = asked[asked["wording"].isin((ends[0], ends[-1]))]
        means = wave_means(both, outcome=waves.item, wave="wording", unit="county", count="n", **design.columns)
        first, last = (list(means.waves).index(wording) for wording in (ends[0], ends[-1]))
        enough = (means.n >= max(survey.min_cell, 1)).all(axis=1)
        moved = pd.Series(scale * (means.mean[:, last] - means.mean[:, first]), means.units)[enough]
        if len(moved):
            yield int(wave), moved


def _test(effect: ReformEffect, wave: int, moved: pd.Series, conf_level: float) -> BridgeTest | None:
    """None where a side has fewer than LEAST counties, or all of them moved by just the same."""
    sides = [moved.reindex(list(places)).dropna().to_numpy() for places in (effect.treated, effect.never)]
    if min(map(len, sides)) < LEAST:
        return None
    error = hypot(*(np.std(side, ddof=1) / sqrt(len(side)) for side in sides))
    ends = stats.ttest_ind(*sides, equal_var=False).confidence_interval(conf_level)
    if not error > 0 or not isfinite(ends.low):
        return None
    treated, never = (float(side.mean()) for side in sides)
    n = sum(map(len, sides))
    found = (treated - never, float(error), float(ends.low), float(ends.high), conf_level, n, n)
    unit = effect.outcome.unit
    return BridgeTest(
        effect.reforms, wave, treated, never, Estimate("difference", effect.outcome.key, unit, *found, METHOD)
    )
