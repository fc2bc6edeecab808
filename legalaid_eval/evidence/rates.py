"""What a printed rate can mean: its sample, how far it can still rise, and who owns its denominator."""

import math
from collections.abc import Sequence
from fractions import Fraction

from legalaid_eval.content import Code, Quantity, Range
from legalaid_eval.estimators.survey import proportion_interval
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import RATE_SAMPLES
from legalaid_eval.rules import PublishedIndicator

SAMPLED = ("satisfaction_rate", "awareness_rate", "peer_review_pass_rate", "excellent_good_rate")
OUTSIDE_DENOMINATOR = {"criminal_defence_coverage": "courts"}
"""Rates whose denominator another organ keeps, and which one."""

CASE_TYPES = {"civil", "criminal", "administrative", "civil+administrative", "state_compensation"}
"""A sample of one type of case says nothing about a rate of all."""

QUALIFIERS = ("exact", "at_least", "more_than", "nearly", "approx")
REVIEWED = {"peer_review_pass_rate", "excellent_good_rate"}
"""Rates over case files: nobody is asked."""

CEILING = 95
"""From this percentage on, what can still be gained is smaller than most surveys can see."""


def check_precision(
    statements: Sequence[Statement], names: Names, *, assumed_n: Sequence[int], conf_level: float
) -> list[ClaimResult]:
    """The interval a sampled rate stands for, with its own n, or for assumed ones where none was printed."""
    found = []
    for rate in (s for s in statements if s.indicator in SAMPLED and s.qualifier in QUALIFIERS):
        sample = _sample(rate, statements)
        if sample is not None:
            found.append(_with_n(rate, sample, names, conf_level))
        else:
            found.append(_without_n(rate, names, assumed_n, conf_level))
    return found


def _sample(rate: Statement, statements: Sequence[Statement]) -> Statement | None:
    """The sample of the same source, place and window; its group may be named otherwise if it is the only one."""
    wanted = RATE_SAMPLES.get(rate.indicator, ("peer_review_sample",))
    own = [
        s
        for s in statements
        if s.indicator in wanted
        and (s.source_id, s.place, s.start, s.end) == (rate.source_id, rate.place, rate.start, rate.end)
    ]
    named = [s for s in own if s.group == rate.group]
    other = own if len(own) == 1 and rate.group == "all" and own[0].group not in CASE_TYPES else []
    return (named or other or [None])[0]


def _with_n(rate: Statement, sample: Statement, names: Names, conf_level: float) -> ClaimResult:
    bounds = exact.hedge_bounds(sample)
    smallest = max(1, math.ceil(bounds.low))
    low, high = sampled_interval(rate, smallest, conf_level)
    facts = {
        "place": names(rate.place),
        "printed": quantity(rate),
        "sample": quantity(sample),
        "smallest": smallest,
        "interval": Range(low, high, "percent", 1),
        "others": smallest - _fewest(rate, smallest),
        "reviewed": rate.indicator in REVIEWED,
        "conf": Quantity(100 * conf_level, "percent", decimals=0),
    }
    return result(
        "precision",
        "implied",
        rate,
        facts,
        computed=None,
        low=low,
        high=high,
        conf_level=conf_level,
        n=smallest,
        sources=cited(rate, sample),
    )


def _without_n(rate: Statement, names: Names, assumed_n: Sequence[int], conf_level: float) -> ClaimResult:
    scenarios = tuple((n, *sampled_interval(rate, n, conf_level)) for n in assumed_n)
    facts = {
        "place": names(rate.place),
        "printed": quantity(rate),
        "reviewed": rate.indicator in REVIEWED,
        "sizes": tuple(assumed_n),
        "lows": tuple(Quantity(low, "percent", decimals=1) for _, low, _ in scenarios),
        "scenarios": scenarios,
        "conf": Quantity(100 * conf_level, "percent", decimals=0),
    }
    return result("precision", "not_evaluable", rate, facts, conf_level=conf_level)


def sampled_interval(rate: Statement, n: int, conf_level: float) -> tuple[float, float]:
    """The interval of a printed rate if `n` were drawn at random; hedged from below, the upper end is 100."""
    low = proportion_interval(_fewest(rate, n), n, conf_level=conf_level).ci_low
    if rate.qualifier in ("at_least", "more_than"):
        return low, 100.0
    return low, proportion_interval(_most(rate, n), n, conf_level=conf_level).ci_high


def _fewest(rate: Statement, n: int) -> int:
    """Fewest whole successes in `n` that print as the rate (or reach it, where it is hedged from below)."""
    share = exact.hedge_bounds(rate).low * n / 100
    beyond = rate.qualifier == "more_than" and share.denominator == 1
    return min(n, max(0, math.ceil(share)) + beyond)


def _most(rate: Statement, n: int) -> int:
    most = math.floor(exact.hedge_bounds(rate).high * n / 100)
    return max(min(n, most), _fewest(rate, n))


def check_ceilings(
    statements: Sequence[Statement], names: Names, indicators: dict[str, PublishedIndicator]
) -> list[ClaimResult]:
    """Rates so near their largest value that little improvement is possible, and for how many years."""
    found = []
    for rate in statements:
        bound = indicators[rate.indicator].upper_bound
        sampled = rate.indicator in SAMPLED and rate.qualifier in ("exact", "at_least", "more_than")
        if sampled and bound is not None and CEILING <= rate.value <= bound:
            room = Fraction(bound) - Fraction(rate.value)
            facts = {
                "place": names(rate.place),
                "printed": quantity(rate),
                "room": Quantity(float(room), "percentage_point", decimals=rate.decimals),
                "no_room": room == 0,
                "years": consecutive_years(rate, statements),
                "period": window(rate),
            }
            values = {"computed": float(room), "low": 0.0, "high": float(room), "unit": "percentage_point"}
            found.append(result("ceiling", "ceiling", rate, facts, **values))
    return found


def consecutive_years(rate: Statement, statements: Sequence[Statement]) -> int | None:
    """For how many years in a row the source says that the rate held, if it does."""
    for s in statements:
        same = (s.source_id, s.place, s.indicator) == (rate.source_id, rate.place, "consecutive_years")
        if same and s.group in (rate.indicator, rate.indicator.removesuffix("_rate")):
            return int(s.value)
    return None


def check_denominators(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Coverage rates whose denominator the publishing agency does not keep."""
    found = []
    for rate in (s for s in statements if s.indicator in OUTSIDE_DENOMINATOR):
        facts = {
            "place": names(rate.place),
            "printed": quantity(rate),
            "keeper": Code("keeper", OUTSIDE_DENOMINATOR[rate.indicator]),
        }
        found.append(result("denominator", "not_evaluable", rate, facts))
    return found
