"""The whole chapter on processing time: on the simulated city, and on registers that do not hold much."""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from legalaid_eval import results
from legalaid_eval.chapters import front_register, processing_effects, processing_time
from legalaid_eval.chapters.processing_companions import PERCENT, Sources, checks_of, fixed_mix, without_remainder
from legalaid_eval.chapters.processing_panels import outcome_panel
from legalaid_eval.chapters.reform_results import GroupEffect
from legalaid_eval.content import Chapter, Label
from legalaid_eval.errors import UsageError
from legalaid_eval.indicators.processing_time import MEASURES
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.report import show, tables, words

STORE = Path(__file__).parents[2] / "data/sample/store"
ANSWER = "effect:decision_days"
LEAST = 5


def params_of(store: Path = STORE, **changed: object) -> SimpleNamespace:
    plain = {"report_id": "probe", "place": "Demo City", "parts": [], "store": str(store), "min_cell": LEAST}
    plain |= {"period_start": dt.date(2025, 1, 1), "period_end": dt.date(2025, 12, 31), "conf_level": 0.95, "seed": 1}
    plain |= {"data_as_of": dt.date(2025, 12, 31), "reads_published": False}
    return SimpleNamespace(**plain | {"pledge_rule": "", "reform_kinds": [], "time_horizon": 15} | changed)


@pytest.fixture(scope="module")
def chapter() -> Chapter:
    return processing_time.evaluate(params_of())


def answers(found: Chapter) -> pd.DataFrame:
    """The answers on the headline outcome, by reform or bundle."""
    rows = found.rows[(found.rows["indicator"] == ANSWER) & found.rows["group"].str.endswith(":all")]
    return rows[rows["verdict"].ne("") & ~rows["method"].str.startswith("check:")].set_index("group")


def everything_said(found: Chapter, language: str) -> str:
    """All sentences, tables and captions of a chapter in one language; each must be made without a missing fact."""
    prose = [words.sentence(m, language) for text in found.prose.values() if text for m in text.messages]
    tabled = [tables.caption(t, language) + tables.render(t, language) for t in found.tables.values() if t]
    shown = [show.figure(found, name, languages=(language,)) for name in found.figures]
    pictures = [texts["caption"] + texts["alt"] for each in shown if each for texts in each.languages.values()]
    return " ".join((*prose, *tabled, *pictures))


def test_the_truth_of_the_simulated_city_lies_within_the_intervals(chapter):
    truth = yaml.safe_load((STORE / "truth.yaml").read_text(encoding="utf-8"))
    known = {kind: found["estimands"] for kind, found in truth["reforms"].items()}
    known |= {"+".join(both["reforms"]): both["together"] for both in truth["confounded"] if both["inseparable"]}
    told, found = 0, answers(chapter)
    for name, estimands in known.items():
        if f"{name}:all" in found.index and "decision_rmst" in estimands:
            row = found.loc[f"{name}:all"]
            if row["status"] == "ok":
                assert row["ci_low"] <= estimands["decision_rmst"]["value"] <= row["ci_high"], name
                told += 1
    assert told == 5


def test_reforms_that_began_together_have_one_effect_and_none_alone(chapter):
    found = answers(chapter)
    for alone in ("means_waiver", "commitment"):
        assert found.at[f"{alone}:all", "verdict"] == "cannot_be_told_apart"
        assert pd.isna(found.at[f"{alone}:all", "estimate"])
    assert found.at["means_waiver+commitment:all", "status"] == "ok"


def test_rows_are_simulated_have_units_and_no_small_count(chapter):
    rows = chapter.rows
    assert not rows.duplicated(list(results.KEY)).any()
    assert set(rows["evidence"]) == {"simulated"} and (rows["unit"] != "").all()
    assert not [n for n in rows["n"] if n is not None and 0 < n < LEAST]
    within = rows.dropna(subset=["ci_low", "ci_high", "estimate"])
    assert len(within) > 300 and (within["ci_low"] <= within["estimate"]).all()
    assert (within["estimate"] <= within["ci_high"]).all()


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_has_words_and_says_simulated(chapter, language):
    said = everything_said(chapter, language)
    assert "None" not in said and "nan" not in said
    mark = {"zh": "模拟", "en": "simulated"}[language]
    captions = [tables.caption(table, language) for table in chapter.tables.values()]
    assert all(mark in caption for caption in captions)


