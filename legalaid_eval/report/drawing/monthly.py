"""What pictures over months share: a plot with marks and shaded spans in time, and words where its lines end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from legalaid_eval import content
from legalaid_eval.report.drawing import time_axis
from legalaid_eval.report.drawing.lettering import LINE, Voice, widest, wrap
from legalaid_eval.report.drawing.marks import INK, SOFT, six
from legalaid_eval.report.drawing.panel import (
    LINES,
    PAD,
    START,
    Flag,
    Panel,
    Scale,
    flags_height,
    scale,
    sixes,
    write_flags,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet

LOOKS = (*LINES, {"color": INK, "linewidth": 1.3, "linestyle": (0, (6, 1.4, 1.2, 1.4)), "dash_capstyle": "butt"})
LEAD, WORDS_LIMIT, RIGHT = 0.2, 1.25, 0.1
MARK_LIMIT, LANES = 2.4, 12
DEEP = 0.02  # inches between the words of two lines that end close together
AMBER = "#e69f00"
BANDS = (("95", 0.18), ("80", 0.22))  # the narrower lies on the wider
DEPTHS = {"95": 0.18, "80": 1 - (1 - 0.18) * (1 - 0.22)}
NO_LINE = {"linewidth": 0}
SPANS = {"festival": (SOFT, 0.26), "baseline": (AMBER, 0.16)}
MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True)
class End:
    """Words at the right of a plot, at the height of a value."""

    value: float
    lines: tuple[str, ...]
    colour: str = INK

    @property
    def high(self) -> float:
        return len(self.lines) * LINE + DEEP


@dataclass(frozen=True)
class Frame:
    """The axis of months: its ends, its left edge and width in inches, marks (place, words) and shaded spans."""

    x: tuple[float, float]
    left: float
    wide: float
    marks: tuple[tuple[float, str], ...] = ()
    spans: tuple[tuple[float, float, str], ...] = ()
    flags: tuple[Flag, ...] = field(default=())


def frame(figure: content.Figure, at: Sequence[float], reach: float, ends: Sequence[End], voice: Voice) -> Frame:
    """The axis of the months `at`, between numbers that take `reach` inches and the words at the lines' ends.

    Of the figure's facts it reads `marks`, a tuple of (day or month, words), `festival`, months, and `baseline`, the
    first and the last month of a span.
    """
    # A month stands at the middle of its room, so what happens on its first day stands half a month before.
    marks = ((time_axis.position(day) - 0.5, voice.text(said)) for day, said in figure.facts.get("marks", ()))
    return framed(at, reach, ends, tuple(marks), _spans(figure))


def framed(
    at: Sequence[float],
    reach: float,
    ends: Sequence[End],
    marks: Sequence[tuple[float, str]],
    spans: Sequence[tuple[float, float, str]] = (),
) -> Frame:
    """As `frame`, with marks at places and spans between places; what lies outside of the axis is left out."""
    half = time_axis.step(sorted(set(at))) / 2
    x, left = (min(at) - half, max(at) + half), EDGE + reach + PAD
    wide = WIDTH - EDGE - ends_width(ends) - left
    inside = tuple((place, said) for place, said in marks if x[0] <= place <= x[1])
    within = tuple((max(a, x[0]), min(b, x[1]), kind) for a, b, kind in spans if a < x[1] and b > x[0])
    words = [(left + (place - x[0]) / (x[1] - x[0]) * wide, said) for place, said in inside]
    return Frame(x, left, wide, inside, within, tuple(_flags(words)))


def _flags(marks: Sequence[tuple[float, str]]) -> list[Flag]:
    """Words right or left of their marks, in the lowest lane in which they neither touch nor cut off another.

    Words stand above a later mark only if that mark's own words stand below them; else it could be taken for theirs.
    """
    placed: list[tuple[float, Flag]] = []
    for at, words in sorted(marks, reverse=True):
        lines = wrap(words, MARK_LIMIT)
        wide = widest(lines)
        sides = [min(max(left, EDGE), WIDTH - EDGE - wide) for left in (at - 0.02, at + 0.02 - wide)]
        spots = [Flag(left, lane, lines) for lane in range(LANES) for left in sides]
        clear = [each for each in spots if not any(_touch(each, flag) for _, flag in placed)]
        open_ = [each for each in clear if _cuts_off_none(each, at, marks, placed)]
        placed.append((at, next(iter([*open_, *clear, spots[-1]]))))
    return [flag for _, flag in sorted(placed, key=lambda each: each[0])]


def _touch(one: Flag, other: Flag) -> bool:
    beside = one.left > other.left + widest(other.lines) + 0.1 or other.left > one.left + widest(one.lines) + 0.1
    return not (beside or one.lane >= other.lane + len(other.lines) or other.lane >= one.lane + len(one.lines))


def _cuts_off_none(
    spot: Flag, own: float, marks: Sequence[tuple[float, str]], placed: Sequence[tuple[float, Flag]]
) -> bool:
    right, below = spot.left + widest(spot.lines), [at for at, flag in placed if flag.lane < spot.lane]
    covered = [at for at, _ in marks if at != own and spot.left - 0.03 < at < right + 0.03]
    return all(at in below for at in covered)


def unmarked(axis: Frame) -> Frame:
    """The same axis without marks, for a plot they say nothing about."""
    return replace(axis, marks=(), flags=())


def marks_height(axis: Frame) -> float:
    """Inches that the words of the marks take above a plot."""
    return flags_height(axis.flags)


def write_marks(sheet: Sheet, axis: Frame, bottom: float) -> None:
    """The words of the marks above the plot that begins at `bottom`, with the marks drawn up to higher words."""
    write_flags(sheet, axis.flags, bottom - 0.03)
    high = marks_height(axis)
    if not high:
        return
    axes = sheet.plot(axis.left, bottom - high, axis.wide, high, axis.x)
    axes.set_axis_off()
    for (at, _), flag in zip(sorted(axis.marks), axis.flags, strict=True):
        if flag.lane:
            axes.plot([six(at)] * 2, [six(high), six(high - flag.lane * LINE)], clip_on=False, **START)


def _spans(figure: content.Figure) -> list[tuple[float, float, str]]:
    festival = [(month, month, "festival") for month in figure.facts.get("festival", ())]
    baseline = figure.facts.get("baseline")
    wanted = [*festival, *([(*baseline, "baseline")] if baseline else [])]
    return [(time_axis.position(a) - 0.5, time_axis.position(b) + 0.5, kind) for a, b, kind in wanted]


def plot(sheet: Sheet, axis: Frame, box: tuple[float, float], y: Scale, voice: Voice, *, named: bool = True) -> Panel:
    """A plot over the months; `box` is its top and height, `named` says whether months stand below it."""
    top, high = box
    panel = Panel.on(sheet, (axis.left, top, axis.wide, high), axis.x, y)
    for first, last, kind in axis.spans:
        colour, depth = SPANS[kind]
        panel.axes.axvspan(six(first), six(last), color=colour, alpha=depth, linewidth=0, zorder=0.5)
    panel.rows(y, voice)
    at, words = time_axis.ticks(*axis.x, axis.wide)
    panel.columns(at, words if named else [""] * len(at))
    for place, _ in axis.marks:
        panel.upright(place)
    return panel


def from_zero(values: Sequence[float], at_most: int = 6) -> Scale:
    """An axis of counts: it begins at zero."""
    return scale([0.0, *values], at_most)


def rows(figure: content.Figure, numbers: Sequence[str]) -> pd.DataFrame:
    """The figure's rows in the order of time with `at`, the places of their months; absent numbers are missing."""
    data = figure.data.assign(at=[time_axis.position(month) for month in figure.data["month"]])
    for column in numbers:
        data[column] = sixes(data[column]) if column in data else np.nan
    return data.sort_values("at", kind="stable")


