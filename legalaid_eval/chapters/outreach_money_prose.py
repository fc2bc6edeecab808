"""Money in sentences and results rows: what an additional person cost, and where the next yuan would gain most."""

from collections.abc import Iterator

import pandas as pd

from legalaid_eval import results
from legalaid_eval.chapters.outreach_budget import COUNTY, Budget, Plan, lines_of
from legalaid_eval.chapters.outreach_cost import (
    ADDITIONAL,
    ADULTS,
    ALL_SPENDING,
    APPLICATION,
    AWARE,
    BY_PLACE,
    PERCENT,
    Costs,
    Line,
)
from legalaid_eval.chapters.outreach_findings import Told, rows_of
from legalaid_eval.chapters.outreach_money_tables import (
    BOOKED,
    ESTIMATED,
    MONEY,
    booked,
    cost_of,
    days_of,
    gain_of,
    in_all,
    name_of,
    notes_of,
    people,
    reason_of,
    rounded,
    span_facts,
    verdict_of,
    yuan,
)
from legalaid_eval.content import Code, Message, Period, Prose, Quantity
from legalaid_eval.estimators.allocation import Allocation
from legalaid_eval.estimators.base import Estimate

READING = ("sums", "turned", "places", "mean", "applications", "curve", "range", "segments")
LAYOUTS = (("present", "gain_now", "present", BOOKED), ("spent", "gain", "allocation", ESTIMATED))
"""A unit's money, its gain, the method of the row, and the digits of the money."""
SAME = 0.01
"""Of the budget: a shift smaller than this is none."""
FEW_PLACES = "few_places"
HIDDEN_MONEY = {"status": "suppressed", "note": "too_few"}


def prose(costs: Costs, budget: Budget) -> Prose:
    return Prose("outreach_money", (*_costs(costs), *_budget(budget)))


def reading_messages() -> tuple[Message, ...]:
    return tuple(Message(f"outreach_money.reading.{key}") for key in READING)


def _costs(costs: Costs) -> Iterator[Message]:
    spent = next((found for found in costs.spent.values() if not found.reason), None)
    if spent is not None:
        additional = spent.total(ADDITIONAL)
        facts = {
            "n": len(spent.by_county),
            "first": month(spent.first),
            "last": month(spent.last),
            "amount": booked(spent.total(ALL_SPENDING)),
            "imputed": Quantity(PERCENT * spent.imputed, "percent", decimals=0) if spent.imputed else None,
            "additional": booked(additional) if additional > 0 else None,
            "short": additional != additional,
        }
        yield Message("outreach_money.spent", costs.told.facts | facts)
    for what in (AWARE, APPLICATION):
        yield from _cost(costs, what)


def month(text: str) -> Period:
    """A month as its days."""
    return days_of(pd.Period(text, freq="M"))


def _cost(costs: Costs, what: str) -> Iterator[Message]:
    """One question: the comparison's cost by both sums of money, and that over the counties."""
    lines = [line for line in costs.lines if line.what == what]
    found = [line for line in lines if line.found is not None and line.method != BY_PLACE]
    facts = costs.told.facts | {"what": Code("money_per", what), "established": costs.established[what]}
    if not found:
        reason = Code("money_reason", lines[0].reason)
        yield Message("outreach_money.cost.none", facts | {"reason": reason})
        return
    first = found[0]
    facts |= {"adults": costs.basis == ADULTS, "aware": what == AWARE, "gain": gain_of(first)}
    facts |= {"span": Message("outreach_money.cost.span", span_facts(costs, what) | {"aware": what == AWARE})}
    sums = tuple(_by_sum(line) for line in found if cost_of(line) is not None)
    yield Message(f"outreach_money.cost.{first.found.verdict}", facts | {"costs": sums})
    beyond = beyond_reach(costs) if what == AWARE else None
    if beyond is not None:
        yield beyond
    beside = costs.line(what, first.money, BY_PLACE)
    if beside is not None and beside.found is not None and beside.found.verdict == "bounded":
        facts |= {"cost": cost_of(beside), "n": beside.found.n_places}
        yield Message("outreach_money.cost.by_place", facts)


def beyond_reach(costs: Costs) -> Message | None:
    """That more are estimated to know of it than its events ever reached, so that these alone cannot have made them
    know, with what it cost to reach one person once; None where that is not so, or not known."""
    line, spent = costs.line(AWARE, ALL_SPENDING), costs.spent.get(AWARE)
    if line is None or line.found is None or not line.found.gain > spent.reached:
        return None
    each = yuan(spent.total(ALL_SPENDING) / spent.reached) if spent.reached else None
    reached = people(spent.reached, "person_time", digits=BOOKED)
    facts = {"reached": reached, "gain": people(line.found.gain), "each": each}
    return Message("outreach_money.cost.beyond_reach", facts)


def _by_sum(line: Line) -> Message:
    unit, money = Code("money_unit", line.what), Code("money_counting", line.money)
    facts = {"cost": cost_of(line), "unit": unit, "money": money}
    return Message("outreach_money.by_sum", facts)


def _budget(budget: Budget) -> Iterator[Message]:
    plan = budget.counties
    if plan is None:
        yield Message("outreach_money.budget.none", budget.told.facts | {"reason": reason_of(budget)})
        return
    facts = notes_of(budget) | {"amount": booked(budget.amount)} | _sizes(plan)
    yield Message("outreach_money.budget.unsure" if budget.unsure else "outreach_money.budget.found", facts)
    if not budget.unsure:
        yield Message("outreach_money.budget.shifts", facts | _shifts(budget, plan))
    yield Message("outreach_money.budget.limits", facts)


