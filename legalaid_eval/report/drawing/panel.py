"""A plot whose both axes have the data's units, and what such plots share: scales, marks in time, notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count

import numpy as np
from matplotlib.axes import Axes

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, GRID, INK, PURPLE, SOFT, VERMILION, six, ticks
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet
from legalaid_eval.report.formatting import formatter

TICK_FOOT = 0.22  # below a plot, for its tick labels
AXIS_TITLE = 0.2  # below the tick labels, for the axis title
PAD = 0.07  # between a plot and the words at its left
SHARE_OF_SPAN = 0.06  # air above and below the values
SHADE = 0.18  # how dark the band of an interval is
OBSERVED = {"color": BLUE, "linewidth": 1.5, "solid_capstyle": "butt"}
WITHOUT = {"color": VERMILION, "linewidth": 1.5, "linestyle": (0, (3.2, 1.5)), "dash_capstyle": "butt"}
START = {"color": INK, "linewidth": 1.0, "linestyle": (0, (1, 1.6)), "dash_capstyle": "butt"}
ZERO = {"color": INK, "linewidth": 0.9}
LINES = (  # told apart by colour and by pattern
    {"color": BLUE, "linewidth": 1.6},
    {"color": VERMILION, "linewidth": 1.6, "linestyle": (0, (4, 1.4)), "dash_capstyle": "butt"},
    {"color": PURPLE, "linewidth": 1.8, "linestyle": (0, (1.1, 1.1)), "dash_capstyle": "butt"},
)


def _places(value: float) -> int:
    """Decimals that the number needs."""
    return max(0, -int(Decimal(repr(value)).normalize().as_tuple().exponent))


@dataclass(frozen=True)
class Scale:
    """The ends of an axis and where its light lines stand."""

    low: float
    high: float
    at: tuple[float, ...]

    def words(self, voice: Voice) -> tuple[str, ...]:
        places = max((_places(each) for each in self.at), default=0)
        return tuple(shown(each, places, voice) if each else voice.number(0) for each in self.at)

    def reach(self, voice: Voice) -> float:
        """Inches that the widest of its labels takes."""
        return max(map(width, self.words(voice)), default=0.0)


def scale(values: Sequence[float], at_most: int = 5) -> Scale:
    """An axis that holds all finite values, with a little air; values that are all alike get some room too."""
    finite = [float(value) for value in values if np.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    if high - low <= abs(high) * 1e-6:
        room = abs(high) * 0.1 or 1.0
        low, high = low - room, high + room
    air = (high - low) * SHARE_OF_SPAN
    low, high = six(low - air if low < 0 or low > air else 0.0), six(high + air if high else 0.0)
    return Scale(low, high, tuple(ticks(low, high, at_most)))


@dataclass(frozen=True)
class Panel:
    """A plot at a place on the paper (inches from its left and top), with the ends of its axes."""

    sheet: Sheet
    axes: Axes
    left: float
    top: float
    wide: float
    high: float
    x: tuple[float, float]
    y: tuple[float, float]

    @classmethod
    def on(cls, sheet: Sheet, box: tuple[float, float, float, float], x: tuple[float, float], y: Scale) -> "Panel":
        """`box` is left, top, width and height."""
        axes = sheet.plot(*box, x)
        axes.set_ylim(y.low, y.high)
        axes.set_xticks([])
        return cls(sheet, axes, *box, x, (y.low, y.high))

    def across(self, value: float) -> float:
        """Inches from the paper's left."""
        return self.left + (value - self.x[0]) / (self.x[1] - self.x[0]) * self.wide

    def down(self, value: float) -> float:
        """Inches from the paper's top."""
        return self.top + (self.y[1] - value) / (self.y[1] - self.y[0]) * self.high

    def rows(self, y: Scale, voice: Voice, *, named: bool = True) -> None:
        """Light lines across the plot, and their numbers at its left."""
        self.axes.hlines(y.at, *self.x, color=GRID, linewidth=0.7, zorder=1)
        for value, words in zip(y.at, y.words(voice), strict=True):
            if named:
                self.sheet.write(self.left - PAD, self.down(value), [words], align="right", colour=SOFT)

    def columns(self, at: Sequence[float], words: Sequence[str]) -> None:
        """Ticks below the plot with their words, which stay on the paper."""
        self.axes.set_xticks(list(at), [""] * len(at))
        for value, word in zip(at, words, strict=True):
            half = width(word) / 2
            middle = min(max(self.across(value), EDGE + half), WIDTH - EDGE - half)
            self.sheet.write(middle, self.top + self.high + TICK_FOOT - LINE / 2, [word], align="center", colour=SOFT)

    def upright(self, value: float, **look: object) -> None:
        self.axes.plot([six(value)] * 2, list(self.y), zorder=1.6, **(START | look))


