"""A budget as it is spent and as the fitted curve suggests, by segment or place, with what the change would gain."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, GRID, RULE, SOFT, Mark, six
from legalaid_eval.report.drawing.panel import (
    AXIS_TITLE,
    TICK_FOOT,
    ZERO,
    Scale,
    conf,
    notes_height,
    places_for,
    scale,
    shown,
    simulated,
    sixes,
    spaced,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

ROW, CLOSE_ROW, HEAD, GUTTER, LABEL_LIMIT, BETWEEN = 0.46, 0.32, 0.28, 0.16, 1.7, 0.3
BAR = 0.31  # of a row's height
MANY, MOST = 12, 20  # rows that stand close, and rows that are drawn at most
SPENDING = 0.6  # the share of the room that the bars have; the gains have the rest
NUMBERS = ["present", "suggested", "low", "high", "gain", "gain_low", "gain_high"]
PRESENT = {"facecolor": RULE, "edgecolor": SOFT, "linewidth": 0.7}
SUGGESTED = {"facecolor": BLUE, "edgecolor": BLUE, "linewidth": 0.7}
BEYOND = {"facecolor": "#ffffff", "edgecolor": BLUE, "linewidth": 0.9, "hatch": "//////"}
RANGE = {"color": "#1d2229", "linewidth": 1.1, "solid_capstyle": "butt", "zorder": 3}
GAIN = Mark(CIRCLE, BLUE)


@dataclass(frozen=True)
class Row:
    """A segment: its words, its numbers (NaN where unknown), the words of its gain."""

    words: tuple[str, ...]
    present: float
    suggested: float
    low: float
    high: float
    gain: tuple[float, float, float]
    reach: str
    beyond: bool


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A row for each segment: a bar of present and one of suggested spending, and at the right the gain.

    Columns: segment (a name), present, suggested (money), low and high (how far the suggestion moves with the curve),
    gain, gain_low, gain_high (persons, of the suggestion), beyond (whether the suggestion is outside of the doses
    observed: its bar is hatched). Facts: unit of the money, total (gain of all, a Quantity) and total_range (a Range),
    budget (a Quantity), conf_level, simulated. Of more than twenty rows the first twenty are drawn.
    """
    rows = _rows(figure, voice)[:MOST]
    money = scale([0.0, *(each for row in rows for each in (row.present, row.suggested, row.high))], 5)
    gains = scale([0.0, *(each for row in rows for each in row.gain)], 4)
    keys, notes = [*_keys(figure, rows, voice), *simulated(figure, voice)], _notes(figure, rows, voice)
    heads = [wrap(voice.word("gain_head", conf=conf(figure)), 1.5)]
    left = EDGE + max(widest(row.words) for row in rows) + GUTTER
    right = EDGE + max(width(row.reach) for row in rows) + GUTTER
    # The numbers at the ends of both axes stand half beyond them.
    between = max(BETWEEN, (money.reach(voice) + gains.reach(voice)) / 2 + GUTTER)
    room = WIDTH - left - right - between
    top = key_height(keys) + max(HEAD, len(heads[0]) * LINE + 0.06)
    each = max(CLOSE_ROW if len(rows) > MANY else ROW, max(len(row.words) for row in rows) * LINE + 0.06)
    high = each * len(rows)
    foot = TICK_FOOT + AXIS_TITLE + 0.06
    sheet = Sheet.of(top + high + foot + notes_height(notes))
    sheet.legend(keys)
    sheet.write(WIDTH - EDGE, top - 0.06 - len(heads[0]) * LINE / 2, heads[0], align="right", colour=SOFT)
    spending = voice.word("axis", unit=unit_words(figure, voice))
    bars = _plot(sheet, (left, top, room * SPENDING, high), len(rows), money, voice, spending)
    place = left + room * SPENDING + between
    marks = _plot(sheet, (place, top, room * (1 - SPENDING), high), len(rows), gains, voice, voice.word("gain_axis"))
    for number, row in enumerate(rows):
        down = top + (number + 0.5) * each
        sheet.write(EDGE, down, row.words)
        sheet.write(WIDTH - EDGE, down, [row.reach], align="right")
        _draw_bars(bars, row, number + 0.5)
        _draw_gain(marks, row, number + 0.5)
    write_notes(sheet, top + high + foot, notes)
    return sheet.figure


