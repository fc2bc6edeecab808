"""Durations with open cases against published numbers and independent libraries."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.duration import done_by_cells, hazard_model, kaplan_meier, rmst, rmst_cells
from legalaid_eval.estimators.standardisation import standardise

# Freireich et al. 1963, Blood 21: weeks in remission of 42 children with leukaemia; True = relapse, False = censored.
SIX_MP = ((6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
PLACEBO = (1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23)
COLUMNS = {"duration": "weeks", "event": "relapse"}


@pytest.fixture(scope="module")
def remission() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "weeks": [*SIX_MP[0], *SIX_MP[1], *PLACEBO],
            "relapse": [True] * len(SIX_MP[0]) + [False] * len(SIX_MP[1]) + [True] * len(PLACEBO),
            "arm": ["6-MP"] * 21 + ["placebo"] * 21,
        }
    )


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    """Made-up whole days with ties, zeros and open cases, in weighted cells."""
    rng = np.random.default_rng(20231)
    cells = pd.DataFrame({"days": rng.geometric(0.12, 300) - 1, "limit": rng.integers(0, 40, 300)})
    cells["done"] = cells["days"] <= cells["limit"]
    cells["days"] = cells[["days", "limit"]].min(axis=1)
    return cells.assign(n=rng.integers(0, 4, 300), arm=rng.choice(["a", "b"], 300))


# Klein and Moeschberger 2003, Survival Analysis, table 4.1A.
@pytest.mark.parametrize(
    ("weeks", "survival", "std_error"),
    [
        (6, 0.8571, 0.0764),
        (7, 0.8067, 0.0869),
        (9, 0.8067, 0.0869),
        (10, 0.7529, 0.0963),
        (13, 0.6902, 0.1068),
        (16, 0.6275, 0.1141),
        (22, 0.5378, 0.1282),
        (23, 0.4482, 0.1346),
        (35, 0.4482, 0.1346),
    ],
)
def test_published_curve(remission, weeks, survival, std_error):
    found = kaplan_meier(remission, **COLUMNS, group="arm")
    row = found.curve.query("group == '6-MP' and duration == @weeks").iloc[0]
    # The table is printed to four decimals and its variances were rounded on the way.
    assert row["survival"] == pytest.approx(survival, abs=1e-4)
    assert row["std_error"] == pytest.approx(std_error, abs=1e-4)
    done = found.done_by(weeks, group="6-MP")
    assert done.estimate == pytest.approx(100 * (1 - survival), abs=0.01)
    assert (done.unit, done.n) == ("percent", 21)


def test_published_medians_and_what_was_not_reached(remission):
    found = kaplan_meier(remission, **COLUMNS, group="arm")
    assert found.groups == ("6-MP", "placebo")
    treated, placebo = (found.quantile(0.5, group=arm) for arm in found.groups)
    assert (treated.estimate, placebo.estimate) == (23, 8)
    # R's survfit(conf.type = "log-log") prints 13 to NA and 4 to 11.
    assert (treated.ci_low, treated.ci_high) == (13, np.inf)
    assert (placebo.ci_low, placebo.ci_high) == (4, 11)
    beyond = found.quantile(0.9, group="6-MP")
    assert np.isnan(beyond.estimate) and beyond.ci_low == 35 and beyond.ci_high == np.inf


def test_published_restricted_mean(remission):
    both = rmst(remission, **COLUMNS, group="arm", horizon=35)
    assert both.difference.estimate == pytest.approx(8.667 - 23.287, abs=1e-3)
    found = both.by_group.set_index("group")
    # Klein and Moeschberger 2003, example 4.2: mean remission up to 35 weeks 23.287, standard error 2.827.
    assert found.loc["6-MP", "rmst"] == pytest.approx(23.287, abs=5e-4)
    assert found.loc["6-MP", "std_error"] == pytest.approx(2.827, abs=5e-4)
    # Nobody is censored under placebo: the mean itself, with the error of a mean (divisor n).
    assert found.loc["placebo", "rmst"] == pytest.approx(np.mean(PLACEBO), abs=1e-12)
    assert found.loc["placebo", "std_error"] == pytest.approx(np.std(PLACEBO) / 21**0.5, abs=1e-12)


def test_published_restricted_means_of_two_groups():
    # Vignette of R's survRM2: Mayo Clinic trial of D-penicillamine (arm 1) in biliary cirrhosis, up to 10 years.
    surv_set = pytest.importorskip("SurvSet.data")
    trial = surv_set.SurvLoader().load_dataset(ds_name="pbc")["df"]
    trial = trial.assign(years=trial["time"] / 365.25, arm=(trial["fac_trt"].astype(int) == 1).astype(int))
    found = rmst(trial, duration="years", event="event", horizon=10, group="arm")
    rounded = found.by_group[["rmst", "std_error"]].round(3).to_numpy().tolist()
    assert rounded == [[7.283, 0.295], [7.146, 0.283]]
    for estimate, printed in ((found.difference, (-0.137, -0.939, 0.665)), (found.ratio, (0.981, 0.878, 1.096))):
        assert tuple(round(part, 3) for part in (estimate.estimate, estimate.ci_low, estimate.ci_high)) == printed


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")  # theirs, where survival is 1 or 0
@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_an_independent_library_agrees_on_curve_and_quantiles(simulated, p, level):
    rows = simulated.loc[simulated.index.repeat(simulated["n"])]
    theirs = SurvfuncRight(rows["days"], rows["done"].astype(float))
    ours = kaplan_meier(simulated, duration="days", event="done", count="n", conf_level=level)
    with_events = ours.curve.query("events > 0")
    assert with_events["duration"].tolist() == theirs.surv_times[theirs.n_events > 0].tolist()
    assert with_events["survival"].to_numpy() == pytest.approx(theirs.surv_prob[theirs.n_events > 0], abs=1e-12)
    inside = (with_events["survival"] > 0).to_numpy()
    assert with_events["std_error"].to_numpy()[inside] == pytest.approx(
        theirs.surv_prob_se[theirs.n_events > 0][inside], abs=1e-12
    )
    found = ours.quantile(p)
    # The library's quantile is the smallest duration whose survival lies below 1 - p; no tie arises here.
    assert found.estimate == theirs.quantile(p)
    assert (found.ci_low, found.ci_high) == theirs.quantile_ci(p, 1 - level, method="cloglog")


def test_lifelines_agrees_on_intervals_and_restricted_mean(simulated):
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    fitter = lifelines.KaplanMeierFitter().fit(simulated["days"], simulated["done"], weights=simulated["n"])
    curve = kaplan_meier(simulated, duration="days", event="done", count="n").curve.set_index("duration")
    inside = curve.query("0 < survival < 1").index
    theirs = fitter.confidence_interval_.loc[inside].to_numpy()
    assert curve.loc[inside, ["ci_low", "ci_high"]].to_numpy() == pytest.approx(theirs, abs=1e-9)
    ours = rmst(simulated, duration="days", event="done", count="n", horizon=12).by_group["rmst"].iloc[0]
    assert ours == pytest.approx(utils.restricted_mean_survival_time(fitter, t=12), abs=1e-9)


def test_intervals_have_a_width_where_nobody_and_where_everybody_is_done():
    cells = pd.DataFrame({"days": [2, 3, 9], "done": [False, True, True], "n": [10, 10, 10]})
    curve = kaplan_meier(cells, duration="days", event="done", count="n").curve
    # None of 30 done, exactly (Clopper and Pearson 1934); without censoring all of n done is its mirror image.
    assert curve["ci_low"].iloc[0] == pytest.approx(0.025 ** (1 / 30), abs=1e-12)
    assert curve["ci_high"].iloc[0] == 1
    # 10 at risk after half of the remaining 20 were done stand for 20 from the start.
    assert curve["ci_high"].iloc[-1] == pytest.approx(1 - 0.025 ** (1 / 20), abs=1e-12)
    at_once = kaplan_meier(cells.iloc[1:2], duration="days", event="done", count="n")
    assert at_once.done_by(3).ci_low == pytest.approx(100 * 0.025 ** (1 / 10), abs=1e-9)
    before = at_once.done_by(0)
    assert (before.estimate, before.ci_low) == (0, 0)
    assert before.ci_high == pytest.approx(100 * (1 - 0.025 ** (1 / 10)), abs=1e-9)


def test_hazard_ratios_are_those_of_the_days_at_risk_one_by_one(simulated):
    """The same model written out by hand: one row per case and day, fitted and clustered by an independent library."""
    rows = simulated.loc[simulated.index.repeat(simulated["n"])]
    rows = rows.assign(place=np.arange(len(rows)) % 7, size=np.arange(len(rows)) % 5 / 4, one=1)
    # What is open after day 25 is cut off there by hand, and the last days pooled until they have 10 events.
    early = rows.assign(done=rows["done"] & (rows["days"] <= 25), days=rows["days"].clip(upper=25))
    event_days = np.unique(early.loc[early["done"], "days"])
    days = early.merge(pd.DataFrame({"day": event_days}), how="cross").query("day <= days")
    days["ended"] = days["done"] & (days["day"] == days["days"])
    keys = {"duration": "days", "event": "done", "covariates": ["arm", "size"], "count": "one", "max_duration": 25}
    ours = hazard_model(rows, **keys, cluster="place")
    tail = max(day for day in event_days if days.loc[days["day"] >= day, "ended"].sum() >= 10)
    assert tail < event_days[-1] == ours.baseline["day_to"].iloc[-1]
    pooled = days["day"].clip(upper=tail)
    design = pd.get_dummies(pooled, dtype=float)
    design.insert(0, "size", days["size"])
    design.insert(0, "b", (days["arm"] == "b").astype(float))
    family = sm.families.Binomial(sm.families.links.CLogLog())
    theirs = sm.GLM(days["ended"].astype(float), design, family=family).fit(tol=1e-14)
    coefficients = ours.coefficients
    assert coefficients["term"].tolist() == ["arm=b", "size"]
    assert coefficients["estimate"].to_numpy() == pytest.approx(theirs.params.iloc[:2].to_numpy(), abs=1e-7)
    assert ours.baseline["log_hazard"].to_numpy() == pytest.approx(theirs.params.iloc[2:].to_numpy(), abs=1e-6)
    plain = hazard_model(rows, **keys)
    assert plain.coefficients["std_error"].to_numpy() == pytest.approx(theirs.bse.iloc[:2].to_numpy(), rel=1e-6)
    slope = family.link.inverse_deriv(theirs.predict(which="linear"))
    share = theirs.fittedvalues
    scores = design.mul((days["ended"] - share) * slope / (share * (1 - share)), axis=0).groupby(days["place"]).sum()
    factor = 7 / 6 * (len(days) - 1) / (len(days) - design.shape[1])
    bread = theirs.normalized_cov_params.to_numpy()
    sandwich = factor * bread @ scores.T.to_numpy() @ scores.to_numpy() @ bread
    assert ours.covariance == pytest.approx(sandwich, rel=1e-5, abs=1e-9)
    assert (ours.n_clusters, ours.df, ours.references) == (7, 6, {"arm": "a"})


def test_hazard_ratios_of_whole_days_are_those_of_cox_on_exact_times():
    """Both estimate the same ratio; Cox's, from exact times, is efficient, so by Hausman (1978) the variance of the
    difference is that of the variances, and four of its standard errors bound what counting whole days costs.
    """
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"x": rng.integers(0, 2, 2_500), "size": rng.normal(size=2_500).round(1)})
    exact = rng.exponential(6 / np.exp(0.25 * frame["x"] - 0.3 * frame["size"]))
    limit = rng.integers(1, 40, 2_500)
    done = exact < limit
    cox = PHReg(np.minimum(exact, limit), frame, status=done.astype(int), ties="breslow").fit()
    # Open at the end of day `limit` - 1, its last full day at risk.
    whole = frame.assign(days=np.where(done, np.floor(exact), limit - 1), done=done)
    grouped = hazard_model(whole, duration="days", event="done", covariates=["x", "size"])
    errors = grouped.coefficients["std_error"].to_numpy()
    bound = 4 * np.sqrt(errors**2 - cox.bse**2)
    assert (bound < errors).all()
    assert (np.abs(grouped.coefficients["estimate"].to_numpy() - cox.params) < bound).all()


def test_each_place_and_month_has_the_mean_and_the_share_it_has_alone(simulated):
    keys = {"duration": "days", "event": "done", "count": "n"}
    cells = simulated.assign(place=np.arange(300) % 4, month=np.arange(300) % 3)
    means = rmst_cells(cells, **keys, horizon=8, by=["place", "month"])
    shares = done_by_cells(cells, **keys, day=5, by=["place", "month"])
    assert len(means) == len(shares) == 12 and means["complete"].all()
    for mean, share in zip(means.to_dict("records"), shares.to_dict("records"), strict=True):
        own = cells.query("place == @mean['place'] and month == @mean['month']")
        alone = rmst(own, **keys, horizon=8).by_group.iloc[0]
        assert (mean["rmst"], mean["std_error"]) == pytest.approx((alone["rmst"], alone["std_error"]), abs=1e-12)
        done = kaplan_meier(own, **keys).done_by(5)
        assert (share["share"], share["std_error"]) == pytest.approx(
            (done.estimate / 100, done.std_error / 100), abs=1e-12
        )
        assert mean["at_risk_at_horizon"] == own.loc[own["days"] >= 8, "n"].sum()


def test_nothing_is_done_before_the_first_duration():
    cells = pd.DataFrame({"place": ["a", "b"], "days": [2, 9], "done": [True, True]})
    keys = {"duration": "days", "event": "done", "by": "place"}
    assert rmst_cells(cells, **keys, horizon=4)["rmst"].tolist() == [2, 4]
    assert done_by_cells(cells, **keys, day=4)["share"].tolist() == [1, 0]


def test_short_follow_up_is_missing_in_a_cell_and_refused_in_a_comparison():
    cells = pd.DataFrame(
        {"place": ["a", "a", "b", "b"], "days": [2, 4, 2, 4], "done": [True, False, False, True], "n": [5, 5, 5, 5]}
    )
    keys = {"duration": "days", "event": "done", "count": "n"}
    found = rmst_cells(cells, **keys, horizon=6, by="place").set_index("place")
    assert found["complete"].tolist() == [False, True]
    assert np.isnan(found.loc["a", "rmst"]) and np.isnan(found.loc["a", "std_error"])
    assert found.loc["b", "rmst"] == pytest.approx(4)
    assert done_by_cells(cells, **keys, day=4, by="place")["complete"].all()
    assert done_by_cells(cells, **keys, day=5, by="place")["complete"].tolist() == [False, True]
    with pytest.raises(UsageError, match="at most 4"):
        rmst(cells, **keys, horizon=6, group="place")
    with pytest.raises(UsageError, match="at most 4"):
        kaplan_meier(cells, **keys, group="place").done_by(5, group="a")
    assert kaplan_meier(cells, **keys, group="place").done_by(5, group="b").estimate == pytest.approx(100)


def test_standardised_means_have_the_mix_of_the_standard_and_say_what_was_missing():
    estimates = pd.DataFrame(
        {
            "place": ["a", "a", "b", "b", "c"],
            "kind": ["civil", "criminal", "civil", "criminal", "civil"],
            "rmst": [2.0, 6.0, 3.0, np.nan, np.nan],
            "std_error": [0.3, 0.4, 0.5, np.nan, np.nan],
        }
    )
    weights = {"civil": 30, "criminal": 10}
    found = standardise(estimates, by="place", stratum="kind", weights=weights, estimate="rmst").set_index("place")
    assert found.loc["a", "rmst"] == pytest.approx((30 * 2 + 10 * 6) / 40)
    assert found.loc["a", "std_error"] == pytest.approx(((0.75 * 0.3) ** 2 + (0.25 * 0.4) ** 2) ** 0.5)
    assert found.loc["b", ["rmst", "std_error"]].tolist() == pytest.approx([3.0, 0.5])
    assert found["weight_covered"].tolist() == pytest.approx([1, 0.75, 0])
    assert found["strata"].tolist() == [2, 1, 0]
    assert np.isnan(found.loc["c", "rmst"]) and np.isnan(found.loc["c", "std_error"])
    with pytest.raises(UsageError, match="no weight of the stratum 'criminal'"):
        standardise(estimates, by="place", stratum="kind", weights={"civil": 1}, estimate="rmst")
    with pytest.raises(UsageError, match="1 repeated rows"):
        standardise(estimates.iloc[[0, 0]], by="place", stratum="kind", weights=weights, estimate="rmst")


GOOD = pd.DataFrame({"days": [1, 2, 2, 5], "done": [True, True, False, True], "arm": ["a", "a", "b", "b"]})


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        (GOOD.drop(columns="done"), "done"),
        (GOOD.assign(days=[1, None, 2, 3]), "1 values like nan in 'days'"),
        (GOOD.assign(days=[1, "soon", 2, 3]), "soon in 'days'"),
        (GOOD.assign(days=[1, -1, 2, 3]), "at least 0"),
        (GOOD.assign(days=pd.to_datetime("2024-01-01")), "dates"),
        (GOOD.assign(done=[True, None, False, True]), "1 values like None in 'done'"),
        (GOOD.assign(done=["yes", "no", "no", "no"]), "yes in 'done'"),
        (GOOD.assign(arm=["a", None, "b", "b"]), "missing values in arm"),
        (GOOD.iloc[:0], "no case"),
        ([1, 2], "found list"),
    ],
)
def test_impossible_cells_are_refused_with_what_was_found(cells, match):
    keys = {"duration": "days", "event": "done"}
    calls = (
        lambda: kaplan_meier(cells, **keys, group="arm"),
        lambda: rmst(cells, **keys, group="arm", horizon=1),
        lambda: rmst_cells(cells, **keys, by="arm", horizon=1),
        lambda: hazard_model(cells, **keys, covariates="arm"),
    )
    for call in calls:
        with pytest.raises(UsageError, match=match):
            call()


def test_wrong_use_is_refused_with_what_to_do():
    keys = {"duration": "days", "event": "done"}
    with pytest.raises(UsageError, match="two to compare"):
        _ = rmst(GOOD, **keys, horizon=3).difference
    with pytest.raises(UsageError, match="a, b"):
        kaplan_meier(GOOD, **keys, group="arm").quantile(0.5)
    with pytest.raises(UsageError, match="conf_level=95"):
        kaplan_meier(GOOD, **keys, conf_level=95)
    with pytest.raises(UsageError, match="horizon"):
        rmst(GOOD, **keys, horizon=-1)
    with pytest.raises(UsageError, match="-3"):
        kaplan_meier(GOOD.assign(n=-3), **keys, count="n")
    with pytest.raises(UsageError, match="two clusters"):
        hazard_model(many(GOOD), **keys, covariates="arm", cluster="place")


def many(cells: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([cells.assign(days=cells["days"] + shift, place="x") for shift in range(6)], ignore_index=True)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda cells: cells.assign(arm=np.where(np.arange(24) < 3, "c", "a"), done=np.arange(24) >= 3), "arm=c"),
        (lambda cells: cells.assign(arm="a"), "one level only"),
        (lambda cells: cells.assign(arm=1.0), "say the same"),
        (lambda cells: cells.assign(done=False), "no event"),
        (lambda cells: cells.assign(days=3, done=True), "one day"),
    ],
)
def test_hazards_that_cannot_be_estimated_are_refused_and_never_silent(change, match):
    with pytest.raises(UsageError, match=match):
        hazard_model(change(many(GOOD)), duration="days", event="done", covariates="arm")
