"""Checking a piece of a register table: text in, typed rows and all their faults out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.register import consistency
from legalaid_eval.register.case_numbers import canonical_column
from legalaid_eval.register.columns import TYPES, arrow_schema
from legalaid_eval.register.parsing import Limits, Parsed, parse
from legalaid_eval.schemas import EVENT_TABLES, Field, TableSchema

RULES = {
    "not_utf8": "bytes that are not UTF-8",
    "control_character": "a line break or control character in a cell",
    "not_a_number": "not a number where one belongs",
    "out_of_range": "a number below zero or above what can be",
    "not_a_day": "not a day where one belongs",
    "impossible_day": "a day before 1990 or after the data end",
    "not_a_flag": "neither true nor false",
    "unknown_code": "a code that is not in the list",
    "empty": "a cell that must be filled is empty",
    "no_key": "the key of the row is empty",
    "duplicate_key": "the key repeats that of an earlier row",
    "cell_count": "more or fewer cells than headers",
    "before_application": "a step before the application",
    "stage_order": "steps in another order than they can have been",
    "end_before_start": "an end before its start",
    "status_and_days": "the status and the days do not agree",
    "status_and_decision": "the status and the decision do not agree",
    "money_order": "more recovered than claimed",
    "answer_without_call": "an answer of a person who was not reached",
    "knows_but_not_heard": "knows particulars but has not heard of it",
    "case_no_form": "case numbers written in another form",
    "absent_column": "a column that should be there is absent",
    "unknown_column": "a column that is not of this table",
    "unknown_sheet": "a sheet that is no table of the register",
    "unreadable": "the rest of a file could not be read",
}
"""Every rule that an issue may name."""

EVENTS = Limits(date(1990, 1, 1), date(2030, 12, 31))
"""Legal aid in China began in the 1990s; without a stated end of the data, 2030 is the last year believed."""
PLANS = Limits(date(1900, 1, 1), date(2100, 12, 31))
ISSUE_SCHEMA = pa.schema(
    [("row", pa.int64())] + [(name, pa.string()) for name in ("column", "rule", "severity", "problem", "action")]
)
EMPTIED, KEPT, LEFT_OUT = "cell emptied", "kept as it is", "row left out"


@dataclass(frozen=True, slots=True)
class Checked:
    """Sound rows with their types, the row of the file each came from, all issues, how many numbers were rewritten."""

    table: pa.Table
    rows: np.ndarray
    issues: pa.Table
    rewritten: int


def issue_table(row: np.ndarray, column: str, rule: str, severity: str, problem: object, action: str) -> pa.Table:
    """One issue per row number; `problem` is one text or one per row."""
    length = len(row)
    problems = pa.array([problem] * length if isinstance(problem, str) else problem, pa.string())
    constant = [pa.repeat(pa.scalar(text, pa.string()), length) for text in (column, rule, severity, action)]
    arrays = [pa.array(row, pa.int64()), *constant[:3], problems, constant[3]]
    return pa.Table.from_arrays(arrays, schema=ISSUE_SCHEMA)


def limits_for(schema: TableSchema, data_as_of: date | None) -> Limits:
    """Which days can be in a table: what has happened, or also what is planned."""
    if schema.name not in EVENT_TABLES:
        return PLANS
    return Limits(EVENTS.first, data_as_of or EVENTS.last)


def check_chunk(
    texts: pa.Table, schema: TableSchema, first_row: int | np.ndarray, *, data_as_of: date | None = None
) -> Checked:
    """Type and check a piece of a table, all faults of all its cells and rows at once.

    `texts` has any of the schema's columns as text (string, binary or dictionary arrays); `first_row` is the row
    number of its first row in the file, or one number per row. Rows without any content are passed over in
    silence. A cell that cannot be is emptied, a row without its key left out; both are told in `issues`.
    """
    rows = first_row + np.arange(texts.num_rows) if np.isscalar(first_row) else np.asarray(first_row)
    columns = {name: _dictionary(texts[name]) for name in schema.columns if name in texts.column_names}
    limits = limits_for(schema, data_as_of)
    parsed = {f.name: parse(columns[f.name], f, limits) for f in schema.fields if f.name in columns}
    blank = _blank(parsed, len(rows))
    issues = [piece for name, found in parsed.items() for piece in _cell_issues(name, found, rows)]
    issues += [piece for f in _to_be_filled(schema, parsed) for piece in _empty_issues(f, parsed, rows, blank)]
    keyless = _keyless(schema, parsed, len(rows)) & ~blank
    issues.append(issue_table(rows[keyless], _key(schema), "no_key", "error", _no_key(schema), LEFT_OUT))
    table, rewritten = _assembled(schema, parsed, len(rows))
    keep = ~(blank | keyless)
    table, rows = (table, rows) if keep.all() else (table.filter(pa.array(keep)), rows[keep])
    table, more = _consistent(table, schema, rows)
    whole = pa.concat_tables([ISSUE_SCHEMA.empty_table(), *issues, *more])
    return Checked(table, rows, whole.sort_by("row") if whole.num_rows else whole, rewritten)


def _dictionary(column: pa.ChunkedArray | pa.Array) -> pa.DictionaryArray:
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    if isinstance(column, pa.ChunkedArray):
        column = column.unify_dictionaries().combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    return column if isinstance(column, pa.DictionaryArray) else column.chunk(0)


def _blank(parsed: dict[str, Parsed], length: int) -> np.ndarray:
    """Rows in which nothing stands: the tail of a spreadsheet, a line between two blocks."""
    blank = np.ones(length, dtype=bool)
    for found in parsed.values():
        if not blank.any():
            break
        blank &= np.asarray(pc.is_null(found.values)) & (found.bad < 0)
    return blank


def _cell_issues(name: str, found: Parsed, rows: np.ndarray) -> Iterable[pa.Table]:
    for place, fault in enumerate(found.faults):
        yield issue_table(rows[found.bad == place], name, fault.rule, "error", fault.problem, EMPTIED)


def _empty_issues(field: Field, parsed: dict[str, Parsed], rows: np.ndarray, blank: np.ndarray) -> Iterable[pa.Table]:
    found = parsed[field.name]
    if found.values.null_count:
        empty = np.asarray(pc.is_null(found.values)) & (found.bad < 0) & ~blank
        yield issue_table(
            rows[empty], field.name, "empty", "error", f"the cell is empty, expected {field.expected}", KEPT
        )


def _to_be_filled(schema: TableSchema, parsed: dict[str, Parsed]) -> list[Field]:
    """Required fields but for the key, whose lack is told once for the row."""
    return [f for f in schema.fields if f.required and f.name in parsed and f.name not in schema.unique]


def _key(schema: TableSchema) -> str:
    return "+".join(schema.unique)


def _no_key(schema: TableSchema) -> str:
    return f"expected a value in each of {', '.join(schema.unique)}, as no row can be told apart without"


def _keyless(schema: TableSchema, parsed: dict[str, Parsed], length: int) -> np.ndarray:
    needed = [f.name for f in schema.fields if f.name in schema.unique and f.required]
    keyless = np.zeros(length, dtype=bool)
    for name in needed:
        keyless |= np.asarray(pc.is_null(parsed[name].values)) if name in parsed else True
    return keyless


def _assembled(schema: TableSchema, parsed: dict[str, Parsed], length: int) -> tuple[pa.Table, int]:
    values = {name: found.values for name, found in parsed.items()}
    rewritten = 0
    if "case_no" in values:
        given = values["case_no"]
        values["case_no"], changed = canonical_column(given)
        rewritten = len(changed)
        if "case_no_original" in schema.columns:
            before = values.get("case_no_original")
            values["case_no_original"] = given if before is None else pc.coalesce(before, given)
    arrays = [values.get(f.name, pa.nulls(length, TYPES[f.kind])) for f in schema.fields]
    return pa.Table.from_arrays(arrays, schema=arrow_schema(schema)), rewritten


def _consistent(table: pa.Table, schema: TableSchema, rows: np.ndarray) -> tuple[pa.Table, list[pa.Table]]:
    """The table without what cannot be, and what its cells say against one another."""
    issues = []
    for order in consistency.ORDERS:
        if order.table == schema.name:
            at = consistency.out_of_order(table, order)
            if len(at):
                issues.append(_order_issues(table, order, at, rows))
                table = _emptied(table, order.later, at) if order.severity == "error" else table
    for clash in consistency.CLASHES:
        if clash.table == schema.name:
            at = consistency.clashing(table, clash)
            issues.append(issue_table(rows[at], clash.column, clash.rule, "doubt", clash.problem, KEPT))
    return table, issues


def _order_issues(table: pa.Table, order: consistency.Order, at: np.ndarray, rows: np.ndarray) -> pa.Table:
    places = pa.array(at)
    pairs = zip(table[order.later].take(places).to_pylist(), table[order.earlier].take(places).to_pylist(), strict=True)
    problems = [f"found '{later}', expected no day before {order.earlier}, '{earlier}'" for later, earlier in pairs]
    action = EMPTIED if order.severity == "error" else KEPT
    return issue_table(rows[at], order.later, order.rule, order.severity, problems, action)


def _emptied(table: pa.Table, name: str, at: np.ndarray) -> pa.Table:
    gone = np.zeros(table.num_rows, dtype=bool)
    gone[at] = True
    column = table[name]
    place = table.column_names.index(name)
    return table.set_column(place, name, pc.if_else(pa.array(gone), pa.scalar(None, column.type), column))
