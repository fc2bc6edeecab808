"""The published evidence of the project, and ways to change a copy of it for a test."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

from legalaid_eval import project, rules
from legalaid_eval.chapters.base import evidence_of
from legalaid_eval.evidence.claims import Scope, evaluate_claims
from legalaid_eval.evidence.figures import Evidence, Statement
from legalaid_eval.params import ReportParams

PROGRAMMES = ("horinger-2025", "changzhi-2023", "lanzhou-new-area-2023", "luqiao-2017", "dingyuan-2020")


@cache
def params(report_id: str) -> ReportParams:
    return ReportParams.read(project.resolve(f"params/{report_id}.yaml"))


@cache
def evidence() -> Evidence:
    return evidence_of(params("changzhi-2023"))


def scope(report_id: str) -> Scope:
    p = params(report_id)
    return Scope(p.place, tuple(p.parts), p.period_start, p.period_end)


def findings(report_id: str, found: Evidence | None = None):
    return evaluate_claims(found or evidence(), scope(report_id), rules.time_limits())


def statement(indicator: str, value: object, **changes: object) -> Statement:
    """A made-up statement of a made-up place; a test names what matters to it."""
    given = {
        "source_id": "made-up",
        "place": "Anywhere",
        "level": "county",
        "start": date(2023, 1, 1),
        "end": date(2023, 12, 31),
        "basis": "stated",
        "unit": "case",
        "qualifier": "exact",
        "group": "all",
        "locator": "L1",
        "note": None,
    }
    return Statement(indicator=indicator, value=Decimal(str(value)), **(given | changes))


def changed(found: Evidence, **changes: object) -> Evidence:
    return replace(found, **changes)
