"""Looking a store over: is it as it was written, do its tables refer to one another, what was doubted."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from legalaid_eval.register.store import Store
from legalaid_eval.register.validation import RULES

REFERENCES = (
    *((table, "case_no", "cases", "case_no") for table in ("callbacks", "peer_reviews", "payments")),
    ("consultations", "event_id", "outreach_events", "event_id"),
    *(
        (table, "county", "places", "code")
        for table in (
            "cases",
            "consultations",
            "outreach_events",
            "awareness_survey",
            "payments",
            "duty_roster",
        )
    ),
    *((table, "place", "places", "code") for table in ("targets", "reforms")),
)
"""Columns whose values must stand in another table."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Rows of `table` whose `column` names something that `target` has not."""

    table: str
    column: str
    target: str
    rows: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """How often a rule was broken at the import."""

    severity: str
    rule: str
    meaning: str
    times: int


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """`damaged` are files that are absent or not as they were written."""

    damaged: tuple[str, ...]
    references: tuple[Reference, ...]
    recorded: tuple[Recorded, ...]


def check_store(store: Store) -> StoreCheck:
    """What is to be said of a store; of one in a database, only its references can be looked at."""
    return StoreCheck(_damaged(store), _references(store), _recorded(store))


def _damaged(store: Store) -> tuple[str, ...]:
    if store.path is None:
        return ()
    said = {f"{name}/{file}": sha for name, table in store.meta.tables.items() for file, sha in table.files.items()}
    return tuple(name for name, sha in sorted(said.items()) if _sha256(store.path / name) != sha)


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _references(store: Store) -> tuple[Reference, ...]:
    found = []
    for table, column, target, key in REFERENCES:
        if store.has(table) and store.has(target):
            rows, known = store.table(table), store.table(target)
            lost = rows.filter(rows[column].notnull() & rows[column].notin(known[key]))
            count = int(lost.count().to_pyarrow().as_py())
            if count:
                found.append(Reference(table, column, target, count))
    return tuple(found)


def _recorded(store: Store) -> tuple[Recorded, ...]:
    counts = store.issues.groupby(["severity", "rule"], sort=True).size()
    return tuple(
        Recorded(severity, rule, RULES.get(rule, ""), int(times)) for (severity, rule), times in counts.items()
    )
