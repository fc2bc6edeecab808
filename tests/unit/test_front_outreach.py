"""What the front page says of outreach: every sentence from saved rows, and nothing that they do not establish."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.chapters.effect_rows import ONLY_ALONE
from legalaid_eval.chapters.front_outreach import outreach
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.content import Label
from legalaid_eval.report import words

PLACE, WHOLE = "Cxian", "Chengbei"
DAYS = (date(2023, 1, 1), date(2023, 12, 31))
KINDS = "targeted_outreach"
DESIGN = "difference_in_differences"
VERDICTS = ("improved", "worsened", "no_effect_found", "not_established")
REFORMS = (KINDS, "miniprogram", "duty_rota", "monthly_ranking")


def row(indicator: str, group: str, estimate: float | None = None, **more: object) -> results.Row:
    given = {"place": WHOLE, "method": DESIGN, "ci_low": None, "ci_high": None, "unit": "percentage_point"} | more
    plain = {"n": None, "status": "ok", "verdict": "", "printed": None, "note": "", "conf_level": 0.95}
    place, method = given.pop("place"), given.pop("method")
    key = ("r", "outreach", indicator, place, *DAYS, group, method)
    return results.Row(*key, estimate, evidence="simulated", **plain | given)


def effect(verdict: str, *, of: str = "heard_of", kinds: str = KINDS, **more: object) -> results.Row:
    size = -12.5 if verdict == "worsened" else 12.5
    ends = {"improved": (4.3, 20.8), "worsened": (-20.8, -4.3)}.get(verdict, (-4.3, 29.3))
    given = {"ci_low": ends[0], "ci_high": ends[1], "verdict": verdict, "estimate": size} | more
    return row(f"effect:{of}", f"{kinds}:all", **given)


def use(verdict: str, **more: object) -> results.Row:
    return effect(verdict, of="applications", unit="percent", **more)


def claim(verdict: str, estimate: float | None = 71.5, low: float | None = 68.0, **more: object) -> results.Row:
    ends = {"ci_low": low, "ci_high": None if low is None else 74.8, "place": PLACE, "unit": "percent"}
    status = {"contradicted": "contradicted", "no_survey": "not_evaluable"}.get(verdict, "ok")
    given = {"method": "interval_against_claim", "printed": 90.0, "status": status, "verdict": verdict}
    return row("claim:awareness", "heard_of:prompted", estimate, **ends | given | more)


def cost(verdict: str, **more: object) -> results.Row:
    given = {"ci_low": 4.58, "ci_high": 13.4, "method": "comparison", "unit": "CNY", "verdict": verdict} | more
    return row("cost:aware", "all_spending", **{"estimate": 6.83} | given)


@pytest.fixture
def front(tmp_path: Path):
    """The front page's sentences by part, joined; read from a file, as the summary does."""

    def told(*rows: results.Row, language: str = "en") -> dict[str, str]:
        path = results.save_chapter(results.make(rows), "outreach", tmp_path)
        found = outreach(results.read(path), PLACE, lambda place: Label(place, place))
        parts = {part: " ".join(words.sentence(m, language) for m in said) for part, said in found.items()}
        assert not any("None" in text or "nan" in text for text in parts.values())
        return parts

    return told


def test_a_claim_is_told_where_what_the_survey_says_of_it_belongs(front):
    supported, contradicted, open_ = (front(claim(name)) for name in ("supported", "contradicted", "not_established"))
    share = "71.5% have heard of legal aid in the last survey wave (prompted question; interval 68.0% to 74.8%)"
    assert all(share in said["sayable"] for said in (supported, contradicted, open_))
    assert "is borne out by this survey" in supported["sayable"] and "90%" in supported["sayable"]
    assert "is ruled out by this survey" in contradicted["sayable"] and not contradicted["unclear"]
    assert "ruled out" not in open_["sayable"] and "68.0% to 74.8%) holds both" in open_["unclear"]
    elsewhere = front(claim("contradicted", place="Dxian"))
    assert not any(elsewhere.values())


def test_a_share_without_an_interval_or_a_hidden_one_claims_nothing(front):
    blunt = front(claim("not_established", low=None))
    assert "71.5%" in blunt["sayable"] and "interval" not in blunt["sayable"]
    assert "the last wave has no interval" in blunt["unclear"]
    hidden = front(claim("not_established", None, None, status="suppressed"))
    assert not any(hidden.values())


def test_an_established_change_is_told_with_its_size_and_whether_it_rose_or_fell(front):
    said = front(effect("improved"), effect("improved", of="knows_free"), use("improved"))
    assert said["sayable"].startswith("Targeted outreach: the share of adults who have heard of legal aid rose by 12.5")
    assert "interval of the change: 4.3 to 20.8 percentage points" in said["sayable"]
    assert "applications rose by 12.5%" in said["sayable"]
    assert "that it is free" not in said["sayable"] and not said["unclear"]
    fell = front(effect("worsened"))["sayable"]
    assert "fell by 12.5" in fell and "−20.8 to −4.3" in fell


@pytest.mark.parametrize("note", [ADDITIVE, ONLY_ALONE, f"check.pre_trends {ADDITIVE}"])
def test_what_rests_on_a_condition_is_not_told_as_established(front, note):
    said = front(effect("improved", note=note), use("improved", note=note), cost("bounded"))
    assert not said["sayable"] and "do not quote it" in said["unclear"]
    assert "12.5" not in said["unclear"]


