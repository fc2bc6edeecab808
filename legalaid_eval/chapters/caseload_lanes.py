"""The second half of AC05: working days the green lane takes, and the others, from application to decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.chapters.processing_findings import MEDIAN, curve_of, enough
from legalaid_eval.estimators.base import Estimate

LANES = {"green": "true", "other": "false"}


@dataclass(frozen=True, slots=True)
class Lanes:
    """Median working days by lane, with open cases followed; all None where one of them may not be told (`note`)."""

    medians: Mapping[str, Estimate | None]
    note: str = ""

    @property
    def status(self) -> str:
        return "suppressed" if self.note == "too_few" else "not_evaluable"


def lanes_of(told: Told) -> Lanes:
    cells = told.register.places.of(told.seen.lanes).rename(columns={"duration": "working_day"})
    parts = {lane: cells[cells["priority"] == value] for lane, value in LANES.items()}
    counts = [int(rows["n"].sum()) for rows in parts.values()]
    if 0 in counts:
        return Lanes(dict.fromkeys(LANES), "no_rows")
    if not all(enough(n, MEDIAN, told.params.min_cell) for n in counts):
        return Lanes(dict.fromkeys(LANES), "too_few")
    found = {
        lane: curve_of(rows, "working_day", told.params.conf_level).quantile(MEDIAN) for lane, rows in parts.items()
    }
    reached = all(isfinite(end) for each in found.values() for end in (each.estimate, each.ci_low, each.ci_high))
    return Lanes(found) if reached else Lanes(dict.fromkeys(LANES), "not_reached")
