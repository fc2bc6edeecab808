"""The cells of a dose-response fit: successes and trials by place and wave, doses by place and period."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.counts.design import codes, period_numbers
from legalaid_eval.estimators.dose_response.adstock import adstock

LEAST_DF = 5
"""Degrees of freedom below which the dispersion, and with it every interval, would be a guess."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """G places, T waves, P consecutive periods up to the last wave.

    `y` successes and `n` trials (G, T), n = 0 where there is no cell; `doses` (G, P); `wave_at` (T,) the column of
    `doses` that is the wave's period; `places` (G,) and `waves` (T,) labels as they were given (None without time: the
    columns are then the cells of a place in any order); `last_period` the number of the last column of `doses`, `step`
    from one to the next; `left_out` codes of places and waves that say nothing.
    """

    y: np.ndarray
    n: np.ndarray
    doses: np.ndarray
    wave_at: np.ndarray
    places: pd.Index
    waves: pd.Index | None
    last_period: float
    step: float
    left_out: tuple[str, ...]

    @property
    def seen(self) -> np.ndarray:
        """(G, T) where there is a cell."""
        return self.n > 0

    @property
    def timed(self) -> bool:
        """Whether the columns of `y` are waves that the places share."""
        return self.waves is not None

    @property
    def n_waves(self) -> int:
        return len(self.waves) if self.timed else 0

    @property
    def df(self) -> int:
        """Cells less the effects of places and waves."""
        return int(self.seen.sum()) - len(self.places) - max(self.n_waves - 1, 0)

    def stock(self, decay: float | np.ndarray) -> np.ndarray:
        """Adstock in the waves, (G, T) or (K, G, T)."""
        return adstock(self.doses, decay)[..., self.wave_at]


def read_panel(
    frame: pd.DataFrame,
    doses: pd.DataFrame | None,
    *,
    place: str,
    time: str | None,
    successes: str,
    trials: str,
    dose: str,
) -> Panel:
    """Check both frames and lay them out by place and time."""
    columns.require_columns(frame, [place, time, successes, trials, *([dose] if doses is None else [])])
    y, n = columns.counts(frame, successes), columns.counts(frame, trials)
    columns.refuse(frame, successes, y > n, f"at most the '{trials}' of the row; correct these rows")
    row = codes(frame, place)
    places = pd.Index(frame[place].iloc[np.unique(row, return_index=True)[1]])
    if time is None:
        return _telling(_arms(row, places, y, n, columns.non_negative(frame, dose)))
    wave = period_numbers(frame, time)
    source = frame if doses is None else doses
    grid, first = _doses(source, places, place=place, time=time, dose=dose, own=doses is None, last=wave.max())
    numbers, at = np.unique(wave, return_inverse=True)
    _require_single(frame, row, at, place, time)
    step = _step(numbers) if doses is None else 1.0
    if numbers[0] < first:
        raise UsageError(
            f"found a wave in '{time}' before the first period of the doses; expected doses from the first wave on or "
            "earlier; add the earlier periods, with 0 where there was no outreach"
        )
    labels = pd.Index(frame[time].iloc[np.unique(at, return_index=True)[1]])
    table_y, table_n = np.zeros((2, len(places), len(numbers)))
    table_y[row, at], table_n[row, at] = y, n
    wave_at = ((numbers - first) / step).astype(int)
    return _telling(Panel(table_y, table_n, grid, wave_at, places, labels, float(numbers[-1]), step, ()))


def _arms(row: np.ndarray, places: pd.Index, y: np.ndarray, n: np.ndarray, dose: np.ndarray) -> Panel:
    """Cells of one moment: the k-th row of a place in column k."""
    at = pd.Series(row).groupby(row).cumcount().to_numpy()
    tables = np.zeros((3, len(places), int(at.max()) + 1))
    for table, values in zip(tables, (y, n, dose), strict=True):
        table[row, at] = values
    return Panel(*tables, np.arange(tables.shape[2]), places, None, 0.0, 1.0, ())


def _step(numbers: np.ndarray) -> float:
    """Periods from wave to wave, which must be equal where doses are known in the waves only."""
    gaps = np.diff(numbers)
    if len(gaps) and (gaps != gaps[0]).any():
        raise UsageError(
            "found waves that are not equally far apart, and doses in the waves only; expected doses of every period; "
            "give them by place and period as `doses`"
        )
    return float(gaps[0]) if len(gaps) else 1.0


def _require_single(frame: pd.DataFrame, row: np.ndarray, at: np.ndarray, place: str, time: str) -> None:
    twice = pd.DataFrame({"row": row, "at": at}).duplicated().to_numpy()
    columns.refuse(frame, place, twice, f"one row for each '{place}' and '{time}'; add up the cells first")


def _doses(
    source: pd.DataFrame, places: pd.Index, *, place: str, time: str, dose: str, own: bool, last: float
) -> tuple[np.ndarray, float]:
    """(G, P) doses of the places by consecutive periods, and the first period."""
    columns.require_columns(source, [place, time, dose])
    values, number = columns.non_negative(source, dose), period_numbers(source, time)
    row = places.get_indexer(source[place])
    _require_single(source, codes(source, place), number, place, time)
    used = (row >= 0) & (number <= last)
    if not used.any():
        raise UsageError(
            f"found no dose of any place in '{place}'; expected the places of the cells; compare the names"
        )
    periods = np.unique(number[used])
    if not own:
        periods = np.arange(periods[0], last + 1)
    grid = np.full((len(places), len(periods)), np.nan)
    grid[row[used], np.searchsorted(periods, number[used])] = values[used]
    if np.isnan(grid).any():
        g, t = np.argwhere(np.isnan(grid))[0]
        raise UsageError(
            f"found no dose for {places[g]} in period {periods[t]:g} ({int(np.isnan(grid).sum())} such); expected one "
            "for every place and period up to the last wave, 0 where there was no outreach; fill in `doses`"
        )
    return grid, float(periods[0])


def _telling(panel: Panel) -> Panel:
    """The panel without places and waves where all or none are successes, whose effects would be infinite."""
    notes: list[str] = []
    while True:
        success, failure = panel.y, panel.n - panel.y
        rows = (success.sum(axis=1) > 0) & (failure.sum(axis=1) > 0)
        waves = (success[rows].sum(axis=0) > 0) & (failure[rows].sum(axis=0) > 0) | (not panel.timed)
        if rows.all() and waves.all():
            break
        notes += [f"left_out:place:{name}" for name in panel.places[~rows]]
        notes += [f"left_out:wave:{name}" for name in panel.waves[~waves]] if panel.timed else []
        panel = replace(
            panel,
            y=panel.y[np.ix_(rows, waves)],
            n=panel.n[np.ix_(rows, waves)],
            doses=panel.doses[rows],
            wave_at=panel.wave_at[waves],
            places=panel.places[rows],
            waves=panel.waves[waves] if panel.timed else None,
        )
    return replace(panel, left_out=tuple(notes))


def _parts(seen: np.ndarray) -> int:
    """Into how many parts places and waves fall that no cell connects."""
    g, t = np.nonzero(seen)
    size = sum(seen.shape)
    links = sparse.coo_array((np.ones(len(g)), (g, t + len(seen))), shape=(size, size))
    return int(connected_components(links, directed=False)[0])


def require_estimable(panel: Panel) -> None:
    """Refuse panels that cannot tell a dose's effect from those of places and waves."""
    if len(panel.places) < 2 or (panel.timed and panel.n_waves < 2):
        raise UsageError(
            f"found {len(panel.places)} places and {panel.n_waves} waves with successes and failures; expected at "
            "least two of each; report the proportions themselves"
        )
    if panel.timed and _parts(panel.seen) > 1:
        raise UsageError(
            "found places that have no wave in common with others, even by way of third ones; expected waves that "
            "connect them; fit the parts by themselves"
        )
    if panel.df - 3 < LEAST_DF:
        raise UsageError(
            f"found {int(panel.seen.sum())} cells for the effects of {len(panel.places)} places, {panel.n_waves} "
            f"waves and 3 of outreach; expected at least {LEAST_DF} more; add waves or places"
        )
    if not (panel.stock(0.5 if panel.timed else 0.0)[panel.seen] > 0).any():
        raise UsageError("found no outreach up to the last wave; expected some dose above 0; there is nothing to fit")
