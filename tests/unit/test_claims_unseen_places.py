"""Ways of printing that no article of this project uses: verdicts stay right, nothing counts twice, nothing fails."""

import itertools
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from legalaid_eval import rules
from legalaid_eval.chapters import base, published_claims, summary
from legalaid_eval.content import Label, Message
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence import claims, comparison, pledges, rates, ratios, sums, targets, tariffs, windows
from legalaid_eval.evidence.levels import check_levels
from legalaid_eval.report import words
from tests import published
from tests.published import statement

Q1 = {"end": date(2023, 3, 31)}
HALF = {"end": date(2023, 6, 30)}


def names(place: str) -> Label:
    return Label(place, place)


def wording(found) -> list[str]:
    return [words.sentence(Message(found.message, found.facts), language) for language in words.LANGUAGES]


def consultations(total: int, **groups: object):
    parts = [
        statement("consultations", value, unit="call", group=group.replace("_and_", "+"))
        for group, value in groups.items()
    ]
    return sums.check_group_sums([statement("consultations", total, unit="call"), *parts], names)


def test_visits_and_calls_printed_together_and_apart_are_not_counted_twice():
    found = consultations(1238, visit=848, phone=390, visit_and_phone=1238)
    assert [r.verdict for r in found] == ["consistent", "consistent"]
    found = consultations(1238, visit=851, phone=390, visit_and_phone=1238)
    assert sorted(r.verdict for r in found) == ["consistent", "contradicted"]


def test_visits_and_calls_need_not_be_all_consultations():
    (found,) = consultations(2000, visit=851, phone=390)
    assert (found.verdict, found.facts["gap"].value) == ("implied", 759)


def test_a_hotline_may_be_part_of_the_phone():
    (found,) = consultations(500, visit=200, phone=300, hotline=250)
    assert found.verdict == "consistent"


def test_civil_and_administrative_together_beside_civil_is_no_contradiction():
    cases = {"all": 100, "civil": 60, "civil+administrative": 62, "criminal": 38}
    figures = [statement("cases_handled", value, group=group) for group, value in cases.items()]
    shares = [statement("case_type_share", v, unit="percent", group=g) for g, v in cases.items() if g != "all"]
    complete = [r for r in sums.check_group_sums(figures, names) if len(r.facts["parts"]) == 2 and r.computed == 100]
    assert [r.verdict for r in complete] == ["consistent"]
    assert "contradicted" not in {r.verdict for r in sums.check_shares(shares, names)}


def test_shares_of_overlapping_people_are_not_added_to_case_types():
    shares = [("civil", 60), ("criminal", 40), ("migrant_workers", 35)]
    figures = [statement("case_type_share", v, unit="percent", group=g) for g, v in shares]
    (found,) = sums.check_shares(figures, names)
    assert found.verdict == "consistent"


def test_a_hedged_group_is_a_bound_and_not_left_out():
    figures = [
        statement("cases_handled", 999),
        statement("cases_handled", 612, group="civil"),
        statement("cases_handled", 380, group="criminal"),
        statement("cases_handled", 5, group="administrative", qualifier="more_than"),
    ]
    (found,) = sums.check_group_sums(figures, names)
    assert (found.verdict, found.message) == ("consistent", "claims.group_sum.hedged")
    assert all(wording(found))


def test_a_group_printed_twice_counts_once():
    group = statement("cases_handled", 384, group="criminal")
    figures = [statement("cases_handled", 999), statement("cases_handled", 615, group="civil"), group, group]
    (found,) = sums.check_group_sums(figures, names)
    assert found.verdict == "consistent"


def money(indicator: str, value: object, **changes: object):
    return statement(indicator, value, unit="CNY", **changes)


def test_round_zeros_are_no_licence_for_a_gap():
    parts = [money("case_subsidy_paid", 700_000), money("duty_subsidy_paid", 500_000)]
    (found,) = sums.check_money_sums([money("subsidy_total_paid", 1_000_000), *parts], names)
    assert found.verdict == "contradicted"


