"""A chapter's table as HTML of one language. All text from data is escaped here."""

import re
from datetime import date
from html import escape
from itertools import groupby

from legalaid_eval.content import Code, Column, Label, Message, Quantity, Range, Table
from legalaid_eval.report import words
from legalaid_eval.report.formatting import formatter

# A verdict has a shape beside its colour, so that it can be read in grey and by colour-blind readers.
SHAPES = {
    "consistent": "●",
    "contradicted": "×",
    "not_reproducible": "◇",
    "ambiguous": "△",
    "implied": "◆",
    "ceiling": "▲",
    "not_evaluable": "○",
}
MANY_COLUMNS = 5  # from here on, a repeated first column stands as a heading over its rows and leaves its width
FEW_ROWS = 8  # so many stay together on paper
BRACKETED = re.compile(r"(.+?)( ?)([(（].+[)）])")
"""A number and, in brackets, its interval."""


def caption(table: Table, language: str) -> str:
    """The caption as plain text, filled with the table's facts."""
    return words.sentence(Message(f"tables.{table.id}.caption", table.facts), language)


def render(table: Table, language: str) -> str:
    """The table as HTML, or the sentence that says why it is empty."""
    head = escape(caption(table, language))
    if not table.rows:
        empty = words.sentence(Message(f"tables.{table.id}.empty", table.facts), language)
        return f'<div class="table empty"><p class="caption">{head}</p><p class="none">{escape(empty)}</p></div>'
    kind = " many" if len(table.columns) >= MANY_COLUMNS else " short" if len(table.rows) <= FEW_ROWS else ""
    return (
        f'<div class="table{kind}"><div class="wide"><table>\n<caption>{head}</caption>\n'
        f"{_body(table, language)}</table></div>{_note(table, language)}</div>"
    )


def _body(table: Table, language: str) -> str:
    groups = [(key, list(rows)) for key, rows in groupby(table.rows, key=lambda row: _words(row[0], language))]
    grouped = len(table.columns) >= MANY_COLUMNS and len(groups) < len(table.rows)
    first = 1 if grouped else 0
    headings = "".join(_heading(column, language) for column in table.columns[first:])
    parts = groups if grouped else [("", table.rows)]
    bodies = "".join(
        f"<tbody>\n{_group(table, key) if grouped else ''}"
        + "".join(f"<tr>{_row(table, row, language, first)}</tr>\n" for row in rows)
        + "</tbody>"
        for key, rows in parts
    )
    return f"<thead><tr>{headings}</tr></thead>\n{bodies}"


def _group(table: Table, text: str) -> str:
    return f'<tr class="group"><th scope="rowgroup" colspan="{len(table.columns) - 1}">{text}</th></tr>\n'


def _heading(column: Column, language: str) -> str:
    text = escape(words.lookup(f"columns.{column.key}", language))
    return f'<th scope="col"{_class(_alignment(column))}>{text}</th>'


def _row(table: Table, row: tuple[object, ...], language: str, start: int) -> str:
    if len(row) != len(table.columns):
        raise ValueError(f"table '{table.id}': a row has {len(row)} values, expected {len(table.columns)}")
    cells = list(zip(table.columns, row, strict=True))[start:]
    return "".join(_cell(column, value, language, first=place == 0) for place, (column, value) in enumerate(cells))


def _cell(column: Column, value: object, language: str, *, first: bool) -> str:
    text = _words(value, language)
    classes = _alignment(column)
    if isinstance(value, Code) and value.list == "verdict":
        classes = f"{classes} verdict verdict-{escape(value.code)}".strip()
        text = f'<span class="shape" aria-hidden="true">{SHAPES[value.code]}</span> {text}'
    else:
        kind = _kind(column, value)
        classes, text = f"{classes} {kind}".strip(), _in_pieces(text) if kind == "figure" else text
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    return f"<{tag}{scope}{_class(classes)}>{text}</{tag}>"


def _kind(column: Column, value: object) -> str:
    """A day does not break, a number with its unit should not, and a sentence needs room."""
    if isinstance(value, date):
        return "day"
    if isinstance(value, Message) and column.align == "left":
        return "sentence"
    return "figure" if isinstance(value, Quantity | Range | Message) else ""


def _in_pieces(text: str) -> str:
    """A number with its interval breaks before the bracket, nowhere else."""
    found = BRACKETED.fullmatch(text)
    if not found:
        return text
    number, gap, interval = found.groups()
    return f'<span class="piece">{number}</span>{gap or "<wbr>"}<span class="piece">{interval}</span>'


def _words(value: object, language: str) -> str:
    text = formatter(language).text(value)
    if isinstance(value, Code | Label | Message | Quantity | Range | tuple):  # worded for mid-sentence; a cell is not
        text = text[:1].upper() + text[1:]
    return escape(text)


def _note(table: Table, language: str) -> str:
    return "" if table.note is None else f'<p class="note">{escape(words.sentence(table.note, language))}</p>'


def _alignment(column: Column) -> str:
    return "number" if column.align == "right" else ""


def _class(classes: str) -> str:
    return f' class="{classes}"' if classes else ""
