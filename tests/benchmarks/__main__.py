"""Measure, print and write docs/benchmarks.md; exit code 1 if the goal is missed."""

import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.reports import ROOT, Measured, measure

DOCUMENT = ROOT / "docs" / "benchmarks.md"
GOAL = 0.5
PACKAGES = ("legalaid-eval", "papermill", "nbconvert", "ipykernel", "pandas", "matplotlib")


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.0f} %"


def ratio(measured: Measured) -> float:
    """Wall time of ours, mean of before and after, as a share of the loop's."""
    return sum(spent.wall for spent in measured.ours) / 2 / measured.stock.wall


def document(measured: Measured) -> str:
    """The page: shares of the loop's time only, because seconds belong to one computer."""
    stock, alone, stages = measured.stock, measured.alone, measured.stages
    rest = alone.wall - stages["execution"] - stages["pages"]
    ours_processor = sum(spent.processor for spent in measured.ours) / 2
    before, after = (percent(spent.wall, stock.wall) for spent in measured.ours)
    lines = (
        ("stock loop", "100 %", "100 %"),
        ("`legalaid-eval report`", percent(ratio(measured), 1), percent(ours_processor, stock.processor)),
        ("the same with `--workers 1`", percent(alone.wall, stock.wall), percent(alone.processor, stock.processor)),
    )
    breakdown = (
        ("execution", measured.execution.wall, stages["execution"]),
        ("pages", measured.exports.wall, stages["pages"]),
        ("rest: start, reading, tables, checksums", 0.0, rest),
    )
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    parts = "\n".join(f"| {n} | {percent(s, stock.wall)} | {percent(o, stock.wall)} |" for n, s, o in breakdown)
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"""\
# Benchmarks

Written by `make bench`. Everything below was measured side by side in one run and is a share of the stock loop's time;
seconds would belong to one computer.

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

Python {platform.python_version()}, {versions}; {os.cpu_count()} cores.
"""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        measured = measure(Path(folder))
    text = document(measured)
    DOCUMENT.write_text(text, encoding="utf-8", newline="\n")
    print(text)
    return 0 if ratio(measured) <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
