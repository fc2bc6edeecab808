"""Dose-response of outreach: carry-over, saturation, and what a dose changes.

`fit_dose_response` compares more with less outreach; for whether a campaign worked at all, with places that had none,
use `estimators.did`. `spill_over_effect` compares more with less of it next door, which `neighbour_exposure` gives.
"""

from legalaid_eval.estimators.dose_response.adstock import adstock
from legalaid_eval.estimators.dose_response.bounds import ProfileInterval
from legalaid_eval.estimators.dose_response.curves import Curves
from legalaid_eval.estimators.dose_response.model import fit_dose_response
from legalaid_eval.estimators.dose_response.results import DoseResponse
from legalaid_eval.estimators.dose_response.spill_over import neighbour_exposure
from legalaid_eval.estimators.dose_response.spill_over_effect import SpillOver, spill_over_effect

__all__ = [
    "Curves",
    "DoseResponse",
    "ProfileInterval",
    "SpillOver",
    "adstock",
    "fit_dose_response",
    "neighbour_exposure",
    "spill_over_effect",
]
