"""CSV files of register tables, read in blocks."""

import csv
import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from legalaid_eval.errors import DataError
from legalaid_eval.register.sheets import Piece, Sheet, nothing
from legalaid_eval.register.text_stream import SoundText

BLOCK_BYTES = 16 << 20
HEADER_BYTES = 1 << 20
_TEXT = pa.dictionary(pa.int32(), pa.binary())


def open_csv(path: Path, file: str, chunk_rows: int) -> list[Sheet]:
    with path.open("rb") as opened:
        start = opened.read(HEADER_BYTES)
    if b"\0" in start[:1000]:
        raise DataError("found bytes that are no text; save the file as 'CSV UTF-8' and try again", file=path)
    reader = csv.reader(io.StringIO(start.decode("utf-8-sig", errors="replace"), newline=""))
    before = 0
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                header = tuple(cell.strip() for cell in record)
                return [Sheet(file, "", header, partial(_pieces, path, len(header), before, chunk_rows=chunk_rows))]
            before = reader.line_num
    except csv.Error:
        raise DataError("the header line cannot be read; check its quotation marks", file=path, line=1) from None
    raise DataError("the file is empty; expected a header line and rows", file=path)


def _pieces(path: Path, width: int, before: int, places: list[int], *, chunk_rows: int) -> Iterator[Piece]:
    """Block by block; row numbers count every record from the top of the file, blank and broken ones too."""
    broken: dict[int, str] = {}
    reached = before
    try:
        for batch in _reader(path, width, before, places, broken):
            numbers = _numbered(reached, batch.num_rows, broken)
            reached = int(numbers[-1]) if len(numbers) else reached
            texts = pa.Table.from_batches([batch]).rename_columns([str(place) for place in places])
            kept = numbers > before + 1  # the first record is the header
            yield from _chunks(texts.slice(int((~kept).sum())), numbers[kept], _taken(broken, reached), chunk_rows)
    except pa.ArrowInvalid:
        broken[reached + 1] = "from here on the file cannot be read as rows; is a quotation mark left open?"
    if any(broken.values()):
        yield nothing(places, _taken(broken, max(broken)))


def _chunks(texts: pa.Table, rows: np.ndarray, broken: dict[int, str], chunk_rows: int) -> Iterator[Piece]:
    for start in range(0, max(len(rows), 1), chunk_rows):
        yield Piece(texts.slice(start, chunk_rows), rows[start : start + chunk_rows], {} if start else broken)


def _taken(broken: dict[int, str], reached: int) -> dict[int, str]:
    """Broken rows up to a number, taken out of those that wait; a blank line is broken without being wrong."""
    found = {at: broken.pop(at) for at in sorted(broken) if at <= reached}
    return {at: why for at, why in found.items() if why}


def _reader(path: Path, width: int, before: int, places: list[int], broken: dict[int, str]) -> pacsv.CSVStreamingReader:
    def skip(row: pacsv.InvalidRow) -> str:
        text = row.text.strip("\r\n, \t")
        broken[row.number] = _broken(row) if text else ""
        return "skip"

    names = [f"f{place}" for place in range(width)]
    # Serial, because only then are broken rows numbered.
    reading = pacsv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, skip_rows=before, column_names=names)
    parsing = pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skip)
    converting = pacsv.ConvertOptions(
        check_utf8=False,
        column_types=dict.fromkeys(names, _TEXT),
        null_values=[""],
        strings_can_be_null=True,
        include_columns=[f"f{place}" for place in places],
    )
    return pacsv.open_csv(SoundText(path.open("rb")), reading, parsing, converting)


def _broken(row: pacsv.InvalidRow) -> str:
    """What is wrong with a row; its text stays out, as it may be about a person."""
    cells = f"found {row.actual_columns} cells, expected {row.expected_columns}"
    lines = row.text.count("\n") + 1
    over = f" in {lines} lines" if lines > 1 else ""
    return cells + over + ("; is a quotation mark left open?" if row.text.count('"') % 2 or lines > 1 else "")


def _numbered(reached: int, length: int, broken: dict[int, str]) -> np.ndarray:
    """The record numbers of the next sound rows: consecutive, broken ones passed over."""
    candidates = np.arange(reached + 1, reached + 1 + length + len(broken))
    if broken:
        candidates = candidates[~np.isin(candidates, np.fromiter(broken, dtype=np.int64))]
    return candidates[:length]
