"""The change for all cases and for each group, with intervals, around the line of no change."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, DIAMOND, GRID, INK, SOFT, Mark
from legalaid_eval.report.drawing.panel import (
    AXIS_TITLE,
    TICK_FOOT,
    ZERO,
    Scale,
    conf,
    places_for,
    scale,
    shown,
    simulated,
    sixes,
    unit_words,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height, number_axis

OVERALL = "overall"
PAD, HEAD, INDENT, GUTTER, LABEL_LIMIT = 0.09, 0.26, 0.12, 0.16, 1.9
NUMBERS = ["estimate", "ci_low", "ci_high"]
ALL, GROUP = Mark(DIAMOND, INK), Mark(CIRCLE, BLUE)
WHOLE = {"color": INK, "linewidth": 0.9, "linestyle": (0, (3, 2))}


@dataclass(frozen=True)
class Row:
    """A group: its words, its numbers (NaN where suppressed), and the words at its right."""

    words: tuple[str, ...]
    numbers: tuple[float, float, float]
    reach: str
    cases: str
    overall: bool

    @property
    def height(self) -> float:
        return len(self.words) * LINE + PAD

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.numbers[0]))


@dataclass(frozen=True)
class Block:
    """A kind of group with its heading, or the overall row without one."""

    heading: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def head(self) -> float:
        return len(self.heading) * LINE + 0.08 if self.heading else 0.0


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """The overall row first, then a block for each kind of group.

    Columns: kind ("overall" or missing for all cases together), group, estimate, ci_low, ci_high (missing where
    suppressed), n. Facts: unit, conf_level, simulated.
    """
    blocks = _blocks(figure, voice)
    rows = [row for block in blocks for row in block.rows]
    x = scale([0.0, *(number for row in rows for number in row.numbers)], 7)
    keys = _keys(figure, rows, voice)
    cases = voice.word("cases")
    last = max(width(words) for words in (cases, *(row.cases for row in rows)))
    right = EDGE + last + GUTTER + max(width(row.reach) for row in rows) + GUTTER
    left = EDGE + INDENT + max(widest(row.words) for row in rows) + GUTTER
    top = key_height(keys) + HEAD
    high = sum(block.head + sum(row.height for row in block.rows) for block in blocks)
    sheet = Sheet.of(top + high + TICK_FOOT + AXIS_TITLE + 0.06)
    sheet.legend(keys)
    sheet.write(WIDTH - EDGE, top - HEAD / 2, [cases], align="right", colour=SOFT)
    axes = sheet.plot(left, top, WIDTH - left - right, high, (x.low, x.high))
    number_axis(
        axes, _fitting(x, WIDTH - left - right, voice), voice, voice.word("axis", unit=unit_words(figure, voice))
    )
    _draw_rules(axes, x, rows, high)
    y = 0.0
    for block in blocks:
        y = _draw_block(sheet, axes, block, (top, y, WIDTH - EDGE - last - GUTTER))
    return sheet.figure


def _blocks(figure: content.Figure, voice: Voice) -> list[Block]:
    data = figure.data.copy()
    data[NUMBERS] = data[NUMBERS].apply(sixes)
    places = places_for(data[NUMBERS].to_numpy().ravel())
    whole = [pd.isna(kind) or kind == OVERALL for kind in data["kind"].astype(object)]
    first, rest = data[whole], data[[not each for each in whole]]
    blocks = [Block((), tuple(_row(line, places, True, voice) for line in first.itertuples()))] if len(first) else []
    named: dict[str, list[Row]] = {}
    for line in rest.itertuples():
        named.setdefault(voice.text(line.kind), []).append(_row(line, places, False, voice))
    return blocks + [Block(wrap(kind, WIDTH - 2 * EDGE), tuple(rows)) for kind, rows in named.items()]


def _row(line: object, places: int, overall: bool, voice: Voice) -> Row:
    numbers = (line.estimate, line.ci_low, line.ci_high)
    return Row(
        wrap(voice.text(line.group), LABEL_LIMIT),
        numbers,
        _reach(numbers, places, voice),
        voice.text(None if pd.isna(line.n) else int(line.n)),
        overall,
    )


def _reach(numbers: tuple[float, float, float], places: int, voice: Voice) -> str:
    if not np.isfinite(numbers[0]):
        return voice.word("suppressed")
    estimate, low, high = (voice.text(None) if np.isnan(each) else shown(each, places, voice) for each in numbers)
    return voice.word("reach", estimate=estimate, low=low, high=high)


def _keys(figure: content.Figure, rows: list[Row], voice: Voice) -> list[Key]:
    known = [row for row in rows if row.known]
    keys = [Key(voice.word("estimate", conf=conf(figure)), (GROUP,))] if any(not row.overall for row in known) else []
    whole = [Key(voice.word("overall"), (ALL,))] if any(row.overall for row in known) else []
    return [*whole, *keys, *simulated(figure, voice)]


def _fitting(x: Scale, wide: float, voice: Voice) -> list[float]:
    """Every tick, or every second or third where their numbers would touch; zero stays."""
    each = (
        max(x.reach(voice) + 0.12, 0.01) * (len(x.at) - 1) / max(wide * (x.at[-1] - x.at[0]) / (x.high - x.low), 0.01)
    )
    keep = max(int(np.ceil(each)), 1)
    zero = x.at.index(0.0)
    return [at for place, at in enumerate(x.at) if (place - zero) % keep == 0]


def _draw_rules(axes: Axes, x: Scale, rows: list[Row], high: float) -> None:
    axes.vlines(x.at, 0, high, color=GRID, linewidth=0.7, zorder=1)
    axes.plot([0, 0], [0, high], zorder=1.5, **ZERO)
    for row in rows:
        if row.overall and row.known:
            axes.plot([row.numbers[0]] * 2, [0, high], zorder=1.4, **WHOLE)


def _draw_block(sheet: Sheet, axes: Axes, block: Block, place: tuple[float, float, float]) -> float:
    """The block below `place` (the plot's top, inches within it, right edge of the numbers); gives where it ends."""
    top, y, edge = place
    if block.heading:
        sheet.write(EDGE, top + y + block.head - 0.02 - len(block.heading) * LINE / 2, block.heading, colour=SOFT)
    y += block.head
    for row in block.rows:
        middle = y + row.height / 2
        sheet.write(EDGE + (0.0 if row.overall else INDENT), top + middle, row.words)
        sheet.write(edge, top + middle, [row.reach], align="right")
        sheet.write(WIDTH - EDGE, top + middle, [row.cases], align="right")
        _draw_row(axes, row, middle)
        y += row.height
    return y


def _draw_row(axes: Axes, row: Row, middle: float) -> None:
    mark = ALL if row.overall else GROUP
    if row.known:
        reach = {"color": mark.colour, "linewidth": 1.7, "solid_capstyle": "butt", "zorder": 2}
        axes.plot(list(row.numbers[1:]), [middle] * 2, **reach)
        axes.plot([row.numbers[0]], [middle], **mark.style)