def _sizes(plan: Plan) -> dict[str, object]:
    even = plan.suggested.advantage
    return {
        "gain": in_all(plan.suggested.gain),
        "now": None if plan.present is None else in_all(plan.present.gain),
        "advantage": in_all(even),
        "advantage_open": even.ci_low <= 0 <= even.ci_high,
        "better": Quantity(PERCENT * plan.suggested.better, "percent", decimals=0),
    }


def _shifts(budget: Budget, plan: Plan) -> dict[str, object]:
    """The counties that would get most more and most less than at present."""
    lines = [line for line in lines_of(plan) if pd.notna(line["present"])]
    moved = sorted(lines, key=lambda line: line["spent"] - line["present"])
    shift = {line["segment"]: line["spent"] - line["present"] for line in moved}
    least = SAME * budget.amount
    down = tuple(_shift(budget, line) for line in moved[:2] if shift[line["segment"]] < -least)
    up = tuple(_shift(budget, line) for line in moved[:-3:-1] if shift[line["segment"]] > least)
    return {"up": up, "down": down}


def _shift(budget: Budget, line: pd.Series) -> Message:
    name = name_of(budget, COUNTY, line["segment"])
    money = {"now": booked(line["present"]), "then": yuan(line["spent"])}
    return Message("outreach_money.shift", {"place": name} | money)


def rows(costs: Costs, budget: Budget, told: Told) -> Iterator[results.Row]:
    """Costs (`cost:aware`, `cost:application`), and present and suggested money and gains (`budget:...`)."""
    for line in costs.lines:
        yield _cost_row(costs, told, line)
    if budget.counties is None:
        reason = f"budget:{budget.reason}"
        yield _row(told, "budget:spending", "all", "allocation", MONEY, status="not_evaluable", note=reason)
    for code in budget.hidden:
        yield _row(told, "budget:spending", COUNTY, "present", MONEY, place=told.key(code), **HIDDEN_MONEY)
    for plan in (budget.counties, budget.segments):
        if plan is not None:
            yield from _plan_rows(budget, told, plan)


def _row(
    told: Told,
    indicator: str,
    group: str,
    method: str,
    unit: str,
    numbers: tuple[float | None, ...] = (None, None, None),
    **more: object,
) -> results.Row:
    """With the level of the report where there are ends."""
    level = told.params.conf_level if any(end is not None for end in numbers[1:]) else None
    return rows_of(told).row(indicator, group, method, unit, (*numbers, level), **more)


def _cost_row(costs: Costs, told: Told, line: Line) -> results.Row:
    group, method = line.money or "all", line.method or "turned_over"
    spent = costs.spent.get(line.what)
    days = None if spent is None or spent.reason else (month(spent.first).start, month(spent.last).end)
    indicator = f"cost:{line.what}"
    if line.found is None:
        return _row(told, indicator, group, method, MONEY, days=days, status="not_evaluable", note=line.reason)
    found, bounded = line.found, line.found.verdict == "bounded"
    numbers = tuple(
        None if value is None else rounded(value)
        for value in (found.estimate if bounded else None, found.ci_low, found.ci_high if bounded else None)
    )
    beyond = "beyond_reach" if line.what == AWARE and beyond_reach(costs) is not None else ""
    more = {"days": days, "verdict": verdict_of(costs, line).code, "n": found.n_places, "note": beyond}
    if found.verdict == FEW_PLACES:
        more |= {"status": "not_evaluable", "note": FEW_PLACES}
    return _row(told, indicator, group, method, MONEY, numbers, **more)


def _plan_rows(budget: Budget, told: Told, plan: Plan) -> Iterator[results.Row]:
    verdict = "no_effect_found" if budget.unsure else ""
    for line in lines_of(plan):
        county = plan.kind == COUNTY
        place, part = (told.key(line["segment"]), "county") if county else ("", f"segment={line['segment']}")
        shared = {"place": place, "verdict": verdict}
        for column, gain, method, digits in LAYOUTS:
            if pd.notna(line[column]):
                spent = (rounded(line[column], digits), None, None)
                yield _row(told, "budget:spending", part, method, MONEY, spent, **shared)
            if pd.notna(line[gain]):
                yield _row(told, "budget:gain", part, method, "person", _three(line, gain), **shared)
    totals = {"present": plan.present, "allocation": plan.suggested}
    for method, found in totals.items():
        if found is not None:
            yield from _total_rows(told, plan.kind, method, found, verdict)
    even = _rounded_ends(plan.suggested.advantage)
    yield _row(told, "budget:advantage", f"all:{plan.kind}", "equal_dose", "person", even, verdict=verdict)


def _three(line: pd.Series, name: str) -> tuple[float | None, ...]:
    return tuple(round(rounded(line[key])) for key in (name, f"{name}_low", f"{name}_high"))


def _total_rows(told: Told, kind: str, method: str, found: Allocation, verdict: str) -> Iterator[results.Row]:
    group = f"all:{kind}"
    spent = (rounded(found.spent, BOOKED), None, None)
    yield _row(told, "budget:spending", group, method, MONEY, spent, verdict=verdict)
    yield _row(told, "budget:gain", group, method, "person", _rounded_ends(found.gain), verdict=verdict)


def _rounded_ends(found: Estimate) -> tuple[int, ...]:
    return tuple(round(rounded(each)) for each in (found.estimate, found.ci_low, found.ci_high))
