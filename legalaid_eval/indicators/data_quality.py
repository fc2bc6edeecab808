"""What a case must have filled, by stage and by how far it has come, and which shares doubtful rows could move."""

from legalaid_eval.cells.case_quality import Requirement

HANDLED = ("closed", "terminated")
DECIDED = (*HANDLED, "refused")

REQUIREMENTS = (
    *(Requirement("intake", name) for name in ("case_type", "matter", "channel", "source", "status", "town")),
    Requirement("intake", "means_test", way="applied"),
    Requirement("acceptance", "accepted_on", DECIDED, "applied"),
    Requirement("decision", "decided_on", DECIDED, "applied"),
    Requirement("decision", "decision", (*DECIDED, "withdrawn"), "applied"),
    Requirement("assignment", "assigned_on", HANDLED),
    Requirement("assignment", "handler_id", HANDLED),
    Requirement("closing", "closed_on", ("closed",)),
    Requirement("closing", "terminated_on", ("terminated",)),
    Requirement("filing", "archived_on", ("closed",), settled=True),
    Requirement("filing", "subsidy_cny", ("closed",), settled=True),
)
"""In the order of a case's stages. Columns that only some cases have, such as losses or exemptions, are not among them.

A withdrawn application need not have been accepted; an open case need not have its next stage yet.
"""

STAGES = tuple(dict.fromkeys(need.stage for need in REQUIREMENTS))
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
