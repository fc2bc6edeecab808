"""Working days in China: notices, make-up weekends, and the Lunar New Year.

Intervals are (start, end]: the first day does not count, the last one does. Days are without time. A year is
*announced* when the State Council's holiday notice for it is known; until then its working days are a guess from
the ordinary week and the holidays fixed by law, and are called provisional.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from chinese_calendar.constants import holidays as NOTICE_HOLIDAYS
from chinese_calendar.constants import workdays as NOTICE_WORKDAYS
from pandas.arrays import IntegerArray

from legalaid_eval.errors import DataError, Fault, UsageError, shown_path
from legalaid_eval.reading import read_table
from legalaid_eval.schemas import Field, TableSchema

Days = date | np.datetime64 | np.ndarray | pd.Series | pd.DatetimeIndex | Sequence[Any] | None
"""A day, or many: dates, datetime64, None or NaT where there is none."""

FIRST_YEAR, LAST_YEAR = 2000, 2050
FIRST_DAY, END_DAY = np.datetime64(f"{FIRST_YEAR}-01-01", "D"), np.datetime64(f"{LAST_YEAR + 1}-01-01", "D")
BEFORE_FIRST = int(FIRST_DAY.astype("int64")) - 1
ANNOUNCED = frozenset(day.year for day in NOTICE_HOLIDAYS if (day.month, day.day) == (10, 1))
TURN_OF_YEAR = (12, 25)
"""From this day on, days of a year can be changed by the notice of the next one (as in 2006, 2007, 2011, 2018)."""

LUNAR_NEW_YEARS = (
    "0205 0124 0212 0201 0122 0209 0129 0218 0207 0126 0214 0203 0123 0210 0131 0219 0208 "
    "0128 0216 0205 0125 0212 0201 0122 0210 0129 0217 0206 0126 0213 0203 0123 0211 0131 "
    "0219 0208 0128 0215 0204 0124 0212 0201 0122 0210 0130 0217 0206 0126 0214 0202 0123"
).split()
"""Month and day of the Lunar New Year from FIRST_YEAR on."""

USER_DAYS = TableSchema(
    "work_days",
    "days that differ from the ordinary week, for years without a notice and for local holidays",
    (
        Field("day", "the day", "day"),
        Field("is_workday", "whether it is worked", codes=("true", "false")),
    ),
    unique=("day",),
)


@dataclass(frozen=True, eq=False, slots=True)
class WorkCalendar:
    """Which days are worked from FIRST_YEAR to LAST_YEAR, and which of them are only guessed.

    `passed[i + 1]` and `guessed[i + 1]` count the working and the guessed days up to day i; both end in NaN on
    either side, so that NaT and days out of range give NaN. `nth[k]` is the k-th working day.
    """

    worked: np.ndarray
    known_years: frozenset[int]
    passed: np.ndarray
    guessed: np.ndarray
    nth: np.ndarray

    @classmethod
    def of(cls, user_csv: str | Path | None = None) -> "WorkCalendar":
        """The calendar of the notices, with the days of `user_csv` (columns day, is_workday) where one is given.

        Raises DataError, with every fault, if the file contradicts a notice or gives a year in part.
        """
        return _announced() if user_csv is None else _from_days(_user_days(Path(user_csv)))

    def is_provisional(self, years: int | Iterable[int]) -> bool | np.ndarray:
        """Whether the holidays of a year, or of each of many, are not known."""
        found = ~np.isin(np.asarray(years), list(self.known_years))
        return bool(found) if found.ndim == 0 else found

    def crosses_provisional(self, start: Days, end: Days) -> Any:
        """Whether (start, end] has a guessed day, so that its working days are provisional; shaped as the input."""
        low, high = day_array(start), day_array(end)
        found = np.take(self.guessed, _place(high), mode="clip") - np.take(self.guessed, _place(low), mode="clip") > 0
        return shaped(found, start, end)

    def working_days_between(self, start: Days, end: Days) -> Any:
        """Working days in (start, end].

        One day gives an int, or None; an array gives float64 with NaN; a Series gives Int64 with NA. Missing is the
        result where a day is missing, lies out of range, or `end` is before `start`: that is a fault of the data.
        """
        low, high = day_array(start), day_array(end)
        count = np.take(self.passed, _place(high), mode="clip")
        count = count - np.take(self.passed, _place(low), mode="clip")
        backwards = high < low
        if backwards.any():
            count = np.where(backwards, np.nan, count)
        return shaped(count, start, end)

    def add_working_days(self, day: Days, n: int | np.ndarray) -> Any:
        """The n-th working day after `day`; `day` itself for n = 0. UsageError if n is negative."""
        if np.any(np.asarray(n) < 0):
            raise UsageError(f"found {n} working days to add; expected zero or more")
        days = day_array(day)
        target = np.take(self.passed, _place(days), mode="clip") + n
        ahead = np.take(self.nth, np.nan_to_num(target).astype("int64"), mode="clip")
        return shaped(np.where(np.equal(n, 0), np.where(np.isnan(target), np.datetime64("NaT"), days), ahead), day)

    def moved_to_workday(self, day: Days) -> Any:
        """`day`, or the first working day after it where it is a day off."""
        return shaped(self.add_working_days(day_array(day) - np.timedelta64(1, "D"), 1), day)

    def frame(self) -> pd.DataFrame:
        """The calendar as a table for an engine: `day, is_workday, workdays_passed, provisional`, a row per day.

        The working days in (a, b] are the `workdays_passed` of b less those of a.
        """
        return pd.DataFrame(
            {
                "day": np.arange(FIRST_DAY, END_DAY),
                "is_workday": self.worked,
                "workdays_passed": self.passed[1:-1].astype("int64"),
                "provisional": np.diff(self.guessed[1:-1], prepend=0) > 0,
            }
        )


def working_days_between(start: Days, end: Days, *, calendar: WorkCalendar | None = None) -> Any:
    """`WorkCalendar.working_days_between`, on the calendar of the notices unless another is given."""
    return (calendar or WorkCalendar.of()).working_days_between(start, end)


def add_working_days(day: Days, n: int | np.ndarray, *, calendar: WorkCalendar | None = None) -> Any:
    """`WorkCalendar.add_working_days`, on the calendar of the notices unless another is given."""
    return (calendar or WorkCalendar.of()).add_working_days(day, n)


def lunar_new_year(year: int) -> date:
    """The first day of the lunar year that begins in `year`; UsageError outside FIRST_YEAR to LAST_YEAR."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(f"found the year {year}; Lunar New Years are known from {FIRST_YEAR} to {LAST_YEAR}")
    text = LUNAR_NEW_YEARS[year - FIRST_YEAR]
    return date(year, int(text[:2]), int(text[2:]))


