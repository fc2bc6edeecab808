"""What holds for every sample, however it was drawn. All data are made up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import survey

DESIGN = {"weight": "weight", "stratum": "stratum", "psu": "town"}
some = settings(max_examples=25, deadline=None)


@st.composite
def samples(draw) -> pd.DataFrame:
    """One to three strata of two to six clusters of one to nine respondents; rates may be 0 or 1."""
    towns = draw(st.lists(st.integers(2, 6), min_size=1, max_size=3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    stratum = np.repeat(np.arange(len(towns)), towns)
    town = np.repeat(np.arange(len(stratum)), rng.integers(1, 10, len(stratum)))
    share = draw(st.sampled_from([0.0, 0.05, 0.5, 0.9, 1.0]))
    return pd.DataFrame(
        {
            "stratum": stratum[town],
            "town": town,
            "weight": rng.integers(1, 9, len(town)) / 2,
            "aware": rng.random(len(town)) < share,
            "days": rng.normal(10, 3, len(town)),
            "group": rng.choice(["a", "b", "c"], len(town)),
            "population": 20.0,
        }
    )


def numbers(estimate) -> list[float]:
    return [estimate.estimate, estimate.std_error, estimate.ci_low, estimate.ci_high]


@some
@given(samples(), st.sampled_from([1e-3, 7.0, 1e6]))
def test_scale_of_weights_matters_to_totals_only(frame, scale):
    scaled = frame.assign(weight=frame.weight * scale)
    for call, outcome in ((survey.mean, "days"), (survey.proportion, "aware")):
        one, other = (call(data, outcome=outcome, **DESIGN) for data in (frame, scaled))
        assert numbers(other) == pytest.approx(numbers(one), rel=1e-9, abs=1e-9)
    one, other = (survey.total(data, outcome="days", **DESIGN) for data in (frame, scaled))
    assert numbers(other) == pytest.approx([scale * value for value in numbers(one)], rel=1e-9)


@some
@given(samples(), st.integers(0, 500))
def test_without_a_design_the_error_is_the_classical_one(frame, unseen):
    n = len(frame)
    found = survey.mean(frame.assign(weight=3.0), outcome="days", weight="weight", fpc=n + unseen)
    classical = frame.days.std() / n**0.5 * (unseen / (n + unseen)) ** 0.5
    assert found.estimate == pytest.approx(frame.days.mean(), rel=1e-9)
    assert found.std_error == pytest.approx(classical, rel=1e-9, abs=1e-12)


@some
@given(samples())
def test_domains_add_up_and_the_whole_is_one_domain(frame):
    whole = survey.total(frame, outcome="days", **DESIGN)
    parts = survey.by_domain(frame, domain="group", outcome="days", statistic="total", **DESIGN)
    assert sum(one.estimate for one in parts.estimates) == pytest.approx(whole.estimate, rel=1e-9)
    one = survey.by_domain(frame.assign(all="all"), domain="all", outcome="days", statistic="mean", **DESIGN)["all"]
    assert numbers(one) == pytest.approx(numbers(survey.mean(frame, outcome="days", **DESIGN)), rel=1e-9)


@some
@given(samples())
def test_mean_of_a_domain_is_a_ratio_of_totals(frame):
    """Its error is that of the ratio's linearised values, zero for respondents outside."""
    for label, found in zip(
        "abc",
        survey.by_domain(frame, domain="group", outcome="days", statistic="mean", **DESIGN).estimates,
        strict=False,
    ):
        inside = frame.group == label
        if not inside.any() or np.isnan(found.std_error):
            continue
        size = frame.weight[inside].sum()
        values = np.where(inside, (frame.days - found.estimate) / size, 0.0)
        ratio = survey.total(frame.assign(values=values), outcome="values", **DESIGN)
        assert found.std_error == pytest.approx(ratio.std_error, rel=1e-9)
        assert ratio.estimate == pytest.approx(0, abs=1e-9)


