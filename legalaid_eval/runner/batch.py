"""Building reports: chapters executed once, pages in every language, a folder written whole or not at all."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from joblib import Parallel, delayed
from nbformat import NotebookNode
from tqdm import tqdm

from legalaid_eval import __version__, project, results
from legalaid_eval.content import Label, Message, Period
from legalaid_eval.errors import ChapterFailed, UsageError
from legalaid_eval.params import PUBLISHED_FILES, ReportParams
from legalaid_eval.report import words
from legalaid_eval.report.page import ChapterFailure, PageInfo, render_page
from legalaid_eval.runner import manifest, notebook
from legalaid_eval.runner.draft import building, put_in_place

RULES = ("published_indicators.csv", "indicator_catalogue.csv", "time_limits.csv")


@dataclass(frozen=True, slots=True)
class ReportJob:
    """A report to be built: its parameters, the file they came from, the place's name, what the report rests on.

    `evidence` is published, register, register_and_published or simulated; `store_files` are a register's.
    """

    params: ReportParams
    source: Path
    place: Label
    evidence: str
    store_files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished report: its folder and, by chapter, what failed."""

    report_id: str
    folder: Path
    failures: Mapping[str, str] = field(default_factory=dict)


def build_reports(jobs: Sequence[ReportJob], out: Path, *, workers: int = 2, quiet: bool = False) -> list[Outcome]:
    """Build every report into `out/<report_id>/`; a failing chapter leaves the others.

    Reports run side by side (kernels are processes already, so threads suffice). Raises UsageError
    where `out` cannot hold them or would lose something that is no report.
    """
    _prepare(out, jobs)
    total = sum(len(job.params.chapters) + 1 for job in jobs)
    with (
        building(out) as scratch,
        project.working_in(scratch / "work"),
        tqdm(total=total, unit="step", disable=quiet, file=sys.stderr, desc="reports") as bar,
    ):
        step = bar.update
        return Parallel(n_jobs=workers, backend="threading")(
            delayed(_build)(job, scratch / job.params.report_id, out, step) for job in jobs
        )


def _prepare(out: Path, jobs: Sequence[ReportJob]) -> None:
    """Make `out`; what stands in a report's place must be an older report, because it will be replaced."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot be made ({error.strerror}); name another folder with --out", file=out) from None
    for target in (out / job.params.report_id for job in jobs):
        older = (target / manifest.NAME).is_file() or (target.is_dir() and not any(target.iterdir()))
        if target.exists() and not older:
            text = f"exists and is no report (it holds no {manifest.NAME}); move it away or name another --out"
            raise UsageError(text, file=target)


def _build(job: ReportJob, draft: Path, out: Path, step: Callable[[], object]) -> Outcome:
    params = job.params
    chapters: dict[str, NotebookNode | ChapterFailure] = {}
    frames: list[pd.DataFrame] = []
    for name in params.chapters:
        chapters[name] = _chapter(name, params, draft)
        rows = project.work_folder(params.report_id) / "results" / f"{name}.csv"
        if rows.is_file() and isinstance(chapters[name], NotebookNode):
            frames.append(results.read(rows))
        step()
    _write_results(results.combine(frames), draft)
    _write_pages(job, chapters, draft)
    inputs = _inputs(job)
    made = manifest.make(
        report_id=params.report_id, parameters=params.model_dump(mode="json"), inputs=inputs, folder=draft
    )
    results.write_bytes(draft / manifest.NAME, made)
    folder = put_in_place(draft, out / params.report_id)
    step()
    failures = {name: book.error for name, book in chapters.items() if isinstance(book, ChapterFailure)}
    return Outcome(params.report_id, folder, failures)


def _chapter(name: str, params: ReportParams, draft: Path) -> NotebookNode | ChapterFailure:
    """A failed chapter keeps its notebook as far as it came, for whoever looks for the fault."""
    source = project.resolve(f"notebooks/{name}.ipynb")
    try:
        return notebook.execute(source, draft / "notebooks" / f"{name}.ipynb", params.model_dump(mode="json"))
    except ChapterFailed as error:
        return ChapterFailure(str(error))


def _write_results(frame: pd.DataFrame, draft: Path) -> None:
    results.write_bytes(draft / "results.csv", results.to_csv(frame))
    results.write_bytes(draft / "results.xlsx", results.to_xlsx(frame))


def _write_pages(job: ReportJob, chapters: Mapping[str, NotebookNode | ChapterFailure], draft: Path) -> None:
    info = page_info(job)
    for language in job.params.languages:
        html = render_page(chapters, language=language, languages=job.params.languages, report=info)
        results.write_bytes(draft / f"report.{language}.html", html.encode())


def page_info(job: ReportJob) -> PageInfo:
    """What stands in the head and colophon of the report's pages."""
    params = job.params
    period = Period(params.period_start, params.period_end)
    title = Message("report.title", {"place": job.place, "period": period})
    return PageInfo(
        Label(*(words.sentence(title, language) for language in ("zh", "en"))),
        job.place,
        period,
        params.data_as_of,
        params.report_id,
        job.evidence,
        __version__,
        params.model_dump(mode="json"),
    )


def _inputs(job: ReportJob) -> dict[str, Path]:
    """Every file the report was made from, by the name its manifest gives it."""
    params = job.params
    published = [*(getattr(params, key) for key in PUBLISHED_FILES), *params.comparison_files]
    named = published if params.reads_published else []
    notebooks = (f"notebooks/{name}.ipynb" for name in params.chapters)
    rules = (f"data/rules/{name}" for name in RULES)
    read = [job.source.resolve(), *(project.resolve(path) for path in (*named, *notebooks, *rules))]
    inputs = {manifest.shown(path): path for path in read}
    return inputs | {manifest.shown(path, folder=job.store_files[0].parent): path for path in job.store_files}
