"""Dose-response of outreach against statsmodels, hand-made sums and simulated truths. All data are made up."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import optimize, special, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.dose_response import adstock, fit_dose_response, neighbour_exposure
from legalaid_eval.estimators.dose_response.adstock import kept_up, saturated

NAMES = {"place": "county", "time": "month", "successes": "aware", "trials": "asked", "dose": "reach"}
DECAY, SATURATION = 0.5, 0.4


def simulated(
    seed: int = 1, *, most=1.2, curve=None, shock=0.2, asked=200, places=12, waves=8, gap=3
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Survey waves every `gap` months of counties with outreach in some months; the doses of every month beside."""
    rng = np.random.default_rng(seed)
    months = gap * waves
    dose = rng.exponential(0.4, (places, months)) * (rng.random((places, months)) < 0.5)
    at = np.arange(gap - 1, months, gap)
    stock = adstock(dose, DECAY)[:, at]
    lift = most * -np.expm1(-stock / SATURATION) if curve is None else curve(stock)
    level = 0.3 + rng.normal(0, 0.4, (places, 1)) + 0.05 * np.arange(waves) + shock * rng.normal(size=stock.shape)
    n = rng.integers(asked // 2, 3 * asked // 2, stock.shape)
    county = [f"county {g}" for g in range(places)]
    cells = pd.DataFrame(
        {
            "county": np.repeat(county, waves),
            "month": np.tile(at, places),
            "aware": rng.binomial(n, special.expit(level + lift)).ravel(),
            "asked": n.ravel(),
        }
    )
    doses = {"county": np.repeat(county, months), "month": np.tile(np.arange(months), places), "reach": dose.ravel()}
    return cells, pd.DataFrame(doses)


@cache
def fitted(**options):
    cells, doses = simulated()
    return fit_dose_response(cells, doses=doses, **NAMES, **options)


def whole_regression(cells, doses):
    """By decay and saturation, statsmodels' binomial model with a dummy for every place and wave; the term is
    1 - exp(-stock / saturation).
    """
    table = doses.pivot(index="county", columns="month", values="reach")
    back = cells.month.to_numpy()[:, None] - table.columns.to_numpy()
    received = np.where(back >= 0, table.loc[cells.county].to_numpy(), 0.0)
    dummies = pd.get_dummies(cells[["county", "month"]].astype(str), dtype=float).iloc[:, :-1].to_numpy()
    y = np.column_stack([cells.aware, cells.asked - cells.aware])

    def fit(decay, saturation):
        own = (received * float(decay) ** np.maximum(back, 0)).sum(axis=1)
        x = np.column_stack([dummies, 1 - np.exp(-own / saturation)])
        return sm.GLM(y, x, family=sm.families.Binomial()).fit(tol=1e-14, maxiter=100)

    return fit


def test_adstock_and_saturation_by_hand():
    np.testing.assert_allclose(adstock([4, 0, 1], 0.5), [4, 2, 2])
    np.testing.assert_allclose(adstock([[1, 0, 0], [0, 2, 0]], np.array([0.0, 0.3]))[1], [[1, 0.3, 0.09], [0, 2, 0.6]])
    assert kept_up(3, 0.5) == pytest.approx(1.75)
    assert saturated(np.array(0.4), 0.4, 0.8) == pytest.approx((1 - np.exp(-1)) / (1 - np.exp(-2)))
    np.testing.assert_allclose(saturated(np.array([0, 0.2]), 0.0, 0.8), [0, 1])
    np.testing.assert_allclose(saturated(np.array([0, 0.2]), np.inf, 0.8), [0, 0.25])


@pytest.mark.parametrize(("decay", "saturation"), [(0.5, 0.4), (0.0, 2.0), (0.85, 0.15)])
def test_given_shape_is_statsmodels_regression(decay, saturation):
    cells, doses = simulated()
    cells = cells.drop(index=[3, 17])
    found = fit_dose_response(cells, doses=doses, **NAMES, decay=decay, saturation=saturation)
    theirs = whole_regression(cells, doses)(decay, saturation)
    largest = 1 - np.exp(-doses.reach.max() / saturation)
    assert found.coefficient == pytest.approx(theirs.params[-1] * largest, rel=1e-8)
    assert found.deviance == pytest.approx(theirs.deviance, rel=1e-8)
    assert found.dispersion == pytest.approx(theirs.pearson_chi2 / theirs.df_resid, rel=1e-8)
    assert found.coefficient_error / found.scale**0.5 == pytest.approx(theirs.bse[-1] * largest, rel=1e-8)
    np.testing.assert_allclose(found.fitted.fitted, theirs.fittedvalues, rtol=1e-8)
    ends = found.coefficient + stats.t.ppf([0.025, 0.975], 11) * found.coefficient_error
    drawn = np.quantile(found.curves.coefficient, [0.025, 0.975])
    # 1000 draws stand 1 / (1000 * density) = 0.03 standard errors apart there.
    np.testing.assert_allclose(drawn, ends, atol=0.04 * found.coefficient_error, rtol=0)
    assert found.decay.fixed and found.saturation.fixed and found.n == len(cells)


def test_cluster_factor_is_cr2_by_definition():
    """Bell and McCaffrey (2002) with whole matrices on the last working response, every dummy in."""
    cells, doses = simulated()
    theirs = whole_regression(cells, doses)(DECAY, SATURATION)
    weight = (cells.asked * theirs.mu * (1 - theirs.mu)).to_numpy()
    x = theirs.model.exog * np.sqrt(weight)[:, None]
    residual = (cells.aware - cells.asked * theirs.mu).to_numpy() / np.sqrt(weight)
    bread = np.linalg.inv(x.T @ x)
    maker = np.eye(len(x)) - x @ bread @ x.T
    variance = 0.0
    for county in cells.county.unique():
        own = (cells.county == county).to_numpy()
        values, vectors = np.linalg.eigh(maker[np.ix_(own, own)])
        root = np.where(values > 1e-9, 1 / np.sqrt(np.where(values > 1e-9, values, 1)), 0)
        variance += ((vectors * root) @ vectors.T @ x[own] @ bread[-1] @ residual[own]) ** 2
    found = fit_dose_response(cells, doses=doses, **NAMES, decay=DECAY, saturation=SATURATION)
    assert found.cluster_factor * found.dispersion == pytest.approx(variance / theirs.bse[-1] ** 2, rel=1e-6)
    assert found.scale == pytest.approx(max(1, found.dispersion, found.cluster_factor * found.dispersion))


def test_best_shape_is_the_lowest_deviance_there_is():
    theirs = whole_regression(*simulated())

    def deviance(at):
        return theirs(special.expit(at[0]), np.exp(at[1])).deviance

    lowest = optimize.minimize(deviance, [0.0, -1.0], method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
    found = fitted()
    assert found.deviance == pytest.approx(lowest.fun, abs=2e-3)
    assert found.decay.estimate == pytest.approx(special.expit(lowest.x[0]), abs=0.01)
    assert found.saturation.estimate == pytest.approx(np.exp(lowest.x[1]), rel=0.03)


@pytest.mark.parametrize(("parameter", "end"), [(p, e) for p in ("decay", "saturation") for e in ("ci_low", "ci_high")])
def test_ends_of_the_intervals_stand_at_the_cut_off(parameter, end):
    free = fitted()
    at = getattr(getattr(free, parameter), end)
    held = fitted(**{parameter: at})
    assert free.cut_off == pytest.approx(stats.t.ppf(0.975, 11) ** 2)
    assert (held.deviance - free.deviance) / free.scale == pytest.approx(free.cut_off, rel=0.03)


def test_a_large_survey_finds_the_truth():
    cells, doses = simulated(asked=100_000, shock=0.0, places=20)
    found = fit_dose_response(cells, doses=doses, **NAMES)
    assert found.decay.estimate == pytest.approx(DECAY, abs=0.02)
    assert found.saturation.estimate == pytest.approx(SATURATION, rel=0.06)
    assert found.dispersion == pytest.approx(1, abs=0.2)
    without = special.logit(found.fitted.without[found.fitted.time == found.fitted.time.max()])
    curve = found.effect([0.2, 0.6], periods=2)
    lift = 1.2 * -np.expm1(-np.array([0.2, 0.6]) * (1 + DECAY) / SATURATION)
    truth = [100 * (special.expit(without + part) - special.expit(without)).mean() for part in lift]
    np.testing.assert_allclose(curve.estimate, truth, rtol=0.04)
    plain = np.average(found.fitted.fitted - found.fitted.without, weights=found.fitted.trials)
    assert found.overall.estimate == pytest.approx(100 * plain, abs=0.1)


def test_no_effect_is_said_and_leaves_the_shape_open():
    cells, doses = simulated(seed=4, most=0.0)
    found = fit_dose_response(cells, doses=doses, **NAMES)
    assert found.overall.ci_low < 0 < found.overall.ci_high
    assert (found.decay.ci_low, found.decay.ci_high) == (0.0, None) and not found.decay.identified
    assert (found.saturation.ci_low, found.saturation.ci_high) == (None, None) and not found.saturation.identified
    expected = {"no_effect_found", "decay_not_bounded", "saturation_not_bounded:below", "saturation_not_bounded:above"}
    assert expected <= set(found.notes)
    half = (found.overall.ci_high - found.overall.ci_low) / 2
    assert half < found.smallest_detectable() < 2 * half
    assert found.sensitivity().compatible.all()


def test_straight_line_and_step_have_no_saturation_to_tell():
    cells, doses = simulated(curve=lambda stock: 0.5 * stock)
    line = fit_dose_response(cells, doses=doses, **NAMES)
    assert line.saturation.ci_high is None and line.saturation.ci_low > 0.5
    assert "saturation_not_bounded:above" in line.notes and "saturation_not_bounded:below" not in line.notes
    assert line.decay.identified and line.sensitivity().compatible.sum() < 4
    both = cells.merge(doses)
    any_at_all = special.expit(0.2 + 1.2 * (both.reach > 0))
    both["aware"] = np.random.default_rng(5).binomial(both.asked, any_at_all)
    step = fit_dose_response(both, **NAMES, decay=0.0)
    assert step.saturation.ci_low is None and step.saturation.ci_high < 0.2


def test_arms_of_one_moment_need_no_time():
    rng = np.random.default_rng(2)
    cells = pd.DataFrame({"village": np.repeat(np.arange(30), 2), "session": np.tile([0.0, 1.0], 30), "asked": 40})
    level = rng.normal(0, 0.5, 30)[cells.village]
    cells["aware"] = rng.binomial(40, special.expit(level + 0.7 * cells.session))
    names = {"place": "village", "successes": "aware", "trials": "asked", "dose": "session"}
    found = fit_dose_response(cells, **names, saturation=1.0)
    dummies = pd.get_dummies(cells.village, dtype=float).assign(session=cells.session)
    y = np.column_stack([cells.aware, cells.asked - cells.aware])
    theirs = sm.GLM(y, dummies.to_numpy(), family=sm.families.Binomial()).fit(tol=1e-14)
    assert found.coefficient == pytest.approx(theirs.params[-1], rel=1e-8)
    assert found.deviance == pytest.approx(theirs.deviance, rel=1e-8)
    without = special.expit(theirs.params[:-1])
    change = 100 * (special.expit(theirs.params[:-1] + theirs.params[-1]) - without).mean()
    assert found.effect([1.0]).estimate[0] == pytest.approx(change, abs=0.15)
    assert found.overall.estimate == pytest.approx(change / 2, abs=0.1)
    assert found.decay.fixed and found.decay.estimate == 0 and found.n_waves == 0
    with pytest.raises(UsageError, match="without time"):
        found.predict(cells, place="village", time="session", dose="session")


def test_predictions_carry_on_what_is_at_work():
    cells, doses = simulated(asked=20_000, shock=0.0)
    found = fit_dose_response(cells, doses=doses, **NAMES, decay=DECAY, saturation=SATURATION)
    last = doses.month.max()
    plan = doses[doses.month > last - 2].assign(month=lambda f: f.month + 2, reach=0.3)
    told = found.predict(plan, **{name: NAMES[name] for name in ("place", "time", "dose")})
    own = found.fitted[found.fitted.time == last].reset_index(drop=True)
    b = found.coefficient / (1 - np.exp(-doses.reach.max() / SATURATION))
    base = special.logit(own.fitted) - b * -np.expm1(-own.stock / SATURATION)
    stock = own.stock
    for step in (1, 2):
        stock, bare = 0.3 + DECAY * stock, own.stock * DECAY**step
        rows = told[told.time == last + step]
        np.testing.assert_allclose(
            rows.estimate, 100 * special.expit(base + b * -np.expm1(-stock / SATURATION)), atol=0.2
        )
        np.testing.assert_allclose(
            rows.without, 100 * special.expit(base + b * -np.expm1(-bare / SATURATION)), atol=0.2
        )
    assert ((told.ci_low <= told.estimate) & (told.estimate <= told.ci_high)).all()


def test_persons_gained_are_the_places_changes():
    found = fitted()
    by_place = found.by_place().set_index("place").estimate
    persons = {"county 1": 50_000.0, "county 4": 20_000.0}
    own = sum(number * by_place[name] / 100 for name, number in persons.items())
    assert np.median(found.gain(persons)) == pytest.approx(own, rel=0.02)
    with pytest.raises(UsageError, match="not in the fit"):
        found.gain({"elsewhere": 1.0})


def test_places_and_waves_that_say_nothing_are_left_out_and_named():
    cells, doses = simulated()
    all_aware = cells.assign(aware=cells.aware.where(cells.county != "county 3", cells.asked))
    found = fit_dose_response(all_aware, doses=doses, **NAMES)
    without = fit_dose_response(cells[cells.county != "county 3"], doses=doses, **NAMES)
    assert "left_out:place:county 3" in found.notes
    assert found.overall == without.overall


def test_neighbours_exposure_by_hand():
    frame = pd.DataFrame({"town": ["a", "b", "c", "a", "b"], "month": [1, 1, 1, 2, 2], "reach": [1.0, 2, 6, 3, 5]})
    borders = {"a": ["b", "c"], "b": ["a"], "c": []}
    names = {"place": "town", "neighbours": borders, "dose": "reach", "time": "month"}
    np.testing.assert_allclose(neighbour_exposure(frame, **names), [4, 1, np.nan, 5, 3])
    weighted = neighbour_exposure(frame.assign(people=[1, 3, 1, 1, 1]), **names, weight="people")
    np.testing.assert_allclose(weighted, [3, 1, np.nan, 5, 3])
    for wrong in ({"a": ["b"], "b": ["a"]}, {**borders, "c": ["c"]}, {**borders, "c": ["z"]}, {**borders, "c": "a"}):
        with pytest.raises(UsageError):
            neighbour_exposure(frame, **names | {"neighbours": wrong})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c, d: (c.drop(columns="aware"), d), "columns called 'aware'"),
        (lambda c, d: (c.iloc[:0], d), "without rows"),
        (lambda c, d: (c.assign(aware=c.asked + 1), d), "at most the 'asked'"),
        (lambda c, d: (c.assign(aware=c.aware.astype(str)), d), "expected numbers"),
        (lambda c, d: (c.assign(aware=c.aware.where(c.month > 2)), d), "missing value is not zero"),
        (lambda c, d: (c, d.assign(reach=-d.reach)), "at least 0"),
        (lambda c, d: (c, d.assign(reach=0.0)), "no outreach"),
        (lambda c, d: (c, d.iloc[1:]), "no dose for county 0"),
        (lambda c, d: (c, d[d.month > 4]), "before the first period"),
        (lambda c, d: (c, d.assign(county="elsewhere", month=np.arange(len(d)))), "no dose of any place"),
        (lambda c, d: (pd.concat([c, c]), d), "one row for each"),
        (lambda c, d: (c, pd.concat([d, d])), "one row for each"),
        (lambda c, d: (c, d.assign(reach=d.month % 5 / 5)), "explain wholly"),
        (lambda c, d: (c[c.county == "county 1"], d), "at least two"),
        (lambda c, d: (c[c.county.isin(["county 1", "county 2"])], d), "expected at least 5 more"),
        (lambda c, d: (c[(c.month < 12) == (c.county < "county 3")], d), "no wave in common"),
        (lambda c, d: (c.merge(d)[lambda f: f.month != 5], None), "not equally far apart"),
        (lambda c, d: (c.assign(month=pd.Timestamp("2024-01-01")), d), "to_period"),
        (lambda c, d: (c.assign(county=None), d), "missing values in 'county'"),
    ],
)
def test_bad_input_is_told(change, told):
    cells, doses = change(*simulated())
    with pytest.raises(UsageError, match=told):
        fit_dose_response(cells, doses=doses, **NAMES)


@pytest.mark.parametrize(
    "options", [{"decay": 1.0}, {"decay": "half"}, {"saturation": 0}, {"saturation": np.nan}, {"conf_level": 95}]
)
def test_impossible_settings_are_told(options):
    with pytest.raises(UsageError):
        fitted(**options)


def test_doses_beyond_the_observed_are_refused_unless_asked_for():
    found = fitted()
    beyond = 2 * found.dose_range[1]
    with pytest.raises(UsageError, match="largest that was observed"):
        found.effect([beyond])
    assert found.effect([beyond], extrapolate=True).estimate[0] > 0
    for wrong in ([-1.0], ["much"], [], [np.nan]):
        with pytest.raises(UsageError):
            found.effect(wrong)
    with pytest.raises(UsageError, match="periods"):
        found.effect([0.1], periods=0)
