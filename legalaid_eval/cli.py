"""legalaid-eval: the commands. Heavy imports stand inside the commands, so that --help answers at once."""

import difflib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from legalaid_eval import __version__, project
from legalaid_eval.errors import (
    ChapterFailed,
    Fault,
    LegalAidEvalError,
    ParameterError,
    UsageError,
    VerifyError,
    shown_path,
)
from legalaid_eval.register import commands as register_commands

if TYPE_CHECKING:
    from legalaid_eval.chapters.base import Grounds
    from legalaid_eval.params import ReportParams
    from legalaid_eval.runner.batch import ReportJob

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Evaluate a legal-aid programme from its register or its published figures; report in Chinese and English.",
)

ParamsFiles = Annotated[list[Path], typer.Argument(metavar="PARAMS...", help="parameter files, one report each")]


@app.command()
def report(
    params: ParamsFiles,
    out: Annotated[Path, typer.Option(help="folder for the finished reports")] = Path("reports"),
    workers: Annotated[int, typer.Option(min=1, help="reports built side by side")] = 2,
    quiet: Annotated[bool, typer.Option(help="no progress bar")] = False,
) -> None:
    """Build one report per parameter file into OUT/REPORT_ID/."""
    _skip_address_grammar()
    from legalaid_eval.runner.kernel import prewarm

    _use_project_of(params)
    _check_out(out)
    prewarm()  # the kernels' imports run beside our own
    jobs = _jobs(params)
    from legalaid_eval.runner.batch import build_reports

    outcomes = build_reports(jobs, out, workers=workers, quiet=quiet)
    for outcome in outcomes:
        typer.echo(f"{outcome.report_id}: {shown_path(outcome.folder)}")
        for chapter, error in outcome.failures.items():
            typer.echo(f"  chapter {chapter} failed: {error}", err=True)
    failed = [outcome.report_id for outcome in outcomes if outcome.failures]
    if failed:
        raise ChapterFailed(f"finished, but chapters failed in: {', '.join(failed)}; their pages say what")


def _check_out(out: Path) -> None:
    """Reports among the inputs would be copied with them and read as part of the project."""
    root = project.project_root()
    for folder in project.CONTENTS:
        if out.resolve().is_relative_to(root / folder):
            raise UsageError(
                f"--out {shown_path(out)} lies inside {folder}/, which holds inputs; choose another folder"
            )


def _skip_address_grammar() -> None:
    """jsonschema checks international addresses if it can; no notebook has any, and the grammar takes 1.5 s to load."""
    sys.modules.setdefault("rfc3987_syntax", None)


def _jobs(paths: list[Path]) -> "list[ReportJob]":
    """Read and check everything before anything is written: parameters first, then the data they name."""
    from legalaid_eval.chapters.base import grounds_of
    from legalaid_eval.params import ReportParams
    from legalaid_eval.runner.batch import ReportJob

    read = [(ReportParams.read(path), path) for path in paths]
    _check_distinct(read)
    jobs = []
    for params, path in read:
        grounds = grounds_of(params)
        faults = [Fault(text, shown_path(path)) for text in _ground_faults(params, grounds)]
        if faults:
            raise ParameterError.of(faults)
        jobs.append(ReportJob(params, path, grounds.name(params.place), grounds.evidence, grounds.files))
    return jobs


def _ground_faults(params: "ReportParams", grounds: "Grounds") -> Iterator[str]:
    """What the parameters say that the data they name do not bear out."""
    if grounds.published is not None and grounds.evidence == "simulated":
        yield (
            f"the register {params.store} is simulated and published figures are real: they are never mixed; "
            "build a report on each"
        )
        return
    if grounds.published is not None:
        known = {*grounds.published.names, *(found.place for found in grounds.published.statements)}
        absent = f"has no figure in {params.figures_file} and no name"
        yield from _place_faults(params, known, absent, f"add a row to {params.places_file}")
    if grounds.register is None:
        return
    known, last = set(grounds.register.names), grounds.register.data_as_of
    yield from _place_faults(params, known, f"is no place of the register {params.store}", _known_places(grounds))
    if params.place in known and params.place not in grounds.register.told:
        yield f"the register {params.store} names no county of '{params.place}' in its rows; {_known_places(grounds)}"
    if last is not None and params.data_as_of > last:
        yield f"data_as_of is {params.data_as_of}, but the register {params.store} ends on {last}; name that day"


def _known_places(grounds: "Grounds") -> str:
    whole = sorted(grounds.register.whole)
    return f"it is about {' or '.join(whole)} and its counties" if whole else "import a table of places into it"


