"""What outreach changed in sentences: for whom, how sure, by which wording, and whether more use went with it."""

from collections.abc import Iterator
from typing import TypeVar

from legalaid_eval.chapters import effect_prose
from legalaid_eval.chapters.effect_figures import shown
from legalaid_eval.chapters.effect_prose import Telling, amount, decimals_of, facts_of, reform_codes
from legalaid_eval.chapters.effect_tables import verdict_code
from legalaid_eval.chapters.outreach_estimates import Apart, OutreachEffects
from legalaid_eval.chapters.reform_results import ReformEffect
from legalaid_eval.content import Code, Message, Prose, Quantity, Range
from legalaid_eval.indicators.outreach import USE

DETAILS = "outreach_effect_details"
PERCENT = "percent"
ASKED = Code("effect_check", "ways_of_asking")
OWN_CODES = {Code("effect_check", "composition"): ASKED, Code("effect_group", "all"): Code("effect_group", "everybody")}
OWN_SENTENCES = {
    f"effect.{key}": f"outreach_effects.{key}"
    for key in ("sure", "for_whom", "reasons.missing_cells", "checks.composition")
}
"""What is said of respondents in other words than of cases."""
ESTABLISHED = ("improved", "worsened")
READING = ("whole", "waves", "segments", "use", "cannot_move")

Value = TypeVar("Value")


def of_respondents(value: Value) -> Value:
    """A value for words in which sentences and codes about cases are about respondents, however deep they stand."""
    if isinstance(value, Message):
        facts = {name: of_respondents(fact) for name, fact in value.facts.items()}
        return Message(OWN_SENTENCES.get(value.key, value.key), facts)
    if isinstance(value, Code):
        return OWN_CODES.get(value, value)
    return tuple(map(of_respondents, value)) if isinstance(value, tuple) else value


def narrative(effects: OutreachEffects, telling: Telling) -> Prose:
    """What outreach changed in what people know, for whom, by which wording, and in what they do."""
    messages = [*_instead(effects), *_answers(effects, telling)]
    best = shown(effects.headline)
    if best is not None and best.estimate is not None:
        messages.extend(effect_prose.for_whom(best))
        messages.append(Message("outreach_effects.interval", telling.facts))
        messages.extend(_wordings(effects, best, telling))
    messages.extend(use_messages(effects, telling))
    return Prose("outreach_effects", of_respondents(tuple(messages)))


def _instead(effects: OutreachEffects) -> Iterator[Message]:
    if effects.near_ceiling:
        yield Message("outreach_effects.depth_instead")


def _answers(effects: OutreachEffects, telling: Telling) -> tuple[Message, ...]:
    why = (Message(f"outreach_effects.reason.{effects.reason}", telling.facts),) if effects.reason else ()
    return (*why, *(effect_prose.narrative(effects.headline, telling).messages if effects.headline else ()))


def details(effects: OutreachEffects, telling: Telling) -> Prose:
    """All sentences of the effect that is drawn, its checks among them; for whom stands in the narrative."""
    best = shown(effects.headline)
    if best is None:
        return Prose(DETAILS, (Message("effect.none"),) if not effects.reason else _answers(effects, telling)[:1])
    said = effect_prose.sentences(best, telling)
    return Prose(DETAILS, of_respondents(tuple(one for one in said if one.key != "effect.for_whom")))


def _wordings(effects: OutreachEffects, best: ReformEffect, telling: Telling) -> Iterator[Message]:
    """What joins waves of different wording, and what each wording says by itself."""
    apart = effects.of_wordings(best)
    if not apart and not effects.joined:
        return
    facts = telling.facts | {
        "reforms": reform_codes(best.reforms),
        "wordings": tuple(Code("awareness_wording", name) for name in effects.waves.wordings),
        "waves": len(effects.waves.waves),
        "apart": tuple(of_wording(one, telling) for one in apart),
        "contradicted": any(_excludes(best, one.effect) for one in apart),
    }
    if effects.joined:
        yield Message("outreach_effects.bridged", facts | _moved_by_wording(effects, best))
    else:
        yield Message("outreach_effects.one_wording", facts)


def _moved_by_wording(effects: OutreachEffects, best: ReformEffect) -> dict[str, object]:
    """How far the wording moved answers in counties with and without, where a wave was asked both ways; else None."""
    found = next((test for test in effects.bridges if test.reforms == best.reforms), None)
    if found is None:
        return dict.fromkeys(("shift_with", "shift_without", "shift_difference", "shift_interval"))
    test, unit = found.difference, best.outcome.unit
    return {
        "shift_with": amount(found.treated, unit),
        "shift_without": amount(found.never, unit),
        "shift_difference": amount(test.estimate, unit),
        "shift_interval": Range(test.ci_low, test.ci_high, unit, decimals_of(unit)),
    }


