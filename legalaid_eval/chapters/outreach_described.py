"""Outreach of a period as it was done: what the tables, sentences and rows of its description share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb

import pandas as pd

from legalaid_eval.cells.caseload_counts import GROUPS
from legalaid_eval.cells.outreach_indicators import GAP, costs, coverage
from legalaid_eval.cells.outreach_period import CODES, KINDS
from legalaid_eval.cells.processing_register import ALL, HIDDEN, OK
from legalaid_eval.chapters import caseload_rows
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.survey import proportion_interval
from legalaid_eval.indicators.outreach import Count

COUNTY, TARGET_GROUP = "county", "target_group"
ENOUGH = 20
"""Kinds of events with fewer consultations traced to them are not compared by what they led to."""
NOT_COMPARED = ("other", "none_named")
"""Groups that no event could target."""
TOWNS = "towns_reached"
NOT_EVALUABLE, TOO_FEW, NOT_RECORDED = "not_evaluable", "too_few", "not_recorded"
MONEY = ["cost_cny", "per_event_cny", "per_100_reached_cny"]


@dataclass(frozen=True, eq=False, slots=True)
class Apart:
    """Two kinds of events whose yields lie far apart, as `apart` reckons it: the lines of OA06 of both."""

    kind: str
    high: pd.Series
    low: pd.Series


@dataclass(frozen=True, eq=False, slots=True)
class Described:
    """costs, coverage: the frames of `cells.outreach_indicators`, costs without what would tell a hidden count.

    untargeted: groups that no event of the period was meant for -> their cases; None where these are hidden. kinds: of
    events -> values with events, hidden ones among them, and values without any.
    """

    told: Told
    costs: pd.DataFrame
    coverage: pd.DataFrame
    untargeted: Mapping[str, int | None]
    kinds: Mapping[str, tuple[list[str], list[str]]]

    def cost(self, key: str, value: str = ALL) -> pd.Series | None:
        return _row(self.costs, key, value)

    def covered(self, key: str, value: str) -> pd.Series | None:
        return _row(self.coverage, key, value)

    @property
    def per_event(self) -> tuple[float | None, str, str]:
        """What an event of the place cost on average, its status and note.

        Beside the total it tells how many events say what they cost, and so only where that count may be told.
        """
        cost, asked = self.cost(ALL), Count("cost_fen known", "cost_fen_known", ("yes",))
        known, status = self.told.seen.register.counts.count(asked)
        if cost is None or cost["status"] != OK:
            hidden = cost is not None and cost["status"] == HIDDEN
            return None, *((HIDDEN, TOO_FEW) if hidden else (NOT_EVALUABLE, NOT_RECORDED))
        if known is None:
            return None, *((HIDDEN, TOO_FEW) if status == HIDDEN else (NOT_EVALUABLE, status))
        return float(cost["per_event_cny"]), OK, ""

    def ratio(self, row: pd.Series) -> Estimate | None:
        """Share of those reached over share of the need; the interval is of chance in the number of cases alone."""
        if row["status"] != OK or pd.isna(row["ratio"]):
            return None
        same = self.coverage[(self.coverage["key"] == row["key"]) & (self.coverage["status"] == OK)]
        level, reached = self.told.params.conf_level, float(row["reached_share"])
        need = proportion_interval(int(row["need"]), int(same["need"].sum()), conf_level=level)
        ends = reached / need.ci_high, reached / need.ci_low if need.ci_low else float("inf")
        named = ("share_ratio", str(row["key"]), "ratio")
        return Estimate(*named, float(row["ratio"]), None, *ends, level, int(row["need"]), None, "share_ratio")

    def gaps(self, key: str) -> tuple[list[str], list[str]]:
        """Values of a key that are gaps: those whose interval lies below the limit, and those where it does not."""
        sure, unsure = [], []
        for _, row in self.coverage[self.coverage["key"] == key].iterrows():
            found = self.ratio(row)
            if found is not None and row["gap"]:
                (sure if found.ci_high < GAP else unsure).append(str(row["value"]))
        return sure, unsure


def described(told: Told) -> Described:
    """Look up once what the description needs."""
    money, covered = (_apart_from_own(told, made(told.seen.register)) for made in (costs, coverage))
    kinds = {kind: _occurred(told, kind) for kind in KINDS}
    return Described(told, _without_hidden(told, money), covered, _untargeted(told), kinds)


def _apart_from_own(told: Told, found: pd.DataFrame) -> pd.DataFrame:
    """A county's own report has no line of that county beside the one of the place."""
    return found[found["key"] != COUNTY] if told.alone else found


