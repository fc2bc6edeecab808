"""How many still wait after so many days: a small plot for each stage, a step line for each group."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, width, wrap
from legalaid_eval.report.drawing.marks import SOFT, six, ticks
from legalaid_eval.report.drawing.panel import (
    LINES,
    PAD,
    SHADE,
    START,
    TICK_FOOT,
    Panel,
    Scale,
    conf,
    flags,
    flags_height,
    notes_height,
    simulated,
    sixes,
    unit_words,
    write_flags,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

SHARES = Scale(0.0, 100.0, (0.0, 25.0, 50.0, 75.0, 100.0))
HIGH, GAP, BETWEEN, BESIDE, RIGHT, SAMPLE = 1.5, 0.16, 0.3, 0.1, 0.22, 0.24
MOST_COUNTS = 5
NUMBERS = ["duration", "share_open", "ci_low", "ci_high"]


@dataclass(frozen=True)
class Stage:
    """A stage: its words, its rows by group, its limits (days, words) and where numbers at risk are told."""

    name: str
    groups: dict[str, pd.DataFrame]
    limits: tuple[tuple[float, str], ...]

    @property
    def end(self) -> float:
        """The last day shown."""
        days = [rows["duration"].max() for rows in self.groups.values()]
        return six(max([*days, *(day * 1.05 for day, _ in self.limits), 1.0]))

    @property
    def at(self) -> list[float]:
        """Ticks: the days whose numbers at risk are listed where these are few, else plain numbers."""
        listed = sorted({day for rows in self.groups.values() for day in rows.dropna(subset="at_risk")["duration"]})
        return listed if 1 < len(listed) <= MOST_COUNTS else ticks(0.0, self.end, MOST_COUNTS)

    def spaced(self, wide: float, voice: Voice) -> list[float]:
        """The ticks whose numbers at risk do not touch in a plot of that width; the last ones go first."""
        kept: list[tuple[float, float]] = []
        for day in self.at:
            middle = day / self.end * wide
            half = max(width(voice.text(_at_risk(rows, day))) for rows in self.groups.values()) / 2
            if not kept or kept[-1][1] + BESIDE <= middle - half:
                kept.append((day, middle + half))
        return [day for day, _ in kept]


@dataclass(frozen=True)
class Layout:
    """Inches of a column: its width and the space for words left of the plot; `groups` in the order of the legend."""

    groups: tuple[str, ...]
    left: float
    wide: float

    @property
    def plot(self) -> float:
        return self.wide - self.left - RIGHT

    @property
    def foot(self) -> float:
        return TICK_FOOT + LINE + (LINE + 0.02) * len(self.groups) + LINE + GAP

    def head(self, stage: Stage) -> float:
        return len(wrap(stage.name, self.wide)) * LINE + 0.08 + flags_height(self.flags(stage, 0.0))

    def flags(self, stage: Stage, left: float) -> list:
        places = [(left + self.left + day / stage.end * self.plot, said) for day, said in stage.limits]
        return flags(places, limit=1.5, ends=(left + self.left, left + self.wide))


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Stages two by two; below each plot the cases still waiting.

    Columns: stage, group, duration, share_open, ci_low, ci_high (percent), at_risk (missing where not listed). Facts:
    limits, a tuple of (stage, days, words); unit of the durations; conf_level, simulated. At most three groups.
    """
    stages, groups = _stages(figure, voice)
    wide = (WIDTH - 2 * EDGE - BETWEEN) / 2 if len(stages) > 1 else WIDTH - 2 * EDGE
    layout = Layout(groups, _left(stages, voice), wide)
    keys, notes = _keys(figure, groups, voice), _notes(figure, voice)
    pairs = [stages[place : place + 2] for place in range(0, len(stages), 2)]
    heads = [max(layout.head(stage) for stage in pair) for pair in pairs]
    said = wrap(voice.word("axis", unit=unit_words(figure, voice)), WIDTH - 2 * EDGE)
    top = key_height(keys) + len(said) * LINE + 0.1
    sheet = Sheet.of(top + sum(heads) + len(pairs) * (HIGH + layout.foot) + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + len(said) * LINE / 2, said)
    for pair, head in zip(pairs, heads, strict=True):
        for number, stage in enumerate(pair):
            _draw_stage(sheet, figure, stage, layout, (EDGE + number * (wide + BETWEEN), top + head, head), voice)
        top += head + HIGH + layout.foot
    write_notes(sheet, top, notes)
    return sheet.figure


