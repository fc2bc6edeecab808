"""The data-quality chapter on a small register whose faults are known."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.cells.row_accounts import accounts
from legalaid_eval.chapters import data_quality, front_register
from legalaid_eval.chapters.base import save
from legalaid_eval.content import Code, Label, Quantity, Range
from legalaid_eval.errors import DataError
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import Issue, StoreWriter
from legalaid_eval.register.validation import RULES
from legalaid_eval.report import show, words
from legalaid_eval.schemas import REGISTER_TABLES

NOT_A_DAY = np.datetime64("NaT", "D")
COUNTIES = ("a", "b", "c", "d")
STEPS = {"accepted_on": 1, "decided_on": 3, "assigned_on": 4, "closed_on": 20, "archived_on": 30}
COLUMNS = "case_type matter channel source town means_test handler_id".split()
HIDDEN = Code("status", "suppressed")
SILENT = ("b", 2)
FEW = ("c", 3)


def sound_cases() -> pd.DataFrame:
    """Ten closed cases in every county and month of a quarter, but none in SILENT and two in FEW."""
    lines = []
    for county in COUNTIES:
        for month in (1, 2, 3):
            for number in range({SILENT: 0, FEW: 2}.get((county, month), 10)):
                applied = np.datetime64(dt.date(2024, month, 1 + number), "D")
                days = {name: applied + np.timedelta64(step, "D") for name, step in STEPS.items()}
                lines.append({"county": county, "month": month, "applied_on": applied, **days})
    frame = pd.DataFrame(lines)
    frame["case_no"] = [f"n{number}" for number in range(len(frame))]
    for name in COLUMNS:
        frame[name] = "x"
    return frame.assign(status="closed", decision="granted", subsidy_cny=1800.0)


def faulty_cases() -> pd.DataFrame:
    """With the faults that the tests look for; January of county a and February of county d have them."""
    frame = sound_cases()
    first, other = (frame.index[(frame["county"] == c) & (frame["month"] == m)] for c, m in (("a", 1), ("d", 2)))
    frame.loc[first[:6], "accepted_on"] = NOT_A_DAY
    frame.loc[first[3:], ["closed_on", "archived_on"]] = NOT_A_DAY
    frame.loc[other[:5], "decided_on"] = frame.loc[other[:5], "applied_on"] - pd.Timedelta(days=2)
    frame.loc[other[:5], "accepted_on"] = NOT_A_DAY
    frame.loc[other[2:], "archived_on"] = frame.loc[other[2:], "closed_on"] - pd.Timedelta(days=1)
    frame.loc[other[5:], "decided_on"] = frame.loc[other[5:], "applied_on"] + pd.Timedelta(days=9)
    frame.loc[other[5:], "assigned_on"] = frame.loc[other[5:], "applied_on"] + pd.Timedelta(days=10)
    undated = frame.iloc[:5].assign(case_no=[f"u{n}" for n in range(5)], applied_on=NOT_A_DAY)
    strange = frame.iloc[10:15].assign(case_no=[f"s{n}" for n in range(5)], county="elsewhere")
    return pd.concat([frame, undated, strange], ignore_index=True).drop(columns="month")


def place_columns(city: bool = True) -> dict[str, list[object]]:
    lines = [("city", "Probe City", "试点市", "city", "")] if city else [("a", "Probe A", "试点A县", "county", "")]
    lines += [] if not city else [(c, f"Probe {c.upper()}", f"试点{c.upper()}县", "county", "city") for c in COUNTIES]
    columns = {"code": 0, "place": 1, "name_zh": 2, "name_en": 1, "level": 3, "parent": 4}
    return {name: [line[at] for line in lines] for name, at in columns.items()}


def write_store(path: Path, cases: pd.DataFrame, *, simulated: bool = True, city: bool = True) -> Path:
    days = [name for name in cases if name.endswith("_on")]
    columns = {name: cases[name].to_numpy() for name in cases}
    columns |= {name: cases[name].to_numpy().astype("datetime64[D]") for name in days}
    answers = ["satisfied"] * 40 + ["basically_satisfied"] * 10 + ["dissatisfied"] * 10 + ["not_reached"] * 20
    called = np.full(len(answers), np.datetime64("2024-03-20"))
    with StoreWriter(path, simulated=simulated, data_as_of=dt.date(2024, 6, 30)) as writer:
        writer.append("cases", columns)
        numbers = [f"n{number}" for number in range(len(answers))]
        reached = [answer != "not_reached" for answer in answers]
        calls = {"case_no": numbers, "called_on": called, "reached": reached, "answer_class": answers}
        writer.append("callbacks", calls)
        writer.append("places", place_columns(city))
        rules = ["stage_order"] * 8 + ["money_order"] * 6 + ["status_and_days"] * 2
        issues = [Issue("f.csv", "", n + 2, "archived_on", rule, "doubt", "p", "kept") for n, rule in enumerate(rules)]
        writer.add_issues("cases", issues)
    return path


def params_of(store: Path, **changed: object) -> SimpleNamespace:
    plain = {
        "report_id": "probe-2024",
        "place": "Probe City",
        "parts": [],
        "period_start": dt.date(2024, 1, 1),
        "period_end": dt.date(2024, 3, 31),
        "data_as_of": dt.date(2024, 6, 30),
        "store": str(store),
        "min_cell": 5,
    }
    return SimpleNamespace(**plain | changed)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return write_store(tmp_path_factory.mktemp("probe") / "store", faulty_cases())


@pytest.fixture(scope="module")
def chapter(store):
    return data_quality.evaluate(params_of(store))


@pytest.fixture(scope="module")
def unhidden(store):
    return data_quality.evaluate(params_of(store, min_cell=1))


def lines(chapter, table: str) -> dict[tuple[str, ...], tuple[object, ...]]:
    """Rows of a table by the codes and English names in them; the rest of the row as it is."""
    found = {}
    for row in chapter.tables[table].rows:
        names = [v for v in row if isinstance(v, Code | Label) and v != HIDDEN]
        key = tuple(v.code if isinstance(v, Code) else v.en for v in names)
        found[key] = tuple(v for v in row if v not in names)
    return found


def row_of(chapter, **wanted: object) -> pd.Series:
    rows = chapter.rows
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, (wanted, len(rows))
    return rows.iloc[0]


def test_what_came_in(unhidden):
    table = lines(unhidden, "received")
    rows, inside, undated, first, last, units = table[("cases",)]
    assert (rows, inside, undated) == (112, 107, 5)
    assert (first, last) == (dt.date(2024, 1, 1), dt.date(2024, 3, 10))
    assert units.facts == {"n": 4, "whole": 4}
    assert table[("callbacks",)][:3] == (80, 80, 0)
    assert table[("payments",)][0].key == "data_quality.absent"
    assert row_of(unhidden, indicator="records", method="in_store", group="payments")["status"] == "not_evaluable"


def test_a_month_without_rows_is_missing_and_never_zero(chapter):
    cells = chapter.figures["coverage_map"].data
    silent = cells[(cells["month"] == 2) & np.array([p.en == "Probe B" for p in cells["place"]])]
    assert silent[["state"]].to_numpy().tolist() == [["missing"]] and silent["n"].isna().all()
    assert set(cells[np.array([p.en == "elsewhere" for p in cells["place"]])]["state"]) == {"reported", "not_expected"}
    facts = lines(chapter, "coverage")[("Probe B",)]
    assert facts[0].facts == {"n": 2, "whole": 3}
    assert [(p.start, p.end) for p in facts[1]] == [(dt.date(2024, 2, 1), dt.date(2024, 2, 29))]
    february = {"place": "Probe B", "period_start": dt.date(2024, 2, 1)}
    told = row_of(chapter, indicator="records", method="by_month", group="cases", **february)
    assert pd.isna(told["estimate"]) and (told["status"], told["note"]) == ("not_evaluable", "nothing_reported")
    sentence = show.prose(chapter, "narrative").languages["en"]["html"]
    assert "In 1 unit-month nothing was reported (Probe B): a gap, not a zero." in sentence


def test_months_after_the_data_end_are_not_covered(store):
    late = data_quality.evaluate(params_of(store, period_end=dt.date(2024, 8, 31)))
    states = late.figures["coverage_map"].data.groupby("month")["state"].agg(set)
    assert states[6] == {"missing", "not_expected"} and states[7] == states[8] == {"not_covered"}


def test_a_small_count_is_hidden_and_cannot_be_subtracted(chapter):
    cells = chapter.figures["coverage_map"].data
    hidden = cells[cells["state"] == "suppressed"]
    assert ("Probe C", 3) in {(p.en, m) for p, m in zip(hidden["place"], hidden["month"], strict=True)}
    assert (cells["n"].dropna() >= 5).all()
    assert len(hidden) > 1, "the total is shown, so one hidden count alone would follow from the others"
    rows = chapter.rows
    assert rows.loc[rows["status"] == "suppressed", ["estimate", "ci_low", "ci_high"]].isna().all(axis=None)


def numbers_shown(chapter) -> list[int]:
    """Every count of a chapter: of its rows and tables, and of the facts its sentences are made from."""
    rows = chapter.rows[chapter.rows["unit"].isin(("record", "percent"))]
    found = [*rows.loc[rows["unit"] == "record", "estimate"].dropna(), *rows["n"].dropna()]
    found += [v for name, table in chapter.tables.items() if name != "coverage" for row in table.rows for v in row]
    return [int(v) for v in found if isinstance(v, int | float)]


def test_the_small_counts_of_a_small_county_stand_nowhere(tmp_path):
    """County d has four cases, one of them with faults of every kind; county c has all else in order."""
    cases = sound_cases()
    few = cases.index[(cases["county"] == "d")][:4]
    cases = cases[(cases["county"] != "d") | cases.index.isin(few)].drop(columns="month")
    cases.loc[few[0], ["accepted_on", "handler_id", "subsidy_cny"]] = [NOT_A_DAY, "", np.nan]
    cases.loc[few[1], "archived_on"] = cases.loc[few[1], "closed_on"] - pd.Timedelta(days=1)
    path = write_store(tmp_path / "store", cases.reset_index(drop=True))
    shown, all_of_it = (data_quality.evaluate(params_of(path, min_cell=least)) for least in (5, 1))
    assert {1, 2, 4} <= set(numbers_shown(all_of_it)), "the small counts are there to be hidden"
    assert not {1, 2, 3, 4} & set(numbers_shown(shown))
    assert shown.figures["coverage_map"].data["n"].dropna().ge(5).all()
    due = shown.rows[(shown.rows["indicator"] == "completeness") & (shown.rows["place"] == "Probe D")]
    assert len(due) and set(due["status"]) == {"suppressed"}


@pytest.mark.parametrize("year", [2023, 2024])
def test_few_rows_of_one_year_hide_the_total_of_the_store_in_the_reports_on_every_year(tmp_path, year):
    """Three cases of 2023 would follow from the total and the reports on 2024."""
    cases = sound_cases().drop(columns="month")
    cases.loc[cases.index[:3], "applied_on"] = np.datetime64("2023-12-01")
    days = {"period_start": dt.date(year, 1, 1), "period_end": dt.date(year, 12, 31)}
    found = data_quality.evaluate(params_of(write_store(tmp_path / "store", cases), **days))
    status = {
        method: row_of(found, indicator="records", method=method, group="cases")["status"]
        for method in ("in_store", "in_period", "without_day")
    }
    shown = "suppressed" if year == 2023 else "ok"
    assert status == {"in_store": "suppressed", "in_period": shown, "without_day": "ok"}


@pytest.mark.parametrize("parts", [["Probe A", "Probe B"], ["Probe C"]])
def test_reports_on_other_places_hide_the_same_counts(chapter, store, parts):
    """What a report shows of a unit does not hang on which units it is about."""
    other = data_quality.evaluate(params_of(store, parts=parts))
    keys = ["indicator", "place", "group", "method", "period_start", "note"]
    both = chapter.rows.merge(other.rows, on=keys, suffixes=("", "_other"))
    both = both[both["unit"].isin(("record", "percent")) & both["status"].isin(("ok", "suppressed"))]
    both = both[~both["note"].isin(("unlisted_county", "none", "no_rows"))]
    assert (both["status"] == "suppressed").any()
    assert both["status"].tolist() == both["status_other"].tolist()
    assert both["estimate"].fillna(-1).tolist() == both["estimate_other"].fillna(-1).tolist()


def test_the_report_of_one_county_counts_its_own_rows_and_hides_what_the_citys_hides(chapter, store, unhidden):
    own = data_quality.evaluate(params_of(store, place="Probe D", min_cell=1))
    assert row_of(own, indicator="records", method="in_period", group="cases")["estimate"] == 30
    assert row_of(own, group="processing_time:applied_decided:order_violated")["estimate"] == 5
    assert row_of(unhidden, group="processing_time:applied_decided:order_violated")["n"] == 107
    assert row_of(own, group="processing_time:applied_decided:order_violated")["n"] == 30
    assert set(own.rows.loc[own.rows["indicator"] == "issues", "place"]) == {"Probe City"}
    assert "all counties of the register together" in show.table(own, "stage_order").languages["en"]["html"]
    assert not own.rows["indicator"].eq("satisfied_share").any()  # calls name no county
    assert ("callbacks",) not in lines(own, "received") and ("callbacks",) in lines(unhidden, "received")
    said = front_register.sentences(own.rows, "Probe D", lambda key: Label(key, key))
    assert [message.key for message in said["wrong"]] == ["summary.register.doubt"]  # the import was of all counties
    for name in ("C", "D"):
        found = data_quality.evaluate(params_of(store, place=f"Probe {name}")).rows
        for rows in (found, chapter.rows):
            assert set(rows.loc[rows["method"] == "by_month", "status"]) >= {"ok"}
        kept = ["indicator", "group", "period_start", "method", "estimate", "status"]
        city = chapter.rows[(chapter.rows["place"] == f"Probe {name}")][kept]
        shared = found[found["place"] == f"Probe {name}"][kept].merge(city, on=kept[:4], suffixes=("", "_city"))
        assert len(shared) == len(city) > 10
        pd.testing.assert_series_equal(shared["estimate"], shared["estimate_city"], check_names=False)
        pd.testing.assert_series_equal(shared["status"], shared["status_city"], check_names=False)


def test_a_countys_reasons_are_hidden_where_its_gaps_are(tmp_path):
    """Two missing days in one county are hidden with another county's; with four withdrawn cases, of which none is
    due, the reason counts six there and could be shown, but would nearly give both away again."""
    cases = sound_cases()
    rows = [cases.index[cases["county"] == county][:few] for county, few in (("a", 6), ("b", 7), ("d", 9))]
    cases.loc[np.concatenate(rows), "accepted_on"] = NOT_A_DAY
    gone = rows[0][2:]
    cases.loc[gone, ["assigned_on", "closed_on", "archived_on"]] = NOT_A_DAY
    cases.loc[gone, ["status", "decision"]] = "withdrawn"
    path = write_store(tmp_path / "store", cases.drop(columns="month"))
    city = data_quality.evaluate(params_of(path)).rows
    gaps = city[city["group"] == "stage:acceptance"].set_index("place")["status"]
    assert gaps["Probe A"] == "suppressed" and (gaps == "ok").any()
    for name in ("A", "B", "D"):
        own = data_quality.evaluate(params_of(path, place=f"Probe {name}")).rows
        told = own.loc[own["group"].str.startswith("processing_time:accepted_decided:"), "status"]
        assert set(told) == {gaps[f"Probe {name}"]}


class Decided:
    """A decision made by hand: everything is 20, but how many days of acceptance are missing in county a is hidden."""

    def shown(self, name: str) -> pd.DataFrame:
        account = name.removeprefix("account ")
        return pd.DataFrame({account: ["used|used", "excluded|missing_end", "all"]})

    def cell(self, name: str, **keys: str) -> tuple[int | None, str]:
        gap = name == "acceptance by county" and keys == {"county": "a", "filled": "no"}
        return (None, "suppressed") if gap else (20, "ok")


def test_a_hidden_gap_hides_the_reasons_of_every_account_that_needs_its_days_and_no_other():
    hidden = {"applied_accepted", "accepted_decided", "accepted_closed"}
    for county in ("a", "b"):
        told = accounts(Decided(), [county])
        found = set(told.loc[told["status"] == "suppressed", "account"])
        assert found == {name for name in told["account"] if county == "a" and name in hidden}
    assert (accounts(Decided())["status"] == "ok").all()


def test_a_register_of_a_single_county_asks_for_no_place_below_it(tmp_path):
    cases = sound_cases()
    path = write_store(tmp_path / "store", cases[cases["county"] == "a"].drop(columns="month"), city=False)
    found = data_quality.evaluate(params_of(path, place="Probe A"))
    assert row_of(found, indicator="units", method="reporting", group="cases")["n"] == 1
    assert row_of(found, indicator="records", method="in_store", group="cases")["estimate"] == 30
    assert row_of(found, indicator="satisfied_share")["n"] == 60  # the whole store is the county's
    assert "the one unit expected reported cases" in show.prose(found, "narrative").languages["en"]["html"]


def test_completeness_counts_only_what_is_due(unhidden):
    table = lines(unhidden, "completeness_columns")
    assert table[("acceptance", "accepted_on")][:2] == (107, 11)
    assert table[("closing", "closed_on")][:2] == (107, 7)
    assert table[("filing", "archived_on")][:2] == (100, 0), "without a day of closing no file is due"
    assert table[("decision", "decided_on")][2] == Quantity(100.0, "percent", decimals=1)
    assert row_of(unhidden, indicator="completeness", place="Probe A", group="stage:acceptance")["estimate"] == 80.0
    cells = unhidden.figures["completeness"].data
    assert cells[cells["total"]]["share"].iloc[1] == pytest.approx(100 * 96 / 107)


def test_stages_in_the_wrong_order(unhidden):
    table = lines(unhidden, "stage_order")
    assert table[("applied_on", "decided_on")][:2] == (107, 5)
    assert table[("closed_on", "archived_on")][:2] == (100, 8)
    found = row_of(unhidden, indicator="stage_order_violated", group="closed_on:archived_on")
    assert (found["estimate"], found["n"], found["unit"]) == (8.0, 100, "percent")


def test_doubts_by_rule_are_under_disclosure_control(chapter, unhidden):
    assert lines(unhidden, "doubts")[("cases", "status_and_days", "doubt")] == (2,)
    hidden = chapter.rows[(chapter.rows["indicator"] == "issues")].set_index("note")
    assert hidden.loc["status_and_days", "status"] == hidden.loc["money_order", "status"] == "suppressed"
    assert hidden.loc["stage_order", "estimate"] == 8


def test_exclusions_name_analysis_and_reason(unhidden):
    found = lines(unhidden, "exclusions")
    assert found[("caseload", "arrival", "no_day")][0] == 5
    assert found[("caseload", "arrival", "unlisted_county")][0] == 5
    assert found[("caseload", "closure", "closed_undated")][:2] == (7, 107)
    assert found[("processing_time", "applied_decided", "order_violated")][:2] == (5, 107)
    assert found[("quality_money", "satisfaction", "answer_not_reached")][:2] == (20, 80)
    assert found[("outreach", "awareness", "no_rows")][:2] == (0, 0)
    row = row_of(unhidden, group="outreach:awareness:no_rows")
    assert row["status"] == "not_evaluable"


@pytest.mark.parametrize(
    ("name", "yes", "used", "excluded"),
    [("decided_within_limit", 97, 102, 5), ("closed_share", 100, 100, 7), ("satisfied_share", 50, 60, 20)],
)
def test_worst_cases_put_every_row_left_out_one_way(chapter, name, yes, used, excluded):
    row = row_of(chapter, indicator=name)
    whole = used + excluded
    assert row["estimate"] == pytest.approx(100 * yes / used)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((100 * yes / whole, 100 * (yes + excluded) / whole))
    assert row["conf_level"] is None and row["n"] == used and row["method"] == "worst_case_bounds"
    table = lines(chapter, "worst_case")[(name,)]
    assert (table[0], table[2]) == (used, excluded)
    assert isinstance(table[3], Range)


def test_a_share_is_hidden_with_the_counts_behind_it(tmp_path):
    cases = faulty_cases()
    cases.loc[cases["case_no"].isin([f"n{n}" for n in range(20, 23)]), "closed_on"] = NOT_A_DAY
    cases.loc[cases["case_no"].isin([f"n{n}" for n in range(3, 10)]), "closed_on"] = np.datetime64("2024-03-01")
    found = data_quality.evaluate(params_of(write_store(tmp_path / "store", cases)))
    row = row_of(found, indicator="closed_share")
    assert row["status"] == "suppressed" and row[["estimate", "ci_low", "ci_high", "n"]].isna().all()
    assert "Cannot be shown: the share closed" in show.prose(found, "narrative").languages["en"]["html"]


def test_evidence_says_simulated_or_register(chapter, tmp_path):
    assert set(chapter.rows["evidence"]) == {"simulated"}
    real = data_quality.evaluate(
        params_of(write_store(tmp_path / "store", sound_cases().drop(columns="month"), simulated=False))
    )
    assert set(real.rows["evidence"]) == {"register"}
    for shown, said in ((chapter, True), (real, False)):
        texts = [show.table(shown, name).languages for name in shown.tables]
        texts += [show.figure(shown, name).languages for name in shown.figures]
        assert all(("simulated" in text["en"]["caption"]) is said for text in texts)
        assert all(("模拟数据" in text["zh"]["caption"]) is said for text in texts)


def test_rows_are_saved_and_read_back(chapter, store, tmp_path, monkeypatch):
    monkeypatch.setenv("LEGALAID_EVAL_WORK", str(tmp_path))
    save(chapter, params_of(store))
    read = results.read(tmp_path / "probe-2024" / "results" / "data_quality.csv")
    assert len(read) == len(chapter.rows) and not read.duplicated(list(results.KEY)).any()


def test_a_register_with_next_to_nothing_still_makes_a_chapter(tmp_path):
    bare = write_store(tmp_path / "store", sound_cases().drop(columns="month").iloc[:0])
    found = data_quality.evaluate(params_of(bare))
    for language in words.LANGUAGES:
        assert "{{" not in str([show.table(found, name).languages[language] for name in found.tables])
        assert show.prose(found, "narrative").languages[language]["html"]
    assert found.figures["completeness"].data.empty
    assert row_of(found, indicator="closed_share")["status"] == "not_evaluable"


def test_units_that_the_register_does_not_know_are_silent_not_absent(store):
    found = data_quality.evaluate(params_of(store, parts=["Probe A", "Nowhere"]))
    places = {p.en for p in found.figures["coverage_map"].data["place"]}
    assert {"Probe A", "Nowhere"} <= places
    assert lines(found, "received")[("cases",)][-1].facts == {"n": 1, "whole": 2}


def test_a_folder_that_is_no_store_is_named(tmp_path):
    with pytest.raises(DataError, match="no store"):
        data_quality.evaluate(params_of(tmp_path))


def test_every_rule_and_table_has_words():
    for language in words.LANGUAGES:
        assert not [rule for rule in RULES if not words.has(f"codes.issue_rule.{rule}", language)]
        assert not [name for name in REGISTER_TABLES if not words.has(f"codes.register_table.{name}", language)]


def test_the_simulated_city_makes_the_whole_chapter(tmp_path):
    simulate(tmp_path / "city", seed=7, scale=0.1, data_as_of=dt.date(2020, 12, 31))
    days = {"period_start": dt.date(2020, 1, 1), "period_end": dt.date(2020, 12, 31)}
    found = data_quality.evaluate(params_of(tmp_path / "city", place="Demo City", **days))
    assert set(found.rows["evidence"]) == {"simulated"}
    assert len(lines(found, "coverage")) == 12
    assert 3 <= len(found.prose["narrative"].messages) <= 6
    shown = [show.figure(found, name) for name in found.figures]
    assert all("simulated" in texts.languages["en"]["alt"] and texts.languages["zh"]["svg"] for texts in shown)
