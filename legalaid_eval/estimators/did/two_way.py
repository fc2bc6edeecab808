"""Two-way fixed effects: the classical difference in differences, for one start of treatment or two groups."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.did.bacon import bacon_shares
from legalaid_eval.estimators.did.comparisons import check_choice
from legalaid_eval.estimators.did.panel import check_columns, check_filled, codes, numbers, starts
from legalaid_eval.estimators.did.results import check_level, t_ends

ERRORS = ("cluster", "classical")


@dataclass(frozen=True, slots=True)
class TwoWayEffect(Estimate):
    """An `Estimate` of the coefficient of being treated, with what it is mixed from.

    `warning` is "already_treated_as_controls" where the cohorts start in several periods: some of the mixture then
    compares with units already treated, whose own changing effects enter with the wrong sign. Else None. `bacon` is
    the frame of `bacon_shares` if `cohort` was given and the panel is balanced and without weights, else None.
    """

    warning: str | None
    bacon: pd.DataFrame | None


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """Rows of a two-way regression: numbers of their unit, period and cluster, weight, treatment and outcome.

    `staggered`: cohorts start in several of the periods.
    """

    unit: np.ndarray
    time: np.ndarray
    cluster: np.ndarray
    weight: np.ndarray
    treated: np.ndarray
    outcome: np.ndarray
    staggered: bool


def two_way_effect(
    panel: pd.DataFrame,
    *,
    unit: str,
    time: str,
    outcome: str,
    cohort: str | None = None,
    treated: str | None = None,
    weight: str | None = None,
    cluster: str | None = None,
    errors: str = "cluster",
    conf_level: float = 0.95,
) -> TwoWayEffect:
    """The coefficient of being treated beside unit and period effects, by weighted least squares.

    Rows may be cells of a panel or single persons, any number in a unit and period; the arguments name columns. Give
    either `cohort`, the first treated period (missing = never), or `treated`, 0 or 1 or a dose, in each row. For two
    groups of persons at two times, `unit` is the group: the published 2 x 2 designs.

    `errors` "cluster": CRV1 by `cluster` (default: the unit) with t(G - 1); unit effects that lie within clusters do
    not count as parameters, as in fixest and reghdfe. "classical": equal, independent errors with t(n - k).

    With several starts the coefficient mixes in comparisons with units already treated (Goodman-Bacon 2021): see
    `warning` and `bacon`, and use `imputation_att` or `group_time_att` instead.

    Raises UsageError for absent columns, missing or infinite numbers, fewer than two clusters, and treatment that unit
    and period effects explain wholly.
    """
    check_choice("errors", errors, ERRORS)
    check_level(conf_level)
    if (cohort is None) == (treated is None):
        raise UsageError("found both or neither of cohort and treated; expected one; name the column")
    design = _read(panel, unit, time, outcome, cohort, treated, weight, cluster)
    slope, residuals, left = _fit(design)
    variance, df = (_clustered if errors == "cluster" else _classical)(design, residuals, left)
    low, high = t_ends(slope, variance**0.5, df, conf_level)
    return TwoWayEffect(
        estimand="two_way_coefficient",
        outcome=outcome,
        unit="",
        estimate=slope,
        std_error=variance**0.5,
        ci_low=low,
        ci_high=high,
        conf_level=conf_level,
        n=len(panel),
        n_clusters=int(design.cluster.max()) + 1 if errors == "cluster" else None,
        method=f"two_way {errors}",
        warning="already_treated_as_controls" if design.staggered else None,
        bacon=_decomposed(panel, unit, time, cohort, outcome, weight),
    )


def _read(
    frame: pd.DataFrame,
    unit: str,
    time: str,
    outcome: str,
    cohort: str | None,
    treated: str | None,
    weight: str | None,
    cluster: str | None,
) -> Design:
    named = [name for name in (unit, time, outcome, cohort, treated, weight, cluster) if name is not None]
    check_columns(frame, named)
    check_filled(frame, [name for name in (unit, time, cluster) if name is not None])
    column, periods = codes(frame, time)
    row = codes(frame, unit)[0]
    start = None if cohort is None else starts(frame, cohort, periods)
    return Design(
        unit=row,
        time=column,
        cluster=row if cluster is None else codes(frame, cluster)[0],
        weight=np.ones(len(frame)) if weight is None else numbers(frame, weight, "above"),
        treated=numbers(frame, treated) if start is None else (column >= start).astype(float),
        outcome=numbers(frame, outcome),
        staggered=start is not None and len(np.unique(start[start < len(periods)])) > 1,
    )


def _fit(design: Design) -> tuple[float, np.ndarray, np.ndarray]:
    """The slope, its residuals (rows,) and treatment less unit and period effects (rows,): Frisch-Waugh-Lovell."""
    left, outcome = without_effects(design, np.column_stack([design.treated, design.outcome])).T
    scatter = (design.weight * left**2).sum()
    if scatter <= 1e-10 * max((design.weight * design.treated**2).sum(), 1e-300):
        raise UsageError(
            "found treatment that unit and period effects explain wholly; expected some units treated in a period and "
            "others not, and some treated for part of the time; add untreated units or periods before"
        )
    slope = float((design.weight * left * outcome).sum() / scatter)
    return slope, outcome - slope * left, left


def without_effects(design: Design, columns: np.ndarray) -> np.ndarray:
    """(rows, k) columns less their least-squares unit and period effects, solved on the table of weights."""
    table = pair_sums(design.unit, design.time, design.weight)
    of_unit, of_period = table.sum(axis=1), table.sum(axis=0)
    weighted = columns * design.weight[:, None]
    unit_sums, period_sums = group_sums(design.unit, weighted), group_sums(design.time, weighted)
    per_unit = table / of_unit[:, None]
    left = np.diag(of_period) - table.T @ per_unit
    period = np.linalg.lstsq(left, period_sums - per_unit.T @ unit_sums, rcond=None)[0]
    unit = unit_sums / of_unit[:, None] - per_unit @ period
    return columns - unit[design.unit] - period[design.time]


def pair_sums(first: np.ndarray, second: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(a, b): sums of values (rows,) by two numberings."""
    shape = (first.max() + 1, second.max() + 1)
    return np.bincount(first * shape[1] + second, values, minlength=shape[0] * shape[1]).reshape(shape)