@pytest.mark.parametrize(
    ("value", "unit"),
    [("1409900", 100), ("70000", 10_000), ("1000000", 10_000), ("1394000000", 1_000_000), ("0", 1), ("12.50", 0.01)],
)
def test_what_rounding_can_have_taken_from_an_amount(value, unit):
    bounds = exact.money_bounds(Decimal(value))
    assert float(bounds.high - bounds.low) == pytest.approx(unit)


def test_quarters_beside_their_year_are_not_added_to_it():
    figures = [
        money("subsidy_total_paid", 100_100),
        money("case_subsidy_paid", 80_100),
        money("case_subsidy_paid", 20_000, **Q1),
        money("duty_subsidy_paid", 20_000),
    ]
    found = [r for r in sums.check_money_sums(figures, names) if r.end == date(2023, 12, 31)]
    assert [r.verdict for r in found] == ["consistent"]


def test_a_total_with_items_that_are_not_printed_is_no_contradiction():
    figures = [money("subsidy_total_paid", 99_990), money("case_subsidy_paid", 60_010), money("duty_subsidy_paid", 110)]
    (found,) = sums.check_money_sums(figures, names)
    assert found.verdict == "implied"


def completion(group: str, *figures):
    return [statement("target_completion_rate", "80", unit="percent", group=group), *figures]


def test_a_printed_target_is_used_whatever_the_rates_group_is_called():
    figures = completion("cases", statement("cases_handled", 800), statement("target_cases", 900))
    (found,) = ratios.check_ratios(figures, names)
    assert (found.verdict, round(found.computed, 1)) == ("contradicted", 88.9)


def test_a_target_of_other_work_or_another_year_does_not_stand_for_this_one():
    other = {"start": date(2022, 1, 1), "end": date(2022, 12, 31)}
    for target in (statement("target_consultations", 900, unit="item"), statement("target_cases", 900, **other)):
        figures = completion("cases", statement("cases_handled", 800), target)
        assert len(targets.check_implied_targets(figures, names)) == 1


def test_the_count_of_the_rates_own_window_is_taken():
    figures = [
        statement("target_completion_rate", "50", unit="percent", group="cases", **HALF),
        statement("cases_handled", 20, **Q1),
        statement("cases_handled", 50, **HALF),
        statement("cases_handled", 90),
    ]
    (found,) = targets.check_implied_targets(figures, names)
    assert (found.n, found.high) == (50, 101)


def test_a_count_that_ends_before_the_rate_bounds_no_target():
    rate = statement("target_completion_rate", "100", unit="percent", group="cases", qualifier="at_least")
    assert targets.check_implied_targets([rate, statement("cases_handled", 50, **HALF)], names) == []


@pytest.mark.parametrize(
    ("qualifier", "message"), [("nearly", "open"), ("at_most", "open"), ("at_least", "done"), ("exact", "done")]
)
def test_a_target_nearly_reached_is_not_reached(qualifier, message):
    rate = statement("target_completion_rate", "100", unit="percent", qualifier=qualifier, **HALF)
    (found,) = targets.check_progress([rate], names)
    assert found.message == f"claims.progress.{message}"


@pytest.mark.parametrize(
    ("qualifier", "printed", "message"),
    [
        ("at_least", "80", "outside"),
        ("at_least", "70", "within"),
        ("more_than", "70.86", "within"),
        ("at_most", "70", "outside"),
        ("nearly", "71", "within"),
    ],
)
def test_a_hedged_rate_is_a_bound_that_its_parts_can_break(qualifier, printed, message):
    parts = [statement("cases_closed", 1238), statement("cases_accepted", 1747)]
    rate = statement("closure_rate", printed, unit="percent", qualifier=qualifier)
    (found,) = ratios.check_ratios([rate, *parts], names)
    assert found.message == f"claims.ratio.{message}"
    assert all(wording(found))


