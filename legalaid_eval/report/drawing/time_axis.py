"""Months along an axis: their places, their ticks, and the unbroken runs of a series."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pandas as pd

from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report.drawing.lettering import width

YEAR = 12
MOST = 8  # ticks
STEPS = (1, 2, 3, 6, YEAR, 2 * YEAR, 5 * YEAR, 10 * YEAR)
BETWEEN = 0.14  # inches from one tick label to the next
LONG = 48  # months from which on only years are named


def position(when: object) -> float:
    """Months since year 0 of "2023-05", of "2023-05-16" or of a date; a day stands within its month.

    Raises LegalAidEvalError for anything else.
    """
    if isinstance(when, date):
        return when.year * YEAR + when.month - 1 + (when.day - 1) / 31
    try:
        year, month, *day = (int(part) for part in str(when).split("-"))
    except ValueError:
        year, month, day = 0, 0, []
    if not 1 <= month <= YEAR or len(day) > 1:
        raise LegalAidEvalError(f"found the month {when!r}; expected text such as '2023-05' or a date")
    return year * YEAR + month - 1 + sum(each - 1 for each in day) / 31


def ticks(first: float, last: float, wide: float) -> tuple[list[float], list[str]]:
    """Places and words of the ticks that fit into `wide` inches; years alone where the axis is long."""
    span = max(last - first, 1.0)
    for each in STEPS:
        if each < YEAR and span > LONG:
            continue
        at = [float(month) for month in range(_up(first, each), int(last) + 1, each)]
        named = [_named(month, each >= YEAR) for month in at]
        if 1 < len(at) <= MOST and max(map(width, named)) + BETWEEN <= wide * each / span:
            return at, named
    return _ends(first, last, wide)


def _up(first: float, each: int) -> int:
    return -int(-first // each) * each


def _ends(first: float, last: float, wide: float) -> tuple[list[float], list[str]]:
    first, last = float(_up(first, 1)), float(int(last))
    names = [_named(first, False), _named(last, False)]
    if names[0] == names[1] or sum(map(width, names)) / 2 + BETWEEN > wide:
        return [first], names[:1]
    return [first, last], names


def _named(month: float, year_only: bool) -> str:
    year, rest = divmod(int(month), YEAR)
    return str(year) if year_only else f"{year}-{rest + 1:02d}"


def runs(frame: pd.DataFrame, column: str) -> list[pd.DataFrame]:
    """The rows in unbroken runs: a missing value, or a month that the frame leaves out, ends one.

    `frame` has `at`, the places of its months in order. The usual step is the smallest between two months, so
    that quarters are not taken for months with gaps.
    """
    usual = step(frame["at"].tolist())
    known = frame[frame[column].notna()]
    broken = (known["at"].diff() > usual * 1.5).cumsum()
    return [rows for _, rows in known.groupby(broken)]


def step(at: Sequence[float]) -> float:
    """The smallest number of months between two places."""
    apart = [later - earlier for earlier, later in pairwise(at) if later > earlier]
    return min(apart, default=1.0)
