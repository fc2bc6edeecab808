"""Columns of a frame as numbers, refused with their first fault when they cannot be used."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api import types

from legalaid_eval.errors import UsageError


def require_columns(frame: object, names: Sequence[str | None]) -> None:
    """Refuse anything but a frame with rows and with every named column once (None: a column not asked for)."""
    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"found a {type(frame).__name__}; expected a DataFrame; pass one row for each place or cell")
    held = list(frame.columns)
    for name in (name for name in names if name is not None):
        if held.count(name) != 1:
            raise UsageError(
                f"found {held.count(name)} columns called {name!r} among {', '.join(map(str, held)) or 'none'}; "
                "expected one; name a column that exists"
            )
    if frame.empty:
        raise UsageError("found a frame without rows; expected one row for each place or cell; check the selection")


def numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) a column as finite floats; text, truth values and missing values are refused."""
    column = frame[name]
    if not types.is_numeric_dtype(column) or types.is_bool_dtype(column) or types.is_complex_dtype(column):
        raise UsageError(f"found {column.dtype} values in '{name}'; expected numbers; convert the column first")
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    refuse(frame, name, ~np.isfinite(values), "a number in every row; a missing value is not zero, leave such rows out")
    return values


def non_negative(frame: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) numbers of at least 0."""
    values = numbers(frame, name)
    refuse(frame, name, values < 0, "numbers of at least 0; correct these rows")
    return values


def counts(frame: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) whole numbers of at least 0, as floats."""
    values = non_negative(frame, name)
    refuse(frame, name, values != np.round(values), "whole numbers; correct these rows")
    return values


def exposures(frame: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) numbers above 0."""
    values = numbers(frame, name)
    refuse(frame, name, values <= 0, "an exposure above 0 in natural units (persons, not their logarithm)")
    return values


def refuse(frame: pd.DataFrame, name: str, bad: np.ndarray, expected: str) -> None:
    """Raise UsageError with the first row where `bad` is true."""
    if bad.any():
        at = int(np.argmax(bad))
        raise UsageError(
            f"found {frame[name].iloc[at]} in '{name}' at row {frame.index[at]} ({int(bad.sum())} such rows); "
            f"expected {expected}"
        )


def require_level(conf_level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not isinstance(conf_level, int | float) or not 0 < conf_level < 1:
        raise UsageError(f"found conf_level {conf_level!r}; expected a share between 0 and 1; use 0.95, say")
    return float(conf_level)
