"""What outreach cost and where money would gain most, against sums worked out by hand. All data are made up."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import special

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import AwarenessSurvey
from legalaid_eval.cells.outreach_indicators import COSTS
from legalaid_eval.chapters import outreach_budget, outreach_money_prose, outreach_money_tables
from legalaid_eval.chapters.outreach_budget import Budget, Plan, budget_of, lines_of, observed, unit_cost
from legalaid_eval.chapters.outreach_cost import ADDITIONAL, ALL_SPENDING, BY_PLACE, Costs, costs_of
from legalaid_eval.chapters.reform_results import Outcome, OutcomePanel, ReformEffect
from legalaid_eval.chapters.register_places import ToldOfPlaces
from legalaid_eval.content import Chapter
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.dose_response import adstock, fit_dose_response
from legalaid_eval.estimators.outreach_cost import cost_of_growth, growth
from legalaid_eval.report import show, tables, words

COUNTIES = ("A", "B", "C", "D", "E", "F")
START, LAST, BEFORE = "2024-01", "2024-12", 24
MONTHS = [f"{month}" for month in pd.period_range("2021-06", LAST, freq="M")]
RESIDENTS = dict.fromkeys(COUNTIES, 1250)
PARAMS = SimpleNamespace(
    report_id="probe",
    place="Demo City",
    period_start=date(2024, 1, 1),
    period_end=date(2024, 12, 31),
    min_cell=5,
    conf_level=0.95,
    seed=1,
    outreach_budget=0,
)


class Told(ToldOfPlaces):
    """The chapter's findings with only what money looks at."""

    def __init__(self, params: object, seen: object) -> None:
        self.params, self.seen = params, seen

    surveyed = None

    def key(self, code: str) -> str:
        return code


def events(before: float = 100, since: float = 300) -> pd.DataFrame:
    """One event a month in every county, of 100 yuan before 2024 and 300 yuan from then on, all of a cost that is
    told."""
    lines = [(code, "", month, 1, 10, since if month >= START else before) for code in COUNTIES for month in MONTHS]
    frame = pd.DataFrame(lines, columns=["county", "town", "month", "n", "attendance", "yuan"])
    return frame.assign(n_attendance=1, n_cost_fen=1, cost_fen=100 * frame["yuan"]).drop(columns="yuan")


def answers(weight: float = 100.0) -> pd.DataFrame:
    """The last wave: ten adults of each county, who stand for 1,000 with a weight of 100."""
    lines = [
        (code, segment, wave, "prompted", code, weight, n, float(knows))
        for code in COUNTIES
        for wave in (7, 8)
        for segment, knows, n in (("elderly", 1, 3), ("elderly", 0, 3), ("general", 1, 3), ("general", 0, 1))
    ]
    columns = ["county", "segment", "wave", "wording", "psu", "weight", "n", "heard_of"]
    return pd.DataFrame(lines, columns=columns).assign(stratum="all", mode="street", town="", depth=np.nan)


def told_of(**changed: object) -> Told:
    units = pd.DataFrame({"code": COUNTIES, "key": COUNTIES, "name_zh": COUNTIES, "name_en": COUNTIES})
    waves = pd.DataFrame({"wave": [7, 8], "month": ["2024-06", LAST]})
    months = MONTHS[-18:]
    use = pd.DataFrame([(c, m, 50) for c in COUNTIES for m in months], columns=["county", "month", "n"])
    plain = {
        "survey": AwarenessSurvey(answers(), waves, 5),
        "doses": events(),
        "use": {"applications": use.astype({"n": "Int64"})},
        "starts": {"targeted_outreach": dict.fromkeys(COUNTIES, START)},
        "residents": RESIDENTS | {"Demo City": 7500},
        "as_of": date(2024, 12, 31),
        "places": SimpleNamespace(units=units, whole=True, single=False, codes=COUNTIES),
        "meta": SimpleNamespace(simulated=True, evidence="simulated"),
        "register": None,
    }
    params = SimpleNamespace(**vars(PARAMS) | changed.pop("params", {}))
    return Told(params, SimpleNamespace(**plain | changed))


