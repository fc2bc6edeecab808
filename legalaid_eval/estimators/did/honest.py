"""How far parallel trends may fail before an effect's interval holds zero (Rambachan and Roth 2023).

Smoothness: the differential trend may be any straight line, whose slope the periods before treatment tell, and bend
by at most M from one period to the next. The interval is the shortest of fixed length around an affine estimator
(their section 4.1). Their bounds by relative magnitude are not here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from scipy import optimize, special

from legalaid_eval.errors import UsageError

MOST_DOUBLINGS = 40
"""A bend of 2^40 times the first one tried and the interval still leaves out zero: there is no breakdown."""


@dataclass(frozen=True, slots=True)
class SmoothBounds:
    """The interval for the mean effect when the differential trend may bend by `bend` a period, in the outcome's unit.

    `estimate` extrapolates the straight part of the trend before treatment as far as the optimum does; `worst_bias`
    is what the bends may still do to it.
    """

    bend: float
    estimate: float
    std_error: float
    worst_bias: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, eq=False, slots=True)
class EventPath:
    """Effects by period since the start, against the last period before it.

    - `before` (P,): those of the periods before, in order of time, the last one before treatment left out as it is
      the base; `after` (Q,): from the first treated one on. `covariance` (P + Q, P + Q), in that order.
    - `weights` (Q,): the mean effect that is asked for, as weights of the periods after, summing to one.
    - `df`: degrees of freedom of the covariance; infinite if it is known.
    """

    before: np.ndarray
    after: np.ndarray
    covariance: np.ndarray
    weights: np.ndarray
    df: float = inf

    def __post_init__(self) -> None:
        size = len(self.before) + len(self.after)
        if len(self.before) < 1 or len(self.weights) != len(self.after) or self.covariance.shape != (size, size):
            raise UsageError(
                f"found {len(self.before)} periods before the base, {len(self.after)} after it, {len(self.weights)} "
                f"weights and a covariance of {self.covariance.shape}; expected at least 1 before, a weight for each "
                "period after, and a row for each period"
            )
        parts = (self.before, self.after, self.covariance, self.weights)
        if not all(np.isfinite(part).all() for part in parts) or not self.df > 0:
            raise UsageError("found missing or infinite effects; expected numbers; leave periods without one out")

    @property
    def bends(self) -> np.ndarray:
        """(P,): second differences of the periods before treatment, the base being zero; P - 1 of them."""
        return np.diff(np.append(self.before, 0.0), n=2)


def smooth_bounds(path: EventPath, *, bend: float, conf_level: float = 0.95) -> SmoothBounds:
    """The fixed-length interval for the mean effect under bends of at most `bend`.

    Example: `smooth_bounds(path, bend=0.1).ci_low`.
    """
    if not (bend >= 0 and isfinite(bend)) or not 0 < conf_level < 1:
        raise UsageError(f"found bend {bend} at level {conf_level}; expected a bend from 0 and a level below 1")
    free, fixed = _estimators(len(path.before), path.weights)
    spread = _spread_of_bends(len(path.before), len(path.after))
    chosen = fixed
    if free.shape[1]:
        moves = np.vstack([free, np.zeros((len(path.after), free.shape[1]))])
        chosen = fixed + moves @ _shortest(fixed, moves, spread, path, bend, conf_level)
    values = np.concatenate([path.before, path.after])
    estimate, bias = float(chosen @ values), bend * float(np.abs(chosen @ spread).sum())
    error = float(np.sqrt(max(chosen @ path.covariance @ chosen, 0.0)))
    half = half_length(bias, error, path.df, conf_level)
    return SmoothBounds(float(bend), estimate, error, bias, estimate - half, estimate + half)


def breakdown_bend(path: EventPath, *, conf_level: float = 0.95, tolerance: float = 1e-3) -> float:
    """The largest bend whose interval leaves out zero, in the outcome's unit, to a share of `tolerance`.

    Zero if even a straight differential trend puts zero inside; infinite if no bend does.
    """

    def out(bend: float) -> bool:
        found = smooth_bounds(path, bend=bend, conf_level=conf_level)
        return found.ci_low > 0 or found.ci_high < 0

    if not out(0.0):
        return 0.0
    return _largest(out, float(np.abs(path.weights @ path.after)) / 100 or 1.0, tolerance)


def _largest(out: Callable[[float], bool], first: float, tolerance: float) -> float:
    """The largest value for which `out` holds, by doubling and halving."""
    low, high = 0.0, first
    for _ in range(MOST_DOUBLINGS):
        if not out(high):
            break
        low, high = high, 2 * high
    else:
        return inf
    while high - low > tolerance * high:
        middle = (low + high) / 2
        low, high = (middle, high) if out(middle) else (low, middle)
    return low


def half_length(bias: float, std_error: float, df: float, conf_level: float) -> float:
    """The half-length that holds |bias + error| with probability `conf_level`; t errors with `df`.

    With a standard error that is itself estimated this is exact without bias and where bias is large.
    """
    if std_error == 0:
        return bias
    cdf = (lambda x: special.ndtr(x)) if not isfinite(df) else (lambda x: special.stdtr(df, x))
    ratio = bias / std_error

    def missing(length: float) -> float:
        return float(cdf(length - ratio) - cdf(-length - ratio)) - conf_level

    most = ratio + float(special.stdtrit(min(df, 1e9), (1 + conf_level) / 2)) + 1
    return std_error * float(optimize.brentq(missing, 0.0, most, xtol=1e-12))


def _estimators(before: int, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Estimators that no straight trend moves: `fixed` (P + Q,) plus any mix of `free` (P, P - 1)."""
    times = np.arange(-before, 0.0)
    slope = float(weights @ np.arange(1, len(weights) + 1))
    fixed = np.concatenate([-slope * times / (times @ times), weights])
    free = np.linalg.svd(times[None])[2][1:].T
    return free, fixed


