"""The tables of the outlook on caseload."""

from collections.abc import Iterator
from math import isfinite

import pandas as pd

from legalaid_eval.chapters.outlook_capacity import NOW
from legalaid_eval.chapters.outlook_findings import Outlook
from legalaid_eval.chapters.outlook_forecast import PLACE
from legalaid_eval.chapters.outlook_nowcast import TOTAL, Judged
from legalaid_eval.chapters.outlook_panels import veiled
from legalaid_eval.content import Code, Column, Message, Period, Quantity, Range, Table

HIDDEN = Code("status", "suppressed")
YEAR = 12
Line = tuple[object, ...]


def tables(found: Outlook) -> tuple[Table, ...]:
    return (
        forecast_months(found),
        forecast_series(found),
        forecast_backtest(found),
        nowcast_places(found),
        nowcast_record(found),
        nowcast_coverage(found),
        capacity_scenarios(found),
        capacity_handlers(found),
    )


def _table(name: str, found: Outlook, columns: str, lines: list[Line], note: str = "", **more: object) -> Table:
    heads = tuple(Column(key, "right" if key.startswith("ol_v_") else "left") for key in columns.split())
    said = Message(f"outlook.note_{note}", found.facts) if note and lines else None
    return Table(name, heads, tuple(lines), facts=found.facts | {"n": len(lines)}, note=said, **more)


def _whole(value: float | None) -> Quantity | None:
    return None if value is None or not isfinite(value) else Quantity(float(value), "count", decimals=0)


def _span(low: float, high: float, decimals: int = 0) -> Range | None:
    return Range(float(low), float(high), "count", decimals) if isfinite(low) and isfinite(high) else None


def _percent(value: float | None, decimals: int = 0) -> Quantity | None:
    return None if value is None or not isfinite(value) else Quantity(float(value), "percent", decimals=decimals)


def month_of(period: pd.Period) -> Period:
    return Period(period.start_time.date(), period.end_time.date())


def forecast_months(found: Outlook) -> Table:
    """By month: expected cases with intervals, and the same month of the year before."""
    lines, came = [], found.shown.came
    for row in found.forecast.months.itertuples() if found.forecast else ():
        before = came.get(row.period - YEAR, float("nan"))
        ends = _span(row.lo80, row.hi80), _span(row.lo95, row.hi95)
        lines.append((month_of(row.period), _whole(row.mean), *ends, _whole(before)))
    return _table("forecast_months", found, "ol_month ol_v_mean ol_v_80 ol_v_95 ol_v_year_before", lines, "forecast")


def forecast_series(found: Outlook) -> Table:
    """All months together: the place, its counties, kinds of cases; what was made of series too plain for more."""
    lines: list[Line] = []
    if found.forecast:
        counties = [PLACE, *found.shown.counties]
        sums = found.forecast.sums.set_index("series")
        for code in counties:
            lines.append((Code("outlook_part", "places"), *_sum_line(found, sums, code)))
        for row in found.forecast.types.itertuples():
            kind = Code("effect_group_case_type", row.series)
            ends = _span(row.lo80, row.hi80), _span(row.lo95, row.hi95)
            lines.append((Code("outlook_part", "types"), kind, _whole(row.mean), *ends, None, _method(row.method)))
    columns = "ol_part ol_series ol_v_sum ol_v_80 ol_v_95 ol_v_last ol_treated"
    return _table("forecast_series", found, columns, lines, "series")


def _sum_line(found: Outlook, sums: pd.DataFrame, code: str) -> Line:
    if code not in sums.index:
        return found.name(code), None, None, None, None, Code("outlook_note", found.came.left_out[code])
    row = sums.loc[code]
    said = tuple(Code("outlook_note", note) for note in found.forecast.notes.get(code, ()))
    treated = said or _method(row["method"] or found.forecast.method)
    ends = _span(row["lo80"], row["hi80"]), _span(row["lo95"], row["hi95"])
    return found.name(code), _whole(row["mean"]), *ends, _whole(found.last_year(code)), treated


def _method(name: str) -> Code:
    return Code("outlook_method", name)


def forecast_backtest(found: Outlook) -> Table:
    """How forecasts from past origins went beside repeating the year before."""
    forecast = found.forecast
    lines: list[Line] = []
    if forecast and forecast.tested:
        overall = forecast.tested.overall.set_index("measure")
        gain = overall.loc["gain"]
        ends = Range(gain["ci_low"], gain["ci_high"], "percent", 0) if isfinite(gain["ci_low"]) else None
        told = Message("outlook.with_interval", {"value": _percent(gain["estimate"]), "ends": ends})
        several = len(forecast.tested.by_series) > 1
        if several:
            lines.append((Code("outlook_part", "counties"), *_measures(overall["estimate"], told)))
        if forecast.errors:
            errors = forecast.errors
            own = errors.of(forecast.method)
            gained = _percent(100 * (1 - own / errors.naive)) if errors.naive > 0 else None
            lines.append((found.name(PLACE), _two(own), _two(errors.naive), gained, None, None))
        for row in forecast.tested.by_series.to_dict("records"):
            gained = _percent(row["gain"]) if several else told
            lines.append((found.name(row["series"]), *_measures(row, gained)))
    columns = "ol_series ol_v_mase ol_v_naive ol_v_gain ol_v_cover80 ol_v_cover95"
    return _table("forecast_backtest", found, columns, lines, "backtest")