def span_keys(axis: Frame, voice: Voice) -> list[Key]:
    """Legend entries of the shaded spans and of the marks, where there are any."""
    kinds = {kind for *_, kind in axis.spans}
    keys = [patch(voice.word(kind), *look) for kind, look in SPANS.items() if kind in kinds]
    return [*keys, *([Key(voice.word("mark"), line=START, upright=True)] if axis.marks else [])]


def patch(words: str, colour: str, depth: float) -> Key:
    """A legend entry of a shaded area."""
    return Key(words, line=NO_LINE, upright=True, shade=colour, depth=depth)


def band_keys(data: pd.DataFrame, colour: str, voice: Voice) -> list[Key]:
    """Legend entries of the intervals that the data have, the narrower first."""
    known = [level for level, _ in reversed(BANDS) if data[[f"lo{level}", f"hi{level}"]].notna().all(axis=1).any()]
    said = (voice.word("band", conf=content.Quantity(int(level), "percent")) for level in known)
    return [patch(words, colour, DEPTHS[level]) for words, level in zip(said, known, strict=True)]


def draw_bands(panel: Panel, data: pd.DataFrame, colour: str) -> None:
    """The intervals of 95 and 80 percent; that of a single month is as wide as half a month."""
    for level, depth in BANDS:
        known = data[data[[f"lo{level}", f"hi{level}"]].notna().all(axis=1)]
        if len(known) == 1:
            known = pd.concat([known.assign(at=known["at"] - 0.25), known.assign(at=known["at"] + 0.25)])
        bounds = (known[f"lo{level}"], known[f"hi{level}"])
        panel.axes.fill_between(known["at"], *bounds, color=colour, alpha=depth, linewidth=0, zorder=1.2)


