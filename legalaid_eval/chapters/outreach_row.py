"""A results row of 'outreach': what all of them share, the report, the period, the place and the evidence."""

from datetime import date

from legalaid_eval import results
from legalaid_eval.chapters.base import row_numbers
from legalaid_eval.chapters.outreach_findings import NAME, Told
from legalaid_eval.estimators.base import Estimate

Numbers = tuple[float | None, float | None, float | None, float | None]


def results_row(
    told: Told,
    indicator: str,
    group: str,
    method: str,
    unit: str,
    found: Estimate | float | Numbers | None = None,
    *,
    place: str = "",
    days: tuple[date, date] | None = None,
    n: int | None = None,
    status: str = "ok",
    verdict: str = "",
    printed: float | None = None,
    note: str = "",
) -> results.Row:
    """`found`: an estimate, a plain number, or estimate, ends and level as they shall stand. `place`: a key, the
    report's own if empty; `days`: the report's period if None."""
    params = told.params
    numbers = found if isinstance(found, tuple) else row_numbers(found)
    key = (params.report_id, NAME, indicator, place or params.place)
    period = days or (params.period_start, params.period_end)
    evidence = told.seen.meta.evidence
    return results.Row(*key, *period, group, method, *numbers, n, unit, evidence, status, verdict, printed, note)
