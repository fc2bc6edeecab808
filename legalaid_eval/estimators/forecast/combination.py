"""Point forecasts of many series, and the errors that paths round them are drawn from.

"combined" is the median of exponential smoothing of log(1 + y), of Theta and of the seasonal naive forecast, which
beats each of them on most monthly counts. What a series does not allow is replaced by something plainer, and said.
"""

import zlib
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import nbinom

from legalaid_eval.estimators.forecast.ets import EtsFit, fit_ets
from legalaid_eval.estimators.forecast.known_effects import NOT_USED, known_effect
from legalaid_eval.estimators.forecast.level_break import at_new_level
from legalaid_eval.estimators.forecast.theta import theta_means

METHODS = ("combined", "ets", "theta", "seasonal_naive", "mean")
MODELS = METHODS[:3]
"""Methods that look for a break of the level; the seasonal naive forecast is what it is."""
FAILED = "failed_fit"
FEW = 1.0
"""A series with a smaller mean in its last three seasons, or with zeros in more than half of them, is zero-heavy."""
RECENT_SEASONS = 3
ENOUGH, PREDICTED = 24, 200
"""Months whose counts may stand for what counts there can be; quantiles drawn from where there are fewer."""
LARGEST_VARIANCE = 0.25
WIDEST = 1.5
"""No calibration makes intervals wider than this multiple: a single year of shocks would double them."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """Forecasts of s series over h periods.

    `center` (s, h) are counts; `response` (s, h) says what an error of the log counts adds 0, 1, ... periods later;
    `residuals` holds each series' errors of log counts, `widening` (s,) what they are multiplied by because the fit
    came closer to its own data than it will to new ones. `method` is what was used for each, `notes` (position, code).
    `factors` (n + h,) are what something known beforehand multiplies counts by, None where nothing is known.
    """

    center: np.ndarray
    response: np.ndarray
    residuals: tuple[np.ndarray, ...]
    widening: np.ndarray
    method: tuple[str, ...]
    notes: tuple[tuple[int, str], ...]
    factors: np.ndarray | None = None

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation of the log counts round the centre, shape (s, h)."""
        of_one = np.array([np.sqrt(np.mean(errors**2)) for errors in self.residuals]) * self.widening
        return of_one[:, None] * np.sqrt(np.cumsum(self.response**2, axis=1))


def fit_panel(
    values: np.ndarray,
    *,
    season: int,
    horizon: int,
    method: str,
    known: np.ndarray | None = None,
    quick: bool = False,
) -> Fitted:
    """Forecasts of every column of `values`, shape (n, s), which may begin with NaN; `quick` searches less finely.

    `known` (n + h, k): what is known of past and coming periods, see `known_effects`.
    """
    if known is None:
        return _fit_freed(values, season, horizon, method, quick)
    n = len(values)
    effect = known_effect(values, known[: n + horizon], season=season)
    found = _fit_freed(values / effect.factors[:n, None], season, horizon, method, quick)
    notes = found.notes if effect.used else (*found.notes, *((i, NOT_USED) for i in range(values.shape[1])))
    return replace(found, center=found.center * effect.factors[n:], notes=notes, factors=effect.factors)


def _fit_freed(values: np.ndarray, season: int, horizon: int, method: str, quick: bool) -> Fitted:
    """Forecasts of counts that hold nothing known beforehand any more."""
    lengths = np.isfinite(values).sum(axis=0)
    values, broken = _without_breaks(values, lengths, season, method)
    used, notes = zip(
        *(_usable(values[len(values) - n :, i], season, method) for i, n in enumerate(lengths)), strict=True
    )
    number = len(lengths)
    center, response, widening = np.empty((number, horizon)), np.empty((number, horizon)), np.ones(number)
    residuals: list[np.ndarray] = [np.empty(0)] * number
    ways, failed = list(used), [[] for _ in range(number)]
    for way, n in sorted(set(zip(used, lengths.tolist(), strict=True))):
        at = np.flatnonzero([(u, k) == (way, n) for u, k in zip(used, lengths, strict=True)])
        part = _fit_alike(values[len(values) - n :, at], season, horizon, way, quick)
        center[at], response[at], widening[at] = part.center, part.response, part.widening
        for i, errors in zip(at, part.residuals, strict=True):
            residuals[i] = errors
        for i, name in zip(at, part.method, strict=False):
            ways[i] = name
        for i, code in part.notes:
            failed[at[i]].append(code)
    coded = tuple((i, code) for i, codes in enumerate(notes) for code in (*codes, *broken[i], *failed[i]))
    return Fitted(center, response, tuple(residuals), widening, tuple(ways), coded)


def _without_breaks(
    values: np.ndarray, lengths: np.ndarray, season: int, method: str
) -> tuple[np.ndarray, list[tuple[str, ...]]]:
    """The values with history moved to the level after a break, and a code for each series that was moved."""
    moved, broken = values.copy(), np.zeros(len(lengths), dtype=bool)
    for n in np.unique(lengths) if method in MODELS else ():
        at = lengths == n
        moved[len(values) - n :, at], broken[at] = at_new_level(values[len(values) - n :, at], season=season)
    return moved, [("level_break",) * bool(found) for found in broken]


def _usable(values: np.ndarray, season: int, method: str) -> tuple[str, tuple[str, ...]]:
    """The method that a series allows, and why it is not the one asked for."""
    if method == "mean":
        return method, ()
    recent = values[-RECENT_SEASONS * season :] if season > 1 else values
    if np.mean(recent == 0) > 0.5 or recent.mean() < FEW:
        return "mean", ("zero_heavy",)
    least = max(2 * season, 10)
    if method != "seasonal_naive" and len(values) < least:
        return ("seasonal_naive" if len(values) > season else "mean"), ("short",)
    if len(values) <= season:
        return "mean", ("short",)
    return method, ()


