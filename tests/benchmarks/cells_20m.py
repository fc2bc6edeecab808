"""All cells of twenty million simulated cases against the same GROUP BYs written bare, and the memory both take.

The bare queries stand in `bare_cells`; their results are fetched as Arrow. The simulation and every way of making
cells run in a process of their own, so that a peak of memory is its own.
`python -m tests.benchmarks.cells_20m [STORE]` measures on a simulated store there is instead of a new one.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from legalaid_eval.cells import EVERY
from legalaid_eval.register.simulate import simulate
from legalaid_eval.register.store import open_store
from tests.benchmarks.bare_cells import bare_queries
from tests.benchmarks.reports import ROOT

SCALE, SEED = 660.0, 2025
"""Of the simulated city: twenty million cases."""
GOAL, GOAL_BYTES = 3.0, 4 * 2**30
STORE = "LEGALAID_EVAL_BENCH_STORE"
"""The variable that names a simulated store to measure on; otherwise one is made, which takes some ten minutes."""
PACKAGES = ("duckdb", "ibis-framework", "pyarrow", "pandas", "numpy")


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds of all cells and of the bare queries, by name.

    `processor` is the ratio of processor time of the two processes, `peak` the most memory the cells had, in bytes,
    `left_out` the kinds of cells that have no bare counterpart.
    """

    cases: int
    cells: dict[str, float]
    bare: dict[str, float]
    processor: float
    peak: int
    left_out: tuple[str, ...]

    @property
    def ratio(self) -> float:
        return sum(self.cells.values()) / sum(self.bare.values())

    @property
    def reached(self) -> bool:
        return self.ratio <= GOAL and self.peak < GOAL_BYTES


def run_cells(path: Path) -> dict[str, float]:
    """Seconds of every kind of cells that has a bare counterpart."""
    spent = {}
    with open_store(path) as store:
        wanted = {name for name, _ in bare_queries(str(store.meta.data_as_of))}
        for kind in EVERY:
            if kind.name in wanted:
                started = time.perf_counter()
                found = kind.make(store)
                spent[kind.name] = time.perf_counter() - started
                if kind.covers == "rows" and found["n"].sum() != store.meta.rows(kind.table):
                    raise RuntimeError(f"{kind.name}: the cells do not add up to the rows")
    return spent


def run_bare(path: Path) -> dict[str, float]:
    """Seconds of every bare query that has a kind of cells."""
    engine, spent, wanted = duckdb.connect(), {}, {kind.name for kind in EVERY}
    with open_store(path) as store:
        tables, as_of = store.tables, str(store.meta.data_as_of)
    for name in tables:
        engine.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path / name / '*.parquet'}')")
    for name, query in bare_queries(as_of):
        if name in wanted:
            started = time.perf_counter()
            engine.sql(query).to_arrow_table()
            spent[name] = time.perf_counter() - started
    return spent


def run_simulation(path: Path) -> dict[str, float]:
    """Make the register: Demo City, twenty million cases large."""
    simulate(path, seed=SEED, scale=SCALE)
    return {}


RUNS = {"simulation": run_simulation, "cells": run_cells, "bare": run_bare}


def compare(folder: Path) -> Compared:
    """Measure both, each in a process of its own, the bare queries before and after; UsageError for a lacking store."""
    given = os.environ.get(STORE)
    path = Path(given) if given else folder / "store"
    if not given:
        _in_a_process("simulation", path)
    with open_store(path) as store:
        cases = store.meta.rows("cases")
    before, ours, after = (_in_a_process(which, path) for which in ("bare", "cells", "bare"))
    bare = {name: (spent + after["seconds"][name]) / 2 for name, spent in before["seconds"].items()}
    processor = 2 * ours["processor"] / (before["processor"] + after["processor"])
    left_out = tuple(kind.name for kind in EVERY if kind.name not in bare)
    return Compared(cases, ours["seconds"], bare, processor, ours["peak"], left_out)


def _in_a_process(which: str, path: Path) -> dict:
    command = [sys.executable, "-m", "tests.benchmarks.cells_20m", which, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        raise RuntimeError(f"{which} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return json.loads(ended.stdout.splitlines()[-1])


def section(compared: Compared) -> str:
    """The part of docs/benchmarks.md."""
    ratios = {name: spent / compared.bare[name] for name, spent in compared.cells.items()}
    slowest = sorted(ratios, key=ratios.get, reverse=True)[:3]
    worst = "\n".join(f"| {name} | {ratios[name]:.1f} |" for name in slowest)
    left = f" Without a bare counterpart, and left out: {', '.join(compared.left_out)}." if compared.left_out else ""
    return f"""\
## Cells of {compared.cases:,} simulated cases

All {len(compared.cells)} kinds of cells over a register that `legalaid-eval simulate` made, as a multiple of the same
GROUP BYs written bare in DuckDB: without the calendar (theirs count calendar days only), without looking for
contradictions between days, unsorted, and with all the memory of the computer.{left} Goals: at most {GOAL:.0f} in all,
and a peak of memory below {GOAL_BYTES / 2**30:.0f} GB. Peak of the cells: {compared.peak / 2**30:.1f} GB.

| | time |
|---|--:|
| all bare GROUP BYs | 1.0 |
| all cells | {compared.ratio:.1f} |
| all cells, processor time | {compared.processor:.1f} |
| median of the kinds | {float(np.median(list(ratios.values()))):.1f} |
{worst}
"""


def main(arguments: list[str]) -> None:
    if len(arguments) == 2:
        seconds = RUNS[arguments[0]](Path(arguments[1]))
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = used.ru_utime + used.ru_stime
        print(json.dumps({"seconds": seconds, "processor": spent, "peak": used.ru_maxrss * 1024}))
        return
    if arguments:
        os.environ[STORE] = arguments[0]
    with tempfile.TemporaryDirectory() as folder:
        print(section(compare(Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
