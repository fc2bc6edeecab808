"""Caseload, access and targets: what each indicator of the catalogue counts, over what, and in which direction.

Numerator and denominator are tables that `cells.caseload_counts` declares; so a share can only be made of counts that
may be shown. Shares are of cases where the thing is recorded: what is not recorded is neither yes nor no. AC05 has a
second half, the days gained on the green lane, which is a matter of durations (`priority_days`); TN06, the comparison
of counties, is made of the rows by county of the others.
"""

from legalaid_eval.cells.caseload_counts import (
    CASE_TYPE,
    CHANNEL,
    CONSULTATION_UNIT,
    EXEMPTIONS,
    GROUPS,
    NO,
    UNKNOWN,
    YES,
)
from legalaid_eval.cells.caseload_indicators import Count, Indicator
from legalaid_eval.cells.caseload_stock import ENDS, NOT_ENTERED, NOT_LEFT

__all__ = ["COMPARED", "INDICATORS", "OVERLAPPING", "Indicator"]

CASELOAD, ACCESS, NETWORK = "caseload", "access_channels", "targets_network"
APPLICATIONS, TAKEN, CLOSED = (Count(name) for name in ("cases.applied", "taken on", "closed"))
AT_START, AT_END, ENTERED = (Count(f"stock {name}") for name in ("at start", "at end", "entered"))
RECORDED = tuple(name for name in EXEMPTIONS if name != UNKNOWN)


def _count(indicator: str, group: str, *numerator: Count, unit: str = "case", direction: str = "context", **more):
    family = more.pop("family", CASELOAD)
    return Indicator(f"{indicator}_{group}", indicator, group, family, unit, direction, numerator, **more)


def _share(indicator: str, group: str, part: Count, *, of: tuple[str, ...] = (), direction: str = "context", **more):
    """Percent: the `part` of the cases with any of the values `of` of its key; none: of all cases of its table."""
    below = Count(part.table, part.key, of) if of else Count(part.table)
    more = {"unit": "percent", "direction": direction, "denominator": (below,)} | more
    return _count(indicator, group, part, **more)


def _flag(indicator: str, group: str, table: str, key: str, yes: str = YES, no: str = NO, **more) -> Indicator:
    return _share(indicator, group, Count(table, key, (yes,)), of=(yes, no), **more)


def _caseload() -> tuple[Indicator, ...]:
    whole = {"by_county": False}
    granted, refused = Count("decisions", "outcome", ("granted",)), Count("decisions", "outcome", ("refused",))
    accepted = Count("commitments", "way", ("applied",))
    left = {end: Count("stock left", "end", (end,)) for end in ENDS}
    others = tuple(Count("stock left", "end", (end,), -1) for end in ENDS[1:])
    account = (AT_START, TAKEN, Count("closed", times=-1), *others, Count("stock at end", times=-1))
    faults = (Count("stock not entered"), Count("stock not left"))
    return (
        _count("CL01", "applications", APPLICATIONS, note="persons_may_apply_twice"),
        _count("CL01", "notified", Count("cases.notified")),
        _count("CL02", "accepted", accepted),
        _count("CL02", "taken_on", TAKEN),
        _count("CL02", "assigned", Count("assigned")),
        _count("CL02", "handled", AT_START, TAKEN),
        _share("CL03", "approval", granted, of=("granted", "refused"), note="withdrawn_are_no_refusals"),
        _count("CL03", "granted", granted),
        _count("CL03", "refused", refused),
        _count("CL03", "withdrawn", Count("decisions by kind", "decision", ("withdrawn",)), **whole),
        _count("CL03", "deemed_withdrawn", Count("decisions by kind", "decision", ("deemed_withdrawn",)), **whole),
        _count("CL03", "undecided_how", Count("decisions by kind", "decision", ("missing",)), **whole),
        _count("CL04", "closed", CLOSED, direction="up", note="of_any_year"),
        _flag_closure(),
        _count(
            "CL06", "clearance", CLOSED, unit="percent", direction="near_100", denominator=(TAKEN,), note="no_cohort"
        ),
        _count("CL07", "pending_start", AT_START),
        _count("CL07", "entered", ENTERED, **whole),
        *(_count("CL07", end, part, **whole) for end, part in left.items()),
        _count("CL07", "pending_end", AT_END, direction="down"),
        *(_count("CL07", why, Count("stock not entered", "what", (why,)), **whole) for why in NOT_ENTERED),
        *(_count("CL07", why, Count("stock not left", "what", (why,)), **whole) for why in NOT_LEFT),
        _count("CL07", "account_difference", *account, faults=faults, **whole),
        *(_share("CL08", name, Count("cases by type", "case_type", (name,)), **whole) for name in CASE_TYPE),
        _flag("CL08", "criminal_share", "cases by kind", "criminal"),
        _count("CL08", "duty_lawyer_help", Count("duty-lawyer help", "duty_lawyer", (YES,)), note="inside", **whole),
        _count("CL09", "recipients", Count("recipients"), unit="person", note="person_times"),
        _count(
            "CL09",
            "recipients_per_case",
            Count("recipients"),
            unit="ratio",
            scale=1,
            denominator=(Count("recipients known", "recipients_known", (YES,)),),
        ),
        *_consultations(),
        *(
            _share("CL11", group, Count(f"cases of {group}", group, (YES,)), note="overlap", **whole)
            for group in GROUPS
        ),
        _flag_defence(),
        _count("CL13", "per_10000", TAKEN, unit="per_10000", denominator="population", scale=10_000),
    )


