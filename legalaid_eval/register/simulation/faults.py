"""Faults that a register has, listed as an import lists them: impossible days are emptied, doubtful ones kept."""

from collections.abc import Iterator

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import Chunk, faulty_acceptance, faulty_archive
from legalaid_eval.register.validation import EMPTIED, KEPT
from legalaid_eval.register.writer import Issue

FILE = "simulated"
FAR_YEAR = 2032


def issues(chunk: Chunk, rows_before: int, as_of: int) -> Iterator[Issue]:
    """The issues of a chunk; rows are counted from 2, as in a file with a head."""
    run, day = chunk.run, chunk.draws.day
    late = faulty_archive(chunk.draws) & (run.archived != months.NA) & (run.archived <= as_of)
    early = faulty_acceptance(chunk.draws) & ~chunk.came.notified & (run.accepted <= as_of)
    for row in np.flatnonzero(late | early):
        number = rows_before + int(row) + 2
        if late[row]:
            wrong, closed = _day(run.ended[row] - 3), _day(run.ended[row])
            text = f"found {wrong}, before closed_on {closed}"
            yield Issue(FILE, "", number, "archived_on", "stage_order", "doubt", text, KEPT)
        elif number % 2:
            text = f"found {FAR_YEAR}{_day(run.accepted[row])[4:]}; expected a day not after the data end"
            yield Issue(FILE, "", number, "accepted_on", "impossible_day", "error", text, EMPTIED)
        else:
            text = f"found {_day(day[row] - 7)}, before applied_on {_day(day[row])}"
            yield Issue(FILE, "", number, "accepted_on", "before_application", "error", text, EMPTIED)


def _day(number: int) -> str:
    return str(np.datetime64(int(number), "D"))
