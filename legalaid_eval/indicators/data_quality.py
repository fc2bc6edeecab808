"""What a case must have filled, by stage and by how far it has come, and which shares doubtful rows could move."""

from legalaid_eval.cells.case_quality import REQUIREMENTS, STAGES

__all__ = ["ANALYSES", "KEY_SHARES", "NEARLY_FULL", "ORDER_PAIRS", "REQUIREMENTS", "SENSITIVE", "STAGES"]

ORDER_PAIRS = (
    ("applied_on", "accepted_on"),
    ("applied_on", "decided_on"),
    ("accepted_on", "decided_on"),
    ("decided_on", "assigned_on"),
    ("assigned_on", "closed_on"),
    ("closed_on", "archived_on"),
)
"""Stages that follow one another. Aid may come before acceptance and decision, which the cells allow for."""

KEY_SHARES = {
    "decided_within_limit": "applied_decided",
    "closed_share": "closure",
    "satisfied_share": "satisfaction",
}
"""Shares whose worst-case bounds are shown, each with the account of rows it is taken from."""

NEARLY_FULL = 99.0
"""Percent filled from which a column counts as complete."""
SENSITIVE = 1.0
"""Percentage points between the worst cases from which a share must not be told without them."""

ANALYSES = {
    "caseload": ("arrival", "closure"),
    "processing_time": (
        "applied_decided",
        "applied_accepted",
        "accepted_decided",
        "applied_assigned",
        "decided_assigned",
        "notice_assigned",
        "assigned_closed",
        "closed_archived",
    ),
    "outreach": ("awareness", "attendance", "origin"),
    "quality_money": ("satisfaction", "payments"),
}
"""The chapters, and the accounts of rows each rests on."""
