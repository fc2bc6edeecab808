"""What the summary makes of a register's rows: every sentence from the rows, and no kind of evidence mixed up."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from legalaid_eval import project, results
from legalaid_eval.chapters import front_register, summary
from legalaid_eval.chapters.base import grounds_of
from legalaid_eval.content import Label
from legalaid_eval.params import ReportParams
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.report import show, words

DAYS = (date(2017, 1, 1), date(2017, 12, 31))


def row(indicator: str, method: str, group: str, estimate: float | None, **more: object) -> results.Row:
    given = {"ci_low": None, "ci_high": None, "n": None, "status": "ok", "note": "", "place": "Luqiao"} | more
    given.setdefault("evidence", "register")
    place = given.pop("place")
    unset = {"conf_level": None, "unit": "record", "verdict": "", "printed": None}
    return results.Row("r", "data_quality", indicator, place, *DAYS, group, method, estimate, **(unset | given))


def frame(*rows: results.Row):
    return results.make(rows)


def said(found: front_register.Sentences, part: str, language: str = "en") -> str:
    return " ".join(words.sentence(message, language) for message in found.get(part, ()))


def sentences(*rows: results.Row) -> front_register.Sentences:
    return front_register.sentences(frame(*rows), "Luqiao", lambda place: Label(f"{place}（中）", f"{place} (en)"))


def test_a_share_that_the_rows_left_out_can_move_is_told_with_both_ends():
    known = row("closed_share", "worst_case_bounds", "closure", 80.0, ci_low=79.6, ci_high=80.5, n=900)
    loose = row("satisfied_share", "worst_case_bounds", "satisfaction", 98.0, ci_low=60.0, ci_high=99.0, n=50)
    found = sentences(known, loose)
    assert "80.0% of 900" in said(found, "sayable") and "98.0%" not in said(found, "sayable")
    assert "60.0% to 99.0%" in said(found, "unclear") and "98.0% of the rows used" in said(found, "unclear")


def test_a_month_without_a_case_is_a_gap_with_the_place_that_left_it():
    gap = {"status": "not_evaluable", "note": "nothing_reported"}
    found = sentences(row("records", "by_month", "cases", None, place="A", **gap))
    assert "1 unit-month no case was reported (A (en)): a gap, not a zero" in said(found, "limits")


def test_hidden_numbers_are_counted_and_not_told():
    hidden = row("issues", "error", "cases:no_key", None, status="suppressed", note="no_key")
    found = sentences(hidden, row("issues", "error", "cases:empty", 7.0, note="empty"))
    assert "1 number is suppressed" in said(found, "limits")
    assert "(7)" in said(found, "wrong") and "of 1 further kind the number is suppressed" in said(found, "wrong")


def test_the_least_filled_columns_of_the_whole_place_come_first():
    rows = [row("completeness", "filled_of_due", name, share) for name, share in (("town", 90.0), ("matter", 100.0))]
    elsewhere = row("completeness", "filled_of_due", "channel", 10.0, place="A")
    stage = row("completeness", "filled_of_due", "stage:intake", 50.0)
    assert said(sentences(*rows, elsewhere, stage), "missing") == (
        "To be completed first in the register: town (90.0%), in brackets the share filled."
    )
    facts = front_register.came_in(frame(*rows, elsewhere, stage), "Luqiao")
    assert (facts["known"], facts["full"], facts["cases"]) == (2, 1, None)


def test_nothing_to_say_is_said_in_both_languages():
    assert sentences() == {}
    for part in ("wrong", "unclear", "sayable", "limits"):
        assert all(words.has(f"summary.register.none_{part}", language) for language in words.LANGUAGES)


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReportParams:
    """A report on a real register and the published figures of the same place."""
    columns = {"code": ["L"], "place": ["Luqiao"], "name_zh": ["路桥区"], "name_en": ["Luqiao District"]}
    columns |= {"level": ["district"], "valid_from": np.array(["NaT"], dtype="datetime64[D]")}
    with StoreWriter(tmp_path / "store", simulated=False, data_as_of=date(2018, 1, 9)) as writer:
        writer.append("places", columns)
    monkeypatch.setenv(project.WORK_VARIABLE, str(tmp_path / "work"))
    plain = ReportParams.read(project.resolve("params/luqiao-2017.yaml")).model_dump()
    chapters = ["published_claims", "data_quality", "summary"]
    return ReportParams.from_notebook(plain | {"store": str(tmp_path / "store"), "chapters": chapters})


def save(params: ReportParams, chapter: str, rows) -> None:
    results.save_chapter(rows, chapter, project.work_folder(params.report_id))


def test_a_register_beside_published_figures_is_told_beside_them(both):
    shipped = project.resolve("data/sample/results/changzhi-2023/published_claims.csv")
    save(both, "published_claims", results.read(shipped))
    save(both, "data_quality", frame(row("records", "in_period", "cases", 723.0)))
    assert grounds_of(both).evidence == "register_and_published"
    chapter = summary.evaluate(both)
    lead = show.prose(chapter, "lead").languages["en"]["html"]
    assert "118 figures" in lead and "723 cases" in lead and "simulated" not in lead
    assert set(chapter.rows["evidence"]) == {"published"}
    listed = show.table(chapter, "not_evaluable").languages["en"]["html"]
    assert "Data quality" not in listed and "Caseload" in listed


def test_a_register_alone_shows_nothing_about_published_figures(both):
    alone = ReportParams.from_notebook(both.model_dump() | {"chapters": ["data_quality", "summary"]})
    save(alone, "data_quality", frame(row("records", "in_period", "cases", 723.0)))
    assert grounds_of(alone).evidence == "register"
    chapter = summary.evaluate(alone)
    assert show.table(chapter, "verdict_counts") is None and show.prose(chapter, "next_step") is None
    texts = [show.prose(chapter, name) for name in chapter.prose] + [show.table(chapter, n) for n in chapter.tables]
    told = " ".join(each.languages["en"]["html"] for each in texts if each is not None)
    assert "ublished" not in told and "simulated" not in told
    assert chapter.rows.empty


def test_a_chapter_that_has_not_run_is_named(both):
    save(both, "data_quality", frame(row("records", "in_period", "cases", 723.0)))
    chapter = summary.evaluate(both)
    assert "Checking the published figures" in show.prose(chapter, "absent").languages["en"]["html"]
    assert show.prose(chapter, "section_wrong").languages["en"]["html"].count("<li>") == 1
