"""The data of the pictures that describe processing time."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.processing_findings import MEDIAN, Told, curve_of, enough, kept, timing, trend
from legalaid_eval.content import Code, Figure, Quantity
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import HEADLINES, LIMITS, STAGE_TIMES, StageTime

CURVE = ["stage", "group", "duration", "share_open", "ci_low", "ci_high", "at_risk"]
TREND = ["month", "share", "ci_low", "ci_high", "n", "clock"]
SMALL = ["place", "measure", "value", "ci_low", "ci_high", "n", "status"]
LONGEST = 0.95
"""Curves are drawn up to the day by which so many are done: what is left is too few to be shown one by one."""
CHANGES = (date(2022, 1, 1), "law"), (date(2023, 9, 1), "order")
"""Days from which other limits hold, and what brought them."""
TICKS = 4


def survival_curves(told: Told) -> Figure:
    """Share still open by calendar day and stage, of cases begun in the period; `at_risk` at a few days."""
    parts = [_curve(told, stage) for stage in HEADLINES]
    data = pd.concat([part for part in parts if part is not None] or [pd.DataFrame(columns=CURVE)], ignore_index=True)
    facts = told.facts | {"unit": "day", "limits": tuple(_limits(told)), "conf_level": told.params.conf_level}
    return Figure("stage_survival", "survival_curves", data[CURVE], facts)


def _curve(told: Told, stage: str) -> pd.DataFrame | None:
    cells, least = told.cells(stage), told.params.min_cell
    n = int(cells["n"].sum())
    if not enough(n, MEDIAN, least):
        return None
    curve = curve_of(cells, "day", told.params.conf_level).curve
    # Where fewer than the least count are left, or are done on the whole, a step is one person's day.
    shown = (curve["at_risk"] - curve["events"] >= least) & (curve["survival"] >= 1 - LONGEST)
    curve = curve[shown]
    if curve.empty:
        return None
    percent = {name: 100 * curve[name] for name in ("ci_low", "ci_high")}
    found = pd.DataFrame({"duration": curve["duration"], "share_open": 100 * curve["survival"], **percent})
    places = {round(part * (len(found) - 1) / TICKS) for part in range(TICKS + 1)}
    listed = [place in places for place in range(len(found))]
    told_n = timing(told, _stage(stage), "day").n is not None
    at_risk = curve["at_risk"].where(pd.Series(listed, index=curve.index) & told_n)
    return found.assign(stage=_named(stage, len(found)), group=_group(len(found)), at_risk=at_risk)


def _stage(name: str) -> StageTime:
    return next(stage for stage in STAGE_TIMES if stage.stage == name)


def _named(stage: str, n: int) -> list[Code]:
    return [Code("processing_stage", stage)] * n


def _group(n: int) -> list[Code]:
    return [Code("processing_place", ALL)] * n


def _limits(told: Told) -> Iterator[tuple[Code, float, Quantity]]:
    """Limits in days of the rules in force in the period; one in working days has no place on an axis of days."""
    for stage in STAGE_TIMES:
        if stage.step and stage.stage in HEADLINES:
            in_force = kept(told, stage.step).rules
            for clock in told.seen.clocks[stage.step]:
                if clock.rule_id in in_force and clock.unit == "day":
                    yield Code("processing_stage", stage.stage), float(clock.limit), Quantity(clock.limit, "day")


def limit_compliance(told: Told) -> Figure:
    """Share of each time limit kept, over time: by quarter over the whole store, by year in a county."""
    lines = []
    for step in LIMITS:
        for span in trend(told, step):
            share = span.share
            numbers = (None,) * 3 if share is None else (share.estimate, share.ci_low, share.ci_high)
            n = None if span.met is None or span.missed is None else span.met + span.missed
            lines.append((f"{span.start:%Y-%m}", *numbers, n, Code("processing_clock", step)))
    data = pd.DataFrame(lines, columns=TREND)
    data[TREND[1:5]] = data[TREND[1:5]].astype(float)
    marks = tuple((f"{day:%Y-%m-%d}", Code("rule_change", name)) for day, name in CHANGES)
    facts = told.facts | {"marks": marks, "conf_level": told.params.conf_level}
    return Figure("limit_compliance", "limit_compliance", data, facts)


def by_place(told: Told) -> pd.DataFrame:
    """Core numbers by county, for small plots: place, measure, value, ci_low, ci_high, n, status."""
    lines = []
    for code in told.places:
        for stage in HEADLINES:
            found = timing(told, _stage(stage), "working_day", place=code)
            lines.append((told.name(code), stage, *_numbers(found.median), found.n, found.status))
        for clock in told.seen.limits:
            share = kept(told, clock, place=code)
            lines.append((told.name(code), clock, *_numbers(share.share), share.judged, share.status))
    data = pd.DataFrame(lines, columns=SMALL)
    data[SMALL[2:6]] = data[SMALL[2:6]].astype(float)
    return data


def _numbers(found: Estimate | None) -> tuple[float | None, ...]:
    return (None,) * 3 if found is None else (found.estimate, found.ci_low, found.ci_high)
