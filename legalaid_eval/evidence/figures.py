"""Published figures as they were printed: reading them, and what must hold across the files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd

from legalaid_eval import project
from legalaid_eval.content import Label
from legalaid_eval.reading import read_table
from legalaid_eval.rules import INDICATORS_FILE, PublishedIndicator
from legalaid_eval.schemas import CLAIMS, FIGURES, PLACES, SOURCES


@dataclass(frozen=True, slots=True)
class Statement:
    """One quantitative statement of a source; `value` keeps the printed decimals."""

    source_id: str
    place: str
    level: str
    start: date
    end: date
    basis: str
    indicator: str
    value: Decimal
    unit: str
    qualifier: str
    group: str
    locator: str
    note: str | None

    @property
    def decimals(self) -> int:
        """Digits after the decimal point, as printed."""
        return max(0, -int(self.value.as_tuple().exponent))

    @property
    def days(self) -> int:
        """Length of the window in days, first and last day included."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class UnquantifiedClaim:
    """A claim without a number, in our own short words, and the data it would need."""

    claim_id: str
    source_id: str
    place: str
    start: date
    end: date
    subject: str
    indicator: str | None
    direction: str
    text: Label
    needed: tuple[str, ...]
    locator: str


@dataclass(frozen=True, slots=True)
class Source:
    """A publication; `reliability` says how far the stored copy can be trusted."""

    source_id: str
    place: str
    kind: str
    publisher: Label
    published: str | None
    reliability: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was published, read and cross-checked; `names` has a label for every place."""

    statements: tuple[Statement, ...]
    comparison: tuple[Statement, ...]
    claims: tuple[UnquantifiedClaim, ...]
    sources: Mapping[str, Source]
    names: Mapping[str, Label]
    parents: Mapping[str, str | None]
    indicators: Mapping[str, PublishedIndicator]

    def name(self, place: str) -> Label:
        """The place's name in both languages; a place that no file names keeps its key."""
        return self.names.get(place, Label(place, place))


def read_evidence(
    *,
    figures_file: str,
    claims_file: str,
    sources_file: str,
    places_file: str,
    comparison_files: Sequence[str],
    indicators: Mapping[str, PublishedIndicator],
) -> Evidence:
    """Read the five kinds of file; paths are relative to the project. Raises DataError with all faults."""
    places = read_table(project.resolve(places_file), PLACES)
    sources = read_table(project.resolve(sources_file), SOURCES)
    known = frozenset(sources["source_id"])
    own = read_statements(project.resolve(figures_file), indicators, known)
    others = [s for file in comparison_files for s in read_statements(project.resolve(file), indicators, known)]
    return Evidence(
        own,
        tuple(others),
        _claims(project.resolve(claims_file), indicators, known),
        {row.source_id: _source(row) for row in sources.itertuples()},
        {row.place: Label(row.name_zh, row.name_en) for row in places.itertuples()},
        {row.place: row.parent for row in places.itertuples()},
        indicators,
    )


def read_statements(
    path: Path, indicators: Mapping[str, PublishedIndicator], sources: frozenset[str]
) -> tuple[Statement, ...]:
    """The statements of a figures file; every one has a definition, an allowed unit and a possible value."""
    table = read_table(path, FIGURES, lambda row: _row_faults(row, indicators, sources))
    return tuple(_statement(row) for row in table.itertuples())


def _row_faults(row, indicators: Mapping[str, PublishedIndicator], sources: frozenset[str]) -> Iterable[str]:
    if row.period_end < row.period_start:
        yield f"the period ends on {row.period_end}, before it starts on {row.period_start}; swap the two days"
    if row.source_id not in sources:
        yield f"source_id: '{row.source_id}' is not in the sources file; add a row there"
    known = indicators.get(row.indicator)
    if known is None:
        yield f"indicator: '{row.indicator}' has no definition; add a row to {INDICATORS_FILE}"
        return
    if row.unit not in known.units:
        yield f"unit: found '{row.unit}', expected {' or '.join(known.units)} for {row.indicator}"
    if known.upper_bound is not None and row.value > known.upper_bound:
        yield f"value: found {row.value}, but {row.indicator} cannot exceed {known.upper_bound}"
    if row.unit not in MEASURED and row.value != row.value.to_integral_value():
        yield f"value: found {row.value}, expected a whole number of {row.unit}"


MEASURED = {"CNY", "CNY/case", "percent", "day", "working_day", "minute", "month", "week", "hour", "year", "multiple"}
"""Units that come in fractions; everything else is counted."""


def _statement(row) -> Statement:
    return Statement(
        row.source_id,
        row.place,
        row.level,
        row.period_start,
        row.period_end,
        row.period_basis,
        row.indicator,
        row.value,
        row.unit,
        row.qualifier,
        row.group,
        row.locator,
        row.note,
    )


def _claim_faults(row, indicators: Mapping[str, PublishedIndicator], sources: frozenset[str]) -> Iterable[str]:
    if row.period_end < row.period_start:
        yield f"the period ends on {row.period_end}, before it starts on {row.period_start}; swap the two days"
    if row.source_id not in sources:
        yield f"source_id: '{row.source_id}' is not in the sources file; add a row there"
    if row.indicator is not None and row.indicator not in indicators:
        yield f"indicator: '{row.indicator}' has no definition; add a row to {INDICATORS_FILE}, or leave it empty"


def _claims(
    path: Path, indicators: Mapping[str, PublishedIndicator], sources: frozenset[str]
) -> tuple[UnquantifiedClaim, ...]:
    table = read_table(path, CLAIMS, lambda row: _claim_faults(row, indicators, sources))
    return tuple(
        UnquantifiedClaim(
            row.claim_id,
            row.source_id,
            row.place,
            row.period_start,
            row.period_end,
            row.subject,
            row.indicator,
            row.direction,
            Label(row.claim_zh, row.claim_en),
            tuple(row.needed.split("|")),
            row.locator,
        )
        for row in table.itertuples()
    )


def _source(row: pd.Series) -> Source:
    return Source(
        row.source_id,
        row.place,
        row.kind,
        Label(row.publisher_zh, row.publisher_en),
        row.published,
        row.reliability,
        row.note,
    )
