"""A lasting change of level within the last year, and the history moved to the new level.

A season learnt at the old level is still good, the level itself is not: seasonal naive and the line of Theta would
repeat it. The rule: the changes of the log counts against the same month a year before are averaged over the last k
months, k from a quarter of a season to a season. A break is said where this average differs from the median of earlier
changes by more than `FACTOR` times the spread of earlier averages of k months and by at least `LEAST`, while the months
between a year ago and the break show less than half of it.
"""

import numpy as np

FACTOR = 4.0
LEAST = np.log(1.25)
SEASONS_NEEDED = 3


def at_new_level(values: np.ndarray, *, season: int) -> tuple[np.ndarray, np.ndarray]:
    """The series, shape (n, s), with counts before a break multiplied to the level after it, and which broke (s,).

    None is looked for below three seasons, or where there is no season.
    """
    number = values.shape[1]
    if season == 1 or len(values) < SEASONS_NEEDED * season:
        return values, np.zeros(number, dtype=bool)
    logs = np.log1p(values)
    changes = logs[season:] - logs[:-season]
    before, last = changes[:-season], changes[-season:]
    usual = np.median(before, axis=0)
    lengths = np.arange(max(season // 4, 2), season + 1)
    ratios, shifts = np.stack([_candidate(before - usual, last - usual, months) for months in lengths], axis=1)
    best, series = ratios.argmax(axis=0), np.arange(number)
    shift = shifts[best, series]
    broken = (ratios[best, series] > FACTOR) & (np.abs(shift) >= LEAST)
    old = np.arange(len(values))[:, None] < len(values) - lengths[best]
    return np.where(old & broken, values * np.exp(shift), values), broken


def _candidate(before: np.ndarray, last: np.ndarray, months: int) -> np.ndarray:
    """A break `months` before the end: how many spreads it is large, and its shift of log counts, shape (2, s)."""
    shift = last[-months:].mean(axis=0)
    averages = np.lib.stride_tricks.sliding_window_view(before, months, axis=0).mean(axis=-1)
    single = 1.4826 * np.median(np.abs(before), axis=0) * 1.5 / np.sqrt(months)
    spread = np.maximum(np.maximum(np.sqrt((averages**2).mean(axis=0)), single), 1e-9)
    ratio = np.abs(shift) / spread
    if len(last) > months:
        gradual = last[:-months].mean(axis=0) * np.sign(shift) > np.abs(shift) / 2
        ratio = np.where(gradual, 0, ratio)
    return np.stack([ratio, shift])
