"""Simulated futures round the point forecasts: errors of past months drawn anew and carried on as the fit says.

All series draw the same months, so that what struck all counties in one month strikes all in a path; without that,
sums over counties would seem far too certain.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

PATHS = 1000
BLOCK = 200
"""Series whose paths are held at a time."""
QUANTILES = (0.1, 0.9, 0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What paths are made from: `center` (s, h) in counts, `response` (s, h) and `residuals` of log counts, already
    widened, and the `seed`."""

    center: np.ndarray
    response: np.ndarray
    residuals: tuple[np.ndarray, ...]
    seed: int

    def paths(self, at: slice | None = None) -> np.ndarray:
        """Paths of the series `at`, shape (s, PATHS, h): at least 0, their mean the centre, the same at every call."""
        chosen = at or slice(None)
        drawn = _drawn(self.seed, self.center.shape[1])
        shocks = np.stack([errors[(drawn * len(errors)).astype(int)] for errors in self.residuals[chosen]])
        log = np.log1p(self.center[chosen])[:, None, :] + shocks @ _carried(self.response[chosen])
        paths = np.maximum(np.expm1(log), 0)
        mean = paths.mean(axis=1)
        factor = np.where(mean > 0, self.center[chosen] / np.where(mean > 0, mean, 1), 1)
        return paths * factor[:, None, :]

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """The paths of all series, some at a time."""
        for start in range(0, len(self.center), BLOCK):
            at = slice(start, start + BLOCK)
            yield at, self.paths(at)

    def limits(self) -> np.ndarray:
        """Ends lo80, hi80, lo95, hi95, shape (4, s, h)."""
        return np.concatenate([limits(paths) for _, paths in self.blocks()], axis=1)


def limits(paths: np.ndarray) -> np.ndarray:
    """Ends lo80, hi80, lo95, hi95 of paths (..., PATHS, h), shape (4, ..., h)."""
    return np.quantile(paths, QUANTILES, axis=-2)


def _drawn(seed: int, horizon: int) -> np.ndarray:
    """Places in the past between 0 and 1, shape (PATHS, horizon)."""
    return np.random.default_rng(seed).random((PATHS, horizon))


def _carried(response: np.ndarray) -> np.ndarray:
    """What a shock in period i does in period j, shape (s, h, h): zero for j < i."""
    horizon = response.shape[1]
    later = np.arange(horizon) - np.arange(horizon)[:, None]
    return np.where(later >= 0, response[:, np.maximum(later, 0)], 0.0)
