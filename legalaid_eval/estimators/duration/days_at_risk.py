"""Cells of cases turned into cells of days at risk, by cumulative sums and never to persons."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.duration.life_table import backward_sums
from legalaid_eval.estimators.duration.observations import Observations, non_negative

TAIL_EVENTS = 10
"""The last days are pooled until they have so many events, and somebody who is open after them."""


@dataclass(frozen=True, slots=True, eq=False)
class DaysAtRisk:
    """Binomial cells: of `at_risk` cases of `pattern` that were open on a day of `period`, `events` ended on it.

    Arrays of shape (cells,); `pattern` and `period` number the rows of the observations' labels and of `periods`, a
    frame `day_from, day_to, at_risk, events`, where at_risk counts case-days.
    """

    pattern: np.ndarray
    period: np.ndarray
    at_risk: np.ndarray
    events: np.ndarray
    periods: pd.DataFrame


def cut(observations: Observations, max_duration: float | None) -> Observations:
    """Observations with durations above `max_duration` censored there."""
    if max_duration is None:
        return observations
    longest = non_negative(max_duration, "max_duration")
    over = observations.duration > longest
    duration, event = np.where(over, longest, observations.duration), observations.event & ~over
    return Observations(duration, event, observations.count, observations.group, observations.labels)


def days_at_risk(observations: Observations) -> DaysAtRisk:
    """Cells by pattern and day at risk; days without an event carry no information and have none."""
    days = np.unique(observations.duration[observations.event])
    if not len(days):
        raise UsageError("found no event in the cells; expected some; a hazard cannot be estimated without")
    period = _pooled(observations, days)
    pattern, day, at_risk, events = _open_on(observations, days)
    return DaysAtRisk(pattern, period[day], at_risk, events, _periods(days, period, day, at_risk, events))


def _open_on(observations: Observations, days: np.ndarray) -> tuple[np.ndarray, ...]:
    """Pattern, number of the day, cases open and events of every cell with anybody open, arrays of shape (cells,)."""
    patterns, width = len(observations.labels), len(days)
    # A case counts up to the last event day that is not after its duration; one shorter than all counts nowhere.
    last = np.searchsorted(days, observations.duration, side="right") - 1
    place, seen = observations.group * width + last, last >= 0
    shape = patterns * width
    leaving = np.bincount(place[seen], weights=observations.count[seen], minlength=shape)
    done = observations.event
    events = np.bincount(place[done], weights=observations.count[done], minlength=shape)
    pattern, day = np.divmod(np.arange(shape), width)
    at_risk = backward_sums(leaving, pattern)
    there = at_risk > 0
    return pattern[there], day[there], at_risk[there], events[there]


def _pooled(observations: Observations, days: np.ndarray) -> np.ndarray:
    """Number of the period of each day: one per day, except for the pooled last ones; shape (days,)."""
    done = observations.event
    place = np.searchsorted(days, observations.duration[done])
    events = np.bincount(place, weights=observations.count[done], minlength=len(days))
    order = np.argsort(observations.duration)
    behind = np.r_[np.cumsum(observations.count[order][::-1])[::-1], 0.0]
    at_risk = behind[np.searchsorted(observations.duration[order], days, side="left")]
    enough = backward_sums(events, np.zeros(len(days))) >= TAIL_EVENTS
    survivors = backward_sums((at_risk - events > 0).astype("float64"), np.zeros(len(days))) > 0
    if not survivors[0]:
        raise UsageError("found all cases done on one day; expected durations that differ; there is no hazard to model")
    start = np.flatnonzero(survivors & (enough | (np.arange(len(days)) == 0)))[-1]
    return np.minimum(np.arange(len(days)), start)


def _periods(
    days: np.ndarray, period: np.ndarray, day: np.ndarray, at_risk: np.ndarray, events: np.ndarray
) -> pd.DataFrame:
    frame = pd.DataFrame({"day_from": days, "day_to": days}).groupby(period).agg({"day_from": "min", "day_to": "max"})
    number = period[day]
    frame["at_risk"] = np.bincount(number, weights=at_risk)
    frame["events"] = np.bincount(number, weights=events)
    return frame.reset_index(drop=True)
