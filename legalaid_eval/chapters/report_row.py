"""A results row of a chapter on a register: what all of them share, the report, the evidence, the place, the period."""

from dataclasses import dataclass
from datetime import date

from legalaid_eval import results
from legalaid_eval.chapters.base import Params, row_numbers
from legalaid_eval.estimators.base import Estimate

Numbers = tuple[float | None, float | None, float | None, float | None]
Days = tuple[date, date]


@dataclass(frozen=True, eq=False, slots=True)
class RowMaker:
    """Makes rows of one chapter and report; `days` is the period where a row names none, the report's if None."""

    params: Params
    chapter: str
    evidence: str
    days: Days | None = None

    def row(
        self,
        indicator: str,
        group: str,
        method: str,
        unit: str,
        found: Estimate | float | Numbers | None = None,
        *,
        place: str = "",
        days: Days | None = None,
        n: int | None = None,
        status: str = "ok",
        verdict: str = "",
        printed: float | None = None,
        note: str = "",
    ) -> results.Row:
        """`found`: an estimate, a plain number, or estimate, ends and level as they shall stand. `place`: a key, the
        report's own if empty."""
        params = self.params
        numbers = found if isinstance(found, tuple) else row_numbers(found)
        period = days or self.days or (params.period_start, params.period_end)
        key = (params.report_id, self.chapter, indicator, place or params.place, *period, group, method)
        return results.Row(*key, *numbers, n, unit, self.evidence, status, verdict, printed, note)
