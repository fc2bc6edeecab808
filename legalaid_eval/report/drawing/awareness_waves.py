"""How many know of legal aid, wave by wave: a plot for awareness, and smaller ones below for what is known of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly, time_axis, wave_lines
from legalaid_eval.report.drawing.lettering import LINE, Voice, width, wrap
from legalaid_eval.report.drawing.marks import SOFT, Mark
from legalaid_eval.report.drawing.monthly import Frame
from legalaid_eval.report.drawing.panel import TICK_FOOT, Panel, notes_height, simulated, write_notes
from legalaid_eval.report.drawing.sheet import EDGE, WIDTH, Sheet, key_height
from legalaid_eval.report.drawing.wave_lines import SHARES

HIGH, SMALL_HIGH, BETWEEN, GAP, ACROSS = 2.1, 1.1, 0.2, 0.12, 3
BESIDE = 0.1  # inches between the numbers of respondents of two waves
ABOVE = 0.13  # from an interval to the middle of the words at its end
CLEAR = 0.1  # from the middle of words to a line that would strike them through


@dataclass(frozen=True)
class Story:
    """All waves, the questions in order with their names, and the marks at changes of wording."""

    data: pd.DataFrame
    questions: dict[object, str]
    marks: dict[str, Mark]
    axis: Frame

    def rows(self, question: object) -> pd.DataFrame:
        return self.data[[each == question for each in self.data["question"]]]


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """The first question in a wide plot, up to nine more three in a row below it, all from 0 to 100 percent.

    Columns: month ("2023-05") of the wave, question (a name), estimate, ci_low, ci_high (percent; missing where
    suppressed), wording and mode (names), n (respondents, of the first question shown). Waves of different wording are
    never joined by a line. Facts: claim (a Quantity in percent), conf_level, simulated.
    """
    story = _story(figure, voice)
    first, *others = story.questions
    keys = [*wave_lines.keys(figure, story.data, voice), *simulated(figure, voice)]
    notes = _notes(story, len(others) - ACROSS**2, voice)
    top = key_height(keys) + 2 * LINE + 0.14 + monthly.marks_height(story.axis)
    lines = [others[place : place + ACROSS] for place in range(0, min(len(others), ACROSS**2), ACROSS)]
    heads = [max(len(_heading(story, each)) for each in line) * LINE + 0.08 for line in lines]
    below = top + HIGH + TICK_FOOT + _counts_height(story)
    deep = sum(heads) + len(lines) * (SMALL_HIGH + TICK_FOOT + GAP)
    sheet = Sheet.of(below + deep + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("axis")], colour=SOFT)
    sheet.write(EDGE, key_height(keys) + LINE * 1.5 + 0.02, [story.questions[first]])
    monthly.write_marks(sheet, story.axis, top)
    panel = monthly.plot(sheet, story.axis, (top, HIGH), SHARES, voice)
    _fill(panel, figure.facts.get("claim"), story, first, voice)
    _write_last(panel, figure.facts.get("claim"), story.rows(first), voice)
    _write_counts(sheet, panel, story, voice)
    for line, head in zip(lines, heads, strict=True):
        below += head
        for number, question in enumerate(line):
            _draw_small(sheet, story, question, (number, below), voice)
        below += SMALL_HIGH + TICK_FOOT + GAP
    write_notes(sheet, below, notes)
    return sheet.figure


def _story(figure: content.Figure, voice: Voice) -> Story:
    data = wave_lines.tidy(figure, figure.data, voice)
    questions = monthly.distinct(figure.data["question"], voice.text)
    at, changed = sorted(set(data["at"])), wave_lines.changes(data, voice)
    axis = monthly.framed(at, SHARES.reach(voice), [], changed)
    return Story(data, questions, wave_lines.modes(data), axis)


def _notes(story: Story, more: int, voice: Voice) -> list[str]:
    said = wave_lines.notes(story.data, voice)
    said += [voice.word("gaps")] if story.data["estimate"].isna().any() else []
    return said + ([voice.word("more", n=more)] if more > 0 else [])


def _fill(panel: Panel, claim: content.Quantity | None, story: Story, question: object, voice: Voice) -> None:
    """The waves in a plot with what was claimed, or the words that stand instead."""
    rows = story.rows(question)
    if rows["estimate"].isna().all():
        said = wrap(voice.word("suppressed"), panel.wide)
        panel.sheet.write(panel.left + panel.wide / 2, panel.top + panel.high / 2, said, align="center", colour=SOFT)
        return
    wave_lines.draw_claim(panel, claim)
    wave_lines.draw(panel, rows, story.marks)


def _write_last(panel: Panel, claim: content.Quantity | None, rows: pd.DataFrame, voice: Voice) -> None:
    """The last estimate in figures above its interval, or below where a line of the plot or of the claim is there."""
    known = rows.dropna(subset="estimate")
    if known.empty:
        return
    last = known.iloc[-1]
    said = voice.text(content.Quantity(float(last["estimate"]), "percent", decimals=0))
    at = min(panel.across(last["at"]), WIDTH - EDGE - width(said) / 2)
    ends = [panel.down(each if np.isfinite(each) else last["estimate"]) for each in last[["ci_high", "ci_low"]]]
    barred = [panel.down(each) for each in (100.0, *([claim.value] if claim is not None else []))]
    wanted = [ends[0] - ABOVE, ends[1] + ABOVE, max(barred) + ABOVE]
    clear = (each for each in wanted if each > panel.top and min(abs(each - line) for line in barred) > CLEAR)
    panel.sheet.write(at, next(clear, wanted[-1]), [said], align="center")


def _counts_height(story: Story) -> float:
    return 2 * LINE + 0.06 if _counted(story) else 0.0


def _counted(story: Story) -> list[tuple[float, int]]:
    """Respondents to the first question, by wave."""
    rows = story.rows(next(iter(story.questions)))
    if "n" not in rows:
        return []
    sums = rows.groupby("at")["n"].sum(min_count=1).dropna()
    return [(float(at), int(n)) for at, n in sums.items()]


def _write_counts(sheet: Sheet, panel: Panel, story: Story, voice: Voice) -> None:
    """Respondents below the months; those without room are left out."""
    counted = _counted(story)
    top, free = panel.top + panel.high + TICK_FOOT + 0.02, 0.0
    if counted:
        sheet.write(EDGE, top + LINE / 2, [voice.word("respondents")], colour=SOFT)
    for at, n in counted:
        said = voice.text(n)
        half = width(said) / 2
        middle = min(max(panel.across(at), EDGE + half), WIDTH - EDGE - half)
        if middle - half >= free:
            sheet.write(middle, top + LINE * 1.5, [said], align="center", colour=SOFT)
            free = middle + half + BESIDE


def _wide(story: Story) -> float:
    return (WIDTH - EDGE - 0.1 - story.axis.left - BETWEEN * (ACROSS - 1)) / ACROSS


def _heading(story: Story, question: object) -> tuple[str, ...]:
    return wrap(story.questions[question], _wide(story))


def _draw_small(sheet: Sheet, story: Story, question: object, spot: tuple[int, float], voice: Voice) -> None:
    column, top = spot
    left, lines = story.axis.left + column * (_wide(story) + BETWEEN), _heading(story, question)
    sheet.write(left, top - 0.05 - len(lines) * LINE / 2, lines)
    panel = Panel.on(sheet, (left, top, _wide(story), SMALL_HIGH), story.axis.x, SHARES)
    panel.rows(SHARES, voice, named=column == 0)
    panel.columns(*time_axis.ticks(*story.axis.x, panel.wide))
    if np.isfinite(story.rows(question)["estimate"]).any():  # no mark through the words that stand instead
        for at, _ in story.axis.marks:
            panel.upright(at)
    _fill(panel, None, story, question, voice)
    _write_last(panel, None, story.rows(question), voice)
