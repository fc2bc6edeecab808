"""What the chapter on caseload counts of a period, as cells: each event by its own day, never one for another.

Accepted, decided, assigned and closed are four sets of cases. A case taken on is an application accepted in the period
or a notice that came in it; what the two have in common is that the centre has the case from then on.
"""

from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.base import Sums, day_number, grouped, month_key
from legalaid_eval.cells.count_tables import Window, came_on
from legalaid_eval.cells.stages import WITHDRAWN
from legalaid_eval.schemas.register_codes import RECIPIENT_GROUP

if TYPE_CHECKING:
    import ibis.expr.types as ir

YES, NO, UNKNOWN = "yes", "no", "unknown"
APPLIED, NOTIFIED = "applied", "notified"
ONLINE = ("web", "miniprogram")
"""Channels an applicant uses alone: a terminal stands at a station, a hotline is answered by somebody."""
ARTICLES = {"LL-32": "article_32", "LL-42": "article_42"}
"""Legal Aid Law: by article 32 no economic condition is asked, by article 42 there is one that is not checked."""
EXEMPT = ("article_32", "article_42", "local_rule", "waived", "not_required")
"""waived, not_required: by the outcome of the check, where the rule is not recorded."""
PAPERS = ("completed", "waiting", "ended_without")
UNRECORDED, SEVERAL, SINGLE = "not_recorded", "several", "single"


def entered_on(cases: "ir.Table") -> "ir.DateValue":
    """The day from which the centre has a case: the acceptance or, of a notified one, the notice."""
    return ibis.coalesce(cases.accepted_on, cases.notice_on)


def way(cases: "ir.Table") -> "ir.StringValue":
    return ibis.ifelse(cases.notice_on.notnull(), NOTIFIED, APPLIED)


def came_cells(window: Window) -> pd.DataFrame:
    """Cells `county, way, criminal, online, priority, n, n_recipients, recipients` of the cases that came in."""

    def make() -> pd.DataFrame:
        cases = window.table("cases")
        keys = {
            "county": cases.county,
            "way": way(cases),
            "criminal": _criminal(cases),
            "online": _online(cases.channel),
            "priority": _flag(cases.priority),
        }
        return grouped(cases, keys, Sums(amounts={"recipients": cases.recipients}))

    return window.once("caseload came", make)


def kind_cells(window: Window) -> pd.DataFrame:
    """Cells `way, case_type, criminal, channel, online, defence, duty_lawyer, n, GROUP...` of the whole store.

    Each recipient group counts the cases it is named in; groups overlap. defence: whether a criminal case has got
    a handler.
    """

    def make() -> pd.DataFrame:
        cases = window.table("cases")
        keys = {
            "way": way(cases),
            "case_type": cases.case_type,
            "criminal": _criminal(cases),
            "channel": cases.channel,
            "online": _online(cases.channel),
            "defence": _defence(cases),
            "duty_lawyer": _is(cases.service_form == "duty_lawyer_help"),
        }
        named = {group: _named(cases.recipient_groups, group) for group in RECIPIENT_GROUP}
        named["none_named"] = (cases.recipient_groups.fill_null("") == "").cast("int64")
        return grouped(cases, keys, Sums(amounts=named))

    return window.once("caseload kinds", make)


def taken_cells(window: Window) -> pd.DataFrame:
    """Cells `county, way, commitment, papers, n` of the cases taken on in the period.

    papers, of accepted applications with a commitment: completed, waiting, or ended_without where the case has left
    without the day on which the papers promised were completed.
    """

    def make() -> pd.DataFrame:
        cases = window.store.table("cases")
        cases = cases.filter(entered_on(cases).between(window.start, window.end))
        applied = cases.notice_on.isnull()
        papers = ibis.cases(
            (~(applied & cases.commitment.fill_null(False)), ibis.null("string")),
            (cases.papers_completed_on.notnull(), "completed"),
            ((cases.status == "open").fill_null(False), "waiting"),
            else_="ended_without",
        )
        commitment = ibis.ifelse(applied, _flag(cases.commitment), NOTIFIED)
        return grouped(cases, {"county": cases.county, "way": way(cases), "commitment": commitment, "papers": papers})

    return window.once("caseload taken", make)


def decided_cells(window: Window) -> pd.DataFrame:
    """Cells `county, decision, exemption, n` of applications decided in the period; exemption of granted ones."""

    def make() -> pd.DataFrame:
        cases = window.store.table("cases")
        cases = cases.filter(cases.notice_on.isnull() & cases.decided_on.between(window.start, window.end))
        granted = (cases.decision == "granted").fill_null(False)
        rule = cases.exemption_rule.nullif("")
        exemption = ibis.cases(
            (~granted, ibis.null("string")),
            *((rule == name, article) for name, article in ARTICLES.items()),
            (rule.notnull(), "local_rule"),
            else_=cases.means_test,
        )
        return grouped(cases, {"county": cases.county, "decision": cases.decision, "exemption": exemption})

    return window.once("caseload decided", make)


