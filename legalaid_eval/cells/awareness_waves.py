"""The awareness survey as the estimators need it: answers with their design, the days of every wave, and its bases.

Numbers of respondents are told to the nearest `2 * min_cell`, and not at all where they are fewer than `min_cell`, as
official surveys do: rounded, those of all waves, counties and segments may stand beside the exact totals that other
chapters tell, and none that is hidden can be worked out to the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.outreach import ANSWERS, survey_cells, wave_cells
from legalaid_eval.conventions import MIN_CELL
from legalaid_eval.register.store import Store

KNOWS = ANSWERS[1:]
DEPTH = "depth"
ITEMS = (*ANSWERS, DEPTH)
DESIGN = {"weight": "weight", "stratum": "stratum", "psu": "psu"}
"""Part of a design -> column."""
ENOUGH = 0.5
"""A part of the design is used where at least this share of the respondents have it; those who have not are left out.
Where fewer have it, the part is not used, and that is said: half a sample is no longer the sample that was drawn."""


@dataclass(frozen=True, eq=False, slots=True)
class AwarenessSurvey:
    """answers: `county, town, segment, mode, wave, wording, stratum, psu, weight, ITEMS, n`, uncontrolled; items are 1,
    0 or NaN (no answer), depth counts what is known of three things. waves: `wave, month, first_on, last_on`, the
    interviews' first month and days. min_cell: the least number of respondents that is told.
    """

    answers: pd.DataFrame
    waves: pd.DataFrame
    min_cell: int


@dataclass(frozen=True, slots=True)
class SurveyDesign:
    """columns: part of the design -> column, of those in use. notes: "no_weight" and the like where a part is not
    known, "weight_incomplete" where some are left out for the lack of it."""

    columns: Mapping[str, str]
    notes: tuple[str, ...]


def awareness_survey(store: Store, *, min_cell: int = MIN_CELL, until: date | None = None) -> AwarenessSurvey:
    """All waves of the store, or those that began by the day `until`; a wave without a day is among them."""
    answers, waves = answer_cells(store), wave_days(store)
    if until is not None:
        waves = waves[~(pd.to_datetime(waves["first_on"]) > pd.Timestamp(until))].reset_index(drop=True)
        answers = answers[answers["wave"].isin(waves["wave"])].reset_index(drop=True)
    return AwarenessSurvey(answers, waves, min_cell)


def told_base(n: int, *, min_cell: int) -> int | None:
    """A number of respondents as it may be told: rounded, None where it is too small; exact with `min_cell` 1."""
    if 0 < n < min_cell:
        return None
    step = 2 * min_cell if min_cell > 1 else 1
    return int(n + step / 2) // step * step


def bases(survey: AwarenessSurvey, *, by: str = "") -> pd.DataFrame:
    """`wave, wording, [by,] n` (Int64, missing where too small), of everybody asked; `by`: county, segment or mode."""
    keys = ["wave", "wording", *([by] if by else [])]
    found = survey.answers.groupby(keys, as_index=False)["n"].sum()
    told = [told_base(int(n), min_cell=survey.min_cell) for n in found["n"]]
    return found.assign(n=pd.array(told, dtype="Int64"))


def answer_cells(store: Store) -> pd.DataFrame:
    """The `answers` of AwarenessSurvey.

    Who has not heard of legal aid knows nothing of it, even where that was not asked. Respondents without a wave are
    left out.
    """
    cells = survey_cells(store)
    cells = cells[cells["wave"] != MISSING]
    said = {name: cells[name].map({"true": 1.0, "false": 0.0}).astype("float64") for name in ANSWERS}
    skipped = said["heard_of"] == 0
    said |= {name: said[name].mask(skipped & said[name].isna(), 0.0) for name in KNOWS}
    depth = sum(said[name] for name in KNOWS)
    weight = cells["weight"].where(cells["weight"] > 0)
    found = cells.assign(**said, depth=depth, weight=weight, wave=cells["wave"].astype("int64"))
    columns = ["county", "town", "segment", "mode", "wave", "wording", *DESIGN.values(), *ITEMS, "n"]
    return found[columns].reset_index(drop=True)


def wave_days(store: Store) -> pd.DataFrame:
    """`wave, month, first_on, last_on`; month is that of the first interview ("2023-05"), missing without a day."""
    cells = wave_cells(store)
    cells = cells[cells["wave"] != MISSING]
    cells = cells.assign(wave=cells["wave"].astype("int64"))
    days = cells.groupby("wave", as_index=False).agg(
        first_on=("first_surveyed_on", "min"), last_on=("last_surveyed_on", "max")
    )
    month = pd.to_datetime(days["first_on"]).dt.strftime("%Y-%m")
    return days.assign(month=month.astype(object).where(days["first_on"].notna(), None))[
        ["wave", "month", "first_on", "last_on"]
    ]


def with_design(answers: pd.DataFrame) -> tuple[pd.DataFrame, SurveyDesign]:
    """The respondents that can be used with the design that most of them have, and that design."""
    columns, notes, kept = {}, [], pd.Series(True, index=answers.index)
    for part, column in DESIGN.items():
        there = answers[column].notna() & (answers[column] != MISSING)
        known = int(answers.loc[there, "n"].sum())
        if known < ENOUGH * answers["n"].sum() or not known:
            notes.append(f"no_{part}")
            continue
        columns[part] = column
        if not there.all():
            notes.append(f"{part}_incomplete")
            kept &= there
    return answers[kept], SurveyDesign(columns, tuple(notes))
