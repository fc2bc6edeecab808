"""An interval from one model of the shocks of all units: the same size, and memory that fades by a fixed factor."""

from functools import lru_cache

import numpy as np

from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.interval import Interval, not_evaluable, t_interval
from legalaid_eval.estimators.did.placebo_pool import lay_over_controls

MEMORIES = (*(step / 20 for step in range(18)), 0.9, 0.93, 0.96)
"""Autocorrelations tried, from one period to the next."""
LAGS = 12


def ar_model(contrast: Contrast, *, conf_level: float = 0.95) -> Interval:
    """A t interval with G - 2 degrees of freedom under AR(1) shocks, equal in law for all units.

    Size and memory of the shocks are those whose expected autocovariances come nearest to the ones seen among the
    never-treated, each unit's own mean and the known sampling error taken into account (a method of moments as in
    Hausman and Kuersteiner 2008). It borrows strength from the model: too narrow where units drift apart. Not
    evaluable with fewer than two never-treated units.
    """
    if contrast.n_control < 2 or contrast.n_treated < 1:
        return not_evaluable(contrast, conf_level=conf_level, method="ar_model")
    shocks = shock_covariance(contrast)
    variance = ((contrast.weights @ shocks) * contrast.weights).sum() + contrast.own_sampling_variance.sum()
    df = contrast.n_treated + contrast.n_control - 2
    return t_interval(contrast, variance=float(variance), df=df, conf_level=conf_level, method="ar_model")


def shock_covariance(contrast: Contrast) -> np.ndarray:
    """(periods, periods): the fitted covariance of one unit's shocks."""
    periods = contrast.weights.shape[1]
    expected, centring = _expected_autocovariances(periods)
    seen = _seen_autocovariances(contrast) - lag_sums(centring @ _mean_error_covariance(contrast) @ centring)
    seen = seen / lay_over_controls(contrast).dilution.mean()
    scales = np.maximum(expected @ seen / (expected**2).sum(axis=1), 0)
    misfit = ((seen - scales[:, None] * expected) ** 2).sum(axis=1)
    best = int(misfit.argmin())
    return scales[best] * autocorrelation(MEMORIES[best], periods)


def autocorrelation(memory: float, periods: int) -> np.ndarray:
    """(periods, periods): memory to the power of the distance in periods."""
    return memory ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))


def lag_sums(matrix: np.ndarray) -> np.ndarray:
    """(lags,): sums along the diagonal and those above it, divided by the number of periods."""
    periods = len(matrix)
    return np.array([np.trace(matrix, lag) for lag in range(min(LAGS, periods - 1) + 1)]) / periods


@lru_cache(maxsize=8)
def _expected_autocovariances(periods: int) -> tuple[np.ndarray, np.ndarray]:
    """(memories, lags): what unit shocks of each memory show once centred on their mean; and the centring matrix."""
    centring = np.eye(periods) - 1 / periods
    expected = [lag_sums(centring @ autocorrelation(memory, periods) @ centring) for memory in MEMORIES]
    return np.array(expected), centring


def _seen_autocovariances(contrast: Contrast) -> np.ndarray:
    """(lags,): mean over the never-treated."""
    residuals = contrast.residuals[contrast.never_treated]
    centred = residuals - residuals.mean(axis=1, keepdims=True)
    return lag_sums(centred.T @ centred) / len(centred)


def _mean_error_covariance(contrast: Contrast) -> np.ndarray:
    """(periods, periods): sampling error in the never-treated units' residuals, on average over units.

    With a variance per cell also on average over periods, as its unevenness hardly moves an autocovariance.
    """
    controls, periods = contrast.never_treated, contrast.weights.shape[1]
    share = contrast.control[controls]
    counted = (1 - 2 * share) / len(share) + share**2
    if contrast.covariance is not None:
        return np.tensordot(counted, contrast.covariance[controls], axes=1)
    if contrast.variance is not None:
        return float(counted @ contrast.variance[controls].mean(axis=1)) * np.eye(periods)
    return np.zeros((periods, periods))
