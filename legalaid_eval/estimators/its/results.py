"""What an interrupted series found: the change at the start, its path, and what to doubt."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Size and fit. `n` periods in the estimation, `df` = n - terms.

    `n_before`, `n_after` count the used periods before and after the start, `n_dropped` the transition's.
    `dispersion` is Pearson's chi-square by df of the model without shocks (1: no more spread than chance; None if a
    sampling variance is 0); `autocorrelation` is the lag-1 correlation of its residuals, above about 2 / sqrt(n) a
    sign that only family "ar1" has honest intervals. `rho` and `sigma` are the posterior means of the shocks'
    autocorrelation and standard deviation (log scale for counts), `alpha` the negative binomial's; None for families
    without them.
    """

    n: int
    df: int
    n_before: int
    n_after: int
    n_dropped: int
    dispersion: float | None
    autocorrelation: float
    rho: float | None
    sigma: float | None
    alpha: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """The change at the start on the scale of the regression: `level` and `slope` (0 without one), covariance (2, 2).

    `multiplier` times a standard error is an interval's half-width; `periods_after` is how long the change is seen;
    `ratio` says that the scale is logarithmic.
    """

    level: float
    slope: float
    covariance: np.ndarray
    multiplier: float
    periods_after: int
    ratio: bool
    outcome: str
    unit: str
    conf_level: float
    n: int
    method: str

    def after(self, months: float) -> Estimate:
        """The combined change this many periods after the start."""
        if not 0 <= months < self.periods_after:
            raise UsageError(
                f"effect {months} periods after the start; the series holds 0 to {self.periods_after - 1}; expected a "
                "number among them, since a later effect would be a guess"
            )
        return self._estimate("level_change", np.array([1.0, months]))

    def of_slope(self) -> Estimate:
        """The change of the trend, by period."""
        return self._estimate("slope_change", np.array([0.0, 1.0]))

    def _estimate(self, estimand: str, weight: np.ndarray) -> Estimate:
        value = float(weight @ (self.level, self.slope))
        error = float(np.sqrt(weight @ self.covariance @ weight))
        ends = value - self.multiplier * error, value + self.multiplier * error
        if self.ratio:
            value, ends = np.exp(value), np.exp(ends)
            error *= value
        low, high = map(float, ends)
        about = estimand, self.outcome, self.unit
        return Estimate(*about, float(value), float(error), low, high, self.conf_level, self.n, None, self.method)


@dataclass(frozen=True, slots=True, eq=False)
class InterruptedSeries:
    """Counts before and after a change.

    - `rate_ratio`: the level after the start over the level expected without it; with `slope_change` at the first
      treated period. Interval symmetric on the log scale; `std_error` is the ratio's (delta method).
    - `slope_ratio`: how many times larger the growth of a period became; None without `slope_change`.
    - `counterfactual`: one row a period, in counts: `time, observed, fitted, fitted_low, fitted_high,
      counterfactual, counterfactual_low, counterfactual_high, used`. Bounds are of the mean, not of a single month.
      Fitted values of a transition are empty: the model says nothing about it.
    - `coefficients`: `term, estimate, std_error, ci_low, ci_high` on the log scale.
    - `diagnostics`, `method`.
    """

    rate_ratio: Estimate
    slope_ratio: Estimate | None
    counterfactual: pd.DataFrame
    coefficients: pd.DataFrame
    diagnostics: Diagnostics
    change: Change
    method: str

    def effect_at(self, months: float) -> Estimate:
        """Ratio to the expected level this many periods after the start (0: the first treated period).

        Raises UsageError for a time that the series does not hold.
        """
        return self.change.after(months)


@dataclass(frozen=True, slots=True, eq=False)
class InterruptedMeans:
    """Means before and after a change; as `InterruptedSeries`, with differences in the outcome's unit for ratios."""

    level_change: Estimate
    slope_change: Estimate | None
    counterfactual: pd.DataFrame
    coefficients: pd.DataFrame
    diagnostics: Diagnostics
    change: Change
    method: str

    def effect_at(self, months: float) -> Estimate:
        """Difference from the expected level this many periods after the start (0: the first treated period)."""
        return self.change.after(months)

    def smallest_detectable(self, *, power: float = 0.8) -> float:
        """The smallest change of level that such a series would have found with probability `power`.

        (t_1-a/2 + t_power) * SE (Bloom 1995), in the outcome's unit. It says nothing about what else happened then.

        Raises UsageError for a power that is no probability.
        """
        if not 0 < power < 1:
            raise UsageError(f"found power {power}; expected a probability between 0 and 1, such as 0.8")
        quantile = float(special.stdtrit(self.diagnostics.df, power))
        return (self.change.multiplier + quantile) * self.level_change.std_error
