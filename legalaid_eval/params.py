"""ReportParams: the one definition of every report parameter.

The same values come from a YAML file (`legalaid-eval report`, `papermill -f`) or from a notebook's
parameters cell. Every fault is told with its file, its line and what was expected.
"""

import difflib
import reprlib
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from legalaid_eval import project
from legalaid_eval.conventions import MIN_CELL
from legalaid_eval.errors import Fault, ParameterError, shown_path

REGISTER_CHAPTERS = ("data_quality", "caseload", "processing_time", "outreach")
"""Chapters that read a register, in the order they run. A new one is named here; its notebook bears its name."""
PUBLISHED_CHAPTERS = ("published_claims",)
"""Chapters that read published figures."""
CHAPTERS = (*PUBLISHED_CHAPTERS, *REGISTER_CHAPTERS, "summary")
PUBLISHED_FILES = ("figures_file", "claims_file", "sources_file", "places_file")
SOME_DAY = "2023-01-31"
EXPECTED = {
    "string_type": "text",
    "string_too_short": "text, but it is empty",
    "string_pattern_mismatch": "at most 80 small letters, digits and hyphens",
    "list_type": "a list such as [a, b]",
    "too_short": "at least one entry",
    "int_type": "a whole number",
    "float_type": "a number",
    "date_type": f"a day such as {SOME_DAY}",
    "date_from_datetime_inexact": f"a day such as {SOME_DAY}",
}
"""Plain words for the kinds of fault that pydantic words for programmers."""
_REPR = reprlib.Repr()
_REPR.maxlevel = 2  # aliases let a few lines of YAML stand for millions of values
_REPR.maxstring = _REPR.maxother = 60
_NOTEBOOK_NAMES = {"In", "Out", "get_ipython", "exit", "quit", "open"}


def _iso_date(value: object) -> object:
    """Papermill passes dates as ISO text; YAML reads them as dates. Both mean the same day."""
    if not isinstance(value, str):
        return value
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:  # other ISO forms, such as 20230131, are not meant
        raise ValueError(f"a day such as {SOME_DAY}")
    return day


Day = Annotated[date, BeforeValidator(_iso_date)]


