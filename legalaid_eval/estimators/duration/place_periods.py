"""Durations of thousands of small cells, county by month, at once: the outcomes of differences in differences.

The errors are Greenwood's and are 0 in a cell where all is done on one day, or nothing or everything by the day asked
for. No floor is put under them: without censoring Greenwood's variance is p (1 - p) / n with the observed p, whose
expectation is (n - 1) / n of the true one, so over many cells the zeros are made up for by the others, and a floor
would overstate the sum. A single small cell's error should not be read by itself.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.duration.life_table import LifeTable, life_table
from legalaid_eval.estimators.duration.observations import columns_of, non_negative, observe, tidy_counts
from legalaid_eval.estimators.duration.restricted_mean import area


def rmst_cells(
    cells: pd.DataFrame,
    *,
    duration: str,
    event: str,
    horizon: float,
    by: str | Sequence[str],
    count: str | None = None,
) -> pd.DataFrame:
    """Restricted mean of each cell of `by`: frame `*by, n, at_risk_at_horizon, rmst, std_error, complete`.

    As `rmst`, but a cell whose follow-up is shorter than the horizon has no estimate: NaN, `complete` False. Sorted by
    `by`; places and periods without a case have no row. `at_risk_at_horizon` counts the cases followed that long.

    Example: `rmst_cells(cells, duration="days", event="done", horizon=20, by=["county", "month"], count="n")`.
    """
    if non_negative(horizon, "horizon") == 0:
        raise UsageError("found horizon=0; expected more than 0; choose how far the mean reaches")
    table, found = _tabulated(cells, duration, event, count, by)
    mean, std_error = area(table, horizon)
    reached = np.where(table.duration >= horizon, table.events + table.censored, 0.0)
    found["at_risk_at_horizon"] = tidy_counts(np.add.reduceat(reached, table.first))
    return _where_complete(found, {"rmst": mean, "std_error": std_error}, table.followed(horizon))


def done_by_cells(
    cells: pd.DataFrame,
    *,
    duration: str,
    event: str,
    day: float,
    by: str | Sequence[str],
    count: str | None = None,
) -> pd.DataFrame:
    """Share (0 to 1) of each cell of `by` done within `day`: frame `*by, n, share, std_error, complete`.

    One minus Kaplan-Meier with Greenwood's error, which are NaN, `complete` False, where the follow-up is shorter.

    Example: `done_by_cells(cells, duration="days", event="done", day=7, by=["county", "month"], count="n")`.
    """
    day = non_negative(day, "day")
    table, found = _tabulated(cells, duration, event, count, by)
    row = table.last_row_until(day)
    none_yet = row < table.first
    survival = np.where(none_yet, 1.0, table.survival[row])
    std_error = np.where(none_yet, 0.0, survival * np.sqrt(table.greenwood[row]))
    return _where_complete(found, {"share": 1 - survival, "std_error": std_error}, table.followed(day))


def _tabulated(
    cells: pd.DataFrame, duration: str, event: str, count: str | None, by: str | Sequence[str]
) -> tuple[LifeTable, pd.DataFrame]:
    keys = columns_of(by)
    if not keys:
        raise UsageError("found no column in by; expected the keys of a cell; name place and period")
    observations = observe(cells, duration=duration, event=event, count=count, by=keys)
    table = life_table(observations)
    return table, observations.labels.assign(n=tidy_counts(table.size))


def _where_complete(found: pd.DataFrame, estimates: dict[str, np.ndarray], complete: np.ndarray) -> pd.DataFrame:
    known = {name: np.where(complete, values, np.nan) for name, values in estimates.items()}
    return found.assign(**known, complete=complete)
