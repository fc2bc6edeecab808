"""Finding the project, its work folder, and laying out a new one."""

from pathlib import Path

import pytest

from legalaid_eval import project
from legalaid_eval.errors import UsageError


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project with one file in each folder."""
    for name in ("notebooks/a.ipynb", "params/a.yaml", "data/published/figures.csv"):
        file = tmp_path / "small" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8")
    return tmp_path / "small"


def test_nearest_project_above_the_start_is_found(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert project.project_root(small / "notebooks") == small
    monkeypatch.chdir(small / "data" / "published")
    assert project.project_root() == small


def test_outside_any_project_the_bundled_one_is_used(tmp_path: Path) -> None:
    root = project.project_root(tmp_path)
    assert root == project.bundled_project()
    assert project.is_project(root)


def test_variable_wins_over_the_place(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_EVAL_ROOT", str(small))
    assert project.project_root(Path.cwd()) == small


def test_variable_that_names_no_project_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGALAID_EVAL_ROOT", str(tmp_path))
    with pytest.raises(UsageError, match=r"LEGALAID_EVAL_ROOT.*unset") as told:
        project.project_root()
    assert told.value.exit_code == 2


def test_relative_paths_are_meant_from_the_root(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small / "notebooks")
    assert project.resolve("params/a.yaml") == small / "params" / "a.yaml"
    assert project.resolve(str(small / "x.csv")) == small / "x.csv"


def test_work_folder_follows_variable_then_project(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(small / "notebooks")
    assert project.work_folder("a-2023") == small / "work" / "a-2023"
    monkeypatch.setenv("LEGALAID_EVAL_WORK", str(small / "elsewhere"))
    assert project.work_folder("a-2023") == small / "elsewhere" / "a-2023"
    assert not (small / "work").exists()


def test_work_folder_is_never_inside_the_installed_package(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = small.rename(tmp_path / "_project")
    (tmp_path / "user").mkdir()
    monkeypatch.chdir(tmp_path / "user")
    monkeypatch.setattr(project, "bundled_project", lambda: packaged)
    assert project.work_folder("a-2023") == tmp_path / "user" / "work" / "a-2023"


def test_new_project_holds_all_and_explains_itself(tmp_path: Path) -> None:
    target = project.copy_project(tmp_path / "deep" / "mine")
    assert {path.name for path in target.iterdir()} == {"notebooks", "params", "data", "README.md", ".gitignore"}
    assert project.project_root(target / "notebooks") == target
    readme = (target / "README.md").read_text(encoding="utf-8")
    assert "legalaid-eval report" in readme
    assert "生成中英文报告" in readme
    assert target.stat().st_mode & 0o777 == (tmp_path / "deep").stat().st_mode & 0o777
    assert [path.name for path in target.parent.iterdir()] == ["mine"]


def test_new_project_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert project.is_project(project.copy_project(tmp_path / "mine"))


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_new_project_never_touches_what_is_there(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    kept = target / "notes.txt" if kind == "folder" else target
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("kept", encoding="utf-8")
    with pytest.raises(UsageError, match="empty folder"):
        project.copy_project(target)
    assert kept.read_text(encoding="utf-8") == "kept"


def test_new_project_is_whole_or_not_there(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "bundled_project", lambda: small)
    (small / "data" / "published" / "figures.csv").unlink()
    (small / "data" / "published" / "figures.csv").symlink_to(small / "gone.csv")
    with pytest.raises(OSError, match="No such file"):
        project.copy_project(tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["small"]
