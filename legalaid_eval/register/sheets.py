"""A table in a file, whatever the kind of file: its header, and pieces of text columns with their row numbers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of a sheet: columns named by their place ("0", "1", ...), row numbers as a spreadsheet counts them.

    `broken` are rows that are no rows of the table, by number, with what is wrong; they are not in `texts`.
    """

    texts: pa.Table
    rows: np.ndarray
    broken: dict[int, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table in a file: `name` is empty but in workbooks; `pieces(places)` reads the columns at these places."""

    file: str
    name: str
    header: tuple[str, ...]
    pieces: Callable[[list[int]], Iterator[Piece]]


def nothing(places: list[int], broken: dict[int, str]) -> Piece:
    """No row, only what is broken."""
    texts = pa.table({str(place): pa.array([], pa.string()) for place in places})
    return Piece(texts, np.empty(0, dtype=np.int64), broken)


def cell_text(value: object) -> str:
    """A typed cell as the text a CSV file would have."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        plain = f"{value:.6f}"  # a spreadsheet keeps 0.30000000000000004 where it shows 0.3
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)
