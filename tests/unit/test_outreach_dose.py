"""Dose and spill-over in the chapter on outreach: doses by hand, planted relations, reasons, and every word."""

from dataclasses import replace
from datetime import date
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import AwarenessSurvey
from legalaid_eval.cells.processing_register import Places
from legalaid_eval.chapters import outreach_dose_prose as dose_prose
from legalaid_eval.chapters import outreach_dose_shown as shown
from legalaid_eval.chapters import outreach_spill_over as spilled
from legalaid_eval.chapters.outreach_dose import KEPT_UP, curve_of
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_reach import mean_dose, monthly_doses, reach_of
from legalaid_eval.content import Message
from legalaid_eval.report import figures, tables, words

LANGUAGES = ("zh", "en")
COUNTIES, TOWNS, WAVES, ASKED = 8, 3, 6, 4000
FIRST, PEOPLE = pd.Period("2021-07", "M"), 10_000
MONTHS = pd.period_range(FIRST, periods=6 * WAVES, freq="M")
ASKED_IN = [str(MONTHS[6 * (wave + 1) - 1]) for wave in range(WAVES)]


def events(doses: np.ndarray) -> pd.DataFrame:
    """`doses` of OutreachSeen from persons reached (counties, towns, months); 0 is no event."""
    at = np.argwhere(doses > 0)
    reached = doses[tuple(at.T)].astype(int)
    frame = pd.DataFrame({"county": [f"C{c}" for c in at[:, 0]], "town": [f"C{c}-{t}" for c, t in at[:, :2]]})
    frame = frame.assign(month=MONTHS.astype(str)[at[:, 2]], n=1, n_attendance=1, attendance=reached)
    return frame.assign(n_cost_fen=0, cost_fen=0)


def answers(share: np.ndarray, wording: list[str]) -> pd.DataFrame:
    """Answers of ASKED persons in every township and wave (counties, towns, waves): so many have heard of it."""
    c, t, w = (axis.ravel() for axis in np.indices(share.shape))
    yes = np.rint(ASKED * share.ravel()).astype(int)
    county = [f"C{each}" for each in c]
    town = [f"C{a}-{b}" for a, b in zip(c, t, strict=True)]
    frame = pd.DataFrame({"county": county, "town": town, "segment": "general", "mode": "phone", "wave": w + 1})
    frame = frame.assign(wording=np.array(wording)[w], stratum=frame["county"], psu=frame["town"], weight=1.0)
    parts = [frame.assign(heard_of=said, n=n) for said, n in ((1.0, yes), (0.0, ASKED - yes))]
    whole = pd.concat(parts, ignore_index=True)
    return whole.assign(knows_free=np.nan, knows_who=np.nan, knows_where=np.nan, depth=np.nan)


def told_of(doses: pd.DataFrame, answered: pd.DataFrame, *, bridge: str = "", whole: bool = True, **residents) -> Told:
    codes = [f"C{c}" for c in range(COUNTIES)]
    units = pd.DataFrame({"code": codes, "key": codes, "name_zh": [f"{c}县" for c in codes], "name_en": codes})
    waves = pd.DataFrame({"wave": range(1, WAVES + 1), "month": ASKED_IN, "first_on": None, "last_on": None})
    towns = {f"{code}-{t}": PEOPLE * (t + 1) for code in codes for t in range(TOWNS)}
    people = towns | dict.fromkeys(codes, PEOPLE * 6) | residents
    seen = SimpleNamespace(
        survey=AwarenessSurvey(answered, waves, 5),
        doses=doses,
        residents={code: n for code, n in people.items() if n is not None},
        places=Places(units, whole),
        as_of=date(2024, 12, 31),
        meta=SimpleNamespace(simulated=True, evidence="simulated"),
    )
    params = SimpleNamespace(
        report_id="r", place="City", period_start=date(2024, 1, 1), period_end=date(2024, 12, 31), min_cell=5,
        conf_level=0.95, wording_bridge=bridge,
    )  # fmt: skip
    return Told(params, seen, pd.DataFrame(columns=["indicator", "group", "place"]))


@cache
def reached() -> np.ndarray:
    rng = np.random.default_rng(3)
    busy = rng.exponential(1.0, (COUNTIES, 1, WAVES)) * rng.exponential(1.0, (COUNTIES, TOWNS, WAVES))
    return np.rint(8 * busy.repeat(6, axis=2) * (rng.random((COUNTIES, TOWNS, 6 * WAVES)) < 0.6))


