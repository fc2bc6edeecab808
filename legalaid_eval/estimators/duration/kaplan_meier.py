"""Kaplan-Meier curves with intervals that are never of zero width, their quantiles and shares done by a day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.duration.life_table import LifeTable, life_table
from legalaid_eval.estimators.duration.observations import non_negative, observe, probability, tidy_counts

ROUNDING = 1e-12
"""Survival that differs from a wanted value by no more than this is taken as equal to it."""


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Kaplan-Meier curves of one or several groups.

    `curve` has one row per group and distinct duration: `[group,] duration, at_risk, events, censored, survival,
    std_error, ci_low, ci_high`, survival between 0 and 1; the column `group` is there if groups were asked for.
    `groups` holds their names in sorted order (empty without). `outcome` is the duration's column, `unit` its unit.
    """

    curve: pd.DataFrame
    groups: tuple[object, ...]
    conf_level: float
    outcome: str
    unit: str

    def quantile(self, p: float, *, group: object = None) -> Estimate:
        """The smallest duration by which at least the share `p` is done, with Brookmeyer and Crowley's interval (1982).

        The interval holds the durations whose interval of survival holds 1 - p. `estimate` is NaN if the share was not
        reached. `ci_high` is inf if the data set no upper bound; `ci_low` is 0 if they set no lower one, and the
        longest duration followed if even that is too short. There is no standard error.

        Example: `kaplan_meier(cells, duration="days", event="done").quantile(0.5)` is the median.
        """
        wanted = 1 - probability(p, "p")
        curve = self._of(group)
        duration = curve["duration"].to_numpy()
        reached = np.flatnonzero(curve["survival"].to_numpy() <= wanted + ROUNDING)
        estimate = float(duration[reached[0]]) if len(reached) else np.nan
        low, high = _brookmeyer_crowley(curve, wanted, self.conf_level)
        return self._estimate(f"p{100 * p:g}", self.unit, (estimate, None, low, high), curve, "brookmeyer_crowley")

    def done_by(self, d: float, *, group: object = None) -> Estimate:
        """The percentage whose duration is at most `d`, with the interval of the curve there.

        The standard error is Greenwood's: 0 where nobody or everybody is done, though the interval has a width.
        Raises UsageError where nobody was followed so long and not everybody is done: that share is not evaluable.
        """
        d = non_negative(d, "d")
        curve = self._of(group)
        duration, survival = curve["duration"].to_numpy(), curve["survival"].to_numpy()
        if d > duration[-1] and survival[-1] > 0:
            longest = f"{duration[-1]:g}"
            raise UsageError(f"found d={d:g}; expected at most {longest}, the longest duration followed; ask for less")
        row = int(np.searchsorted(duration, d, side="right")) - 1
        if row >= 0:
            parts = (curve[name].iloc[row] for name in ("survival", "std_error", "ci_low", "ci_high"))
        else:
            parts = (1.0, 0.0, _none_done(curve["at_risk"].iloc[0], self.conf_level), 1.0)
        open_still, std_error, low, high = parts
        numbers = tuple(float(100 * part) for part in (1 - open_still, std_error, 1 - high, 1 - low))
        return self._estimate(f"done_by_{d:g}", "percent", numbers, curve, "kaplan_meier")

    def _of(self, group: object) -> pd.DataFrame:
        if not self.groups and group is None:
            return self.curve
        if group not in self.groups:
            known = ", ".join(map(str, self.groups)) or "none"
            raise UsageError(f"found group={group!r}; expected one of the curve's groups: {known}; pass it as group=")
        return self.curve.loc[self.curve["group"] == group]

    def _estimate(self, estimand: str, unit: str, numbers: tuple, curve: pd.DataFrame, method: str) -> Estimate:
        n = round(curve["at_risk"].iloc[0])
        return Estimate(estimand, self.outcome, unit, *numbers, self.conf_level, n, None, method)


def kaplan_meier(
    cells: pd.DataFrame,
    *,
    duration: str,
    event: str,
    count: str | None = None,
    group: str | None = None,
    conf_level: float = 0.95,
    unit: str = "day",
) -> KaplanMeier:
    """Kaplan-Meier estimate of the share still open by duration (Kaplan and Meier 1958), one curve per `group`.

    `cells` has a duration of at least 0 (fractions and zero are allowed), whether the event happened (True) or the
    duration was censored (False), and how many cases the row stands for (`count`; else one). Counts need not be whole,
    but are taken as numbers of cases: with sampling weights the errors are not right.

    Errors are Greenwood's (1926). Intervals are on the complementary log-log scale (Kalbfleisch and Prentice 2002),
    which keeps them between 0 and 1. It has none where survival is 1 or 0: there the exact interval of none out of m
    (Clopper and Pearson 1934) takes its place, m being the number at risk divided by the survival just before (Peto et
    al. 1977), which without censoring is the number of cases; at 0 it is never above the one before.

    Raises UsageError for missing columns, impossible values or no cases.
    """
    conf_level = probability(conf_level, "conf_level")
    observations = observe(cells, duration=duration, event=event, count=count, by=(group,) if group else ())
    table = life_table(observations)
    low, high = _intervals(table, conf_level)
    columns = {
        "duration": table.duration,
        "at_risk": tidy_counts(table.at_risk),
        "events": tidy_counts(table.events),
        "censored": tidy_counts(table.censored),
        "survival": table.survival,
        "std_error": table.survival * np.sqrt(table.greenwood),
        "ci_low": low,
        "ci_high": high,
    }
    names = observations.labels[group] if group else pd.Series(dtype=object)
    if group:
        columns = {"group": names.take(table.group).array, **columns}
    return KaplanMeier(pd.DataFrame(columns), tuple(names), conf_level, duration, unit)


def _intervals(table: LifeTable, conf_level: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the intervals of survival, two arrays of shape (rows,)."""
    inside = (table.survival > 0) & (table.survival < 1)
    survival = np.where(inside, table.survival, 0.5)
    spread = np.exp(stats.norm.ppf((1 + conf_level) / 2) * np.sqrt(table.greenwood) / -np.log(survival))
    before = np.r_[1.0, table.survival[:-1]]
    before[table.first] = 1.0
    exact = _none_done(table.at_risk / before, conf_level)
    low = np.where(inside, survival**spread, np.where(table.survival == 1, exact, 0.0))
    high = np.where(inside, survival ** (1 / spread), 1.0)
    previous = np.r_[1.0, high[:-1]]
    previous[table.first] = 1.0
    return low, np.where(table.survival == 0, np.minimum(1 - exact, previous), high)


def _none_done(size: np.ndarray | float, conf_level: float) -> np.ndarray | float:
    """Lower end of the exact interval of survival when none of `size` is done (Clopper and Pearson 1934)."""
    return ((1 - conf_level) / 2) ** (1 / size)


def _brookmeyer_crowley(curve: pd.DataFrame, survival: float, conf_level: float) -> tuple[float, float]:
    """The durations whose interval holds a survival, from the first of them to the one after the last."""
    duration, low, high = (curve[name].to_numpy() for name in ("duration", "ci_low", "ci_high"))
    fallen = np.flatnonzero(low <= survival + ROUNDING)
    first = duration[fallen[0]] if len(fallen) else duration[-1]
    if _none_done(curve["at_risk"].iloc[0], conf_level) <= survival:
        first = 0.0  # so few cases that the share might be done at once
    not_yet = np.flatnonzero(high > survival + ROUNDING)
    after = not_yet[-1] + 1 if len(not_yet) else 0
    return float(first), float(duration[after]) if after < len(duration) else np.inf
