"""What must hold of effects and of the two-way coefficient for any staggered panel, whatever its numbers."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.estimators import did

COLUMNS = {"unit": "unit", "time": "time", "cohort": "cohort", "outcome": "outcome"}
FEW = settings(max_examples=20, deadline=None)
FEWER = settings(max_examples=8, deadline=None)


@st.composite
def panels(draw, *, never=2, first=1):
    """Cohorts of one to three units over four to nine periods; `first` place of a start, `never` least untreated."""
    periods = draw(st.integers(4, 9))
    starts = draw(st.lists(st.integers(first, periods - 1), min_size=1, max_size=4, unique=True))
    sizes = draw(st.lists(st.integers(1, 3), min_size=len(starts), max_size=len(starts)))
    start = np.repeat([*starts, periods], [*sizes, draw(st.integers(never, 5))])
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = (len(start), periods)
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(shape[0]), periods),
            "time": np.tile(np.arange(2001, 2001 + periods), shape[0]),
            "cohort": np.repeat(np.where(start < periods, start + 2001.0, np.nan), periods),
            "outcome": rng.normal(size=shape).ravel(),
            "weight": np.repeat(rng.integers(1, 4, shape[0]), periods),
        }
    )
    return frame


def additive(frame, rng):
    """Unit and period effects, large beside the noise."""
    return 50 * rng.normal(size=1000)[frame["unit"]] + 50 * rng.normal(size=3000)[frame["time"]]


@FEW
@given(panels(), st.sampled_from(["previous", "universal", "all_pre"]), st.booleans())
def test_without_noise_every_effect_is_found_exactly(frame, base, not_yet):
    rng = np.random.default_rng(5)
    truth = rng.normal(size=(3000, 20))[frame["cohort"].fillna(0).astype(int), frame["time"] - 2001]
    on = (frame["time"] >= frame["cohort"]).to_numpy()
    frame = frame.assign(outcome=additive(frame, rng) + on * truth, truth=truth)
    control = "not_yet_treated" if not_yet else "never_treated"
    found = did.group_time_att(frame, base=base, control=control, **COLUMNS).att_gt
    expected = frame[on].groupby(["cohort", "time"])["truth"].first()
    post = found[found["time"] >= found["cohort"]].set_index(["cohort", "time"])["att"]
    assert len(post) == len(expected)
    assert post.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-9)
    assert found.loc[found["time"] < found["cohort"], "att"].to_numpy() == pytest.approx(0, abs=1e-9)
    imputed = did.imputation_att(frame, weight="weight", **COLUMNS)
    assert imputed.estimate.estimate == pytest.approx(np.average(truth[on], weights=frame["weight"][on]), abs=1e-9)
    bins = imputed.aggregate("event_time", bin=2)
    before = [term for term in bins["term"] if term.startswith("-")]
    assert bins.loc[bins["term"].isin(before), "estimate"].to_numpy() == pytest.approx(0, abs=1e-9)


@FEW
@given(panels(), st.sampled_from(["previous", "all_pre"]), st.sampled_from(["never_treated", "not_yet_treated"]))
def test_unit_and_period_effects_order_and_scale_do_not_matter(frame, base, control):
    rng = np.random.default_rng(6)
    changed = frame.assign(outcome=3 * frame["outcome"] + additive(frame, rng)).sample(frac=1, random_state=1)
    for estimate in (
        lambda data: did.group_time_att(data, base=base, control=control, weight="weight", **COLUMNS),
        lambda data: did.imputation_att(data, weight="weight", **COLUMNS),
    ):
        one, other = estimate(frame).aggregate("event_time"), estimate(changed).aggregate("event_time")
        assert list(one["term"]) == list(other["term"])
        numbers = ["estimate", "std_error", "ci_low", "ci_high"]
        assert other[numbers].to_numpy() == pytest.approx(3 * one[numbers].to_numpy(), abs=1e-7, nan_ok=True)


@FEW
@given(panels())
def test_a_unit_of_weight_three_is_a_cluster_of_three_units(frame):
    copies = frame.loc[frame.index.repeat(frame["weight"])]
    number = copies.groupby(["unit", "time"]).cumcount()
    copies = copies.assign(cluster=copies["unit"], unit=copies["unit"] * 10 + number)
    weighted = did.group_time_att(frame, weight="weight", **COLUMNS)
    clustered = did.group_time_att(copies, cluster="cluster", **COLUMNS)
    pd.testing.assert_frame_equal(weighted.att_gt, clustered.att_gt, atol=1e-10)
    for kind in ("simple", "event_time", "cohort", "time"):
        pd.testing.assert_frame_equal(weighted.aggregate(kind), clustered.aggregate(kind), atol=1e-10)
    assert clustered.estimate.n_clusters == frame["unit"].nunique()


@FEW
@given(panels(), st.sampled_from(["previous", "universal", "all_pre"]))
def test_the_contrast_is_the_estimate_whichever_inference(frame, base):
    influence = did.group_time_att(frame, base=base, weight="weight", **COLUMNS)
    contrast = did.group_time_att(frame, base=base, weight="weight", inference="placebo_pool", **COLUMNS)
    for kind, bin in (("simple", None), ("event_time", None), ("event_time", 3), ("cohort", None), ("time", None)):
        one, other = influence.aggregate(kind, bin=bin), contrast.aggregate(kind, bin=bin)
        assert list(one["term"]) == list(other["term"])
        assert other["estimate"].to_numpy() == pytest.approx(one["estimate"].to_numpy(), abs=1e-10)
    assert contrast.att_gt["att"].to_numpy() == pytest.approx(influence.att_gt["att"].to_numpy(), abs=1e-10)
    assert influence.contrast.estimate == pytest.approx(influence.estimate.estimate, abs=1e-10)


@FEWER
@given(panels(), st.sampled_from([1, 2, 3]), st.sampled_from(["placebo_pool", "cr2"]), st.booleans())
def test_an_effect_on_all_cells_of_a_bin_is_added_to_it_and_leaves_its_interval_as_wide(
    frame, width, inference, impute
):
    """Before treatment as after it: no bin serves as its own baseline."""
    estimate = did.imputation_att if impute else partial(did.group_time_att, base="all_pre")
    number = (frame["time"] - frame["cohort"]) // width
    before = estimate(frame, inference=inference, **COLUMNS).aggregate("event_time", bin=width)
    for bin in number.dropna().unique():
        term = int(bin) if width == 1 else f"{int(bin) * width}..{int(bin + 1) * width - 1}"
        moved = frame.assign(outcome=frame["outcome"] + 7.0 * (number == bin))
        after = estimate(moved, inference=inference, **COLUMNS).aggregate("event_time", bin=width)
        one, other = (rows[rows["term"] == term] for rows in (before, after))
        assert other["estimate"].to_numpy() == pytest.approx(one["estimate"].to_numpy() + 7, abs=1e-8)
        assert other["std_error"].to_numpy() == pytest.approx(one["std_error"].to_numpy(), abs=1e-8, nan_ok=True)


@FEW
@given(panels(never=0, first=0))
def test_the_decomposition_adds_up_to_the_two_way_coefficient(frame):
    if frame.groupby("unit")["cohort"].first().nunique(dropna=False) < 2:
        frame.loc[frame["unit"] == frame["unit"].max(), "cohort"] = np.nan
    if frame["cohort"].nunique(dropna=False) < 2 or frame["cohort"].max() == 2001:
        return
    effect = did.two_way_effect(frame, **COLUMNS)
    shares = did.bacon_shares(frame, **COLUMNS)
    assert shares["weight"].min() >= 0
    assert shares["weight"].sum() == pytest.approx(1, abs=1e-12)
    assert (shares["weight"] * shares["estimate"]).sum() == pytest.approx(effect.estimate, abs=1e-9)
    forbidden = shares["kind"].isin(["later_vs_earlier", "later_vs_always"]).any()
    assert (effect.warning == "already_treated_as_controls") == forbidden
    pd.testing.assert_frame_equal(effect.bacon, shares)


@FEW
@given(panels())
def test_leaving_a_unit_treated_from_the_start_out_changes_nothing(frame):
    always = frame[frame["unit"] == 0].assign(unit=999, cohort=2001.0)
    both = pd.concat([frame, always])
    for estimate in (did.group_time_att, did.imputation_att):
        one, other = estimate(frame, **COLUMNS), estimate(both, **COLUMNS)
        assert other.dropped == (999,) and one.dropped == ()
        assert other.estimate == one.estimate
