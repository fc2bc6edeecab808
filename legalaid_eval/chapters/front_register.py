"""The front page of a report on a register: sentences from the rows that its chapters saved.

A chapter gives its sentences by part of the front page (`front_page.SECTIONS`, and `missing`); a new one adds its
function to CHAPTERS.
"""

from collections.abc import Callable, Mapping

import pandas as pd

from legalaid_eval.chapters.front_caseload import caseload
from legalaid_eval.chapters.front_outreach import outreach
from legalaid_eval.chapters.front_times import times
from legalaid_eval.content import Code, Label, Message, Quantity, Range
from legalaid_eval.indicators.data_quality import KEY_SHARES, NEARLY_FULL, SENSITIVE

Naming = Callable[[str], Label]
Sentences = Mapping[str, tuple[Message, ...]]

NAMED = 3
"""Up to so many columns or reasons are named in a sentence."""


def sentences(rows: pd.DataFrame, place: str, name: Naming) -> Sentences:
    """What the rows of a register's chapters say, by part of the front page."""
    told = [speak(rows[rows["chapter"] == chapter], place, name) for chapter, speak in CHAPTERS.items()]
    parts = dict.fromkeys(part for each in told for part in each)
    return {part: tuple(message for each in told for message in each.get(part, ())) for part in parts}


def quality(rows: pd.DataFrame, place: str, name: Naming) -> Sentences:
    """Whether the records can be trusted, and where not."""
    if rows.empty:
        return {}
    shares = [row for row in rows.itertuples() if row.indicator in KEY_SHARES and row.status == "ok"]
    moved = [row for row in shares if row.ci_high - row.ci_low >= SENSITIVE]
    firm = [row for row in shares if row.ci_high - row.ci_low < SENSITIVE]
    return {
        "wrong": (*_impossible(rows), *_disorder(rows[rows["place"] == place])),
        "unclear": tuple(_moved(row) for row in moved),
        "sayable": _firm(firm),
        "limits": (*_silent(rows, name), *_left_out(rows), *_hidden(rows)),
        "missing": _gaps(rows, place),
    }


CHAPTERS: Mapping[str, Callable[[pd.DataFrame, str, Naming], Sentences]] = {
    "data_quality": quality,
    "caseload": caseload,
    "processing_time": times,
    "outreach": outreach,
}


def came_in(rows: pd.DataFrame, place: str) -> Mapping[str, object]:
    """Facts for the first sentences: cases of the period (None: none or hidden), units, columns as good as complete."""
    cases = _only(rows, indicator="records", method="in_period", group="cases")
    units = _only(rows, indicator="units", method="reporting", group="cases")
    filled = _columns(rows, place)
    return {
        "known": len(filled),
        "full": sum(share >= NEARLY_FULL for share, _ in filled),
        "from": _percent(NEARLY_FULL, 0),
        "cases": None if cases is None or cases.estimate is None else int(cases.estimate),
        "hidden": cases is not None and cases.status == "suppressed",
        "units": 0 if units is None else int(units.estimate),
        "expected": 0 if units is None else int(units.n),
    }


def _only(rows: pd.DataFrame, **wanted: str) -> object | None:
    for column, value in wanted.items():
        rows = rows[rows[column] == value]
    return next(rows.itertuples(), None)


def _impossible(rows: pd.DataFrame) -> tuple[Message, ...]:
    """Values refused and values in doubt, by the rule they break."""
    issues = rows[rows["indicator"] == "issues"]
    said = []
    for severity in ("error", "doubt"):
        found = issues[issues["method"] == severity]
        shown = found[found["status"] == "ok"].sort_values("estimate", ascending=False, kind="stable")
        named = tuple(
            Message("summary.register.rule", {"rule": Code("issue_rule", row.note), "n": int(row.estimate)})
            for row in shown.itertuples()
        )
        if len(found):
            facts = {"rules": named[:NAMED], "more": max(0, len(named) - NAMED), "hidden": len(found) - len(shown)}
            said.append(Message(f"summary.register.{severity}", facts))
    return tuple(said)


