"""The chapter on outreach as a whole: what was planted is found, and stores that lack something are told so."""

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.chapters import outreach
from legalaid_eval.chapters.base import grounds_of
from legalaid_eval.chapters.caseload_tables import HIDDEN
from legalaid_eval.chapters.outreach_findings import told_of
from legalaid_eval.content import Chapter
from legalaid_eval.indicators.outreach import AWARENESS
from legalaid_eval.report import figures, show, tables, words
from tests.outreach_stores import CITY, END, RARE, City, decide_on_outreach_alone, write

NOTEBOOK = Path(__file__).parents[2] / "notebooks/outreach.ipynb"
LEAST = 5
PERIOD = {"period_start": dt.date(2023, 1, 1), "period_end": END, "data_as_of": END}
ASKED = [f"effect:{measure.key}" for measure in AWARENESS] + ["OA03", "OA04", "OA05", "claim:awareness"]
"""Indicators whose `n` are respondents."""
QUIET = "2022-03"
WHOLE = City(rare={"H": 3, QUIET: 2})
"""Three events in a county's period and two in a month are fewer than may be shown."""


def params_of(store: Path, **changed: object) -> SimpleNamespace:
    plain = {"report_id": "probe", "place": CITY, "parts": [], "store": str(store), "min_cell": LEAST, "seed": 1}
    plain |= {"conf_level": 0.95, "reads_published": False, "reform_kinds": [], "wording_bridge": ""}
    return SimpleNamespace(**plain | PERIOD | {"awareness_claim": 90, "outreach_budget": 0} | changed)


@pytest.fixture(scope="module", autouse=True)
def _alone():
    with pytest.MonkeyPatch.context() as patch:
        decide_on_outreach_alone(patch)
        yield


@pytest.fixture
def evaluated(tmp_path):
    """Write a city and evaluate it."""

    def evaluate(city: City, **changed: object) -> Chapter:
        write(tmp_path / "store", city)
        return outreach.evaluate(params_of(tmp_path / "store", **changed))

    return evaluate


def everything_said(found: Chapter, language: str) -> str:
    """All sentences, tables, and captions and alternatives of pictures; each must be made without a missing fact."""
    prose = [words.sentence(m, language) for text in found.prose.values() for m in text.messages]
    tabled = [tables.caption(t, language) + tables.render(t, language) for t in found.tables.values()]
    shown = [show.figure(found, name, languages=(language,)) for name in found.figures]
    pictures = [texts["caption"] + texts["alt"] for each in shown if each for texts in each.languages.values()]
    return "\n".join((*prose, *tabled, *pictures))


