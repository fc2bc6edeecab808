"""Interrupted time series: one place, many periods, a change at a known date.

`interrupted_series` is for counts (a rate ratio), `interrupted_means` for a mean or a percentage of each period with
its known standard error (a difference in the outcome's unit). Both describe what changed at the date; whether the
reform caused it is for the reader, who knows what else happened then.
"""

from legalaid_eval.estimators.its.interrupted import FAMILIES, interrupted_means, interrupted_series
from legalaid_eval.estimators.its.results import Diagnostics, InterruptedMeans, InterruptedSeries

__all__ = [
    "FAMILIES",
    "Diagnostics",
    "InterruptedMeans",
    "InterruptedSeries",
    "interrupted_means",
    "interrupted_series",
]
