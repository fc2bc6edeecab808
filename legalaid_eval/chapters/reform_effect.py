"""What reforms did to an outcome: the design that the data allow, the effect, its checks, and what may be said.

Several treated places and some to compare with: staggered difference in differences, other reforms in the model. One
place, or nothing to compare with: an interrupted series. No date: description only.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from legalaid_eval.chapters.reform_checks import all_checks, months_apart
from legalaid_eval.chapters.reform_comparison import (
    Adjusted,
    Sides,
    adjusted_frame,
    bundled,
    sides_of,
    unadjusted,
)
from legalaid_eval.chapters.reform_groups import group_effects, on_panel
from legalaid_eval.chapters.reform_panel import Cells, first_starts, read_cells
from legalaid_eval.chapters.reform_results import (
    Beside,
    Companions,
    GroupEffect,
    Outcome,
    OutcomePanel,
    ReformEffect,
    Reforms,
)
from legalaid_eval.chapters.reform_series import single_series
from legalaid_eval.chapters.reform_tables import by_place_table, event_study, series_table, treated_mean
from legalaid_eval.chapters.reform_verdict import holm, verdict_of
from legalaid_eval.checks.base import CheckResult, Comparison
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did
from legalaid_eval.estimators.base import Estimate

__all__ = [
    "Beside",
    "Companions",
    "GroupEffect",
    "Outcome",
    "OutcomePanel",
    "ReformEffect",
    "Reforms",
    "reform_effects",
]

DRAWS = 499
"""Of more assignments than can be listed; p-values in steps of .002."""


@dataclass(frozen=True, eq=False, slots=True)
class Question:
    """One outcome of a register: its cells, the reforms, and how answers are made."""

    panel: OutcomePanel
    cells: Cells
    reforms: Reforms
    bearing: tuple[str, ...]
    companions: Companions
    conf_level: float
    seed: int
    draws: int


def reform_effects(
    panel: OutcomePanel,
    reforms: Reforms,
    *,
    kinds: Sequence[str] | None = None,
    bearing: Sequence[str] | None = None,
    companions: Companions | None = None,
    conf_level: float = 0.95,
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[ReformEffect, ...]:
    """The effects of `kinds` of reform (all with a date if None) on the outcome of a panel.

    `bearing` are the kinds that may move the outcome (`kinds` if None): those in force beside the one looked at
    stand in the model. Kinds that cannot be told apart each get that verdict, and one effect for their bundle.
    `seed` and `draws` are for the randomisation test, where assignments are too many to list; without draws there is
    no such test.

    Raises UsageError for a panel that cannot be read, and for kinds without an entry in `reforms`.
    """
    asked = tuple(reforms.starts if kinds is None else kinds)
    bear = tuple(dict.fromkeys([*(asked if bearing is None else bearing)]))
    unknown = [kind for kind in (*asked, *bear) if kind not in reforms.starts]
    if unknown:
        raise UsageError(f"found no dates of {', '.join(unknown)}; expected kinds of: {', '.join(reforms.starts)}")
    question = Question(panel, read_cells(panel), reforms, bear, companions or Companions(), conf_level, seed, draws)
    effects: dict[tuple[str, ...], ReformEffect] = {}
    for kind in asked:
        for effect in _effects_of(question, kind, known=effects):
            effects[effect.reforms] = effect
    return _with_holm(tuple(effects.values()))


def _effects_of(question: Question, kind: str, *, known: Collection[tuple[str, ...]]) -> Iterator[ReformEffect]:
    """The effect of one kind; of its bundle too if it cannot be told apart from others, unless that is `known`."""
    kinds, sides, adjusted = bundled(question.cells, question.reforms, {kind}, question.bearing, question.conf_level)
    if len(kinds) > 1:
        alone = sides_of(question.cells, first_starts(question.reforms, [kind], question.cells.places))
        blank = _blank(question, (kind,), alone, "difference_in_differences", "cannot_be_told_apart")
        yield replace(blank, entangled=tuple(other for other in kinds if other != kind))
    if kinds in known:
        return
    yield _compared(question, kinds, sides, adjusted) if adjusted else _without_comparison(question, kinds, sides)


def _blank(question: Question, kinds: tuple[str, ...], sides: Sides, method: str, verdict: str) -> ReformEffect:
    absent = {place for kind in kinds for place in question.reforms.starts[kind]} - set(question.cells.places)
    return ReformEffect(
        reforms=kinds,
        outcome=question.panel.outcome,
        panel=question.panel,
        treated=sides.treated,
        never=sides.never,
        left_out=tuple(sorted({*question.cells.left_out, *sides.left_out, *absent})),
        design=did.choose_design(len(sides.treated), len(sides.never)),
        method=method,
        verdict=verdict,
        reasons=("missing_cells",) if question.cells.left_out else (),
    )


def _compared(question: Question, kinds: tuple[str, ...], sides: Sides, adjusted: Adjusted) -> ReformEffect:
    """The effect by difference in differences, with everything that stands beside it."""
    ratio = did.pre_period_ratio(adjusted.comparison.fit.contrast, block=adjusted.comparison.periods(3))
    design = did.choose_design(len(sides.treated), len(sides.never), ratio_p=ratio.p_value)
    comparison = replace(
        adjusted.comparison, inference=design.inference or "placebo_pool", treated_scale=ratio.treated_scale
    )
    effect = replace(
        _blank(question, kinds, sides, "difference_in_differences", "not_established"),
        design=design,
        beside=tuple(_beside(question, comparison, design)),
        event_study=event_study(comparison),
        by_place=by_place_table(comparison.fit),
        series=series_table(comparison.fit),
        checks=_checks(question, comparison, adjusted, sides.treated),
        adjusted_for=adjusted.adjusted_for,
        coarse=adjusted.coarse,
        groups=group_effects(question.companions, comparison),
    )
    return _judged(effect, comparison)


def _judged(effect: ReformEffect, comparison: Comparison) -> ReformEffect:
    """The effect with its estimate, its size beside what would have been, and its verdict."""
    fit = comparison.fit
    if not fit.interval.evaluable:
        return replace(effect, reasons=("not_evaluable", *effect.design.flags, *effect.reasons))
    estimate = _named(fit.estimate, effect.outcome)
    baseline = treated_mean(comparison) - estimate.estimate
    detectable = did.smallest_detectable(fit.interval)
    verdict, reasons = verdict_of(
        effect.outcome,
        effect.design,
        estimate,
        baseline=baseline,
        smallest_detectable=detectable,
        checks=effect.checks,
    )
    return replace(
        effect,
        estimate=estimate,
        interval_p=fit.interval.p_value,
        baseline=baseline,
        smallest_detectable=detectable,
        verdict=verdict,
        reasons=(*reasons, *effect.reasons),
    )


def _checks(
    question: Question, comparison: Comparison, adjusted: Adjusted, treated: Mapping[str, str]
) -> tuple[CheckResult, ...]:
    return all_checks(
        comparison,
        question.companions,
        lower_is_better=question.panel.outcome.lower_is_better,
        apart=months_apart(question.reforms, treated, adjusted.adjusted_for),
        coarse=adjusted.coarse,
        unadjusted=unadjusted(comparison) if comparison.covariates else None,
    )


def _beside(question: Question, comparison: Comparison, design: did.Design) -> Iterator[Beside]:
    """Other answers that the design asks for, and those without adjustment or of one and the same mix of cases."""
    fit, outcome = comparison.fit, question.panel.outcome
    for name in ("cr2", "ar_model"):
        if name in design.beside:
            yield Beside(name, _named(fit.estimate_with(name), outcome))
    if "placebo_rank" in design.beside:
        yield _by_assignment("placebo_rank", did.placebo_rank(fit.contrast))
    if "randomisation" in design.beside and question.draws:
        columns = {"unit": "place", "time": "month", "cohort": "start", "weight": "n"} | comparison.sampling
        frame = adjusted_frame(comparison)
        test = did.randomisation_test(frame, outcome="adjusted", draws=question.draws, seed=question.seed, **columns)
        yield _by_assignment("randomisation", test)
    if comparison.covariates:
        yield Beside("unadjusted", _named(unadjusted(comparison).fit.estimate, outcome))
    fixed = question.companions.standardised
    same_mix = on_panel(comparison, fixed) if fixed is not None else None
    if same_mix is not None:
        yield Beside("standardised", _named(same_mix.fit.estimate, outcome))


def _by_assignment(code: str, found: did.Randomisation) -> Beside:
    p_value, least = (value if isfinite(value) else None for value in (found.p_value, found.least_p_value))
    return Beside(code, p_value=p_value, least_p_value=least)


def _without_comparison(question: Question, kinds: tuple[str, ...], sides: Sides) -> ReformEffect:
    """Places that nothing can be compared with: an interrupted series, or a description."""
    blank = _blank(question, kinds, sides, "description", "described_only")
    if not sides.treated:
        return replace(blank, reasons=(*blank.design.flags, *blank.reasons))
    return single_series(blank, question.cells, conf_level=question.conf_level)


def _named(estimate: Estimate, outcome: Outcome) -> Estimate:
    return replace(estimate, outcome=outcome.key, unit=outcome.unit)


def _with_holm(effects: tuple[ReformEffect, ...]) -> tuple[ReformEffect, ...]:
    adjusted = holm([effect.interval_p for effect in effects])
    return tuple(replace(effect, holm_p=p) for effect, p in zip(effects, adjusted, strict=True))
