"""What each part of a place prints: a row for every part, a narrow plot with its values for every indicator."""

from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report import words
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, wrap
from legalaid_eval.report.drawing.marks import (
    BLUE,
    CIRCLE,
    DIAMOND,
    GRID,
    INK,
    PURPLE,
    SIDES,
    SOFT,
    SQUARE,
    VERMILION,
    Mark,
    nice_top,
    six,
)
from legalaid_eval.report.drawing.sheet import AXIS_FOOT, EDGE, WIDTH, Key, Sheet, key_height, number_axis

PAD, GUTTER, INNER, BETWEEN = 0.09, 0.16, 0.12, 0.2
PLACE_LIMIT, TEXT_LIMITS, LEAST_STRIP = 1.5, (1.2, 1.0, 0.9, 0.8, 0.7, 0.6), 0.5
FULL = 100
MARKS = {"printed": Mark(CIRCLE, BLUE), "other_unit": Mark(SQUARE, VERMILION), "other_window": Mark(DIAMOND, PURPLE)}


@dataclass(frozen=True)
class Cell:
    """What one part prints of one indicator; `value` is None where it prints nothing."""

    value: float | None
    lines: tuple[str, ...]
    mark: Mark | None


@dataclass(frozen=True)
class Column:
    """An indicator: its heading, its usual unit with its words, and a cell for every row."""

    heading: str
    unit: str
    unit_words: str
    cells: tuple[Cell, ...]

    @property
    def top(self) -> float:
        return nice_top(max((cell.value for cell in self.cells if cell.value is not None), default=0.0))

    @property
    def grid(self) -> tuple[float, float, float]:
        """Where light lines stand: zero, the middle and the top; shares have 100 where it is not the top."""
        if self.unit == "percent" and self.top > FULL:
            return 0.0, float(FULL), self.top
        return 0.0, six(self.top / 2), self.top

    @property
    def text(self) -> float:
        """Inches for the words beside the plot; words for a missing value stand in the plot's place."""
        return max((widest(cell.lines) for cell in self.cells if cell.value is not None), default=0.0)


