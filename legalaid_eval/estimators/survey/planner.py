"""What the next survey could see, and how large it would have to be."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isfinite

import numpy as np
from scipy import optimize, special, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.columns import require_level

MOST_CLUSTERS = 100_000
"""Beyond this many clusters an answer is of no use."""


@dataclass(frozen=True, slots=True)
class DetectableChange:
    """The smallest changes between two waves that would be found with the wanted power, in percentage points.

    `rise` and `fall` (both above 0) are None where even a change to 100 or 0 percent would be missed: near the ceiling
    there is little left to find. `std_error` is that of a difference if nothing changes, in percentage points;
    `effective_n` the size of a simple random sample as good as one wave.
    """

    rise: float | None
    fall: float | None
    std_error: float
    design_effect: float
    effective_n: float
    degrees_of_freedom: int
    rate: float
    power: float
    conf_level: float


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The fewest clusters, and respondents (`clusters` x cluster size), of one wave that reach the goal.

    `goal` is "change", "threshold" or "half_width"; `reached` is the power with that many clusters, or the half width
    in percentage points.
    """

    goal: str
    clusters: int
    respondents: int
    design_effect: float
    degrees_of_freedom: int
    reached: float


@dataclass(frozen=True, slots=True)
class _Plan:
    """A design of one wave, and what two waves share."""

    cluster_size: float
    effect: float
    strata: int
    overlap: float
    correlation: float
    level: float

    def df(self, clusters: int, waves: int = 1) -> float:
        """Clusters less strata; clusters asked in both waves tell of the change once."""
        return (clusters - self.strata) * (1 if waves == 1 else 2 - self.overlap)

    def variance(self, share: float, clusters: int) -> float:
        return share * (1 - share) * self.effect / (clusters * self.cluster_size)

    def change_error(self, before: float, after: float, clusters: int) -> float:
        """Standard error of a difference of waves of which a part is the same (Kish 1965, section 12.4)."""
        one, two = self.variance(before, clusters), self.variance(after, clusters)
        return float(np.sqrt(max(one + two - 2 * self.overlap * self.correlation * np.sqrt(one * two), 0.0)))

    def power(self, change: float, error: float, df: float) -> float:
        """Chance that t(df) rejects no change, in the right direction."""
        if error == 0:
            return 1.0
        bar = special.stdtrit(df, (1 + self.level) / 2)
        found = float(stats.nct.sf(bar, df, abs(change) / error))
        return found if isfinite(found) else 1.0  # scipy has no number for changes of very many standard errors


def smallest_detectable_change(
    rate: float,
    *,
    clusters: int,
    cluster_size: float,
    intra_cluster: float = 0.0,
    weight_effect: float = 1.0,
    strata: int = 1,
    overlap: float = 0.0,
    wave_correlation: float = 0.0,
    power: float = 0.8,
    conf_level: float = 0.95,
) -> DetectableChange:
    """The smallest change from `rate` (percent) that two waves of this design would find with `power`.

    One wave asks `cluster_size` people in each of `clusters`; answers within a cluster correlate by `intra_cluster` and
    weights make variances `weight_effect` times as large (both from `design_effect` of the last survey), so that the
    design effect is weight_effect (1 + (cluster_size - 1) intra_cluster) (Kish 1965). `overlap` (0 to 1) is the share
    of the sample that is the same in both waves and `wave_correlation` that of its answers. The test is t with the
    design's degrees of freedom, its power from the non-central t.

    Whether a *campaign* changed it needs places to compare with and more waves: this is the change alone.

    Raises UsageError for a rate outside 0 to 100, shares outside their bounds, and fewer clusters than strata + 1.

    Example: `smallest_detectable_change(80, clusters=30, cluster_size=20, intra_cluster=0.05).rise`.
    """
    plan = _plan(cluster_size, intra_cluster, weight_effect, strata, overlap, wave_correlation, conf_level)
    before = _share(rate, "rate")
    wanted = _chance(power, "power")
    if not isinstance(clusters, int | np.integer) or clusters <= strata:
        raise UsageError(f"found {clusters!r} clusters in {strata} strata; expected a whole number above the strata")
    df = plan.df(int(clusters), waves=2)

    def reached(change: float) -> float:
        return plan.power(change, plan.change_error(before, before + change, int(clusters)), df) - wanted

    rise, fall = (_least(reached, room) for room in (1 - before, -before))
    return DetectableChange(
        rise,
        fall,
        100 * plan.change_error(before, before, int(clusters)),
        plan.effect,
        clusters * cluster_size / plan.effect,
        int(clusters) - strata,
        rate,
        power,
        conf_level,
    )


