"""Outreach as it was done, on a register small enough to count by hand: gaps, yields, and what must stay hidden."""

from datetime import date
from functools import cache
from math import comb, sqrt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from legalaid_eval import results
from legalaid_eval.cells import caseload_counts, disclosure, outreach_counts
from legalaid_eval.chapters import outreach_described as what
from legalaid_eval.chapters.outreach_figures import calendar
from legalaid_eval.chapters.outreach_findings import told_of
from legalaid_eval.chapters.outreach_prose import description, reading_messages
from legalaid_eval.chapters.outreach_rows import row_list
from legalaid_eval.chapters.outreach_tables import tables
from legalaid_eval.content import Chapter, Code, Message, Quantity
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.report import show, words
from legalaid_eval.report import tables as drawn_tables

START, END = date(2023, 1, 1), date(2023, 12, 31)
NOBODY = pd.DataFrame()
EVENTS = (  # how many, county, month, site, meant for, came to each, cost of each
    (12, "A", "2023-03", "market", "general", 20, 100),
    (6, "B", "2023-05", "school", "minor", 10, 50),
    (3, "B", "2023-06", "village", "general", None, None),
    (6, "C", "2023-06", "community", "migrant_worker", 60, 10),
    (8, "C", "2022-06", "community", "migrant_worker", 60, 10),
    (2, "C", "2022-07", "community", "migrant_worker", 60, 10),
)
CASES = (  # how many, county, groups
    (10, "A", "elderly"),
    (60, "B", "minor"),
    (30, "C", "migrant_worker"),
)
ASKED = (  # how many, county, source, site of the event
    (24, "A", "outreach", "market"),
    (25, "B", "outreach", "school"),
    (51, "A", "media", None),
    (6, "C", None, None),
)


def times(lines):
    return [line[1:] for line in lines for _ in range(line[0])]


def write(path, *, counties="ABC", events=EVENTS, asked=ASKED):
    events, cases, asked = ([line for line in times(lines) if line[0] in counties] for lines in (events, CASES, asked))
    with StoreWriter(path, simulated=True, data_as_of=END) as writer:
        if events:
            columns = dict(
                zip(
                    "county month site target_group attendance cost_cny".split(), zip(*events, strict=True), strict=True
                )
            )
            held = np.array([f"{month}-05" for month in columns.pop("month")], "datetime64[D]")
            columns = {name: list(values) for name, values in columns.items()}
            columns |= {name: np.array(columns[name], dtype=float) for name in ("attendance", "cost_cny")}
            ids = [f"{site}{n}" for n, (*_, site, _, _, _) in enumerate(events)]
            towns = [f"{county}1" for county in columns["county"]]
            writer.append("outreach_events", {"event_id": ids, "town": towns, "held_on": held, **columns})
        if asked:
            first = {}
            for name in ids if events else ():
                first.setdefault(name.rstrip("0123456789"), name)
            columns = {"county": [line[0] for line in asked], "knew_from": [line[1] for line in asked]}
            columns["event_id"] = [None if line[2] is None else first.get(line[2], "gone") for line in asked]
            columns |= {"consultation_no": [f"q{n}" for n in range(len(asked))], "unit": ["call"] * len(asked)}
            days = np.array([f"2023-{7 + 2 * (line[0] == 'C'):02d}-01" for line in asked], "datetime64[D]")
            writer.append("consultations", columns | {"consulted_on": days, "quantity": [1] * len(asked)})
        columns = {"case_no": [f"c{n}" for n in range(len(cases))], "county": [line[0] for line in cases]}
        columns |= {"recipient_groups": [line[1] for line in cases], "status": ["open"] * len(cases)}
        columns["accepted_on"] = columns["applied_on"] = np.array(["2023-02-01"] * len(cases), "datetime64[D]")
        writer.append("cases", columns)
        codes = ["City", *counties, *(f"{county}{n}" for county in counties for n in (1, 2))]
        names = dict.fromkeys(("code", "place", "name_zh", "name_en"), codes)
        levels = ["city", *["county"] * len(counties), *["township"] * (2 * len(counties))]
        parents = ["", *["City"] * len(counties), *(county for county in counties for _ in range(2))]
        people = [1000 * len(counties), *[1000] * len(counties), *[500] * (2 * len(counties))]
        writer.append("places", {**names, "level": levels, "parent": parents, "population": people})
    return path


@pytest.fixture(scope="module", autouse=True)
def decision():
    """Only what this chapter shows is decided on."""
    own = {table.name for table in outreach_counts.TABLES}
    own |= {"sessions", "taken on", *(f"cases of {group}" for group in caseload_counts.GROUPS)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disclosure, "TABLES", tuple(table for table in disclosure.TABLES if table.name in own))
        patch.setattr(disclosure, "LINKS", ())
        patch.setattr(disclosure, "_decided", {})
        yield


