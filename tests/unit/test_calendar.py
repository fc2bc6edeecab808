"""Working days of the notices, provisional years, the user's calendar, the Lunar New Year."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import numpy as np
import pandas as pd
import pytest

from legalaid_eval.calendar import (
    USER_DAYS,
    WorkCalendar,
    add_working_days,
    festival_share,
    lunar_new_year,
    working_days_between,
)
from legalaid_eval.errors import DataError, UsageError

# Typed from the State Council's notices: days off (weekends next to them left out or not), make-up weekends.
NOTICES = {
    2018: ("0101 0215-0221 0405-0407 0429-0501 0618 0924 1001-1007 1230-1231", "0211 0224 0408 0428 0929 0930 1229"),
    2019: ("0101 0204-0210 0405 0501-0504 0607 0913 1001-1007", "0202 0203 0428 0505 0929 1012"),
    2020: ("0101 0124-0202 0404-0406 0501-0505 0625-0627 1001-1008", "0119 0426 0509 0628 0927 1010"),
    2021: (
        "0101-0103 0211-0217 0403-0405 0501-0505 0612-0614 0919-0921 1001-1007",
        "0207 0220 0425 0508 0918 0926 1009",
    ),
    2022: (
        "0101-0103 0131-0206 0403-0405 0430-0504 0603-0605 0910-0912 1001-1007",
        "0129 0130 0402 0424 0507 1008 1009",
    ),
    2023: ("0101-0102 0121-0127 0405 0429-0503 0622-0624 0929-1006", "0128 0129 0423 0506 0625 1007 1008"),
    2024: ("0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007", "0204 0218 0407 0428 0511 0914 0929 1012"),
    2025: ("0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008", "0126 0208 0427 0928 1011"),
    2026: ("0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007", "0104 0214 0228 0509 0920 1010"),
}


def listed(year: int, text: str) -> set[date]:
    days = set()
    for span in text.split():
        first, _, last = span.partition("-")
        day, end = (date(year, int(part[:2]), int(part[2:])) for part in (first, last or first))
        while day <= end:
            days.add(day)
            day += timedelta(days=1)
    return days


def worked(year: int) -> dict[date, bool]:
    frame = WorkCalendar.of().frame().set_index("day")["is_workday"].loc[str(year)]
    return dict(zip(frame.index.date, frame, strict=True))


@pytest.mark.parametrize("year", NOTICES)
def test_every_day_is_that_of_the_notice_as_typed_here_and_as_packaged(year):
    off, made_up = (listed(year, text) for text in NOTICES[year])
    for day, is_workday in worked(year).items():
        assert is_workday == (day in made_up or (day.weekday() < 5 and day not in off)), day
        assert is_workday == chinese_calendar.is_workday(day), day


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (date(2023, 9, 28), date(2023, 10, 9), 3),  # National Day 2023: 7 and 8 October are worked
        (date(2023, 9, 28), date(2023, 10, 6), 0),
        (date(2024, 2, 2), date(2024, 2, 19), 8),  # Spring Festival 2024: Sundays 4 and 18 February are worked
        (date(2024, 2, 9), date(2024, 2, 18), 1),
        (date(2024, 5, 10), date(2024, 5, 11), 1),
        (date(2024, 1, 5), date(2024, 1, 5), 0),  # the first day does not count
        (date(2018, 12, 28), date(2019, 1, 2), 2),  # the notice of 2019 made 29 December 2018 a working day
        (date(2024, 2, 9), date(2024, 2, 8), None),  # a decision before the application is a fault
        (None, date(2024, 2, 8), None),
        (date(2024, 2, 8), pd.NaT, None),
        (date(1999, 12, 31), date(2024, 2, 8), None),
        (date(2024, 2, 8), date(2051, 1, 1), None),
    ],
)
def test_known_intervals(start, end, days):
    assert working_days_between(start, end) == days


@pytest.mark.parametrize(
    "day", [date(2023, 9, 28), "2023-09-28", pd.Timestamp("2023-09-28"), np.datetime64("2023-09-28T12:30")]
)
def test_one_day_may_be_given_in_any_form(day):
    assert working_days_between(day, date(2023, 10, 9)) == 3
    assert add_working_days(day, 1) == date(2023, 10, 7)


def test_the_result_has_the_shape_of_what_was_given():
    start = pd.Series([date(2023, 9, 28), None, date(2023, 9, 28)], index=[7, 8, 9], dtype=object)
    found = working_days_between(start, pd.Timestamp("2023-10-09"))
    assert found.dtype == "Int64" and found.index.tolist() == [7, 8, 9]
    assert found.isna().tolist() == [False, True, False]
    array = working_days_between(pd.to_datetime(start).to_numpy(), np.array(["2023-10-09"] * 3, dtype="datetime64[D]"))
    assert array.dtype == "float64" and array[0] == 3 and np.isnan(array[1])
    assert add_working_days(start, 2).tolist()[0] == pd.Timestamp("2023-10-08")
    assert working_days_between([], []).tolist() == []
    arrow = pd.Series([date(2023, 9, 28), None]).astype("date32[pyarrow]")
    assert working_days_between(arrow, date(2023, 10, 9)).tolist() == [3, pd.NA]


def test_series_of_different_rows_are_refused():
    one, other = (pd.Series(pd.to_datetime(["2024-01-02"]), index=[label]) for label in "ab")
    with pytest.raises(UsageError, match="different indexes"):
        working_days_between(one, other)


def test_adding_working_days():
    assert add_working_days(date(2024, 2, 9), 0) == date(2024, 2, 9)
    assert add_working_days(date(2024, 2, 9), 1) == date(2024, 2, 18)
    assert add_working_days(date(2024, 2, 9), 3) == date(2024, 2, 20)
    assert add_working_days(None, 3) is None
    assert add_working_days(date(2050, 12, 31), 1) is None
    with pytest.raises(UsageError, match="zero or more"):
        add_working_days(date(2024, 2, 9), -1)


def test_years_without_a_notice_are_provisional_and_so_is_the_turn_of_the_last_year_with_one():
    calendar = WorkCalendar.of()
    assert calendar.is_provisional([2003, 2004, 2026, 2027]).tolist() == [True, False, False, True]
    assert calendar.is_provisional(2027) is True
    assert not calendar.crosses_provisional(date(2026, 12, 1), date(2026, 12, 24))
    assert calendar.crosses_provisional(date(2026, 12, 1), date(2026, 12, 25))
    assert calendar.crosses_provisional(date(2026, 12, 1), date(2027, 1, 15))
    assert not calendar.crosses_provisional(date(2024, 12, 1), date(2025, 1, 15))
    assert not calendar.crosses_provisional(None, date(2027, 1, 15))
    assert working_days_between(date(2026, 12, 31), date(2027, 1, 4)) == 1  # 1 January is a holiday by law
    assert working_days_between(date(2027, 2, 5), date(2027, 2, 12)) == 4  # Monday is the third lunar day


def written(folder: Path, rows: str) -> Path:
    path = folder / "work_days.csv"
    path.write_text("day,is_workday\n" + rows, encoding="utf-8")
    return path


WHOLE_2027 = """\
2027-01-01,false
2027-02-05,false
2027-02-08,false
2027-02-09,false
2027-02-10,false
2027-02-20,true
2027-10-01,false
2027-10-04,false
"""


def test_a_users_calendar_supplies_a_year_and_local_holidays(tmp_path):
    calendar = WorkCalendar.of(written(tmp_path, WHOLE_2027 + "2024-04-12,false\n"))
    assert calendar.is_provisional([2026, 2027, 2028]).tolist() == [False, False, True]
    assert not calendar.crosses_provisional(date(2026, 12, 1), date(2027, 12, 1))
    assert working_days_between(date(2027, 2, 19), date(2027, 2, 21), calendar=calendar) == 1
    assert working_days_between(date(2027, 2, 4), date(2027, 2, 10), calendar=calendar) == 0
    assert working_days_between(date(2024, 4, 11), date(2024, 4, 12), calendar=calendar) == 0
    assert working_days_between(date(2024, 4, 11), date(2024, 4, 12)) == 1


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2023-10-02,true\n", ["line 2", "found true, expected false", "2023-10-02"]),
        ("2023-10-07,false\n", ["line 2", "found false, expected true", "2023-10-07"]),
        ("2060-01-01,false\n", ["line 2", "found 2060-01-01", "2000 to 2050"]),
        ("2027-13-01,false\n2027-01-01,no\n", ["line 2", "such as 2023-01-31", "line 3", "one of true, false"]),
        ("2027-01-01,false\n2027-01-01,true\n", ["line 3", "repeat line 2"]),
        ("2027-01-01,false\n", ["2027 is given in part", "2027-02-08", "2027-10-01", "list every holiday"]),
        (WHOLE_2027.replace("2027-10-01,false", "2027-10-01,true"), ["2027-10-01 worked, expected a day off"]),
    ],
)
def test_a_wrong_calendar_is_refused_with_every_fault(tmp_path, rows, said):
    with pytest.raises(DataError) as refused:
        WorkCalendar.of(written(tmp_path, rows))
    for part in said:
        assert part in str(refused.value)


def test_the_schema_of_the_users_calendar():
    assert USER_DAYS.columns == ("day", "is_workday")


def test_lunar_new_years():
    lunardate = pytest.importorskip("lunardate")
    for year in range(2000, 2051):
        assert lunar_new_year(year) == lunardate.LunarDate(year, 1, 1).to_solar_date()
    for year in range(2008, 2027):
        assert chinese_calendar.get_holiday_detail(lunar_new_year(year)) == (True, "Spring Festival")
    with pytest.raises(UsageError, match="2000 to 2050"):
        lunar_new_year(1999)


def test_the_festival_share_of_a_month():
    share = festival_share(pd.period_range("2023-01", "2024-12", freq="M"))
    assert share["2023-01"] == pytest.approx(14 / 31)  # 22 January: from the 15th to the 28th
    assert share["2024-02"] == pytest.approx(14 / 29)  # 10 February: from the 3rd to the 16th
    assert share[share > 0].index.astype(str).tolist() == ["2023-01", "2024-02"]
    split = festival_share(["2025-01", "2025-02"])  # 29 January
    assert split.tolist() == [pytest.approx(10 / 31), pytest.approx(4 / 28)]
    assert festival_share(pd.period_range("2049-01", "2049-12", freq="M"), before=0, after=1).sum() == 1 / 28
    with pytest.raises(UsageError, match="0 to 20"):
        festival_share(["2025-01"], before=30)


def test_the_table_for_an_engine_gives_the_same_durations():
    table = WorkCalendar.of().frame().set_index("day")
    days = pd.date_range("2023-01-01", "2023-12-31")
    passed = table["workdays_passed"]
    by_join = passed.loc[days].to_numpy() - passed.loc[pd.Timestamp("2022-12-15")]
    assert by_join.tolist() == working_days_between(np.datetime64("2022-12-15"), days).tolist()
    assert table.loc["2027-03-01", "provisional"] and not table.loc["2026-03-01", "provisional"]
