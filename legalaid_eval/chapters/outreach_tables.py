"""The tables of outreach as it was done: totals, kinds of events, counties, and need that outreach does not reach."""

import pandas as pd

from legalaid_eval.cells.outreach_indicators import GAP
from legalaid_eval.cells.outreach_period import KINDS
from legalaid_eval.cells.processing_register import ALL, OK
from legalaid_eval.cells.processing_register import HIDDEN as SUPPRESSED
from legalaid_eval.chapters.caseload_tables import HIDDEN, bounds
from legalaid_eval.chapters.outreach_described import COUNTY, TARGET_GROUP, Described, share_of
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.content import Code, Column, Message, Quantity, Table

TOTALS = (
    ("OA01", "events"),
    ("OA01", "attendance"),
    ("OA01", "attendance_per_event"),
    ("OA01", "attendance_per_100"),
    ("OA01", "towns_reached"),
    ("OA02", "materials"),
    ("cost", ""),
    ("OA06", "traced"),
    ("OA06", "knew_from_outreach"),
    ("OA06", "event_not_found"),
    ("OA07", "help_seeking"),
)
DECIMALS = {"percent": 1, "ratio": 1, "per_100": 2}
GENERAL, MONTHS_MISSING = "general", "months_missing"
PER_100 = "per_100_reached_cny"
NOT_EVALUABLE = Code("status", "not_evaluable")


def tables(described: Described, counties: pd.DataFrame) -> tuple[Table, ...]:
    """counties: `awareness_waves.pooled_counties` of one item of one wave; may be empty."""
    return (
        totals_table(described),
        kinds_table(described),
        places_table(described, counties),
        gaps_table(described),
    )


def _table(name: str, told: Told, columns: str, lines: list[tuple[object, ...]], note: Message | None) -> Table:
    heads = tuple(Column(key, "right" if key.startswith(("od_n_", "od_v_")) else "left") for key in columns.split())
    return Table(name, heads, tuple(lines), facts=told.facts, note=note if lines else None)


def totals_table(described: Described) -> Table:
    """Per indicator of the place: value, and of what."""
    told, lines = described.told, []
    for indicator, group in TOTALS:
        if indicator == "cost":
            lines += _money(described)
            continue
        line = told.line(indicator, group)
        if line is not None:
            named = Code("od_part", group)
            if line["note"] == MONTHS_MISSING or (line["status"] == "not_evaluable" and line["note"]):
                named = Message("caseload.minded", {"part": named, "remark": Code("od_note", line["note"])})
            lines.append((Code("od_indicator", indicator), named, value_of(told, line), of_what(line)))
    some = any(isinstance(line[2], Quantity | Message) or line[2] == HIDDEN for line in lines)
    note = Message("outreach_described.note.totals", told.facts)
    return _table("outreach_totals", told, "od_indicator od_part od_v_value od_n_of", lines if some else [], note)


def _money(described: Described) -> list[tuple[object, ...]]:
    cost = described.cost(ALL)
    if cost is None:
        return []
    average, status, _ = described.per_event
    averaged = money(average) if average is not None else HIDDEN if status == SUPPRESSED else NOT_EVALUABLE
    values = {"total": cost_of(cost, "cost_cny"), "per_event": averaged, "per_100": cost_of(cost, PER_100)}
    return [(Code("od_indicator", "cost"), Code("od_cost", name), value, None) for name, value in values.items()]


def money(value: float) -> Quantity:
    return Quantity(round(value), "CNY")


def cost_of(cost: pd.Series, column: str) -> object:
    """Money of a place or kind, hidden, or the words that it cannot be told."""
    if cost["status"] == SUPPRESSED:
        return HIDDEN
    return NOT_EVALUABLE if pd.isna(cost[column]) else money(float(cost[column]))


def _per_100(cost: pd.Series | None) -> object:
    """Cost per 100 reached as a bare number: the column's head says the unit."""
    found = None if cost is None else cost_of(cost, PER_100)
    return Quantity(found.value, "count") if isinstance(found, Quantity) else found


def value_of(told: Told, line: pd.Series | None, *, interval: bool = True) -> object:
    """The value with the interval of a share, hidden, or the words that it cannot be told."""
    if line is None:
        return None
    if line["status"] == SUPPRESSED:
        return HIDDEN
    if pd.isna(line["value"]):
        return NOT_EVALUABLE
    unit = "percent" if line["unit"] == "percent" else "count"
    shown = Quantity(float(line["value"]), unit, decimals=DECIMALS.get(line["unit"], 0))
    share = share_of(line, told.params.conf_level) if interval else None
    return shown if share is None else with_interval(shown, share.ci_low, share.ci_high, "percent", 1)


def with_interval(value: object, low: float, high: float, unit: str, decimals: int) -> Message:
    return Message("caseload.with_interval", {"value": value, "ends": bounds(low, high, unit, decimals)})


def of_what(line: pd.Series) -> object:
    """The counts of a share or an average."""
    if line["status"] == SUPPRESSED or pd.isna(line["denominator"]) or pd.isna(line["numerator"]):
        return None
    return Message("caseload.n_of", {"n": int(line["numerator"]), "of": int(line["denominator"])})


def kind_value(kind: str, value: str) -> Code:
    """The name of a value of a kind of events."""
    if kind == TARGET_GROUP and value != GENERAL:
        return Code("effect_group_recipient_group", value)
    return Code(f"od_{kind}", value)


