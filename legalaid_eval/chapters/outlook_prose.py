"""The outlook on caseload in sentences: what is to come, whether the target is met, what backlog and staff follow."""

from collections.abc import Iterator

import pandas as pd

from legalaid_eval.chapters.outlook_capacity import DEMAND, NOW, REVIEW, STAFF
from legalaid_eval.chapters.outlook_findings import Outlook
from legalaid_eval.chapters.outlook_forecast import MINT
from legalaid_eval.chapters.outlook_nowcast import (
    LIKELY,
    MET,
    NOT_EVALUABLE,
    NOT_MET,
    OPEN,
    UNINFORMATIVE,
    UNLIKELY,
)
from legalaid_eval.chapters.outlook_tables import chance, month_of
from legalaid_eval.content import Code, Message, Prose, Quantity, Range
from legalaid_eval.estimators.capacity import WORKING_DAYS

READING = ("interval", "fallback", "nowcast", "easy", "stock", "hidden")


def prose(found: Outlook) -> tuple[Prose, ...]:
    return (
        Prose("outlook_forecast", tuple(_forecast(found))),
        Prose("outlook_nowcast", tuple(_nowcast(found))),
        Prose("outlook_capacity", tuple(_capacity(found))),
        Prose("outlook_reading", tuple(Message(f"outlook.reading.{key}", found.facts) for key in READING), "list"),
    )


def cases(value: float) -> Quantity:
    return Quantity(float(value), "case", decimals=0)


def _forecast(found: Outlook) -> Iterator[Message]:
    forecast = found.forecast
    if forecast is None:
        yield Message("outlook.no_forecast", found.facts)
    else:
        total, before = forecast.total, found.last_year()
        facts = found.facts | {
            "first": month_of(forecast.months["period"].iloc[0]),
            "last": month_of(forecast.months["period"].iloc[-1]),
            "months": Quantity(forecast.horizon, "month", decimals=0),
            "total": cases(total["mean"]),
            "span": Range(total["lo95"], total["hi95"], "case", 0),
            "before": None if before is None else cases(before),
            "yearly": forecast.horizon == 12,
            "single": not found.shown.counties,
            "full": (forecast.sums["method"] == "combined").any(),
            "festival": forecast.festival,
            "mint": forecast.method == MINT,
            "tried": forecast.errors is not None,
        }
        yield Message("outlook.forecast", facts)
        yield _tested(found)
        if forecast.notes:
            yield Message("outlook.treated", {"series": tuple(_treated(found))})
    if found.cut:
        yield Message("outlook.cut_month", found.facts | {"month": month_of(pd.Period(found.end, freq="M"))})
    if found.came.left_out and found.shown.counties:
        names = tuple(found.name(code) for code in found.came.left_out)
        yield Message("outlook.left_out", {"counties": names, "n": len(names)})
    if found.unplaced:
        yield Message("outlook.unplaced", found.facts)


def _treated(found: Outlook) -> Iterator[Message]:
    for code, notes in found.forecast.notes.items():
        said = tuple(Code("outlook_note", note) for note in notes)
        yield Message("outlook.treated_one", {"series": found.name(code), "notes": said})


def _tested(found: Outlook) -> Message:
    """How good the forecast was before, and whether the naive one is as good."""
    forecast = found.forecast
    if forecast.tested is None:
        return Message("outlook.untested", {"why": Code("outlook_note", forecast.untested)})
    overall = forecast.tested.overall.set_index("measure")
    gain, inside = overall.loc["gain"], overall["estimate"]
    known = gain["ci_low"] == gain["ci_low"]
    facts = {
        "gain": Quantity(abs(gain["estimate"]), "percent", decimals=0),
        "span": Range(gain["ci_low"], gain["ci_high"], "percent", 0) if known else None,
        "naive_as_good": forecast.tested.naive_as_good,
        "better": gain["estimate"] > 0,
        "inside80": Quantity(100 * inside["coverage80"], "percent", decimals=0),
        "inside95": Quantity(100 * inside["coverage95"], "percent", decimals=0),
        "single": not found.shown.counties,
    }
    return Message("outlook.tested", facts)


def _nowcast(found: Outlook) -> Iterator[Message]:
    year, total = found.year, found.year.total
    value = found.expected()
    facts = found.facts | {"target": None if total.target is None else cases(total.target)}
    facts |= {"n": None if value is None else cases(value), "verdict": Code("outlook_verdict", total.verdict)}
    facts |= {"evaluable": total.verdict != NOT_EVALUABLE, "why": _why(total.note), "easy": total.easy}
    if total.nowcast is None:
        yield Message("outlook.no_nowcast", facts)
    elif year.complete:
        yield Message("outlook.complete", facts | {"share": _share(value, total.target)})
    else:
        ends = total.nowcast.expected
        facts |= {"span": Range(ends.ci_low, ends.ci_high, "case", 0), "months": Quantity(year.months, "month")}
        facts |= {"chance": None if total.sure is None else chance(total.sure)}
        facts |= {"method": Code("outlook_method", total.nowcast.method)}
        yield Message("outlook.nowcast", facts)
    yield from _counties(found)
    yield from _record(found)
    if found.other_targets:
        names = tuple(Code("outlook_target", name) for name in found.other_targets)
        yield Message("outlook.other_targets", {"targets": names})


