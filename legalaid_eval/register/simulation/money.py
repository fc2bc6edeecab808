"""What follows a closed case: call-back, peer review, payment."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import Chunk, coded, days, ended_by
from legalaid_eval.register.simulation.places import KEYS
from legalaid_eval.register.simulation.quality import UNREACHED, grade_of_score
from legalaid_eval.schemas import register_codes as codes

REVIEWED = 0.16
REVIEWED_TWICE = 0.35
REVIEWERS = 40
SCORES = np.array([92.5, 85.0, 74.0, 56.0])
"""What reviewers give a file of each grade, on average."""
PANELS = ("city", "county", "external")


def callback_columns(chunk: Chunk, case_no: pa.Array, as_of: int) -> dict[str, pa.Array]:
    """The `callbacks` table of a chunk."""
    called, draws = chunk.worth.called, chunk.draws
    rows = np.flatnonzero((called != months.NA) & (called <= as_of))
    answer, u = chunk.worth.answer[rows], draws.u("call_mode")[rows]
    return {
        "case_no": case_no.take(rows),
        "called_on": days(called[rows], as_of),
        "mode": coded(np.where(u < 0.88, 0, np.where(u < 0.96, 1, 2)), codes.CALLBACK_MODE),
        "reached": pa.array(answer != UNREACHED),
        "answer_class": coded(answer, codes.ANSWER_CLASS),
    }


def review_columns(chunk: Chunk, case_no: pa.Array, as_of: int) -> dict[str, pa.Array]:
    """The `peer_reviews` table: some graded files, a third of them read by two reviewers."""
    draws = chunk.draws
    day = months.to_worked(np.where(chunk.run.archived == months.NA, draws.day, chunk.run.archived) + 20)
    due = (
        (chunk.worth.grade >= 0) & (draws.u("reviewed") < REVIEWED) & (day <= as_of) & (chunk.run.archived != months.NA)
    )
    twice = due & (draws.u("reviewer_two") < REVIEWED_TWICE)
    rows = np.repeat(np.arange(len(draws)), due.astype(int) + twice)
    again = np.concatenate([[False], rows[1:] == rows[:-1]])
    other = 1 + (draws.u("panel")[rows] * (REVIEWERS - 1)).astype(int)
    reader = ((draws.u("reviewer")[rows] * REVIEWERS).astype(int) + again * other) % REVIEWERS
    noise = np.where(again, draws.z("score_two")[rows], draws.z("score")[rows])
    score = np.clip(np.round(SCORES[chunk.worth.grade[rows]] + 2.5 * noise, 1), 0, 100)
    return {
        "case_no": case_no.take(rows),
        "reviewed_on": days(day[rows], as_of),
        "reviewer_id": coded(reader, tuple(f"R{number:03d}" for number in range(1, REVIEWERS + 1))),
        "panel": coded((draws.u("panel")[rows] * 3).astype(int), PANELS),
        "grade": coded(grade_of_score(score), codes.GRADE),
        "score": pa.array(score),
    }


def payment_columns(chunk: Chunk, case_no: pa.Array, as_of: int) -> dict[str, pa.Array]:
    """The `payments` of a chunk's cases: about a month after the file is archived, or the aid terminated."""
    draws, run = chunk.draws, chunk.run
    ready = np.where(run.archived != months.NA, run.archived, run.ended)
    day = months.to_worked(
        np.where(ended_by(chunk, as_of), ready, draws.day) + 12 + (draws.u("panel") * 30).astype(np.int32)
    )
    rows = np.flatnonzero(ended_by(chunk, as_of) & (day <= as_of))
    numbers = case_no.take(rows)
    return {
        "payment_id": pc.binary_join_element_wise("P", numbers, ""),
        "case_no": numbers,
        "county": coded(draws.cell[rows] // months.MONTHS, KEYS),
        "paid_on": days(day[rows], as_of),
        "kind": coded(np.zeros(len(rows), int), codes.PAYMENT_KIND),
        "amount_cny": pa.array(chunk.worth.subsidy[rows]),
        "grade": coded(chunk.worth.grade[rows], codes.GRADE),
    }
