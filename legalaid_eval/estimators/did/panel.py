"""A tidy frame as arrays: units in rows, periods in columns, one number in every cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError

SHOWN = 5
"""How many missing or doubled cells an error names."""
SYMMETRY = 1e-9
"""How far a covariance may be from its transpose by rounding, relative to its largest value."""


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """A balanced panel, its units and periods in sorted order.

    - `units` (units,), `periods` (periods,): labels as given; sorted order of the periods is order in time.
    - `outcomes` (units, periods): Y.
    - `start` (units,), int: place of the first treated period in `periods`; `len(periods)` if never treated in the
      data, which a start after the last period also is.
    - `weights` (units, periods): weight of each cell, above zero; ones if none was given.
    - `variance` (units, periods): sampling variance of each cell, or None.
    - `covariance` (units, periods, periods): in its place where a unit's sampling errors hang together over periods.
    - `cluster` (units,), int: number of the cluster each unit lies in; by itself each unit is one.
    - `outcome`: name of the outcome's column.
    - `dropped`: labels of units left out because they were treated from the first period on.
    - `covariates` (covariates, units, periods): what stands in the model beside unit and period effects, named in
      `covariate_names`.
    """

    units: np.ndarray
    periods: np.ndarray
    outcomes: np.ndarray
    start: np.ndarray
    weights: np.ndarray
    variance: np.ndarray | None
    cluster: np.ndarray
    outcome: str
    dropped: tuple
    covariates: np.ndarray
    covariate_names: tuple[str, ...] = ()
    covariance: np.ndarray | None = None

    @property
    def never(self) -> np.ndarray:
        """(units,), bool: never treated within the data."""
        return self.start >= len(self.periods)

    @property
    def treated(self) -> np.ndarray:
        """(units, periods), bool: D, the unit is treated in that period."""
        return np.arange(len(self.periods)) >= self.start[:, None]

    @property
    def unit_weights(self) -> np.ndarray:
        """(units,): one fixed weight for each unit, the mean over its cells."""
        return self.weights.mean(axis=1)

    def keep(self, kept: np.ndarray) -> "Panel":
        """The panel of the chosen units; the others join `dropped`."""
        return replace(
            self,
            units=self.units[kept],
            outcomes=self.outcomes[kept],
            start=self.start[kept],
            weights=self.weights[kept],
            variance=None if self.variance is None else self.variance[kept],
            cluster=np.unique(self.cluster[kept], return_inverse=True)[1],
            dropped=(*self.dropped, *self.units[~kept].tolist()),
            covariates=self.covariates[:, kept],
            covariance=None if self.covariance is None else self.covariance[kept],
        )


def read_panel(
    frame: pd.DataFrame,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    weight: str | None = None,
    variance: str | None = None,
    cluster: str | None = None,
    covariates: Sequence[str] = (),
    covariance: pd.DataFrame | None = None,
    keep_always_treated: bool = False,
) -> Panel:
    """A `Panel` from a frame with one row per unit and period.

    The arguments name columns. `time` may hold numbers, pandas Periods, dates, or text of one length ("2024-03").
    `cohort` is the first treated period of the row's unit, in the kind of `time`; missing = never treated. A start
    between two periods counts from the later one, a start after the last period is never treated within the data,
    and units whose start is not after the first period have nothing to compare with: they are left out and listed
    in `dropped`, unless `keep_always_treated`. `covariates` are numeric columns. `covariance`, in place of `variance`,
    is a frame of its own: a row for every unit and period (its index), a column for every period; units and periods
    that are not in the panel are passed over.

    Raises UsageError for absent columns, missing or infinite numbers, text in a number, cells that are missing or
    there twice, a unit with two starts or two clusters, a start of 0 that is no period, and a covariance that lacks a
    cell, is not symmetric or has a variance below zero.
    """
    columns = [name for name in (unit, time, outcome, weight, variance, cluster, *covariates) if name is not None]
    check_columns(frame, [*columns, cohort])
    check_filled(frame, [name for name in (unit, time, cluster) if name is not None])
    row, units = codes(frame, unit)
    column, periods = codes(frame, time)
    _check_balanced(row, column, units, periods)
    shape = (len(units), len(periods))
    order = np.empty(shape, dtype=np.intp)
    order[row, column] = np.arange(len(frame))

    def cells(name: str, least: str | None = None) -> np.ndarray:
        return numbers(frame, name, least)[order]

    lies_in = row if cluster is None else codes(frame, cluster)[0]
    panel = Panel(
        units=np.asarray(units),
        periods=np.asarray(periods),
        outcomes=cells(outcome),
        start=_one_each(starts(frame, cohort, periods)[order], cohort, units),
        weights=np.ones(shape) if weight is None else cells(weight, "above"),
        variance=None if variance is None else cells(variance, "from"),
        cluster=_one_each(lies_in[order], str(cluster), units),
        outcome=outcome,
        dropped=(),
        covariates=np.array([cells(name) for name in covariates]).reshape(len(covariates), *shape),
        covariate_names=tuple(covariates),
        covariance=_sampling(covariance, variance, units, periods),
    )
    return panel if keep_always_treated else panel.keep(panel.start > 0)


def _sampling(
    covariance: pd.DataFrame | None, variance: str | None, units: pd.Index, periods: pd.Index
) -> np.ndarray | None:
    """(units, periods, periods) of a frame of covariances, None without one."""
    if covariance is None:
        return None
    if variance is not None:
        raise UsageError("found both a variance and a covariance; expected one; the covariance holds the variances")
    if not isinstance(covariance, pd.DataFrame) or covariance.index.nlevels != 2:
        raise UsageError("found no frame with unit and period as its index; expected one, with a column per period")
    if covariance.index.has_duplicates or covariance.columns.has_duplicates:
        raise UsageError("found a unit and period, or a column, twice in the covariance; expected each once")
    wanted = pd.MultiIndex.from_product([units, periods])
    values = _finite(covariance.reindex(index=wanted, columns=periods))
    found = values.reshape(len(units), len(periods), len(periods))
    apart = np.abs(found - found.transpose(0, 2, 1)).max()
    if apart > SYMMETRY * np.abs(found).max() or np.diagonal(found, axis1=1, axis2=2).min() < 0:
        raise UsageError("found a covariance that is not symmetric, or a variance below zero; expected covariances")
    return found


def _finite(covariance: pd.DataFrame) -> np.ndarray:
    """The values of a frame of covariances; UsageError where one is missing or no number."""
    try:
        values = covariance.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        raise UsageError("found text in the covariance; expected numbers") from None
    if not np.isfinite(values).all():
        unit, period = covariance.index[int((~np.isfinite(values)).any(axis=1).argmax())]
        raise UsageError(
            f"found no covariance for {unit} in {period} with every period; expected one for all cells of the panel"
        )
    return values


def check_columns(frame: pd.DataFrame, columns: list[str]) -> None:
    """Raise UsageError unless there are rows and all the columns."""
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"found a {type(frame).__name__}; expected a pandas DataFrame, a row per unit and period")
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        there = ", ".join(map(str, frame.columns))
        raise UsageError(f"found no column {', '.join(map(str, absent))}; expected one of: {there}; name the right one")
    if frame.empty:
        raise UsageError("found a frame without rows; expected one row per unit and period")


def codes(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, pd.Index]:
    """(rows,) number of each row's label, and the labels in sorted order."""
    numbered, labels = pd.factorize(frame[name], sort=True)
    if pd.api.types.infer_dtype(labels).startswith("mixed"):
        raise UsageError(f"found values of several kinds in '{name}'; expected one kind; make them alike")
    return numbered, labels


