"""Where a budget for outreach would gain most by the fitted curve, over counties and over segments of the population.

The curve's doses are persons reached per 1,000 residents and month; a budget is of a year, its gain that of the last
month. What is spent at present is laid out by the same curve at the doses of the period, so that both compare.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.processing_register import ALL, HIDDEN, OK
from legalaid_eval.chapters.awareness_waves import awareness_by
from legalaid_eval.chapters.outreach_cost import PERCENT, Persons, last_month, persons_of
from legalaid_eval.chapters.outreach_described import described
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.allocation import Allocation, allocate
from legalaid_eval.estimators.dose_response import DoseResponse
from legalaid_eval.indicators.outreach import AWARENESS

COUNTY, SEGMENT = "county", "segment"
MONTHS = 12
PER_100 = 100
PER = 1000
"""Residents that a dose is counted by."""
SURE = 0.01
"""Shares nearer to 0 or 1 than this are taken for it: a curve of logits has no others."""
NO_EFFECT = "no_effect_found"
COLUMNS = ["unit", "persons", "unit_cost", "dose", "clipped"]


class Curve(Protocol):
    """What is needed of a dose-response: `fit` is None for a `reason`; `doses` has `county, month, dose`; `kept` the
    smallest and largest mean dose that a county kept up for a while (None: those of single months count)."""

    fit: DoseResponse | None
    reason: str
    doses: pd.DataFrame
    item: str
    kept: tuple[float, float] | None


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """A budget over units of one `kind`. units: frame COLUMNS, `unit_cost` the yuan of a dose of 1 kept up for a month
    for one of the persons, `dose` the present one (NaN: not known), `clipped` where it lay outside of the doses
    observed. present: the gains of present doses; None where they are not known.
    """

    kind: str
    units: pd.DataFrame
    suggested: Allocation
    present: Allocation | None

    @property
    def price(self) -> np.ndarray:
        """Yuan of a dose of 1 kept up for a year."""
        return (self.units["persons"] * self.units["unit_cost"] * MONTHS).to_numpy()


@dataclass(frozen=True, eq=False, slots=True)
class Budget:
    """amount: yuan of a year; `given` by the parameters or what present doses cost. counties, segments: plans, None
    where `reason` (of both) or `why_no_segments` says why. basis: of Persons. left_out: segments with too few answers.
    hidden: counties whose spending may not be shown; with them in a sum it could be worked out. unsure: no effect of
    the dose was found, so that an equal dose for everybody is as well founded.
    """

    told: Told
    amount: float = 0.0
    given: bool = False
    counties: Plan | None = None
    segments: Plan | None = None
    reason: str = ""
    why_no_segments: str = ""
    basis: str = ""
    unsure: bool = False
    left_out: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def budget_of(told: Told, curve: Curve, *, spent: pd.DataFrame | None = None) -> Budget:
    """The budget of the parameters, or what the present doses cost, over the counties of the fit and over segments.

    `spent`: the costs of `Described`, if they were looked up already.
    """
    if curve.fit is None:
        return Budget(told, reason="no_curve")
    if told.alone:
        return Budget(told, reason="one_county")
    spent = described(told).costs if spent is None else spent
    everywhere = _cost_of_reaching(spent[spent["key"] == ALL])
    own = spent[spent["key"] == COUNTY].set_index("value")
    hidden = tuple(code for code in told.places if code in own.index and own["status"][code] == HIDDEN)
    fitted = set(curve.fit.panel.places) - set(hidden)
    codes = [code for code in told.places if code in fitted and told.seen.residents.get(code)]
    if everywhere is None or len(codes) < 2:
        return Budget(told, reason="no_costs" if everywhere is None else "few_counties")
    persons = persons_of(told, codes)
    units = _counties(told, curve, codes, persons, own, everywhere)
    present = float((units["persons"] * units["unit_cost"] * units["dose"]).sum() * MONTHS)
    amount = float(told.params.outreach_budget) or present
    if not amount > 0:
        return Budget(told, reason="no_spending")
    about = {"basis": persons.basis, "unsure": NO_EFFECT in curve.fit.notes, "hidden": hidden}
    blank = Budget(told, amount, bool(told.params.outreach_budget), **about)
    counties = _plan(COUNTY, curve, units, amount)
    if counties is None:
        return replace(blank, reason="below_least")
    return _with_segments(replace(blank, counties=counties), curve, persons, everywhere)


def observed(curve: Curve) -> tuple[float, float]:
    """The doses that a budget of a year may be laid out in: a single month's largest, kept up, was never tried."""
    low, high = curve.fit.dose_range
    return (low, high) if curve.kept is None else (max(low, curve.kept[0]), min(high, curve.kept[1]))


def _cost_of_reaching(rows: pd.DataFrame) -> float | None:
    """Yuan that reach one person once."""
    rows = rows[(rows["status"] == OK) & rows["per_100_reached_cny"].notna()]
    cost = float(rows["per_100_reached_cny"].iloc[0]) / PER_100 if len(rows) else 0.0
    return cost if cost > 0 else None