def _row(frame: pd.DataFrame, key: str, value: str) -> pd.Series | None:
    rows = frame[(frame["key"] == key) & (frame["value"] == value)]
    return None if rows.empty else rows.iloc[0]


def _without_hidden(told: Told, found: pd.DataFrame) -> pd.DataFrame:
    """Money that would tell a hidden number of events, as a total over an average does, is hidden too.

    Kinds of events are told of the whole store only.
    """
    found = found if told.seen.register.counts.whole else found[~found["key"].isin(KINDS)]
    found = found.astype(dict.fromkeys(("events_known", *MONEY), object))
    for at, row in found.iterrows():
        kind = row["key"] in KINDS
        line = told.line("OA01", f"{row['key']}_{row['value']}") if kind else told.line("OA01", "events", row["value"])
        if row["status"] == OK and line is not None and line["status"] == HIDDEN:
            found.loc[at, ["events_known", *MONEY]] = None
            found.loc[at, "status"] = HIDDEN
    return found


def _untargeted(told: Told) -> dict[str, int | None]:
    """With cases, the most first; nothing of a part of the store, of which groups are not told."""
    counts, found = told.seen.register.counts, {}
    for group in GROUPS if counts.whole else ():
        line = None if group in NOT_COMPARED else told.line("OA01", f"{TARGET_GROUP}_{group}")
        if line is None or pd.isna(line["value"]) or line["value"] > 0:
            continue
        cases = counts.count(Count(f"cases of {group}", group, ("yes",)))[0]
        if cases != 0:
            found[group] = cases
    return dict(sorted(found.items(), key=lambda item: -(item[1] or 0)))


def _occurred(told: Told, kind: str) -> tuple[list[str], list[str]]:
    some, none = [], []
    for value in CODES[kind]:
        line = told.line("OA01", f"{kind}_{value}")
        if line is not None and line["status"] in (OK, HIDDEN):
            nought = line["status"] == OK and not line["value"]
            (none if nought else some).append(value)
    return some, none


def share_of(line: pd.Series, level: float) -> Estimate | None:
    """The interval of a proportion as `caseload_rows` has it; townships were counted, not left to chance."""
    return None if line["group"] == TOWNS else caseload_rows.share_of(line, level)


def apart(told: Told, kind: str, values: Sequence[str]) -> Apart | None:
    """The values of a kind with the highest and the lowest yield, if these differ by more than chance would make
    independent consultations differ. Those of one event hang together, so that it may be chance still.

    Two rates are compared by the share of the one in both counts (Przyborowski and Wilenski 1940), at a level that
    allows for having chosen the two out of all pairs (Bonferroni).
    """
    lines = [told.line("OA06", f"{kind}_{value}") for value in values]
    lines = [line for line in lines if line is not None and line["status"] == OK and line["numerator"] >= ENOUGH]
    if len(lines) < 2:
        return None
    low, *_, high = sorted(lines, key=lambda line: float(line["value"]))
    level = 1 - (1 - told.params.conf_level) / comb(len(lines), 2)
    both = int(high["numerator"] + low["numerator"])
    share = proportion_interval(int(high["numerator"]), both, conf_level=level)
    by_size = 100 * high["denominator"] / (high["denominator"] + low["denominator"])
    return Apart(kind, high, low) if share.ci_low > by_size else None


def counted(told: Told, table: str, key: str, *values: str) -> int | None:
    """A shown count of the place; None where it is hidden or told of the whole store only."""
    return told.seen.register.counts.count(Count(table, key, values))[0]
