"""Partial pooling against published posteriors and a plain, dense integration."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.pooling import shrink_counts, shrink_rates

# Tarone (1982), table 5.1 of Gelman et al. (2013): rats with tumours in 71 groups.
TUMOURS = [0] * 14 + [1] * 8 + [2] * 9 + [1, 5, 2, 5, 3, 2, 7, 7, 3, 3, 2, 9, 10] + [4] * 7
TUMOURS += [10, 4, 4, 4, 5, 11, 12, 5, 5, 6, 5, 6, 6, 6, 6, 16, 15, 15, 9, 4]
RATS = [20] * 7 + [19] * 4 + [18] * 2 + [17] + [20] * 4 + [19, 19, 18, 18] + [25, 24, 23] + [20] * 6
RATS += [10, 49, 19, 46, 27, 17, 49, 47, 20, 20, 13, 48, 50] + [20] * 7
RATS += [48, 19, 19, 19, 22, 46, 49, 20, 20, 23, 19, 22, 20, 20, 20, 52, 47, 46, 24, 14]
# Efron and Morris (1975): hits in 45 at bats of 18 players.
HITS = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7]


def frame(successes, trials) -> pd.DataFrame:
    return pd.DataFrame({"done": successes, "cases": trials})


def shrunk(successes, trials, **options) -> pd.DataFrame:
    return shrink_rates(frame(successes, trials), successes="done", trials="cases", **options)


def test_rat_tumours_have_the_published_hyperparameters():
    """Gelman et al. (2013, section 5.3): E(alpha) 2.4, E(beta) 14.3. A new group is predicted with mean
    E(alpha / (alpha + beta)), and a group's estimate is E((alpha + y) / (alpha + beta + n)); by hand from these.
    """
    found = shrunk([*TUMOURS, 0], [*RATS, 0])
    new = found.iloc[-1]
    assert new.basis == "others_only" and np.isnan(new.rate) and new.weight == 0
    assert new.estimate == pytest.approx(100 * 2.4 / 16.7, abs=0.15)
    for row in (0, 40, 66, 70):
        by_hand = 100 * (2.4 + TUMOURS[row]) / (16.7 + RATS[row])
        assert found.estimate[row] == pytest.approx(by_hand, abs=0.4)


def dense(successes, trials, level: float) -> np.ndarray:
    """(places, 3): mean and ends, by sums over a fine grid and interpolation, everything else written out plainly."""
    m, s = np.linspace(-3.0, 1.0, 401), (np.arange(160) + 0.5) / 200
    centre, k = special.expit(m)[:, None], s[None, :] ** -2.0
    height = np.log(centre * (1 - centre)) + 0 * k
    for (y, n), places in Counter(zip(successes, trials, strict=True)).items():
        height = height + places * stats.betabinom.logpmf(y, n, centre * k, (1 - centre) * k)
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    kept = weight > 1e-8
    a, b, weight = (centre * k)[kept], ((1 - centre) * k)[kept], weight[kept]
    x, out = np.linspace(0.1, 0.5, 161), []
    for y, n in {(successes[0], trials[0]), (successes[-1], trials[-1])}:
        share = np.array([weight @ special.betainc(a + y, b + n - y, point) for point in x])
        ends = np.interp([(1 - level) / 2, (1 + level) / 2], share, x)
        out.append([y, weight @ ((a + y) / (a + b + n)), *ends])
    return np.array(sorted(out))


def test_batting_averages_are_a_dense_integration():
    found = shrunk(HITS, 45).iloc[[-1, 0]]
    expected = dense(HITS, [45] * 18, 0.95)
    np.testing.assert_allclose(found.estimate, 100 * expected[:, 1], atol=0.01)
    np.testing.assert_allclose(found[["ci_low", "ci_high"]], 100 * expected[:, 2:], atol=0.06)


def test_batting_averages_shrink_as_published():
    """Efron and Morris (1975) keep about a fifth of a player's distance from the mean (their factor .212)."""
    found = shrunk(HITS, 45)
    assert found.weight.iloc[0] == pytest.approx(0.212, abs=0.02)
    kept = (found.estimate - found.estimate.mean()) / (found.rate - found.rate.mean())
    np.testing.assert_allclose(kept, found.weight, rtol=1e-3)


def test_rates_are_a_dense_integration():
    """Failures of ten pumps by thousands of hours (Gaver and O'Muircheartaigh 1987)."""
    pumps = pd.DataFrame(
        {
            "failed": [5, 1, 5, 14, 3, 19, 1, 1, 4, 22],
            "hours": [94.32, 15.72, 62.88, 125.76, 5.24, 31.44, 1.048, 1.048, 2.096, 10.48],
        }
    )
    found = shrink_counts(pumps, count="failed", exposure="hours", per=10)
    m, c = np.linspace(-5.0, 4.0, 400), (np.arange(200) + 0.5) / 100
    shape, mean = c[None, :] ** -2.0 + 0 * m[:, None], np.exp(m)[:, None] + 0 * c[None, :]
    height = 0.5 * np.log(mean)
    for y, e in pumps.to_numpy():
        height = height + stats.nbinom.logpmf(y, shape, 1 / (1 + mean * e / shape))
    weight = np.exp(height - height.max())
    weight /= weight.sum()
    for row in (0, 6, 9):
        y, e = pumps.iloc[row]
        assert found.estimate[row] == pytest.approx(10 * (weight * (shape + y) / (shape / mean + e)).sum(), rel=2e-3)
        for end, share in (("ci_low", 0.025), ("ci_high", 0.975)):
            below = (weight * special.gammainc(shape + y, (shape / mean + e) * found[end][row] / 10)).sum()
            assert below == pytest.approx(share, abs=1e-3)


def test_one_place_is_not_pooled():
    found = shrunk([27, 0], [30, 0])
    own = stats.binomtest(27, 30).proportion_ci(method="exact")
    assert list(found.basis) == ["own_only", "others_only"]
    assert found.loc[0, ["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [90, 100 * own.low, 100 * own.high]
    )
    assert found.loc[1, ["estimate", "ci_low", "ci_high"]].isna().all()
    alone = shrink_counts(pd.DataFrame({"y": [4], "e": [2.0]}), count="y", exposure="e").iloc[0]
    garwood = stats.chi2.ppf([0.025, 0.975], [8, 10]) / 2 / 2
    assert [alone.ci_low, alone.ci_high] == pytest.approx(list(garwood))


def test_nothing_done_anywhere_still_has_an_interval():
    found = shrunk([0, 0, 0, 0], [40, 25, 10, 0])
    assert (found.ci_high > 1).all() and (found.ci_low < 0.5).all()
    assert found.estimate.between(0, 8).all()


@pytest.mark.parametrize(
    ("successes", "trials", "told"),
    [
        ([3, 5], [2, 9], "no more than"),
        ([-1, 5], [2, 9], "at least 0"),
        ([np.nan, 5], [2, 9], "missing value is not zero"),
        (["1", "5"], [2, 9], "expected numbers"),
        ([0, 0], [0, 0], "nothing can be estimated"),
    ],
)
def test_bad_input_is_told(successes, trials, told):
    with pytest.raises(UsageError, match=told):
        shrunk(successes, trials)


def test_columns_and_levels_are_checked():
    with pytest.raises(UsageError, match="columns called 'absent'"):
        shrink_rates(frame([1], [2]), successes="absent", trials="cases")
    with pytest.raises(UsageError, match="conf_level"):
        shrunk([1, 2], [4, 9], conf_level=95)
    with pytest.raises(UsageError, match="DataFrame"):
        shrink_rates([1, 2], successes="done", trials="cases")
