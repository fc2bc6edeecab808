"""Times of stages and time limits kept: what rows, tables and figures of 'processing time' share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.cells.processing_counts import NOW
from legalaid_eval.cells.processing_register import ALL, HIDDEN, OK, Asked, Register, processing_register
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.chapters.register_places import ToldOfPlaces
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.duration import KaplanMeier, kaplan_meier
from legalaid_eval.estimators.survey import proportion_interval
from legalaid_eval.indicators.processing_time import STAGE_TIMES, StageTime

MEDIAN, NINTH = 0.5, 0.9
UNVERIFIED = "unverified"


@dataclass(frozen=True, eq=False, slots=True)
class Told(ToldOfPlaces):
    """What the register holds, with the report it is told in."""

    params: Params
    seen: Register

    def cells(self, stage: str, *, place: str = ALL, case_type: str = ALL, span: str = NOW) -> pd.DataFrame:
        """The durations of a stage; nothing of them may be shown but what `curve` makes of them."""
        found = self.seen.places.of(self.seen.stages[stage], place)
        found = found[found["span"] == span]
        return found if case_type == ALL else found[found["case_type"] == case_type]

    @property
    def case_types(self) -> tuple[str, ...]:
        return tuple(sorted({t for cells in self.seen.stages.values() for t in cells["case_type"]}))


def told_of(params: Params) -> Told:
    """Look the report's store over; raises DataError if there is none."""
    pledge = getattr(params, "pledge_rule", "")
    days = (params.period_start, params.period_end)
    asked = Asked(params.place, tuple(params.parts), *days, params.min_cell, pledge)
    return Told(params, processing_register(store_address(params), asked))


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a stage took: `n` cases and how many of them are `open`, None where hidden; `note` says why not.

    `open` is told of the whole store alone, for the reason `processing_counts` gives.

    A quantile is told only where at least `min_cell` cases lie on either side of it: the tenth longest of twenty
    durations is one person's. Then `n` may still be hidden, because it could be subtracted from other counts.
    """

    stage: StageTime
    unit: str
    place: str
    case_type: str
    n: int | None
    open: int | None
    median: Estimate | None
    ninth: Estimate | None
    note: str = ""

    @property
    def status(self) -> str:
        return {"": OK, "too_few": HIDDEN}.get(self.note, "not_evaluable")


def curve_of(cells: pd.DataFrame, unit: str, conf_level: float, group: str | None = None) -> KaplanMeier:
    return kaplan_meier(cells, duration=unit, event="event", count="n", group=group, conf_level=conf_level, unit=unit)


def enough(n: int, share: float, min_cell: int) -> bool:
    """Whether at least `min_cell` of `n` cases lie on either side of a quantile."""
    return round(n * min(share, 1 - share), 9) >= min_cell


def timing(told: Told, stage: StageTime, unit: str, *, place: str = ALL, case_type: str = ALL) -> Timing:
    """The stage's time in the period, followed to the last day of the data."""
    name, seen = stage.stage, told.seen
    cells = told.cells(name, place=place, case_type=case_type)
    n, _ = seen.count(f"time {name}", county=place, case_type=case_type)
    whole = seen.places.whole and place == case_type == ALL
    still_open = seen.count(f"time {name} seen", seen="open")[0] if whole else None
    quantiles, note = quantiles_of(told, cells, unit)
    return Timing(stage, unit, place, case_type, n, still_open, *quantiles, note)


def quantiles_of(told: Told, cells: pd.DataFrame, unit: str) -> tuple[tuple[Estimate | None, Estimate | None], str]:
    """Median and ninth decile, each None where too few cases lie beyond it, and why there is no median."""
    n, least = int(cells["n"].sum()), told.params.min_cell
    if n == 0:
        return (None, None), "no_rows"
    if not enough(n, MEDIAN, least):
        return (None, None), "too_few"
    curve = curve_of(cells, unit, told.params.conf_level)
    median = curve.quantile(MEDIAN)
    ninth = curve.quantile(NINTH) if enough(n, NINTH, least) else None
    return (median, ninth), "" if median.estimate == median.estimate else "not_reached"


def timings(told: Told, units: tuple[str, ...], *, places: tuple[str, ...] = (ALL,)) -> Iterator[Timing]:
    """Every stage in every unit."""
    for stage in STAGE_TIMES:
        for unit in units:
            for place in places:
                yield timing(told, stage, unit, place=place)


