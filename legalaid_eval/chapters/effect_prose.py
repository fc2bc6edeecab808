"""A reform's effect in sentences: what changed, for whom, against what, how sure, and what would overturn it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from legalaid_eval.chapters.reform_results import GroupEffect, ReformEffect
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.checks.base import CheckResult
from legalaid_eval.content import Code, Label, Message, Prose, Quantity, Range

FULL = 100
POINTS = "percentage_point"
TIMES = ("working_day", "day", "hour")
"""Units of what gets shorter or longer; anything else gets lower or higher."""
NAMED_PLACES = 4
"""With more places than this a sentence gives their number only; the table has their names."""

IN_UNIT = (
    "estimate ci_low ci_high slope slope_low slope_high detectable_slope bias detectable_bias lowest highest "
    "breakdown seen adjusted unadjusted standardised standardised_low standardised_high"
).split()
"""Facts of checks that have the outcome's unit."""
KINDS_OF_REFORM = ("near", "coarse", "in_force")
PLACES = ("lowest_without", "highest_without")

Names = Callable[[str], Label | Code]


@dataclass(frozen=True, slots=True)
class Telling:
    """Effects that are told together: how places are named, the confidence level, whether the data are simulated."""

    names: Names
    conf_level: float
    simulated: bool

    @property
    def facts(self) -> dict[str, object]:
        return {"simulated": self.simulated, "conf": Quantity(FULL * self.conf_level, "percent", decimals=0)}

    def places(self, keys: Sequence[str]) -> tuple[object, ...]:
        """Names of few places; of many none."""
        return tuple(map(self.names, keys)) if len(keys) <= NAMED_PLACES else ()


def decimals_of(unit: str) -> int:
    return 1 if unit in (POINTS, "percent") else 2


def amount(value: float, unit: str) -> Quantity:
    """A size in the outcome's unit; a level of a share is per cent, a change of it percentage points."""
    return Quantity(value, unit, decimals=decimals_of(unit))


def level(value: float, unit: str) -> Quantity:
    return amount(value, "percent" if unit == POINTS else unit)


def reform_codes(kinds: Sequence[str]) -> tuple[Code, ...]:
    return tuple(Code("reform_kind", kind) for kind in kinds)


def facts_of(effect: ReformEffect, telling: Telling) -> dict[str, object]:
    """Everything a sentence about the effect may say; what there is not is None."""
    unit = effect.outcome.unit
    facts: dict[str, object] = telling.facts | {
        "reforms": reform_codes(effect.reforms),
        "bundle": len(effect.reforms) > 1,
        "outcome": Code("effect_outcome", effect.outcome.key),
        "share": unit not in TIMES,
        "treated": len(effect.treated),
        "never": len(effect.never),
        "treated_names": telling.places(tuple(effect.treated)),
        "never_names": telling.places(effect.never),
        "adjusted_for": reform_codes(effect.adjusted_for),
        "entangled": reform_codes(effect.entangled),
        "additive": ADDITIVE in effect.reasons,
        "in_force": reform_codes(in_force(effect)),
        "smallest": None if effect.smallest_detectable is None else amount(effect.smallest_detectable, unit),
        "reasons": tuple(reason(code, effect) for code in effect.reasons),
    }
    return facts | _sizes(effect)


def _sizes(effect: ReformEffect) -> dict[str, object]:
    found, unit = effect.estimate, effect.outcome.unit
    if found is None:
        return dict.fromkeys(("size", "change", "interval", "less", "baseline", "relative", "alone", "p", "holm"))
    relative = effect.relative
    return {
        "size": amount(abs(found.estimate), unit),
        "change": amount(found.estimate, unit),
        "interval": Range(found.ci_low, found.ci_high, unit, decimals_of(unit)),
        "less": found.estimate < 0,
        "baseline": None if effect.baseline is None else level(effect.baseline, unit),
        "relative": None if relative is None else Quantity(abs(FULL * relative), "percent", decimals=0),
        "alone": holds_alone_only(effect),
        "p": p_quantity(effect.interval_p),
        "holm": p_quantity(effect.holm_p),
    }


def holds_alone_only(effect: ReformEffect) -> bool:
    """Whether the answer would not stand if all effects looked at together were taken into account."""
    return effect.estimate is not None and effect.holm_p is not None and effect.holm_p > 1 - effect.estimate.conf_level


def p_quantity(value: float | None) -> Quantity | None:
    """A probability that never prints as zero."""
    if value is None:
        return None
    return Quantity(0.001, "ratio", "at_most", 3) if value < 0.001 else Quantity(value, "ratio", decimals=3)


def reason(code: str, effect: ReformEffect) -> Message:
    """Why more cannot be said; a failed check is named."""
    if code.startswith("check."):
        return Message("effect.reasons.check", {"check": Code("effect_check", code.removeprefix("check."))})
    facts = {"treated": len(effect.treated), "never": len(effect.never)}
    return Message(f"effect.reasons.{code}", facts)


def verdict(effect: ReformEffect, telling: Telling) -> Message:
    """The answer in a sentence or two."""
    return Message(f"effect.verdict.{effect.verdict}", facts_of(effect, telling))


def sentences(effect: ReformEffect, telling: Telling) -> tuple[Message, ...]:
    """The answer, then against what it was measured, how sure it is, for whom, and what would overturn it."""
    facts = facts_of(effect, telling)
    messages = [verdict(effect, telling)]
    if effect.estimate is not None:
        messages.append(Message(f"effect.against.{effect.method}", facts))
        if effect.method == "difference_in_differences":
            messages.append(Message("effect.sure", facts))
        if in_force(effect):
            messages.append(Message("effect.adding_up", facts))
    return (*messages, *for_whom(effect), *overturn(effect, telling))


