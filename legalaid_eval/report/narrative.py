"""A chapter's sentences as HTML of one language. All text from data is escaped here."""

from html import escape

import mistune

from legalaid_eval.content import Prose
from legalaid_eval.report import words

STYLES = ("paragraphs", "list")


def heading(prose: Prose, language: str) -> str:
    """The heading `prose.<id>.heading` of the locale as plain text; empty where it has none."""
    key = f"prose.{prose.id}.heading"
    return words.lookup(key, language) if words.has(key, language) else ""


def render(prose: Prose, language: str) -> str:
    """The sentences as paragraphs or as a list."""
    texts = [escape(words.sentence(message, language)) for message in prose.messages]
    if prose.style == "paragraphs":
        return "\n".join(f"<p>{text}</p>" for text in texts)
    if prose.style == "list":
        return "<ul>\n" + "\n".join(f"<li>{text}</li>" for text in texts) + "\n</ul>" if texts else ""
    raise ValueError(f"prose '{prose.id}': style {prose.style!r}, expected one of {', '.join(STYLES)}")


def from_markdown(source: str) -> str:
    """A hand-written cell as HTML. Raw HTML in it is shown as text; links and pictures keep only their words.

    A level-1 heading is left out: the page gives each chapter its title. Level 2 becomes `<h3>`, and so on.
    """
    return mistune.create_markdown(renderer=_PageMarkdown(escape=True))(source).strip()


class _PageMarkdown(mistune.HTMLRenderer):
    """Markdown for a page that must stand alone, offline and on paper."""

    def heading(self, text: str, level: int, **attrs: object) -> str:
        return "" if level == 1 else f"<h{min(level + 1, 6)}>{text}</h{min(level + 1, 6)}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text
