"""Funnel limits against exact quantiles and Spiegelhalter's (2005) own definitions."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.funnel import exact_limit, funnel_limits, winsorised_dispersion


def places(seed: int = 2, n: int = 40, spread: float = 0.0) -> pd.DataFrame:
    """Made-up places, alike but for chance, or with a spread on the logit scale."""
    rng = np.random.default_rng(seed)
    cases = np.exp(rng.uniform(np.log(20), np.log(800), n)).astype(int)
    share = 1 / (1 + np.exp(-(1.2 + spread * rng.standard_normal(n))))
    return pd.DataFrame({"cases": cases, "done": rng.binomial(cases, share)})


def limits(frame, **options):
    return funnel_limits(frame, numerator="done", denominator="cases", **options)


@pytest.mark.parametrize("share", [0.001, 0.025, 0.975, 0.999])
@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_limits_invert_the_interpolated_distribution(kind, share):
    """The limit in counts, r - a: F there, interpolated between F(r - 1) and F(r), is the share (appendix A.1)."""
    size, mean = np.array([25.0, 80.0, 640.0]), 0.3
    law = stats.binom(size, mean) if kind == "proportion" else stats.poisson(size * mean)
    count = exact_limit(size, mean, share, kind) * size
    r = np.ceil(count)
    between = law.cdf(r - 1) + (count - (r - 1)) * law.pmf(r)
    np.testing.assert_allclose(between, share, rtol=1e-9)
    assert (r == law.ppf(share)).all()


def test_limits_become_the_normal_ones_in_large_places():
    for kind, variance in (("proportion", 0.2 * 0.8), ("rate", 0.2)):
        found = exact_limit(np.array([4e6]), 0.2, 0.975, kind)[0]
        # The interpolated count lies half a case below the continuity-corrected normal limit.
        assert found == pytest.approx(0.2 + 1.959964 * (variance / 4e6) ** 0.5, abs=1.5 / 4e6)


def test_dispersion_is_the_mean_square_of_winsorised_values():
    z = np.array([-9.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 30.0])
    pulled = np.array([-1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0])
    assert winsorised_dispersion(z) == pytest.approx((pulled**2).mean())


def test_limits_widen_by_the_root_of_phi_only_beyond_chance():
    calm, wild = limits(places()), limits(places(spread=0.6))
    assert calm.used_dispersion == 1 and calm.dispersion < 1 + 2 * (2 / 40) ** 0.5
    assert wild.used_dispersion == wild.dispersion > 2
    plain = limits(places(spread=0.6), dispersion="none")
    inside = (wild.frame.low_95 > 0) & (wild.frame.high_95 < 100)
    ratio = (wild.frame.high_95 - wild.centre) / (plain.frame.high_95 - plain.centre)
    np.testing.assert_allclose(ratio[inside], wild.dispersion**0.5)
    assert wild.observed_outside[0.998] < plain.observed_outside[0.998]
    assert wild.frame.filter(like="low").min().min() >= 0 and wild.frame.filter(like="high").max().max() <= 100


def test_alike_places_lie_outside_as_often_as_said():
    outside = [limits(places(seed), dispersion="none").observed_outside[0.95] for seed in range(60)]
    expected = limits(places()).expected_outside
    assert expected == pytest.approx({0.95: 2.0, 0.998: 0.08})
    assert np.mean(outside) == pytest.approx(expected[0.95], abs=0.6)


def test_an_outlying_place_is_named_with_its_side():
    frame = places().assign(extra=0)
    frame.loc[3, ["cases", "done"]] = [400, 120]
    found = limits(frame).frame
    assert found.outside[3] == -0.998 and found.value[3] == 30 and "extra" in found
    frame.loc[3, "done"] = 400
    assert limits(frame).frame.outside[3] == 0.998


def test_rates_are_per_unit_and_places_without_exposure_stay_empty():
    frame = pd.DataFrame({"done": [30, 55, 0, 14], "cases": [2.5e4, 4.5e4, 0.0, 1.1e4]})
    found = limits(frame, kind="rate", per=10_000)
    assert found.centre == pytest.approx(1e4 * 99 / 8.1e4)
    assert found.frame.loc[2].isna().sum() == 6 and found.frame.outside[2] == 0 and found.n == 3
    assert found.frame.low_95[0] == pytest.approx(1e4 * exact_limit(np.array([2.5e4]), 99 / 8.1e4, 0.025, "rate")[0])
    assert found.curve.denominator.is_monotonic_increasing and found.curve.high_99_8.is_monotonic_decreasing


@pytest.mark.parametrize(
    ("frame", "options", "told"),
    [
        (pd.DataFrame({"done": [5, 1], "cases": [4, 9]}), {}, "allows"),
        (pd.DataFrame({"done": [0, 0], "cases": [4, 9]}), {}, "away from the bounds"),
        (pd.DataFrame({"done": [1], "cases": [4]}), {}, "at least two"),
        (pd.DataFrame({"done": [1, np.nan], "cases": [4, 9]}), {}, "missing value"),
        (places(), {"kind": "mean"}, "kind"),
        (places(), {"levels": (95,)}, "conf_level"),
        (places(), {"levels": ()}, "no levels"),
    ],
)
def test_bad_input_is_told(frame, options, told):
    with pytest.raises(UsageError, match=told):
        limits(frame, **options)