class ReportParams(BaseModel):
    """Parameters of one report. Paths are relative to the project's folder.

    Example: `ReportParams.read("params/changzhi-2023.yaml").place` is `"Changzhi"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    report_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$", description="name of the report and of its folder")
    place: str = Field(min_length=1, description="place evaluated, as in the figures file or the register")
    parts: list[str] = Field(default=[], description="lower-level places that should report, missing ones are counted")
    period_start: Day = Field(description="first day of the period evaluated")
    period_end: Day = Field(description="last day of the period evaluated")
    data_as_of: Day = Field(description="last day the data cover")
    store: str = Field(default="", description="folder of a register, or its address; none: published figures only")
    reform_kinds: list[str] = Field(default=[], description="kinds of reform evaluated; none named: all with a date")
    time_horizon: int = Field(
        default=15, ge=1, le=250, description="working days up to which the wait for a decision counts in its mean"
    )
    pledge_rule: str = Field(default="", description="rule of a local pledge beside the law's limits, none if empty")
    forecast_months: int = Field(default=12, ge=1, le=36, description="months forecast after the end of the data")
    scenario_months: int = Field(default=24, ge=1, le=60, description="months over which pending cases are simulated")
    staff_change: float = Field(
        default=-0.1, ge=-0.9, le=2, description="change of staff in a scenario, as a share of those there are"
    )
    demand_shock: float = Field(
        default=0.2, ge=-0.9, le=5, description="change of incoming cases in a scenario, as a share of the forecast"
    )
    wanted_wait: int = Field(
        default=10, ge=1, le=250, description="working days a case should wait at most on average for a free handler"
    )
    wording_bridge: Literal["", "same_shift"] = Field(
        default="", description="how survey waves of different wording are joined; none: not at all"
    )
    awareness_claim: float = Field(
        default=90.0, ge=50, lt=100, description="percent that awareness is said to exceed, judged against the survey"
    )
    outreach_budget: float = Field(
        default=0.0, ge=0, description="yuan a year laid out over places; 0: what the present doses cost"
    )
    min_cell: int = Field(default=MIN_CELL, ge=1, le=1000, description="smallest count of records that is shown")
    figures_file: str = Field(default="data/published/figures.csv", description="published figures")
    claims_file: str = Field(default="data/published/claims.csv", description="claims without a number")
    sources_file: str = Field(default="data/published/sources.csv", description="where the figures were published")
    places_file: str = Field(default="data/published/places.csv", description="names of places in both languages")
    comparison_files: list[str] = Field(
        default=["data/published/disclosures.csv", "data/published/national_series.csv"],
        description="published figures of other places, for comparison",
    )
    assumed_n: list[Annotated[int, Field(ge=1, le=10_000_000)]] = Field(
        default=[30, 100, 500], min_length=1, description="sample sizes assumed where none was published"
    )
    conf_level: float = Field(default=0.95, gt=0.5, lt=1, description="confidence level of all intervals")
    chapters: list[Literal[CHAPTERS]] = Field(
        default=[], description="chapters in the order they run; none named: all that the data allow"
    )
    languages: list[Literal["zh", "en"]] = Field(
        default=["zh", "en"], min_length=1, description="languages of the report, JupyterLab shows the first"
    )
    seed: int = Field(default=20231121, ge=0, lt=2**32, description="seed of every random number")

    @model_validator(mode="before")
    @classmethod
    def _chapters_the_data_allow(cls, values: Any) -> Any:
        """A register has its chapters, published figures have theirs; both together must be asked for."""
        if not isinstance(values, Mapping) or values.get("chapters", []) != []:
            return values
        own = REGISTER_CHAPTERS if values.get("store") else PUBLISHED_CHAPTERS
        return {**values, "chapters": [*own, "summary"]}

    @property
    def reads_published(self) -> bool:
        """Whether the report rests on published figures, alone or beside a register."""
        return not self.store or bool(set(self.chapters) & set(PUBLISHED_CHAPTERS))

    @classmethod
    def read(cls, path: str | Path) -> "ReportParams":
        """Parameters of a YAML file; raises ParameterError listing every fault with its line."""
        lines, values = _read_yaml(Path(path))
        return cls._checked(values, file=shown_path(path), lines=lines)

    @classmethod
    def from_notebook(cls, namespace: Mapping[str, Any]) -> "ReportParams":
        """Parameters of a notebook: pass `globals()` in the cell after the parameters cell."""
        if project.is_fallback():
            print(project.FALLBACK_NOTICE, file=sys.stderr)
        values = {name: value for name, value in namespace.items() if _is_parameter(name, value)}
        return cls._checked(values, file="parameters cell", lines={})

    @classmethod
    def _checked(cls, values: Mapping[str, Any], *, file: str | None, lines: Mapping[str, int]) -> "ReportParams":
        try:
            params = cls.model_validate(dict(values))
        except ValidationError as error:
            faults = [_fault(detail, file, lines) for detail in error.errors()]
            raise ParameterError.of(sorted(faults, key=lambda fault: fault.line or 0)) from None
        faults = [Fault(text, file, lines.get(key)) for key, text in _inconsistencies(params)]
        if faults:
            raise ParameterError.of(faults)
        return params


def _is_parameter(name: str, value: object) -> bool:
    hidden = name.startswith(("_", "PAPERMILL_")) or name in _NOTEBOOK_NAMES
    return not hidden and not callable(value) and not isinstance(value, ModuleType)


class _Loader(yaml.SafeLoader):
    """Leaves an impossible day, such as 2023-02-30, as text: it is told with the other wrong values."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> object:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            return self.construct_scalar(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


