"""The report command with a clock at its stages: `python -m tests.benchmarks.staged PARAMS... --out DIR`.

Prints, as the last line, JSON with the seconds spent in execution and in pages.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from legalaid_eval import cli
from legalaid_eval.runner import batch


def clocked(function: Callable[..., Any], spent: dict[str, float], stage: str) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.perf_counter() - started

    return call


def main() -> None:
    spent = {"execution": 0.0, "pages": 0.0}
    batch.notebook.execute = clocked(batch.notebook.execute, spent, "execution")
    batch.render_page = clocked(batch.render_page, spent, "pages")
    sys.argv = ["legalaid-eval", "report", *sys.argv[1:], "--workers", "1", "--quiet"]
    try:
        cli.main()
    finally:
        print(json.dumps(spent))


if __name__ == "__main__":
    main()