def draw_line(panel: Panel, data: pd.DataFrame, column: str, look: dict[str, object], zorder: float = 3) -> None:
    """A line with gaps where values are missing; a value between two gaps is a dot."""
    for run in time_axis.runs(data, column):
        dot = {"marker": "o", "markersize": 3.4} if len(run) == 1 else {}
        panel.axes.plot(run["at"], run[column], zorder=zorder, **look, **dot)


def last_value(data: pd.DataFrame, column: str) -> float:
    """The last value known; missing if there is none."""
    known = data.loc[data[column].notna(), column]
    return float(known.iloc[-1]) if len(known) else float("nan")


def end(value: float, words: str, colour: str = INK) -> list[End]:
    """The words of a line's end, in lines; none for a line without values."""
    return [End(value, wrap(words, WORDS_LIMIT), colour)] if np.isfinite(value) else []


def ends_width(ends: Sequence[End]) -> float:
    """Inches at the right of a plot for the words of its lines."""
    return LEAD + max(widest(each.lines) for each in ends) if ends else RIGHT


def ends_height(ends: Sequence[End]) -> float:
    """Inches that all the words take one below the other."""
    return sum(each.high for each in ends)


def write_ends(sheet: Sheet, panel: Panel, ends: Sequence[End]) -> None:
    """The words at the right of a plot, moved apart where lines end close together, each led to from its value."""
    ordered = sorted(ends, key=lambda each: (-each.value, each.lines))
    tops = spread([(panel.down(each.value), each.high) for each in ordered], panel.top, panel.top + panel.high)
    axes = sheet.plot(panel.left + panel.wide, panel.top, LEAD, panel.high, (0, 1))
    axes.set_axis_off()
    for each, top in zip(ordered, tops, strict=True):
        middle = top + each.high / 2
        heights = [six(panel.down(each.value) - panel.top), six(middle - panel.top)]
        look = {"color": each.colour, "linewidth": 0.8, "clip_on": False}
        axes.plot([0.1, 0.4, 0.8], [heights[0], heights[1], heights[1]], **look)
        sheet.write(panel.left + panel.wide + LEAD, middle, each.lines)


def spread(wanted: Sequence[tuple[float, float]], top: float, bottom: float) -> list[float]:
    """The tops of blocks (middle, height), in order from above, moved as little as needed so that none overlap.

    They stay between `top` and `bottom` as far as there is room; an end block may stick out by half its height.
    """
    tops: list[float] = []
    free = top - (wanted[0][1] / 2 if wanted else 0)
    for middle, high in wanted:
        tops.append(max(middle - high / 2, free))
        free = tops[-1] + high
    floor = bottom + (wanted[-1][1] / 2 if wanted else 0)
    for number in reversed(range(len(tops))):
        tops[number] = min(tops[number], floor - wanted[number][1])
        floor = tops[number]
    return tops


def distinct(values: Sequence[object], name: Callable[[object], str]) -> dict[object, str]:
    """The values in the order of their first appearance, with their names."""
    return {value: name(value) for value in dict.fromkeys(values)}