def told(path, *, place="City", parts=(), min_cell=1):
    plain = {"report_id": "probe", "place": place, "parts": list(parts), "store": str(path), "min_cell": min_cell}
    plain |= {"period_start": START, "period_end": END, "conf_level": 0.95, "awareness_claim": 90}
    return told_of(SimpleNamespace(**plain))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("outreach") / "store")


@pytest.fixture(scope="module")
def found(path):
    return what.described(told(path))


@pytest.fixture(scope="module")
def hidden(path):
    return what.described(told(path, min_cell=5))


@cache
def rows_of(found):
    return results.make(row_list(found)).set_index(["place", "indicator", "group"])


def table(found, name, counties=NOBODY):
    return next(each for each in tables(found, counties) if each.id == name)


def everything_said(found, language, counties=NOBODY):
    """All words in one language; a missing word or fact is an error."""
    messages = (*description(found).messages, *reading_messages(found.told))
    tabled = [drawn_tables.render(each, language) for each in tables(found, counties)]
    return " ".join([*(words.sentence(message, language) for message in messages), *tabled])


# Gaps.


def wilson(k, n, level=0.95):
    """Wilson 1927."""
    z, share = stats.norm.ppf((1 + level) / 2), k / n
    middle, reach = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - reach) / (1 + z * z / n), (middle + reach) / (1 + z * z / n)


def test_a_gap_is_the_share_of_those_reached_over_the_share_of_the_need_with_chance_in_the_need(found):
    row = rows_of(found).loc["B", "coverage", "reached_to_need"]
    low, high = wilson(60, 100)
    assert row["estimate"] == pytest.approx((60 / 660) / 0.6)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(((60 / 660) / high, (60 / 660) / low))
    assert row["verdict"] == "gap" and row["n"] == 60
    assert rows_of(found).loc["A", "coverage", "reached_to_need"]["verdict"] == ""
    assert found.gaps("county") == (["B"], []) and found.gaps("target_group") == (["minor"], [])


@pytest.mark.parametrize(("cases", "sure"), [(2000, True), (20, False)])
def test_a_gap_that_few_cases_could_make_is_no_clear_one(found, cases, sure):
    reached, need = (24.0, 76.0), (0.4 * cases, 0.6 * cases)
    lines = [
        (
            "county",
            code,
            1,
            own,
            share,
            100 * own / cases,
            share / (100 * own / cases),
            share < 200 / 3 * own / cases,
            "ok",
        )
        for code, share, own in zip("AB", reached, need, strict=True)
    ]
    columns = "key value reached need reached_share need_share ratio gap status".split()
    frame = pd.DataFrame(lines, columns=columns)
    shown = what.Described(found.told, found.costs, frame, {}, found.kinds)
    assert shown.gaps("county") == ((["A"], []) if sure else ([], ["A"]))
    said = words.sentence(description(shown).messages[-2], "en")
    assert ("Clearly little outreach for their cases: A" in said) == sure and ("Perhaps little" in said) != sure


def test_groups_with_cases_and_no_event_of_their_own_are_named(found):
    assert dict(found.untargeted) == {"elderly": 10}
    line = table(found, "outreach_gaps").rows[-1]
    assert line[0].code == "elderly" and line[3] == 10 and line[-1].code == "no_event"
    row = rows_of(found).loc["City", "coverage", "reached_to_need:target_group=elderly"]
    assert row["note"] == "no_targeted_event" and row["status"] == "not_evaluable" and pd.isna(row["estimate"])


# Yields of kinds.

SITES = ("market", "school", "village")


def told_apart(*sites):
    """`apart` of sites: how many came to each, and how many consultations were traced."""
    told, lines = SimpleNamespace(params=SimpleNamespace(conf_level=0.95)), {}
    for site, (came, traced) in zip(SITES, sites, strict=False):
        shared = {"status": "ok", "group": f"site_{site}"}
        lines["OA01", f"site_{site}"] = pd.Series({**shared, "value": 30.0})
        numbers = {"numerator": traced, "denominator": came, "value": 100 * traced / came}
        lines["OA06", f"site_{site}"] = pd.Series(shared | numbers)
    told.line = lambda indicator, group: lines.get((indicator, group))
    return what.apart(told, "site", SITES[: len(sites)])


def test_kinds_that_differ_by_chance_are_not_told_apart():
    assert told_apart((1000, 40), (1000, 44)) is None
    apart = told_apart((1000, 40), (1000, 90))
    assert (apart.high["group"], apart.low["group"]) == ("site_school", "site_market")
    assert told_apart((1000, what.ENOUGH - 1), (1000, 90)) is None
    assert told_apart((1000, 90)) is None