def _stages(figure: content.Figure, voice: Voice) -> tuple[list[Stage], tuple[str, ...]]:
    data = figure.data.assign(
        stage=[voice.text(each) for each in figure.data["stage"]],
        group=[voice.text(each) for each in figure.data["group"]],
    )
    data[NUMBERS] = data[NUMBERS].apply(sixes)
    groups = tuple(dict.fromkeys(data["group"]))[: len(LINES)]
    limits = [(voice.text(stage), six(day), voice.text(said)) for stage, day, said in figure.facts.get("limits", ())]
    stages = []
    for name, rows in data.groupby("stage", sort=False):
        found = {group: rows[rows["group"] == group].sort_values("duration") for group in groups}
        stages.append(Stage(name, found, tuple((day, said) for stage, day, said in limits if stage == name)))
    return stages, groups


def _left(stages: list[Stage], voice: Voice) -> float:
    counts = [voice.number(_at_risk(rows, 0.0) or 0) for stage in stages for rows in stage.groups.values()]
    return max(width("100") + PAD, SAMPLE + 0.08 + max(map(width, counts)) / 2)


def _keys(figure: content.Figure, groups: tuple[str, ...], voice: Voice) -> list[Key]:
    banded = figure.data["ci_low"].notna().any()
    looks = zip(groups, LINES, strict=False)  # there may be fewer groups than lines
    named = [Key(group, line=look, shade=look["color"] if banded else None) for group, look in looks]
    limit = [Key(voice.word("limit"), line=START, upright=True)] if figure.facts.get("limits") else []
    return [*named, *limit, *simulated(figure, voice)]


def _notes(figure: content.Figure, voice: Voice) -> list[str]:
    data = figure.data
    notes = [voice.word("band", conf=conf(figure))] if data["ci_low"].notna().any() else []
    more = data["group"].nunique() - len(LINES)
    return [*notes, voice.word("more_groups", n=more)] if more > 0 else notes


def _draw_stage(
    sheet: Sheet, figure: content.Figure, stage: Stage, layout: Layout, place: tuple[float, float, float], voice: Voice
) -> None:
    left, top, head = place
    lines = wrap(stage.name, layout.wide)
    sheet.write(left, top - head + len(lines) * LINE / 2, lines)
    write_flags(sheet, layout.flags(stage, left), top - 0.02)
    box = (left + layout.left, top, layout.plot, HIGH)
    panel = Panel.on(sheet, box, (0.0, stage.end), SHARES)
    panel.rows(SHARES, voice)
    at = stage.spaced(layout.plot, voice)
    panel.columns(at, [voice.number(day) for day in at])
    for day, _ in stage.limits:
        panel.upright(day)
    for number, rows in enumerate(stage.groups.values()):
        _draw_curve(panel, rows, number)
    if all(rows["share_open"].isna().all() for rows in stage.groups.values()):
        middle = (panel.left + panel.wide / 2, top + HIGH / 2)
        sheet.write(*middle, wrap(voice.word("suppressed"), panel.wide), align="center", colour=SOFT)
    _draw_foot(panel, figure, stage, left, at, voice)


def _draw_curve(panel: Panel, rows: pd.DataFrame, number: int) -> None:
    known = rows.dropna(subset="share_open")
    if known.empty:
        return
    if known["duration"].iloc[0] > 0:  # everyone waits at first
        first = {"duration": 0.0, "share_open": 100.0, "ci_low": 100.0, "ci_high": 100.0}
        known = pd.concat([pd.DataFrame([first]), known[NUMBERS]], ignore_index=True)
    days, look = known["duration"], LINES[number]
    shade = {"step": "post", "color": look["color"], "alpha": SHADE, "linewidth": 0, "zorder": 1.2}
    panel.axes.fill_between(days, known["ci_low"], known["ci_high"], **shade)
    panel.axes.step(days, known["share_open"], where="post", zorder=3, **look)


def _draw_foot(panel: Panel, figure: content.Figure, stage: Stage, left: float, at: list[float], voice: Voice) -> None:
    """The unit of the axis, and the numbers at risk with a sample of each group's line."""
    y = panel.top + panel.high + TICK_FOOT + LINE / 2
    middle = panel.left + panel.wide / 2
    panel.sheet.write(middle, y, [unit_words(figure, voice)], align="center", colour=SOFT)
    panel.sheet.write(left, y + LINE, [voice.word("at_risk")], colour=SOFT)
    for number, rows in enumerate(stage.groups.values()):
        low = y + LINE * 2 + number * (LINE + 0.02)
        axes = panel.sheet.plot(left, low - 0.05, SAMPLE, 0.1, (0, 1))
        axes.set_axis_off()
        axes.plot([0, 1], [0.05, 0.05], **LINES[number])
        for day in at:
            panel.sheet.write(panel.across(day), low, [voice.text(_at_risk(rows, day))], align="center")


def _at_risk(rows: pd.DataFrame, day: float) -> int | None:
    """The number at risk on a day: that of the next day listed, as nobody left in between; None where unknown."""
    listed = rows.dropna(subset="at_risk")
    later = listed.loc[listed["duration"] >= day - 1e-9, "at_risk"]
    return int(later.iloc[0]) if len(later) and np.isfinite(later.iloc[0]) else None
