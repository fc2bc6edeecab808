"""For tests of caseload on stores of their own: the decision over what its chapter shows, not over all chapters."""

import pytest

from legalaid_eval.cells import caseload_counts, disclosure

OF_OTHERS = (
    "cases received",
    "consultations received",
    "cases.applied",
    "cases.notified",
    "closure",
    "taken on",
    "closed",
)
"""Tables of other chapters that this one shows too."""
_OWN = {table.name for table in caseload_counts.TABLES}
TABLES = tuple(table for table in disclosure.TABLES if table.name in _OWN | {*OF_OTHERS})
LINKS = caseload_counts.LINKS


def decide_on_caseload_alone(patch: pytest.MonkeyPatch) -> None:
    """Most of a decision on a small store goes into other chapters' queries; decisions are kept apart."""
    patch.setattr(disclosure, "TABLES", TABLES)
    patch.setattr(disclosure, "LINKS", LINKS)
    patch.setattr(disclosure, "_decided", {})
