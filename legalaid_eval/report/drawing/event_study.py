"""The change by time since the start of a reform: before it nothing should be seen, after it the effect."""

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, width
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, INK, SOFT, Mark, six
from legalaid_eval.report.drawing.panel import (
    AXIS_TITLE,
    PAD,
    TICK_FOOT,
    ZERO,
    Panel,
    conf,
    notes_height,
    scale,
    simulated,
    sixes,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

HIGH, HEAD = 2.3, 0.3
BEFORE, AFTER = Mark(CIRCLE, SOFT, open=True), Mark(CIRCLE, BLUE)
NUMBERS = ["estimate", "ci_low", "ci_high"]
DAYS = ("working_day", "day", "hour", "minute", "week", "month")


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Bins of months with their estimates and intervals.

    Columns: start and last (months since the start, both included), before, estimate, ci_low, ci_high; missing where a
    bin has no estimate. Facts: unit, lower_is_better, conf_level, simulated.
    """
    data = figure.data.sort_values("start").reset_index(drop=True)
    data[NUMBERS] = data[NUMBERS].apply(sixes)
    y = scale([0.0, *data[NUMBERS].to_numpy().ravel()], 6)
    keys, notes = _keys(figure, data, voice), _notes(data, voice)
    top, left = key_height(keys) + LINE + HEAD, EDGE + y.reach(voice) + PAD
    foot = TICK_FOOT + AXIS_TITLE
    sheet = Sheet.of(top + HIGH + foot + notes_height(notes))
    sheet.legend(keys)
    x = (float(min(data["start"].min(), 0)), float(max(data["last"].max() + 1, 1)))
    panel = Panel.on(sheet, (left, top, WIDTH - EDGE - 0.1 - left, HIGH), x, y)
    panel.rows(y, voice)
    _draw_axes(panel, data, voice)
    _draw_bins(panel, data)
    _draw_heads(panel, figure, voice, key_height(keys))
    write_notes(sheet, top + HIGH + foot, notes)
    return sheet.figure


def _keys(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> list[Key]:
    sides = {bool(side) for side in data["before"]}
    found = [(True, "before", BEFORE), (False, "after", AFTER)]
    marks = [Key(voice.word(name, conf=conf(figure)), (mark,)) for side, name, mark in found if side in sides]
    return [*marks, *simulated(figure, voice)]


def _notes(data: pd.DataFrame, voice: Voice) -> list[str]:
    missing = int(data["estimate"].isna().sum())
    return [voice.word("missing", n=missing)] if missing else []


def _draw_axes(panel: Panel, data: pd.DataFrame, voice: Voice) -> None:
    panel.axes.plot(list(panel.x), [0, 0], zorder=1.4, **ZERO)
    panel.upright(0.0)
    edges = sorted({*data["start"], *(data["last"] + 1), 0})
    widest = max(width(voice.number(int(each))) for each in edges)
    keep = -int(-(widest + 0.14) // (panel.wide / max(len(edges) - 1, 1)))
    middle = edges.index(0)
    at = [edge for place, edge in enumerate(edges) if (place - middle) % max(keep, 1) == 0]
    panel.columns(at, [voice.number(int(each)) for each in at])
    foot = panel.top + panel.high + TICK_FOOT + AXIS_TITLE - LINE / 2
    panel.sheet.write(panel.left + panel.wide / 2, foot, [voice.word("axis")], align="center", colour=SOFT)


def _draw_bins(panel: Panel, data: pd.DataFrame) -> None:
    for line in data.dropna(subset="estimate").itertuples():
        mark = BEFORE if line.before else AFTER
        middle = six((line.start + line.last + 1) / 2)
        reach = {"color": mark.colour, "linewidth": 1.6, "solid_capstyle": "butt", "zorder": 3}
        panel.axes.plot([middle] * 2, [line.ci_low, line.ci_high], **reach)
        panel.axes.plot([line.start + 0.6, line.last + 0.4], [line.estimate] * 2, **(reach | {"linewidth": 1.0}))
        panel.axes.plot([middle], [line.estimate], **mark.style)


def _draw_heads(panel: Panel, figure: content.Figure, voice: Voice, top: float) -> None:
    """The unit and which way is better above the plot, and over its halves what they should show."""
    sheet, line = panel.sheet, top + LINE / 2
    sheet.write(EDGE, line, [voice.word("change", unit=unit_words(figure, voice))])
    _draw_better(panel, figure, voice, line)
    start, below = panel.across(0.0), panel.top - LINE / 2 - 0.04
    said = voice.word("should_be_zero")
    if start - EDGE > width(said) + 0.12:
        sheet.write(start - 0.1, below, [said], align="right", colour=SOFT)
    sheet.write(min(start + 0.1, WIDTH - EDGE - width(voice.word("start"))), below, [voice.word("start")])
    panel.axes.plot([0, 0], [panel.y[1], _above(panel, 0.2)], color=INK, linewidth=1.0, clip_on=False)


def _above(panel: Panel, inches: float) -> float:
    return six(panel.y[1] + inches / panel.high * (panel.y[1] - panel.y[0]))


def _draw_better(panel: Panel, figure: content.Figure, voice: Voice, line: float) -> None:
    """An arrow that points to the better side, with its words at the right."""
    lower = figure.facts.get("lower_is_better")
    if lower is None:
        return
    shorter = figure.facts.get("unit") in DAYS
    said = voice.word(("shorter" if shorter else "lower") if lower else ("longer" if shorter else "higher"))
    panel.sheet.write(WIDTH - EDGE, line, [said], align="right")
    axes = panel.sheet.plot(0, line - 0.1, WIDTH, 0.2, (0, WIDTH))
    axes.set_axis_off()
    x = six(WIDTH - EDGE - width(said) - 0.12)
    tip, tail = (0.19, 0.01) if lower else (0.01, 0.19)
    barb = tip - 0.07 if lower else tip + 0.07
    look = {"color": INK, "linewidth": 1.1, "clip_on": False}
    axes.plot([x, x], [tail, tip], **look)
    axes.plot([x - 0.05, x, x + 0.05], [six(barb), tip, six(barb)], **look)
