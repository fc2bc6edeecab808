"""The results rows that describe processing time."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite

import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.processing_counts import BEFORE
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.processing_findings import (
    UNVERIFIED,
    Kept,
    Timing,
    Told,
    evidence_of_rule,
    kept,
    quantiles_of,
    timing,
    timings,
)
from legalaid_eval.chapters.processing_limits import by_group, by_rule
from legalaid_eval.chapters.processing_shares import PAPER_DAYS, PARTS, WAITS, clearance, papers_by, part, waiting
from legalaid_eval.chapters.report_row import RowMaker
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.processing_time import HEADLINES, LIMITS, PLEDGED, SHARES, STAGE_TIMES, UNITS

NAME = "processing_time"


@dataclass(frozen=True, eq=False, slots=True)
class Writer:
    """Makes rows that share the report, the evidence and the period."""

    told: Told

    def row(self, *about: object, place: str = ALL, **more: object) -> results.Row:
        """`RowMaker.row` of a county's code."""
        maker = RowMaker(self.told.params, NAME, self.told.seen.meta.evidence)
        return maker.row(*about, place=self.told.key(place), **more)


def rows(told: Told) -> pd.DataFrame:
    """Everything the description tells; hidden numbers are empty and have the status suppressed."""
    return results.make(row_list(told))


def row_list(told: Told) -> Iterator[results.Row]:
    """The same, to be joined to the rows of effects."""
    write = Writer(told)
    for make in (_times, _types, _groups, _earlier, _limits, _limit_groups, _parts, _papers, _clearance, _open):
        yield from make(write, told)


def _places(told: Told) -> tuple[str, ...]:
    return (ALL, *told.places)


def _times(write: Writer, told: Told) -> Iterator[results.Row]:
    for found in timings(told, UNITS):
        yield from _quantiles(write, found, found.stage.stage)
        if found.unit == UNITS[0] and told.seen.places.whole:
            status = "suppressed" if found.open is None else "ok"
            counted = float(found.open) if found.open is not None else None
            yield write.row(found.stage.indicator, found.stage.stage, "open_at_cutoff", "case", counted, status=status)
    for place in told.places:
        for stage in (stage for stage in STAGE_TIMES if stage.stage in HEADLINES):
            for unit in UNITS:
                yield from _quantiles(write, timing(told, stage, unit, place=place), stage.stage)


def _types(write: Writer, told: Told) -> Iterator[results.Row]:
    for stage in STAGE_TIMES:
        for case_type in told.case_types:
            for unit in UNITS:
                found = timing(told, stage, unit, case_type=case_type)
                if found.note != "no_rows":
                    yield from _quantiles(write, found, f"{stage.stage}:case_type:{case_type}")


def _quantiles(write: Writer, found: Timing, group: str) -> Iterator[results.Row]:
    more = {"place": found.place, "n": found.n}
    for name, quantile in (("median", found.median), ("p90", found.ninth)):
        status, note = found.status, found.note
        if quantile is None and not note:
            status, note = "suppressed", "too_few"
        elif quantile is not None:
            reached = isfinite(quantile.estimate)
            status, note = ("ok", "") if reached else ("not_evaluable", "not_reached")
        method = f"kaplan_meier_{name} {found.unit}"
        yield write.row(found.stage.indicator, group, method, found.unit, quantile, status=status, note=note, **more)


def _groups(write: Writer, told: Told) -> Iterator[results.Row]:
    """Recipient groups overlap; their numbers are not shown, since these could be set off against one another."""
    for group, (median, note) in group_medians(told).items():
        status = "ok" if median is not None and not note else "suppressed" if note == "too_few" else "not_evaluable"
        more = {"status": status, "note": note}
        name = f"applied_decided:recipient_group:{group}"
        yield write.row("TM01", name, "kaplan_meier_median working_day", "working_day", median, **more)


def group_medians(told: Told) -> dict[str, tuple[Estimate | None, str]]:
    """Recipient group -> median working days from application to decision, and why there is none."""
    cells = told.seen.places.of(told.seen.groups).rename(columns={"duration": "working_day"})
    found = {}
    for group, rows_ in cells.groupby("recipient_group"):
        (median, _), note = quantiles_of(told, rows_, "working_day")
        found[str(group)] = (median, note)
    return found


