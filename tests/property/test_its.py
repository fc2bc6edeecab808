"""What must not matter to an interrupted series does not: units, order, origin of time. All series are simulated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.estimators.its import FAMILIES, interrupted_means, interrupted_series

MONTHS, START = 40, 25
seeds = st.integers(0, 10_000)
families = st.sampled_from(FAMILIES)
few = settings(max_examples=25)


def simulated(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    t = np.arange(MONTHS)
    rate = np.exp(rng.uniform(2.5, 5) + 0.1 * np.sin(2 * np.pi * t / 12) + rng.normal(0, 0.1, MONTHS))
    frame = pd.DataFrame({"month": t, "cases": rng.poisson(rate), "persons": rng.uniform(900, 1100, MONTHS)})
    return frame.assign(
        days=20 + rng.normal(0, 2, MONTHS), error=rng.uniform(0.3, 1.5, MONTHS), x=rng.normal(size=MONTHS)
    )


def ratio(frame, start=START, **options):
    found = interrupted_series(frame, time="month", count="cases", start=start, **options).rate_ratio
    return np.array([found.estimate, found.std_error, found.ci_low, found.ci_high])


def change(frame):
    found = interrupted_means(frame, time="month", outcome="days", std_error="error", start=START).level_change
    return np.array([found.estimate, found.std_error, found.ci_low, found.ci_high])


def same(one, other, tolerance=1e-6):
    np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@few
@given(seeds, st.integers(2, 50))
def test_a_constant_factor_on_the_counts_leaves_the_quasi_poisson_ratio_and_its_interval(seed, factor):
    frame = simulated(seed)
    same(ratio(frame), ratio(frame.assign(cases=frame.cases * factor)))


@few
@given(seeds, families, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_is_irrelevant(seed, family, random):
    frame = simulated(seed)
    shuffled = frame.iloc[random.sample(range(MONTHS), MONTHS)]
    same(ratio(frame, family=family), ratio(shuffled, family=family), 1e-9)


@few
@given(seeds, families, st.floats(1e-3, 1e6))
def test_the_unit_of_the_exposure_is_irrelevant(seed, family, factor):
    frame = simulated(seed)
    scaled = frame.assign(persons=frame.persons * factor)
    same(ratio(frame, family=family, offset="persons"), ratio(scaled, family=family, offset="persons"))


@few
@given(seeds, families, st.integers(-500, 30_000))
def test_the_origin_of_time_is_irrelevant(seed, family, shift):
    frame = simulated(seed)
    moved = frame.assign(month=frame.month + shift)
    same(ratio(frame, family=family), ratio(moved, START + shift, family=family))


@few
@given(seeds, families, st.floats(1e-4, 1e7), st.floats(-3, 3))
def test_the_unit_of_a_covariate_is_irrelevant(seed, family, factor, shift):
    frame = simulated(seed)
    scaled = frame.assign(x=(frame.x + shift) * factor)
    same(ratio(frame, family=family, covariates=["x"]), ratio(scaled, family=family, covariates=["x"]))


@few
@given(seeds, families, st.floats(0.5, 0.99))
def test_wider_levels_hold_narrower_ones(seed, family, level):
    frame = simulated(seed)
    narrow, wide = (ratio(frame, family=family, conf_level=conf) for conf in (level - 0.1, level))
    assert wide[2] < narrow[2] < narrow[0] < narrow[3] < wide[3]
    assert narrow[0] == pytest.approx(wide[0])


@few
@given(seeds, families, st.integers(0, MONTHS - START - 1))
def test_the_path_is_the_effect(seed, family, months):
    found = interrupted_series(
        simulated(seed), time="month", count="cases", start=START, family=family, slope_change=True
    )
    row = found.counterfactual.iloc[START + months]
    assert row.fitted / row.counterfactual == pytest.approx(found.effect_at(months).estimate)


@few
@given(seeds, st.floats(1e-3, 1e4), st.floats(-50, 50))
def test_means_change_with_their_unit_and_not_with_their_origin(seed, factor, shift):
    frame = simulated(seed)
    other = frame.assign(days=frame.days * factor + shift, error=frame.error * factor)
    same(change(frame) * factor / max(factor, 1), change(other) / max(factor, 1))
