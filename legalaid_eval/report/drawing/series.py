"""What was seen and what would have been, over time: the lines that pictures of series share."""

import pandas as pd

from legalaid_eval import content
from legalaid_eval.report.drawing import time_axis
from legalaid_eval.report.drawing.marks import BLUE, VERMILION
from legalaid_eval.report.drawing.panel import OBSERVED, SHADE, WITHOUT, Panel, sixes

NUMBERS = ("observed", "fitted", "counterfactual", "counterfactual_low", "counterfactual_high")
BOUNDS = {"ci_low": "counterfactual_low", "ci_high": "counterfactual_high"}
FITTED = {"color": BLUE, "linewidth": 1.1, "alpha": 0.75}


def tidy(figure: content.Figure) -> pd.DataFrame:
    """The figure's rows with `at`, the places of their months, all of NUMBERS, and `treated`.

    The band is `counterfactual_low` and `counterfactual_high`, or `ci_low` and `ci_high`. Treated is a month marked
    `treated`, or one from `treated_from` on.
    """
    data = figure.data.rename(columns=BOUNDS)
    data = data.assign(at=[time_axis.position(month) for month in data["month"]])
    for column in NUMBERS:
        data[column] = sixes(data[column]) if column in data else float("nan")
    if "treated" not in data:
        data["treated"] = [_since(line) for line in data.itertuples()]
    return data.assign(treated=data["treated"].astype(bool)).sort_values("at", kind="stable")


def _since(line: object) -> bool:
    start = getattr(line, "treated_from", None)
    return not pd.isna(start) and line.at >= time_axis.position(start)


def start_of(rows: pd.DataFrame) -> float | None:
    """Half a step before the first treated month, so that the mark stands between two values; None without one."""
    treated = rows.loc[rows["treated"], "at"]
    return float(treated.min()) - time_axis.step(sorted(set(rows["at"]))) / 2 if len(treated) else None


def values(data: pd.DataFrame) -> list[float]:
    """All numbers that are drawn: the counterfactual and its bounds only of treated months."""
    late = data[data["treated"]]
    return [*data["observed"], *data["fitted"], *late[list(NUMBERS[2:])].to_numpy().ravel()]


def draw_lines(panel: Panel, rows: pd.DataFrame, *, dots: bool = False) -> None:
    """Observed values as a line or as dots; from the start on the counterfactual with its band."""
    late = rows[rows["treated"]]
    for run in time_axis.runs(late, "counterfactual"):
        bounds = (run["counterfactual_low"], run["counterfactual_high"])
        panel.axes.fill_between(run["at"], *bounds, color=VERMILION, alpha=SHADE, linewidth=0, zorder=1.2)
        panel.axes.plot(run["at"], run["counterfactual"], zorder=2.5, **WITHOUT, **_seen(run, VERMILION))
    for side in (rows[~rows["treated"]], late):  # the fit jumps at the start
        for run in time_axis.runs(side, "fitted"):
            panel.axes.plot(run["at"], run["fitted"], zorder=2.6, **FITTED)
    for run in time_axis.runs(rows, "observed"):
        look = {"linestyle": "none", "marker": "o", "markersize": 3.6, "color": BLUE} if dots else OBSERVED
        panel.axes.plot(run["at"], run["observed"], zorder=3, **(_seen(run, BLUE) | look))


def _seen(run: pd.DataFrame, colour: str) -> dict[str, object]:
    """A single value gets a dot: a line of one point cannot be seen."""
    return {"marker": "o", "markersize": 3.2, "markerfacecolor": colour} if len(run) == 1 else {}
