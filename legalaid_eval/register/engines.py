"""The engines that run a query on the register: DuckDB, Spark in local mode, Postgres."""

import weakref
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

import ibis

from legalaid_eval.errors import DataError, UsageError
from legalaid_eval.register import postgres, spark
from legalaid_eval.register.columns import arrow_schema
from legalaid_eval.register.meta import StoreMeta
from legalaid_eval.schemas import REGISTER_TABLES

if TYPE_CHECKING:
    import ibis.expr.types as ir

SPARK = "spark://local"
POSTGRES = postgres.PREFIXES


DUCKDB_MEMORY = "2GB"
"""What DuckDB may hold; beyond it, parts of a query go to disk: a register of any size then fits a small computer."""


class Engine(Protocol):
    """Something that has the tables of a store."""

    def table(self, name: str, *, present: bool) -> "ir.Table": ...

    def close(self) -> None: ...


def _ibis_schema(name: str) -> ibis.Schema:
    if name not in REGISTER_TABLES:
        raise UsageError(f"no table '{name}' in a register; expected one of {', '.join(REGISTER_TABLES)}")
    return ibis.Schema.from_pyarrow(arrow_schema(REGISTER_TABLES[name]))


class _Backend:
    def __init__(self, connect: Callable[[], ibis.BaseBackend]) -> None:
        self._connect = connect
        self._tables: dict[str, ir.Table] = {}

    @cached_property
    def connection(self) -> ibis.BaseBackend:
        """Made when a table is first asked for: a store's description needs none."""
        return self._connect()

    def table(self, name: str, *, present: bool) -> "ir.Table":
        if name not in self._tables:
            self._tables[name] = self._present(name) if present else self._absent(name)
        return self._tables[name]

    def _absent(self, name: str) -> "ir.Table":
        """No row, but every column: made from one row of nulls, as not every engine has empty literals."""
        schema = _ibis_schema(name)
        nulls = {column: ibis.null(kind) for column, kind in schema.items()}
        anchor = self.connection.sql("SELECT 1 AS anchor")
        return anchor.select(**nulls).filter(ibis.literal(False))

    def close(self) -> None:
        """Let go of the connection; Spark's Java stays for the next one."""
        self._tables.clear()
        made = self.__dict__.pop("connection", None)
        if made is not None and made.name != "pyspark":
            made.disconnect()


class _Folder(_Backend):
    def __init__(self, connect: Callable[[], ibis.BaseBackend], path: Path) -> None:
        super().__init__(connect)
        self.path = path

    def _present(self, name: str) -> "ir.Table":
        _ibis_schema(name)
        return self.connection.read_parquet(str(self.path / name / "*.parquet"), table_name=f"register_{name}")


class _Database(_Backend):
    def _present(self, name: str) -> "ir.Table":
        wanted = _ibis_schema(name)
        found = self.connection.table(name)
        missing = [column for column in wanted if column not in found.columns]
        if missing:
            raise DataError(f"table {name} lacks {', '.join(missing)}; expected all columns of the dictionary")
        return found.select(**{column: found[column].cast(kind) for column, kind in wanted.items()})

    def meta(self) -> StoreMeta:
        """What `copy_to_postgres` left of the store's description."""
        if postgres.META_TABLE not in self.connection.list_tables():
            raise DataError(
                f"the database has no table {postgres.META_TABLE}; copy a store into it with copy_to_postgres"
            )
        return StoreMeta.from_json(self.connection.table(postgres.META_TABLE).description.to_pyarrow()[0].as_py())


def _duckdb() -> ibis.BaseBackend:
    """A connection that puts what does not fit into memory where only this user can read it, until it is closed."""
    spilled = TemporaryDirectory(prefix="legalaid-eval-", ignore_cleanup_errors=True)
    made = ibis.duckdb.connect(memory_limit=DUCKDB_MEMORY, temp_directory=spilled.name)
    weakref.finalize(made, spilled.cleanup)
    return made


def for_folder(path: Path, meta: StoreMeta, engine: str | None) -> Engine:
    """The engine for a store on disk; `engine` None is DuckDB."""
    if engine is None:
        return _Folder(_duckdb, path)
    if engine == SPARK:
        return _Folder(spark.connect, path)
    raise UsageError(f"unknown engine '{engine}'; expected {SPARK}, or nothing for DuckDB")


def postgres_at(url: str) -> "_Database":
    """The database at `url`; raises UsageError without the package or a connection."""
    return _Database(lambda: postgres.connect(url))
