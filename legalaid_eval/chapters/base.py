"""What every chapter needs: its scope from the parameters, the evidence, and a place for its rows."""

import os
from datetime import date
from pathlib import Path
from typing import Protocol

import pandas as pd

from legalaid_eval import project, results, rules
from legalaid_eval.content import Chapter
from legalaid_eval.evidence.claims import Scope
from legalaid_eval.evidence.figures import Evidence, read_evidence

SAMPLE_RESULTS = "data/sample/results"
"""Rows of shipped examples, read where a report's own rows are absent."""


class Params(Protocol):
    """The parameters a chapter reads; `ReportParams` is their definition."""

    report_id: str
    place: str
    parts: list[str]
    period_start: date
    period_end: date
    data_as_of: date
    figures_file: str
    claims_file: str
    sources_file: str
    places_file: str
    comparison_files: list[str]
    assumed_n: list[int]
    conf_level: float
    chapters: list[str]


def scope_of(params: Params) -> Scope:
    return Scope(
        params.place,
        tuple(params.parts),
        params.period_start,
        params.period_end,
        params.conf_level,
        tuple(params.assumed_n),
    )


def evidence_of(params: Params) -> Evidence:
    """The published figures that the parameters name."""
    return read_evidence(
        figures_file=params.figures_file,
        claims_file=params.claims_file,
        sources_file=params.sources_file,
        places_file=params.places_file,
        comparison_files=params.comparison_files,
        indicators=rules.published_indicators(),
    )


def save(chapter: Chapter, params: Params) -> None:
    """Write the chapter's rows into the report's work folder, where `summary` finds them."""
    results.save_chapter(chapter.rows, chapter.name, project.work_folder(params.report_id))


def saved_rows(chapter: str, params: Params) -> pd.DataFrame | None:
    """Rows a chapter saved for this report: of the work folder, else of the shipped examples, else None.

    In a run that has its own work folder, an example must not stand in for a chapter that failed.
    """
    candidates = [_own(chapter, params)]
    if not os.environ.get(project.WORK_VARIABLE):
        candidates.append(_example(chapter, params))
    return next((results.read(path) for path in candidates if path.is_file()), None)


def _own(chapter: str, params: Params) -> Path:
    return project.work_folder(params.report_id) / "results" / f"{chapter}.csv"


def _example(chapter: str, params: Params) -> Path:
    return project.resolve(SAMPLE_RESULTS) / params.report_id / f"{chapter}.csv"
