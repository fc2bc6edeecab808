"""Which rule governs a case, its last day, and what became of it."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import rules
from legalaid_eval.clocks import (
    STEPS,
    Clock,
    due_on,
    due_table,
    second_clock,
    statutory_clocks,
    step_clocks,
    step_outcomes,
    within_limit,
)
from legalaid_eval.errors import UsageError

AS_OF = date(2024, 6, 30)
COLUMNS = (
    "case_type applied_on accepted_on notice_on decided_on decision assigned_on closed_on archived_on terminated_on "
    "status supplement_days aid_first routine"
).split()

WITHDRAWN_LATER = {
    "applied_on": "2024-06-25",
    "decided_on": "2024-07-02",
    "decision": "withdrawn",
    "status": "withdrawn",
}
LATE = {"decided_on": "2024-03-04", "decision": "granted", "assigned_on": "2024-03-08"}
CRIMINAL_2021 = {
    "case_type": "criminal",
    "decided_on": "2021-03-01",
    "decision": "granted",
    "assigned_on": "2021-03-05",
}


def cases(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame([{"case_type": "civil", "status": "open"} | row for row in rows], columns=COLUMNS)
    for name in (column for column in COLUMNS if column.endswith("_on")):
        frame[name] = pd.to_datetime(frame[name])
    frame["supplement_days"] = frame["supplement_days"].astype("Int64")
    return frame.astype({"aid_first": "boolean", "routine": "boolean"})


def outcome(step: str, **row) -> str:
    return step_outcomes(cases(row), step, AS_OF)["outcome"].iloc[0]


def clock_of(rule_id: str) -> Clock:
    return next(clock for step in STEPS for clock in step_clocks(step) if clock.rule_id == rule_id)


@pytest.mark.parametrize(
    ("day", "case_type", "rule_ids"),
    [
        (date(2021, 12, 31), "civil", ["PP12-13", "PP12-20a", "PP12-34"]),
        (date(2021, 12, 31), "criminal", ["PP12-13", "PP12-20b", "PP12-20b", "PP12-34"]),
        (date(2021, 12, 31), "state_compensation", ["PP12-13", "PP12-34"]),
        (date(2022, 1, 1), "civil", ["LL-43a", "LL-43b", "PP12-34"]),  # the Law stands over the Order's text
        (date(2023, 8, 31), "criminal", ["LL-43a", "LL-43b", "LL-36b", "PP12-34"]),
        (date(2023, 9, 1), "criminal", ["LL-43a", "LL-43b", "LL-36b", "PP23-b"]),
        (date(2012, 6, 30), "civil", []),
    ],
)
def test_the_rules_of_a_day(day, case_type, rule_ids):
    clocks = statutory_clocks(day, case_type)
    assert [clock.rule_id for clock in clocks] == rule_ids
    assert all(clock.evidence and clock.kind == "statutory" for clock in clocks)


def test_limits_and_units_are_those_of_the_file():
    limits = {rule_id: (clock_of(rule_id).limit, clock_of(rule_id).unit) for rule_id in ("LL-43a", "LL-43b", "PP12-13")}
    assert limits == {"LL-43a": (7, "day"), "LL-43b": (3, "day"), "PP12-13": (7, "working_day")}
    assert (clock_of("LL-43a").starts, clock_of("PP12-13").starts) == ("applied_on", "accepted_on")
    assert (clock_of("PP12-20b").limit, clock_of("PP12-20a").limit) == (3, 7)
    assert {clock_of("PP12-34").evidence, clock_of("PP23-b").evidence} == {"unverified"}
    assert (clock_of("LL-43a").evidence, clock_of("PP12-13").evidence) == ("primary", "secondary")


def test_rules_by_date():
    assert "LL-43a" in {limit.rule_id for limit in rules.limits_on(date(2022, 1, 1))}
    assert "LL-43a" not in {limit.rule_id for limit in rules.limits_on(date(2021, 12, 31))}
    assert not {"ZJ16-17", "PLEDGE-HLGE"} & {limit.rule_id for limit in rules.limits_on(date(2024, 1, 1))}
    assert rules.time_limit("LL-43a").limit == 7
    with pytest.raises(UsageError, match="did you mean 'LL-43a'"):
        rules.time_limit("LL-43aa")
    law, order = rules.in_precedence(["LL-43a", "PP12-13"])
    assert (law.valid_to, order.valid_to) == (None, date(2021, 12, 31))


@pytest.mark.parametrize(
    ("rule_id", "start", "moved", "due"),
    [
        ("LL-43a", date(2024, 3, 4), True, date(2024, 3, 11)),  # the day of the application does not count
        ("LL-43a", date(2023, 9, 25), True, date(2023, 10, 7)),  # 2 October is a holiday; Saturday the 7th is worked
        ("LL-43a", date(2023, 9, 25), False, date(2023, 10, 2)),
        ("LL-43a", date(2024, 2, 5), True, date(2024, 2, 18)),
        ("LL-43a", date(2024, 2, 11), True, date(2024, 2, 18)),  # a make-up Sunday is a working day
        ("LL-43b", date(2024, 3, 6), True, date(2024, 3, 11)),  # Saturday
        ("PP12-13", date(2021, 9, 26), True, date(2021, 10, 11)),
        ("PP12-20b", date(2021, 9, 29), True, date(2021, 10, 9)),
        ("PP12-20a", date(2020, 1, 22), True, date(2020, 2, 10)),
    ],
)
def test_last_days(rule_id, start, moved, due):
    assert due_on(start, clock_of(rule_id), moved=moved) == due
    many = due_on(pd.Series([start, None], index=[4, 5]), clock_of(rule_id), moved=moved)
    assert many.loc[4] == pd.Timestamp(due) and many.isna().loc[5]


@pytest.mark.parametrize(
    ("expected", "row"),
    [
        ("met", {"applied_on": "2024-03-04", "decided_on": "2024-03-11"}),
        ("missed", {"applied_on": "2024-03-04", "decided_on": "2024-03-12"}),
        ("met", {"applied_on": "2024-03-04", "decided_on": "2024-03-12", "supplement_days": 1}),
        ("missing", {"applied_on": "2024-03-04", "decided_on": "2024-03-12", "supplement_days": 9}),
        ("missing", {"applied_on": "2024-03-04", "decided_on": "2024-03-01"}),
        ("missing", {"decided_on": "2024-03-01"}),
        ("missing", {"accepted_on": "2024-03-01"}),
        ("missing", {"applied_on": "2024-03-04", "assigned_on": "2024-03-06"}),
        ("pending", {"applied_on": "2024-06-25", "assigned_on": "2024-06-26", "aid_first": True}),
        ("not_started", {}),
        ("not_started", {"applied_on": "2024-07-01"}),
        ("pending", {"applied_on": "2024-06-24"}),
        ("pending", {"applied_on": "2024-06-24", "decided_on": "2024-07-01"}),
        ("missed", {"applied_on": "2024-06-20"}),
        ("missed", {"applied_on": "2024-06-20", "decided_on": "2024-07-01", "assigned_on": "2024-07-02"}),
        ("not_applicable", {"applied_on": "2024-03-04", "terminated_on": "2024-03-11", "status": "terminated"}),
        ("missed", {"applied_on": "2024-03-04", "terminated_on": "2024-03-12", "status": "terminated"}),
        ("not_applicable", {"applied_on": "2024-03-04", "status": "withdrawn"}),
        ("not_applicable", {"applied_on": "2024-03-04", "decided_on": "2024-03-08", "decision": "withdrawn"}),
        ("missed", {"applied_on": "2024-03-04", "decided_on": "2024-03-20", "decision": "deemed_withdrawn"}),
        ("pending", WITHDRAWN_LATER),
        ("not_applicable", {"notice_on": "2024-03-04", "case_type": "criminal", "assigned_on": "2024-03-06"}),
        ("met", {"applied_on": "2021-12-20", "accepted_on": "2021-12-24", "decided_on": "2022-01-05"}),
        ("missed", {"applied_on": "2021-12-20", "accepted_on": "2021-12-24", "decided_on": "2022-01-06"}),
        ("not_applicable", {"applied_on": "2011-12-20", "accepted_on": "2011-12-24", "decided_on": "2012-01-06"}),
    ],
)  # fmt: skip
def test_the_review(expected, row):
    assert outcome("review", **row) == expected


@pytest.mark.parametrize(
    ("expected", "row"),
    [
        ("met", {"decided_on": "2024-03-04", "decision": "granted", "assigned_on": "2024-03-07"}),
        ("missed", LATE),
        ("missed", LATE | {"supplement_days": 5}),
        ("met", {"decided_on": "2024-03-04", "assigned_on": "2024-03-07"}),
        ("missing", {"decided_on": "2024-03-04"}),
        ("missing", {"decided_on": "2024-03-04", "decision": "granted", "assigned_on": "2024-03-01"}),
        ("met", {"decided_on": "2024-03-04", "decision": "granted", "assigned_on": "2024-03-01", "aid_first": True}),
        ("not_applicable", {"decided_on": "2024-03-04", "decision": "refused"}),
        ("missing", {"decided_on": "2024-03-04", "decision": "granted", "closed_on": "2024-05-01", "status": "closed"}),
        ("not_started", {"applied_on": "2024-03-04"}),
        ("missed", {"decided_on": "2024-03-04", "decision": "granted"}),
        ("met", {"decided_on": "2021-03-01", "decision": "granted", "assigned_on": "2021-03-10"}),
        ("missed", {"decided_on": "2021-03-01", "decision": "granted", "assigned_on": "2021-03-11"}),
        ("missed", CRIMINAL_2021),
    ],
)  # fmt: skip
def test_the_assignment(expected, row):
    assert outcome("assignment", **row) == expected


def test_the_assignment_of_notified_defence_and_the_handing_in_of_files():
    notified = {"case_type": "criminal", "notice_on": "2024-03-04", "assigned_on": "2024-03-08"}
    assert outcome("notified_assignment", **notified) == "missed"
    assert outcome("notified_assignment", **notified | {"assigned_on": "2024-03-07"}) == "met"
    assert outcome("notified_assignment", applied_on="2024-03-04") == "not_applicable"
    assert outcome("filing", closed_on="2024-03-01", archived_on="2024-04-01") == "met"  # 31 March is a Sunday
    assert outcome("filing", closed_on="2024-03-01", archived_on="2024-04-02") == "missed"


def test_every_row_carries_the_rule_that_governs_it():
    frame = cases(
        {"applied_on": "2024-03-04", "decided_on": "2024-03-06"},
        {"applied_on": "2021-03-01", "accepted_on": "2021-03-02", "decided_on": "2021-03-05"},
        {"decided_on": "2021-03-05"},
        {"applied_on": "2024-06-28"},
    ).set_index(pd.Index([10, 20, 30, 40]))
    found = step_outcomes(frame, "review", AS_OF)
    assert found.index.tolist() == [10, 20, 30, 40]
    assert found["rule_id"].astype(object).where(found["rule_id"].notna(), None).tolist() == [
        "LL-43a", "PP12-13", None, "LL-43a",
    ]  # fmt: skip
    assert found["evidence"].tolist()[:2] == ["primary", "secondary"]
    assert found["days"].tolist() == [2, 3, pd.NA, pd.NA]
    assert found["due_on"].dt.date.tolist()[:2] == [date(2024, 3, 11), date(2021, 3, 11)]
    assert found["outcome"].tolist() == ["met", "met", "missing", "pending"]
    assert not found["provisional"].any()


def test_a_last_day_that_hangs_on_holidays_not_announced_is_provisional():
    frame = cases({"applied_on": "2026-12-15"}, {"applied_on": "2027-03-01"}, {"applied_on": "2026-03-02"})
    assert step_outcomes(frame, "review", date(2027, 12, 31))["provisional"].tolist() == [False, True, False]
    assert not step_outcomes(frame, "review", date(2027, 12, 31), moved=False)["provisional"].any()
    pledge = second_clock("PLEDGE-HLGE", valid_from=date(2025, 1, 1))
    found = within_limit(frame.assign(routine=True, decided_on=pd.Timestamp("2027-03-02")), pledge, date(2027, 12, 31))
    assert found["provisional"].tolist() == [True, True, True]


def test_second_clocks_stand_beside_the_law_and_need_the_days_they_hold():
    province = second_clock("ZJ16-17", valid_from=date(2016, 9, 29), valid_to=date(2021, 12, 31))
    frame = cases({"applied_on": "2017-03-01", "accepted_on": "2017-03-06", "decided_on": "2017-03-14"})
    assert (province.kind, province.evidence) == ("provincial", "primary")
    assert within_limit(frame, province, AS_OF)["outcome"].tolist() == ["missed"]
    assert step_outcomes(frame, "review", AS_OF)["outcome"].tolist() == ["met"]
    before = second_clock("ZJ16-17", valid_from=date(2018, 1, 1))
    assert within_limit(frame, before, AS_OF)["outcome"].tolist() == ["not_applicable"]
    with pytest.raises(UsageError, match="expected one of ZJ16-17, PLEDGE-HLGE, PLEDGE-LZNA"):
        second_clock("LL-43a", valid_from=date(2022, 1, 1))


def test_pledges():
    routine = second_clock("PLEDGE-HLGE", valid_from=date(2024, 1, 1))
    friday = {"applied_on": "2024-03-01", "decided_on": "2024-03-04"}
    frame = cases(*({"routine": known} | friday for known in (True, False, None)))
    assert within_limit(frame, routine, AS_OF)["outcome"].tolist() == ["met", "not_applicable", "missing"]
    same_day = second_clock("PLEDGE-LZNA", valid_from=date(2024, 1, 1))
    saturday = {"applied_on": "2024-03-02", "decision": "granted"}
    frame = cases(saturday | {"assigned_on": "2024-03-02"}, saturday | {"assigned_on": "2024-03-04"})
    found = within_limit(frame, same_day, AS_OF)
    assert found["outcome"].tolist() == ["met", "missed"]
    assert (found["rule_id"] == "PLEDGE-LZNA").all() and (found["evidence"] == "programme article").all()


def test_supplement_time_can_be_counted_in_to_see_what_it_changes():
    frame = cases({"applied_on": "2024-03-04", "decided_on": "2024-03-12", "supplement_days": 1})
    assert step_outcomes(frame, "review", AS_OF, supplement=False)["outcome"].tolist() == ["missed"]
    assert clock_of("LL-43a").supplement_rules == ("PP12-13", "PP23-a")


def test_a_clock_says_what_it_needs():
    with pytest.raises(UsageError, match=r"no column decided_on; the clock review \(LL-43a\) needs"):
        within_limit(pd.DataFrame({"applied_on": []}), clock_of("LL-43a"), AS_OF)
    with pytest.raises(UsageError, match="expected one of review, assignment"):
        step_clocks("hearing")
    with pytest.raises(UsageError, match="expected zero or more of day or working_day"):
        Clock("review", "X", "applied_on", "decided_on", 24, "hour", "primary")


def test_an_empty_frame_and_a_frame_of_few_columns():
    assert step_outcomes(cases({})[:0], "review", AS_OF).empty
    few = pd.DataFrame({"applied_on": pd.to_datetime(["2024-03-04"]), "decided_on": pd.to_datetime(["2024-03-05"])})
    assert within_limit(few, clock_of("LL-43a"), AS_OF)["days"].tolist() == [1]


def test_the_table_for_an_engine_has_every_day_and_says_which_are_provisional():
    table = due_table(clock_of("LL-43a")).set_index("day")
    assert table.loc["2023-09-25", "due_on"] == pd.Timestamp("2023-10-07")
    assert table["provisional"].loc[["2026-12-10", "2027-03-01"]].tolist() == [False, True]
    assert np.isnat(table["due_on"].to_numpy()).sum() <= 8  # only where the last day leaves the calendar
