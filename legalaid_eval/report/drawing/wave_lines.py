"""Survey waves on an axis of months: shares with intervals, joined only where the questions were worded alike."""

from itertools import pairwise

import numpy as np
import pandas as pd

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import Voice
from legalaid_eval.report.drawing.marks import BLUE, CIRCLE, DIAMOND, SQUARE, VERMILION, Mark, six
from legalaid_eval.report.drawing.panel import START, Panel, Scale, conf
from legalaid_eval.report.drawing.sheet import Key

SHARES = Scale(0.0, 100.0, (0.0, 25.0, 50.0, 75.0, 100.0))
NUMBERS = ("estimate", "ci_low", "ci_high")
MODES = (Mark(CIRCLE, BLUE), Mark(SQUARE, BLUE, open=True), Mark(DIAMOND, BLUE), Mark(CIRCLE, BLUE, open=True))
REACH = {"color": BLUE, "linewidth": 1.6, "solid_capstyle": "butt", "zorder": 2.6}
JOINED = {"color": BLUE, "linewidth": 1.1, "zorder": 2.2}
SHRUNK = 0.7
CLAIM = {"color": VERMILION, "linewidth": 1.2, "linestyle": (0, (5, 1.8)), "dash_capstyle": "butt"}


def tidy(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> pd.DataFrame:
    """The rows of waves in the order of time, wording and mode in words ("" where unknown)."""
    found = monthly.rows(content.Figure(figure.id, figure.kind, data), NUMBERS)
    for column in ("wording", "mode"):
        given = found[column] if column in found else [None] * len(found)
        found[column] = ["" if each is None or each is np.nan else voice.text(each) for each in given]
    return found


def changes(data: pd.DataFrame, voice: Voice) -> list[tuple[float, str]]:
    """Marks half-way between two waves whose wordings differ, with the name of the later; at a wave asked in both."""
    used = [(at, list(dict.fromkeys(rows["wording"]))) for at, rows in data.groupby("at", sort=True)]
    return [
        (
            six(b if set(earlier) & set(later) else (a + b) / 2),
            voice.word("wording", name=tuple(each for each in later if each not in earlier)),
        )
        for (a, earlier), (b, later) in pairwise(used)
        if set(later) - set(earlier)
    ]


def modes(data: pd.DataFrame) -> dict[str, Mark]:
    """A mark for each mode, in the order of first use; further modes share the last mark."""
    names = list(dict.fromkeys(data.loc[data["estimate"].notna(), "mode"]))
    return {name: MODES[min(number, len(MODES) - 1)] for number, name in enumerate(names)}


def keys(figure: content.Figure, data: pd.DataFrame, voice: Voice) -> list[Key]:
    """Legend entries of the modes, the claim and the changes of wording, where there are any."""
    facts = {"conf": conf(figure)}
    entries: list[Key] = []
    for name, mark in modes(data).items():
        said = voice.word("mode", mode=name, **facts) if name else voice.word("estimate", **facts)
        entries.append(Key(said, (mark,)))
    if figure.facts.get("claim") is not None:
        entries.append(Key(voice.word("claim", claim=figure.facts["claim"]), line=CLAIM))
    if changes(data, voice):
        entries.append(Key(voice.word("break"), line=START, upright=True))
    return entries


def notes(data: pd.DataFrame, voice: Voice) -> list[str]:
    """What the first waves asked, and that waves of different wording are not joined."""
    asked = tuple(dict.fromkeys(data.loc[data["at"] == data["at"].min(), "wording"]))
    changed = bool(changes(data, voice))
    said = [voice.word("first_wording" if changed else "same_wording", name=asked)] if any(asked) else []
    return [*said, *([voice.word("not_joined")] if changed else [])]


def draw(panel: Panel, rows: pd.DataFrame, marks: dict[str, Mark]) -> None:
    """The waves of one question: intervals, marks, and lines between neighbouring waves of one wording."""
    for run in runs(rows):
        panel.axes.plot(run["at"], run["estimate"], **JOINED)
    for line in rows.dropna(subset="estimate").itertuples():
        at = six(line.at)
        if np.isfinite(line.ci_low) and np.isfinite(line.ci_high):
            panel.axes.plot([at, at], [line.ci_low, line.ci_high], **REACH)
        panel.axes.plot([at], [line.estimate], **_smaller(marks[line.mode]))


def _smaller(mark: Mark) -> dict[str, object]:
    """The mark, small enough to leave an interval of a few points visible."""
    return mark.style | {"markersize": SHRUNK * mark.style["markersize"], "markeredgewidth": 1.0}


def runs(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Stretches of neighbouring waves with the same wording, two waves or more; a wave without a value ends one."""
    number = {at: place for place, at in enumerate(sorted(set(rows["at"])))}
    found = []
    for _, same in rows[rows["estimate"].notna()].groupby("wording", sort=False):
        broken = (same["at"].map(number).diff() > 1).cumsum()
        found += [run for _, run in same.groupby(broken) if len(run) > 1]
    return found


def draw_claim(panel: Panel, claim: content.Quantity | None) -> None:
    """A line at the share that was claimed."""
    if claim is not None:
        panel.axes.plot(list(panel.x), [six(claim.value)] * 2, zorder=2, **CLAIM)
