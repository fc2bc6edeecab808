"""A report page of one language from executed notebooks: one HTML file that needs nothing else.

Order: what is placed in front, the summary, the other chapters, the appendix. Nothing here computes;
the page takes each display's texts of its own language and numbers them in reading order.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import escape
from pathlib import Path

import jinja2
from markupsafe import Markup
from nbformat import NotebookNode

from legalaid_eval.content import Code, Label, Message, Period
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import narrative, words
from legalaid_eval.report.display import Shown, displays, inline_svg, texts_of
from legalaid_eval.report.fonts import font_faces
from legalaid_eval.report.formatting import formatter

HERE = Path(__file__).parent
LANG_ATTRIBUTE = {"zh": "zh-CN", "en": "en"}
SUMMARY = "summary"
FONTS_GO_HERE = "/* fonts */"


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What stands in the page's head and colophon; `evidence` is published, register,
    register_and_published or simulated."""

    title: Label
    place: Label
    period: Period
    data_as_of: date
    report_id: str
    evidence: str
    version: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChapterFailure:
    """A chapter that could not be finished, with the error's message (only its first line is shown)."""

    error: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of the contents list: a numbered table or figure."""

    anchor: str
    label: str
    caption: str


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the page under one heading."""

    anchor: str
    title: str
    html: Markup
    entries: tuple[_Entry, ...] = ()
    failed: bool = False


def render_page(
    notebooks: Mapping[str, NotebookNode | ChapterFailure],
    *,
    language: str,
    languages: Sequence[str],
    report: PageInfo,
) -> str:
    """The page as an HTML document.

    notebooks: chapter code -> executed notebook, or what made it fail, in the order of reading; the summary is
    put first. languages: all languages of the report, for the links between its pages. The same input gives the
    same text. Raises LegalAidEvalError where a notebook shows nothing or a display lacks the language.
    """
    ordered = {name: notebooks[name] for name in sorted(notebooks, key=lambda name: name != SUMMARY)}
    sections = _Composer(language).compose(ordered)
    html = _template().render(**_furniture(language, languages, report), **sections)
    return html.replace(FONTS_GO_HERE, font_faces(html), 1)


def _furniture(language: str, languages: Sequence[str], report: PageInfo) -> dict[str, object]:
    """What stands around the chapters."""
    return {
        "css": Markup((HERE / "page.css").read_text(encoding="utf-8")),
        "fonts": Markup(FONTS_GO_HERE),
        "lang": LANG_ATTRIBUTE[language],
        "others": [(each, words.lookup(f"page.languages.{each}", each)) for each in languages if each != language],
        "say": lambda key, **facts: words.sentence(Message(f"page.{key}", facts), language),
        "text": formatter(language).text,
        "report": report,
        "title": formatter(language).text(report.title),
        "parameters": [(name, _literal(value)) for name, value in report.parameters.items()],
    }


