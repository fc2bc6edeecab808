"""The likelihood over decay and saturation, all else fitted at each of their values."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.estimators.dose_response import logistic
from legalaid_eval.estimators.dose_response.adstock import saturated
from legalaid_eval.estimators.dose_response.panel import Panel

LAST_DECAY = 0.99
"""Stands for outreach that is never forgotten; with the waves of a few years none nearer to 1 can be told from it."""
DECAYS = np.append(np.linspace(0, 0.95, 20), LAST_DECAY)
SATURATIONS = 24
"""Steps of the saturation, equal in its logarithm, between which a step and a straight line are told apart."""
ROUNDS = 6
"""Halvings of the grid's step round its lowest point."""
OUT_OF_REACH = 25.0
"""Deviance above the lowest, over the dispersion, beyond which no interval and hardly any weight reaches."""
CHUNK = 4_000_000
"""Numbers of an array at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """Deviances (D, S) at `decays` (D,) and `saturations` (S,), with the outreach's coefficient and information.

    `mass` (D, S) is a point's share of the plane of decay and logarithm of the saturation, 0 for limits that lie
    outside it. `decay`, `saturation` are the best values, `best` their fit (K = 1). `reference` is the stock where the
    term is 1.
    """

    decays: np.ndarray
    saturations: np.ndarray
    deviance: np.ndarray
    beta: np.ndarray
    information: np.ndarray
    mass: np.ndarray
    decay: float
    saturation: float
    best: logistic.Fits
    reference: float

    def term(self, panel: Panel) -> np.ndarray:
        """(G, T) the outreach's term at the best values."""
        return saturated(panel.stock(self.decay), self.saturation, self.reference)


def profile(panel: Panel, *, decay: float | None, saturation: float | None) -> Profile:
    """Fit every point of a grid, or the values that are held fixed; a finer grid where the likelihood is narrow."""
    reference = float(panel.doses.max())
    decays = DECAYS if decay is None else np.array([decay], dtype=float)
    saturations = _saturations(panel, reference) if saturation is None else np.array([saturation], dtype=float)
    fits = _grid(panel, decays, saturations, reference)
    finer = _narrowed(panel, decays, saturations, fits[0], reference)
    if finer is not None:
        decays, saturations = finer
        fits = _grid(panel, decays, saturations, reference)
    best = _closer(panel, decays, saturations, fits[0], reference)
    found = _at(panel, *best, reference)
    mass = _decay_mass(decays)[:, None] * _saturation_mass(saturations)
    return Profile(decays, saturations, *fits, mass, *best, found, reference)


def pearson(panel: Panel, mu: np.ndarray) -> float:
    """Pearson's chi-square of fitted proportions (G, T)."""
    seen = panel.seen
    return float(((panel.y - panel.n * mu)[seen] ** 2 / (panel.n * mu * (1 - mu))[seen]).sum())


def _saturations(panel: Panel, reference: float) -> np.ndarray:
    """Values from well below the small doses to well above the largest, and the limits.

    Below, all outreach saturates; above, none does: points there tell only whether a limit is ruled out.
    """
    lowest = np.quantile(panel.doses[panel.doses > 0], 0.1) / 3
    inner = np.geomspace(lowest, 5 * reference, SATURATIONS)
    return np.concatenate([[0.0, inner[0] / 10], inner, [10 * inner[-1], np.inf]])


def _decay_mass(decays: np.ndarray) -> np.ndarray:
    """Each decay's share of their range."""
    if len(decays) == 1:
        return np.ones(1)
    middle = (decays[1:] + decays[:-1]) / 2
    return np.diff(np.concatenate([decays[:1], middle, decays[-1:]])) / (decays[-1] - decays[0])


def _saturation_mass(saturations: np.ndarray) -> np.ndarray:
    """Equal, but for the two outermost values on either side of a whole grid."""
    outside = 2 if np.isinf(saturations[-1]) else 0
    inner = np.zeros(len(saturations))
    inner[outside : len(saturations) - outside] = 1 / (len(saturations) - 2 * outside)
    return inner


def _narrowed(
    panel: Panel, decays: np.ndarray, saturations: np.ndarray, deviance: np.ndarray, reference: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """As many values within what the data leave open, where that is at most half of a grid; None if there is no such.

    Otherwise draws from the curves would all come from the few points of a grid too coarse for them.
    """
    i, j = np.unravel_index(deviance.argmin(), deviance.shape)
    mu = _at(panel, decays[i], saturations[j], reference).mu[0]
    open_ = deviance - deviance.min() <= OUT_OF_REACH * max(1.0, pearson(panel, mu) / panel.df)
    first_d, last_d = _span(open_.any(axis=1))
    first_s, last_s = _span(open_.any(axis=0))
    finer = decays, saturations
    if len(decays) > 1 and last_d - first_d <= len(decays) // 2:
        finer = np.linspace(decays[first_d], decays[last_d], len(DECAYS)), finer[1]
    inner = first_s >= 1 and last_s <= len(saturations) - 2
    if len(saturations) > 1 and inner and last_s - first_s <= len(saturations) // 2:
        finer = finer[0], np.geomspace(saturations[first_s], saturations[last_s], SATURATIONS)
    return None if finer[0] is decays and finer[1] is saturations else finer


def _span(inside: np.ndarray) -> tuple[int, int]:
    """First and last position that is inside, and one more on either side."""
    at = np.flatnonzero(inside)
    return max(int(at[0]) - 1, 0), min(int(at[-1]) + 1, len(inside) - 1)


def _at(panel: Panel, decay: float, saturation: float, reference: float) -> logistic.Fits:
    """The fit of one point."""
    term = saturated(panel.stock(decay), saturation, reference)
    return logistic.fit(panel.y, panel.n, term[None], waves=panel.timed)


def _grid(panel: Panel, decays: np.ndarray, saturations: np.ndarray, reference: float) -> tuple[np.ndarray, ...]:
    """Deviance, coefficient and information, each (D, S)."""
    points = np.array([(d, s) for d in decays for s in saturations])
    size = max(1, CHUNK // panel.y.size)
    parts = []
    for start in range(0, len(points), size):
        d, s = points[start : start + size].T
        term = saturated(panel.stock(d), s[:, None, None], reference)
        fits = logistic.fit(panel.y, panel.n, term, waves=panel.timed)
        parts.append((fits.deviance, fits.beta, fits.information))
    shape = len(decays), len(saturations)
    return tuple(np.concatenate(part).reshape(shape) for part in zip(*parts, strict=True))


def _closer(
    panel: Panel, decays: np.ndarray, saturations: np.ndarray, deviance: np.ndarray, reference: float
) -> tuple[float, float]:
    """The lowest point between the grid's: the five by five points round it, at half the distance every round."""
    i, j = np.unravel_index(deviance.argmin(), deviance.shape)
    d, s = float(decays[i]), float(saturations[j])
    free = len(saturations) > 1 and 0 < s < np.inf
    step_d = (decays[1] - decays[0]) / 2 if len(decays) > 1 else 0.0
    step_s = np.log(saturations[3] / saturations[2]) / 2 if free else 0.0
    for _ in range(ROUNDS):
        near_d = np.unique(np.clip(d + step_d * np.arange(-2, 3), 0, LAST_DECAY)) if step_d else np.array([d])
        near_s = s * np.exp(step_s * np.arange(-2, 3)) if free else np.array([s])
        near = _grid(panel, near_d, near_s, reference)[0]
        i, j = np.unravel_index(near.argmin(), near.shape)
        d, s, step_d, step_s = float(near_d[i]), float(near_s[j]), step_d / 2, step_s / 2
    return d, s
