"""Parquet files of register tables, read in batches."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from legalaid_eval.errors import DataError
from legalaid_eval.register.sheets import Piece, Sheet, cell_text, nothing


def open_parquet(path: Path, file: str, chunk_rows: int) -> list[Sheet]:
    try:
        names = tuple(pq.read_schema(path).names)
    except (pa.ArrowException, ValueError, OverflowError):
        raise DataError("not a readable Parquet file; write it again", file=path) from None
    return [Sheet(file, "", names, partial(_pieces, path, names, chunk_rows=chunk_rows))]


def _pieces(path: Path, header: tuple[str, ...], places: list[int], *, chunk_rows: int) -> Iterator[Piece]:
    """Row 2 is the first, as if the table had a header line."""
    row = 2
    try:
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(batch_size=chunk_rows, columns=[header[place] for place in places]):
                columns = {str(p): as_text(batch.column(header[p])) for p in places}
                yield Piece(pa.table(columns), np.arange(row, row + batch.num_rows), {})
                row += batch.num_rows
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        yield nothing(places, {row: "from here on the file cannot be read; write it again"})


def as_text(column: pa.Array) -> pa.Array:
    """A typed column as the text a CSV file would have."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
        whole = pc.and_(pc.equal(column, pc.floor(column)), pc.less(pc.abs(column), 1e15))
        if pc.all(pc.fill_null(whole, True)).as_py():
            return column.cast(pa.int64()).cast(pa.string())
        return pa.array([None if v is None else cell_text(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "true", "false")
    if pa.types.is_nested(kind):
        return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
    if pa.types.is_large_binary(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.binary())
    return column.cast(pa.string())
