"""Money against tariffs: what was paid per case, and how tariffs changed."""

from collections.abc import Sequence
from fractions import Fraction

from legalaid_eval.content import Quantity, Range
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, exact_whole, group_label, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import PAID_CASES, TARIFFS

HIGHEST = "case_subsidy_max"
"""A ceiling says nothing about the lowest tariff; one tariff alone nothing about the others."""


def check_tariff_bounds(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """A paid total must lie between the cases paid times the lowest and times the highest tariff."""
    found = []
    for paid in (s for s in statements if s.indicator == "case_subsidy_paid" and s.qualifier == "exact"):
        own = [s for s in statements if (s.source_id, s.place) == (paid.source_id, paid.place)]
        tariffs = [s for s in own if s.indicator in TARIFFS and s.start <= paid.end and paid.start <= s.end]
        cases = [s for s in own if s.indicator in PAID_CASES and s.group == "all" and exact_whole(s)]
        cases = [s for s in cases if (s.start, s.end) == (paid.start, paid.end) and s.value > 0]
        if cases and (len({s.group for s in tariffs}) > 1 or any(s.indicator == HIGHEST for s in tariffs)):
            counted = min(cases, key=lambda s: PAID_CASES.index(s.indicator))
            found.append(_tariff_result(paid, counted, tariffs, names))
    return found


def _tariff_result(paid: Statement, cases: Statement, tariffs: list[Statement], names: Names) -> ClaimResult:
    standards = [s.value for s in tariffs if s.indicator != HIGHEST]
    low, high = min(standards) if len(standards) > 1 else 0, max(s.value for s in tariffs)
    mean = Fraction(paid.value) / Fraction(cases.value)
    verdict = "consistent" if low <= mean <= high else "contradicted"
    facts = {
        "place": names(paid.place),
        "paid": quantity(paid),
        "cases": quantity(cases),
        "mean": Quantity(float(mean), "CNY/case", decimals=0),
        "tariffs": Range(float(low), float(high), "CNY/case", 0),
        "above": mean > high,
        "most": Quantity(float(high * cases.value), "CNY", decimals=0),
    }
    return result(
        "tariff_bounds",
        verdict,
        paid,
        facts,
        computed=float(mean),
        low=float(low),
        high=float(high),
        n=int(cases.value),
        unit="CNY/case",
        sources=cited(paid, cases),
    )


def check_tariff_changes(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """How much a tariff rose between two windows, group by group, and what the highest grade can add."""
    found = []
    standards = [s for s in statements if s.indicator == "case_subsidy_standard"]
    for new in standards:
        same = (new.source_id, new.place, new.group)
        older = [s for s in standards if (s.source_id, s.place, s.group) == same and s.end < new.start and s.value > 0]
        if older and new.value > 0:
            old = max(older, key=lambda s: s.end)
            change = 100 * (Fraction(new.value) / Fraction(old.value) - 1)
            top = [s for s in statements if s.indicator == HIGHEST and _beside(s, new)]
            facts = {
                "place": names(new.place),
                "group": group_label(new.group),
                "old": quantity(old),
                "new": quantity(new),
                "change": Quantity(float(abs(change)), "percent", decimals=0),
                "period": window(new),
                "top": quantity(top[0]) if top else None,
                "premium": round(float(top[0].value / new.value), 2) if top else None,
            }
            values = {"computed": float(change), "low": float(change), "high": float(change), "unit": "percent"}
            variant = "" if change > 0 else ("fell" if change else "unchanged")
            values |= {"variant": variant, "sources": cited(old, new, *top)}
            found.append(result("tariff_change", "implied", new, facts, **values))
    return found


def _beside(top: Statement, tariff: Statement) -> bool:
    """A ceiling of the same source and place whose window meets the tariff's."""
    same = (top.source_id, top.place) == (tariff.source_id, tariff.place)
    return same and top.start <= tariff.end and tariff.start <= top.end
