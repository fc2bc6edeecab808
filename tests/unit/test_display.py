"""Tables, sentences and figures as displays of both languages."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from legalaid_eval import report
from legalaid_eval.content import Chapter, Code, Column, Figure, Label, Message, Period, Prose, Quantity, Table
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import show, tables, words
from legalaid_eval.report.display import MIME, Shown, from_payload, inline_svg, texts_of
from legalaid_eval.report.tables import FEW_ROWS, MANY_COLUMNS, SHAPES, _in_pieces

HOSTILE = "<script>alert('x')</script>"
LOCALE = {
    "zh": """
tables: {sample: {caption: "{{ place }}的数字", empty: "{{ place }}没有数字。"}}
columns: {sample_name: "名称", sample_value: "数值"}
figures: {sample: {caption: "进度", alt: "横条图", empty: "没有可画的数字。"}}
prose: {sample: {heading: "要点"}}
sample: {said: "{{ place }}办理{{ cases }}。"}
""",
    "en": """
tables: {sample: {caption: "Figures of {{ place }}", empty: "{{ place }} has no figures."}}
columns: {sample_name: "Name", sample_value: "Value"}
figures: {sample: {caption: "Progress", alt: "Bar chart", empty: "There is nothing to draw."}}
prose: {sample: {heading: "Key points"}}
sample: {said: "{{ place }} handled {{ cases }}."}
""",
}
CACHES = (words._flat, words._template, words._environment)


@pytest.fixture(autouse=True)
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The real locale with a few sentences added."""
    folder = tmp_path / "locale"
    shutil.copytree(words.LOCALE, folder)
    for language, text in LOCALE.items():
        (folder / language / "zz_sample.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(words, "LOCALE", folder)
    clear_caches()
    yield folder
    clear_caches()


def clear_caches() -> None:
    for cached in CACHES:
        cached.cache_clear()


def chapter(*rows: tuple[object, ...], place: object = Label("长治市", "Changzhi")) -> Chapter:
    facts = {"place": place}
    said = Message("sample.said", {**facts, "cases": Quantity(723, "case")})
    columns = (Column("sample_name"), Column("sample_value", "right"))
    return Chapter(
        name="published_claims",
        rows=pd.DataFrame(),
        tables={"sample": Table("sample", columns, rows, note=said, facts=facts)},
        figures={"sample": Figure("sample", "bars", pd.DataFrame(), facts)},
        prose={"sample": Prose("sample", (said, said), style="list", placement="front")},
    )


def test_one_bundle_carries_both_languages() -> None:
    shown = show.table(chapter(("a", Quantity(83.09, "percent", decimals=2))), "sample")
    bundle = shown._repr_mimebundle_()
    assert list(bundle) == ["text/plain", "text/html", MIME]
    assert bundle["text/plain"] == "legalaid_eval table sample"
    texts = bundle[MIME]["languages"]
    assert [texts["zh"]["caption"], texts["en"]["caption"]] == ["长治市的数字", "Figures of Changzhi"]
    assert "长治市的数字" in bundle["text/html"] and "83.09%" in bundle["text/html"]
    assert from_payload(json.loads(json.dumps(bundle[MIME]))).payload() == shown.payload()


def test_the_first_language_is_the_one_shown() -> None:
    html = show.table(chapter(("a", 1)), "sample", languages=("en", "zh"))._repr_mimebundle_()["text/html"]
    assert "Figures of Changzhi" in html and "长治市" not in html


def test_table_is_accessible_and_says_its_note() -> None:
    html = show.table(chapter(("a", 12345)), "sample").languages["en"]["html"]
    assert "<caption>Figures of Changzhi</caption>" in html
    assert '<th scope="col" class="number">Value</th>' in html
    assert '<th scope="row">a</th><td class="number">12,345</td>' in html
    assert '<p class="note">Changzhi handled 723 cases.</p>' in html


def wide(*places: str, columns: int = MANY_COLUMNS) -> str:
    table = Table("sample", (Column("sample_name"),) + (Column("sample_value"),) * (columns - 1), ())
    table = replace(table, rows=tuple((place, *range(columns - 1)) for place in places), facts={"place": "x"})
    return tables.render(table, "en")


def test_a_repeated_first_column_of_a_wide_table_heads_its_rows() -> None:
    html = wide("a", "a", "b")
    heads = re.findall(r'<tr class="group"><th scope="rowgroup" colspan="4">(.)</th></tr>', html)
    assert heads == ["a", "b"] and html.count("<tbody>") == 2
    assert "Name" not in html and html.count("<tr>") == 4  # the heading line and three rows
    assert html.count('<th scope="row">0</th>') == 3


@pytest.mark.parametrize(("places", "columns"), [("ab", MANY_COLUMNS), ("aa", MANY_COLUMNS - 1)])
def test_a_narrow_table_or_one_without_repetition_keeps_its_first_column(places: str, columns: int) -> None:
    html = wide(*places, columns=columns)
    assert "group" not in html and '<th scope="row">a</th>' in html


def test_a_short_table_stays_together_on_paper() -> None:
    assert 'class="table short"' in wide("a", columns=2)
    assert "short" not in wide(*["a"] * (FEW_ROWS + 1), columns=2)


@pytest.mark.parametrize("code", sorted(SHAPES))
def test_a_verdict_has_a_shape_beside_its_colour(code: str) -> None:
    html = show.table(chapter(("a", Code("verdict", code))), "sample").languages["zh"]["html"]
    assert f"verdict-{code}" in html and f'aria-hidden="true">{SHAPES[code]}</span>' in html
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_every_verdict_of_the_locale_has_a_shape() -> None:
    prefix = "codes.verdict."
    assert {key.removeprefix(prefix) for key in words.keys("zh") if key.startswith(prefix)} == set(SHAPES)


def test_text_from_data_is_escaped_everywhere() -> None:
    hostile = chapter((HOSTILE, Label(HOSTILE, HOSTILE)), place=HOSTILE)
    empty = chapter(place=HOSTILE)
    shown = [show.table(hostile, "sample"), show.table(empty, "sample"), show.prose(hostile, "sample")]
    for each in shown:
        bundle = each._repr_mimebundle_()
        pages = [bundle["text/html"], *(texts["html"] for texts in bundle[MIME]["languages"].values())]
        assert all("<script" not in page and "&lt;script&gt;" in page for page in pages)


def test_an_empty_table_says_so() -> None:
    texts = show.table(chapter(), "sample").languages
    assert "<table" not in texts["en"]["html"] and "Changzhi has no figures." in texts["en"]["html"]


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="1 values, expected 2"):
        show.table(chapter(("a",)), "sample")