def _place_faults(params: "ReportParams", known: set[str], absent: str, remedy: str) -> Iterator[str]:
    """A misspelt place would make an empty report, a misspelt part one that is never missed."""
    for place in (params.place, *params.parts):
        if place not in known:
            near = difflib.get_close_matches(place, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else remedy
            yield f"'{place}' {absent}; {hint}"


def _use_project_of(paths: list[Path]) -> None:
    """All parameter files of one call belong to one project; kernels learn of it through the environment."""
    if os.environ.get(project.ROOT_VARIABLE):
        return
    roots = {project.project_root(path.resolve().parent) for path in paths}
    if len(roots) > 1:
        raise UsageError(f"the parameter files belong to {len(roots)} projects; build them in one call each")
    os.environ[project.ROOT_VARIABLE] = str(roots.pop())


def _check_distinct(read: list) -> None:
    first: dict[str, Path] = {}
    for params, path in read:
        if params.report_id in first:
            text = f"report_id '{params.report_id}' is also that of {shown_path(first[params.report_id])}; change one"
            raise UsageError(text, file=path)
        first[params.report_id] = path


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="CSV, XLSX or Parquet files")],
    to: Annotated[Path, typer.Option("--to", metavar="STORE", help="folder of the store")],
    as_of: Annotated[str, typer.Option(metavar="DAY", help="last day the data cover; else the latest event")] = "",
    simulated: Annotated[bool, typer.Option("--simulated", help="the data are made up")] = False,
) -> None:
    """Check register tables and put them into a store; doubts are listed in STORE/issues.csv."""
    last = _day(as_of)
    from legalaid_eval.register.importing import import_files

    summaries = import_files(files, to, simulated=simulated, data_as_of=last)
    for found in summaries:
        sheet = f", sheet {found.sheet}" if found.sheet else ""
        said = f"{found.rows:,} rows to {found.table}, {found.errors:,} errors, {found.doubts:,} doubts"
        typer.echo(f"{found.file}{sheet}: {said}")
    noted = f"; see {shown_path(to / 'issues.csv')}" if any(s.errors or s.doubts for s in summaries) else ""
    typer.echo(f"{shown_path(to)}: written{noted}")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--as-of: found '{text}', expected a day such as 2023-12-31") from None


@app.command()
def check(store: Annotated[str, typer.Argument(metavar="STORE", help="folder of a store, or its address")]) -> None:
    """Say what a store holds, whether it is whole, and what was doubted at the import."""
    from legalaid_eval.register.checking import check_store
    from legalaid_eval.register.store import open_store

    with open_store(store) as opened:
        meta, found = opened.meta, check_store(opened)
    basis = "stated" if meta.basis == "stated" else "the latest event, as nobody stated it"
    kind = f"simulated data (seed {meta.seed})" if meta.simulated else "data"
    typer.echo(f"{kind} as of {meta.data_as_of or 'an unknown day'} ({basis})")
    for name in sorted(meta.tables):
        typer.echo(f"  {name}: {meta.rows(name):,} rows")
    for lost in found.references:
        typer.echo(f"  {lost.table}: {lost.rows:,} rows with a {lost.column} that {lost.target} has not")
    for noted in found.recorded:
        typer.echo(f"  {noted.severity} {noted.rule}, {noted.times:,} times: {noted.meaning}")
    if found.damaged:
        raise VerifyError(f"not as written: {', '.join(found.damaged)}; import again", file=opened.path)


app.command()(register_commands.simulate)


@app.command()
def verify(folder: Annotated[Path, typer.Argument(metavar="REPORT_DIR", help="a finished report folder")]) -> None:
    """Check a finished report against its manifest."""
    from legalaid_eval.runner.manifest import differences

    found = differences(folder)
    for difference in found:
        typer.echo(f"{difference.kind}: {difference.file}")
    if found:
        raise VerifyError(f"{len(found)} files differ from the manifest; build the report again", file=folder)
    typer.echo(f"{shown_path(folder)}: as its manifest says")


@app.command()
def refresh(
    chapters: Annotated[
        list[str] | None, typer.Argument(metavar="[CHAPTER]...", help="notebooks by name; all if none is named")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="only say what would change")] = False,
) -> None:
    """Execute the committed notebooks again, store them, and show what changed."""
    from legalaid_eval.runner.refresh import refresh as run

    changed = [found for found in run(chapters or (), write=not check) if found.cells]
    for found in changed:
        typer.echo(f"{found.notebook}: changed in {', '.join(found.cells)}")
    if not changed:
        typer.echo("nothing changed")
    elif check:
        raise VerifyError("the committed notebooks are not what they compute; run 'legalaid-eval refresh'")


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="DIR", help="folder to be made")]) -> None:
    """Lay out notebooks, parameters and data for an evaluation of your own."""
    made = project.copy_project(folder)
    typer.echo(f"{shown_path(made)}: ready; read its README.md")


@app.command()
def doctor() -> None:
    """Say what works on this computer, and how to mend what does not."""
    from legalaid_eval.runner.doctor import examine

    findings = examine()
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'MEND'}  {finding.part}: {finding.found}")
        if not finding.ok:
            typer.echo(f"      {finding.fix}")
    if any(finding.needed and not finding.ok for finding in findings):
        raise UsageError("a needed part is missing; the lines above say how to mend it")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run a command; a known error becomes a message and an exit code, never a traceback."""
    try:
        app(prog_name="legalaid-eval")
    except LegalAidEvalError as error:
        for fault in _once_each(error.faults):
            typer.echo(f"legalaid-eval: {fault}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # such as a full disk, or a report that a spreadsheet holds open
        file = shown_path(error.filename) if isinstance(error.filename, str) else None
        typer.echo(f"legalaid-eval: {Fault(f'the system refused a file ({error.strerror or error})', file)}", err=True)
        sys.exit(LegalAidEvalError.exit_code)


def _once_each(faults: Sequence[Fault]) -> Iterator[Fault]:
    """What is wrong with many lines of a file in the same way is said once, with the first line."""
    alike: dict[tuple[str | None, str], list[Fault]] = {}
    for fault in faults:
        alike.setdefault((fault.file, fault.message), []).append(fault)
    for first, *others in alike.values():
        more = f" (and {len(others)} more lines alike)" if others else ""
        yield replace(first, message=first.message + more)


if __name__ == "__main__":
    main()
