"""What the estimators of this package share when they give their results: intervals, rows and the `Estimate`."""

from collections.abc import Callable, Iterable
from math import inf

import numpy as np
import pandas as pd
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.did.ar_model import ar_model
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.cr2 import cr2
from legalaid_eval.estimators.did.interval import Interval
from legalaid_eval.estimators.did.panel import Panel
from legalaid_eval.estimators.did.placebo_pool import placebo_pool

CONTRAST_INFERENCE: dict[str, Callable[..., Interval]] = {
    "placebo_pool": placebo_pool,
    "cr2": cr2,
    "ar_model": ar_model,
}
"""Intervals that need only the weights of an estimate."""

COLUMNS = ["term", "estimate", "std_error", "ci_low", "ci_high"]

Row = tuple[object, float, float, float, float]


def normal_interval(estimate: float, std_error: float, conf_level: float) -> tuple[float, float]:
    """The ends of estimate +- z * standard error."""
    half = float(special.ndtri((1 + conf_level) / 2)) * std_error
    return estimate - half, estimate + half


def t_ends(estimate: float, std_error: float, df: float, conf_level: float) -> tuple[float, float]:
    """The ends of estimate +- t(df) * standard error."""
    half = float(special.stdtrit(df, (1 + conf_level) / 2)) * std_error if df < inf else np.nan
    return estimate - half, estimate + half


def contrast_row(term: object, contrast: Contrast, inference: str, conf_level: float) -> Row:
    """One row of an aggregate whose interval comes from its contrast."""
    interval = CONTRAST_INFERENCE[inference](contrast, conf_level=conf_level)
    return term, contrast.estimate, interval.std_error, interval.ci_low, interval.ci_high


def as_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """The frame `term, estimate, std_error, ci_low, ci_high`."""
    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    return frame.astype({"term": object} | dict.fromkeys(COLUMNS[1:], float))


def as_estimate(row: Row, panel: Panel, *, conf_level: float, method: str) -> Estimate:
    """The overall row as an `Estimate` of the average effect on the treated."""
    _, estimate, std_error, low, high = row
    return Estimate(
        estimand="att",
        outcome=panel.outcome,
        unit="",
        estimate=float(estimate),
        std_error=float(std_error),
        ci_low=float(low),
        ci_high=float(high),
        conf_level=conf_level,
        n=panel.outcomes.size,
        n_clusters=int(panel.cluster.max()) + 1,
        method=method,
    )


def check_level(conf_level: float) -> None:
    """Raise UsageError unless the level is a probability."""
    if not 0 < conf_level < 1:
        raise UsageError(f"found conf_level {conf_level}; expected a probability between 0 and 1, such as 0.95")


def check_width(width: int | None) -> None:
    """Raise UsageError unless bins are whole and hold a period."""
    if width is not None and (not isinstance(width, int | np.integer) or width < 1):
        raise UsageError(f"found bin={width}; expected how many periods make one bin, such as 12, or None")


def check_treated(panel: Panel) -> None:
    """Raise UsageError unless some unit's treatment starts within the data, after the first period."""
    if panel.never.all():
        gone = f" ({len(panel.dropped)} units are treated from the first period on)" if panel.dropped else ""
        raise UsageError(
            f"found no unit whose treatment starts within the data{gone}; expected some; "
            "check the cohort column, or take in earlier periods"
        )


def never_weights(panel: Panel, weights: np.ndarray) -> np.ndarray:
    """(units,): weights of the never-treated units, summing to one; zeros where there are none."""
    chosen = np.where(panel.never, weights, 0.0)
    return chosen / chosen.sum() if panel.never.any() else chosen
