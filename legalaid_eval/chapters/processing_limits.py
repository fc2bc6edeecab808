"""Time limits kept, told apart by version of the rule and by recipient group: of a place that is the whole store."""

from collections.abc import Iterator

from legalaid_eval.cells import limit_groups
from legalaid_eval.cells.processing_register import ALL
from legalaid_eval.chapters.processing_findings import Kept, Told, kept, share_of
from legalaid_eval.indicators.processing_time import LIMITS

GROUPED = limit_groups.STEP


def by_rule(told: Told, clock: str) -> Iterator[Kept]:
    """Each rule that was in force for some of the period's cases, where there is more than one.

    A case is judged by the one that held on its day; the rules' cases add up to those of the limit.
    """
    rules = kept(told, clock).rules
    if clock in LIMITS and told.seen.places.whole and len(rules) > 1:
        for rule in rules:
            yield _kept(told, clock, f"limit {clock} by rule", (rule,), rule_id=rule)


def by_group(told: Told) -> Iterator[tuple[str, Kept]]:
    """The review's limit in each recipient group that has cases; the groups overlap."""
    rules = kept(told, GROUPED).rules
    for group in limit_groups.GROUPS if told.seen.places.whole else ():
        found = _kept(told, GROUPED, limit_groups.table_of(group), rules, **{group: "yes"})
        if found.note != "no_rows":
            yield group, found


def _kept(told: Told, clock: str, table: str, rules: tuple[str, ...], **at: str) -> Kept:
    met, missed = (told.seen.count(table, outcome=name, **at)[0] for name in ("met", "missed"))
    share, note = share_of(told, met, missed)
    return Kept(clock, ALL, ALL, rules, met, missed, None, None, share, 0, note)
