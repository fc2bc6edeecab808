"""Weights whose margins are those of the population (raking, iterative proportional fitting)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.columns import exposures, refuse, require_columns
from legalaid_eval.estimators.survey.effects import weight_effect

SAME = 1e-6
"""Totals of two margins may differ by this share: they are printed with rounding."""


@dataclass(frozen=True, eq=False, slots=True)
class Raking:
    """`weights` (a Series with the frame's index) and what it took.

    `iterations` is the number of rounds; `largest_miss` the largest remaining difference of a margin, as a share of it;
    `largest_adjustment` and `smallest_adjustment` the factors furthest above and below the average factor: large ones
    mean that few respondents stand for many. `weight_effect` is Kish's 1 + cv^2: how many times the variance of a mean
    grows because the weights are unequal.
    """

    weights: pd.Series
    iterations: int
    largest_miss: float
    largest_adjustment: float
    smallest_adjustment: float
    weight_effect: float


def rake(
    frame: pd.DataFrame,
    *,
    margins: Mapping[str, Mapping | pd.Series],
    weight: str | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Raking:
    """Adjust weights until their sum in each category of each column of `margins` is the population's (Deming and
    Stephan 1940).

    `margins` gives for each column the number of people in each category, the same in all; or shares that add up to 1,
    and then the sum of the weights stays. `weight` names the weights to begin with (all equal without). The variance of
    estimates with raked weights treats them as given.

    Raises UsageError where a category has nobody in the sample or is absent from its margin, where margins have unequal
    totals, and where no weights meet all margins (not within `tolerance` after `max_iterations`).

    Example: `rake(answers, margins={"sex": {"f": 51_000, "m": 49_000}}, weight="weight").weights`.
    """
    if not margins:
        raise UsageError("found no margins; expected the number of people by category; pass {column: {category: n}}")
    require_columns(frame, [*margins, weight])
    start = exposures(frame, weight) if weight else np.ones(len(frame))
    read = [_margin(frame, column, given) for column, given in margins.items()]
    targets = _scaled([target for _, target in read], list(margins), start.sum())
    weights, rounds, miss = _fitted(start, [codes for codes, _ in read], targets, tolerance, max_iterations)
    if miss > tolerance:
        raise UsageError(
            f"found a margin still {100 * miss:.3g} percent off after {rounds} rounds; expected weights that meet all "
            "margins; margins may contradict each other in this sample: merge small categories or drop a margin"
        )
    factors = weights / start / (weights.sum() / start.sum())
    return Raking(
        pd.Series(weights, index=frame.index, name="weight"),
        rounds,
        miss,
        float(factors.max()),
        float(factors.min()),
        weight_effect(weights),
    )


def _fitted(
    start: np.ndarray, codes: list[np.ndarray], targets: list[np.ndarray], tolerance: float, most: int
) -> tuple[np.ndarray, int, float]:
    """Weights after the rounds it took, that number, and the largest relative miss of a margin."""
    weights, rounds, miss = start, 0, np.inf
    while miss > tolerance and rounds < most:
        for code, target in zip(codes, targets, strict=True):
            weights = weights * (target / np.bincount(code, weights, len(target)))[code]
        rounds += 1
        miss = max(
            float(np.abs(np.bincount(code, weights, len(target)) / target - 1).max())
            for code, target in zip(codes, targets, strict=True)
        )
    return weights, rounds, miss


def _margin(frame: pd.DataFrame, column: str, given: Mapping | pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """(rows,) the category of each respondent, and (categories,) the people in each."""
    target = pd.to_numeric(pd.Series(given), errors="coerce").astype("float64")
    if target.empty or not (np.isfinite(target) & (target > 0)).all() or not target.index.is_unique:
        raise UsageError(f"found the margin {dict(given)} of '{column}'; expected a number above 0 for each category")
    codes = target.index.get_indexer(pd.Index(frame[column]))
    refuse(frame, column, codes < 0, f"one of {', '.join(map(str, target.index))}, the categories of its margin")
    absent = target.index[np.bincount(codes, minlength=len(target)) == 0]
    if len(absent):
        named = ", ".join(map(str, absent))
        raise UsageError(
            f"found nobody in the sample with {named} in '{column}'; expected someone in every category; merge it with "
            "another in the sample and in the margin"
        )
    return codes, target.to_numpy()


def _scaled(targets: list[np.ndarray], columns: list[str], people: float) -> list[np.ndarray]:
    """Margins as numbers of people; shares are taken of the sum of the weights."""
    totals = np.array([target.sum() for target in targets])
    if np.ptp(totals) > SAME * totals.max():
        listed = ", ".join(f"{column} {total:g}" for column, total in zip(columns, totals, strict=True))
        raise UsageError(f"found margins of unequal totals ({listed}); expected the same people in each; correct them")
    size = people if abs(totals[0] - 1) <= SAME else totals[0]
    return [target * (size / target.sum()) for target in targets]
