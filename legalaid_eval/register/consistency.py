"""What the cells of one row must not say against one another."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

NO_DAY = np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class Order:
    """`later` must not lie before `earlier`; an impossible one is emptied, a doubtful one kept."""

    table: str
    earlier: str
    later: str
    rule: str
    severity: str
    unless: str | None = None


ORDERS = (
    *(
        Order("cases", "applied_on", later, "before_application", "error")
        for later in ("accepted_on", "decided_on", "assigned_on", "closed_on", "terminated_on", "archived_on")
    ),
    Order("cases", "accepted_on", "decided_on", "stage_order", "doubt"),
    Order("cases", "decided_on", "assigned_on", "stage_order", "doubt", unless="aid_first"),
    Order("cases", "assigned_on", "closed_on", "stage_order", "doubt"),
    Order("cases", "closed_on", "archived_on", "stage_order", "doubt"),
    Order("places", "valid_from", "valid_to", "end_before_start", "error"),
)


@dataclass(frozen=True, slots=True)
class Clash:
    """Cells that do not agree; the row is kept as it is."""

    table: str
    column: str
    rule: str
    problem: str
    holds: Callable[[pa.Table], pa.Array]


def _is(name: str, value: object) -> Callable[[pa.Table], pa.Array]:
    return lambda table: pc.equal(table[name], value)


def _all(*tests: Callable[[pa.Table], pa.Array]) -> Callable[[pa.Table], pa.Array]:
    def both(table: pa.Table) -> pa.Array:
        found = tests[0](table)
        for test in tests[1:]:
            found = pc.and_kleene(found, test(table))
        return found

    return both


def _absent(name: str) -> Callable[[pa.Table], pa.Array]:
    return lambda table: pc.is_null(table[name])


def _there(name: str) -> Callable[[pa.Table], pa.Array]:
    return lambda table: pc.is_valid(table[name])


def _more(one: str, other: str) -> Callable[[pa.Table], pa.Array]:
    return lambda table: pc.greater(table[one], table[other])


def _satisfaction(table: pa.Table) -> pa.Array:
    return pc.is_in(table["answer_class"], pa.array(["satisfied", "basically_satisfied", "dissatisfied"]))


CLASHES = (
    Clash(
        "cases",
        "closed_on",
        "status_and_days",
        "status is closed, but closed_on is empty",
        _all(_is("status", "closed"), _absent("closed_on")),
    ),
    Clash(
        "cases",
        "closed_on",
        "status_and_days",
        "status is open, but closed_on is filled",
        _all(_is("status", "open"), _there("closed_on")),
    ),
    Clash(
        "cases",
        "terminated_on",
        "status_and_days",
        "status is terminated, but terminated_on is empty",
        _all(_is("status", "terminated"), _absent("terminated_on")),
    ),
    Clash(
        "cases",
        "decision",
        "status_and_decision",
        "status is refused, but decision is granted",
        _all(_is("status", "refused"), _is("decision", "granted")),
    ),
    Clash(
        "cases",
        "loss_recovered_cny",
        "money_order",
        "loss_recovered_cny is more than loss_claimed_cny",
        _more("loss_recovered_cny", "loss_claimed_cny"),
    ),
    Clash(
        "callbacks",
        "answer_class",
        "answer_without_call",
        "reached is false, but the answer says how satisfied the recipient was",
        _all(_is("reached", False), _satisfaction),
    ),
    *(
        Clash(
            "awareness_survey",
            name,
            "knows_but_not_heard",
            f"heard_of is false, but {name} is true",
            _all(_is("heard_of", False), _is(name, True)),
        )
        for name in ("knows_free", "knows_who", "knows_where")
    ),
)


def days(table: pa.Table, name: str) -> np.ndarray:
    """A day column as whole days since 1970, NO_DAY where empty."""
    return np.asarray(pc.fill_null(table[name].cast(pa.int32()), NO_DAY))


def out_of_order(table: pa.Table, order: Order) -> np.ndarray:
    """Rows in which both days are there and the later one lies before the earlier one."""
    earlier, later = days(table, order.earlier), days(table, order.later)
    found = (later < earlier) & (later != NO_DAY)
    if order.unless:
        found &= ~np.asarray(pc.fill_null(table[order.unless], False))
    return np.flatnonzero(found)


def clashing(table: pa.Table, clash: Clash) -> np.ndarray:
    """Rows in which the cells do not agree."""
    return np.flatnonzero(np.asarray(pc.fill_null(clash.holds(table), False)))
