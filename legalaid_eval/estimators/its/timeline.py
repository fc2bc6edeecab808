"""When: the periods of a series, the first treated one, and those that are left out."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from legalaid_eval.errors import UsageError

FREQUENCIES = {12: "M", 4: "Q"}
"""The calendar periods meant when dates or text are given: a season of 12 has months, one of 4 quarters."""


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """T consecutive periods in order.

    `labels` (T,) as they were given, `number` (T,) whole numbers one apart, `start` the number of the first treated
    period, `used` (T,) False for the transition, which is left out of the estimation.
    """

    labels: pd.Index
    number: np.ndarray
    start: int
    used: np.ndarray

    @property
    def treated(self) -> np.ndarray:
        return self.number >= self.start

    @property
    def since_start(self) -> np.ndarray:
        return (self.number - self.start).astype(float)

    @property
    def steps(self) -> np.ndarray:
        """Periods from one used row to the next, infinite before the first."""
        return np.append(np.inf, np.diff(self.number[self.used]))

    @property
    def n_before(self) -> int:
        return int(np.sum(~self.treated))

    @property
    def n_after(self) -> int:
        return int(np.sum(self.treated & self.used))


def ordered(series: pd.DataFrame, *, time: str, start: object, season: int, transition: int):
    """The rows in the order of time, and their Timeline."""
    numbers = period_numbers(series[time], season)
    rows = series.iloc[np.argsort(numbers, kind="stable")]
    numbers = np.sort(numbers)
    _require_consecutive(numbers, rows[time], time)
    first = _start_number(start, series[time], season)
    if not numbers[0] < first <= numbers[-1]:
        raise UsageError(
            f"start {start!r} is outside the series, which goes from {rows[time].iloc[0]} to {rows[time].iloc[-1]}; "
            "expected the first treated period, with periods before it; correct 'start' or add periods"
        )
    used = (numbers < first) | (numbers >= first + transition)
    return rows, Timeline(pd.Index(rows[time]), numbers, first, used)


def period_numbers(times: pd.Series, season: int) -> np.ndarray:
    """Periods as whole numbers, one apart when they follow each other; shape (T,)."""
    if times.isna().any():
        raise UsageError(f"column '{times.name}' has {int(times.isna().sum())} missing periods; fill in or drop them")
    if _is_number(times):
        values = times.to_numpy(dtype=float)
        if not np.array_equal(values, np.round(values)):
            raise UsageError(f"column '{times.name}' holds fractions; expected one whole number for each period")
        return values.astype(np.int64)
    return _calendar_periods(times, season).astype("int64").to_numpy()


def _calendar_periods(times: pd.Series, season: int) -> pd.PeriodIndex:
    if isinstance(times.dtype, pd.PeriodDtype):
        periods = pd.PeriodIndex(times)
        expected = next((s for s, letter in FREQUENCIES.items() if periods.freqstr.startswith(letter)), season)
        if expected == season:
            return periods
        raise UsageError(f"periods of frequency {periods.freqstr} have a season of {expected}; found season={season}")
    if season not in FREQUENCIES:
        raise UsageError(f"dates with season={season}; expected 12 (months) or 4 (quarters); else number the periods")
    try:
        return pd.PeriodIndex(times, freq=FREQUENCIES[season])
    except (ValueError, TypeError):
        raise UsageError(
            f"column or value '{times.name}' cannot be read as periods (first value {times.iloc[0]!r}); "
            "expected whole numbers, dates, pandas Periods or text such as 2023-04"
        ) from None


def _start_number(start: object, times: pd.Series, season: int) -> int:
    given = pd.Series([start], name="start")
    if _is_number(given) != _is_number(times):
        raise UsageError(f"start {start!r} is not of the kind of '{times.name}' (such as {times.iloc[0]!r}); use that")
    if isinstance(times.dtype, pd.PeriodDtype) and not isinstance(given.dtype, pd.PeriodDtype):
        season = next((s for s, letter in FREQUENCIES.items() if times.dtype.freq.freqstr.startswith(letter)), season)
    return int(period_numbers(given, season)[0])


def _is_number(values: pd.Series) -> bool:
    return types.is_numeric_dtype(values) and not types.is_bool_dtype(values)


def _require_consecutive(numbers: np.ndarray, times: pd.Series, time: str) -> None:
    steps = np.diff(numbers)
    if (steps == 0).any():
        raise UsageError(
            f"column '{time}' has {times.iloc[int(np.argmax(steps == 0))]} more than once; expected one row for each "
            "period; add the rows of a period up first"
        )
    if (steps > 1).any():
        at = int(np.argmax(steps > 1))
        raise UsageError(
            f"column '{time}' jumps from {times.iloc[at]} to {times.iloc[at + 1]}; expected every period between the "
            "first and the last; add the missing ones with their counts (or number months 1, 2, 3, ... without a jump)"
        )
