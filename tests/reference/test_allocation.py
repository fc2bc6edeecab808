"""Allocation of a budget against scipy's optimisers and hand-made optima. All data are made up."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.allocation import allocate
from legalaid_eval.estimators.dose_response import adstock, fit_dose_response

NAMES = {"segment": "county", "persons": "residents", "unit_cost": "cny"}


@cache
def fitted(most: float = 1.2, curve: str = "saturating", **options):
    rng = np.random.default_rng(3)
    dose = rng.exponential(0.4, (12, 8)) * (rng.random((12, 8)) < 0.6)
    stock = adstock(dose, 0.5)
    lift = most * (stock if curve == "straight" else -np.expm1(-stock / 0.4))
    level = 0.3 + rng.normal(0, 0.6, (12, 1)) + 0.05 * np.arange(8) + 0.15 * rng.normal(size=(12, 8))
    asked = rng.integers(80, 300, (12, 8))
    cells = {"aware": rng.binomial(asked, special.expit(level + lift)), "asked": asked, "reach": dose}
    frame = pd.DataFrame({name: values.ravel() for name, values in cells.items()})
    frame = frame.assign(county=np.repeat([f"county {g}" for g in range(12)], 8), wave=np.tile(np.arange(8), 12))
    return fit_dose_response(
        frame, place="county", time="wave", successes="aware", trials="asked", dose="reach", **options
    )


def segments(count: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"county": [f"county {g}" for g in range(12)]})
    return frame.assign(residents=rng.integers(20_000, 200_000, 12), cny=rng.uniform(1, 4, 12).round(1)).head(count)


@cache
def last_stock(found):
    """(curves, places) what was at work in the last wave."""
    return adstock(found.panel.doses, found.curves.decay)[..., -1]


def expected_gain(found, frame, doses, periods, base=None):
    """Additional persons averaged over the curves, written out from the formula."""
    curves = found.curves
    decay, s = curves.decay[:, None], curves.saturation[:, None]

    def lift(stock):
        part = np.where(np.isinf(s), stock / curves.reference, -np.expm1(-stock / s) / -np.expm1(-curves.reference / s))
        return curves.coefficient[:, None] * part

    if base is None:
        stock, at = last_stock(found)[:, : len(frame)], found.logit[: len(frame), -1]
        base, left = at - lift(stock), stock * decay**periods
    else:
        left = np.zeros((1, len(frame)))
    kept = sum(decay**back for back in range(periods))
    more = special.expit(base + lift(left + kept * doses)) - special.expit(base + lift(left))
    return float((frame.residents.to_numpy() * more).mean(axis=0).sum())


@pytest.mark.parametrize(("budget", "periods"), [(50_000.0, 1), (400_000.0, 1), (900_000.0, 3)])
def test_allocation_is_scipys_optimum(budget, periods):
    found, frame = fitted(), segments(5)
    ours = allocate(found, frame, **NAMES, budget=budget, periods=periods)
    price = (frame.residents * frame.cny * periods).to_numpy()
    most = found.dose_range[1]
    theirs = optimize.minimize(
        lambda spent: -expected_gain(found, frame, budget * spent / price, periods) / 1000,
        np.full(5, 0.2),
        bounds=[(0, min(1.0, most * p / budget)) for p in price],
        constraints={"type": "eq", "fun": lambda spent: spent.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    own = expected_gain(found, frame, ours.table.dose.to_numpy(), periods)
    assert own >= -1000 * theirs.fun * (1 - 1e-6)
    np.testing.assert_allclose(ours.table.share, theirs.x, atol=4e-3)
    assert ours.spent == pytest.approx(budget, rel=1e-9) and ours.unspent == pytest.approx(0, abs=1e-3)


def test_equal_segments_get_equal_money_and_dearer_or_saturated_ones_less():
    frame = pd.DataFrame({"county": list("abc"), "residents": 50_000, "cny": [2.0, 2.0, 3.0], "aware": [0.5, 0.5, 0.5]})
    told = allocate(fitted(), frame, **NAMES, budget=60_000, baseline="aware").table.set_index("segment")
    assert told.dose["a"] == pytest.approx(told.dose["b"], rel=1e-9) and told.dose["c"] < told.dose["a"]
    nearly = frame.assign(cny=2.0, aware=[0.5, 0.8, 0.97])
    told = allocate(fitted(), nearly, **NAMES, budget=60_000, baseline="aware").table.set_index("segment")
    assert told.dose["a"] > told.dose["b"] > told.dose["c"]


def test_gain_is_the_curves_and_beats_equal_doses():
    found, frame = fitted(), segments()
    told = allocate(found, frame, **NAMES, budget=300_000)
    own = expected_gain(found, frame, told.table.dose.to_numpy(), 1)
    even = expected_gain(found, frame, 300_000 / (frame.residents * frame.cny).sum(), 1)
    assert told.gain.estimate == pytest.approx(own, rel=0.02)
    assert told.advantage.estimate == pytest.approx(own - even, rel=0.05) and told.advantage.estimate > 0
    assert told.gain.ci_low < told.gain.estimate < told.gain.ci_high and told.better > 0.9
    assert told.notes == ()


def test_doses_stay_within_what_was_observed_unless_asked():
    found, frame = fitted(), segments(3)
    told = allocate(found, frame, **NAMES, budget=1e8)
    assert (told.table.dose <= found.dose_range[1] * (1 + 1e-12)).all() and (told.table.limit == "most").all()
    assert told.notes == ("budget_beyond_range",) and told.unspent == pytest.approx(1e8 - told.spent)
    beyond = {"county 0": (0.0, 2 * found.dose_range[1])}
    with pytest.raises(UsageError, match="extrapolate"):
        allocate(found, frame, **NAMES, budget=1e8, limits=beyond)
    asked = allocate(found, frame, **NAMES, budget=1e8, limits=beyond, extrapolate=True)
    assert asked.notes == ("budget_beyond_range", "beyond_observed:county 0")
    least = {"county 2": (0.1, 0.2)}
    held = allocate(found, frame, **NAMES, budget=100_000, limits=least).table.set_index("segment").dose
    assert 0.1 - 1e-12 <= held["county 2"] <= 0.2 + 1e-12


def test_straight_curves_spend_the_budget_too():
    """Without saturation and at equal levels every segment returns the same: no single optimum, but a full budget."""
    frame = pd.DataFrame({"county": list("ab"), "residents": 50_000, "cny": 2.0, "aware": 0.5})
    found = fitted(curve="straight", most=0.02, saturation=1e6, decay=0.5)
    told = allocate(found, frame, **NAMES, budget=30_000, baseline="aware")
    assert told.spent == pytest.approx(30_000, rel=1e-9)


def test_returns_that_grow_at_first_are_noted():
    frame = pd.DataFrame({"county": list("ab"), "residents": 50_000, "cny": 2.0, "aware": [0.02, 0.5]})
    found = fitted(most=3.0)
    told = allocate(found, frame, **NAMES, budget=60_000, baseline="aware")
    assert told.notes == ("not_concave:a",) and told.spent == pytest.approx(60_000, rel=1e-9)
    doses = np.linspace(0, 0.6, 61)
    base = special.logit(frame.aware.to_numpy())
    pairs = [(x, (60_000 - 100_000 * x) / 100_000) for x in doses]
    best = max(expected_gain(found, frame, np.array(pair), 1, base) for pair in pairs)
    assert expected_gain(found, frame, told.table.dose.to_numpy(), 1, base) >= 0.98 * best


def test_without_an_effect_it_says_so():
    told = allocate(fitted(most=0.0), segments(), **NAMES, budget=300_000)
    assert "no_effect_found" in told.notes
    assert told.gain.ci_low < 0 < told.gain.ci_high and told.advantage.ci_low < 0
    harmful = allocate(fitted(most=-1.5), segments(), **NAMES, budget=300_000)
    assert harmful.spent == 0 and harmful.unspent == 300_000 and "no_gain" in harmful.notes


@pytest.mark.parametrize(
    ("edit", "options", "told"),
    [
        (lambda f: f.drop(columns="cny"), {}, "columns called 'cny'"),
        (lambda f: f.iloc[:0], {}, "without rows"),
        (lambda f: f.assign(cny=0.0), {}, "above 0"),
        (lambda f: f.assign(residents="many"), {}, "expected numbers"),
        (lambda f: pd.concat([f, f]), {}, "one row a segment"),
        (lambda f: f.assign(county=f.county + "x"), {}, "no places of the fit"),
        (lambda f: f.assign(aware=45.0), {"baseline": "aware"}, "not percent"),
        (lambda f: f, {"budget": -5}, "budget"),
        (lambda f: f, {"budget": "all"}, "budget"),
        (lambda f: f, {"periods": 0}, "periods"),
        (lambda f: f, {"limits": {"nowhere": (0, 1)}}, "nowhere"),
        (lambda f: f, {"limits": {"county 1": (0.5, 0.1)}}, "limits"),
        (lambda f: f, {"limits": {"county 1": (0.5, 0.6)}, "budget": 10.0}, "smallest doses cost"),
    ],
)
def test_bad_input_is_told(edit, options, told):
    with pytest.raises(UsageError, match=told):
        allocate(fitted(), edit(segments()), **NAMES, **({"budget": 100_000} | options))