def test_prose_has_its_heading_and_placement() -> None:
    shown = show.prose(chapter(), "sample")
    assert shown.placement == "front" and shown.languages["en"]["caption"] == "Key points"
    assert shown.languages["zh"]["html"].count("<li>长治市办理723件。</li>") == 2
    assert "要点" in shown._repr_mimebundle_()["text/html"]


def test_a_figure_without_rows_is_a_sentence() -> None:
    bundle = show.figure(chapter(), "sample")._repr_mimebundle_()
    assert "没有可画的数字。" in bundle["text/html"] and "image/svg+xml" not in bundle


def test_a_figure_carries_a_picture_and_alt_text_of_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(draw=lambda figure, language: f'<svg viewBox="0 0 1 1"><!--{language}--></svg>')
    monkeypatch.setitem(sys.modules, "legalaid_eval.report.figures", stub)
    monkeypatch.setattr(report, "figures", stub, raising=False)
    base = chapter()
    drawn = Chapter(base.name, base.rows, {}, {"sample": Figure("sample", "bars", pd.DataFrame({"x": [1]}))}, {})
    bundle = show.figure(drawn, "sample")._repr_mimebundle_()
    assert "zh" in bundle["image/svg+xml"] and "text/html" not in bundle
    assert bundle[MIME]["languages"]["en"] == {
        "caption": "Progress",
        "svg": '<svg viewBox="0 0 1 1"><!--en--></svg>',
        "alt": "Bar chart",
    }