def an_effect(
    numbers: tuple[float, float, float] = (5.0, 2.0, 8.0),
    unit: str = "percentage_point",
    treated: tuple[str, ...] = COUNTIES,
    **more: object,
) -> ReformEffect:
    outcome = Outcome("heard_of" if unit == "percentage_point" else "applications", unit, False, "OA03")
    frame = pd.DataFrame({"place": ["A", "A"], "month": ["2023-12", LAST], "n": 1.0, "value": 1.0, "variance": 0.1})
    spread = np.linspace(-2, 2, len(treated))
    by_place = pd.DataFrame({"place": treated, "estimate": numbers[0] + spread})
    base = ReformEffect(
        reforms=("targeted_outreach",),
        outcome=outcome,
        panel=OutcomePanel(frame, outcome),
        treated=dict.fromkeys(treated, START),
        never=("G",),
        left_out=(),
        design=did.choose_design(6, 4),
        method="difference_in_differences",
        verdict="improved" if numbers[1] > 0 else "no_effect_found",
        estimate=Estimate("att", outcome.key, unit, numbers[0], 1.0, *numbers[1:], 0.95, 60, 12, "placebo_pool"),
        holm_p=0.001,
        by_place=by_place,
    )
    return replace(base, **more)


def percent(*numbers: float) -> ReformEffect:
    return an_effect(numbers, "percent")


def lines_by_sum(costs: Costs, what: str, method: str = "comparison") -> tuple:
    return tuple(costs.line(what, money, method).found for money in (ALL_SPENDING, ADDITIONAL))


def test_costs_are_what_hand_sums_say() -> None:
    """6 counties x 12 months x 300 yuan = 21,600; 100 a month would have been spent anyway, so 14,400 is additional.
    5 (2 to 8) points of 6,000 adults are 300 (120 to 480); 3,600 applications with 20 % more are 600 more."""
    costs = costs_of(told_of(), an_effect(), percent(20.0, -10.0, 50.0))
    everything, additional = lines_by_sum(costs, "aware")
    assert (everything.cost, additional.cost) == (pytest.approx(21_600), pytest.approx(14_400))
    assert (everything.gain, everything.gain_low, everything.gain_high) == pytest.approx((300, 120, 480))
    assert (everything.estimate, everything.ci_low, everything.ci_high) == pytest.approx((72, 45, 180))
    assert (additional.estimate, additional.ci_low, additional.ci_high) == pytest.approx((48, 30, 120))
    use = costs.line("application", ALL_SPENDING).found
    assert (use.gain, use.gain_low, use.gain_high) == pytest.approx((600, -400, 1200))
    assert (use.verdict, use.ci_low, use.ci_high) == ("at_least", pytest.approx(18), None)


def test_places_are_resampled_with_their_own_money_and_persons() -> None:
    found = lines_by_sum(costs_of(told_of(), an_effect(), None), "aware", BY_PLACE)[0]
    assert (found.estimate, found.gain, found.n_places) == (pytest.approx(72), pytest.approx(300), 6)
    assert found.verdict == "bounded" and found.ci_low < 72 < found.ci_high


def test_resampled_places_have_no_upper_end_where_the_comparison_has_none() -> None:
    costs = costs_of(told_of(), an_effect((5.0, -1.0, 11.0)), None)
    whole, places = (costs.line("aware", ALL_SPENDING, method).found for method in ("comparison", BY_PLACE))
    assert (whole.verdict, places.verdict, places.ci_high) == ("at_least", "at_least", None)
    told = outreach_money_tables.cost_of(costs.line("aware", ALL_SPENDING))
    assert (told.qualifier, told.value) == ("at_least", 33)  # 21,600 / 660


@pytest.mark.parametrize(
    ("value", "low", "high", "english"),
    [
        (5.364, 3.02, 23.4, "CNY 5.4 (CNY 3.0 to CNY 23)"),
        (0.5364, 0.0951, 9.96, "CNY 0.54 (CNY 0.095 to CNY 10)"),
        (1413, 95.1, 12_345_678, "CNY 1,400 (CNY 95 to CNY 12 million)"),
    ],
)
def test_estimated_money_has_two_significant_digits_at_all_three_places(value, low, high, english) -> None:
    found = outreach_money_tables.with_interval(outreach_money_tables.yuan(value), low, high)
    assert words.sentence(found, "en") == english


