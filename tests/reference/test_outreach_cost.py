"""Cost of an additional person: turned-over intervals by hand, bootstraps against scipy and definitions. Made up."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.outreach_cost import METHODS, cost_of_change, cost_of_gains, cost_per_gain

NAMES = {"place": "county", "cost": "spent", "gain": "more_aware"}


def counties(seed: int = 1, places: int = 12, spread: float = 0.5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    spent = np.exp(rng.normal(10, 0.6, places))
    gained = spent * 0.02 * (1 + spread * rng.normal(size=places))
    return pd.DataFrame({"county": [f"county {g}" for g in range(places)], "spent": spent, "more_aware": gained})


def change(estimate: float, low: float, high: float, unit: str = "percentage_point") -> Estimate:
    return Estimate("att", "aware", unit, estimate, 1.0, low, high, 0.95, 96, 12, "placebo_pool")


def test_the_interval_of_a_change_is_turned_over_exactly():
    """4 (2 to 8) points of 50,000 persons are 2,000 (1,000 to 4,000) persons; 100,000 yuan: 50 (25 to 100) each."""
    found = cost_of_change(change(4, 2, 8), cost=100_000, persons=50_000)
    assert (found.estimate, found.ci_low, found.ci_high, found.verdict) == (50, 25, 100, "bounded")
    assert (found.gain, found.gain_low, found.gain_high, found.n_places) == (2000, 1000, 4000, 12)


def test_a_gain_that_may_be_nothing_has_no_dearest_cost():
    found = cost_of_change(change(1, -1, 2), cost=10_000, persons=10_000)
    assert (found.estimate, found.ci_low, found.ci_high, found.verdict) == (100, 50, None, "at_least")
    found = cost_of_change(change(-1, -3, 2), cost=10_000, persons=10_000)
    assert (found.estimate, found.ci_low, found.ci_high, found.verdict) == (None, 50, None, "at_least")
    found = cost_of_change(change(-2, -3, -1), cost=10_000, persons=10_000)
    assert (found.estimate, found.ci_low, found.ci_high, found.verdict) == (None, None, None, "no_gain")


def test_draws_are_turned_over():
    found = cost_of_gains(np.linspace(100, 200, 100_001), cost=30_000, outcome="aware")
    np.testing.assert_allclose([found.estimate, found.ci_low, found.ci_high], [200, 30_000 / 197.5, 30_000 / 102.5])


@pytest.mark.parametrize(("method", "theirs"), [("percentile", "percentile"), ("bca", "BCa")])
def test_bootstraps_are_scipys(method, theirs):
    frame = counties()
    ours = cost_per_gain(frame, **NAMES, method=method, draws=40_000)
    paired = stats.bootstrap(
        (frame.more_aware.to_numpy(), frame.spent.to_numpy()),
        lambda gain, cost, axis: gain.sum(axis=axis) / cost.sum(axis=axis),
        paired=True,
        vectorized=True,
        method=theirs,
        n_resamples=40_000,
        rng=np.random.default_rng(7),
    ).confidence_interval
    assert ours.ci_high == pytest.approx(1 / paired.low, rel=0.01)
    assert ours.ci_low == pytest.approx(1 / paired.high, rel=0.01)
    assert ours.estimate == pytest.approx(frame.spent.sum() / frame.more_aware.sum(), rel=1e-12)


def test_bootstrap_t_is_its_definition():
    """Efron and Tibshirani (1993, section 12.5), resampled place by place; the error is the survey ratio's."""
    frame = counties()
    gain, cost = frame.more_aware.to_numpy(), frame.spent.to_numpy()

    def ratios_and_errors(at):
        ratio = gain[at].sum(axis=1) / cost[at].sum(axis=1)
        residual = gain[at] - ratio[:, None] * cost[at]
        return ratio, np.sqrt(12 * residual.var(axis=1, ddof=1)) / cost[at].sum(axis=1)

    (ratio,), (error,) = ratios_and_errors(np.arange(12)[None])
    ratios, errors = ratios_and_errors(np.random.default_rng(11).integers(0, 12, (100_000, 12)))
    low, high = np.quantile((ratios - ratio) / errors, [0.025, 0.975])
    found = cost_per_gain(frame, **NAMES, draws=100_000)
    assert found.ci_low == pytest.approx(1 / (ratio - low * error), rel=0.01)
    assert found.ci_high == pytest.approx(1 / (ratio - high * error), rel=0.01)


def test_bootstrap_t_covers_with_a_dozen_places():
    held = []
    for seed in range(400):
        frame = counties(seed)
        found = cost_per_gain(frame, **NAMES, draws=400)
        held.append(found.gain_low <= 0.02 * frame.spent.sum() <= found.gain_high)
    assert 0.92 <= np.mean(held) <= 0.98


def test_intervals_are_not_symmetric_and_the_same_every_time():
    one, other = (cost_per_gain(counties(), **NAMES) for _ in range(2))
    assert one == other
    above, below = one.ci_high - one.estimate, one.estimate - one.ci_low
    assert min(above, below) > 0 and abs(above / below - 1) > 0.1
    assert cost_per_gain(counties(), **NAMES, conf_level=0.8).ci_high < one.ci_high


def test_few_places_get_no_interval():
    found = cost_per_gain(counties(places=4), **NAMES)
    assert found.verdict == "few_places" and found.estimate > 0
    assert found.ci_low is None and found.ci_high is None and found.gain_low is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("factor", [0.01, 1000.0])
def test_the_unit_of_the_money_is_only_a_unit(method, factor):
    frame = counties()
    one = cost_per_gain(frame, **NAMES, method=method)
    other = cost_per_gain(frame.assign(spent=frame.spent * factor), **NAMES, method=method)
    np.testing.assert_allclose(
        [other.estimate, other.ci_low, other.ci_high],
        np.multiply([one.estimate, one.ci_low, one.ci_high], factor),
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    ("edit", "options", "told"),
    [
        (lambda f: f.drop(columns="spent"), {}, "columns called 'spent'"),
        (lambda f: f.iloc[:0], {}, "without rows"),
        (lambda f: f.assign(spent=0.0), {}, "above 0"),
        (lambda f: f.assign(spent="much"), {}, "expected numbers"),
        (lambda f: f.assign(more_aware=f.more_aware.where(f.more_aware > 300)), {}, "missing value is not zero"),
        (lambda f: pd.concat([f, f]), {}, "one row a place"),
        (lambda f: f, {"method": "wald"}, "bootstrap_t"),
        (lambda f: f, {"draws": 10}, "draws"),
        (lambda f: f, {"seed": -1}, "seed"),
        (lambda f: f, {"conf_level": 95}, "conf_level"),
    ],
)
def test_bad_input_is_told(edit, options, told):
    with pytest.raises(UsageError, match=told):
        cost_per_gain(edit(counties()), **NAMES, **options)


def test_impossible_sums_are_told():
    for cost, persons in ((0, 10), (10, 0), ("much", 10), (np.inf, 10)):
        with pytest.raises(UsageError, match="above 0"):
            cost_of_change(change(1, 0.5, 2), cost=cost, persons=persons)
    with pytest.raises(UsageError, match="percentage points"):
        cost_of_change(change(1, 0.5, 2, unit="days"), cost=1, persons=1)
    for gains in ([1.0], [[1.0, 2.0]], [1.0, np.nan]):
        with pytest.raises(UsageError, match="draws"):
            cost_of_gains(np.array(gains), cost=1, outcome="aware")
