"""Clocks: the time limits that run over a case, their last day, and whether they were kept."""

from legalaid_eval.clocks.limits import STEPS, Clock, second_clock, statutory_clocks, step_clocks
from legalaid_eval.clocks.outcomes import OUTCOMES, due_on, due_table, step_outcomes, within_limit

__all__ = [
    "OUTCOMES",
    "STEPS",
    "Clock",
    "due_on",
    "due_table",
    "second_clock",
    "statutory_clocks",
    "step_clocks",
    "step_outcomes",
    "within_limit",
]