@dataclass(frozen=True)
class Frame:
    """Where everything goes, in inches: the plots' width and left edges, the rows' heights and the heading's."""

    places: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]
    strip: float
    lefts: tuple[float, ...]
    heads: tuple[tuple[str, ...], ...]
    rows: tuple[float, ...]

    @property
    def head(self) -> float:
        return (max(map(len, self.heads)) + any(c.unit_words for c in self.columns)) * LINE + 0.1


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A dot and its words for every printed value, `not published` for every other."""
    frame = _frame(figure, voice)
    keys = _keys(frame.columns, voice)
    top = key_height(keys) + frame.head
    high = sum(frame.rows)
    sheet = Sheet.of(top + high + AXIS_FOOT)
    sheet.legend(keys)
    for number, left in enumerate(frame.lefts):
        column = frame.columns[number]
        _draw_heading(sheet, frame, number, top)
        axes = _axes(sheet, column, left, top, frame.strip, high, voice)
        _draw_cells(sheet, axes, column, frame, left, top)
    _draw_places(sheet, frame, top)
    return sheet.figure


def _frame(figure: content.Figure, voice: Voice) -> Frame:
    named = {voice.text(place): None for place in figure.data["place"]}
    places = tuple(wrap(name, PLACE_LIMIT) for name in named)
    left = EDGE + max(map(widest, places)) + GUTTER
    for limit in TEXT_LIMITS:
        columns = _columns(figure, tuple(named), limit, voice)
        spent = sum(INNER + column.text for column in columns) + BETWEEN * (len(columns) - 1)
        strip = (WIDTH - EDGE - left - spent) / len(columns)
        if strip >= LEAST_STRIP:
            break
    lefts = [left]
    for column in columns:
        lefts.append(lefts[-1] + strip + INNER + column.text + BETWEEN)
    heads = tuple(wrap(c.heading, strip + INNER + c.text) for c in columns)
    deep = [max(len(place), *(len(c.cells[row].lines) for c in columns)) for row, place in enumerate(places)]
    return Frame(places, columns, strip, tuple(lefts[:-1]), heads, tuple(lines * LINE + PAD for lines in deep))


def _columns(figure: content.Figure, places: tuple[str, ...], limit: float, voice: Voice) -> tuple[Column, ...]:
    columns = []
    for _, lines in figure.data.groupby("indicator", sort=False):
        printed = [line.text for line in lines.itertuples() if line.state == "printed"]
        unit = next((text.unit for text in printed if isinstance(text, content.Quantity)), "")
        found = {voice.text(line.place): _cell(line, unit, limit, voice) for line in lines.itertuples()}
        nothing = Cell(None, (voice.word("missing"),), None)
        cells = tuple(found.get(place, nothing) for place in places)
        heading, unit_words = voice.text(lines["label"].iloc[0]), _unit_words(unit, voice)
        repeated = heading.casefold() == unit_words.casefold()
        columns.append(Column(heading, unit, "" if repeated else unit_words, cells))
    return tuple(columns)


def _cell(line: object, unit: str, limit: float, voice: Voice) -> Cell:
    if line.state == "missing" or pd.isna(line.value):
        return Cell(None, (voice.word("missing"),), None)
    shown = line.text
    if isinstance(shown, content.Quantity) and shown.unit == unit and _unit_words(unit, voice):
        shown = replace(shown, unit="count")  # the heading has the unit
    lines = wrap(voice.text(shown), limit)
    if line.state != "printed":
        lines += wrap(voice.word(line.state), limit)
    return Cell(six(line.value), lines, _mark(line))


def _mark(line: object) -> Mark:
    if not line.hedged:
        return MARKS[line.state]
    side = SIDES.get(getattr(line.text, "qualifier", "at_least"), 0)
    return replace(MARKS[line.state], open=True, side=side)


def _unit_words(unit: str, voice: Voice) -> str:
    """The unit without its number, for a heading; a percent sign stays with every number instead."""
    if unit in ("", "percent"):
        return ""
    plural = words.lookup(f"formats.units.{unit}", voice.language).rpartition("|")[2]
    return " ".join(plural.replace("{n}", " ").split())


def _keys(columns: tuple[Column, ...], voice: Voice) -> list[Key]:
    used = {cell.mark for column in columns for cell in column.cells if cell.mark}
    keys = [Key(voice.word(state), (mark,)) for state, mark in MARKS.items() if mark in used]
    bounds = tuple(replace(mark, open=True, side=1) for mark in MARKS.values())
    bounds = tuple(mark for mark in bounds if mark in used)
    return [*keys, Key(voice.word("hedged"), bounds)] if bounds else keys


def _draw_heading(sheet: Sheet, frame: Frame, number: int, top: float) -> None:
    heading, unit, left = frame.heads[number], frame.columns[number].unit_words, frame.lefts[number]
    bottom = top - 0.06 - LINE / 2
    if unit:
        sheet.write(left, bottom, [unit], colour=SOFT)
    if any(column.unit_words for column in frame.columns):
        bottom -= LINE  # all headings stand on one line
    sheet.write(left, bottom - (len(heading) - 1) * LINE / 2, heading)


def _axes(sheet: Sheet, column: Column, left: float, top: float, strip: float, high: float, voice: Voice) -> Axes:
    axes = sheet.plot(left, top, strip, high, (0, column.top))
    if any(cell.value is not None for cell in column.cells):
        at_hundred = column.grid[1] == FULL and column.unit == "percent"
        number_axis(axes, (0, FULL if at_hundred else column.top), voice)
    else:
        axes.set_xticks([])
    return axes


def _draw_cells(sheet: Sheet, axes: Axes, column: Column, frame: Frame, left: float, top: float) -> None:
    y = 0.0
    for cell, height in zip(column.cells, frame.rows, strict=True):
        middle = y + height / 2
        if cell.value is None:
            sheet.write(left, top + middle, cell.lines, colour=SOFT)
        else:
            axes.vlines(column.grid, y, y + height, color=GRID, linewidth=0.7, zorder=1)
            axes.plot([cell.value], [middle], **cell.mark.style)
            sheet.write(left + frame.strip + INNER, top + middle, cell.lines)
        y += height


def _draw_places(sheet: Sheet, frame: Frame, top: float) -> None:
    sheet.rule(top, INK, 0.7)
    for place, height in zip(frame.places, frame.rows, strict=True):
        sheet.write(EDGE, top + height / 2, place)
        top += height
        sheet.rule(top, GRID)
