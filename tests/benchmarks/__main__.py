"""Measure, print and write docs/benchmarks.md: `python -m tests.benchmarks [SECTION...]`, all of them by default.

Exit code 1 if a goal is missed, 2 for a section there is not. Sections that are not measured keep what the page says.
"""

import os
import platform
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from tests.benchmarks import cells_20m, estimators, forecasts, import_csv, outreach, reports, working_days


class Section(Protocol):
    """A module that measures one thing: `reached` of what `compare` gives says whether its goal is."""

    PACKAGES: Sequence[str]

    def compare(self, scratch: Path) -> Any: ...

    def section(self, compared: Any) -> str: ...


SECTIONS: Mapping[str, Section] = {
    "reports": reports,
    "working_days": working_days,
    "import": import_csv,
    "cells": cells_20m,
    "estimators": estimators,
    "forecasts": forecasts,
    "outreach": outreach,
}
"""In the order of the page; a further one is a line here."""
DOCUMENT = reports.ROOT / "docs" / "benchmarks.md"
HEAD = """\
# Benchmarks

Written by `make bench`; `make bench ONLY=cells` measures one section anew. Each was measured side by side in one run
and is told as a ratio; seconds would belong to one computer. A busy computer disturbs the wall time, and the time of
the processor less.
"""
_PART = re.compile(r"^<!-- (\w+) -->\n(.*?)(?=^<!-- \w+ -->\n|\Z)", re.MULTILINE | re.DOTALL)


def measured(name: str) -> tuple[str, bool]:
    """A section's text, with what it was measured with, and whether its goal is reached."""
    module = SECTIONS[name]
    with tempfile.TemporaryDirectory() as folder:
        compared = module.compare(Path(folder))
    versions = ", ".join(f"{package} {version(package)}" for package in module.PACKAGES)
    setting = f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores."
    goal = "Goal reached." if compared.reached else "Goal missed."
    return f"{module.section(compared)}\n{goal} {setting}\n", compared.reached


def page(parts: Mapping[str, str]) -> str:
    """The whole document from the sections there are."""
    found = (f"<!-- {name} -->\n{parts[name].strip()}\n" for name in SECTIONS if name in parts)
    return "\n".join((HEAD, *found))


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        print(f"found the section {', '.join(unknown)}; expected any of {', '.join(SECTIONS)}", file=sys.stderr)
        return 2
    parts = dict(_PART.findall(DOCUMENT.read_text(encoding="utf-8"))) if DOCUMENT.exists() else {}
    reached = []
    for name in names or SECTIONS:
        parts[name], goal = measured(name)
        reached.append(goal)
        print(parts[name], flush=True)
        DOCUMENT.write_text(page(parts), encoding="utf-8", newline="\n")
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
