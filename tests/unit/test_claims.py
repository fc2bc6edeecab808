"""The checks know indicators and relations, never places: made-up figures get the same treatment."""

from dataclasses import replace
from datetime import date

import pytest

from legalaid_eval import rules
from legalaid_eval.content import Label
from legalaid_eval.evidence import claims, conflicts, levels, pledges, ratios, sums, targets, tariffs, windows
from legalaid_eval.report import words
from tests import published
from tests.published import statement


def names(place: str) -> Label:
    return Label(place, place)


def closing(closed: int, accepted: int, printed: str):
    parts = [
        statement("closure_rate", printed, unit="percent"),
        statement("cases_closed", closed),
        statement("cases_accepted", accepted),
    ]
    (found,) = ratios.check_ratios(parts, names)
    return found


@pytest.mark.parametrize(
    ("closed", "accepted", "printed", "message"),
    [
        (779, 999, "78", "consistent"),
        (779, 999, "77.9", "truncated"),
        (1452, 1747, "83.09", "not_reproducible"),
        (1238, 1747, "83.09", "contradicted"),
        (2, 3, "66.67", "consistent"),
        (2, 3, "66.66", "truncated"),
        (1, 8, "12.5", "consistent"),
        (0, 8, "0", "consistent"),
        (9, 8, "112.5", "consistent"),
    ],
)
def test_a_rate_against_its_parts(closed, accepted, printed, message):
    assert closing(closed, accepted, printed).message == f"claims.ratio.{message}"


def test_a_rate_without_its_parts_or_with_hedged_ones_is_not_judged():
    rate = statement("closure_rate", "83.09", unit="percent")
    hedged = statement("cases_closed", 1238, qualifier="more_than")
    assert ratios.check_ratios([rate, statement("cases_closed", 1238)], names) == []
    assert ratios.check_ratios([rate, hedged, statement("cases_accepted", 1747)], names) == []


def test_parts_of_another_window_source_or_group_are_not_taken():
    rate, closed = statement("closure_rate", "78", unit="percent"), statement("cases_closed", 779)
    for other in ({"end": date(2023, 6, 30)}, {"source_id": "another"}, {"group": "civil"}, {"place": "Elsewhere"}):
        assert ratios.check_ratios([rate, closed, statement("cases_accepted", 999, **other)], names) == []


@pytest.mark.parametrize(
    ("total", "civil", "criminal", "verdict"),
    [(999, 615, 384, "consistent"), (999, 615, 385, "contradicted"), (999, 600, 384, "implied")],
)
def test_case_types_against_their_total(total, civil, criminal, verdict):
    figures = [
        statement("cases_handled", total),
        statement("cases_handled", civil, group="civil"),
        statement("cases_handled", criminal, group="criminal"),
    ]
    (found,) = sums.check_group_sums(figures, names)
    assert found.verdict == verdict


def test_case_types_that_are_all_printed_leave_no_remainder():
    figures = [
        statement("cases_handled", 999),
        statement("cases_handled", 600, group="civil"),
        statement("cases_handled", 384, group="criminal"),
        statement("cases_handled", 3, group="administrative"),
    ]
    (found,) = sums.check_group_sums(figures, names)
    assert (found.verdict, found.facts["gap"].value) == ("contradicted", 12)


def test_two_values_for_the_same_thing_contradict_each_other():
    here = statement("cases_closed", 779)
    assert conflicts.check_conflicts([here, replace(here, source_id="another")], names) == []
    other = statement("cases_closed", 780, source_id="another")
    (found,) = conflicts.check_conflicts([here, other], names)
    assert (found.verdict, found.low, found.high) == ("contradicted", 779, 780)
    hedged = replace(other, qualifier="more_than")
    assert conflicts.check_conflicts([here, hedged, replace(other, group="civil")], names) == []


def test_a_missing_group_is_a_remainder_and_not_a_contradiction():
    figures = [statement("cases_handled", 999), statement("cases_handled", 600, group="civil")]
    (found,) = sums.check_group_sums(figures, names)
    assert (found.verdict, found.facts["gap"].value) == ("implied", 399)


def level(values: dict[str, object], whole: int):
    figures = [statement("consultations", whole, unit="person_time", place="City")]
    for place, value in values.items():
        if value is not None:
            figures.append(statement("consultations", value, unit="person_time", place=place))
    (found,) = levels.check_levels(figures, "City", list(values), names)
    return found


def test_a_missing_part_differs_from_a_part_that_prints_zero():
    missing = level({"A": 40, "B": 30, "C": 20, "D": None}, 100)
    zero = level({"A": 40, "B": 30, "C": 20, "D": 0}, 100)
    assert (missing.verdict, missing.facts["n_absent"], missing.facts["rest"].value) == ("implied", 1, 10)
    assert zero.verdict == "contradicted"


@pytest.mark.parametrize(("whole", "verdict"), [(90, "consistent"), (89, "contradicted"), (91, "contradicted")])
def test_all_parts_against_the_whole(whole, verdict):
    assert level({"A": 40, "B": 30, "C": 20}, whole).verdict == verdict


