"""Disclosure control: which counts may be shown, decided once for a store and period over all tables and levels.

Small counts are hidden (primary suppression); then further counts are hidden until nobody can get a hidden one back
from what is shown (complementary suppression). True zeros are always shown. The tables are decided on together: a
cell is a population and its keys that are no totals, so the margin of one table is the same cell as that of another,
and whatever tables and reports are cut from the decision hide the same cells.

What is guaranteed: somebody who knows every shown count and every sum and link that was declared, that counts are whole
numbers and that no zero is hidden, is left with an interval of at least `min_cell` values for every small count
(sliding protection; Cox 1980; Fischetti and Salazar 2001; Hundepool et al., Statistical Disclosure Control, 2012,
chapter 4). Not covered: what was not declared, and knowledge of single persons from elsewhere; nor a count that
reports on other periods give away, as nothing hidden here could protect it. A group of whom all are
of one kind is told by a true zero; that is not a small count.

    tables = (
        Counts("cases", ("county", "month"), frame),                # columns county, month, n
        Counts("cases", ("minor",), groups),                        # overlapping groups: each a partition of its own
    )
    decide(tables, min_cell=5).count("cases", county="a")           # (None, "suppressed") or (17, "ok")
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

import pandas as pd

from legalaid_eval.conventions import MIN_CELL
from legalaid_eval.errors import UsageError
from legalaid_eval.register import partners
from legalaid_eval.register.linked_cells import ALL, Cell, Counts, Link, Nesting, Term, cell, linked

__all__ = [
    "ALL",
    "HIDDEN",
    "OK",
    "Cell",
    "Counts",
    "Link",
    "Nesting",
    "Suppression",
    "Term",
    "cell",
    "decide",
    "rate_hidden",
]

OK, HIDDEN = "ok", "suppressed"


@dataclass(frozen=True, eq=False, slots=True)
class Suppression:
    """The decision: every count that is not zero, those that are hidden, and the limit used.

    `cells` are the keys of `counts` by population.
    """

    min_cell: int
    counts: Mapping[Cell, int] = field(repr=False)
    hidden: frozenset[Cell] = field(repr=False)
    cells: Mapping[str, Sequence[Cell]] = field(repr=False)

    def count(self, population: str, **keys: str) -> tuple[int | None, str]:
        """A count and its status; keys left out are totals, a combination that does not occur is a true zero."""
        return self.of(cell(population, keys))

    def of(self, asked: Cell) -> tuple[int | None, str]:
        """The same for a cell."""
        return (None, HIDDEN) if asked in self.hidden else (self.counts.get(asked, 0), OK)

    def frame(self, population: str, keys: Sequence[str]) -> pd.DataFrame:
        """All counts of a population by any of `keys`: the keys (ALL in a total), n (missing where hidden), status."""
        rows = [(*at, *self.of(found)) for found, at in self._within(population, keys)]
        return pd.DataFrame(rows, columns=[*keys, "n", "status"]).astype({"n": "Int64"})

    def _within(self, population: str, keys: Sequence[str]) -> Iterator[tuple[Cell, tuple[str, ...]]]:
        wanted = set(keys)
        for found in self.cells.get(population, ()):
            at = dict(found[1])
            if at.keys() <= wanted:
                yield found, tuple(at.get(key, ALL) for key in keys)


def decide(tables: Sequence[Counts], *, links: Sequence[Link] = (), min_cell: int = MIN_CELL) -> Suppression:
    """Decide what is hidden in all `tables` together; the same whatever the order of tables and rows.

    Raises UsageError for counts that are no whole numbers or negative, for tables that give one cell two values and
    for links that do not hold.
    """
    if min_cell < 1:
        raise UsageError(f"found min_cell={min_cell}; expected 1 (nothing is hidden) or more")
    cells, system = linked(tables, links)
    hidden = partners.hidden(system, min_cell)
    counts = dict(zip(cells, system.values.tolist(), strict=True))
    of: dict[str, list[Cell]] = {}
    for found in cells:
        of.setdefault(found[0], []).append(found)
    return Suppression(min_cell, counts, frozenset(compress(cells, hidden)), of)


def rate_hidden(numerator_status: str, complement_status: str) -> bool:
    """Whether a share must be hidden: it tells its numerator, and what is left of its denominator.

    >>> rate_hidden("ok", "suppressed")
    True
    """
    return HIDDEN in (numerator_status, complement_status)
