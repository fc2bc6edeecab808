"""The wheel carries a whole project, and `legalaid-eval new` lays it out from there."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PROJECT = ("notebooks", "params", "data")
SHARED = ".data/data/share/jupyter/kernels/legalaid-eval/kernel.json"


@pytest.fixture(scope="session")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(checkout)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def files_below(folder: Path) -> set[str]:
    hidden = {".ipynb_checkpoints", "__pycache__", ".gitkeep"}
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not hidden & set(path.parts)}


def test_wheel_carries_the_project_the_kernel_and_no_tests(wheel: Path, checkout: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in PROJECT:
        wanted = {f"legalaid_eval/_project/{folder}/{name}" for name in files_below(checkout / folder)}
        assert wanted, f"{folder} is empty"
        assert wanted <= names
    assert {f"legalaid_eval/{name}" for name in files_below(checkout / "legalaid_eval")} <= names
    assert any(name.endswith(SHARED) for name in names)
    tops = {name.split("/")[0].partition("-")[0] for name in names}
    assert tops == {"legalaid_eval"}


def test_wheel_declares_command_and_provisioner(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    declared = next(name for name in archive.namelist() if name.endswith("entry_points.txt"))
    text = archive.read(declared).decode()
    assert "legalaid-eval = legalaid_eval.cli:main" in text
    assert "legalaid-eval-warm = legalaid_eval.runner.kernel:WarmProvisioner" in text


def test_installed_wheel_lays_out_a_new_project(wheel: Path, checkout: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(site)]
    subprocess.run([*pip, str(wheel)], check=True)
    command = [sys.executable, "-m", "legalaid_eval.cli", "new", "mine"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    for folder in PROJECT:
        assert files_below(tmp_path / "mine" / folder) == files_below(checkout / folder)
    assert not (checkout / "legalaid_eval" / "_project").exists()
