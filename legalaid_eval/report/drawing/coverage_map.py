"""Which units reported in which months: a row for each unit, a cell for each month."""

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.grid import (
    BLANK,
    FAINT,
    MISSING,
    SUPPRESSED,
    Cell,
    Grid,
    draw_keys,
    keys_height,
    shade,
)
from legalaid_eval.report.drawing.lettering import Voice, width
from legalaid_eval.report.drawing.sheet import Sheet

MARKED = {"missing": MISSING, "suppressed": SUPPRESSED, "not_covered": BLANK, "not_expected": FAINT}
NARROW = 0.33  # inches: columns less wide have a heading only where a year begins


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """The number of rows in every cell; months without any are crossed out, never empty or zero."""
    data = figure.data
    grid = _grid(data, voice)
    keys = _keys(data, voice)
    sheet = Sheet.of(keys_height(keys) + grid.height)
    top = draw_keys(sheet, keys, 0.0)
    grid.draw(sheet, top)
    return sheet.figure


def _grid(data: pd.DataFrame, voice: Voice) -> Grid:
    months = list(dict.fromkeys(zip(data["year"], data["month"], strict=True)))
    rows: dict[str, list[Cell]] = {}
    most = max(data["n"].dropna(), default=1)
    for line in data.itertuples():
        rows.setdefault(voice.text(line.place), []).append(_cell(line, most, voice))
    plain = Grid(tuple(rows), tuple("" for _ in months), tuple(tuple(cells) for cells in rows.values()))
    narrow = plain.wide < NARROW
    heads = tuple(_head(number, months, narrow, voice) for number in range(len(months)))
    return Grid(plain.names, heads, tuple(tuple(_fitting(c, plain.wide) for c in cells) for cells in plain.cells))


def _cell(line: object, most: float, voice: Voice) -> Cell:
    if line.state in MARKED:
        return MARKED[line.state]
    return Cell(voice.number(int(line.n)), shade(line.n / most))


def _fitting(cell: Cell, wide: float) -> Cell:
    return cell if width(cell.words) <= wide - 0.04 else Cell(fill=cell.fill)


def _head(number: int, months: list[tuple[int, int]], narrow: bool, voice: Voice) -> str:
    year, month = months[number]
    first = number == 0 or months[number - 1][0] != year
    several = months[0][0] != months[-1][0]
    if narrow:
        return str(year) if first else ""
    named = voice.word("month", n=month)
    return f"{year} {named}" if several and first else named


def _keys(data: pd.DataFrame, voice: Voice) -> list[tuple[Cell, str]]:
    states = set(data["state"])
    marks = {"reported": Cell(fill=shade(0.6))} | MARKED
    return [(mark, voice.word(state)) for state, mark in marks.items() if state in states]
