"""Awareness as a chapter tells it: the claim, the ceiling, what wordings do, the plan; and surveys that hold little."""

import datetime as dt
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import ITEMS, AwarenessSurvey
from legalaid_eval.chapters import awareness_figures, awareness_plan, awareness_prose, awareness_rows, awareness_tables
from legalaid_eval.chapters.awareness_findings import CLAIMS, Awareness, awareness_of, judged
from legalaid_eval.chapters.awareness_plan import plan_of
from legalaid_eval.content import Code, Label, Message, Period
from legalaid_eval.estimators.survey import sample_size, smallest_detectable_change
from legalaid_eval.report import tables, words
from tests.picture_checks import beside, drawn, shown, simulated_mark

LANGUAGES = ("en", "zh")
MONTHS = {1: "2023-05", 2: "2023-11", 3: "2024-05", 4: "2024-11"}
COUNTIES = ("A", "B", "C", "D")
PROMPTED, UNPROMPTED = "prompted", "unprompted"
ASKED = {1: (PROMPTED,), 2: (PROMPTED,), 3: (PROMPTED, UNPROMPTED), 4: (UNPROMPTED,)}
BRIEF = {3: (PROMPTED, UNPROMPTED), 4: (UNPROMPTED,)}
MODES, SEGMENTS = ("face_to_face", "phone", "online"), ("elderly", "woman", "migrant_worker")
KEYS = ["county", "town", "segment", "mode", "wave", "wording", "stratum", "psu", "weight", *ITEMS]


def a_survey(heard=0.7, *, asked=ASKED, counties=COUNTIES, each=24, seed=5, least=5, modes=MODES) -> AwarenessSurvey:
    """Two strata of three townships in each county, `each` respondents a township; unprompted finds fewer."""
    rng = np.random.default_rng(seed)
    rows = []
    for wave, county, town in ((w, c, t) for w in asked for c in counties for t in range(6)):
        wordings, psu = asked[wave], f"{county}{town}"
        for number in range(each):
            wording = wordings[number % len(wordings)]
            knows = rng.random(4) < (heard if wording == PROMPTED else heard - 0.15)
            known = [float(knows[0])] + [float(knows[0] and one) for one in knows[1:]]
            head = (county, psu, SEGMENTS[number % 3], modes[number % len(modes)], wave, wording)
            rows.append((*head, f"{county}-{town // 3}", psu, (1.0, 2.0)[number % 2], *known, sum(known[1:])))
    answers = pd.DataFrame(rows, columns=KEYS)
    answers = answers.groupby(KEYS, as_index=False, dropna=False).size().rename(columns={"size": "n"})
    days = [(wave, MONTHS[wave], f"{MONTHS[wave]}-02", f"{MONTHS[wave]}-20") for wave in asked]
    waves = pd.DataFrame(days, columns=["wave", "month", "first_on", "last_on"])
    return AwarenessSurvey(answers, waves.astype({"first_on": "datetime64[ns]", "last_on": "datetime64[ns]"}), least)


