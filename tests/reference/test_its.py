"""Interrupted series against statsmodels, written out independently, and against their own definitions.

All series are simulated. The specification is that of the published tutorial (Lopez Bernal, Cummins and Gasparrini
2017): log link, offset, linear trend in months, Fourier pairs of the month, a step at the start.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy.integrate import trapezoid
from scipy.stats import t as student

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.its import interrupted_means, interrupted_series
from legalaid_eval.estimators.its.autocorrelation import RHOS, SIGMAS

START = 37
OPTIONS = {"time": "month", "count": "cases", "start": START}


def simulated(seed: int = 4, months: int = 59, base: float = 60.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    t = np.arange(1, months + 1)
    shock = 0.1 * rng.standard_normal(months)
    path = 0.004 * t + 0.15 * np.sin(2 * np.pi * t / 12) + shock
    persons = 1e5 + 300 * t + 2_000 * rng.standard_normal(months)
    rate = base / 1e5 * np.exp(path - 0.12 * (t >= START))
    festival = np.where(t % 12 == 1, rng.uniform(0.2, 0.9, months), 0.0)
    return pd.DataFrame(
        {
            "month": t,
            "cases": rng.poisson(persons * rate * np.exp(-0.3 * festival)),
            "persons": persons,
            "others": rng.poisson(3 * base * np.exp(path)),
            "festival": festival,
            "income": 4e4 + 100 * t + 900 * rng.standard_normal(months),
        }
    )


SEASON = "".join(f" + np.{f}(2*np.pi*{k}*month/12)" for k in (1, 2) for f in ("sin", "cos"))
PLAIN = "cases ~ month + I(month >= 37)" + SEASON
STEP = "I(month >= 37)[T.True]"


def independent(formula, frame, family, **options):
    offset = np.log(frame["persons"])
    return smf.glm(formula, frame, family=family, offset=offset).fit(tol=1e-12, tol_criterion="params", **options)


def close(estimate, log_value, log_error, quantile=1.959963984540054):
    ends = np.exp([log_value, log_value - quantile * log_error, log_value + quantile * log_error])
    assert [estimate.estimate, estimate.ci_low, estimate.ci_high] == pytest.approx(ends, rel=1e-8)
    assert estimate.std_error == pytest.approx(ends[0] * log_error, rel=1e-8)


@pytest.mark.parametrize(("family", "scale"), [("poisson", {}), ("quasipoisson", {"scale": "X2"})])
def test_poisson_families_are_the_published_model(family, scale):
    frame = simulated()
    theirs = independent(PLAIN, frame, sm.families.Poisson(), **scale)
    ours = interrupted_series(frame, **OPTIONS, offset="persons", family=family)
    close(ours.rate_ratio, theirs.params[STEP], theirs.bse[STEP])
    assert ours.diagnostics.dispersion == pytest.approx(theirs.pearson_chi2 / theirs.df_resid)
    assert ours.diagnostics.df == theirs.df_resid
    predicted = theirs.get_prediction(frame, offset=np.log(frame["persons"])).summary_frame()
    expected = predicted[["mean", "mean_ci_lower", "mean_ci_upper"]].to_numpy()
    found = ours.counterfactual[["fitted", "fitted_low", "fitted_high"]].to_numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_negative_binomial_is_the_maximum_of_its_likelihood():
    frame = simulated()
    found = interrupted_series(frame, **OPTIONS, offset="persons", family="negbin")
    given_alpha = independent(PLAIN, frame, sm.families.NegativeBinomial(alpha=found.diagnostics.alpha))
    close(found.rate_ratio, given_alpha.params[STEP], given_alpha.bse[STEP])
    joint = smf.negativebinomial(PLAIN, frame, offset=np.log(frame["persons"])).fit(disp=0, maxiter=500, gtol=1e-8)
    assert found.diagnostics.alpha == pytest.approx(joint.params["alpha"], rel=1e-5)
    assert np.log(found.rate_ratio.estimate) == pytest.approx(joint.params[STEP], abs=1e-7)


def test_slope_transition_festival_and_covariates():
    frame = simulated()
    kept = frame[(frame.month < START) | (frame.month >= START + 3)]
    formula = PLAIN + " + I(np.maximum(month - 37, 0)) + festival + I(income / 10000)"
    theirs = independent(formula, kept, sm.families.Poisson(), scale="X2")
    ours = interrupted_series(
        frame, **OPTIONS, offset="persons", slope_change=True, transition=3, festival="festival", covariates=["income"]
    )
    close(ours.rate_ratio, theirs.params[STEP], theirs.bse[STEP])
    slope = "I(np.maximum(month - 37, 0))"
    close(ours.slope_ratio, theirs.params[slope], theirs.bse[slope])
    weight = np.array([(name == STEP) + 12.0 * (name == slope) for name in theirs.params.index])
    error = float(np.sqrt(weight @ theirs.cov_params().to_numpy() @ weight))
    close(ours.effect_at(12), float(weight @ theirs.params), error)
    terms = ours.coefficients.set_index("term")
    assert terms.estimate["covariate_festival"] == pytest.approx(theirs.params["festival"], rel=1e-7)
    assert 1e4 * terms.estimate["covariate_income"] == pytest.approx(theirs.params["I(income / 10000)"], rel=1e-6)
    dropped = ours.counterfactual[~ours.counterfactual.used]
    assert list(dropped.time) == [37, 38, 39]
    assert dropped.fitted.isna().all() and dropped.counterfactual.notna().all()


def test_control_is_the_joint_model_with_every_term_by_series():
    frame = simulated()
    treated = pd.DataFrame({"month": frame.month, "cases": frame.cases, "persons": frame.persons, "own": 1})
    control = pd.DataFrame({"month": frame.month, "cases": frame.others, "persons": 1.0, "own": 0})
    after = f"own:{STEP}", "own:I(np.maximum(month - 37, 0))"
    formula = f"cases ~ own * (month + I(month >= 37) + I(np.maximum(month - 37, 0)){SEASON})"
    theirs = independent(formula, pd.concat([treated, control]), sm.families.Poisson())
    ours = interrupted_series(frame, **OPTIONS, offset="persons", control="others", family="poisson", slope_change=True)
    for found, term in zip((ours.rate_ratio, ours.slope_ratio), after, strict=True):
        close(found, theirs.params[term], theirs.bse[term])
    path = ours.counterfactual
    np.testing.assert_allclose(path.fitted, theirs.fittedvalues.to_numpy()[: len(frame)], rtol=1e-8)
    change = theirs.params[after[0]] + theirs.params[after[1]] * (frame.month - START)
    expected = np.where(frame.month >= START, path.fitted / np.exp(change), path.fitted)
    np.testing.assert_allclose(path.counterfactual, expected, rtol=1e-8)


@pytest.mark.parametrize("family", ["quasipoisson", "negbin", "ar1"])
def test_control_is_the_difference_of_two_independent_changes(family):
    frame = simulated()
    own = interrupted_series(frame, **OPTIONS, offset="persons", family=family)
    other = interrupted_series(frame.assign(cases=frame.others), **OPTIONS, offset="income", family=family)
    both = interrupted_series(
        frame, **OPTIONS, offset="persons", control="others", control_offset="income", family=family
    )
    errors = [found.rate_ratio.std_error / found.rate_ratio.estimate for found in (own, other)]
    quantile = student.ppf(0.975, 52) if family == "ar1" else 1.959963984540054
    difference = np.log(own.rate_ratio.estimate / other.rate_ratio.estimate)
    close(both.rate_ratio, difference, np.hypot(*errors), quantile)
    half = np.log(both.counterfactual.fitted_high / both.counterfactual.fitted)
    np.testing.assert_allclose(half, np.log(own.counterfactual.fitted_high / own.counterfactual.fitted))


def dense(x, y, noise, lags, sigmas):
    """REML-weighted least squares over the grid with dense matrices: slow, and shares nothing with the library."""
    likelihood = np.empty((len(RHOS), len(sigmas)))
    points, within = np.empty((*likelihood.shape, x.shape[1])), np.empty((*likelihood.shape, x.shape[1], x.shape[1]))
    for i, rho in enumerate(RHOS):
        for j, sigma in enumerate(sigmas):
            covariance = np.diag(noise) + sigma**2 * rho**lags
            fit = sm.GLS(y, x, sigma=covariance).fit()
            points[i, j], within[i, j] = fit.params, fit.normalized_cov_params
            quadratic = fit.wresid @ fit.wresid
            determinants = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(fit.normalized_cov_params)[1]
            likelihood[i, j] = -0.5 * (determinants + quadratic)
    weight = np.exp(likelihood - likelihood.max())

    def over_grid(values):
        inner = trapezoid(np.moveaxis(values, 1, -1), sigmas, axis=-1)
        return trapezoid(np.moveaxis(inner, 0, -1), RHOS, axis=-1)

    total = over_grid(weight)
    mean = over_grid(weight[..., None] * points) / total
    second = over_grid(weight[..., None, None] * (within + np.einsum("gsi,gsj->gsij", points, points))) / total
    return mean, second - np.outer(mean, mean), over_grid(weight * RHOS[:, None]) / total


def terms(t, start):
    angles = [f(2 * np.pi * k * t / 12) for k in (1, 2) for f in (np.sin, np.cos)]
    return np.column_stack([np.ones(len(t)), t, *angles, t >= start]).astype(float)


def test_means_are_the_integral_over_dense_least_squares():
    rng = np.random.default_rng(8)
    t = np.arange(48)
    error = rng.uniform(0.5, 2.0, 48)
    shock = np.convolve(rng.standard_normal(60), 0.7 ** np.arange(13), mode="valid")[:48]
    frame = pd.DataFrame({"month": t, "days": 30 + 0.05 * t - 2 * (t >= 30) + shock + error * rng.standard_normal(48)})
    frame["error"] = error
    found = interrupted_means(
        frame, time="month", outcome="days", std_error="error", start=30, transition=2, unit="days"
    )
    kept = (t < 30) | (t >= 32)
    x, y, noise = terms(t, 30)[kept], frame.days.to_numpy()[kept], error[kept] ** 2
    spread = np.sqrt(sm.OLS(y, x).fit().scale)
    lags = np.abs(np.subtract.outer(t[kept], t[kept]))
    mean, covariance, rho = dense(x, y, noise, lags, SIGMAS * 3 * spread / SIGMAS[-1])
    half = student.ppf(0.975, kept.sum() - 7) * np.sqrt(covariance[-1, -1])
    ours = found.level_change
    assert [ours.estimate, ours.ci_low, ours.ci_high] == pytest.approx([mean[-1], mean[-1] - half, mean[-1] + half])
    assert (ours.unit, found.diagnostics.rho) == ("days", pytest.approx(rho))
    seen = half + student.ppf(0.8, kept.sum() - 7) * np.sqrt(covariance[-1, -1])
    assert found.smallest_detectable() == pytest.approx(seen)
    assert found.diagnostics.dispersion == pytest.approx(sm.WLS(y, x, weights=1 / noise).fit().scale)


def test_ar1_counts_are_two_working_responses_over_dense_least_squares():
    frame = simulated(seed=5)
    found = interrupted_series(frame, **OPTIONS, offset="persons", family="ar1")
    t = frame.month.to_numpy()
    x, y, offset = terms(t, START), frame.cases.to_numpy(float), np.log(frame.persons).to_numpy()
    lags = np.abs(np.subtract.outer(t, t))
    beta = sm.GLM(y, x, family=sm.families.Poisson(), offset=offset).fit(tol=1e-12).params
    for _ in range(2):
        mu = np.exp(offset + x @ beta)
        error = (y - mu) / mu
        excess = np.sqrt(max((error @ error - (1 / mu).sum()) / 52, 0))
        sigmas = SIGMAS * max(1.0, 3 * excess / SIGMAS[-1])
        beta, covariance, rho = dense(x, x @ beta + error, 1 / mu, lags, sigmas)
    close(found.rate_ratio, beta[-1], np.sqrt(covariance[-1, -1]), student.ppf(0.975, 52))
    assert found.diagnostics.rho == pytest.approx(rho, rel=1e-6)


def test_coarse_grid_is_close_to_a_fine_one(monkeypatch):
    frame = simulated(seed=6)
    coarse = interrupted_series(frame, **OPTIONS, family="ar1").rate_ratio
    base = "legalaid_eval.estimators.its.autocorrelation."
    monkeypatch.setattr(base + "RHOS", np.linspace(0, 0.98, 50))
    monkeypatch.setattr(base + "SIGMAS", np.linspace(0.005, 0.45, 90))
    fine = interrupted_series(frame, **OPTIONS, family="ar1").rate_ratio
    assert coarse.std_error == pytest.approx(fine.std_error, rel=0.02)
    assert abs(coarse.estimate - fine.estimate) < 0.02 * fine.std_error


def test_poisson_scores_hold():
    path = interrupted_series(simulated(), **OPTIONS, family="poisson", offset="persons").counterfactual
    for when in (path.time < START, path.time >= START):
        assert path.fitted[when].sum() == pytest.approx(path.observed[when].sum())
    assert path.fitted[path.time < START].equals(path.counterfactual[path.time < START])


@pytest.mark.parametrize("kind", ["period", "date", "text"])
def test_months_may_be_periods_dates_or_text(kind):
    frame = simulated()
    numbered = interrupted_series(frame, **OPTIONS)
    months = pd.period_range("2002-01", periods=59, freq="M")
    given = {"period": months, "date": months.to_timestamp(), "text": months.astype(str)}[kind]
    dated = interrupted_series(frame.assign(month=given), time="month", count="cases", start="2005-01")
    assert dated.rate_ratio.estimate == pytest.approx(numbered.rate_ratio.estimate, rel=1e-9)


def altered(**columns):
    return simulated().assign(**columns)


def with_value(column, value):
    frame = simulated().astype({column: object if isinstance(value, str) else float})
    frame.loc[10, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "options", "told"),
    [
        (simulated(), {"count": "absent"}, "no column 'absent'"),
        ([1, 2], {}, "expected a DataFrame"),
        (simulated().iloc[:0], {}, "no rows"),
        (pd.concat([simulated(), simulated()[["cases"]]], axis=1), {}, "more than one column"),
        (simulated().drop(index=20), {}, "jumps from 20 to 22"),
        (pd.concat([simulated(), simulated().iloc[[5]]]), {}, "6 more than once"),
        (with_value("month", np.nan), {}, "1 missing periods"),
        (with_value("month", 11.5), {}, "fractions"),
        (with_value("cases", -1), {}, "has -1.0 at 11"),
        (with_value("cases", 0.5), {}, "whole numbers"),
        (with_value("cases", np.nan), {}, "a missing value is not zero"),
        (with_value("cases", "many"), {}, "expected numbers"),
        (with_value("persons", 0), {"offset": "persons"}, "an exposure above 0"),
        (with_value("income", np.inf), {"covariates": ["income"]}, "a number for every period"),
        (simulated(), {"start": 60}, "outside the series"),
        (simulated(), {"start": 1}, "outside the series"),
        (simulated(), {"start": "2005-01"}, "is not of the kind"),
        (altered(month=["x"] * 59), {}, "cannot be read as periods"),
        (simulated(), {"start": 12}, "expected at least 12 and 6"),
        (simulated(), {"start": 55}, "5 used after it"),
        (simulated(), {"transition": 20}, "3 used after it"),
        (simulated(), {"start": 4, "harmonics": 0}, "expected at least 4 and 3"),
        (simulated().iloc[:8], {"start": 5, "harmonics": 0, "slope_change": True}, "8 periods for 4 terms"),
        (simulated(), {"harmonics": 6}, "fewer than half"),
        (simulated(), {"harmonics": 1.5}, "harmonics is 1.5"),
        (simulated(), {"conf_level": 95}, "conf_level is 95"),
        (simulated(), {"family": "normal"}, "unknown family 'normal'"),
        (altered(same=7.0), {"covariates": ["same"]}, "'covariate_same' is made up"),
        (altered(cases=lambda f: f.cases * (f.month < START)), {}, "0 in every period after"),
        (altered(cases=lambda f: f.month.isin([3, 50]) * 1), {}, "do not settle"),
        (simulated(), {"control_offset": "persons"}, "without a control"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_in_words(frame, options, told):
    with pytest.raises(UsageError, match=told):
        interrupted_series(frame, **(OPTIONS | options))


def test_means_refuse_what_has_no_spread_and_effects_refuse_the_future():
    frame = pd.DataFrame({"month": range(48), "days": 30.0, "error": 1.0})
    options = {"time": "month", "outcome": "days", "std_error": "error", "start": 30}
    with pytest.raises(UsageError, match="without any spread"):
        interrupted_means(frame, **options)
    with pytest.raises(UsageError, match="standard errors of at least 0"):
        interrupted_means(frame.assign(error=-1.0), **options)
    found = interrupted_series(simulated(), **OPTIONS)
    with pytest.raises(UsageError, match="0 to 22"):
        found.effect_at(23)
    assert found.effect_at(22).estimate == found.rate_ratio.estimate and found.slope_ratio is None
