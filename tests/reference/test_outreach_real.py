"""Real campaigns and trials through the public functions: published numbers, and honest answers where they are few.

Organ donors after California's campaign (Kessler and Roth 2014), HIV results fetched in Malawi for small sums
(Thornton 2008), and insurance taken up after longer information sessions in Chinese villages (Cai, de Janvry and
Sadoulet 2015), as the package causaldata carries them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from legalaid_eval.chapters.reform_effect import Outcome, OutcomePanel, Reforms, reform_effects
from legalaid_eval.estimators import did, survey
from legalaid_eval.estimators.dose_response import fit_dose_response

causaldata = pytest.importorskip("causaldata")
PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared" / "data" / "outreach"
TRIAL = {"place": "village", "successes": "yes", "trials": "n", "dose": "dose"}


def loaded(name: str) -> pd.DataFrame:
    return getattr(causaldata, name).load_pandas().data


@pytest.mark.parametrize(
    ("file", "name"), [("organ_donations_2010_2012", "organ_donations"), ("thornton_hiv", "thornton_hiv")]
)
def test_public_files_are_those_of_the_package(file, name):
    path = SHARED / f"{file}.csv"
    if not path.exists():
        pytest.skip(f"the public data are not shipped; looked for them in {path.relative_to(PROJECT.parent)}")
    public = pd.read_csv(path)
    pd.testing.assert_frame_equal(public, loaded(name)[list(public)], rtol=1e-6, check_dtype=False)


@pytest.fixture(scope="module")
def donors():
    """Percent of registered donors by state and quarter; California asked another way from July 2011 on."""
    found = loaded("organ_donations")
    month = found["Quarter"].map(lambda quarter: f"{quarter[2:]}-{3 * int(quarter[1]) - 2:02d}")
    return pd.DataFrame({"place": found["State"], "month": month, "n": 1.0, "value": 100 * found["Rate"]})


@pytest.fixture(scope="module")
def campaign(donors):
    panel = OutcomePanel(
        donors.assign(variance=0.0), Outcome("registered", "percentage_point", False, "OA03", 5.0), "quarter"
    )
    (effect,) = reform_effects(panel, Reforms({"campaign": {"California": "2011-07"}}))
    return effect


def test_published_effect_of_the_donor_campaign(donors, campaign):
    """-0.022 (0.006) in Huntington-Klein (2021, chapter 18), whose errors are the states' own."""
    start = np.where(donors["place"] == "California", 3.0, np.nan)
    panel = donors.assign(start=start, time=donors["month"].rank(method="dense") - 1, value=donors["value"] / 100)
    found = did.two_way_effect(panel, unit="place", time="time", cohort="start", outcome="value")
    assert (round(found.estimate, 3), round(found.std_error, 3)) == (-0.022, 0.006)
    assert campaign.estimate.estimate == pytest.approx(100 * found.estimate, abs=1e-9)


def test_one_state_beside_26_establishes_nothing(donors, campaign):
    """What other states did without any campaign, by hand: error, interval and rank."""
    rates = donors.pivot(index="place", columns="month", values="value")
    gone = rates.loc[:, "2011-07":].mean(axis=1) - rates.loc[:, :"2011-04"].mean(axis=1)
    others = gone.drop("California")
    error = others.std() * np.sqrt(1 + 1 / len(others))
    found = campaign.estimate
    assert found.std_error == pytest.approx(error, rel=1e-9)
    assert found.ci_high - found.estimate == pytest.approx(stats.t.ppf(0.975, len(others) - 1) * error, rel=1e-9)
    apart = [abs(gone[state] - gone.drop(state).mean()) for state in gone.index]
    (rank,) = [beside for beside in campaign.beside if beside.code == "placebo_rank"]
    assert rank.p_value == pytest.approx(sum(other >= abs(found.estimate) - 1e-9 for other in apart) / len(gone))
    assert found.ci_low < 0 < found.ci_high
    assert (campaign.verdict, campaign.reasons) == ("not_established", ("too_wide",))
    assert campaign.smallest_detectable > 5


@pytest.fixture(scope="module")
def results():
    """Who was tested for HIV, whether the result was fetched (`got`), and the sum offered for it in dollars."""
    return loaded("thornton_hiv").dropna(subset=["got", "any", "villnum"])


