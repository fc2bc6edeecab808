"""The results rows of outreach as it was done: indicators of place and counties, costs, coverage."""

from collections.abc import Iterator

import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.outreach_period import KINDS
from legalaid_eval.cells.processing_register import ALL, HIDDEN, OK
from legalaid_eval.chapters.outreach_described import (
    COUNTY,
    NOT_EVALUABLE,
    NOT_RECORDED,
    TOO_FEW,
    Described,
    share_of,
)
from legalaid_eval.chapters.outreach_findings import Told, rows_of

COST, COVERAGE, GAP_MARK = "cost", "coverage", "gap"
TOTAL, PER_EVENT, PER_100 = "total_cny", "per_event_cny", "per_100_reached_cny"
COLUMN = {TOTAL: "cost_cny", PER_100: "per_100_reached_cny"}
REACHED = "reached_to_need"
NO_EVENT, NO_NEED = "no_targeted_event", "no_need_recorded"
DIVIDED = ("percent", "ratio", "per_100")


def row_list(described: Described) -> Iterator[results.Row]:
    """All indicators, then money, then coverage."""
    yield from _indicators(described.told)
    for _, cost in described.costs.iterrows():
        yield from _costs(described.told, cost)
    value, status, note = described.per_event
    yield rows_of(described.told).row(COST, PER_EVENT, "per_denominator", "CNY", value, status=status, note=note)
    for _, covered in described.coverage.iterrows():
        yield _coverage(described, covered)
    for group, cases in described.untargeted.items():
        status, note = (HIDDEN, TOO_FEW) if cases is None else (NOT_EVALUABLE, NO_EVENT)
        name = f"{REACHED}:target_group={group}"
        yield rows_of(described.told).row(
            COVERAGE, name, "share_ratio", "ratio", None, n=cases, status=status, note=note
        )


def _indicators(told: Told) -> Iterator[results.Row]:
    """Without the yield of kinds of which there were no events: their share of the events says so already."""
    kinds = tuple(f"{kind}_" for kind in KINDS)
    for _, line in told.found.iterrows():
        if line["indicator"] == "OA06" and line["note"] == "no_rows" and line["group"].startswith(kinds):
            continue
        known = pd.notna(line["value"])
        value = share_of(line, told.params.conf_level) or (float(line["value"]) if known else None)
        yield rows_of(told).row(
            line["indicator"],
            line["group"],
            "per_denominator" if line["unit"] in DIVIDED else "count",
            line["unit"],
            value,
            place=line["place"],
            n=int(line["denominator"]) if known and pd.notna(line["denominator"]) else None,
            status=line["status"],
            note=line["note"],
        )


def _costs(told: Told, cost: pd.Series) -> Iterator[results.Row]:
    """The sum and the cost per 100 reached of the place and its counties; of a kind only the latter."""
    of_place = cost["key"] in (ALL, COUNTY)
    place = told.key(cost["value"]) if cost["key"] == COUNTY else ""
    for name in (TOTAL, PER_100) if of_place else (PER_100,):
        known = pd.notna(cost[COLUMN[name]])
        status = OK if known else HIDDEN if cost["status"] == HIDDEN else NOT_EVALUABLE
        yield rows_of(told).row(
            COST,
            name if of_place else f"{name}:{cost['key']}={cost['value']}",
            "sum" if name == TOTAL else "per_denominator",
            "CNY",
            float(cost[COLUMN[name]]) if known else None,
            place=place,
            status=status,
            note="" if known else TOO_FEW if status == HIDDEN else NOT_RECORDED,
        )


def _coverage(described: Described, row: pd.Series) -> results.Row:
    of_county, found = row["key"] == COUNTY, described.ratio(row)
    status = OK if found is not None else HIDDEN if row["status"] == HIDDEN else NOT_EVALUABLE
    return rows_of(described.told).row(
        COVERAGE,
        REACHED if of_county else f"{REACHED}:{row['key']}={row['value']}",
        "share_ratio",
        "ratio",
        found,
        place=described.told.key(row["value"]) if of_county else "",
        n=None if pd.isna(row["need"]) else int(row["need"]),
        status=status,
        verdict=GAP_MARK if found is not None and row["gap"] else "",
        note="" if found is not None else TOO_FEW if status == HIDDEN else NO_NEED,
    )
