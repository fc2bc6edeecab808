"""Time limits of the review by recipient group: a declared table for each group, because groups overlap."""

from collections.abc import Callable

import pandas as pd

from legalaid_eval.cells.all_limits import limit_of
from legalaid_eval.cells.compliance import compliance_group_cells
from legalaid_eval.cells.count_tables import CountTable, Started, Window
from legalaid_eval.clocks import step_clocks
from legalaid_eval.schemas.register_codes import RECIPIENT_GROUP

STEP = "review"
"""The step that groups are told of: the others begin after the decision, or on a notice."""
JUDGED = ("met", "missed")
GROUPS = tuple(RECIPIENT_GROUP)


def table_of(group: str) -> str:
    """The name of a group's table."""
    return f"limit {STEP} of {group}"


def _cells(window: Window) -> pd.DataFrame:
    """Judged cases of the period by group and outcome, every case once in each of its groups."""
    seen = Started(window.store, step_clocks(STEP)[0].chosen_by, window.start, window.end)
    cells = compliance_group_cells(seen, STEP)
    cells = cells[cells["outcome"].isin(JUDGED)]
    return cells.groupby(["recipient_group", "outcome"], as_index=False)["n"].sum()


def _whole(window: Window) -> pd.Series:
    cells = limit_of(window, STEP)
    cells = cells[(cells["now"] == "true") & cells["outcome"].isin(JUDGED)]
    return cells.groupby("outcome")["n"].sum()


def _of_group(group: str) -> Callable[[Window], pd.DataFrame]:
    """The cases in the group and those outside it, who are told with all."""

    def make(window: Window) -> pd.DataFrame:
        cells = window.once("limit groups", lambda: _cells(window))
        whole = window.once("limit groups whole", lambda: _whole(window))
        inside = cells[cells["recipient_group"] == group].set_index("outcome")["n"].reindex(whole.index, fill_value=0)
        sides = {"yes": inside, "no": whole - inside}
        parts = [side.rename("n").reset_index().assign(**{group: told}) for told, side in sides.items()]
        return pd.concat(parts, ignore_index=True)

    return make


TABLES = tuple(CountTable(table_of(name), f"limit.{STEP}", (name, "outcome"), _of_group(name)) for name in GROUPS)