def _earlier(write: Writer, told: Told) -> Iterator[results.Row]:
    """The same stages begun a year earlier, beside them and without any claim why they differ."""
    for stage in STAGE_TIMES:
        (median, _), note = quantiles_of(told, told.cells(stage.stage, span=BEFORE), "working_day")
        status = {"": "ok", "too_few": "suppressed"}.get(note, "not_evaluable")
        method = "kaplan_meier_median working_day year_before"
        yield write.row(stage.indicator, stage.stage, method, "working_day", median, status=status, note=note)


def _limits(write: Writer, told: Told) -> Iterator[results.Row]:
    for clock in told.seen.limits:
        for place in _places(told):
            yield from _kept(write, told, kept(told, clock, place=place), clock)
        for found in by_rule(told, clock):
            yield from _kept(write, told, found, f"{clock}:rule:{found.rules[0]}")
        for case_type in told.case_types if clock in LIMITS and told.seen.places.whole else ():
            found = kept(told, clock, case_type=case_type)
            if found.note != "no_rows":
                yield from _kept(write, told, found, f"{clock}:case_type:{case_type}")


def _limit_groups(write: Writer, told: Told) -> Iterator[results.Row]:
    for group, found in by_group(told):
        yield from _kept(write, told, found, f"{found.clock}:recipient_group:{group}")


def _kept(write: Writer, told: Told, found: Kept, group: str) -> Iterator[results.Row]:
    """The rule stands in the method; its text, where nobody has read it, in the note."""
    indicator, rules = LIMITS.get(found.clock, PLEDGED), "+".join(found.rules) or "none"
    doubtful = any(evidence_of_rule(told, rule) == UNVERIFIED for rule in found.rules)
    note = found.note or ("rule_unverified" if doubtful else "provisional_holidays" if found.provisional != 0 else "")
    more = {"place": found.place, "status": found.status}
    yield write.row(indicator, group, f"compliance {rules}", "percent", found.share, n=found.judged, note=note, **more)
    counts = {"pending": found.pending, "missing": found.missing} if told.seen.places.whole else {}
    counts["provisional"] = found.provisional
    for name, count in counts.items() if group == found.clock and found.place == ALL else ():
        status = "suppressed" if count is None else "ok"
        value = None if count is None else float(count)
        yield write.row(indicator, group, name, "case", value, place=found.place, status=status)


def _parts(write: Writer, told: Told) -> Iterator[results.Row]:
    for name in PARTS:
        for place in _places(told):
            found = part(told, name, place=place)
            method = f"{name} {told.seen.as_of}" if name == "closed_of_accepted" else name
            more = {"place": place, "n": found.n, "status": found.status, "note": found.note}
            yield write.row(SHARES[name], name, method, "percent", found.share, **more)


def _papers(write: Writer, told: Told) -> Iterator[results.Row]:
    for day in PAPER_DAYS:
        found, note = papers_by(told, day)
        status = {"": "ok", "too_few": "suppressed"}.get(note, "not_evaluable")
        method = f"kaplan_meier_done_by {day}"
        yield write.row("TM07", "papers", method, "percent", found, status=status, note=note)


def _clearance(write: Writer, told: Told) -> Iterator[results.Row]:
    for place in _places(told):
        found = clearance(told, place=place)
        ratio = None if found.ratio is None else 100 * found.ratio
        more = {"place": place, "n": found.taken_on, "status": found.status}
        yield write.row("CL06", "all", "closed_in_period_per_taken_on", "percent", ratio, **more)


def _open(write: Writer, told: Told) -> Iterator[results.Row]:
    for name in WAITS:
        found, group = waiting(told, name), f"open:{name}"
        for method, count in (("open_at_cutoff", found.n), ("over_limit", found.over)):
            if method == "open_at_cutoff" or found.limited:
                status = "suppressed" if count is None else "ok"
                value = None if count is None else float(count)
                yield write.row("open_cases", group, method, "case", value, status=status)
        for method, age in (("median_age", found.median), ("p90_age", found.ninth)):
            status = "ok" if age is not None else "not_evaluable" if found.n == 0 else "suppressed"
            note = "" if age is not None else "no_rows" if found.n == 0 else "too_few"
            yield write.row("open_cases", group, method, "day", age, n=found.n, status=status, note=note)