def numbers(frame: pd.DataFrame, name: str, least: str | None = None) -> np.ndarray:
    """(rows,) a column as numbers; `least` "above" refuses values not above zero, "from" values below zero."""
    values = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(values)
    if wrong.any():
        raise UsageError(
            f"found {wrong.sum()} values in '{name}' that are missing or no number (first in row {wrong.argmax()}); "
            "expected a number in every row; fill them or drop the unit"
        )
    if least == "above" and values.min() <= 0:
        raise UsageError(f"found {values.min():g} in '{name}'; expected weights above zero; drop units without weight")
    if least == "from" and values.min() < 0:
        raise UsageError(f"found {values.min():g} in '{name}'; expected variances of at least zero")
    return values


def starts(frame: pd.DataFrame, cohort: str, periods: pd.Index) -> np.ndarray:
    """(rows,) place of the first treated period of each row's unit; `len(periods)` where it is missing."""
    _check_text_periods(periods)
    values = frame[cohort]
    there = values.notna().to_numpy()
    place = np.full(len(values), len(periods))
    try:
        place[there] = periods.searchsorted(values[there].astype(_kind(periods, values)))
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"found a '{cohort}' of another kind than the periods ('{values[there].iloc[0]}' beside "
            f"'{periods[0]}'); expected the first treated period, written as the periods are, missing = never treated"
        ) from error
    if pd.api.types.is_numeric_dtype(periods) and (values[there] == 0).any() and 0 not in periods:
        raise UsageError(
            f"found 0 in '{cohort}', which is none of the periods; expected the first treated period; "
            "for never treated leave it missing (replace 0 by NaN), for treated before the data write an earlier period"
        )
    return place