def festival_share(months: Any, *, before: int = 7, after: int = 7) -> pd.Series:
    """The share of each month's days within `before` days before the Lunar New Year or the `after` days from it on.

    `months` is a monthly PeriodIndex or what makes one. Returns floats from 0 to 1 under that index, for any years
    from FIRST_YEAR to LAST_YEAR: no holiday notice is needed. The months of a year add up to the whole window.
    UsageError if the window would leave the year.
    """
    if not (0 <= before <= 20 and 0 <= after <= 300):
        raise UsageError(f"found before={before}, after={after}; expected 0 to 20 and 0 to 300 days")
    index = pd.PeriodIndex(months, freq="M")
    window = timedelta(days=before), timedelta(days=after)
    spans = {year: (lunar_new_year(year) - window[0], lunar_new_year(year) + window[1]) for year in set(index.year)}
    shares = []
    for month in index:
        first, end = month.start_time.date(), (month + 1).start_time.date()
        low, high = spans[month.year]
        shares.append(max((min(high, end) - max(low, first)).days, 0) / month.days_in_month)
    return pd.Series(shares, index=index, name="festival_share", dtype="float64")


@cache
def _announced() -> WorkCalendar:
    return _from_days({})


def _from_days(user: dict[date, bool]) -> WorkCalendar:
    """The ordinary week, changed by law, then by the notices, then by the user's days."""
    days = np.arange(FIRST_DAY, END_DAY)
    worked = np.is_busday(days)
    known = ANNOUNCED | {day.year for day in user}
    by_law = (day for year in range(FIRST_YEAR, LAST_YEAR + 1) if year not in known for day in _days_off_by_law(year))
    for off in (by_law, NOTICE_HOLIDAYS):
        worked[_index(off)] = False
    worked[_index(NOTICE_WORKDAYS)] = True
    worked[_index(user)] = list(user.values())
    years = days.astype("datetime64[Y]").astype("int64") + 1970
    guessed = ~np.isin(years, list(known))
    for year in known - {year - 1 for year in known}:
        guessed |= (days >= np.datetime64(date(year, *TURN_OF_YEAR))) & (years == year)
    nat = np.array(["NaT"], dtype="datetime64[D]")
    return WorkCalendar(worked, known, _running(worked), _running(guessed), np.concatenate([nat, days[worked], nat]))


