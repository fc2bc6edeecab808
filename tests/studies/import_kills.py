"""An import killed at a random moment: the store is the old one or the new one."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from legalaid_eval.register.checking import check_store
from legalaid_eval.register.importing import import_files
from legalaid_eval.register.store import open_store
from tests.register_files import callback_lines, case_lines, write_csv
from tests.studies.base import Row, Study

COUNTIES = {"a": 3000, "b": 2000}
LONGEST_WAIT = 0.6
READY = "ready"


def prepare(folder: Path) -> Path:
    """Two files that replace one another, and a store with a further table that neither brings."""
    for county, count in COUNTIES.items():
        lines = case_lines(count, county=county)
        lines[5]["case_type"] = f"no type {county}"
        write_csv(folder / f"{county}.csv", lines)
    write_csv(folder / "calls.csv", callback_lines(case_lines(100)))
    import_files([folder / "a.csv", folder / "calls.csv"], folder / "store")
    return folder / "store"


def import_for_ever(folder: Path) -> None:
    """The process that is killed."""
    print(READY, flush=True)
    while True:
        for county in ("b", "a"):
            import_files([folder / f"{county}.csv"], folder / "store", chunk_rows=500)


def kill_after(folder: Path, seconds: float) -> None:
    """Start importing in a process of its own, and kill it when it has imported for so long."""
    code = f"from tests.studies.import_kills import *; import_for_ever(Path({str(folder)!r}))"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout.readline().strip() == READY
        time.sleep(seconds)
        process.kill()


def is_one_of_the_two(store: Path) -> bool:
    """Whether all of the store is of one import: rows, description, sums, issues, and the table it kept."""
    with open_store(store) as opened:
        cases = opened.table("cases")
        counted = cases.group_by("county").agg(n=cases.count()).to_pyarrow().to_pylist()
        problems = opened.issues["problem"].tolist()
        calls = opened.table("callbacks").count().to_pyarrow().as_py()
        if len(counted) != 1 or check_store(opened).damaged or calls != 50 or len(problems) != 1:
            return False
        county, count = counted[0]["county"], counted[0]["n"]
        described = opened.meta.rows("cases")
        return count == described == COUNTIES[county] and f"'no type {county}'" in problems[0]


def rows(seed: int) -> Iterator[Row]:
    seconds = float(np.random.default_rng(seed).uniform(0, LONGEST_WAIT))
    with tempfile.TemporaryDirectory() as folder:
        store = prepare(Path(folder))
        kill_after(Path(folder), seconds)
        whole = is_one_of_the_two(store)
        import_files([Path(folder, "b.csv")], store)  # what the killed one left does not hinder the next
        beside = [path.name for path in Path(folder).iterdir() if "store" in path.name and path != store]
        yield seed, f"{seconds:.4f}", int(whole), int(is_one_of_the_two(store) and not beside)


def report(stored: Sequence[dict[str, str]]) -> str:
    whole, next_one = (sum(int(row[name]) for row in stored) for name in ("whole", "next_import"))
    return f"""\
## Killed imports

Imports that replace a table of a store, again and again, were killed (signal 9) {len(stored)} times, each time at
another random moment in the first {LONGEST_WAIT} seconds of importing. Afterwards the store was wholly the old one or
wholly the new one {whole} times: rows, description, checksums, list of issues and the table that was kept. The next
import worked and left nothing behind {next_one} times.
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    return [f"a killed import left a broken store: {r}" for r in stored if (r["whole"], r["next_import"]) != ("1", "1")]


STUDY = Study(
    "import_kills",
    ("seed", "seconds", "whole", "next_import"),
    tuple(range(1, 51)),
    rows,
    report,
    broken,
)
