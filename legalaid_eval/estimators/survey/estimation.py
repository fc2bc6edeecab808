"""Means, totals and proportions of a sample with weights, strata, clusters and a finite population."""

from dataclasses import replace

import numpy as np
import pandas as pd
from pandas.api import types
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.columns import numbers, refuse, require_columns, require_level
from legalaid_eval.estimators.survey.design import (
    Design,
    degrees_of_freedom,
    read_design,
    require_pairs,
    variance,
)
from legalaid_eval.estimators.survey.korn_graubard import beta_interval, cautious_size, effective_size
from legalaid_eval.estimators.survey.simple import METHODS as SIMPLE_METHODS
from legalaid_eval.estimators.survey.simple import proportion_interval

PROPORTION_METHODS = ("auto", "korn_graubard", *SIMPLE_METHODS)


def mean(
    frame: pd.DataFrame,
    *,
    outcome: str,
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    fpc: str | float | None = None,
    count: str | None = None,
    conf_level: float = 0.95,
    lonely: str = "error",
) -> Estimate:
    """The weighted mean of `outcome`, in its unit, with its error by one-stage Taylor linearisation (Särndal, Swensson
    and Wretman 1992; Lumley 2010) and an interval from t with clusters less strata degrees of freedom.

    `frame` has a row for each respondent, or, with `count`, for each group of respondents who agree in everything
    named here. `weight`, `stratum` and `psu` (first-stage cluster) name columns; clusters are numbered within strata.
    `fpc` is the number of units (clusters where `psu` is given) in the stratum's population: a column, or one number
    for all strata. Without `weight` it gives the weights too: population / sampled. Later stages of sampling need no
    columns: their variance is within that between clusters (with `fpc` it is a little understated).

    `lonely` says what a stratum with a single cluster means: "error", "certainty" (no variance) or "adjust" (its
    distance from the mean of all clusters), as in R `survey`. With no degrees of freedom left, error and interval are
    missing.

    Raises UsageError for missing columns or values, text, negative weights, a population below its sample, strata with
    a single cluster. A missing answer is not a zero: estimate over those who answered with `by_domain`.

    Example: `mean(answers, outcome="minutes", weight="weight", stratum="stratum", psu="town")`.
    """
    level = require_level(conf_level)
    design = _design(frame, outcome, weight, stratum, psu, fpc, count, lonely)
    require_pairs(design)
    return mean_of(design, measured(frame, outcome), outcome, level)


def total(
    frame: pd.DataFrame,
    *,
    outcome: str,
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    fpc: str | float | None = None,
    count: str | None = None,
    conf_level: float = 0.95,
    lonely: str = "error",
) -> Estimate:
    """The total of `outcome` in the population; arguments, error and interval as in `mean`.

    Raises UsageError also where neither `weight` nor `fpc` says how many people stand behind a respondent.

    Example: `total(answers, outcome="children", weight="weight", psu="town").estimate`.
    """
    level = require_level(conf_level)
    design = _design(frame, outcome, weight, stratum, psu, fpc, count, lonely)
    require_pairs(design)
    require_scale(design)
    return total_of(design, measured(frame, outcome), outcome, level)


def proportion(
    frame: pd.DataFrame,
    *,
    outcome: str,
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    fpc: str | float | None = None,
    count: str | None = None,
    conf_level: float = 0.95,
    method: str = "auto",
    lonely: str = "error",
) -> Estimate:
    """The weighted percentage of those whose `outcome` is true (or 1); other arguments and errors as in `mean`.

    The interval is never of zero width and always within 0 to 100. `method` "auto" takes Korn-Graubard (1998) for every
    sample with unequal weights, strata, clusters or a finite population: Clopper-Pearson's with the effective size that
    the linearised variance implies, corrected for few clusters and never above the number asked. Where fewer than
    `FEW` clusters hold the rarer answer they cannot tell how much clustering costs; then the size is at most that under
    a correlation within clusters of `ASSUMED` (method "korn_graubard_sparse" in the result). For a simple random
    sample it takes Clopper-Pearson's where at most 3 said no (or yes), else Wilson's; "wilson" and "clopper_pearson"
    can be asked for there only, "korn_graubard" everywhere. At 0 and 100 percent the standard error is 0 and the
    interval is that of the number asked.

    Example: `proportion(answers, outcome="heard_of", weight="weight", stratum="stratum", psu="town").ci_low`.
    """
    level = require_level(conf_level)
    if method not in PROPORTION_METHODS:
        raise UsageError(f"found method={method!r}; expected one of {', '.join(PROPORTION_METHODS)}; 'auto' chooses")
    design = _design(frame, outcome, weight, stratum, psu, fpc, count, lonely)
    said = yes_or_no(frame, outcome)
    if design.simple and method != "korn_graubard":
        return simple_proportion(design, said, outcome, level, method)
    require_pairs(design)
    if method in SIMPLE_METHODS:
        raise UsageError(
            f"found method={method!r} for a sample with weights, strata, clusters or a finite population; expected a "
            "simple random sample; use 'auto' or 'korn_graubard'"
        )
    return proportion_of(design, said, outcome, level, method=method)