def _disorder(rows: pd.DataFrame) -> tuple[Message, ...]:
    found = rows[(rows["indicator"] == "stage_order_violated") & (rows["status"] == "ok")]
    named = []
    for row in found.itertuples():
        if row.estimate:
            earlier, later = (Code("register_column", column) for column in row.group.split(":"))
            facts = {"earlier": earlier, "later": later, "share": _percent(row.estimate), "n": int(row.n)}
            named.append(Message("summary.register.order", facts))
    return (Message("summary.register.disorder", {"pairs": tuple(named)}),) if named else ()


def _columns(rows: pd.DataFrame, place: str) -> list[tuple[float, str]]:
    """Share filled and column, of the whole place, least filled first."""
    found = rows[(rows["indicator"] == "completeness") & (rows["place"] == place) & (rows["status"] == "ok")]
    found = found[~found["group"].str.startswith("stage:") & found["estimate"].notna()]
    return sorted(zip(found["estimate"], found["group"], strict=True))


def _gaps(rows: pd.DataFrame, place: str) -> tuple[Message, ...]:
    """The columns that should be completed first."""
    poor = [(share, column) for share, column in _columns(rows, place) if share < NEARLY_FULL]
    named = tuple(
        Message("data_quality.column", {"column": Code("register_column", column), "share": _percent(share)})
        for share, column in poor[:NAMED]
    )
    facts = {"columns": named, "more": len(poor) - len(named)}
    return (Message("summary.register.gaps", facts),) if poor else ()


def _firm(shares: list) -> tuple[Message, ...]:
    facts = {
        "shares": tuple(
            Message("summary.register.share", {"share": Code("key_share", row.indicator), **_value(row)})
            for row in shares
            if row.estimate is not None
        ),
        "limit": Quantity(SENSITIVE, "percentage_point", decimals=0),
    }
    return (Message("summary.register.firm", facts),) if facts["shares"] else ()


def _value(row: object) -> dict[str, object]:
    return {"value": _percent(row.estimate), "n": int(row.n)}


def _moved(row: object) -> Message:
    facts = {"share": Code("key_share", row.indicator), "ends": Range(row.ci_low, row.ci_high, "percent", 1)}
    return Message("summary.register.moved", facts | {"value": _percent(row.estimate) if row.n else None})


def _silent(rows: pd.DataFrame, name: Naming) -> tuple[Message, ...]:
    found = rows[(rows["note"] == "nothing_reported") & (rows["group"] == "cases")]
    places = tuple(name(place) for place in dict.fromkeys(found["place"]))
    return (Message("summary.register.silent", {"gaps": len(found), "places": places}),) if len(found) else ()


def _left_out(rows: pd.DataFrame) -> tuple[Message, ...]:
    """The reasons that cost an analysis the largest part of its rows."""
    found = rows[(rows["indicator"] == "rows_excluded") & (rows["status"] == "ok") & rows["estimate"].gt(0)]
    found = found.assign(share=100 * found["estimate"].astype(float) / found["n"].astype(float))
    named = []
    for row in found.sort_values("share", ascending=False, kind="stable")[:NAMED].itertuples():
        _, account, reason = row.group.split(":")
        facts = {"account": Code("row_account", account), "reason": Code("exclusion_reason", reason)}
        named.append(Message("data_quality.costly", facts | {"share": _percent(row.share), "n": int(row.estimate)}))
    return (Message("summary.register.left_out", {"reasons": tuple(named)}),) if named else ()


def _hidden(rows: pd.DataFrame) -> tuple[Message, ...]:
    n = int((rows["status"] == "suppressed").sum())
    return (Message("summary.register.hidden", {"n": n}),) if n else ()


def _percent(value: float, decimals: int = 1) -> Quantity:
    return Quantity(float(value), "percent", decimals=decimals)
