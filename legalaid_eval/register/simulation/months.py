"""The months and days of the simulation: days are whole numbers since 1970, months are counted from January 2019."""

from datetime import date

import numpy as np
import pandas as pd

from legalaid_eval.calendar import FIRST_DAY, WorkCalendar, festival_share, lunar_new_year

FIRST_YEAR, LAST_YEAR = 2019, 2025
MONTHS = 12 * (LAST_YEAR - FIRST_YEAR + 1)
PERIODS = pd.period_range(f"{FIRST_YEAR}-01", periods=MONTHS, freq="M")
YEAR = np.arange(MONTHS) // 12 + FIRST_YEAR
MONTH = np.arange(MONTHS) % 12 + 1
NA = np.iinfo(np.int32).min
"""A day that does not exist."""
NO_WORK_WEIGHT = 0.06
"""What comes in on a day off, as a share of a working day."""
_ORIGIN = int(FIRST_DAY.astype("int64"))
_CALENDAR = WorkCalendar.of()
_PASSED = _CALENDAR.passed[1:-1].astype(np.int32)
_NTH = _CALENDAR.nth[1:-1].astype("datetime64[D]").astype(np.int32)
STARTS = np.array([day.toordinal() for day in PERIODS.start_time.date] + [date(LAST_YEAR + 1, 1, 1).toordinal()])
STARTS = (STARTS - date(1970, 1, 1).toordinal()).astype(np.int32)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def is_worked(day: np.ndarray) -> np.ndarray:
    return _CALENDAR.worked[day - _ORIGIN]


def worked_between(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Working days in (start, end]."""
    return _PASSED[end - _ORIGIN] - _PASSED[start - _ORIGIN]


def after(day: np.ndarray, working_days: np.ndarray | int) -> np.ndarray:
    """The n-th working day after a day; the day itself for n = 0."""
    ahead = _NTH[_PASSED[day - _ORIGIN] + np.maximum(working_days, 1) - 1]
    return np.where(np.asarray(working_days) > 0, ahead, day)


def to_worked(day: np.ndarray) -> np.ndarray:
    """The day, or the next working day where it is a day off."""
    return _NTH[_PASSED[day - 1 - _ORIGIN]]


def month_of(day: np.ndarray) -> np.ndarray:
    """Month of a day, clipped to the months of the simulation."""
    return _MONTH_OF[np.clip(day, STARTS[0], STARTS[-1] - 1) - STARTS[0]]


def year_of(day: np.ndarray) -> np.ndarray:
    return YEAR[month_of(day)]


def days_within(month: np.ndarray, u: np.ndarray) -> np.ndarray:
    """A day of each month for each uniform number: days off get a few, working days the rest."""
    low, high = _CUMULATED[STARTS[month] - STARTS[0]], _CUMULATED[STARTS[month + 1] - STARTS[0]]
    found = np.searchsorted(_CUMULATED, low + u * (high - low), side="right") - 1
    return np.minimum(found + STARTS[0], STARTS[month + 1] - 1).astype(np.int32)


def festival() -> np.ndarray:
    """Share of each month that lies round the Lunar New Year."""
    return festival_share(PERIODS).to_numpy()


def before_festival(days: int = 60) -> np.ndarray:
    """Share of each month's days in the `days` before the Lunar New Year, when migrant workers claim their pay."""
    every = np.arange(STARTS[0], STARTS[-1])
    inside = np.zeros(len(every), bool)
    for year in range(FIRST_YEAR, LAST_YEAR + 2):
        day = day_number(lunar_new_year(year))
        inside |= (every >= day - days) & (every < day - 7)
    return np.add.reduceat(inside, STARTS[:-1] - STARTS[0]) / np.diff(STARTS)


_MONTH_OF = np.repeat(np.arange(MONTHS, dtype=np.int16), np.diff(STARTS))
_WEIGHTS = np.where(is_worked(np.arange(STARTS[0], STARTS[-1])), 1.0, NO_WORK_WEIGHT)
_CUMULATED = np.concatenate([[0.0], np.cumsum(_WEIGHTS)])
