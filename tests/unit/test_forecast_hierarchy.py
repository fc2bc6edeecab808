"""How sums are made to agree is chosen by what did better in the past, and the reason is told."""

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.estimators import forecast

INDEX = pd.period_range("2018-01", periods=72, freq="M")
STRUCTURE = {"city": ["a", "b"], "only a": ["a"]}


def frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(np.round(values), index=INDEX[-len(values) :], columns=["a", "b"])


def cases_go_to_and_fro(months: int = 72) -> pd.DataFrame:
    """A steady city, whose cases go to either county at random: the sum is known far better than its parts."""
    share = np.random.default_rng(1).uniform(0.2, 0.8, months)
    total = 1000 * np.exp(0.2 * np.sin(2 * np.pi * np.arange(months) / 12))
    return frame(np.stack([total * share, total * (1 - share)], axis=1))


def counties_on_their_own() -> pd.DataFrame:
    return frame(np.random.default_rng(2).poisson(500, (72, 2)).astype(float))


@pytest.mark.parametrize(
    ("counts", "method", "why"),
    [
        (cases_go_to_and_fro(), "mint", "backtest_better"),
        (counties_on_their_own(), "bottom_up", "backtest_no_better"),
        (cases_go_to_and_fro(40), "bottom_up", "too_short"),
    ],
)
def test_auto_takes_what_did_better_and_says_why(counts, method, why):
    found = forecast.forecast_many(counts, horizon=12)
    chosen = forecast.reconcile(found, structure=STRUCTURE, method="auto")
    assert (chosen.method, chosen.why) == (method, why)
    asked = forecast.reconcile(found, structure=STRUCTURE, method=method)
    assert asked.why == "asked"
    pd.testing.assert_frame_equal(chosen.frame, asked.frame)


def test_a_county_that_begins_late_does_not_keep_auto_from_choosing():
    counts = cases_go_to_and_fro().assign(c=np.nan)
    counts.loc[INDEX[50:], "c"] = 20.0
    found = forecast.forecast_many(counts, horizon=6)
    structure = {"city": ["a", "b"], "county c": ["c"], "all": ["a", "b", "c"]}
    assert forecast.reconcile(found, structure=structure, method="auto").method == "mint"
