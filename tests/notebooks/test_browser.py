"""The pages in a real browser, offline: no console message, no request, no character without a glyph."""

import re
import shutil
import subprocess

import pytest
from fontTools.ttLib import TTFont

from legalaid_eval.report.fonts import FACES
from tests.published import PROGRAMMES

REPORTS = (*PROGRAMMES, "demo-city-2025")

CHROMIUM = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None)
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --window-size=1000,2000"
).split()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this computer; .ci/run installs it")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("programme", REPORTS)
def test_a_page_opens_offline_without_a_console_message(reports, tmp_path, programme, language):
    page = reports / programme / f"report.{language}.html"
    picture = tmp_path / "page.png"
    done = subprocess.run(
        [
            CHROMIUM,
            *QUIET,
            *("--enable-logging=stderr", "--proxy-server=127.0.0.1:9", f"--user-data-dir={tmp_path / 'profile'}"),
            *(f"--screenshot={picture}", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert picture.stat().st_size > 20_000, done.stderr[-2000:]
    assert not re.search(r"CONSOLE|ERR_", done.stderr), done.stderr[-2000:]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("programme", REPORTS)
def test_every_character_of_a_page_has_a_glyph(reports, programme, language):
    text = (reports / programme / f"report.{language}.html").read_text(encoding="utf-8")
    body = re.sub(r"<(style|svg|head)\b.*?</\1>|<[^>]+>", "", text, flags=re.S)
    shown = {character for character in body if character.isprintable() and not character.isspace()}
    for path in FACES.values():
        known = TTFont(path(), lazy=True).getBestCmap()
        assert {character for character in shown if ord(character) not in known} == set()
