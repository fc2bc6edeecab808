"""Chapter 'summary': what can be said, how sure, and what is missing. Reads the other chapters' rows."""

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from legalaid_eval import results, rules
from legalaid_eval.chapters.base import Params, evidence_of, save, saved_rows, scope_of
from legalaid_eval.chapters.front_page import SECTIONS, findings, section
from legalaid_eval.content import Chapter, Code, Column, Message, Period, Prose, Quantity, Table
from legalaid_eval.evidence.claim import VERDICTS
from legalaid_eval.evidence.figures import Evidence

NAME = "summary"
READS = ("published_claims",)
"""Chapters whose rows the summary reads, in the order of the report."""

NOT_EVALUABLE = {
    "data_quality": ("case_register",),
    "caseload": ("case_register", "target_value"),
    "processing_time": ("case_dates", "reform_date"),
    "outreach": ("survey_waves", "question_wording", "attendance"),
    "quality_money": ("peer_review_sample", "callback_log", "unit_costs"),
    "mechanisms": ("case_register", "comparison_group"),
}
"""Chapters that need a register, and the least that each of them needs."""

__all__ = ["evaluate", "save"]


def evaluate(params: Params) -> Chapter:
    """Gather the rows of the other chapters; a chapter that has not run is listed as absent."""
    evidence = evidence_of(params)
    saved = {name: saved_rows(name, params) for name in READS}
    frames = [frame for frame in saved.values() if frame is not None]
    rows = results.combine(frames)
    absent = [name for name, frame in saved.items() if frame is None]
    prose = [
        lead(rows, params, evidence),
        missing_chapters_prose(absent),
        next_step(rows, params, evidence),
        methods(params),
    ]
    prose += [section(name, rows, params.place, evidence) for name in SECTIONS]
    tables = (verdict_counts(rows), not_evaluable_table(), definitions_table(rows, evidence), glossary_table())
    return Chapter(
        NAME,
        summary_rows(rows, params),
        {table.id: table for table in tables},
        {},
        {text.id: text for text in prose},
    )


def lead(rows: pd.DataFrame, params: Params, evidence: Evidence) -> Prose:
    """The first sentences of the report: how much was looked at and what came of it."""
    counts = Counter(rows["verdict"]) if len(rows) else Counter()
    facts = {
        "place": evidence.name(params.place),
        "period": Period(params.period_start, params.period_end),
        "data_as_of": params.data_as_of,
        "figures": int((rows["method"].str.split(":").str[0] == "as_published").sum()) if len(rows) else 0,
        "claims": int((rows["method"] == "claim").sum()) if len(rows) else 0,
        "checks": _n_checks(rows),
        "wrong": counts["contradicted"] + counts["not_reproducible"],
        "unclear": counts["ambiguous"],
        "parts": len(params.parts),
    }
    keys = ("summary.lead", "summary.verdict") if len(rows) else ("summary.nothing",)
    return Prose("lead", tuple(Message(key, facts) for key in keys), placement="front")


def _n_checks(rows: pd.DataFrame) -> int:
    return len(findings(rows)) if len(rows) else 0


def verdict_counts(rows: pd.DataFrame) -> Table:
    """How many findings have each verdict, gravest first, and what the verdict means."""
    found = findings(rows) if len(rows) else rows
    counts = Counter(found["verdict"]) if len(rows) else Counter()
    lines = tuple(
        (Code("verdict", v), counts[v], Message(f"summary.verdict_meaning.{v}")) for v in VERDICTS if counts[v]
    )
    columns = (Column("verdict"), Column("n_findings", "right"), Column("meaning"))
    return Table("verdict_counts", columns, lines)


def missing_chapters_prose(absent: Sequence[str]) -> Prose:
    """Which chapters have not run, so that nothing is missing in silence."""
    if not absent:
        return Prose("absent", (Message("summary.all_ran"),))
    facts = {"chapters": tuple(Code("chapters", name) for name in absent)}
    return Prose("absent", (Message("summary.absent", facts),), placement="front")


def next_step(rows: pd.DataFrame, params: Params, evidence: Evidence) -> Prose:
    """The data asked for most often by the claims that could not be evaluated."""
    scope = scope_of(params)
    claims = [c for c in evidence.claims if scope.covers(c.place, c.start, c.end)]
    wanted = Counter(code for claim in claims for code in claim.needed)
    top = sorted(wanted, key=lambda code: (-wanted[code], code))[:4]
    if not top or not len(rows):
        return Prose("next_step", (Message("summary.next_step_register"),), placement="front")
    facts = {
        "claims": len(claims),
        "needed": tuple(Message("summary.needed_count", {"what": Code("needed", c), "n": wanted[c]}) for c in top),
    }
    return Prose("next_step", (Message("summary.next_step", facts),), placement="front")


def not_evaluable_table() -> Table:
    """Chapters that published figures cannot fill, the question each would answer, and the records it needs."""
    lines = tuple(
        (
            Code("chapters", name),
            Message(f"summary.chapter_question.{name}"),
            tuple(Code("needed", code) for code in needed),
        )
        for name, needed in NOT_EVALUABLE.items()
    )
    columns = tuple(Column(c) for c in ("chapter", "question", "needed"))
    return Table("not_evaluable", columns, lines)


def definitions_table(rows: pd.DataFrame, evidence: Evidence) -> Table:
    """Definition, pitfall and international analogue of every indicator the report shows."""
    catalogue = rules.catalogue()
    shown = set(rows["indicator"]) if len(rows) else set()
    lines = []
    for key, indicator in evidence.indicators.items():
        if key in shown:
            entry = catalogue.get(indicator.catalogue_id or "")
            told = (entry.pitfall, entry.analogue) if entry else (None, None)
            lines.append((indicator.name, indicator.definition, *told))
    columns = tuple(Column(c) for c in ("indicator", "definition", "pitfall", "analogue"))
    return Table("definitions", columns, tuple(lines), placement="appendix")


GLOSSARY = (
    "person_time case_accepted closure_rate clearance_ratio awareness_rate satisfaction_rate target_completion "
    "hedge rounding truncation interval sample_size baseline counterfactual register means_check special_groups"
).split()


def glossary_table() -> Table:
    """Terms of the report, in plain words."""
    lines = tuple(
        (Message(f"summary.glossary.{term}.term"), Message(f"summary.glossary.{term}.text")) for term in GLOSSARY
    )
    return Table("glossary", (Column("term"), Column("meaning")), lines, placement="appendix")


METHODS = (
    "printed",
    "ratios",
    "sums",
    "levels",
    "targets",
    "progress",
    "rates",
    "ceiling",
    "comparison",
    "claims",
    "intervals",
)


def methods(params: Params) -> Prose:
    """How each check works and under which convention."""
    facts: Mapping[str, object] = {
        "conf": Quantity(100 * params.conf_level, "percent", decimals=0),
        "sizes": tuple(params.assumed_n),
    }
    messages = tuple(Message(f"summary.methods.{name}", facts) for name in METHODS)
    return Prose("methods", messages, style="list", placement="appendix")


def summary_rows(rows: pd.DataFrame, params: Params) -> pd.DataFrame:
    """One row per verdict: how many findings have it."""
    found = findings(rows) if len(rows) else rows
    counts = Counter(found["verdict"]) if len(rows) else Counter()
    key = (params.report_id, NAME, "findings", params.place, params.period_start, params.period_end)
    return results.make(
        results.Row(
            *key, v, "count", float(counts[v]), None, None, None, None, "count", "published", "ok", "", None, ""
        )
        for v in VERDICTS
        if counts[v]
    )
