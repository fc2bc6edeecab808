"""Ways to build reports for a test: in the checkout or in a copy of the project that may be broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment without what points to another project."""
    names = ("LEGALAID_EVAL_ROOT", "LEGALAID_EVAL_WORK", "JUPYTER_PATH", "JUPYTER_PREFER_ENV_PATH")
    return {name: value for name, value in os.environ.items() if name not in names} | changes


def run(*arguments: object, cwd: Path = ROOT, **changes: str) -> subprocess.CompletedProcess:
    """A command of this Python, its output as text."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(**changes), capture_output=True, text=True, timeout=300)


def report(*arguments: object, cwd: Path = ROOT, **changes: str) -> subprocess.CompletedProcess:
    return run("-m", "legalaid_eval.cli", "report", "--quiet", *arguments, cwd=cwd, **changes)


def project_copy(target: Path) -> Path:
    """Notebooks, parameters and data in a folder of their own."""
    for folder in ("notebooks", "params", "data"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return target
