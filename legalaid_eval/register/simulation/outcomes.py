"""What a reform may change, as a mean or a count of cases; which of them each reform is judged by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import Chunk, blank_means, faulty_archive
from legalaid_eval.register.simulation.course import GRANTED
from legalaid_eval.register.simulation.intake import CRIMINAL, LABOUR, MINI, WAIVED, WEB
from legalaid_eval.register.simulation.quality import BASIC, DISSATISFIED, SATISFIED

Measure = Callable[[Chunk], tuple[np.ndarray, np.ndarray]]
HORIZON, ASSIGN_HORIZON, CLOSE_HORIZON, FILE_DAYS = 15, 10, 180, 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """`measure` gives values and which cases they are of; `ended` counts by the month the case was closed in."""

    name: str
    unit: str
    meaning: str
    measure: Measure
    ended: bool = False
    horizon: int | None = None

    @property
    def is_count(self) -> bool:
        return self.unit == "rate_ratio"


def _applied(chunk: Chunk) -> np.ndarray:
    return ~chunk.came.notified


def _granted(chunk: Chunk) -> np.ndarray:
    return _applied(chunk) & (chunk.run.decision == GRANTED)


def _start_to_assigned(chunk: Chunk) -> np.ndarray:
    known = np.where(chunk.run.assigned == months.NA, chunk.draws.day, chunk.run.assigned)
    return months.worked_between(chunk.draws.day, np.maximum(known, chunk.draws.day))


def _decided_to_assigned(chunk: Chunk) -> np.ndarray:
    return months.worked_between(chunk.run.decided, np.maximum(chunk.run.decided, chunk.run.assigned))


def _shortest(values: np.ndarray, horizon: int) -> np.ndarray:
    return np.minimum(values, horizon).astype(float)


def _labour_duration(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    granted = (chunk.run.decision == GRANTED) & LABOUR[chunk.draws.matter]
    return _shortest(np.where(granted, chunk.run.ended - chunk.run.assigned, 0), CLOSE_HORIZON), granted


def _filed(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    known = chunk.worth.closed & ~faulty_archive(chunk.draws)
    return np.where(known, chunk.run.archived - chunk.run.ended, 0) <= FILE_DAYS, known


def _satisfied(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    answer = chunk.worth.answer
    return (answer == SATISFIED) | (answer == BASIC), (answer >= SATISFIED) & (answer <= DISSATISFIED)


def _recovered(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    known = chunk.worth.closed & LABOUR[chunk.draws.matter]
    return np.nan_to_num(chunk.worth.recovered), known


_POINTS, _RATIO = "percentage_point", "rate_ratio"
OUTCOMES = (
    Outcome(
        "decision_rmst",
        "working_day",
        "restricted mean of working days from application to decision",
        lambda c: (_shortest(c.run.elapsed, HORIZON), _applied(c)),
        horizon=HORIZON,
    ),
    Outcome(
        "priority_decision_rmst",
        "working_day",
        "the same, of labour claims of migrant workers, and of veterans and platform workers",
        lambda c: (_shortest(c.run.elapsed, HORIZON), c.came.favoured),
        horizon=HORIZON,
    ),
    Outcome(
        "decided_same_day",
        _POINTS,
        "applications decided within 0 working days",
        lambda c: (c.run.elapsed <= 0, _applied(c)),
    ),
    Outcome(
        "decided_within_1",
        _POINTS,
        "applications decided within 1 working day",
        lambda c: (c.run.elapsed <= 1, _applied(c)),
    ),
    Outcome(
        "assigned_same_day",
        _POINTS,
        "granted applications assigned within 0 working days of the application",
        lambda c: (_start_to_assigned(c) <= 0, _granted(c)),
    ),
    Outcome(
        "application_assignment_rmst",
        "working_day",
        "restricted mean of working days from application to assignment, granted applications",
        lambda c: (_shortest(_start_to_assigned(c), HORIZON), _granted(c)),
        horizon=HORIZON,
    ),
    Outcome(
        "assignment_rmst",
        "working_day",
        "restricted mean of working days from decision to assignment, granted applications without aid first",
        lambda c: (_shortest(_decided_to_assigned(c), ASSIGN_HORIZON), _granted(c) & ~c.came.aid_first),
        horizon=ASSIGN_HORIZON,
    ),
    Outcome("applications", _RATIO, "applications", lambda c: (_applied(c), _applied(c))),
    Outcome(
        "labour_applications",
        _RATIO,
        "applications about pay and work injury",
        lambda c: (_applied(c), _applied(c) & LABOUR[c.draws.matter]),
    ),
    Outcome(
        "priority_applications",
        _RATIO,
        "applications of the groups of the green lane",
        lambda c: (c.came.favoured, c.came.favoured),
    ),
    Outcome(
        "criminal_cases",
        _RATIO,
        "criminal cases, applied for or notified",
        lambda c: (_applied(c), c.draws.matter == CRIMINAL),
    ),
    Outcome(
        "online_share",
        _POINTS,
        "applications by web or mini-program",
        lambda c: ((c.came.channel == WEB) | (c.came.channel == MINI), _applied(c)),
    ),
    Outcome("priority_share", _POINTS, "applications on the green lane", lambda c: (c.came.priority, _applied(c))),
    Outcome("aid_first_share", _POINTS, "applications with aid first", lambda c: (c.came.aid_first, _applied(c))),
    Outcome(
        "waived_share",
        _POINTS,
        "applications without means check, where recorded",
        lambda c: (c.came.means == WAIVED, _applied(c) & ~blank_means(c.draws)),
    ),
    Outcome("commitment_share", _POINTS, "applications with a commitment", lambda c: (c.came.commitment, _applied(c))),
    Outcome(
        "supplement_share", _POINTS, "applications asked for more papers", lambda c: (c.came.supplement, _applied(c))
    ),
    Outcome("visits_mean", "visit", "visits per application", lambda c: (c.came.visits, _applied(c))),
    Outcome(
        "labour_close_rmst",
        "day",
        "restricted mean of days from assignment to the end of labour cases",
        _labour_duration,
        horizon=CLOSE_HORIZON,
    ),
    Outcome("labour_recovered", "CNY", "loss recovered per closed labour case", _recovered, ended=True),
    Outcome(
        "excellent_share",
        _POINTS,
        "closed cases graded excellent, of those graded",
        lambda c: (c.worth.grade == 0, c.worth.grade >= 0),
        ended=True,
    ),
    Outcome(
        "subsidy_mean",
        "CNY",
        "subsidy per closed case",
        lambda c: (np.nan_to_num(c.worth.subsidy), c.worth.closed),
        ended=True,
    ),
    Outcome("archived_within_30", _POINTS, "closed cases archived within 30 days", _filed, ended=True),
    Outcome(
        "called_back_share",
        _POINTS,
        "closed cases called back",
        lambda c: (c.worth.called != months.NA, c.worth.closed),
        ended=True,
    ),
    Outcome("satisfied_share", _POINTS, "satisfied and basically satisfied, of clear answers", _satisfied, ended=True),
)
BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
JUDGED_BY = {
    "one_day_review": ("decision_rmst", "decided_within_1"),
    "on_the_spot": ("decided_same_day", "decision_rmst", "visits_mean"),
    "four_steps_one_day": ("assigned_same_day", "decided_same_day", "decision_rmst"),
    "miniprogram": ("online_share", "applications", "visits_mean"),
    "green_lane": ("priority_decision_rmst", "priority_share", "priority_applications"),
    "aid_first": ("aid_first_share", "application_assignment_rmst"),
    "means_waiver": ("waived_share", "decision_rmst", "supplement_share", "applications"),
    "commitment": ("commitment_share", "supplement_share", "decision_rmst", "applications"),
    "quality_subsidy": ("excellent_share", "subsidy_mean"),
    "tariff_change": ("subsidy_mean", "assignment_rmst"),
    "targeted_outreach": ("applications", "labour_applications"),
    "duty_rota": (),
    "monthly_ranking": ("applications", "decision_rmst"),
    "criminal_coverage": ("criminal_cases",),
    "joint_labour": ("labour_close_rmst", "labour_recovered"),
    "supervision": ("archived_within_30", "satisfied_share", "excellent_share"),
    "callbacks": ("called_back_share",),
}
