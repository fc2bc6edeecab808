"""Grouped discrete-time hazards: what makes cases take longer, open ones taken in."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.duration.days_at_risk import DaysAtRisk, cut, days_at_risk
from legalaid_eval.estimators.duration.observations import columns_of, numbers, observe, probability, required_columns

MAX_NUMBERS = 50_000_000
"""Largest size of the model's matrix (cells times columns): 0.4 GB, of which the fit needs several copies."""
SEPARATED = 100.0
"""A model standard error above this on the log-hazard scale means the coefficient runs off to infinity."""


@dataclass(frozen=True, slots=True, eq=False)
class HazardModel:
    """A fitted proportional-hazards model for grouped durations.

    `coefficients`: frame `term, estimate, std_error, ci_low, ci_high, hazard_ratio, hazard_ratio_low,
    hazard_ratio_high`; `estimate` is a log hazard ratio, above 0 where cases are done sooner. `baseline`: frame
    `day_from, day_to, at_risk, events, log_hazard, std_error, hazard`, one row per day with events (the last ones
    pooled) for the reference levels and numeric covariates of 0: `hazard` is the share of open cases done on a day.
    `covariance` is that of all coefficients, covariates first, then baseline. `df` is the t distribution's degrees of
    freedom (None: normal), `n` the number of cases, `n_events` of events, `references` the reference level of each
    categorical covariate, `iterations` what the fit took: a fit that does not converge is an error, not a result.
    """

    coefficients: pd.DataFrame
    baseline: pd.DataFrame
    covariance: np.ndarray
    references: dict[str, object]
    conf_level: float
    df: int | None
    n: int
    n_events: int
    n_clusters: int | None
    iterations: int
    method: str


def hazard_model(
    cells: pd.DataFrame,
    *,
    duration: str,
    event: str,
    covariates: str | Sequence[str],
    count: str | None = None,
    cluster: str | None = None,
    max_duration: float | None = None,
    conf_level: float = 0.95,
) -> HazardModel:
    """Binomial GLM with complementary log-log link on (covariates, day at risk) cells, an intercept for each day.

    Its coefficients are the log hazard ratios of the proportional-hazards model behind durations counted in whole days
    (Prentice and Gloeckler 1978). Cells are as for `kaplan_meier`; a case censored on a day was at risk on it. Days
    without an event drop out, as in Cox's model: their hazard is estimated as 0 whatever the covariates. The last days
    are pooled into one intercept until they have 10 events and somebody is open after them. `max_duration` censors
    longer durations there.

    Text, categories and objects are coded by treatment with the first sorted level as reference, numbers and booleans
    as they are. With `cluster` the covariance is the cluster-robust CR1 (Liang and Zeger 1986) on expected information,
    times G / (G - 1) x (N - 1) / (N - K) for G clusters, N case-days and K coefficients, and intervals use t(G - 1);
    with few clusters they are still too narrow. Otherwise the covariance is the model's.

    Raises UsageError for impossible cells, covariates that do not vary or say the same, a coefficient that runs off to
    infinity (a level without events, say), fewer than two clusters, and a model too large for memory.
    """
    conf_level, terms = probability(conf_level, "conf_level"), columns_of(covariates)
    if not terms:
        raise UsageError("found no covariate; expected at least one; for a curve without any use kaplan_meier")
    required_columns(cells, terms)
    keys = tuple(dict.fromkeys((*terms, *columns_of(cluster))))
    observations = cut(observe(cells, duration=duration, event=event, count=count, by=keys), max_duration)
    at_risk = days_at_risk(observations)
    coded, references = _coded(observations.labels, terms)
    design = _design(coded, at_risk)
    fit = _fit(design, at_risk, _names(coded, at_risk))
    covariance, groups = fit.normalized_cov_params, None
    if cluster:
        codes, levels = pd.factorize(observations.labels[cluster].take(at_risk.pattern))
        groups = _enough(len(levels), cluster)
        covariance = _clustered(fit, design, at_risk, codes, groups)
    return HazardModel(
        *_tables(fit.params, covariance, coded, at_risk.periods, conf_level, groups),
        covariance,
        references,
        conf_level,
        groups - 1 if groups else None,
        round(observations.count.sum()),
        round(observations.count[observations.event].sum()),
        groups,
        fit.fit_history["iteration"],
        "cloglog_cr1" if groups else "cloglog",
    )


def _coded(labels: pd.DataFrame, terms: Sequence[str]) -> tuple[pd.DataFrame, dict[str, object]]:
    """Covariates as numbers, shape (patterns, columns), and the reference level of the categorical ones."""
    columns, references = {}, {}
    for term in terms:
        values = labels[term]
        if pd.api.types.is_numeric_dtype(values):
            columns[term] = numbers(labels, term)
            continue
        levels = pd.factorize(values, sort=True)[1]
        references[term] = levels[0]
        columns |= {f"{term}={level}": (values == level).to_numpy(dtype="float64") for level in levels[1:]}
    if not columns:
        raise UsageError(f"found one level only in {', '.join(terms)}; expected covariates that vary; leave these out")
    return pd.DataFrame(columns), references


