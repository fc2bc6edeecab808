"""How a whole divides over time: stacked shares of months, quarters or years."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report.drawing import monthly, time_axis
from legalaid_eval.report.drawing.lettering import LINE, Voice, wrap
from legalaid_eval.report.drawing.marks import SOFT, six
from legalaid_eval.report.drawing.monthly import WORDS_LIMIT, End
from legalaid_eval.report.drawing.panel import (
    START,
    TICK_FOOT,
    Panel,
    Scale,
    notes_height,
    simulated,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, Sheet, key_height

HIGH, FULL, MOST = 2.7, 100.0, 6
SMALL = 2.0  # percent: a group that never has more is merged
OVER = 0.5  # percent by which rounded shares may add up to more than the whole
INSET, MANY = 0.06, 40  # white between two columns, in their widths, unless there are many
# Dark and light take turns, so that neighbours differ in print without colour too.
FILLS = ("#0b4f7d", "#8fc3e6", "#8f3a06", "#f4c08f", "#6b2c5c", "#dcb6d2")
OTHER = "#7d8794"
OTHER_CODES = ("other", "missing")


@dataclass(frozen=True)
class Layer:
    """A group: its name, its fill, and its lower and upper edge by period."""

    name: str
    fill: str
    low: np.ndarray
    high: np.ndarray


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A column for each period from 0 to 100 percent, the largest group at the bottom; words stand at the right.

    Columns: month (the first of a period), group (a name), share (percent). Small groups, and all beyond the six
    largest, are merged with the code "other" (the word `other`). A period without shares is a gap. Facts: marks
    (as in `count_series`), simulated. Raises LegalAidEvalError where the shares of a period add up to more than
    100, which cannot be stacked.
    """
    wide, at = _table(figure)
    layers, merged = _layers(wide, voice)
    y = Scale(0.0, FULL, (0.0, 25.0, 50.0, 75.0, FULL))
    ends = _ends(layers, wide, voice)
    axis = monthly.frame(figure, at, y.reach(voice), ends, voice)
    keys, notes = simulated(figure, voice), _notes(wide, merged, voice)
    top, high = key_height(keys) if keys else 0.06, max(HIGH, monthly.ends_height(ends))
    top += LINE + 0.12 + monthly.marks_height(axis)
    sheet = Sheet.of(top + high + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, top - monthly.marks_height(axis) - 0.12 - LINE / 2, [voice.word("axis")])
    monthly.write_marks(sheet, axis, top)
    panel = monthly.plot(sheet, axis, (top, high), y, voice)
    for layer in layers:
        draw_layer(panel, layer, at)
    for place, _ in axis.marks:  # visible on dark and on light columns
        panel.axes.plot([six(place)] * 2, list(panel.y), color="white", linewidth=2.4, zorder=2.9)
        panel.axes.plot([six(place)] * 2, list(panel.y), zorder=3, **START)
    monthly.write_ends(sheet, panel, ends)
    if wide.isna().all(axis=None):
        said = voice.word("suppressed")
        sheet.write(panel.left + panel.wide / 2, top + high / 2, [said], align="center", colour=SOFT)
    write_notes(sheet, top + high + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _table(figure: content.Figure) -> tuple[pd.DataFrame, list[float]]:
    """Shares by period (rows, in order) and group (columns), and the places of the periods' middles."""
    data = monthly.rows(figure, ("share",))
    groups = list(dict.fromkeys(figure.data["group"]))
    number = {group: place for place, group in enumerate(groups)}
    data = data.assign(number=[number[group] for group in data["group"]])
    wide = data.groupby(["at", "number"])["share"].sum(min_count=1).unstack("number").reindex(columns=number.values())
    wide.columns = groups
    most = wide.sum(axis=1).max()
    if most > FULL + OVER:
        raise LegalAidEvalError(
            f"figure '{figure.id}': found shares of a period that add up to {most:g} percent; expected at most 100; "
            f"groups that overlap cannot be stacked"
        )
    # A period is named by its first month; its column stands at its middle.
    late = (time_axis.step(list(wide.index)) - 1) / 2
    return wide, [float(place) + late for place in wide.index]


def _layers(wide: pd.DataFrame, voice: Voice) -> tuple[list[Layer], tuple[str, ...]]:
    """The layers from below, and the names of the groups that were merged."""
    sizes = wide.mean().fillna(0.0)
    own = [group for group in wide if not _is_other(group) and wide[group].max() >= SMALL]
    kept = sorted(own, key=lambda group: -sizes[group])[:MOST]
    rest = [group for group in wide if group not in kept]
    shares = [(voice.text(group), wide[group].fillna(0.0)) for group in kept]
    shares += [(voice.word("other"), wide[rest].sum(axis=1))] if rest and wide[rest].notna().any(axis=None) else []
    fills = [*FILLS[: len(kept)], OTHER]
    known, low, layers = wide.notna().any(axis=1).to_numpy(), np.zeros(len(wide)), []
    for fill, (name, share) in zip(fills, shares, strict=False):
        high = np.where(known, low + share.to_numpy(), np.nan)
        layers.append(Layer(name, fill, low, high))
        low = high
    return layers, tuple(voice.text(group) for group in rest if not _is_other(group) and wide[group].max() > 0)


def _is_other(group: object) -> bool:
    return getattr(group, "code", None) in OTHER_CODES


def _ends(layers: Sequence[Layer], wide: pd.DataFrame, voice: Voice) -> list[End]:
    """Each layer's name with its first and last share, at the middle of its last column."""
    known = np.flatnonzero(wide.notna().any(axis=1))
    if not len(known):
        return []
    first, last = known[0], known[-1]
    ends = []
    for layer in layers:
        begun, ended = (_share(layer, place) for place in (first, last))
        facts = {"first": begun, "last": ended}
        said = voice.word("end" if first != last else "end_alone", **facts)
        lines = (*wrap(layer.name, WORDS_LIMIT), said)
        ends.append(End((layer.low[last] + layer.high[last]) / 2, lines, layer.fill))
    return ends


def _share(layer: Layer, place: int) -> content.Quantity:
    return content.Quantity(six(layer.high[place] - layer.low[place]), "percent", decimals=0)


def _notes(wide: pd.DataFrame, merged: tuple[str, ...], voice: Voice) -> list[str]:
    said = [voice.word("merged", groups=merged)] if merged else []
    return said + ([voice.word("gaps")] if wide.isna().all(axis=1).any() else [])


def draw_layer(panel: Panel, layer: Layer, at: Sequence[float], each: float | None = None) -> None:
    """Columns of the layer, for periods of `each` months; the white line at their top parts it from the next."""
    half = (time_axis.step(at) if each is None else each) * (0.5 - (INSET if len(at) <= MANY else 0))
    columns = zip(at, layer.low, layer.high, strict=True)
    shown = [column for column in columns if np.isfinite(column[2]) and column[2] > column[1]]
    for place, low, high in shown:
        x, y = [six(place - half), six(place + half)], [six(low), six(high)]
        look = {"facecolor": layer.fill, "edgecolor": layer.fill, "linewidth": 0.3, "zorder": 2}
        panel.axes.fill([x[0], x[1], x[1], x[0]], [y[0], y[0], y[1], y[1]], **look)
    tops = [six(high) for *_, high in shown]
    ends = [[six(place + side * half) for place, *_ in shown] for side in (-1, 1)]
    panel.axes.hlines(tops, *ends, color="white", linewidth=0.8, zorder=2.2)