def test_the_front_page_calls_established_only_what_holds_among_all(chapter):
    found = front_register.sentences(chapter.rows, "Demo City", lambda place: Label(place, place))
    said = {part: [words.sentence(m, "en") for m in messages] for part, messages in found.items()}
    alone, given = (answers(chapter)["note"].str.contains(why) for why in ("only_alone", "effects_must_add_up"))
    established = answers(chapter)["verdict"].eq("improved") & ~alone & ~given
    assert sum("became shorter" in text for text in said["sayable"]) == established.sum()
    assert given.any() and any("only if the effects of several reforms add up" in text for text in said["unclear"])
    assert alone.any() and sum("only if looked at by itself" in text for text in said["unclear"]) == alone.sum()
    assert said["missing"] == []


def test_groups_with_few_cases_are_named_without_a_number(chapter):
    rows = chapter.rows[chapter.rows["note"] == "few_cases"]
    assert len(rows) and rows["n"].isna().all() and rows["estimate"].isna().all()


@pytest.fixture(scope="module")
def young(tmp_path_factory) -> Path:
    """Three years of the simulated city without any reform."""
    path = tmp_path_factory.mktemp("young") / "city"
    simulate(path, seed=7, scale=0.1, reform="none", data_as_of=dt.date(2020, 12, 31))
    return path


def test_without_a_reform_the_chapter_describes_and_claims_nothing(young):
    days = {"period_start": dt.date(2020, 1, 1), "period_end": dt.date(2020, 12, 31)}
    found = processing_time.evaluate(params_of(young, data_as_of=dt.date(2020, 12, 31), **days))
    assert not found.rows["indicator"].str.startswith("effect:").any()
    assert (found.rows["indicator"] == "TM01").any() and not found.tables["effects"].rows
    assert found.figures["effect_event_study"] is None and found.figures["stage_survival"] is not None
    assert "claims no effect" in everything_said(found, "en")
    told = front_register.sentences(found.rows, "Demo City", lambda place: Label(place, place))
    assert any(message.key == "summary.times.no_dates" for message in told["missing"])


def two_counties(path: Path, counties: tuple[str, ...] = ("a", "b")) -> Path:
    """Forty months of two counties; in one of them decisions take a day instead of four from the twentieth on."""
    months = [np.datetime64("2021-01") + number for number in range(40)]
    lines = []
    for county in counties:
        for at, month in enumerate(months):
            for number in range(8):
                applied = np.datetime64(f"{month}-03") + number
                took = (1 if county == "a" and at >= 20 else 4) + number % 3
                lines.append((f"{county}{at}-{number}", county, applied, applied + took))
    frame = pd.DataFrame(lines, columns=["case_no", "county", "applied_on", "decided_on"])
    columns = {name: frame[name].to_numpy() for name in frame}
    columns |= {name: frame[name].to_numpy().astype("datetime64[D]") for name in ("applied_on", "decided_on")}
    columns |= {"case_type": ["civil"] * len(frame), "decision": ["granted"] * len(frame)}
    with StoreWriter(path, simulated=False, data_as_of=dt.date(2024, 6, 30)) as writer:
        writer.append("cases", columns | {"status": ["open"] * len(frame)})
        places = [
            ("city", "City", "市", "city", ""),
            ("a", "A", "甲县", "county", "city"),
            ("b", "B", "乙县", "county", "city"),
        ]
        places = places if len(counties) > 1 else [("a", "A", "甲县", "county", "")]
        names = ("code", "place", "name_zh", "level", "parent")
        parts = {name: [line[at] for line in places] for at, name in enumerate(names)}
        writer.append("places", parts | {"name_en": [line[1] for line in places]})
        reforms = {
            "kind": ["one_day_review"],
            "place": ["A"],
            "effective_on": np.array(["2022-09-01"], "datetime64[D]"),
        }
        writer.append("reforms", reforms)
    return path


YEAR = {"period_start": dt.date(2023, 1, 1), "period_end": dt.date(2023, 12, 31), "data_as_of": dt.date(2024, 6, 30)}


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> Path:
    return two_counties(tmp_path_factory.mktemp("pair") / "store")


