"""The report on the simulated register: made like the others, marked as simulated everywhere, mixed with nothing."""

import json
import re
from html import unescape

import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.chapters.summary_reference import NOT_EVALUABLE
from legalaid_eval.content import Code
from legalaid_eval.params import REGISTER_CHAPTERS
from legalaid_eval.report.formatting import formatter
from legalaid_eval.runner import manifest
from tests.notebooks import building
from tests.published import PROGRAMMES, evidence, params

DEMO = "demo-city-2025"
LANGUAGES = ("zh", "en")
SAID = {"zh": "模拟", "en": "simulated"}


@pytest.fixture(scope="module")
def folder(reports):
    return reports / DEMO


@pytest.fixture(scope="module")
def pages(folder) -> dict[str, str]:
    return {each: (folder / f"report.{each}.html").read_text(encoding="utf-8") for each in LANGUAGES}


def words(page: str) -> str:
    return unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S))


def test_folder_holds_its_chapters_and_is_as_its_manifest_says(folder):
    assert {path.stem for path in (folder / "notebooks").iterdir()} == {*REGISTER_CHAPTERS, "summary"}
    assert manifest.differences(folder) == ()


def test_manifest_names_every_file_of_the_register_and_none_of_published_figures(folder):
    said = json.loads((folder / manifest.NAME).read_text(encoding="utf-8"))["inputs"]
    store = building.ROOT / "data" / "sample" / "store"
    described = json.loads((store / "store.json").read_text(encoding="utf-8"))["tables"]
    for table, about in described.items():
        for file, checksum in about["files"].items():
            assert said[f"data/sample/store/{table}/{file}"] == checksum
    assert said["data/sample/store/store.json"] == manifest.sha256((store / "store.json").read_bytes())
    assert not [name for name in said if name.startswith("data/published")]


def test_every_row_is_simulated(folder):
    rows = results.read(folder / "results.csv")
    assert set(rows["evidence"]) == {"simulated"} and set(rows["chapter"]) == set(REGISTER_CHAPTERS)
    assert len(rows) > 300
    assert len(pd.read_excel(folder / "results.xlsx", engine="openpyxl")) == len(rows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_simulated_stands_in_the_tab_at_the_top_and_at_every_table_and_figure(pages, language):
    page, said = pages[language], SAID[language]
    assert said in re.search(r"<title>(.*?)</title>", page)[1].lower()
    assert said in re.search(r'<span class="badge">(.*?)</span>', page)[1].lower()
    assert said in words(page[page.index('id="front"') : page.index("<nav")]).lower()
    chapters = page[page.index(f'id="chapter-{REGISTER_CHAPTERS[0]}"') : page.index('id="appendix"')]
    captions = re.findall(r"<(?:fig)?caption>(.*?)</(?:fig)?caption>", chapters)
    assert len(captions) >= 9 and all(said in caption.lower() for caption in captions)
    described = re.findall(r'aria-label="(.*?)"', chapters)
    assert len(described) >= 2 and all(said in alt.lower() for alt in described)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_real_place_is_named_and_published_figures_are_not_missed(pages, language):
    told = words(pages[language])
    real = [evidence().name(place) for report in PROGRAMMES for place in (params(report).place, *params(report).parts)]
    assert not [label for label in real if label.zh in told or label.en in told]
    complaints = {"zh": "公布的数字", "en": "published figure"}
    assert complaints[language] not in told.lower()
    assert {"zh": "示范市", "en": "Demo City"}[language] in told


def test_a_place_bears_the_name_it_had_in_the_period(pages):
    assert "漪桥区" in pages["zh"] and "漪桥县" not in pages["zh"]


def test_simulated_numbers_stay_out_of_the_programmes_reports(reports):
    names = pd.read_parquet(building.ROOT / "data" / "sample" / "store" / "places")[["name_zh", "name_en"]]
    fictional = {name for name in names.to_numpy().ravel() if not re.search(r"\d|第", name)}
    for programme in PROGRAMMES:
        assert set(results.read(reports / programme / "results.csv")["evidence"]) == {"published"}
        for language in LANGUAGES:
            page = (reports / programme / f"report.{language}.html").read_text(encoding="utf-8")
            assert not [name for name in fictional if name in words(page)]
            assert "evidence-published" in page


@pytest.mark.parametrize(("report", "ran"), [(DEMO, REGISTER_CHAPTERS), ("luqiao-2017", ())])
def test_chapters_that_ran_are_not_listed_as_missing_and_the_others_are(reports, report, ran):
    page = (reports / report / "report.en.html").read_text(encoding="utf-8")
    titles = {name: formatter("en").text(Code("chapters", name)) for name in NOT_EVALUABLE}
    tables = re.findall(r"<table>.*?</table>", page, re.S)
    listed = next(table for table in tables if "Question it would answer" in table)
    assert {name for name in titles if titles[name] in listed} == set(NOT_EVALUABLE) - set(ran)


def test_a_register_outside_the_project_is_named_from_its_own_folder(tmp_path, folder):
    """The same register elsewhere gives the same numbers; no machine's path is written."""
    project = building.project_copy(tmp_path / "project")
    (project / "data" / "sample" / "store").rename(tmp_path / "register")
    path = project / "params" / f"{DEMO}.yaml"
    text = path.read_text(encoding="utf-8").replace("store: data/sample/store", "store: ../register")
    path.write_text(f"{text}chapters: [data_quality]\n", encoding="utf-8")
    done = building.report(path, "--out", tmp_path / "out", cwd=project)
    assert done.returncode == 0, done.stderr
    made = tmp_path / "out" / DEMO
    inputs = json.loads((made / manifest.NAME).read_text(encoding="utf-8"))["inputs"]
    assert "register/cases/part-00000.parquet" in inputs and "register/store.json" in inputs
    one, other = (results.read(each / "results.csv") for each in (made, folder))
    other = other[other["chapter"] == "data_quality"].reset_index(drop=True)
    assert len(one) and one.equals(other)
