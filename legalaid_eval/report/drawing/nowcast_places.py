"""The year so far against the target in many places: a small plot for each, in percent of its own target."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report import alternatives
from legalaid_eval.report.drawing import monthly, year_cone
from legalaid_eval.report.drawing.lettering import LINE, Voice, wrap
from legalaid_eval.report.drawing.marks import SOFT, six
from legalaid_eval.report.drawing.panel import (
    PAD,
    TICK_FOOT,
    Panel,
    Scale,
    notes_height,
    simulated,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Sheet, key_height

MOST, COLUMNS = 12, 3
HIGH, BETWEEN, GAP = 0.95, 0.16, 0.1
FULL = 100.0


@dataclass(frozen=True)
class Place:
    """A place in percent of its target, its heading in lines and its own upright axis."""

    rows: pd.DataFrame
    heading: tuple[str, ...]
    y: Scale


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Up to twelve places, three in a row, in the order of the data; each has its own upright axis.

    Columns: place, month, observed, mean, lo80, hi80, lo95, hi95 (counted since the year began, as in `nowcast_cone`),
    target (a number; missing for a place without one) and probability (percent). A place without a target is named
    below. Facts: simulated.
    """
    data = monthly.rows(figure, (*year_cone.NUMBERS, "target", "probability"))
    names = monthly.distinct(figure.data["place"], voice.text)
    without = [name for place, name in names.items() if not (data.loc[data["place"] == place, "target"] > 0).any()]
    drawn = {place: name for place, name in names.items() if name not in without}
    kept = list(drawn)[:MOST]
    shares = _shares(data[data["place"].isin(kept)])
    left, wide = _layout(kept, shares, voice)
    places = [_place(drawn[place], shares[shares["place"] == place], wide, voice) for place in kept]
    keys = [*year_cone.keys(shares, [FULL], voice), *simulated(figure, voice)]
    notes = _notes(shares, tuple(without), len(drawn) - len(kept), voice)
    grid = [places[number : number + COLUMNS] for number in range(0, len(places), COLUMNS)]
    heads = [max(len(place.heading) for place in row) * LINE + 0.06 for row in grid]
    top = key_height(keys) + LINE + 0.08
    sheet = Sheet.of(top + sum(heads) + len(grid) * (HIGH + TICK_FOOT + GAP) + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis")])
    for row, head in zip(grid, heads, strict=True):
        top += head
        for number, place in enumerate(row):
            _draw_place(sheet, place, (left + number * (left - EDGE + wide + BETWEEN), top, wide, HIGH), voice)
        top += HIGH + TICK_FOOT + GAP
    write_notes(sheet, top, notes)
    return sheet.figure


def _shares(data: pd.DataFrame) -> pd.DataFrame:
    found = data.copy()
    for column in year_cone.NUMBERS:
        found[column] = [six(value) for value in FULL * data[column] / data["target"]]
    return found


def _layout(kept: list[object], shares: pd.DataFrame, voice: Voice) -> tuple[float, float]:
    """The first plot's left edge and the width of each, in inches."""
    reach = max((_scale(shares[shares["place"] == place]).reach(voice) for place in kept), default=0.3)
    left, columns = EDGE + reach + PAD, max(min(len(kept), COLUMNS), 1)
    return left, (WIDTH - EDGE - 0.06 - BETWEEN * (columns - 1)) / columns - (left - EDGE)


def _scale(rows: pd.DataFrame) -> Scale:
    return monthly.from_zero([FULL, *rows[list(year_cone.NUMBERS)].to_numpy().ravel()], 4)


def _place(name: str, rows: pd.DataFrame, wide: float, voice: Voice) -> Place:
    chance = monthly.last_value(rows, "probability")
    said = voice.word("heading", place=name, chance=alternatives.chance(chance)) if np.isfinite(chance) else name
    return Place(rows, wrap(said, wide), _scale(rows))


def _notes(shares: pd.DataFrame, without: tuple[str, ...], more: int, voice: Voice) -> list[str]:
    said = [voice.word("scales")] if shares["place"].nunique() > 1 else []
    said += [voice.word("no_target", places=without)] if without else []
    return said + ([voice.word("more", n=more, shown=MOST)] if more > 0 else [])


def _draw_place(sheet: Sheet, place: Place, box: tuple[float, float, float, float], voice: Voice) -> None:
    left, top, wide, high = box
    sheet.write(left, top - 0.04 - len(place.heading) * LINE / 2, place.heading)
    x = year_cone.whole_year(place.rows)
    panel = Panel.on(sheet, box, x, place.y)
    panel.rows(place.y, voice)
    year_cone.months_below(panel, voice)
    year_cone.draw_lines(panel, year_cone.lines(place.rows, x), FULL)
    if place.rows[["observed", "mean"]].isna().all(axis=None):
        said = wrap(voice.word("suppressed"), wide)
        sheet.write(left + wide / 2, top + high * 0.4, said, align="center", colour=SOFT)
