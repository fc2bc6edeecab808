"""Imputation beside other reforms: their effects stand in the model of untreated cells as covariates.

Weights of the effect are then orthogonal to the covariates as well as to unit and period effects (Frisch and Waugh
1933, Lovell 1963). Where a covariate moves only where the effect itself does, the two cannot be told apart: no
orthogonal weights exist, and the covariates concerned are named.
"""

from dataclasses import dataclass

import numpy as np

RANK = 1e-9
"""Directions of the covariates with less than this share of the largest one's variation carry no information."""
IDENTIFIED = 1e-6
"""How much of an effect, as a share of a covariate's own, may be left in such a direction by rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Adjustment:
    """What covariates do to an imputation.

    - `weights` (units, periods): W of the adjusted effect.
    - `coefficients` (covariates,): the covariates' effects in the untreated cells.
    - `entangled` (covariates,), bool: cannot be told apart from the effect, which is not identified if there are any.
    """

    weights: np.ndarray
    coefficients: np.ndarray
    entangled: np.ndarray

    @property
    def identified(self) -> bool:
        return not self.entangled.any()


@dataclass(frozen=True, eq=False, slots=True)
class Covariates:
    """Covariates as the model of one set of untreated cells sees them; shared by all effects imputed from that model.

    `values` (covariates, units, periods) in units of each one's largest value, which is in `scale` (covariates,);
    `left` what unit and period effects leave of them; `model` (units, periods) the model's weights; `inverse`
    (covariates, covariates) and `blind` (covariates, directions): the inverse of their products, and the directions
    that these cells say nothing about.
    """

    values: np.ndarray
    scale: np.ndarray
    left: np.ndarray
    model: np.ndarray
    inverse: np.ndarray
    blind: np.ndarray

    def adjust(self, plain: np.ndarray, outcomes: np.ndarray) -> Adjustment:
        """The adjustment of `plain` (units, periods), weights orthogonal to unit and period effects."""
        exposed = np.einsum("kut,ut->k", self.values, plain)
        weights = plain - self.model * np.einsum("kut,k->ut", self.left, self.inverse @ exposed)
        moved = np.einsum("kut,ut->k", self.left, self.model * outcomes)
        reached = np.abs(self.blind @ (self.blind.T @ exposed))
        return Adjustment(weights, self.inverse @ moved / self.scale, reached > IDENTIFIED)


def in_model(covariates: np.ndarray, model: np.ndarray) -> Covariates:
    """`covariates` (covariates, units, periods) as the cells with weights `model` (units, periods) see them."""
    largest = np.abs(covariates).max(axis=(1, 2), initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)
    values = covariates / scale[:, None, None]
    left = two_way_residuals(values, model)
    products = np.einsum("kut,lut,ut->kl", left, left, model, optimize=True)
    eigenvalues, vectors = np.linalg.eigh(products)
    known = eigenvalues > RANK * max(eigenvalues.max(initial=0.0), np.finfo(float).tiny)
    inverse = (vectors[:, known] / eigenvalues[known]) @ vectors[:, known].T
    return Covariates(values, scale, left, model, inverse, vectors[:, ~known])


def two_way_residuals(values: np.ndarray, model: np.ndarray) -> np.ndarray:
    """(covariates, units, periods) less the unit and period effects fitted to the cells of `model`, by its weights.

    Outside the model the residuals are those of the same effects; units and periods without a cell have none.
    """
    of_unit, of_period = model.sum(axis=1), model.sum(axis=0)
    per_unit = np.divide(model, of_unit[:, None], out=np.zeros_like(model), where=of_unit[:, None] > 0)
    left = np.diag(np.where(of_period > 0, of_period, 1.0)) - model.T @ per_unit
    weighted = values * model
    unit_sums, period_sums = weighted.sum(axis=2), weighted.sum(axis=1)
    right = (period_sums - unit_sums @ per_unit).T
    period = np.zeros((len(of_period), len(values)))
    period[1:] = np.linalg.lstsq(left[1:, 1:], right[1:], rcond=None)[0]
    means = np.divide(unit_sums, of_unit, out=np.zeros_like(unit_sums), where=of_unit > 0)
    unit = means - period.T @ per_unit.T
    return values - unit[:, :, None] - period.T[:, None, :]