def test_the_widest_of_many_pairs_is_judged_more_strictly_than_one_pair():
    """Two Poisson counts of equal exposure: the larger one is binomial in both with one half."""
    for high in range(50, 80):
        one_pair, three_pairs = ((1000, 40), (1000, high)), ((1000, 40), (1000, high), (1000, 40))
        for sites in (one_pair, three_pairs):
            low = stats.binomtest(high, high + 40).proportion_ci(1 - 0.05 / comb(len(sites), 2), method="wilson").low
            assert (told_apart(*sites) is not None) == (low > 0.5), (high, len(sites))


# What is hidden stays hidden.


def test_small_counts_and_what_would_tell_them_are_hidden(found, hidden):
    open_, closed = rows_of(found), rows_of(hidden)
    assert open_.loc["City", "OA01", "site_village"]["estimate"] == pytest.approx(100 * 3 / 27)
    for group in ("site_village", "site_community"):  # three events, and those that would give them away
        assert closed.loc["City", "OA01", group]["status"] == "suppressed"
    money = "per_100_reached_cny:site=community"
    assert open_.loc["City", "cost", money]["estimate"] == pytest.approx(100 * 60 / 360)
    assert closed.loc["City", "cost", money]["status"] == "suppressed"
    # Three events do not say their cost: an average beside the total would tell how many do.
    assert open_.loc["City", "cost", "per_event_cny"]["estimate"] == pytest.approx(1560 / 24)
    assert closed.loc["City", "cost", "per_event_cny"][["status", "note"]].tolist() == ["suppressed", "too_few"]
    assert closed.loc["City", "cost", "total_cny"]["estimate"] == 1560
    counts = closed[closed["unit"].isin(("event", "record", "person_time", "item"))]["estimate"].dropna()
    assert not [n for n in counts if 0 < n < 5]
    assert closed[closed["status"] == "suppressed"][["estimate", "ci_low", "n"]].isna().all(axis=None)


def test_a_hidden_line_of_a_table_says_so(hidden):
    kinds = {line[1].code: line for line in table(hidden, "outreach_kinds").rows if line[0].code == "site"}
    assert kinds["village"][2] == kinds["community"][2] == kinds["community"][5] == Code("status", "suppressed")
    assert kinds["market"][2] == 12 and kinds["market"][5] == Quantity(500, "count")
    said = everything_said(hidden, "en")
    assert "per event" not in said.split("The events that say what they cost")[1].split(".")[0]
    assert "attendance at" not in said  # three events


# Numbers, words and rows.


def test_the_totals_are_those_of_the_records(found):
    rows = rows_of(found)
    wanted = {"events": 27, "attendance": 660, "attendance_per_event": 660 / 24, "attendance_per_100": 22}
    for group, value in wanted.items():
        assert rows.loc["City", "OA01", group]["estimate"] == pytest.approx(value), group
    towns = rows.loc["City", "OA01", "towns_reached"]
    assert towns["estimate"] == 50 and pd.isna(towns["ci_low"])  # counted, not left to chance
    knew = rows.loc["City", "OA06", "knew_from_outreach"]
    assert (knew["ci_low"], knew["ci_high"]) == pytest.approx(tuple(100 * end for end in wilson(49, 100)))
    assert rows.loc["City", "OA06", "traced"]["estimate"] == pytest.approx(100 * 49 / 660)
    assert not results.make(row_list(found)).duplicated(list(results.KEY)).any()
    assert set(rows["evidence"]) == {"simulated"} and (rows["unit"] != "").all()
    traced = next(line for line in table(found, "outreach_totals").rows if line[0].code == "OA06")
    assert "months are missing" in words.sentence(traced[1], "en")  # A and B reported in July, C in September


def test_what_was_not_recorded_is_said_and_not_taken_for_zero(found):
    said = words.sentence(description(found).messages[-1], "en")
    assert "attendance at 3 events" in said and "the cost of 3 events" in said
    assert "where 6 callers had heard" in said and "consultations per 100 too high" in said


def test_peaks_are_months_with_clearly_more_events(found):
    said = [message for message in description(found).messages if message.key.endswith(".months")]
    months = [each.facts["n"] for each in said[0].facts["months"]]
    assert months == [12, 9, 6]  # 27 events in 12 months: 2.25 on average


