"""Where an evaluation's notebooks, parameters and data are, and how a new one is laid out.

A project is a folder that holds `notebooks/`, `params/` and `data/published/`: a checkout of this software, or a
folder that `legalaid-eval new` laid out.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from legalaid_eval.errors import LegalAidEvalError, UsageError, shown_path

ROOT_VARIABLE = "LEGALAID_EVAL_ROOT"
WORK_VARIABLE = "LEGALAID_EVAL_WORK"
SAMPLE_RESULTS = "data/sample/results"
"""Rows of shipped examples, read where a report's own rows are absent."""
CONTENTS = ("notebooks", "params", "data")
MARKS = ("notebooks", "params", "data/published")
LEFT_BEHIND = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "*.pyc", ".DS_Store")

NEW_README = """\
# Legal-aid evaluation

`params/` says what is evaluated, `data/` holds the figures, `notebooks/` the chapters.

| to do | command |
|---|---|
| build a report in Chinese and English into `reports/` | `legalaid-eval report params/NAME.yaml --out reports` |
| read and change a chapter | `jupyter lab notebooks` |
| check a finished report against its manifest | `legalaid-eval verify reports/REPORT_ID` |
| find out what is missing on this computer | `legalaid-eval doctor` |

For a place of your own: add its figures to `data/published/figures.csv` and their source to
`data/published/sources.csv`, copy a file in `params/`, change the values in it, and build the report.
For a register of your own: `legalaid-eval import FILES... --to data/register`, and name that folder as `store` in the
parameters.

# 法律援助评估

`params/` 规定评估对象，`data/` 存放数据，`notebooks/` 为各章笔记本。

| 要做的事 | 命令 |
|---|---|
| 生成中英文报告，存入 `reports/` | `legalaid-eval report params/名称.yaml --out reports` |
| 查看或修改某一章 | `jupyter lab notebooks` |
| 按清单核对已生成的报告 | `legalaid-eval verify reports/报告编号` |
| 检查本机缺少什么 | `legalaid-eval doctor` |

评估其他地区：将数据填入 `data/published/figures.csv`，来源填入 `data/published/sources.csv`，
复制 `params/` 中的一个文件并修改参数，再生成报告。
评估自有登记册：运行 `legalaid-eval import 文件... --to data/register`，并在参数中将该文件夹填为 `store`。
"""
FALLBACK_NOTICE = (
    "No project folder here or above: the files that came with legalaid-eval are read. "
    f"To read your own, start in the folder that 'legalaid-eval new' made, or set {ROOT_VARIABLE} to it."
)
NEW_GITIGNORE = "reports/\nwork/\n.ipynb_checkpoints/\n"


def project_root(start: Path | None = None) -> Path:
    """The project that a command or notebook started in `start` (default: the working folder) belongs to.

    First the folder that the variable LEGALAID_EVAL_ROOT names (UsageError if it is no project), then the nearest
    project at or above `start`, then the project that came with this software.
    """
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return _named_root(Path(named))
    here = (start or Path.cwd()).resolve()
    return next((folder for folder in (here, *here.parents) if is_project(folder)), None) or bundled_project()


def is_fallback() -> bool:
    """Whether nothing names a project and none is near, so that the installed package's own files are read."""
    return not os.environ.get(ROOT_VARIABLE) and project_root().name == "_project"


def is_project(folder: Path) -> bool:
    return all((folder / mark).is_dir() for mark in MARKS)


def _named_root(folder: Path) -> Path:
    if not is_project(folder):
        raise UsageError(
            f"{ROOT_VARIABLE} names {shown_path(folder)}, which does not hold {', '.join(MARKS)}; "
            "name a folder made by 'legalaid-eval new', or unset the variable."
        )
    return folder.resolve()


def bundled_project() -> Path:
    """The project files inside the installed package, or else the checkout the package is run from."""
    package = Path(str(files("legalaid_eval")))
    for folder in (package / "_project", package.parent):
        if is_project(folder):
            return folder
    raise LegalAidEvalError(
        f"This installation carries no {', '.join(MARKS)}; reinstall legalaid-eval from its wheel or a full checkout."
    )


def resolve(path: str | Path) -> Path:
    """An absolute path as it is; a relative one is meant from the project's root."""
    return project_root() / path


def work_folder(report_id: str) -> Path:
    """Where the chapters of a report leave their rows for each other; it need not exist yet.

    `$LEGALAID_EVAL_WORK/<report_id>` if the variable is set, else `work/<report_id>` in the project, or in the
    working folder where the project is the one inside the installed package.
    """
    named = os.environ.get(WORK_VARIABLE)
    if named:
        return Path(named).resolve() / report_id
    root = project_root()
    installed = root.name == "_project" and root == bundled_project()
    return (Path.cwd() if installed else root) / "work" / report_id


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Chapters run meanwhile find each other's rows in `folder`, not in an earlier run's."""
    before = os.environ.get(WORK_VARIABLE)
    os.environ[WORK_VARIABLE] = str(folder.resolve())
    try:
        yield
    finally:
        if before is None:
            del os.environ[WORK_VARIABLE]
        else:
            os.environ[WORK_VARIABLE] = before


def copy_project(target: Path) -> Path:
    """Lay out notebooks, parameters and data for a user's own evaluation in `target`, whole or not at all.

    Returns the folder; UsageError if it exists and is not an empty folder.
    """
    target = target.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{shown_path(target)} exists and is not an empty folder; give the name of a new one.")
    source = bundled_project()
    with _built_beside(target) as draft:
        for folder in CONTENTS:
            shutil.copytree(source / folder, draft / folder, ignore=LEFT_BEHIND)
        (draft / "README.md").write_text(NEW_README, encoding="utf-8", newline="\n")
        (draft / ".gitignore").write_text(NEW_GITIGNORE, encoding="utf-8", newline="\n")
    return target


@contextmanager
def _built_beside(target: Path) -> Iterator[Path]:
    """A folder that takes the place of `target` when the block ends well, and vanishes when it does not."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as shelter:
        draft = Path(shelter, target.name)
        draft.mkdir()  # inside the shelter, which is private, so that the project gets ordinary access rights
        yield draft
        if target.exists():
            target.rmdir()
        draft.rename(target)
