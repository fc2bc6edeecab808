"""What an engine says of a time limit is what the rows say, case by case, on any register."""

from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from legalaid_eval.cells.clock_runs import with_outcome
from legalaid_eval.clocks import OUTCOMES, STEPS, Clock, second_clock, step_clocks, step_outcomes, within_limit
from legalaid_eval.register.columns import arrow_schema
from legalaid_eval.schemas import REGISTER_TABLES
from legalaid_eval.schemas import register_codes as codes
from tests.cell_stores import pick

TURNS = (
    date(1999, 12, 22),
    date(2012, 6, 20),
    date(2021, 12, 20),
    date(2023, 8, 20),
    date(2026, 12, 10),
    date(2027, 9, 20),
    date(2050, 11, 20),
)
"""Where the calendar begins and ends, rules come and go, and holidays are not announced yet."""
TEXTS = ("case_type", "status", "decision", "channel")
PLEDGES = (
    second_clock("PLEDGE-HLGE", valid_from=date(2021, 12, 26)),
    second_clock("PLEDGE-LZNA", valid_from=date(2012, 1, 1), valid_to=date(2023, 9, 1)),
    second_clock("ZJ16-17", valid_from=date(2012, 1, 1)),
    Clock("own_course", "OWN-1", "accepted_on", "closed_on", 9, "day", "pledge", only=("channel", "web")),
    Clock("own_papers", "OWN-2", "applied_on", "papers_completed_on", 5, "working_day", "pledge", only=("visits", 1)),
    Clock("own_types", "OWN-3", "notice_on", "closed_on", 0, "day", "pledge", case_types=("criminal", "civil")),
)


def cases_near(turn, seed, n):
    """Cases at random whose days lie near one another and near `turn`, mostly in order, any of them missing."""
    rng = np.random.default_rng(seed)
    nat, start = np.datetime64("NaT"), np.datetime64(turn) + rng.integers(0, 16, n).astype("timedelta64[D]")
    notified, day = rng.random(n) < 0.3, start
    columns = {}
    for name in ("accepted_on", "decided_on", "papers_completed_on", "assigned_on", "closed_on", "archived_on"):
        day = day + rng.integers(-1, 9 if name != "archived_on" else 40, n).astype("timedelta64[D]")
        columns[name] = np.where(rng.random(n) < 0.25, nat, day)
    left = start + rng.integers(0, 20, n).astype("timedelta64[D]")
    return columns | {
        "case_no": np.array([f"{place:04d}" for place in range(n)], dtype=object),
        "applied_on": np.where(notified & (rng.random(n) < 0.9), nat, start),
        "notice_on": np.where(notified, start, nat),
        "terminated_on": np.where(rng.random(n) < 0.85, nat, left),
        "case_type": pick(rng, codes.CASE_TYPE[:3], n),
        "status": pick(rng, codes.STATUS, n),
        "decision": pick(rng, ("granted", "granted", "granted", *codes.DECISION), n),
        "supplement_days": rng.choice([None, None, 0, 1, 5], n),
        "visits": rng.choice([None, 0, 1], n),
        "channel": pick(rng, ("web", "window"), n),
        "aid_first": rng.choice([None, False, True], n),
        "routine": rng.choice([None, False, True], n),
    }


def as_table(columns):
    """The columns as the table `cases` of a register; text of no letters is no text."""
    columns = columns | {name: np.where(columns[name] == "", None, columns[name]) for name in TEXTS}
    schema = arrow_schema(REGISTER_TABLES["cases"])
    empty = np.full(len(columns["case_no"]), None, dtype=object)
    arrays = (pa.array(columns.get(field.name, empty), from_pandas=True).cast(field.type) for field in schema)
    return pa.Table.from_arrays(list(arrays), schema=schema)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    turn=st.sampled_from(TURNS),
    seen_days=st.integers(5, 40),
    clock=st.sampled_from([*STEPS, *PLEDGES]),
    moved=st.booleans(),
    supplement=st.booleans(),
)
@example(seed=1, turn=TURNS[0], seen_days=40, clock=PLEDGES[3], moved=True, supplement=True)
def test_the_engine_finds_the_outcome_that_the_rows_have(seed, turn, seen_days, clock, moved, supplement):
    cases, as_of = as_table(cases_near(turn, seed, 300)), turn + timedelta(days=seen_days)
    steps = isinstance(clock, str)
    clocks, judge = (step_clocks(clock), step_outcomes) if steps else ((clock,), within_limit)
    options = {"moved": moved, "supplement": supplement}
    expected = judge(cases.to_pandas(date_as_object=False), clock, as_of, **options)
    found = with_outcome(ibis.memtable(cases), clocks, as_of, **options).order_by("case_no").to_pyarrow().to_pylist()
    assert [OUTCOMES[row["outcome"]] for row in found] == expected["outcome"].tolist()
    assert [row["provisional"] for row in found] == expected["provisional"].tolist()
    if steps:
        rules = [None if row["rule"] is None else clocks[row["rule"]].rule_id for row in found]
        assert rules == expected["rule_id"].astype(object).where(expected["rule_id"].notna(), None).tolist()
