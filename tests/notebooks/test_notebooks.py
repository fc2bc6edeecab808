"""The committed notebooks: strict nbval sees every change, and stock papermill runs them."""

import copy
import json
import re
from pathlib import Path

import pytest

from legalaid_eval.params import CHAPTERS
from legalaid_eval.report.display import MIME
from tests.notebooks import building

NOTEBOOKS = building.ROOT / "notebooks"


def book(name: str) -> dict:
    return json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))


def shown(notebook: dict, cell_id: str) -> dict:
    cell = next(cell for cell in notebook["cells"] if cell["id"] == cell_id)
    return cell["outputs"][0]["data"]


def text(value: object) -> str:
    return "".join(value) if isinstance(value, list) else value


def a_number_in_the_shown_table(notebook):
    data = shown(notebook, "verdicts")
    assert "70.86" in text(data["text/html"])
    data["text/html"] = text(data["text/html"]).replace("70.86", "70.87", 1)


def a_number_in_the_other_languages_table(notebook):
    english = shown(notebook, "verdicts")[MIME]["languages"]["en"]
    assert "70.86" in english["html"]
    english["html"] = english["html"].replace("70.86", "70.87", 1)


def one_digit_of_a_figure(notebook):
    data = shown(notebook, "progress")
    svg = text(data["image/svg+xml"])
    place = re.search(r"\d\.(\d)", svg).start(1)
    data["image/svg+xml"] = svg[:place] + str((int(svg[place]) + 1) % 10) + svg[place + 1 :]


def an_alt_text(notebook):
    english = shown(notebook, "county-panel")[MIME]["languages"]["en"]
    english["alt"] = english["alt"].replace("12", "13", 1)


ORIGINAL = "published_claims"
MUTATIONS = (a_number_in_the_shown_table, a_number_in_the_other_languages_table, one_digit_of_a_figure, an_alt_text)


@pytest.fixture(scope="module")
def nbval(tmp_path_factory) -> str:
    """One strict nbval run over an untouched notebook and one copy for each mutation.

    That all notebooks compute what they have stored is the second half of `make test`.
    """
    project = building.project_copy(tmp_path_factory.mktemp("mutated"))
    original = book(ORIGINAL)
    for mutate in MUTATIONS:
        changed = copy.deepcopy(original)
        mutate(changed)
        assert changed != original
        (project / "notebooks" / f"{mutate.__name__}.ipynb").write_text(json.dumps(changed), encoding="utf-8")
    done = building.run(
        *("-m", "pytest", "--nbval", "-p", "no:cacheprovider", "-q", "--no-header", "-rA", "--rootdir", project),
        *("--nbval-sanitize-with", building.ROOT / "tests" / "nbval_sanitize.cfg"),
        *("--nbval-kernel-name", "legalaid-eval"),
        *(project / "notebooks" / f"{name}.ipynb" for name in (ORIGINAL, *(each.__name__ for each in MUTATIONS))),
        cwd=project,
    )
    return done.stdout


def test_the_untouched_notebook_passes(nbval):
    assert not re.search(rf"FAILED \S*{ORIGINAL}\.ipynb", nbval)
    assert re.search(rf"PASSED .*{ORIGINAL}\.ipynb", nbval)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda m: m.__name__)
def test_nbval_sees_a_stored_output_that_was_changed(nbval, mutate):
    assert len(re.findall(rf"FAILED \S*{mutate.__name__}\.ipynb", nbval)) == 1


def test_stock_papermill_runs_a_notebook_with_the_same_yaml(tmp_path):
    out = tmp_path / "out.ipynb"
    done = building.run(
        *("-m", "papermill", NOTEBOOKS / "published_claims.ipynb", out),
        *("-f", building.ROOT / "params" / "horinger-2025.yaml", "-k", "legalaid-eval"),
        cwd=tmp_path,
        LEGALAID_EVAL_ROOT=str(building.ROOT),
        LEGALAID_EVAL_WORK=str(tmp_path / "work"),
    )
    assert done.returncode == 0, done.stderr
    executed = json.loads(out.read_text(encoding="utf-8"))
    assert "和林格尔县" in text(shown(executed, "question")["text/html"])
    assert (tmp_path / "work" / "horinger-2025" / "results" / "published_claims.csv").is_file()


def test_stock_papermill_with_a_misspelt_parameter_ends_in_our_message(tmp_path):
    done = building.run(
        *("-m", "papermill", NOTEBOOKS / "published_claims.ipynb", tmp_path / "out.ipynb", "-k", "legalaid-eval"),
        *("-p", "data_as_off", "2023-12-31"),
        LEGALAID_EVAL_WORK=str(tmp_path / "work"),
    )
    assert done.returncode != 0
    assert "unknown parameter 'data_as_off'; did you mean 'data_as_of'?" in done.stderr + done.stdout


def test_the_summary_alone_lists_what_is_absent(tmp_path):
    done = building.run(
        *("-m", "papermill", NOTEBOOKS / "summary.ipynb", tmp_path / "out.ipynb", "-k", "legalaid-eval"),
        *("-f", building.ROOT / "params" / "luqiao-2017.yaml"),
        LEGALAID_EVAL_WORK=str(tmp_path / "work"),
    )
    assert done.returncode == 0, done.stderr
    executed = json.loads((tmp_path / "out.ipynb").read_text(encoding="utf-8"))
    assert "公布数据核查" in text(shown(executed, "absent")["text/html"])


def test_refresh_finds_nothing_to_change():
    """One notebook, as nbval runs them all in the second half of `make test`."""
    done = building.run("-m", "legalaid_eval.cli", "refresh", "--check", ORIGINAL)
    assert (done.returncode, done.stdout.strip()) == (0, "nothing changed")
    wrong = building.run("-m", "legalaid_eval.cli", "refresh", "claims")
    assert wrong.returncode == 2 and "found the chapter claims; expected any of published_claims" in wrong.stderr


def test_every_notebook_is_named_in_the_parameters():
    assert {Path(path).stem for path in NOTEBOOKS.glob("*.ipynb")} == set(CHAPTERS)