def mean_of(design: Design, values: np.ndarray, outcome: str, level: float, part: np.ndarray | None = None) -> Estimate:
    """The mean over the domain `part` (None: all), with values set to nothing outside it."""
    found, error = linearised(design, values, part)
    return _with_t(design, part, ("mean", outcome, "", found, error), level)


def total_of(
    design: Design, values: np.ndarray, outcome: str, level: float, part: np.ndarray | None = None
) -> Estimate:
    """The total over the domain `part` (None: all)."""
    inside = values if part is None else np.where(part, values, 0.0)
    found = float((design.weight * design.count) @ inside)
    error = float(np.sqrt(variance(design, inside[:, None])[0]))
    return _with_t(design, part, ("total", outcome, "", found, error), level)


def proportion_of(
    design: Design,
    said: np.ndarray,
    outcome: str,
    level: float,
    part: np.ndarray | None = None,
    method: str = "auto",
) -> Estimate:
    """The percentage over the domain `part` (None: all) with its Korn-Graubard interval."""
    share, error = linearised(design, said, part)
    n, clusters = members(design, part)
    df = degrees_of_freedom(design, part)
    low = high = np.nan
    used = "korn_graubard"
    if df >= 1:
        size = effective_size(share, error**2, n, df, level)
        most = cautious_size(n, clusters, clusters_with(design, said == (share < 0.5), part))
        if method == "auto" and most < size:
            size, used = most, "korn_graubard_sparse"
        low, high = beta_interval(share, size, level)
    shown = [100 * value for value in (share, error if df >= 1 else np.nan, low, high)]
    return Estimate("proportion", outcome, "percent", *shown, level, n, clusters, used)


def simple_proportion(design: Design, said: np.ndarray, outcome: str, level: float, method: str) -> Estimate:
    """The percentage in a simple random sample."""
    found = proportion_interval(round(float(design.count @ said)), design.n, conf_level=level, method=method)
    return replace(found, outcome=outcome)


def linearised(design: Design, values: np.ndarray, part: np.ndarray | None) -> tuple[float, float]:
    """A domain's weighted mean and its standard error: the total of w (value - mean) / sum of w, zero outside it."""
    people = design.weight * design.count if part is None else design.weight * design.count * part
    size = people.sum()
    found = float((people * values).sum() / size)  # not a dot product: exactly 1 where all said yes
    residual = (values - found) / size if part is None else np.where(part, values - found, 0.0) / size
    return found, float(np.sqrt(variance(design, residual[:, None])[0]))


def clusters_with(design: Design, answer: np.ndarray, part: np.ndarray | None) -> int | None:
    """How many clusters hold a respondent (of the domain `part`) with this answer; None without clusters."""
    return members(design, answer if part is None else answer & part)[1]


def members(design: Design, part: np.ndarray | None) -> tuple[int, int | None]:
    """Respondents of a domain who count (weight above 0), and the clusters that hold them (None without clusters)."""
    there = design.weight > 0
    if part is not None:
        there &= part
    clusters = None if design.cluster is None else len(np.unique(design.cluster[there]))
    return int(design.count[there].sum()), clusters


def require_scale(design: Design) -> None:
    """Refuse a total where nothing says how large the population is."""
    if not design.scaled:
        raise UsageError(
            "found neither weights nor the size of the population; expected one of them for a total; name `weight` "
            "(people a respondent stands for) or give `fpc`"
        )


def measured(frame: pd.DataFrame, outcome: str) -> np.ndarray:
    """(rows,) finite numbers; true and false count as 1 and 0."""
    return yes_or_no(frame, outcome) if _is_bool(frame[outcome]) else numbers(frame, outcome)


def yes_or_no(frame: pd.DataFrame, outcome: str) -> np.ndarray:
    """(rows,) 1 for true, 0 for false; anything else is refused."""
    column = frame[outcome]
    if _is_bool(column):
        refuse(frame, outcome, column.isna().to_numpy(), "true or false in every row; a missing answer is not a no")
        return column.to_numpy().astype("float64")
    said = numbers(frame, outcome)
    refuse(frame, outcome, (said != 0) & (said != 1), "true or false, or 1 or 0; make the answer one of the two")
    return said


def _is_bool(column: pd.Series) -> bool:
    """Whether a column holds true and false, and perhaps missing values."""
    return types.is_bool_dtype(column) or types.infer_dtype(column, skipna=True) == "boolean"


def _design(frame, outcome, weight, stratum, psu, fpc, count, lonely) -> Design:
    require_columns(frame, [outcome])
    return read_design(frame, weight=weight, stratum=stratum, psu=psu, fpc=fpc, count=count, lonely=lonely)


def _with_t(design: Design, part: np.ndarray | None, head: tuple, level: float) -> Estimate:
    """An estimate with its interval from t; without degrees of freedom the error and the interval are missing."""
    estimand, outcome, unit, found, error = head
    df = degrees_of_freedom(design, part)
    half = float(special.stdtrit(df, (1 + level) / 2)) * error if df >= 1 else np.nan
    error = error if df >= 1 else np.nan
    n, clusters = members(design, part)
    return Estimate(estimand, outcome, unit, found, error, found - half, found + half, level, n, clusters, "taylor")
