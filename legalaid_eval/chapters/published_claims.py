"""Chapter 'published claims': what a programme's published figures can and cannot carry."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from legalaid_eval import results, rules
from legalaid_eval.chapters import claim_figures
from legalaid_eval.chapters.base import Params, evidence_of, save, scope_of
from legalaid_eval.content import Chapter, Code, Column, Label, Message, Period, Prose, Quantity, Table
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import ClaimResult, group_label, quantity, range_of, window
from legalaid_eval.evidence.claims import (
    Scope,
    check_comparison_sources,
    collapsed,
    evaluate_claims,
    own_statements,
    reference_statements,
)
from legalaid_eval.evidence.comparison import metric_values
from legalaid_eval.evidence.figures import Evidence, Statement
from legalaid_eval.evidence.relations import METRICS

NAME = "published_claims"
RELIABILITY = {"A": "high", "B": "moderate", "C": "low"}
"""Grades of the sources file: the body's own page, official media or a mirror, any other copy."""

__all__ = ["evaluate", "save"]


def evaluate(params: Params) -> Chapter:
    """Check every published figure and claim of the report's place; raises DataError if a file is refused."""
    evidence, scope = evidence_of(params), scope_of(params)
    own = own_statements(evidence, scope)
    found = evaluate_claims(evidence, scope, rules.time_limits())
    merged = collapsed(found)
    tables = (
        sources_table(own, evidence),
        ledger_table(own, evidence),
        verdict_table([r for r in merged if r.check not in ("claim", "comparison")], evidence),
        claims_table([r for r in merged if r.check == "claim"]),
        comparison_table(own, evidence, scope),
        comparison_sources_table(evidence, scope),
    )
    figures = (
        claim_figures.rate_intervals(merged, own),
        claim_figures.implied_targets(found, evidence),
        claim_figures.progress(found, evidence),
        claim_figures.county_panel(own, scope, evidence),
    )
    prose = (question(own, scope, evidence), narrative(merged, evidence), data_quality(own, scope, evidence))
    return Chapter(
        NAME,
        rows(params.report_id, own, found),
        {table.id: table for table in tables},
        {figure.id: figure for figure in figures},
        {text.id: text for text in prose},
    )


def question(own: Sequence[Statement], scope: Scope, evidence: Evidence) -> Prose:
    """What the chapter asks, and of how much material."""
    facts = {
        "place": evidence.name(scope.place),
        "period": Period(scope.start, scope.end),
        "figures": len(own),
        "sources": len({s.source_id for s in own}),
        "claims": sum(scope.covers(c.place, c.start, c.end) for c in evidence.claims),
    }
    return Prose("question", (Message("published_claims.question", facts), Message("published_claims.estimand", facts)))


def data_quality(own: Sequence[Statement], scope: Scope, evidence: Evidence) -> Prose:
    """How much of the material is hedged, undated or silent."""
    silent = [p for p in scope.parts if not any(s.place == p for s in own)]
    facts = {
        "figures": len(own),
        "hedged": sum(s.qualifier != "exact" for s in own),
        "inferred": sum(s.basis == "inferred" for s in own),
        "partly": sum(s.basis == "partly_stated" for s in own),
        "parts": len(scope.parts),
        "silent": tuple(evidence.name(p) for p in silent),
        "n_silent": len(silent),
    }
    return Prose("data_quality", (Message("published_claims.data_quality", facts),))


def narrative(found: Sequence[ClaimResult], evidence: Evidence) -> Prose:
    """The sentences of the graver verdicts, one for each finding."""
    grave = [r for r in found if r.verdict in ("contradicted", "not_reproducible", "ambiguous", "ceiling")]
    messages = [_headed(r, evidence) for r in grave if r.check != "claim"]
    return Prose("narrative", tuple(messages) or (Message("published_claims.nothing_grave"),), style="list")


def sources_table(own: Sequence[Statement], evidence: Evidence) -> Table:
    """The publications used, how far they can be trusted, and how many figures each gives."""
    columns = ("place", "publisher", "published", "reliability", "n_figures")
    lines = []
    for source_id in dict.fromkeys(s.source_id for s in own):
        source = evidence.sources[source_id]
        count = sum(s.source_id == source_id for s in own)
        reliability = Code("reliability", RELIABILITY[source.reliability[:1]]) if source.reliability else None
        lines.append((evidence.name(source.place), source.publisher, _day(source.published), reliability, count))
    return Table("sources", tuple(Column(c, "right" if c == "n_figures" else "left") for c in columns), tuple(lines))


