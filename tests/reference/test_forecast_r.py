"""Exponential smoothing against fits by R's package forecast, which statsmodels ships for its own tests.

Quarterly visitor nights of tourists in Australia (austourists) and yearly oil production (oildata), both of Hyndman and
Athanasopoulos, Forecasting: Principles and Practice (2nd edition, 2018).
"""

import json
from pathlib import Path

import numpy as np
import pytest
import statsmodels

from legalaid_eval.estimators.forecast.ets import fit_form
from legalaid_eval.estimators.forecast.state_space import Form, Smoothing, forecast_means, one_step_errors

RESULTS = Path(statsmodels.__file__).parent / "tsa" / "tests" / "results"
FITS = {
    "ANA": ("seasonal", "FALSE", Form(False, 4)),
    "AAA": ("seasonal", "TRUE", Form(True, 4)),
    "ANN": ("nonseasonal", "FALSE", Form(False, 1)),
    "AAN": ("nonseasonal", "TRUE", Form(True, 1)),
}
pytestmark = pytest.mark.skipif(not RESULTS.exists(), reason="statsmodels is installed without its tests")
every_fit = pytest.mark.parametrize("name", FITS)


def fit_of(name: str) -> tuple[dict[str, np.ndarray], Form]:
    """R's numbers; those a model has not are 0."""
    data, damped, form = FITS[name]
    stored = json.loads((RESULTS / f"fit_ets_results_{data}.json").read_text(encoding="utf-8"))[damped][name]
    return {key: np.nan_to_num(np.array(value, dtype=float)) for key, value in stored.items()}, form


@every_fit
def test_parameters_of_r_give_its_errors_and_forecasts(name):
    fit, form = fit_of(name)
    values = fit["fitted"] + fit["residuals"]
    smoothing = Smoothing(fit["alpha"], fit["beta"], fit["phi"], fit["gamma"])
    first, season = fit["initstate"], form.season if form.season > 1 else 0
    states = np.zeros((2 + form.season, 1, 1))
    states[: 1 + form.trend, 0, 0] = first[: 1 + form.trend]
    states[2 : 2 + season, 0, 0] = first[1 + form.trend :][::-1]
    errors, last = one_step_errors(values[:, None, None], states, smoothing, form)
    np.testing.assert_allclose(errors[:, 0, 0], fit["residuals"], atol=1e-6)
    found = forecast_means(last[:, :, 0], smoothing.phi, form.season, len(fit["forecast"]))
    np.testing.assert_allclose(found[0], fit["forecast"], rtol=1e-7)


@every_fit
def test_the_likelihood_found_is_at_least_that_of_r(name):
    fit, form = fit_of(name)
    values = (fit["fitted"] + fit["residuals"])[:, None]
    assert fit_form(values, form).sse[0] <= 1.0001 * (fit["residuals"] ** 2).sum()
