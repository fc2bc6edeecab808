"""What came and what was closed by month, and below it what was pending, with projections."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.report.drawing import monthly
from legalaid_eval.report.drawing.lettering import LINE, Voice
from legalaid_eval.report.drawing.marks import INK, SOFT, VERMILION
from legalaid_eval.report.drawing.monthly import LOOKS, End, Frame
from legalaid_eval.report.drawing.panel import (
    TICK_FOOT,
    Panel,
    notes_height,
    simulated,
    unit_words,
    write_notes,
)
from legalaid_eval.report.drawing.sheet import EDGE, Key, Sheet, key_height

FLOW_HIGH, STOCK_HIGH, GAP, MOST = 1.5, 1.8, 0.14, 3
FLOWS = ("accepted", "closed")
NUMBERS = (*FLOWS, "pending", "lo80", "hi80")
FLOW_LOOKS = dict(zip(FLOWS, LOOKS, strict=False))
PENDING = {"color": SOFT, "linewidth": 1.4}
SEEN_TO = {"color": INK, "linewidth": 0.9, "linestyle": "-"}
PLANS = (  # the first band is drawn darkest; lines differ in pattern too
    {"color": VERMILION, "linewidth": 1.5, "linestyle": (0, (4, 1.4)), "dash_capstyle": "butt"},
    {"color": "#7a3b68", "linewidth": 1.6, "linestyle": (0, (1.1, 1.1)), "dash_capstyle": "butt"},
    {"color": "#007a5a", "linewidth": 1.4, "linestyle": (0, (6, 1.4, 1.2, 1.4)), "dash_capstyle": "butt"},
)
DEPTH = 0.18


@dataclass(frozen=True)
class Story:
    """The months seen, and the months to come under each scenario with its name."""

    seen: pd.DataFrame
    plans: tuple[tuple[str, pd.DataFrame], ...]
    more: int


def draw(figure: content.Figure, voice: Voice) -> Figure:
    """Two plots with the same months, both from zero.

    Columns: month ("2023-05"), accepted, closed, pending (at the month's end), and for months to come scenario (a
    name), pending, lo80, hi80; rows of months seen have no scenario. Facts: unit, marks, festival (as in
    `count_series`), simulated. Of more than three scenarios the first three are drawn.
    """
    story = _story(figure, voice)
    both = pd.concat([story.seen, *(rows for _, rows in story.plans)])
    flow_y = monthly.from_zero(story.seen[list(FLOWS)].to_numpy().ravel(), 5)
    stock_y = monthly.from_zero(both[["pending", "lo80", "hi80"]].to_numpy().ravel(), 5)
    reach = max(flow_y.reach(voice), stock_y.reach(voice))
    flow_ends, stock_ends = _flow_ends(story, voice), _stock_ends(story, voice)
    axis = monthly.frame(figure, both["at"].tolist(), reach, [*flow_ends, *stock_ends], voice)
    keys = [*_keys(story, axis, voice), *simulated(figure, voice)]
    notes = _notes(story, voice)
    top = key_height(keys) + LINE + 0.12 + monthly.marks_height(axis)
    stock_high = max(STOCK_HIGH, monthly.ends_height(stock_ends))
    stock_top = top + FLOW_HIGH + GAP + LINE + 0.12
    sheet = Sheet.of(stock_top + stock_high + TICK_FOOT + 0.06 + notes_height(notes))
    sheet.legend(keys)
    sheet.write(EDGE, key_height(keys) + LINE / 2, [voice.word("flow", unit=unit_words(figure, voice))])
    monthly.write_marks(sheet, axis, top)
    flow = monthly.plot(sheet, axis, (top, FLOW_HIGH), flow_y, voice, named=False)
    _draw_flow(flow, story, voice)
    monthly.write_ends(sheet, flow, flow_ends)
    sheet.write(EDGE, stock_top - 0.08 - LINE / 2, [voice.word("stock", unit=unit_words(figure, voice))])
    stock = monthly.plot(sheet, axis, (stock_top, stock_high), stock_y, voice)
    _draw_stock(stock, story, voice)
    monthly.write_ends(sheet, stock, stock_ends)
    write_notes(sheet, stock_top + stock_high + TICK_FOOT + 0.06, notes)
    return sheet.figure


def _story(figure: content.Figure, voice: Voice) -> Story:
    data = monthly.rows(figure, NUMBERS)
    ahead = data["scenario"].notna() if "scenario" in data else pd.Series(False, index=data.index)
    named = figure.data["scenario"].dropna() if "scenario" in data else ()
    names = monthly.distinct(named, voice.text)
    plans = tuple((name, data[ahead & (data["scenario"] == one)]) for one, name in names.items())
    return Story(data[~ahead], plans[:MOST], max(len(plans) - MOST, 0))


def _flow_ends(story: Story, voice: Voice) -> list[End]:
    if story.plans:  # the lines end far from the words
        return []
    return [
        each
        for column in FLOWS
        for each in monthly.end(
            monthly.last_value(story.seen, column), voice.word(column), str(FLOW_LOOKS[column]["color"])
        )
    ]


def _stock_ends(story: Story, voice: Voice) -> list[End]:
    found: list[End] = []
    for look, (name, rows) in zip(PLANS, story.plans, strict=False):
        found += monthly.end(monthly.last_value(rows, "pending"), name, str(look["color"]))
    return found or monthly.end(monthly.last_value(story.seen, "pending"), voice.word("pending"), SOFT)


def _keys(story: Story, axis: Frame, voice: Voice) -> list[Key]:
    keys = [Key(voice.word(column), line=FLOW_LOOKS[column]) for column in FLOWS] if story.plans else []
    if story.plans:
        keys.append(Key(voice.word("pending"), line=PENDING, shade=SOFT))
        keys.append(Key(voice.word("projected"), line=PLANS[0], shade=VERMILION))
        keys.append(Key(voice.word("from"), line=SEEN_TO, upright=True))
    return [*keys, *monthly.span_keys(axis, voice)]


def _notes(story: Story, voice: Voice) -> list[str]:
    gaps = story.seen[[*FLOWS, "pending"]].isna().any(axis=None)
    said = [voice.word("gaps")] if gaps else []
    return said + ([voice.word("more", n=story.more, shown=MOST)] if story.more else [])


def _draw_flow(panel: Panel, story: Story, voice: Voice) -> None:
    for column, look in FLOW_LOOKS.items():
        monthly.draw_line(panel, story.seen, column, look)
    _mark_end(panel, story)
    if story.seen[list(FLOWS)].isna().all(axis=None):
        _say(panel, voice.word("suppressed"))


def _draw_stock(panel: Panel, story: Story, voice: Voice) -> None:
    panel.axes.fill_between(story.seen["at"], 0, story.seen["pending"], color=SOFT, alpha=0.2, linewidth=0, zorder=1.2)
    monthly.draw_line(panel, story.seen, "pending", PENDING)
    for look, (_, rows) in reversed(list(zip(PLANS, story.plans, strict=False))):
        bounds = (rows["lo80"], rows["hi80"])
        panel.axes.fill_between(rows["at"], *bounds, color=look["color"], alpha=DEPTH, linewidth=0, zorder=1.3)
        monthly.draw_line(panel, rows, "pending", look, 3.2)
    _mark_end(panel, story)
    if story.seen["pending"].isna().all() and not story.plans:
        _say(panel, voice.word("suppressed"))


def _mark_end(panel: Panel, story: Story) -> None:
    if len(story.seen) and story.plans:
        panel.upright(story.seen["at"].max() + 0.5, **SEEN_TO)


def _say(panel: Panel, words: str) -> None:
    middle = panel.left + panel.wide / 2, panel.top + panel.high / 2
    panel.sheet.write(*middle, [words], align="center", colour=SOFT)