def ids_of_notebook() -> dict[str, set[str]]:
    """What the notebook shows of the chapter, by kind."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    source = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    found = re.findall(r'show\.(prose|table|figure)\(chapter, "(\w+)"', source)
    assert len(found) == len(set(found))
    return {kind: {name for each, name in found if each == kind} for kind in ("prose", "table", "figure")}


SHOWN = ids_of_notebook()


def checked(found: Chapter, *, drawn: str = "") -> str:
    """What every store must give: words for all in both languages, the notebook's ids, and a reason for each gap.

    Pictures are drawn in the language `drawn`, else only described.
    """
    assert {"prose": set(found.prose), "table": set(found.tables), "figure": set(found.figures)} == SHOWN
    rows = found.rows
    assert not rows.duplicated(list(results.KEY)).any() and set(rows["evidence"]) == {"simulated"}
    assert set(rows["status"]) <= set(results.STATUSES) and set(rows["chapter"]) == {"outreach"}
    gaps = rows[rows["status"].isin(["not_evaluable", "suppressed"])]
    assert ((gaps["note"] != "") | (gaps["verdict"] != "")).all()
    told = rows[["estimate", "ci_low", "ci_high"]].notna().any(axis=1)
    assert (told | rows["method"].str.startswith("check:") | (rows["verdict"] == "no_gain"))[
        rows["status"] == "ok"
    ].all()
    assert gaps["estimate"].isna().all()
    said = {}
    for language in words.LANGUAGES:
        with pytest.MonkeyPatch.context() as patch:
            if language != drawn:
                patch.setattr(figures, "draw", lambda *_: "")
            said[language] = everything_said(found, language)
    assert all(not re.search(r"\bnan\b|None|\{\{|Traceback", text) for text in said.values())
    assert "模拟" in said["zh"] and "simulated" in said["en"]
    return re.sub(r"\s*<[^>]*>\s*", " ", said["en"])


def rows_of(found: Chapter, indicator: str, **wanted: object) -> pd.DataFrame:
    rows = found.rows[found.rows["indicator"] == indicator]
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return rows


def prose_of(found: Chapter, name: str) -> str:
    return " ".join(words.sentence(message, "en") for message in found.prose[name].messages)


def keys_of(found: Chapter, name: str) -> list[str]:
    return [message.key for message in found.prose[name].messages]


def answer(found: Chapter, outcome: str) -> pd.Series:
    """The row that answers whether outreach changed an outcome."""
    rows = rows_of(found, f"effect:{outcome}", group="targeted_outreach:all")
    return rows[~rows["method"].str.startswith("check:")].iloc[0]


# A store that holds everything.


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("outreach") / "store"
    frames = write(path, WHOLE)
    params = params_of(path)
    return frames, outreach.chapter_of(told_of(params), grounds_of(params))


@pytest.fixture(scope="module")
def whole(made) -> Chapter:
    return made[1]


@pytest.fixture(scope="module")
def said(whole) -> str:
    return checked(whole, drawn="zh")


def test_what_was_planted_lies_in_the_intervals_and_is_called_by_its_name(whole, said):
    known, applied, notified = (answer(whole, name) for name in ("heard_of", "applications", "notified"))
    assert known["verdict"] == "improved" and known["ci_low"] < WHOLE.lift < known["ci_high"]
    assert applied["verdict"] == "improved" and applied["ci_low"] < WHOLE.rise < applied["ci_high"]
    assert notified["verdict"] != "improved" and notified["ci_low"] < 0 < notified["ci_high"]
    assert "outreach.use.gain_and_use" in keys_of(whole, "outreach_verdict") and said
    claim = rows_of(whole, "claim:awareness").iloc[0]
    assert (claim["verdict"], claim["status"], claim["printed"]) == ("contradicted", "contradicted", 90)
    cost = rows_of(whole, "cost:aware", group="all_spending", method="comparison").iloc[0]
    assert cost["verdict"] == "bounded" and cost["ci_low"] < cost["estimate"] < cost["ci_high"]
    assert rows_of(whole, "dose:heard_of", group="overall")["note"].item() == "association"


def bases(asked: pd.DataFrame) -> set[int]:
    """Every number of respondents that somebody could count, by wave, county, township, segment and mode."""
    by = [["wave"], ["county"], ["segment"], ["mode"], ["wave", "county"], ["wave", "segment"], ["wave", "mode"]]
    by += [["wave", "county", "segment"], ["town"], ["wave", "town"]]
    return {int(n) for keys in by for n in asked.groupby(keys).size()} | {len(asked)}


def test_numbers_of_respondents_are_rounded_in_rows_and_pictures(whole):
    told = whole.rows.loc[whole.rows["indicator"].isin(ASKED), "n"].dropna()
    assert len(told) > 100 and all(n % (2 * LEAST) == 0 and n >= 2 * LEAST for n in told)
    rare = whole.rows[whole.rows["group"].str.endswith(f"segment={RARE}")]
    assert len(rare) and set(rare["status"]) <= {"suppressed", "not_evaluable"} and rare["n"].isna().all()
    drawn = {name: figure.data["n"].dropna() for name, figure in whole.figures.items() if figure and "n" in figure.data}
    events = drawn.pop("outreach_calendar")
    assert len(drawn) == 3 and len(events) > 20
    assert all(n % (2 * LEAST) == 0 for numbers in drawn.values() for n in numbers)


def test_no_number_of_respondents_is_told_to_the_person(made, whole):
    exact = {n for n in bases(made[0]["awareness_survey"]) if n % (2 * LEAST) and n > 100}
    parts = [name for name in whole.tables if name.startswith(("awareness_w", "awareness_d", "awareness_s", "effect"))]
    parts += ["awareness_places", "outreach_effect_groups", "spill_over", "dose_effect"]
    text = " ".join(tables.render(whole.tables[name], "en") for name in parts)
    text += " ".join(prose_of(whole, name) for name in ("awareness_measured", "outreach_effects", "outreach_dose"))
    numbers = {int(number.replace(",", "")) for number in re.findall(r"(?<![\d.])\d[\d,]*(?![\d.])", text)}
    assert len(exact) > 20 and not numbers & exact and 1010 in numbers


def test_numbers_of_events_that_may_not_be_shown_are_nowhere(made, whole):
    events = rows_of(whole, "OA01", group="events", method="count").set_index("place")
    hidden = set(events.index[events["status"] == "suppressed"])
    assert "Hxian" in hidden and len(hidden) > 1 and CITY not in hidden
    held = made[0]["outreach_events"]
    held = held[held["held_on"] >= np.datetime64("2023-01-01")]["county"].value_counts()
    shown = events.loc[events["status"] == "ok", "estimate"].drop(CITY)
    assert all(held[place[0]] == n for place, n in shown.items())
    for place in hidden:
        own = whole.rows[whole.rows["place"] == place]
        assert own.loc[own["indicator"].isin(["cost", "budget:spending"]), "estimate"].isna().all()
        assert "budget:gain" not in set(own["indicator"])
        line = next(row for row in whole.tables["outreach_places"].rows if row[0].en == f"{place[0]} County")
        assert line[1] == line[4] == HIDDEN
    drawn = whole.figures["outreach_calendar"].data
    months = drawn[drawn["group"].notna()].set_index("month")["n"]
    assert np.isnan(months[QUIET]) and months.notna().sum() > 20


# Stores that lack something, and reports on a part of one.


def test_without_a_survey_only_use_is_evaluated(evaluated):
    found = evaluated(City(survey=False))
    said = checked(found)
    assert rows_of(found, "effect:heard_of")["note"].tolist() == ["no_survey"]
    assert rows_of(found, "claim:awareness")[["status", "verdict"]].to_numpy().tolist() == [
        ["not_evaluable", "no_survey"]
    ]
    assert answer(found, "applications")["verdict"] == "improved"
    assert rows_of(found, "cost:aware")["status"].tolist() == ["not_evaluable"]
    assert "There is no survey of awareness, so what outreach changed in it cannot be evaluated" in said


def test_without_dates_of_reforms_awareness_is_told_and_no_effect(evaluated):
    found = evaluated(City(reforms=False, cases=0))
    said = checked(found)
    assert rows_of(found, "effect:heard_of")["note"].tolist() == ["no_reform_date"]
    assert not len(found.rows[found.rows["method"].str.contains("difference")])
    assert rows_of(found, "OA03", group="heard_of:prompted")["estimate"].notna().all()
    assert rows_of(found, "dose:heard_of", group="overall")["note"].item() == "association"
    assert "no day on which outreach began" in said and "(simulated) on" not in prose_of(found, "outreach_verdict")


def test_a_register_of_one_county_has_nothing_to_compare_with(evaluated):
    found = evaluated(City(counties="A"), place="Axian")
    said = checked(found)
    assert set(found.rows["place"]) == {"Axian"} and not found.tables["outreach_places"].rows
    assert not rows_of(found, "effect:heard_of")["verdict"].isin(["improved", "no_effect_found"]).any()
    assert rows_of(found, "dose:heard_of")["note"].tolist() == ["few_counties"]
    assert rows_of(found, "budget:spending")["status"].tolist() == ["not_evaluable"]
    assert "there is none to compare with, so the effect of outreach cannot be evaluated" in said


def test_counts_below_the_least_are_told_as_hidden_and_not_as_nought(evaluated):
    found = evaluated(City(counties="ABEF", events=0.15, cases=0.05, asked=2), min_cell=5000)
    said = checked(found)
    described = found.rows[found.rows["indicator"].isin(["OA01", "OA02", "OA03", "OA04", "OA06", "cost"])]
    assert described.loc[described["estimate"].notna(), "estimate"].eq(0).all()
    assert rows_of(found, "OA01", group="events", place=CITY)["status"].item() == "suppressed"
    assert rows_of(found, "OA03")["status"].eq("suppressed").all()
    assert rows_of(found, "effect:heard_of")["note"].tolist() == ["few_answers"] and "too few to be shown" in said
    assert "too few people answered for a share to be told" in prose_of(found, "outreach_verdict")
    assert "found suppressed" not in said and "0 events in all" not in said
    assert "not recorded for some of the events" in prose_of(found, "outreach_dose")


# A store without events, whose question was changed, and where no more came.

TURNED = City(events=0, turn=2, shift=12.0, rise=0.0)


def test_a_gain_without_use_is_called_one_and_rests_on_the_bridge(evaluated):
    found = evaluated(TURNED, wording_bridge="same_shift")
    said = checked(found)
    known = answer(found, "heard_of")
    assert known["verdict"] == "improved" and known["ci_low"] < TURNED.lift < known["ci_high"]
    assert answer(found, "applications")["verdict"] != "improved"
    assert "outreach.use.gain_without_use" in keys_of(found, "outreach_verdict")
    assert "outreach_effects.use.gain_without_use" in keys_of(found, "outreach_effects")
    assert "outreach_effects.bridged" in keys_of(found, "outreach_effects") and "on one condition" in said
    assert known["note"].split()[-1] in ("bridged", "rests_on_bridge")
    assert rows_of(found, "effect:heard_of", group="targeted_outreach:wording=prompted")["estimate"].notna().all()
    assert rows_of(found, "cost:aware")["note"].tolist() == ["no_costs"]
    assert rows_of(found, "OA01", group="events", place=CITY)["note"].item() == "table_missing"
    assert rows_of(found, "dose:heard_of")["note"].tolist() == ["no_events"]


def test_a_countys_report_tells_the_effect_of_all_and_the_counts_of_one(evaluated):
    """Without a bridge, so that wordings are kept apart."""
    found = evaluated(replace(TURNED, events=1.0, cases=0), place="Cxian")
    said = checked(found)
    assert answer(found, "heard_of")["place"] == CITY
    assert set(found.rows.loc[~found.rows["indicator"].str.startswith("effect:"), "place"]) == {"Cxian"}
    assert found.figures["outreach_calendar"].data["group"].isna().all() and "no number of events is shown" in said
    assert rows_of(found, "dose:heard_of")["note"].tolist() == ["few_cells"]
    share = rows_of(found, "OA03", group="heard_of:unprompted").iloc[-1]
    assert share["n"] == 130 and not found.tables["awareness_places"].rows
    assert "outreach_effects.one_wording" in keys_of(found, "outreach_effects") and "they are not joined" in said
    assert "outreach.own.not_yet" in keys_of(found, "outreach_verdict")  # it began after the waves of that wording
    alone = rows_of(found, "effect:heard_of", group="targeted_outreach:wording=unprompted")
    assert alone["status"].tolist() == ["not_evaluable"]
    changes = {f"{measure.key}:{wording}" for measure in AWARENESS for wording in ("prompted", "unprompted")}
    assert set(rows_of(found, "OA05")["group"]) == changes


def test_where_nearly_all_have_heard_of_it_the_chapter_turns_to_depth(evaluated):
    found = evaluated(City(known=96.0, lift=1.0, events=0, cases=0))
    said = checked(found)
    assert rows_of(found, "claim:awareness")["verdict"].item() == "supported"
    known = answer(found, "depth")
    assert known["unit"] == "score" and known["method"] != "none"
    assert found.rows.loc[found.rows["indicator"].str.startswith("effect:"), "indicator"].iloc[0] == "effect:depth"
    assert "the chapter goes on with depth" in prose_of(found, "outreach_verdict")
    assert "Hardly anybody has not heard of legal aid" in said
