"""The rooms and the arrows between them (docs/architecture.md): a new arrow fails here and is then decided on."""

import ast
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "legalaid_eval"

# Modules everything may import: errors, the language-free content, where the project lies, numbers that rooms share.
LEAVES = {"errors", "content", "project", "conventions", "legalaid_eval"}
ARROWS = {
    "cli": {"runner", "params", "chapters", "evidence", "register"},
    "runner": {"report", "results", "params"},
    "report": {"results"},
    "chapters": {"evidence", "results", "rules", "cells", "indicators", "estimators", "checks"},
    "checks": {"estimators"},
    "indicators": {"cells"},
    "evidence": {"schemas", "reading", "rules", "estimators"},
    "register": {"schemas", "calendar", "rules", "clocks"},
    "cells": {"register", "schemas", "calendar", "clocks", "rules"},
    "calendar": {"reading", "schemas"},
    "clocks": {"calendar", "rules"},
    "estimators": set(),
    "results": set(),
    "rules": {"schemas", "reading"},
    "reading": {"schemas"},
    "schemas": set(),
    "params": set(),
    "content": set(),
    "errors": set(),
    "project": set(),
    "conventions": set(),
    "dictionary": {"schemas"},
}
NOTEBOOKS_MAY_IMPORT = {"params", "chapters", "report"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_rooms(tree: ast.AST) -> set[str]:
    names = (name.split(".") for name in imported(tree) if name.split(".")[0] == "legalaid_eval")
    return {parts[1] for parts in names if len(parts) > 1 and not parts[1].startswith("__")}


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_project" not in path.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_imports_follow_the_arrows(path):
    here = room(path)
    if here == "__init__":
        return
    allowed = ARROWS[here] | LEAVES | {here}
    assert own_rooms(ast.parse(path.read_text(encoding="utf-8"))) <= allowed


@pytest.mark.parametrize(
    ("package", "rooms"), [("matplotlib", {"report"}), ("papermill", {"runner/notebook.py"}), ("jinja2", {"report"})]
)
def test_only_one_room_knows_a_package(package, rooms):
    users = set()
    for path in MODULES:
        if any(name.split(".")[0] == package for name in imported(ast.parse(path.read_text(encoding="utf-8")))):
            users.add(path.relative_to(PACKAGE).as_posix())
    assert users
    assert all(any(user == r or user.startswith(r + "/") for r in rooms) for user in users)


def test_no_module_reads_the_clock_or_draws_unseeded_numbers():
    forbidden = ("date.today", "datetime.now", "time.time(", "utcnow", "random.random(", "np.random.rand")
    for path in MODULES:
        if path.parent.name == "runner":
            continue  # kernels wait for one another; no time of theirs reaches a report
        source = path.read_text(encoding="utf-8")
        assert not [word for word in forbidden if word in source], path


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_short_say_nothing_of_their_own_and_are_executed(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    for cell in code:
        tree = ast.parse("".join(cell["source"]))
        banned = (ast.FunctionDef, ast.For, ast.While, ast.ListComp, ast.ClassDef, ast.Lambda)
        assert not [node for node in ast.walk(tree) if isinstance(node, banned)]
        assert own_rooms(tree) <= NOTEBOOKS_MAY_IMPORT
        assert cell["execution_count"], "an unexecuted notebook passes nbval in silence"
    assert any(cell["outputs"] for cell in code)
    prose = [cell for cell in cells if cell["cell_type"] == "markdown"]
    tags = [cell["metadata"].get("tags", []) for cell in prose]
    assert tags.count(["zh"]) == tags.count(["en"]) >= 1
    numbers = [c for cell in prose for c in "".join(cell["source"]) if c.isdigit()]
    assert not numbers, "no number is typed in prose"
