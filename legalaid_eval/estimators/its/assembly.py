"""From a fit to what is told: the change, the path with and without it, coefficients and diagnostics."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

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


def usable(design: pd.DataFrame, timeline: Timeline) -> tuple[np.ndarray, np.ndarray]:
    """Terms of the periods to estimate from, divided by their lengths, and the lengths (p,).

    So a covariate in millions is as good as one in shares.
    """
    require_estimable(design[timeline.used])
    terms = design.to_numpy()[timeline.used]
    lengths = np.linalg.norm(terms, axis=0)
    return terms / lengths, lengths


def against_control(design: pd.DataFrame, own: Fit, control: Fit) -> tuple[pd.DataFrame, Fit]:
    """Terms and fit of the treated series, shapes (T, 2 p) and (2 p,), whose change is what the control's lacks.

    The two fits are independent. `level` and `slope` become the differences of the changes; the control's own change
    stays in the path of the treated series, with and without the reform.
    """
    p = design.shape[1]
    change = np.flatnonzero(design.columns.isin([LEVEL, SLOPE]))
    difference = np.eye(2 * p)
    difference[change, p + change] = -1.0
    coefficients = difference @ np.append(own.coefficients, control.coefficients)
    covariance = difference @ block_diag(own.covariance, control.covariance) @ difference.T
    others = (design * design.columns.isin([LEVEL, SLOPE])).add_prefix("control_")
    terms = pd.concat([design, others], axis=1)
    return terms, replace(own, coefficients=coefficients, covariance=covariance)


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
    with_change = design.to_numpy()
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
        autocorrelation=_lag_one(fit.residuals, timeline.number[timeline.used]),
        rho=fit.rho,
        sigma=fit.sigma,
        alpha=fit.alpha,
    )


def _lag_one(residuals: np.ndarray, number: np.ndarray) -> float:
    """Correlation of residuals one period apart (pairs across a gap are none)."""
    next_to = np.diff(number) == 1
    total = float(residuals @ residuals)
    return float((residuals[1:] * residuals[:-1])[next_to].sum()) / total if total else 0.0
