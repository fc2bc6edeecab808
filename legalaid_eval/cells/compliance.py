"""Time limits as cells: which cases kept them, and how long the open ones have waited.

Which cells give which timeliness indicator of the catalogue:

    TM01  application to decision           stage_cells("applied_decided")
    TM02  review within the legal limit     compliance_cells("review")
    TM03  review within a pledge            compliance_cells(second_clock("PLEDGE-HLGE", valid_from=...)), or a Clock
    TM04  assignment within the limit       compliance_cells("assignment"); days: stage_cells("decided_assigned")
    TM05  notified defence within the limit compliance_cells("notified_assignment"); days: "notice_assigned"
    TM06  all steps on the same day         same_day_cells
    TM07  aid first and its papers          aid_first_cells; papers by day t: stage_cells("aid_first_papers")
    TM08  duration of a case                stage_cells("accepted_closed"), of notified cases "notice_closed"
    TM09  file handed in within the limit   compliance_cells("filing"); days: stage_cells("closed_archived")

The share kept is met / (met + missed): an open case past its last day is missed. `pending` is too early to say, and
the number of `missing` is to be shown beside the share.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.calendar import WorkCalendar
from legalaid_eval.cells.base import CASE_KEYS, MISSING, Sums, grouped, month_key, picked
from legalaid_eval.cells.clock_runs import with_outcome
from legalaid_eval.cells.stages import MONTHS_OF, last_day
from legalaid_eval.clocks import OUTCOMES, STEPS, Clock, step_clocks
from legalaid_eval.errors import UsageError
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir


def compliance_cells(
    store: Store,
    clock_or_step: Clock | str,
    *,
    by: Sequence[str] = ("case_type",),
    month: str | None = None,
    moved: bool = True,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """Partition cells `county, month, *by, rule_id, clock, outcome, n, n_provisional` of every case.

    `clock_or_step` is a step of the statutory clocks (review, assignment, notified_assignment, filing), or one clock
    to be shown beside them: `clocks.second_clock(...)` or a `clocks.Clock` of one's own. `outcome` is one of
    `clocks.OUTCOMES` as `clocks.step_outcomes` and `clocks.within_limit` find it on the rows, on the last day the
    data cover; `n_provisional` counts the cases of which it hangs on holidays not announced. `rule_id` is the rule
    that governs the case, and missing where none of the step does. `month` names the day whose month is used
    (default: the day that chooses the rule; came_on is the application, or else the notice).

    `moved` False: a limit in days that ends on a day off is not moved to the next working day. `supplement` False:
    supplement days count. UsageError for a step, key, month or column there is not.

        cells = compliance_cells(store, "review")
        judged = cells[cells["outcome"].isin(("met", "missed"))]
        kept = judged.loc[judged["outcome"] == "met", "n"].sum() / judged["n"].sum()
    """
    return _cells(store, clock_or_step, by, month, moved, supplement, calendar)


def compliance_group_cells(
    store: Store,
    clock_or_step: Clock | str,
    *,
    by: Sequence[str] = (),
    month: str | None = None,
    moved: bool = True,
    supplement: bool = True,
    calendar: WorkCalendar | None = None,
) -> pd.DataFrame:
    """Overlapping-group cells: `compliance_cells` with the key `recipient_group`; never to be added up."""
    return _cells(store, clock_or_step, by, month, moved, supplement, calendar, overlapping=True)


def _cells(
    store: Store,
    clock_or_step: Clock | str,
    by: Sequence[str],
    month: str | None,
    moved: bool,
    supplement: bool,
    calendar: WorkCalendar | None,
    *,
    overlapping: bool = False,
) -> pd.DataFrame:
    clocks = _clocks(clock_or_step)
    cases = store.table("cases")
    cases = with_outcome(cases, clocks, last_day(store), moved=moved, supplement=supplement, calendar=calendar)
    keys = {"county": cases.county, "month": month_key(_day(cases, clocks[0], month)), **picked(cases, by, CASE_KEYS)}
    # A clock by itself is named whether or not it governs; of those of a step only the one that does.
    keys |= {"rule": cases.rule if len(clocks) > 1 else cases.rule.fill_null(0), "outcome": cases.outcome}
    provisional = ibis.ifelse(cases.provisional, ibis.literal(1), ibis.null("int8"))
    cells = grouped(cases, keys, Sums(filled={"provisional": provisional}), overlapping=overlapping)
    return _named(cells, clocks)


def _clocks(clock_or_step: Clock | str) -> tuple[Clock, ...]:
    if isinstance(clock_or_step, Clock):
        return (clock_or_step,)
    if isinstance(clock_or_step, str):
        return step_clocks(clock_or_step)
    raise UsageError(f"found {clock_or_step!r}; expected a Clock or one of {', '.join(STEPS)}")


def _day(cases: "ir.Table", clock: Clock, month: str | None) -> "ir.DateValue":
    """The day whose month is a key."""
    if month is None:
        return ibis.coalesce(*(cases[name] for name in clock.chosen_by or (clock.starts,)))
    if month not in MONTHS_OF:
        raise UsageError(f"found month='{month}'; expected one of {', '.join(MONTHS_OF)}")
    return cases.applied_on.coalesce(cases.notice_on) if month == "came_on" else cases[month]


def _named(cells: pd.DataFrame, clocks: Sequence[Clock]) -> pd.DataFrame:
    """Rules and outcomes by name, in the order of precedence and of OUTCOMES; the clock beside its rule."""
    rules = {str(place): clock.rule_id for place, clock in enumerate(clocks)} | {MISSING: MISSING}
    outcomes = {str(place): name for place, name in enumerate(OUTCOMES)}
    cells = cells.rename(columns={"rule": "rule_id"})
    cells = cells.assign(
        rule_id=cells["rule_id"].map(rules).astype("str"), outcome=cells["outcome"].map(outcomes).astype("str")
    )
    cells.insert(cells.columns.get_loc("rule_id") + 1, "clock", pd.Series(clocks[0].name, cells.index, dtype="str"))
    return cells
