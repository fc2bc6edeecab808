"""What must hold of any forecast, whatever the counts."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.estimators import forecast
from legalaid_eval.estimators.forecast.series import panel_of
from legalaid_eval.estimators.forecast.year_outcomes import _mean_share, running_year

ENDS = ["mean", "lo80", "hi80", "lo95", "hi95"]
seeds = st.integers(0, 10_000)
few = settings(max_examples=6, deadline=None)


def panel(seed: int, series: int = 4, months: int = 60) -> pd.DataFrame:
    """Drawn counts, some sparse, some beginning late, of random levels and seasons."""
    rng = np.random.default_rng(seed)
    t = np.arange(months)[:, None]
    level = np.exp(rng.uniform(np.log(0.3), np.log(300), series))
    season = rng.uniform(0, 0.5, series) * np.sin(2 * np.pi * t / 12)
    values = rng.poisson(level * np.exp(season)).astype(float)
    values[: rng.integers(0, 50), 0] = np.nan
    names = [f"county {i}" for i in range(series)]
    return pd.DataFrame(values, columns=names, index=pd.period_range("2019-01", periods=months, freq="M"))


def numbers(frame: pd.DataFrame) -> np.ndarray:
    return frame[ENDS].to_numpy(dtype=float)


@few
@given(seeds)
def test_limits_are_in_order_and_never_negative(seed):
    found = forecast.forecast_many(panel(seed), horizon=7).frame
    values = found[["lo95", "lo80", "hi80", "hi95"]].to_numpy(dtype=float)
    assert (values[:, 0] >= 0).all()
    assert (np.diff(values, axis=1) >= 0).all()
    assert (found["mean"] >= 0).all()
    assert np.isfinite(values).all()


@few
@given(seeds)
def test_one_column_with_siblings_is_the_column_among_many(seed):
    counts = panel(seed)
    many = forecast.forecast_many(counts, horizon=5).frame
    for name in counts:
        one = forecast.forecast_counts(counts[name].dropna(), horizon=5, siblings=counts.drop(columns=name))
        np.testing.assert_allclose(numbers(one), numbers(many[many["series"] == name]), rtol=1e-6)


@few
@given(seeds, st.permutations(range(4)))
def test_the_order_of_series_does_not_matter(seed, order):
    counts = panel(seed)
    first = forecast.forecast_many(counts, horizon=5).frame.set_index("series")
    other = forecast.forecast_many(counts.iloc[:, list(order)], horizon=5).frame.set_index("series")
    np.testing.assert_allclose(numbers(first), numbers(other.loc[first.index.unique()]), rtol=1e-6)


@few
@given(seeds)
def test_the_calendar_year_does_not_matter_and_a_seed_gives_the_same_paths(seed):
    counts = panel(seed)
    moved = counts.set_axis(counts.index + 240)
    one, other = (forecast.forecast_many(given, horizon=5, seed=seed) for given in (counts, moved))
    np.testing.assert_array_equal(numbers(one.frame), numbers(other.frame))
    np.testing.assert_array_equal(one.paths(), other.paths())
    assert not np.array_equal(one.paths(), forecast.forecast_many(counts, horizon=5, seed=seed + 1).paths())


@few
@given(seeds, st.sampled_from(["seasonal_naive", "mean", "theta"]), st.sampled_from([2, 10]))
def test_counts_in_another_unit_give_the_same_forecast(seed, method, times):
    counts = panel(seed).iloc[:, [1]] + 1
    one, other = (
        forecast.forecast_many(given, horizon=5, method=method).frame["mean"] for given in (counts, times * counts)
    )
    np.testing.assert_allclose(times * one, other, rtol=1e-6)


@few
@given(seeds, st.sampled_from(["bottom_up", "mint"]))
def test_sums_are_coherent_in_means_and_in_every_path(seed, method):
    counts = panel(seed)
    structure = {"city": list(counts), "north": list(counts)[:2]}
    found = forecast.reconcile(forecast.forecast_many(counts, horizon=5), structure=structure, method=method)
    means = found.frame["mean"].to_numpy().reshape(6, 5)
    for values in (means, found.paths):
        np.testing.assert_array_equal(values[0], values[2:].sum(axis=0))
        np.testing.assert_array_equal(values[1], values[2:4].sum(axis=0))
        assert (values >= 0).all()
    if method == "bottom_up":
        np.testing.assert_allclose(found.paths.mean(axis=1), means, rtol=1e-9)


@few
@given(seeds, st.integers(1, 11))
def test_nowcasts_hold_what_is_known_and_add_up(seed, months):
    counts = panel(seed).iloc[: 48 + months]
    targets = dict.fromkeys(counts, 500.0)
    found = forecast.nowcast_many(counts, year=2023, targets=targets)
    known = counts[counts.index.year == 2023].sum()
    rows = found.frame.set_index("series")
    assert (rows.loc[known.index, "lo95"] >= known - 1e-9).all()
    np.testing.assert_allclose(rows["expected"].iloc[:-1].sum(), rows["expected"].iloc[-1])
    assert rows["probability"].between(0, 1).all()
    assert (rows["lo95"] <= rows["lo80"]).all()
    assert (rows["hi80"] <= rows["hi95"]).all()
    for nowcast in (*found.by_series.values(), found.total):
        np.testing.assert_allclose(nowcast.path["expected"].iloc[-1], nowcast.expected.estimate)
        assert (nowcast.path["expected"].diff().iloc[1:] >= -1e-9).all()


@few
@given(seeds)
def test_a_lower_target_is_never_harder_to_meet(seed):
    counts = panel(seed)["county 1"].iloc[:55]
    goals = (1.0, 50.0, 500.0, 5000.0)
    chances = [forecast.nowcast_year(counts, year=2023, target=goal).probability for goal in goals]
    assert chances == sorted(chances, reverse=True)


def test_a_sum_of_places_struck_together_is_less_sure_than_of_places_on_their_own():
    rng = np.random.default_rng(11)
    shared = np.exp(0.3 * rng.standard_normal((72, 1)))
    index = pd.period_range("2018-01", periods=72, freq="M")

    def width(means):
        counts = pd.DataFrame(rng.poisson(means).astype(float), index=index).add_prefix("c")
        found = forecast.reconcile(forecast.forecast_many(counts, horizon=3), structure={"city": list(counts)}).frame
        return (found["hi80"] / found["lo80"]).iloc[0]

    own = np.exp(0.3 * rng.standard_normal((72, 12)))
    assert np.log(width(200 * shared * np.ones(12))) > 2 * np.log(width(200 * own))


def test_a_forecast_no_better_than_the_naive_one_is_said():
    rng = np.random.default_rng(12)
    index = pd.period_range("2012-01", periods=120, freq="M")
    pattern = np.tile(rng.uniform(10, 500, (12, 5)), (10, 1))
    wild = pd.DataFrame(pattern + rng.poisson(5, pattern.shape), index=index)
    found = forecast.backtest(wild, horizon=3, method="seasonal_naive", origins=3)
    assert found.naive_as_good
    assert found.by_series["gain"].abs().max() < 1e-9
    assert (found.by_series["n_origins"] == 3).all()
    assert found.overall.set_index("measure").loc["mase", "estimate"] == found.by_series["mase"].mean()


def moving(seed: int, index: pd.PeriodIndex) -> pd.Series:
    """A festival that moves between January and February at random."""
    february = np.random.default_rng(seed).random(index.year.max() + 1)[index.year]
    return pd.Series(np.select([index.month == 1, index.month == 2], [1 - february, february], 0.0), index=index)


@few
@given(seeds, st.floats(-3, 3).filter(lambda times: abs(times) > 0.1), st.floats(-5, 5))
def test_the_unit_and_origin_of_what_is_known_do_not_matter(seed, times, shift):
    counts = panel(seed)
    known = moving(seed, pd.period_range(counts.index[0], periods=67, freq="M"))
    one, other = (
        forecast.forecast_many(counts, horizon=7, known=given).frame for given in (known, times * known + shift)
    )
    np.testing.assert_allclose(numbers(one), numbers(other), rtol=1e-6)
    running = counts.drop(columns="county 0").iloc[:51]
    nowcasts = (forecast.nowcast_many(running, year=2023, known=given) for given in (known, times * known + shift))
    first, second = (found.frame["expected"] for found in nowcasts)
    np.testing.assert_allclose(first, second, rtol=1e-6)


@few
@given(seeds)
def test_one_column_with_siblings_is_the_column_among_many_with_something_known(seed):
    counts = panel(seed)
    known = moving(seed, pd.period_range(counts.index[0], periods=67, freq="M"))
    many = forecast.forecast_many(counts, horizon=7, known=known).frame
    name = "county 2"
    one = forecast.forecast_counts(counts[name], horizon=7, siblings=counts.drop(columns=name), known=known)
    np.testing.assert_allclose(numbers(one), numbers(many[many["series"] == name]), rtol=1e-6)


def test_shares_of_siblings_that_differ_by_chance_are_one_share():
    """Counties of one season, read with noise, are nowcast better together than each by its own shares."""
    months = pd.period_range("2020-01", "2024-12", freq="M")
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(60) / 12)
    alone, together = [], []
    for seed in range(8):
        drawn = np.random.default_rng(seed).poisson(8 * season[:, None], (60, 12)).astype(float)
        year = running_year(panel_of(pd.DataFrame(drawn, index=months)[:"2024-06"]), 2024)
        true = season[:6].sum() / season[:12].sum()
        together.append(np.abs(_mean_share(year) - true).mean())
        alone.append(np.mean([np.abs(_mean_share(year.take(np.array([i]))) - true) for i in range(12)]))
    assert np.mean(together) < 0.6 * np.mean(alone)
