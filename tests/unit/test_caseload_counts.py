"""Caseload on a register small enough to be counted by hand: what is in each number, and what is not."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.cells import caseload_series as series
from legalaid_eval.cells import disclosure
from legalaid_eval.cells.caseload_indicators import Asked, caseload_indicators, caseload_register
from legalaid_eval.cells.caseload_stock import booking_cells, pending, stock_series
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.errors import UsageError
from legalaid_eval.indicators.caseload import COMPARED, INDICATORS
from legalaid_eval.register.store import StoreWriter, open_store
from tests.caseload_decision import LINKS, TABLES, decide_on_caseload_alone

START, END, AS_OF = date(2023, 1, 1), date(2023, 6, 30), date(2023, 7, 15)
DAYS = ("applied_on", "notice_on", "accepted_on", "decided_on", "assigned_on", "closed_on", "terminated_on")


def case(status="closed", **values):
    """A case; days are written as 3-14 of 2023 or in full."""
    found = {"county": "A", "case_type": "civil", "status": status, **dict.fromkeys(DAYS), **values}
    for name in DAYS:
        if found[name] is not None:
            text = found[name] if len(found[name]) > 5 else f"2023-{found[name]}"
            found[name] = np.datetime64(text)
    return found


CASES = (
    # In hand at the start, of the year before; one of them is closed in the period.
    case(applied_on="2022-11-01", accepted_on="2022-11-02", decided_on="2022-11-03", decision="granted",
         closed_on="02-01"),
    case("open", applied_on="2022-12-01", accepted_on="2022-12-02", decided_on="2022-12-09", decision="granted"),
    # Applications of the period, one of each fate.
    case(applied_on="01-09", accepted_on="01-10", decided_on="01-11", decision="granted", assigned_on="01-12",
         closed_on="05-05", handler_id="x", visits=1, means_test="not_required", exemption_rule="LL-32",
         commitment=True, papers_completed_on=np.datetime64("2023-02-01"), channel="web", recipients=4),
    case("open", applied_on="01-09", accepted_on="01-10", decided_on="01-11", decision="granted", assigned_on="01-12",
         handler_id="x", means_test="waived", exemption_rule="LL-42", channel="window", recipients=1, priority=True),
    case("terminated", applied_on="02-01", accepted_on="02-02", decided_on="02-03", decision="granted",
         terminated_on="03-01", means_test="checked", channel="terminal", commitment=True),
    case("refused", applied_on="02-01", accepted_on="02-02", decided_on="02-20", decision="refused"),
    case("withdrawn", applied_on="02-01", accepted_on="02-02", decided_on="02-21", decision="deemed_withdrawn"),
    case("open", applied_on="06-29", channel="hotline"),
    # Notified: no application, no approval; assigned on the day.
    case(case_type="criminal", notice_on="03-01", assigned_on="03-01", closed_on="04-01", handler_id="y",
         decided_on="03-01", decision="granted"),
    case("open", case_type="criminal", notice_on="06-01", handler_id="y", county="B"),
    # Contradictions: closed without an acceptance; closed before it; closed by its status, but on no day.
    case(applied_on="01-03", closed_on="03-03", decided_on="01-04", decision="granted", visits=3),
    case(applied_on="04-01", accepted_on="04-20", closed_on="04-10"),
    case(applied_on="05-01", accepted_on="05-02"),
    # After the period.
    case("open", applied_on="07-03", accepted_on="07-04"),
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("caseload") / "store"
    frame = pd.DataFrame(CASES).assign(case_no=[f"c{n}" for n in range(len(CASES))])
    frame = frame.astype(object).where(frame.notna(), None)
    for name in (*DAYS, "papers_completed_on"):
        frame[name] = pd.to_datetime(frame[name])
    units = ["person_time", "person_time", "call", "batch"]
    with StoreWriter(path, simulated=True, data_as_of=AS_OF) as writer:
        writer.append("cases", {name: frame[name].to_numpy() for name in frame})
        writer.append(
            "consultations",
            {
                "consultation_no": [f"q{n}" for n in range(4)],
                "county": list("AAAB"),
                "consulted_on": np.array(["2023-01-05", "2023-05-05", "2023-03-03", "2023-02-02"], "datetime64[D]"),
                "unit": units,
                "quantity": [1, 2, 1, 30],
                "channel": ["window", "window", "hotline", "window"],
            },
        )
        writer.append(
            "duty_roster",
            {
                "county": ["A"] * 4,
                "station": ["court"] * 4,
                "duty_on": np.arange("2023-03-01", "2023-03-05", dtype="datetime64[D]"),
                "handler_id": list("abcd"),
                "attended": [True, True, False, None],
            },
        )
        codes, levels = ["City", "A", "B", "C", "A1", "A2"], ["city", *["county"] * 3, *["township"] * 2]
        parents = ["", "City", "City", "City", "A", "A"]
        people = [100_000, 60_000, 30_000, 10_000, 1, 1]
        names = dict.fromkeys(("code", "place", "name_zh", "name_en"), codes)
        writer.append("places", {**names, "level": levels, "parent": parents, "population": people})
        targets = {"place": ["City", "A"], "year": [2023, 2023], "indicator": ["cases", "cases"], "target": [20, 10]}
        writer.append("targets", targets)
    with open_store(path) as opened:
        yield opened


def told(store, *, min_cell=1, place="City", court=None, parts=(), start=START, end=END):
    with pytest.MonkeyPatch.context() as patch:
        decide_on_caseload_alone(patch)
        register = caseload_register(store, Asked(place, parts, start, end, min_cell))
    return caseload_indicators(register, INDICATORS, court_cases=court).set_index(["indicator", "group", "place"])


@pytest.fixture(scope="module")
def city(store):
    return told(store)


@pytest.mark.parametrize(
    ("indicator", "group", "top", "below"),
    [
        ("CL01", "applications", 9, None),
        ("CL01", "notified", 2, None),
        ("CL02", "accepted", 7, None),
        ("CL02", "taken_on", 9, None),
        ("CL02", "assigned", 3, None),
        ("CL02", "handled", 11, None),
        ("CL03", "approval", 4, 5),
        ("CL03", "deemed_withdrawn", 1, None),
        ("CL03", "withdrawn", 0, None),
        ("CL04", "closed", 5, None),
        ("CL05", "closed_by_cutoff", 2, 5),
        ("CL06", "clearance", 5, 9),
        ("CL07", "pending_start", 2, None),
        ("CL07", "entered", 7, None),
        ("CL07", "closed", 3, None),
        ("CL07", "terminated", 1, None),
        ("CL07", "refused", 1, None),
        ("CL07", "withdrawn", 1, None),
        ("CL07", "pending_end", 3, None),
        ("CL07", "no_entry", 1, None),
        ("CL07", "ended_before_entry", 1, None),
        ("CL07", "left_before_entry", 1, None),
        ("CL07", "end_without_day", 1, None),
        ("CL08", "criminal", 2, 11),
        ("CL09", "recipients", 5, None),
        ("CL09", "recipients_per_case", 5, 2),
        ("CL10", "person_time", 3, None),
        ("CL10", "call", 1, None),
        ("CL10", "batch", 30, None),
        ("CL10", "records_batch", 1, None),
        ("CL13", "per_10000", 9, 100_000),
        ("AC01", "online", 1, 4),
        ("AC03", "article_32", 1, 3),
        ("AC03", "article_42", 1, 3),
        ("AC03", "exempt", 2, 3),
        ("AC04", "commitment", 2, 2),
        ("AC04", "commitment_failed", 1, 2),
        ("AC06", "single_visit", 1, 2),
        ("TN01", "cases", 9, 20),
        ("TN04", "duty", 2, 3),
        ("TN05", "cases_per_handler", 3, 2),
    ],
)
def test_each_number_counts_what_it_says(city, indicator, group, top, below):
    row = city.loc[indicator, group, "City"]
    assert row["numerator"] == top
    if below is None:
        assert row["value"] == top and pd.isna(row["denominator"])
    else:
        assert row["denominator"] == below


def test_the_account_holds_and_what_it_cannot_book_is_shown_not_repaired(city):
    part = city.xs("CL07").xs("City", level="place")["numerator"]
    left = part[["closed", "terminated", "refused", "withdrawn"]].sum()
    assert part["pending_start"] + part["entered"] - left == part["pending_end"]
    odd = city.loc["CL07", "account_difference", "City"]
    assert (odd["status"], odd["note"]) == ("contradicted", "contradictory_days")
    # Two taken on are not booked and two closed are not: the difference is nought, and contradicted all the same.
    assert odd["value"] == (2 + 9 - 5 - 3) - 3 == part["ended_before_entry"] + part["end_without_day"] - 2


def test_progress_is_told_against_the_share_of_the_year_that_has_passed(store, city):
    row = city.loc["TN02", "cases", "City"]
    assert row["denominator"] == pytest.approx(20 * 181 / 365)
    assert row["value"] == pytest.approx(100 * 9 / (20 * 181 / 365))
    assert city.loc["TN01", "consultations", "City"]["note"] == "target_missing"
    later = told(store, start=date(2023, 2, 1))
    assert later.loc["TN01", "cases", "City"]["note"] == "period_not_of_year"


def test_a_county_without_rows_is_missing_and_never_zero(city):
    county = city.xs("C", level="place")
    assert set(county["status"]) == {"not_evaluable"}
    assert county[["numerator", "value"]].isna().all(axis=None)
    assert city.loc["CL01", "applications", "B"]["value"] == 0
    assert city.loc["CL02", "taken_on", "City"]["note"] == "months_missing"


def test_what_the_register_cannot_know_is_said(store, city):
    assert city.loc["CL12", "defence_coverage", "City"][["status", "note"]].tolist() == [
        "not_evaluable",
        "court_number_missing",
    ]
    with_court = told(store, court={"City": 4}).loc["CL12", "defence_coverage", "City"]
    assert (with_court["value"], with_court["status"]) == (25, "ok")
    network = city.loc["TN03", "coverage", "City"]
    assert (network["denominator"], network["note"]) == (2, "stations_not_recorded")
    assert pd.isna(network["numerator"])
    assert city.loc["CL07", "pending_start", "City"]["note"] == "opening_stock_incomplete"
    assert city.loc["TN01", "outreach_sessions", "City"]["note"] == "table_missing"


def test_a_number_of_the_place_is_not_that_of_some_of_its_counties(store):
    part = told(store, parts=("A",), place="City")
    assert part.loc["CL13", "per_10000", "City"]["denominator"] == 60_000
    assert part.loc["TN01", "cases", "City"]["denominator"] == 10
    assert part.loc["CL07", "entered", "City"]["note"] == "whole_store_only"


def test_small_counts_are_hidden_with_all_that_is_made_of_them(store):
    found = told(store, min_cell=3).xs("City", level="place")
    hidden = found[found["status"] == "suppressed"]
    assert len(hidden) and hidden[["numerator", "denominator", "value"]].isna().all(axis=None)
    shown = found.loc[found["status"] == "ok", "numerator"]
    assert not shown.between(1, 2).any()


def test_every_entry_of_the_catalogue_is_declared_and_every_count_exists():
    names = (
        {f"CL{n:02d}" for n in range(1, 14)} | {f"AC{n:02d}" for n in range(1, 7)} | {f"TN{n:02d}" for n in range(1, 6)}
    )
    assert {declared.indicator for declared in INDICATORS} == names >= set(COMPARED)
    assert len({declared.key for declared in INDICATORS}) == len(INDICATORS)
    tables = {table.name for table in disclosure.TABLES}
    for declared in INDICATORS:
        below = declared.denominator if isinstance(declared.denominator, tuple) else ()
        assert {count.table for count in (*declared.numerator, *below, *declared.whole)} <= tables


def test_the_panel_says_missing_where_nothing_can_be_known(tmp_path):
    """A busy county silent for a month, one that begins late, one that never reports, and a month not over."""
    with StoreWriter(tmp_path / "s", simulated=True, data_as_of=date(2023, 6, 15)) as writer:
        months = {"A": [1, 2, 4, 5, 6], "B": [3, 5, 6]}
        rows = [(c, m) for c, found in months.items() for m in found for _ in range(12 if c == "A" else 1)]
        days = np.array([f"2023-{month:02d}-03" for _, month in rows], "datetime64[D]")
        columns = {"case_no": [f"c{n}" for n in range(len(rows))], "county": [c for c, _ in rows], "applied_on": days}
        writer.append("cases", columns | {"status": ["open"] * len(rows)})
        names = {name: ["A", "B", "C"] for name in ("code", "place", "name_zh", "name_en")}
        writer.append("places", {**names, "level": ["county"] * 3})
    with open_store(tmp_path / "s") as opened:
        found = series.monthly_counts(opened).pivot(index="county", columns="month", values="n")
        running = series.monthly_counts(opened, whole_months=False)
        with pytest.raises(UsageError, match="expected one of came"):
            series.monthly_counts(opened, what="born")
    expected = {"A": [12, 12, None, 12, 12, None], "B": [None, None, 1, 0, 1, None], "C": [None] * 6}
    for county, numbers in expected.items():
        assert found.loc[county].astype(object).where(found.loc[county].notna(), None).tolist() == numbers
    assert running.loc[running["month"] == "2023-06", "n"].tolist()[:2] == [12, 1]


@dataclass(frozen=True)
class Told:
    """A decision made by hand: five months of the period, some counts hidden, and perhaps a number of the account."""

    months: frozenset[str] = frozenset()
    account: str = ""

    def shown(self, name):
        months = [f"2023-0{month}" for month in range(1, 6)] if name.endswith("in month") else []
        hidden = [name == "stock entered in month" and month in self.months for month in months]
        n = pd.array([None if each else 20 for each in hidden], "Int64")
        return pd.DataFrame({"month": months, "n": n, "status": ["suppressed" if each else "ok" for each in hidden]})

    def cell(self, name):
        return (None, "suppressed") if name == self.account else (100, "ok")


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        (Told(), ["2023-01", "2023-02", "2023-03", "2023-04", "2023-05"]),
        (Told(months=frozenset(["2023-03"])), ["2023-05"]),
        (Told(months=frozenset(["2023-01"])), ["2023-03", "2023-04", "2023-05"]),
        (Told(months=frozenset(["2023-05"])), []),
        *((Told(account=name), []) for name in ("stock at start", "stock entered", "stock left", "stock at end")),
    ],
)
def test_a_hidden_month_hides_those_before_it_and_the_next_and_a_hidden_account_all(told, shown):
    found = stock_series(told)
    assert found.loc[found["status"] == "ok", "month"].tolist() == shown
    assert found.loc[found["status"] != "ok", ["entered", "left", "pending"]].isna().to_numpy().all()


def test_months_of_the_stock_are_shown_only_from_where_none_is_small(store):
    window = Window(store, START, END)
    for least in (1, 2, 3):
        found = stock_series(disclosure.decide_tables(window, TABLES, LINKS, min_cell=least))
        shown = found[found["status"] == "ok"]
        numbers = shown[["entered", "left", "pending"]].to_numpy(int)
        assert not ((numbers > 0) & (numbers < least)).any()
        if len(shown):
            first = numbers[0]
            before = first[2] - first[0] + first[1]
            assert before == 0 or before >= least
    whole = stock_series(disclosure.decide_tables(window, TABLES, LINKS, min_cell=1))
    assert whole["month"].tolist()[0] == "2022-11" and whole["pending"].tolist()[-1] == 3
    assert pending(booking_cells(store, start=START, end=END), ("before",))["n"].sum() == 2
