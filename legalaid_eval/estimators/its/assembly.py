"""From a fit to what is told: the change, the path with and without it, coefficients and diagnostics."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.its.design import LEVEL, SLOPE, require_estimable
from legalaid_eval.estimators.its.fits import Fit
from legalaid_eval.estimators.its.results import Change, Diagnostics
from legalaid_eval.estimators.its.timeline import Timeline


@dataclass(frozen=True, slots=True)
class About:
    """What an estimate is of and how it was made; unit "ratio" means a logarithmic scale."""

    outcome: str
    unit: str
    method: str
    conf_level: float


def usable(design: pd.DataFrame, timeline: Timeline) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows to estimate from (of both series), lengths of the terms in them, and periods since the row before.

    Terms are divided by their lengths for the fit, so that a covariate in millions is as good as one in shares.
    """
    n_series = len(design) // len(timeline.number)
    used = np.tile(timeline.used, n_series)
    require_estimable(design[used])
    steps = np.tile(np.append(np.inf, np.diff(timeline.number[timeline.used])), n_series)
    return used, np.linalg.norm(design[used].to_numpy(), axis=0), steps


def summary(design: pd.DataFrame, fit: Fit, timeline: Timeline, about: About, path: pd.DataFrame):
    """The fields of a result, in their order."""
    change = _change(design, fit, timeline, about)
    slope: Estimate | None = change.of_slope() if SLOPE in design else None
    coefficients = _coefficients(design.columns, fit, about.conf_level)
    return change.after(0), slope, path, coefficients, _diagnostics(fit, timeline), change, about.method


def _change(design: pd.DataFrame, fit: Fit, timeline: Timeline, about: About) -> Change:
    at = [design.columns.get_loc(name) for name in (LEVEL, SLOPE) if name in design]
    values, covariance = np.zeros(2), np.zeros((2, 2))
    values[: len(at)] = fit.coefficients[at]
    covariance[: len(at), : len(at)] = fit.covariance[np.ix_(at, at)]
    return Change(
        float(values[0]),
        float(values[1]),
        covariance,
        fit.multiplier(about.conf_level),
        int(timeline.treated.sum()),
        about.unit == "ratio",
        about.outcome,
        about.unit,
        about.conf_level,
        len(fit.residuals),
        about.method,
    )


def path_frame(
    design: pd.DataFrame,
    fit: Fit,
    timeline: Timeline,
    about: About,
    observed: np.ndarray,
    inverse: Callable[[np.ndarray], np.ndarray],
) -> pd.DataFrame:
    """Observed, fitted and counterfactual of the treated series; `inverse` leads back from the regression's scale."""
    with_change = design.to_numpy()[: len(observed)]
    without = np.where(design.columns.isin([LEVEL, SLOPE]), 0.0, with_change)
    told = np.where(timeline.used, 1.0, np.nan)  # the model says nothing of the transition, only of a world without it
    frame = {"time": timeline.labels, "observed": observed}
    for name, terms, known in (("fitted", with_change, told), ("counterfactual", without, 1.0)):
        eta = terms @ fit.coefficients
        half = fit.multiplier(about.conf_level) * np.sqrt(np.einsum("ij,jk,ik->i", terms, fit.covariance, terms))
        for suffix, value in (("", eta), ("_low", eta - half), ("_high", eta + half)):
            frame[name + suffix] = inverse(value) * known
    return pd.DataFrame(frame | {"used": timeline.used})


def _coefficients(names: pd.Index, fit: Fit, conf_level: float) -> pd.DataFrame:
    error = np.sqrt(np.diag(fit.covariance))
    half = fit.multiplier(conf_level) * error
    value = fit.coefficients
    columns = {"term": names, "estimate": value, "std_error": error, "ci_low": value - half, "ci_high": value + half}
    return pd.DataFrame(columns)


def _diagnostics(fit: Fit, timeline: Timeline) -> Diagnostics:
    return Diagnostics(
        n=len(fit.residuals),
        df=fit.df,
        n_before=timeline.n_before,
        n_after=timeline.n_after,
        n_dropped=int(np.sum(~timeline.used)),
        dispersion=fit.dispersion,
        autocorrelation=_lag_one(fit.residuals[: timeline.used.sum()], timeline.number[timeline.used]),
        rho=fit.rho,
        sigma=fit.sigma,
        alpha=fit.alpha,
    )


def _lag_one(residuals: np.ndarray, number: np.ndarray) -> float:
    """Correlation of residuals one period apart (pairs across a gap are none)."""
    next_to = np.diff(number) == 1
    total = float(residuals @ residuals)
    return float((residuals[1:] * residuals[:-1])[next_to].sum()) / total if total else 0.0
