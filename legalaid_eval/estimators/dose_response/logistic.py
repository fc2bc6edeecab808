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


def fit(y: np.ndarray, n: np.ndarray, z: np.ndarray, *, waves: bool = True) -> Fits:
    """Maximum likelihood of logit P = place + wave + beta z by Newton's method, for every z of (K, G, T).

    `y` successes of `n` trials, (G, T), n = 0 where there is no cell; without `waves` there is no wave effect. Places
    and waves need a success and a failure each.
    """
    start = special.logit((y + 0.5) / (n + 1))
    logit = np.broadcast_to(np.where(n > 0, start, 0.0), z.shape)
    deviance = np.full(len(z), np.inf)
    for _ in range(STEPS):
        weight, mu = working(logit, n)
        response = logit + (y - n * mu) / np.where(weight > 0, weight, 1.0)
        beta, information, logit, within = _step(weight, response, z, waves)
        logit = np.clip(logit, -STEEPEST, STEEPEST)
        found = _deviance(y, n, logit)
        settled = np.abs(deviance - found) < SETTLED * (1 + found)
        deviance = found
        if settled.all():
            break
    return Fits(beta, information, logit, special.expit(logit), deviance, within)


def working(logit: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Working weights n mu (1 - mu) and mu, of the shape of `logit`."""
    mu = special.expit(logit)
    return np.where(n > 0, np.maximum(n * mu * (1 - mu), FLOOR), 0.0), mu


def _step(weight: np.ndarray, response: np.ndarray, z: np.ndarray, waves: bool) -> tuple[np.ndarray, ...]:
    """One weighted regression each: coefficient, information, fitted logits and the term's own part."""
    explained = effects_of(weight, np.stack([z, response]), waves)
    within = np.where(weight > 0, z - explained[0], 0.0)
    information = (weight * within**2).sum(axis=(1, 2))
    rest = response - explained[1]
    beta = (weight * within * rest).sum(axis=(1, 2)) / np.where(information > 0, information, np.inf)
    return beta, information, explained[1] + beta[:, None, None] * (z - explained[0]), within


def effects_of(weight: np.ndarray, values: np.ndarray, waves: bool) -> np.ndarray:
    """Fitted effects of place and, with `waves`, of wave for V variables (V, K, G, T) by weights (K, G, T); of the
    values' shape.

    Places are taken out first, so that a fit costs a system of T - 1 equations however many places there are.
    """
    total = weight.sum(axis=2)
    share = weight / np.where(total > 0, total, 1.0)[:, :, None]
    mean = (share * values).sum(axis=3)
    if not waves:
        return np.broadcast_to(mean[..., None], values.shape)
    moment = -np.swapaxes(weight, 1, 2) @ share
    diagonal = np.arange(weight.shape[2])
    moment[:, diagonal, diagonal] += weight.sum(axis=1)
    right = (weight * (values - mean[..., None])).sum(axis=2)
    wave = np.zeros_like(right)
    solved = np.linalg.solve(moment[:, 1:, 1:], np.moveaxis(right[:, :, 1:], 0, -1))
    wave[:, :, 1:] = np.moveaxis(solved, -1, 0)
    place = mean - (share * wave[:, :, None, :]).sum(axis=3)
    return place[..., None] + wave[:, :, None, :]


def _deviance(y: np.ndarray, n: np.ndarray, logit: np.ndarray) -> np.ndarray:
    """-2 log-likelihood less the saturated model's, (K,)."""
    full = special.xlogy(y, y) + special.xlogy(n - y, n - y) - special.xlogy(n, n)
    # log(1 + e^x) without overflow; the faster form of -(y log mu + (n - y) log(1 - mu)).
    cost = n * np.logaddexp(0.0, logit) - y * logit
    return 2 * (cost + full).sum(axis=(1, 2))
