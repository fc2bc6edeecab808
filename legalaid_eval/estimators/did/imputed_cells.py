"""One set of cells imputed from the untreated ones outside it: its mean effect as a weighted sum of cells."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from legalaid_eval.estimators.did.adjusted import Covariates, in_model
from legalaid_eval.estimators.did.aggregation import bin_label
from legalaid_eval.estimators.did.contrast import TOLERANCE, Contrast
from legalaid_eval.estimators.did.panel import Panel
from legalaid_eval.estimators.did.results import never_weights


@dataclass(frozen=True, eq=False, slots=True)
class Imputed:
    """The mean effect over cells; its outcomes are those less what the covariates did to them.

    `coefficients` (covariates,): their effects; `entangled` (covariates,), bool: cannot be told apart from the
    effect, which is then not identified, and the contrast not its estimate.
    """

    contrast: Contrast
    coefficients: np.ndarray
    entangled: np.ndarray

    @property
    def identified(self) -> bool:
        return not self.entangled.any()


def model_weights(panel: Panel, target: np.ndarray) -> np.ndarray:
    """(units, periods): weights of the untreated cells outside `target`, on which the model is fitted."""
    return np.where(panel.treated | target, 0.0, panel.weights)


def impute(panel: Panel, target: np.ndarray, beside: Covariates | None = None) -> Imputed:
    """The weighted mean effect over `target` cells (units, periods), each imputed from the untreated cells outside.

    `beside`: the panel's covariates in the model of its untreated cells, where they have been prepared already and
    all target cells are treated.
    """
    mean = np.where(target, panel.weights, 0.0)
    mean /= mean.sum()
    model = model_weights(panel, target)
    weights, outcomes = imputation_weights(mean, model), panel.outcomes
    coefficients, entangled = np.zeros(len(panel.covariates)), np.zeros(len(panel.covariates), dtype=bool)
    if len(panel.covariates):
        adjustment = (beside or in_model(panel.covariates, model)).adjust(weights, outcomes)
        weights, coefficients, entangled = adjustment.weights, adjustment.coefficients, adjustment.entangled
        outcomes = outcomes - np.einsum("kut,k->ut", panel.covariates, coefficients)
    control = never_weights(panel, panel.unit_weights)
    contrast = Contrast(weights, outcomes, target, control, mean.sum(axis=1), panel.variance, panel.covariance)
    return Imputed(contrast, coefficients, entangled)


def imputation_weights(target: np.ndarray, model: np.ndarray) -> np.ndarray:
    """(units, periods): the weights that cells have in the mean over `target` less its imputed value.

    `model` (units, periods) are the weights of the cells that unit and period effects are fitted on, zero where left
    out. The weights are target - model * (u + p) with unit and period terms that make all rows and columns sum to
    zero: the normal equations of the fit, the units eliminated, the first period's term zero.
    """
    of_unit, of_period = model.sum(axis=1), model.sum(axis=0)
    per_unit = np.divide(model, of_unit[:, None], out=np.zeros_like(model), where=of_unit[:, None] > 0)
    left = np.diag(np.where(of_period > 0, of_period, 1.0)) - model.T @ per_unit
    right = target.sum(axis=0) - per_unit.T @ target.sum(axis=1)
    period = np.append(0.0, np.linalg.solve(left[1:, 1:], right[1:]))
    share = np.divide(target.sum(axis=1), of_unit, out=np.zeros_like(of_unit), where=of_unit > 0)
    return target - model * ((share - per_unit @ period)[:, None] + period)


def event_bins(panel: Panel, width: int) -> Iterator[tuple[object, np.ndarray]]:
    """Event-time bins and their cells (units, periods), in the order of time."""
    bins = (np.arange(len(panel.periods)) - panel.start[:, None]) // width
    bins = np.where(panel.never[:, None], np.iinfo(bins.dtype).min, bins)
    for number in np.unique(bins[~panel.never]):
        cells = bins == number
        if number < 0:
            cells &= (~cells & ~panel.treated).any(axis=1)[:, None]
        if cells.any() and _predictable(panel, cells):
            yield bin_label(number, width), cells


def _predictable(panel: Panel, cells: np.ndarray) -> bool:
    """Whether untreated cells outside are there to predict the cells: never-treated units always are."""
    if panel.never.any():
        return True
    try:
        weights = imputation_weights(cells / cells.sum(), model_weights(panel, cells))
    except np.linalg.LinAlgError:
        return False
    sums = max(np.abs(weights.sum(axis=0)).max(), np.abs(weights.sum(axis=1)).max())
    return bool(sums <= TOLERANCE * np.abs(weights).sum())
