"""A small plot for each place: the values seen, and from the start on those expected without the reform."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import series, time_axis
from legalaid_eval.report.drawing.lettering import LINE, Voice, wrap
from legalaid_eval.report.drawing.marks import SOFT, VERMILION
from legalaid_eval.report.drawing.panel import (
    OBSERVED,
    PAD,
    START,
    TICK_FOOT,
    WITHOUT,
    Panel,
    Scale,
    conf,
    notes_height,
    scale,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

MOST, COLUMNS = 12, 3
HIGH, BETWEEN, GAP = 0.95, 0.22, 0.08
BAND = ["counterfactual_low", "counterfactual_high"]


@dataclass(frozen=True)
class Place:
    """A place, its rows and its heading in lines."""

    rows: pd.DataFrame
    heading: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """The axes that all plots share, the first plot's left edge and the width of each, in inches."""

    x: tuple[float, float]
    y: Scale
    left: float
    wide: float


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Up to twelve places, three in a row, all with the same axes; treated places first.

    Columns: place, month ("2023-05"), observed, counterfactual, treated (or treated_from, a month); a band and n
    (cases) where known. Of more than twelve places those with the most cases are drawn. Facts: unit, conf_level,
    simulated.
    """
    data = series.tidy(figure)
    data["place"] = [voice.text(place) for place in data["place"]]
    names = _chosen(data)
    more = data["place"].nunique() - len(names)
    data = data[data["place"].isin(names)]
    layout = _layout(data, min(len(names), COLUMNS), voice)
    places = [_place(name, data, layout, voice) for name in names]
    keys, notes = _keys(figure, data, voice), _notes(data, more, voice)
    grid = [places[number : number + COLUMNS] for number in range(0, len(places), COLUMNS)]
    heads = [max(len(place.heading) for place in row) * LINE + 0.06 for row in grid]
    top = key_height(keys) + LINE + 0.08
    sheet = Sheet.of(top + sum(heads) + len(grid) * (HIGH + TICK_FOOT + GAP) + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    for row, head in zip(grid, heads, strict=True):
        top += head
        for number, place in enumerate(row):
            _draw_place(sheet, place, layout, (number, top), voice)
        top += HIGH + TICK_FOOT + GAP
    write_notes(sheet, top, notes)
    return sheet.figure


def _chosen(data: pd.DataFrame) -> list[str]:
    """The places to draw: those with the most cases, treated ones first, else in the order of the data."""
    found = data.groupby("place", sort=False).agg(treated=("treated", "any"))
    found["n"] = data.groupby("place", sort=False)["n"].sum() if "n" in data else 0
    kept = found.sort_values("n", ascending=False, kind="stable").index[:MOST]
    return list(found.loc[found.index.isin(kept)].sort_values("treated", ascending=False, kind="stable").index)


def _layout(data: pd.DataFrame, columns: int, voice: Voice) -> Layout:
    y = scale(series.values(data), 4)
    left = EDGE + y.reach(voice) + PAD
    wide = (WIDTH - EDGE - 0.1 - left - BETWEEN * (columns - 1)) / columns
    return Layout((data["at"].min() - 0.5, data["at"].max() + 0.5), y, left, wide)


def _place(name: str, data: pd.DataFrame, layout: Layout, voice: Voice) -> Place:
    rows = data[data["place"] == name]
    said = name if rows["treated"].any() else voice.word("comparison", place=name)
    return Place(rows, wrap(said, layout.wide))


def _keys(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> list[Key]:
    keys, treated = [Key(voice.word("observed"), line=OBSERVED)], data[data["treated"]]
    if treated["counterfactual"].notna().any():
        banded = treated[BAND].notna().all(axis=1).any()
        said = voice.word("counterfactual_band" if banded else "counterfactual", conf=conf(figure))
        keys.append(Key(said, line=WITHOUT, shade=VERMILION if banded else None))
    if len(treated):
        keys.append(Key(voice.word("start"), line=START, upright=True))
    return [*keys, *simulated(figure, voice)]


def _notes(data: pd.DataFrame, more: int, voice: Voice) -> list[str]:
    said = [voice.word("gaps")] if data["observed"].isna().any() else []
    kept = "more" if "n" in data else "more_unsorted"
    return said + ([voice.word(kept, n=more, shown=MOST)] if more > 0 else [])


def _draw_place(sheet: Sheet, place: Place, layout: Layout, spot: tuple[int, float], voice: Voice) -> None:
    column, top = spot
    left = layout.left + column * (layout.wide + BETWEEN)
    sheet.write(left, top - 0.04 - len(place.heading) * LINE / 2, place.heading)
    panel = Panel.on(sheet, (left, top, layout.wide, HIGH), layout.x, layout.y)
    panel.rows(layout.y, voice, named=column == 0)
    panel.columns(*time_axis.ticks(*layout.x, layout.wide))
    start = series.start_of(place.rows)
    if start is not None and place.rows["observed"].notna().any():  # no mark through the words that stand instead
        panel.upright(start)
    series.draw_lines(panel, place.rows)
    if place.rows["observed"].isna().all():
        said = wrap(voice.word("suppressed"), layout.wide)
        sheet.write(left + layout.wide / 2, top + HIGH / 2, said, align="center", colour=SOFT)