def told_of(survey: AwarenessSurvey, *, places=COUNTIES, claim=90.0, year=2024, townships=None) -> SimpleNamespace:
    """What `outreach_findings.told_of` gives, as far as awareness looks at it."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    params = SimpleNamespace(
        report_id="probe", place="City", period_start=first, period_end=last, conf_level=0.95, awareness_claim=claim
    )
    return SimpleNamespace(
        params=params,
        seen=SimpleNamespace(
            survey=survey,
            meta=SimpleNamespace(evidence="simulated", simulated=True),
            register=SimpleNamespace(counts=SimpleNamespace(townships=townships or {})),
        ),
        facts={"simulated": True, "period": Period(first, last), "min_cell": survey.min_cell, "as_of": last},
        surveyed=None,
        alone=not places,
        places=tuple(places),
        name=lambda code: Label(f"{code}县", f"{code} County"),
        key=lambda code: f"{code} County",
    )


def aware_of(survey: AwarenessSurvey, **told: object) -> Awareness:
    return awareness_of(told_of(survey, **told))


def answering(survey: AwarenessSurvey, **items: float) -> AwarenessSurvey:
    """Everybody answers the same to some items."""
    return replace(survey, answers=survey.answers.assign(**items))


def without_days(survey: AwarenessSurvey) -> AwarenessSurvey:
    return replace(survey, waves=survey.waves.assign(month=None, first_on=pd.NaT, last_on=pd.NaT))


@cache
def plain() -> Awareness:
    return aware_of(a_survey())


@cache
def plain_rows() -> pd.DataFrame:
    return rows_of(plain())


def small(**changed: object) -> AwarenessSurvey:
    return a_survey(**{"asked": BRIEF, "counties": COUNTIES[:2], "each": 12} | changed)


def said(messages, language="en") -> str:
    return " ".join(words.sentence(message, language) for message in messages)


def everything_said(aware: Awareness, language: str) -> str:
    """All sentences, tables and the words beside the picture; each must be made without a missing fact."""
    prose = (awareness_prose.measured(aware), awareness_prose.next_survey(aware))
    lists = (awareness_prose.claim_messages, awareness_prose.ceiling_messages, awareness_prose.reading_messages)
    parts = [said(one.messages, language) for one in prose] + [said(make(aware), language) for make in lists]
    parts += [words.lookup(f"prose.{one.id}.heading", language) for one in prose]
    parts += [tables.caption(t, language) + tables.render(t, language) for t in awareness_tables.tables(aware)]
    figure = awareness_figures.waves(aware)
    return " ".join(parts + [beside(figure, part, language) for part in ("caption", "alt") if len(figure.data)])


def rows_of(aware: Awareness) -> pd.DataFrame:
    return results.make(awareness_rows.row_list(aware))


SURVEYS = {
    "none": lambda: small(asked={}),
    "one wave": lambda: small(asked={4: (UNPROMPTED,)}),
    "two counties": small,
    "few": lambda: small(least=10_000),
    "everybody": lambda: answering(small(), **dict.fromkeys(ITEMS[:4], 1.0), depth=3.0),
    "nobody answers": lambda: answering(small(), **dict.fromkeys(ITEMS, np.nan)),
    "no design": lambda: answering(small(), weight=np.nan, stratum="missing", psu="missing"),
    "no days": lambda: without_days(answering(small(), mode="missing", segment="missing")),
    "no bridge": lambda: small(asked={3: (PROMPTED,), 4: (UNPROMPTED,)}),
    "one town": lambda: one_town(small()),
    "all alike": lambda: alike(small(), 94),
}


@cache
def told_survey(name: str) -> Awareness:
    return aware_of(SURVEYS[name](), places=COUNTIES[:2] if name == "two counties" else ())


def alike(survey: AwarenessSurvey, percent: float) -> AwarenessSurvey:
    """Shares that are the same in every township."""
    some = survey.answers.drop_duplicates(["wave", "wording", "psu"])
    heard = [some.assign(heard_of=value, n=n) for value, n in ((1.0, percent), (0.0, 100 - percent))]
    return replace(survey, answers=pd.concat(heard, ignore_index=True).assign(weight=1.0))


def one_town(survey: AwarenessSurvey) -> AwarenessSurvey:
    return replace(survey, answers=survey.answers[survey.answers["psu"].isin(["A0", "B0"])])


@pytest.mark.parametrize("name", SURVEYS)
def test_every_survey_is_told_in_both_languages_with_rows_of_their_own(name):
    aware = told_survey(name)
    for language in LANGUAGES:
        text = everything_said(aware, language)
        assert "None" not in text and "nan" not in text
    rows = rows_of(aware)
    assert set(rows["evidence"]) == {"simulated"} and (rows["unit"] != "").all() and (rows["method"] != "").all()
    assert rows.loc[rows["status"] == "ok", "estimate"].notna().all()
    assert (rows["indicator"] == "claim:awareness").sum() == 1


def test_the_picture_is_drawn_in_both_languages_with_the_claim():
    for language in LANGUAGES:
        picture = drawn(awareness_figures.waves(plain()), language)
        assert any("90%" in text for text in shown(picture)) and simulated_mark(language) in " ".join(shown(picture))


def test_a_claim_is_judged_by_which_side_of_it_the_whole_interval_lies_on():
    last = plain().last
    low, value, high = (float(last[name]) for name in ("ci_low", "estimate", "ci_high"))
    assert low < value < high and last["wave"] == 4 and last["wording"] == UNPROMPTED
    sides = {low - 0.01: CLAIMS[0], high + 0.01: CLAIMS[1], low + 0.01: CLAIMS[2], high - 0.01: CLAIMS[2]}
    assert {claim: judged(last, claim) for claim in sides} == sides
    row = plain_rows().set_index("indicator").loc["claim:awareness"]
    assert (row["verdict"], row["status"], row["printed"]) == ("contradicted", "contradicted", 90)
    assert (row["estimate"], row["ci_high"]) == (round(value, 1), round(high, 1))
    assert told_survey("none").claim == "no_survey" and told_survey("few").claim == "not_established"


def test_the_claim_is_set_beside_every_wording_and_what_it_needs_has_the_plans_numbers():
    text = said(awareness_prose.claim_messages(plain()))
    assert "contradicted" in text and "unprompted question" in text and "Asked otherwise (prompted question)" in text
    size = plain().plan.reckonings[0].sizes["claim"]
    assert f"{size.clusters} sampling points, {size.respondents:,} people" in text and "If 93% really" in text


def test_near_the_ceiling_is_from_93_percent_on_and_depth_comes_next():
    near, far = told_survey("all alike"), aware_of(alike(small(), 92), places=())
    assert near.last["estimate"] == pytest.approx(94) and near.room == pytest.approx(6)
    assert near.ceiling and not far.ceiling and awareness_prose.ceiling_messages(far) == ()
    assert aware_of(alike(small(), 93), places=()).ceiling
    assert "only 6.0 percentage points are left" in said(awareness_prose.ceiling_messages(near))
    assert told_survey("none").room is None and not told_survey("none").ceiling


def difference_by_hand(rows: pd.DataFrame) -> tuple[float, float]:
    """Unprompted less prompted in percentage points and its Taylor error, one loop over the townships of each stratum:
    a township's total of both halves together, so that what moves both alike cancels."""
    rows = rows[rows["heard_of"].notna()]
    people = rows["weight"] * rows["n"]
    half = {w: rows["wording"] == w for w in (PROMPTED, UNPROMPTED)}
    mean = {w: np.average(rows.loc[mine, "heard_of"], weights=people[mine]) for w, mine in half.items()}
    variance = 0.0
    for _, stratum in rows.groupby("stratum"):
        totals = []
        for _, town in stratum.groupby("psu"):
            total = 0.0
            for line in town.itertuples():
                sign = 1 if line.wording == UNPROMPTED else -1
                size = people[half[line.wording]].sum()
                total += sign * line.weight * line.n * (line.heard_of - mean[line.wording]) / size
            totals.append(total)
        variance += len(totals) * np.var(totals, ddof=1)
    return 100 * (mean[UNPROMPTED] - mean[PROMPTED]), 100 * np.sqrt(variance)


