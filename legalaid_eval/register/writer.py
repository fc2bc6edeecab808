"""Writing a store: tables in parts, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from legalaid_eval.errors import LegalAidEvalError, UsageError
from legalaid_eval.register import meta, swap
from legalaid_eval.register.columns import arrow_schema, conform
from legalaid_eval.schemas import EVENT_TABLES, REGISTER_TABLES, TableSchema

GROUP_ROWS = 200_000
"""Rows of a row group: written so whatever the size of the pieces appended, so that equal data give equal bytes."""
PART_ROWS = 10 * GROUP_ROWS
ISSUES = "issues.csv"


@dataclass(frozen=True, slots=True)
class Issue:
    """A value or row that was refused, changed or doubted; `severity` is error or doubt, `row` 0 a whole file."""

    file: str
    sheet: str
    row: int
    column: str
    rule: str
    severity: str
    problem: str
    action: str


ISSUE_COLUMNS = tuple(Issue.__dataclass_fields__)
_NO_HEADER = pacsv.WriteOptions(include_header=False, quoting_style="needed")


class _TableFiles:
    """The parts of one table while they are written."""

    def __init__(self, schema: TableSchema, folder: Path) -> None:
        folder.mkdir()
        self.schema, self.folder = schema, folder
        self.rows, self.latest, self.files = 0, None, {}
        self._waiting: list[pa.Table] = []
        self._part: pq.ParquetWriter | None = None
        self._part_rows = 0

    def append(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        self._note_latest(table)
        self._waiting.append(table)
        if sum(piece.num_rows for piece in self._waiting) >= GROUP_ROWS:
            whole = pa.concat_tables(self._waiting)
            full = whole.num_rows // GROUP_ROWS * GROUP_ROWS
            for start in range(0, full, GROUP_ROWS):
                self._write(whole.slice(start, GROUP_ROWS))
            self._waiting = [whole.slice(full)]

    def _note_latest(self, table: pa.Table) -> None:
        if self.schema.name in EVENT_TABLES:
            days = [pc.max(table[name]).as_py() for name in self.schema.of_kind("day")]
            self.latest = max((day for day in (self.latest, *days) if day), default=None)

    def _write(self, group: pa.Table) -> None:
        if self._part is None or self._part_rows >= PART_ROWS:
            self._close_part()
            path = self.folder / f"part-{len(self.files):05d}.parquet"
            self.files[path.name] = ""
            self._part = pq.ParquetWriter(path, arrow_schema(self.schema), compression="zstd", store_schema=False)
        self._part.write_table(group, row_group_size=GROUP_ROWS)
        self._part_rows += group.num_rows

    def _close_part(self) -> None:
        if self._part is not None:
            self._part.close()
            self._part = None
        self._part_rows = 0

    def finish(self) -> meta.TableMeta:
        rest = pa.concat_tables(self._waiting) if self._waiting else arrow_schema(self.schema).empty_table()
        if rest.num_rows or not self.files:
            self._write(rest)
        self._close_part()
        self.files = {name: _settled(self.folder / name) for name in self.files}
        return meta.TableMeta(self.rows, self.latest.isoformat() if self.latest else None, self.files)


def _settled(path: Path) -> str:
    """The sha256 of a file that is finished, after it has reached the disk."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return found


