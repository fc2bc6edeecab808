"""Durations with open cases: curves, restricted means, hazards; all from cells."""

from legalaid_eval.estimators.duration.hazard import HazardModel, hazard_model
from legalaid_eval.estimators.duration.kaplan_meier import KaplanMeier, kaplan_meier
from legalaid_eval.estimators.duration.place_periods import done_by_cells, rmst_cells
from legalaid_eval.estimators.duration.restricted_mean import RestrictedMean, rmst

__all__ = [
    "HazardModel",
    "KaplanMeier",
    "RestrictedMean",
    "done_by_cells",
    "hazard_model",
    "kaplan_meier",
    "rmst",
    "rmst_cells",
]
