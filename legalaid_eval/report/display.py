"""What a notebook cell shows: one output whose bundle carries every language.

JupyterLab and stock papermill show the first language; a page takes its own from the payload. The plain
text is constant, because IPython would otherwise add a repr with a memory address.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from legalaid_eval.errors import LegalAidEvalError

MIME = "application/vnd.legalaid-eval.v1+json"
KINDS = ("table", "figure", "prose")
PLACEMENTS = ("front", "body", "appendix")
# JupyterLab has no style sheet of ours, so what must be seen there is said inline.
BOX = "max-width:60rem;overflow-x:auto;line-height:1.6"
NOT_INLINE = r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>"
INLINE = {
    "<table>": '<table style="border-collapse:collapse;border-top:1px solid;border-bottom:1px solid">',
    "<caption>": '<caption style="caption-side:top;text-align:left;padding:.4em 0;white-space:normal">',
    ' class="number': ' style="text-align:right;font-variant-numeric:tabular-nums" class="number',
}


@dataclass(frozen=True)
class Shown:
    """A display of all its languages; `languages` maps a language to its texts, the first one is shown.

    A table or prose has `caption` and `html`; a figure `caption`, `alt` and `svg`, or `html` where it has no rows.
    """

    kind: str
    id: str
    placement: str
    languages: Mapping[str, Mapping[str, str]]

    def __repr__(self) -> str:
        return f"legalaid_eval {self.kind} {self.id}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        first = next(iter(self.languages.values()))
        shown = {"image/svg+xml": first["svg"]} if first.get("svg") else {"text/html": _boxed(first)}
        return {"text/plain": repr(self), **shown, MIME: self.payload()}

    def payload(self) -> dict[str, object]:
        """The display as plain JSON values."""
        languages = {language: dict(texts) for language, texts in self.languages.items()}
        return {"kind": self.kind, "id": self.id, "placement": self.placement, "languages": languages}


def displays(outputs: list[Mapping]) -> Iterator[Shown]:
    """The displays among a notebook cell's outputs, in order; other outputs are not for readers."""
    for output in outputs:
        payload = output.get("data", {}).get(MIME)
        if payload is not None:
            yield from_payload(payload)


def from_payload(payload: Mapping) -> Shown:
    """A display read back from a notebook. Raises LegalAidEvalError for one that this version did not write."""
    try:
        shown = Shown(payload["kind"], payload["id"], payload["placement"], payload["languages"])
    except KeyError as error:
        raise LegalAidEvalError(f"a stored display lacks {error}; execute the notebook again") from error
    if shown.kind not in KINDS or shown.placement not in PLACEMENTS:
        raise LegalAidEvalError(
            f"a stored display is '{shown.kind}' placed '{shown.placement}', expected one of {', '.join(KINDS)} placed "
            f"{', '.join(PLACEMENTS)}; execute the notebook again"
        )
    return shown


def texts_of(shown: Shown, language: str) -> Mapping[str, str]:
    """The texts of one language; a display that lacks it is an error, not an empty place on the page."""
    if language not in shown.languages:
        raise LegalAidEvalError(
            f"{shown!r} has no language '{language}', only {', '.join(shown.languages)}; "
            f"execute the notebook again with languages that include it"
        )
    return shown.languages[language]


def _boxed(texts: Mapping[str, str]) -> str:
    html = texts["html"]
    for plain, styled in INLINE.items():
        html = html.replace(plain, styled)
    caption = texts["caption"]
    if caption and escape(caption) not in html:
        html = f'<p style="font-size:1.1em;margin:.6em 0">{escape(caption)}</p>{html}'
    return f'<div style="{BOX}">{html}</div>'


def inline_svg(svg: str, *, prefix: str, title: str, alt: str) -> str:
    """An SVG file made fit to stand inside a page: own ids, no prolog, no fixed size, a title and an alt text."""
    body = re.sub(NOT_INLINE, "", svg, flags=re.S)
    body = re.sub(r"<style[^>]*>\s*\*\s*\{", f"<style>#{prefix} * {{", body)  # or it would style the whole page
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'\b(?:xlink:)?href="#', f'href="#{prefix}-', body)
    body = re.sub(r"url\(#", f"url(#{prefix}-", body)
    opening = re.search(r"<svg\b[^>]*>", body)
    view_box = opening and re.search(r'\bviewBox="[^"]*"', opening[0])
    if not view_box:
        raise LegalAidEvalError(f"figure '{prefix}' is no SVG with a viewBox; check its drawing function")
    root = f'<svg id="{prefix}" {view_box[0]} role="img" aria-label="{escape(alt)}"><title>{escape(title)}</title>'
    return (root + body[opening.end() :]).strip()