def test_a_cost_says_which_months_it_adds_up_and_that_other_spans_do_not_compare() -> None:
    costs = costs_of(told_of(), an_effect(), percent(20.0, 10.0, 30.0))
    messages = outreach_money_prose.prose(costs, Budget(costs.told, reason="no_curve")).messages
    aware, applied = (words.sentence(m, "en") for m in messages if m.key == "outreach_money.cost.bounded")
    assert all("12 months, from January 2024 to December 2024" in text for text in (aware, applied))
    assert "must not be compared" in aware and "must not be compared" not in applied  # both sides of it add up
    table = tables.render(outreach_money_tables.costs_table(costs), "en")
    assert "(12 months)" in table and "must not be compared" in table


def test_few_places_have_no_interval_and_no_number_alone() -> None:
    few = costs_of(told_of(), an_effect(treated=("A", "B", "C")), None)
    line = few.line("aware", ALL_SPENDING, BY_PLACE)
    assert line.found.verdict == "few_places"
    assert outreach_money_tables.cost_of(line) is None and outreach_money_tables.gain_of(line) is None


def test_events_that_do_not_say_what_they_cost_are_taken_at_the_mean_of_their_countys_others() -> None:
    doses = events()
    silent = (doses["county"] == "A") & (doses["month"] == LAST)
    doses = doses.assign(n_cost_fen=doses["n_cost_fen"].mask(silent, 0), cost_fen=doses["cost_fen"].mask(silent))
    spent = costs_of(told_of(doses=doses), an_effect(), None).spent["aware"]
    others = doses[(doses["county"] == "A") & ~silent]["cost_fen"].sum() / 100 / (len(MONTHS) - 1)
    assert spent.by_county.set_index("county")["since"]["A"] == pytest.approx(11 * 300 + others)
    assert spent.imputed == pytest.approx(1 / 72)


def test_persons_are_adults_only_if_weights_add_up_to_some() -> None:
    for weight, basis, persons in ((100.0, "adults", 6000), (150.0, "residents", 7500), (1.0, "residents", 7500)):
        told = told_of()
        told.seen.survey = replace(told.seen.survey, answers=answers(weight))
        costs = costs_of(told, an_effect(), None)
        assert (costs.basis, costs.line("aware", ALL_SPENDING).found.gain) == (basis, pytest.approx(persons * 0.05))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"doses": events().assign(n_cost_fen=0, cost_fen=np.nan)}, "no_costs"),
        ({"doses": events().iloc[:0]}, "no_costs"),
        ({"doses": events().query("month == @LAST and county in ['A', 'B']")}, "few_costs"),
        ({"residents": {}}, "no_persons"),
    ],
)
def test_what_is_not_recorded_is_not_evaluable(changed: dict, reason: str) -> None:
    costs = costs_of(told_of(**changed), an_effect(), None)
    assert [(line.what, line.reason) for line in costs.lines] == [("aware", reason), ("application", "no_estimate")]
    require_words(costs, Budget(costs.told, reason="no_costs"))


def test_additional_spending_needs_a_year_before_and_a_rise() -> None:
    recent = events().query("month >= '2023-06'")
    assert costs_of(told_of(doses=recent), an_effect(), None).line("aware", ADDITIONAL, "").reason == "short_before"
    falling = costs_of(told_of(doses=events(300, 300)), an_effect(), None)
    assert falling.line("aware", ADDITIONAL, "").reason == "nothing_additional"
    assert falling.line("aware", ALL_SPENDING).found.verdict == "bounded"


def test_growth_is_worked_back_from_what_was_counted() -> None:
    assert growth(1_100, 10) == pytest.approx(100)
    assert growth([90, 100], [-10, 0]) == pytest.approx([-10, 0])
    change = replace(percent(10.0, 5.0, 20.0).estimate)
    found = cost_of_growth(change, cost=1_000, counted=1_100)
    assert found.estimate == pytest.approx(10) and found.ci_high == pytest.approx(1_000 / (1_100 - 1_100 / 1.05))
    unbounded = cost_of_growth(replace(change, ci_low=-100.0, ci_high=np.inf), cost=1_000, counted=1_100)
    assert (unbounded.verdict, unbounded.gain_low, unbounded.gain_high) == ("at_least", -np.inf, 1_100)
    for wrong in ({"counted": 0}, {"cost": -1}):
        with pytest.raises(UsageError, match="above 0"):
            cost_of_growth(change, **{"cost": 1, "counted": 1} | wrong)
    with pytest.raises(UsageError, match="cost_of_change"):
        cost_of_growth(an_effect().estimate, cost=1, counted=1)
    with pytest.raises(UsageError, match="more than -100"):
        growth(5, -100)