def _counties(
    told: Told, curve: Curve, codes: list[str], persons: Persons, spent: pd.DataFrame, everywhere: float
) -> pd.DataFrame:
    doses = _present_doses(told, curve)
    low, high = observed(curve)
    lines = []
    for code in codes:
        own = _cost_of_reaching(spent.loc[[code]]) if code in spent.index else None
        dose = float(doses.get(code, 0.0))
        cost = unit_cost(everywhere if own is None else own, told.seen.residents[code], persons.by_county[code])
        held = min(max(dose, low), high)
        lines.append((code, persons.by_county[code], cost, held, held != dose))
    return pd.DataFrame(lines, columns=COLUMNS)


def unit_cost(reaching: float, residents: float, persons: float) -> float:
    """Yuan of a dose of 1 for a month, shared out over the persons whose awareness counts: it reaches one in PER
    residents, for `reaching` each."""
    return reaching * residents / PER / persons


def _present_doses(told: Told, curve: Curve) -> pd.Series:
    """The mean dose of a month of the period, by county."""
    months = pd.PeriodIndex(curve.doses["month"], freq="M").strftime("%Y-%m")
    within = (months >= f"{told.params.period_start:%Y-%m}") & (months <= last_month(told, None))
    return curve.doses[within].groupby("county")["dose"].mean()


def _plan(kind: str, curve: Curve, units: pd.DataFrame, amount: float, baseline: str | None = None) -> Plan | None:
    """None where the budget does not even pay for the smallest doses that the curve knows."""
    asked = {"segment": "unit", "persons": "persons", "unit_cost": "unit_cost", "periods": MONTHS, "baseline": baseline}
    free = dict.fromkeys(units["unit"], observed(curve))
    try:
        suggested = allocate(curve.fit, units, budget=amount, limits=free, **asked)
    except UsageError:
        return None
    present = None
    if units["dose"].notna().all():
        held = {unit: (dose, dose) for unit, dose in zip(units["unit"], units["dose"], strict=True)}
        cost = float((units["persons"] * units["unit_cost"] * units["dose"]).sum() * MONTHS)
        present = allocate(curve.fit, units, budget=cost * (1 + 1e-12), limits=held, **asked) if cost > 0 else None
    return Plan(kind, units, suggested, present)


def _with_segments(budget: Budget, curve: Curve, persons: Persons, reaching: float) -> Budget:
    told = budget.told
    residents = sum(float(told.seen.residents[code]) for code in persons.by_county)
    total = sum(persons.by_county.values())
    shares, left_out = segment_shares(told, curve.item)
    if len(shares) < 2:
        return replace(budget, why_no_segments="no_segments", left_out=left_out)
    units = shares.assign(
        persons=shares["weight"] * total,
        unit_cost=unit_cost(reaching, residents, total),
        dose=np.nan,
        clipped=False,
    )
    plan = _plan(SEGMENT, curve, units, budget.amount, "baseline")
    why = "" if plan is not None else "below_least"
    return replace(budget, segments=plan, why_no_segments=why, left_out=left_out)


def segment_shares(told: Told, item: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """`unit, weight, baseline` of the segments in the last wave, and those with too few answers.

    `weight`: the segment's part of all persons the wave stands for; `baseline`: the share that knows, in the wording
    asked of most; it holds what earlier outreach did.
    """
    survey = told.seen.survey
    last = survey.answers[survey.answers["wave"] == survey.answers["wave"].max()]
    if told.surveyed is not None:
        last = last[last["county"].isin(told.surveyed)]
    weights = (last["weight"] * last["n"]).groupby(last["segment"]).sum().drop(MISSING, errors="ignore")
    blank = pd.DataFrame(columns=["unit", "weight", "baseline"])
    measure = [each for each in AWARENESS if each.key == item and each.unit == "percent"]
    if not len(last) or not weights.sum() > 0 or not measure:
        return blank, ()
    most = last.groupby("wording")["n"].sum().idxmax()
    asked = replace(survey, answers=last[last["wording"] == most])
    found = awareness_by(asked, by=SEGMENT, measures=measure, conf_level=told.params.conf_level).set_index("value")
    known = [code for code in found.index if pd.notna(found["estimate"][code]) and weights.get(code, 0.0) > 0]
    share = np.clip(found.loc[known, "estimate"].to_numpy(float) / PERCENT, SURE, 1 - SURE)
    part = weights[known].to_numpy() / weights.sum()
    left_out = tuple(sorted(set(weights.index) - set(known)))
    return pd.DataFrame({"unit": known, "weight": part, "baseline": share}), left_out


def lines_of(plan: Plan) -> Iterator[pd.Series]:
    """For each unit the line of the suggested allocation with `present` (yuan; NaN where it is not known), `low` and
    `high` (yuan of the range of the dose), `gain_now`, `gain_now_low`, `gain_now_high`."""
    table = plan.suggested.table.assign(
        low=plan.suggested.table["dose_low"] * plan.price,
        high=plan.suggested.table["dose_high"] * plan.price,
        present=plan.units["dose"] * plan.price,
    )
    for name in ("gain", "gain_low", "gain_high"):
        table[name.replace("gain", "gain_now")] = np.nan if plan.present is None else plan.present.table[name]
    for _, line in table.iterrows():
        yield line
