"""Every check on a panel where it must pass and on one where it must not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.chapters.reform_checks import months_apart
from legalaid_eval.chapters.reform_comparison import bundled, unadjusted
from legalaid_eval.chapters.reform_panel import read_cells, with_starts
from legalaid_eval.checks.base import Comparison, status_of
from legalaid_eval.checks.before_start import anticipation, placebo_dates
from legalaid_eval.checks.composition import composition
from legalaid_eval.checks.honest_bounds import honest_bounds
from legalaid_eval.checks.horizon_sensitivity import horizon_sensitivity
from legalaid_eval.checks.leave_one_out import leave_one_out
from legalaid_eval.checks.overlap import overlap
from legalaid_eval.checks.placebo_outcomes import placebo_outcomes
from legalaid_eval.checks.pre_period_variance import pre_period_variance
from legalaid_eval.checks.pre_trends import pre_trends
from legalaid_eval.estimators import did
from tests.reform_panels import PERIODS, panel, place, reforms, since_start, starts_text

STARTS = (36, 36, 40, 44)
TIME = np.arange(PERIODS)


def comparison(starts=STARTS, **settings):
    frame = read_cells(panel(starts, **settings)).frame
    return Comparison(with_starts(frame, starts_text(STARTS)))


def treated_only(values):
    """(places, periods): `values` (periods,) in the treated places, zero elsewhere."""
    out = np.zeros((12, PERIODS))
    out[: len(STARTS)] = values
    return out


@pytest.mark.parametrize("check", [pre_trends, placebo_dates, anticipation, pre_period_variance, leave_one_out])
def test_a_sound_comparison_passes(check):
    assert check(comparison()).status == "passed"


def test_a_drift_before_treatment_fails_and_its_size_is_found():
    found = pre_trends(comparison(added=treated_only(0.03 * TIME)))
    assert found.status == "failed"
    assert found.facts["slope"] == pytest.approx(12 * 0.03, rel=0.2)
    assert found.facts["slope_low"] < 12 * 0.03 < found.facts["slope_high"]
    biased = comparison(added=treated_only(0.03 * TIME)).fit.contrast.estimate - comparison().fit.contrast.estimate
    assert found.facts["bias"] == pytest.approx(biased, rel=0.2)


def test_the_bias_of_a_drift_is_what_the_drift_adds_to_the_estimate():
    """Without noise the slope is exact, and so is what it does to the effect."""
    drift = treated_only(0.05 * TIME)
    found = pre_trends(comparison(noise=0.001, added=drift))
    both = [comparison(noise=0.001, added=added).fit.contrast.estimate for added in (drift, 0.0)]
    assert found.facts["slope"] == pytest.approx(0.6, rel=0.01)
    assert found.facts["bias"] == pytest.approx(both[0] - both[1], rel=0.01)


def test_a_pass_without_power_warns():
    """Noise so large that a drift the size of the effect would go unseen."""
    found = pre_trends(comparison(effect=-0.02))
    assert found.facts["p_value"] > 0.05
    assert found.facts["underpowered"]
    assert found.status == "warned"


def test_an_effect_before_its_date_is_anticipation():
    early = [start - 6 for start in STARTS]
    found = anticipation(comparison(starts=early))
    assert found.status == "failed"
    assert found.facts["estimate"] == pytest.approx(-1, abs=0.2)


def test_an_effect_at_a_false_date_fails():
    early = [start - 18 for start in STARTS]
    found = placebo_dates(comparison(starts=early))
    assert found.status == "failed"
    assert found.facts["estimate"] == pytest.approx(-1, abs=0.2)
    assert found.facts["places"] == 4


def test_too_little_time_before_treatment_is_not_evaluable():
    starts = (14, 14, 16, 16)
    frame = read_cells(panel(starts)).frame
    early = Comparison(with_starts(frame, starts_text(starts)))
    assert placebo_dates(early).status == "not_evaluable"
    assert honest_bounds(early).status == "not_evaluable"


@pytest.mark.parametrize(("treated", "status"), [(3, "failed"), (5, "warned")])
def test_larger_shocks_among_the_treated_are_seen(treated, status):
    starts = (40,) * treated
    wild = np.zeros((12, PERIODS))
    wild[:treated] = np.random.default_rng(5).normal(0, 1, (treated, PERIODS))
    frame = read_cells(panel(starts, added=wild)).frame
    found = pre_period_variance(Comparison(with_starts(frame, starts_text(starts))))
    assert found.status == status
    assert found.facts["widened_by"] == found.facts["ratio"] > 4


def test_an_outcome_out_of_reach_that_moves_fails():
    still, moved = comparison(effect=0.0, seed=11), comparison(effect=0.5, seed=12)
    assert placebo_outcomes({"archived": still}).status == "passed"
    found = placebo_outcomes({"archived": still, "paid": moved})
    assert found.status == "failed"
    assert list(found.table["outcome"]) == ["archived", "paid"]
    assert found.facts["p_value"] == pytest.approx(2 * found.table["p_value"].min())
    assert placebo_outcomes({}).status == "not_evaluable"


def test_an_effect_that_hangs_on_one_place_fails():
    since = since_start(STARTS)
    own = np.where(since >= 0, np.array([[-4.0], [0.05], [0.05], [0.05], *[[0.0]] * 8]), 0.0)
    one = comparison(effect=0.0, noise=0.02, added=own)
    found = leave_one_out(replace(one, inference="ar_model"))
    assert found.status == "failed"
    assert found.facts["highest_without"] == place(0)
    assert found.facts["turned"] == 1
    assert len(found.table) == 12


def test_leaving_out_the_only_treated_place_leaves_nothing_and_says_so():
    frame = read_cells(panel((36,))).frame
    found = leave_one_out(Comparison(with_starts(frame, starts_text((36,))), inference="ar_model"))
    assert found.table["estimate"].isna().tolist() == [True] + [False] * 11
    assert found.facts["places"] == 11


def test_an_effect_that_is_a_change_of_mix_fails():
    moved, still = comparison(effect=0.3, seed=21), comparison(effect=0.0, seed=22)
    gone, kept = comparison(effect=0.0, seed=23), comparison(effect=-0.95, seed=24)
    assert composition(comparison(), {"criminal": still}, kept).status == "passed"
    assert composition(comparison(), {"criminal": moved}, kept).status == "warned"
    assert composition(comparison(), {"criminal": still}, gone).status == "warned"
    found = composition(comparison(), {"criminal": moved}, gone)
    assert found.status == "failed"
    assert found.facts["explained"] == pytest.approx(1, abs=0.1)
    assert composition(comparison(), {"criminal": moved}, None).status == "failed"
    assert composition(comparison(), {}, None).status == "not_evaluable"


@pytest.mark.parametrize(("effect", "status"), [(8.0, "passed"), (-8.0, "failed"), (-0.02, "warned")])
def test_another_horizon_may_contradict(effect, status):
    """A share done within a day ought to rise where waiting falls."""
    share = comparison(effect=effect, seed=31)
    found = horizon_sensitivity(
        comparison(), {"within_1": share}, lower_is_better=True, others_lower_is_better={"within_1": False}
    )
    assert found.status == status
    assert found.facts["turned"] == (share.fit.contrast.estimate < 0)


def test_honest_bounds_hold_without_drift_and_break_down_with_one():
    calm = honest_bounds(comparison(noise=0.02))
    assert calm.status == "passed"
    assert calm.facts["breakdown"] > calm.facts["seen"] > 0
    assert calm.table["ci_high"].iloc[0] < 0
    drifting = honest_bounds(comparison(effect=0.0, noise=0.02, added=treated_only(-0.05 * TIME)))
    assert drifting.status == "informative"
    assert drifting.facts["breakdown"] == 0


@pytest.mark.parametrize("starts", [STARTS, (36, 36, 36, 44)])
def test_a_straight_drift_is_no_effect_however_the_starts_lie(starts):
    """The last of the second set fills its second year only in part, which has another middle."""
    frame = read_cells(panel(starts, effect=0.0, noise=1e-4, added=treated_only(-0.05 * TIME))).frame
    found = honest_bounds(Comparison(with_starts(frame, starts_text(starts))))
    assert found.table["estimate"].iloc[0] == pytest.approx(0, abs=1e-3)


def test_unequal_effects_do_not_widen_the_interval():
    since = since_start(STARTS)
    unequal = np.where(since >= 0, np.array([[-2.0], [-1.0], [0.0], [1.0], *[[0.0]] * 8]), 0.0)
    fit = comparison(added=unequal).fit
    assert fit.interval == did.placebo_pool(fit.contrast, dispersion="before", block=6)
    assert fit.interval.std_error < did.placebo_pool(fit.contrast, dispersion="effects").std_error / 2


def test_a_bend_as_large_as_the_breakdown_just_reaches_zero():
    found = honest_bounds(comparison(noise=0.05))
    scale = found.facts["breakdown"] / found.facts["seen"]
    inside = found.table["ci_high"].to_numpy() >= 0
    assert inside.tolist() == [multiple > scale for multiple in (0.0, 0.5, 1.0, 2.0)]


def overlapping(other):
    moved = np.where(since_start(other) >= 0, 1.0, 0.0)
    given = reforms(review=STARTS, lane=other)
    cells = read_cells(panel(STARTS, added=moved))
    _, sides, adjusted = bundled(cells, given, {"review"}, ["review", "lane"], 0.95)
    apart = months_apart(given, sides.treated, ["lane"])
    plain = unadjusted(adjusted.comparison)
    return overlap(adjusted.comparison, plain, apart, coarse=adjusted.coarse)


def test_reforms_that_begin_together_are_told_of():
    far = overlapping((12, 50, None, None, 30, 40, 20, 50))
    assert (far.status, far.facts["near"]) == ("passed", ())
    near = overlapping((37, 35, None, None, 30, 40, 20, 50))
    assert (near.status, near.facts["near"]) == ("warned", ("lane",))
    assert near.table["near"].tolist() == [2]


def test_weights_stretched_by_the_adjustment_fail():
    """All treated places began the other reform at the same time; one place elsewhere tells hardly anything of it."""
    found = overlapping((36, 36, 40, 44, None, None, None, None, None, None, None, 59))
    assert found.status == "failed"
    assert found.facts["stretched"] > 3


def test_status_by_p_value():
    assert [status_of(p) for p in (0.009, 0.04, 0.06, float("nan"))] == ["failed", "warned", "passed", "not_evaluable"]


def test_an_empty_table_of_distances_passes():
    empty = pd.DataFrame(columns=["reform", "place", "months", "treated_places"])
    assert overlap(comparison(), None, empty, coarse=()).status == "passed"


def test_months_in_which_another_reform_was_in_force_are_counted():
    """With the start in the first place, later in the second, before it in the third; the fourth always had it."""
    found = overlapping((36, 50, 10, 0, 30, 40, 20, 50))
    together = sum(PERIODS - since for since in (36, 50, 40))
    assert found.facts["in_force"] == ("lane",)
    assert found.facts["in_force_share"] == pytest.approx(together / sum(PERIODS - start for start in STARTS))
    assert overlapping((None, None, None, 0, 30, 40, 20, 50)).facts["in_force"] == ()
