"""Intervals for differences in differences with few treated units, against loops, enumeration and other libraries."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.ar_model import MEMORIES, ar_model, shock_covariance
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.cr2 import cr2
from legalaid_eval.estimators.did.decision import choose_design
from legalaid_eval.estimators.did.imputation import imputation_att
from legalaid_eval.estimators.did.interval import Interval, smallest_detectable
from legalaid_eval.estimators.did.placebo_pool import placebo_pool
from legalaid_eval.estimators.did.pre_period import pre_period_ratio
from legalaid_eval.estimators.did.randomisation import (
    count_assignments,
    permutation_test,
    placebo_rank,
    randomisation_test,
)

PERIODS = 12
NEVER = PERIODS
INTERVALS = [placebo_pool, cr2, ar_model]


def contrast_of(starts, outcomes, weights=None, **sampling) -> Contrast:
    """Each treated unit's mean after its start minus before, minus the same of the never-treated, by size."""
    starts, (units, periods) = np.asarray(starts), outcomes.shape
    size = np.ones(units) if weights is None else weights
    treated = np.arange(periods) >= starts[:, None]
    never = starts >= periods
    control = np.where(never, size, 0) / size[never].sum()
    shares = np.where(never, 0, size * treated.sum(axis=1))
    shares = shares / shares.sum()
    row = treated / np.maximum(treated.sum(axis=1), 1)[:, None] - ~treated / np.maximum(starts, 1)[:, None]
    row = np.where(never[:, None], 0, row * shares[:, None])
    return Contrast(row - control[:, None] * row.sum(axis=0), outcomes, treated, control, shares, **sampling)


def panel(seed, starts=(5, 7, 7, *[NEVER] * 5), sampling="variance"):
    rng = np.random.default_rng(seed)
    units = len(starts)
    outcomes = rng.normal(size=(units, PERIODS)) + rng.normal(size=(units, 1)) + rng.normal(size=PERIODS)
    known = {}
    if sampling == "variance":
        known = {"variance": rng.uniform(0.05, 0.4, (units, PERIODS))}
    if sampling == "covariance":
        root = rng.normal(size=(units, PERIODS, PERIODS)) / 5
        known = {"covariance": root @ root.swapaxes(1, 2)}
    return contrast_of(starts, outcomes, rng.uniform(1, 5, units), **known)


def cell_covariance(c: Contrast, unit: int) -> np.ndarray:
    if c.covariance is not None:
        return c.covariance[unit]
    return np.diag(c.variance[unit]) if c.variance is not None else np.zeros((PERIODS, PERIODS))


def looped_placebo_pool(c: Contrast) -> tuple[float, float]:
    """Variance and degrees of freedom, term by term as the method is written down."""
    units, periods = c.weights.shape
    controls = [j for j in range(units) if c.control[j] > 0]
    treated = [i for i in range(units) if i not in controls]
    w, square = c.control, sum(x**2 for x in c.control)
    e = np.zeros((units, periods))
    for j in range(units):
        for t in range(periods):
            e[j, t] = c.outcomes[j, t] - sum(w[k] * c.outcomes[k, t] for k in controls)

    def on(i, k):
        return float(c.weights[i] @ cell_covariance(c, k) @ c.weights[i])

    a = {}
    for i in range(units):
        terms = []
        for j in controls:
            r = sum(c.weights[i, t] * e[j, t] for t in range(periods))
            q = (1 - 2 * w[j]) * on(i, j) + sum(w[k] ** 2 * on(i, k) for k in controls)
            terms.append((r**2 - q) / (1 - 2 * w[j] + square))
        a[i] = sum(terms) / len(terms)
    s = {i: on(i, i) for i in range(units)}
    v0 = max(sum(a.values()), 0) + sum(s.values())
    df = len(controls) - 1
    if len(treated) == 1:
        return v0, df
    theta = float((c.weights * c.outcomes).sum())
    psi = {i: sum(c.weights[i, t] * (e[i, t] - c.treated[i, t] * theta) for t in range(periods)) for i in treated}
    vt = sum(psi[i] ** 2 / (1 - c.shares[i]) for i in treated)
    dt = max(1 / sum(c.shares[i] ** 2 for i in treated) - 1, 0.5)
    vtr = max(sum(a[i] for i in treated), 0) + sum(s[i] for i in treated)
    return v0 * max(0.25, (dt * vt / vtr + df) / (dt + df)), df + dt


