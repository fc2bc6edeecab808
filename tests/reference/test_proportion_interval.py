"""Intervals of proportions against published numbers and an independent library."""

import pytest
from statsmodels.stats.proportion import proportion_confint

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.survey import proportion_interval


@pytest.mark.parametrize(
    ("k", "n", "method", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table I: methods 3 (score) and 5 (exact).
        (81, 263, "wilson", 25.53, 36.62),
        (15, 148, "wilson", 6.24, 16.05),
        (0, 20, "wilson", 0.00, 16.11),
        (1, 29, "wilson", 0.61, 17.18),
        (81, 263, "clopper_pearson", 25.27, 36.76),
        (15, 148, "clopper_pearson", 5.78, 16.17),
        (0, 20, "clopper_pearson", 0.00, 16.84),
        (1, 29, "clopper_pearson", 0.09, 17.76),
    ],
)
def test_published_intervals(k, n, method, low, high):
    estimate = proportion_interval(k, n, method=method)
    assert (round(estimate.ci_low, 2), round(estimate.ci_high, 2)) == (low, high)


@pytest.mark.parametrize("n", [5, 30, 143, 499])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("ours", "theirs"), [("wilson", "wilson"), ("clopper_pearson", "beta")])
def test_an_independent_library_agrees(n, level, ours, theirs):
    for k in {0, 1, n // 3, n - 2, n}:
        low, high = proportion_confint(k, n, alpha=1 - level, method=theirs)
        estimate = proportion_interval(k, n, conf_level=level, method=ours)
        assert estimate.ci_low == pytest.approx(100 * low, abs=1e-9)
        assert estimate.ci_high == pytest.approx(100 * high, abs=1e-9)


def test_the_default_is_exact_near_the_edges_and_never_of_zero_width():
    assert proportion_interval(30, 30).method == "clopper_pearson"
    assert proportion_interval(30, 30).ci_low == pytest.approx(88.43, abs=0.005)
    assert proportion_interval(96, 100).method == "wilson"
    assert all(proportion_interval(k, 40).ci_low < proportion_interval(k, 40).ci_high for k in range(41))


@pytest.mark.parametrize(("k", "n"), [(-1, 10), (11, 10), (0, 0)])
def test_impossible_counts_are_refused_with_what_was_found(k, n):
    with pytest.raises(UsageError, match=f"{k} in {n}"):
        proportion_interval(k, n)