# A budget. Counties stand in pairs that are alike in everything.

NUMBERS = np.random.default_rng(5)
WAVES = pd.period_range("2022-01", periods=12, freq="3M").asfreq("M")
LATER = pd.period_range("2022-01", LAST, freq="M")


def pair_doses() -> np.ndarray:
    """(6, months) monthly doses, equal within pairs."""
    dose = NUMBERS.exponential(0.5, (3, len(LATER))) * (NUMBERS.random((3, len(LATER))) < 0.7)
    return np.repeat(dose, 2, axis=0)


@pytest.fixture(scope="module")
def curve() -> SimpleNamespace:
    dose = pair_doses()
    at = LATER.get_indexer(WAVES)
    stock = adstock(dose, 0.6)[:, at]
    level = np.repeat(NUMBERS.normal(0, 0.3, (3, 1)), 2, axis=0)
    share = special.expit(level - 1.2 * np.expm1(-stock / 0.8))
    cells = pd.DataFrame({"y": np.round(4000 * share).ravel(), "n": 4000, "place": np.repeat(COUNTIES, len(WAVES))})
    doses = pd.DataFrame({"county": np.repeat(COUNTIES, len(LATER)), "month": np.tile(LATER, 6), "dose": dose.ravel()})
    fit = fit_dose_response(
        cells.assign(month=np.tile(WAVES, 6)),
        doses=doses.rename(columns={"county": "place"}),
        place="place",
        time="month",
        successes="y",
        trials="n",
        dose="dose",
    )
    return SimpleNamespace(fit=fit, reason="", doses=doses, item="heard_of", kept=(0.05, 1.0))


def costs_frame(per_100: float = 2_000.0, **status: str) -> pd.DataFrame:
    lines = [("all", "all", 72, 1.0, 1.0, per_100, "ok")]
    lines += [("county", c, 12, 1.0, 1.0, per_100, status.get(c, "ok")) for c in COUNTIES]
    return pd.DataFrame(lines, columns=COSTS)


def budget(curve: SimpleNamespace, told: Told | None = None, frame: pd.DataFrame | None = None) -> Budget:
    with pytest.MonkeyPatch.context() as patch:
        money = costs_frame() if frame is None else frame
        patch.setattr(outreach_budget, "described", lambda told: SimpleNamespace(costs=money))
        return budget_of(told or told_of(), curve)


@pytest.fixture(scope="module")
def found(curve: SimpleNamespace) -> Budget:
    return budget(curve)


def test_a_dose_is_paid_for_by_the_residents_it_reaches() -> None:
    """A dose of 1 reaches 100 of 100,000 residents a month and 1,200 a year, for 20 yuan each."""
    assert unit_cost(20.0, 100_000, 80_000) * 80_000 * 12 == pytest.approx(24_000)
    units = pd.DataFrame({"persons": [80_000.0], "unit_cost": [unit_cost(20.0, 100_000, 80_000)]})
    assert Plan("county", units, None, None).price == pytest.approx([24_000])


def test_the_budget_is_what_present_doses_cost_unless_given(curve: SimpleNamespace, found: Budget) -> None:
    year = curve.doses[pd.PeriodIndex(curve.doses["month"]).year == 2024]
    # 20 yuan reach one; 1,250 residents in each county
    assert found.amount == pytest.approx(year["dose"].sum() * 1.25 * 20)
    assert found.counties.present.spent == pytest.approx(found.amount) and not found.given
    assert found.counties.suggested.spent == pytest.approx(found.amount)
    given = budget(curve, told_of(params={"outreach_budget": 300}))
    assert (given.amount, given.given) == (300, True)