def windows(doses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Persons per 1,000 residents in the six months of each wave (counties, towns, waves), own and of the others."""
    people = PEOPLE * np.arange(1, TOWNS + 1)[:, None]
    own = 1000 * doses.reshape(COUNTIES, TOWNS, WAVES, 6).sum(axis=3) / people
    total, weight = (own * people).sum(axis=1, keepdims=True), people.sum()
    return own, (total - own * people) / (weight - people)


def planted(own: float, near: float, *, wording: list[str] | None = None, noise: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    doses = windows(reached())
    level = 0.4 + 0.02 * np.arange(COUNTIES)[:, None, None] + 0.01 * np.arange(TOWNS)[:, None] + 0.01 * np.arange(WAVES)
    shock = noise * rng.normal(size=(COUNTIES, 1, WAVES))
    share = level + (own * doses[0] + near * doses[1]) / 100 + shock
    return answers(share, wording or ["prompted"] * WAVES)


def nearly_all(low: float, high: float) -> pd.DataFrame:
    return answers(np.random.default_rng(7).uniform(low, high, (COUNTIES, TOWNS, WAVES)), ["prompted"] * WAVES)


STORIES = ("found", "nothing", "against", "gaps", "few", "ceiling")


@cache
def story(name: str):
    """Curves and spill-overs of stores that tell different things."""
    told = {
        "found": lambda: told_of(events(reached()), planted(1.0, 0.5)),
        "nothing": lambda: told_of(events(reached()), planted(0.0, 0.0, noise=0.05), whole=False),
        "against": lambda: told_of(events(reached()), planted(-1.0, -0.5)),
        "gaps": lambda: told_of(
            events(reached()).assign(n=2, town=lambda f: f["town"].where(f.index % 9 > 0, "missing")),
            planted(0.2, 0.0, noise=0.03), C1=None,
        ),
        "few": lambda: told_of(
            events(reached()[:4]).query("month > '2022-02'"), planted(1.0, 0.5), bridge="same_shift"
        ),
        "ceiling": lambda: told_of(events(reached()), nearly_all(0.94, 0.98)),
    }[name]()  # fmt: skip
    return curve_of(told), spilled.spill_over_of(told)


@cache
def said_by(name: str):
    """All sentences, tables and results rows of a story."""
    curve, spill = story(name)
    rows = results.make([*shown.rows(curve), *spilled.rows(spill)])
    return all_messages(curve, spill), (*shown.tables(curve), spilled.table(spill)), rows


def all_messages(curve, spill) -> list[Message]:
    return [*dose_prose.prose(curve).messages, *dose_prose.reading_messages(curve), *spilled.messages(spill)]


def cells(*rows: tuple[str, str, str, int, int, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["county", "town", "month", "n", "n_attendance", "attendance"])


def test_attendance_that_is_not_recorded_counts_as_the_countys_mean_else_the_stores():
    found = reach_of(
        cells(
            ("A", "a", "2024-01", 2, 2, 60), ("A", "b", "2024-02", 3, 1, 30), ("A", "b", "2024-03", 1, 0, np.nan),
            ("B", "c", "2024-01", 2, 0, np.nan), ("C", "d", "2024-01", 1, 1, 10),
        )
    )  # fmt: skip
    assert found.cells["persons"].tolist() == [60, 30 + 2 * 30, 30, 2 * 25, 10]
    assert found.imputed == pytest.approx(5 / 9)
    assert reach_of(cells(("A", "a", "2024-01", 2, 0, np.nan))).reason == "no_attendance"
    assert reach_of(cells()).reason == "no_events"


def test_doses_are_persons_per_1000_residents_and_0_in_months_without_an_event():
    held = reach_of(
        cells(("A", "a", "2024-02", 1, 1, 30), ("B", "b", "2024-01", 1, 1, 5), ("C", "c", "2024-01", 1, 1, 5))
    )
    doses = monthly_doses(held.cells, "county", {"A": 2000, "B": 500}, end="2024-03")
    table = doses.pivot(index="county", columns="month", values="dose")
    assert table.loc["A"].tolist() == [0, 15, 0]
    assert table.loc["B"].tolist() == [10, 0, 0]
    assert "C" not in table.index
    mean = mean_dose(doses, "county", months=2).pivot(index="county", columns="month", values="dose")
    assert mean.loc["A"].tolist() == [0, 7.5, 7.5]


def test_the_curve_finds_what_was_planted_and_stays_within_what_was_seen():
    curve, _ = story("found")
    fit = curve.fit
    held = 1000 * reached().sum(axis=1) / (6 * PEOPLE)
    assert shown.verdict(curve) == "higher"
    asked = planted(1.0, 0.5).groupby(["county", "wave"])["n"]
    known = planted(1.0, 0.5).query("heard_of == 1").groupby(["county", "wave"])["n"].sum() / asked.sum()
    assert fit.fitted["observed"].to_numpy() == pytest.approx(known.to_numpy(), abs=1e-4)
    assert fit.panel.doses == pytest.approx(held)
    assert fit.overall.ci_low < 1.5 * windows(reached())[0].mean() < fit.overall.ci_high
    year = np.lib.stride_tricks.sliding_window_view(held, KEPT_UP, axis=1).mean(axis=2)[:, ::6]
    assert curve.kept[1] == pytest.approx(max(year.max(), held[:, :6].mean(axis=1).max()))
    table = shown.changes(curve)
    assert table["estimate"].is_monotonic_increasing
    assert table["dose"].iloc[-1] == pytest.approx(curve.kept[1], rel=0.06)


def test_marks_lie_about_the_curve_where_the_fit_explains_nearly_all():
    curve, _ = story("found")
    (figure,) = shown.figures(curve)
    marks = figure.data[figure.data["part"] == "point"]
    assert len(marks) == COUNTIES
    assert marks["y"].to_numpy() == pytest.approx(curve.fit.by_place()["estimate"].to_numpy(), abs=2.0)
    assert (marks["n"] % 10 == 0).all()  # never the number of respondents itself


def test_wordings_are_joined_by_a_bridge_only():
    wording = ["prompted", "prompted", *["unprompted"] * (WAVES - 2)]
    apart = told_of(events(reached()), planted(1.0, 0.5, wording=wording))
    joined = replace(apart, params=SimpleNamespace(**vars(apart.params) | {"wording_bridge": "same_shift"}))
    assert curve_of(apart).waves == tuple(ASKED_IN[2:])
    assert curve_of(apart).wordings == ("unprompted",)
    assert curve_of(joined).waves == tuple(ASKED_IN)


def test_spill_over_gives_back_what_was_planted():
    found = story("found")[1].found
    assert found.own.estimate == pytest.approx(1.0, abs=0.01)
    assert found.neighbours.estimate == pytest.approx(0.5, abs=0.01)
    assert found.both.estimate == pytest.approx(1.5, abs=0.02)


def test_a_wave_with_two_wordings_counts_as_the_whole_wave_does():
    """Everywhere 60 percent know; the second wording, asked more often in some townships, brings 20 points less."""
    share = np.full((COUNTIES, TOWNS, WAVES), 0.6)
    both = pd.concat([answers(share, ["prompted"] * WAVES), answers(share - 0.2, ["unprompted"] * WAVES)])
    part = both["town"].str[-1].map({"0": 0.25, "1": 0.5, "2": 0.75})
    part = part.where(both["wave"] == WAVES, 0.0)
    mixed = both.assign(n=(both["n"] * part.where(both["wording"] == "unprompted", 1 - part)).astype(int))
    told = told_of(events(reached()), mixed[mixed["n"] > 0], bridge="same_shift")
    shares = spilled.town_shares(told, spilled.series_of(told)).set_index(["town", "month"])["value"]
    assert [shares[f"C0-{t}"][ASKED_IN[-1]] for t in range(TOWNS)] == pytest.approx([50.0] * TOWNS)
    assert shares["C0-1"][ASKED_IN[0]] == pytest.approx(60)


REASONS = {
    "no_survey": lambda: told_of(events(reached()), planted(1, 0)[:0]),
    "counties_not_recorded": lambda: told_of(events(reached()), planted(1, 0).assign(county="missing")),
    "no_variation": lambda: told_of(events(reached()), nearly_all(0.992, 1.0)),
    "no_events": lambda: told_of(events(reached())[:0], planted(1, 0)),
    "no_attendance": lambda: told_of(events(reached()).assign(n_attendance=0, attendance=0), planted(1, 0)),
    "single_wave": lambda: told_of(events(reached()), planted(1, 0).query("wave == 2")),
    "waves_not_even": lambda: told_of(events(reached()), planted(1, 0).query("wave != 3")),
    "few_counties": lambda: told_of(events(reached()[:2]), planted(1, 0).query("county in ['C0', 'C1']")),
    "no_residents": lambda: told_of(events(reached()).assign(county="X", town="X-1"), planted(1, 0)),
    "not_estimable": lambda: told_of(events(np.ones_like(reached())), planted(0, 0)),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_cannot_be_evaluated_says_why(reason):
    told = REASONS[reason]()
    curve, spill = curve_of(told), spilled.spill_over_of(told)
    assert (curve.fit, curve.reason) == (None, reason)
    assert (spill.found, spill.reason) == (None, reason)
    rows = results.make([*shown.rows(curve), *spilled.rows(spill)])
    assert set(rows["status"]) == {"not_evaluable"}
    assert set(rows["note"]) == {reason}
    for language in LANGUAGES:
        text = " ".join(words.sentence(each, language) for each in all_messages(curve, spill))
        assert words.lookup(f"codes.outreach_dose_reason.{reason}", language) in text
        for table in (*shown.tables(curve), spilled.table(spill)):
            assert tables.render(table, language)


def test_without_townships_only_the_spill_over_is_missing():
    told = told_of(events(reached()).assign(town="missing"), planted(1.0, 0.5))
    assert curve_of(told).fit is not None
    assert spilled.spill_over_of(told).reason == "no_towns"


def test_gaps_are_said():
    curve, spill = story("gaps")
    assert curve.imputed == pytest.approx(0.5)
    assert curve.left_out == {"C1": "no_residents"}
    assert "C1" not in set(curve.fit.fitted["place"])
    assert 0.05 < spill.unplaced < 0.2
    said = " ".join(words.sentence(each, "en") for each in said_by("gaps")[0])
    assert "50.0% of the events" in said
    assert "C1 left out" in said


def test_no_relation_is_told_with_what_could_have_been_seen():
    curve, spill = story("nothing")
    assert shown.verdict(curve) == "no_effect_found"
    said = " ".join(words.sentence(each, "en") for each in said_by("nothing")[0])
    assert "no relation is seen" in said
    assert "no spill-over is found" in said
    smallest = spilled.smallest_detectable(spill, "neighbours")
    assert smallest > spill.found.neighbours.ci_high - spill.found.neighbours.estimate
    assert f"{smallest:.2f} percentage points" in said


@pytest.mark.parametrize(("low", "high"), [(0.6, 0.6), (0.0, 0.0), (0.0, 0.008)])
def test_answers_that_are_alike_everywhere_have_no_numbers(low, high):
    told = told_of(events(reached()), nearly_all(low, high))
    assert (curve_of(told).reason, spilled.spill_over_of(told).reason) == ("no_variation", "no_variation")


def test_near_the_ceiling_both_say_so():
    for name in ("found", "ceiling"):
        curve, spill = story(name)
        keys = {each.key for each in said_by(name)[0]}
        about = {"outreach_dose.ceiling", "outreach_dose.spill.ceiling"}
        assert curve.near_ceiling is spill.near_ceiling is (name == "ceiling")
        assert about & keys == (about if name == "ceiling" else set())


def test_rows_are_associations_and_say_how_many_cells():
    for name in STORIES:
        rows, spill = said_by(name)[2], story(name)[1]
        kind = "association_in_whole_store" if name == "nothing" else "association"
        assert set(rows["note"]) <= {kind, "not_identified", "compatible", "not_compatible", "small_df", ""}
        assert kind in set(rows["note"])
        assert rows.loc[rows["indicator"].str.startswith("spill"), "n"].eq(len(spill.cells)).all()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there(language):
    for name in STORIES:
        messages, made, _ = said_by(name)
        assert all(words.sentence(each, language) for each in messages)
        for table in made:
            assert {"en": "simulated", "zh": "模拟"}[language] in tables.caption(table, language)
            assert tables.render(table, language)
    (figure,) = shown.figures(story("found")[0])
    assert "<svg" in figures.draw(figure, language)


def test_every_sentence_is_said_in_some_story():
    ours = {key for key in words.keys("zh") if key.startswith("outreach_dose.")}
    said = {each.key for name in STORIES for each in said_by(name)[0]}
    said |= {table.note.key for table in said_by("found")[1]}
    nothing = told_of(events(reached())[:0], planted(0.0, 0.0))
    said |= {each.key for each in all_messages(curve_of(nothing), spilled.spill_over_of(nothing))}
    assert ours == {key for key in words.keys("en") if key.startswith("outreach_dose.")}
    assert ours - said == {"outreach_dose.held", "outreach_dose.signed"}  # parts of other sentences