def _flag_closure() -> Indicator:
    part = Count("closure", "closure", ("closed",))
    return _share("CL05", "closed_by_cutoff", part, direction="up", note="of_taken_on_by_cutoff")


def _flag_defence() -> Indicator:
    part = Count("criminal defence", "defence", ("assigned",))
    return _share("CL12", "defence_coverage", part, denominator="court", direction="up", by_county=False)


def _consultations() -> tuple[Indicator, ...]:
    """By unit, which are not added; records of each beside them, whole store only."""
    more = {"source": "consultations"}
    asked = [_count("CL10", unit, Count(f"asked {unit}"), unit=unit, **more) for unit in CONSULTATION_UNIT]
    records = [
        _count(
            "CL10",
            f"records_{unit}",
            Count("consultations by unit", "unit", (unit,)),
            unit="record",
            by_county=False,
            **more,
        )
        for unit in CONSULTATION_UNIT
    ]
    return (*asked, *records)


def _access() -> tuple[Indicator, ...]:
    whole = {"by_county": False, "family": ACCESS}
    consulted = {"source": "consultations", "note": "records_of_all_units"}
    return (
        _flag(
            "AC01", "online", "applications online", "online", direction="up", family=ACCESS, note="helped_not_online"
        ),
        *(
            _share(
                "AC02",
                f"applications_{name}",
                Count("applications by channel", "channel", (name,)),
                of=CHANNEL,
                **whole,
            )
            for name in CHANNEL
        ),
        *(
            _share(
                "AC02",
                f"consultations_{name}",
                Count("consultations by channel", "channel", (name,)),
                of=CHANNEL,
                **whole | consulted,
            )
            for name in CHANNEL
        ),
        _flag("AC03", "exempt", "decisions", "exempt", family=ACCESS),
        *(_share("AC03", name, Count("exemptions", "exemption", (name,)), of=RECORDED, **whole) for name in RECORDED),
        _flag("AC04", "commitment", "commitments", "commitment", family=ACCESS),
        _flag("AC04", "commitment_failed", "papers promised", "papers", "ended_without", "completed", **whole),
        _count("AC04", "papers_awaited", Count("papers promised", "papers", ("waiting",)), **whole),
        _flag("AC05", "green_lane", "cases by lane", "priority", family=ACCESS),
        _flag(
            "AC06",
            "single_visit",
            "visits",
            "visits",
            "single",
            "several",
            direction="up",
            family=ACCESS,
            note="own_visits_only",
        ),
    )


TARGETS = {
    "cases": (TAKEN, "cases", "taken_on"),
    "consultations": (Count("consultations received"), "consultations", "records_of_all_units"),
    "outreach_sessions": (Count("sessions"), "outreach_events", ""),
}
"""Target -> what is counted, the source table, a note. A target of consultations says no unit: records are counted."""


def _network() -> tuple[Indicator, ...]:
    more = {"family": NETWORK, "direction": "up"}
    percent = {**more, "unit": "percent"}
    handlers = (Count("handlers"),)
    found = []
    for name, (part, source, note) in TARGETS.items():
        told = {**percent, "source": source, "target": name, "note": note}
        found.append(_count("TN01", name, part, denominator="target", **told))
        found.append(_count("TN02", name, part, denominator="target_to_date", **told | {"note": note or "linear"}))
    return (
        *found,
        _count("TN03", "coverage", denominator="townships", unknown="stations_not_recorded", **percent),
        _flag("TN04", "duty", "shifts", "attended", source="duty_roster", **more),
        _count(
            "TN05",
            "cases_per_handler",
            Count("assigned"),
            unit="case",
            family=NETWORK,
            denominator=(Count("handlers by county"),),
            whole=handlers,
            scale=1,
            note="of_cases_assigned",
        ),
    )


INDICATORS = (*_caseload(), *_access(), *_network())
"""In the order of the catalogue."""
OVERLAPPING = ("CL11",)
"""Groups of which a case may have several: their shares may add up to more than 100."""
COMPARED = ("CL03", "CL05", "CL13", "AC01", "AC04", "AC06", "TN01", "TN04")
"""Indicators by county that TN06 compares, by funnel limits and pooling, never by rank."""
