"""The outlook of 'caseload': what is to come, whether the year's target will be met, what backlog and staff follow.

found = outlook(told)      # told: the chapter's findings, with `params` and `register`
"""

from dataclasses import dataclass

from legalaid_eval import results
from legalaid_eval.chapters import outlook_figures, outlook_prose, outlook_rows, outlook_tables
from legalaid_eval.chapters.outlook_findings import outlook_of
from legalaid_eval.chapters.outlook_shown import Told
from legalaid_eval.content import Figure, Prose, Table

__all__ = ["CaseloadOutlook", "outlook"]


@dataclass(frozen=True, eq=False, slots=True)
class CaseloadOutlook:
    """What the chapter takes over, in reading order."""

    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    prose: tuple[Prose, ...]
    rows: tuple[results.Row, ...]


def outlook(told: Told) -> CaseloadOutlook:
    """Forecast, nowcast and capacity of the report's place, up to `data_as_of`; DataError if there is no store.

    A register too short or too thin for a part says so in that part: nothing is dropped.
    """
    found = outlook_of(told)
    return CaseloadOutlook(
        outlook_tables.tables(found),
        outlook_figures.figures(found),
        outlook_prose.prose(found),
        outlook_rows.rows(found),
    )
