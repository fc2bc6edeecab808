"""Every answer and every check of an effect has words in both languages, and they say what was found."""

from dataclasses import replace

import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.chapters import effect_figures, effect_prose, effect_tables
from legalaid_eval.chapters.effect_rows import EffectRows
from legalaid_eval.chapters.reform_checks import CHECKS
from legalaid_eval.chapters.reform_results import (
    VERDICTS,
    Beside,
    GroupEffect,
    Outcome,
    OutcomePanel,
    ReformEffect,
)
from legalaid_eval.checks.base import CheckResult
from legalaid_eval.content import Label
from legalaid_eval.estimators import did
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import MEASURES
from legalaid_eval.report import words
from legalaid_eval.schemas.register_codes import REFORM_KIND

LANGUAGES = ("en", "zh")
STATUSES = ("passed", "warned", "failed", "not_evaluable", "informative")
TELLING = effect_prose.Telling(lambda key: Label(f"{key}县", f"{key} County"), 0.95, simulated=True)
DAYS = Outcome("decision_days", "working_day", True, "TM01")
SHARE = Outcome("decided_within_1", "percentage_point", False, "TM03")
NUMBERS = {
    "in_force": ("green_lane",),
    "in_force_share": 0.4,
    "p_value": 0.004, "bins": 3, "slope": 0.1, "slope_low": -0.1, "slope_high": 0.3, "detectable_slope": 0.2,
    "bias": 0.1, "detectable_bias": 0.31, "underpowered": False, "ratio": 2.0, "widened_by": 2.0, "months": 18,
    "places": 12, "estimate": 0.1, "ci_low": -0.2, "ci_high": 0.4, "outcomes": 1, "shares": 3, "standardised": -0.5,
    "standardised_low": -0.9, "standardised_high": -0.1, "explained": 0.1, "horizons": 4, "turned": 1,
    "contradicted": 1, "breakdown": 0.2, "seen": 0.1, "bins_before": 3, "bins_after": 4, "lowest": -0.9,
    "lowest_without": "A", "highest": -0.2, "highest_without": "B", "changed": 2, "reforms": 2,
    "near": ("green_lane",), "coarse": ("aid_first",), "adjusted": -0.5, "unadjusted": -0.7,
}  # fmt: skip


def found(value: float = -0.73, half: float = 0.3, unit: str = "working_day") -> Estimate:
    return Estimate("att", "decision_days", unit, value, half / 2, value - half, value + half, 0.95, 996, 12, "placebo")


def an_effect(verdict: str = "improved", outcome: Outcome = DAYS, **more: object) -> ReformEffect:
    months = [f"2020-{month:02d}" for month in range(1, 13)]
    frame = pd.DataFrame([(p, m, 20.0, 3.0, 0.1) for p in "ABCDEF" for m in months])
    frame.columns = ["place", "month", "n", "value", "variance"]
    series = frame.assign(observed=3.0, counterfactual=3.7, treated=frame["place"].isin(["A", "B"]))
    study = pd.DataFrame(
        [("-12..-1", -12, -1, True, 0.02, 0.1, -0.2, 0.24), ("0..11", 0, 11, False, -0.7, 0.1, -0.9, -0.5)],
        columns=["term", "start", "last", "before", "estimate", "std_error", "ci_low", "ci_high"],
    )
    base = ReformEffect(
        reforms=("one_day_review",),
        outcome=outcome,
        panel=OutcomePanel(frame, outcome),
        treated={"A": "2020-07", "B": "2020-09"},
        never=tuple("CDEF"),
        left_out=(),
        design=did.choose_design(2, 4),
        method="difference_in_differences",
        verdict=verdict,
        estimate=found(unit=outcome.unit),
        interval_p=0.0004,
        holm_p=0.012,
        baseline=3.7,
        smallest_detectable=0.42,
        series=series[["place", "month", "observed", "counterfactual", "treated"]],
        event_study=study,
        beside=(Beside("cr2", found(half=0.5)), Beside("randomisation", p_value=0.02, least_p_value=0.002)),
        groups=(
            GroupEffect("case_type", "civil", found(-0.9, 0.2), 3.9, 900),
            GroupEffect("case_type", "criminal", found(-0.1, 0.2), 2.0, 400),
            GroupEffect("channel", "letter", None, None, 8, "not_evaluable"),
        ),
    )
    return replace(base, **more)


def told(effect: ReformEffect, language: str) -> str:
    return " ".join(words.sentence(message, language) for message in effect_prose.sentences(effect, TELLING))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_a_sentence_for_every_status(name: str, status: str, language: str):
    message = effect_prose.check_sentence(CheckResult(name, status, NUMBERS), "working_day", TELLING.names)
    text = words.sentence(message, language)
    assert len(text) > 5 and text[-1] in ".。" and "None" not in text and "—" not in text


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_could_not_be_done_reads_otherwise_than_one_that_failed(name: str):
    texts = {
        status: words.sentence(
            effect_prose.check_sentence(CheckResult(name, status, NUMBERS), "working_day", TELLING.names), "en"
        )
        for status in ("passed", "failed", "not_evaluable")
    }
    same = name in ("honest_bounds",)  # told by its numbers, whatever the status
    assert len(set(texts.values())) == 3 or same or name == "overlap"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", (DAYS, SHARE))
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_is_told(verdict: str, outcome: Outcome, language: str):
    bare = {"estimate": None, "baseline": None, "smallest_detectable": None, "interval_p": None, "holm_p": None}
    more = bare if verdict in ("cannot_be_told_apart", "described_only") else {}
    effect = an_effect(verdict, outcome, entangled=("commitment",), reasons=("too_wide", "check.pre_trends"), **more)
    text = told(effect, language)
    assert "None" not in text and "  " not in text


