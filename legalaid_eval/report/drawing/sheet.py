"""A sheet of paper measured in inches from its top left corner, with text, plots and a legend on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from legalaid_eval.report.drawing.lettering import LINE, Voice, width
from legalaid_eval.report.drawing.marks import INK, RULE, SOFT, Mark, six

WIDTH = 7.2
EDGE = 0.04  # empty border
AXIS_FOOT = 0.24  # below a plot, for its tick labels
TITLE_FOOT = 0.18  # below the tick labels, for the axis title
KEY_LINE = 0.24
KEY_GAP, KEY_MARK, KEY_REACH = 0.28, 0.15, 0.1
KEY_UPRIGHT, KEY_LINE_LEAD = 0.22, 0.36


@dataclass(frozen=True)
class Key:
    """A legend entry: one or more marks, or a line or a filled box drawn like those of the plot, and its words."""

    words: str
    marks: tuple[Mark, ...] = ()
    line: dict[str, object] | None = None
    upright: bool = False
    shade: str | None = None
    depth: float = 0.2  # how dark the shade is
    fill: dict[str, object] | None = None

    @property
    def lead(self) -> float:
        """Inches before the words."""
        if self.fill is not None:
            return KEY_LINE_LEAD
        if self.line is not None:
            return KEY_UPRIGHT if self.upright else KEY_LINE_LEAD
        return 0.04 + sum(KEY_MARK + (KEY_REACH if mark.side else 0) for mark in self.marks)

    @property
    def length(self) -> float:
        return self.lead + width(self.words)


def key_lines(keys: Sequence[Key]) -> list[list[Key]]:
    """The entries in as many lines as the sheet's width asks for."""
    lines: list[list[Key]] = [[]]
    for key in keys:
        if lines[-1] and sum(each.length + KEY_GAP for each in lines[-1]) + key.length > WIDTH - 2 * EDGE:
            lines.append([])
        lines[-1].append(key)
    return lines


def key_height(keys: Sequence[Key]) -> float:
    return len(key_lines(keys)) * KEY_LINE + 0.08


@dataclass(frozen=True)
class Sheet:
    """The paper; all places are inches from the left and from the top."""

    figure: Figure
    height: float

    @classmethod
    def of(cls, height: float) -> "Sheet":
        height = round(height, 3)
        return cls(Figure(figsize=(WIDTH, height)), height)

    def write(self, left: float, top: float, lines: Sequence[str], *, align: str = "left", colour: str = INK) -> None:
        """Lines of text whose block is centred on the height `top`."""
        first = top - (len(lines) - 1) * LINE / 2
        for number, line in enumerate(lines):
            y = self.height - first - number * LINE
            where = {"ha": align, "va": "center_baseline", "transform": self.figure.dpi_scale_trans}
            self.figure.text(round(left, 4), round(y, 4), line, color=colour, **where)

    def rule(self, top: float, colour: str = RULE, thickness: float = 0.6) -> None:
        """A horizontal line across the paper."""
        axes = self.plot(EDGE, top, WIDTH - 2 * EDGE, 0.01, (0, 1))
        axes.set_axis_off()
        axes.plot([0, 1], [0, 0], color=colour, linewidth=thickness, clip_on=False)

    def plot(self, left: float, top: float, wide: float, high: float, limits: tuple[float, float]) -> Axes:
        """Axes whose x has the data's unit and whose y is inches from their top."""
        place = (left / WIDTH, 1 - (top + high) / self.height, wide / WIDTH, high / self.height)
        axes = self.figure.add_axes([round(each, 6) for each in place])
        axes.set_xlim(*(six(limit) for limit in limits))
        axes.set_ylim(high, 0)
        axes.set_yticks([])
        axes.patch.set_visible(False)
        for side in ("left", "right", "top"):
            axes.spines[side].set_visible(False)
        return axes

    def legend(self, keys: Sequence[Key], left: float = EDGE) -> None:
        """The entries in the top line or lines of the paper."""
        axes = self.plot(0, 0, WIDTH, key_height(keys), (0, WIDTH))
        axes.set_axis_off()
        for number, line in enumerate(key_lines(keys)):
            x, y = left, KEY_LINE * (number + 0.5)
            for key in line:
                _draw_key(axes, key, x, y)
                self.write(x + key.lead, y, [key.words])
                x += key.length + KEY_GAP


def _draw_key(axes: Axes, key: Key, x: float, y: float) -> None:
    if key.shade:
        axes.fill_between([x + 0.02, x + 0.14], y - 0.08, y + 0.08, color=key.shade, alpha=key.depth, linewidth=0)
    if key.fill is not None:
        axes.fill([x, x + 0.28, x + 0.28, x], [y - 0.07, y - 0.07, y + 0.07, y + 0.07], **key.fill)
    if key.line is not None:
        ends = ([x + 0.08] * 2, [y - 0.08, y + 0.08]) if key.upright else ([x, x + 0.28], [y, y])
        axes.plot(*ends, **key.line)
    for mark in key.marks:
        axes.plot([x + 0.06 + (KEY_REACH if mark.side < 0 else 0)], [y], **mark.style)
        x += KEY_MARK + (KEY_REACH if mark.side else 0)


def number_axis(axes: Axes, at: Sequence[float], voice: Voice, title: str = "") -> None:
    """Tick labels in the language's way of writing numbers, and the axis title."""
    axes.set_xticks(list(at), [voice.number(each) for each in at])
    if title:
        axes.set_xlabel(title, color=SOFT, labelpad=3)
