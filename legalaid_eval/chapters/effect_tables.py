"""Tables of reforms' effects: the answers, their checks, other answers, groups, years, other outcomes."""

from collections.abc import Iterator, Sequence

import pandas as pd

from legalaid_eval.chapters.effect_prose import (
    Telling,
    amount,
    check_sentence,
    decimals_of,
    facts_of,
    group_code,
    holds_alone_only,
    p_quantity,
    reform_codes,
)
from legalaid_eval.chapters.reform_results import Beside, ReformEffect
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.content import Code, Column, Message, Range, Table
from legalaid_eval.estimators.base import Estimate

TO_THE_RIGHT = (
    "effect_change",
    "effect_places",
    "effect_relative",
    "effect_smallest",
    "effect_p",
    "effect_n",
)


def tables(effects: Sequence[ReformEffect], others: Sequence[ReformEffect], telling: Telling) -> tuple[Table, ...]:
    """`effects` on the headline outcome, `others` on further outcomes."""
    return (
        answers(effects, telling),
        checks(effects, telling),
        groups(effects, telling),
        other_outcomes(others, telling),
        beside(effects, telling),
        years(effects, telling),
    )


def _table(name: str, columns: str, lines: Sequence[tuple[object, ...]], telling: Telling, **more: object) -> Table:
    heads = tuple(Column(key, "right" if key in TO_THE_RIGHT else "left") for key in columns.split())
    return Table(name, heads, tuple(lines), facts=telling.facts | dict(more.pop("facts", {})), **more)


def _answer(effect: ReformEffect, telling: Telling) -> tuple[object, ...]:
    facts = facts_of(effect, telling)
    places = Message("effect.of_places", {"treated": len(effect.treated), "never": len(effect.never)})
    said = (facts["change"], facts["interval"], facts["relative"])
    return (verdict_code(effect), *said, places, facts["smallest"])


def verdict_code(effect: ReformEffect) -> Code:
    """The verdict; a change that is established only on a condition is not called established."""
    if effect.verdict in ("improved", "worsened") and holds_alone_only(effect):
        return Code("effect_verdict", f"{effect.verdict}_alone")
    given = effect.verdict in ("improved", "worsened", "no_effect_found") and ADDITIVE in effect.reasons
    return Code("effect_verdict", f"{effect.verdict}_if_additive" if given else effect.verdict)


ANSWER = "effect_verdict effect_change effect_interval effect_relative effect_places effect_smallest"


def answers(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """One line per reform, or bundle of reforms that cannot be told apart."""
    lines = [(reform_codes(effect.reforms), *_answer(effect, telling)) for effect in effects]
    outcome = Code("effect_outcome", effects[0].outcome.key) if effects else None
    return _table("effects", f"reform {ANSWER}", lines, telling, facts={"outcome": outcome})


def other_outcomes(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """The same lines for further outcomes."""
    lines = [
        (reform_codes(effect.reforms), Code("effect_outcome", effect.outcome.key), *_answer(effect, telling))
        for effect in effects
    ]
    return _table("effect_outcomes", f"reform effect_outcome {ANSWER}", lines, telling, placement="appendix")


def checks(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """Every check of every effect: its result and what it says."""
    lines = [
        (
            reform_codes(effect.reforms),
            Code("effect_check", check.name),
            Code("effect_status", check.status),
            check_sentence(check, effect.outcome.unit, telling.names),
        )
        for effect in effects
        for check in effect.checks
    ]
    columns = "reform effect_check effect_status effect_told"
    return _table("effect_checks", columns, lines, telling, placement="appendix")


def _size(found: Estimate | None, unit: str) -> tuple[object, object]:
    if found is None:
        return None, None
    return amount(found.estimate, unit), Range(found.ci_low, found.ci_high, unit, decimals_of(unit))


def beside(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """What other methods say to the same question."""
    lines = [line for effect in effects for line in _beside(effect)]
    return _table(
        "effect_beside",
        "reform effect_method effect_change effect_interval effect_p",
        lines,
        telling,
        placement="appendix",
    )


def _beside(effect: ReformEffect) -> Iterator[tuple[object, ...]]:
    if effect.estimate is None:
        return
    name, unit = reform_codes(effect.reforms), effect.outcome.unit
    yield name, Code("effect_method", method_of(effect)), *_size(effect.estimate, unit), p_quantity(effect.interval_p)
    for other in effect.beside:
        yield name, Code("effect_method", other.code), *_size(other.estimate, unit), _p_value(other)


def _p_value(other: Beside) -> object:
    return p_quantity(other.p_value)


def method_of(effect: ReformEffect) -> str:
    """The headline's method as a code: the interval of a comparison, or the interrupted series."""
    if effect.method == "interrupted_series":
        return "interrupted_series"
    return effect.design.inference or "placebo_pool"


def groups(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """For whom: the change in every group that has enough cases."""
    lines = [
        (reform_codes(effect.reforms), group_code(group), *_size(group.estimate, effect.outcome.unit), group.n)
        for effect in effects
        for group in effect.groups
        if group.estimate is not None
    ]
    return _table("effect_groups", "reform effect_group effect_change effect_interval effect_n", lines, telling)


def years(effects: Sequence[ReformEffect], telling: Telling) -> Table:
    """The change by twelve months before and since the start."""
    lines = [line for effect in effects for line in _years(effect)]
    columns = "reform effect_year effect_status effect_change effect_interval"
    return _table("effect_years", columns, lines, telling, placement="appendix")


def _years(effect: ReformEffect) -> Iterator[tuple[object, ...]]:
    study = effect.event_study if effect.event_study is not None else pd.DataFrame()
    unit = effect.outcome.unit
    for row in study.itertuples():
        known = pd.notna(row.ci_low)
        ends = Range(row.ci_low, row.ci_high, unit, decimals_of(unit)) if known else None
        months = Range(row.start, row.last, "month", 0)
        state = Code("effect_before", "before" if row.before else "after")
        yield reform_codes(effect.reforms), months, state, amount(row.estimate, unit), ends
