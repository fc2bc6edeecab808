"""Caseload in sentences: what is asked of which data, how many came, what changed and why, and how to read it."""

from collections.abc import Iterator, Sequence

import pandas as pd

from legalaid_eval.chapters.caseload_change import Change
from legalaid_eval.chapters.caseload_compare import Compared
from legalaid_eval.chapters.caseload_explain import HIGHER, LOWER, OPEN, UNSURE, Explained
from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.chapters.caseload_lanes import Lanes
from legalaid_eval.chapters.caseload_rows import share_of
from legalaid_eval.chapters.caseload_tables import bounds, signed, term_name
from legalaid_eval.content import Code, Message, Prose, Quantity
from legalaid_eval.indicators.caseload_drivers import TREND

MET = 100
"""Percent of a target from which it is met."""
NAMED = 6
"""Up to so many gaps are named."""


def question(told: Told) -> Prose:
    """What is asked, what is estimated, and which data there are."""
    return Prose(
        "question",
        (Message("caseload.question", _facts(told)), Message("caseload.estimand", _facts(told)), *_data(told)),
    )


def _facts(told: Told) -> dict[str, object]:
    return told.facts | {
        "stated": told.register.meta.basis == "stated",
        "single": told.alone,
        "year_before": None if told.seen.baseline is None else told.year_before,
        "unfinished": told.seen.as_of < told.params.period_end,
    }


def _data(told: Told) -> Iterator[Message]:
    """Who reported, and where months are missing."""
    codes = told.register.places.codes
    reported = told.register.reported.get("cases")
    silent = (
        [] if reported is None else [c for c in codes if not reported.loc[reported["county"] == c, "reported"].any()]
    )
    gaps = told.seen.gaps[~told.seen.gaps["county"].isin(silent)]
    named = tuple(
        Message("caseload.gap", {"place": told.name(r.county), "month": r.month}) for r in gaps.head(NAMED).itertuples()
    )
    facts = told.facts | {"counties": len(codes), "reporting": len(codes) - len(silent) if reported is not None else 0}
    facts |= {"silent": tuple(told.name(code) for code in silent), "gaps": named, "more": max(0, len(gaps) - NAMED)}
    yield Message("caseload.data", facts)


def narrative(
    told: Told, lanes: Lanes, explained: Explained, changed: Sequence[Change], compared: Sequence[Compared]
) -> Prose:
    """The answer: how many came and why more or fewer, whether they were closed, who stands out."""
    said = (
        *_came(told),
        *_why(told, changed),
        *_done(told),
        *_stock(told),
        *_target(told),
        *_outside(told, compared),
        *_lanes(lanes),
        Message(
            "caseload.overturn", told.facts | {"explained": explained.model is not None, "counties": len(told.places)}
        ),
    )
    return Prose("narrative", said)


def _number(told: Told, indicator: str, group: str, *, before: bool = False) -> int | None:
    line = told.line(indicator, group, before=before)
    return None if line is None or pd.isna(line["value"]) else int(line["value"])


def _came(told: Told) -> Iterator[Message]:
    parts = {name: _number(told, "CL01", name) for name in ("applications", "notified")}
    earlier = {name: _number(told, "CL01", name, before=True) for name in parts}
    if None in parts.values():
        yield Message("caseload.came_unknown", told.facts)
        return
    now = sum(parts.values())
    facts = told.facts | {"now": now, "before": None, "change": None, **parts}
    if None not in earlier.values() and sum(earlier.values()):
        then = sum(earlier.values())
        facts |= {
            "before": then,
            "change": signed(100 * (now / then - 1), "percent"),
            "up": now > then,
            "same": now == then,
        }
    yield Message("caseload.came", facts)


def _why(told: Told, changed: Sequence[Change]) -> Iterator[Message]:
    for each in changed:
        facts = told.facts | {
            "what": Code("caseload_total", each.name),
            "kind": each.name,
            "note": Code("caseload_note", each.note or "no_rows"),
        }
        if each.parts is None:
            yield Message("caseload.why_not", facts)
            continue
        parts = dict(zip(("volume", "mix", "rate"), each.effects, strict=True))
        largest = max(parts, key=lambda name: abs(parts[name]))
        facts |= {name: signed(value, "count", 0) for name, value in parts.items()}
        facts |= {"change": signed(each.parts.change, "count", 0), "before": int(each.before), "now": int(each.now)}
        facts |= {
            "largest": Code(f"caseload_cause_{each.name}", largest),
            "steady": each.steady,
            "moved": each.parts.change != 0,
        }
        yield Message("caseload.why", facts)


def _done(told: Told) -> Iterator[Message]:
    line, ratio = told.line("CL05", "closed_by_cutoff"), told.line("CL06", "clearance")
    share = None if line is None else share_of(line, told.params.conf_level)
    if share is not None:
        facts = told.facts | {
            "share": _percent(share.estimate),
            "interval": bounds(share.ci_low, share.ci_high, "percent", 1),
        }
        known = ratio is not None and pd.notna(ratio["value"])
        yield Message("caseload.done", facts | {"ratio": _percent(float(ratio["value"])) if known else None})


def _stock(told: Told) -> Iterator[Message]:
    ends = {name: _number(told, "CL07", f"pending_{name}") for name in ("start", "end")}
    if None in ends.values():
        return
    line = told.line("CL07", "account_difference")
    facts = (
        told.facts
        | ends
        | {"change": signed(ends["end"] - ends["start"], "count", 0), "same": ends["end"] == ends["start"]}
    )
    facts["incomplete"] = told.line("CL07", "pending_end")["note"] == "opening_stock_incomplete"
    wrong = line is not None and line["status"] == "contradicted"
    whole = line is not None and line["status"] == "ok"
    counted = wrong and pd.notna(line["value"])
    yield Message(
        "caseload.stock",
        facts | {"wrong": wrong, "whole": whole, "difference": int(line["value"]) if counted else None},
    )