def _days_off_by_law(year: int) -> Iterator[date]:
    """Holidays whose day does not need a notice; bridging days and make-up weekends are what a notice adds."""
    yield from (date(year, 1, 1), date(year, 5, 1))
    yield from (date(year, 10, number) for number in (1, 2, 3))
    yield from (lunar_new_year(year) + timedelta(days=number) for number in (0, 1, 2))


def _index(days: Iterable[date]) -> list[int]:
    return [day.toordinal() - date(FIRST_YEAR, 1, 1).toordinal() for day in days]


def _running(mask: np.ndarray) -> np.ndarray:
    return np.concatenate([[np.nan], np.cumsum(mask, dtype="float64"), [np.nan]])


def _place(days: np.ndarray) -> np.ndarray:
    """Where a day stands in the running counts; NaT and days out of range fall off either end, where NaN stands."""
    return days.view("int64") - BEFORE_FIRST


def day_array(values: Days) -> np.ndarray:
    """At least one datetime64[D]; one day becomes an array of one."""
    if isinstance(values, np.ndarray) and values.dtype == np.dtype("datetime64[D]"):
        return np.atleast_1d(values)
    if _is_one(values):
        return np.array([None if pd.isna(values) else values], dtype="datetime64[D]")
    found = pd.Series(values) if not isinstance(values, pd.Series) else values
    if found.dtype.kind != "M" or not isinstance(found.dtype, np.dtype):
        found = pd.to_datetime(found)
    return found.to_numpy().astype("datetime64[D]")


def _is_one(values: Days) -> bool:
    return values is None or np.ndim(values) == 0


def shaped(found: np.ndarray, *given: Days) -> Any:
    """A Series where one was given, a plain value where all were one day, else the array."""
    series = [values for values in given if isinstance(values, pd.Series)]
    if any(not values.index.equals(series[0].index) for values in series):
        raise UsageError("found two Series with different indexes; expected days of the same rows in the same order")
    if series:
        return pd.Series(whole_or_missing(found) if found.dtype.kind == "f" else found, index=series[0].index)
    if not all(_is_one(values) for values in given):
        return found
    value = found[0].item()
    return value if found.dtype.kind != "f" else None if np.isnan(value) else int(value)


def whole_or_missing(counts: np.ndarray) -> IntegerArray:
    """Whole numbers kept as floats, as Int64 with NA for NaN."""
    missing = np.isnan(counts)
    with np.errstate(invalid="ignore"):
        whole = counts.astype("int64")
    whole[missing] = 0
    return IntegerArray(whole, missing)


def _user_days(path: Path) -> dict[date, bool]:
    """The user's days, checked against the notices and, for years without one, for being whole."""
    table = read_table(path, USER_DAYS, _contradictions)
    days = {row.day: row.is_workday == "true" for row in table.itertuples()}
    unlisted = (
        day
        for year in sorted({day.year for day in days} - ANNOUNCED)
        for day in _days_off_by_law(year)
        if days.get(day, day.weekday() < 5)
    )
    faults = [Fault(_in_part(day), shown_path(path)) for day in unlisted]
    if faults:
        raise DataError.of(faults)
    return days


def _in_part(day: date) -> str:
    what = f"{day.year} is given in part: found {day} worked, expected a day off, as it is a holiday by law"
    return f"{what}; list every holiday and make-up day of {day.year}"


def _contradictions(row: Any) -> Iterator[str]:
    worked = row.is_workday == "true"
    if not FIRST_YEAR <= row.day.year <= LAST_YEAR:
        yield f"day: found {row.day}, expected a day from {FIRST_YEAR} to {LAST_YEAR}"
    if worked and row.day in NOTICE_HOLIDAYS:
        yield f"is_workday: found true, expected false, as the holiday notice makes {row.day} a day off; remove the row"
    if not worked and row.day in NOTICE_WORKDAYS:
        yield f"is_workday: found false, expected true, as the holiday notice makes {row.day} a working day; remove it"
