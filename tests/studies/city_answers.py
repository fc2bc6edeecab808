"""What studies of simulated cities tell of the chapters' answers: how often the truth is held, and what was called."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt

from tests.studies.base import mean_and_error

NUMBERS = ("cities", "mean truth", "bias", "± error", "half width", "coverage", "± error")
BAND = (0.915, 0.99)
HARMFUL = 0.025
"""Bounds of the coverage, the upper one give or take its Monte Carlo error, and the largest share of reforms that all
help which may be called harmful."""
Rows = Sequence[Mapping[str, str]]


def covers(row: Mapping[str, str]) -> bool:
    return float(row["ci_low"]) <= float(row["truth"]) <= float(row["ci_high"])


def line(own: Rows, head: Sequence[str], verdicts: Sequence[str], *, digits: int, of_verdicts: int) -> tuple[str, ...]:
    """A line of a table with NUMBERS and the shares of verdicts, so many digits each."""

    def numbers(name: str) -> list[float]:
        return [float(row[name]) for row in own]

    bias, error = mean_and_error([a - b for a, b in zip(numbers("estimate"), numbers("truth"), strict=True)])
    covered = sum(map(covers, own)) / len(own)
    half = sum(high - low for low, high in zip(numbers("ci_low"), numbers("ci_high"), strict=True)) / len(own) / 2
    called = [sum(row["verdict"] == verdict for row in own) / len(own) for verdict in verdicts]
    return (
        *head,
        f"{len(own):,}",
        f"{sum(numbers('truth')) / len(own):.{digits}f}",
        f"{bias:+.{digits}f}",
        f"{error:.{digits}f}",
        f"{half:.{digits}f}",
        f"{covered:.3f}",
        f"{sqrt(covered * (1 - covered) / len(own)):.3f}",
        *(f"{share:.{of_verdicts}f}" for share in called),
    )


def faults(found: Rows, name: str) -> Iterator[str]:
    """What is wrong with the answers on `name`: too often called harmful, or a coverage outside of BAND."""
    covered, harmful = sum(map(covers, found)) / len(found), sum(row["verdict"] == "worsened" for row in found)
    if harmful > len(found) * HARMFUL:
        yield f"{name}: called harmful in {harmful} of {len(found)} cities"
    if not BAND[0] <= covered <= BAND[1] + sqrt(BAND[1] * (1 - BAND[1]) / len(found)):
        yield f"{name}: coverage {covered:.3f} in {len(found)} cities"