def test_the_difference_of_wordings_is_that_of_the_wave_that_had_both_with_errors_of_its_clusters():
    aware = plain()
    assert set(aware.bridge["wave"]) == {3} and list(aware.bridge["item"]) == list(ITEMS)
    heard = aware.bridge.iloc[0]
    value, error = difference_by_hand(aware.survey.answers[aware.survey.answers["wave"] == 3])
    assert (heard["wording"], heard["against"], heard["unit"]) == (UNPROMPTED, PROMPTED, "percentage_point")
    assert heard["estimate"] == pytest.approx(value, abs=1e-9)
    assert heard["std_error"] == pytest.approx(error, abs=1e-9)
    assert aware.bridge["unit"].iloc[-1] == "score" and abs(aware.bridge["estimate"].iloc[-1]) < 3
    assert "divided between two wordings" in said(awareness_prose.measured(aware).messages)
    apart = told_survey("no bridge")
    assert apart.bridge.empty and "cannot be compared" in said(awareness_prose.measured(apart).messages)


def test_the_plan_is_the_planners_for_the_last_waves_design():
    plan, rate = plain().plan, float(plain().last["estimate"])
    design = plan.design
    assert (design.clusters, design.cluster_size, design.strata, design.county_strata) == (24, 24, 8, 2)
    assert (design.counties, design.overlap, design.clustered) == (4, 1.0, True)
    assert design.weight_effect == pytest.approx(10 / 9)  # half weigh 1, half 2: 2 (1 + 4) / (1 + 2)^2
    assert (plan.claim, plan.true) == (90, 93) and [one.name for one in plan.reckonings] == ["as_seen", "cautious"]
    assert plan.reckonings[1].correlation == max(plan.reckonings[0].correlation, 0.05)
    for one in plan.reckonings:
        same = {"cluster_size": 24, "intra_cluster": one.correlation, "weight_effect": 10 / 9}
        two = same | {"strata": 8, "overlap": 1.0}
        assert one.rise == pytest.approx(smallest_detectable_change(rate, clusters=24, **two).rise)
        wanted = {
            "change": sample_size(rate, change=5, **two),
            "claim": sample_size(93, threshold=90, strata=8, **same),
            "county": sample_size(rate, half_width=5, strata=2, **same),
        }
        assert {name: size.clusters for name, size in one.sizes.items()} == {n: s.clusters for n, s in wanted.items()}
    rows = plain_rows()
    sizes = rows[(rows["method"] == "sample_size") & (rows["group"] == "claim:respondents:as_seen")]
    assert sizes["estimate"].item() == plan.reckonings[0].sizes["claim"].respondents


