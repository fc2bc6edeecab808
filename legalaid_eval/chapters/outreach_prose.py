"""Outreach in sentences: what was done, what it cost, what came of it at intake, and where it does not go."""

from collections.abc import Iterator, Sequence

import pandas as pd

from legalaid_eval.cells.outreach_period import NOT_FOUND
from legalaid_eval.cells.processing_register import ALL, OK
from legalaid_eval.chapters.outreach_described import (
    COUNTY,
    ENOUGH,
    TARGET_GROUP,
    Apart,
    Described,
    apart,
    counted,
    share_of,
)
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_tables import GENERAL, kind_value, limit, money, percent
from legalaid_eval.content import Code, Message, Period, Prose, Quantity

LED_BY = ("site", "format", "topic")
"""Kinds whose most frequent values are named."""
NAMED = 4
"""Up to so many groups without an event of their own are named."""
PEAK = 1.25
"""A month with this many times the events of an average month is a peak."""
PEAKS = 3
ORDINARY = "ordinary"
UNRECORDED = (
    ("attendance", "attendance known", "attendance_known", "unknown"),
    ("cost", "cost_fen known", "cost_fen_known", "unknown"),
    ("materials", "materials known", "materials_known", "unknown"),
    ("source", "consultations by source", "knew_from", "missing"),
    ("event", "traced by site", "site", NOT_FOUND),
)
"""What is missing in records: its name, and the count of them."""
READING = ("outputs", "person_times", "traced", "kinds", "gaps", "unmet", "money", "hidden")


def description(described: Described) -> Prose:
    """What was done, for how much, with what yield, and where not."""
    said = (
        *_done(described.told),
        *_kinds(described),
        *_months(described.told),
        *_cost(described),
        *_yield(described),
        *_gaps(described),
        *_unrecorded(described.told),
    )
    return Prose("outreach_described", said)


def reading_messages(told: Told) -> tuple[Message, ...]:
    """How outputs, traced consultations, gaps and money are to be read."""
    facts = told.facts | {"limit": limit(), "enough": ENOUGH}
    return tuple(Message(f"outreach_described.reading.{key}", facts) for key in READING)


def _value(told: Told, indicator: str, group: str, name: str = "value") -> float | None:
    line = told.line(indicator, group)
    return None if line is None or pd.isna(line[name]) else float(line[name])


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _done(told: Told) -> Iterator[Message]:
    line = told.line("OA01", "events")
    if line is None or pd.isna(line["value"]):
        note = line["note"] if line is not None and line["note"] else "no_rows"
        yield Message("outreach_described.none", told.facts | {"why": Code("od_note", note)})
        return
    per_event, per_100 = (_value(told, "OA01", f"attendance_per_{what}") for what in ("event", "100"))
    facts = {name: _whole(_value(told, "OA01", name)) for name in ("events", "attendance")}
    facts |= {
        name: _whole(_value(told, "OA01", "towns_reached", part))
        for name, part in (("towns", "numerator"), ("townships", "denominator"))
    }
    facts["materials"] = _whole(_value(told, "OA02", "materials"))
    facts["per_event"] = None if per_event is None else Quantity(per_event, "count", decimals=0)
    facts["per_100"] = None if per_100 is None else Quantity(per_100, "count", decimals=2)
    yield Message("outreach_described.done", told.facts | facts)


def _kinds(described: Described) -> Iterator[Message]:
    told = described.told
    leads = tuple(lead for kind in LED_BY for lead in _lead(told, kind, described.kinds[kind][0]))
    if not leads:
        return
    shares = {
        name: _value(told, "OA01", group)
        for name, group in (("general", f"{TARGET_GROUP}_{GENERAL}"), ("ordinary", f"season_{ORDINARY}"))
    }
    facts = {name: None if value is None else percent(100 - value, 1) for name, value in shares.items()}
    yield Message("outreach_described.kinds", told.facts | facts | {"leads": leads})


def _lead(told: Told, kind: str, values: Sequence[str]) -> Iterator[Message]:
    """The two most frequent values of a kind, hidden ones aside."""
    shares = {value: _value(told, "OA01", f"{kind}_{value}") for value in values}
    known = sorted(((share, value) for value, share in shares.items() if share), key=lambda item: -item[0])
    if known:
        first, second = ((percent(share, 1), kind_value(kind, value)) for share, value in (known * 2)[:2])
        facts = {"kind": Code("od_kind", kind), "first": first[1], "first_share": first[0]}
        facts |= {"second": second[1], "second_share": second[0]} if len(known) > 1 else {"second": None}
        yield Message("outreach_described.lead", facts)


