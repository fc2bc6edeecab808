"""The tables of 'caseload': a table for every family of indicators, the counties, the change, the model, the funnel."""

from collections.abc import Sequence
from math import isfinite

import pandas as pd

from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.caseload_change import Change
from legalaid_eval.chapters.caseload_compare import Compared
from legalaid_eval.chapters.caseload_explain import Explained
from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.chapters.caseload_lanes import Lanes
from legalaid_eval.chapters.caseload_rows import share_of
from legalaid_eval.chapters.effect_prose import reform_codes
from legalaid_eval.content import Code, Column, Message, Quantity, Range, Table
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.caseload_drivers import REFORMS

HIDDEN = Code("status", "suppressed")
FAMILIES = {
    "caseload_flow": ("CL01", "CL02", "CL03", "CL04", "CL05", "CL06", "CL07"),
    "caseload_mix": ("CL08", "CL09", "CL11", "CL12", "CL13"),
    "caseload_consultations": ("CL10",),
    "caseload_access": ("AC01", "AC02", "AC03", "AC04", "AC05", "AC06"),
    "caseload_network": ("TN01", "TN02", "TN03", "TN04", "TN05"),
}
LISTED = {"CL08": "effect_group_case_type", "CL11": "effect_group_recipient_group", "AC02": "effect_group_channel"}
"""Indicators whose parts are the values of a list; those without any case are not told line by line."""
SAID_ONCE = ("overlap", "records_of_all_units", "of_cases_assigned", "person_times", "linear", "taken_on")
"""Notes that stand below the table, not in every line."""
COUNTED = ("CL07", "CL08", "CL11", "AC02", "AC03")
TWICE = "criminal_share"
"""A share by county that stands among the types of case already."""
DECIMALS = {"percent": 1, "per_10000": 2, "ratio": 2}
BY_COUNTY = (
    ("CL02", "taken_on"),
    ("CL13", "per_10000"),
    ("CL03", "approval"),
    ("CL04", "closed"),
    ("CL05", "closed_by_cutoff"),
    ("CL06", "clearance"),
    ("CL07", "pending_end"),
    ("TN01", "cases"),
)


def table(name: str, told: Told, columns: str, lines: list[tuple[object, ...]], **more: object) -> Table:
    heads = tuple(Column(key, "right" if key.startswith(("cl_n_", "cl_v_")) else "left") for key in columns.split())
    return Table(name, heads, tuple(lines), facts=told.facts | {"n": len(lines)}, **more)


def tables(
    told: Told, lanes: Lanes, explained: Explained, changed: Sequence[Change], compared: Sequence[Compared]
) -> tuple[Table, ...]:
    return (
        *(family_table(told, name, lanes) for name in FAMILIES),
        places_table(told),
        change_table(told, changed),
        terms_table(told, explained),
        compare_table(told, compared),
    )


def family_table(told: Told, name: str, lanes: Lanes) -> Table:
    """Per part of an indicator: value, of what, the year before, the change, and what to mind."""
    found = told.found[(told.found["place"] == told.params.place) & told.found["indicator"].isin(FAMILIES[name])]
    lines, empty = [], []
    for _, line in found[found["group"] != TWICE].iterrows():
        before = told.line(line["indicator"], line["group"], before=True)
        if line["indicator"] in COUNTED and _nought(line) and (before is None or _nought(before)):
            empty.append(part_of(line))
        else:
            lines.append(_line(told, line, before))
    if name == "caseload_access":
        lines += [_lane(lane, found_) for lane, found_ in lanes.medians.items() if found_ is not None]
        lines.sort(key=lambda row: row[0].code)
    facts = told.facts | {
        "empty": tuple(empty),
        "year_before": None if told.seen.baseline is None else told.year_before,
    }
    columns = "cl_indicator cl_part cl_v_value cl_n_of cl_v_before cl_v_change"
    return table(name, told, columns, lines, note=Message(f"caseload.note.{name}", facts))


def _nought(line: pd.Series) -> bool:
    return line["status"] == "ok" and line["value"] == 0


def _line(told: Told, line: pd.Series, before: pd.Series | None) -> tuple[object, ...]:
    values = (value_of(told, line), _of(line), None if before is None else value_of(told, before, interval=False))
    named, mind = part_of(line), remark(line)
    named = named if mind is None else Message("caseload.minded", {"part": named, "remark": mind})
    return (Code("caseload_indicator", line["indicator"]), named, *values, change_of(line, before))


def _lane(lane: str, found: Estimate) -> tuple[object, ...]:
    value = Message(
        "caseload.with_interval", {"value": _days(found.estimate), "ends": bounds(found.ci_low, found.ci_high, "count")}
    )
    return (Code("caseload_indicator", "AC05"), Code("caseload_lane", lane), value, None, None, None)


def _days(value: float) -> Quantity:
    return Quantity(value, "working_day")


def part_of(line: pd.Series) -> Code | Message:
    """The name of a part of an indicator."""
    indicator, group = line["indicator"], line["group"]
    if indicator == "AC02":
        what, _, channel = group.partition("_")
        return Message(
            "caseload.channel", {"channel": Code(LISTED["AC02"], channel), "what": Code("caseload_asked", what)}
        )
    if indicator in LISTED and group not in ("duty_lawyer_help", "none_named"):
        return Code(LISTED[indicator], group)
    return Code("caseload_part", f"{indicator}_{group}")


def value_of(told: Told, line: pd.Series, *, interval: bool = True) -> object:
    """The value with its interval, hidden, or the words that it cannot be told."""
    if line["status"] == "suppressed":
        return HIDDEN
    if pd.isna(line["value"]):
        return Code("status", "not_evaluable")
    value, unit = float(line["value"]), line["unit"]
    shown = Quantity(value, _unit(unit), decimals=DECIMALS.get(unit, 0 if value == int(value) else 1))
    share = share_of(line, told.params.conf_level) if interval else None
    if share is None or value in (0, 100):
        return shown
    return Message(
        "caseload.with_interval", {"value": shown, "ends": bounds(share.ci_low, share.ci_high, "percent", 1)}
    )


