"""From the application to the archive: decision, assignment, end of the case, file."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.draws import Draws
from legalaid_eval.register.simulation.intake import CRIMINAL, LABOUR, LAW_FROM, WAIVED, Intake
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.register.simulation.setting import Setting
from legalaid_eval.schemas.register_codes import DECISION

GRANTED, REFUSED, WITHDRAWN, DEEMED = (np.int8(number) for number in range(len(DECISION)))
REVIEW_BEFORE_LAW, REVIEW_SINCE_LAW, REVIEW_SPREAD = 4.3, 3.3, 0.45
"""Median working days of a review with complete papers, under the Order and under the Law."""
_REVIEW_BY_MATTER = np.array([-0.05, 0.08, 0.0, 0.0, -0.2, 0.25, 0.0, 0.25, 0.05])
_CLOSE_DAYS = np.array([85.0, 150.0, 125.0, 95.0, 80.0, 160.0, 62.0, 130.0, 105.0])
_CLOSE_SPREAD, _LONGEST = 0.5, 900
_FILE_DAYS, _FILE_SPREAD = 25.0, 0.45


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """Days since 1970, NA where there is none; `elapsed` working days from start to decision (start, decision]."""

    accepted: np.ndarray
    supplement_days: np.ndarray
    papers: np.ndarray
    decided: np.ndarray
    elapsed: np.ndarray
    decision: np.ndarray
    assigned: np.ndarray
    ended: np.ndarray
    terminated: np.ndarray
    archived: np.ndarray


def course(draws: Draws, came: Intake, world: World, base: Setting) -> Course:
    """The whole life of every candidate, as if it were never cut off."""
    waiting = np.where(came.supplement, np.clip(np.exp(1.0 + 0.5 * draws.z("supplement")), 1, 14), 0).astype(np.int16)
    asked = months.after(draws.day, came.supplement.astype(np.int16))
    papers = months.after(asked, waiting)
    decided = _decided(draws, came, world, base, papers)
    decision = _decision(draws, came, world)
    granted = decision == GRANTED
    assigned = np.where(granted, _assigned(draws, came, world, decided), months.NA)
    ended, terminated = _ended(draws, assigned, world, base)
    closed = granted & ~terminated
    accepted = np.minimum(months.after(draws.day, (draws.u("accept") * 1.9).astype(np.int16)), decided)
    return Course(
        np.where(came.on_spot | came.four_steps, decided, accepted),
        np.where(came.supplement, papers - asked, 0),
        papers,
        decided,
        months.worked_between(draws.day, decided),
        decision,
        assigned,
        np.where(granted, ended, months.NA),
        granted & terminated,
        np.where(closed, _archived(draws, ended, world), months.NA),
    )


def _decided(draws: Draws, came: Intake, world: World, base: Setting, papers: np.ndarray) -> np.ndarray:
    """The review starts when the papers are complete; a day off cannot be the day of a decision."""
    cell = draws.cell
    median = np.where(draws.day >= LAW_FROM, REVIEW_SINCE_LAW, REVIEW_BEFORE_LAW)
    slow = base.pace[cell] + _REVIEW_BY_MATTER[draws.matter] - 0.05 * world.at("monthly_ranking")[cell]
    slow = slow + np.where(came.means == WAIVED, -0.22, 0.0) + np.where(came.priority, -0.42, 0.0)
    review = (median * np.exp(slow + REVIEW_SPREAD * draws.z("review"))).astype(np.int16)
    quick = came.routine & (draws.u("one_day") < np.minimum(0.62 * world.at("one_day_review")[cell], 0.93))
    review = np.where(quick, np.minimum(review, draws.u("one_day_same") >= 0.35), review)
    review = np.where(came.on_spot | came.four_steps, 0, review)
    review = np.where(came.notified, 0, np.minimum(review, 60))
    return months.after(papers, np.maximum(review, ~months.is_worked(papers)))


def _decision(draws: Draws, came: Intake, world: World) -> np.ndarray:
    u = draws.u("decision")
    refused = 0.055 - 0.02 * world.at("means_waiver")[draws.cell] * (came.means == WAIVED)
    found = np.where(u < refused, REFUSED, np.where(u > 0.985, WITHDRAWN, GRANTED))
    found = np.where(came.supplement & (draws.u("supplied") < 0.05), DEEMED, found)
    return np.where(came.notified, GRANTED, found)


def _assigned(draws: Draws, came: Intake, world: World, decided: np.ndarray) -> np.ndarray:
    cell = draws.cell
    change = -0.30 * world.at("tariff_change")[cell] - 0.12 * world.at("monthly_ranking")[cell]
    law = np.where(draws.day >= LAW_FROM, 1.7, 2.6) * np.where(draws.matter == CRIMINAL, 0.7, 1.0)
    wait = (law * np.exp(change + 0.6 * draws.z("assign"))).astype(np.int16)
    wait = np.where(came.four_steps, 0, np.minimum(wait, 40))
    first = np.minimum(months.to_worked(draws.day), decided)
    return np.where(came.aid_first, first, months.after(decided, wait))


def _ended(draws: Draws, assigned: np.ndarray, world: World, base: Setting) -> tuple[np.ndarray, np.ndarray]:
    """Day the case is closed or terminated, and which of them."""
    cell = draws.cell
    joint = np.where(LABOUR[draws.matter], -0.33 * world.at("joint_labour")[cell], 0.0)
    days = _CLOSE_DAYS[draws.matter] * np.exp(base.closing_pace[cell] + joint + _CLOSE_SPREAD * draws.z("close"))
    terminated = draws.u("terminated") < 0.025
    days = np.where(terminated, days * draws.u("terminated_at"), days)
    known = np.where(assigned == months.NA, draws.day, assigned)
    return months.to_worked(known + 3 + np.minimum(days, _LONGEST).astype(np.int32)), terminated


def _archived(draws: Draws, ended: np.ndarray, world: World) -> np.ndarray:
    """Supervision works on the files of cases that end while it is in force."""
    strict = world.at("supervision")[cell_at(draws, ended)]
    days = _FILE_DAYS * np.exp(-0.35 * strict + _FILE_SPREAD * draws.z("archive"))
    return months.to_worked(ended + 1 + np.minimum(days, 365).astype(np.int32))


def cell_at(draws: Draws, day: np.ndarray) -> np.ndarray:
    """The cell of the same county in the month of `day`."""
    return draws.cell // months.MONTHS * months.MONTHS + months.month_of(day)
