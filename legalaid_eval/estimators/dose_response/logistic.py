"""Logistic regressions with place and wave effects and one term, many at once."""

from dataclasses import dataclass

import numpy as np
from scipy import special

STEPS, SETTLED = 40, 1e-10
"""Newton steps at most; change of every deviance below which they stop."""
STEEPEST = 30.0
"""Logits are kept within this: a term that separates successes from failures would drive them to infinity."""
FLOOR = 1e-12
"""Smallest working weight of a cell with trials."""


@dataclass(frozen=True, slots=True, eq=False)
class Fits:
    """K fits of cells (G places, T waves): `beta` (K,) the term's coefficient, `information` (K,) the inverse of its
    variance with dispersion 1, `logit` and `mu` (K, G, T), `deviance` (K,), and `within` (K, G, T), the term less what
    place and wave effects explain of it (0 in cells without trials).
    """

    beta: np.ndarray
    information: np.ndarray
    logit: np.ndarray
    mu: np.ndarray
    deviance: np.ndarray
    within: np.ndarray


def fit(y: np.ndarray, n: np.ndarray, z: np.ndarray, copies: np.ndarray | None = None) -> Fits:
    """Maximum likelihood of logit P = place + wave + beta z by Newton's method, for every z of (K, G, T).

    `y` successes of `n` trials, (G, T), n = 0 where there is no cell. `copies` (K, G) counts each place so many times,
    as a bootstrap over places does: a copy has the same effect as its original. Places and waves need a success and a
    failure each (for bootstraps: where they do not, logits stay within their bounds).
    """
    times = np.ones((1, 1, 1)) if copies is None else copies[:, :, None]
    start = special.logit((y + 0.5) / (n + 1))
    logit = np.broadcast_to(np.where(n > 0, start, 0.0), z.shape)
    deviance = np.full(len(z), np.inf)
    for _ in range(STEPS):
        weight, mu = working(logit, n, times)
        response = logit + times * (y - n * mu) / np.where(weight > 0, weight, 1.0)
        beta, information, logit, within = _step(weight, response, z)
        logit = np.clip(logit, -STEEPEST, STEEPEST)
        found = _deviance(y, n, logit, times)
        settled = np.abs(deviance - found) < SETTLED * (1 + found)
        deviance = found
        if settled.all():
            break
    return Fits(beta, information, logit, special.expit(logit), deviance, within)


def working(logit: np.ndarray, n: np.ndarray, times: np.ndarray | float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Working weights n mu (1 - mu) and mu, of the shape of `logit`."""
    mu = special.expit(logit)
    return times * np.where(n > 0, np.maximum(n * mu * (1 - mu), FLOOR), 0.0), mu


def _step(weight: np.ndarray, response: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, ...]:
    """One weighted regression each: coefficient, information, fitted logits and the term's own part."""
    explained = two_way_fit(weight, np.stack([z, response]))
    within = np.where(weight > 0, z - explained[0], 0.0)
    information = (weight * within**2).sum(axis=(1, 2))
    rest = response - explained[1]
    beta = (weight * within * rest).sum(axis=(1, 2)) / np.where(information > 0, information, np.inf)
    return beta, information, explained[1] + beta[:, None, None] * (z - explained[0]), within


def two_way_fit(weight: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Fitted place and wave effects of V variables (V, K, G, T) by weights (K, G, T); same shape as the values.

    Places are taken out first, so that a fit costs a system of T - 1 equations however many places there are.
    """
    total = weight.sum(axis=2)
    share = weight / np.where(total > 0, total, 1.0)[:, :, None]
    moment = -np.swapaxes(weight, 1, 2) @ share
    waves = np.arange(weight.shape[2])
    moment[:, waves, waves] += weight.sum(axis=1)
    # A wave that no resampled place was seen in has no effect to estimate: 1 on its diagonal leaves it at 0.
    moment[:, waves, waves] += weight.sum(axis=1) == 0
    mean = (share * values).sum(axis=3)
    right = (weight * (values - mean[..., None])).sum(axis=2)
    wave = np.zeros_like(right)
    solved = np.linalg.solve(moment[:, 1:, 1:], np.moveaxis(right[:, :, 1:], 0, -1))
    wave[:, :, 1:] = np.moveaxis(solved, -1, 0)
    place = mean - (share * wave[:, :, None, :]).sum(axis=3)
    return place[..., None] + wave[:, :, None, :]


def _deviance(y: np.ndarray, n: np.ndarray, logit: np.ndarray, times: np.ndarray) -> np.ndarray:
    """-2 log-likelihood less the saturated model's, (K,)."""
    full = special.xlogy(y, y) + special.xlogy(n - y, n - y) - special.xlogy(n, n)
    # log(1 + e^x) without overflow; the faster form of -(y log mu + (n - y) log(1 - mu)).
    cost = n * np.logaddexp(0.0, logit) - y * logit
    return 2 * (times * (cost + full)).sum(axis=(1, 2))
