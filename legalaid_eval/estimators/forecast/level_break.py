"""A lasting change of level within the last year, and the history moved to the new level.

A season learnt at the old level is still good, the level itself is not: seasonal naive and the line of Theta would
repeat it. The rule: the changes of the log counts against the same month a year before are averaged over the last k
months, k from a quarter of a season to a season. A break is said where this average differs from the median of earlier
changes by more than `FACTOR` times the spread of earlier averages of k months and by at least `LEAST`, while the months
between a year ago and the break show less than half of it.
"""

from dataclasses import dataclass

import numpy as np

FACTOR = 4.0
LEAST = np.log(1.25)
SEASONS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class LevelBreak:
    """`months` at the new level, up to the end, and the `shift` of log(1 + count)."""

    months: int
    shift: float


def level_break(values: np.ndarray, *, season: int) -> LevelBreak | None:
    """The break within the last year of a series of shape (n,), or None; none is looked for below three seasons."""
    if season == 1 or len(values) < SEASONS_NEEDED * season:
        return None
    logs = np.log1p(values)
    changes = logs[season:] - logs[:-season]
    before, last = changes[:-season], changes[-season:]
    usual = np.median(before)
    found = [_candidate(before - usual, last - usual, months) for months in range(max(season // 4, 2), season + 1)]
    ratio, best = max(found, key=lambda pair: pair[0])
    return best if ratio > FACTOR and abs(best.shift) >= LEAST else None


def _candidate(before: np.ndarray, last: np.ndarray, months: int) -> tuple[float, LevelBreak]:
    shift = float(last[-months:].mean())
    averages = np.convolve(before, np.full(months, 1 / months), mode="valid")
    single = 1.4826 * np.median(np.abs(before)) * 1.5 / np.sqrt(months)
    spread = max(float(np.sqrt(np.mean(averages**2))), single, 1e-9)
    earlier = last[:-months]
    gradual = len(earlier) > 0 and earlier.mean() * np.sign(shift) > abs(shift) / 2
    return (0.0 if gradual else abs(shift) / spread), LevelBreak(months, shift)


def at_new_level(values: np.ndarray, found: LevelBreak) -> np.ndarray:
    """The series with its earlier counts multiplied to the level after the break, shape (n,)."""
    moved = values.copy()
    moved[: -found.months] *= np.exp(found.shift)
    return moved
