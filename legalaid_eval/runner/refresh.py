"""Executing the committed notebooks again and saying what changed."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from legalaid_eval import project
from legalaid_eval.errors import UsageError
from legalaid_eval.params import CHAPTERS
from legalaid_eval.runner import notebook


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between a committed notebook and its new execution: the ids of its cells."""

    notebook: str
    cells: tuple[str, ...]


def refresh(chapters: Sequence[str] = (), *, write: bool = True) -> list[Changed]:
    """Execute committed notebooks with their own parameters, all of them if none is named; with `write`, store them and
    their example rows.

    The summary reads what the others have just computed, so that naming it names all. Raises UsageError for a chapter
    there is not.
    """
    unknown = [name for name in chapters if name not in CHAPTERS]
    if unknown:
        raise UsageError(f"found the chapter {', '.join(unknown)}; expected any of {', '.join(CHAPTERS)}")
    wanted = CHAPTERS if not chapters or CHAPTERS[-1] in chapters else [name for name in CHAPTERS if name in chapters]
    with tempfile.TemporaryDirectory() as scratch, project.working_in(Path(scratch)):
        return [_refreshed(name, Path(scratch), write) for name in wanted]


def _refreshed(name: str, scratch: Path, write: bool) -> Changed:
    path = project.resolve(f"notebooks/{name}.ipynb")
    before = nbformat.read(path, as_version=4)
    after = notebook.execute(path, scratch / f"{name}.ipynb", {})
    if write:
        notebook.write(after, path)
        _store_rows(name, scratch)
    return Changed(path.name, tuple(_differing(before, after)))


def _store_rows(name: str, scratch: Path) -> None:
    """Rows of a chapter that the summary reads become the shipped example."""
    for rows in sorted(scratch.glob(f"*/results/{name}.csv")):
        if name != "summary":
            target = project.resolve(project.SAMPLE_RESULTS) / rows.parents[1].name / rows.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(rows.read_bytes())


def _differing(before: NotebookNode, after: NotebookNode) -> Iterator[str]:
    old = {cell["id"]: cell for cell in before.cells}
    for cell in after.cells:
        if _compared(old.get(cell["id"])) != _compared(cell):
            yield cell["id"]


def _compared(cell: NotebookNode | None) -> str | None:
    if cell is None:
        return None
    return json.dumps([cell["source"], cell.get("outputs", [])], sort_keys=True)
