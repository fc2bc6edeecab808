"""What a store says of itself: `store.json`."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from legalaid_eval.errors import DataError

FORMAT = 1
NAME = "store.json"


@dataclass(frozen=True, slots=True)
class TableMeta:
    """A table: rows, the latest day in it (ISO, None without one), its files with their sha256."""

    rows: int
    latest: str | None
    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """One sum over the table's files."""
        return hashlib.sha256(json.dumps(self.files, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoreMeta:
    """`data_as_of` is the last day the data cover; `basis` is stated, or latest_event where nobody stated it."""

    simulated: bool
    data_as_of: date | None
    basis: str
    seed: int | None = None
    tables: dict[str, TableMeta] = field(default_factory=dict)

    @property
    def evidence(self) -> str:
        """What results rows made from the store rest on: register or simulated."""
        return "simulated" if self.simulated else "register"

    def rows(self, table: str) -> int:
        """Rows of a table, 0 if the store lacks it."""
        return self.tables[table].rows if table in self.tables else 0

    def to_json(self) -> str:
        plain = {"format": FORMAT} | asdict(self)
        plain["data_as_of"] = self.data_as_of.isoformat() if self.data_as_of else None
        plain["tables"] = {
            name: asdict(table) | {"sha256": table.sha256} for name, table in sorted(self.tables.items())
        }
        return json.dumps(plain, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str, *, file: Path | str | None = None) -> "StoreMeta":
        """Raises DataError if `text` is not what `to_json` writes."""
        try:
            plain = json.loads(text)
            if plain["format"] != FORMAT:
                raise DataError(f"found store format {plain['format']}, expected {FORMAT}; import again", file=file)
            stated = date.fromisoformat(plain["data_as_of"]) if plain["data_as_of"] else None
            tables = {
                name: TableMeta(table["rows"], table["latest"], dict(table["files"]))
                for name, table in plain["tables"].items()
            }
            return cls(bool(plain["simulated"]), stated, plain["basis"], plain["seed"], tables)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataError("not the description of a store; expected what 'import' wrote", file=file) from None