def _spread_of_bends(before: int, after: int) -> np.ndarray:
    """(P + Q, P + Q - 1): what each bend of one adds to every period, straight lines through the base aside."""
    times = np.append(np.arange(-before, 0), np.arange(1, after + 1))
    ahead = np.maximum(times[:, None] - np.arange(0, after), 0)
    behind = np.maximum(-times[:, None] - np.arange(1, before), 0)
    return np.hstack([ahead, behind]).astype(float)


def _shortest(
    fixed: np.ndarray, moves: np.ndarray, spread: np.ndarray, path: EventPath, bend: float, conf_level: float
) -> np.ndarray:
    """The mix of `moves` with the shortest interval: convex, the absolute values written as bounded slacks.

    Starts: the least variance, and the least bias.
    """
    scale = float(np.sqrt(max(np.diag(path.covariance).max(), np.finfo(float).tiny)))
    covariance, m = path.covariance / scale**2, bend / scale
    least = -np.linalg.lstsq(moves.T @ covariance @ moves, moves.T @ covariance @ fixed, rcond=None)[0]
    if m == 0:
        return least
    k = moves.shape[1]
    reach, base = (moves.T @ spread).T, spread.T @ fixed

    def length(both: np.ndarray) -> float:
        chosen = fixed + moves @ both[:k]
        error = float(np.sqrt(max(chosen @ covariance @ chosen, 0.0)))
        return half_length(m * float(both[k:].sum()), error, path.df, conf_level)

    limits = [
        {"type": "ineq", "fun": lambda both, sign=sign: both[k:] - sign * (base + reach @ both[:k])} for sign in (1, -1)
    ]
    starts = (least, _least_bias(base, reach))
    found = [
        optimize.minimize(
            length,
            np.append(start, np.abs(base + reach @ start)),
            constraints=limits,
            bounds=[(None, None)] * k + [(0, None)] * len(base),
            method="SLSQP",
            options={"maxiter": 200, "ftol": 1e-12},
        ).x[:k]
        for start in starts
    ]
    exact = [np.append(one, np.abs(base + reach @ one)) for one in (*found, *starts)]
    return min(exact, key=length)[:k]


def _least_bias(base: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """The mix that makes the sum of |base + reach @ mix| least: a linear programme."""
    size, k = reach.shape
    cost = np.append(np.zeros(k), np.ones(size))
    above = np.block([[reach, -np.eye(size)], [-reach, -np.eye(size)]])
    bounds = [(None, None)] * k + [(0, None)] * size
    return optimize.linprog(cost, A_ub=above, b_ub=np.append(-base, base), bounds=bounds).x[:k]
