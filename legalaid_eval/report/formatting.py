"""Numbers, dates, units, codes and sentences as a language writes them: plain text, not HTML."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from functools import cache
from numbers import Integral, Real

import jinja2
import pandas as pd
from babel.dates import format_date
from babel.numbers import format_decimal

from legalaid_eval.content import Code, Label, Message, Period, Quantity, Range
from legalaid_eval.report import words

OPEN_LISTS = frozenset({"group"})
BABEL = {"zh": "zh_Hans_CN", "en": "en_GB"}
MINUS = "\u2212"
# Without printed decimals a number shows what it needs: all of up to four places, else four significant digits.
PLACES_SHOWN, DIGITS_SHOWN = 4, 4
_WIDE = Context(prec=700)  # no finite float or its decimals can overflow it
# Money steps of each language: 10**power, and the most decimals a stepped number may take.
MONEY_STEPS = {"zh": ((8, "hundred_million", 4), (4, "ten_thousand", 4)), "en": ((9, "billion", 3), (6, "million", 3))}


@cache
def formatter(language: str) -> "Formatter":
    """The one formatter of a language."""
    return Formatter(language)


@dataclass(frozen=True)
class Formatter:
    """Words every value a chapter returns: `text(value)` for `language` "zh" or "en"."""

    language: str
    _kinds: Mapping[type, Callable[..., str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        kinds = {
            Label: self._label,
            Code: self._code,
            Quantity: self.quantity,
            Range: self.range,
            Period: self.period,
            Message: self._message,
            tuple: self._series,
        }
        object.__setattr__(self, "_kinds", kinds)

    def text(self, value: object) -> str:
        """Any value as plain text. None and missing numbers are a dash; a plain int or float is a bare number.

        A calendar year is a `Period` or a string: as an int it would get a thousands separator.
        """
        if isinstance(value, jinja2.Undefined):
            return str(value)  # a strict undefined raises here and names the missing fact
        if value is None or _is_missing(value):
            return self._word("formats.missing")
        if isinstance(value, str):
            return str(value)
        kind = self._kinds.get(type(value))
        if kind is not None:
            return kind(value)
        if isinstance(value, bool):
            return self._code(Code("yes_no", "yes" if value else "no"))
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, Real | Decimal):
            return self.number(value)
        raise TypeError(f"no words for {value!r}: expected a value of content.py, a date, a number, text or a tuple")

    def number(self, value: float, decimals: int | None = None) -> str:
        """A bare number with separators; exactly `decimals` places, or as many as it needs."""
        return self._printed(printed(value, decimals))

    def date(self, value: date) -> str:
        return self._dated(value, "day.full")

    def quantity(self, value: Quantity) -> str:
        """A number with unit and hedge, every printed digit kept."""
        if _is_missing(value.value):
            return self._word("formats.missing")
        number = printed(value.value, value.decimals)
        shown = self._amount(number, value.unit)
        inner = value.qualifier == "more_than" and _is_round_count(number, value.unit)
        if inner:
            return self._unit(self._fill("formats.qualifiers.more_than_round", n=shown), value.unit, number)
        whole = self._unit(shown, value.unit, number)
        return self._fill(f"formats.qualifiers.{value.qualifier}", q=whole)

    def range(self, value: Range) -> str:
        """An interval in words; an open end is said."""
        low, high = value.low, value.high
        if low is None and high is None:
            return self._word("formats.range.unbounded")
        if low is None or high is None:
            end, hedge = (high, "at_most") if low is None else (low, "at_least")
            return self.quantity(Quantity(end, value.unit, hedge, value.decimals))
        places = max(_places(printed(low, value.decimals)), _places(printed(high, value.decimals)))
        ends = [printed(end, places) for end in (low, high)]
        if ends[0] == ends[1]:
            return self.quantity(Quantity(low, value.unit, decimals=places))
        return self._closed(ends, value.unit)

    def _closed(self, ends: list[Decimal], unit: str) -> str:
        if unit == "percent":  # the sign stands at both ends, or the first number could be read as a plain one
            low, high = (self._unit(self._printed(end), unit, end) for end in ends)
            return self._fill("formats.range.closed", low=low, high=high)
        low, high = (self._amount(end, unit) for end in ends)
        return self._unit(self._fill("formats.range.closed", low=low, high=high), unit, None)

    def period(self, value: Period) -> str:
        """Whole years and months by name, other spans by their days; says when a source did not state it."""
        return self._fill(f"formats.period.{value.basis}", span=self.span(value))

    def span(self, value: Period) -> str:
        """The period's days alone, for a sentence that needs no word on how they are known."""
        return self._span(value.start, value.end)

    def _span(self, start: date, end: date) -> str:
        unit = _span_unit(start, end)
        if start == end or (unit, start.year) == ("year", end.year) or (unit, _month(start)) == ("month", _month(end)):
            return self._dated(end, f"{unit}.full")
        shared = unit == "year" or start.year == end.year
        first, last = ("first", "last") if shared else ("full", "full")
        ends = self._dated(start, f"{unit}.{first}"), self._dated(end, f"{unit}.{last}")
        return self._fill("formats.range.closed", low=ends[0], high=ends[1])

    def _dated(self, value: date, pattern: str) -> str:
        return format_date(value, self._word(f"formats.date.{pattern}"), locale=BABEL[self.language])

    def _amount(self, number: Decimal, unit: str) -> str:
        if unit != "CNY" or number != number.to_integral_value():
            return self._printed(number)
        for power, step, places in MONEY_STEPS[self.language]:
            scaled = _without_idle_zeros(number.scaleb(-power))
            if abs(scaled) >= 1 and _places(scaled) <= places:
                return self._fill(f"formats.money.{step}", n=self._printed(scaled))
        return self._printed(number)

    def _unit(self, shown: str, unit: str, number: Decimal | None) -> str:
        one, _, other = self._word(f"formats.units.{unit}").partition("|")
        singular = number is not None and number == 1 and _places(number) == 0
        return (one if singular or not other else other).replace("{n}", shown)

    def _printed(self, number: Decimal) -> str:
        pattern = "#,##0" + ("." + "0" * _places(number) if _places(number) else "")
        with localcontext(_WIDE):
            return format_decimal(number, pattern, locale=BABEL[self.language]).replace("-", MINUS)

    def _series(self, values: tuple[object, ...]) -> str:
        texts = [self.text(value) for value in values]
        if len(texts) < 2:
            return texts[0] if texts else self._word("formats.missing")
        marks = self._word("formats.series.marks").split("|")
        kind = "long" if any(mark in text for text in texts for mark in marks) else "short"
        between, last = (self._word(f"formats.series.{kind}.{place}") for place in ("between", "last"))
        return between.join(texts[:-1]) + last + texts[-1]

    def _label(self, value: Label) -> str:
        return getattr(value, self.language)

    def _code(self, value: Code) -> str:
        key = f"codes.{value.list}.{value.code}"
        if value.list in OPEN_LISTS and not words.has(key, self.language):
            return value.code.replace("_", " ")  # a group that users name themselves
        return self._word(key)

    def _message(self, value: Message) -> str:
        return words.sentence(value, self.language)

    def _word(self, key: str) -> str:
        return words.lookup(key, self.language)

    def _fill(self, key: str, **parts: str) -> str:
        text = self._word(key)
        for name, part in parts.items():
            text = text.replace("{" + name + "}", part)
        return text