def _months(told: Told) -> Iterator[Message]:
    """The months of the period with clearly more events than others; of the whole store only."""
    if not told.seen.register.counts.whole:
        return
    months = pd.period_range(told.params.period_start, told.params.period_end, freq="M")
    shown = told.seen.sessions
    shown = shown[(shown["status"] == OK) & shown["month"].isin(months.strftime("%Y-%m"))]
    if shown.empty or len(months) < 2:
        return
    number = shown.set_index("month")["n"].astype(int)
    high = number[number >= PEAK * number.sum() / len(months)].sort_values(ascending=False, kind="stable").head(PEAKS)
    named = tuple(
        Message("outreach_described.month", {"month": _month(month), "n": int(n)}) for month, n in high.items()
    )
    if named:
        yield Message("outreach_described.months", told.facts | {"months": named})


def _month(text: str) -> Period:
    month = pd.Period(text, "M")
    return Period(month.start_time.date(), month.end_time.date())


def _cost(described: Described) -> Iterator[Message]:
    cost = described.cost(ALL)
    if cost is None or pd.isna(cost["cost_cny"]):
        hidden = cost is not None and cost["status"] != "not_evaluable"
        yield Message("outreach_described.cost_none", described.told.facts | {"hidden": hidden})
        return
    per_100, (per_event, *_) = cost["per_100_reached_cny"], described.per_event
    facts = {"total": money(float(cost["cost_cny"]))}
    facts |= {"per_100": None if pd.isna(per_100) else money(float(per_100))}
    facts |= {"per_event": None if per_event is None else money(per_event)}
    yield Message("outreach_described.cost", described.told.facts | facts)


def _yield(described: Described) -> Iterator[Message]:
    told = described.told
    traced, knew = told.line("OA06", "traced"), told.line("OA06", "knew_from_outreach")
    if traced is None or pd.isna(traced["value"]):
        note = traced["note"] if traced is not None and traced["note"] else "no_rows"
        yield Message("outreach_described.yield_none", told.facts | {"why": Code("od_note", note)})
        return
    facts = {"traced": int(traced["numerator"]), "per_100": Quantity(float(traced["value"]), "count", decimals=1)}
    share = share_of(knew, told.params.conf_level) if knew is not None else None
    facts["knew"] = None if share is None else percent(share.estimate, 1)
    facts["knew_from"], facts["knew_to"] = (
        (None, None) if share is None else (percent(share.ci_low, 1), percent(share.ci_high, 1))
    )
    yield Message("outreach_described.yield", told.facts | facts)
    found = [each for kind, (values, _) in described.kinds.items() if (each := apart(told, kind, values))]
    if any(values for values, _ in described.kinds.values()):
        yield Message("outreach_described.apart", told.facts | {"kinds": tuple(map(_apart, found)), "enough": ENOUGH})


def _apart(found: Apart) -> Message:
    facts: dict[str, object] = {"kind": Code("od_kind", found.kind)}
    for name in ("high", "low"):
        line = getattr(found, name)
        facts[name] = kind_value(found.kind, line["group"].removeprefix(f"{found.kind}_"))
        facts[f"{name}_value"] = Quantity(float(line["value"]), "count", decimals=1)
    return Message("outreach_described.apart_kind", facts)


def _gaps(described: Described) -> Iterator[Message]:
    told, facts = described.told, {}
    for key, name in ((COUNTY, told.name), (TARGET_GROUP, lambda value: kind_value(TARGET_GROUP, value))):
        facts[f"{key}_gaps"], facts[f"{key}_perhaps"] = (tuple(map(name, values)) for values in described.gaps(key))
        rows = described.coverage[described.coverage["key"] == key]
        facts[f"{key}_compared"] = int(rows["ratio"].notna().sum())
    known = {group: cases for group, cases in described.untargeted.items() if cases is not None}
    facts["untargeted"] = tuple(
        Message("outreach_described.cases_of", {"group": kind_value(TARGET_GROUP, group), "cases": cases})
        for group, cases in list(known.items())[:NAMED]
    )
    facts["more"] = max(0, len(known) - NAMED)
    yield Message("outreach_described.gaps", told.facts | facts | {"limit": limit()})


def _unrecorded(told: Told) -> Iterator[Message]:
    """What records do not say; a number that is hidden is left out of the sentence."""
    missing = []
    for name, *asked in UNRECORDED:
        number = counted(told, *asked)
        if number:
            missing.append(Message(f"outreach_described.missing.{name}", {"n": number}))
    facts = {"missing": tuple(missing), "uncounted": any(each.key.endswith(".attendance") for each in missing)}
    yield Message("outreach_described.unrecorded", told.facts | facts)
