"""What more outreach brings: the fitted curve with the data, and below it how well its shape is known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing.lettering import LINE, Voice, width, wrap
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, INK, PURPLE, RULE, SOFT, VERMILION, Mark, six, ticks
from legalaid_eval.report.drawing.panel import (
    AXIS_TITLE,
    LINES,
    PAD,
    SHADE,
    TICK_FOOT,
    ZERO,
    Panel,
    Scale,
    conf,
    notes_height,
    scale,
    simulated,
    sixes,
    spaced,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Key, Sheet, key_height

HIGH, PROFILE_HIGH, BETWEEN, GAP = 2.4, 1.0, 0.5, 0.16
NUMBERS = ["x", "y", "low", "high", "n"]
PROFILES = ("decay", "saturation")
CURVE, BEYOND = LINES[0], LINES[0] | {"linestyle": (0, (3.2, 1.6)), "dash_capstyle": "butt"}
LIMIT = {"color": INK, "linewidth": 0.9, "linestyle": "-"}
CUT_OFF = {"color": VERMILION, "linewidth": 1.1, "linestyle": (0, (5, 1.8)), "dash_capstyle": "butt"}
POSSIBLE, RULED_OUT = {"color": BLUE, "linewidth": 2.4}, {"color": SOFT, "linewidth": 0.9}
SMALLEST, LARGEST = 3.0, 10.0  # points across of the marks for few and for many respondents
TALLEST = 3.0  # the top of a profile, in cut-offs
FINE, RATIO = 241, 30.0  # points of a profile; from this ratio of its ends on its axis is one of powers
FAINT, PALE = "#f1f3f5", 0.5


@dataclass(frozen=True)
class Story:
    """Curve, data and profiles in the order of x, and the ends of the doses that were observed."""

    curve: pd.DataFrame
    points: pd.DataFrame
    profiles: dict[str, pd.DataFrame]
    observed: tuple[float, float]

    @property
    def ends(self) -> tuple[float, float]:
        x = [*self.curve["x"], *self.points["x"], *self.observed]
        low, high = min(0.0, *x), max(x)
        return (low, high + 0.03 * (high - low)) if high > low else (low, low + 1.0)


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """The curve over the doses, its part beyond those observed dashed on a hatched ground; profiles side by side.

    Columns: part, x, y, low, high, n. Part "curve": dose, change and its interval; "point": a place's dose and change,
    n respondents (the area of its mark); "decay" and "saturation": a value and by how much it fits worse (y), where
    known. Facts: dose_range (the smallest and the largest dose observed), cut_off of the profiles, decay and saturation
    (a Range, or None: not identified), dose (the words for the dose's unit), unit, conf_level, simulated.
    """
    story = _story(figure)
    x, y = story.ends, scale([0.0, *story.curve[["y", "low", "high"]].to_numpy().ravel(), *story.points["y"]], 6)
    keys, notes = [*_keys(figure, story, voice), *simulated(figure, voice)], _notes(figure, story, voice)
    left, top = EDGE + y.reach(voice) + PAD, key_height(keys) + LINE + 0.12
    profiles = _profile_heads(figure, story, voice)
    head = max((len(lines) for lines in profiles.values()), default=0) * LINE + LINE + 0.16
    foot = TICK_FOOT + AXIS_TITLE
    below = top + HIGH + foot
    deep = GAP + head + PROFILE_HIGH + foot if profiles else 0.0
    sheet = Sheet.of(below + deep + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis", unit=unit_words(figure, voice))])
    panel = Panel.on(sheet, (left, top, WIDTH - EDGE - 0.1 - left, HIGH), x, y)
    _draw_ground(panel, story)
    panel.rows(y, voice)
    _draw_axis(panel, Scale(*x, ()), voice, voice.word("dose", dose=_dose(figure, voice)))
    _draw_curve(panel, story)
    _draw_points(panel, story.points)
    if story.curve["y"].isna().all() and story.points["y"].isna().all():
        _say(panel, voice.word("suppressed"))
    for number, (name, lines) in enumerate(profiles.items()):
        place = number, below + GAP + head, len(lines)
        _draw_profile(sheet, figure, (name, story.profiles[name]), lines, place, voice)
    write_notes(sheet, below + deep + 0.06, notes)
    return sheet.figure


def _story(figure: content.Figure) -> Story:
    data = figure.data.copy()
    for column in NUMBERS:
        data[column] = sixes(data[column]) if column in data else np.nan
    parts = {part: rows.sort_values("x", kind="stable") for part, rows in data.groupby("part")}
    none = data.iloc[:0]
    curve, points = parts.get("curve", none), parts.get("point", none)
    doses = [*points["x"], *curve["x"]] or [0.0]
    observed = figure.facts.get("dose_range") or (min(doses), max(doses))
    profiles = {name: parts[name].dropna(subset=["x", "y"]) for name in PROFILES if name in parts}
    if "saturation" in profiles:  # its limits, none and endless, have no place on an axis of powers
        profiles["saturation"] = profiles["saturation"][profiles["saturation"]["x"] > 0]
    return Story(curve, points, {k: v for k, v in profiles.items() if len(v)}, tuple(map(six, observed)))


def _dose(figure: content.Figure, voice: Voice) -> str:
    return voice.text(figure.facts["dose"]) if "dose" in figure.facts else voice.word("dose_unit")


def _keys(figure: content.Figure, story: Story, voice: Voice) -> list[Key]:
    banded = story.curve[["low", "high"]].notna().all(axis=1).any()
    keys = []
    if story.curve["y"].notna().any():
        said = voice.word("curve_band" if banded else "curve", conf=conf(figure))
        keys.append(Key(said, line=CURVE, shade=BLUE if banded else None))
    if story.points["y"].notna().any():
        keys.append(Key(voice.word("point"), (_dot(LARGEST * 0.7),)))
    if story.curve["x"].max() > story.observed[1]:
        keys.append(Key(voice.word("beyond"), line=BEYOND, shade=RULE, depth=PALE))
    return keys


def _notes(figure: content.Figure, story: Story, voice: Voice) -> list[str]:
    facts = {"low": story.observed[0], "high": story.observed[1], "dose": _dose(figure, voice)}
    said = [voice.word("observed", **facts)] if len(story.curve) else []
    return said + ([voice.word("profile", conf=conf(figure))] if story.profiles else [])


@dataclass(frozen=True)
class _Dot(Mark):
    """A mark of a given size in points."""

    size: float = SMALLEST

    @property
    def style(self) -> dict[str, object]:
        look = {"markersize": six(self.size), "markeredgewidth": 0.9, "markerfacecolor": PURPLE, "alpha": 0.65}
        return super().style | look | {"markeredgecolor": INK, "zorder": 3.4}


def _dot(size: float) -> _Dot:
    return _Dot(CIRCLE, PURPLE, size=size)


def _draw_ground(panel: Panel, story: Story) -> None:
    """Hatching where no dose was observed, and a line at the largest and the smallest that were."""
    for first, last, limit in ((panel.x[0], *[story.observed[0]] * 2), (story.observed[1], panel.x[1], None)):
        if last > first:
            box = [six(first), six(last), six(last), six(first)], [panel.y[0], panel.y[0], panel.y[1], panel.y[1]]
            panel.axes.fill(*box, facecolor=FAINT, edgecolor=RULE, hatch="////", linewidth=0, zorder=0.4)
            panel.upright(first if limit is None else limit, **LIMIT)


def _draw_axis(panel: Panel, x: Scale, voice: Voice, title: str) -> None:
    at = spaced(x, panel.wide, voice)
    panel.columns(at, [voice.number(each) for each in at])
    _write_title(panel, title)


def _write_title(panel: Panel, title: str) -> None:
    half = width(title) / 2
    middle = min(max(panel.left + panel.wide / 2, EDGE + half), WIDTH - EDGE - half)
    down = panel.top + panel.high + TICK_FOOT + AXIS_TITLE - LINE / 2 - 0.02
    panel.sheet.write(middle, down, [title], align="center", colour=SOFT)


def _draw_curve(panel: Panel, story: Story) -> None:
    known = story.curve.dropna(subset="y")
    banded = known.dropna(subset=["low", "high"])
    panel.axes.fill_between(
        banded["x"], banded["low"], banded["high"], color=BLUE, alpha=SHADE, linewidth=0, zorder=1.2
    )
    if panel.y[0] < 0 < panel.y[1]:
        panel.axes.plot(list(panel.x), [0, 0], zorder=1.5, **ZERO)
    within = known[known["x"].between(*story.observed)]
    panel.axes.plot(within["x"], within["y"], zorder=3, **CURVE)
    before, after = known[known["x"] < story.observed[0]], known[known["x"] > story.observed[1]]
    for part in ([before, within.head(1)], [within.tail(1), after]):  # dashes touch the solid line
        dashed = pd.concat(part)
        if len(dashed) > 1:
            panel.axes.plot(dashed["x"], dashed["y"], zorder=3, **BEYOND)


def _draw_points(panel: Panel, points: pd.DataFrame) -> None:
    known = points.dropna(subset="y")
    most = known["n"].max()
    for line in known.itertuples():  # the area stands for the respondents
        share = np.sqrt(line.n / most) if np.isfinite(line.n) and most > 0 else 0.0
        panel.axes.plot([line.x], [line.y], **_dot(SMALLEST + (LARGEST - SMALLEST) * share).style)


def _profile_heads(figure: content.Figure, story: Story, voice: Voice) -> dict[str, tuple[str, ...]]:
    """What each profile says of its parameter, in lines."""
    heads = {}
    for name in story.profiles:
        found = figure.facts.get(name)
        said = voice.word(f"{name}_not_identified") if found is None else voice.word(name, range=found)
        heads[name] = wrap(said, _profile_wide() + 0.2)
    return heads


def _profile_wide() -> float:
    return (WIDTH - 2 * EDGE - 0.3 - BETWEEN) / 2


def _draw_profile(
    sheet: Sheet,
    figure: content.Figure,
    profile: tuple[str, pd.DataFrame],
    head: tuple[str, ...],
    place: tuple[int, float, int],
    voice: Voice,
) -> None:
    """How much worse each value fits; the values below the cut-off, drawn thick, agree with the data."""
    (name, rows), (number, top, deep) = profile, place
    cut_off = float(figure.facts.get("cut_off") or np.nan)
    highest = six(TALLEST * cut_off) if np.isfinite(cut_off) else six(max(rows["y"].max(), 1.0))
    # A little air below zero, so that a line that lies on it is seen whole.
    y = Scale(six(-0.05 * highest), highest, tuple(ticks(0.0, highest, 4)))
    positions, words, lift = _values(rows["x"], voice)
    left = EDGE + 0.3 + number * (_profile_wide() + BETWEEN)
    x = six(min(lift(each) for each in rows["x"])), six(max(lift(each) for each in rows["x"]))
    x = x if x[1] > x[0] else (x[0] - 0.5, x[0] + 0.5)
    panel = Panel.on(sheet, (left, top, _profile_wide(), PROFILE_HIGH), x, y)
    sheet.write(left - 0.3, top - 0.1 - LINE - deep * LINE / 2, head)
    sheet.write(left - 0.3, top - 0.06 - LINE / 2, [voice.word("worse")], colour=SOFT)
    panel.rows(y, voice)
    panel.columns(positions, words)
    _write_title(panel, voice.word(f"{name}_axis", dose=_dose(figure, voice)))
    _draw_heights(panel, rows, lift, cut_off)


def _draw_heights(panel: Panel, rows: pd.DataFrame, lift: Callable[[float], float], cut_off: float) -> None:
    at = [lift(each) for each in rows["x"]]
    fine = np.linspace(panel.x[0], panel.x[1], FINE)
    height = np.interp(fine, at, rows["y"]) if len(at) > 1 else np.full(FINE, rows["y"].iloc[0])
    height[height > panel.y[1]] = np.nan
    panel.axes.plot(sixes(fine), sixes(height), zorder=2.4, **RULED_OUT)
    if np.isfinite(cut_off):
        panel.axes.plot(list(panel.x), [six(cut_off)] * 2, zorder=2, **CUT_OFF)
        panel.axes.plot(sixes(fine), sixes(np.where(height <= cut_off, height, np.nan)), zorder=2.6, **POSSIBLE)


def _values(values: pd.Series, voice: Voice) -> tuple[list[float], list[str], Callable[[float], float]]:
    """Ticks, their words and the places of values; powers of ten apart where the largest is many times the least."""
    low, high = float(values.min()), float(values.max())
    if low > 0 and high / low >= RATIO:
        at = [six(step * 10.0**power) for power in range(-6, 10) for step in (1, 3)]
        kept = [each for each in at if low <= each <= high]
        kept = kept if len(kept) <= 5 else [each for each in kept if f"{each:e}"[0] == "1"] or kept[:1]
        return (
            [six(np.log10(each)) for each in kept],
            [voice.number(each) for each in kept],
            lambda v: float(np.log10(v)),
        )
    kept = ticks(low, high, 5) if high > low else [low]
    return kept, [voice.number(each) for each in kept], float


def _say(panel: Panel, words: str) -> None:
    panel.sheet.write(panel.left + panel.wide / 2, panel.top + panel.high / 2, [words], align="center", colour=SOFT)
