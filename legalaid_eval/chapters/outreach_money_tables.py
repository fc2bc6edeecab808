"""The tables and the picture of money: what an additional person cost, and a budget as it is spent and as suggested."""

from collections.abc import Iterator
from math import floor, isfinite, log10

import pandas as pd

from legalaid_eval.chapters.outreach_budget import COUNTY, Budget, Plan, lines_of
from legalaid_eval.chapters.outreach_cost import ADULTS, AWARE, Costs, Line
from legalaid_eval.content import Code, Column, Figure, Label, Message, Period, Quantity, Range, Table
from legalaid_eval.estimators.base import Estimate

BOOKED, ESTIMATED = 3, 2
"""Significant digits of money that was booked, which tell no single event, and of what is estimated."""
MONEY = "CNY"
UNSURE = "outreach_allocation_unsure"
GAIN, GAIN_NOW = (("gain", "gain_low", "gain_high"), ("gain_now", "gain_now_low", "gain_now_high"))
FIGURE = "segment present suggested low high gain gain_low gain_high beyond".split()


def rounded(value: float, digits: int = ESTIMATED) -> float:
    """The number with so many significant digits."""
    return round(value, digits - 1 - floor(log10(abs(value)))) if value else 0.0


def yuan(value: float, qualifier: str = "exact", *, digits: int = ESTIMATED) -> Quantity:
    """Money with its significant digits, an idle zero at the end among them: 3.0 is not 3."""
    shown = rounded(value, digits)
    places = digits - 1 - floor(log10(abs(shown))) if shown else 0
    return Quantity(shown, MONEY, qualifier, max(0, places))


def booked(value: float) -> Quantity:
    return yuan(value, digits=BOOKED)


def people(value: float, unit: str = "person", *, digits: int = ESTIMATED) -> Quantity:
    return Quantity(round(rounded(value, digits)), unit)


def ends(low: float | None, high: float | None, unit: str) -> Range | Message:
    """Both ends; one without a bound is left open. Ends of money, which have bounds, have as many significant digits
    each, and so perhaps not the same decimals, as a Range has."""
    if unit == MONEY:
        return Message("outreach_money.reach", {"low": yuan(low), "high": yuan(high)})
    known = (None if end is None or not isfinite(end) else round(rounded(end)) for end in (low, high))
    return Range(*known, unit)


def with_interval(value: Quantity, low: float | None, high: float | None) -> Message:
    unit = value.unit if value.unit == MONEY else "count"  # said once is enough
    return Message("outreach_money.with_interval", {"value": value, "ends": ends(low, high, unit)})


def counted_in(what: str) -> str:
    """The unit of a gain."""
    return "person" if what == AWARE else "case"


def gain_of(line: Line) -> Message | None:
    found = line.found
    if found is None or found.gain_low is None:
        return None
    return with_interval(people(found.gain, counted_in(line.what)), found.gain_low, found.gain_high)


def cost_of(line: Line) -> object:
    """The cost with its interval; where there may be no gain only what it is at least."""
    found = line.found
    if found is None or found.verdict not in ("bounded", "at_least"):
        return None
    if found.verdict == "at_least":
        return yuan(found.ci_low, "at_least")
    return with_interval(yuan(found.estimate), found.ci_low, found.ci_high)


def verdict_of(costs: Costs, line: Line) -> Code:
    """How the cost is to be read: a bound that rests on a change which is not established has one only if it is."""
    if line.found is None:
        return Code("money_reason", line.reason)
    verdict = line.found.verdict
    condition = verdict == "bounded" and not costs.established[line.what]
    return Code("money_verdict", "bounded_if" if condition else verdict)


def tables(costs: Costs, budget: Budget) -> tuple[Table, ...]:
    return costs_table(costs), budget_table(budget)


def _table(name: str, columns: str, lines: list[tuple[object, ...]], **more: object) -> Table:
    heads = tuple(Column(key, "right" if key.startswith("om_v_") else "left") for key in columns.split())
    return Table(name, heads, tuple(lines), **more)


def costs_table(costs: Costs) -> Table:
    """Per question, sum of money and method: money, gain, cost of one more, and how to read it."""
    lines = [
        (
            Code("money_what", line.what),
            Code("money_sum", line.money) if line.money else None,
            Code("money_method", line.method) if line.method else None,
            None if line.found is None else booked(line.found.cost),
            gain_of(line),
            cost_of(line),
            verdict_of(costs, line),
        )
        for line in costs.lines
    ]
    columns = "om_what om_money om_method om_v_amount om_v_gain om_v_cost om_reading"
    persons = any(line.what == AWARE and line.found is not None for line in costs.lines)
    facts = costs.told.facts | {"adults": costs.basis == ADULTS, "persons": persons}
    facts["spans"] = tuple(_spanned(costs, what) for what in costs.spent if not costs.spent[what].reason)
    return _table("outreach_costs", columns, lines, note=Message("outreach_money.note.costs", facts), facts=facts)


def _spanned(costs: Costs, what: str) -> Message:
    return Message("outreach_money.spanned", {"what": Code("money_what", what)} | span_facts(costs, what))


def span_facts(costs: Costs, what: str) -> dict[str, object]:
    """The months that the money of a question adds up: the first county's start, the last month, how many."""
    first, last = (pd.Period(month, freq="M") for month in (costs.spent[what].first, costs.spent[what].last))
    return {"first": days_of(first), "last": days_of(last), "months": Quantity((last - first).n + 1, "month")}


