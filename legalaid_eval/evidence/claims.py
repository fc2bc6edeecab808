"""All checks on published figures, run over one place and its parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from legalaid_eval.evidence.claim import VERDICTS, ClaimResult, Names
from legalaid_eval.evidence.comparison import check_comparison
from legalaid_eval.evidence.conflicts import check_conflicts
from legalaid_eval.evidence.figures import Evidence, Statement
from legalaid_eval.evidence.levels import check_levels
from legalaid_eval.evidence.pledges import check_pledges
from legalaid_eval.evidence.rates import check_ceilings, check_denominators, check_precision
from legalaid_eval.evidence.ratios import check_granularity, check_ratios
from legalaid_eval.evidence.sums import check_group_sums, check_money_sums, check_shares
from legalaid_eval.evidence.targets import check_implied_targets, check_progress
from legalaid_eval.evidence.tariffs import check_tariff_bounds, check_tariff_changes
from legalaid_eval.evidence.unquantified import check_unquantified
from legalaid_eval.evidence.windows import check_comparable_parts, check_growth, check_yearly_readings
from legalaid_eval.rules import TimeLimit


@dataclass(frozen=True, slots=True)
class Scope:
    """What is evaluated: a place, its parts, a period, and the conventions of the intervals."""

    place: str
    parts: tuple[str, ...]
    start: date
    end: date
    conf_level: float = 0.95
    assumed_n: tuple[int, ...] = (30, 100, 500)

    def covers(self, place: str, start: date, end: date) -> bool:
        """Whether something about `place` and a window belongs to the report."""
        return place in (self.place, *self.parts) and start <= self.end and self.start <= end


def own_statements(evidence: Evidence, scope: Scope) -> tuple[Statement, ...]:
    """The statements about the report's places, from every source that speaks of its period.

    A source's earlier figures (a tariff before a change) come along, because they are its own baseline.
    """
    sources = {s.source_id for s in evidence.statements if scope.covers(s.place, s.start, s.end)}
    places = {scope.place, *scope.parts}
    return tuple(s for s in evidence.statements if s.place in places and s.source_id in sources)


def evaluate_claims(evidence: Evidence, scope: Scope, limits: Sequence[TimeLimit]) -> tuple[ClaimResult, ...]:
    """Every check on every figure and claim of the report, gravest verdicts first."""
    own = own_statements(evidence, scope)
    names = evidence.name
    claims = [c for c in evidence.claims if scope.covers(c.place, c.start, c.end)]
    found = [
        *arithmetic_checks(own, names),
        *check_levels(own, scope.place, scope.parts, names),
        *check_comparable_parts(own, scope.parts, names),
        *check_precision(own, names, assumed_n=scope.assumed_n, conf_level=scope.conf_level),
        *check_ceilings(own, names, evidence.indicators),
        *check_denominators(own, names),
        *check_comparison(
            own, reference_statements(evidence, scope), names, place=scope.place, conf_level=scope.conf_level
        ),
        *check_pledges(own, names, limits),
        *check_unquantified(claims, own, names, evidence.indicators),
    ]
    return tuple(sorted(found, key=lambda r: VERDICTS.index(r.verdict)))


def arithmetic_checks(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """The checks that need nothing but the figures of one source."""
    return [
        *check_ratios(statements, names),
        *check_granularity(statements, names),
        *check_group_sums(statements, names),
        *check_conflicts(statements, names),
        *check_shares(statements, names),
        *check_money_sums(statements, names),
        *check_tariff_bounds(statements, names),
        *check_yearly_readings(statements, names),
        *check_implied_targets(statements, names),
        *check_progress(statements, names),
        *check_growth(statements, names),
        *check_tariff_changes(statements, names),
    ]


def reference_statements(evidence: Evidence, scope: Scope) -> tuple[Statement, ...]:
    """Figures of other places, without those that contradict their own source."""
    places = {scope.place, *scope.parts}
    every = dict.fromkeys((*evidence.comparison, *evidence.statements))
    others = [s for s in every if s.place not in places]
    doubtful = {source for r in _grave(others, evidence) for source in _about(r)}
    return tuple(s for s in others if (s.source_id, s.place, s.indicator) not in doubtful)


def _about(found: ClaimResult) -> list[tuple[str, str, str]]:
    return [(source_id, found.place, found.indicator) for source_id, _ in found.sources]


def check_comparison_sources(evidence: Evidence) -> tuple[ClaimResult, ...]:
    """The comparison figures, through the same arithmetic: only what does not hold, or holds in one reading only."""
    return _grave(evidence.comparison, evidence)


def _grave(statements: Sequence[Statement], evidence: Evidence) -> tuple[ClaimResult, ...]:
    found = arithmetic_checks(statements, evidence.name)
    return tuple(r for r in found if r.verdict in ("contradicted", "not_reproducible"))


def collapsed(results: Sequence[ClaimResult]) -> list[ClaimResult]:
    """Results that say the same of several places become one, its `place` fact naming them all."""
    merged: dict[object, list[ClaimResult]] = {}
    for r in results:
        facts = tuple((key, repr(value)) for key, value in r.facts.items() if key not in ("place", "period"))
        merged.setdefault((r.message, r.indicator, facts), []).append(r)
    return [_together(group) for group in merged.values()]


def _together(group: list[ClaimResult]) -> ClaimResult:
    first = group[0]
    if len(group) == 1:
        return first
    places = tuple(dict.fromkeys(r.facts["place"] for r in group))
    sources = tuple(dict.fromkeys(source for r in group for source in r.sources))
    return replace(first, facts={**first.facts, "place": places}, sources=sources)
