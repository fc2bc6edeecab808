"""Tables of counts as one system: every cell once, and every sum that ties cells to one another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, product

import numpy as np
import pandas as pd
from scipy import sparse

from legalaid_eval.errors import UsageError

ALL = "all"
"""The value that stands for the total over a key."""

Cell = tuple[str, tuple[tuple[str, str], ...]]
"""A population and its keys that are no totals, sorted."""


@dataclass(frozen=True, slots=True)
class Nesting:
    """A coarser key above another: `parent_of` a value of `key` is a value of `parent_key` (county to city).

    Values without a parent stand directly below the total. Chains are allowed: month to quarter, quarter to year.
    """

    key: str
    parent_key: str
    parent_of: Mapping[str, str]


@dataclass(frozen=True, eq=False, slots=True)
class Counts:
    """A table: the partition of `population` by `keys`, one row per combination with its `n`; absent ones are zero.

    All its totals and the levels of `nested` belong to it. Where it has keys that other tables of the population do
    not have, the cells they share are the same. Of a table that is shown `elsewhere` (in reports on other periods) the
    finest cells cannot be hidden to protect others.
    """

    population: str
    keys: tuple[str, ...]
    cells: pd.DataFrame
    nested: tuple[Nesting, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """So many `times` the count of a population at fixed keys."""

    times: int
    population: str
    at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """Counts that are tied: the terms add up to zero, for each combination of values and totals of `keys`."""

    keys: tuple[str, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, eq=False, slots=True)
class System:
    """Cells that are not zero, by position, and their sums.

    values: (cells,) counts. sums: (sums, cells) coefficients; each row adds up to zero. level: (cells,) number of keys
    of each cell. movable: (cells,) whether it may be hidden to protect others.
    """

    values: np.ndarray
    sums: sparse.csr_array
    level: np.ndarray
    movable: np.ndarray


def cell(population: str, keys: Mapping[str, str]) -> Cell:
    """The cell of a population at `keys`, those that say ALL left out."""
    return population, tuple(sorted((key, value) for key, value in keys.items() if value != ALL))


def linked(tables: Sequence[Counts], links: Sequence[Link]) -> tuple[list[Cell], System]:
    """The cells in a fixed order and their system; raises UsageError where tables or links contradict each other."""
    counts: dict[Cell, int] = {}
    fixed: set[Cell] = set()
    sums: dict[tuple[Cell, tuple[str, ...]], dict[Cell, int]] = {}
    for table in tables:
        cube = _Cube.of(table)
        _merge(counts, cube, table)
        fixed |= cube.finest() if table.elsewhere else set()
        sums |= cube.sums()
    lines = [*sums.values(), *_tied(links, counts)]
    cells = sorted(counts)
    return cells, _system(cells, counts, fixed, lines)


def _merge(counts: dict[Cell, int], cube: "_Cube", table: Counts) -> None:
    for found, n in zip(cube.cells, cube.values.tolist(), strict=True):
        if counts.setdefault(found, n) != n:
            raise UsageError(
                f"found {counts[found]} and {n} for {_told(found)}; expected one count in all tables of "
                f"'{table.population}': give populations that differ different names"
            )


def _system(cells: list[Cell], counts: Mapping[Cell, int], fixed: set[Cell], lines: list[dict[Cell, int]]) -> System:
    place = {found: position for position, found in enumerate(cells)}
    rows = sorted(sorted((place[found], times) for found, times in line.items()) for line in lines)
    size = [len(row) for row in rows]
    flat = np.array([pair for row in rows for pair in row], dtype=np.int64).reshape(-1, 2)
    matrix = sparse.csr_array(
        (flat[:, 1], flat[:, 0], np.concatenate([[0], np.cumsum(size)]).astype(np.int64)), shape=(len(rows), len(cells))
    )
    values = np.array([counts[found] for found in cells], dtype=np.int64)
    level = np.array([len(found[1]) for found in cells], dtype=np.int64)
    return System(values, matrix, level, np.array([found not in fixed for found in cells], dtype=bool))


def _tied(links: Sequence[Link], counts: Mapping[Cell, int]) -> Iterator[dict[Cell, int]]:
    """Every sum that the links declare, once; raises UsageError where one does not hold."""
    by_shape: dict[tuple[str, tuple[str, ...]], list[Cell]] = {}
    for found in counts if links else ():
        by_shape.setdefault((found[0], tuple(key for key, _ in found[1])), []).append(found)
    done = set()
    for link in links:
        for line in _lines(link, by_shape, counts):
            if sum(times * counts[found] for found, times in line.items()):
                told = ", ".join(f"{times} x {_told(found)} = {counts[found]}" for found, times in line.items())
                raise UsageError(f"found {told}; expected a sum of zero: the link does not hold")
            if (told := tuple(sorted(line.items()))) not in done:
                done.add(told)
                yield line


def _lines(
    link: Link, by_shape: Mapping[tuple[str, tuple[str, ...]], list[Cell]], counts: Mapping[Cell, int]
) -> Iterator[dict[Cell, int]]:
    for kept in product((True, False), repeat=len(link.keys)):
        keys = {key for key, keep in zip(link.keys, kept, strict=True) if keep}
        found: set[tuple[tuple[str, str], ...]] = set()
        for term in link.terms:
            shape = tuple(sorted(keys | term.at.keys()))
            for _, at in by_shape.get((term.population, shape), ()):
                if all(value == term.at.get(key, value) for key, value in at):
                    found.add(tuple(pair for pair in at if pair[0] in keys))
        for at in sorted(found):
            terms = ((cell(term.population, dict(at) | dict(term.at)), term.times) for term in link.terms)
            yield {there: times for there, times in terms if there in counts}


def _told(found: Cell) -> str:
    return f"'{found[0]}' " + (", ".join(f"{key}={value}" for key, value in found[1]) or "in all")


@dataclass(frozen=True, eq=False, slots=True)
class _Axis:
    """The values of a key, its coarser levels and its total as nodes of a tree.

    nodes: the pairs (key, value) in order, the total last as None. parent: position of each node's parent. above:
    (levels, rows) for each row of the table the nodes it counts in, -1 where it has fewer levels than others.
    """

    nodes: tuple[tuple[str, str] | None, ...]
    parent: np.ndarray
    above: np.ndarray

    @classmethod
    def of(cls, key: str, column: pd.Series, nested: Sequence[Nesting]) -> "_Axis":
        codes, values = pd.factorize(column)
        if (codes < 0).any() or ALL in values:
            raise UsageError(f"found an empty '{key}' or one that says '{ALL}'; expected a value for every count")
        coarser = {nesting.key: nesting for nesting in nested}
        paths = [(*_path((key, str(value)), coarser), None) for value in values]
        nodes = (*sorted({node for path in paths for node in path[:-1]}), None)
        place = {node: position for position, node in enumerate(nodes)}
        parent = np.full(len(nodes), len(nodes) - 1)
        levels = np.full((max(map(len, paths), default=1), len(paths)), -1)
        for at, path in enumerate(paths):
            levels[: len(path), at] = [place[node] for node in path]
            for node, upper in pairwise(path):
                parent[place[node]] = place[upper]
        return cls(nodes, parent, levels[:, codes])


def _path(node: tuple[str, str], coarser: Mapping[str, Nesting]) -> Iterator[tuple[str, str]]:
    """A node and all above it, but for the total."""
    yield node
    while (nesting := coarser.get(node[0])) and node[1] in nesting.parent_of:
        node = (nesting.parent_key, nesting.parent_of[node[1]])
        yield node


@dataclass(frozen=True, eq=False, slots=True)
class _Cube:
    """A table with all its totals: cells that are not zero, their counts, and their node on every axis.

    `ways` are the keys by which each axis takes a total apart; another table that does so the same way gives the same
    sum.
    """

    axes: tuple[_Axis, ...]
    cells: list[Cell]
    values: np.ndarray
    nodes: np.ndarray
    ways: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, table: Counts) -> "_Cube":
        n = _counted(table)
        axes = tuple(_Axis.of(key, table.cells[key], table.nested) for key in table.keys)
        codes, values = _summed(axes, n)
        sizes = tuple(len(axis.nodes) for axis in axes)
        nodes = np.column_stack(np.unravel_index(codes, sizes)) if axes else np.zeros((len(codes), 0), dtype=np.int64)
        pairs = [[axis.nodes[node] for node in nodes[:, at].tolist()] for at, axis in enumerate(axes)]
        found = zip(*pairs, strict=True) if pairs else [()] * len(codes)
        cells = [(table.population, tuple(sorted(filter(None, at)))) for at in found]
        coarser = tuple(sorted(nesting.parent_key for nesting in table.nested))
        return cls(axes, cells, values, nodes, tuple((key, *coarser) for key in table.keys))

    def finest(self) -> set[Cell]:
        return {found for found in self.cells if len(found[1]) == len(self.axes)}

    def sums(self) -> dict[tuple[Cell, tuple[str, ...]], dict[Cell, int]]:
        """Every total as the sum of its parts, by the total and the way it is taken apart."""
        place = {tuple(nodes): position for position, nodes in enumerate(self.nodes.tolist())}
        found: dict[tuple[Cell, tuple[str, ...]], dict[Cell, int]] = {}
        for at, axis in enumerate(self.axes):
            top = len(axis.nodes) - 1
            upper = self.nodes.copy()
            upper[:, at] = axis.parent[self.nodes[:, at]]
            totals = map(place.__getitem__, map(tuple, upper.tolist()))
            for part, total, node in zip(self.cells, totals, self.nodes[:, at].tolist(), strict=True):
                if node != top:
                    there = self.cells[total]
                    found.setdefault((there, self.ways[at]), {there: -1})[part] = 1
        return found


def _summed(axes: Sequence[_Axis], n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The positions (all axes in one number) of the cells that are not zero, and their counts."""
    codes, counts = [], []
    for levels in product(*(range(len(axis.above)) for axis in axes)):
        code, there = np.zeros(len(n), dtype=np.int64), n > 0
        for axis, level in zip(axes, levels, strict=True):
            code = code * len(axis.nodes) + axis.above[level]
            there = there & (axis.above[level] >= 0)
        codes.append(code[there])
        counts.append(n[there])
    unique, place = np.unique(np.concatenate(codes), return_inverse=True)
    return unique, np.bincount(place, np.concatenate(counts), len(unique)).astype(np.int64)


def _counted(table: Counts) -> np.ndarray:
    """The counts; raises UsageError for anything that is none."""
    missing = [name for name in (*table.keys, "n") if name not in table.cells]
    if missing:
        raise UsageError(f"found no column {', '.join(missing)} in '{table.population}'; expected its keys and n")
    n = pd.to_numeric(table.cells["n"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if not (np.isfinite(n).all() and (n >= 0).all() and (n == np.floor(n)).all()):
        raise UsageError(
            f"found counts of '{table.population}' that are missing, negative or no whole numbers; "
            "expected counts of rows"
        )
    return n.astype(np.int64)