def test_counties_that_are_alike_get_alike_and_all_stay_within_doses_that_were_kept_up(
    curve: SimpleNamespace, found: Budget
) -> None:
    dose = found.counties.suggested.table["dose"].to_numpy()
    assert dose[::2] == pytest.approx(dose[1::2], rel=1e-6)
    assert observed(curve) == (0.05, 1.0) and dose.min() >= 0.05 - 1e-12 and dose.max() <= 1 + 1e-12


def test_present_gains_are_the_curves_own_at_present_doses(curve: SimpleNamespace, found: Budget) -> None:
    """Twelve more months of the mean dose of 2024 after the last wave, on every curve the data allow."""
    curves, last = curve.fit.curves, curve.fit.panel.doses
    decay = curves.decay[:, None]
    year = curve.doses[pd.PeriodIndex(curve.doses["month"]).year == 2024].groupby("county")["dose"].mean()
    before = adstock(last, curves.decay)[..., -1]
    base = curve.fit.logit[:, -1] - curves.lift(before)
    held = before * decay**12
    planned = held + sum(decay**k for k in range(12)) * year[list(COUNTIES)].to_numpy()
    gain = 1000 * (special.expit(base + curves.lift(planned)) - special.expit(base + curves.lift(held)))
    assert found.counties.present.table["gain"].to_numpy() == pytest.approx(np.median(gain, axis=0), rel=1e-9)
    assert found.counties.suggested.gain.estimate >= found.counties.present.gain.estimate


def test_segments_start_from_their_own_share_and_are_as_many_as_their_weights_say(found: Budget) -> None:
    units = found.segments.units.set_index("unit")
    assert units["baseline"].to_dict() == pytest.approx({"elderly": 0.5, "general": 0.75})
    assert units["persons"].to_dict() == pytest.approx({"elderly": 3600, "general": 2400})
    assert found.segments.present is None and found.segments.price.sum() == pytest.approx(7.5 * 20 * 12)


def test_a_hidden_countys_spending_cannot_be_worked_out(curve: SimpleNamespace, found: Budget) -> None:
    hidden = budget(curve, frame=costs_frame(B="suppressed"))
    own = [line["segment"] for line in lines_of(hidden.counties)]
    assert (hidden.hidden, own) == (("B",), ["A", "C", "D", "E", "F"])
    assert hidden.amount == pytest.approx(found.amount - found.counties.units["dose"][1] * 1.25 * 20 * 12)
    rows = results.make(outreach_money_prose.rows(costs_of(told_of(), None, None), hidden, hidden.told))
    assert rows.loc[rows["place"] == "B", "status"].tolist() == ["suppressed"]
    require_words(costs_of(told_of(), None, None), hidden)


def test_a_present_dose_outside_of_the_observed_ones_is_reckoned_at_their_end(curve: SimpleNamespace) -> None:
    narrow = SimpleNamespace(**vars(curve) | {"kept": (0.05, 0.2)})
    units = budget(narrow).counties.units
    assert units["clipped"].any() and (units.loc[units["clipped"], "dose"].isin([0.05, 0.2])).all()


@pytest.mark.parametrize(
    ("reason", "params", "doses", "frame"),
    [
        ("no_costs", {}, None, costs_frame().assign(per_100_reached_cny=np.nan)),
        ("no_spending", {}, 0.0, None),
        ("below_least", {"outreach_budget": 1}, None, None),
    ],
)
def test_a_budget_that_cannot_be_laid_out_says_why(
    curve: SimpleNamespace, reason: str, params: dict, doses: float | None, frame: pd.DataFrame | None
) -> None:
    given = (
        curve
        if doses is None
        else SimpleNamespace(**vars(curve) | {"doses": curve.doses.assign(dose=0.0), "kept": None})
    )
    none = budget(given, told_of(params=params), frame)
    assert (none.reason, none.counties) == (reason, None)
    require_words(costs_of(none.told, None, None), none)


def test_without_a_curve_or_a_second_county_there_is_nothing_to_lay_out(curve: SimpleNamespace) -> None:
    assert budget(SimpleNamespace(fit=None, reason="single_wave")).reason == "no_curve"
    alone = told_of()
    alone.seen.places.single = True
    assert budget(curve, alone).reason == "one_county"
    unknown = told_of(residents={"A": 1250})
    assert budget(curve, unknown).reason == "few_counties"


