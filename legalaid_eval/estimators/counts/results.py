"""What a count regression found."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class CountModel:
    """A fitted log-linear model of counts.

    `coefficients`: frame `term, estimate, std_error, ci_low, ci_high, df, rate_ratio, rate_ratio_low,
    rate_ratio_high`, one row per term except the places' effects; `estimate` is on the log scale, the rate ratio its
    exponential for one unit more of the term (trend: one season, so a year of months). `df` is the t distribution's.
    `season`: frame `position, factor, factor_low, factor_high`, the factor of each position in the season (month;
    0 to season - 1, for monthly Periods 0 is January) relative to the geometric mean of all; empty without harmonics.
    `fitted`: frame with the input's index, `observed, fitted, residual` (Pearson); NaN for places left out.

    `family` is "poisson" or "negbin", `method` says how the errors were made: "cr2", "cr1", "quasi" (model errors
    times the root of the dispersion) or "model". `dispersion` is Pearson's chi-square of the Poisson fit by its degrees
    of freedom (1: no more spread than chance), `alpha` the negative binomial's (variance mu + alpha mu^2; 0 for the
    Poisson), `log_likelihood` the fitted family's.

    `notes` are codes, `code:detail`: `left_out:3` places without a single case; `common:festival` a covariate that is
    equal in all places at a time, whose interval allows for shocks that all share for a period, not for such that last;
    `single_series` without clusters the errors take the periods as independent, so that intervals are too narrow where
    shocks last (prefer `estimators.its` with family "ar1" for a change at a date); `few_clusters:5` fewer than six;
    `small_df:term` fewer than four degrees of freedom, where the interval is not to be relied on.
    """

    coefficients: pd.DataFrame
    season: pd.DataFrame
    fitted: pd.DataFrame
    family: str
    method: str
    dispersion: float
    alpha: float
    log_likelihood: float
    conf_level: float
    n: int
    n_units: int
    n_clusters: int | None
    notes: tuple[str, ...]
