"""Windows and units: figures that can be read in two ways, or laid side by side only with care."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from legalaid_eval.content import Quantity, Range
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import CASES, GROWTH, LEVEL_SUMS, YEARLY_READING

YEAR_DAYS = 366
LEAST_YEAR_DAYS = 365
FEWEST_PARTS = 3
"""Of two parts that differ neither is the usual one."""


def check_yearly_readings(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """'At least X in several years running': each year, or all together? Held against a one-year figure within."""
    found = []
    for long in statements:
        floor = long.qualifier in ("at_least", "more_than") and long.indicator in YEARLY_READING
        years = _within(long, statements) if floor and long.days >= 2 * LEAST_YEAR_DAYS else []
        if years:
            found.append(_reading(long, years, names))
    return found


def _within(long: Statement, statements: Sequence[Statement]) -> list[Statement]:
    """Whole years inside the window, one figure for each; a quarter decides nothing about a year."""
    family = CASES if long.indicator in CASES else (long.indicator,)
    years = [
        s
        for s in statements
        if s.indicator in family
        and (s.source_id, s.place, s.group, s.unit) == (long.source_id, long.place, long.group, long.unit)
        and LEAST_YEAR_DAYS <= s.days <= YEAR_DAYS
        and long.start <= s.start
        and s.end <= long.end
    ]
    years.sort(key=lambda s: family.index(s.indicator))
    return list({(s.start, s.end): s for s in reversed(years)}.values())


def _most(s: Statement, floor: Fraction) -> Fraction:
    high = exact.hedge_bounds(s).high
    return floor if high is None else high


def _reading(long: Statement, printed: list[Statement], names: Names) -> ClaimResult:
    """The weakest printed year against the floor, and what the unprinted years would have to bring together."""
    floor = exact.hedge_bounds(long)
    year = min(printed, key=lambda s: (_most(s, floor.low), s.start))
    years = round(long.days / 365.25)
    each_possible = _most(year, floor.low) >= floor.low
    left = max(floor.low - sum(_most(s, floor.low) for s in printed), Fraction(0))
    others = max(years - len(printed), 0)
    rest = left / others if others else left
    verdict = "consistent" if each_possible else ("ambiguous" if others or not left else "contradicted")
    facts = {
        "place": names(long.place),
        "long": quantity(long),
        "long_period": window(long),
        "year": quantity(year),
        "year_period": window(year),
        "years": years,
        "others": others,
        "rest_each": Quantity(float(rest), long.unit, decimals=0),
        "mean": Quantity(float(floor.low / years), long.unit, decimals=0),
    }
    return result(
        "yearly_reading",
        verdict,
        long,
        facts,
        computed=float(floor.low / years),
        low=float(floor.low / years),
        high=float(floor.low),
        sources=cited(long, *printed),
    )


def check_growth(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """A yearly growth rate and the last year's level imply the first year's level."""
    found = []
    for growth in (s for s in statements if s.indicator in GROWTH):
        level = _last_year(growth, statements)
        several = growth.days >= 2 * LEAST_YEAR_DAYS and growth.qualifier in ("exact", "at_least", "more_than")
        if level is not None and several and growth.value > -100:
            found.append(_growth(growth, level, names))
    return found


def _last_year(growth: Statement, statements: Sequence[Statement]) -> Statement | None:
    """The level of the last whole year, of the same group or of all."""
    levels = [
        s
        for s in statements
        if s.indicator == GROWTH[growth.indicator]
        and (s.source_id, s.place, s.end) == (growth.source_id, growth.place, growth.end)
        and LEAST_YEAR_DAYS <= s.days <= YEAR_DAYS
        and s.group in (growth.group, "all")
    ]
    return min(levels, key=lambda s: s.group != growth.group, default=None)


def _growth(growth: Statement, level: Statement, names: Names) -> ClaimResult:
    years = round(growth.days / 365.25) - 1
    first = Fraction(level.value) / (1 + Fraction(growth.value) / 100) ** years
    floor = level.qualifier in ("at_least", "more_than")
    exactly = growth.qualifier == level.qualifier == "exact"
    facts = {
        "place": names(growth.place),
        "growth": quantity(growth),
        "level": quantity(level),
        "years": years,
        "period": window(growth),
        "first": Quantity(float(first), level.unit, decimals=0),
        "floor": floor,
    }
    return result(
        "growth",
        "not_evaluable" if floor else "implied",
        growth,
        facts,
        variant="exactly" if exactly else "",
        computed=float(first),
        low=None,
        high=None if floor else float(first),
        unit=level.unit,
        sources=cited(growth, level),
    )


def check_comparable_parts(statements: Sequence[Statement], parts: Sequence[str], names: Names) -> list[ClaimResult]:
    """Whether the parts of a place count the same thing in the same unit over the same window."""
    found = []
    for indicator in LEVEL_SUMS:
        own = [s for s in statements if s.indicator == indicator and s.place in parts and s.group != "callback"]
        for attribute, of in (("unit", _unit), ("start", _window)):
            chosen = _usual_first(own, of)
            if len({of(s) for s in chosen}) > 1 and len(chosen) >= FEWEST_PARTS:
                found.append(_not_comparable(chosen, attribute, of, names))
    return found


def _unit(s: Statement) -> object:
    return s.unit


def _window(s: Statement) -> object:
    return s.start, s.end


def _usual_first(own: Sequence[Statement], of: Callable[[Statement], object]) -> list[Statement]:
    """One figure of each part: the one that counts as most parts do, if the part prints such a one."""
    kinds = [kind for place in {s.place: None for s in own} for kind in {of(s): None for s in own if s.place == place}]
    usual = max(dict.fromkeys(kinds), key=kinds.count, default=None)
    return list({s.place: s for s in sorted(own, key=lambda s: of(s) == usual)}.values())


def _not_comparable(
    own: list[Statement], attribute: str, of: Callable[[Statement], object], names: Names
) -> ClaimResult:
    values = [of(s) for s in own]
    usual = max(dict.fromkeys(values), key=values.count)
    odd = [s for s in own if of(s) != usual]
    usual_one = next(s for s in own if of(s) == usual)
    facts = {
        "place": tuple(names(s.place) for s in odd),
        "printed": tuple(quantity(s) for s in odd),
        "usual": quantity(usual_one),
        "usual_place": names(usual_one.place),
        "periods": tuple(window(s) for s in odd),
        "usual_period": window(usual_one),
        "n": len(own),
        "values": Range(float(min(s.value for s in own)), float(max(s.value for s in own)), "count", 0),
    }
    check = "units" if attribute == "unit" else "windows"
    values = {"printed": None, "n": len(own), "sources": cited(*odd, usual_one)}
    return result(check, "ambiguous", odd[0], facts, **values)
