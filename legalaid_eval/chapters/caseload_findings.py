"""What the parts of 'caseload' share: the register looked over once, the indicators of the year and the year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.caseload_counts import came_series
from legalaid_eval.cells.caseload_indicators import Asked, CaseloadRegister, caseload_indicators, caseload_register
from legalaid_eval.cells.caseload_series import monthly_counts, priority_days, reported_months
from legalaid_eval.cells.caseload_stock import stock_series
from legalaid_eval.cells.outreach import event_cells
from legalaid_eval.cells.processing_outcomes import reform_starts
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.cells.stages import last_day
from legalaid_eval.chapters.base import Params, store_address
from legalaid_eval.content import Code, Label, Period
from legalaid_eval.indicators.caseload import INDICATORS
from legalaid_eval.register.store import Store, open_store

FOLLOWED = ("closed_by_cutoff", "commitment_failed", "papers_awaited")
"""Parts of indicators that are followed to the last day of the data: those of the year before were followed longer."""


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """What the register holds, with the report it is told in.

    found, before: `caseload_indicators` of the period and of the same days a year before; `before` is empty where the
    data do not reach back so far. came: `county, month, n` of the cases that came in to the place's counties, for
    models. shown: `month, n, status` of the whole store. stock: `month, entered, left, pending, status` of it.
    events: outreach sessions by county and month. starts: kind of reform -> code of a county -> month of its start.
    lanes: durations from application to decision by lane. gaps: `county, month` not reported in the period.
    as_of: the last day the data cover.
    """

    params: Params
    register: CaseloadRegister
    as_of: date
    found: pd.DataFrame
    before: pd.DataFrame
    came: pd.DataFrame
    shown: pd.DataFrame
    stock: pd.DataFrame
    events: pd.DataFrame
    starts: Mapping[str, Mapping[str, str]]
    lanes: pd.DataFrame
    gaps: pd.DataFrame
    baseline: CaseloadRegister | None

    @property
    def facts(self) -> dict[str, object]:
        """What every caption must be able to say."""
        return {
            "simulated": self.register.meta.simulated,
            "period": self.period,
            "min_cell": self.params.min_cell,
            "as_of": self.as_of,
        }

    @property
    def period(self) -> Period:
        return Period(self.params.period_start, self.params.period_end)

    @property
    def year_before(self) -> Period:
        return Period(*a_year_before(self.params))

    @property
    def places(self) -> tuple[str, ...]:
        """Codes of the counties told apart: none in a county's own report."""
        return () if self.register.places.single else self.register.places.codes

    def name(self, code: str) -> Label | Code:
        if code == ALL:
            return Code("processing_place", ALL)
        row = self.register.places.units.set_index("code").loc[code]
        return Label(row["name_zh"], row["name_en"])

    def key(self, code: str) -> str:
        """How the results name a county, or the place."""
        units = self.register.places.units
        return self.params.place if code == ALL else str(units.loc[units["code"] == code, "key"].iloc[0])

    def line(self, group: str, place: str = ALL, *, before: bool = False) -> pd.Series | None:
        """The indicator's line of a county or of the place; None where there is none."""
        return self.parted("", group, place, before=before)

    def parted(self, indicator: str, group: str, place: str = ALL, *, before: bool = False) -> pd.Series | None:
        """The same, of the part of one indicator: some parts of several bear one name."""
        table = self.before if before else self.found
        rows = table[(table["group"] == group) & (table["place"] == self.key(place))]
        rows = rows[rows["indicator"] == indicator] if indicator else rows
        return None if rows.empty else rows.iloc[0]


def a_year_before(params: Params) -> tuple[date, date]:
    """The same days of the year before; 29 February becomes the 28th."""
    return _back(params.period_start), _back(params.period_end + timedelta(days=1)) - timedelta(days=1)


def _back(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def told_of(params: Params) -> Told:
    """Look the report's store over; raises DataError if there is none."""
    with open_store(store_address(params)) as store:
        register = caseload_register(store, _asked(params, (params.period_start, params.period_end)))
        as_of = last_day(store)
        earlier = _baseline(store, params, register, as_of)
        codes = register.places.codes
        panel = monthly_counts(store, what="came", until=params.period_end)
        months = reported_months(store, until=params.period_end, whole_months=False)
        start, end = f"{params.period_start:%Y-%m}", f"{min(params.period_end, as_of):%Y-%m}"
        inside = months["month"].between(start, end) & months["county"].isin(codes) & ~months["reported"]
        return Told(
            params,
            register,
            as_of,
            caseload_indicators(register, INDICATORS),
            pd.DataFrame(columns=EMPTY) if earlier is None else _comparable(caseload_indicators(earlier, INDICATORS)),
            panel[panel["county"].isin(codes)].reset_index(drop=True),
            came_series(register.decided),
            stock_series(register.decided),
            _events(store),
            reform_starts(store),
            priority_days(store, start=params.period_start, end=params.period_end),
            months.loc[inside, ["county", "month"]].reset_index(drop=True),
            earlier,
        )


EMPTY = ["indicator", "group", "place", "numerator", "denominator", "value", "unit", "status", "note"]


def _asked(params: Params, days: tuple[date, date]) -> Asked:
    return Asked(params.place, tuple(params.parts), *days, params.min_cell)


def _baseline(store: Store, params: Params, register: CaseloadRegister, as_of: date) -> CaseloadRegister | None:
    """The register a year before; None where its data begin later, or the period is not yet over: a year and a part of
    one are not compared."""
    if register.young or as_of < params.period_end or "cases" not in register.reported:
        return None
    return caseload_register(store, _asked(params, a_year_before(params)))


def _comparable(found: pd.DataFrame) -> pd.DataFrame:
    return found[~found["group"].isin(FOLLOWED)].reset_index(drop=True)


def _events(store: Store) -> pd.DataFrame:
    """`county, month, n`; empty where no session is recorded."""
    cells = event_cells(store, by=())[["county", "month", "n"]]
    return cells[(cells["county"] != MISSING) & (cells["month"] != MISSING)]
