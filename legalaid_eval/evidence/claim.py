"""The result of one check on published figures, and how statements find each other."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from legalaid_eval.content import Code, Label, Period, Quantity, Range
from legalaid_eval.evidence.arithmetic import Bounds
from legalaid_eval.evidence.figures import Statement

VERDICTS = ("contradicted", "not_reproducible", "ambiguous", "ceiling", "not_evaluable", "implied", "consistent")
"""Gravest first: the order in which verdicts are shown."""

Names = Callable[[str], Label]


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """What one check found about one figure or claim.

    `check` names the check, `verdict` is one of VERDICTS, `message` is the locale's key of the sentence
    that `facts` fill. `computed` is the recomputed value and `low`..`high` the interval, in `unit`;
    `conf_level` is None for an interval that follows from rounding or hedges alone.
    """

    check: str
    verdict: str
    place: str
    indicator: str
    group: str
    start: date
    end: date
    message: str
    facts: dict[str, object]
    printed: Decimal | None = None
    computed: float | None = None
    low: float | None = None
    high: float | None = None
    conf_level: float | None = None
    n: int | None = None
    unit: str = ""
    sources: tuple[tuple[str, str], ...] = field(default=())


def result(
    check: str, verdict: str, about: Statement, facts: dict[str, object], *, variant: str = "", **values: object
) -> ClaimResult:
    """A result about one statement; its message key is `claims.<check>.<verdict or variant>`."""
    given = {"unit": about.unit, "printed": about.value, "sources": ((about.source_id, about.locator),)} | values
    return ClaimResult(
        check,
        verdict,
        about.place,
        about.indicator,
        about.group,
        about.start,
        about.end,
        f"claims.{check}.{variant or verdict}",
        facts,
        **given,
    )


def cited(*statements: Statement) -> tuple[tuple[str, str], ...]:
    """The sources of several statements, each named once."""
    return tuple(dict.fromkeys((s.source_id, s.locator) for s in statements))


def quantity(statement: Statement) -> Quantity:
    """The statement as it was printed."""
    return Quantity(float(statement.value), statement.unit, statement.qualifier, statement.decimals)


def group_label(group: str) -> tuple[Code, ...]:
    """The group's name; "civil+administrative" is two groups taken together."""
    return tuple(Code("group", part) for part in group.split("+"))


def window(statement: Statement) -> Period:
    return Period(statement.start, statement.end, statement.basis)


def percent(value: Fraction | float, decimals: int = 2) -> Quantity:
    return Quantity(float(value), "percent", decimals=decimals)


def range_of(bounds: Bounds, unit: str, decimals: int | None = None) -> Range:
    low = None if bounds.low is None else float(bounds.low)
    high = None if bounds.high is None else float(bounds.high)
    return Range(low, high, unit, decimals)


def alike(statements: Sequence[Statement], about: Statement, indicators: Iterable[str]) -> list[Statement]:
    """Statements of the same source, place and window about any of the indicators, in that order of indicators."""
    return [
        s
        for indicator in indicators
        for s in statements
        if s.indicator == indicator
        and (s.source_id, s.place, s.start, s.end) == (about.source_id, about.place, about.start, about.end)
    ]


def exact_whole(statement: Statement) -> bool:
    """Whether the statement is an unhedged whole number, as counts must be for exact arithmetic."""
    return statement.qualifier == "exact" and statement.value == statement.value.to_integral_value()
