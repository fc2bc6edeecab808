"""The tables that describe processing time."""

from math import isfinite

from legalaid_eval.cells.processing_counts import BEFORE
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.processing_findings import (
    UNVERIFIED,
    Kept,
    Told,
    evidence_of_rule,
    kept,
    quantiles_of,
    timing,
)
from legalaid_eval.chapters.processing_limits import by_group, by_rule
from legalaid_eval.chapters.processing_rows import group_medians
from legalaid_eval.chapters.processing_shares import PAPER_DAYS, PARTS, WAITS, clearance, papers_by, part, waiting
from legalaid_eval.content import Code, Column, Message, Quantity, Range, Table
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import HEADLINES, STAGE_TIMES, UNITS

HIDDEN = Code("status", "suppressed")
WORKING, CALENDAR = UNITS


def tables(told: Told) -> tuple[Table, ...]:
    return (
        stages_table(told),
        limits_table(told),
        shares_table(told),
        open_table(told),
        places_table(told),
        limits_places_table(told),
        types_table(told),
        groups_table(told),
    )


def _table(name: str, told: Told, columns: str, lines: list[tuple[object, ...]], **more: object) -> Table:
    heads = tuple(Column(key, "right" if key.startswith(("pt_n_", "pt_v_")) else "left") for key in columns.split())
    return Table(name, heads, tuple(lines), facts=told.facts | {"n": len(lines)}, **more)


def _days(found: Estimate | None, note: str) -> object:
    """A quantile with its interval, in the unit of the heading; or why there is none."""
    if found is None:
        return HIDDEN if note in ("", "too_few") else None
    if not isfinite(found.estimate):
        return Message("processing_time.not_reached", {"low": found.ci_low})
    high = found.ci_high if isfinite(found.ci_high) else None
    facts = {"value": found.estimate, "ends": Range(found.ci_low, high, "count")}
    return Message("processing_time.with_interval", facts)


def _percent(found: Estimate | None, note: str, *, decimals: int = 1) -> object:
    """A share with the ends of its interval, these rounded to `decimals` where many stand in a line."""
    if found is None:
        return HIDDEN if note == "too_few" else None
    ends = Range(found.ci_low, found.ci_high, "percent", decimals)
    return Message(
        "processing_time.with_interval", {"value": Quantity(found.estimate, "percent", decimals=1), "ends": ends}
    )


def _count(n: int | None) -> object:
    return HIDDEN if n is None else n


def _whole(told: Told, n: int | None) -> object:
    """A count that is told of the whole store alone."""
    return _count(n) if told.seen.places.whole else None


def stages_table(told: Told) -> Table:
    """Per stage: cases, open ones, median and ninth decile in working days and days, and the median a year before."""
    lines = []
    for stage in STAGE_TIMES:
        work, day = (timing(told, stage, unit) for unit in (WORKING, CALENDAR))
        (before, _), note = quantiles_of(told, told.cells(stage.stage, span=BEFORE), WORKING)
        values = [_days(found.median, found.note) for found in (work, day)]
        ninths = [_days(found.ninth, found.note) for found in (work, day)]
        counts = (_count(work.n), _whole(told, work.open))
        lines.append((Code("processing_stage", stage.stage), *counts, *values, *ninths, _days(before, note)))
    columns = "pt_stage pt_n_cases pt_n_open pt_v_median_work pt_v_median_day pt_v_p90_work pt_v_p90_day pt_v_before"
    return _table("stage_times", told, columns, lines, note=Message("processing_time.note_quantiles", told.facts))


def _rules(told: Told, found: Kept) -> tuple[Message, ...] | None:
    """The rules by id, one whose text nobody has verified marked."""
    marked = tuple(
        Message("processing_time.rule", {"id": rule, "unverified": evidence_of_rule(told, rule) == UNVERIFIED})
        for rule in found.rules
    )
    return marked or None


def limits_table(told: Told) -> Table:
    """Per time limit of law, and the pledge apart: its rule, share kept, cases judged, missed, too early, unknown."""
    lines = []
    for clock in told.seen.limits:
        found = kept(told, clock)
        share = _percent(found.share, found.note)
        counts = (
            _count(found.judged),
            _count(found.missed),
            *(_whole(told, n) for n in (found.pending, found.missing)),
        )
        lines.append((Code("processing_clock", clock), _rules(told, found), share, *counts))
        for version in by_rule(told, clock):
            values = (_percent(version.share, version.note), _count(version.judged), _count(version.missed))
            lines.append((Message("processing_time.under_rule"), _rules(told, version), *values, None, None))
    columns = "pt_clock pt_rule pt_v_kept pt_n_judged pt_n_missed pt_n_pending pt_n_unknown"
    return _table("time_limits", told, columns, lines, note=Message("processing_time.note_limits", told.facts))


