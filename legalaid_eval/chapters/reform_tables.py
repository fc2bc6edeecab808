"""The tables behind an effect's figures: by time since the start, by place, and month by month."""

import numpy as np
import pandas as pd

from legalaid_eval.checks.base import MONTHS, Comparison
from legalaid_eval.estimators import did

BIN_MONTHS = 12
"""Single months have intervals more than twice as wide (docs/methods.md)."""
EVENT_COLUMNS = ["term", "start", "last", "before", "estimate", "std_error", "ci_low", "ci_high"]


def event_study(comparison: Comparison) -> pd.DataFrame:
    """The effect in bins of a year since the start, those before it included; `start` and `last` in months."""
    width, length = comparison.periods(BIN_MONTHS), MONTHS[comparison.period]
    bins = comparison.fit.aggregate("event_time", bin=width).iloc[1:]
    first = [int(str(term).split("..")[0]) * length for term in bins["term"]]
    start = pd.Series(first, index=bins.index, dtype=int)
    last = start + width * length - 1
    term = [f"{low}..{high}" for low, high in zip(start, last, strict=True)]
    table = bins.assign(term=term, start=start, last=last, before=start < 0)
    return table[EVENT_COLUMNS].reset_index(drop=True)


def by_place_table(fit: did.ImputationAtt) -> pd.DataFrame:
    """The effect in each treated place."""
    return fit.by_unit.rename(columns={"unit": "place", "cohort": "started"})


def series_table(fit: did.ImputationAtt) -> pd.DataFrame:
    """Every cell: what was observed, and what the untreated cells predict; for untreated cells as well."""
    panel = fit.panel
    units, periods = panel.outcomes.shape
    return pd.DataFrame(
        {
            "place": np.repeat(panel.units, periods),
            "month": np.tile(panel.periods, units),
            "observed": panel.outcomes.ravel(),
            "counterfactual": fit.counterfactual.ravel(),
            "treated": panel.treated.ravel(),
        }
    )


def treated_mean(comparison: Comparison) -> float:
    """The mean of the treated cells, by their weights, as it was observed."""
    panel = comparison.fit.panel
    return float(np.average(panel.outcomes[panel.treated], weights=panel.weights[panel.treated]))
