"""Wholes and their parts: groups, amounts of money, and places within a place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from legalaid_eval.content import Quantity
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.arithmetic import Bounds
from legalaid_eval.evidence.claim import (
    ClaimResult,
    Names,
    alike,
    cited,
    exact_whole,
    quantity,
    range_of,
    result,
    window,
)
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import GROUP_SUMS, LEVEL_SUMS, MONEY_SUMS, GroupSum, MoneySum


def check_group_sums(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Groups of an indicator against its printed whole, same source, place, window and unit."""
    found = []
    for relation in GROUP_SUMS:
        for whole in _wholes(relation, statements):
            indicator = (whole.indicator,) if not relation.total else relation.indicators
            parts = [
                s
                for s in alike(statements, whole, indicator)
                if s.group in relation.groups and s.unit == whole.unit and s.qualifier == "exact"
            ]
            if parts:
                found.append(_group_result(relation, whole, parts, names))
    return found


def _wholes(relation: GroupSum, statements: Sequence[Statement]) -> list[Statement]:
    wanted = (relation.total,) if relation.total else relation.indicators
    return [s for s in statements if s.indicator in wanted and s.group == "all" and s.qualifier == "exact"]


def _group_result(relation: GroupSum, whole: Statement, parts: list[Statement], names: Names) -> ClaimResult:
    total = sum((Fraction(s.value) for s in parts), Fraction(0))
    gap = Fraction(whole.value) - total
    groups = {s.group for s in parts}
    closed = (relation.complete and {"civil", "criminal"} <= groups) or {"visit", "phone"} <= groups
    verdict = "contradicted" if gap < 0 or closed else "implied"
    facts = {
        "place": names(whole.place),
        "whole": quantity(whole),
        "parts": tuple(quantity(s) for s in parts),
        "total": Quantity(float(total), whole.unit, decimals=0),
        "gap": Quantity(float(abs(gap)), whole.unit, decimals=0),
        "more": gap < 0,
    }
    about = replace(whole, indicator=parts[0].indicator)
    return result(
        "group_sum",
        "consistent" if gap == 0 else verdict,
        about,
        facts,
        computed=float(total),
        low=float(total),
        high=float(total) if verdict != "implied" else float(whole.value),
        sources=cited(whole, *parts),
    )


def check_shares(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Printed shares of one whole that name every group must add up to 100 percent, within their rounding."""
    found = []
    for indicator in ("case_type_share", "peer_review_grade_share"):
        first = {}
        for s in statements:
            if s.indicator == indicator and s.qualifier == "exact":
                first.setdefault((s.source_id, s.place, s.start, s.end), []).append(s)
        for shares in first.values():
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
    return [
        s
        for s in statements
        if s.indicator in indicators
        and (s.source_id, s.place, s.group) == (whole.source_id, whole.place, "all")
        and whole.start <= s.start
        and s.end <= whole.end
    ]


def _money_result(
    relation: MoneySum, whole: Statement, parts: list[Statement], optional: list[Statement], names: Names
) -> ClaimResult:
    used = parts
    if not _adds_up(whole, parts) and _adds_up(whole, parts + optional):
        used = parts + optional
    total = sum((Fraction(s.value) for s in used), Fraction(0))
    gap = Fraction(whole.value) - total
    missing = len({s.indicator for s in used}) < 2
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


FEWEST_PARTS = 3
"""With fewer parts reporting, their sum says nothing about the rest."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the parts of a place report about one indicator."""

    same: tuple[Statement, ...]
    other_units: tuple[Statement, ...]
    other_windows: tuple[Statement, ...]
    missing: tuple[str, ...]

    @property
    def absent(self) -> int:
        """Parts that cannot be added: without a figure, or with one of another unit or window."""
        return len(self.missing) + len(self.other_units) + len(self.other_windows)


def check_levels(statements: Sequence[Statement], place: str, parts: Sequence[str], names: Names) -> list[ClaimResult]:
    """A place's figure against the sum over its parts; parts without a figure are counted, never taken as zero."""
    found = []
    for whole in statements:
        summed = whole.place == place and whole.indicator in LEVEL_SUMS and exact_whole(whole)
        if summed and whole.group in ("all", "special_groups"):
            reported = _reported(whole, statements, parts)
            if len(reported.same) >= FEWEST_PARTS:
                found.append(_level_result(whole, reported, len(parts), names))
    return found


def _reported(whole: Statement, statements: Sequence[Statement], parts: Sequence[str]) -> Reported:
    same, units, windows, missing = [], [], [], []
    family = _family(whole.indicator)
    for part in parts:
        own = [s for s in statements if s.place == part and s.indicator in family and s.group == whole.group]
        own.sort(key=lambda s: family.index(s.indicator))
        if not own:
            missing.append(part)
        elif own[0].unit != whole.unit:
            units.append(own[0])
        elif own[0].start < whole.start or own[0].end > whole.end:
            windows.append(own[0])
        else:
            same.append(own[0])
    return Reported(tuple(same), tuple(units), tuple(windows), tuple(missing))


def _family(indicator: str) -> tuple[str, ...]:
    """Counties print cases accepted or handled for the same thing; the city's word is tried first."""
    cases = ("cases_accepted", "cases_handled", "cases_assigned")
    return (indicator, *(c for c in cases if c != indicator)) if indicator in cases else (indicator,)


def _times_mean(rest_each: Fraction, mean: Fraction) -> float | None:
    """How many times the mean of those that print falls on each of the others, where it differs markedly."""
    times = round(float(rest_each / mean), 1)
    return None if 0.7 < times < 1.5 else times


def _level_result(whole: Statement, reported: Reported, n_parts: int, names: Names) -> ClaimResult:
    bounds = exact.add(exact.hedge_bounds(s) for s in reported.same)
    rest = Bounds(Fraction(0), Fraction(whole.value) - bounds.low)
    gap = Fraction(whole.value) - bounds.low
    if gap < 0 or (gap > 0 and not reported.absent and bounds.high is not None):
        verdict = "contradicted"
    else:
        verdict = "consistent" if gap == 0 and not reported.absent else "implied"
    mean = bounds.low / len(reported.same)
    facts = {
        "place": names(whole.place),
        "whole": quantity(whole),
        "total": Quantity(float(bounds.low), whole.unit, decimals=0),
        "hedged": bounds.high is None,
        "n_parts": n_parts,
        "n_same": len(reported.same),
        "n_absent": reported.absent,
        "missing": tuple(names(p) for p in reported.missing),
        "other_units": tuple(names(s.place) for s in reported.other_units),
        "other_windows": tuple(names(s.place) for s in reported.other_windows),
        "rest": Quantity(float(abs(gap)), whole.unit, decimals=0),
        "rest_each": Quantity(float(abs(gap) / reported.absent), whole.unit, decimals=0) if reported.absent else None,
        "times_mean": _times_mean(gap / reported.absent, mean) if reported.absent and mean else None,
        "period": window(whole),
        "rest_range": range_of(rest, whole.unit, 0),
    }
    return result(
        "level_sum",
        verdict,
        whole,
        facts,
        computed=float(bounds.low),
        low=float(bounds.low),
        high=None if bounds.high is None else float(bounds.high),
        n=len(reported.same),
        sources=cited(whole, *reported.same),
    )