def _kind(periods: pd.Index, values: pd.Series) -> object:
    """The type in which starts are compared with the periods: theirs, but a whole number may be a fraction."""
    given = values.dropna().infer_objects()
    for kind in (pd.api.types.is_numeric_dtype, pd.api.types.is_string_dtype):
        if len(given) and kind(periods) != kind(given):
            raise TypeError("numbers or text beside another kind")
    if isinstance(given.dtype, pd.PeriodDtype) and given.dtype != periods.dtype:
        raise TypeError("Periods of another length")
    return float if pd.api.types.is_numeric_dtype(periods) else periods.dtype


def check_filled(frame: pd.DataFrame, names: list[str]) -> None:
    """Raise UsageError for rows without a value in any of the columns."""
    for name in names:
        missing = frame[name].isna()
        if missing.any():
            raise UsageError(
                f"found {missing.sum()} rows without '{name}' (first in row {missing.to_numpy().argmax()}); "
                "expected a value in every row; fill it or drop the rows"
            )


def _check_text_periods(periods: pd.Index) -> None:
    if isinstance(periods[0], str) and len({len(label) for label in periods}) > 1:
        raise UsageError(
            f"found periods as text of several lengths ('{min(periods, key=len)}', '{max(periods, key=len)}'), whose "
            "sorted order is not the order in time; expected one length, as 2024-03; use pandas Periods or dates"
        )


def _check_balanced(row: np.ndarray, column: np.ndarray, units: pd.Index, periods: pd.Index) -> None:
    count = np.zeros((len(units), len(periods)), dtype=int)
    np.add.at(count, (row, column), 1)
    for found, kind in ((count == 0, "missing"), (count > 1, "doubled")):
        if found.any():
            places = np.argwhere(found)
            named = ", ".join(f"{units[i]} in {periods[t]}" for i, t in places[:SHOWN])
            more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
            raise UsageError(
                f"found {kind} cells: {named}{more}; expected one row for every unit and period; "
                "drop the unit, or use longer periods"
            )


def _one_each(values: np.ndarray, name: str, units: pd.Index) -> np.ndarray:
    """(units,) from (units, periods): the one value each unit has."""
    several = (values != values[:, :1]).any(axis=1)
    if several.any():
        named = ", ".join(map(str, units[several][:SHOWN]))
        raise UsageError(f"found several values of '{name}' within one unit ({named}); expected one for each unit")
    return values[:, 0].copy()
