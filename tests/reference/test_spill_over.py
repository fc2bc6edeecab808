"""Spill-over against statsmodels with a dummy for every effect and a CR2 written out. Data are made up."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.dose_response import neighbour_exposure, spill_over_effect

NAMES = {
    "place": "town", "cluster": "county", "time": "wave", "value": "aware", "weight": "asked", "dose": "reach",
    "neighbour_dose": "next_door",
}  # fmt: skip
CONTRASTS = {"own": (1, 0), "neighbours": (0, 1), "both": (1, 1)}


def simulated(seed: int = 1, *, counties=7, towns=4, waves=5, own=2.0, near=1.0, noise=3.0, lost=0.1) -> pd.DataFrame:
    """Towns of counties over waves, some cells lost, unequal weights; the neighbours are the county's other towns."""
    rng = np.random.default_rng(seed)
    county, town, wave = (axis.ravel() for axis in np.indices((counties, towns, waves)))
    frame = pd.DataFrame({"county": county, "town": county * towns + town, "wave": wave})
    frame["reach"] = rng.exponential(1.0, len(frame)) * (rng.random(len(frame)) < 0.7)
    frame["people"] = rng.uniform(1, 5, counties * towns)[frame.town]
    near_to = {t: [s for s in frame.town.unique() if s != t and s // towns == t // towns] for t in frame.town.unique()}
    frame["next_door"] = neighbour_exposure(
        frame, place="town", neighbours=near_to, dose="reach", time="wave", weight="people"
    )
    shock = noise * (rng.normal(size=(counties, waves))[county, wave] + rng.normal(size=len(frame)))
    level = rng.normal(60, 8, counties * towns)[frame.town] + 2.0 * wave
    frame["aware"] = level + own * frame.reach + near * frame.next_door + shock
    frame["asked"] = rng.integers(5, 40, len(frame))
    return frame[rng.random(len(frame)) >= lost].reset_index(drop=True)


def written_out(frame: pd.DataFrame):
    """statsmodels' coefficients with a dummy for every town and wave; CR2 variance and Satterthwaite's degrees of
    freedom of each contrast from whole matrices, as in Bell and McCaffrey (2002): nothing is taken out before."""
    fit = smf.wls("aware ~ reach + next_door + C(town) + C(wave)", frame, weights=frame.asked).fit()
    root = np.sqrt(frame.asked.to_numpy(float))
    x, e = fit.model.exog * root[:, None], fit.resid.to_numpy() * root
    bread = linalg.pinvh(x.T @ x)
    rest = np.eye(len(x)) - x @ bread @ x.T
    names = list(fit.model.exog_names)
    found = {}
    groups = [np.flatnonzero(frame.county == each) for each in frame.county.unique()]
    halves = []
    for rows in groups:
        value, vector = np.linalg.eigh(rest[np.ix_(rows, rows)])
        power = np.where(value > 1e-8, 1 / np.sqrt(np.maximum(value, 1e-8)), 0.0)
        halves.append((vector * power) @ vector.T)
    for name, weights in CONTRASTS.items():
        contrast = np.zeros(len(names))
        contrast[[names.index("reach"), names.index("next_door")]] = weights
        reach = [x[rows] @ bread @ contrast for rows in groups]
        pulls = np.array([(half @ r) @ e[rows] for half, r, rows in zip(halves, reach, groups, strict=True)])
        spread = np.column_stack(
            [rest[:, rows] @ half @ r for half, r, rows in zip(halves, reach, groups, strict=True)]
        )
        inner = spread.T @ spread
        found[name] = contrast @ fit.params, np.sqrt((pulls**2).sum()), np.trace(inner) ** 2 / (inner**2).sum()
    return found


@pytest.mark.parametrize(
    "options", [{}, {"counties": 4, "towns": 3, "waves": 4, "lost": 0.0}, {"lost": 0.3, "seed": 5}]
)
def test_equals_dummies_and_a_cr2_of_whole_matrices(options):
    frame = simulated(**options)
    frame = frame[frame.groupby("town").wave.transform("size") > 1]
    got = spill_over_effect(frame, **NAMES)
    for name, (estimate, error, df) in written_out(frame).items():
        mine = getattr(got, name)
        assert mine.estimate == pytest.approx(estimate, rel=1e-9)
        assert mine.std_error == pytest.approx(error, rel=1e-7)
        assert got.df[name] == pytest.approx(df, rel=1e-6)
        half = stats.t.ppf(0.975, df) * error
        assert (mine.ci_low, mine.ci_high) == pytest.approx((estimate - half, estimate + half), rel=1e-6)
    assert (got.n, got.n_places, got.n_times, got.n_clusters) == (
        len(frame), frame.town.nunique(), frame.wave.nunique(), frame.county.nunique()
    )  # fmt: skip


def test_gives_back_effects_without_noise():
    got = spill_over_effect(simulated(noise=0.0, own=1.5, near=-0.75), **NAMES)
    assert (got.own.estimate, got.neighbours.estimate, got.both.estimate) == pytest.approx((1.5, -0.75, 0.75))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.floats(0.1, 50), st.floats(0.01, 100), st.floats(-5, 5))
def test_units_of_dose_and_weight_and_levels_do_not_matter(seed, scale, heavier, lift):
    frame = simulated(seed, counties=5, towns=3, waves=4)
    plain = spill_over_effect(frame, **NAMES)
    moved = frame.assign(
        reach=frame.reach * scale,
        next_door=frame.next_door * scale,
        asked=frame.asked * heavier,
        aware=frame.aware + lift * frame.wave**2 + lift * (frame.town % 3),
    ).sample(frac=1, random_state=seed)
    other = spill_over_effect(moved, **NAMES)
    for name in CONTRASTS:
        before, after = getattr(plain, name), getattr(other, name)
        assert after.estimate * scale == pytest.approx(before.estimate, rel=1e-6, abs=1e-8)
        assert after.ci_high * scale == pytest.approx(before.ci_high, rel=1e-6, abs=1e-8)
    assert other.df["own"] == pytest.approx(plain.df["own"], rel=1e-6)


def test_a_place_seen_once_says_nothing_and_is_counted():
    frame = simulated(lost=0.0)
    extra = frame.iloc[[0]].assign(town=99, aware=1000.0)
    got = spill_over_effect(pd.concat([frame, extra]), **NAMES)
    assert got.own == spill_over_effect(frame, **NAMES).own
    assert "seen_once:1" in got.notes


FAULTS = {
    "two clusters": (lambda f: f[f.county < 2], "at least 3"),
    "doses that never change": (lambda f: f.assign(reach=f.town * 1.0), "'reach'"),
    "the same for all": (lambda f: f.assign(next_door=f.wave * 1.0), "'next_door'"),
    "neighbours do what the town does": (lambda f: f.assign(next_door=2 * f.reach), "explain wholly"),
    "no outreach": (lambda f: f.assign(reach=0.0), "explain wholly"),
    "town in two counties": (lambda f: f.assign(county=f.wave), "within one"),
    "twice": (lambda f: pd.concat([f, f]), "one row for each"),
    "one wave": (lambda f: f[f.wave == 0], "two periods"),
    "unknown neighbours": (lambda f: f.assign(next_door=np.nan), "missing value"),
    "negative": (lambda f: f.assign(reach=-f.reach), "at least 0"),
    "text": (lambda f: f.assign(aware="many"), "expected numbers"),
    "no weight": (lambda f: f.assign(asked=0), "above 0"),
    "no rows": (lambda f: f[:0], "without rows"),
    "no county": (lambda f: f.assign(county=None), "missing values"),
    "no column": (lambda f: f.drop(columns="reach"), "0 columns"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refuses_with_words(fault):
    spoil, said = FAULTS[fault]
    with pytest.raises(UsageError, match=said):
        spill_over_effect(spoil(simulated(lost=0.0)), **NAMES)
