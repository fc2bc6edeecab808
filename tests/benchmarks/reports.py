"""Five reports in two languages: this software in one call, and a loop over stock commands."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from legalaid_eval.params import ReportParams
from tests.benchmarks.clock import Spent, run

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("zh", "en")
GOAL = 0.5
PACKAGES = ("papermill", "nbconvert", "ipykernel", "pandas", "matplotlib")


@dataclass(frozen=True, slots=True)
class Measured:
    """One side-by-side run: ours before and after the loop, ours one report at a time, and the loop."""

    ours: tuple[Spent, Spent]
    alone: Spent
    stages: Mapping[str, float]
    execution: Spent
    exports: Spent
    reports: int

    @property
    def stock(self) -> Spent:
        return self.execution + self.exports

    @property
    def ratio(self) -> float:
        """Wall time of ours, mean of before and after, as a share of the loop's."""
        return sum(spent.wall for spent in self.ours) / 2 / self.stock.wall

    @property
    def reached(self) -> bool:
        return self.ratio <= GOAL


def environment(scratch: Path) -> dict[str, str]:
    """Both sides run compiled code, as an installation does, even where this process must not write any."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(scratch / "compiled"), "LEGALAID_EVAL_WORK": str(scratch / "work")}


def ours(files: Sequence[Path], out: Path, env: Mapping[str, str]) -> Spent:
    """The report command as a user gives it."""
    command = [sys.executable, "-m", "legalaid_eval.cli", "report", *files, "--out", out, "--quiet"]
    return run(command, cwd=ROOT, env=env)[0]


def staged(files: Sequence[Path], out: Path, env: Mapping[str, str]) -> tuple[Spent, dict[str, float]]:
    """The same, one report at a time, with the seconds of its stages."""
    spent, said = run([sys.executable, "-m", "tests.benchmarks.staged", *files, "--out", out], cwd=ROOT, env=env)
    return spent, json.loads(said.splitlines()[-1])


def stock(files: Sequence[Path], out: Path, env: Mapping[str, str]) -> tuple[Spent, Spent]:
    """Per report and chapter: papermill once with an ordinary kernel, then an export for each language."""
    env = dict(env) | {"LEGALAID_EVAL_COLD_KERNEL": "1"}
    out.mkdir()
    execution = exports = Spent()
    for file in files:
        for chapter in ReportParams.read(file).chapters:
            done = out / f"{file.stem}-{chapter}.ipynb"
            source = ROOT / "notebooks" / f"{chapter}.ipynb"
            papermill = [sys.executable, "-m", "papermill", source, done, "-f", file, "-k", "legalaid-eval"]
            execution += run([*papermill, "--no-progress-bar"], cwd=ROOT, env=env)[0]
            for language in LANGUAGES:
                convert = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", done]
                exports += run([*convert, "--output", f"{done.stem}.{language}.html"], cwd=ROOT, env=env)[0]
    return execution, exports


def compare(scratch: Path) -> Measured:
    """Warm up, then measure everything in one run, ours before and after the loop."""
    files = sorted((ROOT / "params").glob("*.yaml"))
    env = environment(scratch)
    ours(files[:1], scratch / "warm-up", env)
    stock(files[:1], scratch / "warm-up-stock", env)
    first = ours(files, scratch / "first", env)
    execution, exports = stock(files, scratch / "stock", env)
    second = ours(files, scratch / "second", env)
    alone, stages = staged(files, scratch / "alone", env)
    return Measured((first, second), alone, stages, execution, exports, len(files))


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %"


def section(measured: Measured) -> str:
    """The part of docs/benchmarks.md."""
    stock, alone, stages = measured.stock, measured.alone, measured.stages
    rest = alone.wall - stages["execution"] - stages["pages"]
    processor = sum(spent.processor for spent in measured.ours) / 2
    before, after = (percent(spent.wall, stock.wall) for spent in measured.ours)
    lines = (
        ("stock loop", "100 %", "100 %"),
        ("`legalaid-eval report`", percent(measured.ratio, 1), percent(processor, stock.processor)),
        ("the same with `--workers 1`", percent(alone.wall, stock.wall), percent(alone.processor, stock.processor)),
    )
    breakdown = (
        ("execution", measured.execution.wall, stages["execution"]),
        ("pages", measured.exports.wall, stages["pages"]),
        ("rest: start, reading, tables, checksums", 0.0, rest),
    )
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    parts = "\n".join(f"| {n} | {percent(s, stock.wall)} | {percent(o, stock.wall)} |" for n, s, o in breakdown)
    return f"""\
## {measured.reports} reports in two languages

The stock loop runs, for every report and chapter, `papermill` once with an ordinary kernel and `jupyter nbconvert`
once per language. `legalaid-eval report` builds the same reports in one call: each chapter once in a warm kernel, both
pages from one execution, and also `results.csv`, `results.xlsx` and the manifest, which the loop does not make.
It was run before and after the loop ({before} and {after}); the table has the mean. Goal: at most {percent(GOAL, 1)}.

| | time | processor time |
|---|--:|--:|
{table}

Where the time goes, one report after the other on both sides, as a share of the loop's whole time:

| | stock loop | `legalaid-eval report --workers 1` |
|---|--:|--:|
{parts}
"""
