"""Cells as arrays: checked once, so that the formulas need not ask again what they are given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Checked cells: row i stands for `count[i]` cases of group `group[i]` that were followed for `duration[i]`.

    All arrays have shape (rows,). `event` is True where the duration ended with the event, False where it was
    censored; `group` numbers the rows of `labels`, which holds the keys of each group in sorted order.
    """

    duration: np.ndarray
    event: np.ndarray
    count: np.ndarray
    group: np.ndarray
    labels: pd.DataFrame


def observe(
    cells: pd.DataFrame, *, duration: str, event: str, count: str | None = None, by: Sequence[str] = ()
) -> Observations:
    """Check cells and turn them into arrays; rows that count nobody are left out.

    Raises UsageError for missing columns, missing or impossible values, and when no case is left.
    """
    required_columns(cells, (duration, event, *((count,) if count else ()), *by))
    times = numbers(cells, duration, least=0)
    happened = _events(cells, event)
    counts = numbers(cells, count, least=0) if count else np.ones(len(cells))
    kept = counts > 0
    if not kept.any():
        raise UsageError("found no case in the cells; expected at least one; check how they were selected")
    group, labels = _groups(cells.loc[kept], by)
    return Observations(times[kept], happened[kept], counts[kept], group, labels)


def required_columns(cells: pd.DataFrame, names: Sequence[str]) -> None:
    if not isinstance(cells, pd.DataFrame):
        raise UsageError(f"found {type(cells).__name__}; expected a DataFrame of cells; pass one row per cell")
    absent = [name for name in names if name not in cells.columns]
    if absent:
        found = ", ".join(map(str, cells.columns)) or "none"
        raise UsageError(
            f"found the columns {found}; expected also {', '.join(map(str, absent))}; name those there are"
        )


def numbers(cells: pd.DataFrame, column: str, *, least: float = -np.inf) -> np.ndarray:
    """A column as finite float64 of shape (rows,), or a UsageError that says how many values are not."""
    if cells[column].dtype.kind in "mM":
        raise UsageError(f"found dates or time spans in '{column}'; expected numbers; count the days first")
    values = pd.to_numeric(cells[column], errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    wrong = ~np.isfinite(values) | (values < least)
    if wrong.any():
        wanted = "finite numbers" if least == -np.inf else f"finite numbers of at least {least:g}"
        first = cells[column].iloc[int(wrong.argmax())]
        raise UsageError(
            f"found {int(wrong.sum())} values like {first} in '{column}'; expected {wanted}; mend or drop the rows"
        )
    return values


def probability(value: float, name: str) -> float:
    if not (isinstance(value, int | float | np.number) and 0 < value < 1):
        raise UsageError(f"found {name}={value!r}; expected a number between 0 and 1; 0.95, for example")
    return float(value)


def non_negative(value: float, name: str) -> float:
    if not (isinstance(value, int | float | np.number) and 0 <= value < np.inf):
        raise UsageError(f"found {name}={value!r}; expected a duration of at least 0; pass it in the unit of the cells")
    return float(value)


def tidy_counts(values: np.ndarray) -> np.ndarray:
    """Counts as integers where all are whole, as they are where cells are weighted."""
    whole = np.rint(values)
    return whole.astype("int64") if (values == whole).all() else values


def columns_of(by: str | Sequence[str] | None) -> tuple[str, ...]:
    """Key columns given as one name, several or none."""
    if by is None:
        return ()
    return (by,) if isinstance(by, str) else tuple(by)


def _events(cells: pd.DataFrame, column: str) -> np.ndarray:
    values = cells[column]
    wrong = ~values.isin([True, False]) | values.isna()
    if wrong.any():
        first = values.loc[wrong].iloc[0]
        raise UsageError(
            f"found {int(wrong.sum())} values like {first} in '{column}'; "
            "expected True (happened) or False (censored); code the column so"
        )
    return values.to_numpy(dtype="bool")


def _groups(cells: pd.DataFrame, by: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """The number of each row's group, and the keys of the groups in sorted order."""
    if not by:
        return np.zeros(len(cells), dtype="int64"), pd.DataFrame(index=pd.RangeIndex(1))
    keys = cells[list(by)]
    if keys.isna().to_numpy().any():
        raise UsageError(f"found missing values in {', '.join(by)}; expected a group for every row; give them one")
    try:
        number = keys.groupby(list(by), sort=True, observed=True).ngroup().to_numpy()
    except TypeError as error:
        raise UsageError(f"found values in {', '.join(by)} that have no order; use one type per column") from error
    first = np.unique(number, return_index=True)[1]
    return number, keys.iloc[first].reset_index(drop=True)
