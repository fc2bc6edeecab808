"""What people know by county and wave: what the effects of outreach are estimated on.

    found = awareness_panels(survey, HEADLINE)[0]        # one for each wording
    starts = first_treated_waves({"Yanpu": "2023-07"}, found.panel)
    reform_effects(found.panel, Reforms({"targeted_outreach": starts}), kinds=("targeted_outreach",))

The same townships are asked in every wave, so that a county's sampling errors hang together; the panel carries their
covariance. It is the sampling error alone, which says nothing of what else moves a county from wave to wave: effects
need the scatter between counties too (`did.placebo_pool`, `did.cr2`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from legalaid_eval.cells.awareness_waves import KNOWS, AwarenessSurvey, with_design
from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.awareness_findings import NEAR_CEILING, last_of
from legalaid_eval.chapters.awareness_waves import awareness_by
from legalaid_eval.chapters.reform_panel import month_numbers
from legalaid_eval.chapters.reform_results import Companions, Outcome, OutcomePanel
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.survey import WaveMeans, wave_means
from legalaid_eval.indicators.outreach import AWARENESS, HEADLINE, AwarenessMeasure

PERCENT = 100
COLUMNS = ["place", "month", "n", "value", "variance"]
NO_BRIDGE, SAME_SHIFT = "", "same_shift"
BRIDGES = (NO_BRIDGE, SAME_SHIFT)
"""How waves of different wording are joined: not at all, or taking the wording to move answers by the same points in
every county, which the waves' own effects then take out. The data test it in part, where a wave was asked in both
wordings (`outreach_bridge`)."""
UNEVEN, UNDATED, FEW_WAVES = "waves_not_even", "wave_without_day", "single_wave"
NO_SURVEY, NO_COUNTIES, NO_VARIATION = "no_survey", "counties_not_recorded", "no_variation"
ALIKE = 0.01
"""A share nearer to none or all than this, in every county and wave, is the same everywhere for all that can be told.
"""
LEAST_SHARE = 0.05
"""A way of asking that is rarer, or commoner than the rest of 1, cannot move a county's mean by much."""


@dataclass(frozen=True, eq=False, slots=True)
class WavePanel:
    """One item in one wording, or in several by a `bridge`. `panel` is None where `reason` says why.

    waves: wave -> month of its first interview. notes: of the design (`with_design`).
    """

    item: str
    wordings: tuple[str, ...]
    bridge: str
    waves: Mapping[int, str]
    panel: OutcomePanel | None
    reason: str = ""
    notes: tuple[str, ...] = ()


def awareness_panels(
    survey: AwarenessSurvey, item: str, *, bridge: str = NO_BRIDGE, segment: str | None = None
) -> tuple[WavePanel, ...]:
    """The county x wave panels of an item (AWARENESS): one for each wording, or one with a `bridge` for all.

    Values are percent, of the depth its score; `n` shares out all respondents by the people they stand for, so that
    effects are those on the adults of the treated counties. In a wave with two wordings under a bridge both count in
    every county as in the whole wave. A county with fewer answers in a wave than the least count shown has no value
    there. Waves must be evenly spaced by one of MONTHS. `segment`: of these respondents alone.

    Raises UsageError for an unknown item or bridge.
    """
    measure = _measure(item)
    if bridge not in BRIDGES:
        raise UsageError(f"found bridge '{bridge}'; expected one of: {', '.join(BRIDGES[1:])}, or nothing for none")
    answers = survey.answers[survey.answers["county"] != MISSING]
    if segment is not None:
        answers = answers[answers["segment"] == segment]
    joined = [(tuple(sorted(set(answers["wording"]))), answers)] if bridge and len(answers) else []
    apart = [((wording,), rows) for wording, rows in answers.groupby("wording")]
    return tuple(_panel(survey, measure, *part, bridge) for part in joined or apart)


def store_near_ceiling(survey: AwarenessSurvey) -> bool:
    """Whether so many have heard of legal aid in the last wave of all counties together that more outreach can hardly
    show in their share: what is estimated from the whole store is about the whole store, whatever the report's place.
    """
    answers = survey.answers[survey.answers["wave"] == survey.answers["wave"].max()]
    latest = replace(survey, answers=answers)
    last = last_of(latest, awareness_by(latest, measures=(_measure(HEADLINE),)))
    return last is not None and not pd.isna(last["estimate"]) and float(last["estimate"]) >= NEAR_CEILING


def no_panel(survey: AwarenessSurvey) -> str:
    """Why `awareness_panels` finds nothing at all."""
    return NO_COUNTIES if len(survey.answers) else NO_SURVEY


def why_unusable(waves: WavePanel) -> str:
    """Why nothing can be compared in a panel: its own reason, or NO_VARIATION where everybody, or nobody, knows in
    every county and wave, or equally many do everywhere. Empty where there is something to compare."""
    if waves.panel is None:
        return waves.reason
    top = PERCENT if waves.panel.outcome.unit == "percentage_point" else len(KNOWS)
    share = waves.panel.frame["value"].dropna() / top
    alike = np.isclose(share.max(), share.min(), rtol=0, atol=1e-9)
    return NO_VARIATION if len(share) and (alike or share.max() <= ALIKE or share.min() >= 1 - ALIKE) else ""


