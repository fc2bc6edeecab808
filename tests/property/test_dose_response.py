"""What holds for every dose-response fit. All data are made up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from legalaid_eval.estimators.dose_response import adstock, fit_dose_response
from legalaid_eval.estimators.dose_response.adstock import saturated

NAMES = {"place": "county", "time": "wave", "successes": "aware", "trials": "asked", "dose": "reach"}
seeds = st.integers(0, 10_000)
few = settings(max_examples=8, deadline=None)
doses = st.lists(st.floats(0, 50), min_size=1, max_size=12)
decays = st.floats(0, 0.99)


def drawn(seed: int, places: int = 7, waves: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    dose = rng.exponential(0.5, (places, waves)) * (rng.random((places, waves)) < 0.7)
    level = rng.normal(0.2, 0.5, (places, 1)) + rng.normal(0, 0.1, waves) + rng.normal(0, 0.2, dose.shape)
    lift = rng.uniform(-0.3, 1.5) * -np.expm1(-adstock(dose, rng.uniform(0, 0.8)) / rng.uniform(0.1, 2))
    asked = rng.integers(30, 400, dose.shape)
    columns = {"aware": rng.binomial(asked, special.expit(level + lift)), "asked": asked, "reach": dose}
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    return frame.assign(county=np.repeat(np.arange(places), waves), wave=np.tile(np.arange(waves), places))


def ends(found) -> list[float | None]:
    shape = found.decay, found.saturation
    return [end for one in shape for end in (one.ci_low, one.ci_high)]


def agree(one: list[float | None], other: list[float | None], factor: tuple[float, ...] = (1, 1, 1, 1)) -> None:
    assert [end is None for end in one] == [end is None for end in other]
    pairs = [(a * f, b) for a, b, f in zip(one, other, factor, strict=True) if a is not None]
    np.testing.assert_allclose([a for a, _ in pairs], [b for _, b in pairs], rtol=1e-5, atol=1e-9)


@given(doses, doses, decays, st.floats(0, 5))
def test_adstock_is_linear_and_bounded(one, other, decay, factor):
    size = min(len(one), len(other))
    a, b = np.array(one[:size]), np.array(other[:size])
    np.testing.assert_allclose(
        adstock(a + factor * b, decay), adstock(a, decay) + factor * adstock(b, decay), rtol=1e-9, atol=1e-9
    )
    assert (adstock(a, decay) >= a).all() and (adstock(a, decay) <= a.max() / (1 - decay) + 1e-9).all()
    np.testing.assert_array_equal(adstock(a, 0.0), a)


@given(doses, decays)
def test_a_later_dose_changes_nothing_before_it(values, decay):
    more = np.append(values, 9.0)
    np.testing.assert_array_equal(adstock(more, decay)[:-1], adstock(np.array(values), decay))


@given(st.floats(0.05, 20))
def test_saturation_rises_ever_more_slowly_and_lies_between_its_limits(saturation):
    stock = np.linspace(0, 3, 30)
    curve = saturated(stock, saturation, 3.0)
    assert (np.diff(curve) >= 0).all() and (np.diff(curve, 2) <= 1e-12).all()
    assert curve[0] == 0 and abs(curve[-1] - 1) < 1e-12
    assert (curve >= saturated(stock, np.inf, 3.0) - 1e-9).all() and (curve <= saturated(stock, 0.0, 3.0)).all()


@few
@given(seeds, st.sampled_from([0.01, 100.0]))
def test_the_unit_of_the_dose_is_only_a_unit(seed, factor):
    frame = drawn(seed)
    one = fit_dose_response(frame, **NAMES)
    other = fit_dose_response(frame.assign(reach=factor * frame.reach), **NAMES)
    agree(ends(one), ends(other), (1, 1, factor, factor))
    np.testing.assert_allclose(one.effect([0.2]).iloc[0, 1:], other.effect([0.2 * factor]).iloc[0, 1:], rtol=1e-5)


@few
@given(seeds)
def test_order_names_and_calendar_are_irrelevant(seed):
    frame = drawn(seed)
    mixed = frame.sample(frac=1, random_state=seed)
    mixed = mixed.assign(county=mixed.county.map("county {}".format), wave=2 * mixed.wave + 2019)
    one, other = fit_dose_response(frame, **NAMES), fit_dose_response(mixed, **NAMES)
    agree(ends(one), ends(other))
    np.testing.assert_allclose(
        [one.overall.estimate, one.overall.ci_low, one.scale],
        [other.overall.estimate, other.overall.ci_low, other.scale],
    )


@few
@given(seeds)
def test_aware_and_not_aware_are_mirrors(seed):
    frame = drawn(seed)
    one = fit_dose_response(frame, **NAMES)
    other = fit_dose_response(frame.assign(aware=frame.asked - frame.aware), **NAMES)
    agree(ends(one), ends(other))
    # The lattice of draws is not symmetric itself: one in a hundred of the interval.
    width = one.overall.ci_high - one.overall.ci_low
    assert abs(one.overall.estimate + other.overall.estimate) < 0.01 * width
    assert abs(one.deviance - other.deviance) < 1e-6


@few
@given(seeds)
def test_estimates_lie_in_their_intervals_and_no_dose_does_nothing(seed):
    found = fit_dose_response(drawn(seed), **NAMES)
    curve = found.effect([0.0, 0.1, 0.5])
    assert (curve.iloc[0] == 0).all()
    assert ((curve.ci_low <= curve.estimate) & (curve.estimate <= curve.ci_high)).all()
    for one in (found.decay, found.saturation):
        assert one.ci_low is None or one.ci_low <= one.estimate
        assert one.ci_high is None or one.estimate <= one.ci_high
    assert (found.profile.difference >= -1e-9).all()
    small = fit_dose_response(drawn(seed), **NAMES, conf_level=0.5).overall
    assert found.overall.ci_low < small.ci_low < small.ci_high < found.overall.ci_high


@pytest.mark.parametrize("seed", [0, 1])
def test_shapes_under_which_all_doses_do_the_same_say_nothing(seed):
    """Much outreach in every month: with a slow decay and an early saturation no place differs from another."""
    rng = np.random.default_rng(seed)
    dose = pd.DataFrame([(p, m, 0.3 + 0.7 * rng.random()) for p in range(8) for m in range(60)])
    dose.columns = ["county", "wave", "reach"]
    frame = pd.DataFrame([(p, w) for p in range(8) for w in range(30, 60, 6)], columns=["county", "wave"])
    frame = frame.assign(asked=100, aware=rng.binomial(100, 0.6, len(frame)))
    found = fit_dose_response(frame, doses=dose, **NAMES)
    assert np.isfinite(found.curves.coefficient).all()
    assert np.isfinite(found.effect([0.5]).to_numpy()).all()