def shares_table(told: Told) -> Table:
    """The same-day chain, aid first and its papers, the cohort's closure, and beside it the clearance ratio."""
    lines = []
    for name in PARTS:
        found = part(told, name)
        lines.append((Code("processing_share", name), _percent(found.share, found.note), _count(found.n)))
    for day in PAPER_DAYS:
        share, note = papers_by(told, day)
        lines.append((Message("processing_time.papers_by", {"day": day}), _percent(share, note), None))
    found = clearance(told)
    ratio = None if found.ratio is None else Quantity(100 * found.ratio, "percent", decimals=1)
    shown = HIDDEN if found.status == "suppressed" else ratio
    lines.append((Code("processing_share", "clearance_ratio"), shown, _count(found.taken_on)))
    note = Message("processing_time.note_shares", told.facts)
    return _table("time_shares", told, "pt_share pt_v_share pt_n_of", lines, note=note)


def open_table(told: Told) -> Table:
    """Per step that open cases wait for: how many, over the limit, and how old by now."""
    lines = []
    for name in WAITS:
        found = waiting(told, name)
        over = _count(found.over) if found.limited else None
        empty = found.n == 0
        ages = [None if empty else HIDDEN if v is None else v for v in (found.median, found.ninth)]
        lines.append((Code("waits_for", name), _count(found.n), over, *ages))
    columns = "pt_waits pt_n_waiting pt_n_over pt_v_age pt_v_age90"
    return _table("open_cases", told, columns, lines)


def places_table(told: Told) -> Table:
    """Per county: median working days of the core stages."""
    stages = [stage for stage in STAGE_TIMES if stage.stage in HEADLINES]
    lines = []
    for code in (*told.places, ALL):
        found = [timing(told, stage, WORKING, place=code) for stage in stages]
        values = [_days(each.median, each.note) for each in found]
        lines.append((told.name(code), _count(found[0].n), *values))
    columns = "pt_place pt_n_applied " + " ".join(f"pt_v_{name}" for name in HEADLINES)
    return _table("stage_places", told, columns, lines if told.places else [])


def limits_places_table(told: Told) -> Table:
    """Per county: share of each limit kept, same-day chain, closure of the cohort."""
    lines = []
    for code in (*told.places, ALL):
        found = [kept(told, clock, place=code) for clock in told.seen.limits]
        others = [part(told, name, place=code) for name in ("same_day", "closed_of_accepted")]
        values = [_percent(each.share, each.note, decimals=0) for each in (*found, *others)]
        lines.append((told.name(code), *values))
    clocks = ("pledge" if clock not in STEP_COLUMNS else clock for clock in told.seen.limits)
    columns = " ".join(("pt_place", *(f"pt_v_{clock}" for clock in clocks), "pt_v_same_day", "pt_v_closed"))
    return _table("limit_places", told, columns, lines if told.places else [])


STEP_COLUMNS = ("review", "assignment", "notified_assignment", "filing")


def types_table(told: Told) -> Table:
    """Per stage and type of case: cases, median and ninth decile in working days."""
    lines = []
    for stage in STAGE_TIMES:
        for case_type in told.case_types:
            found = timing(told, stage, WORKING, case_type=case_type)
            if found.note != "no_rows":
                values = [_days(each, found.note) for each in (found.median, found.ninth)]
                lines.append(
                    (
                        Code("processing_stage", stage.stage),
                        Code("effect_group_case_type", case_type),
                        _count(found.n),
                        *values,
                    )
                )
    columns = "pt_stage pt_case_type pt_n_cases pt_v_median_work pt_v_p90_work"
    return _table("stage_types", told, columns, lines, placement="appendix")


def groups_table(told: Told) -> Table:
    """Per recipient group: median working days from application to decision, the review's limit kept; they overlap."""
    limits = dict(by_group(told))
    lines = []
    for group, (median, note) in group_medians(told).items():
        found = limits.get(group)
        share = None if found is None else _percent(found.share, found.note)
        lines.append((Code("effect_group_recipient_group", group), _days(median, note), share))
    return _table("decision_groups", told, "pt_group pt_v_median_work pt_v_review_kept", lines, placement="appendix")
