"""Regression whose errors are known noise plus shocks that last: Var = diag(noise) + sigma^2 R(rho), AR(1).

The unknown pair (rho, sigma) is not plugged in at its best value, which makes intervals too narrow in short series,
but integrated out: every pair of a grid is weighted by its restricted likelihood (Patterson and Thompson 1971;
Harville 1974). The generalised least squares of every pair come from one run of the Kalman filter over all columns
(Harvey and Phillips 1979), which is linear in the number of periods.
"""

from dataclasses import dataclass

import numpy as np

RHOS = np.array([*np.arange(0.0, 0.95, 0.075), 0.95, 0.98])
"""No negative values: what shakes a county one month does not systematically turn round in the next."""
SIGMAS = np.array([0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.13, 0.16, 0.2, 0.26, 0.34, 0.45])
"""Standard deviation of the shocks on the log scale; multiplied by the caller's `scale` for others."""


@dataclass(frozen=True, slots=True, eq=False)
class Autocorrelated:
    """Means over the grid: `coefficients` (p,), `covariance` (p, p) within and between grid points, rho and sigma."""

    coefficients: np.ndarray
    covariance: np.ndarray
    rho: float
    sigma: float


def integrated_reml(
    design: np.ndarray, response: np.ndarray, noise: np.ndarray, steps: np.ndarray, scale: float = 1.0
) -> Autocorrelated:
    """Coefficients with (rho, sigma) integrated out under a flat prior on the grid.

    `design` (n, p), `response` (n,), `noise` (n,) known variances, `steps` (n,) periods since the row before, infinite
    at the first.
    """
    rho, sigma = (grid.ravel() for grid in np.meshgrid(RHOS, SIGMAS * scale, indexing="ij"))
    white, log_det = whitened(np.column_stack([design, response]), noise, steps, rho, sigma)
    x, y = white[:, :, :-1], white[:, :, -1:]
    information = x.transpose(0, 2, 1) @ x
    within = np.linalg.inv(information)
    points = (within @ (x.transpose(0, 2, 1) @ y))[:, :, 0]
    squares = ((y[:, :, 0] - np.einsum("gnp,gp->gn", x, points)) ** 2).sum(axis=1)
    log_likelihood = -0.5 * (log_det + np.linalg.slogdet(information)[1] + squares)
    weight = np.exp(log_likelihood - log_likelihood.max()) * np.outer(widths(RHOS), widths(SIGMAS)).ravel()
    weight /= weight.sum()
    mean = weight @ points
    apart = points - mean
    covariance = np.einsum("g,gij->ij", weight, within) + np.einsum("g,gi,gj->ij", weight, apart, apart)
    return Autocorrelated(mean, covariance, float(weight @ rho), float(weight @ sigma))


def whitened(columns: np.ndarray, noise: np.ndarray, steps: np.ndarray, rho: np.ndarray, sigma: np.ndarray):
    """Columns (n, k) with the errors' covariance taken out, for g pairs (rho, sigma).

    Returns the columns times the inverse Cholesky factor, shape (g, n, k), and the log determinants (g,).
    """
    white = np.empty((len(rho), *columns.shape))
    log_det = np.zeros(len(rho))
    level, variance = np.zeros((len(rho), columns.shape[1])), np.zeros(len(rho))
    for t, row in enumerate(columns):
        decay = rho ** steps[t]
        variance = decay**2 * variance + sigma**2 * (1 - decay**2)
        level = decay[:, None] * level
        total = variance + noise[t]
        surprise = row - level
        white[:, t] = surprise / np.sqrt(total)[:, None]
        log_det += np.log(total)
        level += (variance / total)[:, None] * surprise
        variance = variance * noise[t] / total
    return white, log_det


def widths(grid: np.ndarray) -> np.ndarray:
    """Trapezoid weights of an uneven grid."""
    half = np.diff(grid) / 2
    return np.append(half, 0.0) + np.insert(half, 0, 0.0)
