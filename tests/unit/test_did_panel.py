"""Panels as people have them: kinds of periods, and what is wrong told with what to do."""

import datetime

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import did

COLUMNS = {"unit": "unit", "time": "time", "cohort": "cohort", "outcome": "outcome"}


def panel():
    rng = np.random.default_rng(3)
    starts = [4, 4, 6, None, None, None]
    rows = [(f"county {i}", t, start, rng.normal()) for i, start in enumerate(starts) for t in range(1, 9)]
    frame = pd.DataFrame(rows, columns=["unit", "time", "cohort", "outcome"])
    return frame.astype({"cohort": float})


KINDS = {
    "months": lambda t: pd.Period("2023-12", "M") + int(t),
    "text": lambda t: str(pd.Period("2023-12", "M") + int(t)),
    "days": lambda t: pd.Timestamp(2024, int(t), 1),
    "dates": lambda t: datetime.date(2024, int(t), 1),
    "half_years": lambda t: 2020 + int(t) / 2,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_period_does_not_matter(kind):
    plain = panel()
    frame = plain.assign(
        time=[KINDS[kind](t) for t in plain["time"]],
        cohort=[None if pd.isna(t) else KINDS[kind](t) for t in plain["cohort"]],
    )
    one, other = did.group_time_att(plain, **COLUMNS), did.group_time_att(frame, **COLUMNS)
    assert other.estimate == one.estimate
    assert list(other.aggregate("cohort")["term"])[1:] == [KINDS[kind](4), KINDS[kind](6)]
    assert did.imputation_att(frame, **COLUMNS).estimate == did.imputation_att(plain, **COLUMNS).estimate


def test_a_start_between_two_periods_counts_from_the_later_and_one_after_the_data_is_never():
    frame = panel()
    moved = frame.assign(cohort=frame["cohort"].replace({4.0: 3.5, np.nan: 99.0}))
    assert did.group_time_att(moved, **COLUMNS).estimate == did.group_time_att(frame, **COLUMNS).estimate


def drop(frame):
    return frame.drop(index=[5, 9])


def twice(frame):
    return pd.concat([frame, frame.iloc[[3]]])


BAD = {
    "missing cells": (drop, "missing cells: county 0 in 6, county 1 in 2; .* drop the unit"),
    "doubled cell": (twice, "doubled cells: county 0 in 4"),
    "no rows": (lambda f: f.iloc[:0], "without rows"),
    "absent column": (lambda f: f.drop(columns="outcome"), "no column outcome"),
    "missing outcome": (lambda f: f.assign(outcome=f["outcome"].mask(f.index == 2)), "1 values in 'outcome'.*row 2"),
    "text in outcome": (lambda f: f.assign(outcome=f["outcome"].astype(object).mask(f.index == 2, "12件")), "row 2"),
    "infinite outcome": (lambda f: f.assign(outcome=f["outcome"].mask(f.index == 2, np.inf)), "row 2"),
    "missing period": (lambda f: f.assign(time=f["time"].mask(f.index == 7)), "1 rows without 'time'"),
    "missing unit": (lambda f: f.assign(unit=f["unit"].mask(f.index == 7)), "1 rows without 'unit'"),
    "zero for never": (lambda f: f.assign(cohort=f["cohort"].fillna(0)), "replace 0 by NaN"),
    "two starts": (
        lambda f: f.assign(cohort=f["cohort"].mask(f.index == 0, 7)),
        "several values of 'cohort'.*county 0",
    ),
    "text beside numbers": (lambda f: f.assign(cohort="2024-03"), "of another kind"),
    "number beside text": (lambda f: f.assign(time="2024-0" + f["time"].astype(str)), "of another kind"),
    "uneven text": (lambda f: f.assign(time="2024-" + (f["time"] + 5).astype(str), cohort=None), "several lengths"),
    "day beside text": (
        lambda f: f.assign(time="2024-0" + f["time"].astype(str), cohort=pd.Timestamp(2024, 3, 15)),
        "of another kind",
    ),
    "quarter beside month": (
        lambda f: f.assign(time=f["time"].map(KINDS["months"]), cohort=pd.Period("2024Q2")),
        "of another kind",
    ),
    "mixed periods": (lambda f: f.assign(time=f["time"].astype(object).mask(f.index == 1, "x")), "several kinds"),
    "nobody treated": (lambda f: f.assign(cohort=np.nan), "no unit whose treatment starts"),
    "always treated only": (
        lambda f: f.assign(cohort=f["cohort"].mask(f["cohort"] > 0, 1)),
        "3 units are treated from",
    ),
    "not a frame": (lambda f: f.to_numpy(), "found a ndarray"),
}


@pytest.mark.parametrize("estimate", [did.group_time_att, did.imputation_att])
@pytest.mark.parametrize("case", BAD)
def test_bad_panels_are_refused_with_what_was_found(case, estimate):
    spoil, message = BAD[case]
    with pytest.raises(UsageError, match=message):
        estimate(spoil(panel()), **COLUMNS)


def everyone_treated(frame):
    return frame.assign(cohort=frame["cohort"].fillna(8))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: did.group_time_att(everyone_treated(f), **COLUMNS), "use control='not_yet_treated'"),
        (lambda f: did.imputation_att(everyone_treated(f), **COLUMNS), "no untreated unit in 8"),
        (lambda f: did.group_time_att(f, control="never", **COLUMNS), "found control='never'; expected one of"),
        (lambda f: did.group_time_att(f, base="g-1", **COLUMNS), "found base='g-1'"),
        (lambda f: did.imputation_att(f, inference="influence", **COLUMNS), "found inference='influence'"),
        (lambda f: did.group_time_att(f, conf_level=95, **COLUMNS), "conf_level 95"),
        (lambda f: did.group_time_att(f, anticipation=-1, **COLUMNS), "anticipation=-1"),
        (lambda f: did.group_time_att(f, anticipation=7, **COLUMNS), "no unit whose treatment starts"),
        (lambda f: did.group_time_att(f, cluster="unit", inference="cr2", **COLUMNS), "found a cluster with"),
        (lambda f: did.group_time_att(f, **COLUMNS).aggregate("dynamic"), "found kind='dynamic'"),
        (lambda f: did.imputation_att(f, **COLUMNS).aggregate("event_time", bin=0), "bin=0"),
        (lambda f: did.imputation_att(f, **COLUMNS).aggregate("cohort", bin=3), "bins with kind='event_time' only"),
        (lambda f: did.imputation_att(f.assign(n=0), weight="n", **COLUMNS), "expected weights above zero"),
        (lambda f: did.imputation_att(f.assign(v=-1.0), variance="v", **COLUMNS), "variances of at least zero"),
        (lambda f: did.two_way_effect(f, unit="unit", time="time", outcome="outcome"), "both or neither"),
        (lambda f: did.two_way_effect(f[f["time"] > 6], **COLUMNS), "explain wholly"),
        (lambda f: did.two_way_effect(f.assign(k=1), cluster="k", **COLUMNS), "found one cluster"),
        (lambda f: did.two_way_effect(f.assign(time=(f["time"] + 5).astype(str)), **COLUMNS), "several lengths"),
        (lambda f: did.bacon_shares(f.assign(cohort=np.nan), **COLUMNS), "no two groups"),
    ],
)
def test_wrong_use_is_told_with_what_to_do(call, message):
    with pytest.raises(UsageError, match=message):
        call(panel())


def test_the_two_way_coefficient_warns_of_several_starts_with_weights_too():
    frame = panel().assign(weight=2.0)
    effect = did.two_way_effect(frame, weight="weight", **COLUMNS)
    assert (effect.warning, effect.bacon) == ("already_treated_as_controls", None)
    one_start = frame[frame["cohort"] != 6]
    assert did.two_way_effect(one_start, weight="weight", **COLUMNS).warning is None


def test_without_controls_enough_the_interval_is_not_evaluable():
    frame = panel()
    few = frame[~frame["unit"].isin(["county 3", "county 4"])]
    estimate = did.imputation_att(few, **COLUMNS).estimate
    assert np.isfinite(estimate.estimate)
    assert np.isnan([estimate.std_error, estimate.ci_low, estimate.ci_high]).all()