def in_force(effect: ReformEffect) -> tuple[str, ...]:
    """Other reforms that were in force where and when this one was."""
    return next((tuple(c.facts.get("in_force", ())) for c in effect.checks if c.name == "overlap"), ())


def for_whom(effect: ReformEffect) -> tuple[Message, ...]:
    """The groups with the largest and the smallest effect, and how many cannot be told."""
    known = [group for group in effect.groups if group.estimate is not None]
    if not known:
        return ()
    ordered = sorted(known, key=lambda group: group.estimate.estimate, reverse=not effect.outcome.lower_is_better)
    ends = ordered if len(ordered) < 3 else [ordered[0], ordered[-1]]
    facts = {
        "groups": tuple(_group(group, effect) for group in ends),
        "known": len(known),
        "unknown": len(effect.groups) - len(known),
        "apart": _apart(ends[0], ends[-1]),
    }
    return (Message("effect.for_whom", facts),)


def _group(group: GroupEffect, effect: ReformEffect) -> Message:
    unit, found = effect.outcome.unit, group.estimate
    facts = {"group": group_code(group), "change": amount(found.estimate, unit)}
    return Message("effect.group", facts | {"interval": Range(found.ci_low, found.ci_high, unit, decimals_of(unit))})


def group_code(group: GroupEffect) -> Code:
    return Code(f"effect_group_{group.kind}", group.group)


def _apart(one: GroupEffect, other: GroupEffect) -> bool:
    """Whether the two intervals do not touch: a cautious sign that the groups differ."""
    return one.estimate.ci_high < other.estimate.ci_low or other.estimate.ci_high < one.estimate.ci_low


def overturn(effect: ReformEffect, telling: Telling) -> tuple[Message, ...]:
    """The checks that speak against the answer, gravest first; that none does if so."""
    worst = [check for status in ("failed", "warned") for check in effect.checks if check.status == status]
    if not effect.checks:
        return ()
    facts: Mapping[str, object] = {
        "checks": tuple(Code("effect_check", check.name) for check in worst),
        "done": sum(check.status in ("passed", "warned", "failed") for check in effect.checks),
        "undone": tuple(Code("effect_check", c.name) for c in effect.checks if c.status == "not_evaluable"),
    }
    named = tuple(check_sentence(check, effect.outcome.unit, telling.names) for check in worst)
    return (Message("effect.overturn", facts), *named)


def check_sentence(check: CheckResult, unit: str, names: Names) -> Message:
    """What a check found and what follows from it."""
    facts: dict[str, object] = {"status": check.status}
    for name, value in check.facts.items():
        if name in IN_UNIT:
            facts[name] = _shown(value, unit)
        elif name == "p_value":
            facts[name] = p_quantity(value if isfinite(value) else None)
        elif name in PLACES:
            facts[name] = names(value)
        elif name == "in_force_share":
            facts[name] = Quantity(FULL * value, "percent", decimals=0)
        elif name in KINDS_OF_REFORM:
            facts[name] = reform_codes(value)
        else:
            facts[name] = value
    return Message(f"effect.checks.{check.name}", facts | _ends(check, unit))


def _shown(value: float | None, unit: str) -> Quantity | None:
    """None where there is no number, or one that would print as zero."""
    if value is None or not isfinite(value) or abs(value) < 0.5 * 10 ** -decimals_of(unit):
        return None
    return amount(value, unit)


def _ends(check: CheckResult, unit: str) -> dict[str, object]:
    """Intervals of a check's facts, `interval` and `standardised_interval`."""
    found: dict[str, object] = {}
    for name, low, high in (
        ("interval", "ci_low", "ci_high"),
        ("standardised_interval", "standardised_low", "standardised_high"),
        ("between", "lowest", "highest"),
    ):
        ends = [check.facts.get(key) for key in (low, high)]
        known = all(end is not None and isfinite(end) for end in ends)
        found[name] = Range(*ends, unit, decimals_of(unit)) if known else None
    return found


def narrative(effects: Sequence[ReformEffect], telling: Telling) -> Prose:
    """The answers of all effects on the headline outcome, established ones first; the rest is in `details`."""
    if not effects:
        return Prose("effects", (Message("effect.none"),))
    order = ("improved", "worsened", "no_effect_found", "not_established", "cannot_be_told_apart", "described_only")
    told = sorted(effects, key=lambda effect: order.index(effect.verdict))
    messages = [verdict(effect, telling) for effect in told]
    if sum(effect.estimate is not None for effect in effects) > 1:
        messages.append(Message("effect.many", telling.facts | {"n": len(effects)}))
    given = [effect for effect in told if ADDITIVE in effect.reasons and effect.verdict != "not_established"]
    given = [code for effect in given for code in reform_codes(effect.reforms)]
    if given:
        messages.append(Message("effect.condition", {"reforms": tuple(dict.fromkeys(given))}))
    return Prose("effects", tuple(messages))


def details(effect: ReformEffect | None, telling: Telling) -> Prose:
    """All sentences of one effect, its checks among them."""
    if effect is None:
        return Prose("effect_details", (Message("effect.none"),))
    return Prose("effect_details", sentences(effect, telling))
