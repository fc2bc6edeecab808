"""What a case was worth: grade, subsidy, loss recovered, call-back. Reforms count from the month the case ends."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.course import Course, cell_at
from legalaid_eval.register.simulation.draws import Draws
from legalaid_eval.register.simulation.intake import CIVIL, CRIMINAL, LABOUR
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.schemas.register_codes import ANSWER_CLASS, GRADE

UNGRADED = np.int8(-1)
_GRADE_FACTOR = np.array([1.5, 1.2, 1.0, 0.6])
EXCELLENT_ABOVE, GOOD_ABOVE, QUALIFIED_ABOVE = 1.75, 0.80, -2.45
_CLAIMS = np.array([1.0, 1.0, 1.0, 0.35, 0.10, 0.5, 0.0, 0.2, 0.5])
_CLAIM_SIZE = np.array([32_000, 80_000, 60_000, 23_000, 15_000, 33_000, 0, 19_000, 26_000.0])
_MOST_CLAIM = 400_000
(SATISFIED, BASIC, DISSATISFIED, DECLINED, UNREACHED, AMBIGUOUS, BLANK) = (
    np.int8(number) for number in range(len(ANSWER_CLASS))
)
NOT_CALLED = np.int8(-1)


@dataclass(frozen=True, eq=False, slots=True)
class Quality:
    """Of closed cases; money in CNY, NaN where there is none; `grade`, `answer` are codes, -1 where there is none."""

    cell: np.ndarray
    closed: np.ndarray
    grade: np.ndarray
    subsidy: np.ndarray
    claimed: np.ndarray
    awarded: np.ndarray
    recovered: np.ndarray
    called: np.ndarray
    answer: np.ndarray


def quality(draws: Draws, run: Course, world: World) -> Quality:
    """Outcomes of every closed candidate, as if nothing were cut off."""
    closed = (run.ended != months.NA) & ~run.terminated
    cell = cell_at(draws, np.where(closed, run.ended, draws.day))
    latent = _latent_grade(draws, world, cell)
    paid_by_grade = world.at("quality_subsidy")[cell] > 0
    graded = closed & (draws.u("graded") < np.where(paid_by_grade, 0.9, 0.3))
    money = _money(draws, closed, world, cell)
    called, answer = _callback(draws, run, closed, world, cell)
    return Quality(
        cell,
        closed,
        np.where(graded, latent, UNGRADED),
        _subsidy(draws, run, latent, paid_by_grade & graded, world, cell),
        *money,
        called,
        answer,
    )


def _latent_grade(draws: Draws, world: World, cell: np.ndarray) -> np.ndarray:
    better = 0.32 * world.at("quality_subsidy")[cell] + 0.10 * world.at("supervision")[cell]
    score = draws.z("grade") + better
    return (3 - (score > QUALIFIED_ABOVE) - 1 * (score > GOOD_ABOVE) - (score > EXCELLENT_ABOVE)).astype(np.int8)


def _subsidy(
    draws: Draws, run: Course, grade: np.ndarray, by_grade: np.ndarray, world: World, cell: np.ndarray
) -> np.ndarray:
    """Tariff by type, raised at once by its change, times the factor of the grade; half for terminated cases."""
    tariff = np.where(draws.matter == CRIMINAL, 1000.0, 1200.0) + np.where(draws.u("stage") < 0.25, -200.0, 0.0)
    tariff = tariff * np.where(world.at("tariff_change")[cell] > 0, 1.4, 1.0)
    tariff = tariff * np.where(by_grade, _GRADE_FACTOR[grade], 1.0)
    ended = run.ended != months.NA
    return np.where(ended, np.round(np.where(run.terminated, tariff / 2, np.minimum(tariff, 2500)), -1), np.nan)


def _money(
    draws: Draws, closed: np.ndarray, world: World, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Loss claimed, awarded, recovered: whole CNY."""
    has = closed & CIVIL[draws.matter] & (draws.u("claimed") < _CLAIMS[draws.matter])
    claim = np.minimum(_CLAIM_SIZE[draws.matter] * np.exp(0.7 * draws.z("claim") - 0.245), _MOST_CLAIM)
    award = claim * np.clip(0.72 + 0.15 * draws.z("award"), 0.05, 1)
    joint = np.where(LABOUR[draws.matter], 0.05 * world.at("joint_labour")[cell], 0.0)
    back = award * np.clip(0.78 + joint + 0.15 * draws.z("recover"), 0, 1)
    return tuple(np.where(has, np.round(amount), np.nan) for amount in (claim, award, back))


def _callback(
    draws: Draws, run: Course, closed: np.ndarray, world: World, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Day and answer of the call; supervision makes dissatisfied recipients rarer."""
    called = closed & (draws.u("called") < np.minimum(0.15 + 0.5 * world.at("callbacks")[cell], 0.95))
    unhappy = 0.026 * np.exp(-0.4 * world.at("supervision")[cell])
    u = draws.u("answer")
    answer = np.where(u < unhappy, DISSATISFIED, np.where(u < 0.17, BASIC, SATISFIED))
    answer = np.where(u > 0.97, DECLINED, np.where(u > 0.955, AMBIGUOUS, np.where(u > 0.945, BLANK, answer)))
    answer = np.where(draws.u("reached") < 0.86, answer, UNREACHED)
    ended = np.where(closed, run.ended, draws.day)
    day = months.to_worked(ended + 8 + (draws.u("call_day") * 50).astype(np.int32))
    return np.where(called, day, months.NA).astype(np.int32), np.where(called, answer, NOT_CALLED)


def grade_of_score(score: np.ndarray) -> np.ndarray:
    """Grade of a reviewer's score of 100."""
    return (3 - (score >= 60) - 1 * (score >= 80) - (score >= 90)).astype(np.int8)


assert GRADE == ("excellent", "good", "qualified", "unqualified")
