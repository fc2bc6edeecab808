"""Cells under disclosure control: totals over every key, with those emptied that may not be shown."""

from collections.abc import Sequence

import pandas as pd

from legalaid_eval.register import privacy
from legalaid_eval.register.privacy import ALL


def controlled(cells: pd.DataFrame, columns: Sequence[str], count: str, min_cell: int) -> pd.DataFrame:
    """The cells with all their margins, hidden counts emptied."""
    if cells.empty:
        return pd.DataFrame(columns=[*columns, count, "status"])
    cube = privacy.margins(cells, columns=columns, count=count)
    return privacy.decide(cells, columns=columns, count=count, min_cell=min_cell).apply(cube, count)


def cell_of(cube: pd.DataFrame, count: str = "n", **keys: str) -> tuple[int | None, str]:
    """One count of a cube and its status; a combination that does not occur is a true zero."""
    found = cube
    for name in cube.columns.difference([count, "status", "first", "last"]):
        found = found[found[name] == keys.get(name, ALL)]
    if found.empty:
        return 0, "ok"
    hidden = found["status"].iloc[0] == "suppressed"
    return (None, "suppressed") if hidden else (int(found[count].iloc[0]), "ok")


def added(cells: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The cells with `n` added up over all but `keys`."""
    return cells.groupby(list(keys), as_index=False)["n"].sum()
