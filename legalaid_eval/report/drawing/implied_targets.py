"""The whole numbers that fit a printed completion rate, as deviations because targets differ in size."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, DIAMOND, GRID, INK, SOFT, VERMILION, Mark, six, ticks
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

LINE_HEIGHT, GAP, GUTTER, LABEL_LIMIT = 0.2, 0.12, 0.16, 2.1
PAD = 0.07  # between the end of a bar and its number
SINGLE = 0.04  # half the length of a bar for one number, in inches
LEAST_REACH = 0.1  # percent to each side of the middle
BARS = {"rounding": BLUE, "truncation": VERMILION}
ROUND = Mark(DIAMOND, INK)


@dataclass(frozen=True)
class Span:
    """First and last whole number, with their deviations from the middle in percent."""

    way: str
    low: int
    high: int
    left: float
    right: float


@dataclass(frozen=True)
class Row:
    """A completion rate: its words, its spans (None: no whole number fits) and the round number in both."""

    words: tuple[str, ...]
    spans: tuple[Span | None, ...]
    round: Span | None

    @property
    def bars(self) -> float:
        return (len(BARS) + (self.round is not None)) * LINE_HEIGHT

    @property
    def height(self) -> float:
        return max(self.bars, len(self.words) * LINE) + GAP


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Two bars for each row, x in percent of the middle of both."""
    rows = [_row(line, voice) for line in figure.data.itertuples()]
    keys = _keys(rows, voice)
    top, high = key_height(keys), sum(row.height for row in rows)
    left = EDGE + max(widest(row.words) for row in rows) + GUTTER
    wide = WIDTH - EDGE - left
    reach = _reach(rows, wide, voice)
    sheet = Sheet.of(top + high + AXIS_FOOT + TITLE_FOOT)
    sheet.legend(keys)
    axes = sheet.plot(left, top, wide, high, (-reach, reach))
    number_axis(axes, ticks(-reach, reach), voice, voice.word("axis"))
    axes.vlines(axes.get_xticks(), 0, high, color=GRID, linewidth=0.7, zorder=1)
    y = 0.0
    for row in rows:
        sheet.write(EDGE, top + y + row.height / 2, row.words)
        _draw_row(axes, row, y + (row.height - row.bars) / 2, reach * 2 / wide, voice)
        y += row.height
    return sheet.figure


def _row(line: object, voice: Voice) -> Row:
    ends = {way: (getattr(line, f"{way}_low"), getattr(line, f"{way}_high")) for way in BARS}
    known = [round(end) for pair in ends.values() for end in pair if not pd.isna(end)]
    middle = (min(known) + max(known)) / 2 if known else 0.0
    spans = tuple(_span(way, low, high, middle) for way, (low, high) in ends.items())
    whole = _span("round_number", line.round_number, line.round_number, middle)
    return Row(wrap(voice.text(line.label), LABEL_LIMIT), spans, whole)


def _span(way: str, low: float | None, high: float | None, middle: float) -> Span | None:
    if pd.isna(low) or pd.isna(high):
        return None
    deviations = (six((round(end) - middle) / middle * 100) if middle else 0.0 for end in (low, high))
    return Span(way, round(low), round(high), *deviations)


def _keys(rows: list[Row], voice: Voice) -> list[Key]:
    keys = [Key(voice.word(way), line=_bar(way)) for way in BARS]
    return [*keys, Key(voice.word("round_number"), (ROUND,))] if any(row.round for row in rows) else keys


def _bar(way: str) -> dict[str, object]:
    return {"color": BARS[way], "linewidth": 3.2 if way == "rounding" else 1.6, "solid_capstyle": "butt"}


def _reach(rows: list[Row], wide: float, voice: Voice) -> float:
    """Percent to each side of the middle, so that the number at the end of every bar has its room."""
    reach = LEAST_REACH
    for span in (span for row in rows for span in (*row.spans, row.round) if span):
        for deviation, number in ((span.left, span.low), (span.right, span.high)):
            room = wide / 2 - width(voice.number(number)) - PAD - SINGLE * 2
            reach = max(reach, abs(deviation) * wide / 2 / room)
    return six(reach)


def _draw_row(axes: Axes, row: Row, y: float, percent_per_inch: float, voice: Voice) -> None:
    first, last = (y + LINE_HEIGHT * (place + 0.5) for place in (0, 1 if row.round is None else 2))
    if row.round is not None:
        middle = (first + last) / 2
        axes.plot([row.round.left] * 2, [first, last], color=INK, linewidth=0.7, zorder=1.5)
        axes.plot([row.round.left], [middle], **ROUND.style)
        _number(axes, row.round.left + 2 * PAD * percent_per_inch, middle, voice.number(row.round.low), "left")
    for span, height in zip(row.spans, (first, last), strict=True):
        if span is None:
            # At the edge: between the bars a dash would look like one.
            axes.text(axes.get_xlim()[0], height, voice.text(None), color=SOFT, va="center_baseline")
        else:
            _draw_span(axes, span, height, percent_per_inch, voice)


def _draw_span(axes: Axes, span: Span, y: float, percent_per_inch: float, voice: Voice) -> None:
    slack = SINGLE * percent_per_inch if span.low == span.high else 0.0
    ends = [six(span.left - slack), six(span.right + slack)]
    axes.plot(ends, [y, y], zorder=2, **_bar(span.way))
    axes.vlines(ends, y - 0.05, y + 0.05, color=BARS[span.way], linewidth=1.4, zorder=2)
    if span.low != span.high:
        _number(axes, ends[0] - PAD * percent_per_inch, y, voice.number(span.low), "right")
    _number(axes, ends[1] + PAD * percent_per_inch, y, voice.number(span.high), "left")


def _number(axes: Axes, x: float, y: float, number: str, align: str) -> None:
    axes.text(six(x), y, number, ha=align, va="center_baseline", color=INK)
