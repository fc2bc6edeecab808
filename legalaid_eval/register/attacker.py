"""What somebody can work out who knows every shown count and every sum: the interval of each hidden count.

Counts are whole numbers and, as no zero is hidden, hidden ones are at least 1. An interval is proved wide by two
whole-number tables that fit everything shown (witnesses). Linear programmes first move as many cells at once as they
can, over all groups of cells that are tied together; the few that are not proved so are tried in their own group. For
those not proved at all, the prices of the sums in the programme tell which shown counts hold them fast (Fischetti and
Salazar 2001).
"""

from collections.abc import Iterator

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse.csgraph import connected_components

from legalaid_eval.register.linked_cells import System

PATIENCE = 2
"""Joint programmes in a row that may prove next to nothing before what is left is looked at in its own group."""
AT_ONCE = 1_000
"""Cells that one joint programme pulls; more make it slow, as they compete."""
FEW = 12
"""Cells left that are not worth a joint programme."""
EXACT = 300
"""Cells tied together up to which every cell is tried alone, and in whole numbers; larger groups take cells jointly."""
WHOLE = 1e-6
SEED = 20_000


class Attacker:
    """Remembers what has been proved: hiding more never narrows an interval."""

    def __init__(self, system: System, small: np.ndarray, *, width: int) -> None:
        self.system, self.width = system, width
        self.left = np.flatnonzero(small)
        self.low, self.high = system.values.copy(), system.values.copy()
        self.random = np.random.default_rng(SEED)

    def exposed(self, hidden: np.ndarray) -> dict[int, np.ndarray]:
        """Small cells whose interval is not proved to reach over `width`, each with the shown cells that hold it."""
        if self.width < 1 or not len(self.left):
            return {}
        group = Group.of(self.system, np.flatnonzero(hidden))
        self._together(group)
        found: dict[int, np.ndarray] = {}
        for part, cells in group.parts(self.left):
            alone = len(part.cells) <= EXACT
            for tried in cells[:, None] if alone else (cells,):
                holding = self._holding(part, tried)
                found |= {int(cell): np.flatnonzero(holding & ~hidden) for cell in tried[self._narrow(tried)]}
        self.left = self.left[self._narrow(self.left)]
        return found

    def _together(self, group: "Group") -> None:
        """Move some of the small cells upwards at once, others each time, while that proves more."""
        idle = 0
        while idle < PATIENCE and len(still := self.left[self._narrow(self.left)]) > FEW:
            tried = self.random.permutation(still)[:AT_ONCE]
            self._note(group, group.fitting(group.moved(self._pull(group, tried, 1.0), self.width)))
            idle = 0 if self._narrow(tried).mean() < 0.9 else idle + 1

    def _holding(self, part: "Group", tried: np.ndarray) -> np.ndarray:
        """Try these cells; then the cells (bool) in the sums that hold them fast."""
        price = np.zeros(self.system.sums.shape[0])
        for way in (1.0, -1.0):
            still = tried[self._narrow(tried)]
            if not len(still):
                break
            pull = self._pull(part, still, way)
            solved = part.moved(pull, self.width)
            self._note(part, part.fitting(solved))
            if len(part.cells) <= EXACT and self._narrow(still).any():
                self._note(part, part.moved_whole(pull, self.width))
            price[part.lines] += np.abs(solved.eqlin.marginals) if solved.x is not None else 0
        return abs(self.system.sums).T @ price > WHOLE

    def _pull(self, group: "Group", cells: np.ndarray, way: float) -> np.ndarray:
        pull = np.zeros(len(group.cells))
        pull[np.searchsorted(group.cells, cells)] = way * self.random.uniform(0.5, 1.5, len(cells))
        return pull

    def _narrow(self, cells: np.ndarray) -> np.ndarray:
        return self.high[cells] - self.low[cells] < self.width

    def _note(self, group: "Group", witness: np.ndarray) -> None:
        self.low[group.cells] = np.minimum(self.low[group.cells], witness)
        self.high[group.cells] = np.maximum(self.high[group.cells], witness)


class Group:
    """Hidden cells, sorted, with the sums that tie them and what these must come to."""

    def __init__(self, cells: np.ndarray, values: np.ndarray, sums: sparse.csr_array, lines: np.ndarray) -> None:
        used = np.diff(sums.indptr) > 0
        self.cells, self.values, self.sums, self.lines = cells, values, sums[used], lines[used]
        self.right = self.sums @ values
        self.label, self.line_label = _labels(self.sums)

    @classmethod
    def of(cls, system: System, cells: np.ndarray) -> "Group":
        lines = np.arange(system.sums.shape[0])
        return cls(cells, system.values[cells], system.sums[:, cells].tocsr(), lines)

    def parts(self, wanted: np.ndarray) -> Iterator[tuple["Group", np.ndarray]]:
        """The groups tied together that hold any of these cells, with those of them that they hold."""
        places = np.searchsorted(self.cells, wanted)
        for label in np.unique(self.label[places]):
            kept, lines = np.flatnonzero(self.label == label), np.flatnonzero(self.line_label == label)
            sums = self.sums[lines][:, kept].tocsr()
            part = Group(self.cells[kept], self.values[kept], sums, self.lines[lines])
            yield part, wanted[self.label[places] == label]

    def moved(self, pull: np.ndarray, width: int) -> OptimizeResult:
        """The programme that moves the cells as `pull` says; those pulled up not by more than `width`."""
        bounds = np.column_stack([np.ones(len(pull)), self._top(pull, width)])
        return linprog(-pull, A_eq=self.sums, b_eq=self.right, bounds=bounds, method="highs-ds")

    def moved_whole(self, pull: np.ndarray, width: int) -> np.ndarray:
        """The same in whole numbers from the start; where that fails, the true table."""
        fits = (LinearConstraint(self.sums, self.right, self.right),) if self.sums.shape[0] else ()
        bounds = Bounds(np.ones(len(pull)), self._top(pull, width))
        solved = milp(-pull, integrality=np.ones(len(pull)), bounds=bounds, constraints=fits)
        return self.values if solved.x is None else np.rint(solved.x).astype(np.int64)

    def fitting(self, solved: OptimizeResult) -> np.ndarray:
        """The table found; the true one in groups where it is not in whole numbers."""
        if solved.x is None:
            return self.values
        witness = np.rint(solved.x).astype(np.int64)
        wrong = self.line_label[self.sums @ witness != self.right]
        broken = self.label[np.abs(solved.x - witness) > WHOLE]
        return np.where(np.isin(self.label, np.union1d(wrong, broken)), self.values, witness)

    def _top(self, pull: np.ndarray, width: int) -> np.ndarray:
        return np.where(pull != 0, self.values + width, np.inf)


def _labels(sums: sparse.csr_array) -> tuple[np.ndarray, np.ndarray]:
    """The group tied together to which each cell, and each sum, belongs."""
    lines, cells = sums.shape
    coo = sums.tocoo()
    ends = (coo.coords[1], coo.coords[0] + cells)
    graph = sparse.coo_array((np.ones(len(ends[0])), ends), shape=(cells + lines, cells + lines))
    label = connected_components(graph, directed=False)[1]
    return label[:cells], label[cells:]
