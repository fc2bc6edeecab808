"""Pledged times beside the statutory limit of their day: what is promised, not what is kept."""

from collections.abc import Sequence
from decimal import Decimal

from legalaid_eval.content import Code, Message, Quantity
from legalaid_eval.evidence.claim import ClaimResult, Names, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.rules import TimeLimit

PLEDGED = {"review_time": ("LL-43a",), "application_to_assignment_time": ("LL-43a", "LL-43b")}
"""Pledged times and the limits of the Legal Aid Law that run one after the other over the same steps."""

DAY_UNITS = ("day", "working_day")


def check_pledges(statements: Sequence[Statement], names: Names, limits: Sequence[TimeLimit]) -> list[ClaimResult]:
    """Every pledged time whose statutory limit is known; keeping it cannot be judged without case dates."""
    by_id = {limit.rule_id: limit for limit in limits}
    found = []
    for pledge in (s for s in statements if s.indicator in PLEDGED and s.unit in DAY_UNITS):
        rules = [by_id[rule] for rule in PLEDGED[pledge.indicator] if rule in by_id]
        if rules and all(rule.limit is not None and rule.holds_on(pledge.start) for rule in rules):
            found.append(_pledge(pledge, rules, names))
    return found


def _pledge(pledge: Statement, rules: list[TimeLimit], names: Names) -> ClaimResult:
    limit = sum(rule.limit for rule in rules)
    facts = {
        "place": names(pledge.place),
        "pledge": quantity(pledge),
        "limit": Quantity(float(limit), "day", decimals=0),
        "rules": tuple(rule.rule_id for rule in rules),
        "articles": tuple(_article(text) for text in dict.fromkeys(rule.article for rule in rules)),
        "evidence": Code("rule_evidence", rules[0].evidence),
        "needed": (Code("needed", "case_dates"),),
        "period": window(pledge),
    }
    variant = "" if _stricter(pledge, limit) else "not_stricter"
    return result("pledge", "not_evaluable", pledge, facts, variant=variant, high=float(limit), unit="day")


def _article(text: str) -> Message:
    """The article of the Legal Aid Law as a reader looks it up: 43(1) is article 43, paragraph 1."""
    number, _, paragraph = text.rstrip(")").partition("(")
    return Message("claims.article", {"number": number, "paragraph": paragraph})


def _stricter(pledge: Statement, limit: Decimal) -> bool:
    """Whether the pledge ends before the limit; seven calendar days hold five working days at most."""
    days = pledge.value if pledge.unit == "day" else pledge.value * 7 / 5
    return pledge.qualifier in ("exact", "at_most") and days < limit
