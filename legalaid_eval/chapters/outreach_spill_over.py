"""Whether outreach reaches beyond the township it is in: own dose and that of the county's other townships.

    spill = spill_over_of(told)
    spill.found.neighbours, spill.reason

Which townships border on each other is not recorded, so that all others of the county count as neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import with_design
from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.awareness_panels import FEW_WAVES, WavePanel, store_near_ceiling
from legalaid_eval.chapters.caseload_tables import bounds, signed
from legalaid_eval.chapters.outreach_dose import FEW_COUNTIES, LEAST_COUNTIES, NOT_ESTIMABLE, series_of, why_no_series
from legalaid_eval.chapters.outreach_dose_shown import POINTS, kind_of, row_of
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_reach import NO_RESIDENTS, Reach, mean_dose, monthly_doses, reach_of
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.content import Code, Column, Message, Quantity, Range, Table
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.dose_response import SpillOver, neighbour_exposure, spill_over_effect
from legalaid_eval.indicators.outreach import HEADLINE

NO_TOWNS = "no_towns"
WHERE = ("own", "neighbours", "both")
POWER = 0.8
NAMES = {"place": "town", "cluster": "county", "time": "month", "value": "value", "weight": "n"}


@dataclass(frozen=True, eq=False, slots=True)
class Spill:
    """What goes with outreach in a township and next door. `found` is None where `reason` says why.

    cells: `county, town, month, value, n, dose, neighbour_dose` by township and wave: percent who know, respondents,
    and persons reached per 1,000 residents in the `months` up to the wave. unplaced: share of the events that name no
    township. near_ceiling: `store_near_ceiling`.
    """

    told: Told
    found: SpillOver | None
    reason: str
    cells: pd.DataFrame
    months: int = 0
    unplaced: float = 0.0
    waves: tuple[str, ...] = ()
    near_ceiling: bool = False


def spill_over_of(told: Told) -> Spill:
    """Estimate it, or say why not. It looks at the whole store, also in a report on a part of it."""
    reach, series = reach_of(told.seen.doses), series_of(told)
    reason = why_no_series(told, series) or reach.reason
    if reason:
        return Spill(told, None, reason, pd.DataFrame())
    months = MONTHS[series.panel.period]
    placed = reach.cells["town"] != MISSING
    unplaced = float(1 - reach.cells.loc[placed, "n"].sum() / reach.cells["n"].sum())
    cells, reason = cells_of(told, reach, series, months)
    spill = Spill(told, None, reason, cells, months, unplaced, tuple(sorted(set(cells["month"]))))
    return spill if reason else fitted(spill)


def cells_of(told: Told, reach: Reach, series: WavePanel, months: int) -> tuple[pd.DataFrame, str]:
    """The `cells` of Spill, and why they do not suffice."""
    shares, held = town_shares(told, series), reach.cells.loc[reach.cells["town"] != MISSING, ["county", "town"]]
    towns = pd.concat([shares[["county", "town"]], held]).drop_duplicates("town")
    towns = towns[towns["county"].isin(held["county"])]  # of the others nobody knows whether they did nothing
    if shares.empty or held.empty:
        return shares, NO_TOWNS
    doses = town_doses(told, reach, towns, months)
    if doses.empty:
        return shares, NO_RESIDENTS
    cells = shares.merge(doses, on=["town", "month"]).dropna(subset="neighbour_dose")
    faults = (
        (cells["county"].nunique() < LEAST_COUNTIES, FEW_COUNTIES),
        (cells["month"].nunique() < 2, FEW_WAVES),
    )
    return cells.reset_index(drop=True), next((why for fault, why in faults if fault), "")


def town_shares(told: Told, series: WavePanel) -> pd.DataFrame:
    """`county, town, month, value, n`: percent who know in each township and wave.

    In a wave with two wordings each answer counts as its difference from the wave's mean in its wording: the wording is
    taken to move answers everywhere alike, as the report's bridge says, and to have been asked of like people.
    """
    answers = told.seen.survey.answers
    answers = answers[answers["wording"].isin(series.wordings) & answers[HEADLINE].notna()]
    usable, design = with_design(answers[(answers["county"] != MISSING) & (answers["town"] != MISSING)])
    weight = usable["n"] * (usable[design.columns["weight"]] if "weight" in design.columns else 1.0)
    usable = usable.assign(people=weight, said=weight * usable[HEADLINE])
    asked = usable.groupby(["wave", "wording"])[["people", "said"]].transform("sum")
    wave = usable.groupby("wave")[["people", "said"]].transform("sum")
    shift = wave["said"] / wave["people"] - asked["said"] / asked["people"]
    usable = usable.assign(said=usable["said"] + weight * shift, month=usable["wave"].map(series.waves))
    sums = usable.groupby(["county", "town", "month"], as_index=False)[["said", "people", "n"]].sum()
    return sums.assign(value=100 * sums["said"] / sums["people"])[["county", "town", "month", "value", "n"]]


def town_doses(told: Told, reach: Reach, towns: pd.DataFrame, months: int) -> pd.DataFrame:
    """`town, month, dose, neighbour_dose`: persons reached per 1,000 residents in so many months up to the month, of
    months that have as many before them; a township without an event has 0."""
    people = (
        towns.set_index("town")["county"].to_frame().assign(people=towns["town"].map(told.seen.residents).to_numpy())
    )
    people = people[people["people"].astype(float) > 0]
    end = min(told.params.period_end, told.seen.as_of).strftime("%Y-%m")
    held = monthly_doses(reach.cells, "town", told.seen.residents, end=end)
    if held.empty or people.empty:
        return held.assign(neighbour_dose=[])
    table = months * mean_dose(held, "town", months=months).pivot(index="town", columns="month", values="dose")
    doses = table.reindex(people.index, fill_value=0.0).iloc[:, months - 1 :].stack().rename("dose").reset_index()
    doses = doses.assign(people=doses["town"].map(people["people"]).astype(float))
    of_county = people.groupby("county").groups
    near = {town: [other for other in of_county[county] if other != town] for town, county in people["county"].items()}
    exposure = neighbour_exposure(doses, place="town", neighbours=near, dose="dose", time="month", weight="people")
    return doses.assign(neighbour_dose=exposure)[["town", "month", "dose", "neighbour_dose"]]


def fitted(spill: Spill) -> Spill:
    level = spill.told.params.conf_level
    try:
        found = spill_over_effect(
            spill.cells, **NAMES, dose="dose", neighbour_dose="neighbour_dose", unit=POINTS, conf_level=level
        )
    except UsageError:  # doses that townships and waves explain wholly, or hardly any cells
        return replace(spill, reason=NOT_ESTIMABLE)
    return replace(spill, found=found, near_ceiling=store_near_ceiling(spill.told.seen.survey))


def smallest_detectable(spill: Spill, where: str) -> float:
    """The change a unit of the dose would have to bring to be seen with probability POWER (Bloom 1995)."""
    found, df = getattr(spill.found, where), spill.found.df[where]
    return float((stats.t.ppf((1 + found.conf_level) / 2, df) + stats.t.ppf(POWER, df)) * found.std_error)


def seen(found: Estimate) -> bool:
    return not found.ci_low <= 0 <= found.ci_high


def table(spill: Spill) -> Table:
    """Per place of the outreach: the change, the interval, degrees of freedom, and the smallest change to be seen."""
    heads = ("dr_where", "dr_change", "dr_interval", "dr_df", "dr_smallest")
    columns = tuple(Column(head, "left" if head == "dr_where" else "right") for head in heads)
    lines = tuple(_line(spill, where) for where in WHERE) if spill.found is not None else ()
    note = Message("outreach_dose.spill.note", _facts(spill)) if lines else None
    return Table("spill_over", columns, lines, note=note, facts=spill.told.facts)


def _line(spill: Spill, where: str) -> tuple[object, ...]:
    found: Estimate = getattr(spill.found, where)
    ends = bounds(found.ci_low, found.ci_high, "count", 2)
    df = Quantity(spill.found.df[where], "count", decimals=1)
    smallest = Quantity(smallest_detectable(spill, where), "count", decimals=2)
    return Code("outreach_spill_where", where), signed(found.estimate, "count", 2), ends, df, smallest


def _facts(spill: Spill) -> dict[str, object]:
    found, level = spill.found, Quantity(100 * spill.told.params.conf_level, "percent", decimals=0)
    ranges = {
        name: Range(*(float(end(spill.cells[column])) for end in (np.min, np.max)), "count", 0)
        for name, column in (("own_range", "dose"), ("near_range", "neighbour_dose"))
    }
    few = any(note.startswith(("few_clusters", "small_df")) for note in found.notes)
    facts = {"conf": level, "months": spill.months, "counties": found.n_clusters, "towns": found.n_places, "few": few}
    unplaced = Quantity(100 * spill.unplaced, "percent", decimals=1) if spill.unplaced > 0 else None
    return spill.told.facts | facts | ranges | {"waves": found.n_times, "unplaced": unplaced}


def messages(spill: Spill) -> tuple[Message, ...]:
    """What goes with outreach in the township, next door, and what the comparison rests on."""
    if spill.found is None:
        return (Message("outreach_dose.spill.none", {"why": Code("outreach_dose_reason", spill.reason)}),)
    facts = _facts(spill)
    said = tuple(Message(f"outreach_dose.spill.{where}", facts | _size(spill, where)) for where in WHERE[:2])
    near = not seen(spill.found.neighbours)
    direct = Message("outreach_dose.spill.direct", facts | {"near": near})
    ceiling = (Message("outreach_dose.spill.ceiling", facts),) if spill.near_ceiling else ()
    return (*said, *ceiling, direct, Message("outreach_dose.spill.basis", facts))


def _size(spill: Spill, where: str) -> dict[str, object]:
    found: Estimate = getattr(spill.found, where)
    up, size = found.estimate > 0, Quantity(abs(found.estimate), POINTS, decimals=2)
    return {
        "change": Message("outreach_dose.signed", {"up": up, "size": size}),
        "up": up,
        "found": seen(found),
        "interval": bounds(found.ci_low, found.ci_high, POINTS, 2),
        "smallest": Quantity(smallest_detectable(spill, where), POINTS, decimals=2),
    }


def rows(spill: Spill) -> Iterator[results.Row]:
    """The change with a unit of each dose; per person reached per 1,000 residents."""
    about = (spill.told, spill.waves, f"spill_over:{HEADLINE}")
    if spill.found is None:
        yield row_of(*about, "all", None, method="wls_cr2", status="not_evaluable", note=spill.reason)
        return
    for where in WHERE:
        found: Estimate = getattr(spill.found, where)
        verdict = "no_effect_found" if not seen(found) else "higher" if found.estimate > 0 else "lower"
        note = "small_df" if f"small_df:{where}" in spill.found.notes else kind_of(spill.told)
        yield row_of(*about, where, found, method=found.method, n=spill.found.n, verdict=verdict, note=note)
