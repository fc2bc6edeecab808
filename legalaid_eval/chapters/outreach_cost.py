"""What outreach cost where a campaign began, for each additional person who knows and each additional application.

Two sums of money stand beside each other: all that was booked on outreach events since a county's start, those among
them that would have been held anyway, and what was booked beyond the county's pace of the two years before. The time of
staff and what is booked elsewhere are in neither. Money adds up over the months, the change in awareness is a mean
level: costs over different spans do not compare.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from legalaid_eval.chapters.effect_prose import POINTS, holds_alone_only
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_reach import reach_of
from legalaid_eval.chapters.reform_panel import month_numbers
from legalaid_eval.chapters.reform_results import ReformEffect
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.outreach_cost import (
    CostPerGain,
    cost_of_change,
    cost_of_growth,
    cost_per_gain,
    growth,
)

AWARE, APPLICATION = "aware", "application"
ALL_SPENDING, ADDITIONAL = "all_spending", "additional"
COMPARISON, BY_PLACE = "comparison", "by_place"
ADULTS, RESIDENTS = "adults", "residents"
BEFORE, LEAST_BEFORE = 24, 12
"""Months before a start whose spending is the pace that would have gone on, and how many there must be of them."""
LEAST_WEIGHT, MOST_WEIGHT = 0.4, 1.0
"""Shares of the residents between which sums of survey weights are taken for numbers of adults."""
FEN = 100
PERCENT = 100


@dataclass(frozen=True, slots=True)
class Persons:
    """Persons by county; `basis`: ADULTS that the survey's weights add up to, else RESIDENTS."""

    by_county: Mapping[str, float]
    basis: str


@dataclass(frozen=True, eq=False, slots=True)
class Spent:
    """Money on outreach since the starts: `by_county` with `county, start, since, additional` (yuan; `additional` NaN
    where too little is known of the time before). `first` and `last` month, as text; `imputed`: the share of the events
    whose cost is not recorded, taken at the mean of those that say it. `reason` says why there is none."""

    by_county: pd.DataFrame
    first: str = ""
    last: str = ""
    imputed: float = 0.0
    reached: float = float("nan")
    reason: str = ""

    def total(self, money: str) -> float:
        """Yuan in all counties; NaN where that of a county is not known."""
        return float(self.by_county["since" if money == ALL_SPENDING else "additional"].sum(skipna=False))


@dataclass(frozen=True, slots=True)
class Line:
    """One cost: of `what`, by which `money` and `method`; `found` is None where `reason` says why."""

    what: str
    money: str
    method: str
    found: CostPerGain | None
    reason: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Costs:
    """lines: of every question, sum of money and method. spent and established: by what is asked. basis: of Persons."""

    told: Told
    lines: tuple[Line, ...]
    spent: Mapping[str, Spent]
    established: Mapping[str, bool]
    basis: str

    def line(self, what: str, money: str, method: str = COMPARISON) -> Line | None:
        wanted = (what, money, method)
        return next((line for line in self.lines if (line.what, line.money, line.method) == wanted), None)


def costs_of(told: Told, effect: ReformEffect | None, use_effect: ReformEffect | None) -> Costs:
    """Costs of what a campaign changed: `effect` on awareness in percentage points, `use_effect` on applications in
    percent; None, or an effect without an estimate, where there is none.

    Additional aware persons are the mean change since the start times the persons of the treated counties; additional
    applications are worked back from those counted. The interval is the comparison's own, turned over; a bootstrap
    over the treated counties stands beside it.
    """
    persons = persons_of(told, tuple(effect.treated) if effect is not None else ())
    spent, lines = {}, []
    for what, found in ((AWARE, effect), (APPLICATION, use_effect)):
        if found is None or found.estimate is None:
            lines.append(Line(what, "", "", None, "no_estimate"))
            continue
        spent[what] = spent_of(told, starts_of(told, found), last_month(told, found if what == AWARE else None))
        lines += _lines(told, what, found, spent[what], persons)
    established = {AWARE: _established(effect), APPLICATION: _established(use_effect)}
    return Costs(told, tuple(lines), spent, established, persons.basis)


def _established(effect: ReformEffect | None) -> bool:
    return effect is not None and effect.verdict == "improved" and not holds_alone_only(effect)


