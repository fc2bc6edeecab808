"""Survey estimates against printed results of R `survey` and textbooks, and against an independent package."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from legalaid_eval.estimators import survey
from legalaid_eval.estimators.survey.korn_graubard import beta_interval, effective_size
from tests.studies import survey_oracles

R_DATA = Path("/usr/lib/R/site-library/survey/data/api.rda")
"""California's schools as R `survey` ships them (Debian: r-cran-survey)."""

STAGES = pd.DataFrame(
    {
        "h": [1] * 5 + [2] * 3,
        "unit": [1, 2, 3, 4, 5, 1, 2, 3],
        "w": [3.0] * 5 + [4.0] * 3,
        "N": [15] * 5 + [12] * 3,
        "x": [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2],
    }
)
"""The `fpc` data of R `survey` (from the Stata manual)."""
SUITES = pd.DataFrame(
    {
        "suite": np.repeat([1, 2, 3, 4, 5], 4),
        "gpa": np.array(
            [308, 260, 344, 304, 236, 304, 328, 268, 200, 256, 252, 188, 300, 288, 344, 364, 268, 192, 328, 320]
        )
        / 100,
    }
)
"""Lohr (2010), Sampling: Design and Analysis, example 5.2: all four persons of 5 of 100 suites."""
FIRMS = pd.DataFrame(
    {
        "sales": [15, 143, 21, 51, 337, 50, 274, 145, 15, 86],
        "srs": [100] * 10,
        "pps": [20, 200, 11, 25, 550, 30, 250, 100, 10, 55],
    }
)
"""Tsuchiya's example in the tests of R `survey` (deff.R)."""


def printed(number: str):
    """Equal to a printed number within half a unit of its last digit."""
    return pytest.approx(float(number), abs=0.5000001 * 10.0 ** -len(number.partition(".")[2]))


@pytest.mark.parametrize(
    ("frame", "call", "estimate", "std_error"),
    [
        (STAGES, {"outcome": "x", "weight": "w", "stratum": "h"}, "5.4481", "0.7413"),
        (STAGES, {"outcome": "x", "weight": "w", "stratum": "h", "fpc": "N"}, "5.4481", "0.616"),
        (STAGES, {"outcome": "x", "weight": "w", "stratum": "h", "psu": "unit", "fpc": "N"}, "5.4481", "0.616"),
        (STAGES, {"outcome": "x", "stratum": "h", "fpc": "N"}, "5.4481", "0.616"),
        (SUITES, {"outcome": "gpa", "psu": "suite", "fpc": 100}, "2.826", "0.1637"),
        (FIRMS, {"outcome": "sales", "weight": "srs"}, "113.700", "35.626"),
        (FIRMS, {"outcome": "sales", "weight": "pps"}, "243.914", "48.752"),
    ],
)
def test_printed_means(frame, call, estimate, std_error):
    found = survey.mean(frame, **call)
    assert (found.estimate, found.std_error) == (printed(estimate), printed(std_error))


def test_printed_totals():
    gpa = survey.total(SUITES, outcome="gpa", psu="suite", fpc=100)
    assert (round(gpa.estimate, 1), round(gpa.std_error, 3)) == (1130.4, 65.466)
    sales = [survey.total(FIRMS, outcome="sales", weight=name) for name in ("srs", "pps")]
    assert [(round(one.estimate), round(one.std_error)) for one in sales] == [(113700, 35626), (305136, 184965)]


def test_interval_is_t_with_clusters_less_strata():
    found = survey.mean(SUITES, outcome="gpa", psu="suite", fpc=100)
    half = stats.t.ppf(0.975, 4) * found.std_error
    assert (found.ci_low, found.ci_high) == pytest.approx((found.estimate - half, found.estimate + half))
    assert (found.n, found.n_clusters) == (20, 5)


def test_printed_design_effect_and_domain():
    assert survey.design_effect(FIRMS, outcome="sales", weight="pps").design_effect == pytest.approx(1.974067, abs=5e-7)
    found = survey.by_domain(
        STAGES.assign(large=STAGES.x > 4),
        domain="large",
        outcome="x",
        statistic="mean",
        weight="w",
        stratum="h",
        psu="unit",
    )
    assert found[True].estimate == pytest.approx(6.195, abs=5e-7)
    assert found[True].std_error == pytest.approx(0.7555129, abs=5e-8)
    assert found[False].estimate == pytest.approx(3.314286, abs=5e-7)
    assert np.isnan(found[False].std_error)  # one unit in each stratum: R prints a number, nobody can trust it


