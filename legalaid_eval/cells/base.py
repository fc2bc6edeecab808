"""What all cells have in common: keys, sums, and one GROUP BY run in the engine.

A table of cells has its keys first and then its numbers. Keys are text (months 2023-05, flags true and false) and say
MISSING where the register has no value, so that no grouping or pivot of pandas drops a row in silence; only the keys
of NUMERIC are numbers. `n` counts rows of the register (int64). A sum is Int64 and missing where no row of the cell
has a value; `n_` and its name counts the rows that have one. Money is in whole fen, so that sums do not hang on the
order in which a parallel engine adds. Rows are sorted by their keys; every engine gives the same table.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.calendar import FIRST_DAY, FIRST_YEAR, WorkCalendar
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

MISSING = "missing"
"""The key of rows whose value the register lacks."""
NUMERIC = ("duration", "weight")
"""Keys that stay numbers: days, and the design weight itself as the weight class (NaN without one)."""
GROUPS = "recipient_groups"
CASE_KEYS = (
    "town",
    "case_type",
    "service_form",
    "proceeding_stage",
    "matter",
    "source",
    GROUPS,
    "channel",
    "means_test",
    "exemption_rule",
    "commitment",
    "priority",
    "routine",
    "aid_first",
    "visits",
    "decision",
    "status",
    "grade",
)
"""Columns of `cases` by which partition cells may be split; `recipient_groups` is then the combination, not a group."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up in a cell beside the count of rows.

    `amounts` are summed and their known values counted, of `filled` the known values are counted, of `distinct` the
    different ones, of `spans` the lowest and highest are kept (`first_`, `last_`; whole numbers, or days as numbers
    if the name ends in _on).
    """

    amounts: Mapping[str, Any] = field(default_factory=dict)
    filled: Mapping[str, Any] = field(default_factory=dict)
    distinct: Mapping[str, Any] = field(default_factory=dict)
    spans: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Sums()


def day_number(day: "ir.DateValue | date") -> "ir.IntegerValue | int":
    """Days since the calendar's first day, of a column or of one day."""
    if isinstance(day, date):
        return (day - date(FIRST_YEAR, 1, 1)).days
    return day.delta(ibis.date(FIRST_YEAR, 1, 1), unit="day").cast("int32")


def month_key(day: "ir.DateValue") -> "ir.IntegerValue":
    """The month of a day as a number that `grouped` turns into text; its key must end in `month`."""
    return (day.year().cast("int32") * 12 + day.month().cast("int32") - 1).cast("int32")


def fen(amount: "ir.FloatingValue") -> "ir.IntegerValue":
    """CNY as whole fen."""
    return (amount * 100).round().cast("int64")


def picked(table: "ir.Table", by: Sequence[str], allowed: Sequence[str]) -> "dict[str, ir.Value]":
    """The columns `by` as keys; UsageError for one that cells of this table cannot be split by."""
    unknown = [name for name in by if name not in allowed]
    if unknown:
        raise UsageError(f"found the key {', '.join(unknown)}; expected any of {', '.join(allowed)}")
    return {name: table[name] for name in by}


def work_days(calendar: WorkCalendar | None = None) -> "ir.Table":
    """The calendar for an engine: `day_no, passed`; working days in (a, b] are `passed` of b less that of a."""
    frame = (calendar or WorkCalendar.of()).frame()
    numbers = (frame["day"].to_numpy().astype("datetime64[D]") - FIRST_DAY).astype("int32")
    return ibis.memtable(pd.DataFrame({"day_no": numbers, "passed": frame["workdays_passed"].astype("int32")}))


def grouped(
    table: "ir.Table", keys: "Mapping[str, ir.Value]", sums: Sums = NOTHING, *, overlapping: bool = False
) -> pd.DataFrame:
    """One GROUP BY of `table` by `keys`, run in the engine, as cells.

    With `overlapping` each row is counted once in every group its `recipient_groups` names, under the key
    `recipient_group`; such cells must not be added up.
    """
    numbers = {
        f"{kind}_{name}": value
        for kind in ("amounts", "filled", "distinct", "spans")
        for name, value in getattr(sums, kind).items()
    }
    chosen = table.select(**keys, **numbers, **({GROUPS: table[GROUPS]} if overlapping else {}))
    names = list(keys)
    if overlapping:
        chosen = chosen.mutate(recipient_group=_each_group(chosen[GROUPS])).drop(GROUPS)
        chosen = chosen.mutate(recipient_group=chosen.recipient_group.nullif(MISSING))
        names.append("recipient_group")
    found = chosen.group_by(names).aggregate(**_aggregates(chosen, sums))
    with warnings.catch_warnings(), _selects_as_they_are():
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        return _tidy(found.to_pyarrow(), names)


