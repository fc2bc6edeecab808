"""Declared tables of counts: what a chapter shows of a register, said before anything is counted.

A chapter's cells module declares its tables and how they are tied to others, adds them to `disclosure.TABLES` and
`disclosure.LINKS`, and takes the numbers it shows from `disclosure.decide` alone:

    def _of_time(window):                       # the finest cells: the keys and n, of the whole store
        return stage_cells(window, "applied_decided", by=("case_type",))[["county", "case_type", "n"]]

    TABLES = (
        CountTable("timed", "cases.timed", ("county", "case_type"), _of_time),
        CountTable("untimed", "cases.untimed", ("county",), _without_time),
    )
    # Both populations are shown, and together they are the cases of the period: the third could be subtracted.
    LINKS = (split("cases.period", "cases.timed", "cases.untimed", by=("county",)),)

    decided = disclosure.decide(store, start=start, end=end, min_cell=5)
    decided.shown("timed")                      # county, case_type, n, status with every total
    decided.cell("timed", county="a")           # (None, "suppressed")

Populations: rows of one table and period have one name wherever they are counted (`cases.period`, `callbacks.period`).
Recipient groups overlap: declare one table per group, with a key of its own (`CountTable("minor", "cases.period",
("county", "minor"), ...)`, values yes and no), never the groups side by side. A share is hidden by
`privacy.rate_hidden` of its numerator and the rest of its denominator. Medians, means and curves tell no count, but
their `n` does.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Protocol, TypeVar

import ibis
import pandas as pd

from legalaid_eval.cells.data_quality import DAY_OF
from legalaid_eval.register.privacy import Link, Nesting, Term
from legalaid_eval.register.store import Store, StoreMeta

if TYPE_CHECKING:
    import ibis.expr.types as ir

T = TypeVar("T")


def came_on(rows: "ir.Table", table: str) -> "ir.DateValue":
    """The day by which a row is said to have come in."""
    return rows.applied_on.coalesce(rows.notice_on) if table == "cases" else rows[DAY_OF[table]]


@dataclass(frozen=True, eq=False, slots=True)
class Window:
    """A store of which only the rows of a period are seen; the cells take it for a store.

    `once` keeps what several tables are made from.
    """

    store: Store
    start: date
    end: date
    kept: dict[object, object] = field(default_factory=dict, repr=False)

    @property
    def meta(self) -> StoreMeta:
        return self.store.meta

    def table(self, name: str) -> "ir.Table":
        rows = self.store.table(name)
        return rows.filter(came_on(rows, name).between(self.start, self.end)) if name in DAY_OF else rows

    def once(self, key: object, make: Callable[[], T]) -> T:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Started:
    """A store of which only the cases are seen whose first known day of `columns` lies in a span."""

    store: Store
    columns: tuple[str, ...]
    start: date
    end: date

    @property
    def meta(self) -> StoreMeta:
        return self.store.meta

    def table(self, name: str) -> "ir.Table":
        rows = self.store.table(name)
        if name != "cases":
            return rows
        return rows.filter(ibis.coalesce(*(rows[column] for column in self.columns)).between(self.start, self.end))


@dataclass(frozen=True, eq=False, slots=True)
class CountTable:
    """A table of counts that may be shown: `make` gives its finest cells, `keys` and `n`, of the whole store.

    name: by which `Disclosure.shown` finds it, unique. nested: from the window, coarser levels of a key (county to
    city). elsewhere: reports on other periods show its finest cells, so hiding them here would protect nothing.
    """

    name: str
    population: str
    keys: tuple[str, ...]
    make: Callable[[Window], pd.DataFrame]
    nested: Callable[[Window], tuple[Nesting, ...]] | None = None
    elsewhere: bool = False


class Shown(Protocol):
    """What a decision answers (`disclosure.Disclosure`)."""

    def shown(self, name: str) -> pd.DataFrame: ...

    def cell(self, name: str, **keys: str) -> tuple[int | None, str]: ...

    def together(self, name: str, key: str, values: Iterable[str], **others: str) -> tuple[int | None, str]: ...


def count_of(decided: Shown, name: str, counties: Collection[str] | None, **keys: str) -> tuple[int | None, str]:
    """A count of the whole store (counties None), of one county or of several, and its status."""
    if counties is None:
        return decided.cell(name, **keys)
    if len(counties) == 1:
        return decided.cell(name, county=next(iter(counties)), **keys)
    return decided.together(name, "county", counties, **keys)


def split(whole: str, *parts: str, by: tuple[str, ...] = ()) -> Link:
    """A population that is the sum of others, in all and by each value of the keys `by`."""
    return Link(by, (Term(1, whole), *(Term(-1, part) for part in parts)))


def same(one: tuple[str, Mapping[str, str]], other: tuple[str, Mapping[str, str]]) -> Link:
    """One count that stands in two populations: (population, keys) of each."""
    return Link((), (Term(1, *one), Term(-1, *other)))
