"""Awareness from cells is awareness from rows: plain loops over respondents of random surveys with every gap."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, awareness_survey, with_design
from legalaid_eval.chapters.awareness_panels import (
    SAME_SHIFT,
    awareness_companions,
    awareness_panels,
    first_treated_waves,
)
from legalaid_eval.chapters.awareness_waves import awareness_by, awareness_changes, pooled_counties
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import survey as sample
from legalaid_eval.indicators.outreach import AwarenessMeasure
from legalaid_eval.register.store import StoreWriter, open_store

HEARD = (AwarenessMeasure("heard_of", "OA03"),)
MONTHS = {1: "2022-05", 2: "2022-11", 3: "2023-05", 4: "2023-11"}
COUNTIES = ("A", "B", "C")


def respondents(seed, *, size=8, counties=COUNTIES, gaps=True, wordings=False):
    """Three townships in two strata of each county, most asked in every wave; some answers and weights missing."""
    rng = np.random.default_rng(seed)
    rows = []
    for wave, county, town in ((w, c, t) for w in MONTHS for c in counties for t in range(4)):
        if gaps and rng.random() < 0.1:
            continue
        for _ in range(rng.integers(2, size)):
            heard = None if gaps and rng.random() < 0.1 else bool(rng.random() < 0.5 + 0.1 * (town % 2))
            rows.append((wave, county, f"{county}{town}", f"{county}-s{town // 2}", heard))
    frame = pd.DataFrame(rows, columns=["wave", "county", "psu", "stratum", "heard_of"])
    n = len(frame)
    weight = rng.choice([1.0, 2.5, 4.0], n)
    asked = np.where(frame["wave"] > 3, "unprompted", np.where((frame["wave"] == 3) & (rng.random(n) < 0.5), "un", ""))
    frame = frame.assign(
        weight=np.where(rng.random(n) < 0.05, np.nan, weight) if gaps else weight,
        segment=rng.choice(["elderly", "woman"], n),
        wording=np.where(asked != "", "unprompted", "prompted") if wordings else "prompted",
        mode="phone",
        town=frame["psu"],
        respondent_id=[f"r{i}" for i in range(n)],
        surveyed_on=pd.to_datetime(frame["wave"].map(MONTHS) + "-03"),
    )
    known = dict.fromkeys(("knows_free", "knows_who", "knows_where"), frame["heard_of"])
    return frame.assign(**known)


def surveyed(frame, *, min_cell=1) -> AwarenessSurvey:
    with tempfile.TemporaryDirectory() as folder:
        with StoreWriter(Path(folder) / "s", simulated=True, data_as_of=date(2024, 1, 1)) as writer:
            writer.append("awareness_survey", {name: frame[name].to_numpy() for name in frame})
        with open_store(Path(folder) / "s") as store:
            return awareness_survey(store, min_cell=min_cell)


def numbers(frame):
    """Rows with an answer as a number and a whole design, as a loop over respondents would have them."""
    known = frame[frame["weight"].notna()]
    return known.assign(said=[np.nan if answer is None else float(answer) for answer in known["heard_of"]])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), by=st.sampled_from(["", "county", "segment"]))
def test_estimates_from_cells_are_those_of_the_rows(seed, by):
    frame = respondents(seed)
    found = awareness_by(surveyed(frame), by=by, measures=HEARD)
    rows = numbers(frame)
    for wave, asked in rows.groupby("wave"):
        domain = asked[by].where(asked["said"].notna()) if by else asked["said"].notna().map({True: "all"})
        direct = sample.by_domain(
            asked.assign(domain=domain, said=asked["said"].fillna(0)),
            domain="domain", outcome="said", weight="weight", stratum="stratum", psu="psu", lonely="adjust",
        )  # fmt: skip
        own = found[found["wave"] == wave].set_index("value")
        for label, one in zip(direct.labels, direct.estimates, strict=True):
            told = own.loc[label, ["estimate", "std_error", "ci_low", "ci_high"]].astype(float).to_list()
            wanted = [one.estimate, one.std_error, one.ci_low, one.ci_high]
            np.testing.assert_allclose(told, wanted, atol=1e-9)


def taylor_of_change(rows, first, last):
    """Variance of the difference of two ratio means, one linearised total per cluster over both waves."""
    parts, totals = {}, {}
    for wave in (first, last):
        asked = rows[(rows["wave"] == wave) & rows["said"].notna()]
        parts[wave] = (np.average(asked["said"], weights=asked["weight"]), asked["weight"].sum())
    for row in rows[rows["wave"].isin((first, last))].itertuples():
        mean, size = parts[row.wave]
        added = 0.0 if np.isnan(row.said) else row.weight * (row.said - mean) / size
        key = (row.stratum, row.psu)
        totals[key] = totals.get(key, 0.0) + (added if row.wave == last else -added)
    variance = 0.0
    for stratum in {key[0] for key in totals}:
        own = np.array([total for key, total in totals.items() if key[0] == stratum])
        variance += len(own) / (len(own) - 1) * ((own - own.mean()) ** 2).sum()
    return variance


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_change_of_a_panel_of_townships_has_the_taylor_error_of_the_difference(seed):
    frame = respondents(seed, gaps=False)
    rows = numbers(frame)
    change = awareness_changes(surveyed(frame), measures=HEARD).iloc[0]
    assert (change["first"], change["last"]) == (1, 4)
    assert change["std_error"] == pytest.approx(100 * taylor_of_change(rows, 1, 4) ** 0.5)
    panel = awareness_panels(surveyed(frame), "heard_of")[0].panel
    for county in COUNTIES:
        own = rows[rows["county"] == county]
        matrix = panel.covariance.loc[county].loc[list(MONTHS.values()), list(MONTHS.values())].to_numpy()
        contrast = np.array([-1.0, 0, 0, 1])
        assert contrast @ matrix @ contrast == pytest.approx(1e4 * taylor_of_change(own, 1, 4))
        assert np.linalg.eigvalsh(matrix).min() > -1e-6
        cell = panel.frame[(panel.frame["place"] == county) & (panel.frame["month"] == "2022-11")].iloc[0]
        asked = own[own["wave"] == 2]
        assert cell["value"] == pytest.approx(100 * np.average(asked["said"], weights=asked["weight"]))
        assert cell["variance"] == pytest.approx(matrix[1, 1])
    assert panel.frame["n"].sum() == pytest.approx(len(frame))


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), clustered=st.booleans())
def test_variances_of_waves_are_those_of_each_wave_alone(seed, clustered):
    """With clusters that come and go, strata of one cluster, and without clusters."""
    rows = numbers(respondents(seed))
    design = {"weight": "weight", "stratum": "stratum"} | ({"psu": "psu"} if clustered else {})
    means = sample.wave_means(rows.sample(frac=1, random_state=0), outcome="said", wave="wave", unit="county", **design)
    for at, wave in enumerate(means.waves):
        for place, county in enumerate(means.units):
            own = rows[(rows["wave"] == wave) & (rows["county"] == county)]
            answered = own["said"].notna()
            domain = answered.map({True: "all"})
            if (
                not answered.any()
                or own.groupby("stratum")["psu" if clustered else "respondent_id"].nunique().min() < 2
            ):
                continue
            direct = sample.by_domain(
                own.assign(domain=domain, said=own["said"].fillna(0)),
                domain="domain", outcome="said", statistic="mean", **design,
            )["all"]  # fmt: skip
            assert means.mean[place, at] == pytest.approx(direct.estimate)
            assert means.n[place, at] == direct.n
            if np.isfinite(direct.std_error):
                assert means.covariance[place, at, at] == pytest.approx(direct.std_error**2, abs=1e-12)


def test_waves_of_different_wording_are_joined_by_a_stated_bridge_only():
    frame = respondents(5, size=30, gaps=False, wordings=True)
    survey = surveyed(frame)
    apart = awareness_panels(survey, "heard_of")
    assert [(one.wordings, tuple(one.waves)) for one in apart] == [
        (("prompted",), (1, 2, 3)),
        (("unprompted",), (3, 4)),
    ]
    assert {(row.wording, row.first, row.last) for row in awareness_changes(survey).itertuples()} == {
        ("prompted", 1, 3),
        ("unprompted", 3, 4),
    }
    (joined,) = awareness_panels(survey, "heard_of", bridge=SAME_SHIFT)
    assert tuple(joined.waves) == (1, 2, 3, 4) and joined.bridge == SAME_SHIFT
    rows = numbers(frame)
    third = rows[rows["wave"] == 3]
    share = third.groupby("wording")["weight"].sum() / third["weight"].sum()
    for county, own in third.groupby("county"):
        means = {w: np.average(part["said"], weights=part["weight"]) for w, part in own.groupby("wording")}
        cell = joined.panel.frame.set_index(["place", "month"]).loc[county, "2023-05"]
        assert cell["value"] == pytest.approx(100 * sum(share[w] * mean for w, mean in means.items()))
    with pytest.raises(UsageError, match="expected one of: same_shift"):
        awareness_panels(survey, "heard_of", bridge="any")
    with pytest.raises(UsageError, match="found item"):
        awareness_panels(survey, "fame")


def test_a_campaign_between_two_waves_is_first_seen_in_the_second():
    panel = awareness_panels(surveyed(respondents(1, gaps=False)), "heard_of")[0].panel
    starts = {"A": "2022-06", "B": "2022-11", "C": "2023-12", "D": "2020-01"}
    assert first_treated_waves(starts, panel) == {"A": "2022-11", "B": "2022-11", "D": "2022-05"}
    assert panel.period == "half_year" and panel.outcome.relevant == 5


def test_uneven_and_single_waves_have_no_panel():
    frame = respondents(2, gaps=False)
    assert awareness_panels(surveyed(frame[frame["wave"] != 2]), "heard_of")[0].reason == "waves_not_even"
    assert awareness_panels(surveyed(frame[frame["wave"] == 2]), "heard_of")[0].reason == "single_wave"
    found = awareness_panels(surveyed(frame[frame["wave"].isin((1, 3))]), "heard_of")[0]
    assert found.panel.period == "year"
    assert set(awareness_companions(surveyed(frame), found).groups) == set()  # its waves are not theirs


def test_a_wave_without_a_design_is_a_plain_share_and_said_to_be():
    frame = respondents(3, gaps=False, size=20).assign(weight=np.nan, stratum=None, psu=None)
    found = awareness_by(surveyed(frame), measures=HEARD)
    assert found["notes"].tolist() == [("no_weight", "no_stratum", "no_psu")] * 4
    for row in found.itertuples():
        own = frame[frame["wave"] == row.wave]["heard_of"]
        plain = sample.proportion_interval(int(own.sum()), len(own))
        assert (row.estimate, row.ci_low, row.ci_high) == (plain.estimate, plain.ci_low, plain.ci_high)
    assert with_design(surveyed(frame).answers)[1].columns == {}


def test_small_bases_are_hidden_and_counties_are_drawn_together():
    frame = respondents(4, gaps=False, size=20, counties=tuple("ABCDEF"))
    few = (frame["county"] == "A") & (frame["wave"] == 1)
    frame = frame[~few | (frame.groupby(few).cumcount() < 3)]
    found = awareness_by(surveyed(frame, min_cell=5), by="county", measures=HEARD)
    hidden = found[(found["value"] == "A") & (found["wave"] == 1)].iloc[0]
    assert hidden["status"] == "suppressed"
    assert hidden[["estimate", "n", "answered", "n_clusters"]].isna().all()
    pooled = pooled_counties(found)
    assert len(pooled) == (found["status"] == "ok").sum() and (pooled["effective_n"] <= pooled["n"] + 5).all()
    for _, wave in pooled.groupby("wave"):
        assert np.ptp(wave["pooled"]) < np.ptp(wave["estimate"])
        assert (wave["pooled_high"] - wave["pooled_low"] > 0).all()