def persons_of(told: Told, counties: Collection[str]) -> Persons:
    """Adults of the counties by the last wave's weights, where these add up to a possible part of the residents in
    every county; else the residents, without counties whose residents are not recorded."""
    answers = told.seen.survey.answers
    last = answers[answers["wave"] == answers["wave"].max()]
    weights = (last["weight"] * last["n"]).groupby(last["county"]).sum()
    residents = {code: float(told.seen.residents[code]) for code in counties if told.seen.residents.get(code)}
    adults = {code: float(weights.get(code, 0.0)) for code in residents}
    possible = all(LEAST_WEIGHT <= adults[code] / residents[code] <= MOST_WEIGHT for code in residents)
    return Persons(adults, ADULTS) if residents and possible else Persons(residents, RESIDENTS)


def starts_of(told: Told, effect: ReformEffect) -> dict[str, str]:
    """Treated county -> the first month of the effect's reforms there."""
    months = {place: [told.seen.starts.get(kind, {}).get(place) for kind in effect.reforms] for place in effect.treated}
    return {place: min([m for m in found if m] or [effect.treated[place]]) for place, found in months.items()}


def last_month(told: Told, effect: ReformEffect | None) -> str:
    """The month up to which money counts: the period's last that the data reach, of an effect its last wave's if that
    is earlier."""
    end = f"{min(told.params.period_end, told.seen.as_of):%Y-%m}"
    return end if effect is None else min(end, str(effect.panel.frame["month"].max()))


def monthly_spending(doses: pd.DataFrame) -> pd.DataFrame:
    """`county, month, events, unknown, yuan`, the month as a number; events of unknown cost are taken at the mean of
    their county's others, else at that of all."""
    sums = doses.groupby(["county", "month"], as_index=False)[["n", "n_cost_fen", "cost_fen"]].sum()
    sums = sums.astype({"n": float, "n_cost_fen": float, "cost_fen": float})
    known = sums.groupby("county")[["n_cost_fen", "cost_fen"]].sum()
    everywhere = known["cost_fen"].sum() / known["n_cost_fen"].sum()
    each = (known["cost_fen"] / known["n_cost_fen"].where(known["n_cost_fen"] > 0)).fillna(everywhere)
    unknown = sums["n"] - sums["n_cost_fen"]
    yuan = (sums["cost_fen"] + unknown * sums["county"].map(each)) / FEN
    months = month_numbers(sums["month"])
    return sums[["county"]].assign(month=months, events=sums["n"], unknown=unknown, yuan=yuan)


def spent_of(told: Told, starts: Mapping[str, str], last: str) -> Spent:
    """Money spent in counties from their starts to the end of the month `last`."""
    doses = told.seen.doses
    blank = pd.DataFrame(columns=["county", "start", "since", "additional"])
    if doses.empty or not doses["n_cost_fen"].sum():
        return Spent(blank, reason="no_costs")
    rows = monthly_spending(doses)
    rows = rows[rows["county"].isin(starts)]
    begun = rows["county"].map(dict(zip(starts, month_numbers(starts.values()), strict=True)))
    end = int(month_numbers([last])[0])
    since = rows[(rows["month"] >= begun) & (rows["month"] <= end)]
    if since["events"].sum() - since["unknown"].sum() < max(told.params.min_cell, 1):
        return Spent(blank, reason="few_costs")
    lines = [
        _county(rows[rows["county"] == place], place, start, end, _first(doses)) for place, start in starts.items()
    ]
    frame = pd.DataFrame(lines, columns=blank.columns)
    imputed = float(since["unknown"].sum() / since["events"].sum())
    return Spent(frame, min(starts.values()), last, imputed, reached_since(doses, starts, last))


def reached_since(doses: pd.DataFrame, starts: Mapping[str, str], last: str) -> float:
    """Person-times at the events of counties from their starts to the end of the month `last`; NaN if none is known."""
    reach = reach_of(doses)
    begun = reach.cells["county"].map(dict(starts))
    cells = reach.cells[begun.notna() & (reach.cells["month"] >= begun) & (reach.cells["month"] <= last)]
    return float("nan") if reach.reason else float(cells["persons"].sum())


