"""Which counts of a store and period may be shown: one decision over everything that any chapter shows.

The decision is taken for the whole store, never for a report's place or parts, so that the report of a county and that
of its city hide the same cells. How a chapter declares its tables is told in `count_tables`.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.cells import (
    case_quality,
    caseload_counts,
    outreach_counts,
    processing_counts,
    received,
    row_accounts,
)
from legalaid_eval.cells.count_tables import CountTable, Window
from legalaid_eval.conventions import MIN_CELL
from legalaid_eval.errors import UsageError
from legalaid_eval.register import privacy
from legalaid_eval.register.privacy import ALL, Link, Suppression
from legalaid_eval.register.store import Store

_DECLARED = (received, case_quality, row_accounts, processing_counts, caseload_counts, outreach_counts)
TABLES: tuple[CountTable, ...] = tuple(table for module in _DECLARED for table in module.TABLES)
"""Every table of counts that a chapter shows; a new chapter adds its own."""
LINKS: tuple[Link, ...] = tuple(link for module in _DECLARED for link in module.LINKS)
"""How populations are tied to one another."""
KEPT = 8
_decided: dict[tuple[object, ...], "Disclosure"] = {}


@dataclass(frozen=True, eq=False, slots=True)
class Disclosure:
    """Shown counts of a store and period, by the names of the declared tables."""

    decision: Suppression
    tables: Mapping[str, CountTable]
    levels: Mapping[str, tuple[str, ...]]

    def shown(self, name: str) -> pd.DataFrame:
        """A table with all its totals: its keys (ALL in a total), n (Int64, missing where hidden), status.

        A coarser level has its own key; there the finer one says ALL.
        """
        table = self._table(name)
        return self.decision.frame(table.population, (*table.keys, *self.levels[name]))

    def cell(self, name: str, **keys: str) -> tuple[int | None, str]:
        """One count and its status; keys left out are totals, a combination that does not occur is a true zero."""
        table = self._table(name)
        if unknown := keys.keys() - {*table.keys, *self.levels[name]}:
            raise UsageError(f"found the key {', '.join(sorted(unknown))}; expected {', '.join(table.keys) or 'none'}")
        return self.decision.count(table.population, **keys)

    def together(self, name: str, key: str, values: Iterable[str], **others: str) -> tuple[int | None, str]:
        """The count of several values of a key where shown ones give it: their sum, or the total less the rest."""
        chosen = set(values)
        every = set(self.shown(name)[key]) - {ALL}
        inside = [self.cell(name, **others, **{key: value}) for value in sorted(chosen)]
        outside = [self.cell(name, **others, **{key: value}) for value in sorted(every - chosen)]
        whole, _ = self.cell(name, **others)
        if all(n is not None for n, _ in inside):
            return sum(n or 0 for n, _ in inside), privacy.OK
        if whole is not None and all(n is not None for n, _ in outside):
            return whole - sum(n or 0 for n, _ in outside), privacy.OK
        return None, privacy.HIDDEN

    def _table(self, name: str) -> CountTable:
        if name not in self.tables:
            raise UsageError(f"found the table '{name}'; expected one of {', '.join(sorted(self.tables))}")
        return self.tables[name]


def decide(store: Store, *, start: date, end: date, min_cell: int = MIN_CELL) -> Disclosure:
    """The decision for a store and period, taken once per process; `min_cell` is the least count that is shown."""
    key = (_fingerprint(store), start, end, min_cell) if store.path is not None else None
    if key is None or key not in _decided:
        found = decide_tables(Window(store, start, end), TABLES, LINKS, min_cell=min_cell)
        if key is None:
            return found
        while len(_decided) >= KEPT:
            del _decided[next(iter(_decided))]
        _decided[key] = found
    return _decided[key]


def decide_tables(
    window: Window, tables: Iterable[CountTable], links: Iterable[Link] = (), *, min_cell: int = MIN_CELL
) -> Disclosure:
    """The decision over these tables alone, for a store and period without the chapters of the library."""
    tables = tuple(tables)
    nested = {table.name: table.nested(window) if table.nested else () for table in tables}
    counts = [
        privacy.Counts(table.population, table.keys, table.make(window), nested[table.name], table.elsewhere)
        for table in tables
    ]
    decision = privacy.decide(counts, links=tuple(links), min_cell=min_cell)
    levels = {name: tuple(nesting.parent_key for nesting in found) for name, found in nested.items()}
    return Disclosure(decision, {table.name: table for table in tables}, levels)


def _fingerprint(store: Store) -> str:
    """What a store says of its files, and its list of issues, which it says nothing of."""
    text = store.meta.to_json() + store.issues.to_csv(index=False)
    return hashlib.sha256(text.encode()).hexdigest()
