"""Pictures as SVG text, the same bytes on every computer.

Each kind of figure has a drawing in `drawing/`; this module holds what they share: the style, a font that
ships with the software, and saving without a date.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from legalaid_eval import content
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report.drawing import (
    allocation,
    awareness_waves,
    completeness,
    count_series,
    county_panel,
    coverage_map,
    dose_response,
    event_calendar,
    event_study,
    fan_chart,
    funnel_plot,
    group_effects,
    implied_targets,
    interrupted_series,
    limit_compliance,
    nowcast_cone,
    nowcast_places,
    progress,
    rate_intervals,
    share_mix,
    small_multiples,
    stock_flow,
    survival_curves,
)
from legalaid_eval.report.drawing.lettering import SIZE, Voice, typeface
from legalaid_eval.report.drawing.marks import INK, RULE, SOFT

KINDS: Mapping[str, Callable[[content.Figure, Voice], Figure]] = {
    "rate_intervals": rate_intervals.draw,
    "implied_targets": implied_targets.draw,
    "progress": progress.draw,
    "county_panel": county_panel.draw,
    "coverage_map": coverage_map.draw,
    "completeness": completeness.draw,
    "survival_curves": survival_curves.draw,
    "limit_compliance": limit_compliance.draw,
    "event_study": event_study.draw,
    "small_multiples": small_multiples.draw,
    "interrupted_series": interrupted_series.draw,
    "group_effects": group_effects.draw,
    "count_series": count_series.draw,
    "fan_chart": fan_chart.draw,
    "nowcast_cone": nowcast_cone.draw,
    "nowcast_places": nowcast_places.draw,
    "funnel_plot": funnel_plot.draw,
    "stock_flow": stock_flow.draw,
    "share_mix": share_mix.draw,
    "awareness_waves": awareness_waves.draw,
    "event_calendar": event_calendar.draw,
    "dose_response": dose_response.draw,
    "allocation": allocation.draw,
}
STYLE = {
    "svg.fonttype": "path",
    "font.size": SIZE,
    "axes.unicode_minus": False,
    "axes.labelsize": SIZE,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": RULE,
    "xtick.labelcolor": SOFT,
    "xtick.labelsize": SIZE,
    "xtick.major.size": 3,
    "xtick.major.width": 0.8,
    "figure.facecolor": "white",
}


def draw(figure: content.Figure, language: str) -> str:
    """The figure as the text of an SVG file, 7.2 inches wide and as high as its rows need.

    Words come from the locale (`figures.<id>`) and from the labels in the data. Raises LegalAidEvalError for an
    unknown kind and for a figure without rows, which has nothing to draw.
    """
    if figure.kind not in KINDS:
        known = ", ".join(KINDS)
        raise LegalAidEvalError(f"figure '{figure.id}' is of the unknown kind '{figure.kind}'; expected one of {known}")
    if figure.data.empty:
        instead = f"figures.{figure.id}.empty"
        raise LegalAidEvalError(f"figure '{figure.id}' has no rows to draw; show the sentence '{instead}' instead")
    with style(figure.id):
        return _svg(KINDS[figure.kind](figure, Voice(figure.id, language)))


@contextmanager
def style(figure_id: str) -> Iterator[None]:
    """The look of all pictures; a reader's own matplotlibrc has no say in it."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE | {"font.family": typeface(), "svg.hashsalt": figure_id})
        yield


def _svg(drawn: Figure) -> str:
    FigureCanvasSVG(drawn)
    stream = io.StringIO()
    drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
