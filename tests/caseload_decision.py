"""For tests of caseload on stores of their own: the decision over what its chapter shows, not over all chapters."""

import pytest

from legalaid_eval.cells import caseload_counts, caseload_stock, disclosure

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
_AHEAD = {"cases received", "cases of other months", "handlers", "handlers by county", "taken on", "closed"}
_AHEAD |= {table.name for table in caseload_stock.TABLES}
OF_OUTLOOK = tuple(table for table in TABLES if table.name in _AHEAD)
LINKS = caseload_counts.LINKS


def decide_on_caseload_alone(patch: pytest.MonkeyPatch, *, outlook: bool = False) -> None:
    """Most of a decision on a small store goes into other chapters' queries; decisions are kept apart.

    outlook: only what is shown of the months to come and the stock.
    """
    patch.setattr(disclosure, "TABLES", OF_OUTLOOK if outlook else TABLES)
    patch.setattr(disclosure, "LINKS", LINKS)
    patch.setattr(disclosure, "_decided", {})