class StoreWriter:
    """Builds a store beside `path` and puts it in its place at the end of a `with` block; an exception leaves all as
    it was.

    `keep` takes over the tables of the former store that are not written anew. `data_as_of` None: the latest day
    in the data. Raises UsageError if another writer is at work or a simulated and a real store would mix.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        simulated: bool,
        seed: int | None = None,
        data_as_of: date | None = None,
        keep: bool = False,
    ) -> None:
        self.path = Path(os.path.abspath(path))
        self.simulated, self.seed, self.data_as_of, self.keep = simulated, seed, data_as_of, keep
        self._partial = swap.partial_of(self.path)
        self._tables: dict[str, _TableFiles] = {}
        self._issues: dict[str, BinaryIO] = {}
        self._open = ExitStack()

    def __enter__(self) -> "StoreWriter":
        self._open.enter_context(swap.writing(self.path))
        try:
            self._former = self._read_former()
            self._partial.mkdir()
        except BaseException:
            self._open.close()
            raise
        self._open.callback(shutil.rmtree, self._partial, ignore_errors=True)
        return self

    def _read_former(self) -> meta.StoreMeta | None:
        described = self.path / meta.NAME
        if not self.path.exists() or not (self.path.is_file() or any(self.path.iterdir())):
            return None
        if not described.is_file():
            raise UsageError("this is not a store, and would be replaced by one; give another --to", file=self.path)
        if not self.keep:
            return None
        former = meta.StoreMeta.from_json(described.read_text(encoding="utf-8"), file=described)
        if former.simulated != self.simulated:
            kinds = ("real", "simulated")
            text = f"the store holds {kinds[former.simulated]} data and the new tables are {kinds[self.simulated]}"
            raise UsageError(f"{text}; the two never mix: use another store", file=self.path)
        return former

    def append(self, table: str, data: pa.Table | pa.RecordBatch | Mapping[str, object]) -> None:
        """Add rows to a table; see `columns.conform` for what `data` may be."""
        schema = _schema_of(table)
        if table not in self._tables:
            self._tables[table] = _TableFiles(schema, self._partial / table)
        self._tables[table].append(conform(data, schema))

    def add_issues(self, table: str, issues: pa.Table | Iterable[Issue]) -> None:
        """Add to the list of issues, a table of ISSUE_COLUMNS or Issue by Issue; they live and go with their table."""
        _schema_of(table)
        if not isinstance(issues, pa.Table):
            issues = pa.Table.from_pylist([asdict(issue) for issue in issues])
        if issues.num_rows:
            if table not in self._issues:
                self._issues[table] = self._open.enter_context((self._partial / f"{table}.{ISSUES}").open("wb"))
            whole = issues.select(ISSUE_COLUMNS).combine_chunks()  # pyarrow writes rubbish for a chunk without rows
            pacsv.write_csv(whole, self._issues[table], _NO_HEADER)

    def write_file(self, name: str, data: bytes) -> None:
        """Put a further file, such as the truth of a simulation, into the store."""
        (self._partial / name).write_bytes(data)

    def __exit__(self, kind: type | None, *_: object) -> None:
        with self._open:
            if kind is None:
                self._finish()
                swap.replace_store(self._partial, self.path)

    def _finish(self) -> None:
        tables = {name: files.finish() for name, files in self._tables.items()}
        for file in self._issues.values():
            file.close()
        for name in self._tables:
            self._place_issues(self._partial / f"{name}.{ISSUES}", name)
        for name, table in (self._former.tables if self._former else {}).items():
            if name not in tables:
                tables[name] = table
                shutil.copytree(self.path / name, self._partial / name, copy_function=_link)
        self._join_issues(tables)
        described = self._describe(tables).to_json()
        (self._partial / meta.NAME).write_text(described, encoding="utf-8", newline="\n")

    def _place_issues(self, path: Path, table: str) -> None:
        if path.exists():
            path.rename(self._partial / table / ISSUES)

    def _join_issues(self, tables: Iterable[str]) -> None:
        """One list of all tables, which is what people read."""
        with (self._partial / ISSUES).open("wb") as whole:
            whole.write(("\ufeff" + ",".join(ISSUE_COLUMNS) + "\n").encode())
            for name in sorted(tables):
                part = self._partial / name / ISSUES
                if part.exists():
                    with part.open("rb") as file:
                        shutil.copyfileobj(file, whole)

    def _describe(self, tables: dict[str, meta.TableMeta]) -> meta.StoreMeta:
        latest = max((table.latest for table in tables.values() if table.latest), default=None)
        known = self.data_as_of or (date.fromisoformat(latest) if latest else None)
        basis = "stated" if self.data_as_of else "latest_event"
        return meta.StoreMeta(self.simulated, known, basis, self.seed, tables)


def _schema_of(table: str) -> TableSchema:
    if table not in REGISTER_TABLES:
        raise LegalAidEvalError(f"no table '{table}' in a register; expected one of {', '.join(REGISTER_TABLES)}")
    return REGISTER_TABLES[table]


def _link(source: str, target: str) -> None:
    """A second name for the same file; a copy where the system has no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
