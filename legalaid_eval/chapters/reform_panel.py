"""From an outcome's panel and the reforms' dates to the frame that an effect is estimated on."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from legalaid_eval.chapters.reform_results import OutcomePanel, Reforms
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.errors import UsageError

MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
COLUMNS = ("place", "month", "n", "value", "variance")
NUMBERS = ("n", "value", "variance")
EDGES = ((0, 6, 12, 24), (0, 12), (0,))
"""Months since its start between which another reform's effect is taken for constant: finest first, and coarser ones
where the data cannot tell so much apart."""


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """A balanced panel: `frame` with COLUMNS, of the places without a missing cell; `left_out` the others."""

    frame: pd.DataFrame
    period: str
    left_out: tuple[str, ...]
    covariance: pd.DataFrame | None = None

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(self.frame["place"].unique())

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(sorted(self.frame["month"].unique()))


def read_cells(panel: OutcomePanel) -> Cells:
    """The complete places of a panel.

    Raises UsageError for absent columns, text in a number, doubled cells, negative counts or variances, months that
    are no months, or periods left out.
    """
    frame = _columns(panel)
    months = month_numbers(frame["month"])
    expected = np.arange(months.min(), months.max() + 1, MONTHS[panel.period])
    if set(months) != set(expected):
        raise UsageError(
            f"found months that are not {panel.period} after {panel.period} between {frame['month'].min()} and "
            f"{frame['month'].max()}; expected each period once per place; fill gaps with missing values"
        )
    usable = frame["n"].gt(0) & frame["value"].notna() & frame["variance"].notna()
    count = usable.groupby(frame["place"], sort=True).sum()
    complete = count.index[count == len(expected)]
    kept = frame[frame["place"].isin(complete)].sort_values(["place", "month"], ignore_index=True)
    return Cells(kept, panel.period, tuple(count.index.difference(complete)), panel.covariance)


def _columns(panel: OutcomePanel) -> pd.DataFrame:
    frame = panel.frame
    if not isinstance(frame, pd.DataFrame) or set(COLUMNS) - set(frame.columns):
        there = ", ".join(map(str, getattr(frame, "columns", [type(frame).__name__])))
        raise UsageError(f"found {there}; expected a frame with the columns {', '.join(COLUMNS)}; name them so")
    if panel.period not in MONTHS:
        raise UsageError(f"found period '{panel.period}'; expected one of: {', '.join(MONTHS)}")
    if frame.empty or frame[["place", "month"]].isna().any(axis=None):
        raise UsageError("found no rows, or rows without place or month; expected one row per place and period")
    if frame.duplicated(["place", "month"]).any():
        twice = frame[frame.duplicated(["place", "month"])].iloc[0]
        raise UsageError(f"found {twice['place']} in {twice['month']} twice; expected one row per place and period")
    numbers = {name: pd.to_numeric(frame[name], errors="coerce").astype(float) for name in NUMBERS}
    for name, values in numbers.items():
        if (values.isna() & frame[name].notna()).any() or np.isinf(values).any():
            raise UsageError(f"found text or infinity in '{name}'; expected numbers, or nothing where there is none")
    if numbers["n"].lt(0).any() or numbers["variance"].lt(0).any():
        raise UsageError("found counts or variances below zero; expected numbers of cases and sampling variances")
    return frame.loc[:, list(COLUMNS)].assign(**numbers)


def month_numbers(months: Iterable[str]) -> np.ndarray:
    """Months as text ("2023-05") counted from year 0."""
    return np.array([_month_number(month) for month in months], dtype=int)


@lru_cache(maxsize=4096)
def _month_number(month: str) -> int:
    found = MONTH.fullmatch(str(month))
    if found is None:
        raise UsageError(f"found '{month}' for a month; expected year and month of the period's start, as 2023-05")
    return int(found[1]) * 12 + int(found[2]) - 1


def first_starts(reforms: Reforms, kinds: Iterable[str], places: Iterable[str]) -> dict[str, str]:
    """Place -> the first period in which any of the kinds is in force there."""
    there = set(places)
    starts: dict[str, str] = {}
    for kind in kinds:
        for place, start in reforms.starts[kind].items():
            if place in there and not pd.isna(start):
                starts[place] = min(starts.get(place, start), start)
    month_numbers(starts.values())
    return dict(sorted(starts.items()))


def with_starts(frame: pd.DataFrame, starts: Mapping[str, str]) -> pd.DataFrame:
    """The frame with each place's first treated period as `start`, None for never."""
    return frame.assign(start=frame["place"].map(dict(starts)).astype(object).where(lambda s: s.notna(), None))


def reform_columns(
    frame: pd.DataFrame, reforms: Reforms, coarseness: Mapping[str, int]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The frame with indicators of time since the start of other reforms, and their names -> kind of reform.

    `coarseness`: kind -> which of EDGES. A column without a cell is left out.
    """
    now, columns, kinds = month_numbers(frame["month"]), {}, {}
    for kind, level in coarseness.items():
        starts = first_starts(reforms, [kind], frame["place"].unique())
        start = frame["place"].map(dict(zip(starts, month_numbers(starts.values()), strict=True)))
        since = (now - start).to_numpy(dtype=float)
        edges = EDGES[level]
        for low, high in zip(edges, (*edges[1:], np.inf), strict=True):
            inside = (since >= low) & (since < high)
            if inside.any():
                columns[f"{kind}:{low}"], kinds[f"{kind}:{low}"] = inside.astype(float), kind
    return frame.assign(**columns), kinds
