"""Which time limit runs over which two dates of a case: the rules of `data/rules` tied to the columns of `cases`."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from legalaid_eval.errors import UsageError
from legalaid_eval.rules import TimeLimit, in_precedence, time_limit

UNITS = ("day", "working_day")


@dataclass(frozen=True, slots=True)
class Clock:
    """A time limit with the columns of `cases` that start and stop it.

    `limit` is in `unit`, day or working_day. `only` is a column and the value it must have, `unless` a column whose
    presence takes a case out, `case_types` the types it covers (none: all). `supplement_rules` names the rules that
    put supplement time outside; without one it counts. `evidence` says how well the text of the rule is known.
    """

    name: str
    rule_id: str
    starts: str
    stops: str
    limit: int
    unit: str
    evidence: str
    kind: str = "statutory"
    valid_from: date | None = None
    valid_to: date | None = None
    chosen_by: tuple[str, ...] = ()
    case_types: tuple[str, ...] = ()
    only: tuple[str, Any] | None = None
    unless: str | None = None
    supplement_rules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.unit not in UNITS or self.limit < 0:
            expected = f"zero or more of {' or '.join(UNITS)}"
            raise UsageError(f"found the limit {self.limit} {self.unit} of {self.rule_id}; expected {expected}")

    def holds(self, on_day: date, case_type: str) -> bool:
        """Whether the clock was in force on that day for that type of case."""
        in_force = (self.valid_from or date.min) <= on_day <= (self.valid_to or date.max)
        return in_force and (not self.case_types or case_type in self.case_types)


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a rule is tied to columns: what it starts and stops on, and whom it covers."""

    starts: str
    stops: str
    case_types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case: its rules, strongest first, and what they have in common."""

    rules: dict[str, Wiring]
    chosen_by: tuple[str, ...]
    only: tuple[str, Any] | None = None
    unless: str | None = None
    supplement_rules: tuple[str, ...] = ()


GRANTED = ("decision", "granted")
SUPPLEMENT = ("PP12-13", "PP23-a")
STEPS = {
    "review": Step(
        {"LL-43a": Wiring("applied_on", "decided_on"), "PP12-13": Wiring("accepted_on", "decided_on")},
        ("applied_on", "accepted_on"),
        unless="notice_on",
        supplement_rules=SUPPLEMENT,
    ),
    "assignment": Step(
        {
            "LL-43b": Wiring("decided_on", "assigned_on"),
            "PP12-20a": Wiring("decided_on", "assigned_on", ("civil", "administrative")),
            "PP12-20b": Wiring("decided_on", "assigned_on", ("criminal",)),
        },
        ("decided_on",),
        GRANTED,
        unless="notice_on",
    ),
    "notified_assignment": Step(
        {
            "LL-36b": Wiring("notice_on", "assigned_on", ("criminal",)),
            "PP12-20b": Wiring("notice_on", "assigned_on", ("criminal",)),
        },
        ("notice_on",),
    ),
    "filing": Step(
        {"PP23-b": Wiring("closed_on", "archived_on"), "PP12-34": Wiring("closed_on", "archived_on")},
        ("closed_on",),
        unless="terminated_on",
    ),
}
SECOND = {
    "ZJ16-17": ("provincial_review", "provincial", Wiring("applied_on", "decided_on"), None),
    "PLEDGE-HLGE": ("pledged_review", "pledge", Wiring("applied_on", "decided_on"), ("routine", True)),
    "PLEDGE-LZNA": ("pledged_assignment", "pledge", Wiring("applied_on", "assigned_on"), GRANTED),
    "PLEDGE-DEMO": ("pledged_review", "pledge", Wiring("applied_on", "decided_on"), ("routine", True)),
}
"""Stricter rules of a province and pledges of a place: name, kind, columns and cases of the second clock."""


def step_clocks(step: str) -> tuple[Clock, ...]:
    """The statutory clocks of a step over all years, no two of them in force for the same case on the same day."""
    if step not in STEPS:
        raise UsageError(f"found the step '{step}'; expected one of {', '.join(STEPS)}")
    found = STEPS[step]
    common = {"only": found.only, "unless": found.unless, "supplement_rules": found.supplement_rules}
    return tuple(
        replace(_clock(step, rule, found.rules[rule.rule_id], "statutory"), chosen_by=found.chosen_by, **common)
        for rule in in_precedence(tuple(found.rules))
    )


def statutory_clocks(on_day: date, case_type: str) -> tuple[Clock, ...]:
    """The clocks of law that hold for a case of that type on that day, at most one per step."""
    clocks = (clock for step in STEPS for clock in step_clocks(step))
    return tuple(clock for clock in clocks if clock.holds(on_day, case_type))


def second_clock(rule_id: str, *, valid_from: date, valid_to: date | None = None) -> Clock:
    """A stricter provincial rule or a pledge, to be shown beside the statutory clock.

    The days it holds are the caller's to give: the texts name none.
    """
    if rule_id not in SECOND:
        raise UsageError(f"found the second rule '{rule_id}'; expected one of {', '.join(SECOND)}")
    name, kind, wiring, only = SECOND[rule_id]
    rule = replace(time_limit(rule_id), valid_from=valid_from, valid_to=valid_to)
    supplement = SUPPLEMENT if wiring.starts == "applied_on" else ()
    extra = {"chosen_by": (wiring.starts,), "only": only, "unless": "notice_on", "supplement_rules": supplement}
    return replace(_clock(name, rule, wiring, kind), **extra)


def _clock(name: str, rule: TimeLimit, wiring: Wiring, kind: str) -> Clock:
    return Clock(
        name,
        rule.rule_id,
        wiring.starts,
        wiring.stops,
        int(rule.limit),
        rule.unit,
        rule.evidence,
        kind,
        rule.valid_from,
        rule.valid_to,
        case_types=wiring.case_types,
    )
