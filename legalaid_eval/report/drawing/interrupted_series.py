"""One series before and after a start: seen, fitted, and continued as if nothing had begun."""

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import series, time_axis
from legalaid_eval.report.drawing.lettering import LINE, Voice
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, SOFT, VERMILION, Mark
from legalaid_eval.report.drawing.panel import (
    PAD,
    START,
    TICK_FOOT,
    WITHOUT,
    Panel,
    conf,
    notes_height,
    scale,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.series import FITTED
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

HIGH = 2.4
BAND = ["counterfactual_low", "counterfactual_high"]


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A single plot, one row for each month or other period.

    Columns: month ("2023-05", the first of a period), observed, fitted, counterfactual, treated (or treated_from), and
    for the band ci_low and ci_high, or counterfactual_low and counterfactual_high. Facts: start (a month, where the
    columns do not say it), unit, conf_level, simulated.
    """
    data = _rows(figure)
    y = scale(series.values(data), 7)
    keys = _keys(figure, data, voice)
    notes = [voice.word("gaps")] if data["observed"].isna().any() else []
    top, left = key_height(keys) + LINE + 0.12, EDGE + y.reach(voice) + PAD
    sheet = Sheet.of(top + HIGH + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    x = (data["at"].min() - 0.5, data["at"].max() + 0.5)
    panel = Panel.on(sheet, (left, top, WIDTH - EDGE - 0.1 - left, HIGH), x, y)
    panel.rows(y, voice)
    panel.columns(*time_axis.ticks(*x, panel.wide))
    start = series.start_of(data)
    if start is not None:
        panel.upright(start)
    series.draw_lines(panel, data, dots=True)
    if data["observed"].isna().all():
        middle = panel.left + panel.wide / 2
        sheet.write(middle, top + HIGH / 2, [voice.word("suppressed")], align="center", colour=SOFT)
    write_notes(sheet, top + HIGH + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _rows(figure: content.Figure) -> pd.DataFrame:
    if {"treated", "treated_from"} & set(figure.data):
        return series.tidy(figure)
    since = figure.data.assign(treated_from=figure.facts.get("start"))
    return series.tidy(content.Figure(figure.id, figure.kind, since, figure.facts))


def _keys(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> list[Key]:
    late = data[data["treated"]]
    keys = [Key(voice.word("observed"), (Mark(CIRCLE, BLUE),))]
    if data["fitted"].notna().any():
        keys.append(Key(voice.word("fitted"), line=FITTED))
    if late["counterfactual"].notna().any():
        banded = late[BAND].notna().all(axis=1).any()
        said = voice.word("counterfactual_band" if banded else "counterfactual", conf=conf(figure))
        keys.append(Key(said, line=WITHOUT, shade=VERMILION if banded else None))
    if len(late):
        keys.append(Key(voice.word("start"), line=START, upright=True))
    return [*keys, *simulated(figure, voice)]