def test_a_county_sample_of_more_points_than_it_has_townships_is_said_to_be_impossible():
    needed = plain().plan.reckonings[0].sizes["county"].clusters
    people = sample_size(plain().plan.design.rate, half_width=5, cluster_size=1, weight_effect=10 / 9).respondents
    for recorded, heard in (
        (dict.fromkeys(COUNTIES, needed - 1), f"only {needed - 1} townships each on record"),
        ({"A": needed - 1, "B": 2, "C": needed}, f"Of the counties 2 have only 2 to {needed - 1} townships"),
        (dict.fromkeys(COUNTIES, needed), None),
        ({}, None),
    ):
        aware = replace(plain(), told=told_of(plain().survey, townships=recorded))
        for language in LANGUAGES:
            text = everything_said(aware, language)
            assert (f"{people}" in text) == (heard is not None)
        text = everything_said(aware, "en")
        assert heard is None or heard in text
        assert ("Where a county has fewer" in text) == (not recorded)


def test_more_sampling_points_than_all_townships_take_smaller_ones():
    most = {goal: max(one.sizes[goal].clusters for one in plain().plan.reckonings) for goal in ("change", "claim")}
    assert most["claim"] < most["change"]  # so that a number of townships lies between
    for towns, heard in ((most["claim"], "change"), (most["claim"] - 1, "both"), (most["change"], "neither")):
        aware = replace(plain(), told=told_of(plain().survey, townships={"A": towns - 2, "B": 2}))
        remark = f"Only {towns} townships are on record"
        assert (remark in said(awareness_prose.next_survey(aware).messages)) == (heard != "neither")
        assert (remark in said(awareness_prose.claim_messages(aware))) == (heard == "both")


def test_a_plan_without_room_or_design_says_so():
    everybody = told_survey("everybody").plan.reckonings[0]
    assert everybody.rise is None and everybody.reasons["change"] == awareness_plan.NO_ROOM
    assert set(everybody.sizes) >= {"claim"}
    assert told_survey("none").plan.reason == "no_survey" and told_survey("few").plan.reason == "no_estimate"
    assert told_survey("one town").plan.reason == "few_clusters"
    alone = told_survey("no design").plan
    assert not alone.design.clustered and [one.name for one in alone.reckonings] == ["as_seen"]
    assert alone.true == 93 and plan_of(small(), None, claim=96.0, conf_level=0.95).true == 98


def test_a_survey_from_before_the_period_is_said_to_be_old():
    later = aware_of(small(asked={2: (PROMPTED,), 4: (UNPROMPTED,)}), places=(), year=2030)
    assert later.outdated and "before the period" in said(awareness_prose.measured(later).messages)
    assert not plain().outdated


