"""The truth is the truth: both potential outcomes of a seed, written as whole stores that differ in one reform, and
counted from their tables by other means, give what truth.yaml says.

Working days are counted here day by day from the holiday notices, means and ratios with pandas. The stores reach past
2025, so that no duration is cut off; outcomes of ended cases count those closed by the day the data of the city end.
"""

from datetime import date
from pathlib import Path

import chinese_calendar
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from legalaid_eval.register.simulate import simulate

SEEDS = (2025, 7, 20190101)
SCALE = 0.4
LATER = date(2028, 12, 31)
END = pd.Timestamp("2025-12-31")
DAYS = pd.date_range("2019-01-01", "2026-12-31")
WORKED = {day: chinese_calendar.is_workday(day.date()) for day in DAYS}
LABOUR = ["labour_pay", "work_injury"]


def working_days(start: pd.Series, end: pd.Series) -> pd.Series:
    """Working days in (start, end], by walking from day to day."""
    gone, total = {}, 0
    for day in DAYS:
        total += WORKED[day]
        gone[day] = total
    return end.map(gone) - start.map(gone)


def read(store: Path, name: str) -> pd.DataFrame:
    return pq.read_table(sorted((store / name).glob("*.parquet"))).to_pandas(date_as_object=False)


def groups(cases: pd.DataFrame) -> pd.Series:
    held = cases.recipient_groups.fillna("").str.split("|")
    free = held.map(lambda names: bool({"veteran", "platform_worker"} & set(names)))
    migrant = held.map(lambda names: "migrant_worker" in names) & cases.matter.isin(LABOUR)
    return cases.applied_on.notna() & (free | migrant)


class Tables:
    """One world, read back from its store, with what the outcomes need."""

    def __init__(self, store: Path) -> None:
        cases = read(store, "cases")
        cases["start"] = cases.applied_on.fillna(cases.notice_on)
        self.applied = cases[cases.applied_on.notna()].copy()
        self.applied["elapsed"] = working_days(self.applied.applied_on, self.applied.decided_on)
        self.applied["favoured"] = groups(self.applied)
        self.granted = self.applied[self.applied.decision == "granted"].copy()
        assigned = self.granted.assigned_on
        self.granted["to_assigned"] = working_days(self.granted.applied_on, assigned)
        self.granted["after_decision"] = working_days(self.granted.decided_on, assigned)
        self.cases = cases
        self.closed = cases[cases.closed_on <= END].copy()
        self.calls = read(store, "callbacks").merge(self.closed[["case_no", "county", "closed_on"]], on="case_no")
        self.closed["called"] = self.closed.case_no.isin(self.calls.case_no)
        self.survey = read(store, "awareness_survey")
        self.duty = read(store, "duty_roster")
        self.talks = read(store, "consultations")
        self.events = read(store, "outreach_events")


def _clear(tables: Tables) -> pd.DataFrame:
    classes = {"satisfied": 1.0, "basically_satisfied": 1.0, "dissatisfied": 0.0}
    return tables.calls.assign(value=tables.calls.answer_class.map(classes)).dropna(subset="value")


def _labour(tables: Tables) -> pd.DataFrame:
    rows = tables.cases[(tables.cases.decision == "granted") & tables.cases.matter.isin(LABOUR)]
    end = rows.closed_on.fillna(rows.terminated_on)
    return rows.assign(value=(end - rows.assigned_on).dt.days.clip(upper=180))


def _filed(tables: Tables) -> pd.DataFrame:
    rows = tables.closed[tables.closed.archived_on >= tables.closed.closed_on]
    return rows.assign(value=(rows.archived_on - rows.closed_on).dt.days <= 30)


def _events_named(name: str):
    return lambda t: t.survey.assign(value=t.survey[name])


