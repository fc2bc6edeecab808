"""Monthly panels as forecasts can use them: which counties and months are in, which are not, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.cells.caseload_series import SILENT

NOTHING, STOPPED, YEAR_CUT = "nothing_reported", "stopped_reporting", "year_incomplete"
"""Why a county is in no forecast: no month at all, none lately, or not the year from its begin."""
AFTER_GAP, QUIET = "begins_after_gap", "quiet_end"
LATELY = 12


@dataclass(frozen=True, eq=False, slots=True)
class MonthPanel:
    """`counts`: months by county code, missing only before a county's first month. `notes`: code -> what was done to
    its series; `left_out`: code -> why it is not in `counts`."""

    counts: pd.DataFrame
    notes: Mapping[str, str]
    left_out: Mapping[str, str]

    @property
    def empty(self) -> bool:
        return self.counts.empty

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.counts.columns)

    @property
    def months(self) -> int:
        return len(self.counts)

    @property
    def last(self) -> pd.Period:
        return self.counts.index[-1]

    @property
    def total(self) -> pd.Series:
        """The sum of the counties over the months that all of them have."""
        return self.counts.dropna().sum(axis=1)

    def reaching(self, year: int) -> "MonthPanel":
        """Without the counties that do not have the year from its begin on."""
        inside = self.counts[self.counts.index.year >= year]
        cut = [code for code in self.codes if inside[code].isna().any()]
        return MonthPanel(self.counts.drop(columns=cut), self.notes, {**self.left_out, **dict.fromkeys(cut, YEAR_CUT)})


def month_panel(cells: pd.DataFrame, codes: Iterable[str], *, column: str = "n") -> MonthPanel:
    """The panel of these counties from cells `county, month, column` in which an unknown month is missing.

    A county silent at the end is quiet, so that its months are zeros, where so many would be no surprise (expected
    fewer than SILENT cases, as `caseload_series` holds for months inside); else it has stopped reporting. A series
    begins after its last gap.
    """
    codes = list(codes)
    wide = cells.pivot_table(index="month", columns="county", values=column, aggfunc="sum", min_count=1, observed=False)
    wide = wide.reindex(columns=codes).astype("Float64").astype(float)
    known = wide.notna().any(axis=1).to_numpy()
    if not known.any():
        return MonthPanel(pd.DataFrame(), {}, dict.fromkeys(codes, NOTHING))
    wide = wide.iloc[np.flatnonzero(known)[0] : np.flatnonzero(known)[-1] + 1]
    wide.index = pd.PeriodIndex(wide.index, freq="M")
    series, notes, left_out = {}, {}, {}
    for code in codes:
        found, said = _series(wide[code])
        if found is None:
            left_out[code] = said
            continue
        series[code] = found
        if said:
            notes[code] = said
    counts = pd.DataFrame(series, index=wide.index)
    return MonthPanel(counts.loc[counts.notna().any(axis=1).to_numpy()], notes, left_out)


def _series(given: pd.Series) -> tuple[pd.Series | None, str]:
    known = given.notna().to_numpy()
    if not known.any():
        return None, NOTHING
    first, last = np.flatnonzero(known)[[0, -1]]
    silent, series = len(given) - 1 - last, given.copy()
    if silent and silent * given.iloc[first : last + 1].tail(LATELY).mean() >= SILENT:
        return None, STOPPED
    series.iloc[last + 1 :] = 0.0
    gaps = first + np.flatnonzero(~known[first : last + 1])
    if not len(gaps):
        return series, QUIET if silent else ""
    series.iloc[: gaps[-1] + 1] = np.nan
    return series, AFTER_GAP


def type_panel(cells: pd.DataFrame, panel: MonthPanel) -> pd.DataFrame:
    """Months by case type, over the counties and the months that the whole of `panel` has."""
    if panel.empty:
        return pd.DataFrame()
    chosen = cells[cells["county"].isin(panel.codes)].assign(n=lambda rows: rows["n"].astype("Float64"))
    wide = chosen.pivot_table(index="month", columns="case_type", values="n", aggfunc="sum", observed=False)
    wide = wide.fillna(0).astype(float)
    wide.index = pd.PeriodIndex(wide.index, freq="M")
    return wide.reindex(panel.counts.dropna().index, fill_value=0.0).rename_axis(columns=None)


def veiled(value: float, least: int) -> float:
    """A count rounded to a multiple of the least count that is shown, so that no small count follows from it."""
    return float(least * round(value / least)) if least > 0 else float(value)
