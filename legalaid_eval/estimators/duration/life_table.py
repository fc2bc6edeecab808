"""Life tables of many groups at once: at risk, events, survival and Greenwood's sum by duration."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.estimators.duration.observations import Observations


@dataclass(frozen=True, slots=True, eq=False)
class LifeTable:
    """One row per group and distinct duration, sorted by both; arrays of shape (rows,).

    Cases censored at a duration were at risk of the event there (Kaplan and Meier 1958). `terms` are
    events / (at_risk (at_risk - events)) and `greenwood` their running sum, the variance of log survival (Greenwood
    1926); the step to survival zero, where it is not defined, adds nothing. `first` and `last`, of shape (groups,), are
    the rows where a group starts and ends.
    """

    group: np.ndarray
    duration: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray
    survival: np.ndarray
    terms: np.ndarray
    greenwood: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """Cases in each group, shape (groups,)."""
        return self.at_risk[self.first]

    def last_row_until(self, duration: float) -> np.ndarray:
        """For each group, the last row at or before a duration; `first - 1` where there is none."""
        reached = np.add.reduceat((self.duration <= duration).astype("int64"), self.first)
        return self.first + reached - 1

    def followed(self, duration: float) -> np.ndarray:
        """Whether each group's survival at a duration is known: somebody was followed so long, or all are done."""
        return (self.duration[self.last] >= duration) | (self.survival[self.last] == 0)


def life_table(observations: Observations) -> LifeTable:
    """Tabulate cells; rows that share group and duration are added up, so their number does not matter."""
    order = np.lexsort((observations.duration, observations.group))
    group, duration = observations.group[order], observations.duration[order]
    new_group = np.r_[True, group[1:] != group[:-1]]
    row = np.flatnonzero(new_group | np.r_[True, duration[1:] != duration[:-1]])
    happened, count = observations.event[order], observations.count[order]
    events = np.add.reduceat(np.where(happened, count, 0.0), row)
    censored = np.add.reduceat(np.where(happened, 0.0, count), row)
    return _complete(group[row], duration[row], events, censored)


def _complete(group: np.ndarray, duration: np.ndarray, events: np.ndarray, censored: np.ndarray) -> LifeTable:
    # Added up from the last duration on, so that a last row of events only has exactly these at risk.
    at_risk = backward_sums(events + censored, group)
    left = at_risk - events
    survival = pd.Series(left / at_risk).groupby(group).cumprod().to_numpy()
    terms = np.divide(events, at_risk * left, out=np.zeros_like(events), where=left > 0)
    greenwood = pd.Series(terms).groupby(group).cumsum().to_numpy()
    first = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    last = np.r_[first[1:], len(group)] - 1
    return LifeTable(group, duration, at_risk, events, censored, survival, terms, greenwood, first, last)


def backward_sums(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    """For each row the sum of its own and all later rows of the group, shape (rows,)."""
    return pd.Series(values[::-1]).groupby(group[::-1]).cumsum().to_numpy()[::-1]
