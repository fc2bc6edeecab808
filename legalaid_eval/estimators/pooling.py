"""Partial pooling: rates of many places, each drawn to the others as far as its own numbers are few.

The spread between places is integrated out on a grid (full Bayes), not plugged in: with few places a plugged-in spread
gives intervals that hold the truth in two cases of three only.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import special, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.mixtures import BETA, GAMMA, mixture_ends, posterior_mixture
from legalaid_eval.estimators.survey import proportion_interval

WIDEST_RATE, WIDEST_COUNT = 1.0, 2.0
"""Largest spread taken as possible: 1 / sqrt(precision) of proportions, coefficient of variation of rates."""


def shrink_rates(frame: pd.DataFrame, *, successes: str, trials: str, conf_level: float = 0.95) -> pd.DataFrame:
    """Proportions of places, partially pooled: the frame with `rate, estimate, ci_low, ci_high, std_error, weight,
    basis` beside its columns, one row per place, all but `weight` and `basis` in percent (0 to 100).

    Beta-binomial: the places' true proportions are Beta with mean m and precision k, uniform in m and in k^(-1/2) for
    k of at least 1, which is the reference prior of Gelman et al. (2013, section 5.3). Both are integrated out by
    Gauss-Legendre quadrature. `rate` is the place's own (NaN without trials), `estimate` the posterior mean, the ends
    equal-tailed. `weight` (0 to 1) is the share of the place's own rate in its estimate. `basis` says what an estimate
    rests on: "pooled"; "others_only" for a place without trials, which gets what the others predict for a further
    place; "own_only" if a single place has trials, which is not pooled (its interval is `proportion_interval`'s).

    Feed effective numbers where cases hang together. Pooled estimates are for comparing places, not for adding up.

    Raises UsageError for missing columns, negative or missing numbers, more successes than trials, and no trial at all.

    Example: `shrink_rates(counties, successes="on_time", trials="decided")`.
    """
    level = columns.require_level(conf_level)
    columns.require_columns(frame, [successes, trials])
    y, n = columns.non_negative(frame, successes), columns.non_negative(frame, trials)
    columns.refuse(frame, successes, y > n, f"no more than in '{trials}'; correct these rows")
    _require_some(n, trials)
    rate = np.divide(100 * y, n, out=np.full(len(y), np.nan), where=n > 0)
    if (n > 0).sum() == 1:
        return _alone(frame, rate, lambda at: _own_proportion(y[at], n[at], level))
    common = posterior_mixture(
        lambda m, s: _log_posterior_rates(m, s, y, n), _logit_range(n), WIDEST_RATE, _beta_of, _logit_slope
    )
    first, second = common.first + y[:, None], common.second + (n - y)[:, None]
    mean = first / (first + second)
    spread = mean * (1 - mean) / (first + second + 1)
    own = n[:, None] / (n[:, None] + common.first + common.second)
    precision = mean * (1 - mean) / (spread + (1 - own) ** 2 * common.cell) - 1
    ends = mixture_ends(BETA, mean * precision, (1 - mean) * precision, common.weight, level)
    return _frame(frame, rate, 100 * mean, 1e4 * spread, 100 * ends, own, common.weight, n > 0)


def shrink_counts(
    frame: pd.DataFrame, *, count: str, exposure: str, per: float = 1.0, conf_level: float = 0.95
) -> pd.DataFrame:
    """Rates of places per `per` units of exposure (10_000 for "per 10,000 residents"), partially pooled; the same
    columns as `shrink_rates`, in cases per `per` units.

    Poisson-gamma: the true rates are Gamma with mean m and coefficient of variation c, prior m^(-1/2) and uniform in c
    up to 2, integrated as in `shrink_rates`. A place without exposure is predicted from the others; a single one is not
    pooled (exact interval of Garwood 1936).

    Raises UsageError as `shrink_rates`, and where nothing at all was counted.

    Example: `shrink_counts(counties, count="applications", exposure="residents", per=10_000)`.
    """
    level = columns.require_level(conf_level)
    columns.require_columns(frame, [count, exposure])
    y, e = columns.non_negative(frame, count), columns.non_negative(frame, exposure)
    columns.refuse(frame, count, (y > 0) & (e == 0), f"no count where '{exposure}' is 0; correct these rows")
    _require_some(e, exposure)
    if not per > 0:
        raise UsageError(f"found per={per!r}; expected a number above 0; 10_000 gives rates per 10,000")
    rate = np.divide(per * y, e, out=np.full(len(y), np.nan), where=e > 0)
    if (e > 0).sum() == 1:
        return _alone(frame, rate, lambda at: _own_rate(y[at], e[at] / per, level))
    total = np.log((y.sum() + 0.5) / e.sum())
    centre = (total - 12.0, total + 12.0)
    common = posterior_mixture(lambda m, s: _log_posterior_counts(m, s, y, e), centre, WIDEST_COUNT, _gamma_of, np.exp)
    shape, pace = common.first + y[:, None], (common.second + e[:, None]) / per
    own = e[:, None] / (e[:, None] + common.second)
    mean, spread = shape / pace, shape / pace**2
    wider = spread + (1 - own) ** 2 * per**2 * common.cell
    ends = mixture_ends(GAMMA, mean**2 / wider, mean / wider, common.weight, level)
    return _frame(frame, rate, mean, spread, ends, own, common.weight, e > 0)


def _log_posterior_rates(centre: np.ndarray, spread: np.ndarray, y: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Beta-binomial likelihood times the prior on (logit mean, precision^(-1/2)): the Jacobian m (1 - m)."""
    a, b = (part[:, :, None] for part in _beta_of(centre[:, None], spread[None, :]))
    found = sum(
        (special.betaln(a + y[part], b + (n - y)[part]) - special.betaln(a, b)).sum(axis=2) for part in _chunks(n)
    )
    return found - (np.logaddexp(0, centre) + np.logaddexp(0, -centre))[:, None]


def _log_posterior_counts(centre: np.ndarray, spread: np.ndarray, y: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Negative binomial likelihood times the prior on (log mean, coefficient of variation): m^(-1/2) m."""
    a, b = (part[:, :, None] for part in _gamma_of(centre[:, None], spread[None, :]))
    found = sum(
        (
            special.gammaln(a + y[part])
            - special.gammaln(a)
            - a * np.log1p(e[part] / b)
            - y[part] * np.log(b + e[part])
        ).sum(axis=2)
        for part in _chunks(e)
    )
    return found + 0.5 * centre[:, None]


def _beta_of(centre: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    precision = spread**-2.0
    return special.expit(centre) * precision, special.expit(-centre) * precision


def _logit_slope(centre: np.ndarray) -> np.ndarray:
    """How much a proportion moves with its logit."""
    return special.expit(centre) * special.expit(-centre)


def _gamma_of(centre: np.ndarray, spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    shape = spread**-2.0 + 0 * centre
    return shape, shape * np.exp(-centre)


def _logit_range(n: np.ndarray) -> tuple[float, float]:
    """Logits between which any mean lies that the trials could tell from 0 or 1."""
    reach = float(np.log(n.sum() + 1) + 8)
    return -reach, reach


def _chunks(values: np.ndarray) -> list[slice]:
    """Slices of the places, so that the grid of thousands of places fits into memory."""
    size = 200
    return [slice(start, start + size) for start in range(0, len(values), size)]


def _require_some(size: np.ndarray, name: str) -> None:
    if not (size > 0).any():
        raise UsageError(f"found nothing but 0 in '{name}'; expected some place with more; nothing can be estimated")


def _alone(frame: pd.DataFrame, rate: np.ndarray, own: Callable[[int], tuple[float, ...]]) -> pd.DataFrame:
    """One place with data: its own estimate; the others, of which nothing is known, empty."""
    at = int(np.flatnonzero(~np.isnan(rate))[0])
    found = frame.assign(rate=rate, estimate=rate)
    names = ["ci_low", "ci_high", "std_error"]
    found[names] = np.nan
    found.iloc[at, [found.columns.get_loc(name) for name in names]] = own(at)
    known = ~np.isnan(rate)
    return found.assign(weight=np.where(known, 1.0, np.nan), basis=np.where(known, "own_only", "others_only"))


def _own_proportion(y: float, n: float, level: float) -> tuple[float, float, float]:
    if y != round(y) or n != round(n):
        raise UsageError(f"found {y:g} of {n:g} in a single place; expected whole numbers; round effective numbers")
    own = proportion_interval(int(y), int(n), conf_level=level)
    return own.ci_low, own.ci_high, own.std_error


def _own_rate(y: float, e: float, level: float) -> tuple[float, float, float]:
    low = stats.gamma.ppf((1 - level) / 2, y) / e if y > 0 else 0.0
    return float(low), float(stats.gamma.ppf((1 + level) / 2, y + 1) / e), float(np.sqrt(y) / e)


def _frame(
    frame: pd.DataFrame,
    rate: np.ndarray,
    mean: np.ndarray,
    variance: np.ndarray,
    ends: np.ndarray,
    own: np.ndarray,
    weight: np.ndarray,
    known: np.ndarray,
) -> pd.DataFrame:
    """Posterior moments over the mixture, shapes (places, k), beside the input's columns."""
    estimate = mean @ weight
    spread = variance @ weight + (mean - estimate[:, None]) ** 2 @ weight
    return frame.assign(
        rate=rate,
        estimate=estimate,
        ci_low=ends[:, 0],
        ci_high=ends[:, 1],
        std_error=np.sqrt(spread),
        weight=own @ weight,
        basis=np.where(known, "pooled", "others_only"),
    )
