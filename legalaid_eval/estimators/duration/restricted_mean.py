"""Restricted mean survival time: the mean of the durations, cut at a horizon, with open cases taken in."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.duration.life_table import LifeTable, backward_sums, life_table
from legalaid_eval.estimators.duration.observations import non_negative, observe, probability, tidy_counts

METHOD = "rmst_greenwood"


@dataclass(frozen=True, slots=True, eq=False)
class RestrictedMean:
    """Restricted means of one or several groups.

    `by_group` is a frame `group, n, events, rmst, std_error, ci_low, ci_high` in sorted order of the groups (one row
    named "all" if none were asked for); `events` are those up to the horizon. `horizon`, the means and their
    difference are in `unit`.
    """

    by_group: pd.DataFrame
    horizon: float
    conf_level: float
    outcome: str
    unit: str

    @property
    def difference(self) -> Estimate:
        """The second group's mean minus the first's, with a normal interval; UsageError unless there are two groups."""
        first, second = self._pair()
        estimate = second.rmst - first.rmst
        std_error = np.hypot(first.std_error, second.std_error)
        ends = estimate + np.array([-1, 1]) * self._z * std_error
        return self._estimate("rmst_difference", self.unit, estimate, std_error, ends)

    @property
    def ratio(self) -> Estimate:
        """The second group's mean over the first's, its interval made on the log scale (delta method).

        Everything is NaN if a mean is 0 (all done at duration 0). UsageError unless there are two groups.
        """
        first, second = self._pair()
        if min(first.rmst, second.rmst) <= 0:
            return self._estimate("rmst_ratio", "ratio", np.nan, np.nan, np.full(2, np.nan))
        ratio = second.rmst / first.rmst
        log_error = np.hypot(first.std_error / first.rmst, second.std_error / second.rmst)
        ends = ratio * np.exp(np.array([-1, 1]) * self._z * log_error)
        return self._estimate("rmst_ratio", "ratio", ratio, ratio * log_error, ends)

    @property
    def _z(self) -> float:
        return stats.norm.ppf((1 + self.conf_level) / 2)

    def _pair(self) -> tuple:
        if len(self.by_group) != 2:
            found = ", ".join(map(str, self.by_group["group"]))
            raise UsageError(f"found the groups {found}; expected two to compare; choose two, or read by_group")
        return tuple(self.by_group.itertuples(index=False))

    def _estimate(self, estimand: str, unit: str, estimate: float, std_error: float, ends: np.ndarray) -> Estimate:
        numbers = map(float, (estimate, std_error, *ends))
        n = round(self.by_group["n"].sum())
        return Estimate(estimand, self.outcome, unit, *numbers, self.conf_level, n, None, METHOD)


def rmst(
    cells: pd.DataFrame,
    *,
    duration: str,
    event: str,
    horizon: float,
    count: str | None = None,
    group: str | None = None,
    conf_level: float = 0.95,
    unit: str = "day",
) -> RestrictedMean:
    """Mean of min(duration, horizon): the area under the Kaplan-Meier curve up to `horizon`, per group.

    Cells are as for `kaplan_meier`. The variance is the sum over event times before the horizon of A² d / (n (n - d)),
    A being the area under the curve from there to the horizon, d the events and n those at risk (Klein and
    Moeschberger 2003, eq. 4.5.2; Royston and Parmar 2013). It is 0 if all are done on one day, which says that the
    cases do not vary, not that the mean is known. Intervals are normal, cut at 0 and the horizon.

    Raises UsageError for impossible cells, and for a horizon beyond the longest duration followed in a group, naming
    the largest horizon there is; a group whose last cases are all done allows any.

    Example: `rmst(cells, duration="days", event="done", horizon=20, group="period").difference`.
    """
    conf_level, horizon = probability(conf_level, "conf_level"), _positive(horizon)
    observations = observe(cells, duration=duration, event=event, count=count, by=(group,) if group else ())
    table = life_table(observations)
    _require_follow_up(table, horizon)
    mean, std_error = area(table, horizon)
    margin = stats.norm.ppf((1 + conf_level) / 2) * std_error
    by_group = pd.DataFrame(
        {
            "group": observations.labels[group].array if group else ["all"],
            "n": tidy_counts(table.size),
            "events": tidy_counts(np.add.reduceat(np.where(table.duration <= horizon, table.events, 0.0), table.first)),
            "rmst": mean,
            "std_error": std_error,
            "ci_low": np.maximum(mean - margin, 0),
            "ci_high": np.minimum(mean + margin, horizon),
        }
    )
    return RestrictedMean(by_group, horizon, conf_level, duration, unit)


def area(table: LifeTable, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Area under each group's curve up to a horizon and its Greenwood error, two arrays of shape (groups,)."""
    following = np.r_[table.duration[1:], np.inf]
    following[table.last] = np.inf
    width = np.minimum(following, horizon) - np.minimum(table.duration, horizon)
    ahead = backward_sums(table.survival * width, table.group)
    variance = np.add.reduceat(ahead**2 * table.terms, table.first)
    mean = np.minimum(table.duration[table.first], horizon) + ahead[table.first]
    return mean, np.sqrt(variance)


def _positive(horizon: float) -> float:
    if non_negative(horizon, "horizon") == 0:
        raise UsageError("found horizon=0; expected more than 0; choose how far the mean reaches")
    return float(horizon)


def _require_follow_up(table: LifeTable, horizon: float) -> None:
    followed = table.followed(horizon)
    if not followed.all():
        largest = table.duration[table.last][~followed].min()
        raise UsageError(
            f"found horizon={horizon:g}; expected at most {largest:g}, up to where every group was followed; "
            "ask for less or wait for later data"
        )