def _design(coded: pd.DataFrame, at_risk: DaysAtRisk) -> np.ndarray:
    """The model's matrix, shape (cells, covariate columns + periods)."""
    rows, periods = len(at_risk.pattern), len(at_risk.periods)
    width = coded.shape[1] + periods
    if rows * width > MAX_NUMBERS:
        raise UsageError(
            f"found {rows:,} cells of days at risk and {width:,} coefficients; expected at most {MAX_NUMBERS:,} "
            "numbers in all; use fewer levels, wider days or a smaller max_duration"
        )
    design = np.zeros((rows, width))
    design[:, : coded.shape[1]] = coded.to_numpy()[at_risk.pattern]
    design[np.arange(rows), coded.shape[1] + at_risk.period] = 1.0
    return design


def _names(coded: pd.DataFrame, at_risk: DaysAtRisk) -> list[str]:
    return [*coded.columns, *(f"day {day:g}" for day in at_risk.periods["day_from"])]


def _fit(design: np.ndarray, at_risk: DaysAtRisk, names: Sequence[str]):
    """The GLM, converged and with finite coefficients, or a UsageError that names what cannot be estimated."""
    # Scaled to a unit diagonal, so that the rank does not depend on the covariates' units.
    products = design.T @ design
    size = np.sqrt(np.maximum(np.diag(products), 1e-300))
    if np.linalg.matrix_rank(products / np.outer(size, size), hermitian=True) < design.shape[1]:
        raise UsageError(
            f"found covariates that do not vary or say the same ({', '.join(names[:5])}, ...); "
            "expected each to add something; leave one out"
        )
    outcome = np.column_stack([at_risk.events, at_risk.at_risk - at_risk.events])
    model = sm.GLM(outcome, design, family=sm.families.Binomial(sm.families.links.CLogLog()))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they warn of is asked below and told as an error
            fit = model.fit(maxiter=60, tol_criterion="params", atol=1e-9, rtol=1e-9, wls_method="qr")
    except (PerfectSeparationError, np.linalg.LinAlgError, ValueError) as error:
        raise UsageError(
            f"found a model that cannot be fitted ({error}); expected variation; use fewer levels"
        ) from error
    errors = np.sqrt(np.diag(fit.normalized_cov_params)) * np.maximum(design.max(axis=0), -design.min(axis=0))
    if not fit.converged or not (errors < SEPARATED).all():
        worst = names[int(np.argmax(np.where(np.isfinite(errors), errors, np.inf)))]
        raise UsageError(
            f"found no finite coefficient for {worst}; expected events and open cases at each of its values; "
            "merge or leave out such levels"
        )
    return fit


def _enough(groups: int, cluster: str) -> int:
    if groups < 2:
        raise UsageError(f"found one value in '{cluster}'; expected at least two clusters; leave cluster out")
    return groups


def _clustered(fit, design: np.ndarray, at_risk: DaysAtRisk, codes: np.ndarray, groups: int) -> np.ndarray:
    """CR1 covariance; scores of cells add up to those of their cases, so the number of cells does not matter."""
    share = fit.fittedvalues
    slope = fit.model.family.link.inverse_deriv(fit.predict(which="linear"))
    scores = (at_risk.events - at_risk.at_risk * share) * slope / (share * (1 - share))
    sums = np.zeros((groups, design.shape[1]))
    np.add.at(sums, codes, design * scores[:, None])
    days = at_risk.at_risk.sum()
    factor = groups / (groups - 1) * (days - 1) / (days - design.shape[1])
    half = sums @ fit.normalized_cov_params
    return factor * half.T @ half


def _tables(
    params: np.ndarray,
    covariance: np.ndarray,
    coded: pd.DataFrame,
    periods: pd.DataFrame,
    conf_level: float,
    groups: int | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The coefficients with their intervals, and the baseline."""
    errors = np.sqrt(np.diag(covariance))
    level = (1 + conf_level) / 2
    wide = (stats.t.ppf(level, groups - 1) if groups else stats.norm.ppf(level)) * errors
    terms = slice(0, coded.shape[1])
    ends = {"estimate": params, "std_error": errors, "ci_low": params - wide, "ci_high": params + wide}
    coefficients = pd.DataFrame({"term": list(coded.columns), **{name: part[terms] for name, part in ends.items()}})
    ratios = {"hazard_ratio": "estimate", "hazard_ratio_low": "ci_low", "hazard_ratio_high": "ci_high"}
    coefficients = coefficients.assign(**{name: np.exp(coefficients[part]) for name, part in ratios.items()})
    days = slice(coded.shape[1], None)
    hazard = -np.expm1(-np.exp(params[days]))
    return coefficients, periods.assign(log_hazard=params[days], std_error=errors[days], hazard=hazard)
