"""The page of benchmarks: every section there is, and an exit code that tells a missed goal."""

from types import SimpleNamespace

import pytest

from tests.benchmarks import __main__ as bench


def stub(title, reached=True):
    return SimpleNamespace(
        PACKAGES=("numpy",),
        compare=lambda scratch: SimpleNamespace(reached=reached and scratch.is_dir()),
        section=lambda compared: f"## {title}\n\n| a | b |\n|---|--:|\n| c | 1.0 |\n",
    )


@pytest.fixture
def document(tmp_path, monkeypatch):
    monkeypatch.setattr(bench, "DOCUMENT", tmp_path / "benchmarks.md")
    monkeypatch.setattr(bench, "SECTIONS", {"one": stub("First"), "two": stub("Second"), "bad": stub("Bad", False)})
    return bench.DOCUMENT


def test_the_page_has_every_section_in_order_and_a_missed_goal_ends_with_one(document):
    assert bench.main([]) == 1
    text = document.read_text(encoding="utf-8")
    places = [text.index(title) for title in ("# Benchmarks", "## First", "## Second", "## Bad", "Goal missed.")]
    assert places == sorted(places)
    assert text.count("Goal reached.") == 2


def test_a_section_alone_leaves_the_others_as_they_are(document, monkeypatch):
    bench.main([])
    before = document.read_text(encoding="utf-8")
    assert bench.main(["two"]) == 0
    assert document.read_text(encoding="utf-8") == before
    monkeypatch.setitem(bench.SECTIONS, "two", stub("Second again"))
    assert bench.main(["two"]) == 0
    assert document.read_text(encoding="utf-8") == before.replace("## Second", "## Second again")


def test_a_section_there_is_not_is_told(document, capsys):
    assert bench.main(["three"]) == 2
    assert "expected any of one, two, bad" in capsys.readouterr().err
    assert not document.exists()


def test_every_section_has_what_the_page_needs():
    for module in bench.SECTIONS.values():
        assert module.PACKAGES and callable(module.compare) and callable(module.section)


def test_every_kind_of_cells_has_its_bare_query():
    from legalaid_eval.cells import EVERY
    from tests.benchmarks.bare_cells import bare_queries

    assert {kind.name for kind in EVERY} <= {name for name, _ in bare_queries("2025-12-31")}
