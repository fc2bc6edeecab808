"""The Theta method (Assimakopoulos and Nikolopoulos, 2000; Hyndman and Billah, 2003) of many series at once.

Deseasonalising, the test for a season and the two lines are those of `statsmodels.tsa.forecasting.theta.ThetaModel`
with its defaults, which is what the tests compare with.
"""

import numpy as np

CRITICAL = 1.6448536269514722**2
"""The 90% point of the chi-squared distribution with one degree of freedom: below it no season is taken out."""
ALPHAS = np.concatenate([[0.0, 0.002, 0.005], np.linspace(0.01, 1, 100)])
GOLDEN = (5**0.5 - 1) / 2
SECTIONS = 20


def theta_means(values: np.ndarray, *, season: int, horizon: int) -> np.ndarray:
    """Point forecasts, shape (s, horizon), of `values` with shape (n, s), n at least two seasons."""
    plain, factors, additive = deseasonalised(values, season)
    n = len(values)
    time = np.arange(n) - (n - 1) / 2
    slope = time @ plain / (time @ time)
    alpha = best_alpha(plain)
    last = _smoothed(plain, alpha)
    with np.errstate(divide="ignore", invalid="ignore"):
        lag = np.where(alpha > 0, (1 - (1 - alpha) ** n) / alpha, 0.0)
    line = last[:, None] + slope[:, None] / 2 * (np.arange(horizon) + lag[:, None])
    ahead = factors[(n + np.arange(horizon)) % season].T
    return np.where(additive[:, None], line + ahead, line * ahead)


def deseasonalised(values: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values without season (n, s), factors or additions by place (season, s), and which series are additive (s,).

    A series without season in the test of Fiorucci et al. (2016) is left alone; one with zeros, or with factors that
    are not positive, is additive.
    """
    number = values.shape[1]
    additive = values.min(axis=0) <= 0
    if season == 1:
        return values, np.where(additive, 0.0, 1.0) * np.ones((1, number)), additive
    trend = _centred(values, season)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = _by_place(values / trend, season)
        factors = factors / factors.mean(axis=0)
    additive = additive | ~(factors.min(axis=0) > 0)
    added = _by_place(values - trend, season)
    factors = np.where(additive, added - added.mean(axis=0), factors)
    factors = np.where(has_season(values, season), factors, np.where(additive, 0.0, 1.0))
    every = factors[np.arange(len(values)) % season]
    return np.where(additive, values - every, values / np.where(additive, 1.0, every)), factors, additive


def has_season(values: np.ndarray, season: int) -> np.ndarray:
    """Whether the autocorrelation at the season is more than noise, shape (s,)."""
    n = len(values)
    centred = values - values.mean(axis=0)
    products = np.stack([(centred[lag:] * centred[: n - lag]).sum(axis=0) for lag in range(season + 1)])
    with np.errstate(divide="ignore", invalid="ignore"):
        rho = products / products[0]
    return n * rho[-1] ** 2 / (rho[:-1] ** 2).sum(axis=0) > CRITICAL


def best_alpha(values: np.ndarray) -> np.ndarray:
    """The weight of simple exponential smoothing from the first value with the least squared error, shape (s,)."""
    sse = _squares(values, ALPHAS[:, None])
    at = sse.argmin(axis=0)
    low, high = ALPHAS[np.maximum(at - 1, 0)], ALPHAS[np.minimum(at + 1, len(ALPHAS) - 1)]
    for _ in range(SECTIONS):
        inner, outer = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = _squares(values, inner) < _squares(values, outer)
        low, high = np.where(left, low, inner), np.where(left, outer, high)
    middle = (low + high) / 2
    return np.where(_squares(values, middle) < sse.min(axis=0), middle, ALPHAS[at])


def _squares(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    level = values[0] + np.zeros(alpha.shape)
    total = np.zeros_like(level)
    for value in values[1:]:
        error = value - level
        level += alpha * error
        total += error * error
    return total


def _smoothed(values: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    level = values[0].copy()
    for value in values[1:]:
        level += alpha * (value - level)
    return level


def _centred(values: np.ndarray, season: int) -> np.ndarray:
    """Centred moving average over a season, NaN at the ends."""
    weights = np.full(season, 1 / season) if season % 2 else np.r_[0.5, np.ones(season - 1), 0.5] / season
    half = len(weights) // 2
    found = np.full(values.shape, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), axis=0)
    found[half : len(values) - half] = windows @ weights
    return found


def _by_place(values: np.ndarray, season: int) -> np.ndarray:
    """Means by place in the season, shape (season, s), of what is known."""
    return np.stack([np.nanmean(values[place::season], axis=0) for place in range(season)])
