"""Wholes and their parts: groups, amounts of money, and places within a place."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from legalaid_eval.content import Quantity
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.arithmetic import Bounds
from legalaid_eval.evidence.claim import (
    ClaimResult,
    Names,
    alike,
    cited,
    quantity,
    result,
)
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import GROUP_SUMS, MONEY_SUMS, GroupSum, MoneySum


def check_group_sums(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Groups of an indicator against its printed whole, same source, place, window and unit."""
    found = []
    for relation in GROUP_SUMS:
        for whole in _wholes(relation, statements):
            indicator = (whole.indicator,) if not relation.total else relation.indicators
            printed = [
                s for s in alike(statements, whole, indicator) if s.group in relation.groups and s.unit == whole.unit
            ]
            for parts in coverings(printed):
                found.append(_group_result(relation, whole, _without_inner(relation, whole, parts), names))
    return found


def coverings(parts: Sequence[Statement]) -> list[list[Statement]]:
    """The parts as sets in which nothing is counted twice: "visit+phone" beside "visit" and "phone" makes two.

    A group that is printed twice counts once, with its exact number if there is one.
    """
    by_group: dict[str, Statement] = {}
    for s in sorted(parts, key=lambda s: s.qualifier != "exact"):
        by_group.setdefault(s.group, s)
    once = sorted(by_group.values(), key=parts.index)
    wide = [s for s in once if "+" in s.group]
    narrow = [s for s in once if "+" not in s.group]
    taken = {name for s in wide for name in s.group.split("+")}
    if not taken & {s.group for s in narrow}:
        return [once] if once else []
    return [narrow, [*wide, *(s for s in narrow if s.group not in taken)]]


def _without_inner(relation: GroupSum, whole: Statement, parts: list[Statement]) -> list[Statement]:
    """A group that may be part of another one (hotline of phone) is left out where both do not fit the whole."""
    groups = {s.group for s in parts}
    outer = [s for s in parts if relation.inner.get(s.group) not in groups]
    too_many = exact.add(exact.hedge_bounds(s) for s in parts).low > whole.value
    return outer if too_many else parts


def _wholes(relation: GroupSum, statements: Sequence[Statement]) -> list[Statement]:
    wanted = (relation.total,) if relation.total else relation.indicators
    wholes = [s for s in statements if s.indicator in wanted and s.group == "all" and s.qualifier == "exact"]
    return list({(s.indicator, s.source_id, s.place, s.start, s.end, s.unit, s.value): s for s in wholes}.values())


def _group_result(relation: GroupSum, whole: Statement, parts: list[Statement], names: Names) -> ClaimResult:
    bounds = exact.add(exact.hedge_bounds(s) for s in parts)
    gap = Fraction(whole.value) - bounds.low
    hedged = any(s.qualifier != "exact" for s in parts)
    groups = {name for s in parts for name in s.group.split("+")}
    verdict = _group_verdict(whole, bounds, closed=relation.complete and _all_types(groups))
    facts = {
        "place": names(whole.place),
        "whole": quantity(whole),
        "parts": tuple(quantity(s) for s in parts),
        "total": Quantity(float(bounds.low), whole.unit, "at_least" if hedged else "exact", 0),
        "gap": Quantity(float(abs(gap)), whole.unit, "at_most" if hedged and gap > 0 else "exact", 0),
        "more": gap < 0,
    }
    return result(
        "group_sum",
        verdict,
        replace(whole, indicator=parts[0].indicator),
        facts,
        variant="hedged" if hedged and verdict == "consistent" else "",
        computed=float(bounds.low),
        low=float(bounds.low),
        high=float(whole.value) if verdict == "implied" else _number(bounds.high),
        sources=cited(whole, *parts),
    )


def _all_types(groups: set[str]) -> bool:
    """Whether no kind of case is left unprinted; state compensation is usually counted as administrative."""
    return any(
        kinds <= groups for kinds in ({"civil", "criminal", "administrative"}, {"criminal", "civil+administrative"})
    )


def _group_verdict(whole: Statement, bounds: Bounds, *, closed: bool) -> str:
    if bounds.low > whole.value:
        return "contradicted"
    if bounds.contains(Fraction(whole.value)):
        return "consistent"
    return "contradicted" if closed else "implied"


def _number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


SHARES = {"case_type_share", "peer_review_grade_share"}


