"""Bounds under smooth departures from parallel trends: published numbers, and the definition by linear programming."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did import EventPath, breakdown_bend, smooth_bounds
from legalaid_eval.estimators.did.honest import half_length

# Medicaid expansion of 2014 and insurance of poor childless adults, states that expanded then against those that had
# not by 2015, 2008 to 2015, 2013 the base: two-way fixed effects, errors clustered by state. The data are those of the
# worked example of the R and Stata packages HonestDiD.
MEDICAID = np.array([-0.0052854, -0.0112973, -0.002676, -0.0014193, 0.0003397, 0.0464469, 0.0692062])
LOWER = """
74.8848
60.3987 72.6650
44.4462 37.8933 50.5205
33.8576 28.6658 26.7368 40.0322
43.2801 45.4332 27.7819 24.1286 54.6266
47.6588 44.2885 30.6064 23.8087 36.8253 83.7567
24.2513 28.2466 9.6375 2.9239 9.7229 63.2140 107.1235
"""
PUBLISHED = {
    0.00: (0.026, 0.061),
    0.01: (0.013, 0.079),
    0.02: (0.003, 0.091),
    0.03: (-0.007, 0.101),
    0.04: (-0.017, 0.111),
    0.05: (-0.027, 0.121),
}


def medicaid():
    covariance = np.zeros((7, 7))
    covariance[np.tril_indices(7)] = [float(number) for number in LOWER.split()]
    covariance = (covariance + np.tril(covariance, -1).T) * 1e-6
    return EventPath(MEDICAID[:5], MEDICAID[5:], covariance, np.array([1.0, 0.0]))


@pytest.mark.parametrize("bend", PUBLISHED)
def test_the_published_intervals_of_the_first_year(bend):
    """README of the package honestdid 0.5.3 by Caceres Bravo, Rambachan and Roth: delta(sd), printed to .001."""
    found = smooth_bounds(medicaid(), bend=bend)
    assert (found.ci_low, found.ci_high) == pytest.approx(PUBLISHED[bend], abs=0.00055)


def test_the_published_breakdown_lies_between_the_printed_rows():
    assert 0.02 < breakdown_bend(medicaid()) < 0.03


def path(seed, before, after, df=np.inf):
    rng = np.random.default_rng(seed)
    root = 0.1 * rng.normal(size=(before + after, before + after + 3))
    weights = rng.uniform(0.2, 1, after)
    values = 0.3 * rng.normal(size=before + after)
    return EventPath(values[:before], values[before:], root @ root.T, weights / weights.sum(), df)


def estimator(given, bend):
    """The weights that the estimate has on each period: it is linear in them."""
    split = len(given.before)
    units = [replace(given, before=row[:split], after=row[split:]) for row in np.eye(split + len(given.after))]
    return np.array([smooth_bounds(unit, bend=bend).estimate for unit in units])


def worst_bias(weights, before, bend):
    """max weights @ delta over trends with second differences of at most `bend`, the base period zero."""
    size = len(weights)
    bends = np.diff(np.eye(size + 1), n=2, axis=0)
    bends = np.delete(bends, before, axis=1)
    found = optimize.linprog(
        -weights,
        A_ub=np.vstack([bends, -bends]),
        b_ub=np.full(2 * len(bends), bend),
        bounds=[(-1e6, 1e6)] * size,
        method="highs",
    )
    return -found.fun


CASES = [(1, 1, 1), (2, 1, 3), (3, 2, 2), (4, 3, 1), (5, 4, 4), (6, 3, 4)]


@pytest.mark.parametrize(("seed", "before", "after"), CASES)
@pytest.mark.parametrize("bend", [0.02, 0.3])
def test_the_worst_bias_is_that_of_a_linear_programme(seed, before, after, bend):
    given = path(seed, before, after)
    weights = estimator(given, bend)
    assert weights[before:] == pytest.approx(given.weights)
    found = smooth_bounds(given, bend=bend)
    assert found.worst_bias == pytest.approx(worst_bias(weights, before, bend), rel=1e-6)
    assert found.std_error == pytest.approx(np.sqrt(weights @ given.covariance @ weights))


@pytest.mark.parametrize(("seed", "before", "after"), CASES[1:])
@pytest.mark.parametrize("bend", [0.0, 0.02, 0.3])
def test_no_other_estimator_has_a_shorter_interval(seed, before, after, bend):
    given = path(seed, before, after)
    found = smooth_bounds(given, bend=bend)
    weights, rng = estimator(given, bend), np.random.default_rng(seed)
    times = np.arange(-before, 0)
    for size in (0.3, 0.03, 0.003):
        for _ in range(15):
            step = size * rng.normal(size=before)
            other = weights.copy()
            other[:before] += step - times * (step @ times) / (times @ times)
            bias = bend and worst_bias(other, before, bend)
            error = np.sqrt(other @ given.covariance @ other)
            length = half_length(bias, error, np.inf, 0.95)
            assert length >= (found.ci_high - found.ci_low) / 2 - 1e-7


def test_a_straight_drift_is_taken_out_whole():
    given = path(7, 3, 2)
    drift = 0.9 * np.array([-4.0, -3.0, -2.0, 1.0, 2.0])
    drift[:3] = 0.9 * np.array([-3.0, -2.0, -1.0])
    moved = EventPath(given.before + drift[:3], given.after + drift[3:], given.covariance, given.weights)
    for bend in (0.0, 0.1):
        assert smooth_bounds(moved, bend=bend).estimate == pytest.approx(smooth_bounds(given, bend=bend).estimate)


@pytest.mark.parametrize("df", [3.0, np.inf])
@pytest.mark.parametrize("bias", [0.0, 0.4, 5.0])
def test_the_half_length_holds_the_error_and_its_bias(df, bias):
    half = half_length(bias, 1.0, df, 0.95)
    held = stats.t.cdf(half - bias, df) - stats.t.cdf(-half - bias, df)
    assert held == pytest.approx(0.95, abs=1e-9)


def test_the_interval_at_the_breakdown_ends_at_zero():
    given = path(2, 2, 2)
    large = EventPath(given.before, given.after + 5, given.covariance, given.weights, 7.0)
    bend = breakdown_bend(large)
    assert smooth_bounds(large, bend=bend).ci_low > 0 > smooth_bounds(large, bend=1.002 * bend).ci_low


def test_wrong_paths_are_refused():
    with pytest.raises(UsageError, match="at least 1 before"):
        EventPath(np.array([]), np.array([1.0]), np.eye(1), np.array([1.0]))
    with pytest.raises(UsageError, match="infinite"):
        EventPath(np.array([np.nan]), np.array([1.0]), np.eye(2), np.array([1.0]))
    with pytest.raises(UsageError, match="bend"):
        smooth_bounds(path(1, 1, 1), bend=-1)
