"""Outreach and the survey's bases on a register small enough to be counted by hand."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.cells import disclosure, outreach_counts
from legalaid_eval.cells.awareness_waves import (
    answer_cells,
    awareness_survey,
    bases,
    told_base,
    wave_days,
    with_design,
)
from legalaid_eval.cells.caseload_indicators import caseload_indicators
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.outreach_indicators import Asked, costs, coverage, outreach_register
from legalaid_eval.cells.outreach_period import NOT_FOUND, NOT_TRACED
from legalaid_eval.cells.outreach_seen import dose_cells, sessions_by_month, use_panels
from legalaid_eval.indicators.outreach import AWARENESS, INDICATORS
from legalaid_eval.register.store import StoreWriter, open_store
from legalaid_eval.schemas import register_codes as codes
from tests.cell_stores import AS_OF, write_register

START, END = date(2023, 1, 1), date(2023, 12, 31)
EVENTS = (  # county, town, day, site, target group, came, items, cost
    ("A", "A1", "2023-03-01", "market", "general", 100, 10, 500.5),
    ("A", "A1", "2023-04-01", "market", "general", None, 20, None),
    ("A", "A2", "2023-05-01", "school", "minor", 50, None, 100),
    ("B", "B1", "2023-06-01", "market", "migrant_worker", 30, 5, 60),
    ("B", "B1", "2022-06-01", "school", "minor", 999, 999, 999),
)
ASKED = (  # county, source, event
    ("A", "outreach", "e0"),
    ("A", "outreach", "e1"),
    ("A", "media", None),
    ("B", None, "e4"),
    ("B", "outreach", "gone"),
)


def write(path, *, respondents=()):
    with StoreWriter(path, simulated=True, data_as_of=END) as writer:
        columns = "county town held_on site target_group attendance materials cost_cny".split()
        events = dict(zip(columns, map(list, zip(*EVENTS, strict=True)), strict=True))
        events["held_on"] = np.array(events["held_on"], "datetime64[D]")
        for name in ("attendance", "materials", "cost_cny"):
            events[name] = np.array(events[name], dtype=float)
        writer.append("outreach_events", {"event_id": [f"e{n}" for n in range(len(EVENTS))], **events})
        columns = dict(zip(("county", "knew_from", "event_id"), map(list, zip(*ASKED, strict=True)), strict=True))
        days = np.array(["2023-07-01"] * len(ASKED), "datetime64[D]")
        numbers = {"consultation_no": [f"q{n}" for n in range(len(ASKED))], "consulted_on": days}
        more = {"unit": ["call"] * len(ASKED), "quantity": [1] * len(ASKED)}
        writer.append("consultations", numbers | columns | more)
        cases = {"case_no": [f"c{n}" for n in range(4)], "county": list("AABB"), "status": ["open"] * 4}
        cases["accepted_on"] = cases["applied_on"] = np.array(["2023-02-01"] * 4, "datetime64[D]")
        cases["recipient_groups"] = ["minor", "minor|woman", "migrant_worker", None]
        writer.append("cases", cases)
        codes = ["City", "A", "B", "A1", "A2", "B1", "B2"]
        levels = ["city", "county", "county", *["township"] * 4]
        names = dict.fromkeys(("code", "place", "name_zh", "name_en"), codes)
        parents = ["", "City", "City", "A", "A", "B", "B"]
        people = [1000, 600, 400, 1, 1, 1, 1]
        writer.append("places", {**names, "level": levels, "parent": parents, "population": people})
        if len(respondents):
            writer.append("awareness_survey", {name: respondents[name].to_numpy() for name in respondents})


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    path = tmp_path_factory.mktemp("outreach") / "store"
    write(path)
    with open_store(path) as store:
        yield outreach_register(store, Asked("City", (), START, END, 1))


def test_doses_keep_what_is_not_recorded_apart(register, tmp_path):
    write(tmp_path / "store")
    with open_store(tmp_path / "store") as store:
        doses = dose_cells(store, until=END).set_index(["town", "month"])
        until_may = dose_cells(store, until=date(2023, 4, 30))
        use = use_panels(store, until=END)
        own, none = (use_panels(store, until=day, traced=False) for day in (END, date(2023, 6, 30)))
    assert doses.loc[("A1", "2023-03"), ["attendance", "cost_fen"]].tolist() == [100, 50_050]
    assert doses.loc[("A1", "2023-04"), ["n", "n_attendance", "n_cost_fen"]].tolist() == [1, 0, 0]
    assert doses["n"].sum() == 5 and sorted(until_may["month"]) == ["2022-06", "2023-03", "2023-04"]
    asked = use["consultations"].set_index(["county", "month"])["n"]
    assert asked.to_dict() == {("A", "2023-07"): 3, ("B", "2023-07"): 2}
    of_their_own = own["consultations"].set_index(["county", "month"])["n"]
    assert of_their_own.to_dict() == {("A", "2023-07"): 1, ("B", "2023-07"): 0}
    assert none["consultations"].empty and own["applications"].equals(use["applications"])
    assert use["applications"]["n"].tolist() == [2, 2] and use["notified"]["n"].sum() == 0
    assert set(sessions_by_month(register)["month"]) == {"2022-06", "2023-03", "2023-04", "2023-05", "2023-06"}


@pytest.mark.parametrize(
    ("indicator", "group", "place", "top", "below"),
    [
        ("OA01", "events", "City", 4, None),
        ("OA01", "events", "B", 1, None),
        ("OA01", "attendance", "A", 150, None),
        ("OA01", "attendance_per_event", "City", 180, 3),
        ("OA01", "attendance_per_100", "A", 150, 600),
        ("OA01", "towns_reached", "A", 2, 2),
        ("OA01", "towns_reached", "B", 1, 2),
        ("OA01", "site_market", "City", 3, 4),
        ("OA01", "target_group_minor", "City", 1, 4),
        ("OA02", "materials", "City", 35, None),
        ("OA06", "traced", "City", 4, 180),
        ("OA06", "traced", "A", 2, 150),
        ("OA06", "site_market", "City", 2, 130),
        ("OA06", "site_school", "City", 1, 50),
        ("OA06", "knew_from_outreach", "City", 3, 4),
        ("OA06", "event_not_found", "City", 1, None),
    ],
)
def test_each_number_counts_what_it_says(register, indicator, group, place, top, below):
    found = caseload_indicators(register.counts, INDICATORS).set_index(["indicator", "group", "place"])
    row = found.loc[indicator, group, place]
    assert row["numerator"] == top and row["status"] == "ok"
    assert pd.isna(row["denominator"]) if below is None else row["denominator"] == below
    assert found.loc["OA07", "help_seeking", "City"]["note"] == "population_survey_missing"


def test_money_is_that_of_events_that_say_it(register):
    found = costs(register).set_index(["key", "value"])
    assert found.loc["all", "all"][["events_known", "cost_cny"]].tolist() == [3, 660.5]
    assert found.loc["county", "A"]["per_event_cny"] == pytest.approx(300.25)
    market = found.loc["site", "market"]  # one event says neither how many came nor what it cost
    assert market["cost_cny"] == 560.5 and market["per_100_reached_cny"] == pytest.approx(100 * 560.5 / 130)


def test_gaps_are_shares_of_the_reached_below_shares_of_the_need(register):
    found = coverage(register).set_index(["key", "value"])
    assert found.loc["county", "B"]["ratio"] == pytest.approx((30 / 180) / (2 / 4))
    assert found["gap"].to_dict() == {
        ("county", "A"): False,
        ("county", "B"): True,
        ("target_group", "migrant_worker"): False,
        ("target_group", "minor"): False,
    }
    assert found.loc["target_group", "minor"]["need_share"] == pytest.approx(100 * 2 / 3)


def survey(**sizes):
    """Respondents by county and wave, as in A1=30: wave 1 in November 2022, wave 2 in May 2023, 3 over New Year."""
    days = {1: ("2022-11-05",), 2: ("2023-05-05",), 3: ("2023-12-30", "2024-01-02")}
    rows = []
    for key, size in sizes.items():
        county, wave = key[0], int(key[1])
        for n in range(size):
            day = days[wave][n % len(days[wave])]
            known = n % 3 > 0
            rows.append((county, wave, day, known, None if not known else n % 2 == 0))
    frame = pd.DataFrame(rows, columns=["county", "wave", "surveyed_on", "heard_of", "knows_free"])
    frame = frame.astype({"knows_free": object})
    return frame.assign(
        respondent_id=[f"r{n}" for n in range(len(frame))],
        surveyed_on=pd.to_datetime(frame["surveyed_on"]),
        wording="prompted",
        psu=[f"p{n % 4}" for n in range(len(frame))],
        weight=np.where(np.arange(len(frame)) % 10 == 0, np.nan, 2.0),
        knows_who=False,
        knows_where=True,
    )


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    path = tmp_path_factory.mktemp("survey") / "store"
    write(path, respondents=survey(A1=30, B1=3, A2=20, B2=12, A3=7, B3=20))
    with open_store(path) as store:
        yield store


def test_bases_are_told_to_the_nearest_ten_and_small_ones_not_at_all(asked):
    exact = bases(awareness_survey(asked, min_cell=1))
    assert exact.set_index("wave")["n"].to_dict() == {1: 33, 2: 32, 3: 27}
    told = bases(awareness_survey(asked, min_cell=5), by="county").set_index(["county", "wave"])["n"]
    assert pd.isna(told["B", 1])
    assert told.dropna().to_dict() == {("A", 1): 30, ("A", 2): 20, ("B", 2): 10, ("A", 3): 10, ("B", 3): 20}
    assert [told_base(n, min_cell=5) for n in (0, 4, 5, 14, 15, 1004, 1005)] == [0, None, 10, 10, 20, 1000, 1010]
    assert wave_days(asked)["month"].tolist() == ["2022-11", "2023-05", "2023-12"]


def test_a_wave_that_began_after_a_day_is_left_out(asked):
    for until, waves in ((date(2022, 11, 4), []), (date(2023, 12, 29), [1, 2]), (date(2023, 12, 31), [1, 2, 3])):
        found = awareness_survey(asked, until=until)
        assert found.waves["wave"].tolist() == waves == sorted(set(found.answers["wave"]))


def test_who_has_not_heard_of_it_knows_nothing_of_it(asked):
    cells = answer_cells(asked)
    unheard = cells[cells["heard_of"] == 0]
    assert unheard["knows_free"].eq(0).all()
    assert cells["depth"].equals(cells["knows_free"] + cells["knows_who"] + cells["knows_where"])
    usable, design = with_design(cells)
    assert design.columns == {"weight": "weight", "psu": "psu"}
    assert design.notes == ("weight_incomplete", "no_stratum")
    assert usable["n"].sum() == cells.loc[cells["weight"].notna(), "n"].sum() < cells["n"].sum()


def test_every_entry_of_the_catalogue_is_declared_and_every_count_exists():
    declared = {one.indicator for one in INDICATORS} | {one.indicator for one in AWARENESS}
    assert declared | {"OA05"} == {f"OA{n:02d}" for n in range(1, 8)}
    assert len({one.key for one in INDICATORS}) == len(INDICATORS)
    tables = {table.name for table in disclosure.TABLES}
    for one in INDICATORS:
        below = one.denominator if isinstance(one.denominator, tuple) else ()
        assert {count.table for count in (*one.numerator, *below)} <= tables


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 60))
def test_counts_are_those_of_the_rows(seed, n):
    with tempfile.TemporaryDirectory() as folder:
        rows = write_register(Path(folder) / "s", seed=seed, n=n)
        with open_store(Path(folder) / "s") as store:
            start = date(2020, 3, 1)
            decided = disclosure.decide_tables(Window(store, start, AS_OF), outreach_counts.TABLES, min_cell=1)
    count = lambda name, **keys: decided.cell(name, **keys)[0]  # noqa: E731
    all_events, asked = rows["outreach_events"], rows["consultations"]
    events = all_events[all_events["held_on"] >= pd.Timestamp(start)]
    asked = asked[asked["consulted_on"] >= pd.Timestamp(start)]
    site = dict(zip(all_events["event_id"], all_events["site"].fillna("missing"), strict=True))
    came_from = [site.get(event, NOT_FOUND) if event else NOT_TRACED for event in asked["event_id"].fillna("")]
    for value in {*codes.SITE, NOT_FOUND, NOT_TRACED, "missing"}:
        assert count("traced by site", site=value) == came_from.count(value)
        here = events[events["site"].fillna("missing") == value]
        assert count("events by site", site=value) == len(here)
        assert count("attendance by site", site=value) == here["attendance"].sum()
    assert count("attendance known", attendance_known="yes") == events["attendance"].notna().sum()
    for county in "ABC":
        own = asked[asked["county"] == county]
        assert count("consultations traced", county=county, traced="yes") == own["event_id"].notna().sum()
        assert count("outreach attendance", county=county) == events.loc[events["county"] == county, "attendance"].sum()
    others = all_events[~(all_events["held_on"] >= pd.Timestamp(start))]
    undated = others["held_on"].isna()
    assert count("events of other months", year="undated") == undated.sum()
    assert count("events of other months", year="2020") == (others["held_on"].dt.year == 2020).sum()
