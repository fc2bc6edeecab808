"""Every table the project reads: its columns, their meaning, their codes and units.

One definition serves three uses: reading (text -> types), checking (all faults at once) and the data
dictionary in `data/README.md` (a test keeps them equal).
"""

from legalaid_eval.schemas.base import Field, TableSchema
from legalaid_eval.schemas.published import (
    CATALOGUE,
    CLAIMS,
    FIGURES,
    INDICATORS,
    PLACES,
    PUBLISHED,
    SOURCES,
    TIME_LIMITS,
)
from legalaid_eval.schemas.register import EVENT_TABLES, REGISTER, REGISTER_TABLES

ALL = PUBLISHED
"""The tables of `data/`; those of a register stand in REGISTER."""

__all__ = [
    "ALL",
    "CATALOGUE",
    "CLAIMS",
    "EVENT_TABLES",
    "FIGURES",
    "INDICATORS",
    "PLACES",
    "PUBLISHED",
    "REGISTER",
    "REGISTER_TABLES",
    "SOURCES",
    "TIME_LIMITS",
    "Field",
    "TableSchema",
]