def test_of_two_wordings_in_the_last_wave_the_one_asked_of_most_is_the_last():
    survey = small(asked={4: (PROMPTED, UNPROMPTED, UNPROMPTED)})
    assert aware_of(survey, places=()).last["wording"] == UNPROMPTED
    survey = small(asked={4: (PROMPTED, PROMPTED, UNPROMPTED)})
    assert aware_of(survey, places=()).last["wording"] == PROMPTED


def test_rows_have_the_decimals_of_the_page_since_more_would_tell_the_number_of_respondents():
    rows = plain_rows()
    shares = rows[rows["unit"].isin(["percent", "percentage_point"])]
    numbers = shares[["estimate", "ci_low", "ci_high"]].astype(float)
    assert len(shares) and numbers.equals(numbers.round(1)) and not numbers.equals(numbers.round(0))


def test_numbers_of_respondents_are_told_rounded_and_small_groups_hidden():
    counts = plain_rows()["n"].dropna()
    assert len(counts) > 100 and not [n for n in counts if n % 10]
    assert (plain().modes["n"] % 10 == 0).all() and plain().modes["share"].between(0, 100).all()
    few = aware_of(small(asked={4: (UNPROMPTED,)}, each=2, least=13), places=COUNTIES[:2])
    (lines,) = (table.rows for table in awareness_tables.tables(few) if table.id == "awareness_places")
    assert [line[2:] for line in lines] == [(Code("status", "suppressed"),) * 2] * 2


def test_each_wording_stands_by_itself_in_tables_and_rows():
    (waves, depth, *_) = awareness_tables.tables(plain())
    heads = [(row[0].code, row[1].start.month, row[1].start.year) for row in waves.rows]
    older = [(PROMPTED, 5, 2023), (PROMPTED, 11, 2023), (PROMPTED, 5, 2024)]
    assert heads == [*older, (UNPROMPTED, 5, 2024), (UNPROMPTED, 11, 2024)]
    assert [row[:2] for row in depth.rows] == [row[:2] for row in waves.rows]
    rows = plain_rows()
    changes = rows[rows["indicator"] == "OA05"]
    assert set(changes["group"]) == {f"{item}:{wording}" for item in ITEMS for wording in (PROMPTED, UNPROMPTED)}
    prompted = changes[changes["group"] == "heard_of:prompted"].iloc[0]
    assert (prompted["period_start"], prompted["period_end"]) == (dt.date(2023, 5, 2), dt.date(2024, 5, 20))
    segment = rows[rows["group"] == "heard_of:unprompted:segment=elderly"]
    assert len(segment) == 2 and set(segment["indicator"]) == {"OA03"}
    county = rows[(rows["place"] == "A County") & (rows["group"] == "heard_of:unprompted")]
    assert set(county["method"]) == {"korn_graubard", "pooled"}


def test_a_way_of_asking_that_grew_is_named():
    steady = said(awareness_prose.measured(plain()).messages)
    assert "way of asking changed" not in steady
    early, late = small(modes=MODES[:1]).answers, small(modes=MODES[1:]).answers
    mixed = pd.concat([early[early["wave"] < 4], late[late["wave"] > 3]], ignore_index=True)
    aware = aware_of(replace(small(), answers=mixed), places=())
    text = said(awareness_prose.measured(aware).messages)
    assert "face to face from 100% to 0%" in text
    unrecorded = late.assign(mode="missing")
    part = pd.concat([early[early["wave"] < 4], unrecorded[unrecorded["wave"] > 3]], ignore_index=True)
    untold = aware_of(replace(small(), answers=part), places=())
    assert "way of asking changed" not in said(awareness_prose.measured(untold).messages)
    ways = awareness_figures.waves(aware).data.groupby("month")["mode"].agg(lambda modes: {each.code for each in modes})
    assert ways["2024-05"] == {"face_to_face"} and ways["2024-11"] == {"several"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_of_the_survey_have_words(language):
    for key in ("codes.awareness_wording.prompted", *(f"codes.awareness_segment.{name}" for name in SEGMENTS)):
        assert words.lookup(key, language)
    for verdict in CLAIMS:
        facts = {"claim": 90, "wave": "w", "wording": "q", "value": 1, "outdated": True}
        for known in (True, False):
            facts |= {"bounded": known, "told": known}
            assert words.sentence(Message(f"awareness.claim.{verdict}", facts), language)
