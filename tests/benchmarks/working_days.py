"""Working days of a million cases: the calendar with all its care, and the bare numpy lookup it rests on."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from legalaid_eval.calendar import FIRST_DAY, WorkCalendar, working_days_between

CASES = 1_000_000
ROUNDS = 15
GOAL = 3.0
PACKAGES = ("numpy", "pandas")


@dataclass(frozen=True, slots=True)
class Compared:
    """Time of the calendar as a multiple of the bare lookup's: days all known, one in a hundred missing, as Series."""

    known: float
    missing: float
    series: float
    cases: int = CASES

    @property
    def reached(self) -> bool:
        return max(self.known, self.missing, self.series) <= GOAL


def seconds(*functions: Callable[[], object]) -> list[float]:
    """The median of each, run in turns so that a busy moment hits all alike."""
    spent: list[list[float]] = [[] for _ in functions]
    for _ in range(ROUNDS):
        for function, times in zip(functions, spent, strict=True):
            started = time.perf_counter()
            function()
            times.append(time.perf_counter() - started)
    return [float(np.median(times)) for times in spent]


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """Applications of ten years, decided within a year."""
    random = np.random.default_rng(20240101)
    start = np.datetime64("2015-01-01") + random.integers(0, 3650, CASES).astype("timedelta64[D]")
    return start, start + random.integers(0, 400, CASES).astype("timedelta64[D]")


def compare(_: Path | None = None) -> Compared:
    """Measure all in one run; RuntimeError if the two ways disagree."""
    start, end = drawn()
    passed = np.cumsum(WorkCalendar.of().worked)
    gaps = start.copy()
    gaps[::100] = np.datetime64("NaT")
    columns = pd.Series(start), pd.Series(end)

    def bare(low: np.ndarray, high: np.ndarray) -> np.ndarray:
        return passed[(high - FIRST_DAY).astype("int64")] - passed[(low - FIRST_DAY).astype("int64")]

    def bare_columns() -> pd.Series:
        low, high = (column.to_numpy().astype("datetime64[D]") for column in columns)
        return pd.Series(bare(low, high))

    if not np.array_equal(bare(start, end), working_days_between(start, end)):
        raise RuntimeError("the calendar and the bare lookup count differently")
    lookup, known, missing, lookup_columns, series = seconds(
        lambda: bare(start, end),
        lambda: working_days_between(start, end),
        lambda: working_days_between(gaps, end),
        bare_columns,
        lambda: working_days_between(*columns),
    )
    return Compared(known / lookup, missing / lookup, series / lookup_columns)


def section(compared: Compared) -> str:
    """The part of docs/benchmarks.md."""
    lines = (
        ("`working_days_between`, arrays of days", compared.known),
        ("the same, one start in a hundred missing", compared.missing),
        ("pandas Series in and out, against the same lookup on Series", compared.series),
    )
    table = "\n".join(f"| {name} | {ratio:.1f} |" for name, ratio in lines)
    return f"""\
## Working days of {compared.cases:,} cases

As a multiple of the bare numpy lookup in a running count of working days, which knows neither missing days nor days
out of range nor an end before its start; medians of {ROUNDS} rounds in turns. Goal: at most {GOAL:.0f}.

| | time |
|---|--:|
{table}
"""


if __name__ == "__main__":
    print(section(compare()))
