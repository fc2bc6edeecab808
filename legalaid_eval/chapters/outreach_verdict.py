"""The question of 'outreach' and its verdict: what changed, for whom, how sure, at what cost, and what of the claim."""

from collections.abc import Iterator
from dataclasses import dataclass

from legalaid_eval.chapters import awareness_prose, effect_prose
from legalaid_eval.chapters.awareness_findings import Awareness
from legalaid_eval.chapters.effect_prose import Telling, reform_codes
from legalaid_eval.chapters.effect_tables import verdict_code
from legalaid_eval.chapters.outreach_cost import ALL_SPENDING, APPLICATION, AWARE, Costs
from legalaid_eval.chapters.outreach_effect_prose import combination, of_respondents, of_wording
from legalaid_eval.chapters.outreach_estimates import OutreachEffects
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_money_prose import beyond_reach
from legalaid_eval.chapters.outreach_money_tables import cost_of
from legalaid_eval.chapters.reform_results import ReformEffect
from legalaid_eval.content import Code, Label, Message, Prose
from legalaid_eval.indicators.outreach import REFORMS, USE

CAMPAIGN = REFORMS[0]


@dataclass(frozen=True, eq=False, slots=True)
class Campaign:
    """What targeted outreach changed: `known` in awareness, `applied` in applications; None where there is none."""

    known: ReformEffect | None
    applied: ReformEffect | None


def campaign_of(effects: OutreachEffects) -> Campaign:
    """The effects of CAMPAIGN, or of a bundle that holds it, of those with an estimate."""
    known = [one for one in effects.headline if CAMPAIGN in one.reforms and one.estimate is not None]
    kinds = known[0].reforms if known else (CAMPAIGN,)
    return Campaign(known[0] if known else None, effects.of_use(USE[0], kinds))


def question(told: Told, whole: Label | Code) -> Prose:
    """What the chapter asks, of which data, and what is estimated."""
    facts = told.facts | {
        "stated": told.seen.meta.basis == "stated",
        "several": told.seen.survey.answers["county"].nunique() > 1,
        "whole": whole,
    }
    return Prose("question", tuple(Message(f"outreach.{key}", facts) for key in ("question", "estimand")))


def verdict(aware: Awareness, effects: OutreachEffects, costs: Costs, telling: Telling) -> Prose:
    """The answers in a few sentences; the parts below have the rest."""
    said = (
        *_own(aware.told, effects),
        *_changed(effects, telling),
        *_money(costs),
        *awareness_prose.claim_messages(aware),
        *awareness_prose.ceiling_messages(aware),
    )
    return Prose("outreach_verdict", of_respondents(said), style="list")


def _own(told: Told, effects: OutreachEffects) -> Iterator[Message]:
    """On which side of the comparison the county of a county's own report stands."""
    campaign = campaign_of(effects).known
    if campaign is not None and told.alone and told.seen.places.codes:
        code = told.seen.places.codes[0]
        side = "treated" if code in campaign.treated else "never" if code in campaign.never else "left_out"
        if side == "never" and any(code in told.seen.starts.get(kind, {}) for kind in campaign.reforms):
            side = "not_yet"
        facts = {"place": told.name(code), "treated": len(campaign.treated), "never": len(campaign.never)}
        yield Message(f"outreach.own.{side}", facts)


def _changed(effects: OutreachEffects, telling: Telling) -> Iterator[Message]:
    """Of every reform the answer; of an established one, and of the campaign, for whom and whether more came."""
    if effects.reason:
        yield Message(f"outreach_effects.reason.{effects.reason}", telling.facts)
    for effect in effects.headline:
        if effect.estimate is not None:
            yield effect_prose.verdict(effect, telling)
            if effect.verdict in ("improved", "worsened"):
                yield from _on_what(effects, effect, telling)
                yield from effect_prose.for_whom(effect)
            if effect.verdict in ("improved", "worsened") or CAMPAIGN in effect.reforms:
                yield from _use(effects, effect)


def _on_what(effects: OutreachEffects, effect: ReformEffect, telling: Telling) -> Iterator[Message]:
    """The bridge that an answer stands on, the checks that speak against it, and which single county it hangs on."""
    if effects.joined:
        apart = tuple(of_wording(one, telling) for one in effects.of_wordings(effect))
        yield Message("outreach.bridged", {"confirmed": effects.confirmed(effect), "apart": apart})
    against, *named = effect_prose.overturn(effect, telling) or (None,)
    if against is not None:
        yield against
    yield from (message for message in named if message.key == "effect.checks.leave_one_out")


def _use(effects: OutreachEffects, known: ReformEffect) -> Iterator[Message]:
    found = [effects.of_use(measure, known.reforms) for measure in USE if not measure.placebo]
    done = [effect for effect in found if effect is not None and effect.estimate is not None]
    if done:
        risen = [effect for effect in done if effect.verdict == "improved"]
        facts = {
            "reforms": reform_codes(known.reforms),
            "asked": tuple(Code("effect_outcome", effect.outcome.key) for effect in done),
            "risen": tuple(Code("effect_outcome", effect.outcome.key) for effect in risen),
            "given": bool(risen) and all(verdict_code(effect).code != effect.verdict for effect in risen),
        }
        yield Message(f"outreach.use.{combination(known, done)}", facts)


def _money(costs: Costs) -> Iterator[Message]:
    """The cost by all that was booked on events, and whether these can have made the change."""
    for what in (AWARE, APPLICATION):
        line = costs.line(what, ALL_SPENDING)
        if line is not None and line.found is not None and line.found.verdict in ("bounded", "at_least"):
            facts = {"per": Code("outreach_per", what), "cost": cost_of(line), "established": costs.established[what]}
            yield Message(f"outreach.cost.{line.found.verdict}", facts)
    beyond = beyond_reach(costs)
    if beyond is not None:
        yield beyond
