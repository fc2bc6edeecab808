"""Awareness as the survey has it: by wave, segment and county, what the wording does, the claim, the next survey.

aware = awareness_of(told)                 # outreach_findings.told_of(params)
aware.last["estimate"], aware.claim        # 71.5, "contradicted"
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, bases, told_base, with_design
from legalaid_eval.chapters.awareness_plan import NO_SURVEY, AwarenessPlan, plan_of
from legalaid_eval.chapters.awareness_waves import (
    COLUMNS,
    NOT_EVALUABLE,
    OK,
    awareness_by,
    awareness_changes,
    pooled_counties,
)
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.estimators import survey as sample
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.outreach import AWARENESS, HEADLINE, AwarenessMeasure

SUPPORTED, CONTRADICTED, NOT_ESTABLISHED = "supported", "contradicted", "not_established"
CLAIMS = (SUPPORTED, CONTRADICTED, NOT_ESTABLISHED, NO_SURVEY)
CEILING, MARGIN = 95.0, 2.0
NEAR_CEILING = CEILING - MARGIN
"""From this percentage on awareness counts as near its ceiling: what a sample of usual size is off by reaches 95."""
BRIDGE = "item unit wave month wording against estimate std_error ci_low ci_high n n_clusters status".split()
MODES = ["wave", "wording", "mode", "n", "share"]


@dataclass(frozen=True, eq=False, slots=True)
class Awareness:
    """What a survey says of a place up to the end of the period.

    survey: of the place alone, waves that began in the period or before. months, days: wave -> month of the first
    interview, and first and last day; None and the period where no day is recorded. whole, by_segment, by_county:
    `awareness_by`. pooled: `pooled_counties`; it and by_county are empty where no counties are told apart. changes:
    `awareness_changes`. last: the row of HEADLINE in the last wave, of the wording asked of most; None without a
    survey. bridge: frame BRIDGE, where a wave was asked in several wordings, each less the oldest. modes: frame MODES,
    interviews as told and in whole percent of the wave's. claim: one of CLAIMS. plan: for the next survey.
    """

    told: Told
    survey: AwarenessSurvey
    months: Mapping[int, str | None]
    days: Mapping[int, tuple[date, date]]
    whole: pd.DataFrame
    by_segment: pd.DataFrame
    by_county: pd.DataFrame
    pooled: pd.DataFrame
    changes: pd.DataFrame
    last: pd.Series | None
    bridge: pd.DataFrame
    modes: pd.DataFrame
    claim: str
    plan: AwarenessPlan

    @property
    def room(self) -> float | None:
        """Percentage points that are left to gain; None where the last share is not known."""
        return None if self.last is None or pd.isna(self.last["estimate"]) else 100 - float(self.last["estimate"])

    @property
    def ceiling(self) -> bool:
        """Whether so many have heard of it that further outreach can hardly show in their share."""
        return self.room is not None and self.room <= 100 - NEAR_CEILING

    @property
    def outdated(self) -> bool:
        """Whether the last wave was over before the period began."""
        return self.last is not None and self.days[self.last["wave"]][1] < self.told.params.period_start

    @property
    def wordings(self) -> tuple[str, ...]:
        """From the oldest to the newest."""
        return wordings_of(self.survey.answers)

    def latest(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of the last wave in its wording."""
        if self.last is None:
            return frame.iloc[:0]
        return frame[(frame["wave"] == self.last["wave"]) & (frame["wording"] == self.last["wording"])]


def awareness_of(told: Told) -> Awareness:
    """Everything at once; a store without a survey gives empty frames and the claim NO_SURVEY."""
    survey, level = surveyed(told), told.params.conf_level
    whole = awareness_by(survey, conf_level=level)
    by_county = pd.DataFrame(columns=COLUMNS)
    if told.places:
        by_county = awareness_by(survey, by="county", conf_level=level)
        by_county = by_county[by_county["value"].isin(told.places)]
    last = last_of(survey, whole)
    claim = float(told.params.awareness_claim)
    return Awareness(
        told=told,
        survey=survey,
        months={wave: None if pd.isna(month) else month for wave, month in _columns(survey.waves, "month")},
        days=wave_days(survey.waves, (told.params.period_start, told.params.period_end)),
        whole=whole,
        by_segment=awareness_by(survey, by="segment", conf_level=level),
        by_county=by_county,
        pooled=pooled_counties(by_county, conf_level=level),
        changes=awareness_changes(survey, conf_level=level),
        last=last,
        bridge=pd.DataFrame(wording_differences(survey, conf_level=level), columns=BRIDGE),
        modes=mode_shares(survey),
        claim=judged(last, claim),
        plan=plan_of(survey, last, claim=claim, conf_level=level),
    )


