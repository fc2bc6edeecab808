"""ReportParams and the notebooks' parameters cells: one definition, whichever way the values come."""

import ast
import re
from datetime import date
from pathlib import Path

import nbformat
import pytest
import yaml

from legalaid_eval import project
from legalaid_eval.errors import ParameterError
from legalaid_eval.params import CHAPTERS, REGISTER_CHAPTERS, ReportParams
from legalaid_eval.runner.notebook import Declared, declared_parameters

LINE = re.compile(r"(?P<name>\w+): (?P<type>str|int|float|list|bool) = (?P<default>.+)  # (?P<help>\S.*)")
NOTEBOOKS = sorted(project.resolve("notebooks").glob("*.ipynb"))
PARAMETER_FILES = sorted(project.resolve("params").glob("*.yaml"))
FIELDS = ReportParams.model_fields
BASE = {
    "report_id": "luqiao-2017",
    "place": "Luqiao",
    "period_start": "2017-01-01",
    "period_end": "2017-12-31",
    "data_as_of": "2018-01-09",
}

every_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
every_file = pytest.mark.parametrize("file", PARAMETER_FILES, ids=lambda path: path.stem)


def cell_lines(notebook: Path) -> list[re.Match[str]]:
    """The lines of the parameters cell, in its order; a line of another form fails here."""
    cells = nbformat.read(notebook, as_version=4).cells
    (cell,) = (cell for cell in cells if "parameters" in cell.metadata.get("tags", []))
    found = [LINE.fullmatch(line) for line in cell.source.splitlines()]
    assert all(found), cell.source
    return found


def cell_values(notebook: Path) -> dict[str, object]:
    return {line["name"]: ast.literal_eval(line["default"]) for line in cell_lines(notebook)}


def read_text(tmp_path: Path, text: str) -> ReportParams:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return ReportParams.read(path)


def as_yaml(**changes: object) -> str:
    return yaml.safe_dump(BASE | changes)


def test_there_is_a_notebook_for_every_chapter_and_five_parameter_files() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(CHAPTERS)
    assert len(PARAMETER_FILES) >= 5


@every_notebook
def test_cell_declares_the_fields_in_their_order_with_their_description(notebook: Path) -> None:
    declared = [(line["name"], line["help"]) for line in cell_lines(notebook)]
    assert declared == [(name, field.description) for name, field in FIELDS.items()]


@every_notebook
def test_cell_has_the_defaults_of_optional_fields(notebook: Path) -> None:
    values = cell_values(notebook)
    own = {"parts", "store", "pledge_rule", "wording_bridge"}  # of the place the notebook shows, like the required ones
    optional = {name: field.default for name, field in FIELDS.items() if not field.is_required() and name not in own}
    assert {name: values[name] for name in optional} == optional


@every_notebook
def test_declared_type_is_that_of_the_literal(notebook: Path) -> None:
    for line in cell_lines(notebook):
        assert type(ast.literal_eval(line["default"])).__name__ == line["type"], line["name"]


@every_notebook
def test_papermill_sees_the_same_declarations(notebook: Path) -> None:
    expected = {line["name"]: Declared(**line.groupdict()) for line in cell_lines(notebook)}
    assert declared_parameters(notebook) == expected


@every_notebook
def test_cell_is_valid_and_equals_the_parameter_file_it_shows(notebook: Path) -> None:
    values = cell_values(notebook)
    assert ReportParams.from_notebook(values) == ReportParams.read(
        project.resolve(f"params/{values['report_id']}.yaml")
    )


@every_file
def test_parameter_file_reads_and_is_named_after_its_report(file: Path) -> None:
    assert ReportParams.read(file).report_id == file.stem


@every_file
def test_papermill_reads_the_same_file_to_the_same_parameters(file: Path) -> None:
    papermill_reads = yaml.safe_load(file.read_text(encoding="utf-8"))  # what its option -f does
    assert ReportParams.from_notebook(papermill_reads) == ReportParams.read(file)


@every_file
@every_notebook
def test_every_parameter_of_a_file_is_declared_by_every_notebook(file: Path, notebook: Path) -> None:
    assert set(yaml.safe_load(file.read_text(encoding="utf-8"))) <= set(cell_values(notebook))


@every_file
def test_parameters_survive_their_way_into_a_notebook(file: Path) -> None:
    params = ReportParams.read(file)
    assert ReportParams.from_notebook(params.model_dump(mode="json")) == params


def test_days_as_text_and_as_days_are_equal(tmp_path: Path) -> None:
    days = {name: date.fromisoformat(BASE[name]) for name in ("period_start", "period_end", "data_as_of")}
    assert read_text(tmp_path, as_yaml()) == read_text(tmp_path, as_yaml(**days))
    assert "'2017-01-01'" in as_yaml() and "'" not in as_yaml(**days)


def test_notebook_names_that_are_no_parameters_are_passed_over() -> None:
    namespace = {
        "_i1": "x",
        "In": [],
        "Out": {},
        "ReportParams": ReportParams,
        "yaml": yaml,
        "open": open,
        "__name__": "a",
        "PAPERMILL_INPUT_PATH": "a.ipynb",  # papermill --inject-paths
    }
    assert ReportParams.from_notebook(BASE | namespace).place == "Luqiao"


