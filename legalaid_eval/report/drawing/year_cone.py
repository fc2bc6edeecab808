"""A year so far and to its end: what the pictures of one place and of many share."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd
from babel.dates import format_date

from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import LINE, Voice, width
from legalaid_eval.report.drawing.marks import INK, PURPLE, SOFT, VERMILION, six
from legalaid_eval.report.drawing.panel import OBSERVED, TICK_FOOT, WITHOUT, Panel
from legalaid_eval.report.drawing.sheet import Key
from legalaid_eval.report.drawing.time_axis import YEAR
from legalaid_eval.report.formatting import BABEL

NUMBERS = ("observed", "mean", "lo80", "hi80", "lo95", "hi95")
TARGET = {"color": INK, "linewidth": 1.2, "linestyle": (0, (6, 2)), "dash_capstyle": "butt"}
PACE = {"color": PURPLE, "linewidth": 1.0, "linestyle": (0, (1.2, 1.4)), "dash_capstyle": "butt"}
APART = 0.1  # inches between the names of two months


def whole_year(data: pd.DataFrame) -> tuple[float, float]:
    """The ends of the year's axis: counts up to the end of a month stand at the end of its room."""
    first = data["at"].min() // YEAR * YEAR
    return first - 0.5, first + YEAR - 0.5


def lines(data: pd.DataFrame, x: tuple[float, float]) -> pd.DataFrame:
    """The rows as points of lines: the year begins at zero, and the cone begins at the last count seen."""
    ends = data.assign(at=data["at"] + 0.5)[["at", *NUMBERS]]
    if ends[["observed", "mean"]].isna().all(axis=None):
        return ends
    begun = pd.concat([pd.DataFrame([{"at": x[0], "observed": 0.0}]), ends], ignore_index=True)
    ahead, last = list(NUMBERS[1:]), begun["observed"].last_valid_index()
    begun.loc[:last, ahead] = np.nan
    if begun["mean"].notna().any():
        begun.loc[last, ahead] = begun.loc[last, "observed"]
    return begun


def draw_lines(panel: Panel, points: pd.DataFrame, target: float) -> None:
    """The cone, the target with the even pace towards it, and what was seen."""
    monthly.draw_bands(panel, points, VERMILION)
    if np.isfinite(target):
        panel.axes.plot(list(panel.x), [six(target)] * 2, zorder=2, **TARGET)
        panel.axes.plot(list(panel.x), [0, six(target)], zorder=1.8, **PACE)
    ahead, seen = (points[points[column].notna()] for column in ("mean", "observed"))
    panel.axes.plot(ahead["at"], ahead["mean"], zorder=2.8, **WITHOUT)
    panel.axes.plot(seen["at"], seen["observed"], zorder=3, **OBSERVED)
    if len(seen):
        panel.axes.plot(seen["at"].iloc[-1:], seen["observed"].iloc[-1:], "o", color=OBSERVED["color"], markersize=4)


def months_below(panel: Panel, voice: Voice) -> None:
    """Ticks between the months, and below each month its name, or below every third where room is short."""
    first = int(panel.x[0] + 0.5)
    panel.axes.set_xticks([first + month - 0.5 for month in range(YEAR + 1)], [""] * (YEAR + 1))
    names = [format_date(date(2000, month + 1, 1), "LLL", locale=BABEL[voice.language]) for month in range(YEAR)]
    room = panel.wide / YEAR
    each = next(each for each in (1, 2, 3, 6, YEAR) if max(map(width, names)) + APART <= room * each or each == YEAR)
    for month in range(0, YEAR, each):
        down = panel.top + panel.high + TICK_FOOT - LINE / 2
        panel.sheet.write(panel.across(first + month), down, [names[month]], align="center", colour=SOFT)


def keys(data: pd.DataFrame, targets: Sequence[float], voice: Voice) -> list[Key]:
    found = [Key(voice.word("observed"), line=OBSERVED)] if data["observed"].notna().any() else []
    if data["mean"].notna().any():
        found += [Key(voice.word("mean"), line=WITHOUT), *monthly.band_keys(data, VERMILION, voice)]
    if np.isfinite(list(targets)).any():
        found += [Key(voice.word("target"), line=TARGET), Key(voice.word("pace"), line=PACE)]
    return found
