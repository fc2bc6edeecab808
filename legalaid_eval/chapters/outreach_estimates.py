"""What outreach changed: what people know, and what they do, in counties that began against those that had not yet.

    effects = effects_of(told)
    effects.headline, effects.apart, effects.others, effects.use

Effects are about the whole store, whatever place the report is about: a county alone has nothing to be compared with.
What people know comes from the survey's panel of counties and waves, whose intervals count the scatter between counties
besides the sampling of respondents (`did.placebo_pool`); what they do, from counts by county and quarter.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, told_base
from legalaid_eval.chapters.awareness_panels import (
    WavePanel,
    awareness_companions,
    awareness_panels,
    complete_places,
    first_treated_waves,
    no_panel,
    why_unusable,
)
from legalaid_eval.chapters.outreach_bridge import BridgeTest, bridge_tests
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_use import as_percent, fitting_panel
from legalaid_eval.chapters.processing_panels import first_treated
from legalaid_eval.chapters.reform_comparison import sides_of
from legalaid_eval.chapters.reform_effect import reform_effects
from legalaid_eval.chapters.reform_panel import read_cells
from legalaid_eval.chapters.reform_results import ReformEffect, Reforms
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.outreach import AWARENESS, DEPTH, HEADLINE, REFORMS, USE, UseMeasure

NO_DATE, NOT_ASKED = "no_reform_date", "not_asked"
FEW_ANSWERS, NOTHING_TO_COMPARE = "few_answers", "nothing_to_compare"
NOT_FOR_SURVEYS = ("horizon_sensitivity", "placebo_outcomes")
"""A survey follows nobody for longer or shorter; and what outreach cannot move is in no survey, but in `use`."""
NOT_FOR_COUNTS = (*NOT_FOR_SURVEYS, "composition")


@dataclass(frozen=True, eq=False, slots=True)
class Apart:
    """The effect on the waves of one wording alone, beside those of all wordings together or of another one."""

    wording: str
    effect: ReformEffect


@dataclass(frozen=True, eq=False, slots=True)
class OutreachEffects:
    """item: what is looked at, heard_of, or the depth of what is known where hardly anybody has not heard of it.
    waves: the panel of the headline; None without one. headline: the effects on the item. apart: those in each wording
    that is not, or not alone, in the headline. others: on the other items of the same waves. use: on what people do, in
    percent, and on what outreach cannot move. bridges: what the data say of the bridge that joins several wordings, by
    effect of the headline. reason: why nothing can be said of what people know."""

    item: str
    waves: WavePanel | None = None
    headline: tuple[ReformEffect, ...] = ()
    apart: tuple[Apart, ...] = ()
    others: tuple[ReformEffect, ...] = ()
    use: tuple[ReformEffect, ...] = ()
    bridges: tuple[BridgeTest, ...] = ()
    reason: str = ""

    @property
    def near_ceiling(self) -> bool:
        return self.item == DEPTH

    @property
    def joined(self) -> bool:
        """Whether the headline compares waves of several wordings by a bridge."""
        return self.waves is not None and len(self.waves.wordings) > 1

    @property
    def bridge_check(self) -> Estimate | None:
        """By how much more the wording moved answers in counties with a campaign than in the others; None where no
        wave was asked in several wordings, or none are joined."""
        return self.bridges[0].difference if self.bridges else None

    def confirmed(self, effect: ReformEffect) -> bool:
        """Whether the waves of a single wording by themselves give the same answer."""
        return any(one.effect.verdict == effect.verdict for one in self.of_wordings(effect))

    def of_wordings(self, effect: ReformEffect) -> tuple[Apart, ...]:
        """The same effect in each wording by itself."""
        return tuple(one for one in self.apart if one.effect.reforms == effect.reforms)

    def of_use(self, measure: UseMeasure, kinds: tuple[str, ...]) -> ReformEffect | None:
        """The effect of the kinds of reform on a measure, or of a bundle with all of them; None where there is none."""
        found = [effect for effect in self.use if effect.outcome.key == measure.key]
        found = [effect for effect in found if set(kinds) <= set(effect.reforms)]
        return max(found, key=lambda effect: (effect.estimate is not None, -len(effect.reforms)), default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a survey: the kinds of reform with a date that are looked at, their starts, the bridge between
    wordings, and how answers are made."""

    kinds: tuple[str, ...]
    starts: Mapping[str, Mapping[str, str]]
    bridge: str
    conf_level: float
    seed: int

    def reforms(self, waves: WavePanel) -> Reforms:
        return Reforms({kind: first_treated_waves(self.starts[kind], waves.panel) for kind in self.kinds})


def effects_of(told: Told, *, near_ceiling: bool = False) -> OutreachEffects:
    """All effects of outreach in the store; `near_ceiling`: of what is known rather than of having heard of it.

    Never raises for want of data: `reason` and the effects themselves say what cannot be told.
    """
    params, starts = told.params, told.seen.starts
    dated = tuple(kind for kind in REFORMS if starts.get(kind))
    looked = tuple(kind for kind in dated if not params.reform_kinds or kind in params.reform_kinds)
    item = DEPTH if near_ceiling else HEADLINE
    if not looked:
        return OutreachEffects(item, reason=NOT_ASKED if dated else NO_DATE)
    asked = Asked(dated, starts, params.wording_bridge, params.conf_level, params.seed)
    known = _awareness(told.seen.survey, item, asked, looked)
    return replace(known, use=_by_reform(_use(told, asked, looked)))


