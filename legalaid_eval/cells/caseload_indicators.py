"""Indicators of caseload, access and targets from shown counts alone: what is declared, and its value.

    register = caseload_register(store, Asked("Demo City", (), date(2025, 1, 1), date(2025, 12, 31), 5))
    found = caseload_indicators(register, INDICATORS)      # indicators.caseload.INDICATORS

`found` has a row for the place and, where it can be told, for each county: `indicator, group, place, numerator,
denominator, value, unit, status, note`. Percent is 0 to 100. status: ok, suppressed (value and counts empty),
not_evaluable (its note says why) or contradicted. note: a code, of NOTES or the indicator's own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from legalaid_eval.cells import disclosure
from legalaid_eval.cells.base import rows_of
from legalaid_eval.cells.caseload_series import reported_months
from legalaid_eval.cells.processing_register import Asked, Places, places_of
from legalaid_eval.cells.stages import last_day
from legalaid_eval.register.privacy import ALL, HIDDEN, OK
from legalaid_eval.register.store import Store, StoreMeta

__all__ = ["Asked", "CaseloadRegister", "Count", "Indicator", "caseload_indicators", "caseload_register"]

NOTES = (
    "table_missing",
    "nothing_reported",
    "months_missing",
    "no_rows",
    "whole_store_only",
    "population_missing",
    "target_missing",
    "period_not_of_year",
    "court_number_missing",
    "stations_not_recorded",
    "handlers_not_added",
    "too_few",
    "contradictory_days",
    "opening_stock_incomplete",
    "population_survey_missing",
)
NOT_EVALUABLE = "not_evaluable"
COLUMNS = ["indicator", "group", "place", "numerator", "denominator", "value", "unit", "status", "note"]
COUNTY = "county"
COUNTY_LEVELS = ("county", "district")
STOCKS = ("stock at start", "stock at end")


@dataclass(frozen=True, slots=True)
class Count:
    """A declared count: a table of `disclosure`, and of its `key` these `values` together (none: all)."""

    table: str
    key: str = ""
    values: tuple[str, ...] = ()
    times: int = 1


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is told of a place and period.

    key: its name. indicator: the entry of the catalogue (CL01). group: which part of it. family: caseload,
    access_channels, targets_network or outreach_awareness. unit: of the value. direction: up, down, near_100 or
    context. source: the table of the register whose rows are counted. numerator: counts that are added (`times` -1:
    taken off). denominator: counts, or "population" (residents), "target" or "target_to_date" (the target times the
    elapsed share of the year), "court" (cases a court has counted), or "townships"; none: the numerator is the value.
    scale: by which the ratio is multiplied. target: the target's name. note: what a reader must know, as a code.
    by_county: whether counties are told beside the place. whole: the denominator over the whole store, where its
    counties must not be added. unknown: why no register holds the numerator. faults: counts that contradict the value
    unless they are nought.
    """

    key: str
    indicator: str
    group: str
    family: str
    unit: str
    direction: str
    numerator: tuple[Count, ...]
    denominator: tuple[Count, ...] | str = ()
    source: str = "cases"
    scale: float = 100
    target: str = ""
    note: str = ""
    by_county: bool = True
    whole: tuple[Count, ...] = ()
    unknown: str = ""
    faults: tuple[Count, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class CaseloadRegister:
    """What the indicators are made of: shown counts, places, residents and targets.

    whole: the counties of the place are all that the store has. code: of the place, empty where its counties are only
    some of those below it, so that a number of the place would not be theirs.
    residents, townships: by code of a place. targets: `place (code), year, indicator, target`. reported: by source
    table, `county, month, reported` of the months of the period. elapsed: share of the year that the data cover; None
    for a period that does not begin with a year or goes beyond it. young: the register begins less than a year before
    the period, so that older cases in hand are not known.
    """

    meta: StoreMeta
    asked: Asked
    places: Places
    whole: bool
    code: str
    decided: disclosure.Disclosure
    residents: Mapping[str, int]
    townships: Mapping[str, int]
    targets: pd.DataFrame
    reported: Mapping[str, pd.DataFrame]
    elapsed: float | None
    young: bool

    def count(self, asked: Count, county: str = ALL) -> tuple[int | None, str]:
        """A count of the place, or of one county, and its status; `whole_store_only` where it is told of no part."""
        if county == ALL and self.whole:
            return self._of(asked)
        if COUNTY not in self.decided.tables[asked.table].keys:
            return None, "whole_store_only"
        codes = self.places.codes if county == ALL else (county,)
        if not asked.key and len(codes) > 1:
            return self.decided.together(asked.table, COUNTY, codes)
        return added([self._of(asked, county=code) for code in codes])

    def _of(self, asked: Count, **keys: str) -> tuple[int | None, str]:
        """One count; several values together are only worked out from what is left where one of them is hidden."""
        if not asked.key:
            return self.decided.cell(asked.table, **keys)
        found = added([self.decided.cell(asked.table, **keys, **{asked.key: value}) for value in asked.values])
        if found[1] == OK or len(asked.values) == 1:
            return found
        return self.decided.together(asked.table, asked.key, asked.values, **keys)


def added(counts: Iterable[tuple[int | None, str]], times: Iterable[int] = ()) -> tuple[int | None, str]:
    """The sum of counts, hidden where one of them is."""
    counts = list(counts)
    factors = list(times) or [1] * len(counts)
    bad = [status for n, status in counts if n is None]
    if bad:
        return None, bad[0]
    return sum(factor * (n or 0) for factor, (n, _) in zip(factors, counts, strict=True)), OK


def caseload_register(store: Store, asked: Asked) -> CaseloadRegister:
    """Take all counts of the store once; `asked.grouped` and `asked.pledge` are not used."""
    rows = rows_of(store, "places", ["code", "valid_from"])
    rows = rows[rows["valid_from"].isna() | (rows["valid_from"] <= asked.end)].drop_duplicates("code", keep="last")
    places = places_of(store, asked)
    counties, own = rows[rows["level"].isin(COUNTY_LEVELS)], rows.loc[rows["place"] == asked.place, "code"]
    below = counties.loc[counties["parent"].isin(own), "code"]
    complete = len(own) and set(below) <= set(places.codes)
    sources = ("cases", "consultations", "outreach_events", "duty_roster")
    reported = {name: _months(store, name, asked) for name in sources if store.meta.rows(name)}
    until, begins = min(asked.end, last_day(store)), asked.start.replace(month=1, day=1)
    days = (begins.replace(month=12, day=31) - begins).days + 1
    of_year = asked.start == begins and asked.end.year == begins.year
    first = reported["cases"].attrs["first"] if "cases" in reported else ""
    year_before = f"{asked.start.year - 1:04d}-{asked.start.month:02d}"
    return CaseloadRegister(
        store.meta,
        asked,
        places,
        set(counties["code"]) <= set(places.codes),
        str(own.iloc[0]) if complete else "",
        disclosure.decide(store, start=asked.start, end=asked.end, min_cell=asked.min_cell),
        {row.code: int(row.population) for row in rows.itertuples() if pd.notna(row.population) and row.population > 0},
        rows.loc[rows["level"] == "township", "parent"].value_counts().to_dict(),
        rows_of(store, "targets", ["place", "year", "indicator"]),
        reported,
        ((until - begins).days + 1) / days if of_year and until >= begins else None,
        first > year_before,
    )


def _months(store: Store, table: str, asked: Asked) -> pd.DataFrame:
    """The months of the period; `attrs["first"]` is the first month of the table."""
    found = reported_months(store, table=table, until=asked.end, whole_months=False)
    inside = found["month"].between(f"{asked.start:%Y-%m}", f"{asked.end:%Y-%m}")
    chosen = found[inside].reset_index(drop=True)
    chosen.attrs["first"] = found["month"].min() if len(found) else ""
    return chosen


def caseload_indicators(
    register: CaseloadRegister, indicators: Sequence[Indicator], *, court_cases: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """The frame described above; `court_cases` are criminal cases in which a defender is due, by code of a place.

    The number comes from the courts and stands in no register of a centre; without it CL12 is not evaluable.
    """
    lines = [line for declared in indicators for line in _lines(register, declared, court_cases or {})]
    found = pd.DataFrame(lines, columns=COLUMNS)
    return found.astype({"numerator": "Int64", "denominator": "Float64", "value": "Float64"})


def _lines(register: CaseloadRegister, declared: Indicator, court: Mapping[str, int]) -> Iterator[tuple[object, ...]]:
    units = register.places.units
    counties = list(zip(units["code"], units["key"], strict=True)) if _by_county(register, declared) else []
    for code, place in ((ALL, register.asked.place), *counties):
        found = _value(register, declared, code, court)
        yield (declared.indicator, declared.group, place, *found[:3], declared.unit, *found[3:])


def _by_county(register: CaseloadRegister, declared: Indicator) -> bool:
    return declared.by_county and not register.places.single


Found = tuple[int | None, float | None, float | None, str, str]


def _value(register: CaseloadRegister, declared: Indicator, county: str, court: Mapping[str, int]) -> Found:
    """Numerator, denominator, value, status and note of one place."""
    if refused := _absent(register, declared, county):
        return None, None, None, NOT_EVALUABLE, refused
    top, status = _numerator(register, declared, county)
    below, why = _denominator(register, declared, county, court)
    refused = next((code for code in (status, why) if code not in (OK, HIDDEN)), "")
    if refused:
        below = None if declared.denominator == () else below
        return top, below, None, NOT_EVALUABLE, refused
    if top is None or below is None:
        return None, None, None, HIDDEN, "too_few"
    if declared.denominator == ():
        return _told(register, declared, county, top, None, float(top))
    if below <= 0:
        return top, below, None, NOT_EVALUABLE, "no_rows"
    return _told(register, declared, county, top, below, declared.scale * top / below)


def _told(
    register: CaseloadRegister, declared: Indicator, county: str, top: int, below: float | None, value: float
) -> Found:
    if any(register.count(fault, county) != (0, OK) for fault in declared.faults):  # a hidden one is not nought either
        return top, below, value, "contradicted", "contradictory_days"
    if register.young and any(part.table in STOCKS for part in declared.numerator):
        return top, below, value, OK, "opening_stock_incomplete"
    return top, below, value, OK, _gaps(register, declared, county) or declared.note


def _numerator(register: CaseloadRegister, declared: Indicator, county: str) -> tuple[int | None, str]:
    parts = declared.numerator
    if declared.unknown:
        return None, declared.unknown
    return added([register.count(part, county) for part in parts], [part.times for part in parts])


def _denominator(
    register: CaseloadRegister, declared: Indicator, county: str, court: Mapping[str, int]
) -> tuple[float | None, str]:
    asked = declared.denominator
    if not isinstance(asked, str):
        if declared.whole and county == ALL and not register.places.single:
            asked = declared.whole
            if not register.whole:
                return None, "handlers_not_added"
        return added([register.count(part, county) for part in asked])
    if asked == "townships":
        codes = register.places.codes if county == ALL else (county,)
        return sum(register.townships.get(part, 0) for part in codes), OK
    if asked == "population":
        return _of_place(register, register.residents, county, "population_missing")
    if asked == "court":
        return _of_place(register, court, county, "court_number_missing")
    return _target(register, declared, county)


def _of_place(
    register: CaseloadRegister, numbers: Mapping[str, int], county: str, missing: str
) -> tuple[float | None, str]:
    """The number of a county or of the place; of some counties of a place what all of them have together."""
    own = (register.code or None) if county == ALL else county
    codes = (own,) if own else register.places.codes
    if not codes or any(not numbers.get(code) for code in codes):
        return None, missing
    return float(sum(numbers[code] for code in codes)), OK


def _target(register: CaseloadRegister, declared: Indicator, county: str) -> tuple[float | None, str]:
    if register.elapsed is None:
        return None, "period_not_of_year"
    rows = register.targets
    rows = rows[(rows["year"] == register.asked.start.year) & (rows["indicator"] == declared.target)]
    target, status = _of_place(
        register, dict(zip(rows["place"], rows["target"], strict=True)), county, "target_missing"
    )
    share = register.elapsed if declared.denominator == "target_to_date" else 1
    return (None if target is None else target * share), status


def _absent(register: CaseloadRegister, declared: Indicator, county: str) -> str:
    """Why nothing can be said: a county that sent nothing is missing, not zero."""
    if declared.source not in register.reported:
        return "table_missing"
    return "" if _reported(register, declared.source, county)[0] else "nothing_reported"


def _gaps(register: CaseloadRegister, declared: Indicator, county: str) -> str:
    """Whether months of a county, or counties of the place, are missing in the sum."""
    if declared.source not in ("cases", "consultations"):  # the others need not have rows in every month
        return ""
    return "" if _reported(register, declared.source, county)[1] else "months_missing"


@lru_cache(maxsize=512)
def _reported(register: CaseloadRegister, source: str, county: str) -> tuple[bool, bool]:
    """Whether any month, and every month, of a county or of the place was reported: each indicator asks for it."""
    months = register.reported[source]
    found = months.loc[months[COUNTY].isin(register.places.codes if county == ALL else (county,)), "reported"]
    return bool(found.any()), bool(found.all())
