"""How unusual the estimate is among those that other assignments of the treatment would have given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial, isfinite, isnan, nan, prod, sqrt

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.imputation import overall_contrast
from legalaid_eval.estimators.did.panel import read_panel
from legalaid_eval.estimators.did.placebo_pool import lay_over_controls
from legalaid_eval.estimators.did.results import check_treated

MOST_LISTED = 5_000
"""Up to so many different assignments all are looked at; of more, a seeded sample."""
DRAWS = 1_999
AS_EXTREME = 1 - 1e-9
"""A statistic equal to the actual one but for rounding counts as at least as extreme."""


@dataclass(frozen=True, slots=True)
class Randomisation:
    """A p-value from assignments of the treatment that did not happen.

    `statistic` of the actual assignment, `assignments` looked at (the actual one included), `exhaustive` whether
    these are all there are, `least_p_value` the smallest p-value they could have given: where it is above .05 the
    test cannot reject. NaN where fewer than two units were never treated.
    """

    statistic: float
    p_value: float
    assignments: int
    least_p_value: float
    exhaustive: bool

    @property
    def evaluable(self) -> bool:
        return isfinite(self.p_value)


def randomisation_test(
    panel: pd.DataFrame,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    weight: str | None = None,
    variance: str | None = None,
    covariance: pd.DataFrame | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Randomisation:
    """The randomisation p-value of `imputation_att`: no effect on any unit, against other assignments of the starts.

    Arguments name columns, as in `imputation_att`. Up to 5,000 different assignments are all looked at, of more a
    sample of `draws` by `seed`. Meant for few units: each assignment is a fit of its own. Raises UsageError for what
    `read_panel` refuses, and for no treated unit.

    Example: `randomisation_test(frame, unit="county", time="month", cohort="started", outcome="rate").p_value`.
    """
    columns = {"unit": unit, "time": time, "cohort": cohort, "outcome": outcome, "weight": weight}
    read = read_panel(panel, **columns, variance=variance, covariance=covariance)
    check_treated(read)
    return permutation_test(
        lambda start: overall_contrast(replace(read, start=start)), read.start, draws=draws, seed=seed
    )


def permutation_test(
    build: Callable[[np.ndarray], Contrast], cohorts: np.ndarray, *, draws: int = DRAWS, seed: int = 0
) -> Randomisation:
    """Which units are treated is permuted, their starts kept (Fisher 1935; for DiD MacKinnon and Webb 2020).

    `cohorts` (units,) is each unit's first treated period, with any one value for never; `build` makes the contrast
    of any such array. The statistic is the estimate divided by its placebo standard error under the same assignment,
    which knows the sizes of the units; under the null of no effect on any unit the p-value is exact if every
    assignment was equally likely.
    """
    if draws < 1:
        raise UsageError(f"found {draws} draws; expected at least 1, such as {DRAWS}")
    actual = _studentised(build(cohorts))
    if isnan(actual):
        return Randomisation(nan, nan, 0, nan, False)
    exhaustive = count_assignments(cohorts) <= MOST_LISTED
    others = every_assignment(cohorts) if exhaustive else _drawn(cohorts, draws, seed)
    found = np.array([abs(_studentised(build(other))) for other in others])
    as_extreme, looked_at = int((found >= abs(actual) * AS_EXTREME).sum()), len(found)
    if not exhaustive:
        as_extreme, looked_at = as_extreme + 1, looked_at + 1
    return Randomisation(actual, as_extreme / looked_at, looked_at, 1 / looked_at, exhaustive)


def placebo_rank(contrast: Contrast) -> Randomisation:
    """For one treated unit: the rank of its estimate among those of the never-treated units put in its place.

    Abadie, Diamond and Hainmueller (2010). Each is divided by the spread that shocks of equal size and its own
    sampling error would give it. With GC controls the p-value cannot fall below 1 / (GC + 1).
    """
    if contrast.n_treated != 1:
        raise UsageError(f"found {contrast.n_treated} treated units; expected one; use randomisation_test for more")
    if contrast.n_control < 2:
        return Randomisation(nan, nan, 0, nan, False)
    unit = int(contrast.shares.argmax())
    placebo = lay_over_controls(contrast)
    share = contrast.control[contrast.never_treated]
    shocks = max(float(placebo.shock_variance[unit]), 0.0)
    own = contrast.own_sampling_variance[unit]
    own += contrast.sampling_variance(contrast.never_treated)[unit] @ share**2
    actual = _divided(contrast.estimate, shocks * (1 + (share**2).sum()) + own, contrast.rounding)
    spread = shocks * placebo.dilution + placebo.sampling[unit]
    others = np.array([_divided(*pair, contrast.rounding) for pair in zip(placebo.effects[unit], spread, strict=True)])
    as_extreme = 1 + int((np.abs(others) >= abs(actual) * AS_EXTREME).sum())
    looked_at = 1 + len(others)
    return Randomisation(actual, as_extreme / looked_at, looked_at, 1 / looked_at, True)


def count_assignments(cohorts: np.ndarray) -> int:
    """How many different assignments keep the number of units that start in each period."""
    sizes = np.unique(cohorts, return_counts=True)[1]
    return factorial(len(cohorts)) // prod(factorial(int(size)) for size in sizes)


def every_assignment(cohorts: np.ndarray) -> Iterator[np.ndarray]:
    """Every different arrangement of the cohorts over the units, the actual one among them."""
    values, sizes = np.unique(cohorts, return_counts=True)

    def place(left: tuple[int, ...], rest: int) -> Iterator[np.ndarray]:
        if rest == 0:
            yield np.full(len(cohorts), values[0])
            return
        for chosen in combinations(left, int(sizes[rest])):
            for arrangement in place(tuple(unit for unit in left if unit not in chosen), rest - 1):
                arrangement[list(chosen)] = values[rest]
                yield arrangement

    yield from place(tuple(range(len(cohorts))), len(values) - 1)


def _drawn(cohorts: np.ndarray, draws: int, seed: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(seed)
    yield from (rng.permutation(cohorts) for _ in range(draws))


def _studentised(contrast: Contrast) -> float:
    """The estimate over its placebo standard error; NaN with fewer than two never-treated units."""
    if contrast.n_control < 2 or contrast.n_treated < 1:
        return nan
    shocks = lay_over_controls(contrast).shock_variance.sum()
    variance = max(shocks, 0.0) + contrast.own_sampling_variance.sum()
    return _divided(contrast.estimate, variance, contrast.rounding)


def _divided(value: float, variance: float, rounding: float) -> float:
    """`value` in standard errors; without any spread a value other than zero is infinitely far out."""
    if variance > rounding**2:
        return float(value / sqrt(variance))
    return float(np.copysign(np.inf, value)) if abs(value) > rounding else 0.0
