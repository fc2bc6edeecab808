"""Doses of outreach: persons reached per 1,000 residents, by place and month."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.cells.base import MISSING

PER = 1000
"""Residents to a dose of one person reached."""
NO_EVENTS, NO_ATTENDANCE, NO_RESIDENTS, NO_EVENT = "no_events", "no_attendance", "no_residents", "no_event"


@dataclass(frozen=True, eq=False, slots=True)
class Reach:
    """cells: `county, town, month, n, persons` (events, and persons reached by them). imputed: share of the events
    whose attendance is not recorded and was taken at a mean; None without events. reason: why there are no cells."""

    cells: pd.DataFrame
    imputed: float | None
    reason: str = ""


def reach_of(doses: pd.DataFrame) -> Reach:
    """Persons reached, from the `doses` of OutreachSeen.

    An event whose attendance is not recorded counts as the mean of those of its county that say it, or of the store
    where none of the county does: left out it would count as nobody reached.
    """
    cells = doses.assign(persons=0.0)[["county", "town", "month", "n", "persons"]]
    if not doses["n"].sum():
        return Reach(cells.iloc[:0], None, NO_EVENTS)
    said, persons = doses["n_attendance"].astype(float), doses["attendance"].astype(float).fillna(0.0)
    imputed = float(1 - said.sum() / doses["n"].sum())
    if not said.sum():
        return Reach(cells.iloc[:0], imputed, NO_ATTENDANCE)
    county = doses["county"]
    own = persons.groupby(county).transform("sum") / said.groupby(county).transform("sum").replace(0.0, np.nan)
    mean = own.fillna(persons.sum() / said.sum())
    return Reach(cells.assign(persons=persons + (doses["n"] - said) * mean), imputed)


def monthly_doses(cells: pd.DataFrame, by: str, residents: Mapping[str, int], *, end: str) -> pd.DataFrame:
    """Frame `by, month, dose` of every place with an event and residents, in every month from the first that has any
    event anywhere to `end` ("2025-12"): a month without an event is 0. `by`: county or town."""
    placed = cells[cells[by] != MISSING]
    people = pd.Series(placed[by].unique(), dtype=object).map(residents).astype(float)
    people.index = placed[by].unique()
    people = people[people > 0]
    if cells.empty or people.empty:
        return pd.DataFrame({by: [], "month": [], "dose": []}).astype({by: str, "month": str, "dose": float})
    months = pd.period_range(cells["month"].min(), max(end, cells["month"].max()), freq="M").astype(str)
    table = placed.pivot_table(index=by, columns="month", values="persons", aggfunc="sum", fill_value=0.0)
    table = table.reindex(index=people.index, columns=months, fill_value=0.0)
    doses = PER * table.div(people, axis=0)
    return doses.rename_axis(index=by, columns="month").stack().rename("dose").reset_index()


def mean_dose(doses: pd.DataFrame, by: str, *, months: int) -> pd.DataFrame:
    """Frame `by, month, dose`: the mean dose over so many months up to and with the month; where the doses begin later,
    over those there are."""
    table = doses.pivot(index=by, columns="month", values="dose")
    mean = table.T.rolling(months, min_periods=1).mean().T
    return mean.stack().rename("dose").reset_index()
