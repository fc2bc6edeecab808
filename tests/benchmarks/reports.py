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


def measure(scratch: Path) -> Measured:
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