def _first(doses: pd.DataFrame) -> int:
    """The first month of any event: before it, no outreach means no records."""
    return int(month_numbers(doses["month"]).min())


def _county(rows: pd.DataFrame, place: str, start: str, end: int, first: int) -> tuple[str, str, float, float]:
    begun = int(month_numbers([start])[0])
    since = float(rows.loc[rows["month"].between(begun, end), "yuan"].sum())
    earliest = max(begun - BEFORE, first)
    before = float(rows.loc[rows["month"].between(earliest, begun - 1), "yuan"].sum())
    known = begun - earliest >= LEAST_BEFORE
    pace = before / (begun - earliest) if known else float("nan")
    return place, start, since, since - pace * max(end - begun + 1, 0)


def _lines(told: Told, what: str, effect: ReformEffect, spent: Spent, persons: Persons) -> Iterator[Line]:
    number = _number(told, what, effect, persons)
    reason = spent.reason or _unfit(what, effect.estimate) or number.reason
    if reason:
        yield Line(what, "", "", None, reason)
        return
    for money in (ALL_SPENDING, ADDITIONAL):
        amount = spent.total(money)
        if not amount > 0:
            yield Line(what, money, "", None, "short_before" if amount != amount else "nothing_additional")
            continue
        whole = _whole(what, effect.estimate, amount, sum(number.by_county.values()))
        yield Line(what, money, COMPARISON, whole)
        yield _by_place(told, what, effect, spent, money, number, whole)


def _unfit(what: str, estimate: Estimate) -> str:
    return "" if estimate.unit == (POINTS if what == AWARE else "percent") else "not_a_share"


@dataclass(frozen=True, slots=True)
class Number:
    """By treated county: persons whose share changed, or applications counted since the start."""

    by_county: Mapping[str, float]
    reason: str = ""


def _number(told: Told, what: str, effect: ReformEffect, persons: Persons) -> Number:
    if what == AWARE:
        known = all(place in persons.by_county for place in effect.treated)
        return Number(persons.by_county, "" if known else "no_persons")
    counted = counted_since(told, starts_of(told, effect))
    return Number(counted, "" if sum(counted.values()) >= max(told.params.min_cell, 1) else "few_counted")


def counted_since(told: Told, starts: Mapping[str, str]) -> dict[str, float]:
    """County -> applications from its start to the period's end; months without a report are not in it."""
    counts = told.seen.use["applications"]
    end = last_month(told, None)
    since = {p: counts[(counts["county"] == p) & counts["month"].between(m, end)]["n"] for p, m in starts.items()}
    return {place: float(n.fillna(0).sum()) for place, n in since.items()}


def _whole(what: str, estimate: Estimate, amount: float, number: float) -> CostPerGain:
    if what == AWARE:
        return cost_of_change(estimate, cost=amount, persons=number)
    return cost_of_growth(estimate, cost=amount, counted=number)


def _by_place(
    told: Told, what: str, effect: ReformEffect, spent: Spent, money: str, number: Number, whole: CostPerGain
) -> Line:
    """The bootstrap over treated counties. It does not know how sure the comparison is, so that a cost that has no
    upper end there has none here."""
    if effect.by_place is None or effect.by_place["estimate"].isna().any():
        return Line(what, money, BY_PLACE, None, "no_places")
    rows = effect.by_place[["place", "estimate"]].merge(spent.by_county, left_on="place", right_on="county")
    cost = rows["since" if money == ALL_SPENDING else "additional"]
    if not (cost > 0).all():
        return Line(what, money, BY_PLACE, None, "place_without_money")
    own = rows["place"].map(number.by_county)
    gain = own * rows["estimate"] / PERCENT if what == AWARE else growth(own, rows["estimate"])
    frame = pd.DataFrame({"place": rows["place"], "cost": cost, "gain": gain})
    level = told.params.conf_level
    found = cost_per_gain(frame, place="place", cost="cost", gain="gain", seed=told.params.seed, conf_level=level)
    if found.verdict == "bounded" and whole.verdict != "bounded":
        found = replace(found, ci_high=None, verdict="at_least")
    return Line(what, money, BY_PLACE, replace(found, outcome=whole.outcome))
