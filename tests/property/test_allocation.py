"""What holds for every allocation of a budget. All data are made up."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.estimators.allocation import allocate
from legalaid_eval.estimators.dose_response import fit_dose_response
from tests.property.test_dose_response import NAMES as FIT
from tests.property.test_dose_response import drawn

NAMES = {"segment": "name", "persons": "persons", "unit_cost": "cost", "baseline": "aware"}
segments = st.lists(
    st.tuples(st.floats(1e3, 1e6), st.floats(0.2, 20), st.floats(0.35, 0.98)), min_size=1, max_size=6
).map(lambda rows: pd.DataFrame(rows, columns=["persons", "cost", "aware"]).assign(name=range(len(rows))))
some = settings(max_examples=6, deadline=None)


@cache
def found():
    """A fit in which more outreach helps under nearly every curve."""
    return fit_dose_response(drawn(8, places=10, waves=8), **FIT)


def whole(frame: pd.DataFrame) -> float:
    return float(found().dose_range[1] * (frame.persons * frame.cost).sum())


def test_the_fit_has_an_effect():
    assert found().overall.ci_low > 0


@some
@given(segments, st.floats(0.01, 0.95))
def test_budget_is_spent_and_the_next_person_costs_the_same(frame, share):
    told = allocate(found(), frame, **NAMES, budget=share * whole(frame))
    table = told.table
    assert told.spent == pytest.approx(told.budget, rel=1e-9)
    assert table.share.sum() == pytest.approx(1, rel=1e-9)
    np.testing.assert_allclose(table.spent, table.dose * frame.persons * frame.cost, rtol=1e-9)
    inside = table[table.limit == ""].cost_of_next.astype(float)
    assert inside.max() <= inside.min() * (1 + 1e-4) if len(inside) else True
    if len(inside):
        least, most = (table[table.limit == side].cost_of_next.astype(float) for side in ("least", "most"))
        assert (least >= inside.min() * (1 - 1e-4)).all() and (most <= inside.max() * (1 + 1e-4)).all()
    assert table.dose.between(found().dose_range[0], found().dose_range[1] * (1 + 1e-9)).all()


@some
@given(segments, st.floats(0.01, 0.4))
def test_more_money_gains_more_and_takes_from_nobody(frame, share):
    one, other = (allocate(found(), frame, **NAMES, budget=part * whole(frame)) for part in (share, 2 * share))
    assert other.gain.estimate >= one.gain.estimate * (1 - 1e-9)
    assert (other.table.dose >= one.table.dose - 1e-6).all()


@some
@given(segments, st.floats(0.01, 0.9), st.sampled_from([0.01, 100.0]))
def test_the_unit_of_the_money_is_only_a_unit(frame, share, factor):
    one = allocate(found(), frame, **NAMES, budget=share * whole(frame))
    dear = frame.assign(cost=factor * frame.cost)
    other = allocate(found(), dear, **NAMES, budget=factor * share * whole(frame))
    np.testing.assert_allclose(one.table.dose, other.table.dose, rtol=1e-6, atol=1e-9)