@pytest.mark.parametrize("sampling", ["none", "variance", "covariance"])
@pytest.mark.parametrize(
    "starts", [(6, *[NEVER] * 4), (5, 7, 7, *[NEVER] * 5), (3, 4, 5, 6, 7, 8, 9, 10, NEVER, NEVER)]
)
def test_placebo_pool_is_the_formula_term_by_term(starts, sampling):
    for seed in range(5):
        c = panel(seed, starts, sampling)
        found = placebo_pool(c, dispersion="effects")
        variance, df = looped_placebo_pool(c)
        assert (found.std_error**2, found.df) == pytest.approx((variance, df), rel=1e-10)
        low, high = stats.t.interval(0.95, df, c.estimate, variance**0.5)
        assert (found.ci_low, found.ci_high) == pytest.approx((low, high), rel=1e-9)
        assert found.p_value == pytest.approx(2 * stats.t.sf(abs(c.estimate) / variance**0.5, df), rel=1e-9)


def test_treated_scale_multiplies_only_the_treated_units_shocks():
    c = panel(3, (6, *[NEVER] * 6), "none")
    shares = np.array([(c.weights[i] @ c.residuals[1:].T) ** 2 for i in range(7)])
    kept = 1 - 2 * c.control[1:] + (c.control**2).sum()
    shocks = (shares / kept).mean(axis=1)
    assert placebo_pool(c, treated_scale=3).std_error ** 2 == pytest.approx(3 * shocks[0] + shocks[1:].sum(), rel=1e-10)


def changes(seed):
    """One start for all: the units' changes, their weights, and the same as a contrast."""
    rng = np.random.default_rng(seed)
    outcomes, weights = rng.normal(size=(11, PERIODS)), rng.uniform(1, 4, 11)
    starts = [6] * 4 + [NEVER] * 7
    return outcomes[:, 6:].mean(axis=1) - outcomes[:, :6].mean(axis=1), starts, outcomes, weights


@pytest.mark.parametrize("seed", range(5))
def test_cr2_with_one_start_and_equal_weights_is_welchs_test(seed):
    change, starts, outcomes, _ = changes(seed)
    found = cr2(contrast_of(starts, outcomes))
    welch = stats.ttest_ind(change[:4], change[4:], equal_var=False)
    assert found.p_value == pytest.approx(welch.pvalue, rel=1e-9)
    assert found.df == pytest.approx(welch.df, rel=1e-9)
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(welch.confidence_interval()), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_cr2_with_unequal_weights_is_hc2_of_the_weighted_dummy_regression(seed):
    change, starts, outcomes, weights = changes(seed)
    dummy = sm.add_constant((np.asarray(starts) < NEVER).astype(float))
    fit = sm.WLS(change, dummy, weights=weights).fit(cov_type="HC2")
    c = contrast_of(starts, outcomes, weights)
    assert (c.estimate, cr2(c).std_error) == pytest.approx((fit.params[1], fit.bse[1]), rel=1e-9)


def looped_shock_covariance(c: Contrast) -> np.ndarray:
    """Least squares of looped autocovariances on those that AR(1) shocks would show."""
    controls = np.flatnonzero(c.control)
    w, square, lags = c.control, (c.control**2).sum(), range(min(12, PERIODS - 1) + 1)
    centre = np.eye(PERIODS) - 1 / PERIODS

    def along(matrix, lag):
        return sum(matrix[t, t + lag] for t in range(PERIODS - lag)) / PERIODS

    error, seen, kept = np.zeros((PERIODS, PERIODS)), np.zeros(len(lags)), 0.0
    for j in controls:
        known = cell_covariance(c, j)
        known = known if c.covariance is not None else np.trace(known) / PERIODS * np.eye(PERIODS)
        error += ((1 - 2 * w[j]) / len(controls) + w[j] ** 2) * known
        e = centre @ c.residuals[j]
        seen += np.array([along(np.outer(e, e), lag) for lag in lags]) / len(controls)
        kept += (1 - 2 * w[j] + square) / len(controls)
    seen = (seen - [along(centre @ error @ centre, lag) for lag in lags]) / kept
    best = (np.inf, None)
    for memory in MEMORIES:
        law = np.array([[memory ** abs(s - t) for s in range(PERIODS)] for t in range(PERIODS)])
        shown = np.array([along(centre @ law @ centre, lag) for lag in lags])
        size = max(shown @ seen / (shown @ shown), 0)
        best = min(best, (((seen - size * shown) ** 2).sum(), size, memory))
    return best[1] * np.array([[best[2] ** abs(s - t) for s in range(PERIODS)] for t in range(PERIODS)])


