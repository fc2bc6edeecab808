"""Interrupted time series: read, build the terms, fit, and say what changed at the start."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.its.assembly import About, against_control, path_frame, summary, usable
from legalaid_eval.estimators.its.columns import counts, log_offset, numbers, require_columns, variances
from legalaid_eval.estimators.its.design import Terms
from legalaid_eval.estimators.its.fits import Fit, fit_counts, fit_means
from legalaid_eval.estimators.its.results import InterruptedMeans, InterruptedSeries
from legalaid_eval.estimators.its.timeline import Timeline

FAMILIES = ("quasipoisson", "poisson", "negbin", "ar1")


def interrupted_series(
    series: pd.DataFrame,
    *,
    time: str,
    count: str,
    start: object,
    offset: str | None = None,
    family: str = "quasipoisson",
    harmonics: int = 2,
    season: int = 12,
    slope_change: bool = False,
    transition: int = 0,
    control: str | None = None,
    control_offset: str | None = None,
    festival: str | None = None,
    covariates: Sequence[str] = (),
    conf_level: float = 0.95,
) -> InterruptedSeries:
    """The rate ratio of counts after a start to what level, trend and season led to expect.

    `series` has one row a period, in any order, without gaps. `time` holds whole numbers, pandas Periods, dates or
    text such as 2023-04; `start` is the first treated `time`. `offset` names the exposure in natural units (persons);
    its logarithm is taken inside. log E(count) = log(offset) + level + trend + `harmonics` Fourier pairs of `season`
    periods + change of level at the start (and of slope, with `slope_change`) + `festival` (share of the month that is
    Lunar New Year) + `covariates`.

    `transition` periods from the start on are left out of the estimation (Lopez Bernal, Cummins and Gasparrini 2017);
    the change of slope counts from the start all the same.

    `family`: "poisson"; "quasipoisson" (Poisson coefficients, covariance times the dispersion); "negbin"; or "ar1",
    where shocks last from month to month. Only "ar1" has honest intervals where they do; docs/studies.md counts how
    often each holds the truth. Intervals: normal quantiles, as published; "ar1" t with n - p degrees of freedom.

    `control` names the counts of a series that the reform does not touch (`control_offset` its exposure). It gets a
    model of its own with the same terms, and the rate ratio is the ratio of the two level changes, the counterfactual
    holds the control's change (Lopez Bernal, Cummins and Gasparrini 2018). This is the joint model of both with every
    term by series; nothing is shared, because one spread and one autocorrelation for two series of unequal size make
    the interval too narrow. Shocks that hit both are counted twice, so the interval is then rather too wide.
    Diagnostics are the treated series'.

    Raises UsageError for absent columns, text, gaps or repeated periods, negative or fractional counts, exposures not
    above 0, a start outside the series, and too few periods.

    Example: `interrupted_series(frame, time="month", count="cases", start="2023-04", family="ar1").rate_ratio`.
    """
    terms = Terms(harmonics, season, slope_change, transition, festival, tuple(covariates), conf_level)
    if family not in FAMILIES:
        raise UsageError(f"unknown family {family!r}; expected one of {', '.join(FAMILIES)}")
    if control_offset is not None and control is None:
        raise UsageError(f"control_offset {control_offset!r} without a control; name the control's counts in 'control'")
    require_columns(series, [time, count, offset, control, control_offset, festival, *terms.covariates])
    rows, timeline = terms.placed(series, time, start)
    design = terms.design(rows, timeline, time)
    observed, exposure = _counts(rows, count, time, timeline), log_offset(rows, offset, time)
    fit = _fit(family, design, timeline, observed, exposure)
    about = About(count, "ratio", f"its_{family}" + ("" if control is None else "_control"), conf_level)
    if control is not None:
        others = _counts(rows, control, time, timeline), log_offset(rows, control_offset, time)
        design, fit = against_control(design, fit, _fit(family, design, timeline, *others))
    path = path_frame(design, fit, timeline, about, observed, lambda eta: np.exp(exposure + eta))
    return InterruptedSeries(*summary(design, fit, timeline, about, path))


def interrupted_means(
    series: pd.DataFrame,
    *,
    time: str,
    outcome: str,
    std_error: str,
    start: object,
    harmonics: int = 2,
    season: int = 12,
    slope_change: bool = False,
    transition: int = 0,
    festival: str | None = None,
    covariates: Sequence[str] = (),
    unit: str = "",
    conf_level: float = 0.95,
) -> InterruptedMeans:
    """The difference of a period's mean after a start from what level, trend and season led to expect.

    For restricted mean durations, shares and scores: `outcome` is the estimate of each period, `std_error` its known
    sampling error, `unit` the unit of both (said in the result). The terms are those of `interrupted_series` on the
    outcome's own scale. Var = std_error^2 + sigma^2 R(rho) with AR(1) shocks, rho and sigma integrated out; t
    quantiles with n - p degrees of freedom. Estimates of different periods must rest on different cases.

    Raises UsageError as `interrupted_series`, and for negative standard errors and outcomes without any spread.

    Example: `interrupted_means(frame, time="month", outcome="rmst", std_error="se", start="2023-04", unit="days")`.
    """
    terms = Terms(harmonics, season, slope_change, transition, festival, tuple(covariates), conf_level)
    require_columns(series, [time, outcome, std_error, festival, *terms.covariates])
    rows, timeline = terms.placed(series, time, start)
    observed, variance = numbers(rows, outcome, time), variances(rows, std_error, time)
    design = terms.design(rows, timeline, time)
    x, lengths = usable(design, timeline)
    used = timeline.used
    fit = fit_means(x, observed[used], variance[used], timeline.steps).rescaled(lengths)
    about = About(outcome, unit, "its_means_ar1", conf_level)
    path = path_frame(design, fit, timeline, about, observed, lambda eta: eta)
    return InterruptedMeans(*summary(design, fit, timeline, about, path))


def _fit(family: str, design: pd.DataFrame, timeline: Timeline, observed: np.ndarray, exposure: np.ndarray) -> Fit:
    """One series' fit; all of it independent of any other series."""
    x, lengths = usable(design, timeline)
    used = timeline.used
    return fit_counts(family, x, observed[used], exposure[used], timeline.steps).rescaled(lengths)


def _counts(rows: pd.DataFrame, name: str, time: str, timeline: Timeline) -> np.ndarray:
    """A column of counts with cases on both sides of the start; a ratio to or of nothing cannot be estimated."""
    found = counts(rows, name, time)
    for side, when in (("before", ~timeline.treated), ("after", timeline.treated & timeline.used)):
        if not found[when].any():
            raise UsageError(
                f"column '{name}' is 0 in every period {side} the start; expected cases on both sides, without which "
                "there is no ratio; report the counts themselves"
            )
    return found