@dataclass(frozen=True, slots=True)
class Kept:
    """How often a time limit was kept: counts are None where hidden, the share is of those met and missed.

    clock: a step of the law, or the pledge's id. rules: ids in force in the period. `pending` and `missing` are told of
    the whole store alone. provisional: of how many judged cases the last day hangs on holidays not announced yet.
    """

    clock: str
    place: str
    case_type: str
    rules: tuple[str, ...]
    met: int | None
    missed: int | None
    pending: int | None
    missing: int | None
    share: Estimate | None
    provisional: int | None
    note: str = ""

    @property
    def status(self) -> str:
        return {"": OK, "too_few": HIDDEN}.get(self.note, "not_evaluable")

    @property
    def judged(self) -> int | None:
        return None if self.met is None or self.missed is None else self.met + self.missed


def kept(told: Told, clock: str, *, place: str = ALL, case_type: str = ALL) -> Kept:
    """The share of the period's cases in which the limit was kept; open ones past their last day were not.

    `case_type` only of a place that is the whole store: counties are not told apart by type.
    """
    cells = told.seen.places.of(told.seen.limits[clock], place)
    cells = cells if case_type == ALL else cells[cells["case_type"] == case_type]
    table, at = f"limit {clock}", {"county": place}
    if case_type != ALL:
        table, at = f"limit {clock} by type", {"case_type": case_type}
    counts = {name: told.seen.count(table, outcome=name, **at)[0] for name in ("met", "missed")}
    for name in ("pending", "missing"):
        whole = told.seen.places.whole and place == case_type == ALL
        counts[name] = told.seen.count(f"limit {clock} unjudged", outcome=name)[0] if whole else None
    share, note = share_of(told, counts["met"], counts["missed"])
    rules = tuple(clock.rule_id for clock in told.seen.clocks[clock] if clock.rule_id in set(cells["rule_id"]))
    provisional, _ = told.seen.count(f"limit {clock} provisional", county=place, provisional="true")
    return Kept(clock, place, case_type, rules, **counts, share=share, provisional=provisional, note=note)


def share_of(told: Told, yes: int | None, no: int | None) -> tuple[Estimate | None, str]:
    """A share with its interval, or why there is none."""
    if yes is None or no is None:
        return None, "too_few"
    if yes + no == 0:
        return None, "no_rows"
    return proportion_interval(yes, yes + no, conf_level=told.params.conf_level), ""


def evidence_of_rule(told: Told, rule_id: str) -> str:
    """How well the text of a rule is known: primary, secondary, unverified or a programme's article."""
    return next(c.evidence for clocks in told.seen.clocks.values() for c in clocks if c.rule_id == rule_id)


@dataclass(frozen=True, slots=True)
class Span:
    """How often a limit was kept in a quarter or year: `label` 2023-Q2 or 2023, `start` its first day."""

    label: str
    start: date
    met: int | None
    missed: int | None
    share: Estimate | None


def trend(told: Told, step: str) -> Iterator[Span]:
    """By quarter over all counties of a store, by year else; the period itself last."""
    seen = told.seen
    if seen.places.whole:
        tables = ((f"limit {step} before", "quarter"), (f"limit {step} by quarter", "quarter"))
        labels = [sorted(set(seen.decided.shown(table)[key]) - {ALL}) for table, key in tables]
        for (table, key), found in zip(tables, labels, strict=True):
            yield from (_span(told, table, label, **{key: label}) for label in found)
        return
    table = f"limit {step} by year"
    for label in sorted(set(seen.decided.shown(table)["year"]) - {ALL}):
        yield _span(told, table, label, year=label)
    yield _span(told, f"limit {step}", f"{told.params.period_start:%Y}")


def _span(told: Told, table: str, label: str, **at: str) -> Span:
    whole = {} if told.seen.places.whole or not told.seen.places.single else {"county": told.seen.places.codes[0]}
    met, missed = (told.seen.count(table, outcome=name, **at, **whole)[0] for name in ("met", "missed"))
    year, _, quarter = label.partition("-Q")
    start = date(int(year), 3 * int(quarter or 1) - 2, 1)
    return Span(label, start, met, missed, share_of(told, met, missed)[0])
