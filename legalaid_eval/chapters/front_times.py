"""The front page on processing times: sentences from the rows that the chapter saved."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from legalaid_eval.chapters.effect_prose import amount, decimals_of, reform_codes
from legalaid_eval.chapters.effect_rows import ONLY_ALONE, WHOLE
from legalaid_eval.chapters.reform_results import VERDICTS
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.content import Code, Label, Message, Quantity, Range
from legalaid_eval.indicators.processing_time import HEADLINE, LIMITS

ESTABLISHED = ("improved", "worsened")
TOLD = ("applied_decided", "decided_assigned")
"""Stages whose median is told on the front page."""


def times(rows: pd.DataFrame, place: str, _name: Callable[[str], Label]) -> Mapping[str, tuple[Message, ...]]:
    """How long it took, whether the law was kept, what reforms changed, and what of that is not established."""
    if rows.empty:
        return {}
    own = rows[rows["place"] == place]
    effects = [row for row in own.itertuples() if _answers(row)]
    return {
        "sayable": (*_medians(own), *_limits(own), *_changes(effects)),
        "unclear": (*_open_questions(effects), *_together(effects)),
        "limits": _many(effects),
        "missing": () if effects else (Message("summary.times.no_dates"),),
    }


def _answers(row: object) -> bool:
    """Whether a row is the answer on the headline outcome, not one of the numbers beside it."""
    return row.indicator == f"effect:{HEADLINE}" and row.group.endswith(f":{WHOLE}") and row.verdict in VERDICTS


def _kinds(row: object) -> tuple[Code, ...]:
    return reform_codes(row.group.split(":")[0].split("+"))


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
        if row.verdict in ESTABLISHED and not {ONLY_ALONE, ADDITIVE} & set(row.note.split()):
            yield Message(f"summary.times.{row.verdict}", _sizes(row))


def _sizes(row: object) -> dict[str, object]:
    ends = Range(row.ci_low, row.ci_high, row.unit, decimals_of(row.unit))
    return {"reforms": _kinds(row), "size": amount(abs(row.estimate), row.unit), "interval": ends}


def _open_questions(effects: list) -> tuple[Message, ...]:
    """What a reader might take for an effect, and must not."""
    alone = [row for row in effects if row.verdict in ESTABLISHED and ONLY_ALONE in row.note.split()]
    said = tuple(Message("summary.times.only_alone", {"reforms": _kinds(row)}) for row in alone)
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
    kinds = _kinds(row)
    return kinds[0] if len(kinds) == 1 else Message("summary.times.bundle", {"reforms": kinds})


def _together(effects: list) -> tuple[Message, ...]:
    kinds = tuple(code for row in effects if row.verdict == "cannot_be_told_apart" for code in _kinds(row))
    return (Message("summary.times.cannot_be_told_apart", {"reforms": kinds}),) if kinds else ()


def _many(effects: list) -> tuple[Message, ...]:
    n = sum(row.status == "ok" for row in effects)
    return (Message("summary.times.many", {"n": n}),) if n > 1 else ()


def _percent(value: float) -> Quantity:
    return Quantity(float(value), "percent", decimals=1)
