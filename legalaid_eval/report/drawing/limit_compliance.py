"""The share within a time limit over time, a plot for each clock, with the dates on which a rule changed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import time_axis
from legalaid_eval.report.drawing.lettering import LINE, Voice, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, SOFT
from legalaid_eval.report.drawing.panel import (
    OBSERVED,
    PAD,
    SHADE,
    START,
    TICK_FOOT,
    Flag,
    Panel,
    Scale,
    conf,
    flags,
    flags_height,
    notes_height,
    simulated,
    sixes,
    write_flags,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

HIGH, GAP, MOST = 1.15, 0.12, 4
CEILING, STEP, LEAST_SPAN = 100, 10, 20
NUMBERS = ["share", "ci_low", "ci_high"]


@dataclass(frozen=True)
class Frame:
    """What all plots share: their axes, their left edge, the marks (place in months, words) and the marks' words."""

    x: tuple[float, float]
    y: Scale
    left: float
    marks: tuple[tuple[float, str], ...]

    @property
    def wide(self) -> float:
        return WIDTH - EDGE - 0.1 - self.left

    @property
    def flags(self) -> list[Flag]:
        span = self.x[1] - self.x[0]
        return flags([(self.left + (at - self.x[0]) / span * self.wide, said) for at, said in self.marks])


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Up to four clocks, one below the other, on the same axes; a missing share is a gap.

    Columns: month ("2023-05", the first of a period), share, ci_low, ci_high (percent), n, clock. Facts: marks, a tuple
    of (day or month, words) at which a rule changed; conf_level, simulated.
    """
    data = _rows(figure, voice)
    names = list(dict.fromkeys(voice.text(clock) for clock in figure.data["clock"]))
    drawn = data[data["clock"].isin(names[:MOST])]
    frame = _frame(figure, drawn, voice)
    keys, notes = _keys(figure, drawn, frame, voice), _notes(drawn, frame, len(names) - MOST, voice)
    heads = {name: wrap(_heading(name, drawn, voice), WIDTH - 2 * EDGE) for name in names[:MOST]}
    top, marked = key_height(keys), flags_height(frame.flags) + 0.04
    high = sum(len(head) * LINE + 0.08 + HIGH + TICK_FOOT + GAP for head in heads.values())
    sheet = Sheet.of(top + marked + high + notes_height(notes))
    sheet.legend(keys)
    for number, (name, head) in enumerate(heads.items()):
        sheet.write(EDGE, top + len(head) * LINE / 2, head)
        top += len(head) * LINE + 0.08 + (0.0 if number else marked)
        if not number:
            write_flags(sheet, frame.flags, top - 0.02)
        _draw_clock(sheet, drawn[drawn["clock"] == name], frame, top, voice)
        top += HIGH + TICK_FOOT + GAP
    write_notes(sheet, top, notes)
    return sheet.figure


def _rows(figure: content.Figure, voice: Voice) -> pd.DataFrame:
    data = figure.data.assign(
        at=[time_axis.position(month) for month in figure.data["month"]],
        clock=[voice.text(clock) for clock in figure.data["clock"]],
    ).sort_values("at", kind="stable")
    data[NUMBERS] = data[NUMBERS].apply(sixes)
    return data


def _frame(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> Frame:
    x = (data["at"].min() - 0.5, data["at"].max() + 0.5)
    y = _scale(data)
    marks = ((time_axis.position(day), voice.text(said)) for day, said in figure.facts.get("marks", ()))
    inside = tuple((at, said) for at, said in marks if x[0] <= at <= x[1])
    return Frame(x, y, EDGE + y.reach(voice) + PAD, inside)


def _scale(data: pd.DataFrame) -> Scale:
    lowest = np.nanmin([CEILING, *data[NUMBERS].to_numpy().ravel()])
    floor = max(0.0, min(lowest // STEP * STEP, CEILING - LEAST_SPAN))
    step = next(step for step in (5, 10, 20, 25) if (CEILING - floor) / step <= 5)
    return Scale(floor, float(CEILING), tuple(float(at) for at in range(CEILING, int(floor) - 1, -step)))


def _keys(figure: content.Figure, data: pd.DataFrame, frame: Frame, voice: Voice) -> list[Key]:
    banded = data["ci_low"].notna().any()
    said = voice.word("share_band" if banded else "share", conf=conf(figure))
    share = Key(said, line=OBSERVED, shade=BLUE if banded else None)
    rule = [Key(voice.word("rule"), line=START, upright=True)] if frame.marks else []
    return [share, *rule, *simulated(figure, voice)]


def _notes(data: pd.DataFrame, frame: Frame, more: int, voice: Voice) -> list[str]:
    said = [voice.word("broken", floor=content.Quantity(frame.y.low, "percent"))] if frame.y.low > 0 else []
    said += [voice.word("gaps")] if data["share"].isna().any() else []
    return said + ([voice.word("more", n=more)] if more > 0 else [])


def _heading(name: str, data: pd.DataFrame, voice: Voice) -> str:
    counts = data.loc[(data["clock"] == name) & data["share"].notna(), "n"].dropna()
    if counts.empty:
        return name
    least, most = int(counts.min()), int(counts.max())
    return voice.word("heading", clock=name, n=content.Range(least, most, "count"))


def _draw_clock(sheet: Sheet, rows: pd.DataFrame, frame: Frame, top: float, voice: Voice) -> None:
    panel = Panel.on(sheet, (frame.left, top, frame.wide, HIGH), frame.x, frame.y)
    panel.rows(frame.y, voice)
    panel.columns(*time_axis.ticks(*frame.x, frame.wide))
    for at, _ in frame.marks:
        panel.upright(at)
    found = time_axis.runs(rows, "share")
    for run in found:
        panel.axes.fill_between(run["at"], run["ci_low"], run["ci_high"], color=BLUE, alpha=SHADE, linewidth=0)
        panel.axes.plot(run["at"], run["share"], zorder=3, **OBSERVED)
        if len(run) == 1:  # a line of one point cannot be seen
            panel.axes.plot(run["at"], run["share"], "o", color=BLUE, markersize=3.5, clip_on=False, zorder=3)
            panel.axes.vlines(run["at"], run["ci_low"], run["ci_high"], color=BLUE, alpha=0.5, linewidth=1.2)
    if not found:
        said = voice.word("suppressed")
        middle = frame.left + frame.wide / 2
        sheet.write(min(middle, WIDTH - width(said) / 2), top + HIGH / 2, [said], align="center", colour=SOFT)
