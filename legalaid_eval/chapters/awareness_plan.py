"""What the next survey of awareness could see, worked out from the design and the answers of the last one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, SurveyDesign, with_design
from legalaid_eval.cells.base import MISSING
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import survey as sample
from legalaid_eval.estimators.survey.effects import weight_effect
from legalaid_eval.indicators.outreach import HEADLINE

POWER = 0.8
CHANGE, HALF_WIDTH = 5.0, 5.0
"""The rise worth finding, and the half width wanted for a county, in percentage points."""
ABOVE_CLAIM = 3.0
"""Where the true share is taken to lie above a claim: so many points, or half-way to 100 if that is less."""
CAUTIOUS = 0.05
"""The correlation within clusters that is reckoned with beside the one seen: few clusters hardly tell their own."""
AS_SEEN, CAREFUL = "as_seen", "cautious"
FIND_CHANGE, SHOW_CLAIM, ONE_COUNTY = "change", "claim", "county"
GOALS = (FIND_CHANGE, SHOW_CLAIM, ONE_COUNTY)
NO_SURVEY, NO_ESTIMATE, FEW_CLUSTERS = "no_survey", "no_estimate", "few_clusters"
NO_ROOM, OUT_OF_REACH = "no_room", "out_of_reach"

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class WaveDesign:
    """How the last wave was drawn. rate: percent who have heard of it. clusters: of `cluster_size` respondents each (a
    whole number), in `strata` strata, `county_strata` in a county; respondents themselves where `clustered` is false.
    overlap: the share of the clusters that the wave before had too; 1, the cautious choice, where there is none.
    correlation: within clusters, the mean of all waves, at least 0.
    """

    rate: float
    clusters: int
    cluster_size: int
    strata: int
    county_strata: int
    counties: int
    weight_effect: float
    overlap: float
    correlation: float
    clustered: bool


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What follows if answers within clusters correlate by `correlation`.

    rise: the smallest that two waves of the design find with POWER, in percentage points; None by `reason`. sizes: goal
    -> the sample it takes; reasons: goal -> why there is none.
    """

    name: str
    correlation: float
    rise: float | None
    reason: str
    sizes: Mapping[str, sample.SampleSize]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AwarenessPlan:
    """`design` is None where `reason` says why. claim, true: the claimed percentage, and the share taken to be true
    when it is to be shown. reckonings: as seen, and with more correlation than was seen (clusters only). every_point:
    respondents in a county, if all its sampling points are asked, so that chance is left only in who is asked there.
    """

    claim: float
    true: float
    design: WaveDesign | None = None
    reason: str = ""
    reckonings: tuple[Reckoning, ...] = ()
    every_point: int | None = None


def plan_of(survey: AwarenessSurvey, last: pd.Series | None, *, claim: float, conf_level: float) -> AwarenessPlan:
    """The plan for a further wave like `last` (a row of `awareness_by` for HEADLINE; None without a survey).

    Sizes are for one wave; finding a change takes two of that size. Waves are taken as independent but for going to the
    same clusters, which is the cautious side.
    """
    true = claim + min(ABOVE_CLAIM, (100 - claim) / 2)
    if last is None or pd.isna(last["estimate"]):
        return AwarenessPlan(claim, true, reason=NO_SURVEY if last is None else NO_ESTIMATE)
    design = wave_design(survey, last)
    if design.clusters <= design.strata:
        return AwarenessPlan(claim, true, reason=FEW_CLUSTERS)
    taken = {AS_SEEN: design.correlation}
    if design.clustered and design.cluster_size > 1:
        taken[CAREFUL] = max(design.correlation, CAUTIOUS)
    found = tuple(_reckoned(name, rho, design, (claim, true), conf_level) for name, rho in taken.items())
    return AwarenessPlan(claim, true, design, "", found, _at_every_point(design, conf_level))


def _at_every_point(design: WaveDesign, conf_level: float) -> int | None:
    alone = {"cluster_size": 1, "weight_effect": design.weight_effect, "conf_level": conf_level}
    size, _ = _tried(lambda: sample.sample_size(design.rate, half_width=HALF_WIDTH, **alone))
    return None if size is None else size.respondents