def check_shares(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Printed shares of one whole that name every group must add up to 100 percent, within their rounding."""
    found = []
    for relation in (r for r in GROUP_SUMS if set(r.indicators) & SHARES):
        first = {}
        for s in statements:
            if s.indicator in relation.indicators and s.qualifier == "exact" and s.group in relation.groups:
                first.setdefault((s.source_id, s.place, s.start, s.end), []).append(s)
        for shares in (chosen for printed in first.values() for chosen in coverings(printed)):
            if len(shares) > 1:
                found.append(_share_result(shares, names))
    return found


def _share_result(shares: list[Statement], names: Names) -> ClaimResult:
    total = sum((Fraction(s.value) for s in shares), Fraction(0))
    slack = sum((exact.step(s.value) for s in shares), Fraction(0))
    verdict = "consistent" if abs(total - 100) <= slack else ("contradicted" if total > 100 else "implied")
    facts = {
        "place": names(shares[0].place),
        "parts": tuple(quantity(s) for s in shares),
        "total": Quantity(float(total), "percent", decimals=max(s.decimals for s in shares)),
    }
    values = {"computed": float(total), "low": float(total - slack), "high": float(total + slack)}
    return result("share_sum", verdict, shares[0], facts, printed=None, sources=cited(*shares), **values)


def check_money_sums(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Amounts against their printed total; parts whose own window lies inside the total's are taken along."""
    found = []
    for relation in MONEY_SUMS:
        for whole in (s for s in statements if s.indicator == relation.total and s.qualifier == "exact"):
            parts = _amounts(relation.parts, whole, statements)
            optional = _amounts(relation.optional, whole, statements)
            if parts:
                found.append(_money_result(relation, whole, parts, optional, names))
    return found


def _amounts(indicators: tuple[str, ...], whole: Statement, statements: Sequence[Statement]) -> list[Statement]:
    """The amounts inside the total's window; quarters beside their own year would count twice and are left out."""
    chosen = []
    for indicator in indicators:
        own = [
            s
            for s in statements
            if (s.indicator, s.source_id, s.place, s.group) == (indicator, whole.source_id, whole.place, "all")
            and s.qualifier == "exact"
            and whole.start <= s.start
            and s.end <= whole.end
        ]
        own = list({(s.start, s.end, s.value): s for s in own}.values())
        chosen += [s for s in own if not any(_inside(s, other) for other in own)]
    return chosen


def _inside(inner: Statement, outer: Statement) -> bool:
    within = outer.start <= inner.start and inner.end <= outer.end
    return within and (inner.start, inner.end) != (outer.start, outer.end)


def _money_result(
    relation: MoneySum, whole: Statement, parts: list[Statement], optional: list[Statement], names: Names
) -> ClaimResult:
    used = parts
    if not _adds_up(whole, parts) and _adds_up(whole, parts + optional):
        used = parts + optional
    total = sum((Fraction(s.value) for s in used), Fraction(0))
    gap = Fraction(whole.value) - total
    unprinted = {*relation.parts, *relation.optional} - {s.indicator for s in used}
    missing = bool(unprinted) or any(_inside(s, whole) for s in used)
    if gap == 0:
        verdict, variant = "consistent", "consistent"
    elif _adds_up(whole, used):
        verdict, variant = "consistent", "rounded"
    else:
        verdict = variant = "implied" if gap > 0 and missing else "contradicted"
    facts = {
        "place": names(whole.place),
        "whole": quantity(whole),
        "parts": tuple(quantity(s) for s in used),
        "total": Quantity(float(total), "CNY", decimals=0),
        "gap": Quantity(float(abs(gap)), "CNY", decimals=0),
    }
    bounds = exact.add(exact.money_bounds(s.value) for s in used)
    return result(
        "money_sum",
        verdict,
        whole,
        facts,
        variant=variant,
        computed=float(total),
        low=float(bounds.low),
        high=float(bounds.high),
        sources=cited(whole, *used),
    )


def _adds_up(whole: Statement, parts: list[Statement]) -> bool:
    """Exactly, or within the rounding of amounts that are printed in ten-thousands."""
    total = sum((Fraction(s.value) for s in parts), Fraction(0))
    bounds = exact.add(exact.money_bounds(s.value) for s in parts)
    return total == Fraction(whole.value) or bounds.overlaps(exact.money_bounds(whole.value))
