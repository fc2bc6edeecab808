"""Targets of a year, and whether meeting one says anything."""

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast.series import panel_of

SHARE_MET = 0.95
LEAST_YEARS = 3


def target_is_uninformative(series: pd.Series, *, target: float, year: int) -> bool:
    """Whether the target of `year` would be met in almost any year, or was met before half of the year had passed.

    The first: the target over the total of the year before is compared with the same ratio of earlier years; it is
    uninformative where more than 95% of at least three earlier years reached as much. The second: the counts of the
    first half of the year reach the target. Raises UsageError for a bad series.
    """
    panel = panel_of(series)
    goal = checked_target(target)
    counts = pd.Series(panel.values[:, 0], index=panel.index)
    half = counts[(counts.index.year == year)].iloc[: panel.season // 2].sum()
    if goal is None:
        return False
    if half >= goal:
        return True
    earlier = counts[counts.index.year < year]
    by_year = earlier.groupby(earlier.index.year).agg(["sum", "size"])
    totals = by_year.loc[by_year["size"] == panel.season, "sum"].to_numpy()
    if len(totals) < LEAST_YEARS + 1 or not (totals[:-1] > 0).all():
        return False
    return bool(np.mean(totals[1:] / totals[:-1] >= goal / max(totals[-1], 1e-9)) > SHARE_MET)


def checked_target(target: object) -> float | None:
    """The target as a float, None for none. Raises UsageError for what is no number above 0."""
    if target is None:
        return None
    number = isinstance(target, int | float | np.number) and not isinstance(target, bool)
    if not number or not np.isfinite(target) or target <= 0:
        raise UsageError(f"found target {target!r}; expected a number above 0, or None; say how many cases are planned")
    return float(target)