def printed(value: float, decimals: int | None) -> Decimal:
    """The number as it will stand on paper, rounded half up; never in scientific notation.

    Raises ValueError for an infinite number: no page may show one.
    """
    exact = _exact(value)
    places = _needed_places(exact) if decimals is None else decimals
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_WIDE)
    rounded = _without_idle_zeros(rounded) if decimals is None else rounded
    return abs(rounded) if rounded == 0 else rounded


def _exact(value: float) -> Decimal:
    if isinstance(value, Integral):
        return Decimal(int(value))
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))  # the digits a reader would type
    if not exact.is_finite():
        raise ValueError(f"{value!r} cannot be printed; a chapter must return a finite number or None")
    return exact


def _needed_places(number: Decimal) -> int:
    tidy = _without_idle_zeros(number)
    if _places(tidy) <= PLACES_SHOWN:
        return _places(tidy)
    return max(2, DIGITS_SHOWN - 1 - tidy.adjusted())


def _places(number: Decimal) -> int:
    return max(0, -number.as_tuple().exponent)


def _without_idle_zeros(number: Decimal) -> Decimal:
    if number == number.to_integral_value():
        return number.quantize(Decimal(1), context=_WIDE)
    return number.normalize(_WIDE)


def _is_round_count(number: Decimal, unit: str) -> bool:
    """Chinese says "1,400余人次" of a round count, but "超过100%" of a share, a sum of money or a small number."""
    share_or_money = unit in ("percent", "percentage_point") or unit.startswith("CNY")
    return number >= 10 and _WIDE.remainder(number, 10) == 0 and not share_or_money


def _is_missing(value: object) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float | Decimal) and math.isnan(value)


def _span_unit(start: date, end: date) -> str:
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return "year"
    return "month" if start.day == 1 and (end + timedelta(days=1)).day == 1 else "day"


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month
