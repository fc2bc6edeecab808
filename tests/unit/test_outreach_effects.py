"""What outreach changed, on simulated surveys and counts whose truth is planted, and how it is told."""

from dataclasses import replace
from datetime import date
from math import exp, log
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import AwarenessSurvey
from legalaid_eval.chapters import outreach_effect_prose as prose
from legalaid_eval.chapters import outreach_effects
from legalaid_eval.chapters.awareness_panels import NO_SURVEY, SAME_SHIFT, WavePanel, store_near_ceiling
from legalaid_eval.chapters.effect_prose import Telling
from legalaid_eval.chapters.outreach_bridge import bridge_tests
from legalaid_eval.chapters.outreach_effects import effects_of
from legalaid_eval.chapters.outreach_estimates import (
    FEW_ANSWERS,
    NO_DATE,
    NOT_ASKED,
    NOTHING_TO_COMPARE,
    OutreachEffects,
)
from legalaid_eval.chapters.outreach_use import as_percent, fitting_panel, percent_of, use_panel
from legalaid_eval.chapters.reform_effect import Reforms, reform_effects
from legalaid_eval.chapters.reform_results import VERDICTS
from legalaid_eval.content import Code, Label, Message
from legalaid_eval.indicators.outreach import USE
from legalaid_eval.report import figures, narrative, tables, words

LANGUAGES = ("zh", "en")
OUTREACH = "targeted_outreach"
COUNTIES = tuple("ABCDEFGH")
WAVES = {wave: f"{2021 + (wave - 1) // 2}-{'05' if wave % 2 else '11'}" for wave in range(1, 9)}
STARTS = {OUTREACH: {"A": "2022-07", "B": "2022-10", "C": "2023-01", "D": "2023-01"}}
MONTHS = [f"{year}-{month:02d}" for year in range(2020, 2025) for month in range(1, 13)]
APPLICATIONS, CONSULTATIONS, NOTIFIED = USE
LIFT, RISE = 12.0, 20.0
ASKED = 402
TELLING = Telling(lambda key: Label(f"{key}县", f"{key} County"), 0.95, simulated=True)


def treated(county: str, month: str) -> bool:
    return month >= STARTS[OUTREACH].get(county, "9999")


