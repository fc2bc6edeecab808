"""Reading a CSV table by its schema: every fault of a file at once, each with its line."""

import csv
import difflib
import io
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from legalaid_eval.errors import DataError, Fault, shown_path
from legalaid_eval.schemas import Field, TableSchema

PLAIN_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
"""No exponent, no thousands separator, and few enough digits for a spreadsheet to keep them."""
CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_table(
    path: str | Path, schema: TableSchema, check: Callable[[Any], Iterable[str]] | None = None
) -> pd.DataFrame:
    """The table in `path`, one row per line of the file, the line number as index.

    Text stays text (empty cells are None), numbers become Decimal (so that printed decimals survive),
    days become `datetime.date`. `check` tells what is wrong with a row whose cells are all sound.
    Raises DataError that lists every fault.
    """
    shown = shown_path(path)
    header, lines, records = _records(_text(Path(path)), shown)
    _check_header(header, schema, shown)
    faults = _length_faults(header, lines, records, shown)
    whole = {line: record for line, record in zip(lines, records, strict=True) if len(record) == len(header)}
    if not records and schema.rows_needed:
        raise DataError(f"found a header but no row; expected at least one row of {schema.meaning}", file=path)
    raw = pd.DataFrame(list(whole.values()), columns=header, index=pd.Index(list(whole), name="line"), dtype=object)
    frame, wrong_cells = _typed(raw[list(schema.columns)], schema, shown)
    faults += wrong_cells + _value_faults(frame, schema, shown) + _duplicate_faults(raw, schema, shown)
    faults += _row_faults(frame.drop(index=[f.line for f in faults if f.line in frame.index]), check, shown)
    if faults:
        raise DataError.of(sorted(faults, key=lambda fault: (fault.line or 0, fault.message)))
    return frame


def _length_faults(header: list[str], lines: list[int], records: list[list[str]], shown: str | None) -> list[Fault]:
    return [
        Fault(f"found {len(record)} cells, expected {len(header)}; is a comma inside a text not quoted?", shown, line)
        for line, record in zip(lines, records, strict=True)
        if len(record) != len(header)
    ]


def _row_faults(frame: pd.DataFrame, check: Callable[[Any], Iterable[str]] | None, shown: str | None) -> list[Fault]:
    if check is None:
        return []
    return [Fault(text, shown, row.Index) for row in frame.itertuples() for text in check(row)]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror}); expected a CSV file", file=path) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise DataError("not UTF-8 text; save the file as 'CSV UTF-8' and try again", file=path, line=line) from None
    if not text.strip(" \t\r\n,"):
        raise DataError("the file is empty; expected a header line and rows", file=path)
    control = CONTROL_CHARACTER.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        found = f"found the control character U+{ord(control.group()):04X}, so this is not a CSV text"
        raise DataError(f"{found}; save the file as 'CSV UTF-8' and try again", file=path, line=line)
    return text


def _records(text: str, shown: str | None) -> tuple[list[str], list[int], list[list[str]]]:
    """Header, first line of every record, and the records; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, records, first = [], [], 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                lines.append(first)
                records.append([cell.strip() for cell in record])
            first = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"not a readable CSV table ({error}); check the quotes", file=shown, line=first) from None
    return records[0], lines[1:], records[1:]


def _check_header(header: list[str], schema: TableSchema, shown: str | None) -> None:
    faults = []
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            faults.append(Fault(f"column '{name}' stands {header.count(name)} times; keep one", shown, 1))
        if name not in schema.columns:
            near = difflib.get_close_matches(name, schema.columns, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"expected: {', '.join(schema.columns)}"
            faults.append(Fault(f"unknown column '{name}'; {hint}", shown, 1))
    missing = [name for name in schema.columns if name not in header]
    faults += [Fault(f"column '{name}' is missing; add it, even if empty", shown, 1) for name in missing]
    if faults:
        raise DataError.of(faults)


def _typed(raw: pd.DataFrame, schema: TableSchema, shown: str | None) -> tuple[pd.DataFrame, list[Fault]]:
    columns, faults = {}, []
    for field in schema.fields:
        values = []
        for line, text in raw[field.name].items():
            value, fault = _parsed(text, field)
            values.append(value)
            if fault:
                faults.append(Fault(f"{field.name}: {fault}", shown, line))
        columns[field.name] = pd.Series(values, index=raw.index, dtype=object)
    return pd.DataFrame(columns), faults


def _parsed(text: str, field: Field) -> tuple[object, str | None]:
    """The value of a cell, and what is wrong with it; a wrong cell counts as told, not as empty."""
    if text == "":
        return None, None
    if field.kind == "number":
        if not PLAIN_NUMBER.fullmatch(text):
            return Decimal(0), f"found '{_short(text)}', expected a plain number such as 1238 or 83.09"
        return Decimal(text), None
    if field.kind == "day":
        day = _day(text)
        return (day, None) if day else (date.min, f"found '{_short(text)}', expected a day such as 2023-01-31")
    return text, None


def _day(text: str) -> date | None:
    """The day that `text` names as YYYY-MM-DD, None if it names none; other ISO forms are not meant."""
    try:
        day = date.fromisoformat(text)
    except ValueError:  # such as 2023-02-30
        return None
    return day if day.isoformat() == text else None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _value_faults(frame: pd.DataFrame, schema: TableSchema, shown: str | None) -> list[Fault]:
    import pandera.errors

    try:
        schema.pandera().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        cases = error.failure_cases
        return [
            Fault(f"{case.column}: {_found(frame.at[case.index, case.column])}expected {case.check}", shown, case.index)
            for case in cases.itertuples()
        ]
    return []


def _found(value: object) -> str:
    return "" if value is None else f"found '{_short(str(value))}', "


def _duplicate_faults(raw: pd.DataFrame, schema: TableSchema, shown: str | None) -> list[Fault]:
    keys = list(schema.unique or schema.columns)
    first_line: dict[tuple[str, ...], int] = {}
    faults = []
    for line, row in raw[keys].iterrows():
        key = tuple(row)
        if key in first_line:
            what = f"{', '.join(keys)} repeat" if schema.unique else "the whole row repeats"
            faults.append(Fault(f"{what} line {first_line[key]}; remove one of the two", shown, line))
        first_line.setdefault(key, line)
    return faults