def _why(note: str) -> Code | None:
    return Code("outlook_note", note) if note else None


def _share(value: float | None, target: float | None) -> Quantity | None:
    return None if value is None or not target else Quantity(100 * value / target, "percent", decimals=0)


def _counties(found: Outlook) -> Iterator[Message]:
    """The counties by verdict, in their own order; never a ranking."""
    if not found.shown.counties:
        return
    parts = []
    for verdict in (MET, NOT_MET, LIKELY, OPEN, UNLIKELY, UNINFORMATIVE, NOT_EVALUABLE):
        codes = found.year.with_verdict(verdict)
        if codes:
            names = tuple(found.name(code) for code in codes)
            facts = {"verdict": Code("outlook_verdict", verdict), "counties": names, "n": len(names)}
            parts.append(Message("outlook.verdict_of", facts))
    if parts:
        yield Message("outlook.counties", {"parts": tuple(parts)})


def _record(found: Outlook) -> Iterator[Message]:
    if found.record is None:
        yield Message("outlook.no_record")
        return
    lines = []
    for row in found.record.summary().itertuples():
        error, linear = (Quantity(value, "percent", decimals=1) for value in (row.error, row.linear_error))
        facts = {"month": Code("outlook_as_of", f"m{row.month:.0f}"), "error": error, "linear": linear}
        inside = Quantity(row.coverage80, "percent", decimals=0), Quantity(row.coverage95, "percent", decimals=0)
        lines.append(Message("outlook.record_of", facts | {"inside80": inside[0], "inside95": inside[1]}))
    yield Message("outlook.record", {"lines": tuple(lines), "single": not found.shown.counties})


def _capacity(found: Outlook) -> Iterator[Message]:
    capacity, params = found.capacity, found.told.params
    if capacity.why:
        yield Message("outlook.no_capacity", {"why": Code("outlook_note", capacity.why)})
        return
    pace = capacity.per_month
    opening = found.shown.pending_at_end(found.end)
    facts = found.facts | {
        "opening": None if opening is None else cases(opening),
        "pace": cases(pace.estimate),
        "pace_span": Range(pace.ci_low, pace.ci_high, "case", 0),
        "months": Quantity(capacity.months, "month", decimals=0),
        "arrivals": cases(capacity.arrivals),
        "ahead": Quantity(params.scenario_months, "month", decimals=0),
    }
    yield Message("outlook.capacity", facts)
    yield Message("outlook.scenarios", facts | {"lines": tuple(_scenarios(found))})
    yield from _review(found)
    yield from _handlers(found)


def _scenarios(found: Outlook) -> Iterator[Message]:
    params = found.told.params
    for row in found.capacity.ends.itertuples():
        change = {STAFF: params.staff_change, DEMAND: params.demand_shock}.get(row.scenario)
        facts = {
            "scenario": Code("outlook_scenario", row.scenario),
            "change": None if change is None else Quantity(100 * abs(change), "percent", decimals=0),
            "less": change is not None and change < 0,
            "stock": cases(row.stock),
            "span": Range(row.lo95, row.hi95, "case", 0),
        }
        if row.scenario != REVIEW:  # told apart: it is a matter of Little's law
            yield Message("outlook.scenario", facts)


def _review(found: Outlook) -> Iterator[Message]:
    saved = found.capacity.saved
    if saved is not None and round(saved.cases) == 0:
        yield Message("outlook.no_review")
    elif saved is not None:
        rate = Quantity(saved.rate * WORKING_DAYS, "case", decimals=0)
        facts = {"rate": rate, "days": Quantity(saved.days, "working_day", decimals=1)}
        yield Message("outlook.review", facts | {"cases": cases(saved.cases)})


def _handlers(found: Outlook) -> Iterator[Message]:
    capacity, wait = found.capacity, found.told.params.wanted_wait
    if capacity.needed.empty:
        yield Message("outlook.no_handlers")
        return
    rows = capacity.needed.set_index("scenario")
    facts = {"active": Quantity(capacity.handlers, "person", decimals=0)}
    facts |= {"wait": Quantity(wait, "working_day", decimals=0), "needed": int(rows.loc[NOW, "needed"])}
    facts |= {"span": Range(rows.loc[NOW, "low"], rows.loc[NOW, "high"], "count", 0)}
    facts |= {"shock": int(rows.loc[DEMAND, "needed"])}
    pace = capacity.per_month.estimate / capacity.handlers
    yield Message("outlook.handlers", facts | {"pace": Quantity(pace, "case", decimals=1)})
