"""Outreach of a place and period beyond single counts: what it cost, and where need is high and outreach is not.

    register = outreach_register(store, Asked("Demo City", (), date(2025, 1, 1), date(2025, 12, 31), 5))
    caseload_indicators(register.counts, INDICATORS)      # indicators.outreach.INDICATORS
    costs(register), coverage(register)

Money is the centre's own and is told where at least the least count of events says what it cost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.caseload_counts import GROUPS
from legalaid_eval.cells.caseload_indicators import Asked, CaseloadRegister, Count, caseload_register
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.outreach_period import KINDS, event_sums
from legalaid_eval.register.privacy import ALL, HIDDEN, OK
from legalaid_eval.register.store import Store

__all__ = ["GAP", "Asked", "OutreachRegister", "costs", "coverage", "outreach_register"]

FEN = 100
GAP = 2 / 3
"""A place or group whose share of those reached is below this part of its share of the need is a gap."""
COSTS = ["key", "value", "events_known", "cost_cny", "per_event_cny", "per_100_reached_cny", "status"]
COVERAGE = ["key", "value", "reached", "need", "reached_share", "need_share", "ratio", "gap", "status"]
NOT_EVALUABLE = "not_evaluable"


@dataclass(frozen=True, eq=False, slots=True)
class OutreachRegister:
    """counts: what may be shown. events: cells of the period's events (`event_sums`), not to be shown as they are."""

    counts: CaseloadRegister
    events: pd.DataFrame


def outreach_register(store: Store, asked: Asked) -> OutreachRegister:
    """Take all counts of the store once."""
    return OutreachRegister(caseload_register(store, asked), event_sums(Window(store, asked.start, asked.end)))


def costs(register: OutreachRegister) -> pd.DataFrame:
    """Frame COSTS: the place (`key` all), each county and each kind of event, of the events that say what they cost.

    `per_100_reached_cny` is of the events where attendance is recorded too. status: ok, suppressed (fewer events say it
    than the least count shown) or not_evaluable (none says it).
    """
    places = register.counts.places
    events = places.of(register.events)
    parts = [(ALL, ALL, events)]
    if not places.single:
        parts += [("county", code, places.of(register.events, code)) for code in places.codes]
    parts += [(kind, value, rows) for kind in KINDS for value, rows in events.groupby(kind) if value != MISSING]
    least = register.counts.asked.min_cell
    return pd.DataFrame([_cost(key, value, rows, least) for key, value, rows in parts], columns=COSTS)


def _cost(key: str, value: object, rows: pd.DataFrame, least: int) -> tuple[object, ...]:
    known = int(rows["n_cost_fen"].sum())
    if known < least:
        return key, value, None, None, None, None, HIDDEN if known else NOT_EVALUABLE
    cost = int(rows["cost_fen"].sum()) / FEN
    reached = int(rows["paid_for"].sum())
    per_100 = 100 * int(rows["paid_fen"].sum()) / FEN / reached if reached else None
    return key, value, known, cost, cost / known, per_100, OK


def coverage(register: OutreachRegister) -> pd.DataFrame:
    """Frame COVERAGE: shares of those reached beside shares of the need, by county and by group that events target.

    Need is what came to the centre: cases taken on by county, cases that name a group among those of all groups that
    an event of the store targets. `gap`: `ratio` (reached_share / need_share) below GAP. Need that never came is not in
    it, so that a place nobody has heard of legal aid in may look well served: read it beside the awareness survey.
    Events for everybody reach all groups; only the targeted ones are compared. status: ok or suppressed.
    """
    lines = [*_compared("county", dict(_by_county(register))), *_compared("target_group", dict(_by_group(register)))]
    return pd.DataFrame(lines, columns=COVERAGE)


Pair = tuple[int | None, int | None]


def _by_county(register: OutreachRegister) -> Iterator[tuple[str, Pair]]:
    counts = register.counts
    for code in () if counts.places.single else counts.places.codes:
        yield code, (counts.count(Count("outreach attendance"), code)[0], counts.count(Count("taken on"), code)[0])


def _by_group(register: OutreachRegister) -> Iterator[tuple[str, Pair]]:
    """Of the whole store only: groups are not told by county."""
    counts = register.counts
    targeted = set(register.events["target_group"]) & set(GROUPS) if counts.whole else ()
    for group in sorted(targeted):
        reached = counts.count(Count("attendance by target_group", "target_group", (group,)))[0]
        yield group, (reached, counts.count(Count(f"cases of {group}", group, ("yes",)))[0])


def _compared(key: str, found: dict[str, Pair]) -> Iterator[tuple[object, ...]]:
    """Shares of what all parts have together; hidden where any of them is, as the rest would give it away."""
    hidden = any(number is None for pair in found.values() for number in pair)
    reached, need = (0, 0) if hidden else (sum(pair[at] for pair in found.values()) for at in (0, 1))
    for value, (own, needed) in found.items():
        if hidden or not reached or not need:
            yield key, value, own, needed, None, None, None, None, HIDDEN if hidden else NOT_EVALUABLE
            continue
        shares = 100 * own / reached, 100 * needed / need
        ratio = shares[0] / shares[1] if needed else None
        yield key, value, own, needed, *shares, ratio, ratio is not None and ratio < GAP, OK
