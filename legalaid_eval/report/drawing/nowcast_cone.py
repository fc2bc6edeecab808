"""The count of a year so far against its target, with a cone to the end of the year; one place."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report import alternatives
from legalaid_eval.report.drawing import monthly, year_cone
from legalaid_eval.report.drawing.lettering import LINE, Voice, wrap
from legalaid_eval.report.drawing.marks import BLUE, INK, SOFT, VERMILION, six
from legalaid_eval.report.drawing.monthly import End, Frame
from legalaid_eval.report.drawing.panel import (
    PAD,
    TICK_FOOT,
    Panel,
    notes_height,
    shown,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Sheet, key_height

HIGH = 2.6


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """A single plot of the calendar year, from zero at its beginning.

    Columns: month ("2024-05"), observed, mean, lo80, hi80, lo95, hi95: all counted since the year began, up to the
    end of the month; a month seen has no forecast. Facts: target (a number, or None), probability (percent, of
    meeting it), uninformative (whether the target is met too easily to tell anything), unit, simulated.
    """
    data = monthly.rows(figure, year_cone.NUMBERS)
    target = _number(figure.facts.get("target"))
    y = monthly.from_zero([target, *data[list(year_cone.NUMBERS)].to_numpy().ravel()])
    ends = _ends(data, target, voice)
    left = EDGE + y.reach(voice) + PAD
    axis = Frame(year_cone.whole_year(data), left, WIDTH - EDGE - monthly.ends_width(ends) - left)
    keys = [*year_cone.keys(data, [target], voice), *simulated(figure, voice)]
    heading, notes = _heading(figure, target, voice), _notes(figure, target, voice)
    top = key_height(keys) + len(heading) * LINE + 0.14
    sheet = Sheet.of(top + HIGH + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + len(heading) * LINE / 2, heading)
    panel = Panel.on(sheet, (axis.left, top, axis.wide, HIGH), axis.x, y)
    panel.rows(y, voice)
    year_cone.months_below(panel, voice)
    year_cone.draw_lines(panel, year_cone.lines(data, axis.x), target)
    monthly.write_ends(sheet, panel, ends)
    if data[["observed", "mean"]].isna().all(axis=None):
        said = voice.word("suppressed")
        sheet.write(panel.left + panel.wide / 2, top + HIGH / 2, [said], align="center", colour=SOFT)
    write_notes(sheet, top + HIGH + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _number(value: object) -> float:
    return float("nan") if value is None else six(float(value))


def _heading(figure: content.Figure, target: float, voice: Voice) -> list[str]:
    """The unit, and the probability where there is a target."""
    said = voice.word("axis", unit=unit_words(figure, voice))
    chance = _number(figure.facts.get("probability"))
    if np.isfinite(target) and np.isfinite(chance):
        said = voice.word("axis_chance", unit=unit_words(figure, voice), chance=alternatives.chance(chance))
    return list(wrap(said, WIDTH - 2 * EDGE))


def _ends(data: pd.DataFrame, target: float, voice: Voice) -> list[End]:
    """Words for the target and for the year's end: expected with its interval, or so far if nothing is expected."""
    found = monthly.end(target, voice.word("target_end", n=_whole(target, voice)), INK) if np.isfinite(target) else []
    last = data.iloc[-1]
    if np.isfinite(last["mean"]):
        value, low, high = (_whole(last[column], voice) for column in ("mean", "lo95", "hi95"))
        known = np.isfinite(last[["lo95", "hi95"]].astype(float)).all()
        said = voice.word("mean_end" if known else "mean_end_alone", n=value, low=low, high=high)
        return [*found, *monthly.end(last["mean"], said, VERMILION)]
    seen = monthly.last_value(data, "observed")
    return [*found, *monthly.end(seen, voice.word("observed_end", n=_whole(seen, voice)), BLUE)]


def _whole(value: float, voice: Voice) -> str:
    return shown(value, 0, voice) if np.isfinite(value) else ""


def _notes(figure: content.Figure, target: float, voice: Voice) -> list[str]:
    said = [] if np.isfinite(target) else [voice.word("no_target")]
    return said + ([voice.word("uninformative")] if figure.facts.get("uninformative") else [])
