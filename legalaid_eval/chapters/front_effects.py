"""What the front page makes of a results row that says what a reform changed, whatever the outcome."""

from legalaid_eval.chapters.effect_prose import amount, decimals_of, reform_codes
from legalaid_eval.chapters.effect_rows import ONLY_ALONE, WHOLE
from legalaid_eval.chapters.reform_results import VERDICTS
from legalaid_eval.chapters.reform_verdict import ADDITIVE
from legalaid_eval.content import Code, Range

ESTABLISHED = ("improved", "worsened")
WITHOUT_SIZE = (ADDITIVE, ONLY_ALONE)
"""Notes of answers whose size is not told: intervals that take effects to add up do not hold, and one of many answers
may be established by chance."""


def is_answer(row: object) -> bool:
    """Whether a row is the answer on an outcome, not one of the numbers beside it."""
    return row.indicator.startswith("effect:") and row.group.endswith(f":{WHOLE}") and row.verdict in VERDICTS


def kinds(row: object) -> tuple[Code, ...]:
    """The reform of an answer, or those that were evaluated as one."""
    return reform_codes(row.group.split(":")[0].split("+"))


def sizes(row: object) -> dict[str, object]:
    """Facts of an answer: the reforms, how large the change is, and its interval."""
    ends = Range(row.ci_low, row.ci_high, row.unit, decimals_of(row.unit))
    return {"reforms": kinds(row), "size": amount(abs(row.estimate), row.unit), "interval": ends}


def has_size(row: object) -> bool:
    """Whether an answer is established so far that its size may be told."""
    return row.verdict in ESTABLISHED and not set(WITHOUT_SIZE) & set(row.note.split())