def a_survey(lift: float = LIFT, *, turn: int = 9, shift: float = 0.0, counties=COUNTIES, seed: int = 1):
    """402 answers a county and wave in two townships: half have heard of it, `lift` points more with outreach; from
    wave `turn` on the question is unprompted, which takes `shift` points off. Some know where to apply, always as many.
    """
    rng, rows = np.random.default_rng(seed), []
    for wave, month in WAVES.items():
        moved = rng.normal(0, 2)
        for at, county in enumerate(counties):
            share = 55 + at + moved + rng.normal(0, 1) + lift * treated(county, month) - shift * (wave >= turn)
            for town, segment in ((f"{county}1", "elderly"), (f"{county}2", "woman")):
                yes, where = round(ASKED / 2 * share / 100), 40 + rng.integers(-3, 4)
                for heard, knows, n in ((1.0, 1.0, where), (1.0, 0.0, yes - where), (0.0, 0.0, ASKED // 2 - yes)):
                    head = (county, town, segment, "phone", wave, "unprompted" if wave >= turn else "prompted")
                    rows.append((*head, county, town, 1.0, heard, heard, heard, knows, 2 * heard + knows, n))
    design = "county town segment mode wave wording stratum psu weight".split()
    columns = [*design, "heard_of", "knows_free", "knows_who", "knows_where", "depth", "n"]
    days = pd.to_datetime([f"{month}-01" for month in WAVES.values()])
    waves = pd.DataFrame({"wave": list(WAVES), "month": list(WAVES.values()), "first_on": days, "last_on": days})
    return AwarenessSurvey(pd.DataFrame(rows, columns=columns), waves, 5)


def with_answers(**values: object) -> AwarenessSurvey:
    survey = a_survey()
    return replace(survey, answers=survey.answers.assign(**values))


def asked_both_ways(survey: AwarenessSurvey, *, wave: int = 5, shift: float = 15.0) -> AwarenessSurvey:
    """One wave was asked unprompted too, which takes about `shift` points off in every county."""
    rng, asked = np.random.default_rng(4), survey.answers[survey.answers["wave"] == wave]
    moved = {county: round(ASKED / 2 * (shift + rng.normal(0, 2)) / 100) for county in COUNTIES}
    sign = np.where(asked["heard_of"] == 0, 1, np.where(asked["knows_where"] == 0, -1, 0))
    other = asked.assign(wording="unprompted", n=asked["n"] + sign * asked["county"].map(moved))
    return replace(survey, answers=pd.concat([survey.answers, other], ignore_index=True))


def with_gaps(survey: AwarenessSurvey) -> AwarenessSurvey:
    """Every county was left out of one wave, each of another."""
    left_out = dict(zip(COUNTIES, WAVES, strict=True))
    return replace(survey, answers=survey.answers[survey.answers["wave"] != survey.answers["county"].map(left_out)])


def counts(rise: float = 0.0, *, level: float = 300.0, seed: int = 2, counties=COUNTIES) -> pd.DataFrame:
    """Poisson counts by county and month, `rise` percent more of them once outreach began."""
    rng = np.random.default_rng(seed)
    cells = [(at, county, month) for at, county in enumerate(counties) for month in MONTHS]
    means = [(c, m, level * (1 + at / 4) * (1 + rise / 100 * treated(c, m))) for at, c, m in cells]
    frame = pd.DataFrame(means, columns=["county", "month", "mean"])
    return frame.assign(n=pd.array(rng.poisson(frame["mean"]), dtype="Int64")).drop(columns="mean")


def a_told(*, survey=None, bridge: str = "", kinds=(), starts=STARTS, placebo: float | None = 0.0, counties=COUNTIES):
    """Without counts of what people do where `placebo`, the percent that outreach adds to notices, is None."""
    params = SimpleNamespace(
        reform_kinds=list(kinds), wording_bridge=bridge, conf_level=0.95, seed=3, min_cell=5, report_id="r",
        place="City", period_start=date(2024, 1, 1), period_end=date(2024, 12, 31),
    )  # fmt: skip
    rises = {"applications": 0.0, "consultations": RISE, "notified": placebo or 0.0}
    use = {key: counts(rise, seed=at, counties=counties) for at, (key, rise) in enumerate(rises.items(), 2)}
    if placebo is None:
        use = {key: panel.iloc[:0] for key, panel in use.items()}
    survey = a_survey(counties=counties) if survey is None else survey
    seen = SimpleNamespace(survey=survey, use=use, starts=starts, meta=SimpleNamespace(evidence="simulated"))
    return SimpleNamespace(params=params, seen=seen)


@pytest.fixture(scope="module")
def found() -> OutreachEffects:
    return effects_of(a_told())


@pytest.fixture(scope="module")
def bridged() -> OutreachEffects:
    return effects_of(a_told(survey=asked_both_ways(a_survey(turn=6, shift=15.0)), bridge=SAME_SHIFT))


def said(messages, language: str = "en") -> str:
    return " ".join(words.sentence(message, language) for message in messages)


def one(effects, key: str):
    return next(effect for effect in effects if effect.outcome.key == key)


def test_planted_effects_are_within_their_intervals_and_none_is_called_none(found):
    (headline,) = found.headline
    assert headline.verdict == "improved" and headline.estimate.ci_low < LIFT < headline.estimate.ci_high
    consultations, applications, notified = (one(found.use, measure.key) for measure in (USE[1], USE[0], USE[2]))
    assert consultations.verdict == "improved" and consultations.estimate.ci_low < RISE < consultations.estimate.ci_high
    assert applications.verdict == "no_effect_found" and applications.smallest_detectable < 10
    assert applications.estimate.ci_low < 0 < applications.estimate.ci_high
    assert prose.placebo_state(notified) == "still"
    none = effects_of(a_told(survey=a_survey(0.0), placebo=None)).headline[0]
    assert none.verdict == "no_effect_found" and none.smallest_detectable < 5
    assert {check.name for check in headline.checks}.isdisjoint({"horizon_sensitivity", "placebo_outcomes"})


def test_other_items_move_only_where_they_were_made_to(found):
    assert {effect.outcome.key for effect in found.others} == {"knows_free", "knows_who", "knows_where", "depth"}
    assert one(found.others, "knows_free").verdict == "improved"
    where = one(found.others, "knows_where").estimate
    assert where.ci_low < 0 < where.ci_high and where.ci_high < 3


def test_log_counts_of_whole_periods_and_zero_is_no_value():
    panel = counts().astype({"n": "Int64"})
    panel.loc[(panel["county"] == "A") & (panel["month"] == "2020-05"), "n"] = pd.NA
    quarter = (panel["county"] == "B") & panel["month"].isin(("2021-04", "2021-05", "2021-06"))
    panel.loc[quarter, "n"] = 0
    cells = use_panel(panel, APPLICATIONS).frame.set_index(["place", "month"])
    for missing in (("A", "2020-04"), ("B", "2021-04")):
        assert np.isnan(cells.loc[missing, "value"]) and cells.loc[missing, "n"] == 0
    total = float(panel[(panel["county"] == "B") & panel["month"].between("2021-07", "2021-09")]["n"].sum())
    assert cells.loc[("B", "2021-07"), "value"] == pytest.approx(100 * log(total))
    assert cells.loc[("B", "2021-07"), "variance"] == pytest.approx(1e4 / total)
    assert cells["value"].notna().sum() == 8 * 20 - 2
    assert fitting_panel(panel[panel["county"] == "C"], APPLICATIONS).period == "quarter"
    assert fitting_panel(panel[panel["county"] == "B"], APPLICATIONS).period == "half_year"
    assert fitting_panel(panel.iloc[:0], APPLICATIONS).frame.empty


def test_effects_on_logarithms_are_percent_of_the_count():
    assert percent_of(100 * log(1.5)) == pytest.approx(50) and percent_of(-100 * log(2)) == pytest.approx(-50)
    panel = use_panel(counts(RISE), CONSULTATIONS)
    (logs,) = reform_effects(panel, Reforms(STARTS), draws=0)
    turned = as_percent(logs)
    for name in ("estimate", "ci_low", "ci_high"):
        told = getattr(turned.estimate, name)
        assert told == pytest.approx(100 * (exp(getattr(logs.estimate, name) / 100) - 1))
        for table in ("by_place", "event_study"):
            ends = [getattr(effect, table)[name].iloc[-1] for effect in (logs, turned)]
            assert ends[1] == pytest.approx(100 * (exp(ends[0] / 100) - 1))
    assert turned.estimate.std_error == pytest.approx(logs.estimate.std_error * (1 + turned.estimate.estimate / 100))
    assert turned.smallest_detectable == pytest.approx(100 * (exp(logs.smallest_detectable / 100) - 1))
    assert turned.outcome.relevant == pytest.approx(CONSULTATIONS.relevant)
    assert turned.baseline is None and turned.series is None and turned.interval_p == logs.interval_p
    cr2 = [next(other.estimate for other in effect.beside if other.code == "cr2") for effect in (logs, turned)]
    assert cr2[1].ci_high == pytest.approx(100 * (exp(cr2[0].ci_high / 100) - 1))


@pytest.mark.parametrize(
    ("known", "more", "key", "text"),
    [
        ("improved", "improved", "gain_and_use", "more people know, and more come"),
        ("improved", "no_effect_found", "gain_without_use", "a gain in awareness and no more"),
        ("no_effect_found", "improved", "use_without_gain", "need not come from outreach"),
        ("not_established", "not_established", "neither", "neither that more people know"),
    ],
)
def test_a_gain_without_use_is_said_to_be_one(found, known, more, key, text):
    verdicts = {"consultations": more}
    use = [replace(effect, verdict=verdicts.get(effect.outcome.key, "not_established")) for effect in found.use]
    effects = replace(found, headline=(replace(found.headline[0], verdict=known),), use=tuple(use))
    message, check = prose.use_messages(effects, TELLING)
    assert message.key == f"outreach_effects.use.{key}" and text in said([message])
    smallest = one(found.use, "applications").smallest_detectable
    assert f"a change of {smallest:.1f}% or more would probably have been seen" in said([message])
    assert check.key == "outreach_effects.cannot_move.still" and "as it should" not in said([check])
    unseen = one(found.use, "notified").smallest_detectable
    assert said([check]).count(f"{unseen:.1f}%") == 1 and "a smaller one may have been missed" in said([check])


def test_what_could_have_been_seen_is_told_where_nothing_is_established_only(found):
    for effect in found.use:
        text = said([prose.of_change(effect, "use", TELLING)])
        assert ("would probably have been seen" in text) is (effect.verdict not in ("improved", "worsened"))


def test_a_gain_on_a_condition_is_not_told_without_it(found):
    given = replace(one(found.use, "consultations"), reasons=("effects_must_add_up",))
    effects = replace(found, use=(given,))
    text = said(prose.use_messages(effects, TELLING))
    assert "more come (on a condition, see below)" in text and "rose, if effects add up" in text


def test_what_outreach_cannot_move_warns_if_it_moved():
    nobody = replace(a_survey(), answers=a_survey().answers.iloc[:0])
    effects = effects_of(a_told(survey=nobody, placebo=30.0))
    assert effects.reason == NO_SURVEY and not effects.headline
    alone, warning = prose.use_messages(effects, TELLING)
    assert alone.key == "outreach_effects.use.use_alone" and "A warning" in said([warning])
    moved = one(effects.use, "notified").estimate
    assert moved.ci_low < 30 < moved.ci_high and f"change {moved.estimate:.1f}%" in said([warning])


def test_near_the_ceiling_the_chapter_moves_to_depth():
    effects = effects_of(a_told(placebo=None), near_ceiling=True)
    assert effects.item == "depth" and {effect.outcome.key for effect in effects.headline} == {"depth"}
    assert "heard_of" in {effect.outcome.key for effect in effects.others}
    text = said(prose.narrative(effects, TELLING).messages)
    assert "Hardly anybody has not heard" in text and "It raised the number of three things" in text


def test_wordings_are_joined_by_a_stated_bridge_only(bridged):
    assert bridged.waves.wordings == ("prompted", "unprompted") and len(bridged.waves.waves) == 8
    assert bridged.headline[0].estimate.ci_low < LIFT < bridged.headline[0].estimate.ci_high
    assert {one.wording for one in bridged.apart} == {"prompted", "unprompted"}
    effects = effects_of(a_told(survey=a_survey(turn=6, shift=15.0), placebo=None))
    assert effects.waves.wordings == ("prompted",) and set(effects.headline[0].panel.frame["month"]) == {
        month for wave, month in WAVES.items() if wave < 6
    }
    assert [one.wording for one in effects.apart] == ["unprompted"]
    assert all(effect.panel.frame["month"].nunique() == 5 for effect in effects.others)
    assert "are not joined" in said(prose.narrative(effects, TELLING).messages)


def test_the_bridge_is_tested_by_county_where_a_wave_was_asked_both_ways():
    """Each respondent counts with a weight; a county asked in one wording, and one with too few answers, take no part.
    The difference and its interval are those of statsmodels."""
    rng, rows, moved = np.random.default_rng(6), [], {}
    for county in "ABCDEFG":
        share = {"prompted": rng.integers(50, 90, 2), "unprompted": rng.integers(20, 60, 2)}
        moved[county] = (np.subtract(share["unprompted"], share["prompted"]) * (1, 3)).sum() / 4
        for wording, yes in share.items():
            for weight, n in zip((1.0, 3.0), yes, strict=True):
                rows += [(county, 1, wording, weight, heard, count) for heard, count in ((1.0, n), (0.0, 100 - n))]
    answers = pd.DataFrame(rows, columns="county wave wording weight heard_of n".split()).assign(stratum=None, psu=None)
    answers = answers[(answers["county"] != "G") | (answers["wording"] == "prompted")]
    few = answers[answers["county"] == "A"].assign(county="H", n=lambda each: np.where(each["wording"] > "q", 1, 50))
    early = answers[answers["wording"] == "prompted"].assign(wave=0)
    survey = AwarenessSurvey(pd.concat([answers, few, early]), pd.DataFrame(), 5)
    outcome = SimpleNamespace(key="heard_of", unit="percentage_point")
    waves = WavePanel("heard_of", ("prompted", "unprompted"), SAME_SHIFT, {}, SimpleNamespace(outcome=outcome))
    effect = SimpleNamespace(
        reforms=(OUTREACH,), treated=dict.fromkeys("ABCH", ""), never=tuple("DEFG"), outcome=outcome
    )
    (found,) = bridge_tests(survey, waves, [effect], conf_level=0.9)
    sides = [np.array([moved[county] for county in part]) for part in ("ABC", "DEF")]
    oracle = CompareMeans(*map(DescrStatsW, sides)).tconfint_diff(alpha=0.1, usevar="unequal")
    assert (found.treated, found.never, found.wave) == (
        pytest.approx(sides[0].mean()),
        pytest.approx(sides[1].mean()),
        1,
    )
    assert found.difference.estimate == pytest.approx(sides[0].mean() - sides[1].mean())
    assert (found.difference.ci_low, found.difference.ci_high) == pytest.approx(oracle)
    alone = SimpleNamespace(**vars(effect) | {"never": ("D",)})
    assert bridge_tests(survey, waves, [alone], conf_level=0.9) == ()
    assert bridge_tests(replace(survey, answers=early), waves, [effect], conf_level=0.9) == ()


def test_a_bridge_is_told_with_what_the_data_say_of_it(bridged):
    check, (test,) = bridged.bridge_check, bridged.bridges
    assert check.ci_low < 0 < check.ci_high and test.never == pytest.approx(-15, abs=3)
    text = said(prose.narrative(bridged, TELLING).messages)
    assert f"{test.treated:.1f} percentage points on average in counties with".replace("-", "−") in text
    assert f"{check.ci_high:.1f} percentage points)" in text and "test it only partly" in text
    made = results.make(outreach_effects.rows(bridged, a_told()))
    row = made[made["indicator"] == "bridge:heard_of"].iloc[0]
    assert (row["method"], row["status"], str(row["period_end"])) == ("welch_t", "ok", "2023-05-01")
    assert row["estimate"] == pytest.approx(check.estimate)


@pytest.mark.parametrize("apart", [True, False])
def test_a_bridge_that_nothing_tests_is_said_to_be_one(bridged, apart):
    untested = replace(bridged, bridges=(), apart=bridged.apart if apart else ())
    text = said(prose.narrative(untested, TELLING).messages)
    assert "nothing in the data tests it" in text and ("each wording by itself" in text) is apart
    assert untested.bridge_check is None
    made = results.make(outreach_effects.rows(untested, a_told()))
    assert made.loc[made["indicator"] == "bridge:heard_of", "note"].tolist() == ["no_wave_in_both_wordings"]


def test_overlapping_intervals_of_segments_are_no_answer(found):
    text = said(prose.narrative(found, TELLING).messages)
    assert "overlap, which alone does not tell for which" in text


def test_the_ceiling_is_that_of_the_last_wave_of_the_whole_store():
    survey = a_survey()
    last = survey.answers["wave"] == 8
    for share, near in ((1.0, True), (0.0, False)):
        told = survey.answers["heard_of"].where(~last, share)
        assert store_near_ceiling(replace(survey, answers=survey.answers.assign(heard_of=told))) is near
        told = survey.answers["heard_of"].where(last, share)
        assert not store_near_ceiling(replace(survey, answers=survey.answers.assign(heard_of=told)))
    assert not store_near_ceiling(replace(survey, answers=survey.answers.iloc[:0]))


def test_a_bridge_that_a_wording_alone_speaks_against_is_doubted(bridged):
    assert "speaks against the bridge" not in said(prose.narrative(bridged, TELLING).messages)
    prompted = next(one for one in bridged.apart if one.wording == "prompted")
    far = replace(prompted.effect.estimate, ci_low=90.0, ci_high=99.0)
    doubted = replace(bridged, apart=(replace(prompted, effect=replace(prompted.effect, estimate=far)),))
    assert "speaks against the bridge" in said(prose.narrative(doubted, TELLING).messages)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"starts": {}}, NO_DATE),
        ({"starts": {"green_lane": {"A": "2022-01"}}}, NO_DATE),
        ({"kinds": ("green_lane",)}, NOT_ASKED),
        ({"survey": replace(a_survey(), answers=a_survey().answers.query("wave == 2"))}, "single_wave"),
        ({"survey": replace(a_survey(), answers=a_survey().answers.query("wave != 4"))}, "waves_not_even"),
        ({"survey": replace(a_survey(), min_cell=ASKED + 1)}, FEW_ANSWERS),
        ({"survey": with_gaps(a_survey())}, FEW_ANSWERS),
        ({"survey": with_answers(county="missing")}, "counties_not_recorded"),
        ({"survey": with_answers(heard_of=0.0)}, "no_variation"),
        ({"survey": with_answers(heard_of=1.0)}, "no_variation"),
        ({"counties": ("H",)}, NOTHING_TO_COMPARE),
    ],
)
def test_what_cannot_be_evaluated_is_said_with_its_reason(more, reason):
    told = a_told(**more, placebo=None)
    effects = effects_of(told)
    assert effects.reason == reason and not effects.use
    for language in LANGUAGES:
        shown = words.lookup(f"outreach_effects.reason.{reason}", language)
        assert shown in said(prose.narrative(effects, TELLING).messages, language)
        assert shown in said(prose.details(effects, TELLING).messages, language) or effects.headline
    made = results.make(outreach_effects.rows(effects, told))
    assert set(made["status"]) == {"not_evaluable"} and not made["estimate"].notna().any()
    assert set(outreach_effects.figures(effects, TELLING, 5).values()) == {None}
    for table in outreach_effects.tables(effects, TELLING):
        assert words.sentence(Message(f"tables.{table.id}.caption", table.facts), "en")


