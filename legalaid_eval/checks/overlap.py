"""Did other reforms begin about the same time, and how much hangs on telling them apart?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from legalaid_eval.checks.base import CheckResult, Comparison

NEAR = 3
"""Months between two starts that leave hardly any time to see the one without the other."""
OFTEN = 0.3
"""Share of the treated places with a near start from which on the estimate rests on the other places' timing."""
MOSTLY = 0.5
"""Share of the treated months with other reforms in force from which on the number rests on their effects adding up.
Where they do not, 95 % intervals held the truth of simulated cities in .77 to .89 of the trials: a verdict is then
conditional on it. It is not taken away, since the direction still stood."""
MOST_STRETCHED = 3.0
"""Other reforms' effects are taken for constant within each stretch of time. What is wrong with that grows with the
weights: where these are three times those of the plain comparison, the answer is mostly that assumption's."""


def overlap(
    comparison: Comparison, unadjusted: Comparison | None, apart: pd.DataFrame, *, coarse: Sequence[str]
) -> CheckResult:
    """Starts of other reforms near the one looked at, and what telling them apart does to the estimate.

    `apart` has `reform, place, months, treated_places`: months from this start to the other's, for every treated
    place that has both. `coarse`: reforms whose effect had to be taken for steadier. Facts: `near`, the reforms that
    begin within three months in at least three of ten treated places; `stretched`, how many times larger (root mean
    square) the weights are than without the adjustment; `adjusted` and `unadjusted` estimate; `in_force`, the reforms
    that began within the data and were in force in treated months, and `in_force_share` of these months.

    Failed if the weights are more than three times as large; warned if reforms are near or coarse, the estimate has
    another direction without the adjustment, or others were in force in more than half of the treated months: they
    are taken out as if effects added up, and no interval is calibrated for the case that they do not. A reform that
    cannot be told apart at all is not estimated alone.
    """
    table = _by_reform(apart)
    adjusted = comparison.fit.contrast.estimate
    plain = None if unadjusted is None else unadjusted.fit.contrast.estimate
    in_force, share = others_in_force(comparison)
    facts = {
        "in_force": in_force,
        "in_force_share": share,
        "reforms": len(table),
        "near": tuple(table.loc[table["often"], "reform"]),
        "coarse": tuple(coarse),
        "adjusted": adjusted,
        "unadjusted": plain,
        "turned": plain is not None and adjusted * plain < 0,
        "stretched": 1.0 if unadjusted is None else stretched(comparison, unadjusted),
    }
    if facts["stretched"] > MOST_STRETCHED:
        return CheckResult("overlap", "failed", facts, table)
    doubtful = facts["near"] or coarse or facts["turned"] or share > MOSTLY
    return CheckResult("overlap", "warned" if doubtful else "passed", facts, table)


def others_in_force(comparison: Comparison) -> tuple[tuple[str, ...], float]:
    """Other reforms that are in force in treated months, and in which share of them any is.

    One that a place had from the first period on is no change there: it is part of the place.
    """
    frame, names = comparison.frame, list(comparison.covariates)
    if not names:
        return (), 0.0
    kinds = [name.rpartition(":")[0] for name in names]
    now = frame[names].gt(0).T.groupby(kinds).any().T
    first = now.groupby(frame["place"]).transform("first")  # rows are in the order of time
    treated = frame["start"].notna() & (frame["month"] >= frame["start"].fillna(""))
    began = (now & ~first)[treated]
    return tuple(kind for kind in dict.fromkeys(kinds) if began[kind].any()), float(began.any(axis=1).mean())


def stretched(comparison: Comparison, unadjusted: Comparison) -> float:
    """How many times larger the weights of the cells are than without other reforms in the model."""
    with_others, without = (np.linalg.norm(one.fit.contrast.weights) for one in (comparison, unadjusted))
    return float(with_others / without)


def _by_reform(apart: pd.DataFrame) -> pd.DataFrame:
    """`reform, places, near, often`: treated places that have both, those with near starts, and if these are many."""
    near = apart.assign(near=apart["months"].abs() <= NEAR)
    table = near.groupby("reform", sort=True, as_index=False).agg(
        places=("place", "count"), near=("near", "sum"), treated=("treated_places", "max")
    )
    return table.assign(often=table["near"] >= OFTEN * table["treated"]).drop(columns="treated")
