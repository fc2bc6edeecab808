"""Printed percentages recomputed from their printed parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from legalaid_eval.content import Quantity, Range
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import (
    ClaimResult,
    Names,
    alike,
    cited,
    exact_whole,
    percent,
    quantity,
    result,
    window,
)
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import COUNT_GROUPS, RATE_SAMPLES, RATIOS, Ratio


@dataclass(frozen=True, slots=True)
class Parts:
    """The printed parts of a rate: `top` of `bottom`, and the statements they come from."""

    top: int
    bottom: int
    statements: tuple[Statement, ...]


def check_ratios(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Every percentage, exact or a bound, whose parts the same source prints for the same place and window."""
    rates = [s for s in statements if s.unit == "percent"]
    found = []
    for rate in rates:
        for relation in (r for r in RATIOS if r.rate == rate.indicator):
            parts = find_parts(relation, rate, statements)
            if parts:
                found.append(_compare(rate, parts, names))
                break
    return found


def find_parts(relation: Ratio, rate: Statement, statements: Sequence[Statement]) -> Parts | None:
    """The first numerator of the relation that stands beside a denominator of its own kind."""
    groups = relation.numerator_groups or (rate.group,)
    if relation.work and rate.group not in relation.work:
        return None
    choices = [(group,) for group in (rate.group, *COUNT_GROUPS)] if relation.work else [groups]
    for indicator in relation.numerator:
        candidates = [s for s in alike(statements, rate, (indicator,)) if exact_whole(s)]
        for chosen in choices:
            tops = [s for group in chosen if (s := next((c for c in candidates if c.group == group), None))]
            bottom = _bottom(relation, tops[0], rate, statements) if len(tops) == len(chosen) else None
            if bottom is not None and bottom not in tops and bottom.value != 0:
                return Parts(int(sum(s.value for s in tops)), int(bottom.value), (*tops, bottom))
    return None


def _bottom(relation: Ratio, top: Statement, rate: Statement, statements: Sequence[Statement]) -> Statement | None:
    """The denominator: same group (or `all`); a yearly target or budget may cover more than the window."""
    groups = ("all",) if relation.whole else (rate.group, top.group, "all") if relation.work else (rate.group,)
    own = [s for s in statements if (s.source_id, s.place) == (rate.source_id, rate.place) and exact_whole(s)]
    for indicator in relation.denominator if relation.numerator != relation.denominator else (top.indicator,):
        yearly = indicator.startswith("target_") or indicator == "budget"
        for group in groups:
            for s in (s for s in own if (s.indicator, s.group) == (indicator, group)):
                covers = yearly and s.start <= rate.start and rate.end <= s.end
                if covers or (s.start, s.end) == (rate.start, rate.end):
                    return s
    return None


def _compare(rate: Statement, parts: Parts, names: Names) -> ClaimResult:
    value = Fraction(100 * parts.top, parts.bottom)
    verdict, variant = _verdict(rate, parts, value)
    bases = exact.implied_wholes_rounding(parts.top, rate.value) or exact.implied_wholes_truncation(
        parts.top, rate.value
    )
    fits = exact.whole_numerators(parts.bottom, rate.value)
    facts = {
        "place": names(rate.place),
        "period": window(rate),
        "printed": quantity(rate),
        "computed": percent(value, max(2, rate.decimals)),
        "gap": Quantity(float(abs(value - Fraction(rate.value))), "percentage_point", decimals=max(2, rate.decimals)),
        "top": Quantity(parts.top, parts.statements[0].unit, decimals=0),
        "bottom": Quantity(parts.bottom, parts.statements[-1].unit, decimals=0),
        "bases": Range(*bases, parts.statements[-1].unit, 0) if bases else None,
        "tops": Range(*fits, parts.statements[0].unit, 0) if fits else None,
    }
    return result(
        "ratio",
        verdict,
        rate,
        facts,
        variant=variant,
        computed=float(value),
        low=float(value),
        high=float(value),
        n=parts.bottom,
        sources=cited(rate, *parts.statements),
    )


def _verdict(rate: Statement, parts: Parts, value: Fraction) -> tuple[str, str]:
    """Consistent if it prints; not reproducible if one unit more or less in the numerator reaches beyond it."""
    if rate.qualifier != "exact":
        bounds = exact.hedge_bounds(rate)
        strict = rate.qualifier == "more_than" and value == Fraction(rate.value)
        return ("contradicted", "outside") if strict or not bounds.contains(value) else ("consistent", "within")
    if exact.prints_by_rounding(value, rate.value):
        return "consistent", "consistent"
    if exact.prints_by_truncation(value, rate.value):
        return "consistent", "truncated"
    if abs(value - Fraction(rate.value)) <= Fraction(100, parts.bottom):
        return "not_reproducible", "not_reproducible"
    return "contradicted", "contradicted"


def check_granularity(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Whether any whole number of the published sample prints as the published rate (without a printed numerator)."""
    found = []
    for rate in statements:
        samples = alike(statements, rate, RATE_SAMPLES.get(rate.indicator, ()))
        sample = next((s for s in samples if exact_whole(s) and s.group == rate.group and s.value > 0), None)
        if sample is None or rate.qualifier != "exact":
            continue
        n = int(sample.value)
        fits = exact.whole_numerators(n, rate.value)
        facts = {
            "place": names(rate.place),
            "printed": quantity(rate),
            "n": quantity(sample),
            "tops": Range(*fits, sample.unit, 0) if fits else None,
        }
        low, high = (100 * fits[0] / n, 100 * fits[1] / n) if fits else (None, None)
        found.append(
            result(
                "granularity",
                "consistent" if fits else "not_reproducible",
                rate,
                facts,
                computed=low if low == high else None,
                low=low,
                high=high,
                n=n,
                sources=cited(rate, sample),
            )
        )
    return found
