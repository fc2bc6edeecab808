"""manifest.json: what went into a report and what came out, with a checksum for every file."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from legalaid_eval import __version__, project
from legalaid_eval.errors import UsageError

NAME = "manifest.json"
PACKAGES = ("pandas", "numpy", "scipy", "statsmodels", "matplotlib", "papermill", "jinja2", "babel", "fonttools")
CODE = (".py", ".yaml", ".css", ".j2")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def file_sha256(path: Path) -> str:
    """Of a file that may be larger than memory."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def code_version() -> str:
    """Checksum of the package's own files, so that a change of code shows even within one version."""
    root = Path(str(files("legalaid_eval")))
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.suffix in CODE and "_project" not in p.parts):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def make(*, report_id: str, parameters: Mapping[str, object], inputs: Mapping[str, Path], folder: Path) -> bytes:
    """The manifest of a finished report folder, as JSON text; `inputs` are the files read, by the names to be told."""
    content = {
        "report_id": report_id,
        "legalaid_eval": __version__,
        "code_sha256": code_version(),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "packages": {name: version(name) for name in PACKAGES},
        "seed": parameters.get("seed"),
        "parameters": dict(parameters),
        "inputs": {name: file_sha256(path) for name, path in inputs.items()},
        "outputs": outputs(folder),
    }
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def shown(path: Path, *, folder: Path | None = None) -> str:
    """A path below the project's folder from there, another from `folder` or by its name alone.

    No machine's path is written.
    """
    root = project.project_root()
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name if folder is None else path.relative_to(folder.parent).as_posix()


def outputs(folder: Path) -> dict[str, str]:
    """Checksum of every file below the folder but the manifest itself."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != NAME)
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in found}


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as its manifest says: `kind` is changed, missing or unexpected."""

    file: str
    kind: str


def differences(folder: Path) -> tuple[Difference, ...]:
    """What has changed in a report folder since it was made. Raises UsageError if it holds no manifest."""
    path = folder / NAME
    try:
        said = dict(json.loads(path.read_text(encoding="utf-8"))["outputs"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"no readable {NAME}; expected a folder made by 'legalaid-eval report'", file=path) from None
    is_now = outputs(folder)
    kinds = {
        name: "missing" if name not in is_now else "unexpected" if name not in said else "changed"
        for name in sorted({*said, *is_now})
        if said.get(name) != is_now.get(name)
    }
    return tuple(Difference(name, kind) for name, kind in kinds.items())
