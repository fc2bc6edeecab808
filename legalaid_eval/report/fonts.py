"""The page's own typefaces: subsets of two open fonts with just the characters the page shows.

Without them a computer that has no Chinese font shows a Chinese page as boxes. The same characters give
the same bytes on every machine.
"""

import base64
import io
from functools import cache
from html.parser import HTMLParser

import pylopdf_fonts_zh_cn as bundled
from fontTools import subset
from fontTools.ttLib import TTFont

FACES = {"Report Serif": bundled.serif_path, "Report Sans": bundled.sans_path}
# What the style sheet sets in the sans face; everything else is running text. Keep in step with page.css.
SANS_TAGS = frozenset(
    {"h1", "h2", "h3", "h4", "h5", "h6", "table", "figure", "nav", "header", "footer", "aside", "strong", "em", "title"}
)
SANS_CLASSES = frozenset({"sans", "caption", "note", "none"})
VOID_TAGS = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
ALWAYS = "".join(chr(code) for code in range(0x20, 0x7F)) + "·—–−…"


def font_faces(html: str) -> str:
    """`@font-face` rules with the characters of `html` embedded."""
    reader = _Characters()
    reader.feed(html)
    reader.close()
    return "\n".join(_font_face(family, _tidy(reader.seen[family])) for family in FACES)


class _Characters(HTMLParser):
    """Collects the characters that each face must have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: dict[str, set[str]] = {family: set(ALWAYS) for family in FACES}
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID_TAGS:
            classes = (dict(attrs).get("class") or "").split()
            sans = tag in SANS_TAGS or not SANS_CLASSES.isdisjoint(classes)
            self._open.append(f"{tag} sans" if sans else tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().split()[0] != tag:
            pass  # an element left open ends with its parent

    def handle_data(self, data: str) -> None:
        if any(each in ("script", "style") for each in self._open):
            return
        sans = any(each.endswith(" sans") for each in self._open)
        self.seen["Report Sans" if sans else "Report Serif"].update(data)


def _tidy(characters: set[str]) -> str:
    return "".join(sorted(character for character in characters if character.isprintable()))


def _font_face(family: str, characters: str) -> str:
    data = base64.b64encode(_subset(family, characters)).decode("ascii")
    return f"@font-face{{font-family:'{family}';src:url(data:font/woff;base64,{data}) format('woff')}}"


@cache
def _subset(family: str, characters: str) -> bytes:
    """A WOFF file; its bytes depend on the characters and the locked font versions only."""
    font = TTFont(FACES[family](), recalcTimestamp=False, recalcBBoxes=False, lazy=True)
    # pwid: English quotation marks and dashes must not be as wide as a Chinese character. halt: nor two marks in a row.
    options = subset.Options(
        hinting=False,
        desubroutinize=True,
        layout_features=["pwid", "halt"],
        notdef_outline=True,
        ignore_missing_unicodes=True,
    )
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.flavor = "woff"
    stream = io.BytesIO()
    font.save(stream, reorderTables=None)
    return stream.getvalue()
