"""What the outreach changed, if one knew how long it lasts: the answer with the decay held at several values."""

import numpy as np
import pandas as pd

from legalaid_eval.estimators.dose_response.curves import likely_curves
from legalaid_eval.estimators.dose_response.effects import interval, overall_draws
from legalaid_eval.estimators.dose_response.panel import Panel
from legalaid_eval.estimators.dose_response.profile import profile

HELD = (0.0, 0.3, 0.6, 0.9)
COLUMNS = ("decay", "difference", "estimate", "ci_low", "ci_high", "compatible")


def by_decay(
    panel: Panel, *, saturation: float | None, lowest: float, scale: float, df: int, cut_off: float, level: float
) -> pd.DataFrame:
    """See `DoseResponse.sensitivity`; `lowest` is the deviance with the decay free."""
    rows = []
    for value in HELD if panel.timed else ():
        found = profile(panel, decay=value, saturation=saturation)
        curves, logit = likely_curves(found, scale=scale, df=df), found.best.logit[0]
        middle, low, high = map(float, interval(overall_draws(curves, panel, logit), level))
        difference = float(np.maximum(found.best.deviance[0] - lowest, 0)) / scale
        rows.append((value, difference, middle, low, high, difference <= cut_off))
    return pd.DataFrame(rows, columns=list(COLUMNS))