def test_more_than_a_rate_is_not_met_by_the_rate_itself():
    rate = statement("closure_rate", "50", unit="percent", qualifier="more_than")
    (found,) = ratios.check_ratios([rate, statement("cases_closed", 5), statement("cases_accepted", 10)], names)
    assert found.verdict == "contradicted"


def test_a_rate_of_nothing_has_an_interval_too():
    low, high = rates.sampled_interval(statement("satisfaction_rate", "0", unit="percent"), 500, 0.95)
    assert low == 0
    assert high == pytest.approx(100 * (1 - 0.025 ** (1 / 500)))  # Clopper-Pearson for none in 500


def test_more_than_98_percent_of_fifty_is_all_fifty():
    rate = statement("satisfaction_rate", "98", unit="percent", qualifier="more_than")
    assert rates.sampled_interval(rate, 50, 0.95)[0] == pytest.approx(100 * 0.025 ** (1 / 50))


def test_case_files_are_reviewed_and_not_asked():
    rate = statement("peer_review_pass_rate", "100", unit="percent")
    for figures in ([rate, statement("peer_review_sample", 11)], [rate]):
        (found,) = rates.check_precision(figures, names, assumed_n=(30,), conf_level=0.95)
        zh, en = wording(found)
        assert "satisfied" not in en and "people" not in en and "asked" not in en
        assert "满意" not in zh and "访问" not in zh


def test_a_sample_of_criminal_files_is_not_the_sample_of_all():
    figures = [statement("peer_review_pass_rate", "96", unit="percent")]
    figures.append(statement("peer_review_sample", 25, group="criminal"))
    (found,) = rates.check_precision(figures, names, assumed_n=(30,), conf_level=0.95)
    assert found.verdict == "not_evaluable"


def test_time_is_not_counted_in_whole_units():
    assert exact.hedge_bounds(statement("review_time", 1, unit="month", qualifier="more_than")).low == 1
    nearly = exact.hedge_bounds(statement("consecutive_years", 3, unit="year", qualifier="nearly"))
    assert nearly.low < nearly.high


def test_nearly_one_case_is_none_and_divides_nothing():
    nearly = exact.hedge_bounds(statement("cases_handled", 1, qualifier="nearly"))
    assert (nearly.low, nearly.high) == (0, 0)
    assert exact.divide(exact.Bounds(5, 5), nearly) == exact.Bounds(None, None)


def test_a_rate_without_decimals_was_rounded_too():
    bounds = exact.hedge_bounds(statement("closure_rate", 78, unit="percent"))
    assert (float(bounds.low), float(bounds.high)) == (77.5, 78.5)


LONG = {"qualifier": "at_least", "start": date(2021, 1, 1)}


def test_a_quarter_does_not_contradict_a_yearly_floor():
    figures = [statement("cases_accepted", 1630, **LONG), statement("cases_handled", 200, **Q1)]
    assert windows.check_yearly_readings(figures, names) == []


def test_fourteen_months_are_not_several_years():
    long = statement("cases_accepted", 500, qualifier="at_least", start=date(2022, 10, 1), end=date(2023, 12, 31))
    assert windows.check_yearly_readings([long, statement("cases_handled", 100)], names) == []


def test_all_years_printed_leave_one_verdict():
    years = [
        statement("cases_accepted", 400 + y, start=date(2021 + y, 1, 1), end=date(2021 + y, 12, 31)) for y in range(3)
    ]
    (found,) = windows.check_yearly_readings([statement("cases_accepted", 1203, **LONG), *years], names)
    assert (found.verdict, found.facts["others"]) == ("ambiguous", 0)
    (found,) = windows.check_yearly_readings([statement("cases_accepted", 1630, **LONG), *years], names)
    assert (found.verdict, found.facts["rest_each"].value) == ("contradicted", 427)
    assert all(wording(found))


def test_exact_growth_from_an_exact_level_is_no_upper_bound():
    figures = [
        statement("consultations_growth", 10, unit="percent", start=date(2021, 1, 1)),
        statement("consultations", 1210, unit="person_time"),
    ]
    (found,) = windows.check_growth(figures, names)
    assert (found.message, round(found.computed)) == ("claims.growth.exactly", 1000)
    assert all(wording(found))


