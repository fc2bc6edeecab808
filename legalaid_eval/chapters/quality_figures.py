"""The data of the pictures of 'data quality'."""

import pandas as pd

from legalaid_eval.cells.quality_counts import ALL, MISSING
from legalaid_eval.chapters.quality_findings import Told, completeness_of, filled_share
from legalaid_eval.content import Code, Figure
from legalaid_eval.indicators.data_quality import STAGES

MAPPED = "cases"
"""The table whose coverage is drawn."""


def coverage_map(told: Told) -> Figure:
    """Per unit and month: place, year, month, state (reported, suppressed, missing, not_covered, not_expected), n."""
    lines = []
    for code in told.counts.units["code"]:
        for month, (state, n) in told.months_of(MAPPED, code).items():
            lines.append((told.name(code), int(month[:4]), int(month[5:]), state, n))
    data = pd.DataFrame(lines, columns=["place", "year", "month", "state", "n"])
    states = data["state"].value_counts()
    silent = dict.fromkeys(line[0] for line in lines if line[3] == "missing")
    facts = told.facts | {
        "n": len(told.counts.units),
        "months": len(told.months),
        "missing": int(states.get("missing", 0)),
        "suppressed": int(states.get("suppressed", 0)),
        "silent": tuple(silent),
    }
    return Figure("coverage_map", "coverage_map", data, facts)


def completeness(told: Told) -> Figure:
    """Per unit (and all together, last) and stage: place, stage, state (known, suppressed, not_due), share, total."""
    lines = []
    for code in (*told.counts.units["code"], MISSING, ALL):
        found = completeness_of(told, county=code, column=ALL)
        if found or code not in (MISSING, ALL):
            for stage in STAGES:
                row = found.get((stage, ALL))
                share = filled_share(row)
                hidden = row is not None and row.status == "suppressed"
                state = "suppressed" if hidden else "not_due" if share is None else "known"
                lines.append((told.name(code), Code("case_stage", stage), state, share, code == ALL))
    data = pd.DataFrame(lines, columns=["place", "stage", "state", "share", "total"])
    known = data[~data["total"] & (data["state"] == "known")]
    lowest = known.loc[known["share"].idxmin()] if len(known) else None
    facts = told.facts | {
        "n": len(told.counts.units),
        "suppressed": int((data["state"] == "suppressed").sum()),
        "lowest": None if lowest is None else float(lowest["share"]),
        "lowest_place": None if lowest is None else lowest["place"],
        "lowest_stage": None if lowest is None else lowest["stage"],
    }
    return Figure("completeness", "completeness", data.iloc[0:0] if known.empty else data, facts)
