"""Caseload as cells: what came in, what left, through which channel, and what was asked."""

from collections.abc import Sequence

import ibis
import pandas as pd

from legalaid_eval.cells.base import CASE_KEYS, Sums, grouped, month_key, picked
from legalaid_eval.cells.stages import WITHDRAWN
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

EVENTS = (
    "came_on",
    "applied_on",
    "notice_on",
    "accepted_on",
    "decided_on",
    "assigned_on",
    "closed_on",
    "terminated_on",
    "archived_on",
)
"""Days by which cases are counted; came_on is the application, or else the notice."""
CONSULTATION_KEYS = ("town", "channel", "matter", "knew_from")


def flow_cells(store: Store, event: str = "came_on", *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, month, *by, n, n_recipients, recipients` of every case by the month of one event.

    The month is missing for cases that have not had the event. `recipients` adds the persons aided, `n_recipients`
    counts the cases where their number is known.
    """
    cases = store.table("cases")
    keys = {"county": cases.county, "month": _month(cases, event), **picked(cases, by, CASE_KEYS)}
    return grouped(cases, keys, Sums(amounts={"recipients": cases.recipients}))


def group_flow_cells(store: Store, event: str = "came_on", *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Overlapping-group cells `county, month, *by, recipient_group, n, ...` of cases; never to be added up."""
    cases = store.table("cases")
    keys = {"county": cases.county, "month": _month(cases, event), **picked(cases, by, CASE_KEYS)}
    return grouped(cases, keys, Sums(amounts={"recipients": cases.recipients}), overlapping=True)


def stock_cells(store: Store, *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, *by, accepted_month, end, end_month, n` of every case: stock, flow and cohorts.

    `end` is closed, terminated, refused, withdrawn or open; its month is missing while open and where the day is not
    recorded. Pending at the end of a month are the cases accepted by then whose end is later or open.
    """
    cases = store.table("cases")
    withdrawn, refused = cases.decision.isin(WITHDRAWN), cases.decision == "refused"
    end = ibis.cases(
        (cases.closed_on.notnull(), "closed"),
        (cases.terminated_on.notnull(), "terminated"),
        (withdrawn & cases.decided_on.notnull(), "withdrawn"),
        (refused & cases.decided_on.notnull(), "refused"),
        else_=cases.status,
    )
    decided = ibis.ifelse(withdrawn | refused, cases.decided_on, ibis.null("date"))
    keys = {
        "county": cases.county,
        **picked(cases, by, CASE_KEYS),
        "accepted_month": month_key(cases.accepted_on),
        "end": end,
        "end_month": month_key(cases.closed_on.coalesce(cases.terminated_on, decided)),
    }
    return grouped(cases, keys)


def access_cells(
    store: Store, *, by: Sequence[str] = ("channel", "means_test", "commitment", "priority")
) -> pd.DataFrame:
    """Partition cells `county, month, *by, single_visit, n` of every case, by month it came in.

    `single_visit`: whether at most one visit was needed.
    """
    cases = store.table("cases")
    keys = {"county": cases.county, "month": _month(cases, "came_on"), **picked(cases, by, CASE_KEYS)}
    return grouped(cases, keys | {"single_visit": cases.visits <= 1})


def handler_cells(store: Store) -> pd.DataFrame:
    """Cells `county, month, n, n_handlers` by month of assignment: cases, and how many different handlers they had.

    Handlers of several cells must not be added: the same person works in many months.
    """
    cases = store.table("cases")
    keys = {"county": cases.county, "month": month_key(cases.assigned_on)}
    return grouped(cases, keys, Sums(distinct={"handlers": cases.handler_id}))


def consultation_cells(store: Store, *, by: Sequence[str] = ("channel",)) -> pd.DataFrame:
    """Partition cells `county, month, unit, *by, n, n_quantity, quantity`; quantities of two units are never added."""
    return _consultations(store, by)


def consultation_group_cells(store: Store, *, by: Sequence[str] = ()) -> pd.DataFrame:
    """Overlapping-group cells of consultations, with the key `recipient_group`; never to be added up."""
    return _consultations(store, by, overlapping=True)


def duty_cells(store: Store) -> pd.DataFrame:
    """Partition cells `county, station, month, attended, n, n_minutes, minutes` of shifts on the duty roster."""
    shifts = store.table("duty_roster")
    keys = {
        "county": shifts.county,
        "station": shifts.station,
        "month": month_key(shifts.duty_on),
        "attended": shifts.attended,
    }
    return grouped(shifts, keys, Sums(amounts={"minutes": (shifts.hours * 60).round().cast("int64")}))


def _consultations(store: Store, by: Sequence[str], *, overlapping: bool = False) -> pd.DataFrame:
    asked = store.table("consultations")
    keys = {"county": asked.county, "month": month_key(asked.consulted_on), "unit": asked.unit}
    keys |= picked(asked, by, CONSULTATION_KEYS)
    return grouped(asked, keys, Sums(amounts={"quantity": asked.quantity}), overlapping=overlapping)


def _month(cases: "ibis.expr.types.Table", event: str) -> "ibis.expr.types.IntegerValue":
    if event not in EVENTS:
        raise UsageError(f"found the event '{event}'; expected one of {', '.join(EVENTS)}")
    return month_key(cases.applied_on.coalesce(cases.notice_on) if event == "came_on" else cases[event])