def parts(*values: object, **changes: object):
    return [
        statement("consultations", v, place=p, unit="item", **changes) for p, v in zip("ABCDEF", values, strict=False)
    ]


def level(figures, places: str = "ABC", whole: int = 100):
    (found,) = check_levels(
        [statement("consultations", whole, place="City", unit="item"), *figures], "City", places, names
    )
    return found


def test_a_part_with_another_window_is_not_added_to_a_year():
    figures = [*parts(40, 30, 30), replace(parts(5)[0], place="D", **Q1)]
    found = level(figures, "ABCD")
    assert (found.verdict, [n.en for n in found.facts["other_windows"]]) == ("implied", ["D"])


def test_of_two_statements_of_a_part_the_comparable_one_is_added():
    figures = [replace(parts(9)[0], **Q1), *parts(40, 30, 30)]
    assert level(figures).verdict == "consistent"


def test_a_part_that_prints_a_subgroup_only_is_named_and_not_called_silent():
    figures = [*parts(40, 30, 20), replace(parts(9)[0], place="D", group="phone")]
    found = level(figures, "ABCD")
    assert found.facts["missing"] == ()
    assert [n.en for n in found.facts["other_groups"]] == ["D"]
    assert "Nothing is printed" not in wording(found)[1]


def test_hedged_parts_that_can_reach_the_whole_are_no_contradiction():
    figures = [*parts(40, 30), replace(parts(31)[0], place="C", qualifier="nearly")]
    assert level(figures).verdict == "consistent"


def test_two_parts_that_exceed_the_whole_are_enough_for_a_contradiction():
    assert level(parts(60, 50), "ABCDE").verdict == "contradicted"


def test_windows_that_end_at_different_days_are_named():
    figures = [*parts(40, 30, 30), replace(parts(5)[0], place="D", **Q1)]
    assert [r.check for r in windows.check_comparable_parts(figures, "ABCD", names)] == ["windows"]


def test_an_earlier_year_beside_this_one_does_not_make_a_part_odd():
    earlier = {"start": date(2022, 1, 1), "end": date(2022, 12, 31)}
    figures = [*parts(40, 30, 30), replace(parts(5)[0], place="A", **earlier)]
    assert windows.check_comparable_parts(figures, "ABC", names) == []


def test_a_ceiling_alone_is_no_lowest_tariff():
    figures = [
        money("case_subsidy_paid", 75_600),
        statement("cases_closed", 100),
        statement("case_subsidy_max", 2500, unit="CNY/case", qualifier="at_most"),
    ]
    (found,) = tariffs.check_tariff_bounds(figures, names)
    assert found.verdict == "consistent"


@pytest.mark.parametrize(("new", "message", "word"), [(400, "fell", "fall"), (800, "unchanged", "both")])
def test_a_tariff_that_fell_did_not_rise(new, message, word):
    old = {"start": date(2022, 1, 1), "end": date(2022, 12, 31)}
    figures = [
        statement("case_subsidy_standard", 800, unit="CNY/case", **old),
        statement("case_subsidy_standard", new, unit="CNY/case"),
    ]
    (found,) = tariffs.check_tariff_changes(figures, names)
    assert found.message == f"claims.tariff_change.{message}"
    assert word in wording(found)[1] and "rise" not in wording(found)[1]


@pytest.mark.parametrize(
    ("days", "unit", "stricter"), [(1, "working_day", True), (7, "day", False), (10, "day", False)]
)
def test_a_pledge_as_long_as_the_law_allows_is_not_stricter(days, unit, stricter):
    pledge = statement("review_time", days, unit=unit, qualifier="at_most")
    (found,) = pledges.check_pledges([pledge], names, rules.time_limits())
    assert found.message.endswith("not_evaluable" if stricter else "not_stricter")
    assert all(wording(found))


