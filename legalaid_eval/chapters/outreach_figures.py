"""The picture of outreach as it was done: events by month above awareness by wave."""

import pandas as pd

from legalaid_eval.cells.awareness_waves import AwarenessSurvey
from legalaid_eval.cells.base import MISSING
from legalaid_eval.cells.processing_register import OK
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.content import Code, Figure, Quantity
from legalaid_eval.indicators.outreach import HEADLINE

YEARS = 4
"""How many years are drawn where no wave says what to begin with."""
COLUMNS = "month group n estimate ci_low ci_high wording mode".split()
SEVERAL = "several"


def calendar(told: Told, aware: pd.DataFrame) -> Figure:
    """`month, group, n` of the whole store's events, and `month, estimate, ci_low, ci_high, wording, mode` of waves.

    aware: `awareness_waves.awareness_by` of all together; a part of the store has no monthly counts that may be shown.
    """
    until = f"{told.params.period_end:%Y-%m}"
    waves = aware[(aware["item"] == HEADLINE) & aware["month"].notna()] if len(aware) else aware
    waves = waves[waves["month"] <= until] if len(waves) else waves
    first = int(waves["month"].min()[:4]) - 1 if len(waves) else told.params.period_end.year - YEARS + 1
    lines = [*_events(told, f"{first}-01", until), *_waves(told, waves)]
    claim = told.params.awareness_claim
    facts = told.facts | {"unit": "event", "conf_level": told.params.conf_level}
    facts["claim"] = Quantity(claim, "percent", "more_than") if claim else None
    return Figure("outreach_calendar", "event_calendar", pd.DataFrame(lines, columns=COLUMNS), facts)


def _events(told: Told, first: str, until: str) -> list[tuple[object, ...]]:
    if not told.seen.register.counts.whole:
        return []
    shown = told.seen.sessions
    shown = shown[shown["month"].between(first, until)].sort_values("month")
    group, nothing = Code("od_series", "events"), [float("nan")] * 3
    counts = zip(shown["month"], shown["n"], shown["status"], strict=True)
    return [
        (month, group, float(n) if status == OK else float("nan"), *nothing, None, None) for month, n, status in counts
    ]


def _waves(told: Told, waves: pd.DataFrame) -> list[tuple[object, ...]]:
    modes = modes_of(told.seen.survey, told.surveyed)
    return [
        (
            row.month,
            None,
            float("nan"),
            *(_number(n) for n in (row.estimate, row.ci_low, row.ci_high)),
            Code("awareness_wording", row.wording),
            modes.get((row.wave, row.wording)),
        )
        for row in waves.itertuples()
    ]


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)


def modes_of(survey: AwarenessSurvey, counties: tuple[str, ...] | None) -> dict[tuple[int, str], Code]:
    """By wave and wording how it was asked, where that is recorded."""
    answers = survey.answers
    answers = answers if counties is None else answers[answers["county"].isin(counties)]
    found = answers[answers["mode"] != MISSING].groupby(["wave", "wording"])["mode"].unique()
    return {key: Code("awareness_mode", modes[0] if len(modes) == 1 else SEVERAL) for key, modes in found.items()}