def _awareness(survey: AwarenessSurvey, item: str, asked: Asked, looked: tuple[str, ...]) -> OutreachEffects:
    found = awareness_panels(survey, item, bridge=asked.bridge)
    usable = [waves for waves in found if not _unusable(waves)]
    if not usable:
        return OutreachEffects(item, reason=_unusable(found[0]) if found else no_panel(survey))
    waves = max(usable, key=lambda one: _strength(one, asked))
    companions = awareness_companions(survey, waves)
    more = {"kinds": looked, "bearing": asked.kinds, "conf_level": asked.conf_level, "seed": asked.seed}
    headline = reform_effects(waves.panel, asked.reforms(waves), companions=companions, **more)
    told = any(effect.estimate is not None or effect.method == "interrupted_series" for effect in headline)
    return OutreachEffects(
        item,
        waves,
        tuple(_bridged(_of_survey(effect, survey.min_cell), waves) for effect in headline),
        tuple(_apart(survey, waves, asked, more)),
        _by_reform(_others(survey, waves, asked, more)),
        bridges=bridge_tests(survey, waves, headline, conf_level=asked.conf_level),
        reason="" if told else NOTHING_TO_COMPARE,
    )


def _by_reform(effects: Iterable[ReformEffect]) -> tuple[ReformEffect, ...]:
    """The outcomes of one reform together."""
    found = tuple(effects)
    order = list(dict.fromkeys(effect.reforms for effect in found))
    return tuple(sorted(found, key=lambda effect: order.index(effect.reforms)))


def _unusable(waves: WavePanel) -> str:
    """Why there is nothing to estimate from a panel."""
    if waves.panel is not None and not complete_places(waves.panel):
        return FEW_ANSWERS
    return why_unusable(waves)


def _strength(waves: WavePanel, asked: Asked) -> tuple[int, int]:
    """Treated places with a wave before and one after, over the kinds; then waves."""
    cells, reforms = read_cells(waves.panel), asked.reforms(waves)
    return sum(len(sides_of(cells, reforms.starts[kind]).treated) for kind in asked.kinds), len(waves.waves)


def _of_survey(effect: ReformEffect, min_cell: int) -> ReformEffect:
    """The effect with the checks that a survey can have, and with its groups' respondents as they may be told."""
    groups = tuple(replace(group, n=told_base(group.n, min_cell=min_cell)) for group in effect.groups)
    return replace(_without(effect, NOT_FOR_SURVEYS), groups=groups)


def _bridged(effect: ReformEffect, waves: WavePanel) -> ReformEffect:
    """Without the level that there would have been: that of several wordings together is nobody's answer."""
    return replace(effect, baseline=None) if len(waves.wordings) > 1 else effect


def _without(effect: ReformEffect, checks: Sequence[str]) -> ReformEffect:
    return replace(effect, checks=tuple(check for check in effect.checks if check.name not in checks))


def _apart(survey: AwarenessSurvey, waves: WavePanel, asked: Asked, more: Mapping[str, object]) -> Iterator[Apart]:
    """Each wording by itself: beside a bridge where it joins several, else beside the one of the headline."""
    for one in awareness_panels(survey, waves.item):
        if one.wordings != waves.wordings and not _unusable(one):
            for effect in reform_effects(one.panel, asked.reforms(one), **{**more, "draws": 0}):
                yield Apart(one.wordings[0], _of_survey(effect, survey.min_cell))


def _others(
    survey: AwarenessSurvey, waves: WavePanel, asked: Asked, more: Mapping[str, object]
) -> Iterator[ReformEffect]:
    for measure in AWARENESS:
        panels = awareness_panels(survey, measure.key, bridge=asked.bridge) if measure.key != waves.item else ()
        for one in panels:
            if one.wordings == waves.wordings and not _unusable(one):
                found = reform_effects(one.panel, asked.reforms(one), **{**more, "draws": 0})
                yield from (_bridged(_of_survey(effect, survey.min_cell), one) for effect in found)


def _use(told: Told, asked: Asked, looked: tuple[str, ...]) -> Iterator[ReformEffect]:
    """What was done and what outreach cannot move, in percent; a measure without a whole county is left out."""
    for measure in USE:
        kinds = tuple(kind for kind in looked if kind in measure.reforms)
        panel = fitting_panel(told.seen.use[measure.key], measure)
        if not kinds or not complete_places(panel):
            continue
        starts = {kind: first_treated(dict(asked.starts.get(kind, {})), panel) for kind in measure.reforms}
        more = {"bearing": measure.reforms, "conf_level": asked.conf_level, "draws": 0}
        for effect in reform_effects(panel, Reforms(starts), kinds=kinds, **more):
            yield as_percent(_without(effect, NOT_FOR_COUNTS))