def days_of(month: pd.Period) -> Period:
    return Period(month.start_time.date(), month.end_time.date())


def budget_table(budget: Budget) -> Table:
    """Per county and per segment: money now, money by the curve with how far it moves, and the gains of both."""
    plans = [plan for plan in (budget.counties, budget.segments) if plan is not None]
    lines = [line for plan in plans for line in _plan_lines(budget, plan)]
    columns = "om_kind om_unit om_v_present om_v_suggested om_v_now om_v_then"
    note = Message("outreach_money.note.budget", notes_of(budget)) if lines else None
    place = "appendix" if budget.unsure else "body"
    facts = budget.told.facts | {"unsure": budget.unsure, "reason": reason_of(budget)}
    return _table("outreach_budget", columns, lines, placement=place, note=note, facts=facts)


def reason_of(budget: Budget) -> Code | None:
    return Code("money_reason", budget.reason) if budget.reason else None


def name_of(budget: Budget, kind: str, unit: str) -> Label | Code:
    return budget.told.name(unit) if kind == COUNTY else Code("effect_group_segment", unit)


def _plan_lines(budget: Budget, plan: Plan) -> Iterator[tuple[object, ...]]:
    kind = Code("money_kind", plan.kind)
    for line in lines_of(plan):
        name = _minded(name_of(budget, plan.kind, line["segment"]), line["limit"])
        spent = _bracketed(line["spent"], line["low"], line["high"])
        gains = (_bracketed(*(line[key] for key in keys)) for keys in (GAIN_NOW, GAIN))
        yield kind, name, _count(line["present"], BOOKED), spent, *gains
    found, present = plan.suggested, plan.present
    before = (None, None) if present is None else (_count(present.spent, BOOKED), _gain(present.gain))
    yield kind, Code("money_kind", "together"), before[0], _count(found.spent, BOOKED), before[1], _gain(found.gain)


def _count(value: float, digits: int = ESTIMATED) -> Quantity | None:
    """A number whose unit stands in the head."""
    return None if pd.isna(value) else Quantity(round(rounded(value, digits)), "count")


def _bracketed(value: float, low: float, high: float) -> Message | Quantity | None:
    return with_interval(_count(value), low, high) if low < high else _count(value)


def _gain(gain: Estimate) -> Message | Quantity | None:
    return _bracketed(gain.estimate, gain.ci_low, gain.ci_high)


def in_all(gain: Estimate) -> Message | Quantity:
    """A gain of all units together, in words."""
    value = people(gain.estimate)
    return with_interval(value, gain.ci_low, gain.ci_high) if gain.ci_low < gain.ci_high else value


def _minded(name: Label | Code, limit: str) -> Label | Code | Message:
    """The name, with the end of the observed doses that it stands at."""
    return Message("outreach_money.minded", {"name": name, "mind": Code("money_mind", limit)}) if limit else name


def notes_of(budget: Budget) -> dict[str, object]:
    """What holds of the whole layout: facts of its sentences."""
    notes = budget.counties.suggested.notes if budget.counties is not None else ()
    told, plan = budget.told, budget.counties
    clipped = () if plan is None else tuple(told.name(code) for code in plan.units.loc[plan.units["clipped"], "unit"])
    return told.facts | {
        "unsure": budget.unsure,
        "adults": budget.basis == ADULTS,
        "given": budget.given,
        "clipped": clipped,
        "idle": "no_gain" in notes,
        "too_large": "budget_beyond_range" in notes,
        "bent": any(note.startswith("not_concave:") for note in notes),
        "hidden": tuple(told.name(code) for code in budget.hidden),
        "left_out": tuple(Code("effect_group_segment", name) for name in budget.left_out),
        "why_no_segments": Code("money_reason", budget.why_no_segments) if budget.why_no_segments else None,
    }


def figure(budget: Budget) -> Figure:
    """The counties: `segment, present, suggested, low, high, gain, gain_low, gain_high, beyond`.

    Where no effect of the dose was found the picture has an id, and so words, of its own, which say that it is no
    recommendation.
    """
    facts = budget.told.facts | {"unit": MONEY, "conf_level": budget.told.params.conf_level}
    name = UNSURE if budget.unsure else "outreach_allocation"
    plan = budget.counties
    if plan is None:
        return Figure(name, "allocation", pd.DataFrame(columns=FIGURE), facts)
    gain = plan.suggested.gain
    facts |= {"budget": booked(budget.amount), "total": people(gain.estimate)}
    facts |= {"total_range": ends(gain.ci_low, gain.ci_high, "person")}
    beyond = {note.removeprefix("beyond_observed:") for note in plan.suggested.notes}
    lines = [
        (
            name_of(budget, COUNTY, line["segment"]),
            _drawn(line["present"], BOOKED),
            *(_drawn(line[column]) for column in ("spent", "low", "high", "gain", "gain_low", "gain_high")),
            line["segment"] in beyond,
        )
        for line in lines_of(plan)
    ]
    return Figure(name, "allocation", pd.DataFrame(lines, columns=FIGURE), facts)


def _drawn(value: float, digits: int = ESTIMATED) -> float:
    return value if pd.isna(value) else rounded(value, digits)