def group_sums(group: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(groups, k): sums of values (rows, k) by group."""
    return np.column_stack([np.bincount(group, column) for column in values.T])


def _parameters(design: Design, *, without_units: bool) -> int:
    """Slope, period effects and unit effects, less one for every part of the data that hangs together."""
    if without_units:
        return 1 + int(design.time.max()) + 1
    table = pair_sums(design.unit, design.time, design.weight)
    linked = np.diag(table.sum(axis=0)) - table.T @ (table / table.sum(axis=1)[:, None])
    return 1 + len(table) + int(np.linalg.matrix_rank(linked))


def _classical(design: Design, residuals: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    df = len(residuals) - _parameters(design, without_units=False)
    if df < 1:
        raise UsageError(f"found {len(residuals)} rows, no more than parameters; expected more; take in more rows")
    error = (design.weight * residuals**2).sum() / df
    return float(error / (design.weight * left**2).sum()), df


def _clustered(design: Design, residuals: np.ndarray, left: np.ndarray) -> tuple[float, float]:
    scores = np.bincount(design.cluster, design.weight * left * residuals)
    clusters, rows = len(scores), len(residuals)
    if clusters < 2:
        raise UsageError("found one cluster; expected at least two; name another cluster, or use errors='classical'")
    df = rows - _parameters(design, without_units=_within(design.unit, design.cluster))
    if df < 1:
        raise UsageError(f"found {rows} rows, no more than parameters; expected more; use longer series")
    factor = clusters / (clusters - 1) * (rows - 1) / df
    return float(factor * (scores**2).sum() / (design.weight * left**2).sum() ** 2), clusters - 1


def _within(unit: np.ndarray, cluster: np.ndarray) -> bool:
    """Whether every unit lies in one cluster."""
    last = np.empty(unit.max() + 1, dtype=cluster.dtype)
    last[unit] = cluster
    return bool((last[unit] == cluster).all())


def _decomposed(
    frame: pd.DataFrame, unit: str, time: str, cohort: str | None, outcome: str, weight: str | None
) -> pd.DataFrame | None:
    if cohort is None or weight is not None or frame.duplicated([unit, time]).any():
        return None
    if len(frame) != frame[unit].nunique() * frame[time].nunique():
        return None
    return bacon_shares(frame, unit=unit, time=time, cohort=cohort, outcome=outcome)
