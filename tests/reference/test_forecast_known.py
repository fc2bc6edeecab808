"""What is known beforehand: its effect against weighted least squares of statsmodels, and against a known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from legalaid_eval.estimators import forecast
from legalaid_eval.estimators.forecast.calibration import past_errors
from legalaid_eval.estimators.forecast.known_effects import _pooled, _shrunk, known_effect

MONTHS, AHEAD, EFFECT = 84, 12, -0.6
INDEX = pd.period_range("2018-01", periods=MONTHS + AHEAD, freq="M")
FEBRUARY = np.array([0.4, 0.9, 0.6, 0.2, 0.8, 0.5, 0.1, 0.7])
"""Which share of a festival lies in February, by year; the rest lies in January."""


def festival() -> pd.Series:
    share = pd.Series(0.0, index=INDEX)
    share[INDEX.month == 1], share[INDEX.month == 2] = 1 - FEBRUARY, FEBRUARY
    return share


def means(series: int, level: float = 200.0) -> np.ndarray:
    """Means of simulated counts with season and festival, shape (MONTHS + AHEAD, series)."""
    t = np.arange(len(INDEX))[:, None]
    return level * np.exp(
        0.2 * np.sin(2 * np.pi * t / 12 + np.arange(series)) + EFFECT * festival().to_numpy()[:, None]
    )


def test_the_pooled_effect_is_that_of_weighted_least_squares_with_months_as_clusters():
    rng = np.random.default_rng(1)
    moved = rng.standard_normal((60, 2))
    changes = 0.3 * moved[:, :1] + rng.standard_normal((60, 4)) * np.array([0.1, 0.2, 0.5, 1.0]) + 0.2
    changes[:20, 3] = np.nan
    found, covariance = _pooled(changes, moved)
    centred = changes - np.nanmedian(changes, axis=0)
    weights = np.broadcast_to(1 / np.nanmean(centred**2, axis=0), changes.shape)
    at = np.isfinite(changes)
    month, _ = np.nonzero(at)
    fit = sm.WLS(centred[at], moved[month], weights=weights[at]).fit(
        cov_type="cluster", cov_kwds={"groups": month, "use_correction": False}
    )
    np.testing.assert_allclose(found, fit.params, rtol=1e-10)
    np.testing.assert_allclose(covariance, fit.cov_params() * 60 / 58, rtol=1e-10)


def test_what_is_noise_is_drawn_to_nothing_and_what_is_sure_is_kept():
    assert _shrunk(np.array([0.1]), np.array([[0.04]])) == 0
    assert _shrunk(np.array([1.0]), np.array([[0.01]])) == pytest.approx(0.99)


def test_the_effect_of_a_moving_festival_is_found():
    counts = np.random.default_rng(2).poisson(means(12)).astype(float)
    found = known_effect(counts[:MONTHS], festival().to_numpy()[:, None], season=12)
    january = 1 - FEBRUARY
    expected = np.exp(EFFECT * (january - january[:-1].mean()))
    assert found.used
    np.testing.assert_allclose(found.factors[::12], expected, rtol=0.03)
    np.testing.assert_array_equal(found.factors[5::12], 1)


@pytest.mark.parametrize("method", ["combined", "ets", "theta", "seasonal_naive"])
def test_without_noise_the_truth_is_forecast(method):
    truth = means(3, level=1e6)
    past = pd.DataFrame(truth[:MONTHS], index=INDEX[:MONTHS]).add_prefix("county ")
    found = forecast.forecast_many(past, horizon=AHEAD, method=method, known=festival())
    means_found = found.frame["mean"].to_numpy().reshape(3, AHEAD).T
    np.testing.assert_allclose(means_found, truth[MONTHS:], rtol=2e-3)
    plain = forecast.forecast_many(past, horizon=AHEAD, method=method).frame["mean"].to_numpy().reshape(3, AHEAD).T
    assert np.abs(plain[:2] / truth[MONTHS : MONTHS + 2] - 1).max() > 0.05


@pytest.mark.parametrize("months", [1, 2, 6])
def test_without_noise_the_year_is_said_after_its_first_month(months):
    truth = means(3, level=1e6)
    past = pd.DataFrame(truth[: MONTHS + months], index=INDEX[: MONTHS + months]).add_prefix("county ")
    found = forecast.nowcast_many(past, year=2025, known=festival()).frame["expected"].to_numpy()[:-1]
    np.testing.assert_allclose(found, truth[MONTHS:].sum(axis=0), rtol=2e-3)
    if months == 1:
        plain = forecast.nowcast_many(past, year=2025).frame["expected"].to_numpy()[:-1]
        assert np.abs(plain / truth[MONTHS:].sum(axis=0) - 1).min() > 0.02


def test_each_origin_of_a_back_test_uses_what_is_known_ahead():
    truth = pd.DataFrame(means(3, level=1e6), index=INDEX).add_prefix("county ")
    found = forecast.backtest(truth, horizon=6, known=festival(), origins=4, step=6)
    assert found.by_series["mase"].max() < 0.05
    assert forecast.backtest(truth, horizon=6, origins=4, step=6).by_series["mase"].min() > 0.1


def test_sums_with_mint_are_forecast_with_what_is_known():
    truth = means(3, level=1e6)
    past = pd.DataFrame(truth[:MONTHS], index=INDEX[:MONTHS]).add_prefix("county ")
    found = forecast.forecast_many(past, horizon=AHEAD, known=festival())
    city = forecast.reconcile(found, structure={"city": list(past)}, method="mint").frame["mean"].to_numpy()[:AHEAD]
    np.testing.assert_allclose(city, truth[MONTHS:].sum(axis=1), rtol=2e-3)


def test_past_forecasts_that_intervals_learn_from_use_what_is_known():
    noise = np.exp(0.1 * np.random.default_rng(3).standard_normal((MONTHS, 12)))
    share = festival().to_numpy()[:, None]
    struck = means(12, level=1e4)[:MONTHS] * noise
    calm = struck / np.exp(EFFECT * share[:MONTHS])
    settings = {"season": 12, "horizon": AHEAD, "method": "seasonal_naive"}
    expected = past_errors(calm, **settings).ravel()
    assert np.corrcoef(past_errors(struck, known=share, **settings).ravel(), expected)[0, 1] > 0.97
    assert np.corrcoef(past_errors(struck, **settings).ravel(), expected)[0, 1] < 0.9
