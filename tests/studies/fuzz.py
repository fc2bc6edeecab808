"""Damaged figures files: read or refused, never a crash, never a hang."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np

from legalaid_eval.content import Label
from legalaid_eval.errors import DataError
from legalaid_eval.evidence.figures import read_statements
from legalaid_eval.rules import PublishedIndicator
from legalaid_eval.schemas import FIGURES
from tests.studies.base import Row, Study, markdown_table, mean_and_error

MUTATIONS = 20
SLOW_SECONDS = 5.0
# Made up, so that the study does not change with the published figures.
LINES = (
    'somewhere,Somewhere,county,2023-01-01,2023-12-31,stated,cases,120,case,exact,all,L1,"one, two"',
    "somewhere,Somewhere,county,2023-01-01,2023-12-31,stated,cases,80,case,exact,civil,L1,",
    "somewhere,Somewhere,county,2023-01-01,2023-12-31,inferred,rate,98.50,percent,at_least,all,L2 §二,总数",
    "elsewhere,Elsewhere,city,2022-01-01,2022-12-31,stated,cases,1999,case,more_than,all,L3,",
    "elsewhere,Elsewhere,city,2022-01-01,2022-12-31,stated,rate,100,percent,exact,all,L3,",
)
FILE = ("\n".join((",".join(FIGURES.columns), *LINES)) + "\n").encode()
NAME = Label("", "")
INDICATORS = {
    "cases": PublishedIndicator("cases", None, "flow", ("case",), None, NAME, NAME, ""),
    "rate": PublishedIndicator("rate", None, "rate", ("percent",), Decimal(100), NAME, NAME, ""),
}
SOURCES = frozenset({"somewhere", "elsewhere"})
PIECES = (
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"1e999",
    b"-1",
    b"nan",
    "，".encode(),
    "１".encode(),
    b"",
    b"=",
)


def overwrite(data: bytearray, rng: np.random.Generator) -> None:
    data[rng.integers(len(data))] = rng.integers(256)


def cut(data: bytearray, rng: np.random.Generator) -> None:
    start = rng.integers(len(data))
    del data[start : start + rng.integers(1, 30)]


def repeat(data: bytearray, rng: np.random.Generator) -> None:
    start = rng.integers(len(data))
    data[start:start] = data[start : start + rng.integers(1, 200)]


def insert(data: bytearray, rng: np.random.Generator) -> None:
    start = rng.integers(len(data))
    data[start:start] = PIECES[rng.integers(len(PIECES))]


def swap_cells(data: bytearray, rng: np.random.Generator) -> None:
    cells = bytes(data).split(b",")
    one, other = rng.integers(len(cells), size=2)
    cells[one], cells[other] = cells[other], cells[one]
    data[:] = b",".join(cells)


def other_value(data: bytearray, rng: np.random.Generator) -> None:
    """Another number in the place of one: the mutation that is most often a sound file."""
    data[:] = bytes(data).replace(b",120,", b",%d," % rng.integers(-50, 500), 1)


KINDS: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    overwrite,
    cut,
    repeat,
    insert,
    swap_cells,
    other_value,
)


def mutated(rng: np.random.Generator) -> bytes:
    """The file with one to three kinds of damage."""
    data = bytearray(FILE)
    for kind in rng.integers(len(KINDS), size=rng.integers(1, 4)):
        KINDS[kind](data, rng)
    return bytes(data)


def outcome(path: Path) -> str:
    started = time.perf_counter()
    try:
        read_statements(path, INDICATORS, SOURCES)
        found = "read"
    except DataError:
        found = "refused"
    except Exception:
        found = "crashed"
    return found if time.perf_counter() - started < SLOW_SECONDS else "slow"


def rows(seed: int) -> Iterator[Row]:
    rng = np.random.default_rng(seed)
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "figures.csv")
        for _ in range(MUTATIONS):
            path.write_bytes(mutated(rng))
            found.append(outcome(path))
    yield seed, MUTATIONS, *(found.count(kind) for kind in ("read", "refused", "crashed", "slow"))


def report(stored: Sequence[dict[str, str]]) -> str:
    kinds = {"read": "read", "refused": "refused with a message", "crashed": "crashed", "slow": "took too long"}
    lines = []
    for kind, text in kinds.items():
        values = [int(row[kind]) for row in stored]
        share, error = mean_and_error([value / MUTATIONS for value in values])
        lines.append((text, f"{sum(values):,}", f"{share:.3f}", f"{error:.3f}"))
    return f"""\
## Damaged figures files: read or refused

{len(stored) * MUTATIONS:,} copies of a small figures file with bytes overwritten, cut, repeated or inserted,
cells swapped or a number changed. Each must be read or refused with a message, within {SLOW_SECONDS:.0f} seconds.

{markdown_table(("outcome", "files", "share", "Monte Carlo error"), lines)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    return [
        f"a file crashed the reader or kept it too long: {r}" for r in stored if (r["crashed"], r["slow"]) != ("0", "0")
    ]


STUDY = Study(
    "fuzz", ("seed", "mutations", "read", "refused", "crashed", "slow"), tuple(range(1, 101)), rows, report, broken
)
