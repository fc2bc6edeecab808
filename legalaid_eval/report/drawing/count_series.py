"""Counts by month: one or more series, their fitted lines, and what stood in the calendar."""

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import LINE, Voice
from legalaid_eval.report.drawing.marks import CIRCLE, INK, SOFT, Mark
from legalaid_eval.report.drawing.monthly import LOOKS, MARKERS, End
from legalaid_eval.report.drawing.panel import (
    TICK_FOOT,
    Panel,
    notes_height,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, Key, Sheet, key_height

HIGH, MOST = 2.5, len(LOOKS)
NUMBERS = ("value", "fitted")
DOT = 2.9


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A single plot that begins at zero; dots are months where there is a fitted line, else months are a line.

    Columns: month ("2023-05"), series (a name), value, and fitted where known; a missing value is a gap. Facts: unit,
    festival (months with Spring Festival), marks (a tuple of (day or month, words)), baseline (first and last month),
    simulated. Of more than four series the first four are drawn.
    """
    data = monthly.rows(figure, NUMBERS)
    names = monthly.distinct(figure.data["series"], voice.text)
    kept = {series: names[series] for series in list(names)[:MOST]}
    data = data[data["series"].isin(list(kept))]
    y = monthly.from_zero(data[list(NUMBERS)].to_numpy().ravel())
    ends = _ends(data, kept)
    axis = monthly.frame(figure, data["at"].tolist(), y.reach(voice), ends, voice)
    keys = [*_keys(data, voice), *monthly.span_keys(axis, voice), *simulated(figure, voice)]
    notes = _notes(data, len(names) - len(kept), voice)
    marked = monthly.marks_height(axis)
    top, high = key_height(keys) + LINE + 0.12 + marked, max(HIGH, monthly.ends_height(ends))
    sheet = Sheet.of(top + high + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    monthly.write_marks(sheet, axis, top)
    panel = monthly.plot(sheet, axis, (top, high), y, voice)
    for number, series in enumerate(kept):
        _draw_series(panel, data[data["series"] == series], number)
    monthly.write_ends(sheet, panel, ends)
    if data["value"].isna().all():
        said = voice.word("suppressed")
        sheet.write(panel.left + panel.wide / 2, top + high / 2, [said], align="center", colour=SOFT)
    write_notes(sheet, top + high + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _main(rows: pd.DataFrame) -> str:
    """What the line shows: the fit where there is one."""
    return "fitted" if rows["fitted"].notna().any() else "value"


def _ends(data: pd.DataFrame, names: dict[object, str]) -> list[End]:
    found = []
    for look, (series, name) in zip(LOOKS, names.items(), strict=False):
        rows = data[data["series"] == series]
        found += monthly.end(monthly.last_value(rows, _main(rows)), name, str(look["color"]))
    return found


def _keys(data: pd.DataFrame, voice: Voice) -> list[Key]:
    if data["fitted"].isna().all():
        return []
    line = {"color": INK, "linewidth": 1.6}
    return [Key(voice.word("observed"), (Mark(CIRCLE, INK),)), Key(voice.word("fitted"), line=line)]


def _notes(data: pd.DataFrame, more: int, voice: Voice) -> list[str]:
    said = [voice.word("gaps")] if data["value"].isna().any() else []
    return said + ([voice.word("more", n=more)] if more > 0 else [])


def _draw_series(panel: Panel, rows: pd.DataFrame, number: int) -> None:
    look, main = LOOKS[number], _main(rows)
    if main == "fitted":
        dots = {"marker": MARKERS[number], "markersize": DOT, "linestyle": "none", "color": look["color"]}
        panel.axes.plot(rows["at"], rows["value"], alpha=0.7, markeredgewidth=0, zorder=2.4, **dots)
    monthly.draw_line(panel, rows, main, look)
