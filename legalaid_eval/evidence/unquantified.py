"""Claims without a number: what the printed figures leave possible, and which data would decide them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from legalaid_eval.content import Code, Quantity
from legalaid_eval.evidence.claim import ClaimResult, Names, quantity
from legalaid_eval.evidence.figures import Statement, UnquantifiedClaim
from legalaid_eval.evidence.rates import CEILING, consecutive_years
from legalaid_eval.rules import PublishedIndicator


def check_unquantified(
    claims: Sequence[UnquantifiedClaim],
    statements: Sequence[Statement],
    names: Names,
    indicators: Mapping[str, PublishedIndicator],
) -> list[ClaimResult]:
    """Each claim is not evaluable, unless it claims a rise that a printed rate near its limit bounds."""
    return [_claim_result(claim, statements, names, indicators) for claim in claims]


def _claim_result(
    claim: UnquantifiedClaim,
    statements: Sequence[Statement],
    names: Names,
    indicators: Mapping[str, PublishedIndicator],
) -> ClaimResult:
    level = _level(claim, statements, indicators) if claim.direction == "up" else None
    facts = {
        "place": names(claim.place),
        "claim": claim.text,
        "needed": tuple(Code("needed", code) for code in claim.needed),
    }
    room = None
    if level is not None:
        room = float(Fraction(indicators[level.indicator].upper_bound) - Fraction(level.value))
        facts |= {
            "level": quantity(level),
            "room": Quantity(room, "percentage_point", decimals=level.decimals),
            "years": consecutive_years(level, statements),
        }
    verdict = "not_evaluable" if level is None else "ceiling"
    return ClaimResult(
        "claim",
        verdict,
        claim.place,
        claim.subject,
        claim.claim_id,
        claim.start,
        claim.end,
        f"claims.claim.{verdict}",
        facts,
        low=None if room is None else 0.0,
        high=room,
        unit="" if room is None else "percentage_point",
        sources=((claim.source_id, claim.locator),),
    )


def _level(
    claim: UnquantifiedClaim, statements: Sequence[Statement], indicators: Mapping[str, PublishedIndicator]
) -> Statement | None:
    """The highest printed level of the claim's indicator, if it is so high that it bounds the rise."""
    own = [
        s
        for s in statements
        if (s.source_id, s.place, s.indicator) == (claim.source_id, claim.place, claim.indicator)
        and indicators[s.indicator].upper_bound is not None
        and s.value >= CEILING
        and consecutive_years(s, statements)
    ]
    return max(own, key=lambda s: s.value, default=None)
