"""Sampling errors that hang together over periods, as in a panel of the same townships, against plain sums."""

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did
from legalaid_eval.estimators.did.event_path import event_path

UNITS, PERIODS = list("abcdefgh"), [1, 2, 3, 4, 5, 6]
STARTS = {"a": 3, "b": 4, "c": 6}
COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "outcome": "value", "weight": "n"}


def frame(seed=2):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([UNITS, PERIODS], names=["unit", "time"])
    made = pd.DataFrame({"value": rng.normal(60, 4, len(index)), "n": rng.integers(80, 130, len(index))}, index)
    made["v"] = rng.uniform(1, 6, len(index))
    return made.reset_index().assign(start=lambda rows: rows["unit"].map(STARTS))


def covariances(made, correlation):
    """Each unit's, with the frame's variances and one correlation between any two periods."""
    parts = []
    for unit, rows in made.groupby("unit"):
        spread = np.sqrt(rows["v"].to_numpy())
        matrix = np.outer(spread, spread) * (correlation + (1 - correlation) * np.eye(len(PERIODS)))
        parts.append(pd.DataFrame(matrix, pd.MultiIndex.from_product([[unit], PERIODS]), PERIODS))
    return pd.concat(parts)


def test_uncorrelated_errors_are_variances():
    made = frame()
    plain = did.imputation_att(made, variance="v", **COLUMNS)
    full = did.imputation_att(made, covariance=covariances(made, 0.0), **COLUMNS)
    for inference in ("placebo_pool", "cr2"):
        one, other = (fit.estimate_with(inference) for fit in (plain, full))
        assert (one.ci_low, one.ci_high) == pytest.approx((other.ci_low, other.ci_high), abs=1e-9)
    bins = [fit.aggregate("event_time").drop(columns="term").to_numpy(float) for fit in (plain, full)]
    np.testing.assert_allclose(bins[0], bins[1], atol=1e-9)
    paths = [event_path(fit, width=1).covariance for fit in (plain, full)]
    np.testing.assert_allclose(paths[0], paths[1], atol=1e-9)
    slopes = [did.pre_trend(fit).contrast.own_sampling_variance for fit in (plain, full)]
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-9)
    tests = [
        did.randomisation_test(made, draws=9, **COLUMNS, **{name: given})
        for name, given in (("variance", "v"), ("covariance", covariances(made, 0.0)))
    ]
    assert tests[0].statistic == pytest.approx(tests[1].statistic)


def test_correlated_errors_count_with_both_their_weights():
    made, matrix = frame(), covariances(frame(), 0.6)
    fit = did.imputation_att(
        made.sample(frac=1, random_state=1), covariance=matrix.sample(frac=1, random_state=2), **COLUMNS
    )
    weights = pd.DataFrame(fit.contrast.weights, fit.panel.units, fit.panel.periods)
    for place, unit in enumerate(fit.panel.units):
        expected = sum(
            weights.loc[unit, t] * weights.loc[unit, s] * matrix.loc[(unit, t), s] for t in PERIODS for s in PERIODS
        )
        assert fit.contrast.own_sampling_variance[place] == pytest.approx(expected)
    smaller = fit.without("h")
    assert smaller.contrast.covariance.shape[0] == len(UNITS) - 1
    kept = did.imputation_att(made[made["unit"] != "h"], covariance=matrix, **COLUMNS)
    assert smaller.estimate.ci_low == pytest.approx(kept.estimate.ci_low)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda m: m.drop(("a", 2)), "no covariance for a in 2"),
        (lambda m: m.drop(columns=6), "expected one for all cells"),
        (lambda m: m.assign(**{}).rename(columns={6: 5}), "twice"),
        (lambda m: m * -1, "below zero"),
        (lambda m: m + np.arange(len(m))[:, None], "not symmetric"),
        (lambda m: m.astype(object).replace(m.iloc[0, 0], "x"), "text"),
        (lambda m: m.reset_index(drop=True), "unit and period as its index"),
        (lambda m: m.to_numpy(), "unit and period as its index"),
    ],
)
def test_a_covariance_that_is_none_is_refused(spoil, told):
    made = frame()
    with pytest.raises(UsageError, match=told):
        did.imputation_att(made, covariance=spoil(covariances(made, 0.3)), **COLUMNS)
    with pytest.raises(UsageError, match="both a variance and a covariance"):
        did.imputation_att(made, variance="v", covariance=covariances(made, 0.3), **COLUMNS)
