"""The commands: exit codes, help, and what each says; building reports has tests of its own."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from legalaid_eval import __version__, cli, project

COMMANDS = ("report", "verify", "refresh", "new", "doctor", "version")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch):
    """Call a command in this process; gives its exit code."""

    def call(*arguments: object) -> int:
        monkeypatch.setattr(sys, "argv", ["legalaid-eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code

    return call


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A small report folder with its manifest."""
    folder = tmp_path / "anywhere-2023"
    (folder / "notebooks").mkdir(parents=True)
    files = {"report.zh.html": b"<p>1</p>", "results.csv": b"a,b\n", "notebooks/summary.ipynb": b"{}"}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    said = {"outputs": {name: sha256(content).hexdigest() for name, content in files.items()}}
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    return folder


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=False)


def test_importing_the_commands_loads_nothing_heavy() -> None:
    heavy = ("pandas", "numpy", "scipy", "matplotlib", "papermill", "IPython", "pydantic", "jinja2")
    ended = python(f"import sys, legalaid_eval.cli; print([name for name in {heavy!r} if name in sys.modules])")
    assert ended.stdout.strip() == "[]", ended.stderr


def test_help_lists_the_commands(run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    said = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in said] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command, "--help") == 0
    assert f"Usage: legalaid-eval {command}" in capsys.readouterr().out


def test_version(run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("version") == 0
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.parametrize("arguments", [("reprot",), ("report",), ("report", "x.yaml", "--workers", "0"), ("verify",)])
def test_wrong_use_is_exit_2(arguments: tuple[str, ...], run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_verify_finds_nothing_to_say_about_a_finished_report(
    finished: Path, run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", finished) == 0
    assert "as its manifest says" in capsys.readouterr().out


def test_verify_tells_changed_missing_and_unexpected_files(
    finished: Path, run, capsys: pytest.CaptureFixture[str]
) -> None:
    (finished / "results.csv").write_bytes(b"a,c\n")
    (finished / "notebooks" / "summary.ipynb").unlink()
    (finished / "notes.txt").write_bytes(b"")
    assert run("verify", finished) == 5
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "missing: notebooks/summary.ipynb",
        "unexpected: notes.txt",
        "changed: results.csv",
    ]
    assert "3 files differ" in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"{}", b'{"outputs": 3}', b'{"outputs": ["a"]}', b"\xff"])
def test_verify_without_a_readable_manifest_is_wrong_use(
    content: bytes | None, finished: Path, run, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = finished / "manifest.json"
    manifest.unlink() if content is None else manifest.write_bytes(content)
    assert run("verify", finished) == 2
    assert "no readable manifest.json" in capsys.readouterr().err


def test_verify_of_no_folder_is_wrong_use(tmp_path: Path, run) -> None:
    assert run("verify", tmp_path / "none") == 2


def test_new_lays_out_a_project(tmp_path: Path, run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("new", tmp_path / "mine") == 0
    assert project.is_project(tmp_path / "mine")
    assert "README.md" in capsys.readouterr().out


def test_new_refuses_a_folder_that_holds_something(tmp_path: Path, run, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    assert run("new", tmp_path) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_doctor_looks_at_every_part(run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("doctor") == 0
    said = capsys.readouterr().out
    for part in ("Python", "packages", "Chinese fonts", "kernel", "project", "kernel start", "environment", "browser"):
        assert f"  {part}: " in said
    for line, following in zip(said.splitlines(), [*said.splitlines()[1:], ""], strict=True):
        assert not line.startswith("MEND") or following.startswith("      "), said


def test_doctor_says_what_is_missing_with_exit_2(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(project.ROOT_VARIABLE, str(tmp_path))
    assert run("doctor") == 2
    said = capsys.readouterr()
    assert "MEND  project" in said.out and "legalaid-eval new" in said.out
    assert "Traceback" not in said.err


def test_parameter_files_of_two_projects_are_not_mixed(
    tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(project.ROOT_VARIABLE, raising=False)
    files = [project.copy_project(tmp_path / name) / "params/luqiao-2017.yaml" for name in ("one", "two")]
    assert run("report", *files) == 2
    assert "belong to 2 projects" in capsys.readouterr().err
