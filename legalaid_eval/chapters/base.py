"""What every chapter needs: its scope from the parameters, the evidence, and a place for its rows."""

import os
from dataclasses import dataclass
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from legalaid_eval import project, results, rules
from legalaid_eval.content import Chapter, Label
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.evidence.claims import Scope
from legalaid_eval.evidence.figures import Evidence, read_evidence

if TYPE_CHECKING:
    from legalaid_eval.cells.register_source import RegisterSource


class Params(Protocol):
    """The parameters a chapter reads; `ReportParams` is their definition."""

    report_id: str
    place: str
    parts: list[str]
    period_start: date
    period_end: date
    data_as_of: date
    store: str
    reform_kinds: list[str]
    time_horizon: int
    pledge_rule: str
    forecast_months: int
    scenario_months: int
    staff_change: float
    demand_shock: float
    wanted_wait: int
    wording_bridge: str
    awareness_claim: float
    outreach_budget: float
    min_cell: int
    figures_file: str
    claims_file: str
    sources_file: str
    places_file: str
    comparison_files: list[str]
    assumed_n: list[int]
    conf_level: float
    seed: int
    chapters: list[str]
    reads_published: bool


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


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a report rests on: published figures, a register, or both; None is what it does not read."""

    published: Evidence | None
    register: "RegisterSource | None"

    @property
    def evidence(self) -> str:
        """What its pages say of it: published, register, register_and_published or simulated."""
        if self.register is None:
            return "published"
        if self.register.simulated:
            return "simulated"
        return "register" if self.published is None else "register_and_published"

    def name(self, place: str) -> Label:
        """The place's name in both languages, the register's own first; an unknown place keeps its key."""
        if self.register is not None and place in self.register.names:
            return self.register.names[place]
        return self.published.name(place) if self.published is not None else Label(place, place)

    @property
    def files(self) -> tuple[Path, ...]:
        return self.register.files if self.register is not None else ()


def grounds_of(params: Params) -> Grounds:
    """Read what the parameters name; raises DataError for data that cannot be read."""
    published = evidence_of(params) if params.reads_published else None
    return Grounds(published, _register_of(params) if params.store else None)


def _register_of(params: Params) -> "RegisterSource":
    from legalaid_eval.cells.register_source import register_source  # brings the engine, which others do without

    return register_source(store_address(params), day=params.period_end)


def store_address(params: Params) -> str:
    """A folder from the project's folder, or an engine's address as it is."""
    return params.store if "://" in params.store else str(project.resolve(params.store))


def row_numbers(found: Estimate | float | None) -> tuple[float | None, ...]:
    """Estimate, ends and level of a results row; what is not bounded is empty, as are the ends of a plain number."""
    if not isinstance(found, Estimate):
        return found, None, None, None
    numbers = (found.estimate, found.ci_low, found.ci_high)
    return *(number if isfinite(number) else None for number in numbers), found.conf_level


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
    return project.resolve(project.SAMPLE_RESULTS) / params.report_id / f"{chapter}.csv"
