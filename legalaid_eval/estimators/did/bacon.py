"""What a two-way fixed-effects coefficient is mixed from (Goodman-Bacon 2021)."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.panel import Panel, read_panel

Comparison = tuple[str, object, object, float, float]


def bacon_shares(panel: pd.DataFrame, *, unit: str, time: str, cohort: str, outcome: str) -> pd.DataFrame:
    """Every 2 x 2 comparison in the two-way coefficient: frame `kind, treated, control, weight, estimate`.

    `panel` is balanced, one row per unit and period; `cohort` is the first treated period, missing = never. Weights
    sum to one, and the weighted estimates to the two-way coefficient. `treated` and `control` are the first treated
    periods of the two groups, missing for never treated. `kind`:

    - `treated_vs_never`;
    - `earlier_vs_later`: with the later group before its own start;
    - `later_vs_earlier`: with a group already treated, whose changing effect enters with the wrong sign;
    - `later_vs_always`: with units treated from the first period on, the same fault.

    Example: `bacon_shares(frame, ...).groupby("kind")["weight"].sum()`.
    """
    read = read_panel(panel, unit=unit, time=time, cohort=cohort, outcome=outcome, keep_always_treated=True)
    frame = pd.DataFrame(list(_comparisons(read)), columns=["kind", "treated", "control", "weight", "estimate"])
    total = frame["weight"].sum()
    if not total > 0:
        raise UsageError(
            "found no two groups with different starts of treatment; expected some, one of them within the data; "
            "add never-treated units or earlier periods"
        )
    return frame.assign(weight=frame["weight"] / total)


def _comparisons(panel: Panel) -> Iterator[Comparison]:
    """Pairs of groups in the order of their starts, with weights in proportion."""
    starts, group, sizes = np.unique(panel.start, return_inverse=True, return_counts=True)
    periods = len(panel.periods)
    means = np.zeros((len(starts), periods))
    np.add.at(means, group, panel.outcomes / sizes[group][:, None])
    share = 1 - np.minimum(starts, periods) / periods
    labels = [panel.periods[start] if start < periods else None for start in starts]
    for first in range(len(starts)):
        for later in range(first + 1, len(starts)):
            both, gap = sizes[first] * sizes[later], share[first] - share[later]
            own, after = starts[first], starts[later]
            difference = means[first] - means[later]
            if own > 0:
                effect = difference[own:after].mean() - difference[:own].mean()
                kind = "earlier_vs_later" if after < periods else "treated_vs_never"
                yield kind, labels[first], labels[later], both * gap * (1 - share[first]), effect
            if after < periods:
                effect = difference[own:after].mean() - difference[after:].mean()
                kind = "later_vs_earlier" if own > 0 else "later_vs_always"
                yield kind, labels[later], labels[first], both * share[later] * gap, effect
