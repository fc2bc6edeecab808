"""Processing time as it is, without a claim why: the findings, rows, tables and pictures of TM01 to TM09.

told = told_of(params)
rows, found, pictures, text = row_list(told), tables(told), figures(told), prose(told)
"""

from legalaid_eval.chapters.processing_figures import by_place, limit_compliance, survival_curves
from legalaid_eval.chapters.processing_findings import Told, told_of
from legalaid_eval.chapters.processing_rows import row_list
from legalaid_eval.chapters.processing_tables import tables
from legalaid_eval.content import Figure, Message, Prose

__all__ = ["Told", "by_place", "figures", "prose", "row_list", "tables", "told_of"]


def figures(told: Told) -> tuple[Figure, ...]:
    return survival_curves(told), limit_compliance(told)


def prose(told: Told) -> Prose:
    """How to read the description: dates without hours, open cases, rules, what is hidden."""
    keys = ("dates", "open", "law", "interval", "quantiles", "year_before")
    messages = tuple(Message(f"processing_time.reading.{key}", told.facts) for key in keys)
    return Prose("processing_reading", messages, style="list")