@pytest.mark.parametrize(
    ("verdict", "words_of_it"),
    [
        ("not_established", "neither an effect nor that there is none"),
        ("no_effect_found", "no effect on what people know was found; a small one may have been missed"),
    ],
)
def test_no_change_that_is_established_is_no_change(front, verdict, words_of_it):
    said = front(effect(verdict), use(verdict), cost("bounded"))
    assert not said["sayable"] and words_of_it in said["unclear"] and "12.5" not in said["unclear"]
    assert "no rise in applications" not in said["unclear"]


def test_several_reforms_with_one_answer_share_a_sentence(front):
    said = front(effect("not_established"), effect("not_established", kinds="miniprogram"))
    assert said["unclear"].count("nothing is established") == 1 and "mini-program" in said["unclear"]
    bundle = front(effect("improved", kinds=f"{KINDS}+miniprogram"))["sayable"]
    assert "argeted outreach" in bundle and "mini-program" in bundle


def test_a_gain_without_use_is_told_as_one(front):
    flat, more = front(effect("improved"), use("no_effect_found")), front(effect("improved"), use("improved"))
    assert "more people know of legal aid, but no rise in applications is established" in flat["unclear"]
    assert "applications rose" not in flat["sayable"] and not more["unclear"]
    unknown = front(effect("improved"), use("not_established", estimate=None))
    assert "no rise in applications" not in unknown["unclear"]
    other = front(effect("improved"), use("no_effect_found", kinds="miniprogram"))
    assert "no rise in applications" not in other["unclear"]


def test_a_cost_stands_beside_an_established_gain_only(front):
    assert "cost CNY 6.8 (interval: CNY 4.6 to 13.4)" in front(effect("improved"), cost("bounded"))["sayable"]
    assert "cost" not in front(effect("improved"), cost("bounded_if"))["sayable"]
    assert "cost" not in front(effect("improved"), cost("at_least", estimate=None))["sayable"]
    assert not front(cost("bounded"))["sayable"]


def test_near_the_ceiling_the_answer_is_on_depth_and_the_share_is_no_second_one(front):
    depth = effect("improved", of="depth", unit="score", ci_low=0.1, ci_high=0.4)
    said = front(depth, effect("not_established"))
    assert "the number of three things" in said["sayable"] and "have heard" not in said["sayable"]
    assert not said["unclear"]


def test_wordings_doses_and_what_is_missing_are_named(front):
    shares = [row("OA03", f"heard_of:{name}", 60.0, place=PLACE) for name in ("prompted", "unprompted")]
    assert "several wordings (prompted question and unprompted question)" in front(*shares)["limits"]
    assert not front(shares[0])["limits"]
    dose = {"group": "overall", "method": "dose_response"}
    assert "no ground for moving money" in front(row("dose:heard_of", verdict="no_effect_found", **dose))["limits"]
    assert not front(row("dose:heard_of", verdict="higher", **dose))["limits"]
    missing = row("effect:heard_of", "all", method="none", status="not_evaluable", note="no_reform_date")
    nothing = claim("no_survey", None, None)
    assert "The day on which outreach began" in front(missing)["missing"]
    said = front(nothing, missing)
    assert "The day on which" not in said["missing"]  # the survey comes first
    assert said["missing"].startswith("A survey of awareness") and not said["sayable"] and not said["unclear"]


def test_nothing_but_answers_counts_as_one_and_without_rows_nothing_is_said(front):
    beside = [
        row("effect:heard_of", f"{KINDS}:wording=prompted", 15.8, ci_low=1.8, ci_high=29.7, verdict="improved"),
        row("effect:heard_of", f"{KINDS}:segment=woman", 30.0, ci_low=1.0, ci_high=59.0, verdict=""),
        row("effect:heard_of", f"{KINDS}:all", method="check:leave_one_out", verdict="check_failed"),
    ]
    assert not any(front(*beside).values())
    assert outreach(pd.DataFrame(columns=list(results.COLUMNS)), PLACE, lambda place: Label(place, place)) == {}


def test_every_sentence_is_there_in_both_languages(front):
    every = [
        *(effect(verdict, kinds=kind) for verdict, kind in zip(VERDICTS, REFORMS, strict=False)),
        effect("improved", kinds="green_lane", note=ADDITIVE),
        *(use(verdict, kinds=kind) for verdict, kind in zip(VERDICTS, REFORMS, strict=False)),
        claim("contradicted"),
        cost("bounded"),
        row("OA03", "heard_of:prompted", 60.0, place=PLACE),
        row("OA03", "heard_of:unprompted", 60.0, place=PLACE),
        row("dose:heard_of", "overall", method="dose_response", verdict="no_effect_found"),
    ]
    zh, en = front(*every, language="zh"), front(*every)
    assert {part for part, text in zh.items() if text} == {"sayable", "unclear", "limits"} == {p for p in en if en[p]}
    assert "精准宣传：知晓率（听说过法律援助的成年人比例）比没有该改革时高12.5个百分点" in zh["sayable"]
    assert "6.8元" in zh["sayable"] and "引用" in zh["unclear"]


def test_what_rests_on_a_bridge_between_wordings_is_told_with_its_size_and_the_bridge(front):
    said = front(effect("improved", note="rests_on_bridge"), cost("bounded"))
    assert "12.5" in said["unclear"] and "a bridge joins differently worded waves" in said["unclear"]
    assert "12.5" not in said["sayable"] and "on the condition of that change" in said["sayable"]
    assert "12.5" in front(effect("improved", note="bridged"))["sayable"]