def _rows(figure: content.Figure, voice: Voice) -> list[Row]:
    data = figure.data.copy()
    for column in NUMBERS:
        data[column] = sixes(data[column]) if column in data else np.nan
    places = places_for(data[["gain", "gain_low", "gain_high"]].to_numpy().ravel())
    beyond = data["beyond"] if "beyond" in data else [False] * len(data)
    return [
        Row(
            wrap(voice.text(line.segment), LABEL_LIMIT),
            line.present,
            line.suggested,
            line.low,
            line.high,
            (line.gain, line.gain_low, line.gain_high),
            _reach((line.gain, line.gain_low, line.gain_high), places, voice),
            bool(outside),
        )
        for line, outside in zip(data.itertuples(), beyond, strict=True)
    ]


def _reach(numbers: tuple[float, float, float], places: int, voice: Voice) -> str:
    if not np.isfinite(numbers[0]):
        return voice.word("suppressed")
    estimate, low, high = (voice.text(None) if np.isnan(each) else shown(each, places, voice) for each in numbers)
    return voice.word(
        "reach" if np.isfinite(numbers[1:]).all() else "reach_alone", estimate=estimate, low=low, high=high
    )


def _keys(figure: content.Figure, rows: list[Row], voice: Voice) -> list[Key]:
    keys = [Key(voice.word("present"), fill=PRESENT)] if any(np.isfinite(row.present) for row in rows) else []
    keys += [Key(voice.word("suggested"), fill=SUGGESTED)] if any(not row.beyond for row in rows) else []
    keys += [Key(voice.word("beyond"), fill=BEYOND)] if any(row.beyond for row in rows) else []
    moved = any(np.isfinite([row.low, row.high]).all() for row in rows)
    keys += [Key(voice.word("range"), line=RANGE)] if moved else []
    gained = any(np.isfinite(row.gain[0]) for row in rows)
    return keys + ([Key(voice.word("gain", conf=conf(figure)), (GAIN,))] if gained else [])


def _notes(figure: content.Figure, rows: list[Row], voice: Voice) -> list[str]:
    facts = {name: figure.facts.get(name) for name in ("budget", "total", "total_range")}
    said = [voice.word("total", **facts)] if facts["total"] is not None else []
    outside = tuple(" ".join(row.words) for row in rows if row.beyond)
    said += [voice.word("warning", segments=outside)] if outside else []
    more = len(figure.data) - len(rows)
    return said + ([voice.word("more", n=more)] if more > 0 else [])


def _plot(sheet: Sheet, box: tuple[float, float, float, float], rows: int, x: Scale, voice: Voice, title: str) -> Axes:
    """Axes whose y counts rows from the top, with light lines and their numbers and title below."""
    left, top, wide, high = box
    axes = sheet.plot(left, top, wide, high, (x.low, x.high))
    axes.set_ylim(rows, 0)
    at = spaced(x, wide, voice)
    axes.set_xticks(at, [""] * len(at))
    axes.vlines(at, 0, rows, color=GRID, linewidth=0.7, zorder=1)
    axes.plot([0, 0], [0, rows], zorder=1.5, **ZERO)
    for each in at:
        middle = left + (each - x.low) / (x.high - x.low) * wide
        sheet.write(middle, top + high + TICK_FOOT - LINE / 2, [voice.number(each)], align="center", colour=SOFT)
    down = top + high + TICK_FOOT + AXIS_TITLE - LINE / 2
    sheet.write(left + wide / 2, down, [title], align="center", colour=SOFT)
    return axes


def _draw_bars(axes: Axes, row: Row, middle: float) -> None:
    """Present spending above, suggested spending below, with how far it moves."""
    for value, look, top in ((row.present, PRESENT, middle - BAR - 0.02), (row.suggested, _look(row), middle + 0.02)):
        if np.isfinite(value) and value > 0:
            y = [six(top), six(top), six(top + BAR), six(top + BAR)]
            axes.fill([0, value, value, 0], y, zorder=2, **look)
    if np.isfinite([row.low, row.high]).all():
        y = six(middle + 0.02 + BAR / 2)
        axes.plot([row.low, row.high], [y, y], **RANGE)
        axes.vlines([row.low, row.high], y - BAR / 3, y + BAR / 3, color=RANGE["color"], linewidth=1.1, zorder=3)


def _look(row: Row) -> dict[str, object]:
    return BEYOND if row.beyond else SUGGESTED


def _draw_gain(axes: Axes, row: Row, middle: float) -> None:
    if np.isfinite(row.gain[0]):
        if np.isfinite(row.gain[1:]).all():
            reach = {"color": GAIN.colour, "linewidth": 1.7, "solid_capstyle": "butt", "zorder": 2}
            axes.plot(list(row.gain[1:]), [six(middle)] * 2, **reach)
        axes.plot([row.gain[0]], [six(middle)], **GAIN.style)
