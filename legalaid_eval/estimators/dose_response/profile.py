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
    """Fit every point of the grid, or the values that are held fixed, and look closer round the lowest."""
    reference = float(panel.doses.max())
    decays, share = (DECAYS, _decay_mass()) if decay is None else (np.array([decay]), np.ones(1))
    if saturation is None:
        saturations, mass = _saturations(panel, reference)
    else:
        saturations, mass = np.array([saturation]), np.ones(1)
    fits = _grid(panel, decays, saturations, reference)
    at = np.unravel_index(fits[0].argmin(), fits[0].shape)
    best = _closer(panel, decays, saturations, at, reference)
    found = logistic.fit(panel.y, panel.n, saturated(panel.stock(best[0]), best[1], reference)[None], waves=panel.timed)
    return Profile(decays, saturations, *fits, share[:, None] * mass, *best, found, reference)


def _decay_mass() -> np.ndarray:
    """Each decay's share of the range 0 to 1."""
    middle = (DECAYS[1:] + DECAYS[:-1]) / 2
    return np.diff(np.concatenate([[0.0], middle, [1.0]]))


def _saturations(panel: Panel, reference: float) -> tuple[np.ndarray, np.ndarray]:
    """Values from well below the small doses to well above the largest, and the limits; the mass of each.

    Below, all outreach saturates; above, none does: points there tell only whether a limit is ruled out.
    """
    lowest = np.quantile(panel.doses[panel.doses > 0], 0.1) / 3
    inner = np.geomspace(lowest, 5 * reference, SATURATIONS)
    outer = np.concatenate([[0.0, inner[0] / 10], inner, [10 * inner[-1], np.inf]])
    return outer, np.concatenate([[0, 0], np.full(SATURATIONS, 1 / SATURATIONS), [0, 0]])


def _grid(panel: Panel, decays: np.ndarray, saturations: np.ndarray, reference: float) -> tuple[np.ndarray, ...]:
    """Deviance, coefficient and information, each (D, S)."""
    points = np.array([(d, s) for d in decays for s in saturations])
    size = max(1, CHUNK // panel.y.size)
    parts = []
    for start in range(0, len(points), size):
        d, s = points[start : start + size].T
        fits = logistic.fit(panel.y, panel.n, saturated(panel.stock(d), s[:, None, None], reference), waves=panel.timed)
        parts.append((fits.deviance, fits.beta, fits.information))
    shape = len(decays), len(saturations)
    return tuple(np.concatenate(part).reshape(shape) for part in zip(*parts, strict=True))


def _closer(
    panel: Panel, decays: np.ndarray, saturations: np.ndarray, at: tuple[int, ...], reference: float
) -> tuple[float, float]:
    """The lowest point between the grid's: the five by five points round it, at half the distance every round."""
    d, s = float(decays[at[0]]), float(saturations[at[1]])
    step_d = 0.025 if len(decays) > 1 else 0.0
    free = len(saturations) > 1 and 0 < s < np.inf
    step_s = np.log(saturations[3] / saturations[2]) / 2 if free else 0.0
    for _ in range(ROUNDS):
        near_d = np.unique(np.clip(d + step_d * np.arange(-2, 3), 0, LAST_DECAY)) if step_d else np.array([d])
        near_s = s * np.exp(step_s * np.arange(-2, 3)) if free else np.array([s])
        deviance = _grid(panel, near_d, near_s, reference)[0]
        i, j = np.unravel_index(deviance.argmin(), deviance.shape)
        d, s, step_d, step_s = float(near_d[i]), float(near_s[j]), step_d / 2, step_s / 2
    return d, s