class _Composer:
    """Puts the displays of the chapters in order and numbers them."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._counts: Counter[str] = Counter()

    def compose(self, notebooks: Mapping[str, NotebookNode | ChapterFailure]) -> dict[str, object]:
        """The page's parts, each numbered after the one before it."""
        items = {
            name: [] if isinstance(book, ChapterFailure) else _items(name, book, self.language)
            for name, book in notebooks.items()
        }
        front = self._section("front", self._say("page.front"), _placed(items, "front"))
        chapters = [
            self._failed(name, book) if isinstance(book, ChapterFailure) else self._chapter(name, items[name])
            for name, book in notebooks.items()
        ]
        appendix = self._section("appendix", self._say("page.appendix"), _placed(items, "appendix"))
        return {
            "front": front,
            "chapters": [chapter for chapter in chapters if chapter.html],
            "appendix": appendix,
            "failures": [chapter for chapter in chapters if chapter.failed],
        }

    def _chapter(self, name: str, items: list[Shown | str]) -> _Section:
        body = [item for item in items if isinstance(item, str) or item.placement == "body"]
        return self._section(f"chapter-{name}", self._title(name), body)

    def _section(self, anchor: str, title: str, items: list[Shown | str]) -> _Section:
        blocks: list[str] = []
        entries: list[_Entry] = []
        for item in items:
            html, entry = (item, None) if isinstance(item, str) else self._block(item)
            blocks.append(html)
            entries += [entry] if entry else []
        return _Section(anchor, title, Markup("\n".join(blocks)), tuple(entries))

    def _failed(self, name: str, failure: ChapterFailure) -> _Section:
        title = self._title(name)
        lines = [line.strip() for line in failure.error.splitlines() if line.strip()]
        told = self._say("page.failure.told", chapter=title)
        reason = self._say("page.failure.reason", error=lines[0] if lines else self._say("page.failure.unknown"))
        html = f'<p>{escape(told)}</p>\n<p class="sans reason">{escape(reason)}</p>'
        return _Section(f"chapter-{name}", title, Markup(html), failed=True)

    def _block(self, shown: Shown) -> tuple[str, _Entry | None]:
        texts = texts_of(shown, self.language)
        if shown.kind == "prose":
            heading = f"<h3>{escape(texts['caption'])}</h3>\n" if texts["caption"] else ""
            return f'<div class="prose prose-{escape(shown.id)}">\n{heading}{texts["html"]}\n</div>', None
        if shown.kind == "figure" and not texts.get("svg"):
            return f'<div class="absent">{texts["html"]}</div>', None  # no number for a picture that is not there
        self._counts[shown.kind] += 1
        number = self._counts[shown.kind]
        anchor = f"{shown.kind}-{number}"
        label = self._say(f"page.labels.{shown.kind}", n=number)
        html = _numbered_table(texts, anchor, label) if shown.kind == "table" else _figure(texts, anchor, label)
        return html, _Entry(anchor, label, texts["caption"])

    def _title(self, name: str) -> str:
        return formatter(self.language).text(Code("chapters", name))

    def _say(self, key: str, **facts: object) -> str:
        return words.sentence(Message(key, facts), self.language)


def _items(name: str, notebook: NotebookNode, language: str) -> list[Shown | str]:
    """Displays, and hand-written cells of the language as HTML, in the notebook's order."""
    items = list(_read(notebook, language))
    if not any(isinstance(item, Shown) for item in items):
        raise LegalAidEvalError(f"notebook '{name}' shows nothing; execute it before making a page from it")
    return items


def _read(notebook: NotebookNode, language: str) -> Iterator[Shown | str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and language in cell.metadata.get("tags", []):
            html = narrative.from_markdown(cell.source)
            if html:
                yield f'<div class="prose">\n{html}\n</div>'
        elif cell.cell_type == "code":
            yield from displays(cell.outputs)


def _placed(items: Mapping[str, list[Shown | str]], placement: str) -> list[Shown | str]:
    every = (item for chapter in items.values() for item in chapter)
    return [item for item in every if isinstance(item, Shown) and item.placement == placement]


def _numbered_table(texts: Mapping[str, str], anchor: str, label: str) -> str:
    html = texts["html"]
    opening = "<caption>" if "<caption>" in html else '<p class="caption">'
    numbered = html.replace(opening, f'{opening}<span class="label">{escape(label)}</span> ', 1)
    return f'<div class="block" id="{anchor}">{numbered}</div>'


def _figure(texts: Mapping[str, str], anchor: str, label: str) -> str:
    caption = f'<figcaption><span class="label">{escape(label)}</span> {escape(texts["caption"])}</figcaption>'
    svg = inline_svg(texts["svg"], prefix=f"{anchor}-svg", title=texts["caption"], alt=texts["alt"])
    return f'<figure class="block" id="{anchor}"><div class="wide">{svg}</div>{caption}</figure>'


def _literal(value: object) -> str:
    """A parameter as its file writes it: the colophon is for running the report again, not for reading numbers."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ", ".join(_literal(each) for each in value) or "—"
    return str(value) or "—"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
