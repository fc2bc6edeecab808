"""The definitions the project ships in `data/rules`: published indicators and the indicator catalogue."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from legalaid_eval import project
from legalaid_eval.content import Label
from legalaid_eval.errors import UsageError
from legalaid_eval.reading import read_table
from legalaid_eval.schemas import CATALOGUE, INDICATORS, TIME_LIMITS

LIMITS_FILE = "data/rules/time_limits.csv"
INDICATORS_FILE = "data/rules/published_indicators.csv"
CATALOGUE_FILE = "data/rules/indicator_catalogue.csv"


@dataclass(frozen=True, slots=True)
class PublishedIndicator:
    """What a published figure counts: how it may be added (`kind`), its units and its largest value."""

    indicator: str
    catalogue_id: str | None
    kind: str
    units: tuple[str, ...]
    upper_bound: Decimal | None
    name: Label
    definition: Label
    chapter: str


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An indicator of the field: definition, pitfall and the international analogue."""

    id: str
    family: str
    name: Label
    definition: Label
    pitfall: Label
    data_needed: str
    analogue: Label | None


def published_indicators() -> Mapping[str, PublishedIndicator]:
    """Definitions of the published indicators, by their key."""
    table = read_table(project.resolve(INDICATORS_FILE), INDICATORS)
    return {
        row.indicator: PublishedIndicator(
            row.indicator,
            row.catalogue_id,
            row.kind,
            tuple(row.units.split("|")),
            row.upper_bound,
            Label(row.name_zh, row.name_en),
            Label(row.definition_zh, row.definition_en),
            row.chapter,
        )
        for row in table.itertuples()
    }


def catalogue() -> Mapping[str, CatalogueEntry]:
    """The indicator catalogue, by id (CL01, TM02, ...)."""
    table = read_table(project.resolve(CATALOGUE_FILE), CATALOGUE)
    return {
        row.id: CatalogueEntry(
            row.id,
            row.family,
            Label(row.name_zh, row.name_en),
            Label(row.definition_zh, row.formula),
            Label(row.pitfall_zh, row.pitfall),
            row.data_needed,
            Label(row.analogue_zh, row.international_analogue) if row.international_analogue else None,
        )
        for row in table.itertuples()
    }


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A time limit of law or rules: `limit` in `unit` (day, working_day, hour, ...), None where the text has none.

    `evidence` is primary, secondary, unverified, programme article or simulated; a report shows it with the limit.
    """

    rule_id: str
    instrument: str
    article: str
    valid_from: date | None
    valid_to: date | None
    limit: Decimal | None
    unit: str
    evidence: str

    def holds_on(self, day: date) -> bool:
        """Whether the limit was in force on `day`; a limit without dates is never taken to be."""
        started = self.valid_from is not None and self.valid_from <= day
        return started and (self.valid_to is None or day <= self.valid_to)


def time_limits() -> tuple[TimeLimit, ...]:
    """Every statutory and pledged time limit, in the order of the file."""
    table = read_table(project.resolve(LIMITS_FILE), TIME_LIMITS)
    return tuple(
        TimeLimit(
            row.rule_id, row.instrument, row.article, row.valid_from, row.valid_to, row.limit, row.unit, row.evidence
        )
        for row in table.itertuples()
    )


def limits_on(day: date) -> tuple[TimeLimit, ...]:
    """The time limits in force on `day`; those without dates (pledges, a province's rules) are not among them."""
    return tuple(limit for limit in time_limits() if limit.holds_on(day))


def time_limit(rule_id: str) -> TimeLimit:
    """The limit of that id; UsageError if there is none."""
    by_id = {limit.rule_id: limit for limit in time_limits()}
    if rule_id in by_id:
        return by_id[rule_id]
    near = difflib.get_close_matches(rule_id, by_id, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"expected an id of {LIMITS_FILE}"
    raise UsageError(f"found the rule id '{rule_id}', which is unknown; {hint}")


def in_precedence(rule_ids: Sequence[str]) -> tuple[TimeLimit, ...]:
    """The limits of those ids, strongest first, each ending the day before a stronger and younger one begins.

    So the Law stands over an Order whose text was still in force.
    """
    by_id = {limit.rule_id: limit for limit in time_limits()}
    found: list[TimeLimit] = []
    for limit in (by_id[rule_id] for rule_id in rule_ids):
        ends = [limit.valid_to] if limit.valid_to else []
        ends += [stronger.valid_from - timedelta(days=1) for stronger in found if _younger(stronger, limit)]
        found.append(replace(limit, valid_to=min(ends, default=None)))
    return tuple(found)


def _younger(one: TimeLimit, other: TimeLimit) -> bool:
    return one.valid_from is not None and (other.valid_from is None or one.valid_from > other.valid_from)
