"""What is computed from cells is what is computed from rows, on random registers with every gap and contradiction."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval import cells
from legalaid_eval.cells import MISSING, STAGES
from legalaid_eval.cells.stages import TIMED
from legalaid_eval.register.store import open_store
from tests.cell_stores import slow_stage, write_register

CLOSED_FORM, ITERATED = 1e-9, 1e-6


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "store"
    rows = write_register(path, seed=4, n=3000)
    with open_store(path) as store:
        yield store, rows


@pytest.fixture(scope="module")
def durations(register):
    """Cells and rows of the time from application to decision."""
    store, rows = register
    slow = slow_stage(rows["cases"], STAGES["applied_decided"])
    slow = slow[slow["state"].isin(TIMED)].astype({"duration": "int64"})
    return cells.stage_cells(store, "applied_decided"), (
        slow.assign(event=slow["state"] == "done").fillna({"county": MISSING, "case_type": MISSING})
    )


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(1, 60),
    stage=st.sampled_from(list(STAGES.values())),
    unit=st.sampled_from(["working_day", "day"]),
)
def test_every_case_is_in_the_cell_where_plain_python_puts_it(seed, n, stage, unit):
    with tempfile.TemporaryDirectory() as folder:
        cases = write_register(Path(folder) / "s", seed=seed, n=n, others=False)["cases"]
        slow = slow_stage(cases, stage, unit=unit)
        with open_store(Path(folder) / "s") as store:
            accounts = cells.stage_accounts(store, stage.name, by=()).groupby("state")["n"].sum()
            found = cells.stage_cells(store, stage.name, unit=unit)
    assert accounts.to_dict() == Counter(slow["state"])
    assert _counted(found) == _rowwise(slow[slow["state"].isin(TIMED)], stage.starts)


def _counted(found):
    keys = ["county", "month", "case_type", "state", "duration"]
    return {tuple(row): n for *row, n in found[[*keys, "n"]].itertuples(index=False, name=None)}


def _rowwise(slow, month):
    filled = slow.fillna({"county": MISSING, "case_type": MISSING})
    months = filled[month].dt.strftime("%Y-%m")
    return Counter(
        zip(filled["county"], months, filled["case_type"], filled["state"], filled["duration"].astype(int), strict=True)
    )


@pytest.mark.parametrize("county", ["A", "B", MISSING])
def test_kaplan_meier_is_that_of_the_rows(durations, county):
    found, slow = (frame[frame["county"] == county] for frame in durations)
    of_rows = sm.SurvfuncRight(slow["duration"].to_numpy(), slow["event"].to_numpy(int))
    of_cells = sm.SurvfuncRight(
        found["duration"].to_numpy(), found["event"].to_numpy(int), freq_weights=found["n"].to_numpy()
    )
    steps = _at_risk(found)
    survival = np.cumprod(1 - steps["events"] / steps["at_risk"])
    np.testing.assert_array_equal(of_rows.surv_times, of_cells.surv_times)
    np.testing.assert_allclose(of_cells.surv_prob, of_rows.surv_prob, rtol=0, atol=CLOSED_FORM)
    np.testing.assert_allclose(survival[steps["events"] > 0], of_rows.surv_prob, rtol=0, atol=CLOSED_FORM)
    np.testing.assert_array_equal(steps["at_risk"][steps["events"] > 0], of_rows.n_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(steps["events"] / (steps["at_risk"] * (steps["at_risk"] - steps["events"])))
        error = (survival * np.sqrt(greenwood))[steps["events"] > 0]
    np.testing.assert_allclose(error, of_rows.surv_prob_se, rtol=0, atol=CLOSED_FORM)


def _at_risk(found):
    by_day = found.assign(events=found["n"].where(found["event"], 0)).groupby("duration")[["n", "events"]].sum()
    return by_day.assign(at_risk=by_day["n"][::-1].cumsum()[::-1])


def test_shares_and_means_are_those_of_the_rows(durations):
    found, slow = durations
    done, rows = found[found["event"]], slow[slow["event"]]
    within = [frame["duration"] <= 5 for frame in (done, rows)]
    assert done.loc[within[0], "n"].sum() / done["n"].sum() == pytest.approx(within[1].mean(), abs=CLOSED_FORM)
    mean = np.average(done["duration"], weights=done["n"])
    assert mean == pytest.approx(rows["duration"].mean(), abs=CLOSED_FORM)


def test_a_poisson_rate_is_that_of_the_rows(durations):
    found, slow = durations
    by_cell = found.assign(days=found["n"] * (found["duration"] + 0.5), events=found["n"].where(found["event"], 0))
    by_cell = by_cell.groupby(["county", "case_type"], as_index=False)[["days", "events"]].sum()
    fits = [
        sm.GLM(events.to_numpy(float), _design(frame), sm.families.Poisson(), offset=np.log(days.to_numpy())).fit(
            tol=1e-12
        )
        for frame, events, days in (
            (by_cell, by_cell["events"], by_cell["days"]),
            (slow, slow["event"], slow["duration"] + 0.5),
        )
    ]
    np.testing.assert_allclose(fits[0].params, fits[1].params, rtol=0, atol=ITERATED)
    np.testing.assert_allclose(fits[0].bse, fits[1].bse, rtol=0, atol=ITERATED)


def test_a_discrete_hazard_is_that_of_the_rows(durations):
    link, fits = sm.families.links.CLogLog(), []
    for frame in durations:
        weights = frame["n"] if "n" in frame else pd.Series(1, index=frame.index)
        risk = frame.assign(n=weights)[["county", "case_type", "duration", "event", "n"]]
        risk = risk.loc[risk.index.repeat(np.minimum(risk["duration"], 15) + 1)]
        risk["day"] = risk.groupby(level=0).cumcount()
        risk["dies"] = risk["event"] & (risk["day"] == risk["duration"])
        design = _design(risk).assign(day=risk["day"].to_numpy(), square=risk["day"].to_numpy() ** 2 / 100)
        model = sm.GLM(
            risk["dies"].to_numpy(float), design, sm.families.Binomial(link), freq_weights=risk["n"].to_numpy()
        )
        fits.append(model.fit(tol=1e-12))
    np.testing.assert_allclose(fits[0].params, fits[1].params, rtol=0, atol=ITERATED)
    np.testing.assert_allclose(fits[0].bse, fits[1].bse, rtol=0, atol=ITERATED)


def _design(frame):
    columns = {f"county_{name}": frame["county"] == name for name in ("A", "B", "C")}
    columns["criminal"] = frame["case_type"] == "criminal"
    return pd.DataFrame({"one": 1.0, **columns}, index=frame.index).astype(float).reset_index(drop=True)


@pytest.mark.parametrize("answer", ["heard_of", "knows_free"])
def test_survey_means_and_their_errors_are_those_of_the_rows(register, answer):
    store, rows = register
    found, people = cells.survey_cells(store), rows["awareness_survey"]
    found = found[(found[answer] != MISSING) & found["weight"].notna()]
    people = people[people[answer].notna() & people["weight"].notna()]
    of_cells = _taylor(found, (found[answer] == "true").astype(float), found["n"])
    of_rows = _taylor(people, (people[answer] == True).astype(float), pd.Series(1, index=people.index))  # noqa: E712
    assert of_cells == pytest.approx(of_rows, abs=CLOSED_FORM)
    assert 0 < of_rows[1] < 1


def _taylor(frame, outcome, count):
    """Weighted mean and its linearised standard error by stratum and cluster."""
    weight = frame["weight"] * count
    mean = (weight * outcome).sum() / weight.sum()
    score = (weight * (outcome - mean) / weight.sum()).groupby([frame["stratum"], frame["psu"]]).sum()
    by_stratum = score.groupby(level=0)
    spread = score - by_stratum.transform("mean")
    clusters = by_stratum.transform("size")
    return mean, np.sqrt((clusters / (clusters - 1) * spread**2).sum())


def test_money_means_are_those_of_the_rows(register):
    store, rows = register
    found = cells.subsidy_cells(store).groupby("case_type")[["subsidy_fen", "n_subsidy_fen"]].sum()
    expected = rows["cases"].fillna({"case_type": MISSING}).groupby("case_type")["subsidy_cny"].mean()
    mean = found["subsidy_fen"] / found["n_subsidy_fen"] / 100
    np.testing.assert_allclose(mean.to_numpy(float), expected.to_numpy(), rtol=CLOSED_FORM)


@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 30))
def test_every_partition_adds_up_on_any_register(seed, n):
    with tempfile.TemporaryDirectory() as folder:
        write_register(Path(folder) / "s", seed=seed, n=n)
        with open_store(Path(folder) / "s") as store:
            for kind in cells.EVERY:
                if kind.covers == "rows":
                    assert kind.make(store)["n"].sum() == n