def test_no_effect_of_the_dose_recommends_no_shift(curve: SimpleNamespace, found: Budget) -> None:
    notes = (*curve.fit.notes, "no_effect_found")
    unsure = budget(SimpleNamespace(**vars(curve) | {"fit": replace(curve.fit, notes=notes)}))
    costs = costs_of(told_of(), None, None)
    said = {each.key for each in outreach_money_prose.prose(costs, unsure).messages}
    assert "outreach_money.budget.unsure" in said and "outreach_money.budget.shifts" not in said
    sure = {each.key for each in outreach_money_prose.prose(costs, found).messages}
    assert "outreach_money.budget.shifts" in sure and "outreach_money.budget.unsure" not in sure
    placed = [outreach_money_tables.budget_table(each).placement for each in (unsure, found)]
    ids = [outreach_money_tables.figure(each).id for each in (unsure, found)]
    assert placed == ["appendix", "body"] and ids == ["outreach_allocation_unsure", "outreach_allocation"]
    require_words(costs, unsure)
    require_words(costs, found)


@pytest.mark.parametrize(
    ("aware", "use"),
    [
        (an_effect(), percent(20.0, 10.0, 30.0)),
        (an_effect(verdict="not_established"), percent(20.0, -10.0, 50.0)),
        (an_effect((5.0, -1.0, 11.0)), percent(-20.0, -30.0, -10.0)),
        (an_effect((-5.0, -8.0, -2.0)), an_effect((1.0, 0.5, 1.5), "score")),
        (an_effect(treated=("A", "B", "C")), percent(5.0, -100.0, np.inf)),
        (an_effect((1.0, -np.inf, np.inf)), None),
    ],
)
def test_every_cost_has_words_and_rows(aware: ReformEffect, use: ReformEffect | None) -> None:
    costs = costs_of(told_of(), aware, use)
    require_words(costs, Budget(costs.told, reason="no_curve"))
    rows = results.make(outreach_money_prose.rows(costs, Budget(costs.told, reason="no_curve"), costs.told))
    alone = rows["estimate"].notna() & rows["ci_high"].isna()
    assert len(rows) and not alone.any(), "a cost without an upper end is no number alone"
    assert (rows.loc[rows["status"] == "not_evaluable", "note"] != "").all()


def require_words(costs: Costs, budget: Budget) -> None:
    """All sentences, tables and the picture in both languages, without a missing fact."""
    picture = outreach_money_tables.figure(budget)
    chapter = Chapter("outreach", None, {}, {picture.id: picture}, {})
    for language in words.LANGUAGES:
        messages = (*outreach_money_prose.prose(costs, budget).messages, *outreach_money_prose.reading_messages())
        said = [words.sentence(each, language) for each in messages]
        said += [tables.render(each, language) for each in outreach_money_tables.tables(costs, budget)]
        drawn = show.figure(chapter, picture.id, languages=(language,)).languages[language]
        said += [drawn["caption"], drawn["alt"]]
        assert not [text for text in said if "None" in text or "nan" in text or "  " in text], said


def test_a_gain_larger_than_the_number_reached_says_that_the_events_alone_cannot_have_made_it():
    half = events().assign(n_attendance=lambda rows: (rows["month"] != LAST).astype(int))
    half["attendance"] = half["attendance"].where(half["n_attendance"] > 0)
    found = costs_of(told_of(doses=half), an_effect(), None)
    assert found.spent["aware"].reached == pytest.approx(6 * 12 * 10)  # the month without attendance at the mean
    keys = [
        message.key for message in outreach_money_prose.prose(found, Budget(found.told, reason="no_curve")).messages
    ]
    assert "outreach_money.cost.beyond_reach" not in keys  # 5 points of 6,000 adults are 300
    many = costs_of(told_of(doses=half), an_effect((15.0, 5.0, 25.0)), None)
    told = outreach_money_prose.beyond_reach(many)
    assert told in outreach_money_prose.prose(many, Budget(found.told, reason="no_curve")).messages
    assert "720 person-times" in words.sentence(told, "en") and "900 people" in words.sentence(told, "en")
    assert "once (CNY 30)" in words.sentence(told, "en")  # 21,600 for 720
    silent = events().assign(n_attendance=0, attendance=np.nan)
    assert np.isnan(costs_of(told_of(doses=silent), an_effect(), None).spent["aware"].reached)
