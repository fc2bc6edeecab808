"""Importing a CSV file of a million cases, beside `pandas.read_csv` of the same file, which checks nothing."""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from legalaid_eval.schemas import REGISTER_TABLES, Field
from tests.benchmarks.clock import Spent, run
from tests.benchmarks.reports import ROOT, environment

ROWS = 1_000_000
GOAL = 8.0
PACKAGES = ("pandas", "pyarrow", "numpy")
STEPS = ("applied_on", "accepted_on", "decided_on", "assigned_on", "closed_on", "archived_on")
FEW = {"county": 12, "town": 150, "handler_id": 300, "exemption_rule": 3}
PANDAS = "import sys, pandas; assert len(pandas.read_csv(sys.argv[1])) == int(sys.argv[2])"
OURS = """
import json, resource, sys
from legalaid_eval.register.importing import import_files
found = import_files([sys.argv[1]], sys.argv[2])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"rows": sum(sheet.rows for sheet in found), "errors": found[0].errors, "peak": peak}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One side-by-side run: ours before and after pandas, the file's size and our peak memory in bytes."""

    ours: tuple[Spent, Spent]
    pandas: Spent
    size: int
    peak: int
    rows: int

    @property
    def ratio(self) -> float:
        """Wall time of ours, mean of before and after, over that of pandas; both include their start."""
        return sum(spent.wall for spent in self.ours) / 2 / self.pandas.wall

    @property
    def reached(self) -> bool:
        return self.ratio < GOAL


def cases(rows: int, seed: int = 1) -> pa.Table:
    """Sound cases with all columns of the dictionary filled that a register fills."""
    rng = np.random.default_rng(seed)
    filed = np.datetime64("2019-01-01") + np.sort(rng.integers(0, 2300, rows))
    columns = {field.name: _column(field, rng, filed) for field in REGISTER_TABLES["cases"].fields}
    return pa.table(columns)


def _column(field: Field, rng: np.random.Generator, filed: np.ndarray) -> pa.Array:
    rows = len(filed)
    if field.name == "case_no":
        return pa.array([f"(2023)测{1000 + n % 12}法援民字第{n + 1}号" for n in range(rows)])
    if field.name in STEPS:
        return pa.array(filed + 7 * STEPS.index(field.name))
    if field.kind == "day" or field.name == "case_no_original":
        return pa.nulls(rows, pa.string())
    if field.name == "status":
        return pa.repeat("closed", rows)
    if field.kind == "flag":
        return pa.array(rng.random(rows) < 0.3)
    if field.kind == "whole":
        return pa.array(rng.integers(0, 4, rows))
    if field.kind == "number":
        most = 1e3 if field.name == "loss_recovered_cny" else 1e5
        return pa.array(np.round(1e3 * (most > 1e3) + rng.uniform(0, most, rows), 2))
    texts = field.codes or tuple(f"{field.name}-{n}" for n in range(FEW[field.name]))
    return pa.array(texts).take(pa.array(rng.integers(0, len(texts), rows)))


def compare(scratch: Path, rows: int = ROWS) -> Measured:
    """Both sides, each in a process of its own."""
    file = scratch / "cases.csv"
    pacsv.write_csv(cases(rows), file)
    before, one = _ours(file, scratch / "before", rows)
    pandas, _ = run([sys.executable, "-c", PANDAS, file, str(rows)], cwd=ROOT, env=environment(scratch))
    after, other = _ours(file, scratch / "after", rows)
    return Measured((before, after), pandas, file.stat().st_size, max(one["peak"], other["peak"]), rows)


def _ours(file: Path, store: Path, rows: int) -> tuple[Spent, Mapping[str, int]]:
    spent, out = run([sys.executable, "-c", OURS, file, store], cwd=ROOT, env=environment(store.parent))
    said = json.loads(out.splitlines()[-1])
    assert (said["rows"], said["errors"]) == (rows, 0)
    return spent, said


def section(measured: Measured) -> str:
    """What the page of benchmarks says about it."""
    return f"""\
## Import of {measured.rows:,} cases

A CSV file of {measured.size / 1e6:,.0f} MB with all columns of `cases`: `legalaid-eval import` (types, codes, order of
days, repeated keys, Parquet) took {measured.ratio:.1f} times as long as `pandas.read_csv`, which checks nothing; goal:
below {GOAL:.0f}. Peak memory {measured.peak / 1e9:.2f} GB.
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        measured = compare(Path(folder))
    print(section(measured))
    return 0 if measured.reached else 1


if __name__ == "__main__":
    sys.exit(main())