@pytest.mark.parametrize(
    ("share", "variance", "n", "df", "size"),
    [
        # Korn and Graubard (1998), equations 2.1 and 2.2, by hand: 0.09 / 0.0009 (1.9842 / 2.3646)^2 and the truncation
        (0.9, 0.0009, 100, 7, 100 * (stats.t.ppf(0.975, 99) / stats.t.ppf(0.975, 7)) ** 2),
        (0.9, 0.00001, 100, 99, 100),
        (1.0, 0.0, 100, 7, 100 * (stats.t.ppf(0.975, 99) / stats.t.ppf(0.975, 7)) ** 2),
    ],
)
def test_effective_size(share, variance, n, df, size):
    found = effective_size(share, variance, n, df, 0.95)
    assert found == pytest.approx(size)
    yes, no = share * found, (1 - share) * found
    low, high = beta_interval(share, found, 0.95)
    assert stats.beta.cdf(low, yes, no + 1) == pytest.approx(0.025)
    assert high == 1 if share == 1 else stats.beta.cdf(high, yes + 1, no) == pytest.approx(0.975)


def test_raking_of_a_printed_table():
    """Two margins of a 2 x 2 table keep its odds ratio, which settles the answer (Deming and Stephan 1940)."""
    cells = {("a", "x"): 40, ("a", "y"): 10, ("b", "x"): 20, ("b", "y"): 30}
    frame = pd.DataFrame([key for key, n in cells.items() for _ in range(n)], columns=["row", "column"])
    found = survey.rake(frame, margins={"row": {"a": 60, "b": 40}, "column": {"x": 50, "y": 50}})
    table = found.weights.groupby([frame.row, frame.column]).sum()
    assert table["a", "x"] * table["b", "y"] / (table["a", "y"] * table["b", "x"]) == pytest.approx(6)
    assert table["a"].sum() == pytest.approx(60) and table[:, "x"].sum() == pytest.approx(50)


def test_planner_with_many_respondents_is_the_textbook_formula():
    """n = (1.96 + 0.84)^2 (p1 q1 + p2 q2) / d^2 for two independent simple random samples (Fleiss 1981)."""
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    n = z**2 * (0.5 * 0.5 + 0.52 * 0.48) / 0.02**2
    assert survey.sample_size(50, change=2, cluster_size=1).clusters == pytest.approx(n, rel=1e-3)
    seen = survey.smallest_detectable_change(50, clusters=round(n), cluster_size=1)
    assert seen.rise == pytest.approx(2, rel=1e-3)
    clustered = survey.sample_size(50, change=2, cluster_size=21, intra_cluster=0.05)
    assert clustered.design_effect == pytest.approx(2)
    assert clustered.respondents == pytest.approx(2 * n, rel=0.01)
    half = survey.sample_size(50, half_width=1, cluster_size=1)
    assert half.respondents == pytest.approx(stats.norm.ppf(0.975) ** 2 * 0.25 / 0.01**2, rel=1e-3)


def test_planner_with_few_clusters_has_the_power_of_a_t_test():
    """statsmodels' power of t tests, independent and paired, from 20 to 80 percent (equal variances)."""
    clusters, size, same = 8, 0.6 / 0.4, 0.5
    for overlap, power in (
        (0, TTestIndPower().power(size, clusters, 0.025, alternative="larger")),
        (1, TTestPower().power(size / (2 * (1 - same)) ** 0.5, clusters, 0.025, alternative="larger")),
    ):
        seen = survey.smallest_detectable_change(
            20, clusters=clusters, cluster_size=1, overlap=overlap, wave_correlation=same, power=float(power)
        )
        assert seen.rise == pytest.approx(60, rel=1e-6)


ORACLES = pd.read_csv(Path(__file__).parent / "survey_oracles.csv", keep_default_na=False)
NAMES = {"wgt": "weight", "psu": "psu", "stratum": "stratum", "pop_size": "fpc"}


