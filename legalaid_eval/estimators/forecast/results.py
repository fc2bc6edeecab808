"""The frozen results of forecasts, back-tests and nowcasts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.forecast.paths import Spread
from legalaid_eval.estimators.forecast.series import Panel

ENDS = ("lo80", "hi80", "lo95", "hi95")


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Forecasts of many series.

    `frame`: `series, period, mean, lo80, hi80, lo95, hi95`, in the order of the panel's columns. `methods`: `series,
    method` as used. `notes`: `series, code`, with the codes zero_heavy, short, level_break, known_not_used and
    failed_fit:<method>. `panel` is what was forecast from, `known` (n + h, k) what was known of past and horizon, and
    `spread` what `paths` are made from.
    """

    frame: pd.DataFrame
    methods: pd.DataFrame
    notes: pd.DataFrame
    panel: Panel
    spread: Spread
    known: np.ndarray | None = None

    @property
    def periods(self) -> pd.PeriodIndex:
        return self.panel.ahead(self.spread.center.shape[1])

    def paths(self) -> np.ndarray:
        """Simulated futures, shape (series, path, period); path k is one future of all series together."""
        return self.spread.paths()


@dataclass(frozen=True, slots=True, eq=False)
class Reconciled:
    """Forecasts that add up: `frame` as in `Forecasts` over the upper and then the lower series, `paths` (series, path,
    period) in the same order, the `method`, and `why` it was used (`reconcile`).

    An upper mean is the float sum of its members' means, path by path likewise; limits do not add up, and should not.
    """

    frame: pd.DataFrame
    paths: np.ndarray
    method: str
    why: str = "asked"


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Errors of forecasts from past origins.

    `by_series`: `series, n_origins, mase, mase_naive, gain (percent), coverage80, coverage95`. `overall`: `measure,
    estimate, std_error, ci_low, ci_high` for the same measures, clustered by series (empty errors below two series).
    `by_horizon`: `horizon, mase, mase_naive, gain, coverage80, coverage95`. `naive_as_good`: the interval of the gain
    includes 0, or there are too few series to say.
    """

    by_series: pd.DataFrame
    overall: pd.DataFrame
    by_horizon: pd.DataFrame
    naive_as_good: bool
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class Nowcast:
    """What a year will come to.

    `expected`: the year's total with its 95% interval; `interval80` its narrower one. `probability` (0 to 1) of meeting
    the target, None without one. `path`: `period, observed, expected, lo80, hi80, lo95, hi95`, cumulative; after the
    last month observed is NaN, before it the limits are the observed. `linear` is the year to date over the share of
    the year that has passed (NaN before the first period). `method`: "combined" (mean of share and paths),
    "forecast_only", "linear_scaling" or "complete". `notes` are codes.
    """

    expected: Estimate
    interval80: tuple[float, float]
    probability: float | None
    path: pd.DataFrame
    linear: float
    method: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Nowcasts:
    """`by_series`: a Nowcast for each series, and `total` for their sum, whose interval comes from summed paths.

    `frame`: `series, expected, lo80, hi80, lo95, hi95, target, probability, linear, method`; the last row is the total.
    """

    by_series: dict[object, Nowcast]
    total: Nowcast
    frame: pd.DataFrame
