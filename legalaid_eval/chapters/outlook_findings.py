"""The outlook on caseload, worked out once: what its rows, tables, pictures and sentences share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from legalaid_eval.cells.caseload_indicators import Count
from legalaid_eval.cells.outlook_cells import OutlookCells, festival, outlook_cells
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.chapters.outlook_capacity import Asked, Capacity, capacity_of
from legalaid_eval.chapters.outlook_forecast import COPIES, QUANTILES, Forecast, forecast_of
from legalaid_eval.chapters.outlook_nowcast import TARGET, TOTAL, Record, YearNowcast, nowcast_of, record_of
from legalaid_eval.chapters.outlook_panels import MonthPanel, month_panel, type_panel, veiled
from legalaid_eval.chapters.outlook_shown import Shown, Told, shown_of
from legalaid_eval.content import Code, Label

YEAR = 12
"""Months, at least, of which the calendar is looked up ahead: a nowcast needs those to the end of the year."""


@dataclass(frozen=True, eq=False, slots=True)
class Outlook:
    """shown: counts that may be shown. came: the panel that is forecast. forecast, year, record, capacity: see there.
    other_targets: names of targets that are no count of cases. end: the last day looked at; cut: it lies inside of a
    month, which is not used. unplaced: whether there are cases without a county."""

    shown: Shown
    came: MonthPanel
    forecast: Forecast | None
    year: YearNowcast
    record: Record | None
    capacity: Capacity
    other_targets: tuple[str, ...]
    end: date
    cut: bool
    unplaced: bool

    @property
    def told(self) -> Told:
        return self.shown.told

    @property
    def facts(self) -> dict[str, object]:
        """What every caption must be able to say."""
        params = self.told.params
        return {
            "simulated": self.shown.register.meta.simulated,
            "min_cell": params.min_cell,
            "as_of": self.end,
            "year": str(self.year.year),
        }

    def name(self, code: str) -> Label | Code:
        """A county's name; the place's where its sum is meant."""
        return self.shown.name(ALL if code in (TOTAL, "place") else code)

    def expected(self, code: str = TOTAL) -> float | None:
        """What the year comes to: its shown count if it is over, else the nowcast, rounded where that tells a count."""
        judged = self.year.places[code]
        if judged.came is not None:
            return float(judged.came)
        if judged.nowcast is None:
            return None
        plain = judged.nowcast.method in ("complete", "linear_scaling")
        value = judged.nowcast.expected.estimate
        return veiled(value, self.told.params.min_cell) if plain else value

    def last_year(self, code: str = "place") -> float | None:
        """Cases that came in the twelve months before the forecast, where they are shown."""
        if self.forecast is None:
            return None
        first = self.forecast.months["period"].iloc[0]
        if code == "place":
            months = self.shown.came.reindex(pd.period_range(first - 12, first - 1, freq="M"))
            return None if months.isna().any() else float(months.sum())
        params = self.told.params
        span = (first - 12).start_time.date(), (first - 1).end_time.date()
        if (params.period_start, params.period_end) != span:
            return None
        count, _ = self.shown.register.count(Count("cases received"), code)
        return None if count is None else float(count)


def outlook_of(told: Told) -> Outlook:
    """Work it all out; raises DataError if there is no store."""
    params, register = told.params, told.register
    cells, codes = outlook_cells(store_address(params), until=params.data_as_of), register.places.codes
    shown, came = shown_of(told), month_panel(cells.came, codes)
    fixed = {"known": _festival(cells, params), "seed": params.seed}
    forecast = forecast_of(came, type_panel(cells.types, came), horizon=params.forecast_months, **fixed)
    year = _year(shown, month_panel(cells.taken_on, codes), cells.end.year, fixed)
    asked = Asked(params.scenario_months, params.staff_change, params.demand_shock, params.wanted_wait)
    options = {"codes": codes, "handlers": _handlers(shown), "conf_level": params.conf_level, **fixed}
    return Outlook(
        shown,
        came,
        None if forecast is None else _veiled(forecast, params.min_cell),
        year,
        record_of(year, **fixed),
        capacity_of(cells.stock, cells.review, asked, **options),
        _other_targets(shown, cells.end.year),
        cells.end,
        cells.cut_month,
        register.whole and cells.unplaced > 0,
    )


def _festival(cells: OutlookCells, params: Params) -> pd.Series:
    """Of every month that is looked at, back to the first and ahead to the last."""
    last = pd.Period(cells.end, freq="M")
    first = min(
        [last, *(pd.Period(panel["month"].min(), freq="M") for panel in (cells.came, cells.stock) if len(panel))]
    )
    return festival(first, last + max(params.forecast_months, params.scenario_months, YEAR))


def _year(shown: Shown, taken: MonthPanel, year: int, fixed: Mapping[str, object]) -> YearNowcast:
    register = shown.register
    rows = register.targets
    rows = rows[(rows["year"] == year) & (rows["indicator"] == TARGET)]
    goals: Mapping[str, float] = dict(zip(rows["place"], rows["target"].astype(float), strict=True))
    own = {code: goals[code] for code in register.places.codes if code in goals}
    of_place = goals.get(register.code) if register.code else _sum(own, len(register.places.codes))
    if register.places.single or len(register.places.codes) == 1:
        of_place = own.get(register.places.codes[0])
    came = {TOTAL: shown.taken_in(year), **{code: shown.taken_in(year, code) for code in register.places.codes}}
    return nowcast_of(taken, year, targets=own, of_place=of_place, came=came, **fixed)


def _sum(goals: Mapping[str, float], counties: int) -> float | None:
    return sum(goals.values()) if goals and len(goals) == counties else None


def _other_targets(shown: Shown, year: int) -> tuple[str, ...]:
    rows = shown.register.targets
    places = {shown.register.code, *shown.place_codes}
    found = rows[(rows["year"] == year) & rows["place"].isin(places) & (rows["indicator"] != TARGET)]
    return tuple(sorted(set(found["indicator"])))


def _handlers(shown: Shown) -> int | None:
    """Those with a case assigned in the period: of the whole store, or of its counties, where one may work in two."""
    register = shown.register
    return register.count(Count("handlers" if register.whole else "handlers by county"))[0]


def _veiled(found: Forecast, least: int) -> Forecast:
    """Where a forecast repeats counts of single months, no small count may be read from it."""
    copied = found.sums["method"].isin(COPIES)
    if copied.any() and not (found.sums["method"] == "combined").any():
        copied |= found.sums["method"] == ""  # the sum of such forecasts alone
        months = found.months.copy()
        months[["mean", *QUANTILES]] = _rounded(months[["mean", *QUANTILES]], least)
        found = replace(found, months=months)
    sums, types = found.sums.copy(), found.types.copy()
    for frame, rows in ((sums, copied), (types, types["method"].isin(COPIES))):
        frame.loc[rows, ["mean", *QUANTILES]] = _rounded(frame.loc[rows, ["mean", *QUANTILES]], least)
    return replace(found, sums=sums, types=types)


def _rounded(frame: pd.DataFrame, least: int) -> pd.DataFrame:
    return frame.map(lambda value: veiled(value, least))
