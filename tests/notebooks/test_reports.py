"""The whole path, as a user walks it: parameter files in, finished report folders out."""

import csv
import json
import re
import shutil
from html.parser import HTMLParser

import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.runner import manifest
from tests.notebooks import building
from tests.published import PROGRAMMES

LANGUAGES = ("zh", "en")
FILES = {"report.zh.html", "report.en.html", "results.csv", "results.xlsx", "manifest.json"}


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_a_report_folder_holds_what_was_promised(reports, programme):
    folder = reports / programme
    assert {path.name for path in folder.iterdir()} == FILES | {"notebooks"}
    assert {path.name for path in (folder / "notebooks").iterdir()} == {"published_claims.ipynb", "summary.ipynb"}
    assert manifest.differences(folder) == ()
    assert not list(reports.glob(".building-*"))


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_results_are_tidy_published_and_open_in_a_spreadsheet(reports, programme):
    raw = (reports / programme / "results.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == results.COLUMNS
    assert {row["evidence"] for row in rows} == {"published"}
    assert {row["status"] for row in rows} <= set(results.STATUSES)
    assert {row["chapter"] for row in rows} == {"published_claims", "summary"}
    keys = [tuple(row[name] for name in results.KEY) for row in rows]
    assert len(keys) == len(set(keys))
    for row in rows:
        assert (row["status"] == "contradicted") == (row["verdict"] in ("contradicted", "not_reproducible"))
        if row["ci_low"] and row["ci_high"]:
            assert float(row["ci_low"]) <= float(row["ci_high"])
    book = pd.read_excel(reports / programme / "results.xlsx", engine="openpyxl")
    assert len(book) == len(rows)


class _Page(HTMLParser):
    """Collects what a reader's program would fetch, name or warn about."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses, self.ids, self.figures, self.unnamed, self.language = [], [], 0, 0, ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.addresses += [attributes[name] for name in ("href", "src", "xlink:href") if attributes.get(name)]
        self.ids += [attributes["id"]] if "id" in attributes else []
        if tag == "html":
            self.language = attributes["lang"]
        if tag == "svg":
            self.figures += 1
            self.unnamed += not attributes.get("aria-label")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("programme", PROGRAMMES)
def test_pages_stand_alone_and_every_figure_has_words(reports, programme, language):
    text = (reports / programme / f"report.{language}.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    outside = [a for a in page.addresses if not a.startswith(("#", "data:", "report."))]
    assert outside == []
    assert "<script" not in text and "@import" not in text and "url(http" not in text
    assert len(page.ids) == len(set(page.ids))
    assert page.unnamed == 0
    assert page.language == {"zh": "zh-CN", "en": "en"}[language]
    assert {a[1:] for a in page.addresses if a.startswith("#")} <= set(page.ids)
    words = re.sub(r"<style.*?</style>", "", text, flags=re.S).lower()
    assert "simulat" not in words and "模拟" not in words


def test_changzhi_has_all_four_figures_and_lanzhou_says_why_it_has_none(reports):
    counts = {}
    for programme in ("changzhi-2023", "lanzhou-new-area-2023"):
        page = _Page()
        page.feed((reports / programme / "report.en.html").read_text(encoding="utf-8"))
        counts[programme] = page.figures
    assert counts == {"changzhi-2023": 4, "lanzhou-new-area-2023": 0}


def test_no_machine_path_and_no_clock_is_written(reports):
    for path in reports.rglob("*"):
        if path.suffix in (".html", ".json", ".csv", ".ipynb"):
            text = path.read_text(encoding="utf-8")
            assert str(building.ROOT) not in text and str(reports) not in text, path
    for path in reports.rglob("*.ipynb"):
        assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d", path.read_text(encoding="utf-8"))


def test_building_again_changes_no_byte(reports, tmp_path):
    """Another hash seed, working folder, time zone, order and number of workers."""
    again = ("luqiao-2017", "changzhi-2023")
    done = building.report(
        *(building.ROOT / "params" / f"{programme}.yaml" for programme in again),
        "--out",
        tmp_path / "again",
        "--workers",
        "1",
        cwd=tmp_path,
        PYTHONHASHSEED="7",
        TZ="Asia/Shanghai",
    )
    assert done.returncode == 0, done.stderr
    for programme in again:
        assert manifest.outputs(tmp_path / "again" / programme) == manifest.outputs(reports / programme)
        paths = [folder / programme / manifest.NAME for folder in (reports, tmp_path / "again")]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_failing_chapter_leaves_the_others_and_a_page_that_says_what_failed(tmp_path):
    project = building.project_copy(tmp_path / "project")
    path = project / "notebooks" / "published_claims.ipynb"
    book = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in book["cells"] if cell.get("id") == "evaluate")
    cell["source"] = ["chapter = 1 / 0"]
    path.write_text(json.dumps(book), encoding="utf-8")
    done = building.report(project / "params" / "changzhi-2023.yaml", "--out", tmp_path / "out", cwd=project)
    assert done.returncode == 4
    assert "published_claims" in done.stderr and "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr
    folder = tmp_path / "out" / "changzhi-2023"
    english = (folder / "report.en.html").read_text(encoding="utf-8")
    assert "division by zero" in english
    assert "have not run and are missing here" in english  # the shipped example must not stand in for it
    assert manifest.differences(folder) == ()
    rows = results.read(folder / "results.csv")
    assert "published_claims" not in set(rows["chapter"])


def test_data_of_a_user_are_text_on_the_page_and_no_formula_in_the_table(tmp_path):
    project = building.project_copy(tmp_path / "project")
    place = "=HYPERLINK(1)<script>alert(1)</script>"
    for name in ("figures.csv", "claims.csv"):
        path = project / "data" / "published" / name
        path.write_text(path.read_text(encoding="utf-8").replace(",Dingyuan,", f",{place},"), encoding="utf-8")
    params = project / "params" / "dingyuan-2020.yaml"
    text = params.read_text(encoding="utf-8")
    params.write_text(text.replace("place: Dingyuan", f"place: '{place}'"), encoding="utf-8")
    done = building.report(params, "--out", tmp_path / "out", cwd=project)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "dingyuan-2020" / "report.zh.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    raw = (tmp_path / "out" / "dingyuan-2020" / "results.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in raw and ",=HYPERLINK" not in raw


def test_a_changed_figure_of_a_renamed_place_changes_verdict_sentence_and_summary(reports, tmp_path):
    """A new place's figures in the same file get the same treatment, down to the page a bureau head reads."""
    project = building.project_copy(tmp_path / "project")
    for path in [*(project / "data" / "published").glob("*.csv"), project / "params" / "changzhi-2023.yaml"]:
        text = path.read_text(encoding="utf-8").replace("Changzhi", "Newtown").replace("长治市", "新镇市")
        path.write_text(re.sub(r"cases_closed,1238,", "cases_closed,1452,", text), encoding="utf-8")
    done = building.report(project / "params" / "changzhi-2023.yaml", "--out", tmp_path / "out", cwd=project)
    assert done.returncode == 0, done.stderr
    before = (reports / "changzhi-2023" / "report.zh.html").read_text(encoding="utf-8")
    after = (tmp_path / "out" / "changzhi-2023" / "report.zh.html").read_text(encoding="utf-8")
    assert "70.86%" in before and "70.86%" not in after
    assert "83.11%" in after and "新镇市" in after and "长治市" not in after
    rows = results.read(tmp_path / "out" / "changzhi-2023" / "results.csv")
    found = rows[(rows["method"] == "ratio") & (rows["place"] == "Newtown")]
    assert list(found["verdict"]) == ["not_reproducible"]


def test_an_older_report_stays_until_the_new_one_is_whole(reports, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(reports / "luqiao-2017", out / "luqiao-2017")
    (out / "luqiao-2017" / "left-over.txt").write_text("from an earlier version", encoding="utf-8")
    done = building.report(building.ROOT / "params" / "luqiao-2017.yaml", "--out", out)
    assert done.returncode == 0, done.stderr
    assert manifest.outputs(out / "luqiao-2017") == manifest.outputs(reports / "luqiao-2017")
    assert [path.name for path in out.iterdir()] == ["luqiao-2017"]
