"""Disclosure control: which counts may be shown, decided once for a store and period over all levels.

Small counts are hidden (primary suppression); then further counts are hidden until nobody can get a hidden
one back by subtracting what is shown (complementary suppression). True zeros are shown. Because the decision
covers the whole cube, every table and report cut from it hides the same cells.

Method: a cube over the given columns with all its margins; every margin is the sum of its parts. A sum with
hidden terms must hide at least two, together at least `min_cell`; then linear algebra finds hidden cells that
the shown ones still determine (Cox 1980; Hundepool et al., Statistical Disclosure Control, 2012, chapter 4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

ALL = "all"
"""The value that stands for the total over a column."""

MIN_CELL = 5
DETERMINED = 1e-9


@dataclass(frozen=True, slots=True)
class Suppression:
    """The decision: `columns` of the cube, the hidden cells as tuples of their values, and the limit used."""

    columns: tuple[str, ...]
    hidden: frozenset[tuple[object, ...]]
    min_cell: int

    def hides(self, *values: object) -> bool:
        """Whether the cell with these values, in the order of `columns`, is hidden."""
        return tuple(values) in self.hidden

    def apply(self, frame: pd.DataFrame, count: str) -> pd.DataFrame:
        """A copy with hidden counts emptied and a column `status` of ok or suppressed.

        A column of the cube that the frame lacks is taken as its total; so any cut of the cube may be passed.
        """
        keys = [frame[name] if name in frame else pd.Series(ALL, index=frame.index) for name in self.columns]
        hidden = [key in self.hidden for key in zip(*keys, strict=True)]
        shown = frame.assign(status=np.where(hidden, "suppressed", "ok"))
        shown[count] = shown[count].astype("Int64").mask(hidden)
        return shown


def decide(cells: pd.DataFrame, *, columns: Sequence[str], count: str, min_cell: int = MIN_CELL) -> Suppression:
    """Decide what is hidden, from the finest partition cells (one row per combination; absent ones are zero)."""
    cube = margins(cells, columns=columns, count=count)
    keys = list(cube[list(columns)].itertuples(index=False, name=None))
    values = cube[count].to_numpy(dtype=np.int64)
    sums = list(_sums(cube, columns))
    hidden = (values > 0) & (values < min_cell)
    _hide_partners(hidden, values, sums, min_cell)
    while _hide_beside(_determined(hidden, sums), hidden, values, sums):
        _hide_partners(hidden, values, sums, min_cell)
    return Suppression(tuple(columns), frozenset(key for key, hide in zip(keys, hidden, strict=True) if hide), min_cell)


def margins(cells: pd.DataFrame, *, columns: Sequence[str], count: str) -> pd.DataFrame:
    """The cube: the cells and every total over one or more of the columns, which then say ALL."""
    levels = [
        cells.groupby(list(kept), observed=True, as_index=False)[count].sum()
        if kept
        else cells[[count]].sum().to_frame().T
        for size in range(len(columns), -1, -1)
        for kept in combinations(columns, size)
    ]
    cube = pd.concat(levels, ignore_index=True)
    cube[list(columns)] = cube[list(columns)].astype(object).where(cube[list(columns)].notna(), ALL)
    return cube


def _sums(cube: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[int, np.ndarray]]:
    """Every additive relation as (position of the total, positions of its parts)."""
    for column in columns:
        others = [name for name in columns if name != column]
        groups = cube.groupby(others, sort=False).indices.values() if others else [np.arange(len(cube))]
        is_total = (cube[column] == ALL).to_numpy()
        for positions in groups:
            parts = positions[~is_total[positions]]
            yield int(positions[is_total[positions]][0]), parts


def _hide_partners(hidden: np.ndarray, values: np.ndarray, sums: Sequence[tuple[int, np.ndarray]], least: int) -> None:
    """Hide the smallest further counts until every sum that hides anything hides two terms and enough in all."""
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            terms = np.append(parts, total)
            chosen = terms[hidden[terms]]
            lonely = len(chosen) == 1 or (len(chosen) > 1 and not hidden[total] and values[chosen].sum() < least)
            if len(chosen) and lonely:
                changed |= _hide_smallest(terms, hidden, values)


def _hide_smallest(terms: np.ndarray, hidden: np.ndarray, values: np.ndarray) -> bool:
    """Hide the smallest shown count that is not zero; where there is none, a zero has to serve."""
    shown = terms[~hidden[terms]]
    if not len(shown):
        return False
    order = np.lexsort((shown, values[shown], values[shown] == 0))
    hidden[shown[order[0]]] = True
    return True


def _determined(hidden: np.ndarray, sums: Sequence[tuple[int, np.ndarray]]) -> np.ndarray:
    """Hidden cells whose value follows from the shown ones: no solution of the sums can change them."""
    where = np.flatnonzero(hidden)
    exposed = np.zeros(len(hidden), dtype=bool)
    if not len(where):
        return exposed
    place = {position: column for column, position in enumerate(where)}
    rows = []
    for total, parts in sums:
        row = {place[p]: 1.0 for p in parts if hidden[p]}
        if hidden[total]:
            row[place[total]] = -1.0
        if row:
            rows.append(row)
    matrix = np.zeros((len(rows), len(where)))
    for line, row in enumerate(rows):
        matrix[line, list(row)] = list(row.values())
    exposed[where] = _fixed_columns(matrix)
    return exposed


def _fixed_columns(matrix: np.ndarray) -> np.ndarray:
    """Columns that every vector of the null space leaves at zero."""
    _, values, vectors = np.linalg.svd(matrix, full_matrices=True)
    rank = int((values > DETERMINED * max(1.0, values[0])).sum()) if len(values) else 0
    return (np.abs(vectors[rank:]) < DETERMINED).all(axis=0)


def _hide_beside(
    exposed: np.ndarray, hidden: np.ndarray, values: np.ndarray, sums: Sequence[tuple[int, np.ndarray]]
) -> bool:
    """Hide one more count in a sum of every exposed cell; says whether any was hidden."""
    changed = False
    for position in np.flatnonzero(exposed):
        for total, parts in sums:
            terms = np.append(parts, total)
            if position in terms and _hide_smallest(terms, hidden, values):
                changed = True
                break
    return changed
