"""Decomposition of a change against Das Gupta's published example and Kitagawa's formulas."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.decomposition import decompose_change


def effects(*frames, **options) -> pd.Series:
    return decompose_change(*frames, **options).effects.set_index("component").effect


def test_earnings_are_das_guptas_table_2_1():
    """Das Gupta (1993, example 2.1): mean earnings 10,930 and 16,591, share of earners .717892 and .825974.

    The difference of 5,857 of earnings by person is 4,370 from earnings by earner and 1,487 from the share of earners.
    """
    frames = [
        pd.DataFrame({"all": ["all"], "earners": [share], "earned": [share * mean]})
        for share, mean in ((0.717892, 10_930), (0.825974, 16_591))
    ]
    found = effects(*frames, group="all", count="earned", exposure="earners")
    assert found.round().to_dict() == {"volume": 1487, "mix_all": 0, "rate": 4370}


def years() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Made-up residents and applications by age group."""
    first = pd.DataFrame({"age": ["young", "middle", "old"], "people": [300, 500, 200], "cases": [30, 25, 40]})
    second = pd.DataFrame({"age": ["young", "middle", "old"], "people": [250, 500, 350], "cases": [35, 20, 84]})
    return first, second


def test_mix_and_rate_are_kitagawas_for_an_equal_volume():
    """Kitagawa (1955): mean shares times the change of rates, and mean rates times the change of shares."""
    first, second = years()
    second = second.assign(people=second.people * 1000 / 1100, cases=second.cases * 1000 / 1100)
    (s, r), (t, q) = ((f.people / 1000, f.cases / f.people) for f in (first, second))
    found = effects(first, second, group="age", count="cases", exposure="people")
    assert found["volume"] == pytest.approx(0)
    assert found["mix_age"] == pytest.approx(1000 * ((t - s) * (r + q) / 2).sum())
    assert found["rate"] == pytest.approx(1000 * ((q - r) * (s + t) / 2).sum())


def test_three_factors_are_das_guptas_formula():
    """Das Gupta (1993, three factors): the effect of a is (a' - a) [(bc + b'c') / 3 + (bc' + b'c) / 6]."""
    first, second = years()
    (e, s, r), (f, t, q) = ((x.people.sum(), x.people / x.people.sum(), x.cases / x.people) for x in (first, second))
    found = effects(first, second, group="age", count="cases", exposure="people")
    assert found["volume"] == pytest.approx(((f - e) * ((s * r + t * q) / 3 + (s * q + t * r) / 6)).sum())
    assert found["rate"] == pytest.approx(((q - r) * ((e * s + f * t) / 3 + (e * t + f * s) / 6)).sum())


def test_new_groups_count_as_mix_and_volume_not_as_rate():
    first = pd.DataFrame({"town": ["a", "b"], "people": [100.0, 100.0], "cases": [10.0, 10.0]})
    second = pd.DataFrame({"town": ["a", "c"], "people": [100.0, 100.0], "cases": [10.0, 30.0]})
    found = decompose_change(first, second, group="town", count="cases", exposure="people")
    assert found.effects.set_index("component").effect.to_dict() == pytest.approx(
        {"volume": 0, "mix_town": 20, "rate": 0}
    )
    assert found.notes == ("new:c", "gone:b")


def test_a_new_type_spread_over_the_towns_as_before_is_mix_of_types_only():
    old = pd.DataFrame({"type": ["a", "a"], "town": ["x", "y"], "people": [100.0, 100.0], "cases": [10.0, 10.0]})
    new = pd.concat([old, old.assign(type="b")]).assign(people=50.0, cases=5.0)
    found = decompose_change(old, new, group=["type", "town"], count="cases", exposure="people").by_group
    np.testing.assert_allclose(found.mix_type, [-5, -5, 5, 5])
    np.testing.assert_allclose(found[["volume", "mix_town", "rate"]], 0, atol=1e-12)


def test_without_an_exposure_the_mix_adds_up_to_nothing():
    first, second = years()
    found = decompose_change(first, second, group="age", count="cases")
    assert found.effects.effect.tolist() == pytest.approx([44, 0])
    assert found.by_group.set_index("age").mix_age["old"] > 0


cell = st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.floats(0.5, 50), st.floats(0, 40))
period = st.lists(cell, min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(period, period, st.booleans())
def test_effects_add_up_and_change_sign_with_the_direction(before, after, exposed):
    frames = [pd.DataFrame(rows, columns=["type", "town", "people", "cases"]) for rows in (before, after)]
    frames = [f.assign(cases=f.cases + 0.1) for f in frames]
    options = {"group": ["type", "town"], "count": "cases", "exposure": "people" if exposed else None}
    found, back = decompose_change(*frames, **options), decompose_change(*frames[::-1], **options)
    change = frames[1].cases.sum() - frames[0].cases.sum()
    assert found.effects.effect.sum() == pytest.approx(change, abs=1e-8)
    np.testing.assert_allclose(found.effects.effect, -back.effects.effect, atol=1e-8)
    components = found.effects.component
    np.testing.assert_allclose(found.by_group[components].sum(), found.effects.effect, atol=1e-8)
    np.testing.assert_allclose(found.by_group[components].sum(axis=1), found.by_group.change, atol=1e-8)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f.assign(people=[0, 1, 1]), "expected an exposure"),
        (lambda f: f.assign(people=0, cases=0), "everywhere"),
        (lambda f: f.assign(cases=-1), "at least 0"),
        (lambda f: f.assign(age=[None, "a", "b"]), "missing values"),
        (lambda f: f.drop(columns="people"), "columns called 'people'"),
        (lambda f: f.iloc[:0], "without rows"),
    ],
)
def test_bad_input_is_told(change, told):
    first, second = years()
    with pytest.raises(UsageError, match=told):
        decompose_change(first, change(second), group="age", count="cases", exposure="people")
