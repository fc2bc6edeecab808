"""Counts as people have them, checked: a Series or a wide frame over periods becomes an array."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError

SEASONS = {"M": 12, "Q": 4, "Y": 1}
"""Periods of a year by the first letter of the frequency; shorter periods are added up to months first."""
LONGEST_HORIZON = 120
LARGEST = 2.0**53
"""Above it floats are no longer whole numbers one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """`values` (n, s) over `index`, NaN only before a series begins; `season` periods make a year."""

    values: np.ndarray
    index: pd.PeriodIndex
    names: tuple[object, ...]
    season: int

    def whole(self, horizon: int) -> pd.PeriodIndex:
        """The periods of the past and those that come next."""
        return pd.period_range(self.index[0], periods=len(self.index) + horizon, freq=self.index.freq)

    def ahead(self, horizon: int) -> pd.PeriodIndex:
        """The periods that come next."""
        return pd.period_range(self.index[-1] + 1, periods=horizon, freq=self.index.freq)

    def until(self, n: int) -> "Panel":
        """The first n periods, with the series that have begun by then."""
        begun = np.isfinite(self.values[:n]).any(axis=0)
        names = tuple(name for name, kept in zip(self.names, begun, strict=True) if kept)
        return Panel(self.values[:n, begun], self.index[:n], names, self.season)


def panel_of(given: object, *, what: str = "series") -> Panel:
    """The panel of a Series, or of a frame with a column to a series.

    Raises UsageError for anything that is not non-negative numbers over a PeriodIndex without gaps.
    """
    frame = given.to_frame() if isinstance(given, pd.Series) else given
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(
            f"found {type(given).__name__} as {what}; expected a pandas Series or DataFrame with a PeriodIndex; "
            "count the cases by month first"
        )
    if frame.empty:
        raise UsageError(f"found no values in {what}; expected at least one period; give the months there are")
    if frame.columns.has_duplicates:
        raise UsageError(f"found two series of one name in {what}; expected each once; rename or add them up")
    season = _season(frame.index, what)
    return Panel(_numbers(frame, what), pd.PeriodIndex(frame.index), tuple(frame.columns), season)


def known_of(known: object, index: pd.PeriodIndex, *, what: str = "known") -> np.ndarray | None:
    """What is known of the periods of `index`, shape (n, k); None of None. More periods may be given.

    Raises UsageError for anything but one finite number to each of them.
    """
    if known is None:
        return None
    frame = known.to_frame() if isinstance(known, pd.Series) else known
    if not isinstance(frame, pd.DataFrame) or not isinstance(frame.index, pd.PeriodIndex) or not frame.shape[1]:
        raise UsageError(
            f"found {type(known).__name__} as {what}; expected a Series or DataFrame over a PeriodIndex; give the "
            "known number of every period, past and to come"
        )
    if frame.index.freqstr != index.freqstr or frame.index.has_duplicates:
        raise UsageError(
            f"found periods of {frame.index.freqstr} in {what}, or one of them twice; expected each period of "
            f"{index.freqstr} once, as in the counts; index it like the counts"
        )
    try:
        values = frame.reindex(index).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise UsageError(f"found text in {what}; expected numbers; mend the cells") from None
    lacking = ~np.isfinite(values).all(axis=1)
    if lacking.any():
        raise UsageError(
            f"found no number for {index[lacking.argmax()]} in {what}; expected one for every period from {index[0]} "
            f"to {index[-1]}, the horizon among them; add the periods"
        )
    return values


def check_horizon(horizon: object) -> int:
    """The horizon as an int. Raises UsageError for what is not a whole number of at least one period."""
    whole = isinstance(horizon, int | np.integer) and not isinstance(horizon, bool)
    if not whole or not 1 <= horizon <= LONGEST_HORIZON:
        raise UsageError(
            f"found horizon {horizon!r}; expected a whole number from 1 to {LONGEST_HORIZON}; say how many periods"
        )
    return int(horizon)


def check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"found {name} {value!r}; expected one of {', '.join(allowed)}; choose one of them")


def group_keys(groups: Mapping | None, names: tuple[object, ...]) -> list[object]:
    """The group of each series; all are siblings where none are given."""
    if groups is None:
        return [0] * len(names)
    missing = [name for name in names if name not in groups]
    if missing:
        raise UsageError(f"found no group of {missing[0]!r}; expected one to each series; add it to groups")
    return [groups[name] for name in names]


def _season(index: pd.Index, what: str) -> int:
    if not isinstance(index, pd.PeriodIndex):
        raise UsageError(
            f"found an index of {type(index).__name__} in {what}; expected a PeriodIndex, as in "
            "pd.period_range('2019-01', periods=60, freq='M'); turn dates into periods with .to_period('M')"
        )
    season = SEASONS.get(index.freqstr[0]) if not index.freqstr[0].isdigit() else None
    if season is None:
        raise UsageError(
            f"found periods of {index.freqstr} in {what}; expected months, quarters or years; weeks and days have no "
            "whole number in a year: add them up to months"
        )
    if index.hasnans or not (np.diff(index.asi8) == 1).all():
        raise UsageError(
            f"found gaps, repeats or disorder in the periods of {what}; expected every period once, in order; a "
            "missing month is not a zero: begin after it, or enter the zeros that are known to be zeros"
        )
    return season


def _numbers(frame: pd.DataFrame, what: str) -> np.ndarray:
    try:
        values = frame.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise UsageError(f"found text in the counts of {what}; expected numbers; mend the cells") from None
    known = np.isfinite(values)
    begins = np.maximum.accumulate(known, axis=0)
    if np.isinf(values).any() or (begins & ~known).any() or not known[-1].all():
        name = frame.columns[np.flatnonzero(np.isinf(values).any(0) | (begins & ~known).any(0) | ~known[-1])[0]]
        raise UsageError(
            f"found a missing or infinite count in {what} ({name}); expected numbers from a series' first month to the "
            "last; a missing month is not a zero: cut the series after it or leave it out"
        )
    if (values[known] > LARGEST).any():
        raise UsageError(f"found a count above {LARGEST:.0e} in {what}; expected counts of cases; mend the cells")
    if (values[known] < 0).any():
        raise UsageError(f"found a negative count in {what}; expected numbers of at least 0; mend the cells")
    return values
