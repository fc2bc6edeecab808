"""Outreach events by month above awareness by wave, on one axis of months."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly, wave_lines
from legalaid_eval.report.drawing.lettering import LINE, Voice
from legalaid_eval.report.drawing.marks import SOFT
from legalaid_eval.report.drawing.panel import TICK_FOOT, Panel, notes_height, simulated, unit_words, write_notes
from legalaid_eval.report.drawing.share_mix import FILLS, OTHER, OTHER_CODES, Layer, draw_layer
from legalaid_eval.report.drawing.sheet import EDGE, Key, Sheet, key_height
from legalaid_eval.report.drawing.wave_lines import SHARES

EVENTS_HIGH, WAVES_HIGH, GAP, MOST = 1.6, 1.6, 0.14, 5


@dataclass(frozen=True)
class Story:
    """All months with rows, those with events, the stacked groups, whether months are not told, and the waves."""

    months: list[float]
    at: list[float]
    layers: list[Layer]
    merged: tuple[str, ...]
    untold: bool
    waves: pd.DataFrame

    @property
    def tops(self) -> list[float]:
        return [0.0, *(each for layer in self.layers for each in layer.high)]


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Stacked columns of events above a plot of waves from 0 to 100 percent.

    Columns: month ("2023-05"); of events group (a name) and n (missing where suppressed; a month without rows had
    none); of waves, which have no group, estimate, ci_low, ci_high (percent), wording and mode. Beyond the five largest
    groups, groups are merged with the code "other". Facts: unit of the events, claim, conf_level, simulated.
    """
    story = _story(figure, voice)
    y = monthly.from_zero(story.tops, 5)
    first, last = min(story.months), max(story.months)
    changed = wave_lines.changes(story.waves, voice)
    # Months are the step of the axis even where all rows are waves a year apart.
    axis = monthly.framed([first, last, last - 1], _reach(y, voice), [], changed)
    keys = [*_keys(figure, story, voice), *simulated(figure, voice)]
    notes = _notes(story, voice)
    top = key_height(keys) + LINE + 0.12
    below = top + EVENTS_HIGH + GAP + LINE + 0.12 + monthly.marks_height(axis)
    sheet = Sheet.of(below + WAVES_HIGH + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("events", unit=unit_words(figure, voice))])
    upper = monthly.plot(sheet, monthly.unmarked(axis), (top, EVENTS_HIGH), y, voice, named=False)
    for layer in story.layers:
        draw_layer(upper, layer, story.at, each=1.0)
    _say_if(upper, not story.at, "no_events" if not story.untold else "suppressed", voice)
    sheet.write(EDGE, top + EVENTS_HIGH + GAP + LINE / 2, [voice.word("axis")])
    monthly.write_marks(sheet, axis, below)
    lower = monthly.plot(sheet, axis, (below, WAVES_HIGH), SHARES, voice)
    if story.waves["estimate"].notna().any():
        wave_lines.draw_claim(lower, figure.facts.get("claim"))
        wave_lines.draw(lower, story.waves, wave_lines.modes(story.waves))
    _say_if(lower, story.waves["estimate"].isna().all(), "suppressed" if len(story.waves) else "no_waves", voice)
    write_notes(sheet, below + WAVES_HIGH + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _reach(y: monthly.Scale, voice: Voice) -> float:
    return max(y.reach(voice), SHARES.reach(voice))


def _story(figure: content.Figure, voice: Voice) -> Story:
    wave = figure.data["group"].isna() if "group" in figure.data else pd.Series(True, index=figure.data.index)
    wave = wave.to_numpy()
    waves = wave_lines.tidy(figure, figure.data[wave], voice)
    events = monthly.rows(content.Figure(figure.id, figure.kind, figure.data[~wave]), ("n",))
    at, layers, merged = _layers(events, voice)
    return Story([*events["at"], *waves["at"]], at, layers, merged, bool(events["n"].isna().any()), waves)


def _layers(events: pd.DataFrame, voice: Voice) -> tuple[list[float], list[Layer], tuple[str, ...]]:
    """Places of months, the groups stacked from below with the largest first, and the names of those merged."""
    known = events[events["n"].notna()]
    sums = known.groupby("group", sort=False)["n"].sum() if len(known) else pd.Series(dtype=float)
    own = sorted((group for group in sums.index if not _is_other(group)), key=lambda group: -sums[group])
    kept, at = own[:MOST], sorted(set(known["at"]))
    rest = [group for group in sums.index if group not in kept]
    low, layers = np.zeros(len(at)), []
    for fill, groups in zip((*FILLS[: len(kept)], OTHER), [*([group] for group in kept), rest], strict=True):
        if groups:
            rows = known[[group in groups for group in known["group"]]]
            high = low + rows.groupby("at")["n"].sum().reindex(at, fill_value=0.0).to_numpy()
            layers.append(Layer(voice.text(groups[0]) if fill != OTHER else voice.word("other"), fill, low, high))
            low = high
    return at, layers, tuple(voice.text(group) for group in rest if not _is_other(group))


def _is_other(group: object) -> bool:
    return getattr(group, "code", None) in OTHER_CODES


def _keys(figure: content.Figure, story: Story, voice: Voice) -> list[Key]:
    groups = [monthly.patch(layer.name, layer.fill, 1.0) for layer in story.layers]
    return [*groups, *wave_lines.keys(figure, story.waves, voice)]


def _notes(story: Story, voice: Voice) -> list[str]:
    said = [voice.word("merged", groups=story.merged)] if story.merged else []
    said += [voice.word("untold")] if story.untold and story.at else []
    return said + wave_lines.notes(story.waves, voice)


def _say_if(panel: Panel, empty: bool, part: str, voice: Voice) -> None:
    if empty:
        middle = panel.left + panel.wide / 2, panel.top + panel.high / 2
        panel.sheet.write(*middle, [voice.word(part)], align="center", colour=SOFT)