def of_wording(one: Apart, telling: Telling) -> Message:
    return Message(
        "outreach_effects.apart", facts_of(one.effect, telling) | {"wording": Code("awareness_wording", one.wording)}
    )


def _excludes(best: ReformEffect, other: ReformEffect) -> bool:
    """Whether the two intervals do not touch."""
    one, two = best.estimate, other.estimate
    return two is not None and (one.ci_high < two.ci_low or two.ci_high < one.ci_low)


def use_messages(effects: OutreachEffects, telling: Telling) -> tuple[Message, ...]:
    """For each reform: whether more use goes with more knowledge, and whether what outreach cannot move stood still.

    A gain in what people know without more use is said to be one, and the other way round; each with the smallest
    change that would probably have been seen.
    """
    kinds = tuple(dict.fromkeys(effect.reforms for effect in effects.headline or effects.use))
    return tuple(message for each in kinds for message in _of_kinds(effects, each, telling))


def _of_kinds(effects: OutreachEffects, kinds: tuple[str, ...], telling: Telling) -> Iterator[Message]:
    found = {measure: effects.of_use(measure, kinds) for measure in USE}
    done = [effect for measure, effect in found.items() if effect is not None and not measure.placebo]
    known = next((effect for effect in effects.headline if effect.reforms == kinds), None)
    if not done or not any(effect.estimate is not None for effect in (known, *done) if effect is not None):
        return
    risen = [effect for effect in done if effect.verdict == "improved"]
    facts = telling.facts | {
        "reforms": reform_codes(kinds),
        "known": None if known is None else of_change(known, "known", telling),
        "known_given": known is not None and _given(known),
        "uses": tuple(of_change(effect, "use", telling) for effect in done),
        "risen": tuple(Code("effect_outcome", effect.outcome.key) for effect in risen),
        "use_given": bool(risen) and all(map(_given, risen)),
    }
    yield Message(f"outreach_effects.use.{combination(known, done)}", facts)
    for measure, effect in found.items():
        if measure.placebo and effect is not None:
            facts = telling.facts | {"reforms": reform_codes(kinds), "change": of_change(effect, "placebo", telling)}
            facts["smallest"] = _smallest(effect)
            yield Message(f"outreach_effects.cannot_move.{placebo_state(effect)}", facts)


def _given(effect: ReformEffect) -> bool:
    """Whether the answer holds on a condition only."""
    return verdict_code(effect).code != effect.verdict


def combination(known: ReformEffect | None, done: list[ReformEffect]) -> str:
    """gain_and_use, gain_without_use, use_without_gain or neither; use_alone where nothing is known of knowledge."""
    more = any(effect.verdict == "improved" for effect in done)
    if known is None or known.estimate is None:
        return "use_alone"
    if known.verdict == "improved":
        return "gain_and_use" if more else "gain_without_use"
    return "use_without_gain" if more else "neither"


def placebo_state(effect: ReformEffect) -> str:
    """moved, where the interval of what outreach cannot move is without zero; still; or unknown."""
    found = effect.estimate
    if found is None:
        return "unknown"
    return "still" if found.ci_low <= 0 <= found.ci_high else "moved"


def of_change(effect: ReformEffect, kind: str, telling: Telling) -> Message:
    """An effect in a clause: outcome, change, interval, verdict; and the smallest that would have been seen, where
    nothing is established. Of what outreach cannot move that is told once, with what the check can see at all."""
    facts = facts_of(effect, telling) | {"verdict": use_verdict(effect), "kind": kind}
    found = effect.estimate
    if found is not None and found.unit == PERCENT:
        facts |= {"change": percent(found.estimate), "interval": percent_range(found.ci_low, found.ci_high)}
        facts["smallest"] = _smallest(effect)
    if kind == "placebo" or effect.verdict in ESTABLISHED:
        facts["smallest"] = None
    return Message("outreach_effects.change", facts)


def _smallest(effect: ReformEffect) -> Quantity | None:
    """The change in percent that would probably have been seen."""
    return None if effect.smallest_detectable is None else percent(effect.smallest_detectable)


def use_verdict(effect: ReformEffect) -> Code:
    """The verdict in words for what is neither good nor bad: it rose, it fell."""
    return Code("outreach_use_verdict", verdict_code(effect).code)


def percent(value: float) -> Quantity:
    """A change in percent; one decimal, as intervals are many points wide."""
    return Quantity(value, PERCENT, decimals=1)


def percent_range(low: float, high: float) -> Range:
    return Range(low, high, PERCENT, 1)


def reading_messages() -> tuple[Message, ...]:
    """How to read the effects."""
    return tuple(Message(f"outreach_effects.reading.{key}") for key in READING)
