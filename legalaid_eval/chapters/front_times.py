"""The front page on processing times: sentences from the rows that the chapter saved."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from legalaid_eval.chapters.effect_rows import ONLY_ALONE
from legalaid_eval.chapters.front_effects import ESTABLISHED, has_size, is_answer, kinds, sizes
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.content import Code, Label, Message, Quantity
from legalaid_eval.indicators.processing_time import HEADLINE, LIMITS

TOLD = ("applied_decided", "decided_assigned")
"""Stages whose median is told on the front page."""


def times(rows: pd.DataFrame, place: str, _name: Callable[[str], Label]) -> Mapping[str, tuple[Message, ...]]:
    """How long it took, whether the law was kept, what reforms changed, and what of that is not established."""
    if rows.empty:
        return {}
    own = rows[rows["place"] == place]
    effects = [row for row in own.itertuples() if is_answer(row) and row.indicator == f"effect:{HEADLINE}"]
    return {
        "sayable": (*_medians(own), *_limits(own), *_changes(effects)),
        "unclear": (*_open_questions(effects), *_together(effects)),
        "limits": _many(effects),
        "missing": () if effects else (Message("summary.times.no_dates"),),
    }


def _medians(rows: pd.DataFrame) -> Iterator[Message]:
    found = rows[(rows["method"] == "kaplan_meier_median working_day") & (rows["status"] == "ok")]
    for stage in TOLD:
        for row in found[found["group"] == stage].itertuples():
            facts = {"stage": Code("processing_stage", stage), "median": Quantity(row.estimate, row.unit, decimals=0)}
            facts["at_once"] = row.estimate == 0
            yield Message("summary.times.median", facts)


def _limits(rows: pd.DataFrame) -> tuple[Message, ...]:
    found = rows[rows["method"].str.startswith("compliance ") & (rows["status"] == "ok")]
    shares = tuple(
        Message("summary.times.limit", {"clock": Code("processing_clock", row.group), "share": _percent(row.estimate)})
        for row in found.itertuples()
        if row.group in LIMITS
    )
    return (Message("summary.times.limits", {"limits": shares}),) if shares else ()


def _changes(effects: list) -> Iterator[Message]:
    """Effects that hold among all that were looked at; one that holds on a condition is an open question."""
    for row in effects:
        if has_size(row):
            yield Message(f"summary.times.{row.verdict}", sizes(row))


def _open_questions(effects: list) -> tuple[Message, ...]:
    """What a reader might take for an effect, and must not."""
    alone = [row for row in effects if row.verdict in ESTABLISHED and ONLY_ALONE in row.note.split()]
    said = tuple(Message("summary.times.only_alone", {"reforms": kinds(row)}) for row in alone)
    given = [row for row in effects if ADDITIVE in row.note.split() and row not in alone]
    for verdict in (*ESTABLISHED, "no_effect_found"):
        found = tuple(_looked_at(row) for row in given if row.verdict == verdict)
        facts = {"reforms": found, "verdict": Code("effect_verdict", verdict)}
        said += (Message("summary.times.if_additive", facts),) if found else ()
    for verdict in ("not_established", "no_effect_found"):
        rest = [row for row in effects if row.verdict == verdict]
        found = tuple(_looked_at(row) for row in rest if verdict == "not_established" or row not in given)
        said += (Message(f"summary.times.{verdict}", {"reforms": found}),) if found else ()
    return said


def _looked_at(row: object) -> Code | Message:
    """A reform, or those that were evaluated as one."""
    reforms = kinds(row)
    return reforms[0] if len(reforms) == 1 else Message("summary.times.bundle", {"reforms": reforms})


def _together(effects: list) -> tuple[Message, ...]:
    reforms = tuple(code for row in effects if row.verdict == "cannot_be_told_apart" for code in kinds(row))
    return (Message("summary.times.cannot_be_told_apart", {"reforms": reforms}),) if reforms else ()


def _many(effects: list) -> tuple[Message, ...]:
    n = sum(row.status == "ok" for row in effects)
    return (Message("summary.times.many", {"n": n}),) if n > 1 else ()


def _percent(value: float) -> Quantity:
    return Quantity(float(value), "percent", decimals=1)
