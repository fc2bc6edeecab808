"""A register store: tables as Ibis expressions, on DuckDB or another engine."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from legalaid_eval.errors import DataError, UsageError
from legalaid_eval.register import engines, swap
from legalaid_eval.register.meta import NAME, StoreMeta
from legalaid_eval.register.writer import ISSUE_COLUMNS, ISSUES, Issue, StoreWriter

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

__all__ = ["ISSUE_COLUMNS", "Issue", "Store", "StoreMeta", "StoreWriter", "open_store"]


@dataclass(frozen=True, slots=True)
class Store:
    """An open store. `path` is None where the tables lie in a database."""

    path: Path | None
    meta: StoreMeta
    engine: engines.Engine

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables there are."""
        return tuple(sorted(self.meta.tables))

    def has(self, table: str) -> bool:
        """Whether the table is there and has rows."""
        return self.meta.rows(table) > 0

    def table(self, name: str) -> "ir.Table":
        """The table as an Ibis expression; a table the store lacks has its columns and no row."""
        return self.engine.table(name, present=name in self.meta.tables)

    @property
    def issues(self) -> "pd.DataFrame":
        """Refused, changed and doubtful values: `table` and the columns of issues.csv; text, `row` whole (0: file)."""
        import pandas as pd

        frames = [pd.DataFrame(columns=["table", *ISSUE_COLUMNS])]
        for name in self.tables if self.path else ():
            part = self.path / name / ISSUES
            if part.exists():
                frame = pd.read_csv(part, names=ISSUE_COLUMNS, dtype=str, keep_default_na=False)
                frames.append(frame.assign(table=name))
        return pd.concat(frames, ignore_index=True).astype({"row": "int64"})

    def close(self) -> None:
        """Let go of the engine."""
        self.engine.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(path_or_url: str | Path, *, engine: str | None = None) -> Store:
    """Open a store for reading.

    A folder is read through DuckDB, or through the engine named by `engine` (`spark://local`);
    `spark://local/FOLDER` says both at once; `postgres://...` is a database that holds the tables.
    Raises DataError if there is no store, UsageError for an unknown address or a missing package.
    """
    address = os.fspath(path_or_url)
    if address.startswith(engines.POSTGRES):
        opened = engines.postgres_at(address)
        return Store(None, opened.meta(), opened)
    if address.startswith(engines.SPARK):
        address, engine = "/" + address.removeprefix(engines.SPARK).lstrip("/"), engines.SPARK
    elif "://" in address:
        raise UsageError(f"found '{address.split('://')[0]}://', expected a folder, spark://local or postgres://")
    path = Path(os.path.abspath(address))
    swap.recover(path)
    described = path / NAME
    if not described.is_file():
        raise DataError("this is no store; expected a folder made by 'legalaid-eval import'", file=address)
    meta = StoreMeta.from_json(described.read_text(encoding="utf-8"), file=described)
    return Store(path, meta, engines.for_folder(path, meta, engine))