@pytest.mark.parametrize("sampling", ["none", "variance", "covariance"])
def test_ar_model_is_the_formula_term_by_term(sampling):
    for seed in range(5):
        c = panel(seed, sampling=sampling)
        law = looped_shock_covariance(c)
        variance = sum(row @ (law + cell_covariance(c, i)) @ row for i, row in enumerate(c.weights))
        found = ar_model(c)
        assert (found.std_error**2, found.df) == pytest.approx((variance, 6), rel=1e-9)


def test_ar_model_finds_the_shocks_that_made_the_data():
    rng = np.random.default_rng(1)
    units, periods, memory = 400, 60, 0.6
    law = 4 * memory ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    shocks = rng.normal(size=(units, periods)) @ np.linalg.cholesky(law).T
    outcomes = shocks + rng.normal(0, 1.5, (units, periods))
    c = contrast_of([30, *[periods] * (units - 1)], outcomes, variance=np.full((units, periods), 1.5**2))
    assert shock_covariance(c)[0, :5] == pytest.approx(law[0, :5], rel=0.05)


@given(st.integers(0, 10_000), st.sampled_from(["none", "variance", "covariance"]), st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_intervals_know_no_unit_effects_period_effects_order_or_unit_of_measure(seed, sampling, scale):
    rng = np.random.default_rng(seed)
    c = panel(seed, sampling=sampling)
    order = rng.permutation(len(c.weights))
    level = rng.normal(0, 9, (len(c.weights), 1)) + rng.normal(0, 9, PERIODS)
    known = {name: getattr(c, name) for name in ("variance", "covariance") if getattr(c, name) is not None}
    moved = Contrast(
        c.weights[order],
        scale * (c.outcomes + level)[order],
        c.treated[order],
        c.control[order],
        c.shares[order],
        **{name: scale**2 * value[order] for name, value in known.items()},
    )
    for method in INTERVALS:
        plain, other = method(c), method(moved)
        assert other.std_error == pytest.approx(scale * plain.std_error, rel=1e-6)
        assert (other.df, other.p_value) == pytest.approx((plain.df, plain.p_value), rel=1e-6)
        assert other.ci_high == pytest.approx(scale * plain.ci_high, rel=1e-6, abs=1e-6 * scale)
    plain, other = (pre_period_ratio(x, block=2) for x in (c, moved))
    assert (other.ratio, other.p_value) == pytest.approx((plain.ratio, plain.p_value), rel=1e-6)


@pytest.mark.parametrize("method", [*INTERVALS, pre_period_ratio], ids=lambda m: m.__name__)
def test_a_covariance_without_correlation_is_a_variance(method):
    c = panel(2)
    flat = replace(c, variance=np.repeat(c.variance[:, :1], PERIODS, axis=1))
    other = replace(flat, variance=None, covariance=flat.variance[:, :1, None] * np.eye(PERIODS))
    names = ("ratio", "p_value") if method is pre_period_ratio else ("std_error", "df")
    assert [getattr(method(other), n) for n in names] == pytest.approx([getattr(method(flat), n) for n in names])


def test_an_error_shared_by_all_waves_of_a_unit_cancels():
    c = panel(2, sampling="none")
    shared = replace(c, covariance=np.full((8, PERIODS, PERIODS), 7.0))
    assert placebo_pool(shared).std_error == pytest.approx(placebo_pool(c).std_error)


def looped_statistic(starts, outcomes, weights):
    c = contrast_of(starts, outcomes, weights)
    controls = [j for j in range(len(starts)) if c.control[j] > 0]
    square = (c.control**2).sum()
    v0 = 0.0
    for row in c.weights:
        v0 += np.mean([(row @ c.residuals[j]) ** 2 / (1 - 2 * c.control[j] + square) for j in controls])
    return abs(c.estimate) / v0**0.5


@pytest.mark.parametrize("starts", [(6, *[NEVER] * 5), (6, 6, *[NEVER] * 4), (4, 6, 8, *[NEVER] * 3)])
def test_permutation_p_value_counts_all_different_assignments(starts):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        outcomes, weights = rng.normal(size=(6, PERIODS)), rng.uniform(1, 3, 6)
        outcomes[0, 6:] += 1
        found = permutation_test(lambda s, y=outcomes, w=weights: contrast_of(s, y, w), np.array(starts))
        every = sorted(set(permutations(starts)))
        actual = looped_statistic(starts, outcomes, weights)
        extreme = [looped_statistic(s, outcomes, weights) >= actual * (1 - 1e-9) for s in every]
        assert found.assignments == len(every) == count_assignments(np.array(starts))
        assert found.p_value == pytest.approx(np.mean(extreme)) and found.exhaustive
        assert found.least_p_value == 1 / len(every)


def test_randomisation_test_of_a_frame_fits_every_assignment():
    rng = np.random.default_rng(9)
    units, periods = 6, 8
    starts = [5, 3, *[np.nan] * 4]
    frame = pd.DataFrame(
        {
            "county": np.repeat(list("fbadec"), periods),
            "month": np.tile(np.arange(periods), units),
            "start": np.repeat(starts, periods),
            "rate": rng.normal(size=units * periods),
            "cases": rng.uniform(1, 4, units * periods),
            "error": rng.uniform(0.01, 0.1, units * periods),
        }
    )
    names = {"unit": "county", "time": "month", "outcome": "rate", "weight": "cases", "variance": "error"}
    far = []
    for arrangement in sorted(set(permutations([5, 3, 0, 0, 0, 0]))):
        moved = frame.assign(start=np.repeat(np.where(np.array(arrangement) > 0, arrangement, np.nan), periods))
        c = imputation_att(moved, cohort="start", **names).contrast
        alone = [placebo_pool(replace(c, shares=one)) for one in np.eye(units)[c.shares > 0]]
        assert alone[0].std_error == alone[1].std_error  # one treated unit: the placebo variance, nothing pooled
        far.append((abs(c.estimate) / alone[0].std_error, tuple(arrangement)))
    actual = next(value for value, arrangement in far if arrangement == (5, 3, 0, 0, 0, 0))
    found = randomisation_test(frame, cohort="start", **names)
    assert found.assignments == len(far) == 30
    assert abs(found.statistic) == pytest.approx(actual)
    assert found.p_value == pytest.approx(np.mean([value >= actual * (1 - 1e-9) for value, _ in far]))
    with pytest.raises(UsageError, match="no unit whose treatment starts"):
        randomisation_test(frame.assign(start=np.nan), cohort="start", **names)


def test_many_assignments_are_drawn_from_the_seed_and_count_the_actual_one():
    outcomes = np.random.default_rng(5).normal(size=(12, PERIODS))
    starts = np.array([3, 4, 5, 6, 7, *[NEVER] * 7])
    outcomes += 100 * (np.arange(PERIODS) >= starts[:, None])

    def test(seed):
        return permutation_test(lambda s: contrast_of(s, outcomes), starts, draws=99, seed=seed)

    assert (test(1).assignments, test(1).p_value, test(1).exhaustive) == (100, 0.01, False)
    assert count_assignments(starts) == 12 * 11 * 10 * 9 * 8
    quiet = np.random.default_rng(6).normal(size=(12, PERIODS))
    drawn = [permutation_test(lambda s: contrast_of(s, quiet), starts, draws=99, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_rank_of_one_treated_unit_among_eleven_cannot_reject():
    c = panel(4, (6, *[NEVER] * 11), "none")
    jumped = replace(c, outcomes=c.outcomes + 50 * c.treated)
    found = placebo_rank(jumped)
    assert (found.p_value, found.assignments) == (1 / 12, 12)
    assert found.p_value > 0.05


def test_rank_with_equal_sizes_orders_the_changes():
    rng = np.random.default_rng(8)
    for _ in range(10):
        outcomes = rng.normal(size=(9, PERIODS))
        change = outcomes[:, 6:].mean(axis=1) - outcomes[:, :6].mean(axis=1)
        found = placebo_rank(contrast_of([6, *[NEVER] * 8], outcomes))
        # With equal weights kappa is the same for all controls, 1 - 1/8, and 1 + 1/8 for the treated unit.
        far = np.abs(change - change[1:].mean()) / np.sqrt([1 + 1 / 8] + [1 - 1 / 8] * 8)
        assert found.p_value == pytest.approx((far >= far[0] * (1 - 1e-9)).mean())


def looped_ratio(c: Contrast, block: int) -> tuple[float, float]:
    """Ratio and p-value from lists of block means."""
    starts = {i: int(c.treated[i].argmax()) for i in range(len(c.weights)) if c.treated[i].any()}
    usual = int(np.mean(list(starts.values())))
    square = (c.control**2).sum()
    sums = {True: [0.0, 0.0, 0], False: [0.0, 0.0, 0]}
    for i in range(len(c.weights)):
        w, blocks = c.control[i], starts.get(i, usual) // block
        kept = 1 - 2 * w + square
        cuts = [slice(b * block, (b + 1) * block) for b in range(blocks)]
        means = [c.residuals[i, cut].mean() for cut in cuts]
        known = [
            (1 - 2 * w) * cell_covariance(c, i)[cut, cut].mean()
            + sum(c.control[k] ** 2 * cell_covariance(c, k)[cut, cut].mean() for k in range(len(c.weights)))
            for cut in cuts
        ]
        total = sums[i in starts]
        total[0] += np.var(means) * blocks / kept
        total[1] += (blocks - 1) * np.mean(known) / kept
        total[2] += blocks - 1
    (seen_t, error_t, df_t), (seen_c, error_c, df_c) = (sums[True], sums[False])
    shocks = max(seen_c / df_c - error_c / df_c, 0.1 * seen_c / df_c)
    p_value = stats.f.sf(seen_t / df_t / (shocks + error_t / df_t), df_t, df_c)
    return max((seen_t - error_t) / df_t / shocks, 0.05), p_value


@pytest.mark.parametrize("sampling", ["none", "variance", "covariance"])
@pytest.mark.parametrize("block", [1, 2])
def test_pre_period_ratio_is_the_formula_term_by_term(sampling, block):
    for seed in range(5):
        c = panel(seed, sampling=sampling)
        found = pre_period_ratio(c, block=block)
        assert (found.ratio, found.p_value) == pytest.approx(looped_ratio(c, block), rel=1e-9)


def test_pre_period_ratio_is_near_the_true_one_and_scales_only_when_it_rejects():
    rng = np.random.default_rng(3)
    outcomes = rng.normal(size=(12, 600)) * np.where(np.arange(12) < 3, 2, 1)[:, None]
    loud = pre_period_ratio(contrast_of([500, 520, 540, *[600] * 9], outcomes))
    assert loud.ratio == pytest.approx(4, rel=0.2) and loud.treated_scale == loud.ratio
    alike = pre_period_ratio(contrast_of([500, 520, 540, *[600] * 9], rng.normal(size=(12, 600))))
    assert alike.ratio == pytest.approx(1, rel=0.2) and alike.treated_scale == 1


BESIDE = {
    "usual": "randomisation cr2 pre_period_ratio",
    "model": "randomisation cr2 pre_period_ratio ar_model",
    "unsure": "randomisation cr2 pre_period_ratio smallest_detectable",
    "rank": "placebo_rank pre_period_ratio",
    "one": "placebo_rank pre_period_ratio smallest_detectable",
    "series": "interrupted_series",
    "-": "",
}
DECISIONS = """
treated never p    kind                      inference    beside flags
3       9     -    difference_in_differences placebo_pool usual  -
2       4     .30  difference_in_differences placebo_pool usual  -
8       4     -    difference_in_differences placebo_pool usual  -
8       3     -    difference_in_differences placebo_pool model  few_controls
9       2     -    difference_in_differences placebo_pool model  few_controls
7       3     -    not_established           ar_model     unsure few_controls,model_interval
2       2     -    not_established           ar_model     unsure few_controls,model_interval
1       19    -    difference_in_differences placebo_pool rank   one_treated_assumes_alike
1       18    -    not_established           ar_model     one    one_treated_assumes_alike,model_interval
1       2     -    not_established           ar_model     one    one_treated_assumes_alike,model_interval
5       1     .01  description               -            series few_controls
1       0     -    description               -            series no_control
0       12    -    description               -            -      no_treated
3       9     .049 difference_in_differences placebo_pool usual  treated_more_variable,no_method_holds
4       8     .049 difference_in_differences placebo_pool usual  treated_more_variable
3       9     nan  difference_in_differences placebo_pool usual  -
"""


@pytest.mark.parametrize("line", DECISIONS.strip().splitlines()[1:])
def test_decision_table(line):
    treated, never, p, kind, inference, beside, flags = line.split()
    found = choose_design(int(treated), int(never), ratio_p=None if p == "-" else float(p))
    assert (found.kind, found.inference) == (kind, None if inference == "-" else inference)
    assert found.beside == tuple(BESIDE[beside].split())
    assert found.flags == (() if flags == "-" else tuple(flags.split(",")))


@pytest.mark.parametrize(("df", "factor"), [(10, 2.228 + 0.879), (1e9, 1.960 + 0.842)])
def test_smallest_detectable_effect_by_the_t_table(df, factor):
    interval = Interval(2.0, df, -1, 1, 0.95, 0.5, 3, 9, "placebo_pool")
    assert smallest_detectable(interval) == pytest.approx(2 * factor, abs=2e-3)


def test_too_few_units_are_not_evaluable():
    one_control, one_treated = panel(1, (5, 7, NEVER)), panel(1, (5, *[NEVER] * 4))
    for method in INTERVALS:
        assert not method(one_control).evaluable
    assert not cr2(one_treated).evaluable and placebo_pool(one_treated).evaluable
    assert not pre_period_ratio(one_control).evaluable and pre_period_ratio(one_control).treated_scale == 1
    assert not permutation_test(lambda s: contrast_of(s, one_control.outcomes), np.array([5, 7, NEVER])).evaluable
    assert not placebo_rank(panel(1, (5, NEVER))).evaluable
    assert np.isnan(smallest_detectable(placebo_pool(one_control)))


def test_outcomes_that_never_move_say_nothing():
    starts = np.array([5, 7, *[NEVER] * 4])
    flat = contrast_of(starts, np.full((6, PERIODS), 0.1) + np.arange(6)[:, None] / 3)
    for method in INTERVALS:
        assert not method(flat).evaluable
    assert not pre_period_ratio(flat).evaluable
    assert permutation_test(lambda s: contrast_of(s, flat.outcomes), starts).p_value == 1
    assert placebo_rank(contrast_of([5, *[NEVER] * 5], flat.outcomes)).p_value == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: {"outcomes": c.outcomes[:, 1:]}, "shape"),
        (lambda c: {"outcomes": np.where(c.treated, np.nan, c.outcomes)}, "missing or infinite outcomes"),
        (lambda c: {"weights": c.weights + 0.01}, "do not sum to zero"),
        (lambda c: {"control": 2 * c.control}, "control summing to 2"),
        (lambda c: {"control": c.shares}, "never-treated units as controls"),
        (lambda c: {"variance": -c.variance}, "below zero"),
        (lambda c: {"covariance": np.zeros((8, PERIODS, PERIODS))}, "expected one of them"),
    ],
)
def test_a_contrast_that_is_none_is_told(change, told):
    c = panel(1)
    with pytest.raises(UsageError, match=told):
        replace(c, **change(c))


@pytest.mark.parametrize(
    "call",
    [
        lambda c: placebo_pool(c, conf_level=95),
        lambda c: cr2(panel(1, (5, *[NEVER] * 4)), conf_level=0),
        lambda c: placebo_pool(c, treated_scale=0),
        lambda c: pre_period_ratio(c, block=0),
        lambda c: placebo_rank(c),
        lambda c: permutation_test(lambda s: c, np.arange(3), draws=0),
        lambda c: smallest_detectable(placebo_pool(c), power=80),
        lambda c: choose_design(-1, 3),
    ],
)
def test_wrong_use_is_told(call):
    with pytest.raises(UsageError, match="expected"):
        call(panel(1))
