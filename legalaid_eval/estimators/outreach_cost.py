"""What an additional aware person, or an additional application, cost.

The interval is made for the gain per unit of money and turned over: a cost per gain has no upper end where no gain is
possible too, which is what Fieller (1954) found for every ratio. It is never symmetric.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.base import Estimate

METHODS = ("bootstrap_t", "bca", "percentile")
FEWEST = 5
"""Places below which resampling them says nothing about others."""


@dataclass(frozen=True, slots=True)
class CostPerGain:
    """Cost of one more person, in the unit of the money.

    `estimate` is None where the gain is not above 0. `verdict`: "bounded"; "at_least": the gain may be nothing, so the
    cost is at least `ci_low` and has no upper end (`ci_high` None); "no_gain": not even the upper end of the gain is
    above 0, both ends are None; "few_places": too few places for an interval. `cost` and `gain` are sums, `gain_low`
    and `gain_high` the gain's interval for that sum of money (None without one).
    """

    outcome: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    conf_level: float
    verdict: str
    cost: float
    gain: float
    gain_low: float | None
    gain_high: float | None
    n_places: int | None
    method: str


def cost_per_gain(
    frame: pd.DataFrame,
    *,
    place: str,
    cost: str,
    gain: str,
    method: str = "bootstrap_t",
    draws: int = 4000,
    seed: int = 1,
    conf_level: float = 0.95,
) -> CostPerGain:
    """Sum of costs over sum of gains, with a bootstrap over places.

    `frame` has one row for each place that had outreach: its `cost` above 0 and the additional persons estimated for
    it, which may be negative. `method`: "bootstrap_t" (Efron and Tibshirani 1993, ch. 12; the linearised ratio's error
    in every resample), "bca" (Efron 1987) or "percentile"; the last two are too narrow with a dozen places. All are for
    gain per cost, and turned over.

    Raises UsageError for impossible columns, a place that stands twice, and unknown methods.

    Example: `cost_per_gain(counties, place="county", cost="spent_cny", gain="additional_aware")`.
    """
    level = columns.require_level(conf_level)
    _require_choices(method, draws, seed)
    columns.require_columns(frame, [place, cost, gain])
    spent, gained = columns.exposures(frame, cost), columns.numbers(frame, gain)
    columns.refuse(frame, place, frame[place].duplicated().to_numpy(), "one row a place; add up its costs and gains")
    ends = None if len(frame) < FEWEST else _ends(spent, gained, method, draws, seed, level)
    total = float(spent.sum())
    low, high = (None, None) if ends is None else (total * end for end in ends)
    return _turned(gain, total, float(gained.sum()), low, high, level, len(frame), method)


def cost_of_change(change: Estimate, *, cost: float, persons: float) -> CostPerGain:
    """Cost of one more person from a change in percentage points among so many persons, and a known sum of money.

    The change's own interval, such as that of a difference in differences over all places, is turned over exactly.

    Example: `cost_of_change(effect, cost=180_000, persons=62_000)`.
    """
    if change.unit != "percentage_point":
        raise UsageError(f"found a change in {change.unit}; expected percentage points; use cost_per_gain")
    amount, number = _positive(cost, "cost"), _positive(persons, "persons") / 100
    ends = number * change.estimate, number * change.ci_low, number * change.ci_high
    return _turned(change.outcome, amount, *ends, change.conf_level, change.n_clusters, change.method)


def cost_of_growth(change: Estimate, *, cost: float, counted: float) -> CostPerGain:
    """Cost of one more case from a change in percent of the number there would have been, and a known sum of money.

    `counted` cases came with the outreach; what would have come is worked back from them (`growth`). An end at -100
    percent or below bounds nothing.

    Example: `cost_of_growth(effect, cost=180_000, counted=2_400)`.
    """
    if change.unit != "percent":
        raise UsageError(f"found a change in {change.unit}; expected percent of a number; use cost_of_change")
    amount, number = _positive(cost, "cost"), _positive(counted, "counted")
    sizes = change.estimate, change.ci_low, change.ci_high
    ends = (float(growth(number, end)) if end > -100 else -np.inf for end in sizes)
    return _turned(change.outcome, amount, *ends, change.conf_level, change.n_clusters, change.method)


def growth(counted: ArrayLike, percent: ArrayLike) -> np.ndarray:
    """Cases of those `counted` that there would not have been without a change of `percent`: c - c / (1 + b / 100).

    Raises UsageError for a change of -100 percent or less, with which there would be no cases to count.

    Example: `growth(1_100, 10)` is 100.
    """
    number, change = np.asarray(counted, dtype=float), np.asarray(percent, dtype=float)
    if not (change > -100).all():
        raise UsageError(
            f"found changes of {percent!r} percent; expected more than -100; nothing would be left to count"
        )
    return number - number / (1 + change / 100)


def cost_of_gains(
    gains: np.ndarray, *, cost: float, outcome: str, n_places: int | None = None, conf_level: float = 0.95
) -> CostPerGain:
    """Cost of one more person from equally likely numbers of additional persons (M,), such as `DoseResponse.gain`.

    Example: `cost_of_gains(found.gain(residents), cost=180_000, outcome="aware")`.
    """
    level, amount = columns.require_level(conf_level), _positive(cost, "cost")
    drawn = np.asarray(gains, dtype=float)
    if drawn.ndim != 1 or len(drawn) < 2 or not np.isfinite(drawn).all():
        raise UsageError("found gains that are no numbers in a row; expected draws, such as those of DoseResponse.gain")
    low, middle, high = map(float, np.quantile(drawn, [(1 - level) / 2, 0.5, (1 + level) / 2]))
    return _turned(outcome, amount, middle, low, high, level, n_places, "dose_response")


def _turned(
    outcome: str,
    cost: float,
    gain: float,
    low: float | None,
    high: float | None,
    level: float,
    places: int | None,
    method: str,
) -> CostPerGain:
    """Cost per gain from the gain and its ends: the upper end of one is the lower of the other."""
    estimate = cost / gain if gain > 0 else None
    if low is None:
        return CostPerGain(outcome, estimate, None, None, level, "few_places", cost, gain, None, None, places, method)
    dear = cost / low if low > 0 else None
    cheap = cost / high if high > 0 else None
    verdict = "bounded" if dear is not None else "at_least" if cheap is not None else "no_gain"
    return CostPerGain(outcome, estimate, cheap, dear, level, verdict, cost, gain, low, high, places, method)


def _ends(cost: np.ndarray, gain: np.ndarray, method: str, draws: int, seed: int, level: float) -> tuple[float, float]:
    """Ends of gain per cost."""
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    copies = np.random.default_rng(seed).multinomial(len(cost), np.full(len(cost), 1 / len(cost)), draws)
    ratio = gain.sum() / cost.sum()
    found = copies @ gain / (copies @ cost)
    if method == "bootstrap_t":
        t = (found - ratio) / _errors(copies, cost, gain)
        upper, lower = np.quantile(t[np.isfinite(t)], tails)
        error = float(_errors(np.ones((1, len(cost))), cost, gain)[0])
        return float(ratio - lower * error), float(ratio - upper * error)
    if method == "bca":
        tails = _corrected(tails, found, ratio, cost, gain)
    low, high = np.quantile(found, tails)
    return float(low), float(high)


def _errors(copies: np.ndarray, cost: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """(B,) standard error of each resample's ratio by its linearisation; infinite where all places are one."""
    g, total = copies.shape[1], copies @ cost
    ratio = copies @ gain / total
    squares = copies @ gain**2 - 2 * ratio * (copies @ (gain * cost)) + ratio**2 * (copies @ cost**2)
    variance = np.where((copies > 0).sum(axis=1) > 1, squares, np.inf)
    return np.sqrt(np.maximum(variance, 1e-12 * (gain**2).sum()) * g / (g - 1)) / total


def _corrected(tails: np.ndarray, found: np.ndarray, ratio: float, cost: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Efron's (1987) bias-corrected and accelerated tails."""
    below = np.clip(np.mean(found < ratio), 1 / len(found), 1 - 1 / len(found))
    bias = stats.norm.ppf(below)
    without = (gain.sum() - gain) / (cost.sum() - cost)
    lean = without.mean() - without
    spread = (lean**2).sum()
    speed = (lean**3).sum() / (6 * spread**1.5) if spread > 0 else 0.0
    moved = bias + stats.norm.ppf(tails)
    return stats.norm.cdf(bias + moved / (1 - speed * moved))


def _require_choices(method: str, draws: int, seed: int) -> None:
    if method not in METHODS:
        raise UsageError(f"found method {method!r}; expected one of {', '.join(METHODS)}; choose among them")
    for name, value, least in (("draws", draws, 200), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            raise UsageError(f"found {name} {value!r}; expected a whole number of at least {least}; set it so")


def _positive(value: float, name: str) -> float:
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not number or not 0 < value < np.inf:
        raise UsageError(f"found {name} {value!r}; expected a number above 0; there is no cost of a gain without it")
    return float(value)
