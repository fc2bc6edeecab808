"""Backlog and queues against closed forms, published values and a queue simulated event by event."""

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.capacity import (
    compare_scenarios,
    erlang_c,
    expected_wait,
    flow,
    handlers_needed,
    simulate_backlog,
    wait_within,
)

OPTIONS = {"opening": 120, "arrivals": 60, "capacity": 58, "seed": 1}


def test_erlang_c_has_published_values():
    """Closed forms for few servers (Gross and Harris), and a textbook call centre: 48 erlangs, 55 agents, calls of
    240 s give .239, 8.2 s on average and 84.6 percent within 15 s (Tanner 2000).
    """
    assert erlang_c(arrival_rate=2, service_rate=1, servers=3) == pytest.approx(4 / 9)
    assert erlang_c(arrival_rate=1, service_rate=1, servers=2) == pytest.approx(1 / 3)
    for load in (0.1, 0.7, 0.99):
        assert erlang_c(arrival_rate=load, service_rate=1, servers=1) == pytest.approx(load)
    centre = {"arrival_rate": 360 / 1800, "service_rate": 1 / 240, "servers": 55}
    assert erlang_c(**centre) == pytest.approx(0.239, abs=0.0005)
    assert expected_wait(**centre) == pytest.approx(8.2, abs=0.05)
    assert wait_within(15, **centre) == pytest.approx(0.846, abs=0.0005)
    assert (
        erlang_c(arrival_rate=5, service_rate=1, servers=5) == 1
        and expected_wait(arrival_rate=5, service_rate=1, servers=5) == np.inf
    )


def waits(rng: np.random.Generator, arrival_rate: float, service_rate: float, servers: int, cases: int) -> np.ndarray:
    """Waits (cases,) of a queue served in the order of arrival, each case by the handler free first."""
    free, found, now = [0.0] * servers, np.empty(cases), 0.0
    for k in range(cases):
        now += rng.exponential(1 / arrival_rate)
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + rng.exponential(1 / service_rate))
        found[k] = start - now
    return found[cases // 10 :]


def test_a_simulated_queue_waits_as_erlang_says():
    queue = {"arrival_rate": 2.6, "service_rate": 0.25, "servers": 12}
    runs = [waits(np.random.default_rng(seed), **queue, cases=6_000) for seed in range(20)]
    for measured, expected in (
        ([(run > 0).mean() for run in runs], erlang_c(**queue)),
        ([run.mean() for run in runs], expected_wait(**queue)),
        ([(run <= 1.5).mean() for run in runs], wait_within(1.5, **queue)),
    ):
        assert np.mean(measured) == pytest.approx(expected, abs=4 * np.std(measured, ddof=1) / 20**0.5)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.01, 60),
    st.floats(0.1, 40),
    st.floats(0.01, 30),
    st.one_of(st.none(), st.sampled_from([0.5, 0.9, 0.99])),
)
def test_handlers_needed_is_the_smallest_number_that_is_enough(arrivals, days, wanted, probability):
    needed = handlers_needed(
        arrivals_per_day=arrivals, service_days=days, wanted_wait_days=wanted, probability=probability
    )

    def enough(servers: int) -> bool:
        queue = {"arrival_rate": arrivals, "service_rate": 1 / days, "servers": servers}
        return expected_wait(**queue) <= wanted if probability is None else wait_within(wanted, **queue) >= probability

    assert enough(needed) and (needed == 1 or not enough(needed - 1))


def test_nobody_is_needed_where_nothing_comes():
    assert handlers_needed(arrivals_per_day=0, service_days=4, wanted_wait_days=1) == 0


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0, 500), st.floats(0, 200), st.floats(0, 200), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(0, 999)
)
def test_stock_and_flow_add_up_on_every_path(opening, arrivals, capacity, alpha, spread, seed):
    found = simulate_backlog(
        opening=opening,
        arrivals=arrivals,
        capacity=capacity,
        horizon=6,
        paths=50,
        seed=seed,
        alpha=alpha,
        capacity_spread=spread,
    )
    flows = found.arrived["mean"] - found.closed["mean"]
    np.testing.assert_allclose(opening + flows.cumsum(), found.stock["mean"], rtol=1e-9, atol=1e-8)
    assert (found.paths >= 0).all()
    frame = found.stock
    assert (frame.lo95 <= frame.lo80).all() and (frame.lo80 <= frame.hi80).all() and (frame.hi80 <= frame.hi95).all()