def closed_cells(window: Window) -> pd.DataFrame:
    """Cells `county, visits, n` of cases closed in the period: single, several, not_recorded; or notified."""

    def make() -> pd.DataFrame:
        cases = window.store.table("cases")
        cases = cases.filter(cases.closed_on.between(window.start, window.end))
        visits = ibis.cases(
            (cases.notice_on.notnull(), NOTIFIED),
            (cases.visits.isnull(), UNRECORDED),
            (cases.visits <= 1, SINGLE),
            else_=SEVERAL,
        )
        return grouped(cases, {"county": cases.county, "visits": visits})

    return window.once("caseload closed", make)


def assigned_cells(window: Window, *keys: str) -> pd.DataFrame:
    """Cells `*keys, n, n_known, n_handlers` of cases assigned in the period: all, those whose handler is recorded, and
    how many different handlers these had. Handlers of two cells must not be added: one may be in both.
    """

    def make() -> pd.DataFrame:
        cases = window.store.table("cases")
        cases = cases.filter(cases.assigned_on.between(window.start, window.end))
        handler = cases.handler_id.nullif("")
        sums = Sums(filled={"known": handler}, distinct={"handlers": handler})
        named = {name: cases[name] for name in keys} or {"whole": ibis.literal("whole")}
        return grouped(cases, named, sums)

    return window.once(("caseload assigned", keys), make)


def consulted_cells(window: Window) -> pd.DataFrame:
    """Cells `county, unit, channel, n, n_quantity, quantity` of the consultations of the period."""

    def make() -> pd.DataFrame:
        asked = window.table("consultations")
        keys = {"county": asked.county, "unit": asked.unit, "channel": asked.channel}
        return grouped(asked, keys, Sums(amounts={"quantity": asked.quantity}))

    return window.once("caseload consulted", make)


def shift_cells(window: Window) -> pd.DataFrame:
    """Cells `county, attended, n` of the shifts of the period; without a sign-in it is unknown, not absent."""

    def make() -> pd.DataFrame:
        shifts = window.table("duty_roster")
        return grouped(shifts, {"county": shifts.county, "attended": _flag(shifts.attended)})

    return window.once("caseload shifts", make)


def held_cells(window: Window) -> pd.DataFrame:
    """Cells `county, n` of the outreach sessions of the period."""

    def make() -> pd.DataFrame:
        events = window.table("outreach_events")
        return grouped(events, {"county": events.county})

    return window.once("caseload held", make)


def month_cells(window: Window) -> pd.DataFrame:
    """Cells `month, n, first_came_on, last_came_on` of cases that did not come in in the period."""

    def make() -> pd.DataFrame:
        cases = window.store.table("cases")
        day = came_on(cases, "cases")
        cases = cases.filter(~day.between(window.start, window.end).fill_null(False))
        day = came_on(cases, "cases")
        return grouped(cases, {"month": month_key(day)}, Sums(spans={"came_on": day_number(day)}))

    return window.once("caseload months", make)


def outcome_of(decision: str) -> str:
    """granted, refused, left (withdrawn or deemed so: no refusal), or what is missing."""
    return "left" if decision in WITHDRAWN else decision


def exempt_of(exemption: str) -> str:
    return YES if exemption in EXEMPT else NO if exemption == "checked" else UNKNOWN


def _is(test: "ir.BooleanValue") -> "ir.StringValue":
    return ibis.ifelse(test.fill_null(False), YES, NO)


def _flag(value: "ir.BooleanValue") -> "ir.StringValue":
    return ibis.cases((value.isnull(), UNKNOWN), (value, YES), else_=NO)


def _criminal(cases: "ir.Table") -> "ir.StringValue":
    return _flag(cases.case_type == "criminal")


def _online(channel: "ir.StringValue") -> "ir.StringValue":
    return _flag(channel.isin(ONLINE))


def _defence(cases: "ir.Table") -> "ir.StringValue":
    criminal = (cases.case_type == "criminal").fill_null(False)
    return ibis.cases((criminal & cases.assigned_on.notnull(), "assigned"), (criminal, "unassigned"), else_="none")


def _named(groups: "ir.StringValue", group: str) -> "ir.IntegerValue":
    """1 where the list names the group: whole names only, as one may be part of another."""
    return (ibis.literal("|") + groups.fill_null("") + "|").contains(f"|{group}|").cast("int64")
