"""A standard error, its t interval, and the smallest effect that such an interval would have shown."""

from dataclasses import dataclass
from math import isfinite, nan, sqrt

from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.contrast import Contrast


@dataclass(frozen=True, slots=True)
class Interval:
    """How sure an estimate is; `std_error` and the ends of the interval have the unit of the estimate.

    `df` degrees of freedom of the t distribution, `p_value` two-sided for no effect, `n_treated` and `n_control` the
    units behind it, `method` the formula. All numbers but the counts are NaN where the units are too few for the
    method, or nothing scatters: not evaluable, see `evaluable`.
    """

    std_error: float
    df: float
    ci_low: float
    ci_high: float
    conf_level: float
    p_value: float
    n_treated: int
    n_control: int
    method: str

    @property
    def evaluable(self) -> bool:
        return isfinite(self.std_error)


def t_interval(contrast: Contrast, *, variance: float, df: float, conf_level: float, method: str) -> Interval:
    """The interval estimate +- t(df) * root of `variance`; df below 1 counts as 1.

    Not evaluable where nothing scatters: outcomes that never move say nothing about shocks.
    """
    _check_level(conf_level)
    estimate, std_error, df = contrast.estimate, sqrt(variance), max(float(df), 1.0)
    if std_error <= contrast.rounding:
        return not_evaluable(contrast, conf_level=conf_level, method=method)
    half = float(special.stdtrit(df, (1 + conf_level) / 2)) * std_error
    p_value = 2 * float(special.stdtr(df, -abs(estimate) / std_error))
    ends = (estimate - half, estimate + half)
    return Interval(std_error, df, *ends, conf_level, p_value, contrast.n_treated, contrast.n_control, method)


def not_evaluable(contrast: Contrast, *, conf_level: float, method: str) -> Interval:
    """The answer where a method has too few units, or too little scatter, to say anything."""
    _check_level(conf_level)
    return Interval(nan, nan, nan, nan, conf_level, nan, contrast.n_treated, contrast.n_control, method)


def smallest_detectable(interval: Interval, *, power: float = 0.8) -> float:
    """The smallest effect that such a design would have found with probability `power`: (t_1-a/2 + t_power) * SE.

    Bloom (1995). In the unit of the estimate; NaN where the interval is not evaluable.
    """
    if not 0 < power < 1:
        raise UsageError(f"found power {power}; expected a probability between 0 and 1, such as 0.8")
    quantiles = special.stdtrit(interval.df, [(1 + interval.conf_level) / 2, power])
    return float(quantiles.sum() * interval.std_error)


def _check_level(conf_level: float) -> None:
    if not 0 < conf_level < 1:
        raise UsageError(f"found conf_level {conf_level}; expected a probability between 0 and 1, such as 0.95")
