"""The chapter on caseload: what came, why, and who stands out; and registers that do not hold much."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from legalaid_eval import results
from legalaid_eval.chapters import caseload, front_register
from legalaid_eval.chapters.caseload_change import changes
from legalaid_eval.chapters.caseload_compare import compared
from legalaid_eval.chapters.caseload_explain import Explained, explained, with_terms
from legalaid_eval.chapters.caseload_figures import level
from legalaid_eval.chapters.caseload_findings import Told, told_of
from legalaid_eval.content import Chapter, Label
from legalaid_eval.errors import DataError
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.report import figures, show, tables, words
from tests.caseload_decision import decide_on_caseload_alone

STORE = Path(__file__).parents[2] / "data/sample/store"
LEAST = 5
OUTLOOK = {"forecast_months": 12, "scenario_months": 24, "staff_change": -0.1, "demand_shock": 0.2, "wanted_wait": 10}
YEAR = {"period_start": dt.date(2023, 1, 1), "period_end": dt.date(2023, 12, 31), "data_as_of": dt.date(2023, 12, 31)}


def params_of(store: Path = STORE, **changed: object) -> SimpleNamespace:
    plain = {"report_id": "probe", "place": "Demo City", "parts": [], "store": str(store), "min_cell": LEAST}
    plain |= {"period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31), "conf_level": 0.95, "seed": 1}
    plain |= {"data_as_of": dt.date(2025, 12, 31), "reads_published": False, "pledge_rule": "", "reform_kinds": []}
    return SimpleNamespace(**plain | OUTLOOK | changed)


@pytest.fixture(scope="module")
def told() -> Told:
    with pytest.MonkeyPatch.context() as patch:
        decide_on_caseload_alone(patch)
        return told_of(params_of())


@pytest.fixture(scope="module")
def chapter(told) -> Chapter:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(caseload, "told_of", lambda params: told if params == told.params else told_of(params))
        return caseload.evaluate(params_of())


@pytest.fixture(scope="module")
def said(chapter) -> dict[str, str]:
    return {language: everything_said(chapter, language) for language in words.LANGUAGES}


@pytest.fixture(scope="module")
def model(told) -> Explained:
    return explained(told)


def rows_of(found: Chapter, indicator: str, group: str, **wanted: object) -> pd.DataFrame:
    rows = found.rows[(found.rows["indicator"] == indicator) & (found.rows["group"] == group)]
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return rows


def everything_said(found: Chapter, language: str) -> str:
    """All sentences, tables and captions in one language, pictures drawn; each must be made without a missing fact."""
    prose = [words.sentence(m, language) for text in found.prose.values() if text for m in text.messages]
    tabled = [tables.caption(t, language) + tables.render(t, language) for t in found.tables.values() if t]
    shown = [show.figure(found, name, languages=(language,)) for name in found.figures]
    pictures = [texts["caption"] + texts["alt"] for each in shown if each for texts in each.languages.values()]
    return " ".join((*prose, *tabled, *pictures))


# On the sample register.


def test_rows_have_units_and_keys_of_their_own_and_no_small_count(chapter):
    rows = chapter.rows
    assert not rows.duplicated(list(results.KEY)).any() and set(rows["evidence"]) == {"simulated"}
    assert (rows["unit"] != "").all()
    counted = rows[(rows["method"] == "count") & rows["unit"].isin(("case", "person")) & rows["estimate"].notna()]
    assert len(counted) > 150 and not [n for n in counted["estimate"] if 0 < abs(n) < LEAST]
    assert {"CL01", "CL13", "AC06", "TN05"} <= set(rows["indicator"])


def test_the_account_of_the_stock_is_told_and_its_fault_named(chapter, said):
    year = {"place": "Demo City", "period_start": dt.date(2025, 1, 1), "method": "count"}
    parts = {
        g: rows_of(chapter, "CL07", g, **year)["estimate"].item() for g in ("pending_start", "entered", "pending_end")
    }
    ends = [
        rows_of(chapter, "CL07", g, **year)["estimate"].item() for g in ("closed", "terminated", "refused", "withdrawn")
    ]
    assert parts["pending_start"] + parts["entered"] - sum(ends) == parts["pending_end"]
    assert rows_of(chapter, "CL07", "account_difference", **year)["status"].item() == "contradicted"
    assert "nothing was repaired" in said["en"]


def test_parts_of_a_change_add_up_to_it(chapter, told):
    for name in ("taken_on", "granted"):
        rows = chapter.rows[chapter.rows["indicator"] == f"change:{name}"].set_index("group")["estimate"].astype(float)
        assert rows[["volume", "mix", "rate"]].sum() == pytest.approx(rows["total"], abs=1e-6)
    taken_on = next(each for each in changes(told) if each.name == "taken_on")
    residents = {code: told.register.residents[code] for code in told.places}
    shares = [told.line("CL02", "taken_on", code)["value"] / n for code, n in residents.items()]
    then = [told.line("CL02", "taken_on", code, before=True)["value"] / n for code, n in residents.items()]
    expected = sum((a - b) * n for a, b, n in zip(shares, then, residents.values(), strict=True))
    assert taken_on.effects == pytest.approx((0, 0, expected), abs=1e-6) and taken_on.steady


def test_the_truth_of_the_simulated_city_lies_within_the_terms_intervals(model):
    truth = yaml.safe_load((STORE / "truth.yaml").read_text(encoding="utf-8"))["reforms"]
    known = {kind: found["estimands"].get("applications") for kind, found in truth.items()}
    ratio = {kind: found["value"] for kind, found in known.items() if found}
    terms = {term.name: term.percent for term in model.terms}
    checked = 0
    for name, percent in terms.items():
        kinds = name.split("+")
        if all(kind in ratio for kind in kinds):
            value = 100 * (np.prod([ratio[kind] for kind in kinds]) - 1)
            assert percent.ci_low <= value <= percent.ci_high, name
            checked += 1
    assert checked >= 2 and terms["festival_weeks"].ci_high < 0


def test_counties_are_compared_without_a_rank_and_hidden_ones_are_named(chapter, told):
    found = compared(told, "approval")
    hidden = {code for code in told.places if told.line("CL03", "approval", code)["status"] == "suppressed"}
    assert set(found.missing) == hidden and hidden and len(found.rows) + len(hidden) == len(told.places)
    assert list(found.rows["code"]) == sorted(found.rows["code"])
    assert found.funnel.expected_outside[0.95] == pytest.approx(0.05 * len(found.rows))
    pooled = found.rows["estimate"].astype(float)
    assert pooled.std() < found.rows["value"].astype(float).std()


def test_the_drawn_level_is_the_shown_count_and_the_fit_the_sum_of_counties(told, model):
    data = level(told, model).data
    shown = told.seen.shown.set_index("month")["n"]
    assert data.set_index("month")["value"].dropna().eq(shown.astype(float)).all()
    assert data["fitted"].sum() == pytest.approx(float(told.seen.came["n"].sum()), rel=0.02)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_has_words_and_says_simulated(chapter, said, language):
    assert "None" not in said[language] and "nan" not in said[language]
    mark = {"zh": "模拟", "en": "simulated"}[language]
    captions = [tables.caption(table, language) for table in chapter.tables.values()]
    assert all(mark in caption for caption in captions)


def test_the_front_page_says_how_many_and_what_the_target_is_worth(chapter):
    found = front_register.sentences(chapter.rows, "Demo City", lambda place: Label(place, place))
    said = {part: " ".join(words.sentence(m, "en") for m in messages) for part, messages in found.items()}
    now = sum(
        rows_of(chapter, "CL01", group, place="Demo City", period_start=dt.date(2025, 1, 1))["estimate"].iloc[0]
        for group in ("applications", "notified")
    )
    assert f"{int(now):,} cases came in" in said["sayable"] and "95% interval" in said["sayable"]
    assert "says nothing about the work" in said["unclear"] and "defender" in said["missing"]
    assert "no evidence of an effect" in said["limits"] and "differ" in said["wrong"]


# On registers that hold little.


def small(path: Path, counties: str = "ab", months: int = 36, *, places: bool = True, silent: int = -1) -> Path:
    """Twelve cases a county and month from January 2021, closed after fifteen days; `silent` is a month of county a."""
    lines = []
    for county in counties:
        for at in range(months):
            for number in range(0 if county == "a" and at == silent else 12):
                applied = np.datetime64(np.datetime64("2021-01") + at, "D") + number
                lines.append((f"{county}{at}-{number}", county, applied, "civil" if number % 2 else "criminal"))
    frame = pd.DataFrame(lines, columns=["case_no", "county", "applied_on", "case_type"])
    days = frame["applied_on"].to_numpy().astype("datetime64[D]")
    end = np.datetime64(np.datetime64("2021-01") + months, "D") - 1
    closed = np.where(days + 15 <= end, days + 15, np.datetime64("NaT"))
    columns = {name: frame[name].to_numpy() for name in ("case_no", "county", "case_type")}
    columns |= {
        "applied_on": days,
        "accepted_on": days,
        "decided_on": days,
        "closed_on": closed.astype("datetime64[D]"),
    }
    columns |= {"decision": ["granted"] * len(frame), "status": np.where(np.isnat(closed), "open", "closed")}
    with StoreWriter(path, simulated=False, data_as_of=end.astype(object)) as writer:
        writer.append("cases", columns)
        if places:
            codes = [*(["city"] if len(counties) > 1 else []), *counties]
            parent = ["" if code == "city" or len(counties) == 1 else "city" for code in codes]
            names = [code.upper() if code != "city" else "City" for code in codes]
            level_ = ["city" if code == "city" else "county" for code in codes]
            columns = {"code": codes, "place": names, "name_zh": names, "name_en": names, "level": level_}
            writer.append("places", columns | {"parent": parent})
    return path


@pytest.fixture
def alone(monkeypatch):
    decide_on_caseload_alone(monkeypatch)


def assert_told(found: Chapter, *, drawn: tuple[str, ...] = ()) -> str:
    """All words of both languages; pictures only in the languages `drawn`."""
    said = {}
    for language in words.LANGUAGES:
        with pytest.MonkeyPatch.context() as patch:
            if language not in drawn:
                patch.setattr(figures, "draw", lambda *_: "")
            said[language] = everything_said(found, language)
    assert all("None" not in text and "nan" not in text for text in said.values())
    assert set(found.rows["evidence"]) <= {"register"}
    return said["en"]


@pytest.mark.usefixtures("alone")
def test_a_small_register_without_targets_residents_or_consultations(tmp_path):
    found = caseload.evaluate(params_of(small(tmp_path / "s"), place="City", **YEAR))
    said = assert_told(found, drawn=("en",))
    notes = found.rows.set_index(["indicator", "group", "place"])["note"]
    notes = notes[~notes.index.duplicated()]
    assert notes["TN01", "cases", "City"] == "target_missing"
    assert notes["CL13", "per_10000", "City"] == "population_missing"
    assert notes["CL10", "call", "City"] == "table_missing"
    assert rows_of(found, "CL02", "taken_on", place="City", method="count")["estimate"].tolist() == [288, 288]
    assert "the residents are not recorded" in said and "too few counties with numbers that may be shown" in said
    terms = {kind: rows_of(found, "model:came", kind)["note"].item() for kind in ("miniprogram", "commitment")}
    assert set(terms.values()) == {"no_date"}


@pytest.mark.usefixtures("alone")
def test_a_register_of_one_county_has_one_series_and_no_comparison(tmp_path):
    found = caseload.evaluate(params_of(small(tmp_path / "s", "a"), place="A", **YEAR))
    said = assert_told(found, drawn=("en",))
    assert set(found.rows["place"]) == {"A"} and "independent and are too narrow" in said
    assert not found.tables["caseload_places"].rows and "none to set beside it" in said


@pytest.mark.usefixtures("alone")
def test_a_register_of_one_year_has_no_year_before_and_no_model(tmp_path):
    year = {name: day.replace(year=2021) for name, day in YEAR.items()}
    found = caseload.evaluate(params_of(small(tmp_path / "s", months=12), place="City", **year))
    said = assert_told(found, drawn=("en",))
    assert "do not hold a whole one" in said and "fewer than two years of months" in said
    assert rows_of(found, "change:taken_on", "total")["note"].item() == "no_year_before"
    assert rows_of(found, "CL07", "pending_end", place="City")["note"].item() == "opening_stock_incomplete"


@pytest.mark.usefixtures("alone")
def test_a_period_not_yet_over_is_not_set_against_a_whole_year(tmp_path):
    store = small(tmp_path / "s", months=30)
    found = caseload.evaluate(params_of(store, place="City", **YEAR | {"data_as_of": dt.date(2023, 6, 30)}))
    said = assert_told(found)
    assert "The period was not over then" in said
    assert rows_of(found, "CL02", "taken_on", place="City", method="count")["estimate"].tolist() == [144]
    assert rows_of(found, "change:taken_on", "total")["note"].item() == "no_year_before"


@pytest.mark.usefixtures("alone")
def test_a_silent_county_is_missing_and_named(tmp_path):
    found = caseload.evaluate(params_of(small(tmp_path / "s", silent=30), place="City", **YEAR))
    assert "Missing months: A 2023-07" in assert_told(found)
    assert (
        rows_of(found, "CL02", "taken_on", place="A", period_start=YEAR["period_start"])["note"].item()
        == "months_missing"
    )


@pytest.mark.usefixtures("alone")
def test_a_store_without_places_is_told(tmp_path):
    assert_told(caseload.evaluate(params_of(small(tmp_path / "bare", places=False), place="City", **YEAR)))


def test_an_empty_store_is_told_and_none_is_an_error(tmp_path):
    with StoreWriter(tmp_path / "none", simulated=False, data_as_of=dt.date(2023, 12, 31)) as writer:
        writer.append(
            "places", {"code": ["a"], "place": ["A"], "level": ["county"], "name_zh": ["甲"], "name_en": ["A"]}
        )
    assert_told(caseload.evaluate(params_of(tmp_path / "none", place="A", **YEAR)))
    with pytest.raises(DataError):
        caseload.evaluate(params_of(tmp_path / "nowhere"))


def test_reforms_in_force_in_the_same_months_are_one_term():
    months = [f"2021-{month:02d}" for month in range(1, 13)]
    cells = pd.DataFrame([(c, m, 9) for c in "ab" for m in months], columns=["county", "month", "n"])
    starts = {
        "commitment": {"a": "2021-05"},
        "means_waiver": {"a": "2021-05"},
        "green_lane": {"a": "2020-01", "b": "2020-01"},
    }
    events = pd.DataFrame({"county": ["a"], "month": ["2021-03"], "n": [2]})
    found, left = with_terms(cells, events, starts)
    assert found.loc[found["county"] == "a", "means_waiver+commitment"].tolist() == [0.0] * 4 + [1.0] * 8
    assert left["green_lane"] == "never_changes" and left["miniprogram"] == "no_date"
    assert found["sessions"].sum() == 2 and found["festival_weeks"].sum() == pytest.approx(2 * 2)