def test_a_wrong_name_lists_what_there_is() -> None:
    with pytest.raises(LegalAidEvalError, match="no table 'ledgr'; it has sample"):
        show.table(chapter(), "ledgr")


def test_a_missing_fact_is_named() -> None:
    with pytest.raises(LegalAidEvalError, match=r"(?s)sample\.said.*'en'.*'cases' is undefined.*place"):
        words.sentence(Message("sample.said", {"place": "x"}), "en")


def test_a_sentence_may_hold_a_sentence_and_a_period() -> None:
    inner = Message("sample.said", {"place": Label("甲", "A"), "cases": Quantity(1, "case")})
    period = Period(date(2023, 1, 1), date(2023, 12, 31))
    assert words.sentence(Message("sample.said", {"place": inner, "cases": period}), "en") == (
        "A handled 1 case. handled 2023."
    )


def test_a_template_may_ask_for_the_days_of_a_period_alone(locale: Path) -> None:
    (locale / "en" / "zz_span.yaml").write_text('sample_span: "{{ period | span }}"', encoding="utf-8")
    period = Period(date(2023, 1, 1), date(2023, 12, 31), "inferred")
    assert words.sentence(Message("sample_span", {"period": period}), "en") == "2023"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: {b: x, b: y}", "'b' stands twice"),
        ("page: {front: x}", r"'page\.front' is defined in page\.yaml too"),
        ("page: x", "both a text and a group"),
        ("yes: x", "key True is not text"),
        ("a: 5", "'a' is 5, expected text"),
        ("a: [", "not valid YAML"),
    ],
)
def test_a_faulty_locale_file_is_refused(locale: Path, text: str, message: str) -> None:
    (locale / "en" / "zz_wrong.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LegalAidEvalError, match=message):
        words.read_locale(locale / "en")


def test_a_display_without_the_language_is_refused() -> None:
    shown = Shown("prose", "p", "body", {"zh": {"caption": "", "html": ""}})
    with pytest.raises(LegalAidEvalError, match="no language 'en', only zh"):
        texts_of(shown, "en")


@pytest.mark.parametrize("change", [{"kind": "film"}, {"placement": "cellar"}])
def test_a_stored_display_of_another_make_is_refused(change: dict[str, str]) -> None:
    payload = {"kind": "table", "id": "t", "placement": "body", "languages": {}} | change
    with pytest.raises(LegalAidEvalError, match="execute the notebook again"):
        from_payload(payload)


def test_svg_is_made_fit_for_a_page() -> None:
    svg = (
        '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">\n'
        '<svg xmlns="http://www.w3.org/2000/svg" width="5pt" height="4pt" viewBox="0 0 5 4" version="1.1">'
        '<metadata>http://made.by</metadata><defs><style type="text/css">*{stroke-linejoin: round}</style></defs>'
        '<clipPath id="c"/><use xlink:href="#m"/><g clip-path="url(#c)" id="m"/></svg>'
    )
    made = inline_svg(svg, prefix="figure-1", title="A & B", alt='say "hi"')
    assert made.startswith('<svg id="figure-1" viewBox="0 0 5 4" role="img" aria-label="say &quot;hi&quot;">')
    assert "<title>A &amp; B</title>" in made and "http" not in made and "width=" not in made
    assert 'id="figure-1-c"' in made and 'href="#figure-1-m"' in made and "url(#figure-1-c)" in made
    assert "<style>#figure-1 * {stroke-linejoin" in made


def test_a_picture_without_a_view_box_is_refused() -> None:
    with pytest.raises(LegalAidEvalError, match="viewBox"):
        inline_svg("<svg></svg>", prefix="figure-1", title="", alt="")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("95.6% (94.8% to 96.2%)", '<span class="piece">95.6%</span> <span class="piece">(94.8% to 96.2%)</span>'),
        ("95.6%（94.8%至96.2%）", '<span class="piece">95.6%</span><wbr><span class="piece">（94.8%至96.2%）</span>'),
        ("12 days", "12 days"),
    ],
)
def test_a_number_breaks_before_its_interval_only(text: str, html: str) -> None:
    assert _in_pieces(text) == html
