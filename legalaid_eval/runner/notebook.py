"""Executing one notebook with strict parameters, and putting it into a form that does not change by itself.

The only module that imports papermill.
"""

import difflib
import logging
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from legalaid_eval.errors import ChapterFailed, ParameterError

KERNEL = "legalaid-eval"
CELL_TIMEOUT = 900
"""Seconds a single cell may take before its chapter counts as failed."""

MACHINE_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w. -]+)+[/\\]([\w.-]+)")
KEPT_METADATA = ("kernelspec", "language_info")


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter as a notebook's parameters cell declares it."""

    name: str
    type: str
    default: str
    help: str


def declared_parameters(path: Path) -> dict[str, Declared]:
    """The parameters a notebook declares, by name."""
    import papermill

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = papermill.inspect_notebook(str(path))
    return {
        name: Declared(name, entry["inferred_type_name"], entry["default"], entry["help"].strip())
        for name, entry in found.items()
    }


def execute(path: Path, output: Path, parameters: Mapping[str, object]) -> NotebookNode:
    """Execute the notebook with papermill and return it normalised; it is also written to `output`.

    Raises ParameterError for a parameter the notebook does not declare (papermill only warns) and
    ChapterFailed, with the error's own words, for a cell that fails or a kernel that dies.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    _check_known(path, parameters)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    output.parent.mkdir(parents=True, exist_ok=True)
    try:
        node = papermill.execute_notebook(
            str(path),
            str(output),
            parameters=dict(parameters),
            kernel_name=KERNEL,
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=CELL_TIMEOUT,
            shutdown_kernel="immediate",  # its rows are written; a polite end interrupts it first and may say so
        )
    except papermill.exceptions.PapermillExecutionError as error:
        raise ChapterFailed(_told(error.ename, error.evalue)) from None
    except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
        raise ChapterFailed(f"{type(error).__name__}: {str(error).splitlines()[0]}") from None
    node = normalised(node)
    write(node, output)
    return node


def _check_known(path: Path, parameters: Mapping[str, object]) -> None:
    known = declared_parameters(path)
    for name in parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it declares {', '.join(known)}"
            raise ParameterError(f"the notebook declares no parameter '{name}'; {hint}", file=path)


def _told(name: str, text: str) -> str:
    """The library's own errors speak for themselves; others keep their type. No machine's path is told."""
    own = {"DataError", "ParameterError", "UsageError", "LegalAidEvalError"}
    first = MACHINE_PATH.sub(r"\1", text.splitlines()[0]) if text else name
    return first if name in own else f"{name}: {first}"


def normalised(node: NotebookNode) -> NotebookNode:
    """The notebook without times, random ids and machine names; the same run gives the same bytes."""
    node = nbformat.from_dict(node)
    injected = node.metadata.get("papermill", {}).get("parameters", {})
    node.metadata = nbformat.from_dict({key: node.metadata[key] for key in KEPT_METADATA if key in node.metadata})
    node.metadata["language_info"] = nbformat.from_dict({"name": "python"})
    if injected:
        node.metadata["papermill"] = nbformat.from_dict({"parameters": _plain(injected)})
    for position, cell in enumerate(node.cells):
        tags = cell.metadata.get("tags", [])
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell["id"] = f"injected-{position}"
    return node


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name: value if isinstance(value, int | float | str | list) else str(value) for name, value in values.items()
    }


def write(node: NotebookNode, path: Path) -> None:
    """Write with sorted keys and a final line end, so that equal notebooks are equal files."""
    path.write_text(nbformat.writes(node, version=4) + "\n", encoding="utf-8", newline="\n")
