"""Processing time in sentences: what is asked, how long cases took and whether limits were kept, how to read it."""

from collections.abc import Iterator

from legalaid_eval.chapters import processing_description
from legalaid_eval.chapters.effect_prose import Telling, narrative
from legalaid_eval.chapters.processing_effects import Effects
from legalaid_eval.chapters.processing_findings import Told, kept, timing
from legalaid_eval.chapters.processing_shares import clearance, part
from legalaid_eval.content import Code, Label, Message, Prose, Quantity, Range
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import LIMITS, STAGE_TIMES

MOST_NAMED = ("applied_decided", "decided_assigned", "accepted_closed")
"""Stages that are told in sentences; the table has all of them."""


def question(told: Told, effects: Effects, *, horizon: int, whole: Label | Code) -> Prose:
    """What the chapter asks, of which data, and what is estimated."""
    facts = told.facts | {
        "stated": told.seen.meta.basis == "stated",
        "single": told.seen.places.single,
        "whole": whole,
        "reforms": len({kind for effect in (*effects.headline, *effects.others) for kind in effect.reforms}),
        "horizon": Quantity(horizon, "working_day", decimals=0),
    }
    return Prose("question", tuple(Message(f"processing_report.{key}", facts) for key in ("question", "estimand")))


def description(told: Told) -> Prose:
    """How long the stages took, whether limits were kept, and what has become of the cases."""
    return Prose("narrative", (*_times(told), *_limits(told), *_same_day(told), *_closure(told)))


def _times(told: Told) -> Iterator[Message]:
    for stage in STAGE_TIMES:
        if stage.stage in MOST_NAMED:
            unit = "day" if stage.stage == "accepted_closed" else "working_day"
            found = timing(told, stage, unit)
            facts = told.facts | {"stage": Code("processing_stage", stage.stage), "n": found.n, "note": found.note}
            facts["at_once"] = found.median is not None and found.median.estimate == 0
            facts |= {"median": _value(found.median), "ninth": _value(found.ninth), "interval": _ends(found.median)}
            yield Message("processing_report.time", facts)


def _limits(told: Told) -> Iterator[Message]:
    shares, hanging = [], []
    for step in LIMITS:
        found = kept(told, step)
        if found.provisional != 0:
            facts = {"clock": Code("processing_clock", step), "n": found.provisional}
            hanging.append(Message("processing_report.hanging", facts))
        if found.share is not None:
            facts = {"clock": Code("processing_clock", step), "share": _percent(found.share)}
            shares.append(Message("processing_report.limit", facts | {"interval": _ends(found.share)}))
    if shares:
        yield Message("processing_report.limits", {"limits": tuple(shares), "n": len(shares)})
    if hanging:
        yield Message("processing_report.provisional", {"limits": tuple(hanging)})


def _same_day(told: Told) -> Iterator[Message]:
    found = part(told, "same_day")
    if found.share is not None:
        facts = {"share": _percent(found.share), "interval": _ends(found.share), "n": found.n}
        yield Message("processing_report.same_day", facts)


def _closure(told: Told) -> Iterator[Message]:
    """The share of a year's cases that are closed beside the ratio of closed to new ones: two things."""
    found, ratio = part(told, "closed_of_accepted"), clearance(told).ratio
    if found.share is not None:
        facts = told.facts | {"share": _percent(found.share), "interval": _ends(found.share)}
        facts["ratio"] = None if ratio is None else Quantity(100 * ratio, "percent", decimals=1)
        yield Message("processing_report.closure", facts)


def _value(found: Estimate | None) -> Quantity | None:
    known = found is not None and found.estimate == found.estimate
    return Quantity(found.estimate, found.unit, decimals=0) if known else None


def _percent(found: Estimate) -> Quantity:
    return Quantity(found.estimate, "percent", decimals=1)


def _ends(found: Estimate | None) -> Range | None:
    """The interval; of whole days in whole days; where it is one day, or an end was not reached, none."""
    if found is None or not (found.ci_low == found.ci_low and found.ci_high == found.ci_high):
        return None
    percent = found.unit == "percent"
    if not percent and found.ci_low == found.ci_high:
        return None
    return Range(found.ci_low, found.ci_high, found.unit, 1 if percent else 0)


def own(told: Told, effects: Effects, telling: Telling, whole: Label | Code) -> Prose | None:
    """A county's own series, and that the effects which follow are those of all counties together."""
    if not told.seen.places.single:
        return None
    said = narrative(effects.own, telling).messages if effects.own else (Message("processing_report.own_none"),)
    several = sum(effect.estimate is not None for effect in effects.own) > 1
    more = (Message("processing_report.own_many"),) if several else ()
    return Prose("effects_own", (*said, *more, Message("processing_report.context", {"whole": whole})))


def reading(told: Told) -> Prose:
    """How to read times and limits, and then the effects."""
    keys = ("groups", "counterfactual", "dates")
    effects = tuple(Message(f"processing_report.reading.{key}", told.facts) for key in keys)
    return Prose("reading", (*processing_description.prose(told).messages, *effects), style="list")
