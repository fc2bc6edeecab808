"""ReportParams: the one definition of every report parameter.

The same values come from a YAML file (`legalaid-eval report`, `papermill -f`) or from a notebook's
parameters cell. Every fault is told with its file, its line and what was expected.
"""

import difflib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from legalaid_eval import project
from legalaid_eval.errors import Fault, ParameterError, shown_path

CHAPTERS = ("published_claims", "summary")
_NOTEBOOK_NAMES = {"In", "Out", "get_ipython", "exit", "quit", "open"}


def _iso_date(value: object) -> object:
    """Papermill passes dates as ISO text; YAML reads them as dates. Both mean the same day."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_iso_date)]


class ReportParams(BaseModel):
    """Parameters of one report. Paths are relative to the project's folder.

    Example: `ReportParams.read("params/changzhi-2023.yaml").place` is `"Changzhi"`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    report_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="name of the report and of its folder")
    place: str = Field(min_length=1, description="place evaluated, as in the figures file")
    parts: list[str] = Field(default=[], description="lower-level places that should report, missing ones are counted")
    period_start: Day = Field(description="first day of the period evaluated")
    period_end: Day = Field(description="last day of the period evaluated")
    data_as_of: Day = Field(description="last day the data cover")
    figures_file: str = Field(default="data/published/figures.csv", description="published figures")
    claims_file: str = Field(default="data/published/claims.csv", description="claims without a number")
    sources_file: str = Field(default="data/published/sources.csv", description="where the figures were published")
    places_file: str = Field(default="data/published/places.csv", description="names of places in both languages")
    comparison_files: list[str] = Field(
        default=["data/published/disclosures.csv", "data/published/national_series.csv"],
        description="published figures of other places, for comparison",
    )
    assumed_n: list[Annotated[int, Field(ge=1)]] = Field(
        default=[30, 100, 500], min_length=1, description="sample sizes assumed where none was published"
    )
    conf_level: float = Field(default=0.95, gt=0.5, lt=1, description="confidence level of all intervals")
    chapters: list[Literal["published_claims", "summary"]] = Field(
        default=list(CHAPTERS), min_length=1, description="chapters in the order they run"
    )
    languages: list[Literal["zh", "en"]] = Field(
        default=["zh", "en"], min_length=1, description="languages of the report, JupyterLab shows the first"
    )
    seed: int = Field(default=20231121, ge=0, description="seed of every random number")

    @classmethod
    def read(cls, path: str | Path) -> "ReportParams":
        """Parameters of a YAML file; raises ParameterError listing every fault with its line."""
        lines, values = _read_yaml(Path(path))
        return cls._checked(values, file=shown_path(path), lines=lines)

    @classmethod
    def from_notebook(cls, namespace: Mapping[str, Any]) -> "ReportParams":
        """Parameters of a notebook: pass `globals()` in the cell after the parameters cell."""
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
    hidden = name.startswith("_") or name in _NOTEBOOK_NAMES
    return not hidden and not callable(value) and not isinstance(value, ModuleType)


def _read_yaml(path: Path) -> tuple[dict[str, int], dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError("no such file; expected a parameter file such as params/changzhi-2023.yaml", file=path) from None
    except (UnicodeDecodeError, IsADirectoryError, PermissionError) as error:
        raise ParameterError(f"cannot be read as UTF-8 text ({type(error).__name__}); save it as UTF-8", file=path) from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ParameterError(f"not valid YAML: {problem}", file=path, line=mark.line + 1 if mark else None) from None
    if not isinstance(node, yaml.MappingNode):
        raise ParameterError("found no parameters; expected lines such as 'place: Changzhi'", file=path, line=1)
    return _key_lines(node, path), {str(key): value for key, value in values.items()}


def _key_lines(node: yaml.MappingNode, path: Path) -> dict[str, int]:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.value in lines:
            raise ParameterError(f"'{key.value}' stands here and in line {lines[key.value]}; keep one", file=path, line=line)
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
    expected = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    place = key if len(detail["loc"]) == 1 else f"{key}, entry {detail['loc'][1] + 1}"
    text = f"{place}: found {detail['input']!r}, expected {expected} ({known[key].description})"
    return Fault(text, file, lines.get(key))


def _inconsistencies(params: ReportParams) -> list[tuple[str, str]]:
    """What each parameter allows but all together do not, as (key, message)."""
    faults = []
    if params.period_end < params.period_start:
        text = f"the period ends on {params.period_end}, before it starts on {params.period_start}; swap the two days"
        faults.append(("period_end", text))
    if params.data_as_of < params.period_start:
        text = f"data_as_of {params.data_as_of} lies before the period starts ({params.period_start}); nothing could be evaluated"
        faults.append(("data_as_of", text))
    for key in ("parts", "languages", "chapters", "comparison_files"):
        entries = getattr(params, key)
        twice = sorted({entry for entry in entries if entries.count(entry) > 1})
        faults += [(key, f"{key} names '{entry}' twice; keep one") for entry in twice]
    if params.place in params.parts:
        faults.append(("parts", f"'{params.place}' is the place itself, not one of its parts; remove it from parts"))
    for key in ("figures_file", "claims_file", "sources_file", "places_file"):
        faults += _missing_file(key, getattr(params, key))
    for path in params.comparison_files:
        faults += _missing_file("comparison_files", path)
    return faults


def _missing_file(key: str, path: str) -> list[tuple[str, str]]:
    if project.resolve(path).is_file():
        return []
    return [(key, f"{key}: no file '{path}'; expected a CSV file, its path given from the project's folder")]
