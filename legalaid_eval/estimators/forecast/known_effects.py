"""What is known of a month beforehand, such as its share of Spring Festival, and what it does to counts.

A festival that moves between two months is mislearned as season. Its effect on log counts is estimated for all series
together from what changed against the same month a year before; counts are freed of it before they are fitted, and the
forecast is given it back.
"""

from dataclasses import dataclass

import numpy as np

CHANGES_NEEDED = 4
"""Periods whose known value differs from the same period a year before, for each thing known: two moves of a festival
change two months each."""
LARGEST = np.log(10)
"""No effect is carried further than a tenfold count, however far the known values lie outside the past's."""
NOT_USED = "known_not_used"


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """`factors` (n + h,) that counts of the past and of the horizon are multiplied by; `used` where they were learnt.

    They are relative to the mean of the same place in the season, so that freed counts keep their season.
    """

    factors: np.ndarray
    used: bool


def known_effect(values: np.ndarray, known: np.ndarray, *, season: int) -> Effect:
    """The effect of `known` (n + h, k) on the counts `values` (n, s), which may begin with NaN.

    Weighted least squares of seasonal differences of log(1 + y), freed of each series' median, on those of `known`;
    drawn towards 0 by the Wald statistic W with the factor max(0, 1 - k / W), the noisier the more (the positive part
    of James and Stein, 1961). The covariance is robust to shocks that strike all series of a month together.
    """
    n = len(values)
    moved = known[season:n] - known[: max(n - season, 0)]
    with np.errstate(invalid="ignore"):
        logs = np.log1p(values)
        changes = logs[season:] - logs[: max(n - season, 0)]
    seen = np.isfinite(changes).any(axis=1)
    enough = ((moved != 0) & seen[:, None]).sum(axis=0) >= CHANGES_NEEDED * known.shape[1]
    if not enough.all() or np.linalg.matrix_rank(moved[seen]) < known.shape[1]:
        return Effect(np.ones(len(known)), False)
    coefficients = _shrunk(*_pooled(changes[seen], moved[seen]))
    return Effect(np.exp(np.clip(_from_mean(known, n, season) @ coefficients, -LARGEST, LARGEST)), True)


def _pooled(changes: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (k,) and their covariance, with periods as clusters; noisy series count less."""
    there = np.isfinite(changes)
    centred = changes - np.nanmedian(np.where(there.any(axis=0), changes, 0), axis=0)
    spread = np.nanmean(np.where(there.any(axis=0), centred, 0) ** 2, axis=0)
    weights = np.where(there & (spread > 0), 1 / np.where(spread > 0, spread, 1), 0)
    by_period = weights.sum(axis=1)
    summed = (weights * np.where(there, centred, 0)).sum(axis=1)
    bread = np.linalg.pinv(moved.T @ (by_period[:, None] * moved))
    coefficients = bread @ (moved.T @ summed)
    scores = moved * (summed - by_period * (moved @ coefficients))[:, None]
    periods, number = len(moved), moved.shape[1]
    return coefficients, bread @ (scores.T @ scores) @ bread * periods / max(periods - number, 1)


def _shrunk(coefficients: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    wald = float(coefficients @ np.linalg.pinv(covariance) @ coefficients)
    return coefficients * max(0.0, 1 - len(coefficients) / wald) if wald > 0 else coefficients


def _from_mean(known: np.ndarray, n: int, season: int) -> np.ndarray:
    """The known values less their mean at the same place in the past's seasons."""
    places = np.arange(len(known)) % season
    means = np.stack([known[:n][places[:n] == place].mean(axis=0) for place in range(season)])
    return known - means[places]