# Per outcome: rows with a `value`, and the column with the day they are counted by.
MEASURES = {
    "decision_rmst": (lambda t: t.applied.assign(value=t.applied.elapsed.clip(upper=15)), "start"),
    "priority_decision_rmst": (
        lambda t: t.applied[t.applied.favoured].assign(value=t.applied.elapsed.clip(upper=15)),
        "start",
    ),
    "decided_same_day": (lambda t: t.applied.assign(value=t.applied.elapsed <= 0), "start"),
    "decided_within_1": (lambda t: t.applied.assign(value=t.applied.elapsed <= 1), "start"),
    "assigned_same_day": (lambda t: t.granted.assign(value=t.granted.to_assigned <= 0), "start"),
    "application_assignment_rmst": (lambda t: t.granted.assign(value=t.granted.to_assigned.clip(upper=15)), "start"),
    "assignment_rmst": (
        lambda t: t.granted[~t.granted.aid_first].assign(value=t.granted.after_decision.clip(upper=10)),
        "start",
    ),
    "online_share": (lambda t: t.applied.assign(value=t.applied.channel.isin(["web", "miniprogram"])), "start"),
    "priority_share": (lambda t: t.applied.assign(value=t.applied.priority), "start"),
    "aid_first_share": (lambda t: t.applied.assign(value=t.applied.aid_first), "start"),
    "waived_share": (
        lambda t: t.applied.dropna(subset="means_test").assign(value=lambda rows: rows.means_test == "waived"),
        "start",
    ),
    "commitment_share": (lambda t: t.applied.assign(value=t.applied.commitment), "start"),
    "supplement_share": (lambda t: t.applied.assign(value=t.applied.supplement_days > 0), "start"),
    "visits_mean": (lambda t: t.applied.assign(value=t.applied.visits), "start"),
    "labour_close_rmst": (_labour, "start"),
    "labour_recovered": (
        lambda t: t.closed[t.closed.matter.isin(LABOUR)].assign(value=t.closed.loss_recovered_cny.fillna(0)),
        "closed_on",
    ),
    "excellent_share": (
        lambda t: t.closed.dropna(subset="grade").assign(value=lambda rows: rows.grade == "excellent"),
        "closed_on",
    ),
    "subsidy_mean": (lambda t: t.closed.assign(value=t.closed.subsidy_cny), "closed_on"),
    "archived_within_30": (_filed, "closed_on"),
    "called_back_share": (lambda t: t.closed.assign(value=t.closed.called), "closed_on"),
    "satisfied_share": (_clear, "closed_on"),
    "heard_of": (_events_named("heard_of"), "surveyed_on"),
    "knows_where": (_events_named("knows_where"), "surveyed_on"),
    "duty_attended": (lambda t: t.duty.assign(value=t.duty.attended), "duty_on"),
    "applications": (lambda t: t.applied, "start"),
    "labour_applications": (lambda t: t.applied[t.applied.matter.isin(LABOUR)], "start"),
    "priority_applications": (lambda t: t.applied[t.applied.favoured], "start"),
    "criminal_cases": (lambda t: t.cases[t.cases.matter == "criminal"], "start"),
    "consultations": (lambda t: t.talks, "consulted_on"),
    "outreach_sessions": (lambda t: t.events, "held_on"),
}
FACTORS = {"percentage_point": 100}


def cells(rows: pd.DataFrame, day: str, since: dict[str, str]) -> pd.DataFrame:
    """Sum of weights and weighted mean by treated county and month."""
    month = rows[day].dt.to_period("M")
    first = rows.county.map({county: pd.Period(start[:7], "M") for county, start in since.items()})
    rows = rows.assign(month=month, weight=rows.get("weight", 1.0))[first.notna() & (month >= first)]
    rows["sum"] = rows.weight * rows.get("value", pd.Series(1.0, rows.index)).astype(float)
    found = rows.groupby(["county", "month"])[["weight", "sum"]].sum()
    return found.assign(mean=found["sum"] / found.weight)


def effect(name: str, unit: str, one: Tables, other: Tables, since: dict[str, str]) -> float:
    measure, day = MEASURES[name]
    with_, without = cells(measure(one), day, since), cells(measure(other), day, since)
    if unit == "rate_ratio":
        return with_.weight.sum() / without.weight.sum()
    both = with_.join(without.add_suffix("_0"), how="inner")
    return np.average(both["mean"] - both.mean_0, weights=both.weight) * FACTORS.get(unit, 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_both_potential_outcomes_give_the_truth(seed, tmp_path):
    truth = simulate(tmp_path / "city", seed=seed, scale=SCALE)
    assert truth == yaml.safe_load((tmp_path / "city" / "truth.yaml").read_text(encoding="utf-8"))
    simulate(tmp_path / "later", seed=seed, scale=SCALE, data_as_of=LATER)
    fact = Tables(tmp_path / "later")
    checked = set()
    for kind, reform in truth["reforms"].items():
        simulate(tmp_path / "other", seed=seed, scale=SCALE, data_as_of=LATER, without=[kind])
        other = Tables(tmp_path / "other")
        for name, said in reform["estimands"].items():
            found = effect(name, said["unit"], fact, other, reform["counties"])
            assert found == pytest.approx(said["value"], rel=1e-5, abs=1e-6), (kind, name)
            checked.add(name)
    assert checked == set(MEASURES)


@pytest.mark.parametrize("pair", range(2))
def test_the_joint_effect_of_a_confounded_pair(pair, tmp_path):
    truth = simulate(tmp_path / "city", seed=11, scale=0.2)
    found = [held for held in truth["confounded"] if "decision_rmst" in held["together"]][pair]
    simulate(tmp_path / "later", seed=11, scale=0.2, data_as_of=LATER)
    simulate(tmp_path / "other", seed=11, scale=0.2, data_as_of=LATER, without=found["reforms"])
    first = [truth["reforms"][kind]["counties"] for kind in found["reforms"]]
    since = {county: min(held[county] for held in first if county in held) for county in {**first[0], **first[1]}}
    value = effect("decision_rmst", "working_day", Tables(tmp_path / "later"), Tables(tmp_path / "other"), since)
    assert value == pytest.approx(found["together"]["decision_rmst"]["value"], rel=1e-5)


def test_a_reform_alone_against_a_city_without_any(tmp_path):
    truth = simulate(tmp_path / "city", seed=3, scale=SCALE, reform="one_day_review")["reforms"]["one_day_review"]
    simulate(tmp_path / "later", seed=3, scale=SCALE, reform="one_day_review", data_as_of=LATER)
    simulate(tmp_path / "none", seed=3, scale=SCALE, reform="none", data_as_of=LATER)
    one, other = Tables(tmp_path / "later"), Tables(tmp_path / "none")
    assert len(one.cases) == len(other.cases)
    for name, said in truth["estimands"].items():
        assert effect(name, said["unit"], one, other, truth["counties"]) == pytest.approx(said["value"], rel=1e-5)
