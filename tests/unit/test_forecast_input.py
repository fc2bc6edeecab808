"""What cannot be forecast is told with what to do, and what can only be forecast plainly is said."""

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import forecast

MONTHS = pd.period_range("2019-01", periods=48, freq="M")


def series(values=None, index=MONTHS):
    rng = np.random.default_rng(1)
    return pd.Series(rng.poisson(30, len(index)) if values is None else values, index=index, dtype=float)


def changed(place, value):
    given = series()
    given.iloc[place] = value
    return given


BAD = {
    "no_series": [1, 2, 3],
    "empty": series([], MONTHS[:0]),
    "negative": changed(3, -1),
    "missing_inside": changed(20, np.nan),
    "missing_last": changed(-1, np.nan),
    "all_missing": series(np.full(48, np.nan)),
    "infinite": changed(5, np.inf),
    "text": series().astype(object).where(lambda s: s.index != MONTHS[4], "many"),
    "gap": series().drop(MONTHS[7]),
    "disorder": series().iloc[::-1],
    "repeat": pd.concat([series(), series().iloc[-1:]]),
    "no_periods": series().reset_index(drop=True),
    "dates": series().set_axis(MONTHS.to_timestamp()),
    "weeks": series(index=pd.period_range("2019-01", periods=60, freq="W")),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_forecast_is_told(name):
    with pytest.raises(UsageError, match=r"found .*expected .*;"):
        forecast.forecast_counts(BAD[name], horizon=3)


@pytest.mark.parametrize("horizon", [0, -1, 1.5, "3", None, True])
def test_a_horizon_is_a_whole_number_of_periods(horizon):
    with pytest.raises(UsageError, match="horizon"):
        forecast.forecast_counts(series(), horizon=horizon)


def test_unknown_words_are_told():
    many = forecast.forecast_many(series().to_frame("a"), horizon=2)
    with pytest.raises(UsageError, match="method"):
        forecast.forecast_counts(series(), horizon=2, method="arima")
    with pytest.raises(UsageError, match="group"):
        forecast.forecast_many(series().to_frame("a"), horizon=2, groups={"b": 1})
    with pytest.raises(UsageError, match="method"):
        forecast.reconcile(many, structure={"city": ["a"]}, method="top_down")
    for structure in ({}, {"city": ["b"]}, {"city": []}, {"a": ["a"]}):
        with pytest.raises(UsageError, match="structure"):
            forecast.reconcile(many, structure=structure)


def test_siblings_must_end_with_the_series():
    with pytest.raises(UsageError, match="siblings"):
        forecast.forecast_counts(series(), horizon=2, siblings=series().iloc[:-1])


@pytest.mark.parametrize("year", [2018, 2024, "2022", 2022.0, True])
def test_a_nowcast_is_of_the_running_year(year):
    with pytest.raises(UsageError, match=r"year|counts"):
        forecast.nowcast_year(series(), year=year)


@pytest.mark.parametrize("target", [0, -5, "many", np.nan])
def test_a_target_is_a_number_above_zero(target):
    with pytest.raises(UsageError, match="target"):
        forecast.nowcast_year(series(), year=2022, target=target)


def test_targets_name_series():
    with pytest.raises(UsageError, match="target"):
        forecast.nowcast_many(series().to_frame("a"), year=2022, targets={"b": 3})
    with pytest.raises(UsageError, match="total"):
        forecast.nowcast_many(series().to_frame("total"), year=2022)


def test_too_short_to_test_is_told():
    with pytest.raises(UsageError, match="periods"):
        forecast.backtest(series().iloc[:40], horizon=12)
    with pytest.raises(UsageError, match="differs"):
        forecast.backtest(series(np.ones(48)), horizon=3)


@pytest.mark.parametrize(
    ("values", "method", "notes"),
    [
        (np.full(5, 20.0), "mean", ("short",)),
        (np.arange(20.0) + 5, "seasonal_naive", ("short",)),
        (np.tile([0.0, 0, 0, 1], 12), "mean", ("zero_heavy",)),
        (np.zeros(48), "mean", ("zero_heavy",)),
        (np.arange(48.0) + 5, "combined", ()),
    ],
)
def test_fallbacks_are_named(values, method, notes):
    found = forecast.forecast_counts(series(values, MONTHS[: len(values)]), horizon=6)
    assert found.attrs == {"method": method, "notes": notes}
    assert np.isfinite(found.iloc[:, 1:].to_numpy(dtype=float)).all()


def test_a_lasting_break_moves_the_history_and_is_named():
    rng = np.random.default_rng(4)
    months = np.arange(72)
    values = rng.poisson(100 * np.exp(0.2 * np.sin(2 * np.pi * months / 12)))
    halved = np.where(months >= 64, values // 2, values)
    index = pd.period_range("2018-01", periods=72, freq="M")
    plain = forecast.forecast_counts(series(values, index), horizon=12)
    found = forecast.forecast_counts(series(halved, index), horizon=12)
    assert plain.attrs["notes"] == ()
    assert found.attrs["notes"] == ("level_break",)
    assert abs(found["mean"].mean() / plain["mean"].mean() - 0.5) < 0.06


def test_a_slow_decline_is_no_break():
    rng = np.random.default_rng(5)
    values = rng.poisson(200 * np.exp(-0.02 * np.arange(72)))
    index = pd.period_range("2018-01", periods=72, freq="M")
    assert forecast.forecast_counts(series(values, index), horizon=3).attrs["notes"] == ()


def test_few_months_leave_more_doubt_than_many_would():
    few = forecast.forecast_counts(series([10, 12, 8], MONTHS[:3]), horizon=1).iloc[0]
    many = forecast.forecast_counts(series(np.tile([10, 12, 8], 16)), horizon=1, method="mean").iloc[0]
    assert few["hi95"] - few["lo95"] > many["hi95"] - many["lo95"]


def test_first_months_of_a_county_without_a_past_year_are_scaled_and_said():
    found = forecast.nowcast_year(series().iloc[:5], year=2019)
    assert (found.method, found.notes) == ("linear_scaling", ("no_past_year",))
    assert found.expected.estimate == pytest.approx(found.linear)


def test_a_year_that_is_over_is_certain_and_one_not_begun_is_a_forecast():
    over = forecast.nowcast_year(series(), year=2022, target=10_000)
    assert over.method == "complete"
    assert over.expected.ci_low == over.expected.ci_high == series()["2022"].sum()
    assert over.probability == 0
    ahead = forecast.nowcast_year(series(), year=2023)
    assert ahead.method == "forecast_only"
    assert np.isnan(ahead.linear)


@pytest.mark.parametrize(("target", "easy"), [(10.0, True), (150.0, True), (900.0, False)])
def test_targets_met_by_midyear_or_every_year_are_uninformative(target, easy):
    index = pd.period_range("2017-01", periods=66, freq="M")
    found = forecast.nowcast_year(series(np.full(66, 30.0) + np.arange(66) % 5, index), year=2022, target=target)
    assert ("target_uninformative" in found.notes) == easy