def wave_design(survey: AwarenessSurvey, last: pd.Series) -> WaveDesign:
    """The design of the wave and wording of a row of `awareness_by` that has an estimate."""
    answers = survey.answers
    usable, design = _usable(answers[(answers["wave"] == last["wave"]) & (answers["wording"] == last["wording"])])
    clusters = _clusters(usable, design)
    asked = float(last["n"]) * float(last["answered"]) / 100  # as told: the plan must not tell it to the person
    weights = usable[design.columns["weight"]].to_numpy(float) if "weight" in design.columns else np.ones(len(usable))
    by_county = usable[usable["county"] != MISSING].groupby("county")
    strata = by_county[design.columns["stratum"]].nunique() if "stratum" in design.columns else pd.Series(dtype=int)
    number = len(clusters) if clusters is not None else round(asked)
    return WaveDesign(
        rate=float(last["estimate"]),
        clusters=number,
        cluster_size=max(1, round(asked / number)) if clusters is not None else 1,
        strata=usable[design.columns["stratum"]].nunique() if "stratum" in design.columns else 1,
        county_strata=int(strata.max()) if len(strata) else 1,
        counties=len(by_county),
        weight_effect=weight_effect(weights, usable["n"].to_numpy(float)),
        overlap=_overlap(answers, last, clusters) if clusters is not None else 0.0,
        correlation=max(0.0, _correlation(answers)) if clusters is not None else 0.0,
        clustered=clusters is not None,
    )


def _usable(asked: pd.DataFrame) -> tuple[pd.DataFrame, SurveyDesign]:
    """Those who answered, with the design that most of those asked have."""
    usable, design = with_design(asked)
    return usable[usable[HEADLINE].notna()], design


def _clusters(usable: pd.DataFrame, design: SurveyDesign) -> set[tuple] | None:
    """The clusters, told apart by stratum; None without any."""
    if "psu" not in design.columns:
        return None
    columns = [design.columns[part] for part in ("stratum", "psu") if part in design.columns]
    return set(usable[columns].itertuples(index=False, name=None))


def _overlap(answers: pd.DataFrame, last: pd.Series, clusters: set[tuple]) -> float:
    earlier = answers.loc[answers["wave"] < last["wave"], "wave"]
    if earlier.empty:
        return 1.0
    before = _clusters(*_usable(answers[answers["wave"] == earlier.max()]))
    return len(clusters & (before or set())) / len(clusters)


def _correlation(answers: pd.DataFrame) -> float:
    """Within clusters: the mean over waves and wordings, each by its degrees of freedom; 0 where none can be told."""
    found = []
    for _, asked in answers.groupby(["wave", "wording"]):
        usable, design = _usable(asked)
        if "psu" not in design.columns or usable.empty:
            continue
        try:
            effect = sample.design_effect(usable, outcome=HEADLINE, count="n", lonely="adjust", **design.columns)
        except UsageError:  # everybody said the same
            continue
        if effect.intra_cluster is not None and effect.degrees_of_freedom > 0:
            found.append((effect.intra_cluster, effect.degrees_of_freedom))
    if not found:
        return 0.0
    values, weights = zip(*found, strict=True)
    return float(np.average(values, weights=weights))


def _reckoned(name: str, rho: float, design: WaveDesign, bounds: tuple[float, float], conf_level: float) -> Reckoning:
    claim, true = bounds
    same = {
        "cluster_size": design.cluster_size, "intra_cluster": min(rho, 1.0), "weight_effect": design.weight_effect,
        "power": POWER, "conf_level": conf_level,
    }  # fmt: skip
    waves = same | {"strata": design.strata, "overlap": design.overlap}
    seen, reason = _tried(lambda: sample.smallest_detectable_change(design.rate, clusters=design.clusters, **waves))
    rise = seen.rise if seen is not None else None
    tried = {
        FIND_CHANGE: _tried(lambda: sample.sample_size(design.rate, change=CHANGE, **waves)),
        SHOW_CLAIM: _tried(lambda: sample.sample_size(true, threshold=claim, strata=design.strata, **same)),
        ONE_COUNTY: _tried(
            lambda: sample.sample_size(design.rate, half_width=HALF_WIDTH, strata=design.county_strata, **same)
        ),
    }
    if design.rate + CHANGE > 100:
        tried[FIND_CHANGE] = None, NO_ROOM
    sizes = {goal: size for goal, (size, _) in tried.items() if size is not None}
    reasons = {goal: why for goal, (_, why) in tried.items() if why}
    return Reckoning(name, rho, rise, reason or ("" if rise is not None else OUT_OF_REACH), sizes, reasons)


def _tried(plan: Callable[[], _Found]) -> tuple[_Found | None, str]:
    """What the planner says, or that it has no answer."""
    try:
        return plan(), ""
    except UsageError:
        return None, OUT_OF_REACH