def _measures(row: object, gain: object) -> Line:
    mase, naive, inside80, inside95 = (float(row[name]) for name in ("mase", "mase_naive", "coverage80", "coverage95"))
    return _two(mase), _two(naive), gain, _percent(100 * inside80), _percent(100 * inside95)


def _two(value: float) -> Quantity | None:
    return Quantity(float(value), "ratio", decimals=2) if isfinite(value) else None


def nowcast_places(found: Outlook) -> Table:
    """Per place: what the year comes to, its target, the probability of meeting it while it runs, the verdict."""
    codes = (TOTAL, *found.shown.counties)
    judged = [found.year.places[code] for code in codes if code in found.year.places]
    if found.year.complete:
        columns = "ol_place ol_v_year ol_v_target ol_v_share ol_verdict"
        return _table("nowcast_places", found, columns, [_over(found, each) for each in judged], "complete")
    columns = "ol_place ol_v_year_end ol_v_95 ol_v_target ol_v_chance ol_verdict"
    return _table("nowcast_places", found, columns, [_running(found, each) for each in judged], "nowcast")


def _over(found: Outlook, judged: Judged) -> Line:
    value, target = found.expected(judged.code), judged.target
    share = None if value is None or not target else _percent(100 * value / target, 1)
    return found.name(judged.code), _whole(value), _whole(target), share, _verdict(judged)


def _running(found: Outlook, judged: Judged) -> Line:
    ends = None
    if judged.nowcast is not None:
        ends = _span(judged.nowcast.expected.ci_low, judged.nowcast.expected.ci_high)
    likely = None if judged.sure is None else chance(judged.sure)
    value = _whole(found.expected(judged.code))
    return found.name(judged.code), value, ends, _whole(judged.target), likely, _verdict(judged)


def _verdict(judged: Judged) -> Code | Message:
    said = Code("outlook_verdict", judged.verdict)
    if not judged.note:
        return said
    return Message("outlook.verdict_why", {"verdict": said, "why": Code("outlook_note", judged.note)})


def chance(percent: float) -> Quantity:
    """A probability from simulated paths; one that is nearly certain is not said to be certain."""
    if percent > 99:
        return Quantity(99, "percent", "more_than")
    if percent < 1:
        return Quantity(1, "percent", "at_most")
    return Quantity(percent, "percent", decimals=0)


def nowcast_record(found: Outlook) -> Table:
    """What nowcasts of the place would have said at the ends of March, June and September, beside what came."""
    lines: list[Line] = []
    least = found.told.params.min_cell
    if found.record is not None:
        rows = found.record.frame
        for row in rows[rows["series"] == TOTAL].itertuples():
            known = found.year.total.came if row.year == found.year.year else None
            came = float(known) if known is not None else veiled(row.came, least)
            off = 100 * (row.expected / row.came - 1) if row.came else float("nan")
            linear = veiled(row.linear, least)
            told = (_whole(row.expected), _span(row.lo95, row.hi95), _whole(came), _percent(off, 1), _whole(linear))
            lines.append((str(row.year), Code("outlook_as_of", f"m{row.month}"), *told))
    columns = "ol_year ol_asof ol_v_said ol_v_95 ol_v_came ol_v_off ol_v_linear"
    return _table("nowcast_record", found, columns, lines, "record")


def nowcast_coverage(found: Outlook) -> Table:
    """The same over counties and years: mean error beside linear scaling's, and how often intervals held."""
    lines: list[Line] = []
    if found.record is not None:
        for row in found.record.summary().itertuples():
            numbers = (_percent(n, 1) for n in (row.error, row.linear_error))
            held = (_percent(n) for n in (row.coverage80, row.coverage95))
            lines.append((Code("outlook_as_of", f"m{row.month:.0f}"), _whole(row.n), *numbers, *held))
    columns = "ol_asof ol_v_n ol_v_error ol_v_linear_error ol_v_cover80 ol_v_cover95"
    return _table("nowcast_coverage", found, columns, lines, "coverage", placement="appendix")


def capacity_scenarios(found: Outlook) -> Table:
    """Pending cases at the end of each scenario, against the first, and the wait that follows."""
    lines: list[Line] = []
    for row in found.capacity.ends.itertuples():
        ends = Range(row.difference_lo95, row.difference_hi95, "count", 0)
        more = Message("outlook.with_interval", {"value": _whole(row.difference), "ends": ends})
        spans = _span(row.lo80, row.hi80), _span(row.lo95, row.hi95)
        against = None if row.scenario == NOW else more
        lines.append((Code("outlook_scenario", row.scenario), _whole(row.stock), *spans, against, _whole(row.wait)))
    columns = "ol_scenario ol_v_stock ol_v_80 ol_v_95 ol_v_against ol_v_wait"
    return _table("capacity_scenarios", found, columns, lines, "scenarios")


def capacity_handlers(found: Outlook) -> Table:
    return _table(
        "capacity_handlers", found, "ol_scenario ol_v_needed ol_v_95 ol_v_active", list(_handlers(found)), "handlers"
    )


def _handlers(found: Outlook) -> Iterator[Line]:
    for row in found.capacity.needed.itertuples():
        active = _whole(found.capacity.handlers)
        yield Code("outlook_scenario", row.scenario), _whole(row.needed), _span(row.low, row.high), active