def test_awareness_of_a_county_stands_beside_its_outreach(found):
    numbers = {"value": ["A", "B"], "pooled": [61.2, None], "pooled_low": [50.0, None], "pooled_high": [70.0, None]}
    lines = {line[0].en: line for line in table(found, "outreach_places", pd.DataFrame(numbers)).rows[:-1]}
    assert words.sentence(lines["A"][-1], "en") == "61% (50% to 70%)" and lines["B"][-1] is None
    assert isinstance(lines["B"][7], Message) and "gap" in words.sentence(lines["B"][7], "en")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_has_words(found, hidden, language):
    for each in (found, hidden):
        said = everything_said(each, language, pd.DataFrame())
        assert "None" not in said and "nan" not in said
        captions = [drawn_tables.caption(one, language) for one in tables(each, NOBODY)]
        assert all({"zh": "模拟", "en": "simulated"}[language] in caption for caption in captions)


def assert_told(found):
    results.make(row_list(found))
    said = {language: everything_said(found, language) for language in words.LANGUAGES}
    assert all("None" not in text and "nan" not in text for text in said.values())
    return said["en"]


def test_a_register_without_events_or_consultations_says_so(tmp_path):
    said = assert_told(what.described(told(write(tmp_path / "none", events=(), asked=()))))
    assert "cannot be described: the register has no such table" in said and "There is no outreach" in said


def test_a_part_of_the_register_has_no_kinds_and_no_months(path):
    found = what.described(told(path, parts=("A", "B")))
    said = assert_told(found)
    assert "told of the whole register only" in said and "Events crowd" not in said
    assert not [line for line in rows_of(found).index if "site=" in line[2]]
    assert not calendar(found.told, NOBODY).data["n"].notna().any()


def test_a_register_of_one_county_has_none_to_set_beside_it(tmp_path):
    said = assert_told(what.described(told(write(tmp_path / "one", counties="A"), place="A")))
    assert "none to set beside it" in said and "12 outreach events" in said


# The calendar.


def drawn(*, whole=True, waves=(("2021-05", 1), ("2022-05", 2), ("2024-05", 3)), claim=90):
    months = [f"{year}-{month:02d}" for year in (2018, 2020, 2021, 2022, 2023, 2024) for month in (1, 12)]
    numbers = pd.array([None if month == "2021-12" else 7 for month in months], dtype="Int64")
    status = ["suppressed" if month == "2021-12" else "ok" for month in months]
    answers = [("A", 1, "prompted", "phone"), ("B", 1, "prompted", "online"), ("A", 2, "unprompted", "phone")]
    answers = pd.DataFrame(answers, columns=["county", "wave", "wording", "mode"])
    seen = SimpleNamespace(
        register=SimpleNamespace(counts=SimpleNamespace(whole=whole)),
        sessions=pd.DataFrame({"month": months, "n": numbers, "status": status}),
        survey=SimpleNamespace(answers=answers),
    )
    params = SimpleNamespace(period_start=START, period_end=END, conf_level=0.9, awareness_claim=claim)
    lines = [
        (wave, month, "prompted" if wave == 1 else "unprompted", item, 60.0 + wave, 50.0, 70.0)
        for month, wave in waves
        for item in ("heard_of", "knows_free")
    ]
    aware = pd.DataFrame(lines, columns="wave month wording item estimate ci_low ci_high".split())
    told = SimpleNamespace(params=params, seen=seen, surveyed=None, facts={"simulated": True})
    return calendar(told, aware)


def test_the_calendar_begins_a_year_before_the_first_wave_and_ends_with_the_period():
    figure = drawn()
    events, waves = figure.data[figure.data["group"].notna()], figure.data[figure.data["group"].isna()]
    assert list(events["month"]) == [
        "2020-01",
        "2020-12",
        "2021-01",
        "2021-12",
        "2022-01",
        "2022-12",
        "2023-01",
        "2023-12",
    ]
    assert events.set_index("month")["n"].isna().to_dict()["2021-12"] and events["n"].isna().sum() == 1
    assert list(waves["month"]) == ["2021-05", "2022-05"] and list(waves["estimate"]) == [61.0, 62.0]
    assert [mode.code for mode in waves["mode"]] == ["several", "phone"]
    assert figure.facts["claim"] == Quantity(90, "percent", "more_than") and figure.facts["conf_level"] == 0.9


def test_the_calendar_is_drawn_with_what_there_is():
    empty = Chapter("outreach", NOBODY, {}, {"outreach_calendar": drawn(whole=False, waves=())}, {})
    assert "No outreach events" in show.figure(empty, "outreach_calendar", languages=("en",)).languages["en"]["html"]
    assert drawn(waves=()).data["month"].iloc[0] == "2020-01"
    full = Chapter("outreach", NOBODY, {}, {"outreach_calendar": drawn()}, {})
    for language, texts in show.figure(full, "outreach_calendar").languages.items():
        assert {"zh": "模拟", "en": "simulated"}[language] in texts["alt"] and "<svg" in texts["svg"]
