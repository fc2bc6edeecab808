"""Durations: estimates from cells are those from rows, however the rows are cut, ordered and measured."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.duration import hazard_model, kaplan_meier, rmst, rmst_cells

KEYS = {"duration": "days", "event": "done"}
row = st.tuples(st.integers(0, 15), st.booleans(), st.sampled_from("ab"), st.sampled_from(["x", "y", "z"]))
frames = st.lists(row, min_size=2, max_size=60).map(
    lambda rows: pd.DataFrame(rows, columns=["days", "done", "arm", "place"])
)


def compressed(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells in another order than the rows."""
    return rows.groupby(list(rows.columns), as_index=False).size().rename(columns={"size": "n"}).iloc[::-1]


def slow_curve(rows: pd.DataFrame) -> list[tuple[float, float, float]]:
    """Kaplan and Meier's product and Greenwood's sum with nothing cumulated: duration, survival, error."""
    found, survival, total = [], 1.0, 0.0
    for day in sorted(rows["days"].unique()):
        at_risk = int((rows["days"] >= day).sum())
        events = int(((rows["days"] == day) & rows["done"]).sum())
        survival *= 1 - events / at_risk
        total += events / (at_risk * (at_risk - events)) if at_risk > events else 0.0
        found.append((day, survival, survival * total**0.5))
    return found


@given(frames)
def test_the_curve_of_cells_is_the_slow_curve_of_rows(rows):
    curve = kaplan_meier(compressed(rows), **KEYS, count="n").curve
    ours = curve[["duration", "survival", "std_error"]].to_numpy()
    assert ours == pytest.approx(np.array(slow_curve(rows)), abs=1e-9)
    assert (curve["survival"].diff().dropna() <= 1e-15).all()
    assert (curve["ci_low"] < curve["ci_high"]).all()
    assert ((curve["ci_low"] <= curve["survival"]) & (curve["survival"] <= curve["ci_high"])).all()
    assert curve["events"].sum() + curve["censored"].sum() == len(rows)


@given(frames, st.sampled_from([0.25, 0.5, 0.9]))
def test_quantiles_lie_in_their_intervals_and_are_the_first_day_with_so_many_done(rows, p):
    found = kaplan_meier(compressed(rows), **KEYS, count="n")
    quantile = found.quantile(p)
    assert quantile.ci_low <= quantile.ci_high
    if np.isnan(quantile.estimate):
        assert found.curve["survival"].min() > 1 - p
        assert quantile.ci_high == np.inf
        return
    assert quantile.ci_low <= quantile.estimate <= quantile.ci_high
    assert found.done_by(quantile.estimate).estimate >= 100 * p - 1e-9
    earlier = found.curve.loc[found.curve["duration"] < quantile.estimate, "survival"]
    assert (earlier > 1 - p).all()


@settings(max_examples=50)
@given(frames, st.integers(1, 12), st.sampled_from([0.25, 1.0, 7.0]))
def test_restricted_means_are_the_area_of_the_slow_curve_and_follow_the_unit(rows, horizon, unit):
    days, survival, _ = map(list, zip(*slow_curve(rows), strict=True))
    assume(days[-1] >= horizon or survival[-1] == 0)
    steps = np.array([0.0, *[day for day in days if day < horizon], horizon])
    heights = np.array([1.0, *survival[: len(steps) - 2]])
    found = rmst(compressed(rows), **KEYS, count="n", horizon=horizon).by_group.iloc[0]
    assert found["rmst"] == pytest.approx(float(np.diff(steps) @ heights), abs=1e-9)
    rescaled = rmst(rows.assign(days=rows["days"] * unit), **KEYS, horizon=horizon * unit).by_group.iloc[0]
    for name in ("rmst", "std_error", "ci_low", "ci_high"):
        assert rescaled[name] == pytest.approx(unit * found[name], abs=1e-9)


@given(frames, st.integers(1, 12))
def test_without_censoring_the_restricted_mean_is_the_mean_with_its_error(rows, horizon):
    cut = np.minimum(rows["days"], horizon)
    found = rmst(compressed(rows.assign(done=True)), **KEYS, count="n", horizon=horizon).by_group.iloc[0]
    assert found["rmst"] == pytest.approx(cut.mean(), abs=1e-9)
    assert found["std_error"] == pytest.approx(cut.std(ddof=0) / len(rows) ** 0.5, abs=1e-9)


@settings(max_examples=30)
@given(frames)
def test_swapped_groups_turn_difference_and_ratio_round(rows):
    rows = pd.concat([rows.assign(arm="a"), rows.assign(arm="b", days=rows["days"] + 1)]).assign(done=True)
    assume(rows["days"].gt(0).groupby(rows["arm"]).any().all())
    there = rmst(rows, **KEYS, group="arm", horizon=20)
    back = rmst(rows.assign(arm=rows["arm"].map({"a": "b", "b": "a"})), **KEYS, group="arm", horizon=20)
    assert there.difference.estimate == pytest.approx(1, abs=1e-9)
    assert there.difference.ci_low == pytest.approx(-back.difference.ci_high, abs=1e-9)
    assert there.ratio.estimate * back.ratio.estimate == pytest.approx(1, abs=1e-9)
    assert there.ratio.ci_low * back.ratio.ci_high == pytest.approx(1, abs=1e-9)


@settings(max_examples=30)
@given(frames, st.integers(1, 12))
def test_many_cells_at_once_are_the_same_as_one_by_one(rows, horizon):
    for found in rmst_cells(compressed(rows), **KEYS, count="n", horizon=horizon, by=["arm", "place"]).itertuples():
        own = rows[(rows["arm"] == found.arm) & (rows["place"] == found.place)]
        try:
            alone = rmst(own, **KEYS, horizon=horizon).by_group.iloc[0]
        except UsageError:
            assert not found.complete and np.isnan(found.rmst)
            continue
        assert found.complete and found.n == len(own)
        assert (found.rmst, found.std_error) == pytest.approx((alone["rmst"], alone["std_error"]), abs=1e-9)


@settings(max_examples=40)
@given(st.lists(row, min_size=30, max_size=90), st.booleans())
def test_hazard_ratios_of_cells_are_those_of_rows(drawn, clustered):
    rows = pd.DataFrame(drawn, columns=["days", "done", "arm", "place"])
    asked = {**KEYS, "covariates": ["arm"], "cluster": "place" if clustered else None}
    try:
        from_rows = hazard_model(rows, **asked)
    except UsageError:
        with pytest.raises(UsageError):
            hazard_model(compressed(rows), **asked, count="n")
        return
    from_cells = hazard_model(compressed(rows), **asked, count="n")
    numbers = ["estimate", "std_error", "ci_low", "ci_high"]
    theirs = from_rows.coefficients[numbers].to_numpy(dtype="float64")
    assert from_cells.coefficients[numbers].to_numpy(dtype="float64") == pytest.approx(theirs, abs=1e-6)
    assert (from_cells.n, from_cells.n_events) == (from_rows.n, from_rows.n_events) == (len(rows), rows["done"].sum())
