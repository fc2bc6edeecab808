"""Arrow types of the register's columns, and columns from whatever a caller has."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.schemas import TableSchema

TYPES = {
    "text": pa.string(),
    "codes": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "flag": pa.bool_(),
    "day": pa.date32(),
}


def arrow_schema(schema: TableSchema) -> pa.Schema:
    """The columns of a stored table, in the order of the schema."""
    return pa.schema([(field.name, TYPES[field.kind]) for field in schema.fields])


def conform(data: pa.Table | pa.RecordBatch | Mapping[str, object], schema: TableSchema) -> pa.Table:
    """`data` with exactly the schema's columns and types; a column that is not given is empty.

    A mapping may hold numpy arrays (datetime64[D], bool, int, float, str, object), pandas Series, lists or
    Arrow arrays; NaN, NaT, None and "" are empty cells. Raises LegalAidEvalError for an unknown column,
    columns of unequal length, or values that do not fit the type.
    """
    columns = dict(zip(data.column_names, data.columns, strict=True)) if hasattr(data, "column_names") else dict(data)
    unknown = sorted(set(columns) - set(schema.columns))
    if unknown:
        expected = ", ".join(schema.columns)
        raise LegalAidEvalError(f"table {schema.name}: unknown columns {', '.join(unknown)}; expected {expected}")
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise LegalAidEvalError(f"table {schema.name}: columns of {sorted(lengths)} rows; give all the same length")
    length = lengths.pop()
    arrays = [_column(columns.get(field.name), field, length, schema.name) for field in arrow_schema(schema)]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(schema))


def _column(values: object, field: pa.Field, length: int, table: str) -> pa.ChunkedArray | pa.Array:
    if values is None:
        return pa.nulls(length, field.type)
    try:
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else _arrow(values, field.type)
        array = array if array.type == field.type else array.cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise LegalAidEvalError(f"table {table}, column {field.name}: {error}; expected {field.type}") from None
    if pa.types.is_string(field.type) and pc.any(pc.equal(array, "")).as_py():
        array = pc.if_else(pc.equal(array, ""), pa.scalar(None, pa.string()), array)
    return array


def _arrow(values: object, wanted: pa.DataType) -> pa.Array:
    kind = getattr(getattr(values, "dtype", None), "kind", "O")
    if kind in "fMU":  # floats and times have their own missing values; their type is cast afterwards
        return pa.array(np.asarray(values), from_pandas=True)
    return pa.array(values, type=wanted, from_pandas=True)
