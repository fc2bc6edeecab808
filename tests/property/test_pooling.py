"""What holds for every set of pooled places. All data are made up."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.estimators.pooling import shrink_counts, shrink_rates

trials = st.integers(0, 300)
places = st.lists(st.tuples(trials, st.floats(0, 1)), min_size=2, max_size=7).filter(
    lambda rows: sum(n > 0 for n, _ in rows) > 1
)
some = settings(max_examples=15, deadline=None)


def frame(rows) -> pd.DataFrame:
    return pd.DataFrame({"cases": [n for n, _ in rows], "done": [round(n * p) for n, p in rows]})


def shrunk(data: pd.DataFrame) -> pd.DataFrame:
    return shrink_rates(data, successes="done", trials="cases")


@some
@given(places)
def test_estimates_lie_in_their_intervals_and_between_the_bounds(rows):
    found = shrunk(frame(rows))
    assert (found.ci_low <= found.ci_high).all() and found[["ci_low", "ci_high"]].stack().between(0, 100).all()
    assert (found.std_error > 0).all() and found.weight.between(0, 1).all()
    assert ((found.estimate > found.ci_low - 5) & (found.estimate < found.ci_high + 5)).all()


@some
@given(places, st.randoms(use_true_random=False))
def test_order_and_index_are_irrelevant(rows, random):
    data = frame(rows).set_axis([f"county {k}" for k in range(len(rows))])
    order = random.sample(range(len(rows)), len(rows))
    one, other = shrunk(data), shrunk(data.iloc[order])
    np.testing.assert_allclose(one.estimate.iloc[order], other.estimate, rtol=1e-9)
    assert list(other.index) == list(data.index[order])


@some
@given(places)
def test_done_and_not_done_are_mirrors(rows):
    data = frame(rows)
    one, other = shrunk(data), shrunk(data.assign(done=data.cases - data.done))
    np.testing.assert_allclose(one.estimate, 100 - other.estimate, atol=1e-4)
    np.testing.assert_allclose(one.ci_low, 100 - other.ci_high, atol=2e-2)


@some
@given(places)
def test_more_trials_mean_more_weight_of_ones_own(rows):
    found = shrunk(frame(rows)).sort_values("cases")
    assert (np.diff(found.weight) > -1e-12).all()


@some
@given(places.filter(lambda rows: sum(round(n * p) for n, p in rows) > 0), st.sampled_from([1.0, 10.0, 1e4]))
def test_the_unit_of_a_rate_is_only_a_unit(rows, per):
    data = frame(rows)
    one, other = (shrink_counts(data, count="done", exposure="cases", per=unit) for unit in (1.0, per))
    names = ["rate", "estimate", "ci_low", "ci_high", "std_error"]
    np.testing.assert_allclose(other[names], per * one[names], rtol=1e-6)
