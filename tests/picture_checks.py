"""What every picture must keep to: words on the paper and apart, numbers inside their plots, both languages alike.

A picture is laid out without being painted, which takes most of the time, and each is drawn once per language.
"""

from itertools import combinations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Drawn
from matplotlib.text import Text

from legalaid_eval.content import Chapter, Figure, Message
from legalaid_eval.report import alternatives, figures, show, words
from legalaid_eval.report.drawing import lettering

LANGUAGES = ("zh", "en")


def laid_out(figure: Figure, language: str) -> Drawn:
    """The drawing with every text in its final place."""
    with figures.style(figure.id):
        found = figures.KINDS[figure.kind](figure, lettering.Voice(figure.id, language))
        FigureCanvasAgg(found)
        if any(axes.get_xlabel() for axes in found.axes):  # only the words of such an axis wait for their place
            found.draw_without_rendering()
        return found


def drawn(figure: Figure, language: str) -> Drawn:
    """The drawing alone: enough to read its words and lines."""
    with figures.style(figure.id):
        return figures.KINDS[figure.kind](figure, lettering.Voice(figure.id, language))


def displayed(figure: Figure, language: str) -> dict[str, str]:
    """Caption, picture and text alternative as a notebook shows them."""
    chapter = Chapter("pictures", pd.DataFrame(), {}, {"one": figure}, {})
    return show.figure(chapter, "one", languages=(language,)).languages[language]


def beside(figure: Figure, part: str, language: str) -> str:
    """The words beside a picture, `part` "caption" or "alt", without drawing it."""
    facts = {**alternatives.numbers(figure), **figure.facts}
    return words.sentence(Message(f"figures.{figure.id}.{part}", facts), language)


def texts(found: Drawn) -> list[Text]:
    """Every visible text: those on the paper, in the plots, and of axes with words of their own."""
    inside = [text for axes in found.axes for text in (*axes.texts, axes.title, *_of_axes(axes))]
    return [text for text in (*found.texts, *inside) if text.get_visible() and text.get_text().strip()]


def _of_axes(axes: Axes) -> list[Text]:
    return axes.findobj(Text) if axes.axison and axes.get_xlabel() else []


def shown(found: Drawn) -> list[str]:
    return [text.get_text() for text in texts(found)]


def simulated_mark(language: str) -> str:
    """What a picture of simulated data says in itself."""
    return f"[{words.lookup('codes.evidence.simulated', language)}]"


def plots(found: Drawn) -> list[Axes]:
    return [axes for axes in found.axes if axes.axison]


def require_words_apart(found: Drawn) -> None:
    """No text leaves the paper, none touches another, and the picture fits a page."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(found)]
    assert found.bbox.height / found.dpi < 10, "higher than a page"
    for said, box in boxes:
        assert found.bbox.x0 <= box.x0 and box.x1 <= found.bbox.x1, f"{said} leaves the paper at a side"
        assert found.bbox.y0 <= box.y0 and box.y1 <= found.bbox.y1, f"{said} leaves the paper above or below"
    edges = [(said, (box.x0, box.x1, box.y0, box.y1)) for said, box in boxes]
    for (one, a), (other, b) in combinations(edges, 2):
        beside = a[1] + 3 <= b[0] or b[1] + 3 <= a[0]  # words in one line that touch read as one
        assert beside or a[3] <= b[2] + 2 or b[3] <= a[2] + 2, f"'{one}' overlaps '{other}'"


def require_inside(found: Drawn) -> None:
    """Every point of every line lies within the ends of its axes."""
    for axes in plots(found):
        low, high = sorted(axes.get_ylim())
        first, last = sorted(axes.get_xlim())
        air = (high - low) * 1e-6
        for line in axes.lines:
            x, y = (np.asarray(values, dtype=float) for values in line.get_data())
            known = np.isfinite(x) & np.isfinite(y)
            assert ((x[known] >= first) & (x[known] <= last)).all()
            assert ((y[known] >= low - air) & (y[known] <= high + air)).all()


def geometry(found: Drawn) -> list[object]:
    """Everything that stands for numbers: the ends of the axes, lines, areas and columns."""
    axes = plots(found)
    lines = [[line.get_xydata().tolist() for line in each.lines] for each in axes]
    areas = [[path.vertices.tolist() for area in each.collections for path in area.get_paths()] for each in axes]
    fills = [[patch.get_path().vertices.tolist() for patch in each.patches] for each in axes]
    return [[(each.get_xlim(), each.get_ylim()) for each in axes], repr(lines), repr(areas), repr(fills)]


def grey(colour: str) -> float:
    """How light a colour is on a black and white page, 0 to 1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue
