"""The results row, the one tidy table all else reads: make, write, read, combine.

Percent is 0 to 100. `evidence` is never empty; `note` is a code, not prose. For a claim, `estimate` is the
recomputed value and `printed` the published one; verdicts contradicted and not_reproducible have the status
contradicted; bounds that follow from rounding or hedges stand in ci_low/ci_high with conf_level empty.
"""

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from legalaid_eval.errors import DataError, LegalAidEvalError

KEY = ("chapter", "indicator", "place", "period_start", "period_end", "group", "method")
EVIDENCE = ("published", "register", "simulated")
STATUSES = ("ok", "suppressed", "not_evaluable", "contradicted")
STATUS_OF_VERDICT = {
    "contradicted": "contradicted",
    "not_reproducible": "contradicted",
    "not_evaluable": "not_evaluable",
}
NUMBERS = ("estimate", "ci_low", "ci_high", "conf_level", "n", "printed")
SIGNIFICANT = 12
"""Digits kept: far more than any figure carries, few enough that processors agree on them."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One row; numbers may be None, text may be empty except where the module says otherwise."""

    report_id: str
    chapter: str
    indicator: str
    place: str
    period_start: date
    period_end: date
    group: str
    method: str
    estimate: float | None
    ci_low: float | None
    ci_high: float | None
    conf_level: float | None
    n: int | None
    unit: str
    evidence: str
    status: str
    verdict: str
    printed: float | None
    note: str


COLUMNS = tuple(field.name for field in fields(Row))


def make(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows as a frame in COLUMNS, numbers rounded to SIGNIFICANT digits; refuses a key that stands twice."""
    frame = pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS), dtype=object)
    for name in NUMBERS:
        frame[name] = [_kept(value) for value in frame[name]]
    twice = frame[frame.duplicated(list(KEY), keep=False)]
    if len(twice):
        keys = sorted({" / ".join(str(row[name]) for name in KEY) for _, row in twice.iterrows()})
        raise LegalAidEvalError(
            f"results rows share a key: {'; '.join(keys)}; give one of them its own group or method"
        )
    wrong = [value for value in frame["evidence"] if value not in EVIDENCE]
    if wrong:
        raise LegalAidEvalError(
            f"results rows without known evidence: {sorted(set(map(str, wrong)))}; expected {EVIDENCE}"
        )
    return frame


def _kept(value: object) -> object:
    if value is None or value != value:
        return None
    return value if isinstance(value, int) else float(f"{float(value):.{SIGNIFICANT}g}")


def combine(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several chapters under one another."""
    return pd.concat(list(frames), ignore_index=True) if frames else make([])


def defused(text: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return "'" + text if text.startswith(_DANGEROUS) else text


def to_csv(frame: pd.DataFrame) -> bytes:
    """UTF-8 with BOM, so that spreadsheets open it; LF line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in frame[list(COLUMNS)].itertuples(index=False))
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _cell(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return defused(value) if isinstance(value, str) else str(value)


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """The same table as a workbook: numbers as numbers, text never as a formula, no time stamp."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet("results")
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, COLUMNS)
    for line, row in enumerate(frame[list(COLUMNS)].itertuples(index=False), start=1):
        for column, value in enumerate(row):
            if value is None or value != value:
                continue
            number = isinstance(value, int | float)
            sheet.write(line, column, value if number else defused(str(value)))
    book.close()
    return out.getvalue()


def write_bytes(path: Path, data: bytes) -> None:
    """Write whole or not at all: beside the target, then renamed onto it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    beside.write_bytes(data)
    beside.replace(path)


def save_chapter(frame: pd.DataFrame, chapter: str, folder: Path) -> Path:
    """Write a chapter's rows to `<folder>/results/<chapter>.csv`."""
    path = folder / "results" / f"{chapter}.csv"
    write_bytes(path, to_csv(frame))
    return path


def read(path: Path) -> pd.DataFrame:
    """A results file as a frame with the types of Row; raises DataError if its columns are not COLUMNS."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    if tuple(raw.columns) != COLUMNS:
        raise DataError(
            f"found columns {', '.join(raw.columns)}; expected {', '.join(COLUMNS)}; build it again", file=path
        )
    frame = raw.astype(object)
    for name in NUMBERS:
        frame[name] = pd.Series([float(v) if v else None for v in raw[name]], dtype=object)
    for name in ("period_start", "period_end"):
        frame[name] = pd.Series([date.fromisoformat(v) for v in raw[name]], dtype=object)
    for name in ("indicator", "place", "group", "note", "unit"):
        frame[name] = [v[1:] if v.startswith("'") and v[1:].startswith(_DANGEROUS) else v for v in raw[name]]
    return frame


def verdict_counts(frame: pd.DataFrame) -> Mapping[str, int]:
    """How many rows have each verdict, rows without one left out."""
    return frame.loc[frame["verdict"] != "", "verdict"].value_counts().to_dict()
