"""What is known beforehand is checked, and where it cannot be used, or a fit fails, that is said."""

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import forecast
from legalaid_eval.estimators.forecast import combination

WHOLE = pd.period_range("2019-01", periods=72, freq="M")
MONTHS = WHOLE[:60]
RNG = np.random.default_rng(1)
COUNTS = pd.DataFrame(RNG.poisson(30, (60, 3)).astype(float), index=MONTHS, columns=["a", "b", "c"])
KNOWN = pd.Series(RNG.random(72), index=WHOLE)
NUMBERS = ["mean", "lo80", "hi80", "lo95", "hi95"]

BAD = {
    "no_series": KNOWN.to_numpy(),
    "no_periods": KNOWN.reset_index(drop=True),
    "dates": KNOWN.set_axis(WHOLE.to_timestamp()),
    "quarters": KNOWN.set_axis(pd.period_range("2000Q1", periods=72, freq="Q")),
    "repeat": pd.concat([KNOWN, KNOWN.iloc[-1:]]),
    "text": KNOWN.astype(object).where(WHOLE[3] != WHOLE, "some"),
    "nan": KNOWN.where(WHOLE[70] != WHOLE),
    "infinite": KNOWN.where(WHOLE[2] != WHOLE, np.inf),
    "no_horizon": KNOWN.iloc[:60],
    "late": KNOWN.iloc[1:],
    "no_columns": pd.DataFrame(index=WHOLE),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_known_is_a_number_for_every_period(name):
    with pytest.raises(UsageError, match=r"found .* known.*expected .*;"):
        forecast.forecast_counts(COUNTS["a"], horizon=12, known=BAD[name])


def test_the_first_period_without_a_known_number_is_told():
    for call in (
        lambda: forecast.forecast_many(COUNTS, horizon=12, known=KNOWN.iloc[:65]),
        lambda: forecast.nowcast_many(COUNTS.iloc[:51], year=2023, known=KNOWN.iloc[:57]),
        lambda: forecast.nowcast_year(COUNTS["a"].iloc[:51], year=2023, known=KNOWN.iloc[:57]),
        lambda: forecast.backtest(COUNTS, horizon=6, known=KNOWN.iloc[:50]),
    ):
        with pytest.raises(UsageError, match=r"no number for (2024-06|2023-10|2023-03)"):
            call()


@pytest.mark.parametrize(
    "known",
    [KNOWN * 0 + 0.3, pd.Series(np.tile(np.arange(12.0), 6), index=WHOLE)],
    ids=["constant", "every year alike"],
)
def test_what_never_differs_from_the_year_before_is_not_used_and_changes_nothing(known):
    plain = forecast.forecast_many(COUNTS, horizon=12)
    found = forecast.forecast_many(COUNTS, horizon=12, known=known)
    np.testing.assert_array_equal(found.frame[NUMBERS], plain.frame[NUMBERS])
    assert found.notes["code"].tolist() == ["known_not_used"] * 3
    assert forecast.nowcast_year(COUNTS["a"].iloc[:51], year=2023, known=known).notes == ("known_not_used",)


def test_two_years_say_too_little_about_a_festival():
    short = forecast.forecast_counts(COUNTS["a"].iloc[:25], horizon=12, known=KNOWN.where(WHOLE.month <= 2, 0.0))
    assert short.attrs["notes"] == ("known_not_used",)
    enough = forecast.forecast_counts(COUNTS["a"].iloc[:36], horizon=12, known=KNOWN.where(WHOLE.month <= 2, 0.0))
    assert enough.attrs["notes"] == ()


def test_zeros_stay_zeros_and_wild_known_numbers_give_finite_forecasts():
    counts = COUNTS.copy()
    counts.iloc[5::7] = 0
    found = forecast.forecast_many(counts, horizon=12, known=KNOWN * 1e12).frame[NUMBERS].to_numpy(dtype=float)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


def broken_for_b(of: str):
    """The function `of` with numbers that are none for the second series."""
    real = getattr(combination, of)

    def broken(values, **settings):
        found = real(values, **settings)
        if of == "theta_means":
            found[1] = np.nan
        else:
            found.errors[:, 1] = found.states[:, 1] = found.sse[1] = found.smoothing.alpha[1] = np.nan
        return found

    return broken


@pytest.mark.parametrize(("of", "method"), [("fit_ets", "ets"), ("theta_means", "theta")])
def test_a_failed_fit_is_named_and_the_rest_goes_on(monkeypatch, of, method):
    plain = forecast.forecast_many(COUNTS, horizon=6)
    monkeypatch.setattr(combination, of, broken_for_b(of))
    found = forecast.forecast_many(COUNTS, horizon=6)
    assert found.notes.to_numpy().tolist() == [["b", f"failed_fit:{method}"]]
    assert found.methods["method"].tolist() == ["combined"] * 3
    assert np.isfinite(found.frame[NUMBERS].to_numpy(dtype=float)).all()
    by_name, before = found.frame.set_index("series"), plain.frame.set_index("series")
    np.testing.assert_allclose(by_name.loc["a", "mean"], before.loc["a", "mean"])
    other = "theta" if method == "ets" else "ets"
    alone = forecast.forecast_many(COUNTS, horizon=6, method=other).frame.set_index("series").loc["b", "mean"]
    np.testing.assert_allclose(by_name.loc["b", "mean"], (alone + COUNTS["b"].iloc[-12:-6].to_numpy()) / 2)


def test_a_method_that_fails_alone_gives_way_to_the_seasonal_naive_forecast(monkeypatch):
    monkeypatch.setattr(combination, "fit_ets", broken_for_b("fit_ets"))
    found = forecast.forecast_many(COUNTS, horizon=6, method="ets")
    assert found.methods["method"].tolist() == ["ets", "seasonal_naive", "ets"]
    mean = found.frame.set_index("series").loc["b", "mean"]
    np.testing.assert_array_equal(mean, COUNTS["b"].iloc[-12:-6])
    nowcast = forecast.nowcast_many(COUNTS.iloc[:51], year=2023)
    assert nowcast.by_series["b"].notes == nowcast.total.notes == ("failed_fit:ets",)


@pytest.mark.parametrize(
    "wild", [np.full(60, 1e15), np.arange(60) % 2 * 1e15, np.where(np.arange(60) == 40, 1e15, 3.0)]
)
def test_huge_counts_and_a_single_spike_give_finite_forecasts(wild):
    found = forecast.forecast_counts(pd.Series(wild, index=MONTHS), horizon=6)
    assert np.isfinite(found[NUMBERS].to_numpy(dtype=float)).all()


@pytest.mark.parametrize("bad", [-1.0, np.inf, 1e300])
def test_messages_name_what_was_given(bad):
    one = COUNTS["a"].mask(MONTHS[7] == MONTHS, bad)
    for call in (
        lambda: forecast.forecast_counts(one, horizon=3),
        lambda: forecast.backtest(one, horizon=3),
        lambda: forecast.nowcast_year(one, year=2023),
    ):
        with pytest.raises(UsageError, match=r"^(?!.*(panel|__own__)).*in series"):
            call()
    for call in (
        lambda: forecast.forecast_many(one.to_frame(), horizon=3),
        lambda: forecast.backtest(one.to_frame(), horizon=3),
        lambda: forecast.nowcast_many(one.to_frame(), year=2023),
    ):
        with pytest.raises(UsageError, match="in panel"):
            call()
    with pytest.raises(UsageError, match="in siblings"):
        forecast.forecast_counts(COUNTS["b"], horizon=3, siblings=one)
    with pytest.raises(UsageError, match="in siblings"):
        forecast.nowcast_year(COUNTS["b"], year=2023, siblings=one.iloc[:0])
