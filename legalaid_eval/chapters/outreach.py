"""Chapter 'outreach': who knows of legal aid, what outreach changed, where, and at what cost."""

from collections.abc import Iterator
from dataclasses import dataclass

from legalaid_eval import results
from legalaid_eval.chapters import (
    awareness_figures,
    awareness_prose,
    awareness_rows,
    awareness_tables,
    outreach_dose_prose,
    outreach_dose_shown,
    outreach_effect_prose,
    outreach_effects,
    outreach_figures,
    outreach_money_prose,
    outreach_money_tables,
    outreach_prose,
    outreach_rows,
    outreach_spill_over,
    outreach_tables,
    outreach_verdict,
)
from legalaid_eval.chapters.awareness_findings import Awareness, awareness_of
from legalaid_eval.chapters.awareness_panels import store_near_ceiling
from legalaid_eval.chapters.base import Grounds, Params, grounds_of, save
from legalaid_eval.chapters.effect_prose import Telling
from legalaid_eval.chapters.outreach_budget import Budget, budget_of
from legalaid_eval.chapters.outreach_cost import Costs, costs_of
from legalaid_eval.chapters.outreach_described import Described, described
from legalaid_eval.chapters.outreach_dose import Curve, curve_of
from legalaid_eval.chapters.outreach_effects import OutreachEffects
from legalaid_eval.chapters.outreach_estimates import effects_of
from legalaid_eval.chapters.outreach_findings import NAME, Told, told_of
from legalaid_eval.chapters.outreach_spill_over import Spill, spill_over_of
from legalaid_eval.chapters.outreach_verdict import campaign_of
from legalaid_eval.chapters.register_places import naming, whole_of
from legalaid_eval.content import Chapter, Figure, Prose, Table
from legalaid_eval.indicators.outreach import HEADLINE

__all__ = ["chapter_of", "evaluate", "save"]

ALLOCATION = ("outreach_allocation", outreach_money_tables.UNSURE)
"""A budget laid out by a curve that was found, or by one that may be none; a report has one of the two."""


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """All parts of the chapter; `whole` is the key of the place that effects are about."""

    told: Told
    telling: Telling
    whole: str
    done: Described
    aware: Awareness
    effects: OutreachEffects
    curve: Curve
    spill: Spill
    costs: Costs
    budget: Budget


def evaluate(params: Params) -> Chapter:
    """Awareness and outreach of the report's place and period, and what outreach changed in the whole store.

    Raises DataError if there is no store.
    """
    return chapter_of(told_of(params), grounds_of(params))


def chapter_of(told: Told, grounds: Grounds) -> Chapter:
    """The chapter from what was looked up in the store."""
    found = _found(told, grounds)
    return Chapter(
        NAME,
        results.make(_rows(found)),
        {table.id: table for table in _tables(found)},
        _figures(found),
        {text.id: text for text in _prose(found, grounds)},
    )


def _found(told: Told, grounds: Grounds) -> Found:
    aware = awareness_of(told)
    near_ceiling = store_near_ceiling(told.seen.survey)
    effects, curve, done = effects_of(told, near_ceiling=near_ceiling), curve_of(told), described(told)
    campaign = campaign_of(effects)
    return Found(
        told,
        Telling(naming(told.seen.keys, grounds), told.params.conf_level, told.seen.meta.simulated),
        whole_of(grounds, told.params),
        done,
        aware,
        effects,
        curve,
        spill_over_of(told),
        costs_of(told, campaign.known, campaign.applied),
        budget_of(told, curve, spent=done.costs),
    )


def _tables(found: Found) -> tuple[Table, ...]:
    pooled = found.aware.latest(found.aware.pooled)
    return (
        *awareness_tables.tables(found.aware),
        *outreach_tables.tables(found.done, pooled[pooled["item"] == HEADLINE]),
        *outreach_effects.tables(found.effects, found.telling),
        *outreach_dose_shown.tables(found.curve),
        outreach_spill_over.table(found.spill),
        *outreach_money_tables.tables(found.costs, found.budget),
    )


def _figures(found: Found) -> dict[str, Figure | None]:
    least = found.told.params.min_cell
    made = (
        awareness_figures.waves(found.aware),
        outreach_figures.calendar(found.told, found.aware.whole),
        *outreach_dose_shown.figures(found.curve),
        outreach_money_tables.figure(found.budget),
    )
    effects = outreach_effects.figures(found.effects, found.telling, least)
    return dict.fromkeys(ALLOCATION) | {figure.id: figure for figure in made} | effects


def _prose(found: Found, grounds: Grounds) -> Iterator[Prose]:
    told = found.told
    yield outreach_verdict.question(told, grounds.name(found.whole))
    yield outreach_verdict.verdict(found.aware, found.effects, found.costs, found.telling)
    yield awareness_prose.measured(found.aware)
    yield awareness_prose.next_survey(found.aware)
    yield outreach_prose.description(found.done)
    yield outreach_effect_prose.narrative(found.effects, found.telling)
    yield outreach_effect_prose.details(found.effects, found.telling)
    dose = outreach_dose_prose.prose(found.curve)
    yield Prose(dose.id, (*dose.messages, *outreach_spill_over.messages(found.spill)))
    yield outreach_money_prose.prose(found.costs, found.budget)
    reading = (
        *awareness_prose.reading_messages(found.aware),
        *outreach_prose.reading_messages(told),
        *outreach_effect_prose.reading_messages(),
        *outreach_dose_prose.reading_messages(found.curve),
        *outreach_money_prose.reading_messages(),
    )
    yield Prose("outreach_reading", reading, style="list")


def _rows(found: Found) -> Iterator[results.Row]:
    yield from awareness_rows.row_list(found.aware)
    yield from outreach_rows.row_list(found.done)
    yield from outreach_effects.rows(found.effects, found.told, whole=found.whole)
    yield from outreach_dose_shown.rows(found.curve)
    yield from outreach_spill_over.rows(found.spill)
    yield from outreach_money_prose.rows(found.costs, found.budget, found.told)
