"""Exponential smoothing and Theta against statsmodels, and MinT against its formula written out."""

import warnings

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel

from legalaid_eval.estimators import forecast
from legalaid_eval.estimators.forecast.calibration import pooled_ratio
from legalaid_eval.estimators.forecast.ets import fit_form
from legalaid_eval.estimators.forecast.hierarchy import mint_gain, shrunk_covariance
from legalaid_eval.estimators.forecast.state_space import (
    Form,
    Smoothing,
    error_response,
    forecast_means,
    one_step_errors,
)
from legalaid_eval.estimators.forecast.theta import best_alpha, theta_means

N, SERIES, AHEAD = 84, 8, 15


def drawn(kind: int) -> np.ndarray:
    """Simulated counts of several levels, seasons and drifts, shape (N, SERIES)."""
    rng = np.random.default_rng(kind)
    t = np.arange(N)[:, None]
    season = rng.uniform(0, 0.4, SERIES) * np.sin(2 * np.pi * (t + np.arange(SERIES)) / 12)
    walk = rng.uniform(0, 0.05, SERIES) * rng.standard_normal((N, SERIES)).cumsum(axis=0)
    return rng.poisson(rng.uniform(5, 200, SERIES) * np.exp(season + walk)).astype(float)


def stock(values: np.ndarray, form: Form) -> ETSModel:
    dates = pd.date_range("2018-01-01", periods=len(values), freq="MS")
    trend = {"trend": "add", "damped_trend": True} if form.trend else {}
    season = {"seasonal": "add", "seasonal_periods": form.season} if form.season > 1 else {}
    return ETSModel(pd.Series(values, index=dates), error="add", **trend, **season)


def fitted(values: np.ndarray, form: Form):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return stock(values, form).fit(disp=False)


FORMS = [Form(trend, season) for trend in (False, True) for season in (1, 12)]
every_form = pytest.mark.parametrize("form", FORMS, ids=str)


@every_form
def test_equal_parameters_give_the_errors_states_and_forecasts_of_statsmodels(form):
    logs = np.log1p(drawn(1)[:, 0])
    result = fitted(logs, form)
    found = dict(zip(result.param_names, result.params, strict=True))
    names = ("smoothing_level", "smoothing_trend", "damping_trend", "smoothing_seasonal")
    smoothing = Smoothing(*(np.array([found.get(name, 0.0)]) for name in names))
    states = np.zeros((2 + form.season, 1, 1))
    states[0], states[1] = found["initial_level"], found.get("initial_trend", 0)
    if form.season > 1:
        states[2:, 0, 0] = [found[f"initial_seasonal.{i}"] for i in range(form.season)][::-1]
    errors, last = one_step_errors(logs[:, None, None], states, smoothing, form)
    np.testing.assert_allclose(errors[:, 0, 0], result.resid, atol=1e-10)
    means = forecast_means(last[:, :, 0], smoothing.phi, form.season, AHEAD)
    np.testing.assert_allclose(means[0], result.forecast(AHEAD), atol=1e-10)
    variance = result.scale * np.cumsum(error_response(smoothing, form.season, AHEAD)[0] ** 2)
    np.testing.assert_allclose(variance, result.get_prediction(N, N + AHEAD - 1).forecast_variance, rtol=1e-8)


@every_form
def test_the_likelihood_found_is_at_least_that_of_statsmodels(form):
    logs = np.log1p(drawn(2))
    ours = fit_form(logs, form)
    theirs = np.array([fitted(column, form).sse for column in logs.T])
    behind = N / 2 * np.log(ours.sse / theirs)
    assert behind.max() < 0.5
    assert behind.mean() < 0.05


@every_form
def test_what_is_fitted_is_a_fit_of_its_own_parameters(form):
    logs = np.log1p(drawn(3))
    ours = fit_form(logs, form)
    s = ours.smoothing
    assert ((s.alpha > 0) & (s.alpha < 1) & (s.beta <= s.alpha) & (s.gamma <= 1 - s.alpha)).all()
    np.testing.assert_allclose((ours.errors**2).sum(axis=0), ours.sse, rtol=1e-12)
    np.testing.assert_allclose(ours.errors.mean(axis=0), 0, atol=0.1)


@pytest.mark.parametrize("kind", [4, 5, 6])
def test_theta_is_that_of_statsmodels(kind):
    values = drawn(kind)
    values[10, 0] = 0
    found = theta_means(values, season=12, horizon=AHEAD)
    dates = pd.date_range("2018-01-01", periods=N, freq="MS")
    for column, means in zip(values.T, found, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oracle = ThetaModel(pd.Series(column, index=dates), period=12).fit().forecast(AHEAD)
        np.testing.assert_allclose(means, oracle, rtol=2e-4)


def test_theta_finds_the_best_weight():
    values = np.log1p(drawn(7))
    alpha = best_alpha(values)
    form = Form(False, 1)

    def squares(at):
        states = np.concatenate([values[:1], np.zeros((2, SERIES))])[:, :, None]
        zero = np.zeros(SERIES)
        errors, _ = one_step_errors(values[:, :, None], states, Smoothing(at, zero, zero, zero), form)
        return (errors[:, :, 0] ** 2).sum(axis=0)

    every = np.array([squares(np.full(SERIES, at)) for at in np.linspace(0, 1, 501)])
    assert (squares(alpha) <= every.min(axis=0) + 1e-9).all()


def test_mint_is_the_generalised_least_squares_solution():
    """Wickramasuriya, Athanasopoulos and Hyndman (2019), equation 9, with the inverse written out."""
    rng = np.random.default_rng(8)
    adding = np.array([[1.0, 1, 1, 1], [1, 1, 0, 0]])
    errors = rng.standard_normal((6, 60)) * np.arange(1, 7)[:, None]
    forecasts = rng.uniform(10, 20, 6)
    summing, weight = np.concatenate([adding, np.eye(4)]), np.linalg.inv(shrunk_covariance(errors))
    expected = np.linalg.solve(summing.T @ weight @ summing, summing.T @ weight @ forecasts)
    upper, lower = forecasts[:2], forecasts[2:]
    np.testing.assert_allclose(lower + mint_gain(errors, adding) @ (upper - adding @ lower), expected, rtol=1e-10)


def test_errors_as_large_as_claimed_widen_nothing_and_larger_ones_do():
    rng = np.random.default_rng(9)
    errors = rng.standard_normal((6, 40, 12))
    assert pooled_ratio(errors) == pytest.approx(1, abs=0.03)
    assert pooled_ratio(1.3 * errors) == pytest.approx(1.3 ** (40 / 41), abs=0.03)
    assert pooled_ratio(9 * errors) == 1.5
    assert pooled_ratio(np.full((0, 3, 12), np.nan)) == 1


def test_limits_of_normal_log_errors_are_the_normal_ones():
    """A level that never moves, of many cases: the limits are those of independent log-normal months."""
    rng = np.random.default_rng(10)
    months = pd.period_range("1990-01", periods=360, freq="M")
    values = pd.Series(np.round(1e5 * np.exp(0.1 * rng.standard_normal(360))), index=months)
    found = forecast.forecast_counts(values, horizon=6, method="ets")
    width = np.log(found["hi95"] / found["lo95"]).mean()
    assert width == pytest.approx(2 * 1.96 * 0.1, rel=0.15)
