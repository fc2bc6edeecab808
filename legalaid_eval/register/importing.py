"""Importing files of register tables into a store: checked piece by piece, written whole or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from legalaid_eval.errors import DataError, Fault, UsageError, shown_path
from legalaid_eval.register import validation
from legalaid_eval.register.duplicates import Keys
from legalaid_eval.register.files import open_sheets
from legalaid_eval.register.recognition import Recognised, recognise
from legalaid_eval.register.sheets import Piece, Sheet
from legalaid_eval.register.writer import ISSUE_COLUMNS, StoreWriter

SHOWN_FAULTS = 50


@dataclass(frozen=True, slots=True)
class SheetSummary:
    """What came of a sheet: rows stored, errors and doubts recorded."""

    file: str
    sheet: str
    table: str
    rows: int = 0
    errors: int = 0
    doubts: int = 0


@dataclass(frozen=True, slots=True)
class _Source:
    sheet: Sheet
    found: Recognised
    strange: tuple[str, ...]  # sheets of the same workbook that are no table


def import_files(
    files: Sequence[str | Path],
    store: str | Path,
    *,
    simulated: bool = False,
    data_as_of: date | None = None,
    chunk_rows: int = 200_000,
) -> list[SheetSummary]:
    """Import CSV, XLSX and Parquet files into the store; tables that they do not bring stay as they are.

    Days after `data_as_of` cannot be; None takes the latest day of an event in the store as the end of the data.
    Raises DataError, and changes nothing, if a file cannot be read or gives no usable row.
    """
    if not files:
        raise UsageError("found no file, expected one or more CSV, XLSX or Parquet files")
    sources = _sources([Path(file) for file in files], chunk_rows)
    with StoreWriter(store, simulated=simulated, data_as_of=data_as_of, keep=True) as writer:
        job = _Import(writer, data_as_of)
        summaries = [job.take(number, source) for number, source in enumerate(sources)]
        _refuse_useless(summaries, job.first_faults)
    return summaries


def _sources(paths: list[Path], chunk_rows: int) -> list[_Source]:
    """Every table of every file, recognised before anything is read further."""
    sources: list[_Source] = []
    faults: list[Fault] = []
    for path in paths:
        shown = shown_path(path)
        try:
            sheets = open_sheets(path, file=shown, chunk_rows=chunk_rows)
        except DataError as error:
            faults += error.faults
            continue
        known = [(sheet, recognise(sheet.header)) for sheet in sheets]
        strange = tuple(sheet.name for sheet, found in known if isinstance(found, str))
        good = [_Source(sheet, found, ()) for sheet, found in known if not isinstance(found, str)]
        if good:
            sources += [replace(good[0], strange=strange), *good[1:]]
        else:
            faults += [Fault(f"{_of(sheet)}{found}", shown, 1) for sheet, found in known]
            faults += [] if known else [Fault("the workbook is empty; expected a header line and rows", shown)]
    if faults:
        raise DataError.of(faults)
    return sources


def _of(sheet: Sheet) -> str:
    return f"sheet '{sheet.name}': " if sheet.name else ""


def _refuse_useless(summaries: list[SheetSummary], first_faults: dict[str, list[Fault]]) -> None:
    usable = {summary.file for summary in summaries if summary.rows}
    useless = list(dict.fromkeys(s.file for s in summaries if s.file not in usable))
    faults = []
    for file in useless:
        faults.append(Fault("no row could be used, so nothing was imported; these were found", file))
        found = first_faults.get(file, [])
        faults += found if any(fault.line for fault in found) else [*found, Fault("a header but no row", file)]
    if faults:
        raise DataError.of(faults)


class _Import:
    """One import under way: keys seen so far, and faults to be told if a file turns out useless."""

    def __init__(self, writer: StoreWriter, data_as_of: date | None) -> None:
        self.writer, self.data_as_of = writer, data_as_of
        self.first_faults: dict[str, list[Fault]] = {}
        self._keys: dict[str, Keys] = {}
        self._sheets: dict[int, str] = {}

    def take(self, number: int, source: _Source) -> SheetSummary:
        sheet, schema = source.sheet, source.found.schema
        self._sheets[number] = sheet.file + (f", sheet {sheet.name}" if sheet.name else "")
        summary = SheetSummary(sheet.file, sheet.name, schema.name)
        summary = self._note(summary, pa.concat_tables(_header_issues(source)))
        rewritten = 0
        for piece in sheet.pieces(list(source.found.places)):
            checked = self._checked(piece, source, number)
            self.writer.append(schema.name, checked.table)
            summary = self._note(replace(summary, rows=summary.rows + checked.table.num_rows), checked.issues)
            rewritten += checked.rewritten
        if rewritten:
            problem = f"{rewritten} case numbers were written with other brackets, spaces or leading zeros"
            action = "brought to one form; as they came in case_no_original"
            summary = self._note(summary, _file_issue("case_no", "case_no_form", "doubt", problem, action))
        return summary

    def _checked(self, piece: Piece, source: _Source, number: int) -> validation.Checked:
        schema = source.found.schema
        texts = piece.texts.rename_columns([source.found.places[int(place)] for place in piece.texts.column_names])
        checked = validation.check_chunk(texts, schema, piece.rows, data_as_of=self.data_as_of)
        repeated = self._keys.setdefault(schema.name, Keys(schema)).repeated(checked.table, checked.rows, number)
        issues = [checked.issues, _broken(piece)]
        table = checked.table
        if repeated:
            issues.append(self._repeats(repeated, checked.rows, schema.unique, number))
            keep = np.ones(table.num_rows, dtype=bool)
            keep[list(repeated)] = False
            table = table.filter(pa.array(keep))
        return replace(checked, table=table, issues=pa.concat_tables(issues).sort_by("row"))

    def _repeats(
        self, repeated: dict[int, tuple[int, int]], rows: np.ndarray, key: tuple[str, ...], number: int
    ) -> pa.Table:
        places = sorted(repeated)
        problems = []
        for place in places:
            sheet, row = repeated[place]
            where = "" if sheet == number else f" of {self._sheets[sheet]}"
            problems.append(f"{', '.join(key)} repeat row {row}{where}, expected each once")
        name = "+".join(key)
        return validation.issue_table(rows[places], name, "duplicate_key", "error", problems, validation.LEFT_OUT)

    def _note(self, summary: SheetSummary, issues: pa.Table) -> SheetSummary:
        """Write issues down and count them."""
        if not issues.num_rows:
            return summary
        for name, text in (("file", summary.file), ("sheet", summary.sheet)):
            issues = issues.append_column(name, pa.repeat(pa.scalar(_harmless(text)), issues.num_rows))
        self.writer.add_issues(summary.table, issues.select(ISSUE_COLUMNS))
        self._keep_first(summary.file, issues)
        severities = issues["severity"].to_pylist()
        errors = severities.count("error")
        return replace(summary, errors=summary.errors + errors, doubts=summary.doubts + len(severities) - errors)

    def _keep_first(self, file: str, issues: pa.Table) -> None:
        kept = self.first_faults.setdefault(file, [])
        for issue in issues.slice(0, max(0, SHOWN_FAULTS - len(kept))).to_pylist():
            kept.append(Fault(_told(issue), file, issue["row"] or None))


def _told(issue: dict[str, str]) -> str:
    return f"{issue['column']}: {issue['problem']}" if issue["column"] else issue["problem"]


def _harmless(name: str) -> str:
    """A file or sheet name that a spreadsheet will not take for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def _broken(piece: Piece) -> pa.Table:
    rows = np.fromiter(piece.broken, dtype=np.int64, count=len(piece.broken))
    problems = list(piece.broken.values())
    return validation.issue_table(rows, "", "cell_count", "error", problems, validation.LEFT_OUT)


def _file_issue(column: str, rule: str, severity: str, problem: str, action: str) -> pa.Table:
    return validation.issue_table(np.zeros(1, dtype=np.int64), column, rule, severity, problem, action)


def _header_issues(source: _Source) -> Iterator[pa.Table]:
    yield validation.ISSUE_SCHEMA.empty_table()
    for name in source.found.absent:
        yield _file_issue(name, "absent_column", "error", f"column {name} is absent, expected it", "left empty")
    for name in source.found.unknown:
        problem = f"no such column in table {source.found.schema.name}"
        yield _file_issue(_harmless(name[:60]), "unknown_column", "doubt", problem, "column left out")
    for name in source.strange:
        problem = f"sheet '{name}' has not the headers of a register table"
        yield _file_issue("", "unknown_sheet", "doubt", problem, "sheet left out")
