"""Exact arithmetic of printed numbers: what a printed figure can stand for.

All bounds are exact (`fractions.Fraction`): 135.5 % is 1355/1000, never 135.49999. A printed number may
have been rounded or cut off (truncated); both readings are kept apart. Where a value lies exactly half
way, both roundings are allowed, because sources do not say which they use.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from legalaid_eval.evidence.figures import MEASURED, Statement

HEDGE_SHARE = Fraction(1, 10)
"""How far below (nearly) or around (approx) a hedged number the truth may lie: ten percent, a convention."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A closed interval of possible values; None is an open end."""

    low: Fraction | None
    high: Fraction | None

    def contains(self, value: Fraction) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def overlaps(self, other: "Bounds") -> bool:
        ends = ((self.low, other.high), (other.low, self.high))
        return all(low is None or high is None or low <= high for low, high in ends)


def step(value: Decimal) -> Fraction:
    """One unit of the last printed digit: 0.01 for 83.09, 1 for 1238."""
    return Fraction(10) ** min(0, int(value.as_tuple().exponent))


def rounded(value: Decimal) -> Bounds:
    """Values that print as `value` when rounded to its decimals."""
    half = step(value) / 2
    return Bounds(Fraction(value) - half, Fraction(value) + half)


def prints_by_rounding(value: Fraction, printed: Decimal) -> bool:
    return rounded(printed).contains(value)


def prints_by_truncation(value: Fraction, printed: Decimal) -> bool:
    return Fraction(printed) <= value < Fraction(printed) + step(printed)


def implied_wholes_rounding(count: int, percent: Decimal) -> tuple[int, int] | None:
    """Whole numbers T for which 100 x count / T prints as `percent` when rounded; None if there is none.

    Example: 54,201 at 135.5 % implies a target between 39,986 and 40,015.
    """
    bounds = rounded(percent)
    low = math.ceil(Fraction(100 * count) / bounds.high)
    high = math.floor(Fraction(100 * count) / bounds.low) if bounds.low > 0 else None
    return _interval(low, high)


def implied_wholes_truncation(count: int, percent: Decimal) -> tuple[int, int] | None:
    """The same for a percentage that was cut off after its last printed digit."""
    beyond = Fraction(percent) + step(percent)
    low = math.floor(Fraction(100 * count) / beyond) + 1
    high = math.floor(Fraction(100 * count) / Fraction(percent)) if percent > 0 else None
    return _interval(low, high)


def _interval(low: int, high: int | None) -> tuple[int, int] | None:
    return (max(low, 1), high) if high is not None and high >= max(low, 1) else None


def whole_numerators(total: int, percent: Decimal) -> tuple[int, int] | None:
    """Whole numbers k for which 100 x k / total prints as `percent`, rounded or truncated; None if none does.

    The test of granularity: 96.5 % of 143 can be 138; 83.09 % of 1,747 cannot be any number of cases.
    """
    low = math.floor(rounded(percent).low * total / 100)
    high = math.ceil((Fraction(percent) + step(percent)) * total / 100)
    if percent <= 100:
        high = min(high, total)
    fits = [k for k in range(max(low, 0), high + 1) if prints(Fraction(100 * k, total), percent)]
    return (fits[0], fits[-1]) if fits else None


def prints(value: Fraction, printed: Decimal) -> bool:
    return prints_by_rounding(value, printed) or prints_by_truncation(value, printed)


def roundest(low: int, high: int) -> int | None:
    """The number in the interval with the most trailing zeros, if one stands out (ends in two zeros or more)."""
    for power in range(len(str(high)), 1, -1):
        multiple = 10**power
        first = -(-low // multiple) * multiple
        if first and first <= high:
            return first if first + multiple > high else None
    return None


def hedge_bounds(statement: Statement) -> Bounds:
    """The values a statement allows: exact counts are points, hedges are half-open, rates are rounded.

    A rate printed as a plain 0 or 100 is read as none or all. `more_than` a whole number starts at the next one;
    `nearly` and `approx` use HEDGE_SHARE.
    """
    value = Fraction(statement.value)
    whole = statement.unit not in MEASURED
    below = max(value - 1, Fraction(0)) if whole else value
    above = value + 1 if whole and value.denominator == 1 else value
    if statement.qualifier == "exact":
        every = statement.value in (0, 100) and not statement.decimals
        return rounded(statement.value) if statement.unit == "percent" and not every else Bounds(value, value)
    return {
        "at_least": Bounds(value, None),
        "more_than": Bounds(above, None),
        "at_most": Bounds(Fraction(0), value),
        "nearly": Bounds(min(value * (1 - HEDGE_SHARE), below), below),
        "approx": Bounds(value * (1 - HEDGE_SHARE), value * (1 + HEDGE_SHARE)),
    }[statement.qualifier]


TEN_THOUSAND = 10_000


def money_bounds(value: Decimal) -> Bounds:
    """An amount printed in ten-thousands was rounded at its last digit that is not zero.

    Zeros are no licence: of 1,000,000 no more than ten thousand, or a hundredth of larger sums, can be rounding.
    """
    digits = str(int(value))
    zeros = len(digits) - len(digits.rstrip("0")) if value and not step(value) < 1 else 0
    unit = min(Fraction(10) ** zeros, Fraction(max(TEN_THOUSAND, 10 ** (len(digits) - 3)))) * step(value)
    return Bounds(Fraction(value) - unit / 2, Fraction(value) + unit / 2)


def add(parts: Iterable[Bounds]) -> Bounds:
    """The sum of independent bounds."""
    parts = list(parts)
    low = None if any(part.low is None for part in parts) else sum((part.low for part in parts), Fraction(0))
    high = None if any(part.high is None for part in parts) else sum((part.high for part in parts), Fraction(0))
    return Bounds(low, high)


def divide(top: Bounds, bottom: Bounds, *, times: int = 1) -> Bounds:
    """Bounds of `times` x top / bottom for numbers that are not negative."""
    low = None if top.low is None or not bottom.high else times * top.low / bottom.high
    high = None if top.high is None or not bottom.low else times * top.high / bottom.low
    if low is None and high is not None:
        low = Fraction(0)
    return Bounds(low, high)
