"""Regression for counts of cases by place and period: what goes with more of them, and with fewer.

`count_model` explains; it does not extrapolate. For a change at a known date in one place use `estimators.its`, for the
effect of a reform that only some places had `estimators.did`.
"""

from legalaid_eval.estimators.counts.model import ERRORS, FAMILIES, count_model
from legalaid_eval.estimators.counts.results import CountModel

__all__ = ["ERRORS", "FAMILIES", "CountModel", "count_model"]
