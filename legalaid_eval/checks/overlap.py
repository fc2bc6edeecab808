"""Did other reforms begin about the same time, and how much hangs on telling them apart?"""

from collections.abc import Sequence

import pandas as pd

from legalaid_eval.checks.base import CheckResult

NEAR = 3
"""Months between two starts that leave hardly any time to see the one without the other."""
OFTEN = 0.3
"""Share of the treated places with a near start from which on the estimate rests on the other places' timing."""


def overlap(apart: pd.DataFrame, *, coarse: Sequence[str], adjusted: float, unadjusted: float | None) -> CheckResult:
    """Starts of other reforms near the one looked at.

    `apart` has `reform, place, months` from this start to the other's, for every treated place that has both. Warned
    if a reform begins within three months in at least three of ten treated places, if another's effect had to be
    taken for steady (`coarse`), or if the effect has another direction without the adjustment. Facts: `near`, the
    reforms concerned, `adjusted` and `unadjusted` estimate. A reform that cannot be told apart at all has no effect
    of its own to check.
    """
    places = apart["treated_places"].iloc[0] if len(apart) else 0
    table = (
        apart.assign(near=apart["months"].abs() <= NEAR)
        .groupby("reform", sort=True, as_index=False)
        .agg(places=("place", "count"), near=("near", "sum"))
    )
    often = table.loc[table["near"] >= OFTEN * max(places, 1), "reform"].tolist() if len(table) else []
    turned = unadjusted is not None and adjusted * unadjusted < 0
    facts = {
        "reforms": len(table),
        "near": tuple(often),
        "coarse": tuple(coarse),
        "adjusted": adjusted,
        "unadjusted": unadjusted,
        "turned": turned,
    }
    return CheckResult("overlap", "warned" if often or coarse or turned else "passed", facts, table)
