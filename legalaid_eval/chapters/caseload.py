"""Chapter 'caseload': what came, why it changed, what is to come, and whether the target will be met."""

from legalaid_eval import results
from legalaid_eval.chapters import caseload_figures, caseload_prose, caseload_tables
from legalaid_eval.chapters.base import Params, save
from legalaid_eval.chapters.caseload_change import changes
from legalaid_eval.chapters.caseload_compare import COMPARED, compared
from legalaid_eval.chapters.caseload_explain import explained
from legalaid_eval.chapters.caseload_findings import told_of
from legalaid_eval.chapters.caseload_lanes import lanes_of
from legalaid_eval.chapters.caseload_outlook import outlook
from legalaid_eval.chapters.caseload_rows import NAME, row_list
from legalaid_eval.content import Chapter

__all__ = ["evaluate", "save"]


def evaluate(params: Params) -> Chapter:
    """Caseload of the report's place and period, why it changed, and the outlook; DataError if there is no store."""
    told = told_of(params)
    lanes, model, changed = lanes_of(told), explained(told), changes(told)
    beside = tuple(compared(told, group) for group in COMPARED)
    ahead = outlook(told)
    tables = (*caseload_tables.tables(told, lanes, model, changed, beside), *ahead.tables)
    figures = (*caseload_figures.figures(told, model, beside), *ahead.figures)
    prose = (
        caseload_prose.question(told),
        caseload_prose.narrative(told, lanes, model, changed, beside),
        caseload_prose.explanation(told, model),
        caseload_prose.reading(told),
        *ahead.prose,
    )
    return Chapter(
        NAME,
        results.make((*row_list(told, lanes, model, changed, beside), *ahead.rows)),
        {table.id: table for table in tables},
        {figure.id: figure for figure in figures},
        {text.id: text for text in prose},
    )