@pytest.mark.parametrize("code", ["no_treated", "no_control", "few_controls", "model_interval", "missing_cells",
    "one_treated_assumes_alike", "treated_more_variable", "no_method_holds", "not_evaluable", "too_wide",
    "interrupted_series_only", "series_too_short", "starts_differ", "effects_must_add_up"])  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_told(code: str, language: str):
    assert words.sentence(effect_prose.reason(code, an_effect()), language)


def test_the_answer_has_its_numbers_and_says_that_data_are_simulated():
    text = told(an_effect(), "en")
    for part in ("shortened", "0.73 working days", "−1.03 to −0.43", "20%", "(simulated)", "2 places", "4 places"):
        assert part in text, text
    assert "lengthened" in told(an_effect("worsened", estimate=found(0.73)), "en")


def test_an_effect_that_only_holds_alone_is_not_called_established():
    assert "only if looked at alone" in told(an_effect(holm_p=0.2), "en")
    assert "only if looked at alone" not in told(an_effect(holm_p=0.04), "en")


def test_groups_are_said_to_differ_only_beyond_their_intervals():
    assert "differ beyond their intervals" in told(an_effect(), "en")
    near = (
        GroupEffect("case_type", "civil", found(-0.9), 3.9, 900),
        GroupEffect("channel", "web", found(-0.7), 3.0, 90),
    )
    assert "which alone does not tell whether they differ" in told(an_effect(groups=near), "en")


def test_checks_against_the_answer_are_named_with_their_sentences():
    checks = (CheckResult("pre_trends", "passed", NUMBERS), CheckResult("leave_one_out", "failed", NUMBERS))
    text = told(an_effect(checks=checks), "en")
    assert "leaving out one place" in text and "A County" in text and "trends before the start" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_reform_and_outcome_has_a_name(language: str):
    for kind in REFORM_KIND:
        assert words.lookup(f"codes.reform_kind.{kind}", language)
    for measure in MEASURES:
        assert words.lookup(f"codes.effect_outcome.{measure.key}", language)


def test_tables_hold_every_effect_and_every_check():
    checks = tuple(CheckResult(name, "passed", NUMBERS) for name in CHECKS)
    effects = (an_effect(checks=checks), an_effect("no_effect_found", reforms=("green_lane",)))
    found_tables = {table.id: table for table in effect_tables.tables(effects, effects[:1], TELLING)}
    sizes = {name: len(table.rows) for name, table in found_tables.items()}
    expected = {"effects": 2, "effect_outcomes": 1, "effect_checks": len(CHECKS), "effect_groups": 4}
    assert sizes == expected | {"effect_beside": 6, "effect_years": 4}
    for table in found_tables.values():
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_rows_have_unique_keys_and_the_answer_carries_its_verdict():
    day = pd.Timestamp("2020-01-01").date()
    writer = EffectRows("r", "processing_time", "Demo", day, day, "simulated")
    checks = tuple(CheckResult(name, "passed", NUMBERS) for name in CHECKS)
    rows = results.make(writer.rows((an_effect(checks=checks), an_effect("described_only", reforms=("green_lane",)))))
    answer = rows[(rows["group"] == "one_day_review:all") & (rows["method"] == "placebo_pool")].iloc[0]
    assert (answer["estimate"], answer["ci_high"], answer["verdict"], answer["unit"]) == (
        -0.73,
        pytest.approx(-0.43),
        "improved",
        "working_day",
    )
    assert set(rows["evidence"]) == {"simulated"}


def test_values_of_too_few_cases_are_not_drawn():
    effect = an_effect()
    effect.panel.frame.loc[lambda f: (f["place"] == "A") & (f["month"] == "2020-03"), "n"] = 4.0
    drawn = effect_figures.places(effect, TELLING, least_n=5).data
    assert drawn["observed"].isna().sum() == 1
    never = drawn["place"].map(lambda place: place.en == "C County")
    assert never.sum() == 12 and drawn.loc[never, "counterfactual"].isna().all()
    assert drawn.loc[~never & drawn["treated_from"].notna(), "counterfactual"].notna().all()


def test_the_best_established_effect_is_shown():
    weak, strong = an_effect("no_effect_found"), an_effect("improved", reforms=("green_lane",))
    assert effect_figures.shown((weak, strong)) is strong
    assert effect_figures.shown(()) is None


@pytest.mark.parametrize(("language", "said"), [("en", "provided that the effects"), ("zh", "前提是")])
def test_an_answer_that_hangs_on_added_effects_is_not_called_established(language: str, said: str):
    facts = {"in_force": ("green_lane",), "in_force_share": 0.8}
    overlap = CheckResult("overlap", "warned", NUMBERS | facts)
    effect = an_effect(reasons=("effects_must_add_up",), checks=(overlap,), holm_p=0.001)
    verdict = words.sentence(effect_prose.verdict(effect, TELLING), language)
    plain = words.sentence(effect_prose.verdict(an_effect(holm_p=0.001), TELLING), language)
    for established in ("established improvement", "改善成立"):
        assert established not in verdict
    assert said in verdict and said not in plain
    assert effect_tables.verdict_code(effect).code == "improved_if_additive"
    assert "80%" in told(effect, language)
    closing = effect_prose.narrative((effect,), TELLING).messages[-1]
    assert closing.key == "effect.condition" and "None" not in words.sentence(closing, language)
