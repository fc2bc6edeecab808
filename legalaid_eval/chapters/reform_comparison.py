"""Which places a reform can be compared with, and whether its effect can be told apart from other reforms'."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from legalaid_eval.chapters.reform_panel import EDGES, Cells, first_starts, reform_columns, with_starts
from legalaid_eval.chapters.reform_results import Reforms
from legalaid_eval.checks.base import Comparison


@dataclass(frozen=True, slots=True)
class Sides:
    """Places by what the reform did there: `treated` place -> start within the data, `never` ones to compare with,
    `left_out` treated from the first period on, so without a before."""

    treated: Mapping[str, str]
    never: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Adjusted:
    """A comparison with other reforms in the model; `coarse` are those taken for less changeable than the finest,
    `entangled` those that the reform cannot be told apart from even so."""

    comparison: Comparison
    adjusted_for: tuple[str, ...]
    coarse: tuple[str, ...]
    entangled: tuple[str, ...]


def sides_of(cells: Cells, starts: Mapping[str, str]) -> Sides:
    months = cells.months
    within = {place: start for place, start in starts.items() if months[0] < start <= months[-1]}
    before = tuple(place for place, start in starts.items() if start <= months[0])
    never = tuple(place for place in cells.places if place not in within and place not in before)
    return Sides(within, never, before)


def compare(cells: Cells, sides: Sides, reforms: Reforms, others: Sequence[str], *, conf_level: float) -> Adjusted:
    """The comparison adjusted for the `others`; where one is entangled, its effect is taken for steadier over time,
    step by step, before it is given up as inseparable."""
    frame = with_starts(cells.frame[~cells.frame["place"].isin(sides.left_out)], sides.treated)
    coarseness = dict.fromkeys(others, 0)
    while True:
        wide, kinds = reform_columns(frame, reforms, coarseness)
        comparison = Comparison(wide, cells.period, tuple(kinds), conf_level=conf_level, covariance=cells.covariance)
        entangled = {kinds[name] for name in comparison.fit.entangled}
        finer = [kind for kind in entangled if coarseness[kind] < len(EDGES) - 1]
        if not finer:
            break
        coarseness |= {kind: coarseness[kind] + 1 for kind in finer}
    used = set(kinds.values())
    return Adjusted(
        comparison,
        tuple(kind for kind in others if kind in used),
        tuple(kind for kind in others if kind in used and coarseness[kind] and kind not in entangled),
        tuple(kind for kind in others if kind in entangled),
    )


def bundled(
    cells: Cells, reforms: Reforms, kinds: Collection[str], bearing: Sequence[str], conf_level: float
) -> tuple[tuple[str, ...], Sides, Adjusted | None]:
    """The kinds with all others that they cannot be told apart from, joined until the rest can be.

    Without a comparison where no place is treated within the data, or fewer than two are there to compare with.
    """
    bundle = tuple(sorted(kinds, key=list(reforms.starts).index))
    sides = sides_of(cells, first_starts(reforms, bundle, cells.places))
    if not sides.treated or len(sides.never) < 2:
        return bundle, sides, None
    others = [kind for kind in bearing if kind not in bundle]
    adjusted = compare(cells, sides, reforms, others, conf_level=conf_level)
    if adjusted.entangled:
        return bundled(cells, reforms, {*bundle, *adjusted.entangled}, bearing, conf_level)
    return bundle, sides, adjusted


def unadjusted(comparison: Comparison) -> Comparison:
    """The same comparison without other reforms in the model."""
    return replace(comparison, frame=comparison.frame.drop(columns=list(comparison.covariates)), covariates=())


def adjusted_frame(comparison: Comparison) -> pd.DataFrame:
    """The frame with outcomes less what other reforms did to them, for methods that know no covariates."""
    panel = comparison.fit.panel
    values = pd.DataFrame(comparison.fit.contrast.outcomes, index=panel.units, columns=panel.periods)
    long = values.stack().rename("adjusted")
    return comparison.frame.join(long, on=["place", "month"])
