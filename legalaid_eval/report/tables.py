"""A chapter's table as HTML of one language. All text from data is escaped here."""

from html import escape

from legalaid_eval.content import Code, Column, Message, Quantity, Range, Table
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


def caption(table: Table, language: str) -> str:
    """The caption as plain text, filled with the table's facts."""
    return words.sentence(Message(f"tables.{table.id}.caption", table.facts), language)


def render(table: Table, language: str) -> str:
    """The table as HTML, or the sentence that says why it is empty."""
    head = escape(caption(table, language))
    if not table.rows:
        empty = words.sentence(Message(f"tables.{table.id}.empty", table.facts), language)
        return f'<div class="table empty"><p class="caption">{head}</p><p class="none">{escape(empty)}</p></div>'
    headings = "".join(_heading(column, language) for column in table.columns)
    rows = "".join(f"<tr>{_row(table, row, language)}</tr>\n" for row in table.rows)
    return (
        f'<div class="table"><div class="wide"><table>\n<caption>{head}</caption>\n'
        f"<thead><tr>{headings}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>{_note(table, language)}</div>"
    )


def _heading(column: Column, language: str) -> str:
    text = escape(words.lookup(f"columns.{column.key}", language))
    return f'<th scope="col"{_class(_alignment(column))}>{text}</th>'


def _row(table: Table, row: tuple[object, ...], language: str) -> str:
    if len(row) != len(table.columns):
        raise ValueError(f"table '{table.id}': a row has {len(row)} values, expected {len(table.columns)}")
    cells = zip(table.columns, row, strict=True)
    return "".join(_cell(column, value, language, first=place == 0) for place, (column, value) in enumerate(cells))


def _cell(column: Column, value: object, language: str, *, first: bool) -> str:
    text = escape(formatter(language).text(value))
    classes = _alignment(column)
    if isinstance(value, Code | Message | Quantity | Range | tuple):  # worded for mid-sentence, so a cell must begin it
        text = text[:1].upper() + text[1:]
    if isinstance(value, Code) and value.list == "verdict":
        classes = f"{classes} verdict verdict-{escape(value.code)}".strip()
        text = f'<span class="shape" aria-hidden="true">{SHAPES[value.code]}</span> {text}'
    elif isinstance(value, Quantity | Range | Message):
        # A number with its unit should not break; a sentence needs room.
        classes = f"{classes} {'sentence' if isinstance(value, Message) else 'figure'}".strip()
    tag, scope = ("th", ' scope="row"') if first else ("td", "")
    return f"<{tag}{scope}{_class(classes)}>{text}</{tag}>"


def _note(table: Table, language: str) -> str:
    return "" if table.note is None else f'<p class="note">{escape(words.sentence(table.note, language))}</p>'


def _alignment(column: Column) -> str:
    return "number" if column.align == "right" else ""


def _class(classes: str) -> str:
    return f' class="{classes}"' if classes else ""