@pytest.mark.parametrize("seed", survey_oracles.SEEDS)
@pytest.mark.parametrize("design", survey_oracles.DESIGNS)
def test_an_independent_package_agrees(seed, design):
    """svy 0.35.0 to 1e-9; its intervals of domains take the whole sample's degrees of freedom, ours the domain's, so
    they are compared where these are the same: each domain has members in every cluster."""
    frame = survey_oracles.sample(seed)
    names = {NAMES[theirs]: column for theirs, column in survey_oracles.DESIGNS[design].items()}
    theirs = ORACLES[(ORACLES.seed == seed) & (ORACLES.design == design)]
    assert len(theirs) == 16
    for row in theirs.itertuples():
        scale = 100 if row.statistic == "proportion" else 1
        found = _ours(frame, row, names)
        shown = ["estimate", "std_error"] + ["ci_low", "ci_high"] * (row.domain == "" or "psu" in names)
        assert [getattr(found, name) for name in shown] == pytest.approx(
            [scale * getattr(row, name) for name in shown], rel=1e-9
        ), row


def _ours(frame, row, names):
    if row.domain:
        found = survey.by_domain(frame, domain="segment", outcome=row.outcome, statistic=row.statistic, **names)
        assert "psu" not in names or set(found.degrees_of_freedom) <= {15, 17}  # as the whole sample's
        return found[row.domain]
    return getattr(survey, row.statistic)(frame, outcome=row.outcome, **names)


@pytest.fixture(scope="module")
def schools():
    rdata = pytest.importorskip("rdata")
    if not R_DATA.exists():
        pytest.skip(f"{R_DATA} is not there: apt-get install r-cran-survey")
    return rdata.read_rda(R_DATA, default_encoding="utf8")


STRATIFIED = {"weight": "pw", "stratum": "stype", "fpc": "fpc"}
CLUSTERED = {"weight": "pw", "psu": "dnum", "fpc": "fpc"}


@pytest.mark.parametrize(
    ("sample", "statistic", "outcome", "design", "estimate", "std_error"),
    [
        ("apistrat", "mean", "api00", STRATIFIED, "662.29", "9.4089"),
        ("apistrat", "total", "enroll", STRATIFIED, "3687178", "114642"),
        ("apiclus1", "mean", "api00", CLUSTERED, "644.169399", "23.5422"),
        ("apiclus1", "mean", "api99", CLUSTERED, "606.978142", "24.2250"),
        ("apiclus1", "total", "enroll", CLUSTERED, "3404940.13", "932235.03"),
        ("apiclus2", "mean", "api00", {"weight": "pw", "psu": "dnum"}, "670.81", "30.712"),
        ("apiclus1", "mean", "api00", {"weight": "pw", "stratum": "dnum", "lonely": "certainty"}, "644.17", "5.8058"),
        ("apiclus1", "mean", "api00", {"weight": "pw", "stratum": "dnum", "lonely": "adjust"}, "644.17", "5.8281"),
    ],
)
def test_printed_results_of_r(schools, sample, statistic, outcome, design, estimate, std_error):
    found = getattr(survey, statistic)(schools[sample], outcome=outcome, **design)
    assert (found.estimate, found.std_error) == (printed(estimate), printed(std_error))


def test_printed_shares_domains_and_raking_of_r(schools):
    frame = schools["apiclus1"].assign(primary=lambda one: one.stype == "E")
    share = survey.proportion(frame, outcome="primary", **CLUSTERED)
    assert (round(share.estimate, 4), round(share.std_error, 2)) == (78.6885, 4.63)
    found = survey.by_domain(frame, domain="stype", outcome="ell", statistic="mean", **CLUSTERED)
    printed = {"E": (29.69444, 1.411617), "H": (15.00000, 5.347065), "M": (22.68000, 2.952862)}
    for label, numbers in printed.items():
        assert (found[label].estimate, found[label].std_error) == pytest.approx(numbers, rel=1e-6)
    margins = {"stype": {"E": 4421, "H": 755, "M": 1018}, "sch.wide": {"No": 1072, "Yes": 5122}}
    raked = frame.assign(raked=survey.rake(frame, margins=margins, weight="pw").weights)
    assert survey.mean(raked, outcome="api00", weight="raked", psu="dnum").estimate == pytest.approx(641.23, abs=5e-3)
    assert survey.total(raked, outcome="enroll", weight="raked", psu="dnum").estimate == pytest.approx(3647280, abs=0.5)
