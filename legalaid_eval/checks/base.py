"""What a check looks at, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite, nan
from typing import Literal

import pandas as pd

from legalaid_eval.estimators import did

Status = Literal["passed", "warned", "failed", "not_evaluable", "informative"]

WARN_BELOW = 0.05
FAIL_BELOW = 0.01
"""About six checks of an effect are tests. At .01 each, a sound design loses its verdict once in about seventeen
effects by chance; at .05 it would be one in four."""
ENOUGH_CONTROLS = 4
"""With fewer places to compare with, their scatter has too few degrees of freedom to test anything by."""
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Lengths of a panel's periods."""


@dataclass(frozen=True, eq=False, slots=True)
class CheckResult:
    """One check: its status by the rule that its module states, the numbers behind it, and their table if any.

    Only "failed" takes an effect its verdict. "informative" judges nothing. Words are made from `facts` later.
    """

    name: str
    status: Status
    facts: Mapping[str, object] = field(default_factory=dict)
    table: pd.DataFrame | None = None


# Without slots: the fit is made when it is first asked for, and kept.
@dataclass(frozen=True, eq=False)
class Comparison:
    """A difference in differences that can be done again on changed data.

    `frame` has one row per place and period: `place, month, n, value, variance`, the first treated period `start`
    (missing: never) and the columns named in `covariates`. `period` is one of MONTHS.
    `inference` and `treated_scale` make the interval; all checks use the same. `covariance` takes the place of the
    column `variance` where a place's sampling errors hang together over periods (see `imputation_att`).
    """

    frame: pd.DataFrame
    period: str = "month"
    covariates: tuple[str, ...] = ()
    inference: str = "placebo_pool"
    treated_scale: float = 1.0
    conf_level: float = 0.95
    covariance: pd.DataFrame | None = None

    @cached_property
    def fit(self) -> did.ImputationAtt:
        return did.imputation_att(
            self.frame,
            unit="place",
            time="month",
            cohort="start",
            outcome="value",
            weight="n",
            **self.sampling,
            covariates=self.covariates,
            inference=self.inference,
            conf_level=self.conf_level,
            dispersion="before",
            block=self.periods(6),
            treated_scale=self.treated_scale,
        )

    @property
    def sampling(self) -> dict[str, object]:
        """What an estimator is told of the sampling errors."""
        return {"variance": "variance"} if self.covariance is None else {"covariance": self.covariance}

    def periods(self, months: int) -> int:
        """How many periods make so many months, at least one."""
        return max(months // MONTHS[self.period], 1)

    def on(self, frame: pd.DataFrame) -> "Comparison":
        """The same comparison on another frame; covariates that are zero throughout it are left out."""
        kept = tuple(name for name in self.covariates if frame[name].any())
        return replace(self, frame=frame, covariates=kept)


def interval_before(comparison: Comparison, contrast: did.Contrast) -> did.Interval:
    """The interval of a contrast about the time before treatment, by the shocks of the places never treated.

    What such a check looks for would itself raise the treated places' scatter before treatment, so that is left out.
    With too few places to compare with the shocks are modelled, as for the effect itself.
    """
    if contrast.n_control < ENOUGH_CONTROLS:
        return did.ar_model(contrast, conf_level=comparison.conf_level)
    return did.placebo_pool(contrast, conf_level=comparison.conf_level, dispersion="controls")


def excludes_zero(interval: did.Interval) -> bool:
    return interval.ci_low > 0 or interval.ci_high < 0


def smallest_of(p_values: Sequence[float]) -> float:
    """The p-value of several tests together (Bonferroni); NaN if none could be made."""
    there = [p for p in p_values if isfinite(p)]
    return min(1.0, len(there) * min(there)) if there else nan


def status_of(p_value: float) -> Status:
    """The status of a check that is a test: failed below .01, warned below .05."""
    if not 0 <= p_value <= 1:
        return "not_evaluable"
    return "failed" if p_value < FAIL_BELOW else "warned" if p_value < WARN_BELOW else "passed"
