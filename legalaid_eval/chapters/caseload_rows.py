"""The results rows of 'caseload': every indicator of place and counties in both years, the model, the comparison."""

from collections.abc import Iterator, Sequence
from datetime import date

import pandas as pd

from legalaid_eval import results
from legalaid_eval.chapters.caseload_change import Change
from legalaid_eval.chapters.caseload_compare import Compared
from legalaid_eval.chapters.caseload_explain import Explained
from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.chapters.caseload_lanes import Lanes
from legalaid_eval.chapters.report_row import RowMaker
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.survey import proportion_interval

NAME = "caseload"
NO_SHARES = ("CL06", "TN01", "TN02", "TN03")
"""Percentages that are no part of a whole, and so have no interval of one."""
INSIDE, ABOVE, BELOW = "inside", "above", "below"


def rows_of(told: Told, days: tuple[date, date] | None = None) -> RowMaker:
    """Makes the chapter's rows, of the days given."""
    return RowMaker(told.params, NAME, told.seen.meta.evidence, days)


def share_of(line: pd.Series, level: float) -> Estimate | None:
    """The interval of a proportion, as if the year could be repeated; None of what is no part of a whole."""
    whole = line["unit"] == "percent" and line["indicator"] not in NO_SHARES and line["status"] == "ok"
    if not whole or pd.isna(line["numerator"]) or pd.isna(line["denominator"]) or line["denominator"] <= 0:
        return None
    return proportion_interval(int(line["numerator"]), int(line["denominator"]), conf_level=level)


def row_list(
    told: Told,
    lanes: Lanes,
    explained: Explained,
    changed: Sequence[Change],
    compared: Sequence[Compared],
) -> Iterator[results.Row]:
    write = rows_of(told)
    yield from _indicators(write, told.found)
    yield from _indicators(rows_of(told, told.days_before), told.before)
    yield from _lanes(write, lanes)
    yield from _terms(told, explained)
    for change in changed:
        yield from _change(write, change)
    for each in compared:
        yield from _compared(write, told, each)


def _indicators(write: RowMaker, found: pd.DataFrame) -> Iterator[results.Row]:
    for _, line in found.iterrows():
        share = share_of(line, write.params.conf_level)
        value = share or (None if pd.isna(line["value"]) else float(line["value"]))
        counted = pd.isna(line["denominator"]) or line["denominator"] != int(line["denominator"])
        method = "count" if line["unit"] not in ("percent", "ratio", "per_10000") else "per_denominator"
        yield write.row(
            line["indicator"],
            line["group"],
            method,
            line["unit"],
            value,
            place=line["place"],
            n=None if counted or pd.isna(line["value"]) else int(line["denominator"]),
            status=line["status"],
            note=line["note"],
        )


def _lanes(write: RowMaker, lanes: Lanes) -> Iterator[results.Row]:
    for lane, found in lanes.medians.items():
        status = "ok" if found is not None else lanes.status
        method = "kaplan_meier_median working_day"
        yield write.row("AC05", f"decision_days:{lane}", method, "working_day", found, status=status, note=lanes.note)


def _terms(told: Told, explained: Explained) -> Iterator[results.Row]:
    model = explained.model
    if model is None:
        yield rows_of(told).row(
            "model:came", "all", "count_model", "percent", None, status="not_evaluable", note=explained.note
        )
        return
    first, last = (pd.Period(month, "M") for month in (told.seen.came["month"].min(), told.seen.came["month"].max()))
    write = rows_of(told, (first.start_time.date(), last.end_time.date()))
    for term in explained.terms:
        note = "small_df" if term.verdict == "unsure" else "association"
        yield write.row(
            "model:came",
            term.name,
            term.percent.method,
            "percent",
            term.percent,
            n=model.n,
            verdict=term.verdict,
            note=note,
        )
    for kind, why in explained.left.items():
        yield write.row("model:came", kind, "left_out", "percent", None, status="not_evaluable", note=why)


def _change(write: RowMaker, change: Change) -> Iterator[results.Row]:
    name = f"change:{change.name}"
    if change.parts is None:
        yield write.row(name, "total", "das_gupta", "case", None, status="not_evaluable", note=change.note)
        return
    yield write.row(name, "total", "das_gupta", "case", change.parts.change)
    for part, effect in zip(("volume", "mix", "rate"), change.effects, strict=True):
        yield write.row(name, part, "das_gupta", "case", effect)


def _compared(write: RowMaker, told: Told, each: Compared) -> Iterator[results.Row]:
    unit = "per_10000" if each.kind == "rate" else "percent"
    for code, why in each.missing.items():
        status = "suppressed" if why == "too_few" else "not_evaluable"
        place = told.key(code)
        yield write.row(
            each.indicator, each.group, "pooled", unit, None, place=place, status=status, note=why or "no_rows"
        )
    if each.funnel is None:
        if told.places:
            yield write.row(each.indicator, each.group, "funnel", unit, None, status="not_evaluable", note=each.note)
        return
    level = told.params.conf_level
    for line in each.rows.itertuples():
        key, n = told.key(line.code), int(line.denominator)
        found = Estimate(
            each.group, each.group, unit, line.estimate, None, line.ci_low, line.ci_high, level, n, None, "pooled"
        )
        verdict = INSIDE if line.outside == 0 else ABOVE if line.outside > 0 else BELOW
        note = f"limits_{100 * abs(line.outside):g}" if line.outside else ""
        yield write.row(each.indicator, each.group, "pooled", unit, found, place=key, n=n, verdict=verdict, note=note)
    for share, expected in each.funnel.expected_outside.items():
        name, seen = f"{100 * share:g}", each.funnel.observed_outside[share]
        note = "overdispersed" if each.funnel.used_dispersion > 1 else ""
        yield write.row(
            each.indicator, each.group, f"outside_by_chance {name}", "county", expected, n=each.funnel.n, note=note
        )
        yield write.row(
            each.indicator, each.group, f"outside {name}", "county", float(seen), n=each.funnel.n, note=note
        )
