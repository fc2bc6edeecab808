"""Targets: what a printed completion rate implies, and how it stands against the elapsed year."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

from legalaid_eval.content import Quantity, Range
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, exact_whole, percent, quantity, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import COUNT_GROUPS, TARGET_COUNTS

CUT_OFF_DOUBT = timedelta(days=31)
"""How far a cut-off day that the source does not state may be off, either way."""


def check_implied_targets(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """The whole-number targets for which a completion rate prints as it does, where no target is printed."""
    found = []
    for rate in (s for s in statements if s.indicator == "target_completion_rate"):
        count = _count(rate, statements)
        if count is None or rate.value == 0 or _target_printed(rate, statements):
            continue  # a rate printed as zero fits every target from some number on
        if rate.qualifier == "exact" and count.end == rate.end:
            found.append(_implied(rate, count, names))
        elif rate.qualifier in ("at_least", "more_than"):
            found.append(_at_most(rate, count, names))
    return found


def _target_printed(rate: Statement, statements: Sequence[Statement]) -> bool:
    """Whether a target of the same work is printed for the rate's year."""
    target = "target_consultations" if rate.group == "consultations" else "target_cases"
    return any(
        (s.indicator, s.place) == (target, rate.place) and s.start <= rate.start and rate.end <= s.end
        for s in statements
    )


def _count(rate: Statement, statements: Sequence[Statement]) -> Statement | None:
    """What the rate completes: of the same window, else counted on until later in the same year; all before a group."""
    wanted = TARGET_COUNTS.get(rate.group, ())
    last = date(rate.end.year, 12, 31)
    own = [
        s
        for s in statements
        if (s.source_id, s.place, s.start) == (rate.source_id, rate.place, rate.start)
        and s.indicator in wanted
        and s.group in COUNT_GROUPS
        and exact_whole(s)
        and rate.end <= s.end <= last
    ]
    return min(own, key=lambda s: (s.end, wanted.index(s.indicator), COUNT_GROUPS.index(s.group)), default=None)


def _implied(rate: Statement, count: Statement, names: Names) -> ClaimResult:
    n = int(count.value)
    rounding = exact.implied_wholes_rounding(n, rate.value)
    truncation = exact.implied_wholes_truncation(n, rate.value)
    facts = {
        "place": names(rate.place),
        "printed": quantity(rate),
        "count": quantity(count),
        "rounding": Range(*rounding, count.unit, 0) if rounding else None,
        "truncation": Range(*truncation, count.unit, 0) if truncation else None,
        "round_number": _round_number(rounding, truncation),
    }
    ends = [end for pair in (rounding, truncation) if pair for end in pair]
    return result(
        "implied_target",
        "implied" if ends else "not_reproducible",
        rate,
        facts,
        computed=None,
        low=min(ends, default=None),
        high=max(ends, default=None),
        n=n,
        unit=count.unit,
        sources=cited(rate, count),
    )


def _round_number(rounding: tuple[int, int] | None, truncation: tuple[int, int] | None) -> int | None:
    """A conspicuously round target inside both readings, the likeliest one."""
    if not rounding or not truncation:
        return None
    low, high = max(rounding[0], truncation[0]), min(rounding[1], truncation[1])
    return exact.roundest(low, high) if low <= high else None


def _at_most(rate: Statement, count: Statement, names: Names) -> ClaimResult:
    ceiling = Fraction(100 * int(count.value)) / Fraction(rate.value)
    high = int(ceiling) - (1 if rate.qualifier == "more_than" and ceiling.denominator == 1 else 0)
    facts = {
        "place": names(rate.place),
        "printed": quantity(rate),
        "count": quantity(count),
        "bound": Range(None, high, count.unit, 0),
    }
    return result(
        "implied_target",
        "implied",
        rate,
        facts,
        variant="at_most",
        low=None,
        high=high,
        n=int(count.value),
        unit=count.unit,
        sources=cited(rate, count),
    )


def check_progress(statements: Sequence[Statement], names: Names) -> list[ClaimResult]:
    """Completion of a yearly target against the share of the year that had passed at the cut-off."""
    rates = [s for s in statements if s.indicator == "target_completion_rate"]
    return [_progress(rate, names) for rate in rates if elapsed_share(rate.end) < 1 and _one_year(rate)]


def _one_year(rate: Statement) -> bool:
    return rate.start == date(rate.end.year, 1, 1)


def elapsed_share(day: date) -> Fraction:
    """Share of the calendar year that has passed at the end of `day`."""
    first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    return Fraction((day - first).days + 1, (last - first).days + 1)


def elapsed_range(rate: Statement) -> tuple[Fraction, Fraction]:
    """The elapsed share, or, where the cut-off day is not stated, its range a month either way within the year."""
    if rate.basis == "stated":
        share = elapsed_share(rate.end)
        return share, share
    last = date(rate.end.year, 12, 31)
    first = date(rate.end.year, 1, 1)
    return elapsed_share(max(first, rate.end - CUT_OFF_DOUBT)), elapsed_share(min(last, rate.end + CUT_OFF_DOUBT))


def _progress(rate: Statement, names: Names) -> ClaimResult:
    share = elapsed_share(rate.end)
    early, late = elapsed_range(rate)
    pace, low, high = (Fraction(rate.value) / s for s in (share, late, early))
    floor = rate.qualifier in ("at_least", "more_than")
    done = rate.value >= 100 and (floor or rate.qualifier == "exact")
    facts = {
        "place": names(rate.place),
        "printed": quantity(rate),
        "period": window(rate),
        "elapsed": percent(100 * share, 1),
        "elapsed_range": Range(float(100 * early), float(100 * late), "percent", 1),
        "pace": Quantity(float(pace), "percent", rate.qualifier, 1),
        "pace_range": Range(float(low), None if floor else float(high), "percent", 1),
        "certain": early == late,
    }
    return result(
        "progress",
        "implied",
        rate,
        facts,
        variant="done" if done else "open",
        computed=float(pace),
        low=float(low),
        high=None if floor else float(high),
    )
