"""Effects of reforms on simulated panels: the design that the data allow, what is found, and what may be said."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from legalaid_eval.chapters.reform_effect import Companions, Outcome, OutcomePanel, Reforms, reform_effects
from legalaid_eval.chapters.reform_verdict import holm
from legalaid_eval.errors import UsageError
from tests.reform_panels import DAYS, PERIODS, months, panel, place, reforms, since_start

FOUR = (24, 30, 30, 36)
TOGETHER = (30, 30, 30)


def only(effects):
    assert len(effects) == 1
    return effects[0]


def frame_of(made, **columns):
    return replace(made, frame=made.frame.assign(**columns))


def test_an_effect_among_few_places_is_found_with_all_that_stands_beside_it():
    found = only(reform_effects(panel(TOGETHER), reforms(review=TOGETHER)))
    assert found.verdict == "improved"
    assert found.estimate.ci_low < -1 < found.estimate.ci_high < 0
    assert (found.estimate.outcome, found.estimate.unit) == ("decision_days", "working_day")
    assert set(found.treated) == {place(0), place(1), place(2)}
    assert len(found.never) == 9
    assert found.left_out == ()
    treated = found.series[found.series["treated"]]
    gap = (treated["observed"] - treated["counterfactual"]).groupby(treated["place"]).mean()
    assert gap.to_numpy() == pytest.approx(found.by_place["estimate"].to_numpy(), abs=0.05)
    assert found.baseline == pytest.approx(treated["counterfactual"].mean(), abs=0.05)
    assert found.relative == pytest.approx(found.estimate.estimate / found.baseline)
    study = found.event_study
    assert list(study["start"]) == [-36, -24, -12, 0, 12, 24]
    assert list(study["before"]) == [True] * 3 + [False] * 3
    assert study.loc[~study["before"], "estimate"].to_numpy() == pytest.approx(-1, abs=0.3)
    codes = {beside.code: beside for beside in found.beside}
    assert codes["randomisation"].p_value == pytest.approx(1 / 220)
    assert codes["cr2"].estimate.estimate == found.estimate.estimate
    assert found.interval_p == found.holm_p < 0.05
    assert 0 < found.smallest_detectable < 1


def test_higher_is_better_turns_the_verdict():
    share = Outcome("decided_within_1", "percentage_point", False, "TM02")
    found = only(reform_effects(panel(TOGETHER, outcome=share), reforms(review=TOGETHER)))
    assert found.verdict == "worsened"


def test_no_effect_is_said_only_where_one_worth_seeing_would_have_been_seen():
    seen = only(reform_effects(panel(TOGETHER, effect=0), reforms(review=TOGETHER)))
    assert seen.verdict == "no_effect_found"
    assert seen.smallest_detectable < 0.25 * seen.baseline
    strict = replace(DAYS, relevant=seen.smallest_detectable / 2)
    unseen = only(reform_effects(panel(TOGETHER, effect=0, outcome=strict), reforms(review=TOGETHER)))
    assert (unseen.verdict, unseen.reasons) == ("not_established", ("too_wide",))


def test_a_failed_check_takes_the_verdict_away():
    drift = np.zeros((12, PERIODS))
    drift[:4] = -0.02 * np.arange(PERIODS)
    found = only(reform_effects(panel(FOUR, added=drift), reforms(review=FOUR)))
    assert found.estimate.ci_high < 0
    assert found.design.kind == "difference_in_differences"
    assert "no_method_holds" not in found.design.flags
    assert found.verdict == "not_established"
    assert "check.pre_trends" in found.reasons
    assert {f"check.{check.name}" for check in found.checks if check.status == "failed"} == set(found.reasons)


def test_one_treated_of_twelve_is_not_established_and_says_what_it_could_have_seen():
    found = only(reform_effects(panel((30,)), reforms(review=(30,))))
    assert found.verdict == "not_established"
    assert "one_treated_assumes_alike" in found.reasons
    rank = next(beside for beside in found.beside if beside.code == "placebo_rank")
    assert rank.p_value == rank.least_p_value == pytest.approx(1 / 12)
    assert found.smallest_detectable > 0


def test_reforms_that_began_together_everywhere_get_one_effect_for_both():
    found = reform_effects(panel(FOUR), reforms(review=FOUR, waiver=FOUR))
    alone, bundle, other = found
    assert (alone.reforms, alone.verdict, alone.entangled) == (("review",), "cannot_be_told_apart", ("waiver",))
    assert (other.reforms, other.entangled) == (("waiver",), ("review",))
    assert alone.estimate is None
    assert bundle.reforms == ("review", "waiver")
    assert bundle.verdict == "improved"


def test_other_reforms_are_taken_out_of_the_effect():
    other = (18, 30, None, 40, 20, 35, 28, None, 24, None, None, None)
    moved = np.where(since_start(other) >= 0, 2.0, 0.0)
    effects = reform_effects(
        panel(FOUR, added=moved), reforms(review=FOUR, lane=other), kinds=["review"], bearing=["review", "lane"]
    )
    found = only(effects)
    assert found.adjusted_for == ("lane",)
    assert found.estimate.ci_low < -1 < found.estimate.ci_high
    plain = next(beside.estimate for beside in found.beside if beside.code == "unadjusted")
    assert abs(plain.estimate + 1) > 3 * abs(found.estimate.estimate + 1)
    assert (found.verdict, found.reasons) == ("improved", ("effects_must_add_up",))


def test_an_answer_hangs_on_added_effects_only_where_others_were_in_force_most_of_the_time():
    late = (None, 50, None, None, 20, 35, 28, None, 24, None, None, None)
    moved = np.where(since_start(late) >= 0, 2.0, 0.0)
    given = reforms(review=FOUR, lane=late)
    found = only(reform_effects(panel(FOUR, added=moved), given, kinds=["review"], bearing=["review", "lane"]))
    facts = next(check.facts for check in found.checks if check.name == "overlap")
    assert 0 < facts["in_force_share"] < 0.5 and facts["in_force"] == ("lane",)
    assert (found.verdict, found.reasons) == ("improved", ())


def test_where_all_places_began_together_there_is_an_interrupted_series():
    found = only(reform_effects(panel([30] * 12), reforms(review=[30] * 12)))
    assert (found.method, found.verdict) == ("interrupted_series", "not_established")
    assert "interrupted_series_only" in found.reasons
    assert found.estimate.ci_low < -1 < found.estimate.ci_high < 0
    assert found.baseline == pytest.approx(4, abs=0.7)
    half = (found.estimate.ci_high - found.estimate.ci_low) / 2
    assert found.smallest_detectable == pytest.approx(half + stats.t.ppf(0.8, 66) * found.estimate.std_error, rel=1e-2)
    assert {"fitted", "counterfactual", "counterfactual_low"} <= set(found.series.columns)


def test_where_all_places_began_at_their_own_date_each_has_its_change_and_there_is_none_for_all():
    starts = [24, 36] * 6
    found = only(reform_effects(panel(starts), reforms(review=starts)))
    assert found.estimate is None
    assert "starts_differ" in found.reasons
    assert found.by_place["estimate"].to_numpy() == pytest.approx(-1, abs=0.5)


def test_two_places_have_nothing_to_compare_with():
    found = only(reform_effects(panel((30,), places=2), reforms(review=(30,))))
    assert (found.method, found.verdict) == ("interrupted_series", "not_established")


def test_without_a_date_there_is_a_description():
    found = only(reform_effects(panel(()), Reforms({"review": {}})))
    assert (found.verdict, found.estimate, found.reasons) == ("described_only", None, ("no_treated",))


def test_no_reforms_no_effects():
    assert reform_effects(panel(()), Reforms({})) == ()


def test_places_with_a_missing_cell_are_left_out_and_named():
    made = panel(FOUR)
    value = made.frame["value"].where(~((made.frame["place"] == place(7)) & (made.frame["month"] == "2020-05")))
    starts = reforms(review=FOUR).starts["review"] | {"elsewhere": "2021-01"}
    found = only(reform_effects(frame_of(made, value=value), Reforms({"review": starts})))
    assert found.left_out == ("elsewhere", place(7))
    assert "missing_cells" in found.reasons
    assert found.verdict == "improved"
    assert len(found.never) == 7


def test_starts_outside_the_data():
    starts = {place(0): "2018-01", place(1): "2019-01", place(2): "2031-05", **reforms(review=FOUR).starts["review"]}
    starts |= {place(0): "2018-01", place(1): "2019-01", place(4): "2021-06", place(5): "2031-05"}
    found = only(reform_effects(panel(FOUR), Reforms({"review": starts})))
    assert found.left_out == (place(0), place(1))
    assert place(5) in found.never
    assert place(5) not in found.treated


def test_huge_values_and_values_that_never_move():
    made = panel(TOGETHER)
    huge = frame_of(made, value=made.frame["value"] * 1e12, variance=made.frame["variance"] * 1e24)
    small = only(reform_effects(made, reforms(review=TOGETHER)))
    found = only(reform_effects(huge, reforms(review=TOGETHER)))
    assert found.verdict == small.verdict
    assert found.estimate.ci_low == pytest.approx(1e12 * small.estimate.ci_low, rel=1e-6)
    still = only(reform_effects(frame_of(made, value=3.0, variance=0.0), reforms(review=TOGETHER)))
    assert (still.verdict, still.estimate) == ("not_established", None)
    assert "not_evaluable" in still.reasons


def test_quarters_answer_as_months_do():
    made = panel(TOGETHER, noise=0.05).frame
    quarter = made["month"].str[5:].astype(int).sub(1).floordiv(3).mul(3).add(1)
    made = made.assign(month=made["month"].str[:5] + quarter.map("{:02d}".format), value=made["value"] * made["n"])
    sums = made.groupby(["place", "month"], as_index=False)[["n", "value"]].sum()
    frame = sums.assign(value=sums["value"] / sums["n"], variance=0.001)
    found = only(reform_effects(OutcomePanel(frame, DAYS, "quarter"), reforms(review=TOGETHER)))
    assert found.verdict == "improved"
    assert found.estimate.estimate == pytest.approx(-1, abs=0.1)
    assert list(found.event_study["start"]) == [-36, -24, -12, 0, 12, 24]


def test_groups_and_a_fixed_mix_use_the_same_comparison():
    companions = Companions(
        groups={
            ("case_type", "civil"): panel(TOGETHER, effect=-2, seed=8),
            ("case_type", "criminal"): panel((), seed=9),
        },
        standardised=panel(TOGETHER, effect=-0.9, seed=4),
    )
    found = only(reform_effects(panel(TOGETHER), reforms(review=TOGETHER), companions=companions))
    civil, criminal = found.groups
    assert civil.estimate.ci_low < -2 < civil.estimate.ci_high
    assert criminal.estimate.ci_low < 0 < criminal.estimate.ci_high
    assert next(b for b in found.beside if b.code == "standardised").estimate.estimate == pytest.approx(-0.9, abs=0.1)


def test_a_group_without_complete_places_has_no_effect_and_says_so():
    empty = panel(TOGETHER)
    gone = frame_of(empty, value=np.nan)
    found = only(
        reform_effects(empty, reforms(review=TOGETHER), companions=Companions(groups={("channel", "web"): gone}))
    )
    assert (found.groups[0].estimate, found.groups[0].reason) == (None, "not_evaluable")


def test_holm_against_the_published_steps():
    """Holm (1979): the smallest times their number, the next times one fewer, never below the one before."""
    assert [p for p in holm([0.01, None, 0.04, 0.03]) if p is not None] == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_several_effects_are_adjusted_together():
    found = reform_effects(panel(TOGETHER), reforms(review=TOGETHER, lane=(None,) * 3 + (24, 36, 30)))
    raw = [effect.interval_p for effect in found]
    assert [effect.holm_p for effect in found] == pytest.approx(holm(raw))
    assert found[0].holm_p == pytest.approx(2 * raw[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop(columns="n"), "columns"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.assign(value="three"), "text"),
        (lambda f: f.assign(n=-1), "below zero"),
        (lambda f: f.assign(value=np.inf), "infinity"),
        (lambda f: f.assign(month="2023-13"), "2023-13"),
        (lambda f: f[f["month"] != months(PERIODS)[7]], "month after month"),
        (lambda f: f.iloc[[0, *range(len(f))]], "twice"),
    ],
)
def test_a_panel_that_cannot_be_read_is_refused(change, said):
    made = panel(TOGETHER)
    with pytest.raises(UsageError, match=said):
        reform_effects(replace(made, frame=change(made.frame)), reforms(review=TOGETHER))


def test_unknown_kinds_and_dates_are_refused():
    with pytest.raises(UsageError, match="unheard"):
        reform_effects(panel(TOGETHER), reforms(review=TOGETHER), kinds=["unheard"])
    with pytest.raises(UsageError, match="May 2021"):
        reform_effects(panel(TOGETHER), Reforms({"review": {place(0): "May 2021"}}))
