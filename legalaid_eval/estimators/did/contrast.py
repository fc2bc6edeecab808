"""A difference-in-differences estimate written out as a weighted sum of cells, which is all its inference needs."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.errors import UsageError

TOLERANCE = 1e-8
"""How far row and column sums of the weights may lie from zero, relative to the sum of all absolute weights."""


@dataclass(frozen=True, eq=False, slots=True)
class Contrast:
    """theta = (weights * outcomes).sum(), with rows and columns of the weights summing to zero.

    - `weights` (units, periods): W. What each cell counts in the estimate.
    - `outcomes` (units, periods): Y, in the unit of the estimate.
    - `treated` (units, periods), bool: D. The cells that carry the effect theta; for an estimate over a bin of
      periods before treatment, the cells of that bin.
    - `control` (units,): w. Weights of the never-treated units, fixed over time, summing to one; zero elsewhere.
    - `shares` (units,): o. The share of each treated unit in the estimate, summing to one; zero elsewhere.
    - `variance` (units, periods): v. Known sampling variance of each cell; None if cells have no sampling error or
      nothing is known of it, and all scatter then counts as shocks.
    - `covariance` (units, periods, periods): in place of `variance` where one unit's sampling errors are correlated
      over periods, as when the same townships are visited in every wave.

    Raises UsageError for shapes that do not fit, missing values, sums that are not what they must be, and variances
    below zero.
    """

    weights: np.ndarray
    outcomes: np.ndarray
    treated: np.ndarray
    control: np.ndarray
    shares: np.ndarray
    variance: np.ndarray | None = None
    covariance: np.ndarray | None = None

    def __post_init__(self) -> None:
        _check_shapes(self)
        _check_sums(self)
        _check_sampling(self)

    @property
    def estimate(self) -> float:
        return float((self.weights * self.outcomes).sum())

    @property
    def rounding(self) -> float:
        """How far rounding alone may move the estimate: a standard error below this is no scatter at all."""
        return 16 * float(np.finfo(float).eps * np.abs(self.weights * self.outcomes).sum())

    @property
    def never_treated(self) -> np.ndarray:
        """(units,), bool: the units with a control weight."""
        return self.control > 0

    @property
    def n_treated(self) -> int:
        """Treated units with a share in the estimate."""
        return int((self.shares > 0).sum())

    @property
    def n_control(self) -> int:
        return int(self.never_treated.sum())

    @property
    def residuals(self) -> np.ndarray:
        """(units, periods): E, every unit's outcomes minus the weighted mean of the never-treated."""
        return self.outcomes - self.control @ self.outcomes

    def sampling_variance(self, units: np.ndarray) -> np.ndarray:
        """(units, chosen): sampling variance that the row of weights of each unit has on each of the chosen units."""
        if self.covariance is not None:
            return np.einsum("it,kts,is->ik", self.weights, self.covariance[units], self.weights, optimize=True)
        if self.variance is not None:
            return self.weights**2 @ self.variance[units].T
        return np.zeros((len(self.weights), len(self.weights[units])))

    @property
    def own_sampling_variance(self) -> np.ndarray:
        """(units,): s, the sampling variance of each unit's part of the estimate."""
        if self.covariance is not None:
            return np.einsum("it,its,is->i", self.weights, self.covariance, self.weights, optimize=True)
        if self.variance is not None:
            return (self.weights**2 * self.variance).sum(axis=1)
        return np.zeros(len(self.weights))


def _check_shapes(contrast: Contrast) -> None:
    units, periods = np.shape(contrast.weights)
    expected = {
        "outcomes": (units, periods),
        "treated": (units, periods),
        "control": (units,),
        "shares": (units,),
        "variance": (units, periods),
        "covariance": (units, periods, periods),
    }
    for name, shape in expected.items():
        given = getattr(contrast, name)
        if given is None and name in ("variance", "covariance"):
            continue
        if np.shape(given) != shape:
            raise UsageError(f"found {name} of shape {np.shape(given)}; expected {shape}, as the weights have it")
        if not np.isfinite(given).all():
            raise UsageError(f"found missing or infinite {name}; expected a number in every cell; drop the units")


def _check_sums(contrast: Contrast) -> None:
    weights = contrast.weights
    allowed = TOLERANCE * np.abs(weights).sum()
    if max(np.abs(weights.sum(axis=0)).max(), np.abs(weights.sum(axis=1)).max()) > allowed:
        raise UsageError("found weights whose rows or columns do not sum to zero; expected a contrast of cells")
    for name in ("control", "shares"):
        values = getattr(contrast, name)
        if values.min() < 0 or (values.any() and abs(values.sum() - 1) > TOLERANCE):
            raise UsageError(f"found {name} summing to {values.sum():.6g}; expected no value below 0 and a sum of 1")
    if np.any((contrast.control > 0) & ((contrast.shares > 0) | contrast.treated.any(axis=1))):
        raise UsageError("found a treated unit with a control weight; expected never-treated units as controls")


def _check_sampling(contrast: Contrast) -> None:
    if contrast.variance is not None and contrast.covariance is not None:
        raise UsageError("found both a variance and a covariance of the cells; expected one of them")
    if contrast.variance is not None and contrast.variance.min() < 0:
        raise UsageError("found a sampling variance below zero; expected variances of cells")
    if contrast.covariance is not None and np.diagonal(contrast.covariance, axis1=1, axis2=2).min() < 0:
        raise UsageError("found a sampling variance below zero; expected covariances of cells")
