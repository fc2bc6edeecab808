"""Forecasts of counts by month, with intervals, back-tests, sums that agree, and nowcasts of a year.

`forecast_counts` and `forecast_many` forecast, `backtest` says how well that went in the past, `reconcile` makes
counties and city agree, `nowcast_year` and `nowcast_many` say during a year what it will come to, and
`target_is_uninformative` whether meeting its target says anything.
"""

from legalaid_eval.estimators.forecast.backtest import backtest
from legalaid_eval.estimators.forecast.counts import forecast_counts, forecast_many
from legalaid_eval.estimators.forecast.hierarchy import reconcile
from legalaid_eval.estimators.forecast.nowcast import nowcast_many, nowcast_year
from legalaid_eval.estimators.forecast.results import Backtest, Forecasts, Nowcast, Nowcasts, Reconciled
from legalaid_eval.estimators.forecast.targets import target_is_uninformative

__all__ = [
    "Backtest",
    "Forecasts",
    "Nowcast",
    "Nowcasts",
    "Reconciled",
    "backtest",
    "forecast_counts",
    "forecast_many",
    "nowcast_many",
    "nowcast_year",
    "reconcile",
    "target_is_uninformative",
]
