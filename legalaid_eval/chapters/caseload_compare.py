"""Counties side by side: which differ by more than chance explains, and each one's rate drawn to the others'.

Only counts that may be shown take part; a county without them is named as missing. There is no rank anywhere.
"""

from dataclasses import dataclass

import pandas as pd

from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.funnel import Funnel, funnel_limits
from legalaid_eval.estimators.pooling import shrink_counts, shrink_rates

COMPARED = {
    "per_10000": ("CL13", "rate", 10_000),
    "approval": ("CL03", "proportion", 1),
    "closed_by_cutoff": ("CL05", "proportion", 1),
}
"""Part of an indicator -> the indicator, what kind of number it is, and per how many units."""
LEAST_PLACES = 3
LEVELS = (0.95, 0.998)


@dataclass(frozen=True, eq=False, slots=True)
class Compared:
    """One rate by county. rows: `code, numerator, denominator, value, outside, estimate, ci_low, ci_high` of the
    counties with shown counts, in the order of their codes. missing: code -> why it is not among them. funnel: None
    where there are too few counties (`note`)."""

    group: str
    indicator: str
    kind: str
    rows: pd.DataFrame
    missing: dict[str, str]
    funnel: Funnel | None
    note: str = ""

    @property
    def outside(self) -> pd.DataFrame:
        """Counties beyond the inner limits."""
        return self.rows[self.rows["outside"] != 0] if self.funnel is not None else self.rows.iloc[:0]


ROWS = ["code", "numerator", "denominator", "value", "outside", "estimate", "ci_low", "ci_high"]


def compared(told: Told, group: str) -> Compared:
    """Funnel limits and partial pooling of one of COMPARED."""
    indicator, kind, per = COMPARED[group]
    lines, missing = [], {}
    for code in sorted(told.places):
        line = told.line(indicator, group, code)
        if line is None or pd.isna(line["value"]) or pd.isna(line["numerator"]):
            missing[code] = "" if line is None else line["note"]
        else:
            lines.append((code, int(line["numerator"]), float(line["denominator"])))
    found = pd.DataFrame(lines, columns=ROWS[:3])
    nothing = pd.DataFrame(columns=ROWS)
    if len(found) < LEAST_PLACES:
        return Compared(group, indicator, kind, nothing, missing, None, "few_places")
    try:
        funnel = funnel_limits(
            found, numerator="numerator", denominator="denominator", kind=kind, per=per, levels=LEVELS
        )
        pooled = _pooled(found, kind, per, told.params.conf_level)
    except UsageError:  # all or none, round which there is no funnel
        return Compared(group, indicator, kind, nothing, missing, None, "no_spread")
    rows = funnel.frame.join(pooled[["estimate", "ci_low", "ci_high"]])
    return Compared(group, indicator, kind, rows[ROWS], missing, funnel)


def _pooled(found: pd.DataFrame, kind: str, per: int, level: float) -> pd.DataFrame:
    if kind == "proportion":
        return shrink_rates(found, successes="numerator", trials="denominator", conf_level=level)
    return shrink_counts(found, count="numerator", exposure="denominator", per=per, conf_level=level)