def kinds_table(described: Described) -> Table:
    """Per kind and value with events: events, those who came, the cost, and the consultations they led to.

    Groups without an event of their own stand in `gaps_table`.
    """
    told, lines, empty = described.told, [], []
    for kind in KINDS:
        some, none = described.kinds[kind]
        lines += [_kind(described, kind, value) for value in some]
        empty += [kind_value(kind, value) for value in none if some and kind != TARGET_GROUP]
    note = Message("outreach_described.note.kinds", told.facts | {"empty": tuple(empty)})
    columns = "od_kind od_value od_n_events od_v_share od_n_came od_v_cost od_n_traced od_v_yield"
    return _table("outreach_kinds", told, columns, lines, note)


def _kind(described: Described, kind: str, value: str) -> tuple[object, ...]:
    told = described.told
    share, led = (told.line(indicator, f"{kind}_{value}") for indicator in ("OA01", "OA06"))
    return (
        Code("od_kind", kind),
        kind_value(kind, value),
        _count(share, "numerator"),
        value_of(told, share, interval=False),
        _count(led, "denominator"),
        _per_100(described.cost(kind, value)),
        _count(led, "numerator"),
        value_of(told, led),
    )


def _count(line: pd.Series | None, name: str) -> object:
    if line is None or line["status"] == SUPPRESSED:
        return None if line is None else HIDDEN
    return None if pd.isna(line[name]) else int(line[name])


def places_table(described: Described, counties: pd.DataFrame) -> Table:
    """Per county: events, attendance, townships, cost, yield, shares of those reached and of the need, awareness."""
    told = described.told
    lines = [_place(described, counties, code) for code in (*told.places, ALL)] if told.places else []
    facts = told.facts | {"limit": limit(), "aware": not counties.empty, "level": percent(100 * told.params.conf_level)}
    columns = "od_place od_n_events od_v_per_100 od_v_towns od_v_cost od_v_yield od_v_shares od_v_ratio od_v_aware"
    return _table("outreach_places", told, columns, lines, Message("outreach_described.note.places", facts))


def _place(described: Described, counties: pd.DataFrame, code: str) -> tuple[object, ...]:
    told = described.told
    towns = told.line("OA01", "towns_reached", code)
    of_towns = of_what(towns) if towns is not None else None
    covered = described.covered(COUNTY, code)
    return (
        told.name(code),
        value_of(told, told.line("OA01", "events", code)),
        value_of(told, told.line("OA01", "attendance_per_100", code)),
        of_towns if of_towns is not None else value_of(told, towns),
        _per_100(described.cost(ALL) if code == ALL else described.cost(COUNTY, code)),
        value_of(told, told.line("OA06", "traced", code)),
        None if covered is None else _shares(covered),
        None if covered is None else ratio_of(described, covered),
        _aware(counties, code),
    )


def _shares(row: pd.Series) -> object:
    if row["status"] == SUPPRESSED:
        return HIDDEN
    if pd.isna(row["reached_share"]):
        return NOT_EVALUABLE
    shares = {"reached": percent(row["reached_share"], 1), "need": percent(row["need_share"], 1)}
    return Message("outreach_described.shares", shares)


def ratio_of(described: Described, row: pd.Series) -> object:
    """Share of those reached over share of the need with its interval."""
    found = described.ratio(row)
    if found is None:
        return HIDDEN if row["status"] == SUPPRESSED else NOT_EVALUABLE
    value = Quantity(found.estimate, "ratio", decimals=2)
    marked = Message("outreach_described.marked", {"value": value, "gap": bool(row["gap"])})
    return with_interval(marked, found.ci_low, found.ci_high, "ratio", 2)


def _aware(counties: pd.DataFrame, code: str) -> object:
    rows = counties[counties["value"] == code] if len(counties) else counties
    if rows.empty or pd.isna(rows.iloc[0]["pooled"]):
        return None
    row = rows.iloc[0]
    ends = float(row["pooled_low"]), float(row["pooled_high"])
    return with_interval(percent(row["pooled"], 0), *ends, "percent", 0)


def percent(value: float, decimals: int | None = None) -> Quantity:
    return Quantity(float(value), "percent", decimals=decimals)


def limit() -> Quantity:
    """The ratio below which a county or group is a gap."""
    return Quantity(GAP, "ratio", decimals=2)


def gaps_table(described: Described) -> Table:
    """Per group: those who came to events meant for it beside its cases; then groups no event was meant for."""
    told, compared = described.told, described.coverage[described.coverage["key"] == TARGET_GROUP]
    sure, unsure = described.gaps(TARGET_GROUP)
    lines = []
    for _, row in compared.iterrows():
        reading = "gap" if row["value"] in sure else "perhaps" if row["value"] in unsure else "none"
        known = row["status"] == OK
        numbers = [HIDDEN if pd.isna(row[name]) else int(row[name]) for name in ("reached", "need")]
        shares = [percent(row[name], 1) if known else None for name in ("reached_share", "need_share")]
        pairs = [part for pair in zip(numbers, shares, strict=True) for part in pair]
        ratio = ratio_of(described, row)
        lines.append(
            (kind_value(TARGET_GROUP, row["value"]), *pairs, ratio, Code("od_reading", reading) if known else None)
        )
    for group, cases in described.untargeted.items():
        number = HIDDEN if cases is None else cases
        lines.append((kind_value(TARGET_GROUP, group), 0, None, number, None, None, Code("od_reading", "no_event")))
    note = Message("outreach_described.note.gaps", told.facts | {"limit": limit()})
    columns = "od_group od_n_came od_v_reached od_n_cases od_v_need od_v_ratio od_reading"
    return _table("outreach_gaps", told, columns, lines, note)