def surveyed(told: Told) -> AwarenessSurvey:
    """The survey of the place."""
    survey, answers = told.seen.survey, told.seen.survey.answers
    if told.surveyed is not None:
        answers = answers[answers["county"].isin(told.surveyed)]
    return replace(survey, answers=answers, waves=survey.waves[survey.waves["wave"].isin(answers["wave"])])


def wave_days(waves: pd.DataFrame, otherwise: tuple[date, date]) -> dict[int, tuple[date, date]]:
    """Wave -> first and last day of its interviews."""
    found = {}
    for wave, *ends in _columns(waves, "first_on", "last_on"):
        known = not any(pd.isna(end) for end in ends)
        found[wave] = tuple(pd.Timestamp(end).date() for end in ends) if known else otherwise
    return found


def _columns(waves: pd.DataFrame, *names: str) -> Iterator[tuple]:
    return waves[["wave", *names]].itertuples(index=False, name=None)


def wordings_of(answers: pd.DataFrame) -> tuple[str, ...]:
    """Wordings from the oldest to the newest."""
    waves = answers.groupby("wording")["wave"].agg(["min", "max"]).reset_index()
    return tuple(waves.sort_values(["min", "max", "wording"])["wording"])


def last_of(survey: AwarenessSurvey, whole: pd.DataFrame) -> pd.Series | None:
    """The row of HEADLINE in the last wave, of the wording that was asked of most."""
    rows = whole[(whole["item"] == HEADLINE) & (whole["wave"] == whole["wave"].max())]
    if rows.empty:
        return None
    answers = survey.answers
    asked = answers[answers["wave"] == rows["wave"].iloc[0]].groupby("wording")["n"].sum()
    return rows[rows["wording"] == asked.idxmax()].iloc[0]


def judged(last: pd.Series | None, claim: float) -> str:
    """Whether the last wave's interval lies above the claimed percentage, below it, or neither."""
    if last is None:
        return NO_SURVEY
    low, high = (np.nan if pd.isna(last[end]) else float(last[end]) for end in ("ci_low", "ci_high"))
    return SUPPORTED if low > claim else CONTRADICTED if high < claim else NOT_ESTABLISHED


def mode_shares(survey: AwarenessSurvey) -> pd.DataFrame:
    """Frame MODES: interviews by mode as they may be told, and the whole percent of the wave's that they are."""
    found = bases(survey, by="mode").merge(bases(survey).rename(columns={"n": "whole"}), on=["wave", "wording"])
    share = (100 * found["n"].astype("Float64") / found["whole"].astype("Float64")).round()
    return found.assign(share=share.clip(upper=100).astype("Int64"))[MODES]


def wording_differences(survey: AwarenessSurvey, *, conf_level: float) -> Iterator[tuple[object, ...]]:
    """Rows of BRIDGE: in waves of several wordings, what each finds less what the oldest finds.

    In percentage points, depth in its score. Both halves were asked in the same clusters, whose errors hang together:
    the covariance of two "waves" of `wave_means` is that of the two wordings. What is seen is the wording alone if
    chance decided who was asked which.
    """
    months, order = survey.waves.set_index("wave")["month"], wordings_of(survey.answers)
    for wave, asked in survey.answers.groupby("wave"):
        number = asked.groupby("wording")["n"].sum()
        shown = [wording for wording in order if number.get(wording, 0) >= survey.min_cell]
        if len(shown) < 2:
            continue
        usable, design = with_design(asked[asked["wording"].isin(shown)])
        for measure in AWARENESS:
            means = sample.wave_means(usable, outcome=measure.key, wave="wording", count="n", **design.columns)
            answered = dict(zip(means.waves, means.n[0] >= survey.min_cell, strict=True)) if len(means.n) else {}
            for wording in shown[1:]:
                if answered.get(shown[0]) and answered.get(wording):
                    found = means.change("all", shown[0], wording, conf_level=conf_level)
                    base = told_base(int(number[shown[0]] + number[wording]), min_cell=survey.min_cell)
                    yield _difference(measure, (wave, months.get(wave), wording, shown[0]), found, base)


def _difference(
    measure: AwarenessMeasure, which: tuple[object, ...], found: Estimate, base: int | None
) -> tuple[object, ...]:
    share = measure.unit == "percent"
    numbers = [(100 if share else 1) * one for one in (found.estimate, found.std_error, found.ci_low, found.ci_high)]
    status = OK if np.isfinite(numbers[1]) else NOT_EVALUABLE
    unit = "percentage_point" if share else measure.unit
    return (measure.key, unit, *which, *numbers, base, found.n_clusters, status)
