"""What a dose-response fit found: how long outreach lasts, when more of it stops helping, and what it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.dose_response import effects
from legalaid_eval.estimators.dose_response.bounds import ProfileInterval
from legalaid_eval.estimators.dose_response.curves import Curves
from legalaid_eval.estimators.dose_response.panel import Panel
from legalaid_eval.estimators.dose_response.sensitivity import by_decay


@dataclass(frozen=True, slots=True, eq=False)
class DoseResponse:
    """A fitted dose-response of outreach.

    - `decay`: share of a period's outreach that is still at work a period later. `saturation`: stock, in units of the
      dose, at which 63 percent of all that outreach can do is done.
    - `overall`: what the outreach changed, percentage points: the mean over cells, weighted by trials, of the fitted
      proportion less the one without any outreach.
    - `profile`: one row a grid point, `decay, saturation, difference`: deviance above the lowest, divided by `scale`;
      below `cut_off` the values are compatible with the data. `profile_decay`, `profile_saturation` give the lowest
      difference for each value of one.
    - `fitted`: `place, time, trials, observed, fitted, without, stock`, proportions 0 to 1, stock at the best decay.
    - `coefficient` and `coefficient_error`: the logit's lift at the largest dose of one period, and its standard error
      (root of `scale` / information) with decay and saturation held at their best values.
    - `dispersion`: Pearson's chi-square by degrees of freedom; `cluster_factor`: what shocks that last within places
      add to the coefficient's variance (CR2 over quasi-binomial); `scale` is the larger of 1, the dispersion, and the
      dispersion times the factor; `df` of every interval are places less 1.
    - `dose_range`: smallest and largest dose of a period. `notes` are codes, `code:detail`: `decay_not_bounded`,
      `saturation_not_bounded:below|above`, `no_effect_found`, `few_places:5`, `left_out:place:NAME`,
      `no_doses_before_first_wave`.
    """

    decay: ProfileInterval
    saturation: ProfileInterval
    overall: Estimate
    profile: pd.DataFrame
    profile_decay: pd.DataFrame
    profile_saturation: pd.DataFrame
    cut_off: float
    fitted: pd.DataFrame
    coefficient: float
    coefficient_error: float
    deviance: float
    dispersion: float
    cluster_factor: float
    scale: float
    df: int
    dose_range: tuple[float, float]
    n: int
    n_places: int
    n_waves: int
    conf_level: float
    notes: tuple[str, ...]
    curves: Curves = field(repr=False)
    panel: Panel = field(repr=False)
    logit: np.ndarray = field(repr=False)

    def sensitivity(self) -> pd.DataFrame:
        """The overall change with the decay held at several values: frame `decay, difference, estimate, ci_low,
        ci_high, compatible`.

        `difference` is as in `profile`; a value is compatible with the data up to `cut_off`, and every value is where
        no effect was found. No rows where there is no time.
        """
        held = self.saturation.estimate if self.saturation.fixed else None
        cut_off = np.inf if "no_effect_found" in self.notes else self.cut_off
        shared = {"scale": self.scale, "df": self.df, "cut_off": cut_off, "level": self.conf_level}
        return by_decay(self.panel, saturation=held, lowest=self.deviance, **shared)

    def effect(self, doses: Sequence[float], *, periods: int = 1, extrapolate: bool = False) -> pd.DataFrame:
        """What doses change, beside no outreach at all: frame `dose, estimate, ci_low, ci_high` in percentage points.

        A dose is kept up for so many `periods` and its effect read in the last of them. The places are as they are in
        the last wave (without time: in the mean of their cells), weighted by their trials in all waves. Doses beyond
        the largest that any place had in a period are refused unless `extrapolate`: the fitted curve knows nothing
        about them.

        Example: `found.effect([0.1, 0.2, 0.4], periods=3)`.
        """
        return effects.effect(self, doses, periods=periods, extrapolate=extrapolate)

    def by_place(self) -> pd.DataFrame:
        """What the outreach had changed in each place in the last wave (without time: in the mean of its cells): frame
        `place, estimate, ci_low, ci_high` in percentage points. Places differ by their outreach and level only: the
        curve is common to all.
        """
        return effects.by_place(self)

    def gain(self, persons: Mapping[object, float]) -> np.ndarray:
        """(M,) equally likely numbers of additional persons in the last wave, summed over the places in `persons`
        (place to number of persons); the draws belong to `curves`."""
        return effects.gain(self, persons)

    def predict(self, doses: pd.DataFrame, *, place: str, time: str, dose: str) -> pd.DataFrame:
        """Proportions under doses of the periods after the last wave: frame `place, time, estimate, ci_low, ci_high,
        without`, percent; `without` with no outreach from now on.

        `doses` has one row for each place and period, consecutive from the period after the last wave. All else stays
        as in the last wave; the interval is of the outreach's part only.
        """
        return effects.predict(self, doses, place=place, time=time, dose=dose)

    def smallest_detectable(self, *, power: float = 0.8) -> float:
        """The smallest overall change, percentage points, that such data would have shown with probability `power`.

        (t_1-a/2 + t_power) * SE (Bloom 1995), SE from the interval's width.
        """
        if not 0 < power < 1:
            raise UsageError(f"found power {power}; expected a probability between 0 and 1, such as 0.8")
        quantile = stats.t.ppf((1 + self.conf_level) / 2, self.df)
        error = (self.overall.ci_high - self.overall.ci_low) / (2 * quantile)
        return float((quantile + stats.t.ppf(power, self.df)) * error)
