"""What the checks find in the real figures: each number was worked out by hand from the sources."""

import pytest

from legalaid_eval.evidence.claims import arithmetic_checks, check_comparison_sources
from tests import published


def one(report_id: str, check: str, place: str, indicator: str, group: str | None = None):
    found = [
        r
        for r in published.findings(report_id)
        if (r.check, r.place, r.indicator) == (check, place, indicator) and group in (None, r.group)
    ]
    assert len(found) == 1, found
    return found[0]


def test_changzhi_prints_a_closure_rate_that_its_parts_contradict():
    found = one("changzhi-2023", "ratio", "Changzhi", "closure_rate")
    assert found.verdict == "contradicted"
    assert round(found.computed, 2) == 70.86
    assert (found.facts["bases"].low, found.facts["bases"].high) == (1490, 1490)


@pytest.mark.parametrize(
    ("report_id", "place", "group", "low", "high"),
    [
        ("changzhi-2023", "Changzhi", "consultations", 39972, 40015),
        ("changzhi-2023", "Shangdang", "consultations", 4164, 4169),
        ("changzhi-2023", "Qinyuan", "cases", 110, 111),
        ("changzhi-2023", "Lucheng", "cases", None, 192),
        ("dingyuan-2020", "Dingyuan", "cases", 917, 929),
    ],
)
def test_implied_targets(report_id, place, group, low, high):
    found = one(report_id, "implied_target", place, "target_completion_rate", group)
    assert (found.low, found.high) == (low, high)
    assert found.verdict == "implied"


def test_the_round_target_that_fits_both_readings_is_named():
    found = one("changzhi-2023", "implied_target", "Changzhi", "target_completion_rate")
    assert found.facts["round_number"] == 40000


def test_dingyuan_adds_up_and_closes_as_printed():
    assert one("dingyuan-2020", "group_sum", "Dingyuan", "cases_handled").verdict == "consistent"
    closing = one("dingyuan-2020", "ratio", "Dingyuan", "closure_rate")
    assert (closing.verdict, round(closing.computed, 2)) == ("consistent", 77.98)
    rest = one("dingyuan-2020", "group_sum", "Dingyuan", "consultations")
    assert (rest.verdict, rest.facts["gap"].value) == ("implied", 770)


def test_luqiaos_three_years_can_be_read_in_two_ways():
    found = one("luqiao-2017", "yearly_reading", "Luqiao", "cases_accepted")
    assert found.verdict == "ambiguous"
    assert found.facts["rest_each"].value == 520  # (1630 - 590) / 2


def test_luqiaos_tariffs_doubled_and_their_ceiling_is_worked_out():
    civil = one("luqiao-2017", "tariff_change", "Luqiao", "case_subsidy_standard", "civil+administrative")
    criminal = one("luqiao-2017", "tariff_change", "Luqiao", "case_subsidy_standard", "criminal")
    assert (civil.computed, criminal.computed) == (100, 100)
    assert (civil.facts["premium"], criminal.facts["premium"]) == (1.56, 2.08)


def test_a_rate_with_nearly_500_answers_gets_the_interval_of_the_smallest_sample_that_fits():
    found = one("luqiao-2017", "precision", "Luqiao", "satisfaction_rate")
    assert found.n == 450
    assert found.low == pytest.approx(96.24, abs=0.01)  # Wilson 441 of 450
    assert found.high == 100


def test_hundred_percent_without_n_is_not_evaluable_but_bounded_for_assumed_samples():
    found = one("changzhi-2023", "precision", "Changzhi", "satisfaction_rate")
    assert found.verdict == "not_evaluable"
    lows = [round(low, 1) for _, low, _ in found.facts["scenarios"]]
    assert lows == [88.4, 96.4, 99.3]


def test_a_claimed_rise_is_bounded_by_three_years_at_98_percent():
    risen = [r for r in published.findings("horinger-2025") if (r.check, r.verdict) == ("claim", "ceiling")]
    assert [(r.indicator, r.high) for r in risen] == [("QS01", 2.0)]
    assert risen[0].facts["years"] == 3


def test_changzhis_missing_counties_are_counted_and_never_zero():
    found = one("changzhi-2023", "level_sum", "Changzhi", "consultations")
    assert found.facts["n_same"] == 8
    assert [name.en for name in found.facts["missing"]] == ["Luzhou District", "Tunliu District"]
    assert [name.en for name in found.facts["other_units"]] == ["Zhangzi County", "Licheng County"]
    # 4613+2502+3855+2218+2400+4050+4181 and 'more than 3000', which is 3001 at least
    assert found.facts["total"].value == 26820
    assert found.facts["rest"].value == 54201 - 26820


def test_consultations_per_case_differ_by_definition():
    values = {}
    for report_id in ("changzhi-2023", "luqiao-2017", "horinger-2025", "dingyuan-2020"):
        place = published.params(report_id).place
        found = one(report_id, "comparison", place, "consultations_per_case")
        assert (found.verdict, found.message) == ("ambiguous", "claims.comparison.definition")
        values[place] = round(found.computed, 1)
    assert values == {"Changzhi": 31.0, "Luqiao": 1.4, "Horinger": 1.9, "Dingyuan": 1.5}


def test_progress_is_held_against_the_elapsed_year_with_the_doubt_about_its_cut_off():
    found = one("changzhi-2023", "progress", "Changzhi", "target_completion_rate")
    assert round(found.computed, 1) == round(135.5 / (325 / 365), 1)
    assert found.low < found.computed < found.high


def test_pledges_stand_beside_the_law_of_their_day():
    found = one("lanzhou-new-area-2023", "pledge", "Lanzhou New Area", "application_to_assignment_time")
    assert (found.high, found.verdict) == (10, "not_evaluable")
    assert found.facts["rules"] == ("LL-43a", "LL-43b")


def test_the_errors_in_the_disclosures_are_found_and_nothing_else_is_called_one():
    grave = {(r.check, r.place, r.indicator) for r in check_comparison_sources(published.evidence())}
    assert grave == {
        ("group_sum", "Zhenjiang district", "consultations"),  # 851 + 390 = 1241, printed 1238
        ("tariff_bounds", "Tianchang", "case_subsidy_paid"),  # 203,750 for 134 files, highest tariff 1,500
    }


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("Chuzhou", "claims.ratio.truncated"),  # 3224 of 6275 is 51.378, printed 51.37
        ("Fuzhou", "claims.money_sum.rounded"),  # 140.99 + 40.65 = 181.64, printed 181.65
        ("Tianjin", "claims.granularity.consistent"),  # 96.5 % of 143 can only be 138
        ("Wuchang", "claims.group_sum.implied"),  # 9 + 21 of 100 graded, the others not printed
    ],
)
def test_what_else_the_disclosures_show(place, message):
    found = arithmetic_checks(published.evidence().comparison, published.evidence().name)
    assert message in {r.message for r in found if r.place == place}


def test_every_source_passes_through_the_same_checks():
    found = arithmetic_checks(published.evidence().comparison, published.evidence().name)
    disclosures = {
        s.source_id for s in published.evidence().comparison if s.source_id[-1].isdigit() or "q" in s.source_id
    }
    assert len({r.sources[0][0] for r in found}) >= 9
    assert len(disclosures) >= 11
