"""What a chapter has to say, before it has words or pictures.

A chapter returns these values; `report/` turns each into words, tables and pictures of a language.
They know no language (a `Label` only carries names that the data bring along) and no layout.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd


@dataclass(frozen=True, slots=True)
class Label:
    """A name that data carry in both languages, such as a place's or an indicator's."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Code:
    """A code to be worded by the locale: `codes.<list>.<code>`."""

    list: str
    code: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit and hedge; `decimals` are those printed at the source (None: as needed)."""

    value: float
    unit: str
    qualifier: str = "exact"
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """An interval from `low` to `high`, both included; None is an open end."""

    low: float | None
    high: float | None
    unit: str
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day; `basis` says whether the source states them."""

    start: date
    end: date
    basis: str = "stated"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence to be made by the locale: the template's key and the facts that fill it.

    Facts are values of this module, dates, plain numbers or strings, or tuples of them.
    """

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column:
    """A table column: `key` names its heading in the locale; `align` is "left" or "right"."""

    key: str
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values of this module; the locale has `tables.<id>.caption`.

    `placement` is "body" or "appendix"; `note` stands below the table; `facts` fill the caption.
    An empty table is shown as the sentence `tables.<id>.empty`.
    """

    id: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    placement: str = "body"
    note: Message | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """The data of a picture; `kind` names its drawing function in `report/figures.py`.

    The locale has `figures.<id>.caption`, `.alt` and, for a frame without rows, `.empty`.
    """

    id: str
    kind: str
    data: pd.DataFrame
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prose:
    """Sentences in reading order, as paragraphs or as a list; `placement` is "front", "body" or "appendix"."""

    id: str
    messages: tuple[Message, ...]
    style: str = "paragraphs"
    placement: str = "body"


@dataclass(frozen=True, slots=True)
class Chapter:
    """All a chapter says: its results rows and what its notebook shows, by id; None does not apply to the report."""

    name: str
    rows: pd.DataFrame
    tables: Mapping[str, Table | None]
    figures: Mapping[str, Figure | None]
    prose: Mapping[str, Prose | None]
