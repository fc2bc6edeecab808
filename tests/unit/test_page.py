"""The report page: order, numbers, languages, self-containment, failure."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import nbformat.v4 as nb
import pytest
from nbformat import NotebookNode

from legalaid_eval.content import Label, Period
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import fonts
from legalaid_eval.report.display import Shown
from legalaid_eval.report.fonts import VOID_TAGS, font_faces
from legalaid_eval.report.narrative import from_markdown
from legalaid_eval.report.page import ChapterFailure, PageInfo, render_page

INFO = PageInfo(
    title=Label("法律援助年度评估", "Annual evaluation <of> legal aid"),
    place=Label("长治市", "Changzhi"),
    period=Period(date(2023, 1, 1), date(2023, 11, 21), "partly_stated"),
    data_as_of=date(2023, 11, 21),
    report_id="changzhi-2023",
    evidence="published",
    version="0.1.0",
    parameters={"place": "Changzhi", "seed": 2023, "languages": ["zh", "en"], "ranking": False, "note": None},
)
SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9pt" viewBox="0 0 9 9"><g id="a"/></svg>'


def shown(kind: str, name: str, placement: str = "body") -> Shown:
    bodies = {
        "table": {"html": "<table>\n<caption>{c}</caption>\n<tr><td>{c}</td></tr></table>"},
        "figure": {"svg": SVG, "alt": "{c} alt"},
        "prose": {"html": "<p>{c}</p>"},
    }
    texts = {
        language: {"caption": caption, **{key: body.format(c=caption) for key, body in bodies[kind].items()}}
        for language, caption in (("zh", f"{name}之中文"), ("en", f"{name} in English"))
    }
    return Shown(kind, name, placement, texts)


def notebook(*items: Shown, markdown: Mapping[str, str] | None = None) -> NotebookNode:
    cells = [nb.new_markdown_cell(text, metadata={"tags": [language]}) for language, text in (markdown or {}).items()]
    for item in items:
        output = nb.new_output("execute_result", data=item._repr_mimebundle_())
        cells.append(nb.new_code_cell("show", outputs=[nb.new_output("stream", text="noise"), output]))
    return nb.new_notebook(cells=cells)


def books() -> dict[str, NotebookNode | ChapterFailure]:
    prose = {"zh": "# 标题\n\n## 问什么\n\n中文**着重**", "en": "# Title\n\n## What it asks\n\nEnglish *stress*"}
    return {
        "published_claims": notebook(
            shown("prose", "question"),
            shown("table", "ledger"),
            shown("figure", "progress"),
            shown("table", "glossary", "appendix"),
            markdown=prose,
        ),
        "summary": notebook(shown("table", "verdicts"), shown("prose", "key", "front")),
    }


def page(language: str = "en", chapters: Mapping | None = None, **changes: object) -> str:
    given = books() if chapters is None else chapters
    return render_page(given, language=language, languages=("zh", "en"), report=replace(INFO, **changes))


def test_a_picture_without_rows_is_a_sentence_without_a_number() -> None:
    texts = {each: {"caption": "Progress", "alt": "", "html": '<p class="none">No rows.</p>'} for each in ("zh", "en")}
    html = page(chapters={"summary": notebook(Shown("figure", "absent", "body", texts), shown("figure", "drawn"))})
    assert '<div class="absent"><p class="none">No rows.</p></div>' in html
    assert "Progress" not in html and "Figure 2" not in html and 'id="figure-1"' in html


class Reader(HTMLParser):
    """Checks that elements nest and gathers attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def values(self, name: str) -> list[str]:
        return [value for _, each, value in self.attributes if each == name]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_parses_and_needs_nothing_else(language: str) -> None:
    html = page(language)
    reader = Reader(html)
    assert reader.open == []
    assert html.startswith("<!DOCTYPE html>")
    assert "http:" not in html and "https:" not in html and "<script" not in html and "@import" not in html
    assert re.findall(r"url\((?!data:)", html) == []
    assert len(reader.values("id")) == len(set(reader.values("id")))
    local = [link.removeprefix("#") for link in reader.values("href") if link.startswith("#")]
    assert set(local) <= set(reader.values("id"))
    others = {link for link in reader.values("href") if not link.startswith("#")}
    assert others == {"data:,", f"report.{'en' if language == 'zh' else 'zh'}.html"}


def test_front_stands_first_then_summary_then_chapters_then_appendix() -> None:
    html = page()
    names = ["key", "verdicts", "question", "ledger", "glossary"]
    places = [html.rindex(f"{name} in English") for name in names]
    assert places == sorted(places)
    ids = Reader(html).values("id")
    assert [each for each in ids if each.startswith(("front", "chapter", "appendix"))] == [
        "front",
        "chapter-summary",
        "chapter-published_claims",
        "appendix",
    ]


def test_tables_and_figures_are_numbered_in_reading_order() -> None:
    expected = [("Table 1", "verdicts"), ("Table 2", "ledger"), ("Figure 1", "progress"), ("Table 3", "glossary")]
    html = page()
    for label, name in expected:
        assert html.count(f'<span class="label">{label}</span> {name} in English') == 2  # contents and caption
    assert '<span class="label">表1</span>' in page("zh")