def test_consultations_are_not_divided_by_one_type_of_case():
    figures = [statement("consultations", 100, unit="item"), statement("cases_handled", 5, group="criminal")]
    assert comparison.metric_values(figures, conf_level=0.95) == []


def test_a_file_that_is_read_twice_gives_each_comparison_figure_once():
    evidence = published.evidence()
    twice = published.changed(evidence, statements=evidence.statements + evidence.comparison)
    scope = published.scope("dingyuan-2020")
    found = claims.reference_statements(twice, scope)
    assert len(set(found)) == len(found)


def contradicting(place: str, closed: int, rate: str):
    about = {"place": place, "source_id": "changzhi2023"}
    return [
        statement("closure_rate", rate, unit="percent", **about),
        statement("cases_closed", closed, **about),
        statement("cases_accepted", 1000, **about),
    ]


def test_the_front_page_never_gives_one_places_numbers_for_another(monkeypatch, tmp_path):
    monkeypatch.setenv("LEGALAID_EVAL_WORK", str(tmp_path))
    figures = (*contradicting("Changzhi", 600, "80"), *contradicting("Luzhou", 300, "90"))
    other = published.changed(published.evidence(), statements=figures, claims=())
    for module in (published_claims, base):
        monkeypatch.setattr(module, "evidence_of", lambda params: other)
    p = published.params("changzhi-2023")
    published_claims.save(published_claims.evaluate(p), p)
    wrong = summary.evaluate(p).prose["section_wrong"].messages
    told = [words.sentence(message, "en") for message in wrong]
    assert [("60%" in text, "30%" in text) for text in told] == [(True, False), (False, True)]


def made_up(seed: int):
    """A heap of figures as no source would print them: every hedge, window and group, some of it twice."""
    draw = random.Random(seed)
    indicators = rules.published_indicators()
    windows_ = [
        (date(2023, 1, 1), date(2023, 12, 31)),
        (date(2024, 1, 1), date(2024, 2, 29)),
        (date(2021, 1, 1), date(2023, 12, 31)),
    ]
    windows_ += [
        (date(2022, 10, 1), date(2023, 11, 21)),
        (date(2023, 1, 1), date(2023, 3, 31)),
        (date(2023, 1, 1), date(2023, 12, 30)),
    ]
    groups = [
        "all",
        "all",
        "all",
        "civil",
        "criminal",
        "civil+administrative",
        "visit",
        "phone",
        "visit+phone",
        "cases",
        "good",
    ]
    figures = []
    for key, known in itertools.chain(indicators.items(), indicators.items()):
        start, end = draw.choice(windows_)
        value = draw.choice(
            [0, 1, 2, 50, 98, 100, "99.5"] if "percent" in known.units else [0, 1, 7, 200, 1500, 1000000]
        )
        figures.append(
            statement(
                key,
                value,
                unit=draw.choice(known.units),
                qualifier=draw.choice(
                    ["exact", "exact", "exact", "at_least", "at_most", "more_than", "nearly", "approx"]
                ),
                group=draw.choice(groups),
                start=start,
                end=end,
                place=draw.choice(["O'Brien & <Sons>: =1", "A", "B", "C"]),
                source_id=draw.choice(["changzhi2023", "luqiao2017"]),
            )
        )
    return tuple(figures + figures[:20])


@pytest.mark.parametrize("seed", range(12))
def test_a_heap_of_figures_is_checked_worded_and_gives_unique_rows(seed):
    other = published.changed(published.evidence(), statements=made_up(seed), claims=())
    scope = claims.Scope("O'Brien & <Sons>: =1", ("A", "B", "C"), date(2023, 1, 1), date(2023, 12, 31))
    found = claims.evaluate_claims(other, scope, rules.time_limits())
    rows = published_claims.rows("made-up", claims.own_statements(other, scope), found)
    assert len(rows) >= len(found)
    for r in claims.collapsed(found):
        assert all(len(text) > 10 for text in wording(r))
