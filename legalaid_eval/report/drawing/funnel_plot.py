"""Rates of places against the counts they rest on, within the limits of chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.path import Path

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import LINE, Voice, width
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, DIAMOND, INK, SOFT, VERMILION, Mark
from legalaid_eval.report.drawing.monthly import End
from legalaid_eval.report.drawing.panel import (
    AXIS_TITLE,
    PAD,
    TICK_FOOT,
    Panel,
    Scale,
    notes_height,
    places_for,
    scale,
    shown,
    simulated,
    sixes,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

HIGH = 3.0
LIMITS = ("lo95", "hi95", "lo998", "hi998")
NUMBERS = ("denominator", "rate", "shrunk", "pooled", *LIMITS)
INNER = {"color": SOFT, "linewidth": 1.0, "linestyle": (0, (4, 1.6)), "dash_capstyle": "butt"}
OUTER = {"color": SOFT, "linewidth": 1.1}
POOLED = {"color": INK, "linewidth": 1.1}
SHRUNK = Mark(Path([(-1, 0), (1, 0)]), INK)
MARKS = {
    "inside": Mark(CIRCLE, BLUE, open=True),
    "outside95": Mark(CIRCLE, BLUE),
    "outside998": Mark(DIAMOND, VERMILION),
}
BEFORE = 0.7  # of the smallest denominator
REACH, APART = 0.07, 0.06  # inches from a marker's middle to its edge, and from there to words
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Named:
    """The words of a point and where they stand: left edge and middle height in inches."""

    words: str
    left: float
    middle: float

    @property
    def box(self) -> Box:
        """Left, right, top and bottom."""
        return self.left, self.left + width(self.words), self.middle - LINE / 2, self.middle + LINE / 2


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Every place as a point; only those outside the limits are named.

    Columns: place, denominator, rate, outside ("inside", "outside95" or "outside998"), and shrunk (a partly pooled
    estimate) where known. Rows without a place are points of the limits: denominator, pooled, lo95, hi95, lo998,
    hi998. A place without a rate is named as missing. Facts: unit (of the rate), missing (names of more places
    without data), overdispersed (whether the limits are widened), chance (how many places are expected outside the
    inner limits by chance alone), simulated.
    """
    data = _rows(figure, voice)
    points = data[data["name"].notna()]
    limits = _limits(data[data["name"].isna()].sort_values("denominator"), points)
    y = scale(data[["rate", "shrunk", *LIMITS]].to_numpy().ravel(), 6)
    across = monthly.from_zero(data["denominator"], 7)
    ends = _ends(limits, voice)
    left = EDGE + y.reach(voice) + PAD
    box = (left, WIDTH - EDGE - monthly.ends_width(ends) - left)
    keys = [*_keys(points, limits, voice), *simulated(figure, voice)]
    top = key_height(keys) + LINE + 0.12
    notes, sheet_foot = _notes(figure, points, voice), TICK_FOOT + AXIS_TITLE + 0.08
    # Names that find no free place in the plot are said below it, so they are placed before the paper is cut.
    high = top + HIGH + sheet_foot
    trial = Panel.on(Sheet.of(high), (box[0], top, box[1], HIGH), (0.0, across.high), y)
    named, left_out = _names(trial, points, limits)
    notes = [*([voice.word("also", places=left_out)] if left_out else []), *notes]
    sheet = Sheet.of(high + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    panel = Panel.on(sheet, (box[0], top, box[1], HIGH), (0.0, across.high), y)
    _draw_axes(panel, across, y, voice)
    _draw_points(panel, points, limits)
    for each in named:
        sheet.write(each.left, each.middle, [each.words])
    monthly.write_ends(sheet, panel, ends)
    write_notes(sheet, high, notes)
    return sheet.figure


def _rows(figure: content.Figure, voice: Voice) -> pd.DataFrame:
    data = figure.data.reindex(columns=[*figure.data, *(each for each in NUMBERS if each not in figure.data)])
    data = data.assign(name=[voice.text(place) if _known(place) else None for place in data["place"]])
    data[list(NUMBERS)] = data[list(NUMBERS)].apply(sixes)
    return data


def _limits(limits: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """The limits from a little before the smallest place on: farther left they would only flatten the plot."""
    near = limits[limits["denominator"] >= BEFORE * points.loc[points["rate"].notna(), "denominator"].min()]
    return near if len(near) > 1 else limits


def _known(place: object) -> bool:
    return place is not None and place is not pd.NA and not (isinstance(place, float) and np.isnan(place))


def _ends(limits: pd.DataFrame, voice: Voice) -> list[End]:
    """Words at the right end of the pooled line."""
    pooled = monthly.last_value(limits, "pooled")
    value = shown(pooled, places_for([pooled]), voice) if np.isfinite(pooled) else ""
    return monthly.end(pooled, voice.word("pooled_end", n=value), INK)


def _keys(points: pd.DataFrame, limits: pd.DataFrame, voice: Voice) -> list[Key]:
    found = set(points.loc[points["rate"].notna(), "outside"])
    keys = [Key(voice.word(kind), (mark,)) for kind, mark in MARKS.items() if kind in found]
    if points["shrunk"].notna().any():
        keys.append(Key(voice.word("shrunk"), (SHRUNK,)))
    for column, look, level in (("hi95", INNER, 95), ("hi998", OUTER, 99.8)):
        if limits[column].notna().any():
            keys.append(Key(voice.word("limits", conf=content.Quantity(level, "percent")), line=look))
    return keys


def _notes(figure: content.Figure, points: pd.DataFrame, voice: Voice) -> list[str]:
    facts = figure.facts
    absent = [voice.text(place) for place in facts.get("missing", ())]
    absent += [name for name in points.loc[points["rate"].isna(), "name"] if name not in absent]
    said = [voice.word("chance", n=facts["chance"])] if facts.get("chance") is not None else []
    said += [voice.word("overdispersed")] if facts.get("overdispersed") else []
    return said + ([voice.word("missing", n=len(absent), places=tuple(absent))] if absent else [])


def _draw_axes(panel: Panel, across: Scale, y: Scale, voice: Voice) -> None:
    panel.rows(y, voice)
    panel.columns(across.at, across.words(voice))
    below = panel.top + panel.high + TICK_FOOT + AXIS_TITLE - LINE / 2
    panel.sheet.write(panel.left + panel.wide / 2, below, [voice.word("denominator")], align="center", colour=SOFT)


def _draw_points(panel: Panel, points: pd.DataFrame, limits: pd.DataFrame) -> None:
    for column, look in (("pooled", POOLED), *((each, OUTER if each.endswith("998") else INNER) for each in LIMITS)):
        panel.axes.plot(limits["denominator"], limits[column], zorder=1.8, **look)
    for line in points[points["rate"].notna()].itertuples():
        if np.isfinite(line.shrunk):
            panel.axes.plot([line.denominator] * 2, [line.rate, line.shrunk], color=INK, linewidth=0.9, zorder=2.6)
            panel.axes.plot([line.denominator], [line.shrunk], **SHRUNK.style)
        panel.axes.plot([line.denominator], [line.rate], **MARKS[line.outside].style)


def _names(panel: Panel, points: pd.DataFrame, limits: pd.DataFrame) -> tuple[list[Named], tuple[str, ...]]:
    """The points outside with free places for their names, the farthest first; the names without a place."""
    known = points[points["rate"].notna()]
    taken = [_taken(panel, line) for line in known.itertuples()]
    placed, left_out = [], []
    order = sorted(range(len(known)), key=lambda n: (known["outside"].iloc[n] != "outside998", n))
    for line in (known.iloc[number] for number in order if known["outside"].iloc[number] != "inside"):
        spots = _around(line["name"], panel.across(line["denominator"]), panel.down(line["rate"]))
        free = [each for each in spots if _fits(each.box, panel, taken)]
        if not free:
            left_out.append(line["name"])
            continue
        placed.append(min(free, key=lambda each: _crossed(each.box, panel, limits)))  # the first of equals
        taken.append(placed[-1].box)
    return placed, tuple(left_out)


def _taken(panel: Panel, line: object) -> Box:
    """The room of a point and of its pooled estimate."""
    x, heights = panel.across(line.denominator), [panel.down(line.rate)]
    heights += [panel.down(line.shrunk)] if np.isfinite(line.shrunk) else []
    return x - REACH, x + REACH, min(heights) - REACH, max(heights) + REACH


def _around(words: str, x: float, y: float) -> Iterator[Named]:
    """Places for words close to a point: beside it, then above and below."""
    wide = width(words)
    for down in (0.0, -LINE / 2, LINE / 2, -LINE * 0.9, LINE * 0.9, -LINE * 1.3, LINE * 1.3):
        for left in (x + REACH + APART, x - REACH - APART - wide):
            yield Named(words, left, y + down)
    for down in (-REACH - LINE / 2 - 0.01, REACH + LINE / 2 + 0.01):
        for share in (0.5, 0.2, 0.8, 0.0, 1.0):
            yield Named(words, x - share * wide, y + down)


def _fits(box: Box, panel: Panel, taken: Sequence[Box]) -> bool:
    inside = panel.left <= box[0] and box[1] <= panel.left + panel.wide and panel.top <= box[2]
    apart = (
        box[0] >= b[1] + 0.04 or b[0] >= box[1] + 0.04 or box[2] >= b[3] - 0.02 or b[2] >= box[3] - 0.02 for b in taken
    )
    return inside and box[3] <= panel.top + panel.high and all(apart)


def _crossed(box: Box, panel: Panel, limits: pd.DataFrame) -> int:
    """How many of the curves run through the box."""
    at = [panel.across(value) for value in limits["denominator"]]
    if not at:
        return 0
    along = np.linspace(box[0], box[1], 9)
    curves = (np.interp(along, at, [panel.down(value) for value in limits[name]]) for name in ("pooled", *LIMITS))
    return sum(bool(((box[2] < curve) & (curve < box[3])).any()) for curve in curves)
