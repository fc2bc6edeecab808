"""Broken parameter and data files: one message with file and line, exit code 2 or 3, nothing written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from legalaid_eval import cli, project, rules
from legalaid_eval.chapters.base import evidence_of
from legalaid_eval.errors import DataError
from legalaid_eval.evidence.figures import read_statements
from legalaid_eval.params import ReportParams
from legalaid_eval.reading import read_table
from legalaid_eval.schemas import SOURCES
from tests.broken_files import (
    FIGURE_CASES,
    FIGURES,
    PARAMETER_CASES,
    PARAMS,
    SOURCE_LIST,
    Case,
    added,
    row,
    swapped,
)


@pytest.fixture
def evaluation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of the user's own, as the working folder."""
    folder = project.copy_project(tmp_path / "evaluation")
    monkeypatch.chdir(folder)
    monkeypatch.setenv(project.ROOT_VARIABLE, str(folder))
    return folder


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["legalaid-eval", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def damage(folder: Path, case: Case) -> str | bytes:
    path = folder / case.file
    content = case.change(path.read_text(encoding="utf-8-sig"))
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return content


def check_told(said: str, case: Case, content: str | bytes) -> None:
    lines = said.splitlines()
    assert all(line.startswith("legalaid-eval: ") for line in lines), said
    told = [line for line in lines if line.startswith(f"legalaid-eval: {case.file}") and case.said[0] in line]
    assert len(told) == 1, said
    for part in case.said:
        assert part in told[0]
    line = content.count("\n") if case.line == "last" else case.line
    if line == "any":
        assert f"{case.file}, line " in told[0]
    elif line is not None:
        assert f"{case.file}, line {line}: " in told[0]


def test_the_row_the_cases_change_is_sound(evaluation: Path) -> None:
    damage(evaluation, Case("sound", FIGURES, row(), ()))
    assert evidence_of(ReportParams.read(PARAMS)).statements[-1].group == "somebody"


@pytest.mark.parametrize(
    "case", PARAMETER_CASES + FIGURE_CASES, ids=lambda case: f"{Path(case.file).stem}: {case.name}"
)
def test_broken_file_is_told_and_nothing_is_written(
    case: Case, evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = damage(evaluation, case)
    assert run(monkeypatch, "report", PARAMS, "--out", "reports", "--quiet") == (2 if case.file == PARAMS else 3)
    out, err = capsys.readouterr()
    assert out == ""
    check_told(err, case, content)
    assert not Path("reports").exists()


@pytest.mark.parametrize("file", [PARAMS, FIGURES, SOURCE_LIST])
def test_older_report_stays_byte_for_byte(
    file: str, evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    older = evaluation / "reports" / "luqiao-2017" / "report.zh.html"
    older.parent.mkdir(parents=True)
    older.write_bytes(b"finished last year")
    (evaluation / file).write_bytes(b"")
    assert run(monkeypatch, "report", PARAMS, "--out", "reports") in (2, 3)
    assert [path for path in (evaluation / "reports").rglob("*") if path.is_file()] == [older]
    assert older.read_bytes() == b"finished last year"


@pytest.mark.parametrize(("file", "code"), [(PARAMS, 2), (FIGURES, 3)])
def test_own_process_says_the_same_without_a_traceback(file: str, code: int, evaluation: Path) -> None:
    (evaluation / file).write_bytes(b"\xff\xfe\x00")
    environment = {name: value for name, value in os.environ.items() if name != project.ROOT_VARIABLE}
    command = [sys.executable, "-m", "legalaid_eval.cli", "report", PARAMS, "--out", "reports"]
    ended = subprocess.run(command, cwd=evaluation, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert (ended.returncode, ended.stdout) == (code, "")
    assert ended.stderr.startswith(f"legalaid-eval: {file}, line 1: not UTF-8 text")
    assert ended.stderr.count("\n") == 1
    assert not (evaluation / "reports").exists()


def test_a_place_may_make_no_claim_without_a_number(evaluation: Path) -> None:
    claims = evaluation / "data/published/claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert evidence_of(ReportParams.read(evaluation / PARAMS)).claims == ()


def test_missing_file_and_folder(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", "params/none.yaml", "params") == 2
    assert "params/none.yaml: cannot be read" in capsys.readouterr().err
    assert run(monkeypatch, "report", "params") == 2
    assert "params: cannot be read" in capsys.readouterr().err


def test_two_files_with_one_report_id(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("params/again.yaml").write_bytes(Path(PARAMS).read_bytes())
    assert run(monkeypatch, "report", PARAMS, "params/again.yaml") == 2
    said = capsys.readouterr().err
    assert "params/again.yaml: report_id 'luqiao-2017'" in said
    assert PARAMS in said


def test_folder_that_is_no_report_is_never_replaced(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(evaluation, Case("data as report", PARAMS, swapped(": luqiao-2017", ": data"), ()))
    before = sorted(path for path in evaluation.rglob("*"))
    assert run(monkeypatch, "report", PARAMS, "--out", ".") == 2
    assert "data: exists and is no report" in capsys.readouterr().err
    assert sorted(path for path in evaluation.rglob("*")) == before


def test_file_in_the_place_of_the_output_folder(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("reports").write_text("mine", encoding="utf-8")
    assert run(monkeypatch, "report", PARAMS, "--out", "reports") == 2
    assert "reports: cannot be made" in capsys.readouterr().err
    assert Path("reports").read_text(encoding="utf-8") == "mine"


def test_all_faults_of_a_figures_file_are_told_at_once(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = evaluation / FIGURES
    text = path.read_text(encoding="utf-8-sig")
    for change in (row(indicator="cases_dreamt"), row(value="many"), row(source_id="hearsay"), added("a,b\n")):
        text = str(change(text))
    path.write_text(text, encoding="utf-8")
    assert run(monkeypatch, "report", PARAMS) == 3
    told = capsys.readouterr().err.splitlines()
    last = text.count("\n")
    expected = zip(range(last - 3, last + 1), ("no definition", "'many'", "'hearsay'", "2 cells"), strict=True)
    assert len(told) == 4
    for said, (line, fault) in zip(told, expected, strict=True):
        assert f"{FIGURES}, line {line}: " in said and fault in said


def test_all_faults_of_a_parameter_file_are_told_at_once(
    evaluation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(evaluation, Case("three", PARAMS, added("sead: 1\nconf_level: high\nlanguages: [fr]\n"), ()))
    assert run(monkeypatch, "report", PARAMS) == 2
    told = capsys.readouterr().err.splitlines()
    assert [said.split(", line ")[1].split(":")[0] for said in told] == ["7", "8", "9"]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations") / "figures.csv"


@pytest.fixture(scope="module")
def real() -> bytes:
    """The head of the real file: long enough for every kind of row, short enough for many tries."""
    return b"".join(project.resolve(FIGURES).read_bytes().splitlines(keepends=True)[:30])


PIECES = st.sampled_from([b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"1e999", b"-", "，".encode(), b"", b"nan"])
EDITS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES | st.binary(max_size=6)), min_size=1, max_size=6)


@settings(max_examples=200)
@given(edits=EDITS)
@example(edits=[(0.0, 40, b"")])
def test_mutated_figures_are_read_or_refused(scratch: Path, real: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    data = bytearray(real)
    for place, length, piece in edits:
        start = int(place * len(data))
        data[start : start + length] = piece
    scratch.write_bytes(data)
    sources = frozenset(read_table(project.resolve(SOURCE_LIST), SOURCES)["source_id"])
    try:
        read_statements(scratch, rules.published_indicators(), sources)
    except DataError as error:
        assert all(fault.message and fault.file for fault in error.faults)