def test_published_shares_who_fetched_their_result(results):
    """Means and errors as Stata prints them from `regress got i.any, vce(cluster villnum)`: .3386838 (.0236849),
    difference .4519823 (.022686), 2,830 persons in 119 villages; Thornton (2008) names 34 percent.
    """
    stata = np.sqrt((len(results) - 1) / (len(results) - 2))
    arms = survey.by_domain(results, domain="any", outcome="got", psu="villnum")
    assert (len(results), results["villnum"].nunique()) == (2830, 119)
    assert round(arms[0.0].estimate) == 34
    assert round(arms[0.0].estimate / 100, 7) == 0.3386838
    assert round(stata * arms[0.0].std_error / 100, 7) == 0.0236849
    assert arms[1.0].estimate - arms[0.0].estimate == pytest.approx(45.19823, abs=1e-5)
    change = survey.wave_means(results, outcome="got", wave="any", psu="villnum").change("all", 0.0, 1.0)
    assert change.estimate == pytest.approx(0.4519823, abs=1e-7)
    # Villages are counted in each arm here, and once in Stata.
    assert change.std_error == pytest.approx(0.022686, rel=1e-3)


def cells_of(frame: pd.DataFrame, village: str, outcome: str, dose: pd.Series) -> pd.DataFrame:
    """The arms of each village as `fit_dose_response` reads them."""
    named = frame.assign(village=frame[village], yes=frame[outcome], dose=dose)
    return named.groupby(["village", "dose"], as_index=False).agg(yes=("yes", "sum"), n=("yes", "size"))


def by_village(cells: pd.DataFrame, term: pd.Series):
    """statsmodels' regression with a dummy for each village, of those where some said yes and some no."""
    sums = cells.groupby("village")[["yes", "n"]].transform("sum")
    there = (sums["yes"] > 0) & (sums["yes"] < sums["n"])
    own = cells[there]
    x = pd.get_dummies(own["village"], dtype=float).assign(term=term[there])
    y = np.column_stack([own["yes"], own["n"] - own["yes"]])
    return sm.GLM(y, x.to_numpy(), family=sm.families.Binomial()).fit(tol=1e-13)


def test_sums_offered_as_doses(results):
    """More money, more results fetched, and ever less for another dollar. Published contrasts to nothing offered, by
    the same regression: .5157637 for two dollars and more, .4519823 for any sum.
    """
    cells = cells_of(results, "villnum", "got", results["tinc"].round(2))
    found = fit_dose_response(cells, **TRIAL)
    at, largest = found.saturation.estimate, cells["dose"].max()
    theirs = by_village(cells, 1 - np.exp(-cells["dose"] / at))
    held = fit_dose_response(cells, **TRIAL, saturation=at)
    assert held.coefficient == pytest.approx(theirs.params[-1] * (1 - np.exp(-largest / at)), rel=1e-7)
    assert found.deviance == pytest.approx(theirs.deviance, rel=1e-7)
    assert all(by_village(cells, 1 - np.exp(-cells["dose"] / other)).deviance > theirs.deviance for other in (0.3, 1))
    assert found.saturation.identified and found.saturation.ci_high < 1
    high = found.effect([cells.loc[cells["dose"] >= 2, "dose"].mean()]).iloc[0]
    assert high["ci_low"] < 51.57637 < high["ci_high"]
    assert found.overall.ci_low < 45.19823 * (results["any"] == 1).mean() < found.overall.ci_high


def test_longer_information_sessions_without_effect():
    """Farmers of the second round, who had heard from neighbours what the session tells: no effect is found, and the
    answer names the smallest one that would have been.
    """
    farmers = loaded("social_insure")
    cells = cells_of(farmers, "address", "takeup_survey", farmers["intensive"])
    found = fit_dose_response(cells, **TRIAL, saturation=1.0)
    assert "no_effect_found" in found.notes and found.overall.ci_low < 0 < found.overall.ci_high
    logit = by_village(cells, cells["dose"])
    assert found.coefficient == pytest.approx(logit.params[-1], rel=1e-7)
    session = found.effect([1.0]).iloc[0]
    line = smf.ols("takeup_survey ~ intensive + C(address)", farmers)
    line = line.fit(cov_type="cluster", cov_kwds={"groups": farmers["address"].factorize()[0]})
    points, error = 100 * line.params["intensive"], 100 * line.bse["intensive"]
    assert session["estimate"] == pytest.approx(points, abs=error / 10)
    assert session["ci_high"] - session["ci_low"] == pytest.approx(2 * stats.t.ppf(0.975, 151) * error, rel=0.05)
    # The overall change is that of the half who had the session: both as large as 2.8 errors.
    share = farmers["intensive"].mean()
    assert found.smallest_detectable() == pytest.approx(2.8 * share * error, rel=0.05)
    assert abs(found.overall.estimate) < found.smallest_detectable() < 5
    change = survey.wave_means(farmers, outcome="takeup_survey", wave="intensive", psu="address").change("all", 0, 1)
    assert change.ci_low < 0 < change.ci_high
