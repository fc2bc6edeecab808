"""Time limits as cells: the counts of the rows, hand-made cases, and how long open cases have waited."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import cells, project
from legalaid_eval.calendar import WorkCalendar, working_days_between
from legalaid_eval.cells import MISSING
from legalaid_eval.cells.stages import last_day
from legalaid_eval.clocks import STEPS, Clock, second_clock, step_outcomes, within_limit
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import StoreWriter, open_store
from tests.cell_stores import AS_OF, write_register

PLEDGES = {
    "one working day": second_clock("PLEDGE-HLGE", valid_from=date(2020, 1, 1)),
    "the same day": second_clock("PLEDGE-LZNA", valid_from=date(2020, 1, 1), valid_to=date(2021, 12, 31)),
    "of one's own": Clock(
        "papers",
        "OWN",
        "applied_on",
        "papers_completed_on",
        10,
        "day",
        "report parameter",
        "pledge",
        only=("aid_first", True),
    ),
}

CHOSEN_BY = {"assignment": "decided_on", "notified_assignment": "notice_on", "filing": "closed_on"}


@pytest.fixture(scope="module")
def demo_city():
    with open_store(project.resolve("data/sample/store")) as store:
        yield store, store.table("cases").to_pyarrow().to_pandas(date_as_object=False)


@pytest.fixture(scope="module")
def random_register(tmp_path_factory):
    path = tmp_path_factory.mktemp("limits") / "store"
    rows = write_register(path, seed=8, n=1500, others=False)["cases"]
    with open_store(path) as store:
        yield store, rows


def store_of(path, *cases, as_of=AS_OF):
    columns = {name: [case.get(name) for case in cases] for name in {name for case in cases for name in case}}
    plain = {"case_no": [str(place) for place in range(len(cases))], "county": ["A"] * len(cases)}
    with StoreWriter(path, simulated=True, data_as_of=as_of) as writer:
        writer.append("cases", plain | columns)
    return open_store(path)


def of_rows(rows, judged, month, by=("case_type",)):
    """Counts of cases, and of provisional ones, by the keys of the cells."""
    frame = pd.DataFrame({name: rows[name].astype(object) for name in ("county", *by)}, index=rows.index)
    frame.insert(1, "month", month.dt.strftime("%Y-%m").astype(object))
    frame = frame.assign(**{name: judged[name].astype(object) for name in ("rule_id", "clock", "outcome")})
    frame = frame.where(frame.notna(), MISSING).astype(str)
    groups = judged["provisional"].groupby([frame[name] for name in frame])
    return pd.DataFrame({"n": groups.size(), "n_provisional": groups.sum().astype("int64")}).sort_index()


def indexed(found):
    return found.set_index(list(found.columns[:-2])).sort_index()


def assert_the_rows_are_counted(register, clock, **options):
    store, rows = register
    judge = step_outcomes if isinstance(clock, str) else within_limit
    judged = judge(rows, clock, last_day(store), **options)
    step = clock if isinstance(clock, str) else ""
    day = rows[CHOSEN_BY.get(step, "applied_on")]
    day = day.fillna(rows["accepted_on"]) if step == "review" else day
    found = cells.compliance_cells(store, clock, **options)
    expected = of_rows(rows, judged, day)
    expected.index.names = list(found.columns[:-2])
    pd.testing.assert_frame_equal(indexed(found), expected, check_index_type=False)
    assert found["n"].sum() == len(rows)


@pytest.mark.parametrize("step", STEPS)
def test_cells_of_demo_city_count_its_rows(demo_city, step):
    assert_the_rows_are_counted(demo_city, step)


@pytest.mark.parametrize("clock", ["review", *PLEDGES.values()], ids=["review", *PLEDGES])
def test_cells_of_a_random_register_count_its_rows(random_register, clock):
    assert_the_rows_are_counted(random_register, clock, moved=False, supplement=False)


def test_keys_and_month_are_those_asked_for(random_register):
    store, rows = random_register
    found = cells.compliance_cells(store, "review", by=("channel", "routine"), month="came_on")
    came = rows["applied_on"].fillna(rows["notice_on"])
    judged = step_outcomes(rows, "review", AS_OF)
    flags = rows["routine"].map({True: "true", False: "false"})
    expected = of_rows(rows.assign(routine=flags), judged, came, by=("channel", "routine"))
    pd.testing.assert_frame_equal(indexed(found), expected, check_index_type=False)


def test_groups_are_those_of_the_combinations(random_register):
    store, _ = random_register
    combined = cells.compliance_cells(store, "assignment", by=("recipient_groups",))
    split = combined.assign(recipient_group=combined["recipient_groups"].str.split("|")).explode("recipient_group")
    keys = ["county", "month", "rule_id", "clock", "outcome", "recipient_group"]
    expected = split.astype({"recipient_group": "str"}).groupby(keys)[["n", "n_provisional"]].sum()
    found = cells.compliance_group_cells(store, "assignment").set_index(keys)
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), check_index_type=False)
    assert found["n"].sum() > combined["n"].sum()


def test_last_days_by_hand(tmp_path):
    """Seven days from 25 September 2023 end on the holiday of 2 October; Saturday the 7th is the next day worked."""
    applied = {"case_type": "civil", "applied_on": date(2023, 9, 25), "decision": "granted"}
    decided = [applied | {"decided_on": day} for day in (date(2023, 10, 7), date(2023, 10, 8))]
    with store_of(tmp_path / "s", *decided, applied, as_of=date(2023, 10, 7)) as store:
        found = cells.compliance_cells(store, "review")
        strict = cells.compliance_cells(store, "review", moved=False)
    columns = ["county", "month", "case_type", "rule_id", "clock", "outcome", "n", "n_provisional"]
    assert list(found.columns) == columns
    assert found.to_numpy().tolist() == [
        ["A", "2023-09", "civil", "LL-43a", "review", "met", 1, 0],
        ["A", "2023-09", "civil", "LL-43a", "review", "pending", 2, 0],
    ]
    assert strict["outcome"].tolist() == ["missed"]


def test_what_hangs_on_holidays_not_announced_is_counted(tmp_path):
    known = {"applied_on": date(2026, 3, 2), "decided_on": date(2026, 3, 3), "routine": True}
    guessed = known | {"applied_on": date(2027, 3, 1), "decided_on": date(2027, 3, 2)}
    pledge = second_clock("PLEDGE-HLGE", valid_from=date(2025, 1, 1))
    with store_of(tmp_path / "s", known, guessed, guessed, as_of=date(2027, 12, 31)) as store:
        found = cells.compliance_cells(store, pledge).groupby("month")[["n", "n_provisional"]].sum()
        assert found.loc["2027-03"].tolist() == [2, 2]
        assert found.loc["2026-03"].tolist() == [1, 0]
        year = WorkCalendar.of().frame().set_index("day").loc["2027", ["is_workday"]].astype(str)
        year["is_workday"].str.lower().to_csv(tmp_path / "days.csv")
        own = cells.compliance_cells(store, pledge, calendar=WorkCalendar.of(tmp_path / "days.csv"))
        assert own["n_provisional"].sum() == 0


def test_a_case_on_application_has_no_notice_to_answer(tmp_path):
    case = {"case_type": "criminal", "applied_on": date(2022, 3, 1), "assigned_on": date(2022, 3, 4)}
    notified = {"case_type": "criminal", "notice_on": date(2022, 3, 1), "assigned_on": date(2022, 3, 4)}
    with store_of(tmp_path / "s", case, notified) as store:
        found = cells.compliance_cells(store, "notified_assignment")
    assert found[["rule_id", "outcome"]].to_numpy().tolist() == [["LL-36b", "met"], [MISSING, "not_applicable"]]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda store: cells.compliance_cells(store, "hearing"),
        lambda store: cells.compliance_cells(store, "review", by=("handler_id",)),
        lambda store: cells.compliance_cells(store, "review", month="born_on"),
        lambda store: cells.compliance_cells(store, None),
        lambda store: cells.compliance_cells(store, own(starts="came_on")),
        lambda store: cells.compliance_cells(store, own(stops="status")),
        lambda store: cells.compliance_cells(store, own(only=("routine", "yes"))),
        lambda store: cells.compliance_cells(store, own(only=("routinely", True))),
        lambda store: cells.open_age_cells(store, unit="hour"),
        lambda store: cells.open_age_cells(store, by=("case_no",)),
    ],
)
def test_what_there_is_not_is_told(random_register, wrong):
    with pytest.raises(UsageError, match=r"found .*; expected .+"):
        wrong(random_register[0])


def own(starts="applied_on", stops="decided_on", only=None):
    return Clock("own", "OWN", starts, stops, 1, "day", "report parameter", only=only)


WAITING = [
    ("decision", 6, {"applied_on": date(2022, 6, 24)}),
    ("decision", 4, {"applied_on": date(2022, 6, 24), "supplement_days": 2}),
    ("decision", 0, {"applied_on": date(2022, 6, 24), "supplement_days": 9}),
    ("decision", 6, {"applied_on": date(2022, 6, 24), "assigned_on": date(2022, 6, 25), "aid_first": True}),
    ("closing", 5, {"applied_on": date(2022, 6, 24), "assigned_on": date(2022, 6, 25)}),
    ("assignment", 2, {"decided_on": date(2022, 6, 28), "decision": "granted"}),
    ("notified_assignment", 3, {"notice_on": date(2022, 6, 27), "case_type": "criminal"}),
    ("archiving", 1, {"closed_on": date(2022, 6, 29), "status": "closed"}),
    ("archiving", 1, {"closed_on": date(2022, 6, 29), "archived_on": date(2022, 7, 1), "status": "closed"}),
    (None, None, {"closed_on": date(2022, 6, 29), "archived_on": date(2022, 6, 29)}),
    (None, None, {"applied_on": date(2022, 6, 24), "decided_on": date(2022, 6, 28)}),
    (None, None, {"applied_on": date(2022, 6, 24), "decided_on": date(2022, 6, 28), "decision": "refused"}),
    (None, None, {"applied_on": date(2022, 6, 24), "status": "withdrawn"}),
    (None, None, {"assigned_on": date(2022, 6, 24), "terminated_on": date(2022, 6, 27)}),
    (None, None, {"assigned_on": date(2022, 6, 24), "status": "closed"}),
    (None, None, {"applied_on": date(2022, 7, 1)}),
    (None, None, {"applied_on": date(1999, 7, 1)}),
]


def test_what_an_open_case_waits_for_and_how_long(tmp_path):
    counted = [{"status": "open", "county": f"{place:02d}"} | case for place, (*_, case) in enumerate(WAITING)]
    with store_of(tmp_path / "s", *counted) as store:
        found = cells.open_age_cells(store, unit="day").set_index("county")
    by_case = {int(county): (row["waits_for"], row["duration"]) for county, row in found.iterrows()}
    assert by_case == {place: (waits, days) for place, (waits, days, _) in enumerate(WAITING) if waits}


def test_over_the_limit(tmp_path):
    due = {"applied_on": date(2022, 6, 23), "status": "open"}
    over = {"applied_on": date(2022, 6, 22), "status": "open"}
    unclear = {"notice_on": date(2022, 6, 1), "status": "open", "case_type": "civil"}
    ancient = {"closed_on": date(2011, 6, 1), "status": "closed"}
    running = {"assigned_on": date(2022, 6, 1), "status": "open"}
    with store_of(tmp_path / "s", due, over, unclear, ancient, running) as store:
        found = cells.open_age_cells(store, by=())
    by_step = {(row.waits_for, row.over_limit): row.duration for row in found.itertuples()}
    assert by_step == {
        ("decision", "false"): 5,
        ("decision", "true"): 6,
        ("notified_assignment", "no_limit"): 20,
        ("archiving", "no_limit"): working_days_between(date(2011, 6, 1), AS_OF),
        ("closing", "no_limit"): 20,
    }


def test_ages_of_demo_city_are_those_of_its_open_cases(demo_city):
    store, rows = demo_city
    found = cells.open_age_cells(store, by=())
    as_of, there = pd.Timestamp(last_day(store)), rows.notna()
    running = rows[(rows["status"] == "open") & there["assigned_on"] & ~there["closed_on"]]
    running = running[running["decided_on"].notna() | running["notice_on"].notna()]
    expected = working_days_between(running["assigned_on"], pd.Series(as_of, running.index)).value_counts()
    closing = found[found["waits_for"] == "closing"].groupby("duration")["n"].sum()
    assert closing.to_dict() == expected.to_dict()
    for waits_for, step, stop in (("decision", "review", "decided_on"), ("archiving", "filing", "archived_on")):
        judged = step_outcomes(rows, step, last_day(store))["outcome"].astype(str)
        still = ~there[stop] & ~there["terminated_on"] & ~rows["status"].isin(("refused", "withdrawn"))
        ours = found[found["waits_for"] == waits_for].groupby("over_limit")["n"].sum()
        assert ours.get("true", 0) == (still & (judged == "missed")).sum()
        assert ours["false"] == (still & (judged == "pending")).sum()


PAPERS = {"applied_on": date(2022, 3, 1), "aid_first": True}


STATES = [
    ("done", {"papers_completed_on": date(2022, 3, 9)}),
    ("open", {}),
    ("open", {"papers_completed_on": date(2022, 7, 1)}),
    ("open", {"decided_on": date(2022, 3, 2), "assigned_on": date(2022, 3, 1)}),
    ("missing_stop", {"status": "closed", "closed_on": date(2022, 5, 1)}),
    ("missing_stop", {"status": "closed"}),
    ("ended", {"terminated_on": date(2022, 5, 1), "status": "terminated"}),
    ("ended", {"decided_on": date(2022, 3, 9), "decision": "refused"}),
    ("withdrawn", {"decided_on": date(2022, 3, 9), "decision": "deemed_withdrawn"}),
    ("order_violated", {"papers_completed_on": date(2022, 2, 9)}),
    ("not_applicable", {"papers_completed_on": date(2022, 3, 9), "aid_first": False}),
    ("not_applicable", {"papers_completed_on": date(2022, 3, 9), "aid_first": None}),
]


def test_what_a_case_aided_first_is_to_the_completion_of_its_papers(tmp_path):
    counted = [{"status": "open", "county": f"{place:02d}"} | PAPERS | case for place, (_, case) in enumerate(STATES)]
    with store_of(tmp_path / "s", *counted) as store:
        found = cells.stage_accounts(store, "aid_first_papers", by=())
    assert found["state"].tolist() == [state for state, _ in STATES]


def test_a_notified_case_runs_from_its_notice_and_has_no_acceptance(tmp_path):
    closed = {"closed_on": date(2022, 5, 1), "status": "closed"}
    cases = closed | {"notice_on": date(2022, 3, 1)}, closed | {"accepted_on": date(2022, 3, 1)}
    with store_of(tmp_path / "s", *cases) as store:
        accounts = cells.stage_accounts(store, "accepted_closed", by=())
        assert set(accounts["state"]) == {"done", "not_applicable"}
        found = cells.stage_cells(store, "notice_closed", unit="day")
    assert found[["state", "duration", "n"]].to_numpy().tolist() == [["done", 61, 1]]


def test_accepted_and_notified_cases_of_demo_city_are_told_apart(demo_city):
    store, rows = demo_city
    states = {name: cells.stage_accounts(store, name, by=()) for name in ("accepted_closed", "notice_closed")}
    applies = {name: found.loc[found["state"] != "not_applicable", "n"].sum() for name, found in states.items()}
    assert applies["notice_closed"] == rows["notice_on"].notna().sum()
    assert sum(applies.values()) == len(rows)


def test_papers_completed_by_a_day_have_a_denominator_that_is_followed(demo_city):
    """Completed by day t among those followed so long: cells give what the rows do."""
    store, rows = demo_city
    first = rows[rows["aid_first"].eq(True) & rows["notice_on"].isna()]
    found = cells.stage_cells(store, "aid_first_papers", unit="day", by=())
    done = (first["papers_completed_on"] - first["applied_on"]).dt.days
    np.testing.assert_array_equal(
        found[found["event"]].groupby("duration")["n"].sum().to_numpy(),
        done[done >= 0].value_counts().sort_index().to_numpy(),
    )
    accounts = cells.stage_accounts(store, "aid_first_papers", by=()).groupby("state")["n"].sum()
    unrecorded = first["papers_completed_on"].isna() & (first["closed_on"].notna() | (first["status"] == "closed"))
    assert accounts.get("missing_stop", 0) == unrecorded.sum()
