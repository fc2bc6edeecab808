"""Chapter 'data quality': what of a register can be trusted, what not, and what the other chapters leave out."""

import pandas as pd

from legalaid_eval.cells.quality_counts import ALL, Span, quality_counts
from legalaid_eval.chapters import quality_figures, quality_rows
from legalaid_eval.chapters.base import Params, save, store_address
from legalaid_eval.chapters.quality_findings import (
    Excluded,
    Share,
    Told,
    completeness_of,
    exclusions,
    filled_share,
    shares,
)
from legalaid_eval.chapters.quality_tables import tables
from legalaid_eval.content import Chapter, Code, Message, Prose, Quantity, Range
from legalaid_eval.indicators.data_quality import NEARLY_FULL, REQUIREMENTS, SENSITIVE

NAME = quality_rows.NAME

__all__ = ["evaluate", "save"]


def evaluate(params: Params) -> Chapter:
    """Look the register over for the report's place and period; raises DataError if there is no store."""
    span = Span(params.place, tuple(params.parts), params.period_start, params.period_end, params.min_cell)
    told = Told(params, quality_counts(store_address(params), span, REQUIREMENTS))
    found = tables(told)
    figures = (quality_figures.coverage_map(told), quality_figures.completeness(told))
    prose = (question(told), narrative(told), reading(told))
    return Chapter(
        NAME,
        quality_rows.rows(told),
        {table.id: table for table in found},
        {figure.id: figure for figure in figures},
        {text.id: text for text in prose},
    )


def question(told: Told) -> Prose:
    """What the chapter asks, of which data."""
    meta = told.counts.meta
    facts = told.facts | {"units": len(told.expected), "as_of": told.as_of, "stated": meta.basis == "stated"}
    return Prose("question", (Message("data_quality.question", facts), Message("data_quality.estimand", facts)))


def reading(told: Told) -> Prose:
    """How to read what is hidden, missing or emptied."""
    keys = ("missing", "due", "emptied", "hidden", "bounds")
    return Prose("reading", tuple(Message(f"data_quality.reading.{key}", told.facts) for key in keys), style="list")


def narrative(told: Told) -> Prose:
    """What came in, what can be trusted, what not, what is excluded, and how much that could matter."""
    messages = (came_in(told), filled(told), doubted(told), excluded(told), *matters(told))
    return Prose("narrative", messages)


def came_in(told: Told) -> Message:
    """Cases of the period, units that reported, unit-months with nothing."""
    row = told.counts.received.set_index("table").loc["cases"]
    silent = {code: told.silent("cases", code) for code in told.expected["code"]}
    facts = told.facts | {
        "cases": None if pd.isna(row["n_period"]) else int(row["n_period"]),
        "hidden": row["status_period"] == "suppressed",
        "units": 0 if pd.isna(row["units"]) else int(row["units"]),
        "expected": len(told.expected),
        "gaps": sum(map(len, silent.values())),
        "silent": tuple(told.name(code) for code, months in silent.items() if months),
    }
    return Message("data_quality.came_in", facts)


def filled(told: Told) -> Message:
    """How many columns are as good as complete, and the least complete of the others."""
    known = {key: filled_share(row) for key, row in completeness_of(told).items() if key[1] != ALL}
    known = {key: share for key, share in known.items() if share is not None}
    poor = sorted((share, column) for (_, column), share in known.items() if share < NEARLY_FULL)
    named = tuple(
        Message("data_quality.column", {"column": Code("register_column", column), "share": _percent(share)})
        for share, column in poor[:3]
    )
    facts = {"known": len(known), "full": len(known) - len(poor), "poor": named, "more": max(0, len(poor) - 3)}
    return Message("data_quality.filled", told.facts | facts | {"from": _percent(NEARLY_FULL, 0)})


def doubted(told: Told) -> Message:
    """Values emptied as impossible, values kept in doubt."""
    rows = told.counts.issues
    totals = rows[(rows["table"] == ALL) & (rows["rule"] == ALL)].set_index("severity")
    facts: dict[str, object] = {}
    for severity in ("error", "doubt"):
        there = severity in totals.index
        facts[f"{severity}_hidden"] = there and totals.at[severity, "status"] == "suppressed"
        facts[severity] = int(totals.at[severity, "n"]) if there and not facts[f"{severity}_hidden"] else 0
    return Message("data_quality.doubted", facts)


def excluded(told: Told) -> Message:
    """The reasons that cost an analysis the largest part of its rows."""
    found = sorted((line for line in exclusions(told) if line.share), key=lambda line: -line.share)
    named = tuple(_costly(line) for line in found[:3])
    hidden = sum(line.n is None for line in exclusions(told))
    return Message("data_quality.excluded", {"named": named, "n": len(found), "hidden": hidden})


def _costly(line: Excluded) -> Message:
    facts = {"account": Code("row_account", line.account), "reason": Code("exclusion_reason", line.reason)}
    return Message("data_quality.costly", facts | {"share": _percent(line.share), "n": line.n})


def matters(told: Told) -> tuple[Message, ...]:
    """Shares the excluded rows could move, and those they could not."""
    found = shares(told)
    moved = [s for s in found if s.ends and s.ends[1] - s.ends[0] >= SENSITIVE]
    firm = tuple(Code("key_share", s.name) for s in found if s.ends and s not in moved)
    unknown = tuple(Code("key_share", s.name) for s in found if not s.ends)
    facts = {"moved": tuple(map(_moved, moved)), "firm": firm, "unknown": unknown}
    limit = {"limit": Quantity(SENSITIVE, "percentage_point", decimals=0)}
    keys = [key for key in ("moved", "unknown", "firm") if facts[key]]
    return tuple(Message(f"data_quality.matters.{key}", facts | limit) for key in keys[:2])


def _moved(share: Share) -> Message:
    facts = {"share": Code("key_share", share.name), "value": None if share.value is None else _percent(share.value)}
    return Message("data_quality.moved", facts | {"ends": Range(*share.ends, "percent", 1)})


def _percent(value: float, decimals: int = 1) -> Quantity:
    return Quantity(value, "percent", decimals=decimals)
