"""What the chapter on outreach counts of a period, as cells: events, those who came, and consultations they led to."""

import ibis
import pandas as pd

from legalaid_eval.cells.base import MISSING, Sums, fen, grouped, month_key
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.outreach import EVENT_KEYS
from legalaid_eval.schemas import register_codes as codes

KINDS = EVENT_KEYS[1:]
"""By what events are told: site, format, topic, season, target_group."""
CODES = {
    "site": codes.SITE,
    "format": codes.FORMAT,
    "topic": codes.TOPIC,
    "season": codes.SEASON,
    "target_group": (*codes.RECIPIENT_GROUP, "general"),
}
"""What the kinds of an event may say."""
KNEW_FROM = codes.KNEW_FROM
NOT_TRACED, NOT_FOUND = "not_traced", "event_not_found"
UNDATED = "undated"


def event_sums(window: Window) -> pd.DataFrame:
    """Cells `county, *KINDS, n` of events with attendance, materials and cost_fen, each with `n_`, how many say it.

    Also, of events that say both, `paid_fen` what they cost and `paid_for` how many came.
    """

    def make() -> pd.DataFrame:
        events = window.table("outreach_events")
        keys = {"county": events.county, **{name: events[name] for name in KINDS}}
        cost = fen(events.cost_cny)
        amounts = {
            "attendance": events.attendance,
            "materials": events.materials,
            "cost_fen": cost,
            "paid_fen": ibis.ifelse(events.attendance.notnull(), cost, ibis.null("int64")),
            "paid_for": ibis.ifelse(cost.notnull(), events.attendance.cast("int64"), ibis.null("int64")),
        }
        return grouped(events, keys, Sums(amounts=amounts))

    return window.once("outreach events", make)


def town_sums(window: Window) -> pd.DataFrame:
    """Cells `county, n_towns` of the period: townships with at least one event; one lies in one county."""

    def make() -> pd.DataFrame:
        events = window.table("outreach_events")
        return grouped(events, {"county": events.county}, Sums(distinct={"towns": events.town}))

    return window.once("outreach towns", make)


def other_months(window: Window) -> pd.DataFrame:
    """Cells `month, n` of events that were not held in the period."""

    def make() -> pd.DataFrame:
        events = window.store.table("outreach_events")
        inside = events.held_on.between(window.start, window.end).fill_null(False)
        events = events.filter(~inside)
        return grouped(events, {"month": month_key(events.held_on)}).replace({"month": {MISSING: UNDATED}})

    return window.once("outreach other months", make)


def period_months(window: Window) -> pd.DataFrame:
    """Cells `month, n` of events held in the period."""

    def make() -> pd.DataFrame:
        events = window.table("outreach_events")
        return grouped(events, {"month": month_key(events.held_on)})

    return window.once("outreach months", make)


def asked_cells(window: Window) -> pd.DataFrame:
    """Cells `county, knew_from, traced, *KINDS, n` of records of consultations of the period.

    The kinds are those of the event that a consultation names, of any day; NOT_TRACED where it names none, NOT_FOUND
    where there is no such event, missing where the event does not say.
    """

    def make() -> pd.DataFrame:
        asked, events = window.table("consultations"), window.store.table("outreach_events")
        known = events.select("event_id", *KINDS).mutate(found=ibis.literal(True))
        rows = asked.select("county", "knew_from", "event_id").left_join(known, "event_id")
        traced = rows.event_id.notnull()
        kind = lambda value: ibis.cases(  # noqa: E731
            (~traced, NOT_TRACED), (rows.found.isnull(), NOT_FOUND), else_=value
        )
        keys = {"county": rows.county, "knew_from": rows.knew_from, "traced": ibis.ifelse(traced, "yes", "no")}
        return grouped(rows, keys | {name: kind(rows[name]) for name in KINDS})

    return window.once("outreach asked", make)
