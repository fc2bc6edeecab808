"""The text of the summary pages, word for word: a change of wording is seen and decided on.

After a wanted change: `UPDATE_SNAPSHOTS=1 .venv/bin/python -m pytest tests/notebooks/test_summary_snapshot.py`
"""

import os
import re
from html import unescape
from pathlib import Path

import pytest

SNAPSHOTS = Path(__file__).with_name("snapshots")


def front_text(html: str) -> str:
    """The words of the page up to its contents list, one block to a line."""
    body = html[html.index("<main") : html.index("<nav")]
    body = re.sub(r"<(style|svg|title)\b.*?</\1>", "", body, flags=re.S)
    lines = re.sub(r"</(p|li|h\d|td|th|tr|dt|dd|div)>", "\n", body)
    words = unescape(re.sub(r"<[^>]+>", "", lines))
    return "\n".join(line.strip() for line in words.splitlines() if line.strip()) + "\n"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("report", ["changzhi-2023", "demo-city-2025"])
def test_the_page_a_bureau_head_reads_first(reports, report, language):
    html = (reports / report / f"report.{language}.html").read_text(encoding="utf-8")
    found = front_text(html)
    assert len(found) > 500
    stored = SNAPSHOTS / f"{report}.{language}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        stored.parent.mkdir(exist_ok=True)
        stored.write_text(found, encoding="utf-8", newline="\n")
    assert found == stored.read_text(encoding="utf-8")