def test_misspelt_parameter_of_a_notebook_is_found() -> None:
    with pytest.raises(
        ParameterError, match=r"parameters cell: unknown parameter 'conf_levl'; did you mean 'conf_level'"
    ):
        ReportParams.from_notebook(BASE | {"conf_levl": 0.9})


def test_parameters_cannot_be_changed_afterwards() -> None:
    params = ReportParams.from_notebook(BASE)
    with pytest.raises(ValueError, match="frozen"):
        params.place = "Changzhi"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"seed": True}, "found True, expected a whole number"),
        ({"seed": 1.0}, "found 1.0, expected a whole number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"place": 2017}, "found 2017, expected text"),
        ({"place": None}, "found None, expected text"),
        ({"place": ""}, "expected text, but it is empty"),
        ({"period_end": 20171231}, "found 20171231, expected a day such as 2023-01-31"),
        ({"period_end": "20171231"}, "found '20171231', expected a day such as 2023-01-31"),
        ({"languages": []}, "at least one entry"),
        ({"languages": ["de"]}, "entry 1: found 'de', expected 'zh' or 'en'"),
        ({"parts": ["Luqiao"]}, "the place itself"),
        ({"parts": ["A", "B", "A"]}, "names 'A' twice"),
        ({"assumed_n": [0]}, "entry 1: found 0"),
        ({"conf_level": 0.5}, "greater than 0.5"),
    ],
)
def test_wrong_values_are_told_with_their_line(changes: dict[str, object], told: str, tmp_path: Path) -> None:
    text = as_yaml(**changes)
    (name,) = changes
    line = next(number for number, content in enumerate(text.splitlines(), 1) if content.startswith(f"{name}:"))
    with pytest.raises(ParameterError) as refused:
        read_text(tmp_path, text)
    (fault,) = refused.value.faults
    assert fault.line == line and told in fault.message, fault


REGISTER = BASE | {"store": "data/sample/store", "place": "Demo City"}


def test_chapters_are_those_that_the_data_allow() -> None:
    assert ReportParams.from_notebook(BASE).chapters == ["published_claims", "summary"]
    assert ReportParams.from_notebook(REGISTER).chapters == [*REGISTER_CHAPTERS, "summary"]
    both = ReportParams.from_notebook(REGISTER | {"chapters": ["published_claims", "data_quality"]})
    assert both.chapters == ["published_claims", "data_quality"] and both.reads_published


def test_a_report_on_a_register_needs_no_file_of_published_figures() -> None:
    absent = {"figures_file": "none.csv", "comparison_files": ["none.csv"]}
    assert not ReportParams.from_notebook(REGISTER | absent).reads_published
    with pytest.raises(ParameterError, match=r"figures_file: no file 'none\.csv'"):
        ReportParams.from_notebook(BASE | absent)


@pytest.mark.parametrize(
    ("changes", "key", "told"),
    [
        ({"chapters": ["data_quality"], "store": ""}, "chapters", "data_quality cannot be made without a register"),
        ({"chapters": ["published_claims", "summary"]}, "chapters", "no chapter reads the store"),
        ({"store": "data/none"}, "store", "no folder 'data/none'"),
        ({"store": "postgres://me:secret@host/db"}, "store", "holds a password"),
        ({"min_cell": 0}, "min_cell", "greater than or equal to 1"),
        ({"chapters": ["caseloads"]}, "chapters", "entry 1: found 'caseloads'"),
    ],
)
def test_faults_of_a_register_report_are_told_once_with_their_line(changes, key, told, tmp_path: Path) -> None:
    text = yaml.safe_dump(REGISTER | changes)
    with pytest.raises(ParameterError) as refused:
        read_text(tmp_path, text)
    (fault,) = refused.value.faults
    line = next((n for n, content in enumerate(text.splitlines(), 1) if content.startswith(f"{key}:")), None)
    assert told in fault.message and fault.line == line, fault
    assert "secret" not in fault.message


def test_whole_confidence_level_is_a_number_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="less than 1"):
        read_text(tmp_path, as_yaml(conf_level=1))


def test_many_nested_values_are_told_in_few_words(tmp_path: Path) -> None:
    """Aliases let a few lines of YAML stand for millions of values."""
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(ParameterError) as refused:
        read_text(tmp_path, "\n".join([*layers, "place: *a8", as_yaml().replace("place: Luqiao\n", "")]))
    assert len(str(refused.value)) < 10_000


def test_a_notebook_far_from_any_project_says_which_files_it_reads(monkeypatch, capsys):
    monkeypatch.setattr("legalaid_eval.project.is_fallback", lambda: True)
    ReportParams.from_notebook(published_parameters())
    assert "legalaid-eval new" in capsys.readouterr().err


def published_parameters() -> dict[str, object]:
    return ReportParams.read(project.resolve("params/luqiao-2017.yaml")).model_dump()
