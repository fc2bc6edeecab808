"""Cases that may come: every random number of a case, drawn before anything is decided about it.

Both potential outcomes of a reform are computed from the same draws, so their difference is the effect and nothing
else. A candidate becomes a case where its mark lies below the rate of its world (thinning): a world with a higher
rate has the cases of the lower one and some more.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.setting import CELLS, Setting, stream
from legalaid_eval.schemas.register_codes import MATTER

CASES = 10
UNIFORMS = (
    "exists day town notified channel channel_other exempt commit supplement supplied routine aid aid_done "
    "visits one_day one_day_same simple on_spot four_steps decision accept migrant platform veteran disabled elderly "
    "minor woman poor military green stage handler terminated terminated_at claimed graded called reached "
    "answer call_mode call_day blank_means blank_accepted blank_handler blank_town recipients reviewed "
    "reviewer reviewer_two order fault source panel form"
).split()
NORMALS = "review supplement assign close archive claim award recover grade score score_two".split()
_U, _Z = ({name: number for number, name in enumerate(names)} for names in (UNIFORMS, NORMALS))
MOST_RATE = {"labour_pay": 2.4, "work_injury": 2.4, "criminal": 1.9}
OTHER_RATE = 1.8
MOST = np.array([MOST_RATE.get(matter, OTHER_RATE) for matter in MATTER])
"""How far reforms together may raise the cases of a matter; candidates are drawn at this rate."""


@dataclass(frozen=True, eq=False, slots=True)
class Draws:
    """Candidates of some cells: `cell` is county * MONTHS + month; `u` and `z` hold a row per name."""

    cell: np.ndarray
    matter: np.ndarray
    day: np.ndarray
    uniform: np.ndarray
    normal: np.ndarray

    def __len__(self) -> int:
        return len(self.cell)

    def u(self, name: str) -> np.ndarray:
        return self.uniform[_U[name]]

    def z(self, name: str) -> np.ndarray:
        return self.normal[_Z[name]]

    def take(self, rows: np.ndarray) -> "Draws":
        """Some of the candidates, by their numbers; a run of them is not copied."""
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and (np.diff(rows) == 1).all():
            rows = slice(rows[0], rows[-1] + 1)
        return Draws(self.cell[rows], self.matter[rows], self.day[rows], self.uniform[:, rows], self.normal[:, rows])


def candidates(
    seed: int, base: Setting, scale: float, rate: np.ndarray, last_day: int, chunk_rows: int
) -> Iterator[Draws]:
    """The candidates that become cases at `rate` (by cell and matter, a share of MOST) up to `last_day`.

    They come county by county, month by month and day by day, in chunks of about `chunk_rows`. What is drawn
    does not depend on the size of the chunks: each cell, and each part of a large one, has its own stream.
    """
    waiting: list[Draws] = []
    for cell in range(CELLS):
        for part in _cell(seed, cell, base.cases[cell] * MOST * scale, rate[cell], last_day):
            waiting.append(part)
            if sum(map(len, waiting)) >= chunk_rows:
                yield joined(waiting)
                waiting = []
    if waiting:
        yield joined(waiting)


PART_ROWS = 100_000


def _cell(seed: int, cell: int, rates: np.ndarray, rate: np.ndarray, last_day: int) -> Iterator[Draws]:
    """One county and month, in parts that bound the memory; days rise from part to part."""
    parts = max(1, int(np.ceil(rates.sum() / PART_ROWS)))
    for part in range(parts):
        rng = stream(seed, CASES, *divmod(cell, months.MONTHS), part)
        matter = np.repeat(np.arange(len(MATTER), dtype=np.int8), rng.poisson(rates / parts))
        size = len(matter)
        uniform = rng.random((len(UNIFORMS), size), dtype=np.float32)
        normal = rng.standard_normal((len(NORMALS), size))
        month = cell % months.MONTHS
        day = months.days_within(np.full(size, month), (part + uniform[_U["day"]].astype(float)) / parts)
        kept = np.flatnonzero((uniform[_U["exists"]] < rate[matter]) & (day <= last_day))
        drawn = Draws(np.full(size, cell, np.int32), matter, day, uniform, normal)
        yield drawn.take(kept[np.lexsort((uniform[_U["order"], kept], day[kept]))])


def joined(parts: list[Draws]) -> Draws:
    """Several draws as one."""
    if len(parts) == 1:
        return parts[0]
    columns = ([getattr(part, name) for part in parts] for name in ("cell", "matter", "day", "uniform", "normal"))
    return Draws(*(np.concatenate(column, axis=-1) for column in columns))