def _problem(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return getattr(error, "problem", None) or str(error).splitlines()[0]


def _yaml_line(error: Exception, text: str) -> int | None:
    """The line a YAML error is about, as far as it says."""
    mark, position = getattr(error, "problem_mark", None), getattr(error, "position", None)
    if position is not None:
        return text.count("\n", 0, position) + 1
    return mark.line + 1 if mark else None


def _read_yaml(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ParameterError("not UTF-8 text; save the file as UTF-8 and try again", file=path, line=line) from None
    except OSError as error:
        text = f"cannot be read ({error.strerror}); expected a parameter file such as params/changzhi-2023.yaml"
        raise ParameterError(text, file=path) from None
    try:
        node = yaml.compose(text, Loader=_Loader)
        values = yaml.load(text, Loader=_Loader)  # a SafeLoader: makes no objects
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ParameterError(f"not valid YAML: {_problem(error)}", file=path, line=_yaml_line(error, text)) from None
    if not isinstance(node, yaml.MappingNode):
        raise ParameterError("found no parameters; expected lines such as 'place: Changzhi'", file=path, line=1)
    return _key_lines(node, path), {str(key): value for key, value in values.items()}


def _key_lines(node: yaml.MappingNode, path: Path) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.value in lines:
            text = f"'{key.value}' stands here and in line {lines[key.value]}; keep one"
            raise ParameterError(text, file=path, line=line)
        lines[key.value] = line
    return lines


def _fault(detail: Any, file: str | None, lines: Mapping[str, int]) -> Fault:
    key = str(detail["loc"][0])
    known = ReportParams.model_fields
    if detail["type"] == "missing":
        return Fault(f"'{key}' is missing; expected: {known[key].description}", file)
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}"
        return Fault(f"unknown parameter '{key}'; {hint}", file, lines.get(key))
    said = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    expected = EXPECTED.get(detail["type"], said)
    place = key if len(detail["loc"]) == 1 else f"{key}, entry {detail['loc'][1] + 1}"
    text = f"{place}: found {_REPR.repr(detail['input'])}, expected {expected} ({known[key].description})"
    return Fault(text, file, lines.get(key))


def _inconsistencies(params: ReportParams) -> list[tuple[str, str]]:
    """What each parameter allows but all together do not, as (key, message)."""
    return [*_day_faults(params), *_name_faults(params), *_store_faults(params), *_file_faults(params)]


def _day_faults(params: ReportParams) -> Iterator[tuple[str, str]]:
    start, end, as_of = params.period_start, params.period_end, params.data_as_of
    if end < start:
        yield "period_end", f"the period ends on {end}, before it starts on {start}; swap the two days"
    if as_of < start:
        yield "data_as_of", f"data_as_of {as_of} lies before the period starts ({start}); name a later day"


def _name_faults(params: ReportParams) -> Iterator[tuple[str, str]]:
    for key in ("parts", "languages", "chapters", "comparison_files", "reform_kinds"):
        entries = getattr(params, key)
        twice = sorted({entry for entry in entries if entries.count(entry) > 1})
        yield from ((key, f"{key} names '{entry}' twice; keep one") for entry in twice)
    if params.place in params.parts:
        yield "parts", f"'{params.place}' is the place itself, not one of its parts; remove it from parts"


def _store_faults(params: ReportParams) -> Iterator[tuple[str, str]]:
    needing = [name for name in params.chapters if name in REGISTER_CHAPTERS]
    if needing and not params.store:
        text = f"{', '.join(needing)} cannot be made without a register; name its folder as 'store', or leave it out"
        yield "chapters", text
    if params.store and not needing:
        text = f"no chapter reads the store; add one of {', '.join(REGISTER_CHAPTERS)}, or take the store away"
        yield "chapters", text
    if "://" in params.store:
        if urlsplit(params.store).password is not None:
            text = "store: the address holds a password, which every page would print; leave it to the environment"
            yield "store", f"{text} (PGPASSWORD or a password file)"
    elif params.store and not project.resolve(params.store).is_dir():
        text = f"store: no folder '{params.store}'; expected one made by 'legalaid-eval import', from the project's"
        yield "store", f"{text} folder"


def _file_faults(params: ReportParams) -> Iterator[tuple[str, str]]:
    """Files of published figures, where the report reads any."""
    if params.reads_published:
        named = [(key, getattr(params, key)) for key in PUBLISHED_FILES]
        for key, path in (*named, *(("comparison_files", path) for path in params.comparison_files)):
            if not project.resolve(path).is_file():
                yield key, f"{key}: no file '{path}'; expected a CSV file, its path given from the project's folder"