def test_no_target_is_implied_where_one_is_printed():
    rate = statement("target_completion_rate", "51.37", unit="percent")
    count, target = statement("cases_handled", 3224), statement("target_cases", 6275)
    assert len(targets.check_implied_targets([rate, count], names)) == 1
    assert targets.check_implied_targets([rate, count, target], names) == []
    (found,) = ratios.check_ratios([rate, count, target], names)
    assert found.message == "claims.ratio.truncated"


def test_a_rate_printed_as_zero_implies_no_target_and_is_no_contradiction():
    figures = [statement("target_completion_rate", "0", unit="percent"), statement("cases_handled", 5)]
    assert targets.check_implied_targets(figures, names) == []


def test_a_rate_no_target_can_give_is_not_reproducible():
    figures = [statement("target_completion_rate", "83.3", unit="percent"), statement("cases_handled", 1)]
    (found,) = targets.check_implied_targets(figures, names)
    assert found.verdict == "not_reproducible"


@pytest.mark.parametrize(("end", "share"), [(date(2023, 6, 30), 181 / 365), (date(2024, 12, 31), 1)])
def test_elapsed_share_counts_days(end, share):
    assert float(targets.elapsed_share(end)) == pytest.approx(share)


def test_a_stated_cut_off_leaves_no_doubt_about_progress():
    rate = statement("target_completion_rate", "50", unit="percent", end=date(2023, 6, 30))
    (stated,) = targets.check_progress([rate], names)
    (inferred,) = targets.check_progress([replace(rate, basis="inferred")], names)
    assert stated.low == stated.high == stated.computed
    assert inferred.low < inferred.computed < inferred.high


def test_paid_subsidies_must_lie_within_the_tariffs():
    tariffs_ = [
        statement("case_subsidy_standard", 600, unit="CNY/case", group="withdrawn"),
        statement("case_subsidy_standard", 1500, unit="CNY/case", group="criminal"),
    ]
    files = statement("files_archived", 100, unit="file")
    for paid, verdict in ((150_000, "consistent"), (150_100, "contradicted"), (59_900, "contradicted")):
        figures = [statement("case_subsidy_paid", paid, unit="CNY"), files, *tariffs_]
        (found,) = tariffs.check_tariff_bounds(figures, names)
        assert found.verdict == verdict


def test_three_years_at_least_as_much_as_one_year_had_is_no_riddle():
    three = statement("cases_accepted", 500, qualifier="at_least", start=date(2021, 1, 1))
    year = statement("cases_handled", 590)
    (found,) = windows.check_yearly_readings([three, year], names)
    assert found.verdict == "consistent"
    (found,) = windows.check_yearly_readings([replace(three, value=three.value * 4), year], names)
    assert found.verdict == "ambiguous"


def test_a_pledge_is_held_against_the_law_of_its_own_day():
    limits = rules.time_limits()
    pledge = statement("review_time", 1, unit="working_day", qualifier="at_most")
    before_the_law = replace(pledge, start=date(2021, 1, 1), end=date(2021, 12, 31))
    assert len(pledges.check_pledges([pledge], names, limits)) == 1
    assert pledges.check_pledges([before_the_law], names, limits) == []


def test_a_new_place_with_other_numbers_gets_its_own_verdict_sentence_and_summary():
    """The contradiction in Changzhi's closure rate, renamed and with 1,452 instead of 1,238 closed."""
    evidence = published.evidence()
    renamed = tuple(
        replace(s, place="Newtown", value=s.value.__class__(1452) if s.indicator == "cases_closed" else s.value)
        for s in evidence.statements
        if s.place == "Changzhi"
    )
    other = published.changed(evidence, statements=renamed, claims=())
    scope = replace(published.scope("changzhi-2023"), place="Newtown", parts=())
    found = next(r for r in claims.evaluate_claims(other, scope, rules.time_limits()) if r.check == "ratio")
    assert found.verdict == "not_reproducible"
    for language in words.LANGUAGES:
        sentence = words.sentence(_message(found), language)
        assert "Newtown" in sentence and "1,452" in sentence and "83.11%" in sentence
        assert "Changzhi" not in sentence and "长治" not in sentence


def _message(found):
    from legalaid_eval.content import Message

    body = Message(found.message, found.facts)
    return Message(
        "claims.headed", {"indicator": Label("办结率", "Closure rate"), "place": found.facts["place"], "body": body}
    )


def test_places_that_say_the_same_become_one_line_without_losing_one():
    found = [r for r in published.findings("changzhi-2023") if r.check == "ceiling"]
    merged = claims.collapsed(found)
    named = [
        place
        for r in merged
        for place in (r.facts["place"] if isinstance(r.facts["place"], tuple) else [r.facts["place"]])
    ]
    assert len(merged) < len(found)
    assert len(set(named)) == len({r.place for r in found})


def test_every_finding_has_a_sentence_in_both_languages():
    for report_id in published.PROGRAMMES:
        for found in published.findings(report_id):
            for language in words.LANGUAGES:
                assert len(words.sentence(_message(found), language)) > 20
