"""Text measured and broken into lines before it is drawn, in the one typeface of all pictures."""

import re
from dataclasses import dataclass, replace
from functools import cache

import pylopdf_fonts_zh_cn as bundled
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.textpath import text_to_path

from legalaid_eval.content import Message
from legalaid_eval.report import words
from legalaid_eval.report.formatting import formatter

FAMILY = "Report Sans"
SIZE = 9.5  # points
LINE = 0.165  # inches from one line of text to the next
POINTS_PER_INCH = 72
# A Chinese character with the punctuation that must stay beside it, or a word of any other script.
PIECE = re.compile(r"[（《“]*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*)[，。：；、）》”]*|\s+")


@dataclass(frozen=True)
class Voice:
    """The words of one figure in one language."""

    figure: str
    language: str

    def word(self, part: str, **facts: object) -> str:
        """The locale's text `figures.<figure>.<part>`."""
        return words.sentence(Message(f"figures.{self.figure}.{part}", facts), self.language)

    def text(self, value: object) -> str:
        """Any value of a chapter in words."""
        return formatter(self.language).text(value)

    def number(self, value: float) -> str:
        return formatter(self.language).number(value)


@cache
def typeface() -> str:
    """The family name of the bundled Noto Sans SC.

    It gets a name of its own, because a computer's own Noto Sans SC, of another version, would be found first.
    """
    path = str(bundled.sans_path())
    fontManager.addfont(path)
    entry = next(each for each in reversed(fontManager.ttflist) if each.fname == path)
    fontManager.ttflist.append(replace(entry, name=FAMILY))
    return FAMILY


@cache
def width(line: str) -> float:
    """Inches that one line of text takes."""
    properties = FontProperties(family=typeface(), weight="normal", style="normal", size=SIZE)
    points, _, _ = text_to_path.get_text_width_height_descent(line, properties, False)
    return round(points / POINTS_PER_INCH, 4)


def widest(lines: tuple[str, ...]) -> float:
    return max((width(line) for line in lines), default=0.0)


def wrap(text: str, limit: float) -> tuple[str, ...]:
    """The text in lines of at most `limit` inches and of about equal length; a longer word keeps its own line."""
    lines = _filled(text, limit)
    for narrower in (limit * share / 20 for share in range(19, 7, -1)):
        tighter = _filled(text, narrower)
        if len(tighter) > len(lines) or widest(tighter) > limit:
            break
        lines = tighter
    return lines


def _filled(text: str, limit: float) -> tuple[str, ...]:
    lines = [""]
    for piece in PIECE.findall(text):
        if lines[-1] and width((lines[-1] + piece).rstrip()) > limit:
            lines.append("")
        lines[-1] += piece
    return tuple(line.strip() for line in lines)
