"""Chapter 'processing time': how long cases took, whether limits were kept, and what reforms changed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from legalaid_eval import results
from legalaid_eval.chapters import (
    effect_figures,
    effect_prose,
    effect_tables,
    processing_description,
    processing_prose,
)
from legalaid_eval.chapters.base import Params, grounds_of, save, store_address
from legalaid_eval.chapters.effect_prose import Telling
from legalaid_eval.chapters.effect_rows import EffectRows, days_of
from legalaid_eval.chapters.processing_description import Told, row_list, told_of
from legalaid_eval.chapters.processing_effects import Asked, Effects, effects_of, outcomes_of
from legalaid_eval.chapters.processing_rows import NAME
from legalaid_eval.chapters.reform_results import ReformEffect
from legalaid_eval.chapters.register_places import naming, whole_of
from legalaid_eval.content import Chapter

__all__ = ["evaluate", "save"]


def evaluate(params: Params) -> Chapter:
    """Processing times of the report's place and period, and the effects of reforms in the whole store.

    Raises DataError if there is no store, UsageError for an unknown pledge or kind of reform.
    """
    told, grounds = told_of(params), grounds_of(params)
    outcomes = outcomes_of(store_address(params), horizon=params.time_horizon)
    asked = Asked(tuple(params.reform_kinds), params.time_horizon, params.min_cell, params.conf_level, params.seed)
    effects = effects_of(outcomes, asked, county=told.seen.places.codes[0] if told.seen.places.single else None)
    telling = Telling(naming(outcomes.keys, grounds), params.conf_level, told.seen.meta.simulated)
    tables = (*processing_description.tables(told), *effect_tables.tables(effects.headline, effects.others, telling))
    figures = (
        *processing_description.figures(told),
        *effect_figures.figures(effects.headline, telling, least_n=params.min_cell),
    )
    whole = grounds.name(whole_of(grounds, params))
    prose = (
        processing_prose.question(told, effects, horizon=params.time_horizon, whole=whole),
        processing_prose.description(told),
        effect_prose.narrative(effects.headline, telling),
        effect_prose.details(effect_figures.shown(effects.headline), telling),
        processing_prose.reading(told),
    )
    own = processing_prose.own(told, effects, telling, whole)
    return Chapter(
        NAME,
        results.make((*row_list(told), *_effect_rows(told, effects, whole_of(grounds, params)))),
        {table.id: table for table in tables},
        {figure.id: figure for figure in figures} | _not_applying(effects),
        {text.id: text for text in prose} | {"effects_own": own},
    )


def _not_applying(effects: Effects) -> dict[str, None]:
    """Pictures of a design that the effect shown has not."""
    shown = effect_figures.shown(effects.headline)
    compared = ("effect_event_study", "effect_places", "effect_by_group")
    if shown is None:
        return dict.fromkeys((*compared, "effect_series"))
    return dict.fromkeys(compared if shown.method == "interrupted_series" else ("effect_series",))


def _effect_rows(told: Told, effects: Effects, whole: str) -> Iterator[results.Row]:
    """The rows of the store's effects, and of a county's own series."""
    for place, found in ((whole, (*effects.headline, *effects.others)), (told.params.place, effects.own)):
        for _, group in groupby(found, key=lambda effect: effect.outcome.key):
            yield from _rows_of(told, tuple(group), place)


def _rows_of(told: Told, effects: Sequence[ReformEffect], place: str) -> Iterator[results.Row]:
    start, end = days_of(effects[0].panel)
    evidence = told.seen.meta.evidence
    yield from EffectRows(told.params.report_id, NAME, place, start, end, evidence).rows(effects)
