"""Funnel limits: which places differ from the rest by more than their size explains; never a ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns

KINDS = ("proportion", "rate")
WINSORISED = 0.1
"""Share of the standardised values pulled in at each end before their spread is measured."""
POINTS = 200
"""Of the curve for drawing, evenly spaced in the root of the denominator, where limits are nearly straight lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Limits round the common mean, and the places against them.

    `frame`: the input's columns and, per level, `low_<level>, high_<level>` (level in percent, 95 and 99.8 as "95" and
    "99_8"), with `value` (the place's own; NaN without denominator), `z` (its standardised distance from the mean, with
    the over-dispersion), and `outside`: the highest level whose limits it lies beyond, negative below, 0 inside.
    `curve`: frame `denominator, low_<level>, high_<level>` for drawing. `centre`, `value` and limits are in percent
    for proportions, else cases per `per` units.

    `dispersion` is the Winsorised phi that was measured, `used_dispersion` what the limits are widened by (its root; 1
    where phi may be chance). `expected_outside` and `observed_outside` give for each level how many places would lie
    beyond by chance if all were alike, and how many do: with many places some always do.
    """

    frame: pd.DataFrame
    curve: pd.DataFrame
    centre: float
    dispersion: float
    used_dispersion: float
    expected_outside: dict[float, float]
    observed_outside: dict[float, int]
    n: int
    method: str


def funnel_limits(
    frame: pd.DataFrame,
    *,
    numerator: str,
    denominator: str,
    kind: str = "proportion",
    per: float = 1.0,
    levels: Sequence[float] = (0.95, 0.998),
    dispersion: str = "winsorised",
) -> Funnel:
    """Control limits round the pooled mean of places (Spiegelhalter 2005, Statistics in Medicine 24:1185).

    One row per place. `kind` "proportion": `numerator` of `denominator` cases, exact binomial limits interpolated
    between counts (his appendix A.1), in percent. "rate": cases by exposure, exact Poisson limits, per `per` units.

    `dispersion` "winsorised": phi is the mean square of the places' standardised values after a tenth at each end is
    pulled in; above 1 + 2 sqrt(2 / places) the distance of the limits from the mean is multiplied by its root (his
    section on over-dispersion, there for normal limits), so that places which all differ a little are not all called
    unusual. "none" leaves the limits as they are.

    Raises UsageError for impossible columns, fewer than two places, and a mean of 0 or 100 percent, round which there
    is no funnel.

    Example: `funnel_limits(counties, numerator="on_time", denominator="decided").frame.outside`.
    """
    _require_options(kind, levels, dispersion, per)
    columns.require_columns(frame, [numerator, denominator])
    y = columns.counts(frame, numerator)
    size = columns.counts(frame, denominator) if kind == "proportion" else columns.non_negative(frame, denominator)
    too_many = y > size if kind == "proportion" else (y > 0) & (size == 0)
    columns.refuse(frame, numerator, too_many, f"a count that '{denominator}' allows; correct these rows")
    there = size > 0
    _require_places(y, size, there, kind)
    mean = y.sum() / size.sum()
    unit = 100.0 if kind == "proportion" else float(per)
    z = _standardised(y, size, mean, kind)
    phi = winsorised_dispersion(z[there])
    used = phi if dispersion == "winsorised" and phi > 1 + 2 * np.sqrt(2 / there.sum()) else 1.0
    found = frame.assign(value=unit * np.divide(y, size, out=np.full(len(y), np.nan), where=there), z=z / np.sqrt(used))
    found = found.assign(**_limits(size, mean, kind, levels, used, unit))
    found["outside"] = _outside(found, levels)
    grid = np.linspace(np.sqrt(size[there].min()), np.sqrt(size.max()), POINTS) ** 2
    grid = np.unique(np.round(grid)) if kind == "proportion" else grid
    return Funnel(
        frame=found,
        curve=pd.DataFrame({"denominator": grid, **_limits(grid, mean, kind, levels, used, unit)}),
        centre=unit * mean,
        dispersion=phi,
        used_dispersion=used,
        expected_outside={level: float((1 - level) * there.sum()) for level in levels},
        observed_outside={level: int((found.outside.abs() >= level).sum()) for level in levels},
        n=int(there.sum()),
        method=f"exact {'binomial' if kind == 'proportion' else 'Poisson'}" + (", over-dispersed" if used > 1 else ""),
    )


def winsorised_dispersion(z: np.ndarray) -> float:
    """Mean square of standardised values (places,) after the tenths at both ends are pulled in to their quantiles."""
    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    return float((np.clip(z, low, high) ** 2).mean())


def exact_limit(size: np.ndarray, mean: float, share: float, kind: str) -> np.ndarray:
    """(places,): the value below which a share of places of this size and mean would lie, interpolated.

    With r the smallest count whose distribution function F reaches the share, the limit is
    (r - (F(r) - share) / (F(r) - F(r - 1))) / size; NaN for a size of 0.
    """
    size = np.asarray(size, dtype=float)
    law = stats.binom(np.round(size), mean) if kind == "proportion" else stats.poisson(size * mean)
    r = law.ppf(share)
    here, before = law.cdf(r), law.cdf(r - 1)
    back = (here - share) / np.where(here > before, here - before, 1.0)
    return np.divide(r - back, size, out=np.full(len(size), np.nan), where=size > 0)


def level_name(level: float) -> str:
    """How a level is called in column names: 95, 99_8."""
    return f"{100 * level:g}".replace(".", "_")


def _limits(
    size: np.ndarray, mean: float, kind: str, levels: Sequence[float], phi: float, unit: float
) -> dict[str, np.ndarray]:
    """Both ends for every level, kept where values can be."""
    most = 1.0 if kind == "proportion" else np.inf
    found = {}
    for level in levels:
        for side, share in (("low", (1 - level) / 2), ("high", (1 + level) / 2)):
            limit = mean + np.sqrt(phi) * (exact_limit(size, mean, share, kind) - mean)
            found[f"{side}_{level_name(level)}"] = unit * np.clip(limit, 0.0, most)
    return found


def _outside(found: pd.DataFrame, levels: Sequence[float]) -> np.ndarray:
    """(places,): the highest level exceeded, with its sign."""
    outside = np.zeros(len(found))
    for level in sorted(levels):
        name = level_name(level)
        outside = np.where(found.value > found[f"high_{name}"], level, outside)
        outside = np.where(found.value < found[f"low_{name}"], -level, outside)
    return outside


def _standardised(y: np.ndarray, size: np.ndarray, mean: float, kind: str) -> np.ndarray:
    variance = mean * (1 - mean) if kind == "proportion" else mean
    return np.divide(y - size * mean, np.sqrt(size * variance), out=np.full(len(y), np.nan), where=size > 0)


def _require_options(kind: str, levels: Sequence[float], dispersion: str, per: float) -> None:
    if kind not in KINDS:
        raise UsageError(f"found kind {kind!r}; expected one of {', '.join(KINDS)}; choose one")
    if dispersion not in ("winsorised", "none"):
        raise UsageError(f"found dispersion {dispersion!r}; expected 'winsorised' or 'none'; choose one")
    if not levels:
        raise UsageError("found no levels; expected some, such as (0.95, 0.998); name them")
    for level in levels:
        columns.require_level(level)
    if not per > 0:
        raise UsageError(f"found per={per!r}; expected a number above 0; 10_000 gives rates per 10,000")


def _require_places(y: np.ndarray, size: np.ndarray, there: np.ndarray, kind: str) -> None:
    if there.sum() < 2:
        raise UsageError(f"found {int(there.sum())} places with a denominator; expected at least two to compare")
    if y.sum() == 0 or (kind == "proportion" and y.sum() == size.sum()):
        raise UsageError(
            f"found {y.sum():g} of {size.sum():g} in all places together; expected a mean away from the bounds; "
            "there is no funnel round it, report the counts"
        )
