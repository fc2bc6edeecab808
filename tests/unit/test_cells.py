"""Cells: totals, missing values, keys."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import cells
from legalaid_eval.cells import EVERY, MISSING, STAGES
from legalaid_eval.cells.data_quality import PAIRS
from legalaid_eval.cells.stages import STATES, TIMED
from legalaid_eval.errors import UsageError
from legalaid_eval.register.privacy import Counts, decide
from legalaid_eval.register.store import Issue, StoreWriter, open_store
from legalaid_eval.schemas import REGISTER_TABLES
from tests.cell_stores import AS_OF, write_register

ROWS = 400


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "store"
    return path, write_register(path, seed=11, n=ROWS)


@pytest.fixture(scope="module")
def store(register):
    with open_store(register[0]) as opened:
        yield opened


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "empty"
    with StoreWriter(path, simulated=True) as writer:
        writer.append("places", {"code": ["1"]})
    with open_store(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(register):
    return register[1]


@pytest.fixture(scope="module")
def made(store):
    """Every kind of cells, made once."""
    return cache(lambda kind: kind.make(store))


def one_case(path, **columns):
    plain = {"case_no": "1", "county": "A", "case_type": "civil", "status": "open"} | columns
    with StoreWriter(path, simulated=True, data_as_of=AS_OF) as writer:
        writer.append("cases", {name: [value] for name, value in plain.items()})
    return open_store(path)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_cells_are_distinct_and_sorted_and_partitions_add_up_to_the_rows(made, store, kind):
    found = made(kind)
    assert found["n"].dtype == np.int64
    assert (found["n"] > 0).all()
    if kind.covers == "rows":
        assert found["n"].sum() == store.meta.rows(kind.table) == ROWS
    keys = list(found.columns[: found.columns.get_loc("n")])
    assert not found.duplicated(keys).any()
    assert all(found[key].dtype == "str" or key in cells.NUMERIC for key in keys)
    assert all(found[key].notna().all() for key in keys if key != "weight")
    assert found.loc[found[keys[0]] != MISSING, keys[0]].is_monotonic_increasing


@pytest.mark.parametrize("name", ["applied_decided working_day", "flow by group", "survey", "callbacks"])
def test_the_same_cells_come_again(made, store, name):
    kind = next(kind for kind in EVERY if kind.name == name)
    pd.testing.assert_frame_equal(made(kind), kind.make(store))


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
def test_a_store_without_rows_has_cells_without_rows_of_the_same_columns(made, empty_store, kind):
    found, full = kind.make(empty_store), made(kind)
    assert len(found) == 0
    assert list(found.columns) == list(full.columns)
    assert found.dtypes.equals(full.dtypes)


@pytest.mark.parametrize("stage", STAGES)
def test_accounts_and_cells_of_a_stage_agree(store, stage):
    accounts = cells.stage_accounts(store, stage).groupby("state")["n"].sum()
    for unit in ("working_day", "day"):
        found = cells.stage_cells(store, stage, unit=unit)
        by_state = found.groupby("state")["n"].sum()
        assert by_state.to_dict() == {state: n for state, n in accounts.items() if state in TIMED}
        assert (found["duration"] >= 0).all()
        assert found["event"].equals(found["state"] == "done")


def test_states_come_in_their_order(store):
    found = cells.stage_accounts(store, "applied_decided")
    first = found[(found["county"] == "A") & (found["case_type"] == "civil")]["state"]
    assert list(first) == [state for state in STATES if state in set(first)]
    assert len(first) >= 7


def test_open_cases_are_censored_on_the_last_day_of_the_data(tmp_path):
    with one_case(tmp_path / "s", applied_on=date(2022, 6, 24)) as opened:  # a Friday; 30 June is a Thursday
        for unit, days in (("working_day", 4), ("day", 6)):
            found = cells.stage_cells(opened, "applied_decided", unit=unit)
            assert found[["duration", "event", "state"]].to_numpy().tolist() == [[days, False, "open"]]


def test_supplement_days_are_taken_out_or_left_in(tmp_path):
    days = {
        "applied_on": date(2022, 3, 1),
        "decided_on": date(2022, 3, 10),
        "supplement_days": 6,
        "decision": "granted",
    }
    with one_case(tmp_path / "s", **days) as opened:
        found = [
            cells.stage_cells(opened, "applied_decided", unit=unit, supplement=out)["duration"].item()
            for unit in ("day", "working_day")
            for out in (True, False)
        ]
    assert found == [3, 9, 3, 7]


def test_make_up_weekends_are_worked(tmp_path):
    days = {"applied_on": date(2021, 9, 17), "decided_on": date(2021, 9, 22), "decision": "granted"}
    with one_case(tmp_path / "s", **days) as opened:  # Saturday 18 September was worked, 19 to 21 were not
        assert cells.stage_cells(opened, "applied_decided")["duration"].item() == 2


@pytest.mark.parametrize(
    ("columns", "stage", "state"),
    [
        ({"decided_on": date(2022, 2, 28)}, "applied_decided", "order_violated"),
        ({"decided_on": date(2022, 3, 2), "supplement_days": 5}, "applied_decided", "supplement_too_long"),
        ({"decided_on": date(2022, 3, 2), "decision": "withdrawn"}, "applied_decided", "withdrawn"),
        ({"decided_on": date(2022, 3, 2), "decision": "refused"}, "applied_decided", "done"),
        ({"terminated_on": date(2022, 3, 2)}, "applied_decided", "ended"),
        ({"closed_on": date(2022, 3, 2)}, "applied_decided", "missing_stop"),
        ({"notice_on": date(2022, 3, 1)}, "applied_decided", "not_applicable"),
        ({}, "notice_assigned", "not_applicable"),
        ({"applied_on": None}, "applied_decided", "not_started"),
        ({"applied_on": None, "decided_on": date(2022, 3, 2)}, "applied_decided", "missing_start"),
        ({"applied_on": date(1999, 3, 1)}, "applied_decided", "outside_calendar"),
        ({"decided_on": date(2022, 8, 1)}, "applied_decided", "open"),
        ({"decided_on": date(2022, 3, 9), "decision": "refused"}, "decided_assigned", "not_applicable"),
        ({"decided_on": date(2022, 3, 9)}, "decided_assigned", "missing_stop"),
        (
            {"accepted_on": date(2022, 3, 1), "decided_on": date(2022, 3, 2), "decision": "refused"},
            "accepted_closed",
            "ended",
        ),
        ({"accepted_on": date(2022, 3, 1), "status": "closed"}, "accepted_closed", "missing_stop"),
        ({"closed_on": date(2022, 3, 1), "status": "closed"}, "closed_archived", "open"),
    ],
)
def test_what_a_case_is_to_a_stage(tmp_path, columns, stage, state):
    with one_case(tmp_path / "s", **({"applied_on": date(2022, 3, 1)} | columns)) as opened:
        assert cells.stage_accounts(opened, stage)["state"].item() == state


def test_aid_first_before_the_decision_took_no_time(tmp_path):
    days = {"applied_on": date(2022, 3, 1), "assigned_on": date(2022, 3, 1), "decided_on": date(2022, 3, 8)}
    for aid_first, state in ((True, "done"), (False, "order_violated")):
        with one_case(tmp_path / "s", **days, decision="granted", aid_first=aid_first) as opened:
            assert cells.stage_accounts(opened, "decided_assigned")["state"].item() == state


def test_same_day_chain(store, rows):
    found = cells.same_day_cells(store).groupby("chain")["n"].sum()
    cases = rows["cases"]
    four = cases[["applied_on", "accepted_on", "decided_on", "assigned_on"]]
    granted = (
        cases["applied_on"].notna() & cases["notice_on"].isna() & ~(cases["decision"].fillna("granted") != "granted")
    )
    same = four.notna().all(axis=1) & four.nunique(axis=1).eq(1)
    assert found.get("same_day", 0) == (granted & same).sum()
    late = (cases["status"] == "open") & (cases["applied_on"] < pd.Timestamp(AS_OF))
    assert found["other_days"] == (granted & ((four.nunique(axis=1) > 1) | late)).sum()


def test_no_sum_is_zero_because_nothing_is_known(tmp_path):
    with one_case(tmp_path / "s", closed_on=date(2022, 3, 1), loss_claimed_cny=0.0) as opened:
        found = cells.loss_cells(opened).iloc[0]
    assert (found["n_loss_claimed_fen"], found["loss_claimed_fen"]) == (1, 0)
    assert found["n_loss_recovered_fen"] == 0
    assert found["loss_recovered_fen"] is pd.NA


def test_money_is_whole_fen(store, rows):
    paid = cells.payment_cells(store)
    amounts = rows["payments"]["amount_cny"]
    assert paid["amount_fen"].sum() == round(amounts.sum() * 100)
    assert paid["n_amount_fen"].sum() == amounts.notna().sum()


def test_loss_bands_hold_what_they_say(store, rows):
    found = cells.loss_band_cells(store)
    assert found["fen"].sum() == round(rows["cases"]["loss_recovered_cny"].sum() * 100)
    known = found[~found["band"].isin((MISSING, "nothing"))]
    mean = known["fen"] / known["n"] / 100
    assert (mean >= known["band"].astype(int)).all()
    assert found.loc[found["band"] == MISSING, "fen"].isna().all()


def test_overlapping_groups_are_counted_in_each(store, rows):
    found = cells.group_flow_cells(store).groupby("recipient_group")["n"].sum()
    each = rows["cases"]["recipient_groups"].fillna(MISSING).str.split("|").explode().value_counts()
    assert found.to_dict() == each.to_dict()
    assert found.sum() > ROWS


def test_groups_of_a_stage_are_those_of_its_combinations(store):
    combined = cells.stage_cells(store, "applied_decided", by=("recipient_groups",))
    split = combined.assign(recipient_group=combined["recipient_groups"].str.split("|")).explode("recipient_group")
    keys = ["county", "month", "state", "duration", "recipient_group"]
    expected = split.astype({"recipient_group": "str"}).groupby(keys)["n"].sum()
    found = cells.stage_group_cells(store, "applied_decided").set_index(keys)["n"]
    assert found.sort_index().equals(expected.sort_index())


def test_stock_and_flow_are_one(store, rows):
    stock, cases = cells.stock_cells(store), rows["cases"]
    accepted = stock[stock["accepted_month"] <= "2021-06"]
    pending = accepted[
        (accepted["end"] == "open") | ((accepted["end_month"] > "2021-06") & (accepted["end_month"] != MISSING))
    ]
    end = cases["closed_on"].fillna(cases["terminated_on"])
    left = cases["decision"].isin(["withdrawn", "deemed_withdrawn", "refused"])
    end = end.fillna(cases["decided_on"].where(left))
    later = (end > "2021-06-30") | (end.isna() & (cases["status"] == "open"))
    assert pending["n"].sum() == ((cases["accepted_on"] <= "2021-06-30") & later).sum()


def test_handlers_are_persons_not_cases(store, rows):
    found = cells.handler_cells(store)
    cases = rows["cases"].assign(month=rows["cases"]["assigned_on"].dt.strftime("%Y-%m")).fillna({"county": MISSING})
    expected = cases.dropna(subset="month").groupby(["county", "month"])["handler_id"].nunique()
    seen = found[found["month"] != MISSING].set_index(["county", "month"])["n_handlers"]
    assert seen.to_dict() == expected.to_dict()


def test_calls_of_cases_that_are_not_there_have_no_county(store, rows):
    found = cells.callback_cells(store)
    county = rows["callbacks"]["case_no"].map(rows["cases"].set_index("case_no")["county"]).fillna(MISSING)
    assert found.groupby("county")["n"].sum().to_dict() == county.value_counts().to_dict()


def test_tariffs_have_their_lowest_and_highest_amount(store, rows):
    found = cells.tariff_cells(store)
    paid = rows["payments"].dropna(subset="case_no")
    assert found["n"].sum() == len(paid)
    assert found["first_amount_fen"].min() == round(paid["amount_cny"].min() * 100)
    assert found["last_amount_fen"].max() == round(paid["amount_cny"].max() * 100)


def test_waves_keep_their_order_and_their_days(store, rows):
    found = cells.wave_cells(store)
    waves = found.loc[found["county"] == "A", "wave"].astype(int)
    assert waves.is_monotonic_increasing
    assert waves.max() >= 10
    assert found["first_surveyed_on"].min() == rows["awareness_survey"]["surveyed_on"].min()
    assert found["n_weighted"].sum() == rows["awareness_survey"]["weight"].notna().sum()


@pytest.mark.parametrize("table", REGISTER_TABLES)
def test_completeness_counts_what_is_filled(store, rows, table):
    found = cells.completeness_cells(store, table).groupby("column")[["n", "n_filled"]].sum()
    given = rows.get(table, pd.DataFrame())
    for column in found.index:
        assert found.loc[column, "n"] == len(given)
        assert found.loc[column, "n_filled"] == (given[column].notna().sum() if column in given else 0)


def test_stage_order_counts_pairs(store, rows):
    found = cells.order_cells(store).groupby(["earlier", "later"])[["n", "n_both", "n_violated"]].sum()
    cases = rows["cases"]
    for earlier, later in PAIRS:
        wrong = cases[later] < cases[earlier]
        if (earlier, later) in (("accepted_on", "assigned_on"), ("decided_on", "assigned_on")):
            wrong &= cases["aid_first"] != True  # noqa: E712
        both = cases[[earlier, later]].notna().all(axis=1)
        assert found.loc[(earlier, later)].tolist() == [len(cases), both.sum(), wrong.sum()]


@pytest.mark.parametrize("aid_first", [True, False, None])
def test_where_aid_came_first_only_the_formalities_may_follow(tmp_path, aid_first):
    days = {"applied_on": 5, "assigned_on": 1, "closed_on": 2, "archived_on": 3, "accepted_on": 8, "decided_on": 7}
    days = {name: date(2022, 3, day) for name, day in days.items()}
    with one_case(tmp_path / "s", **days, aid_first=aid_first) as opened:
        found = cells.order_cells(opened)
    wrong = set(found.loc[found["n_violated"] > 0, ["earlier", "later"]].itertuples(index=False, name=None))
    lawyer_first = {("accepted_on", "assigned_on"), ("decided_on", "assigned_on")}
    assert wrong & lawyer_first == (set() if aid_first else lawyer_first)
    others = {(before, after) for before, after in PAIRS if days[after] < days[before]} - lawyer_first
    assert wrong - lawyer_first == others
    assert ("applied_on", "assigned_on") in others and ("accepted_on", "decided_on") in others


def test_issues_are_counted_by_rule(tmp_path):
    issue = Issue("a.csv", "", 3, "decided_on", "stage_order", "doubt", "found", "kept as it is")
    with StoreWriter(tmp_path / "s", simulated=True) as writer:
        writer.append("cases", {"case_no": ["1", "2"]})
        writer.add_issues("cases", [issue, issue])
    with open_store(tmp_path / "s") as opened:
        found = cells.issue_cells(opened)
    assert found.to_numpy().tolist() == [["cases", "stage_order", "doubt", "decided_on", 2]]


def test_cells_fit_the_cube_of_disclosure_control(store):
    found = cells.flow_cells(store, "applied_on")
    keys = ("county", "month", "case_type")
    decided = decide([Counts("cases", keys, found)])
    shown = decided.frame("cases", keys)
    assert decided.hidden and shown["n"].isna().any()
    assert shown["n"].dropna().ge(5).all()


def test_small_tables_come_whole(tmp_path):
    with StoreWriter(tmp_path / "s", simulated=True) as writer:
        writer.append("reforms", {"place": ["B", "A"], "kind": ["aid_first", "callbacks"]})
    with open_store(tmp_path / "s") as opened:
        assert cells.rows_of(opened, "reforms", ("place", "kind"))["place"].tolist() == ["A", "B"]
        with pytest.raises(UsageError, match="only places, reforms and targets"):
            cells.rows_of(opened, "cases", ("case_no",))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda store: cells.stage_cells(store, "decided_closed"),
        lambda store: cells.stage_cells(store, "applied_decided", unit="hour"),
        lambda store: cells.stage_cells(store, "applied_decided", month="born_on"),
        lambda store: cells.stage_cells(store, "applied_decided", by=("handler_id",)),
        lambda store: cells.flow_cells(store, "born_on"),
        lambda store: cells.flow_cells(store, by=("case_no",)),
        lambda store: cells.arrival_cells(store, "persons"),
        lambda store: cells.completeness_cells(store, "persons"),
    ],
)
def test_what_there_is_not_is_told(store, wrong):
    with pytest.raises(UsageError, match=r"found .*; expected .+"):
        wrong(store)
