"""The tables of 'data quality'."""

import pandas as pd

from legalaid_eval.cells.quality_counts import ALL, MONTHLY
from legalaid_eval.chapters.quality_findings import (
    FULL,
    Told,
    completeness_of,
    exclusions,
    filled_share,
    order_of,
    shares,
)
from legalaid_eval.content import Code, Column, Message, Quantity, Range, Table
from legalaid_eval.indicators.data_quality import ORDER_PAIRS, REQUIREMENTS, STAGES

HIDDEN = Code("status", "suppressed")
NEARLY = 99.9


def tables(told: Told) -> tuple[Table, ...]:
    return (
        received_table(told),
        coverage_table(told),
        completeness_table(told),
        places_table(told),
        doubts_table(told),
        order_table(told),
        exclusions_table(told),
        bounds_table(told),
    )


def _table(name: str, told: Told, columns: str, lines: list[tuple[object, ...]], **more: object) -> Table:
    """Columns that start with n_ or share stand to the right."""
    heads = tuple(Column(key, "right" if key.startswith(("n_", "share")) else "left") for key in columns.split())
    facts = told.facts | {"n": len(lines)} | dict(more.pop("facts", {}))
    return Table(name, heads, tuple(lines), facts=facts, **more)


def _count(n: object, status: str = "ok") -> object:
    if status == "suppressed":
        return HIDDEN
    return None if n is None or pd.isna(n) else int(n)


def _percent(value: float | None, *, hidden: bool = False) -> object:
    return HIDDEN if hidden else None if value is None else Quantity(value, "percent", decimals=1)


def _filled(row: object) -> object:
    """A share filled; only what is complete prints as complete."""
    share = filled_share(row)
    if share is not None and NEARLY < share < FULL:
        share = NEARLY
    return _percent(share, hidden=getattr(row, "status", "") == "suppressed")


def _of(n: int, whole: int) -> Message:
    return Message("data_quality.of", {"n": n, "whole": whole})


def received_table(told: Told) -> Table:
    """Per table: rows, rows of the period, rows without a day, first and last day, units that reported."""
    lines, expected = [], len(told.expected)
    for row in told.counts.received.itertuples():
        table = Code("register_table", row.table)
        if not row.delivered:
            lines.append((table, Message("data_quality.absent"), *[None] * 5))
            continue
        days = [None if pd.isna(day) else day.date() for day in (row.first, row.last)]
        counts = [_count(row.n, row.status), _count(row.n_period, row.status_period)]
        if not any(isinstance(status, str) for status in (row.status, row.status_period)):
            continue  # its rows name no county, and the report is on some of them
        units = None if pd.isna(row.units) else _of(int(row.units), expected)
        lines.append((table, *counts, _count(row.n_undated, row.status_undated), *days, units))
    columns = "register_table n_rows n_in_period n_undated first_day last_day n_units"
    return _table("received", told, columns, lines)


def coverage_table(told: Told) -> Table:
    """Per unit and monthly table: months with rows of those covered, and the months without any."""
    covered = sum(told.days(month).start <= told.as_of for month in told.months)
    lines = []
    for code in told.counts.units["code"]:
        line: list[object] = [told.name(code)]
        for table in MONTHLY:
            silent = told.silent(table, code)
            months = tuple(told.days(month) for month in silent)
            line += [_of(told.reported(table, code), covered), months or None]
        lines.append(tuple(line))
    return _table("coverage", told, "unit n_months_cases silent_cases n_months_talks silent_talks", lines)


def completeness_table(told: Told) -> Table:
    """Per stage and column, of the whole place: values due, values missing, share filled."""
    found, lines = completeness_of(told), []
    for need in REQUIREMENTS:
        row = found.get((need.stage, need.column))
        if row is not None:
            hidden = row.status == "suppressed"
            counts = (_count(row.due, row.status), _count(None if hidden else row.due - row.filled, row.status))
            names = (Code("case_stage", need.stage), Code("register_column", need.column))
            lines.append((*names, *counts, _filled(row)))
    return _table("completeness_columns", told, "case_stage register_column n_due n_missing share_filled", lines)


def places_table(told: Told) -> Table:
    """Per unit: share filled of what each stage asks for."""
    lines = []
    for code in (*told.counts.units["code"], *(() if told.alone else (ALL,))):
        found = completeness_of(told, county=code, column=ALL)
        rows = [found.get((stage, ALL)) for stage in STAGES]
        if any(row is not None for row in rows):
            lines.append((told.name(code), *map(_filled, rows)))
    columns = " ".join(f"share_{stage}" for stage in STAGES)
    return _table("completeness_places", told, f"unit {columns}", lines, placement="appendix")


def doubts_table(told: Told) -> Table:
    """Per table and rule broken: what became of the values, and how many there are."""
    found = told.counts.issues
    found = found[found[["table", "severity", "rule"]].ne(ALL).all(axis=1)]
    lines = [
        (
            Code("register_table", row.table),
            Code("issue_rule", row.rule),
            Code("issue_severity", row.severity),
            _count(row.n, row.status),
        )
        for row in found.sort_values(["table", "severity", "rule"]).itertuples()
    ]
    return _table("doubts", told, "register_table issue_rule issue_severity n_issues", lines)


def order_table(told: Told) -> Table:
    """Per two stages that follow one another: cases with both days, and those with them the wrong way round."""
    lines = []
    for earlier, later in ORDER_PAIRS:
        row = order_of(told, earlier, later)
        if row is not None:
            hidden = row.status == "suppressed"
            share = None if hidden or not row.both else FULL * row.violated / row.both
            names = (Code("register_column", earlier), Code("register_column", later))
            counts = (_count(row.both, row.status), _count(row.violated, row.status))
            lines.append((*names, *counts, _percent(share, hidden=hidden)))
    return _table("stage_order", told, "earlier later n_both n_violated share_violated", lines)


def exclusions_table(told: Told) -> Table:
    """Per analysis: rows it considers, rows it cannot use and why."""
    lines = []
    for line in exclusions(told):
        hidden = line.n is None
        counts = (HIDDEN if hidden else line.n, HIDDEN if line.considered is None else line.considered)
        share = _percent(line.share, hidden=hidden or line.considered is None)
        names = (Code("chapters", line.analysis), Code("row_account", line.account))
        lines.append((*names, Code("exclusion_reason", line.reason), *counts, share))
    columns = "chapter row_account exclusion_reason n_excluded n_considered share_excluded"
    return _table("exclusions", told, columns, lines)


def bounds_table(told: Told) -> Table:
    """Per key share: what the rows used give, and what it could be if the others were all one way or the other."""
    lines = []
    for share in shares(told):
        counts = (HIDDEN, HIDDEN) if share.hidden else (share.used, share.excluded)
        ends = share.ends
        worst = HIDDEN if share.hidden else None if ends is None else Range(*ends, "percent", 1)
        width = None if ends is None else Quantity(ends[1] - ends[0], "percentage_point", decimals=1)
        name = Code("key_share", share.name)
        value = _percent(share.value, hidden=share.hidden)
        lines.append((name, counts[0], value, counts[1], worst, HIDDEN if share.hidden else width))
    columns = "key_share n_used share_known n_excluded share_bounds share_width"
    return _table("worst_case", told, columns, lines)