@some
@given(samples(), st.sampled_from(["auto", "korn_graubard"]))
def test_interval_of_a_proportion_lies_in_bounds_holds_the_estimate_and_has_width(frame, method):
    designs = (DESIGN, {"weight": "weight"}, {}, {**DESIGN, "fpc": "population"})
    for found in (survey.proportion(frame, outcome="aware", method=method, **design) for design in designs):
        assert 0 <= found.ci_low <= found.estimate <= found.ci_high <= 100
        assert found.ci_high - found.ci_low > 0.1


@some
@given(samples())
def test_yes_and_no_are_mirrors_and_caution_only_widens(frame):
    yes = survey.proportion(frame, outcome="aware", **DESIGN)
    no = survey.proportion(frame.assign(aware=~frame.aware), outcome="aware", **DESIGN)
    assert [no.estimate, no.ci_low, no.ci_high] == pytest.approx(
        [100 - one for one in (yes.estimate, yes.ci_high, yes.ci_low)]
    )
    published = survey.proportion(frame, outcome="aware", method="korn_graubard", **DESIGN)
    assert yes.ci_low <= published.ci_low + 1e-9 and yes.ci_high >= published.ci_high - 1e-9


@some
@given(samples(), st.booleans())
def test_cells_with_counts_equal_respondents(frame, clustered):
    used = DESIGN if clustered else {"weight": "weight", "stratum": "stratum"}
    cells = frame.groupby([*dict.fromkeys(used.values()), "aware", "group"]).size().reset_index(name="n")
    one, other = (
        survey.proportion(data, outcome="aware", **used, **more)
        for data, more in ((frame, {}), (cells, {"count": "n"}))
    )
    assert numbers(other) == pytest.approx(numbers(one), rel=1e-9, abs=1e-9)
    assert (other.n, other.n_clusters) == (one.n, one.n_clusters)
    effects = (
        [
            survey.design_effect(frame, outcome="aware", **used),
            survey.design_effect(cells, outcome="aware", count="n", **used),
        ]
        if frame.aware.nunique() == 2
        else [None] * 2
    )
    assert effects[0] is effects[1] or effects[0].design_effect == pytest.approx(effects[1].design_effect)


@some
@given(samples(), st.integers(0, 2**32 - 1))
def test_raked_weights_meet_their_margins(frame, seed):
    rng = np.random.default_rng(seed)
    known = {name: rng.uniform(1, 3, frame[name].nunique()) for name in ("stratum", "group")}
    margins = {
        name: dict(zip(sorted(frame[name].unique()), 1000 * share / share.sum(), strict=True))
        for name, share in known.items()
    }
    full = frame.groupby(["stratum", "group"]).size().unstack().notna().all(axis=None)
    if not full:
        return
    found = survey.rake(frame, margins=margins, weight="weight")
    for name, margin in margins.items():
        assert found.weights.groupby(frame[name]).sum().to_dict() == pytest.approx(margin, rel=1e-7)
    assert found.smallest_adjustment <= 1 <= found.largest_adjustment
    again = survey.rake(frame.assign(weight=found.weights), margins=margins, weight="weight")
    assert again.iterations == 1 and again.largest_adjustment == pytest.approx(1, rel=1e-7)


GOOD = pd.DataFrame(
    {
        "y": [True, False, True, True],
        "weight": [1.0, 2.0, 1.0, 2.0],
        "stratum": list("aabb"),
        "town": [1, 2, 1, 2],
        "N": [5.0, 5.0, 6.0, 6.0],
    }
)