def _unit(unit: str) -> str:
    """The names of lines say what they count; a unit behind every number would only fill the page."""
    return unit if unit == "percent" else "ratio" if unit in ("ratio", "per_10000") else "count"


def _of(line: pd.Series) -> object:
    if line["status"] == "suppressed" or pd.isna(line["denominator"]) or pd.isna(line["numerator"]):
        return None
    whole = float(line["denominator"])
    facts = {"n": int(line["numerator"]), "of": Quantity(whole, "count", decimals=0 if whole == int(whole) else 1)}
    return Message("caseload.n_of", facts)


def change_of(line: pd.Series, before: pd.Series | None) -> object:
    """In percent of the year before; of percentages in percentage points."""
    if (
        before is None
        or pd.isna(before["value"])
        or pd.isna(line["value"])
        or "contradicted" in (line["status"], before["status"])
    ):
        return None
    now, then = float(line["value"]), float(before["value"])
    if line["unit"] == "percent":
        return Message("caseload.points", {"value": signed(now - then, "count")})
    return signed(100 * (now / then - 1), "percent") if then else None


def bounds(low: float, high: float, unit: str, decimals: int | None = None) -> Range:
    """An interval; an end without a bound is left open."""
    return Range(*(end if isfinite(end) else None for end in (low, high)), unit, decimals)


def signed(value: float, unit: str, decimals: int = 1) -> Message:
    return Message(
        "caseload.signed", {"value": Quantity(value, unit, decimals=decimals), "up": round(value, decimals) > 0}
    )


def remark(line: pd.Series) -> Code | None:
    note = line["note"]
    return None if not note or note in SAID_ONCE or line["status"] == "suppressed" else Code("caseload_note", note)


def places_table(told: Told) -> Table:
    """Per county: what was taken on and closed, shares, what is pending, the target of cases."""
    lines = []
    for code in (*told.places, ALL) if told.places else ():
        found = [told.line(indicator, group, code) for indicator, group in BY_COUNTY]
        lines.append((told.name(code), *(None if line is None else _short(told, line) for line in found)))
    columns = "cl_place " + " ".join(f"cl_v_{group}" for _, group in BY_COUNTY)
    return table("caseload_places", told, columns, lines, note=Message("caseload.note.places", told.facts))


def _short(told: Told, line: pd.Series) -> object:
    if line["note"] == "nothing_reported":
        return Code("caseload_status", "nothing_reported")
    return value_of(told, line, interval=False)


def change_table(told: Told, changed: Sequence[Change]) -> Table:
    """Per total: both years, the change, and its three parts."""
    lines = []
    for each in changed:
        if each.parts is not None:
            ends = (int(each.before), int(each.now))
            parts = [signed(value, "count", 0) for value in (each.parts.change, *each.effects)]
            lines.append((Code("caseload_total", each.name), *ends, *parts))
    columns = "cl_total cl_n_before cl_n_now cl_v_change cl_v_volume cl_v_mix cl_v_rate"
    return table("caseload_change", told, columns, lines, note=Message("caseload.note.change", told.facts))


def term_name(name: str) -> object:
    """A reform or a bundle of them, or another term."""
    kinds = name.split("+")
    if kinds[0] in REFORMS:
        codes = reform_codes(kinds)
        return codes[0] if len(codes) == 1 else Message("caseload.together", {"reforms": codes})
    return Code("caseload_term", name)


def terms_table(told: Told, explained: Explained) -> Table:
    """Per term: percent more or fewer cases, the interval, and how it is to be read."""
    lines = [
        (
            term_name(term.name),
            signed(term.percent.estimate, "percent"),
            bounds(term.percent.ci_low, term.percent.ci_high, "percent", 1) if term.verdict != "unsure" else None,
            Code("caseload_verdict", term.verdict),
        )
        for term in explained.terms
    ]
    left = tuple(
        Message("caseload.left", {"reform": reform_codes([k])[0], "why": Code("caseload_left", why)})
        for k, why in explained.left.items()
    )
    note = Message("caseload.note.terms", told.facts | {"left": left})
    columns = "cl_term cl_v_terms cl_v_interval cl_reading"
    return table("caseload_terms", told, columns, lines, note=note if lines else None)


def compare_table(told: Told, compared: Sequence[Compared]) -> Table:
    """Per rate and county: own value, the number it rests on, the partly pooled value, and where it lies."""
    lines = []
    for each in compared:
        unit, places = ("ratio", 2) if each.kind == "rate" else ("percent", 1)
        for row in each.rows.itertuples():
            ends = bounds(row.ci_low, row.ci_high, unit, places)
            pooled = Message(
                "caseload.with_interval", {"value": Quantity(row.estimate, unit, decimals=places), "ends": ends}
            )
            own = Quantity(row.value, unit, decimals=places)
            lines.append(
                (
                    Code("caseload_rate", each.group),
                    told.name(row.code),
                    own,
                    int(row.denominator),
                    pooled,
                    _where(row.outside),
                )
            )
    columns = "cl_rate cl_place cl_v_own cl_n_rests cl_v_pooled cl_where"
    return table("caseload_compare", told, columns, lines, placement="appendix")


def _where(outside: float) -> Code:
    side = "inside" if outside == 0 else "above" if outside > 0 else "below"
    return Code("caseload_where", side if side == "inside" else f"{side}_{f'{100 * abs(outside):g}'.replace('.', '_')}")