def _measure(item: str) -> AwarenessMeasure:
    found = [measure for measure in AWARENESS if measure.key == item]
    if not found:
        raise UsageError(f"found item '{item}'; expected one of: {', '.join(m.key for m in AWARENESS)}")
    return found[0]


def _panel(
    survey: AwarenessSurvey, measure: AwarenessMeasure, wordings: tuple[str, ...], rows: pd.DataFrame, bridge: str
) -> WavePanel:
    usable, design = with_design(rows)
    month = survey.waves.set_index("wave")["month"]
    waves = {int(wave): month.get(wave) for wave in sorted(set(usable["wave"]))}
    period, reason = _period(waves.values())
    if reason:
        return WavePanel(measure.key, wordings, bridge, waves, None, reason, design.notes)
    mix = "wording" if bridge else None
    means = wave_means(usable, outcome=measure.key, wave="wave", unit="county", count="n", mix=mix, **design.columns)
    unit = "percentage_point" if measure.unit == "percent" else measure.unit
    outcome = Outcome(measure.key, unit, False, measure.indicator, measure.relevant)
    scale = PERCENT if measure.unit == "percent" else 1
    panel = panel_of(means, waves, outcome, period, scale=scale, least=survey.min_cell)
    return WavePanel(measure.key, wordings, bridge, waves, panel, "", design.notes)


def _period(months: Iterable[str | None]) -> tuple[str, str]:
    """The length of MONTHS by which waves follow each other; or why there is none."""
    months = list(months)
    if any(pd.isna(month) for month in months):
        return "", UNDATED
    if len(months) < 2:
        return "", FEW_WAVES
    steps = set(np.diff(month_numbers(months)).tolist())
    lengths = {length: name for name, length in MONTHS.items()}
    step = steps.pop()
    return ("", UNEVEN) if steps or step not in lengths else (lengths[step], "")


def panel_of(
    means: WaveMeans, waves: Mapping[int, str], outcome: Outcome, period: str, *, scale: float = 1, least: int = 1
) -> OutcomePanel:
    """The panel of a survey's means by place and wave, with the covariance of their sampling errors."""
    months = [waves[wave] for wave in means.waves.tolist()]
    index = pd.MultiIndex.from_product([means.units, months], names=["place", "month"])
    enough = (means.n >= least) & np.isfinite(means.mean)
    people = means.weight * means.n.sum() / means.weight.sum()
    variance = scale**2 * np.diagonal(means.covariance, axis1=1, axis2=2)
    columns = {
        "n": np.where(enough, people, 0.0).ravel(),
        "value": np.where(enough, scale * means.mean, np.nan).ravel(),
        "variance": np.where(enough, variance, np.nan).ravel(),
    }
    frame = pd.DataFrame(columns, index).reset_index()[COLUMNS]
    covariance = pd.DataFrame(scale**2 * means.covariance.reshape(len(index), len(months)), index, months)
    return OutcomePanel(frame, outcome, period, covariance)


def first_treated_waves(starts: Mapping[str, str], panel: OutcomePanel) -> dict[str, str]:
    """Place -> month of the first wave that was asked in the month of its start (2023-07) or later; without places
    whose start no wave follows. A campaign between two waves can first be seen in the second."""
    months = np.array(sorted(panel.frame["month"].unique()))
    place_of = {place: int(np.searchsorted(months, start)) for place, start in starts.items()}
    return {place: str(months[at]) for place, at in place_of.items() if at < len(months)}


def complete_places(panel: OutcomePanel) -> int:
    """Places with a value in every period; only these can be compared."""
    known = panel.frame["value"].notna() & panel.frame["n"].gt(0)
    return int(known.groupby(panel.frame["place"]).all().sum())


def awareness_companions(survey: AwarenessSurvey, found: WavePanel) -> Companions:
    """Beside a panel: the same item by segment, and shares of ways of asking, which may move answers by themselves."""
    if found.panel is None:
        return Companions()
    segments = sorted(set(survey.answers["segment"]) - {MISSING})
    panels = {name: awareness_panels(survey, found.item, bridge=found.bridge, segment=name) for name in segments}
    groups = {
        ("segment", name): one.panel
        for name, parts in panels.items()
        for one in parts
        if one.wordings == found.wordings and one.waves == found.waves and one.panel is not None
    }
    return Companions(groups=groups, mix=dict(_modes(survey, found)))


def _modes(survey: AwarenessSurvey, found: WavePanel) -> Iterable[tuple[str, OutcomePanel]]:
    rows = survey.answers
    rows = rows[rows["wording"].isin(found.wordings) & (rows["county"] != MISSING)]
    usable, design = with_design(rows)
    total = usable["n"].sum()
    for mode in sorted(set(usable["mode"]) - {MISSING}):
        share = usable.loc[usable["mode"] == mode, "n"].sum() / total
        if LEAST_SHARE <= share <= 1 - LEAST_SHARE:
            asked = usable.assign(asked=(usable["mode"] == mode).astype(float))
            means = wave_means(asked, outcome="asked", wave="wave", unit="county", count="n", **design.columns)
            outcome = Outcome(f"mode={mode}", "percentage_point", False, "mix")
            yield f"mode={mode}", panel_of(means, found.waves, outcome, found.panel.period, scale=PERCENT)
