"""Working days against a slow loop that knows nothing of running counts, and their algebra."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from legalaid_eval.calendar import add_working_days, working_days_between
from legalaid_eval.clocks import due_on, due_table, statutory_clocks

days = st.dates(date(2004, 1, 1), date(2026, 9, 30))
spans = st.integers(0, 400)
LAST = date(2026, 12, 31)


@cache
def due_days(clock):
    table = due_table(clock)
    return dict(zip(table["day"].dt.date, table["due_on"].dt.date, strict=True))


def counted_one_by_one(start: date, end: date) -> int:
    found, day = 0, start
    while day < end:
        day += timedelta(days=1)
        found += chinese_calendar.is_workday(day)
    return found


@given(days, spans)
def test_durations_are_those_of_the_slow_loop(start, span):
    end = min(start + timedelta(days=span), LAST)
    assert working_days_between(start, end) == counted_one_by_one(start, end)


@given(st.lists(st.tuples(st.none() | days, st.none() | days), max_size=30))
def test_many_at_once_are_the_same_as_one_by_one(pairs):
    start, end = (np.array([pair[side] for pair in pairs], dtype="datetime64[D]") for side in (0, 1))
    one_by_one = [working_days_between(*pair) for pair in pairs]
    assert [None if np.isnan(found) else found for found in working_days_between(start, end)] == one_by_one


@given(days, st.integers(0, 200), st.integers(0, 200))
def test_durations_add_up(start, first, second):
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)
    whole = working_days_between(start, middle) + working_days_between(middle, end)
    assert working_days_between(start, end) == whole


@given(days, st.integers(1, 30))
def test_the_nth_working_day_is_worked_and_is_n_away(day, n):
    reached = add_working_days(day, n)
    if reached <= LAST:
        assert chinese_calendar.is_workday(reached)
    assert working_days_between(day, reached) == n


@given(st.dates(date(2013, 1, 1), date(2026, 9, 30)), st.sampled_from(["civil", "criminal", "administrative"]))
def test_last_days_are_worked_and_the_table_for_an_engine_has_them(day, case_type):
    for clock in statutory_clocks(day, case_type):
        due = due_on(day, clock)
        assert chinese_calendar.is_workday(due)
        if clock.unit == "working_day":
            assert counted_one_by_one(day, due) == clock.limit
        else:
            unmoved = due_on(day, clock, moved=False)
            assert unmoved == day + timedelta(days=clock.limit) <= due
            assert counted_one_by_one(unmoved, due) <= 1
        assert due_days(clock)[day] == due
