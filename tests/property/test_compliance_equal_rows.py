"""What an engine says of a time limit is what the rows say, case by case, on any register."""

from datetime import date, timedelta

import ibis
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.cells.clock_runs import with_outcome
from legalaid_eval.clocks import OUTCOMES, STEPS, Clock, second_clock, step_clocks, step_outcomes, within_limit
from legalaid_eval.register.columns import arrow_schema
from legalaid_eval.schemas import REGISTER_TABLES
from legalaid_eval.schemas import register_codes as codes

TURNS = [date(1999, 12, 28), date(2011, 12, 28), date(2012, 6, 28), date(2021, 12, 24), date(2023, 8, 25)]
"""Where the calendar begins, rules come and go, and holidays are not announced yet."""
STARTS = st.sampled_from([*TURNS, date(2026, 12, 20), date(2027, 9, 25), date(2050, 12, 10)])
PLEDGES = (
    second_clock("PLEDGE-HLGE", valid_from=date(2021, 12, 26)),
    second_clock("PLEDGE-LZNA", valid_from=date(2012, 1, 1), valid_to=date(2023, 9, 1)),
    second_clock("ZJ16-17", valid_from=date(2012, 1, 1)),
    Clock("own_filing", "OWN-1", "closed_on", "archived_on", 3, "day", "pledge", only=("channel", "web")),
    Clock("own_papers", "OWN-2", "applied_on", "papers_completed_on", 5, "working_day", "pledge", only=("visits", 1)),
    Clock("own_town", "OWN-3", "notice_on", "closed_on", 0, "day", "pledge", case_types=("criminal", "civil")),
)


def optional(values, share=4):
    """None in about one case of so many."""
    return st.integers(1, share).flatmap(lambda draw: st.none() if draw == share else values)


@st.composite
def case(draw):
    """A case whose days lie near one another, in any order, any of them missing."""
    start = draw(STARTS) + timedelta(days=draw(st.integers(0, 20)))
    late = draw(st.integers(1, 12))
    days = {
        name: draw(optional(st.integers(-2, late).map(lambda number: start + timedelta(days=number))))
        for name in ("accepted_on", "decided_on", "assigned_on", "papers_completed_on", "closed_on", "archived_on")
    }
    notified = draw(st.integers(0, 3)) == 0
    return days | {
        "applied_on": None if notified else draw(optional(st.just(start), 8)),
        "notice_on": start if notified else None,
        "terminated_on": draw(st.sampled_from([None, None, None, start, start + timedelta(days=late)])),
        "case_type": draw(optional(st.sampled_from(codes.CASE_TYPE[:3]), 8)),
        "status": draw(optional(st.sampled_from(codes.STATUS), 8)),
        "decision": draw(optional(st.sampled_from(["granted", "granted", *codes.DECISION]))),
        "supplement_days": draw(st.sampled_from([None, None, 0, 1, 5])),
        "aid_first": draw(st.sampled_from([None, False, True])),
        "routine": draw(st.sampled_from([None, False, True])),
        "channel": draw(st.sampled_from([None, "web", "window"])),
        "visits": draw(st.sampled_from([None, 0, 1])),
    }


@settings(max_examples=40)
@given(
    rows=st.lists(case(), min_size=1, max_size=40),
    clock=st.sampled_from([*STEPS, *PLEDGES]),
    as_of=STARTS.flatmap(lambda day: st.integers(0, 21).map(lambda number: day + timedelta(days=number))),
    moved=st.booleans(),
    supplement=st.booleans(),
)
def test_the_engine_finds_the_outcome_that_the_rows_have(rows, clock, as_of, moved, supplement):
    schema = arrow_schema(REGISTER_TABLES["cases"])
    cases = pa.Table.from_pylist([row | {"case_no": f"{place:03d}"} for place, row in enumerate(rows)], schema=schema)
    clocks = step_clocks(clock) if isinstance(clock, str) else (clock,)
    frame = cases.to_pandas(date_as_object=False)
    options = {"moved": moved, "supplement": supplement}
    judge = step_outcomes if isinstance(clock, str) else within_limit
    expected = judge(frame, clock, as_of, **options)
    found = with_outcome(ibis.memtable(cases), clocks, as_of, **options).order_by("case_no").to_pyarrow().to_pylist()
    assert [OUTCOMES[row["outcome"]] for row in found] == expected["outcome"].tolist()
    assert [row["provisional"] for row in found] == expected["provisional"].tolist()
    rules = [None if row["rule"] is None else clocks[row["rule"]].rule_id for row in found]
    if isinstance(clock, str):
        assert rules == expected["rule_id"].astype(object).where(expected["rule_id"].notna(), None).tolist()