def _day(text: str | None) -> date | str | None:
    """A full day is worded by the language; a source that gives only its year or month stays as it is."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return text


def ledger_table(own: Sequence[Statement], evidence: Evidence) -> Table:
    """Every figure as printed, with its place in the source and the values its hedge allows."""
    columns = ("place", "indicator", "group", "printed", "allows", "period", "locator")
    lines = tuple(
        (
            evidence.name(s.place),
            evidence.indicators[s.indicator].name,
            group_label(s.group),
            quantity(s),
            None if s.qualifier == "exact" else range_of(exact.hedge_bounds(s), s.unit, s.decimals),
            window(s),
            f"{s.source_id} {s.locator}",
        )
        for s in own
    )
    aligned = tuple(Column(c, "right" if c in ("printed", "allows") else "left") for c in columns)
    return Table("ledger", aligned, lines, placement="appendix", facts={"n": len(lines)})


def verdict_table(found: Sequence[ClaimResult], evidence: Evidence) -> Table:
    """One line for each finding: what was looked at, the verdict and the sentence."""
    lines = tuple(
        (r.facts["place"], indicator_label(r, evidence), Code("verdict", r.verdict), Message(r.message, r.facts))
        for r in found
    )
    columns = ("place", "indicator", "verdict", "finding")
    return Table("verdicts", tuple(Column(c) for c in columns), lines, facts={"n": len(lines)})


def claims_table(found: Sequence[ClaimResult]) -> Table:
    """Claims without a number: verdict, and the data that would make them evaluable."""
    lines = tuple(
        (r.facts["place"], r.facts["claim"], Code("verdict", r.verdict), r.facts["needed"], r.sources[0][1])
        for r in found
    )
    columns = ("place", "claim", "verdict", "needed", "locator")
    return Table("claims", tuple(Column(c) for c in columns), lines, facts={"n": len(lines)})


def comparison_table(own: Sequence[Statement], evidence: Evidence, scope: Scope) -> Table:
    """Each metric of every place that prints both of its parts: the report's own first, else as in the files."""
    others = reference_statements(evidence, scope)
    values = [v for part in (own, others) for v in metric_values(part, conf_level=scope.conf_level)]
    values.sort(key=lambda v: METRICS.index(v.metric))
    lines = tuple(
        (
            Code("metric", v.metric.name),
            evidence.name(v.place),
            Quantity(v.middle, v.metric.unit, decimals=v.metric.decimals),
            range_of(v.bounds, v.metric.unit, v.metric.decimals),
            quantity(v.top),
            quantity(v.bottom),
            window(v.top),
        )
        for v in values
    )
    columns = ("metric", "place", "value", "bounds", "numerator", "denominator", "period")
    aligned = tuple(
        Column(c, "right" if c in ("value", "bounds", "numerator", "denominator") else "left") for c in columns
    )
    return Table(
        "comparison",
        aligned,
        lines,
        placement="appendix",
        facts={"n": len(lines), "conf": Quantity(100 * scope.conf_level, "percent", decimals=0)},
    )


def comparison_sources_table(evidence: Evidence, scope: Scope) -> Table:
    """Comparison figures that contradict their own source, and are therefore left out of the comparison."""
    found = collapsed([r for r in check_comparison_sources(evidence) if r.place not in (scope.place, *scope.parts)])
    lines = tuple(
        (r.facts["place"], indicator_label(r, evidence), Code("verdict", r.verdict), Message(r.message, r.facts))
        for r in found
    )
    columns = tuple(Column(c) for c in ("place", "indicator", "verdict", "finding"))
    facts = {"n": len(lines), "figures": sum(s.place not in (scope.place, *scope.parts) for s in evidence.comparison)}
    return Table("comparison_sources", columns, lines, placement="appendix", facts=facts)


def indicator_label(found: ClaimResult, evidence: Evidence) -> Label | Code:
    """The indicator's name; a metric of the comparison is worded by the locale."""
    known = evidence.indicators.get(found.indicator)
    return known.name if known else Code("metric", found.indicator)


def _headed(found: ClaimResult, evidence: Evidence) -> Message:
    """The finding's sentence with the indicator and place it is about in front."""
    key = "claims.headed_indicator" if found.check in ("units", "windows") else "claims.headed"
    head = {"indicator": indicator_label(found, evidence), "place": found.facts["place"]}
    return Message(key, head | {"body": Message(found.message, found.facts)})


def rows(report_id: str, own: Sequence[Statement], found: Sequence[ClaimResult]) -> pd.DataFrame:
    """The printed figures and what the checks made of them, as results rows."""
    printed = _unique([_printed_row(report_id, s) for s in own])
    checked = [row for r in found for row in _checked_rows(report_id, r)]
    return results.make([*printed, *_unique(checked)])


def _unique(lines: Sequence[results.Row]) -> list[results.Row]:
    """Rows that share a key (a range is two figures) get a numbered method."""
    seen: dict[tuple[object, ...], int] = {}
    unique = []
    for row in lines:
        key = tuple(getattr(row, name) for name in results.KEY)
        seen[key] = seen.get(key, 0) + 1
        unique.append(row if seen[key] == 1 else replace(row, method=f"{row.method}:{seen[key]}"))
    return unique


def _printed_row(report_id: str, s: Statement) -> results.Row:
    bounds = exact.hedge_bounds(s)
    low = None if bounds.low is None else float(bounds.low)
    high = None if bounds.high is None else float(bounds.high)
    value = float(s.value)
    key = (report_id, NAME, s.indicator, s.place, s.start, s.end, s.group, "as_published")
    return results.Row(*key, value, low, high, None, None, s.unit, "published", "ok", "", value, s.qualifier)


def _checked_rows(report_id: str, r: ClaimResult) -> list[results.Row]:
    """One row for each finding; a rate without n gives one for each assumed n."""
    printed = None if r.printed is None else float(r.printed)
    status = results.STATUS_OF_VERDICT.get(r.verdict, "ok")
    key = (report_id, NAME, r.indicator, r.place, r.start, r.end, r.group)
    tail = (r.unit, "published", status, r.verdict, printed, r.message)
    scenarios = r.facts.get("scenarios")
    if scenarios:
        return [
            results.Row(*key, f"{r.check}:n={n}", None, low, high, r.conf_level, n, *tail) for n, low, high in scenarios
        ]
    return [results.Row(*key, r.check, r.computed, r.low, r.high, r.conf_level, r.n, *tail)]
