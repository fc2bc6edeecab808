"""What: the columns of a series as numbers, refused with their first fault when they cannot be used."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from legalaid_eval.errors import UsageError


def require_columns(series: object, names: Sequence[str | None]) -> None:
    """Refuse anything but a frame with rows and with every named column (None: a column not asked for)."""
    if not isinstance(series, pd.DataFrame):
        raise UsageError(f"found a {type(series).__name__}; expected a DataFrame with one row for each period")
    absent = [name for name in names if name is not None and name not in series.columns]
    if absent:
        raise UsageError(
            f"no column {', '.join(map(repr, absent))}; the columns are {', '.join(map(str, series.columns))}; "
            "name columns that exist"
        )
    held = list(series.columns)
    twice = [name for name in names if name is not None and held.count(name) > 1]
    if twice:
        raise UsageError(f"more than one column is called {twice[0]!r}; expected one; rename or drop the others")
    if series.empty:
        raise UsageError("the series has no rows; expected one row for each period")


def numbers(rows: pd.DataFrame, name: str, time: str) -> np.ndarray:
    """A column as finite floats, shape (T,)."""
    column = rows[name]
    if not types.is_numeric_dtype(column) or types.is_bool_dtype(column) or types.is_complex_dtype(column):
        raise UsageError(f"column '{name}' holds {column.dtype} values; expected numbers; convert it first")
    values = column.to_numpy(dtype=float, na_value=np.nan)
    _refuse(~np.isfinite(values), rows, name, time, "a number for every period; a missing value is not zero")
    return values


def counts(rows: pd.DataFrame, name: str, time: str) -> np.ndarray:
    values = numbers(rows, name, time)
    _refuse((values < 0) | (values != np.round(values)), rows, name, time, "whole numbers of at least 0")
    return values


def log_offset(rows: pd.DataFrame, name: str | None, time: str) -> np.ndarray:
    """The logarithm of an exposure in natural units, zeros without one; shape (T,)."""
    if name is None:
        return np.zeros(len(rows))
    values = numbers(rows, name, time)
    _refuse(values <= 0, rows, name, time, "an exposure above 0 in natural units (persons, not their logarithm)")
    return np.log(values)


def variances(rows: pd.DataFrame, name: str, time: str) -> np.ndarray:
    """Squares of a column of standard errors, shape (T,)."""
    values = numbers(rows, name, time)
    _refuse(values < 0, rows, name, time, "standard errors of at least 0")
    return values**2


def _refuse(bad: np.ndarray, rows: pd.DataFrame, name: str, time: str, expected: str) -> None:
    if bad.any():
        at = int(np.argmax(bad))
        raise UsageError(
            f"column '{name}' has {rows[name].iloc[at]} at {rows[time].iloc[at]} ({int(bad.sum())} such rows); "
            f"expected {expected}; correct these rows"
        )
