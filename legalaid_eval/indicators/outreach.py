"""Outreach and awareness: what each indicator of the catalogue counts or asks, over what, and in which direction.

OA01, OA02 and OA06 are made of counts that may be shown (`cells.outreach_counts`); OA07 needs a survey of people with
and without disputes, which no register holds. OA03 to OA05 are estimates from the awareness survey (`AWARENESS`).
What was done (events, items, money) says nothing yet about what it changed.
"""

from dataclasses import dataclass

from legalaid_eval.cells.caseload_indicators import Count, Indicator
from legalaid_eval.cells.outreach_counts import KINDS
from legalaid_eval.cells.outreach_period import CODES, KNEW_FROM, NOT_FOUND
from legalaid_eval.cells.outreach_seen import APPLICATIONS, CONSULTATIONS, NOTIFIED
from legalaid_eval.indicators import caseload_drivers

__all__ = [
    "AWARENESS",
    "DEPTH",
    "HEADLINE",
    "INDICATORS",
    "REFORMS",
    "USE",
    "AwarenessMeasure",
    "Indicator",
    "UseMeasure",
]

OUTREACH = "outreach_awareness"
EVENTS = "outreach_events"
SESSIONS, ATTENDANCE = Count("sessions"), Count("outreach attendance")
KNOWN = "yes"


def _of(indicator: str, group: str, *numerator: Count, unit: str, direction: str = "context", **more) -> Indicator:
    source = more.pop("source", EVENTS)
    named = f"{indicator}_{group}"
    return Indicator(named, indicator, group, OUTREACH, unit, direction, numerator, source=source, **more)


def _events() -> tuple[Indicator, ...]:
    known = {name: Count(f"{name} known", f"{name}_known", (KNOWN,)) for name in ("attendance", "materials")}
    return (
        _of("OA01", "events", SESSIONS, unit="event", note="outputs_not_results"),
        _of("OA01", "attendance", ATTENDANCE, unit="person_time", note="person_times"),
        _of(
            "OA01",
            "attendance_per_event",
            ATTENDANCE,
            unit="ratio",
            scale=1,
            denominator=(known["attendance"],),
            by_county=False,
        ),
        _of("OA01", "attendance_per_100", ATTENDANCE, unit="per_100", denominator="population", note="person_times"),
        _of(
            "OA01",
            "towns_reached",
            Count("towns reached"),
            unit="percent",
            direction="up",
            denominator="townships",
            note="at_least_one_event",
        ),
        *(_kind(kind, value) for kind in KINDS for value in CODES[kind]),
        _of("OA02", "materials", Count("outreach materials"), unit="item", note="outputs_not_results"),
    )


def _kind(kind: str, value: str) -> Indicator:
    """The share of the events whose kind is recorded."""
    table = f"events by {kind}"
    below = (Count(table, kind, CODES[kind]),)
    part = Count(table, kind, (value,))
    return _of("OA01", f"{kind}_{value}", part, unit="percent", denominator=below, by_county=False)


def _yield() -> tuple[Indicator, ...]:
    told = {
        "source": CONSULTATIONS,
        "unit": "per_100",
        "direction": "up",
        "scale": 100,
        "note": "of_the_period_by_report",
    }
    traced = Count("consultations traced", "traced", (KNOWN,))
    source = Count("consultations by source", "knew_from", ("outreach",))
    lost = Count("traced by site", "site", (NOT_FOUND,))
    share = {"source": CONSULTATIONS, "unit": "percent", "by_county": False}
    return (
        _of("OA06", "traced", traced, denominator=(ATTENDANCE,), **told),
        *(_yield_of(kind, value, told) for kind in KINDS for value in CODES[kind]),
        _of(
            "OA06",
            "knew_from_outreach",
            source,
            denominator=(Count("consultations by source", "knew_from", KNEW_FROM),),
            note="by_their_own_word",
            **share,
        ),
        _of("OA06", "event_not_found", lost, source=CONSULTATIONS, unit="record", by_county=False),
        _of(
            "OA07", "help_seeking", unit="percent", direction="up", unknown="population_survey_missing", by_county=False
        ),
    )


def _yield_of(kind: str, value: str, told: dict) -> Indicator:
    """Records of consultations that name an event of the kind, per 100 who came to such events."""
    top, below = (Count(f"{name} by {kind}", kind, (value,)) for name in ("traced", "attendance"))
    return _of("OA06", f"{kind}_{value}", top, denominator=(below,), by_county=False, **told)


INDICATORS = (*_events(), *_yield())
"""In the order of the catalogue."""


@dataclass(frozen=True, slots=True)
class AwarenessMeasure:
    """What is asked in the survey.

    key: the column of the answers. indicator: the entry of the catalogue. unit: percent, or score (0 to 3). relevant:
    the smallest change worth seeing, in percentage points; None for a score.
    """

    key: str
    indicator: str
    unit: str = "percent"
    relevant: float | None = 5.0


AWARENESS = (
    AwarenessMeasure("heard_of", "OA03"),
    AwarenessMeasure("knows_free", "OA04"),
    AwarenessMeasure("knows_who", "OA04"),
    AwarenessMeasure("knows_where", "OA04"),
    AwarenessMeasure("depth", "OA04", "score", None),
)
"""Heard of legal aid; knows that it is free, who is entitled, where to apply; how many of these three."""
HEADLINE, DEPTH = "heard_of", "depth"
REFORMS = ("targeted_outreach", "miniprogram")
"""Kinds of reform that may move what people know."""
CRIMINAL = "criminal_coverage"


@dataclass(frozen=True, slots=True)
class UseMeasure:
    """What people do who know of legal aid, or what nobody's knowing can move.

    key: of `OutreachSeen.use`. indicator: the entry of the catalogue. reforms: kinds that may move it. relevant: the
    smallest change worth seeing, in percent. placebo: outreach cannot move it, so that a change is a warning.
    """

    key: str
    indicator: str
    reforms: tuple[str, ...]
    relevant: float = 10.0
    placebo: bool = False


_EASIER = tuple(kind for kind in caseload_drivers.REFORMS if kind != CRIMINAL)
USE = (
    UseMeasure(APPLICATIONS, "CL01", (*_EASIER, "monthly_ranking")),
    UseMeasure(CONSULTATIONS, "CL10", (*REFORMS, "duty_rota", "monthly_ranking")),
    UseMeasure(NOTIFIED, "CL01", (CRIMINAL, *REFORMS), placebo=True),
)
"""Applications; consultations, without those that name an outreach event; and cases by notice of a court, prosecutor
or police. The kinds of reform looked at stand among those of the placebo, or their change there could not be estimated.
"""