def test_flow_is_written_out_by_hand():
    stock, closed = flow(10.0, np.array([[5.0, 0.0, 30.0]]), np.array([[8.0, 20.0, 12.0]]))
    assert stock.tolist() == [[7, 0, 18]] and closed.tolist() == [[8, 7, 12]]


def test_a_backlog_too_large_for_its_handlers_grows_by_the_difference():
    found = simulate_backlog(**OPTIONS | {"opening": 500})
    assert found.stock["mean"].iloc[-1] == pytest.approx(500 + 24 * 2, abs=4 * (24 * 60 / 10_000) ** 0.5)
    spread = found.paths[:, -1].std()
    assert spread == pytest.approx((24 * 60) ** 0.5, rel=0.05)


def test_overdispersed_arrivals_scatter_by_mu_plus_alpha_mu_squared():
    found = simulate_backlog(**OPTIONS | {"opening": 1_000}, alpha=0.1, horizon=1)
    assert found.paths[:, 0].var() == pytest.approx(60 + 0.1 * 60**2, rel=0.08)


def test_the_wait_is_littles_law():
    fixed = {"arrivals": [30, 30], "capacity": 20, "arrival_noise": "none", "horizon": 2, "paths": 5}
    found = simulate_backlog(opening=40, seed=1, working_days=20, **fixed)
    assert found.stock["mean"].tolist() == [50, 60] and found.wait["mean"].tolist() == [50, 60]
    assert np.isinf(simulate_backlog(opening=1, arrivals=0, capacity=0, seed=1, horizon=1).wait["mean"]).all()


def test_paths_of_a_forecast_are_taken_as_they_are():
    arrivals = np.random.default_rng(1).uniform(20, 60, (100, 12))
    found = simulate_backlog(opening=0, arrivals=arrivals, capacity=1e9, horizon=12, paths=100, seed=1)
    np.testing.assert_allclose(found.arrived["mean"], arrivals.mean(axis=0))
    assert (found.paths == 0).all()


def test_the_same_seed_gives_the_same_paths_and_another_others():
    one, same, other = (simulate_backlog(**OPTIONS | {"seed": seed}, paths=20) for seed in (1, 1, 2))
    assert (one.paths == same.paths).all() and (one.paths != other.paths).any()


def test_scenarios_meet_the_same_arrivals():
    scenarios = {"now": {"arrivals": 60, "capacity": 58}, "more": {"arrivals": 60, "capacity": 61}}
    found = compare_scenarios(scenarios, opening=400, seed=3).set_index("scenario")
    # With a stock that never runs out the difference is 24 months of three cases, on every path.
    assert found.loc["more", ["difference", "difference_lo95", "difference_hi95"]].tolist() == pytest.approx([-72] * 3)
    assert found.loc["now", "difference"] == 0 and found.loc["now", "hi95"] - found.loc["now", "lo95"] > 100


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"opening": -1}, "opening"),
        ({"arrivals": [1, 2, 3]}, "shape"),
        ({"arrivals": float("nan")}, "missing"),
        ({"capacity": -5}, "below 0"),
        ({"capacity": "many"}, "no numbers"),
        ({"horizon": 0}, "horizon"),
        ({"alpha": -0.1}, "alpha"),
        ({"arrival_noise": "normal"}, "arrival_noise"),
    ],
)
def test_bad_input_is_told(change, told):
    with pytest.raises(UsageError, match=told):
        simulate_backlog(**OPTIONS | change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"wanted_wait_days": 0}, "chance"),
        ({"service_days": 0}, "service_days"),
        ({"probability": 90}, "share between 0 and 1"),
        ({"arrivals_per_day": 1e9}, "check the units"),
        ({"arrivals_per_day": "3"}, "arrivals_per_day"),
    ],
)
def test_bad_queues_are_told(change, told):
    with pytest.raises(UsageError, match=told):
        handlers_needed(**{"arrivals_per_day": 3, "service_days": 4, "wanted_wait_days": 1} | change)