def test_a_county_alone_is_a_series_that_establishes_nothing():
    told = a_told(counties=("D",))
    effects = effects_of(told)
    assert all(effect.verdict in ("not_established", "described_only") for effect in (*effects.headline, *effects.use))
    assert len(results.make(outreach_effects.rows(effects, told)))


def test_rows_are_unique_and_tell_rounded_numbers_of_respondents_only(bridged):
    made = results.make(outreach_effects.rows(bridged, a_told(), whole="Province"))
    assert set(made["place"]) == {"Province"} and set(made["evidence"]) == {"simulated"}
    assert not made.duplicated(["indicator", "place", "period_start", "period_end", "group", "method"]).any()
    survey = made[~made["indicator"].isin([f"effect:{measure.key}" for measure in USE])]
    days = survey.loc[~survey["indicator"].str.startswith("bridge"), "period_end"]
    assert (survey["n"].dropna() % 10 == 0).all() and (days.astype(str) == "2024-11-01").all()
    assert made.loc[~made.index.isin(survey.index), "n"].isna().all()
    answer = made[(made["indicator"] == "effect:consultations") & (made["method"] == "placebo_pool")].iloc[0]
    assert answer["unit"] == "percent" and answer["verdict"] == "improved"
    assert {"targeted_outreach:wording=prompted", "targeted_outreach:wording=unprompted"} <= set(made["group"])


