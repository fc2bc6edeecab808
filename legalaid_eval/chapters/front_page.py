"""The front page: a sentence for each kind of finding, places taken together where they share it."""

from collections.abc import Mapping

import pandas as pd

from legalaid_eval import results
from legalaid_eval.content import Code, Message, Quantity, Range
from legalaid_eval.evidence.claim import VERDICTS
from legalaid_eval.evidence.figures import Evidence

SECTIONS = {
    "wrong": ("contradicted", "not_reproducible"),
    "unclear": ("ambiguous",),
    "sayable": ("consistent", "implied"),
    "limits": ("ceiling", "not_evaluable"),
}
"""The parts of the front page and the verdicts each gathers."""

NAMED_PLACES = 3
"""Up to so many places are named in a sentence of the front page."""

OWN_SENTENCE = ("implied_target", "progress")
"""Findings with numbers that the report's own place is given in a sentence of its own."""

NUMBERS = ("printed", "estimate", "ci_low", "ci_high", "n", "unit")
WITHOUT_NUMBERS = (
    "ratio.consistent ratio.within granularity.consistent group_sum.consistent group_sum.hedged share_sum.consistent "
    "money_sum.consistent money_sum.rounded implied_target.implied implied_target.at_most progress.done progress.open "
    "precision.not_evaluable ceiling.ceiling denominator.not_evaluable yearly_reading.consistent units.ambiguous "
    "windows.ambiguous tariff_bounds.consistent comparison.not_evaluable pledge.not_evaluable pledge.not_stricter"
).split()
"""Findings whose sentence for several places has no number in it."""

ADDED_UP = ("claim", "as_published")
"""Methods that are counted on the front page, not told one by one."""


def findings(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each finding: the assumed sample sizes of one rate count once."""
    checked = rows[rows["verdict"] != ""].copy()
    checked["method"] = checked["method"].str.replace(r":n=\d+$", "", regex=True)
    return checked.drop_duplicates(list(results.KEY))


def section(name: str, rows: pd.DataFrame, place: str, evidence: Evidence) -> tuple[Message, ...]:
    """One part of the front page: a sentence for each kind of finding, places taken together."""
    messages = []
    hedges = _hedges(rows)
    told = rows[_told(rows, evidence)] if len(rows) else rows
    if len(told):
        chosen = findings(told[told["verdict"].isin(SECTIONS[name])])
        order = {verdict: place for place, verdict in enumerate(VERDICTS)}
        chosen = chosen.sort_values("verdict", key=lambda s: s.map(order), kind="stable")
        own = chosen["method"].isin(OWN_SENTENCE) & (chosen["place"] == place)
        numbers = [_numbers(row) for _, row in chosen.iterrows()]
        for (note, indicator, *_), group in chosen.groupby(["note", "indicator", own, numbers], sort=False):
            messages.append(_finding(note, indicator, group, hedges, evidence))
    return tuple(messages) or (Message(f"summary.none_{name}"),)


def _numbers(row: pd.Series) -> str:
    """Findings share a sentence if their numbers are the same, or if the sentence for several places tells none."""
    together = row["note"].removeprefix("claims.") in WITHOUT_NUMBERS
    names = ("estimate", "ci_low", "ci_high", "n", "unit") if row["method"].startswith("tariff_change") else NUMBERS
    return "" if together else repr([row[name] for name in names])


def _told(rows: pd.DataFrame, evidence: Evidence) -> pd.Series:
    """Findings told one by one: not the claims, and of sums over places only those of the work done."""
    stocks = [name for name, indicator in evidence.indicators.items() if indicator.kind == "stock"]
    counted = (rows["method"] == "level_sum") & rows["indicator"].isin(stocks)
    return ~rows["method"].isin(ADDED_UP) & (rows["verdict"] != "") & ~counted


def _hedges(rows: pd.DataFrame) -> dict[tuple[object, ...], str]:
    """The hedge of every printed figure, by the key it shares with the findings about it."""
    printed = rows[rows["method"].str.startswith("as_published")] if len(rows) else rows
    return {_about(row): row["note"] for _, row in printed.iterrows()}


def _about(row: pd.Series) -> tuple[object, ...]:
    return tuple(row[name] for name in (*results.KEY[1:6], "printed"))


def _finding(
    note: str, indicator: str, group: pd.DataFrame, hedges: Mapping[tuple[object, ...], str], evidence: Evidence
) -> Message:
    first = group.iloc[0]
    known = evidence.indicators.get(indicator)
    facts = {
        "places": _places(group, evidence),
        "n_places": group["place"].nunique(),
        "n": first["n"],
        "indicator": known.name if known else Code("metric", indicator),
        "printed": _printed(first, hedges.get(_about(first), "exact"), evidence),
        "computed": _computed(first),
        "interval": _interval(first),
        "single": len(group) == 1,
    }
    return Message(note.replace("claims.", "summary.finding.", 1), facts)


def _places(group: pd.DataFrame, evidence: Evidence) -> object:
    """Up to three places by name, of more only the first."""
    places = tuple(evidence.name(p) for p in dict.fromkeys(group["place"]))
    if len(places) <= NAMED_PLACES:
        return places
    return Message("summary.places_many", {"place": places[0], "n_more": len(places) - 1})


def _printed(row: pd.Series, qualifier: str, evidence: Evidence) -> Quantity | None:
    if row["printed"] is None:
        return None
    known = evidence.indicators.get(row["indicator"])
    unit = known.units[0] if known and row["unit"] not in known.units else row["unit"]
    return Quantity(row["printed"], unit, qualifier)


def _computed(row: pd.Series) -> Quantity | Range | None:
    """The recomputed value; for a comparison its bounds, because hedges carry over."""
    if row["estimate"] is None:
        return None
    unit = row["unit"]
    if row["method"] == "comparison":
        return Range(row["ci_low"], row["ci_high"], unit, min(1, _decimals(unit, row["estimate"])))
    return Quantity(row["estimate"], unit, decimals=_decimals(unit, row["estimate"]))


def _interval(row: pd.Series) -> Range:
    low, high, unit = row["ci_low"], row["ci_high"], row["unit"]
    return Range(low, high, unit, min(1, max(_decimals(unit, end) for end in (low, high, 0.0) if end is not None)))


def _decimals(unit: str, value: float) -> int:
    """Whole numbers and money without decimals, ratios with one, percentages with two."""
    if (float(value).is_integer() and unit != "ratio") or unit.startswith("CNY"):
        return 0
    return 1 if unit == "ratio" else 2
