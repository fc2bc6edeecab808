"""What partial pooling computes with: a posterior on a grid, and quantiles of mixtures over it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

NODES = (40, 16)
"""Gauss-Legendre nodes for the mean and for the spread."""
COARSE, ZOOMS = 25, 4
"""Points on each axis of the search for the grid's box, and how often it is narrowed."""
DEEP = 16.0
"""Where the log posterior lies so far below its top (1e-7 of it) the box may end."""
NEGLIGIBLE = 1e-6
"""Share of the posterior that a grid point must have to be kept."""
STEPS, CLOSE, TINY, ROUNDING = 60, 1e-5, 1e-300, 1e-15
"""Steps of the search for an interval's end, how small the last must be (the error is its square), and guards."""

LogPosterior = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Log density on the grid, shape (centres, spreads), from transformed centres and spreads."""


@dataclass(frozen=True, slots=True)
class Family:
    """A distribution with two parameters: `cdf(first, second, value)`, the log of its slope by the unbounded scale, the
    value at a scale, the scale to start from for a share, and where it ends."""

    cdf: Callable
    log_slope: Callable
    value: Callable
    start: Callable
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Points of the posterior of what the places have in common: `first` and `second` (k,) shape parameters of the
    distribution of places, `weight` (k,) summing to 1, `cell` (k,) the variance of the mean within a grid point's cell.
    """

    first: np.ndarray
    second: np.ndarray
    weight: np.ndarray
    cell: np.ndarray


def posterior_mixture(
    posterior: LogPosterior, centre: tuple[float, float], widest: float, shapes: Callable, slope: Callable
) -> Mixture:
    """The posterior on Gauss-Legendre nodes in the box that holds it.

    Where places differ little, a component is narrower than the step between means, and a sum of components would be a
    staircase: `cell` is the variance between them that smooths it.
    """
    box = [centre, (0.0, widest)]
    for _ in range(ZOOMS):
        axes = [np.linspace(low, high, COARSE) for low, high in box]
        axes[1] = np.maximum(axes[1], 1e-4 * widest)
        height = posterior(*axes)
        above = height > height.max() - DEEP
        box = [_narrowed(axis, above.any(axis=1 - k)) for k, axis in enumerate(axes)]
    rules = [np.polynomial.legendre.leggauss(nodes) for nodes in NODES]
    axes = [(high + low) / 2 + (high - low) / 2 * at for (low, high), (at, _) in zip(box, rules, strict=True)]
    height = posterior(*axes)
    mass = np.exp(height - height.max()) * np.outer(rules[0][1], rules[1][1])
    kept = mass > NEGLIGIBLE * mass.sum()
    first, second = np.broadcast_arrays(*shapes(axes[0][:, None], axes[1][None, :]))
    steps = (box[0][1] - box[0][0]) / 2 * rules[0][1] * slope(axes[0])
    cell = np.broadcast_to((steps**2 / 12)[:, None], mass.shape)
    return Mixture(first[kept], second[kept], mass[kept] / mass[kept].sum(), cell[kept])


def _narrowed(axis: np.ndarray, above: np.ndarray) -> tuple[float, float]:
    """The part of an axis that is above, one step wider on both sides."""
    held = np.flatnonzero(above)
    return float(axis[max(held[0] - 1, 0)]), float(axis[min(held[-1] + 1, len(axis) - 1)])


def mixture_ends(family: Family, first: np.ndarray, second: np.ndarray, weight: np.ndarray, level: float) -> np.ndarray:
    """(places, 2): equal-tailed ends of the places' mixtures, (places, k) components each."""
    return np.column_stack([_quantile(family, first, second, weight, p) for p in ((1 - level) / 2, (1 + level) / 2)])


def _quantile(family: Family, first: np.ndarray, second: np.ndarray, weight: np.ndarray, share: float) -> np.ndarray:
    """(places,): Newton steps for the logit of the distribution function on the scale where values are unbounded.

    On these scales the function is nearly a line, also where a quantile lies next to 0.
    """
    scale = family.start(first @ weight, second @ weight, share)
    for _ in range(STEPS):
        value = family.value(scale)
        below = np.clip(family.cdf(first, second, value[:, None]) @ weight, TINY, 1 - ROUNDING)
        density = np.exp(family.log_slope(first, second, scale[:, None])) @ weight
        step = (special.logit(below) - special.logit(share)) * below * (1 - below) / np.maximum(density, TINY)
        scale = np.clip(scale - np.clip(step, -1.0, 1.0), -family.most, family.most)
        if np.abs(step).max() < CLOSE:
            break
    return family.value(scale)


def _beta_log_slope(a: np.ndarray, b: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Log derivative of the beta distribution function by the logit of its argument."""
    return -a * np.logaddexp(0, -scale) - b * np.logaddexp(0, scale) - special.betaln(a, b)


def _gamma_log_slope(shape: np.ndarray, pace: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Log derivative of the gamma distribution function by the logarithm of its argument."""
    return shape * (np.log(pace) + scale) - pace * np.exp(scale) - special.gammaln(shape)


BETA = Family(
    special.betainc,
    _beta_log_slope,
    special.expit,
    lambda a, b, share: special.logit(np.clip(special.betaincinv(a, b, share), TINY, 1 - 1e-12)),
    36.0,
)
GAMMA = Family(
    lambda shape, pace, value: special.gammainc(shape, pace * value),
    _gamma_log_slope,
    np.exp,
    lambda shape, pace, share: np.log(np.maximum(special.gammaincinv(shape, share) / pace, TINY)),
    690.0,
)