def spaced(x: Scale, wide: float, voice: Voice) -> list[float]:
    """As many plain numbers of an axis as `wide` inches hold without their words touching."""
    for at_most in (7, 6, 5, 4, 3):
        at = ticks(x.low, x.high, at_most)
        room = wide * (at[1] - at[0]) / (x.high - x.low) if len(at) > 1 else wide
        if max(width(voice.number(each)) for each in at) + 0.12 <= room:
            return at
    return [at[0], at[-1]] if len(at) > 1 else at


def sixes(values: Sequence[float]) -> list[float]:
    """Every number with six digits; a missing one stays missing."""
    return [six(value) if np.isfinite(value) else float("nan") for value in map(float, values)]


def simulated(figure: content.Figure, voice: Voice) -> list[Key]:
    """The words that mark simulated data in the picture itself, as an entry of its legend."""
    said = voice.text(content.Code("evidence", "simulated"))
    return [Key(f"[{said}]")] if figure.facts.get("simulated") else []


def unit_words(figure: content.Figure, voice: Voice) -> str:
    return voice.text(content.Code("figure_unit", str(figure.facts.get("unit", "count"))))


def conf(figure: content.Figure) -> content.Quantity:
    """The confidence level in percent; 95 unless the facts have another."""
    return content.Quantity(round(100 * float(figure.facts.get("conf_level", 0.95)), 2), "percent")


def shown(value: float, places: int, voice: Voice) -> str:
    """A number with exactly `places` decimals."""
    return formatter(voice.language).number(value, places)


def places_for(values: Sequence[float]) -> int:
    """Decimals that show two digits of the largest value, and at most one of a number above ten."""
    largest = max((abs(float(value)) for value in values if np.isfinite(value)), default=0.0)
    return 1 if largest == 0 else min(max(1 - int(np.floor(np.log10(largest))), 0 if largest >= 100 else 1), 12)


def notes_height(notes: Sequence[str]) -> float:
    return len(_wrapped(notes)) * LINE + 0.1 if notes else 0.0


def write_notes(sheet: Sheet, top: float, notes: Sequence[str]) -> None:
    """Sentences below a picture, across the paper."""
    lines = _wrapped(notes)
    if lines:
        sheet.write(EDGE, top + 0.06 + len(lines) * LINE / 2, lines, colour=SOFT)


def _wrapped(notes: Sequence[str]) -> list[str]:
    return [line for note in notes for line in wrap(note, WIDTH - 2 * EDGE)]


@dataclass(frozen=True)
class Flag:
    """Words beside an upright mark: their left edge in inches, and the line of text they stand on, from below."""

    left: float
    lane: int
    lines: tuple[str, ...]


def flags(
    marks: Sequence[tuple[float, str]], *, limit: float = 2.4, ends: tuple[float, float] = (EDGE, WIDTH - EDGE)
) -> list[Flag]:
    """Words for marks at places in inches: right or left of each, in the lowest lane where they touch no others."""
    placed: list[Flag] = []
    for at, words in sorted(marks, reverse=True):
        lines = wrap(words, limit)
        wide = max(map(width, lines))
        sides = [min(max(left, ends[0]), ends[1] - wide) for left in (at - 0.02, at + 0.02 - wide)]
        spots = ((left, lane) for lane in count() for left in sides)
        free = (spot for spot in spots if not any(_touch(each, spot[0], wide, spot[1], len(lines)) for each in placed))
        placed.append(Flag(*next(free), lines))
    return placed


def _touch(other: Flag, left: float, wide: float, lane: int, deep: int) -> bool:
    beside = other.left > left + wide + 0.1 or left > other.left + max(map(width, other.lines)) + 0.1
    above = other.lane >= lane + deep or lane >= other.lane + len(other.lines)
    return not (beside or above)


def flags_height(found: Sequence[Flag]) -> float:
    return max((flag.lane + len(flag.lines) for flag in found), default=0) * LINE


def write_flags(sheet: Sheet, found: Sequence[Flag], bottom: float) -> None:
    """The words, the lowest lane standing on `bottom`."""
    for flag in found:
        low = bottom - flag.lane * LINE
        sheet.write(flag.left, low - len(flag.lines) * LINE / 2, flag.lines, colour=SOFT)