def test_of_two_counties_nothing_is_established_however_clear_the_change(pair):
    found = processing_time.evaluate(params_of(pair, place="City", **YEAR))
    row = answers(found).loc["one_day_review:all"]
    assert row["verdict"] == "not_established" and "interrupted_series_only" in row["note"]
    assert row["estimate"] < -1.5 and row["ci_high"] < 0
    assert found.figures["effect_series"] is not None and found.figures["effect_places"] is None
    assert set(found.rows["evidence"]) == {"register"}
    for language in words.LANGUAGES:
        assert "None" not in everything_said(found, language)


def test_a_countys_report_tells_its_own_series_apart_from_the_whole(pair):
    found = processing_time.evaluate(params_of(pair, place="A", **YEAR))
    said = [words.sentence(message, "en") for message in found.prose["effects_own"].messages]
    assert "not its own effect" in said[-1] and "City as a whole" in said[-1]
    own = answers(found)
    assert set(own["place"]) == {"A", "City"}
    other = processing_time.evaluate(params_of(pair, place="B", **YEAR))
    assert other.prose["effects_own"].messages[0].key == "processing_report.own_none"


def test_a_register_of_a_single_county_is_told_once(tmp_path):
    found = processing_time.evaluate(params_of(two_counties(tmp_path / "store", ("a",)), place="A", **YEAR))
    assert set(found.rows["place"]) == {"A"} and found.prose["effects_own"] is None
    assert answers(found).loc["one_day_review:all", "verdict"] == "not_established"
    assert found.rows["method"].eq("open_at_cutoff").any()  # of the whole store alone, and this is it
    for language in words.LANGUAGES:
        assert "None" not in everything_said(found, language)


def test_a_misspelt_kind_of_reform_is_named(pair):
    with pytest.raises(UsageError, match="did you mean 'one_day_review'"):
        processing_time.evaluate(params_of(pair, place="City", reform_kinds=["one_day_revew"], **YEAR))


def test_only_the_kinds_asked_for_are_evaluated_and_the_horizon_is_the_one_asked_for(pair):
    outcomes = processing_effects.outcomes_of(str(pair), horizon=2)
    asked = processing_effects.Asked(("green_lane",), horizon=2)
    effects = processing_effects.effects_of(outcomes, asked)
    assert [(effect.reforms, effect.verdict) for effect in effects.headline] == [(("green_lane",), "described_only")]
    assert effects.headline[0].panel.frame["value"].max() <= 2


def cells_of(lines: list[tuple[object, ...]], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=["county", "month", "case_type", "duration", "n"])
    return frame.assign(event=True, channel="window", **more)


def test_a_fixed_mix_takes_out_what_the_mix_alone_did():
    """Civil cases take 2 days and criminal ones 6 throughout; only their numbers change."""
    lines = [("a", "2020-01", "civil", 2, 30), ("a", "2020-01", "criminal", 6, 10)]
    lines += [("a", "2020-02", "civil", 2, 20), ("a", "2020-02", "criminal", 6, 20)]
    sources = Sources(MEASURES[0], cells_of(lines), cells_of([]), cells_of([]))
    plain = outcome_panel(sources.cells, sources.measure, period="month").frame["value"]
    assert plain.tolist() == pytest.approx([3.0, 4.0])
    assert fixed_mix(sources, "month").frame["value"].tolist() == pytest.approx([3.5, 3.5])


def test_shares_of_the_mix_have_the_variance_of_the_places_whole_share():
    lines = [("a", "2020-01", "civil", 2, 30), ("a", "2020-01", "criminal", 6, 10), ("a", "2020-02", "civil", 2, 40)]
    found = checks_of(Sources(MEASURES[0], cells_of(lines), cells_of([], recipient_group=[]), cells_of([])), "month")
    frame = found.mix["case_type=criminal"].frame
    share = 10.5 / 81
    assert frame["value"].tolist() == [25.0, 0.0]
    assert frame["variance"].tolist() == pytest.approx([PERCENT**2 * share * (1 - share) / 40] * 2)


def test_a_small_remainder_hides_the_smallest_group_beside_it():
    estimate = object()
    groups = [GroupEffect("case_type", name, estimate, None, n) for name, n in (("civil", 90), ("criminal", 60))]
    assert [g.group for g in without_remainder(groups, total=153, least=5)] == ["civil"]
    assert len(without_remainder(groups, total=155, least=5)) == 2
    assert len(without_remainder(groups, total=150, least=5)) == 2
