"""What a study is, and how its rows are stored: one CSV line per seed and setting."""

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
Row = tuple[int | float | str, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """A question put to many seeds.

    `rows` gives the rows of one seed (first column: the seed), `report` the Markdown text about all stored rows,
    `broken` what does not hold in them (empty: all does). `per_seed` says how many rows a seed has, where not all have
    equally many. Stored rows are text, as they stand in the CSV.
    """

    name: str
    columns: tuple[str, ...]
    seeds: tuple[int, ...]
    rows: Callable[[int], Iterable[Row]]
    report: Callable[[Sequence[dict[str, str]]], str]
    broken: Callable[[Sequence[dict[str, str]]], list[str]]
    per_seed: Callable[[int], int] | None = None

    @property
    def file(self) -> Path:
        return HERE / f"{self.name}.csv"

    def lines(self, seed: int) -> list[dict[str, str]]:
        """The rows of one seed, as text."""
        return [dict(zip(self.columns, map(str, row), strict=True)) for row in self.rows(seed)]

    def run(self) -> None:
        """Compute every seed and store the rows; a run that is stopped leaves the stored ones as they were."""
        part = self.file.with_suffix(".part")
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self.columns, lineterminator="\n")
            writer.writeheader()
            for seed in self.seeds:
                writer.writerows(self.lines(seed))
        part.replace(self.file)

    def stored(self) -> list[dict[str, str]]:
        with self.file.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def markdown_table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers to the right, as everything but the first column is one."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in (head, rule, *lines)) + "\n"


def mean_and_error(values: Sequence[float]) -> tuple[float, float]:
    """The mean over seeds and its Monte Carlo error (standard deviation over seeds / root of their number)."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, (variance / len(values)) ** 0.5
