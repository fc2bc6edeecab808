"""How much wider intervals must be than the fit says, learnt from forecasts made in the past.

The same method forecasts from earlier origins; its errors, in units of the spread it claimed, are pooled over sibling
series. One series tells little about its own errors (forecasts of one year err together), so that the pooled ratio
counts the more the more siblings there are.
"""

from collections.abc import Sequence

import numpy as np

from legalaid_eval.estimators.forecast.combination import WIDEST, Fitted, fit_panel

ORIGINS = 6
SEASONS_NEEDED = 3
PRIOR_SERIES = 1.0
"""The pooled ratio of as many series counts half: a series alone has too few years to know its own errors."""
NARROWEST = 1.0
POINTS = ((0.80, 1.2815515655446004), (0.95, 1.959963984540054))
"""Quantiles of absolute errors that are compared with the normal distribution's."""


def calibrated(
    values: np.ndarray,
    fitted: Fitted,
    *,
    season: int,
    method: str,
    groups: Sequence[object],
    known: np.ndarray | None = None,
) -> np.ndarray:
    """Multiples of the residuals to draw paths with, shape (s,): the fit's own times the pooled ratio.

    `values` (n, s) and `known` are what `fitted` was fitted to; series with equal `groups` are siblings.
    """
    horizon = fitted.center.shape[1]
    errors = past_errors(values, season=season, horizon=horizon, method=method, known=known)
    found = fitted.widening.copy()
    keys = np.array([str(group) for group in groups])
    for key in np.unique(keys):
        at = keys == key
        found[at] *= pooled_ratio(errors[:, at])
    return found


def past_errors(
    values: np.ndarray, *, season: int, horizon: int, method: str, known: np.ndarray | None = None
) -> np.ndarray:
    """Errors of log counts in units of the claimed spread, shape (origins, s, horizon); NaN where there is none."""
    origins = past_origins(len(values), season, horizon)
    found = np.full((len(origins), values.shape[1], horizon), np.nan)
    for i, origin in enumerate(origins):
        at = np.flatnonzero(np.isfinite(values[:origin]).sum(axis=0) >= SEASONS_NEEDED * season)
        if len(at):
            past = fit_panel(
                values[:origin, at], season=season, horizon=horizon, method=method, known=known, quick=True
            )
            came = np.log1p(values[origin : origin + horizon, at]).T
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = (came - np.log1p(past.center)[:, : came.shape[1]]) / past.spread[:, : came.shape[1]]
            found[i, at, : came.shape[1]] = np.where(np.isfinite(ratio), ratio, np.nan)
    return found


def past_origins(n: int, season: int, horizon: int) -> list[int]:
    """Lengths of the past that are forecast from, half a season apart; the last leaves a whole horizon to compare."""
    step = max(1, season // 2)
    last = n - min(horizon, season)
    return [at for at in (last - step * i for i in range(ORIGINS)) if at >= max(SEASONS_NEEDED * season, 10)]


def pooled_ratio(errors: np.ndarray) -> float:
    """How many times larger the errors are than claimed, drawn towards 1 where few series say so."""
    known = np.isfinite(errors)
    series = int(known.any(axis=(0, 2)).sum())
    if not series:
        return 1.0
    sizes = np.abs(errors[known])
    ratio = np.mean([np.log(max(np.quantile(sizes, share), 1e-9) / point) for share, point in POINTS])
    return float(np.clip(np.exp(ratio * series / (series + PRIOR_SERIES)), NARROWEST, WIDEST))
