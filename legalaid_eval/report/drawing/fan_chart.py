"""A forecast: the months seen, the months to come with their intervals, and the naive forecast for comparison."""

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import LINE, Voice
from legalaid_eval.report.drawing.marks import PURPLE, SOFT, VERMILION
from legalaid_eval.report.drawing.panel import (
    OBSERVED,
    TICK_FOOT,
    WITHOUT,
    notes_height,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, Key, Sheet, key_height

HIGH = 2.6
NUMBERS = ("observed", "mean", "lo80", "hi80", "lo95", "hi95", "naive")
NAIVE = {"color": PURPLE, "linewidth": 1.1, "linestyle": (0, (1.2, 1.2)), "dash_capstyle": "butt"}


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A single plot that begins at zero.

    Columns: month ("2023-05"), observed, mean, lo80, hi80, lo95, hi95, and naive, the seasonal naive forecast; what
    is not known of a month is missing. Facts: unit, total and total_range (a Quantity and a Range of all months to
    come, said below), festival, marks (as in `count_series`), simulated.
    """
    data = monthly.rows(figure, NUMBERS)
    y = monthly.from_zero(data[list(NUMBERS)].to_numpy().ravel())
    axis = monthly.frame(figure, data["at"].tolist(), y.reach(voice), [], voice)
    keys = [*_keys(data, voice), *monthly.span_keys(axis, voice), *simulated(figure, voice)]
    notes = _notes(figure, data, voice)
    top = key_height(keys) + LINE + 0.12 + monthly.marks_height(axis)
    sheet = Sheet.of(top + HIGH + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    monthly.write_marks(sheet, axis, top)
    panel = monthly.plot(sheet, axis, (top, HIGH), y, voice)
    monthly.draw_bands(panel, data, VERMILION)
    monthly.draw_line(panel, data, "observed", OBSERVED)
    monthly.draw_line(panel, data, "naive", NAIVE, 2.4)
    monthly.draw_line(panel, data, "mean", WITHOUT, 2.8)
    if data[["observed", "mean"]].isna().all(axis=None):
        said = voice.word("suppressed")
        sheet.write(panel.left + panel.wide / 2, top + HIGH / 2, [said], align="center", colour=SOFT)
    write_notes(sheet, top + HIGH + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _keys(data: pd.DataFrame, voice: Voice) -> list[Key]:
    lines = (("observed", OBSERVED), ("mean", WITHOUT), ("naive", NAIVE))
    keys = [Key(voice.word(column), line=look) for column, look in lines if data[column].notna().any()]
    return [*keys, *monthly.band_keys(data, VERMILION, voice)]


def _notes(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> list[str]:
    ahead = int(data["mean"].notna().sum())
    facts = {"n": ahead, "total": figure.facts.get("total"), "total_range": figure.facts.get("total_range")}
    said = [voice.word("sum", **facts)] if facts["total"] is not None and ahead else []
    seen = data[data["mean"].isna()]
    return said + ([voice.word("gaps")] if seen["observed"].isna().any() else [])