ABOUT_CASES = ("cases in every", "mix of cases", "too few cases", "all cases", "案件构成", "案件太少", "全部案件")


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_worded_and_drawn_for_respondents(bridged, language):
    made = outreach_effects.tables(bridged, TELLING)
    assert len({table.id for table in made}) == len(made)
    html = " ".join(tables.render(table, language) for table in made)
    parts = (prose.narrative(bridged, TELLING), prose.details(bridged, TELLING))
    text = (
        html + " ".join(narrative.render(part, language) for part in parts) + said(prose.reading_messages(), language)
    )
    assert "None" not in text.replace("None of the", "")
    assert not [phrase for phrase in ABOUT_CASES if phrase in text]
    for figure in outreach_effects.figures(bridged, TELLING, 5).values():
        if figure is not None:
            assert words.sentence(Message(f"figures.{figure.id}.alt", figure.facts), language)
            assert figures.draw(figure, language).lstrip().startswith("<?xml")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_and_state_has_words(found, language):
    for verdict in VERDICTS:
        for reasons in ((), ("effects_must_add_up",)):
            for holm in (0.001, 0.5):
                effect = replace(found.use[0], verdict=verdict, reasons=reasons, holm_p=holm)
                assert said([prose.of_change(effect, "use", TELLING)], language)
    for estimate in (None, found.use[0].estimate):
        effect = replace(found.use[-1], estimate=estimate, reasons=("missing_cells",))
        facts = {
            "reforms": (),
            "change": prose.of_change(effect, "placebo", TELLING),
            "simulated": True,
            "smallest": None,
        }
        for state in ("moved", "still", "unknown"):
            assert said([prose.of_respondents(Message(f"outreach_effects.cannot_move.{state}", facts))], language)
            assert words.lookup(f"codes.outreach_placebo.{state}", language)
    for status in ("passed", "warned", "failed", "not_evaluable"):
        assert said([Message("outreach_effects.checks.composition", {"status": status})], language)


def test_sentences_about_cases_are_about_respondents_however_deep_they_stand():
    check = Code("effect_check", "composition")
    deep = Message("effect.overturn", {"checks": (check,), "why": (Message("effect.reasons.missing_cells", {}),)})
    turned = prose.of_respondents(((deep,),))[0][0]
    assert turned.facts["checks"] == (prose.ASKED,) and turned.key == "effect.overturn"
    assert turned.facts["why"][0].key == "outreach_effects.reasons.missing_cells"