def _fit_alike(values: np.ndarray, season: int, horizon: int, way: str, quick: bool) -> Fitted:
    """Series of one length, shape (n, s), by one method."""
    if way == "mean":
        return _mean(values, season, horizon)
    if way == "seasonal_naive":
        return _seasonal_naive(values, season, horizon)
    return _smoothed(values, season, horizon, way, quick)


def naive_means(values: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """The last season again and again, shape (s, horizon)."""
    return values[len(values) - season + np.arange(horizon) % season].T


def _mean(values: np.ndarray, season: int, horizon: int) -> Fitted:
    """The mean of the last seasons; the paths are those seasons' months, drawn anew."""
    recent = values[-RECENT_SEASONS * season :] if season > 1 else values
    number, n = values.shape[1], len(recent)
    level = recent.mean(axis=0)
    response = np.zeros((number, horizon))
    response[:, 0] = 1
    if n < ENOUGH:
        errors, widening = tuple(_predictive_errors(counts) for counts in recent.T), 1.0
    else:
        errors, widening = tuple((np.log1p(recent) - np.log1p(level)).T), np.sqrt(1 + 1 / n)
    return Fitted(np.repeat(level[:, None], horizon, axis=1), response, errors, np.full(number, widening), (), ())


def _predictive_errors(counts: np.ndarray) -> np.ndarray:
    """Errors of log counts at even quantiles of a negative binomial, whose rate is known from few counts only.

    In an order that hangs on the counts alone, so that two places with few months do not seem to move together.
    """
    n, mean = len(counts), counts.mean()
    rate = (counts.sum() + 0.5) / n
    dispersion = (1 + 1 / n) * max(counts.var(ddof=1) / mean if n > 1 and mean > 0 else 1.0, 1.0)
    found = nbinom.ppf((np.arange(PREDICTED) + 0.5) / PREDICTED, rate / (dispersion - 1), 1 / dispersion)
    order = np.random.default_rng(zlib.crc32(counts.tobytes())).permutation(PREDICTED)
    return (np.log1p(found) - np.log1p(mean))[order]


def _seasonal_naive(values: np.ndarray, season: int, horizon: int) -> Fitted:
    logs = np.log1p(values)
    errors = logs[season:] - logs[:-season]
    if len(errors) < season and season > 1:
        errors = np.concatenate([errors, np.sqrt(2) * (logs - logs.mean(axis=0))])
    response = np.tile((np.arange(horizon) % season == 0).astype(float), (values.shape[1], 1))
    center = naive_means(values, season, horizon)
    return Fitted(center, response, tuple(errors.T), np.ones(values.shape[1]), (), ())


def _smoothed(values: np.ndarray, season: int, horizon: int, way: str, quick: bool) -> Fitted:
    naive = _seasonal_naive(values, season, horizon)
    with np.errstate(over="ignore", invalid="ignore"):
        fit = fit_ets(np.log1p(values), season=season, quick=quick)
        means = _means_by_method(values, fit, season, horizon, way)
        failed = {name: ~np.isfinite(found).all(axis=1) for name, found in means.items()}
        failed["ets"] = failed.get("ets", False) | ~np.isfinite(fit.errors).all(axis=0)
        errors, response = fit.errors - fit.errors.mean(axis=0), fit.response(horizon)
    center = np.maximum(_middle(means, failed, naive.center), 0)
    widening = np.minimum(np.sqrt(len(values) / np.maximum(len(values) - fit.parameters + 1, 1)), WIDEST)
    plain = failed["ets"]
    residuals = tuple(naive.residuals[i] if bad else errors[:, i] for i, bad in enumerate(plain))
    response = np.where(plain[:, None], naive.response, response)
    method = tuple("seasonal_naive" if way in failed and failed[way][i] else way for i in range(len(plain)))
    notes = tuple((int(i), f"{FAILED}:{name}") for name, bad in failed.items() for i in np.flatnonzero(bad))
    return Fitted(center, response, residuals, np.where(plain, 1.0, widening), method, notes)


def _means_by_method(values: np.ndarray, fit: EtsFit, season: int, horizon: int, way: str) -> dict[str, np.ndarray]:
    """The forecasts that `way` is made of, each (s, horizon), beside the seasonal naive one."""
    found = {}
    if way in ("ets", "combined"):
        found["ets"] = _counts_of_logs(fit, horizon)
    if way in ("theta", "combined"):
        found["theta"] = theta_means(values, season=season, horizon=horizon)
    if way == "combined":
        found["seasonal_naive"] = naive_means(values, season, horizon)
    return found


def _middle(means: dict[str, np.ndarray], failed: dict[str, np.ndarray], naive: np.ndarray) -> np.ndarray:
    """The median of what did not fail; the seasonal naive forecast where all did."""
    kept = np.stack([np.where(failed[name][:, None], np.nan, found) for name, found in means.items()])
    return np.nanmedian(np.where(np.isnan(kept).all(axis=0), naive, kept), axis=0)


def _counts_of_logs(fit: EtsFit, horizon: int) -> np.ndarray:
    """Mean counts of normal log counts, shape (s, horizon): exp of their mean would be the median, and sums too low."""
    variance = (fit.sse / len(fit.errors))[:, None] * np.cumsum(fit.response(horizon) ** 2, axis=1)
    return np.expm1(fit.means(horizon) + np.minimum(variance, LARGEST_VARIANCE) / 2)
