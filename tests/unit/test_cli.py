"""The commands: exit codes, help, and what each says; building reports has tests of its own."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from legalaid_eval import __version__, cli, project
from legalaid_eval.errors import DataError, Fault, UsageError
from legalaid_eval.runner.draft import building, put_in_place

COMMANDS = ("report", "import", "check", "verify", "refresh", "new", "doctor", "version")


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
    heavy = ("pandas", "numpy", "scipy", "matplotlib", "papermill", "IPython", "pydantic", "jinja2", "ibis", "pyarrow")
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


def test_what_is_wrong_with_many_lines_alike_is_said_once(
    run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = [Fault("no such source", "figures.csv", line) for line in range(2, 200)] + [
        Fault("other", "figures.csv", 9)
    ]

    def refuse(_: object) -> None:
        raise DataError.of(faults)

    monkeypatch.setenv(project.ROOT_VARIABLE, str(project.bundled_project()))  # or the command would set it for good
    monkeypatch.setenv("LEGALAID_EVAL_COLD_KERNEL", "1")
    monkeypatch.setattr(cli, "_jobs", refuse)
    assert run("report", project.bundled_project() / "params/luqiao-2017.yaml") == 3
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "legalaid-eval: figures.csv, line 2: no such source (and 197 more lines alike)",
        "legalaid-eval: figures.csv, line 9: other",
    ]


def test_a_full_disk_is_a_message_and_no_traceback(
    run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "results.csv")

    monkeypatch.setattr(project, "copy_project", full)
    assert run("new", "mine") == 1
    assert (
        capsys.readouterr().err == "legalaid-eval: results.csv: the system refused a file (No space left on device)\n"
    )


def test_out_that_cannot_be_written_to_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written to"), building(tmp_path / "gone"):
        pass


def report_in(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(content, encoding="utf-8")
    return folder


def test_next_run_clears_what_a_killed_run_left_and_spares_a_running_one(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    assert fcntl
    killed = tmp_path / ".building-killed"
    report_in(killed / "half", "half")
    report_in(killed / "moved.old", "older report, taken away but not yet replaced")
    report_in(killed / "swapped.old", "older report")
    report_in(tmp_path / "swapped", "newer report")
    (killed / ".lock").touch()
    with building(tmp_path) as running:
        assert not killed.exists()
        with building(tmp_path) as other:
            assert running.is_dir() and other.is_dir() and running != other
        assert running.is_dir() and not other.exists()
    kept = {path.name: (path / "manifest.json").read_text("utf-8")[:5] for path in tmp_path.iterdir()}
    assert kept == {"moved": "older", "swapped": "newer"}


def test_a_report_put_in_place_by_another_run_meanwhile_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, draft = report_in(tmp_path / "r", "older"), report_in(tmp_path / "scratch" / "r", "mine")
    rename, quicker = Path.rename, iter(["theirs"])

    def renamed(path: Path, to: Path) -> Path:
        if path == draft and (content := next(quicker, None)):
            report_in(target, content)
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", renamed)
    assert put_in_place(draft, target) == target
    assert (target / "manifest.json").read_text("utf-8") == "mine"
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_report_that_cannot_be_put_in_place_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, draft = report_in(tmp_path / "r", "older"), report_in(tmp_path / "scratch" / "r", "mine")
    rename = Path.rename

    def renamed(path: Path, to: Path) -> Path:
        if path == draft:
            raise PermissionError(13, "Permission denied", str(path))
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", renamed)
    with pytest.raises(PermissionError):
        put_in_place(draft, target)
    assert (target / "manifest.json").read_text("utf-8") == "older"


def built(tmp_path: Path, run, monkeypatch: pytest.MonkeyPatch, **changes: object) -> int:
    """Exit code of a report on the simulated register with changed parameters."""
    text = project.bundled_project().joinpath("params/demo-city-2025.yaml").read_text(encoding="utf-8")
    params = tmp_path / "demo-city-2025.yaml"
    params.write_text(yaml.safe_dump(yaml.safe_load(text) | changes), encoding="utf-8")
    monkeypatch.setenv(project.ROOT_VARIABLE, str(project.bundled_project()))
    monkeypatch.setenv("LEGALAID_EVAL_COLD_KERNEL", "1")
    return run("report", params, "--out", tmp_path / "out")


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"store": "data/none"}, 2, "no folder 'data/none'"),
        ({"store": "data/published"}, 3, "this is no store"),
        ({"place": "Demo Citty"}, 2, "did you mean 'Demo City'?"),
        ({"place": "Luqiao"}, 2, "'Luqiao' is no place of the register data/sample/store"),
        ({"place": "Yanpu-01"}, 2, "names no county of 'Yanpu-01' in its rows; it is about Demo City and its counties"),
        ({"parts": ["Yanpu", "Luzhou"]}, 2, "'Luzhou' is no place of the register"),
        ({"data_as_of": "2026-03-01"}, 2, "ends on 2025-12-31; name that day"),
        ({"chapters": ["published_claims", "data_quality"]}, 2, "simulated and published figures are real"),
        ({"chapters": ["data_quality"], "store": ""}, 2, "cannot be made without a register"),
    ],
)
def test_what_a_register_does_not_bear_out_is_told_before_anything_is_written(
    changes: dict[str, object],
    code: int,
    told: str,
    tmp_path: Path,
    run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert built(tmp_path, run, monkeypatch, **changes) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    assert not (tmp_path / "out").exists()


def test_reports_are_not_written_among_the_inputs(monkeypatch, capsys):
    from legalaid_eval import cli, project

    monkeypatch.setenv(project.ROOT_VARIABLE, str(project.project_root()))
    out = project.resolve("data/reports")
    monkeypatch.setattr(
        "sys.argv", ["legalaid-eval", "report", str(project.resolve("params/luqiao-2017.yaml")), "--out", str(out)]
    )
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "inside data/" in capsys.readouterr().err
    assert not out.exists()