def test_each_page_holds_its_own_language_only() -> None:
    zh, en = Reader(page("zh")), Reader(page("en"))
    assert ("html", "lang", "zh-CN") in zh.attributes and ("html", "lang", "en") in en.attributes
    assert "问什么" in zh.text and "What it asks" not in zh.text and "Title" not in zh.text
    assert "What it asks" in en.text and "问什么" not in en.text
    assert not any("之中文" in value for value in en.text + [value for _, _, value in en.attributes])


def test_head_and_colophon_say_what_the_report_stands_on() -> None:
    text = " ".join(Reader(page()).text)
    for part in (
        "Annual evaluation <of> legal aid",
        "Changzhi",
        "1 January to 21 November 2023 (partly inferred)",
        "21 November 2023",
        "Evidence: published figures only",
        "changzhi-2023",
        "0.1.0",
    ):
        assert part in text
    for name, value in (("seed", "2023"), ("languages", "zh, en"), ("ranking", "false"), ("note", "null")):
        assert f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' in page()


def test_simulated_data_are_announced() -> None:
    html = page(evidence="simulated")
    assert 'class="evidence-simulated"' in html and "Simulated data, about no real place" in html


def test_a_picture_has_a_title_an_alt_text_and_its_own_ids() -> None:
    html = page()
    assert '<svg id="figure-1-svg" viewBox="0 0 9 9" role="img" aria-label="progress in English alt">' in html
    assert "<title>progress in English</title>" in html and 'id="figure-1-svg-a"' in html


def test_a_failed_chapter_is_named_and_the_others_stand() -> None:
    failure = ChapterFailure("\nDataError: <b>cases.csv</b>, line 3\nTraceback ...")
    html = page(chapters={**books(), "caseload": failure})
    reader = Reader(html)
    text = " ".join(reader.text)
    assert "The chapter ‘Caseload’ stopped with an error" in text and "others are complete" in text
    assert "Error message: DataError: <b>cases.csv</b>, line 3" in text and "<b>cases" not in html
    assert "Traceback" not in text and "ledger in English" in text
    assert "chapter-caseload" in reader.values("id")


def test_a_page_of_failures_alone_can_be_made() -> None:
    html = page("zh", {"summary": ChapterFailure(""), "caseload": ChapterFailure("x")})
    assert "未提供说明" in html and Reader(html).open == []


def test_a_notebook_that_shows_nothing_is_refused() -> None:
    with pytest.raises(LegalAidEvalError, match="'caseload' shows nothing; execute it"):
        page(chapters={"caseload": notebook(markdown={"en": "words"})})


def test_the_same_input_gives_the_same_bytes() -> None:
    first = page("zh")
    fonts._subset.cache_clear()
    assert page("zh") == first


def test_font_bytes_do_not_depend_on_the_hash_seed() -> None:
    code = (
        "import hashlib; from legalaid_eval.report.fonts import font_faces;"
        "print(hashlib.sha256(font_faces('<h1>评估</h1><p>法律援助 2023</p>').encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "7")
    }
    assert len(digests) == 1


def test_each_face_carries_the_characters_it_is_set_in() -> None:
    reader = fonts._Characters()
    reader.feed('<h1>题</h1><p>文<strong>重</strong><br>字</p><p class="note">注</p><style>码</style><td>格</td>')
    sans, serif = reader.seen["Report Sans"], reader.seen["Report Serif"]
    assert set("题重注") <= sans and set("文字") <= serif
    assert not set("文字码") & sans and not set("题重注码") & serif
    assert font_faces("<p></p>").count("data:font/woff;base64,") == 2


def test_the_style_sheet_and_the_fonts_agree_on_what_is_sans() -> None:
    css = re.sub(r"/\*.*?\*/", "", Path(fonts.__file__).with_name("page.css").read_text("utf-8"), flags=re.S)
    rule = re.search(r"([^{}]*)\{\s*font-family: var\(--sans\)", css)
    listed = {each.strip() for each in rule[1].split(",")}
    assert listed == (fonts.SANS_TAGS - {"title"}) | {f".{each}" for each in fonts.SANS_CLASSES}


def test_markdown_keeps_words_and_drops_what_a_page_cannot_hold() -> None:
    html = from_markdown(
        "# Own title\n\n## Part\n\n- one\n- *two*\n\n[see](https://example.org) ![pic](x.png) <img src=x onerror=y>"
    )
    assert "Own title" not in html and "<h3>Part</h3>" in html and "<li><em>two</em></li>" in html
    assert "<a" not in html and "<img" not in html and "&lt;img" in html and "see" in html


def test_the_tab_says_simulated_first_and_only_then() -> None:
    assert "<title>Simulated data · " in page(evidence="simulated")
    assert "<title>模拟数据 · " in page("zh", evidence="simulated")
    assert "imulated" not in re.sub(r"<style.*?</style>", "", page(evidence="register_and_published"), flags=re.S)
