"""A map of cells: a row for each place, a column for each month or stage, marked and shaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb

from legalaid_eval.report.drawing.lettering import LINE, widest, wrap
from legalaid_eval.report.drawing.marks import GRID, INK, RULE, SOFT, VERMILION, six
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Sheet

PLACE_LIMIT, GUTTER, HEAD_PAD, ROW = 1.7, 0.14, 0.06, 0.27
INSET = 0.015  # white between two cells, in inches
LIGHT, DARK = "#eef5fa", "#4d9fd0"  # the ends of the scale; ink is readable on both


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: its words, its colour (None: paper) and edge, and whether it is crossed out or striped."""

    words: str = ""
    fill: str | None = None
    edge: str | None = None
    crossed: bool = False
    striped: bool = False
    colour: str = INK


MISSING = Cell(edge=VERMILION, crossed=True)
BLANK, FAINT = Cell(edge=GRID), Cell(fill="#f6f7f9")
SUPPRESSED = Cell(fill="#eceef1", striped=True)


def shade(share: float) -> str:
    """A colour between the light and the dark end, for 0 to 1."""
    ends = zip(to_rgb(LIGHT), to_rgb(DARK), strict=True)
    return to_hex([round(low + (high - low) * min(max(share, 0.0), 1.0), 3) for low, high in ends])


@dataclass(frozen=True)
class Grid:
    """Names of rows, headings of columns and the cells, row by row; `rule_before` has a line above that row."""

    names: tuple[str, ...]
    heads: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    rule_before: int | None = None

    @property
    def wrapped(self) -> list[tuple[str, ...]]:
        return [wrap(name, PLACE_LIMIT) for name in self.names]

    @property
    def left(self) -> float:
        return EDGE + max(map(widest, self.wrapped)) + GUTTER

    @property
    def wide(self) -> float:
        """Inches of one column."""
        return (WIDTH - EDGE - self.left) / len(self.heads)

    @property
    def headings(self) -> list[tuple[str, ...]]:
        return [wrap(head, self.wide - 0.04) if head else () for head in self.heads]

    @property
    def head(self) -> float:
        return max(map(len, self.headings)) * LINE + 2 * HEAD_PAD

    @property
    def heights(self) -> list[float]:
        return [max(ROW, len(lines) * LINE + 0.08) for lines in self.wrapped]

    @property
    def height(self) -> float:
        return self.head + sum(self.heights) + 0.04

    def draw(self, sheet: Sheet, top: float) -> None:
        """The whole map with its headings, from `top` down."""
        for number, lines in enumerate(self.headings):
            middle = self.left + (number + 0.5) * self.wide
            bottom = top + self.head - HEAD_PAD - LINE / 2
            sheet.write(middle, bottom - (len(lines) - 1) * LINE / 2, lines, align="center", colour=SOFT)
        top += self.head
        axes = sheet.plot(self.left, top, self.wide * len(self.heads), sum(self.heights), (0, len(self.heads)))
        axes.set_axis_off()
        y = 0.0
        for number, (name, height) in enumerate(zip(self.wrapped, self.heights, strict=True)):
            sheet.write(EDGE, top + y + height / 2, name)
            if number == self.rule_before:
                sheet.rule(top + y, RULE, 0.8)
            self._draw_row(sheet, axes, self.cells[number], top, y, height)
            y += height

    def _draw_row(self, sheet: Sheet, axes: Axes, cells: Sequence[Cell], top: float, y: float, height: float) -> None:
        inset = INSET / self.wide
        for number, cell in enumerate(cells):
            box = (six(number + inset), six(number + 1 - inset), six(y + INSET), six(y + height - INSET))
            draw_cell(axes, cell, box)
            if cell.words:
                middle = self.left + (number + 0.5) * self.wide
                sheet.write(middle, top + y + height / 2, [cell.words], align="center", colour=cell.colour)


def draw_cell(axes: Axes, cell: Cell, box: tuple[float, float, float, float]) -> None:
    """A cell without its words; `box` is left, right, top and bottom."""
    left, right, top, bottom = box
    if cell.fill or cell.edge:
        look = {"facecolor": cell.fill or "white", "edgecolor": cell.edge or cell.fill, "linewidth": 0.9}
        axes.fill([left, right, right, left], [top, top, bottom, bottom], clip_on=False, **look)
    across, down = right - left, bottom - top
    if cell.crossed:
        for ends in ((top + 0.28 * down, bottom - 0.28 * down), (bottom - 0.28 * down, top + 0.28 * down)):
            xs = [six((left + right) / 2 - 0.22 * across), six((left + right) / 2 + 0.22 * across)]
            axes.plot(xs, [six(end) for end in ends], color=VERMILION, linewidth=1.1, clip_on=False)
    if cell.striped:
        for share in (0.25, 0.5, 0.75):
            xs = [six(left + across * (share - 0.12)), six(left + across * (share + 0.12))]
            axes.plot(xs, [bottom, top], color="#b4bcc6", linewidth=0.9, clip_on=False)


def draw_keys(sheet: Sheet, keys: Sequence[tuple[Cell, str]], top: float) -> float:
    """A legend of cells, in as many lines as needed; gives the inches it takes."""
    axes = sheet.plot(0, top, WIDTH, 1, (0, WIDTH))
    axes.set_axis_off()
    for cell, words, x, y in _placed(keys):
        draw_cell(axes, cell, (six(x), six(x + 0.26), six(y - 0.075), six(y + 0.075)))
        sheet.write(x + 0.33, top + y, [words])
    return keys_height(keys)


def keys_height(keys: Sequence[tuple[Cell, str]]) -> float:
    return max((y for *_, y in _placed(keys)), default=0.0) + 0.18


def _placed(keys: Sequence[tuple[Cell, str]]) -> list[tuple[Cell, str, float, float]]:
    placed, x, y = [], EDGE, 0.12
    for cell, words in keys:
        length = 0.33 + widest((words,)) + 0.26
        if x > EDGE and x + length > WIDTH:
            x, y = EDGE, y + 0.24
        placed.append((cell, words, x, y))
        x += length
    return placed
