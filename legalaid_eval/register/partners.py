"""Which counts are hidden beside the small ones, so that nobody can subtract."""

import numpy as np

from legalaid_eval.register.attacker import Attacker
from legalaid_eval.register.linked_cells import System


def hidden(system: System, min_cell: int) -> np.ndarray:
    """The cells to hide (bool): small ones, and as few and as small others as protect them.

    Every sum that hides anything hides two terms that leave room enough; then an attacker who knows all the sums is
    tried on each small cell, and what is still too narrow gets a further partner.
    """
    small = (system.values > 0) & (system.values < min_cell)
    choice = _Choice(system, small.copy(), min_cell)
    choice.complete()
    attacker = Attacker(system, small, width=min_cell - 1)
    exposed = attacker.exposed(choice.hidden)
    while exposed:
        helped = [choice.hide_best(holding) or choice.hide_near(cell) for cell, holding in exposed.items()]
        if not any(helped):
            break  # nothing that is tied to these is shown any more
        choice.complete()
        exposed = attacker.exposed(choice.hidden)
    return choice.hidden


class _Choice:
    """Cells hidden so far, and what each sum still lacks; grows only."""

    def __init__(self, system: System, hidden: np.ndarray, min_cell: int) -> None:
        self.system, self.hidden, self.width = system, hidden, min_cell - 1
        self.terms, self.ties = system.sums, system.sums.T.tocsr()
        self.size = abs(system.sums)
        self.number = np.diff(self.ties.indptr)
        self.opens = np.zeros(len(hidden), dtype=np.int64)
        self.count = np.zeros(self.terms.shape[0], dtype=np.int64)
        self._recount()

    def _recount(self) -> None:
        """`count`: hidden terms of each sum; `opens`: sums of each cell that hide nothing yet."""
        there = (self.terms != 0).astype(np.int64)
        self.count = there @ self.hidden.astype(np.int64)
        self.opens = there.T @ (self.count == 0).astype(np.int64)

    def complete(self) -> None:
        """Hide partners until every sum that hides anything hides enough."""
        stuck: set[int] = set()
        while len(lacking := [line for line in self._lacking() if line not in stuck]):
            for line in lacking:
                if self._lacks(line) and not self.hide_best(self._in_sum(line)):
                    stuck.add(line)

    def hide_near(self, position: int) -> bool:
        """Hide the best further cell in a sum of this cell or, where none is left, of the hidden cells around it."""
        seen, ring = {int(position)}, [int(position)]
        while ring:
            lines = sorted({line for found in ring for line in self._sums_of(found)})
            around = np.unique(np.concatenate([self._in_sum(line) for line in lines])) if lines else np.array([], int)
            if self.hide_best(around):
                return True
            ring = [found for found in around[self.hidden[around]].tolist() if found not in seen]
            seen.update(ring)
        return False

    def _lacking(self) -> list[int]:
        """Sums with one hidden term alone, or only parts that cannot move far enough."""
        shut = self.hidden.astype(np.int64)
        room = self.size @ (shut * (self.system.values - 1))
        sign = self.terms.sign().astype(np.int64) @ shut
        narrow = (np.abs(sign) == self.count) & (room < self.width)
        return np.flatnonzero((self.count > 0) & ((self.count == 1) | narrow)).tolist()

    def _lacks(self, line: int) -> bool:
        terms, times = self._in_sum(line), self._times(line)
        shut = self.hidden[terms]
        if shut.sum() < 2:
            return True
        room = (np.abs(times) * (self.system.values[terms] - 1))[shut].sum()
        return bool(abs(np.sign(times)[shut].sum()) == shut.sum() and room < self.width)

    def hide_best(self, terms: np.ndarray) -> bool:
        """Hide the best of these cells that is shown: fine before coarse, one whose other sums hide something already
        before one that needs partners itself, one with few ties, then the smallest."""
        free = terms[~self.hidden[terms] & self.system.movable[terms]]
        if not len(free):
            return False
        values, level = self.system.values[free], self.system.level[free]
        best = free[np.lexsort((free, values, self.number[free], self.opens[free], -level))[0]]
        self.hidden[best] = True
        for line in self._sums_of(best):
            self.count[line] += 1
            if self.count[line] == 1:
                self.opens[self._in_sum(line)] -= 1
        return True

    def _in_sum(self, line: int) -> np.ndarray:
        return self.terms.indices[self.terms.indptr[line] : self.terms.indptr[line + 1]]

    def _times(self, line: int) -> np.ndarray:
        return self.terms.data[self.terms.indptr[line] : self.terms.indptr[line + 1]]

    def _sums_of(self, position: int) -> list[int]:
        return self.ties.indices[self.ties.indptr[position] : self.ties.indptr[position + 1]].tolist()