def sample_size(
    rate: float,
    *,
    cluster_size: float,
    change: float | None = None,
    threshold: float | None = None,
    half_width: float | None = None,
    intra_cluster: float = 0.0,
    weight_effect: float = 1.0,
    strata: int = 1,
    overlap: float = 0.0,
    wave_correlation: float = 0.0,
    power: float = 0.8,
    conf_level: float = 0.95,
) -> SampleSize:
    """The fewest clusters of `cluster_size` respondents that reach one goal where the true percentage is `rate`:

    - `change`: find a change of so many percentage points (negative: a fall) between two waves with `power`;
    - `threshold`: show with `power` that the rate lies above (or below) this percentage, as a claim like "above 90
      percent" would need: the interval of one wave excludes it;
    - `half_width`: estimate one wave's rate within so many percentage points.

    Other arguments as in `smallest_detectable_change`. Raises UsageError unless exactly one goal is given and it can be
    reached.

    Example: `sample_size(93, threshold=90, cluster_size=20, intra_cluster=0.05).respondents`.
    """
    plan = _plan(cluster_size, intra_cluster, weight_effect, strata, overlap, wave_correlation, conf_level)
    share, wanted = _share(rate, "rate"), _chance(power, "power")
    given = {"change": change, "threshold": threshold, "half_width": half_width}
    goals = [name for name, value in given.items() if value is not None]
    if len(goals) != 1:
        raise UsageError(f"found {len(goals)} goals; expected one of change, threshold and half_width; give just one")
    goal = goals[0]
    if goal == "half_width":
        reach = _half_width(plan, share, half_width)
    else:
        reach = _powers(plan, share, change, threshold, wanted)
    clusters = _fewest(reach, strata + 1)
    value = reach(clusters)
    shown = 100 * (half_width / 100 - value) if goal == "half_width" else value + wanted
    return SampleSize(goal, clusters, ceil(clusters * cluster_size), plan.effect, clusters - strata, float(shown))


def _half_width(plan: _Plan, share: float, half_width: float) -> Callable[[int], float]:
    """How far below the wanted half width that of t is, by number of clusters."""
    wanted = _positive(half_width, "half_width") / 100

    def reach(clusters: int) -> float:
        bar = special.stdtrit(plan.df(clusters), (1 + plan.level) / 2)
        return float(wanted - bar * np.sqrt(plan.variance(share, clusters)))

    return reach


def _powers(
    plan: _Plan, share: float, change: float | None, threshold: float | None, wanted: float
) -> Callable[[int], float]:
    """How far above the wanted power the power is, by number of clusters."""
    if change is not None:
        if not _number(change) or change == 0:
            raise UsageError(f"found a change of {change!r}; expected a change to find, in percentage points")
        after = _share(100 * share + change, "rate + change")
        return lambda clusters: (
            plan.power(after - share, plan.change_error(share, after, clusters), plan.df(clusters, 2)) - wanted
        )
    bound = _share(threshold, "threshold")
    if bound == share:
        raise UsageError(f"found the threshold {threshold} at the rate itself; expected a distance to show; move one")
    wider = max(share, bound, key=lambda one: one * (1 - one))  # of the rate and the threshold: the cautious one
    return lambda clusters: (
        plan.power(share - bound, np.sqrt(plan.variance(wider, clusters)), plan.df(clusters)) - wanted
    )


def _least(reached: Callable[[float], float], room: float) -> float | None:
    """The smallest change within `room` (signed) that is found, in percentage points; None where none is."""
    if room == 0 or reached(room) < 0:
        return None
    tiny = room * 1e-9
    return 100 * abs(optimize.brentq(reached, tiny, room, xtol=1e-10))


def _fewest(reach: Callable[[int], float], least: int) -> int:
    """The smallest number of clusters from `least` on with reach >= 0, which grows with clusters."""
    if reach(MOST_CLUSTERS) < 0:
        raise UsageError(f"found no design of up to {MOST_CLUSTERS} clusters that gets there; expected a goal in reach")
    low, high = least - 1, MOST_CLUSTERS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(middle) >= 0 else (middle, high)
    return high


def _plan(
    cluster_size: float, rho: float, weights: float, strata: int, overlap: float, correlation: float, level: float
) -> _Plan:
    size = _positive(cluster_size, "cluster_size")
    if size < 1 or _positive(weights, "weight_effect") < 1:
        raise UsageError(f"found cluster_size {size} and weight_effect {weights}; expected both to be at least 1")
    if not isinstance(strata, int | np.integer) or strata < 1:
        raise UsageError(f"found {strata!r} strata; expected a whole number of at least 1")
    for name, value in (("intra_cluster", rho), ("overlap", overlap), ("wave_correlation", correlation)):
        if not _number(value) or not 0 <= value <= 1:
            raise UsageError(f"found {name} {value!r}; expected a share from 0 to 1")
    if overlap * correlation == 1:
        raise UsageError("found overlap 1 and wave_correlation 1; expected waves that differ; lower one of them")
    effect = weights * (1 + (size - 1) * rho)
    return _Plan(size, effect, int(strata), float(overlap), float(correlation), require_level(level))


def _number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and isfinite(value)


def _positive(value: float, name: str) -> float:
    if not _number(value) or value <= 0:
        raise UsageError(f"found {name} {value!r}; expected a number above 0")
    return float(value)


def _chance(value: float, name: str) -> float:
    if not _number(value) or not 0.5 <= value < 1:
        raise UsageError(f"found {name} {value!r}; expected a share from 0.5 to below 1; use 0.8, say")
    return float(value)


def _share(percent: float, name: str) -> float:
    """A percentage as a share."""
    percent = round(percent, 9) if _number(percent) else percent
    if not _number(percent) or not 0 <= percent <= 100:
        raise UsageError(f"found {name} {percent!r}; expected a percentage from 0 to 100")
    return percent / 100
