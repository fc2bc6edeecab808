"""Damaged register tables: imported or refused with a message, every planted fault named with its row."""

import io
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from legalaid_eval.errors import DataError
from legalaid_eval.register.checking import check_store
from legalaid_eval.register.importing import import_files
from legalaid_eval.register.meta import NAME
from legalaid_eval.register.store import open_store
from legalaid_eval.schemas import REGISTER_TABLES
from tests.register_files import Line, case_lines, write_csv, write_xlsx
from tests.studies.base import Row, Study, markdown_table
from tests.studies.fuzz import cut, insert, overwrite, repeat, swap_cells

TABLES = 20
LINES = 40
SLOW_SECONDS = 10.0
DAMAGE = (overwrite, cut, repeat, insert, swap_cells)
ENDINGS = (".csv", ".csv", ".xlsx", ".parquet")
COLUMNS = list(REGISTER_TABLES["cases"].columns)

# Each makes one row of the lines wrong and says under which column the fault must be told.
Plant = Callable[[list[Line], int], str]


def _cell(column: str, value: str) -> Plant:
    def plant(lines: list[Line], at: int) -> str:
        lines[at][column] = value
        return column

    return plant


def _repeated_key(lines: list[Line], at: int) -> str:
    lines[at]["case_no"] = lines[0]["case_no"]
    return "case_no"


def _decided_too_early(lines: list[Line], at: int) -> str:
    lines[at]["decided_on"] = "2022-12-31"
    return "decided_on"


PLANTS: tuple[Plant, ...] = (
    _cell("applied_on", "2023-02-30"),
    _cell("closed_on", "2032-05-01"),
    _cell("archived_on", "soon"),
    _cell("case_type", "penal"),
    _cell("grade", "优秀"),
    _cell("recipient_groups", "woman|man"),
    _cell("subsidy_cny", "-1"),
    _cell("loss_claimed_cny", "1.200,00"),
    _cell("visits", "2.5"),
    _cell("commitment", "perhaps"),
    _cell("county", ""),
    _cell("case_no", ""),
    _repeated_key,
    _decided_too_early,
)


def planted(rng: np.random.Generator) -> tuple[list[Line], set[tuple[int, str]]]:
    """Sound lines with up to five faults, and where each must be told (row of the file, column)."""
    lines = case_lines(LINES)
    places = rng.choice(np.arange(1, LINES), size=rng.integers(0, 6), replace=False)
    return lines, {(int(at) + 2, PLANTS[rng.integers(len(PLANTS))](lines, int(at))) for at in places}


def written(path: Path, lines: list[Line]) -> Path:
    """The lines as a file of the kind its name asks for; equal lines give equal bytes."""
    if path.suffix == ".csv":
        return write_csv(path, lines, COLUMNS)
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: [line[name] for line in lines] for name in COLUMNS}), path)
        return path
    write_xlsx(path, {"cases": [COLUMNS, *([line[name] or None for name in COLUMNS] for line in lines)]})
    return _without_times(path)


def _without_times(path: Path) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(path) as book, zipfile.ZipFile(out, "w") as still:
        for name in book.namelist():
            if name != "docProps/core.xml":
                still.writestr(zipfile.ZipInfo(name), book.read(name))
    path.write_bytes(out.getvalue())
    return path


def outcome(path: Path, store: Path) -> str:
    """What became of the import; `partial` if the store is not a whole one afterwards."""
    unheard, usual = [], sys.unraisablehook  # a traceback from inside a reader would only be printed
    sys.unraisablehook = unheard.append
    before, started = (store / NAME).read_bytes(), time.perf_counter()
    try:
        import_files([path], store, chunk_rows=16)
        found = "imported"
    except DataError:
        found = "refused" if (store / NAME).read_bytes() == before else "partial"
    except Exception:
        found = "crashed"
    finally:
        sys.unraisablehook = usual
    if unheard:
        return "crashed"
    if time.perf_counter() - started > SLOW_SECONDS:
        return "slow"
    return found if whole(store) else "partial"


def whole(store: Path) -> bool:
    """Whether the store is as its description says, and nothing lies beside it."""
    beside = [path.name for path in store.parent.iterdir() if store.name in path.name and path != store]
    with open_store(store) as opened:
        counted = sum(pq.read_metadata(path).num_rows for path in (store / "cases").glob("*.parquet"))
        return not beside and not check_store(opened).damaged and counted == opened.meta.rows("cases")


def named(store: Path) -> set[tuple[int, str]]:
    with open_store(store) as opened:
        issues = opened.issues
        return set(zip(issues["row"].tolist(), issues["column"].tolist(), strict=True))


def rows(seed: int) -> Iterator[Row]:
    rng = np.random.default_rng(seed)
    found: list[str] = []
    faults = told = 0
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store")
        import_files([written(Path(folder, "sound.csv"), case_lines(LINES))], store)
        for _ in range(TABLES):
            lines, wrong = planted(rng)
            path = written(Path(folder, "table" + ENDINGS[rng.integers(len(ENDINGS))]), lines)
            damaged = rng.random() < 0.5
            if damaged:
                data = bytearray(path.read_bytes())
                for kind in rng.integers(len(DAMAGE), size=rng.integers(1, 4)):
                    DAMAGE[kind](data, rng)
                path.write_bytes(data)
            found.append(outcome(path, store))
            if not damaged:
                faults += len(wrong)
                told += len(wrong & named(store)) if found[-1] == "imported" else 0
    yield seed, TABLES, *(found.count(kind) for kind in OUTCOMES), faults, told


OUTCOMES = ("imported", "refused", "crashed", "slow", "partial")


def report(stored: Sequence[dict[str, str]]) -> str:
    total = {name: sum(int(row[name]) for row in stored) for name in (*OUTCOMES, "planted", "told")}
    texts = {
        "imported": "imported, faults listed",
        "refused": "refused with a message",
        "crashed": "crashed",
        "slow": "took too long",
        "partial": "left a store that is not whole",
    }
    lines = [(text, f"{total[name]:,}") for name, text in texts.items()]
    return f"""\
## Damaged register tables: imported or refused

{len(stored) * TABLES:,} tables of {LINES} cases as CSV, XLSX and Parquet with up to five planted faults (a day that is
none, an unknown code, a negative amount, a repeated or empty key, a decision before the application, ...); half of the
files had bytes overwritten, cut, repeated or inserted besides. In the others, {total["told"]:,} of {total["planted"]:,}
planted faults are named in the store's list of issues with their row and column.

{markdown_table(("outcome", "tables"), lines)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    bad = ("crashed", "slow", "partial")
    faults = [f"a table crashed the import or left half a store: {r}" for r in stored if any(r[b] != "0" for b in bad)]
    return faults + [f"a planted fault was not named with its row: {r}" for r in stored if r["planted"] != r["told"]]


STUDY = Study(
    "table_mutations",
    ("seed", "tables", *OUTCOMES, "planted", "told"),
    tuple(range(1, 101)),
    rows,
    report,
    broken,
)
