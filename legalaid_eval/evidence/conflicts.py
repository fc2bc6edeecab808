"""Two exact figures for the same thing: same place, window, indicator, group and unit, another value."""

from collections.abc import Sequence

from legalaid_eval.content import Range
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, quantity, result, window
from legalaid_eval.evidence.figures import Statement


def check_conflicts(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Every set of figures that cannot all be right; which of them is, nobody can tell from the figures."""
    same: dict[tuple[object, ...], list[Statement]] = {}
    for s in (s for s in statements if s.qualifier == "exact"):
        same.setdefault((s.place, s.indicator, s.group, s.unit, s.start, s.end), []).append(s)
    return [_conflict(group, names) for group in same.values() if len({s.value for s in group}) > 1]


def _conflict(group: list[Statement], names: Names) -> ClaimResult:
    values = sorted(float(s.value) for s in group)
    facts = {
        "place": names(group[0].place),
        "values": tuple(quantity(s) for s in group),
        "sources": tuple(dict.fromkeys(s.source_id for s in group)),
        "span": Range(values[0], values[-1], group[0].unit, max(s.decimals for s in group)),
        "period": window(group[0]),
    }
    return result("conflict", "contradicted", group[0], facts, low=values[0], high=values[-1], sources=cited(*group))
