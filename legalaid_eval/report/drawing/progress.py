"""Completion of targets beside the share of the year that had passed, one line for each rate."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, GRID, INK, VERMILION, Mark, six, ticks
from legalaid_eval.report.drawing.sheet import (
    AXIS_FOOT,
    EDGE,
    TITLE_FOOT,
    WIDTH,
    Key,
    Sheet,
    key_height,
    number_axis,
)

PAD, GUTTER, LABEL_LIMIT = 0.12, 0.18, 2.4
FULL, BEYOND = 100, 1.04
EXACT, FLOOR = Mark(CIRCLE, BLUE), Mark(CIRCLE, BLUE, open=True, side=1)
ELAPSED = {"color": VERMILION, "linewidth": 2.2, "solid_capstyle": "butt"}
TARGET = {"color": INK, "linewidth": 0.9, "linestyle": (0, (4, 2))}


@dataclass(frozen=True)
class Row:
    """One completion rate, all numbers in percent."""

    words: tuple[str, ...]
    completion: float
    shown: str
    hedged: bool
    elapsed: float
    span: tuple[float, float]

    @property
    def height(self) -> float:
        return len(self.words) * LINE + PAD

    @property
    def mark(self) -> Mark:
        return FLOOR if self.hedged else EXACT


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A dot for each completion, x from 0 percent."""
    rows = [_row(line, voice) for line in figure.data.itertuples()]
    keys = _keys(rows, voice)
    top, high = key_height(keys), sum(row.height for row in rows)
    left = EDGE + max(widest(row.words) for row in rows) + GUTTER
    right = EDGE + max(width(row.shown) for row in rows) + GUTTER
    end = six(max(FULL, *(row.completion for row in rows), *(row.span[1] for row in rows)) * BEYOND)
    sheet = Sheet.of(top + high + AXIS_FOOT + TITLE_FOOT)
    sheet.legend(keys)
    axes = sheet.plot(left, top, WIDTH - left - right, high, (0, end))
    number_axis(axes, ticks(0, end, 9), voice, voice.word("axis"))
    axes.vlines(axes.get_xticks(), 0, high, color=GRID, linewidth=0.7, zorder=1)
    axes.plot([FULL, FULL], [0, high], zorder=1.5, **TARGET)
    y = 0.0
    for row in rows:
        _draw_row(sheet, axes, row, top, y)
        y += row.height
    return sheet.figure


def _row(line: object, voice: Voice) -> Row:
    completion, hedged = six(line.completion), bool(line.hedged)
    printed = getattr(line, "printed", None)  # with its own hedge, where the chapter gives it
    shown = voice.text(printed or content.Quantity(completion, "percent", "at_least" if hedged else "exact"))
    span = (six(line.elapsed_low), six(line.elapsed_high))
    return Row(wrap(voice.text(line.label), LABEL_LIMIT), completion, shown, hedged, six(line.elapsed), span)


def _keys(rows: list[Row], voice: Voice) -> list[Key]:
    names = {EXACT: "completion", FLOOR: "completion_floor"}
    present = {row.mark for row in rows}
    return [
        *(Key(voice.word(name), (mark,)) for mark, name in names.items() if mark in present),
        Key(voice.word("elapsed"), line=ELAPSED, upright=True, shade=VERMILION),
        Key(voice.word("target"), line=TARGET, upright=True),
    ]


def _draw_row(sheet: Sheet, axes: Axes, row: Row, top: float, y: float) -> None:
    middle, half = y + row.height / 2, row.height / 2 - 0.03
    sheet.write(EDGE, top + middle, row.words)
    sheet.write(WIDTH - EDGE, top + middle, [row.shown], align="right")
    axes.fill_betweenx([middle - half, middle + half], *row.span, color=VERMILION, alpha=0.2, linewidth=0, zorder=1.2)
    axes.plot([row.elapsed] * 2, [middle - half, middle + half], zorder=2, **ELAPSED)
    axes.plot([row.completion], [middle], **row.mark.style)
