"""Did treated units drift away from the others before treatment, and what drift would have gone unseen?

The slope is the coefficient of time to treatment in the model of untreated cells, beside unit and period effects and
the covariates. What a steady drift would do to the effect shows what a passed test is worth (Roth 2022).
"""

from dataclasses import dataclass
from math import nan

import numpy as np

from legalaid_eval.estimators.did.adjusted import in_model, two_way_residuals
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.imputation import ImputationAtt
from legalaid_eval.estimators.did.imputed_cells import model_weights
from legalaid_eval.estimators.did.results import never_weights

LEAST_INFORMATION = 1e-9
"""A slope whose regressor keeps less than this share of its variation is not seen by the untreated cells."""


@dataclass(frozen=True, eq=False, slots=True)
class PreTrend:
    """The treated units' drift before treatment.

    `contrast` estimates the slope per period; None where the untreated cells do not tell it. `bias_per_slope`: what
    a drift of one per period, going on after the start, would add to the effect.
    """

    contrast: Contrast | None
    bias_per_slope: float


def pre_trend(fit: ImputationAtt) -> PreTrend:
    """The linear drift of the treated units before treatment, against all untreated cells of the panel."""
    panel = fit.panel
    since = np.where(panel.never[:, None], 0.0, np.arange(len(panel.periods)) - panel.start[:, None])
    bias = float((fit.contrast.weights * since).sum())
    model = model_weights(panel, panel.treated)
    left = two_way_residuals(since[None], model)[0]
    if len(panel.covariates):
        beside = in_model(panel.covariates, model)
        moved = beside.inverse @ np.einsum("kut,ut->k", beside.left, model * left)
        left = left - np.einsum("kut,k->ut", beside.left, moved)
    information = float((model * left**2).sum())
    if information <= LEAST_INFORMATION * float((model * since**2).sum()) or not information:
        return PreTrend(None, nan)
    weights = model * left / information
    carried = np.maximum((weights * since).sum(axis=1), 0.0)
    contrast = Contrast(
        weights=weights,
        outcomes=fit.contrast.outcomes,
        treated=~panel.treated & ~panel.never[:, None],
        control=never_weights(panel, panel.unit_weights),
        shares=carried / carried.sum(),
        variance=panel.variance,
        covariance=panel.covariance,
    )
    return PreTrend(contrast, bias)