@pytest.mark.parametrize(
    ("change", "call", "found"),
    [
        ({"weight": [1.0, -2.0, 1.0, 2.0]}, {}, "-2"),
        ({"weight": [1.0, np.nan, 1.0, 2.0]}, {}, "nan"),
        ({"weight": list("abcd")}, {}, "'weight'"),
        ({"weight": [0.0] * 4}, {}, "only zeros"),
        ({"stratum": ["a", None, "b", "b"]}, {}, "stratum"),
        ({"stratum": list("aaab")}, {"fpc": None}, "single cluster"),
        ({"y": [1, 2, 0, 1]}, {}, "2 in 'y'"),
        ({"y": list("abcd")}, {}, "'y'"),
        ({"N": [5.0, 5.0, 1.0, 1.0]}, {}, "population of 1"),
        ({"N": [5.0, 4.0, 6.0, 6.0]}, {}, "'N'"),
        ({"N": [0.4, 0.4, 0.3, 0.3]}, {}, "population of 0.4"),
        ({}, {"outcome": "absent"}, "absent"),
        ({}, {"psu": "absent"}, "absent"),
        ({}, {"fpc": True}, "fpc"),
        ({}, {"conf_level": 95}, "conf_level"),
        ({}, {"method": "wald"}, "wald"),
        ({}, {"method": "wilson"}, "simple random"),
        ({}, {"lonely": "remove"}, "remove"),
        ({}, {"count": "y"}, "'y'"),
    ],
)
def test_what_cannot_be_a_sample_is_refused_with_what_was_found(change, call, found):
    arguments = {"outcome": "y", "fpc": "N", **DESIGN, **call}
    survey.proportion(GOOD, outcome="y", fpc="N", **DESIGN)
    with pytest.raises(UsageError, match=found):
        survey.proportion(GOOD.assign(**change), **arguments)


def test_empty_frames_unscaled_totals_and_impossible_margins_are_refused():
    with pytest.raises(UsageError, match="without rows"):
        survey.mean(GOOD.iloc[:0], outcome="y")
    with pytest.raises(UsageError, match="size of the population"):
        survey.total(GOOD.assign(y=1.0), outcome="y")
    for margins, found in (
        ({"stratum": {"a": 5, "b": 5, "c": 1}}, "nobody in the sample with c"),
        ({"stratum": {"a": 5}}, "found b"),
        ({"stratum": {"a": 5, "b": 5}, "town": {1: 5, 2: 9}}, "unequal totals"),
        ({"stratum": {"a": -5, "b": 5}}, "margin"),
    ):
        with pytest.raises(UsageError, match=found):
            survey.rake(GOOD, margins=margins)
    same = GOOD.assign(town=[1, 1, 2, 2])
    with pytest.raises(UsageError, match="percent off"):
        survey.rake(same, margins={"stratum": {"a": 5, "b": 5}, "town": {1: 4, 2: 6}})


def test_plans_shrink_with_size_and_say_when_nothing_can_be_seen():
    seen = [survey.smallest_detectable_change(80, clusters=c, cluster_size=20, intra_cluster=0.05) for c in (8, 20, 80)]
    assert [one.rise for one in seen] == sorted((one.rise for one in seen), reverse=True)
    panel = survey.smallest_detectable_change(
        80, clusters=20, cluster_size=20, intra_cluster=0.05, overlap=1, wave_correlation=0.6
    )
    assert panel.rise < seen[1].rise
    assert survey.smallest_detectable_change(98, clusters=8, cluster_size=20, intra_cluster=0.05).rise is None
    for goal in ({"change": -5}, {"threshold": 75}, {"half_width": 4}):
        size = survey.sample_size(80, cluster_size=20, intra_cluster=0.05, strata=2, **goal)
        fewer = size.clusters - 1
        if "change" in goal:
            assert (
                survey.smallest_detectable_change(
                    80, clusters=size.clusters, cluster_size=20, intra_cluster=0.05, strata=2
                ).fall
                <= 5
                < survey.smallest_detectable_change(
                    80, clusters=fewer, cluster_size=20, intra_cluster=0.05, strata=2
                ).fall
            )
    with pytest.raises(UsageError, match="0 goals"):
        survey.sample_size(80, cluster_size=20)
    with pytest.raises(UsageError, match="above the strata"):
        survey.smallest_detectable_change(80, clusters=4, cluster_size=20, strata=4)
    with pytest.raises(UsageError, match="rate 120"):
        survey.smallest_detectable_change(120, clusters=4, cluster_size=20)


def test_clusters_that_all_gave_the_same_share_are_worth_any_number_of_respondents():
    frame = pd.DataFrame({"aware": [0, 1] * 6, "town": np.repeat(list("abcdef"), 2)})
    found = survey.design_effect(frame, outcome="aware", psu="town")
    assert (found.design_effect, found.effective_n, found.intra_cluster) == (0, np.inf, -1)
