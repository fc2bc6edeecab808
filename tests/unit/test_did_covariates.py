"""Imputation beside covariates and the scatter before treatment, against regressions with dummies and plain loops."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did
from legalaid_eval.estimators.did.placebo_pool import placebo_covariance, shock_ratio

UNITS, PERIODS = 9, 48
START = np.array([20, 26, 26, 31, 48, 48, 48, 48, 48])
OTHER = np.array([30, 12, 48, 22, 18, 48, 25, 35, 48])
COLUMNS = {"unit": "unit", "time": "time", "cohort": "start", "outcome": "value", "weight": "n", "variance": "v"}
att = partial(did.imputation_att, **COLUMNS)


def frame(seed=1, other=OTHER, effect=0.0):
    rng = np.random.default_rng(seed)
    time = np.arange(PERIODS)
    since = time - other[:, None]
    n = rng.integers(5, 50, (UNITS, PERIODS)).astype(float)
    columns = {
        "unit": np.repeat(np.arange(UNITS), PERIODS),
        "time": np.tile(time, UNITS),
        "start": np.repeat(np.where(START < PERIODS, START, np.nan), PERIODS),
        "value": (rng.normal(size=(UNITS, PERIODS)) + effect * (since >= 0)).ravel(),
        "n": n.ravel(),
        "v": (0.3 / n).ravel(),
        "early": ((since >= 0) & (since < 8)).astype(float).ravel(),
        "late": 1e4 * (since >= 8).astype(float).ravel(),
        "same": (time >= START[:, None]).astype(float).ravel(),
    }
    return pd.DataFrame(columns)


def dummies(given, covariates):
    """Columns of unit and period effects and covariates."""
    parts = [pd.get_dummies(given["unit"], dtype=float), pd.get_dummies(given["time"], dtype=float), given[covariates]]
    return np.hstack([part.to_numpy() for part in parts])


@pytest.mark.parametrize("seed", range(3))
def test_the_effect_is_that_of_a_regression_on_untreated_cells(seed):
    given, names = frame(seed), ["early", "late"]
    found = att(given, covariates=names)
    design, treated = dummies(given, names), (given["time"] >= given["start"]).to_numpy()
    root = np.sqrt(np.where(treated, 0, given["n"]))
    fitted = np.linalg.lstsq(root[:, None] * design, root * given["value"], rcond=None)[0]
    gap = (given["value"] - design @ fitted)[treated]
    assert found.estimate.estimate == pytest.approx(np.average(gap, weights=given["n"][treated]), abs=1e-9)
    assert found.imputed.coefficients == pytest.approx(fitted[-2:], rel=1e-6)
    assert found.counterfactual.ravel() == pytest.approx(design @ fitted, abs=1e-8)
    assert np.abs(design.T @ found.contrast.weights.ravel()).max() < 1e-8
    assert found.contrast.estimate == pytest.approx((found.contrast.weights * found.panel.outcomes).sum(), abs=1e-9)


def test_parts_of_the_effect_are_adjusted_too():
    given = frame(5, effect=3.0)
    found = att(given, covariates=["early", "late"])
    by_unit = np.average(found.by_unit["estimate"], weights=found.contrast.shares[:4])
    assert by_unit == pytest.approx(found.estimate.estimate, abs=1e-9)
    bins = found.aggregate("event_time", bin=12)
    assert bins["estimate"].abs().max() < 1
    assert att(given).aggregate("event_time", bin=12)["estimate"].abs().max() > 1


def test_a_covariate_that_moves_with_the_treatment_cannot_be_told_apart():
    found = att(frame(), covariates=["early", "same"])
    assert (found.identified, found.entangled) == (False, ("same",))
    assert np.isnan(found.estimate.estimate)
    assert np.isnan(found.interval.std_error)
    assert np.isnan(found.counterfactual).all()
    assert found.aggregate("event_time", bin=12).iloc[-1]["estimate"] != 0


def test_covariates_alike_among_themselves_do_no_harm():
    given = frame().assign(again=lambda f: f["early"], nothing=0.0)
    one, twice = att(given, covariates=["early"]), att(given, covariates=["early", "again", "nothing"])
    assert twice.identified
    assert twice.estimate.estimate == pytest.approx(one.estimate.estimate, abs=1e-9)
    assert twice.estimate.std_error == pytest.approx(one.estimate.std_error)


def test_leaving_a_unit_out_is_the_effect_without_its_rows():
    given = frame()
    for unit in (1, 6):
        rest = att(given[given["unit"] != unit], covariates=["early", "late"])
        out = att(given, covariates=["early", "late"]).without(unit)
        assert out.estimate.estimate == pytest.approx(rest.estimate.estimate, abs=1e-9)
        assert out.estimate.ci_low == pytest.approx(rest.estimate.ci_low, abs=1e-9)


def test_wrong_covariates_are_refused():
    with pytest.raises(UsageError, match="absent"):
        att(frame(), covariates=["absent"])
    with pytest.raises(UsageError, match="early"):
        att(frame().assign(early="yes"), covariates=["early"])


def ratio_by_loops(contrast, block):
    """Shock variance of block means before treatment over that of the never-treated, unit by unit."""
    distance = contrast.outcomes - contrast.control @ contrast.outcomes
    share, square = contrast.control, (contrast.control**2).sum()
    sums = {True: np.zeros(3), False: np.zeros(3)}
    for i in range(len(distance)):
        treated = START[i] < PERIODS
        blocks = (START[i] if treated else PERIODS) // block
        means = [distance[i, b * block : (b + 1) * block].mean() for b in range(blocks)]
        error = []
        for b in range(blocks):
            own = [contrast.variance[k, b * block : (b + 1) * block].sum() / block**2 for k in range(len(distance))]
            error.append((1 - 2 * share[i]) * own[i] + sum(share[k] ** 2 * own[k] for k in range(len(distance))))
        dilution = 1 - 2 * share[i] + square
        scatter = sum((mean - np.mean(means)) ** 2 for mean in means)
        sums[treated] += [scatter / dilution, (blocks - 1) * np.mean(error) / dilution, blocks - 1]
    (seen_t, error_t), (seen_c, error_c) = (sums[side][:2] / sums[side][2] for side in (True, False))
    return max(seen_t - error_t, 0.02 * seen_t) / max(seen_c - error_c, 0.1 * seen_c)


@pytest.mark.parametrize("block", [3, 6])
def test_scatter_before_treatment_by_loops(block):
    contrast = att(frame(3)).contrast
    assert shock_ratio(contrast, block=block) == pytest.approx(ratio_by_loops(contrast, block))


@pytest.mark.parametrize("controls", [5, 3])
def test_the_interval_with_scatter_before_treatment_by_its_formula(controls):
    given = frame(3)
    fit = att(given[given["unit"] < 4 + controls])
    contrast = fit.contrast
    plain = did.placebo_pool(contrast, dispersion="controls")
    treated, count = ~contrast.never_treated, contrast.n_control
    own = contrast.own_sampling_variance[treated].sum()
    shocks = max(plain_shocks(contrast)[treated].sum(), 0)
    ratio = (shocks * ratio_by_loops(contrast, 6) + own) / (shocks + own)
    df = max(1 / (contrast.shares**2).sum() - 1, 0.5)
    assert (df > count - 1) == (controls == 3)
    df = min(df, count - 1)
    variance = plain.std_error**2 * max(0.25, (df * ratio + count - 1) / (df + count - 1))
    half = stats.t.ppf(0.975, count - 1 + df) * np.sqrt(variance)
    assert fit.estimate.ci_high - fit.estimate.estimate == pytest.approx(half)


def plain_shocks(contrast):
    """A of each unit: mean over the controls of what its weights give on them, less sampling error."""
    controls, share = np.flatnonzero(contrast.never_treated), contrast.control
    distance, square = contrast.outcomes - share @ contrast.outcomes, (share**2).sum()
    found = np.zeros(len(contrast.weights))
    for i in range(len(found)):
        for j in controls:
            effect = (contrast.weights[i] * distance[j]).sum()
            error = (1 - 2 * share[j]) * (contrast.weights[i] ** 2 * contrast.variance[j]).sum()
            error += sum(share[k] ** 2 * (contrast.weights[i] ** 2 * contrast.variance[k]).sum() for k in controls)
            found[i] += (effect**2 - error) / (1 - 2 * share[j] + square) / len(controls)
    return found


def test_bins_use_the_time_before_the_true_start():
    """A bin a year after the start must not take treated periods for time before treatment."""
    rng = np.random.default_rng(2)
    given = frame(3)
    after = given["time"] >= given["start"]
    loud = given.assign(value=given["value"] + np.where(after, rng.normal(0, 50, len(given)), 0.0))
    fit = att(loud)
    later = fit.panel.treated & (np.arange(PERIODS) >= fit.panel.start[:, None] + 12)
    ratio = shock_ratio(fit.effect_on(later).contrast, start=fit.panel.start)
    assert ratio == pytest.approx(shock_ratio(fit.contrast))
    assert shock_ratio(fit.effect_on(later).contrast) > 50 * ratio
    second = fit.panel.treated & (np.arange(PERIODS) - fit.panel.start[:, None] >= 12)
    second &= np.arange(PERIODS) - fit.panel.start[:, None] < 24
    own = did.placebo_pool(fit.effect_on(second).contrast, start=fit.panel.start)
    shown = fit.aggregate("event_time", bin=12).set_index("term")
    assert shown.loc["12..23", "std_error"] == pytest.approx(own.std_error)


def test_too_little_time_before_treatment_takes_the_effects_scatter():
    given = frame(3)
    given["start"] = given["start"] - 15
    assert np.isnan(shock_ratio(att(given).contrast))
    assert att(given).estimate == att(given, dispersion="effects").estimate


def test_joint_covariance_of_estimates():
    fit = att(frame(4))
    parts = [fit.effect_on(fit.panel.treated & (fit.panel.start == start)[:, None]).contrast for start in (20, 26, 31)]
    joint = placebo_covariance(parts)
    singles = [did.placebo_pool(part, dispersion="controls").std_error ** 2 for part in parts]
    assert np.linalg.eigvalsh(joint).min() > 0
    # Directions that luck made negative were set to nothing, so variances can only be larger.
    assert (np.diag(joint) >= np.array(singles) * (1 - 1e-9)).all()
    alone = placebo_covariance(parts[:1])
    assert alone[0, 0] == pytest.approx(singles[0])


def test_wrong_dispersions_are_refused():
    with pytest.raises(UsageError, match="dispersion"):
        att(frame(), dispersion="after")
    with pytest.raises(UsageError, match="blocks"):
        did.placebo_pool(att(frame()).contrast, block=0)
