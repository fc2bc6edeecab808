"""A place's figure against the sum over its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from legalaid_eval.content import Quantity
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.arithmetic import Bounds
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, exact_whole, quantity, range_of, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import LEVEL_SUMS

FEWEST_PARTS = 3
"""With fewer parts reporting, their sum says nothing about the rest."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What the parts of a place report about one indicator."""

    same: tuple[Statement, ...]
    other_units: tuple[Statement, ...]
    other_windows: tuple[Statement, ...]
    other_groups: tuple[Statement, ...]
    missing: tuple[str, ...]

    @property
    def absent(self) -> int:
        """Parts that cannot be added: without a figure, or with one of another unit or window."""
        others = (self.missing, self.other_units, self.other_windows, self.other_groups)
        return sum(len(parts) for parts in others)


def check_levels(statements: Sequence[Statement], place: str, parts: Sequence[str], names: Names) -> list[ClaimResult]:
    """A place's figure against the sum over its parts; parts without a figure are counted, never taken as zero."""
    found = []
    for whole in statements:
        summed = whole.place == place and whole.indicator in LEVEL_SUMS and exact_whole(whole)
        if summed and whole.group in ("all", "special_groups"):
            reported = _reported(whole, statements, parts)
            total = exact.add(exact.hedge_bounds(s) for s in reported.same).low
            if len(reported.same) >= FEWEST_PARTS or total > whole.value:
                found.append(_level_result(whole, reported, len(parts), names))
    return found


def _reported(whole: Statement, statements: Sequence[Statement], parts: Sequence[str]) -> Reported:
    same, units, windows, groups, missing = [], [], [], [], []
    family = _family(whole.indicator)
    for part in parts:
        own = [s for s in statements if s.place == part and s.indicator in family]
        if not own:
            missing.append(part)
            continue
        best = min(own, key=lambda s: (*_differences(s, whole), family.index(s.indicator)))
        group, unit, window_ = _differences(best, whole)
        (groups if group else units if unit else windows if window_ else same).append(best)
    return Reported(*(tuple(found) for found in (same, units, windows, groups, missing)))


def _differences(part: Statement, whole: Statement) -> tuple[bool, bool, bool]:
    """Whether a part's figure is of another group, unit or window than the whole."""
    window_ = (part.start, part.end) != (whole.start, whole.end)
    return part.group != whole.group, part.unit != whole.unit, window_


def _family(indicator: str) -> tuple[str, ...]:
    """Counties print cases accepted or handled for the same thing; the city's word is tried first."""
    cases = ("cases_accepted", "cases_handled", "cases_assigned")
    return (indicator, *(c for c in cases if c != indicator)) if indicator in cases else (indicator,)


def _times_mean(rest_each: Fraction, mean: Fraction) -> float | None:
    """How many times the mean of those that print falls on each of the others, where it differs markedly."""
    times = round(float(rest_each / mean), 1)
    return None if 0.7 < times < 1.5 else times


def _verdict(whole: Statement, bounds: Bounds, *, complete: bool) -> str:
    """All parts must reach the whole within their hedges; some of them may not exceed it."""
    if bounds.low > whole.value or (complete and not bounds.contains(Fraction(whole.value))):
        return "contradicted"
    return "consistent" if complete and bounds.high is not None else "implied"


def _level_result(whole: Statement, reported: Reported, n_parts: int, names: Names) -> ClaimResult:
    bounds = exact.add(exact.hedge_bounds(s) for s in reported.same)
    rest = Bounds(Fraction(0), Fraction(whole.value) - bounds.low)
    gap = Fraction(whole.value) - bounds.low
    verdict = _verdict(whole, bounds, complete=not reported.absent)
    mean = bounds.low / len(reported.same)
    facts = {
        "place": names(whole.place),
        "whole": quantity(whole),
        "total": Quantity(float(bounds.low), whole.unit, decimals=0),
        "hedged": bounds.high != bounds.low,
        "n_parts": n_parts,
        "n_same": len(reported.same),
        "n_absent": reported.absent,
        "missing": tuple(names(p) for p in reported.missing),
        "other_units": tuple(names(s.place) for s in reported.other_units),
        "other_groups": tuple(names(s.place) for s in reported.other_groups),
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
