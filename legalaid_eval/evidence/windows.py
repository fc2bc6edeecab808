"""Windows and units: figures that can be read in two ways, or laid side by side only with care."""

from collections.abc import Sequence
from fractions import Fraction

from legalaid_eval.content import Quantity, Range
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import CASES, GROWTH, LEVEL_SUMS, YEARLY_READING

YEAR_DAYS = 366
FEWEST_PARTS = 3
"""Of two parts that differ neither is the usual one."""


def check_yearly_readings(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """'At least X in several years running': each year, or all together? Held against a one-year figure within."""
    found = []
    for long in statements:
        floor = long.qualifier in ("at_least", "more_than") and long.indicator in YEARLY_READING
        if not floor or long.days <= YEAR_DAYS:
            continue
        for year in _within(long, statements):
            found.append(_reading(long, year, names))
    return found


def _within(long: Statement, statements: Sequence[Statement]) -> list[Statement]:
    family = CASES if long.indicator in CASES else (long.indicator,)
    return [
        s
        for s in statements
        if s.indicator in family
        and (s.source_id, s.place, s.group, s.unit) == (long.source_id, long.place, long.group, long.unit)
        and s.days <= YEAR_DAYS
        and long.start <= s.start
        and s.end <= long.end
    ]


def _reading(long: Statement, year: Statement, names: Names) -> ClaimResult:
    floor, one = exact.hedge_bounds(long), exact.hedge_bounds(year)
    years = round(long.days / 365.25)
    each_possible = one.high is None or one.high >= floor.low
    rest = max(floor.low - (one.high or floor.low), Fraction(0)) / (years - 1)
    facts = {
        "place": names(long.place),
        "long": quantity(long),
        "long_period": window(long),
        "year": quantity(year),
        "year_period": window(year),
        "years": years,
        "rest_each": Quantity(float(rest), long.unit, decimals=0),
        "mean": Quantity(float(floor.low / years), long.unit, decimals=0),
    }
    return result(
        "yearly_reading",
        "consistent" if each_possible else "ambiguous",
        long,
        facts,
        computed=float(floor.low / years),
        low=float(floor.low / years),
        high=float(floor.low),
        sources=cited(long, year),
    )


def check_growth(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """A yearly growth rate and the last year's level imply the first year's level."""
    found = []
    for growth in (s for s in statements if s.indicator in GROWTH):
        level = next(
            (
                s
                for s in statements
                if s.indicator == GROWTH[growth.indicator]
                and (s.source_id, s.place, s.end) == (growth.source_id, growth.place, growth.end)
                and s.days <= YEAR_DAYS
            ),
            None,
        )
        if level is not None and growth.days > YEAR_DAYS:
            found.append(_growth(growth, level, names))
    return found


def _growth(growth: Statement, level: Statement, names: Names) -> ClaimResult:
    years = round(growth.days / 365.25) - 1
    first = Fraction(level.value) / (1 + Fraction(growth.value) / 100) ** years
    floor = level.qualifier in ("at_least", "more_than")
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
        own = list({s.place: s for s in own}.values())
        for attribute in ("unit", "start"):
            kinds = {getattr(s, attribute) for s in own}
            if len(kinds) > 1 and len(own) >= FEWEST_PARTS:
                found.append(_not_comparable(own, attribute, names))
    return found


def _not_comparable(own: list[Statement], attribute: str, names: Names) -> ClaimResult:
    values = [getattr(s, attribute) for s in own]
    usual = max(dict.fromkeys(values), key=values.count)
    odd = [s for s in own if getattr(s, attribute) != usual]
    usual_one = next(s for s in own if getattr(s, attribute) == usual)
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
