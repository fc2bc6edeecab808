"""The results rows of the outlook: forecast by month, the year's nowcast, the ends of scenarios."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import isfinite

import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.caseload_rows import NAME
from legalaid_eval.chapters.outlook_findings import Outlook
from legalaid_eval.chapters.outlook_forecast import PLACE
from legalaid_eval.chapters.outlook_nowcast import NOT_EVALUABLE, TOTAL, Judged
from legalaid_eval.chapters.report_row import RowMaker

LEVELS = (("80", 0.80), ("95", 0.95))
CAME, TAKEN, PENDING, HANDLERS, TARGET = "CL01", "CL02", "CL07", "TN05", "TN01"


@dataclass(frozen=True, eq=False, slots=True)
class Writer:
    """Makes rows that share the report and the evidence."""

    found: Outlook

    def row(
        self,
        indicator: str,
        group: str,
        method: str,
        unit: str,
        value: float | None,
        days: tuple[date, date],
        *,
        place: str = ALL,
        ends: tuple[float, float] | None = None,
        level: float | None = None,
        **more: object,
    ) -> results.Row:
        shown = self.found.shown
        known = value is not None and isfinite(value)
        low, high = (None, None) if ends is None or not known else map(float, ends)
        numbers = (float(value) if known else None, low, high, None if low is None else level)
        maker = RowMaker(shown.told.params, NAME, shown.register.meta.evidence, days)
        return maker.row(indicator, group, method, unit, numbers, place=shown.key(place), **more)


def rows(found: Outlook) -> tuple[results.Row, ...]:
    write = Writer(found)
    return tuple(row for make in (_months, _sums, _tested, _year, _record, _scenarios) for row in make(write, found))


def _days(first: pd.Period, last: pd.Period) -> tuple[date, date]:
    return first.start_time.date(), last.end_time.date()


def _months(write: Writer, found: Outlook) -> Iterator[results.Row]:
    if found.forecast is None:
        days = (found.told.params.period_start, found.told.params.period_end)
        yield write.row(CAME, "forecast", "forecast", "case", None, days, status=NOT_EVALUABLE, note="no_rows")
        return
    for row in found.forecast.months.itertuples():
        for name, level in LEVELS:
            ends = getattr(row, f"lo{name}"), getattr(row, f"hi{name}")
            method = f"forecast_{found.forecast.method} {name}"
            days = _days(row.period, row.period)
            yield write.row(CAME, "forecast", method, "case", row.mean, days, ends=ends, level=level)


def _sums(write: Writer, found: Outlook) -> Iterator[results.Row]:
    """All months together: of the place, each county and each kind of case; notes say what was made of a series."""
    forecast = found.forecast
    if forecast is None:
        return
    days = _days(forecast.months["period"].iloc[0], forecast.months["period"].iloc[-1])
    counties = {PLACE: ALL, **{code: code for code in found.shown.counties}}
    for frame, group in ((forecast.sums, "forecast_sum"), (forecast.types, "forecast_sum:case_type:")):
        for row in frame.itertuples():
            typed = group.endswith(":")
            if not typed and row.series not in counties:
                continue
            note = "" if typed else "+".join(forecast.notes.get(row.series, ()))
            place = ALL if typed else counties[row.series]
            for name, level in LEVELS:
                ends = getattr(row, f"lo{name}"), getattr(row, f"hi{name}")
                method = f"forecast_{row.method or forecast.method} {name}"
                more = {"place": place, "ends": ends, "level": level, "note": note}
                yield write.row(CAME, group + row.series if typed else group, method, "case", row.mean, days, **more)
    for code, why in found.came.left_out.items() if found.shown.counties else ():
        more = {"place": code, "status": NOT_EVALUABLE, "note": why}
        yield write.row(CAME, "forecast_sum", "forecast", "case", None, days, **more)


def _tested(write: Writer, found: Outlook) -> Iterator[results.Row]:
    forecast, days = found.forecast, (found.told.params.period_start, found.told.params.period_end)
    if forecast is None:
        return
    if forecast.tested is None:
        more = {"status": NOT_EVALUABLE, "note": forecast.untested}
        yield write.row(CAME, "backtest", "mase", "ratio", None, days, **more)
        return
    note = "naive_as_good" if forecast.tested.naive_as_good else ""
    for row in forecast.tested.overall.itertuples():
        ratio = row.measure.startswith("mase")
        times = 1 if ratio or row.measure == "gain" else 100
        ends = (times * row.ci_low, times * row.ci_high) if isfinite(row.ci_low) else None
        unit = "ratio" if ratio else "percent"
        more = {"ends": ends, "level": 0.95, "n": row.n_clusters, "note": note}
        yield write.row(CAME, "backtest", row.measure, unit, times * row.estimate, days, **more)


def _year(write: Writer, found: Outlook) -> Iterator[results.Row]:
    for code in (TOTAL, *found.shown.counties):
        if code in found.year.places:
            yield from _nowcast(write, found, found.year.places[code])


def _nowcast(write: Writer, found: Outlook, judged: Judged) -> Iterator[results.Row]:
    year, place = found.year.year, ALL if judged.code == TOTAL else judged.code
    days, value = (date(year, 1, 1), date(year, 12, 31)), found.expected(judged.code)
    known = judged.nowcast is not None
    status = "ok" if known else NOT_EVALUABLE
    method = f"nowcast_{judged.nowcast.method}" if known else "nowcast"
    certain = known and judged.nowcast.method == "complete"
    for name, level in LEVELS if not certain else LEVELS[1:]:
        ends = None
        if known and not certain:
            total = judged.nowcast.expected
            ends = judged.nowcast.interval80 if name == "80" else (total.ci_low, total.ci_high)
        more = {"place": place, "ends": ends, "level": level, "status": status, "note": "" if known else judged.note}
        yield write.row(TAKEN, "year", f"{method} {name}".removesuffix(" 95"), "case", value, days, **more)
    bad = judged.verdict == NOT_EVALUABLE
    more = {"place": place, "verdict": judged.verdict, "note": judged.note, "status": NOT_EVALUABLE if bad else "ok"}
    yield write.row(TARGET, "cases:year", "probability_of_target", "percent", _sure(found, judged), days, **more)


def _sure(found: Outlook, judged: Judged) -> float | None:
    """Percent; of a year that is over 100 or 0, as its shown count says."""
    if not found.year.complete or judged.target is None or judged.note:
        return judged.sure
    return 0.0 if judged.verdict == "not_met" else 100.0


def _record(write: Writer, found: Outlook) -> Iterator[results.Row]:
    """How nowcasts went before, over counties and years."""
    if found.record is None:
        return
    frame = found.record.frame
    days = date(int(frame["year"].min()), 1, 1), date(int(frame["year"].max()), 12, 31)
    for row in found.record.summary().itertuples():
        for name in ("error", "linear_error", "coverage80", "coverage95"):
            group = f"nowcast_after_month_{row.month:.0f}"
            yield write.row(TAKEN, group, name, "percent", getattr(row, name), days, n=int(row.n))


def _scenarios(write: Writer, found: Outlook) -> Iterator[results.Row]:
    capacity = found.capacity
    days = (found.told.params.period_start, found.told.params.period_end)
    if capacity.why:
        more = {"status": NOT_EVALUABLE, "note": capacity.why}
        yield write.row(PENDING, "scenario:as_now", "simulated_stock_flow", "case", None, days, **more)
        return
    last = capacity.start + found.told.params.scenario_months - 1
    days = _days(capacity.start, last)
    for row in capacity.ends.itertuples():
        group = f"scenario:{row.scenario}"
        for name, level in LEVELS:
            ends = getattr(row, f"lo{name}"), getattr(row, f"hi{name}")
            more = {"ends": ends, "level": level}
            yield write.row(PENDING, group, f"simulated_stock_flow {name}", "case", row.stock, days, **more)
        status, note = ("ok", "") if isfinite(row.wait) else (NOT_EVALUABLE, "nothing_closed")
        yield write.row(PENDING, group, "wait_by_littles_law", "working_day", row.wait, days, status=status, note=note)
    for row in capacity.needed.itertuples():
        more = {"ends": (row.low, row.high), "level": 0.95}
        group = f"handlers_needed:{row.scenario}"
        yield write.row(HANDLERS, group, "erlang_c_mean_wait", "person", float(row.needed), days, **more)
