"""Newton steps for log-linear counts, with the effects of the places taken out of every step."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, polygamma, psi

from legalaid_eval.errors import UsageError

ROUNDS, TOLERANCE = 200, 1e-10
"""Steps at most, and the change of the linear predictor (and of log alpha) below which a fit has converged."""
LARGEST_STEP = 3.0
"""Of the linear predictor in one round, on the log scale; longer steps from a poor start overshoot."""
LARGEST = 30.0
"""Logarithm of the largest mean; a fit that goes beyond runs off to infinity and is refused in words."""
LOG_ALPHAS = (-16.0, 6.0)
"""Where the negative binomial's alpha is sought; at the lower end the distribution is the Poisson."""


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """A fitted model as the weighted regression it ends in.

    `beta` (p,); `mu` (n,) fitted means; `terms` (n, p) and `errors` (n,) are the terms less their weighted mean in the
    unit and the working residuals, both times the root of the working weight: least squares of one on the other gives
    no change of beta. `alpha` is 0 for the Poisson.
    """

    beta: np.ndarray
    mu: np.ndarray
    terms: np.ndarray
    errors: np.ndarray
    alpha: float


def fit_poisson(x: np.ndarray, y: np.ndarray, offset: np.ndarray, unit: np.ndarray | None) -> Working:
    """Poisson: terms `x` (n, p), counts `y` (n,), logged exposure and unit numbers (n,).

    Without units the first term is the intercept. With them every unit has an effect of its own, concentrated out: with
    the working weights held, least squares with dummies equals least squares on what is left after the unit's weighted
    means are taken away (Frisch and Waugh 1933), and the cost does not grow with the number of units. Raises UsageError
    where the fit does not converge.
    """
    labels = np.zeros(len(y), dtype=int) if unit is None else unit
    level = np.log(np.bincount(labels, y) / np.bincount(labels, np.exp(offset)))[labels]
    beta = np.zeros(x.shape[1])
    if unit is None:
        beta[0] = level[0]
    return _converged(x, y, unit, Working(beta, np.exp(offset + level), x, y, 0.0), overdispersed=False)


def fit_negbin(x: np.ndarray, y: np.ndarray, unit: np.ndarray | None, poisson: Working) -> Working:
    """NB2, variance mu + alpha mu^2, coefficients and alpha by maximum likelihood (Lawless 1987), from Poisson's fit.

    Each round takes one step for both: they are orthogonal (expected information between them is 0).
    """
    excess = ((y - poisson.mu) ** 2 - poisson.mu).sum() / (poisson.mu**2).sum()
    start = Working(poisson.beta, poisson.mu, x, y, float(np.clip(excess, 1e-3, 10.0)))
    return _converged(x, y, unit, start, overdispersed=True)


def _converged(x: np.ndarray, y: np.ndarray, unit: np.ndarray | None, fit: Working, *, overdispersed: bool) -> Working:
    eta, beta, alpha = np.log(fit.mu), fit.beta, fit.alpha
    for _ in range(ROUNDS):
        mu = np.exp(eta)
        root = np.sqrt(mu / (1 + alpha * mu))
        error = (y - mu) / mu
        within, left = (without_means(part, unit, root**2) for part in (x, error))
        terms = within * root[:, None]
        change = _least_squares(terms, left * root)
        left = left - within @ change
        step = error - left
        longest = np.abs(step).max()
        shrunk = min(1.0, LARGEST_STEP / longest) if longest > 0 else 1.0
        eta, beta = eta + shrunk * step, beta + shrunk * change
        last, alpha = alpha, next_alpha(y, mu, alpha) if overdispersed else 0.0
        if not np.isfinite(eta).all() or np.abs(eta).max() > LARGEST:
            break
        if longest < TOLERANCE and abs(alpha - last) <= TOLERANCE * (1 + last):
            return Working(beta, mu, terms, left * root, alpha)
    raise UsageError(
        f"found a fit that does not settle in {ROUNDS} rounds ({y.sum():.0f} cases in {len(y)} cells, {x.shape[1]} "
        "terms); expected cases at every value of every term; leave out covariates, lower harmonics, or use "
        "family='poisson'"
    )


def _least_squares(terms: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Of scaled normal equations: rounding errors do not stay, since every round corrects the one before."""
    size = np.sqrt((terms**2).sum(axis=0))
    scaled = terms / np.where(size > 0, size, 1.0)
    return np.linalg.lstsq(scaled.T @ scaled, scaled.T @ left, rcond=None)[0] / np.where(size > 0, size, 1.0)


def next_alpha(y: np.ndarray, mu: np.ndarray, alpha: float) -> float:
    """One Newton step for log alpha at given means; uphill with a bounded step where the likelihood is not concave."""
    size, total = 1 / alpha, mu + 1 / alpha
    values, at = np.unique(y, return_inverse=True)
    often = np.bincount(at)
    slope = often @ (psi(values + size) - psi(size)) - (np.log(total / size) + (y - mu) / total).sum()
    bend = often @ (polygamma(1, values + size) - polygamma(1, size)) + (1 / size - 2 / total).sum()
    bend += ((y + size) / total**2).sum()
    # In log size: first derivative size * slope, second size^2 * bend + size * slope.
    curvature = size**2 * bend + size * slope
    step = -size * slope / curvature if curvature < 0 else np.sign(slope)
    return float(np.exp(np.clip(np.log(alpha) - np.clip(step, -1.0, 1.0), *LOG_ALPHAS)))


def log_likelihood(y: np.ndarray, mu: np.ndarray, alpha: float) -> float:
    """Of counts under NB2 (alpha above 0) or Poisson (alpha 0)."""
    if alpha == 0:
        return float((y * np.log(mu) - mu - gammaln(y + 1)).sum())
    size, product = 1 / alpha, alpha * mu
    shape = gammaln(y + size) - gammaln(size) - gammaln(y + 1)
    return float((shape + y * np.log(product) - (y + size) * np.log1p(product)).sum())


def without_means(values: np.ndarray, unit: np.ndarray | None, weight: np.ndarray) -> np.ndarray:
    """Values (n,) or (n, p) less their weighted mean in the unit; unchanged without units."""
    if unit is None:
        return values
    columns = values.reshape(len(values), -1)
    total = np.bincount(unit, weight)
    means = np.column_stack([np.bincount(unit, weight * column) / total for column in columns.T])
    return (columns - means[unit]).reshape(values.shape)