@contextmanager
def _selects_as_they_are() -> Iterator[None]:
    """Engines merge nested selects themselves; Ibis would take a sixth of a query's time for it."""
    before, ibis.options.sql.fuse_selects = ibis.options.sql.fuse_selects, False
    try:
        yield
    finally:
        ibis.options.sql.fuse_selects = before


def _each_group(groups: "ir.StringValue") -> "ir.StringValue":
    """A row for each group, one where there is none: Postgres splits the empty text into no row at all."""
    named = groups.nullif("").fill_null(MISSING)
    return named.replace("|", ",").split(",").unnest()  # Spark splits by a pattern, and | is one


def _aggregates(chosen: "ir.Table", sums: Sums) -> "dict[str, ir.Value]":
    found = {"n": chosen.count()}
    for name in sums.amounts:
        found |= {f"n_{name}": chosen[f"amounts_{name}"].count(), name: chosen[f"amounts_{name}"].sum()}
    for name in sums.filled:
        found[f"n_{name}"] = chosen[f"filled_{name}"].count()
    for name in sums.distinct:
        found[f"n_{name}"] = chosen[f"distinct_{name}"].nunique()
    for name in sums.spans:
        found |= {f"first_{name}": chosen[f"spans_{name}"].min(), f"last_{name}": chosen[f"spans_{name}"].max()}
    return found


def _tidy(found: pa.Table, keys: Sequence[str]) -> pd.DataFrame:
    ranked = {name: _ranked(found[name]) for name in keys}
    order = np.lexsort([codes for codes, _ in reversed(ranked.values())]) if keys else np.arange(found.num_rows)
    columns: dict[str, Any] = {name: _key(name, values, codes[order]) for name, (codes, values) in ranked.items()}
    for name in found.column_names:
        if name not in ranked:
            columns[name] = _number(name, found[name].combine_chunks(), order)
    return pd.DataFrame(columns)


def _ranked(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Codes in the order of the values, missing ones last, and the sorted values."""
    coded = pc.dictionary_encode(column.combine_chunks())
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    values = coded.dictionary
    by_value = np.asarray(pc.array_sort_indices(values)).astype(np.int64)
    rank = np.empty(len(values), dtype=np.int32)
    rank[by_value] = np.arange(len(values), dtype=np.int32)
    places = np.asarray(pc.fill_null(coded.indices, 0)).astype(np.int64)
    ranks = rank[places] if len(values) else np.zeros(len(places), dtype=np.int32)
    codes = np.where(np.asarray(pc.is_null(coded.indices)), np.int32(len(values)), ranks)
    return codes, values.take(pa.array(by_value))


def _key(name: str, values: pa.Array, codes: np.ndarray) -> Any:
    if name in NUMERIC:
        kind = "int64" if pa.types.is_integer(values.type) else "float64"
        levels = np.append(np.asarray(values, dtype=kind), np.zeros(1, kind) if kind == "int64" else np.nan)
        return levels[codes]
    texts = [_month_text(value) if name.endswith("month") else _text(value) for value in values.to_pylist()]
    levels = pa.array([*texts, MISSING], pa.string())
    return pd.Series(levels.take(pa.array(codes)).to_pandas(), dtype="str")


def _month_text(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(name: str, column: pa.Array, order: np.ndarray) -> Any:
    values = np.asarray(pc.fill_null(column.cast(pa.int64()), 0))[order]
    if name == "n" or name.startswith("n_"):
        return values
    empty = np.asarray(pc.is_null(column))[order]
    if name.startswith(("first_", "last_")) and name.endswith("_on"):
        days = FIRST_DAY + values.astype("timedelta64[D]")
        return np.where(empty, np.datetime64("NaT"), days).astype("datetime64[s]")
    return pd.arrays.IntegerArray(values, empty)


def rows_of(store: Store, name: str, order: Sequence[str]) -> pd.DataFrame:
    """A small table that is about no person (places, reforms, targets), whole and sorted by `order`."""
    if name not in ("places", "reforms", "targets"):
        raise UsageError(f"found the table {name}; only places, reforms and targets are read row by row")
    found = store.table(name).to_pyarrow().to_pandas()
    return found.sort_values(list(order), kind="stable", ignore_index=True)
