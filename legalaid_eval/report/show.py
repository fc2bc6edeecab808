"""What notebooks call: `show.table(chapter, "ledger")` and its two sisters.

What does not apply to the report is None in the chapter and shown as nothing.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TypeVar

from legalaid_eval.content import Chapter, Figure, Message
from legalaid_eval.errors import LegalAidEvalError
from legalaid_eval.report import alternatives, narrative, tables, words
from legalaid_eval.report.display import Shown

Item = TypeVar("Item")


def table(chapter: Chapter, name: str, *, languages: Sequence[str] = words.LANGUAGES) -> Shown | None:
    """The chapter's table `name` in every language of `languages`; the first is the one JupyterLab shows."""
    found = _find(chapter, chapter.tables, "table", name)
    if found is None:
        return None
    texts = {each: {"caption": tables.caption(found, each), "html": tables.render(found, each)} for each in languages}
    return Shown("table", found.id, found.placement, texts)


def prose(chapter: Chapter, name: str, *, languages: Sequence[str] = words.LANGUAGES) -> Shown | None:
    """The chapter's sentences `name` in every language of `languages`."""
    found = _find(chapter, chapter.prose, "prose", name)
    if found is None:
        return None
    texts = {
        each: {"caption": narrative.heading(found, each), "html": narrative.render(found, each)} for each in languages
    }
    return Shown("prose", found.id, found.placement, texts)


def figure(chapter: Chapter, name: str, *, languages: Sequence[str] = words.LANGUAGES) -> Shown | None:
    """The chapter's picture `name` in every language of `languages`, or a sentence where it has no rows."""
    found = _find(chapter, chapter.figures, "figure", name)
    if found is None:
        return None
    picture = _absent if found.data.empty else _drawn
    return Shown("figure", found.id, "body", {each: picture(found, each) for each in languages})


def _drawn(found: Figure, language: str) -> dict[str, str]:
    from legalaid_eval.report import figures  # loads the plotting library, which a table does not need

    return {
        "caption": _words(found, "caption", language),
        "svg": figures.draw(found, language),
        "alt": _words(found, "alt", language),
    }


def _absent(found: Figure, language: str) -> dict[str, str]:
    empty = escape(_words(found, "empty", language))
    return {"caption": _words(found, "caption", language), "alt": "", "html": f'<p class="none">{empty}</p>'}


def _words(found: Figure, part: str, language: str) -> str:
    facts = {**alternatives.numbers(found), **found.facts}
    return words.sentence(Message(f"figures.{found.id}.{part}", facts), language)


def _find(chapter: Chapter, items: Mapping[str, Item], kind: str, name: str) -> Item:
    if name in items:
        return items[name]
    known = ", ".join(items) or "none"
    raise LegalAidEvalError(f"chapter '{chapter.name}' has no {kind} '{name}'; it has {known}")
