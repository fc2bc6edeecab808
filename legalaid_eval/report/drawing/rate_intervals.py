"""Printed rates with the interval each sample size allows, a block of lines for each rate."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, wrap
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, GRID, INK, SIDES, SOFT, Mark, six, ticks
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

ROW, GAP, INDENT, GUTTER = 0.23, 0.14, 0.14, 0.16
CEILING, LEAST_SPAN, STEP = 100, 5, 5
PUBLISHED = {"color": BLUE, "linewidth": 2.4, "solid_capstyle": "butt"}
ASSUMED = {"color": BLUE, "linewidth": 1.3, "linestyle": (0, (4, 1.6)), "dash_capstyle": "butt"}

ENDS = {"color": BLUE, "linewidth": 1.3}


@dataclass(frozen=True)
class Row:
    """One interval in percent, with the words at its left and right."""

    low: float
    high: float
    printed: float
    mark: Mark
    assumed: bool
    words: str
    reach: str


@dataclass(frozen=True)
class Block:
    """A printed rate: its words and its intervals."""

    heading: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def head(self) -> float:
        return len(self.heading) * LINE + 0.08

    @property
    def height(self) -> float:
        return self.head + len(self.rows) * ROW + GAP


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """One block for each label, x from a plain number below all intervals to 100 percent."""
    blocks = _blocks(figure, voice)
    rows = [row for block in blocks for row in block.rows]
    keys = _keys(rows, voice)
    top, high = key_height(keys), sum(block.height for block in blocks)
    left = EDGE + INDENT + widest(tuple(row.words for row in rows)) + GUTTER
    right = EDGE + widest(tuple(row.reach for row in rows)) + GUTTER
    sheet = Sheet.of(top + high + AXIS_FOOT + TITLE_FOOT)
    sheet.legend(keys)
    axes = sheet.plot(left, top, WIDTH - left - right, high, (_floor(rows), CEILING))
    number_axis(axes, ticks(_floor(rows), CEILING), voice, voice.word("axis"))
    y = 0.0
    for block in blocks:
        _draw_block(sheet, axes, block, top, y)
        y += block.height
    return sheet.figure


def _blocks(figure: content.Figure, voice: Voice) -> list[Block]:
    found: dict[str, list[Row]] = {}
    for line in figure.data.itertuples():
        found.setdefault(voice.text(line.label), []).append(_row(line, voice))
    return [Block(wrap(label, WIDTH - 2 * EDGE), tuple(rows)) for label, rows in found.items()]


def _row(line: object, voice: Voice) -> Row:
    low, high, printed = six(line.low), six(line.high), six(line.printed)
    sample = voice.word("n_assumed" if line.assumed else "n_published", n=int(line.n))
    reach = voice.text(content.Range(low, high, "percent", 1))
    return Row(low, high, printed, _mark(line.label, printed), bool(line.assumed), sample, reach)


def _mark(label: object, printed: float) -> Mark:
    """Open where the source hedges; a rate cannot lie above 100."""
    quantity = label.facts.get("printed") if isinstance(label, content.Message) else None
    qualifier = getattr(quantity, "qualifier", "exact")
    side = 0 if printed >= CEILING else SIDES.get(qualifier, 0)
    return Mark(CIRCLE, INK, open=qualifier != "exact", side=side)


def _keys(rows: list[Row], voice: Voice) -> list[Key]:
    """One entry with the exact mark, the hedged one, or both; an arrow explains the open marks without one."""
    marks = dict.fromkeys(row.mark for row in rows)
    exact = [mark for mark in marks if not mark.open]
    hedged = sorted((mark for mark in marks if mark.open), key=lambda mark: mark.side, reverse=True)
    return [Key(voice.word("printed"), (*exact[:1], *hedged[:1]))]


def _floor(rows: list[Row]) -> float:
    lowest = min(min(row.low, row.printed) for row in rows)
    return max(0, min(lowest // STEP * STEP, CEILING - LEAST_SPAN))


def _draw_block(sheet: Sheet, axes: Axes, block: Block, top: float, y: float) -> None:
    sheet.write(EDGE, top + y + block.head / 2, block.heading)
    start, end = y + block.head, y + block.head + len(block.rows) * ROW
    axes.vlines(axes.get_xticks(), start, end, color=GRID, linewidth=0.7, zorder=1)
    for number, row in enumerate(block.rows):
        middle = start + ROW * (number + 0.5)
        sheet.write(EDGE + INDENT, top + middle, [row.words], colour=SOFT)
        sheet.write(WIDTH - EDGE, top + middle, [row.reach], align="right")
        axes.plot([row.low, row.high], [middle] * 2, zorder=2, **(ASSUMED if row.assumed else PUBLISHED))
        axes.vlines([row.low, row.high], middle - 0.05, middle + 0.05, zorder=2, clip_on=False, **ENDS)
        axes.plot([row.printed], [middle], **row.mark.style)