def _target(told: Told) -> Iterator[Message]:
    """Whether the year's targets were met; one that every county reaches says little."""
    said, easy = [], []
    for group in ("cases", "consultations", "outreach_sessions"):
        line, paced = told.line("TN01", group), told.line("TN02", group)
        if line is None or pd.isna(line["value"]):
            continue
        counties = [told.line("TN01", group, code) for code in told.places]
        known = [float(each["value"]) for each in counties if each is not None and pd.notna(each["value"])]
        reached = sum(value >= MET for value in known)
        easy += [Code("caseload_target", group)] if len(known) > 1 and reached == len(known) else []
        running = pd.notna(paced["value"]) and paced["value"] != line["value"]
        facts = {"target": Code("caseload_target", group), "share": _percent(float(line["value"]))}
        facts |= {"paced": _percent(float(paced["value"])) if running else None}
        said.append(Message("caseload.target", facts | {"known": len(known), "reached": reached}))
    if said:
        yield Message("caseload.targets", {"targets": tuple(said), "easy": tuple(easy)})


def _outside(told: Told, compared: Sequence[Compared]) -> Iterator[Message]:
    for each in compared:
        if each.funnel is None:
            continue
        outside = each.outside
        named = {
            side: tuple(told.name(code) for code in outside.loc[outside["outside"] * sign > 0, "code"])
            for side, sign in (("above", 1), ("below", -1))
        }
        facts = (
            told.facts
            | named
            | {"rate": Code("caseload_rate", each.group), "places": len(each.rows), "outside": len(outside)}
        )
        facts |= {"expected": Quantity(each.funnel.expected_outside[0.95], "count", decimals=1)}
        facts |= {
            "widened": each.funnel.used_dispersion > 1,
            "missing": tuple(told.name(code) for code in each.missing),
        }
        yield Message("caseload.outside", facts)


def _lanes(lanes: Lanes) -> Iterator[Message]:
    green, other = (lanes.medians[name] for name in ("green", "other"))
    if green is not None and other is not None:
        days = {name: Quantity(found.estimate, "working_day") for name, found in (("green", green), ("other", other))}
        yield Message(
            "caseload.lanes", days | {"same": green.estimate == other.estimate, "at_once": green.estimate == 0}
        )


def explanation(told: Told, explained: Explained) -> Prose:
    """What went with more and with fewer cases, and what this cannot say."""
    if explained.model is None:
        facts = told.facts | {"note": Code("caseload_model_note", explained.note), "months": explained.months}
        return Prose("caseload_explained", (Message("caseload.model_none", facts),))
    facts = told.facts | {
        "counties": explained.counties,
        "months": explained.months,
        "single": explained.counties == 1,
        "looked_at": explained.looked_at,
        "chance": Quantity((1 - told.params.conf_level) * explained.looked_at, "count", decimals=1),
        "level": _percent(100 * told.params.conf_level, 0),
        "few": any(note.startswith("few_clusters") for note in explained.model.notes),
    }
    facts |= {name: _named(explained, verdict) for name, verdict in (("higher", HIGHER), ("lower", LOWER))}
    facts |= {
        name: tuple(term_name(t.name) for t in _of(explained, verdict))
        for name, verdict in (("open", OPEN), ("unsure", UNSURE))
    }
    keys = ("model", "moved", "season", "association")
    return Prose("caseload_explained", tuple(Message(f"caseload.{key}", facts | _season(explained)) for key in keys))


def _of(explained: Explained, verdict: str) -> list:
    return [term for term in explained.terms if term.verdict == verdict and term.name != TREND]


def _named(explained: Explained, verdict: str) -> tuple[Message, ...]:
    return tuple(
        Message(
            "caseload.term",
            {
                "term": term_name(term.name),
                "change": signed(term.percent.estimate, "percent"),
                "interval": bounds(term.percent.ci_low, term.percent.ci_high, "percent", 1),
            },
        )
        for term in _of(explained, verdict)
    )


def _season(explained: Explained) -> dict[str, object]:
    """The strongest and the weakest month of the year, the festival apart; and the trend."""
    season = explained.season.sort_values("factor")
    low, high = season.iloc[0], season.iloc[-1]
    trend = next(term for term in explained.terms if term.name == TREND)
    return {
        "high_month": Code("caseload_month", f"{int(high['position']) + 1:02d}"),
        "high": signed(100 * (high["factor"] - 1), "percent", 0),
        "low_month": Code("caseload_month", f"{int(low['position']) + 1:02d}"),
        "low": signed(100 * (low["factor"] - 1), "percent", 0),
        "trend": signed(trend.percent.estimate, "percent"),
        "trend_interval": bounds(trend.percent.ci_low, trend.percent.ci_high, "percent", 1),
        "trend_open": trend.verdict in (OPEN, UNSURE),
    }


def reading(told: Told) -> Prose:
    keys = ("events", "interval", "shares", "change", "funnel", "missing", "hidden")
    return Prose(
        "caseload_reading", tuple(Message(f"caseload.reading.{key}", _facts(told)) for key in keys), style="list"
    )


def _percent(value: float, decimals: int = 1) -> Quantity:
    return Quantity(value, "percent", decimals=decimals)
