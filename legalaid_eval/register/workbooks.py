"""XLSX workbooks of register tables, read row by row without loading them whole."""

import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa

from legalaid_eval.errors import DataError
from legalaid_eval.register.sheets import Piece, Sheet, cell_text, nothing

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

# What a damaged workbook makes the reader raise; it has no error of its own.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    OSError,
)
HEADER_WITHIN = 50
"""The header stands in one of this many first rows."""


def open_workbook(path: Path, file: str, chunk_rows: int) -> list[Sheet]:
    """One Sheet per worksheet that has a header; raises DataError for a damaged workbook."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        found = [(sheet, *_header(sheet)) for sheet in book.worksheets]
    except (InvalidFileException, *DAMAGED):
        text = "not a readable XLSX workbook; save it as 'Excel workbook (.xlsx)' and try again"
        raise DataError(text, file=path) from None
    return [
        Sheet(file, sheet.title, header, partial(_pieces, sheet, header, before, chunk_rows=chunk_rows))
        for sheet, header, before in found
        if header
    ]


def _header(sheet: "ReadOnlyWorksheet") -> tuple[tuple[str, ...], int]:
    """The first row with content, and how many rows come before it."""
    sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
    for before, row in enumerate(islice(sheet.iter_rows(values_only=True), HEADER_WITHIN)):
        texts = [None if value is None else cell_text(value).strip() for value in row]
        if any(texts):
            while not texts[-1]:
                texts.pop()
            return tuple(text or "" for text in texts), before
    return (), 0


def _pieces(
    sheet: "ReadOnlyWorksheet", header: tuple[str, ...], before: int, places: list[int], *, chunk_rows: int
) -> Iterator[Piece]:
    row = before + 2
    try:
        values = islice(sheet.iter_rows(values_only=True), before + 1, None)
        while rows := list(islice(values, chunk_rows)):
            yield _piece(rows, row, places, len(header))
            row += len(rows)
    except DAMAGED:
        yield nothing(places, {row: "from here on the sheet cannot be read; save the workbook again"})


def _piece(rows: list[tuple[object, ...]], first: int, places: list[int], width: int) -> Piece:
    columns = {
        str(place): pa.array([_text(row[place]) if place < len(row) else None for row in rows], pa.string())
        for place in places
    }
    text = "found content to the right of the last header, in column {at}, expected none there"
    broken = {
        first + at: text.format(at=width + 1)
        for at, row in enumerate(rows)
        if len(row) > width and any(value is not None for value in row[width:])
    }
    kept = np.array([first + at not in broken for at in range(len(rows))], dtype=bool)
    numbers = first + np.arange(len(rows))
    return Piece(pa.table(columns).filter(pa.array(kept)), numbers[kept], broken)


def _text(value: object) -> str | None:
    return None if value is None else cell_text(value)
