"""A target that was not printed, found again from a count and a printed completion rate."""

from collections.abc import Iterator, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np

from legalaid_eval.evidence.arithmetic import implied_wholes_rounding, implied_wholes_truncation
from tests.studies.base import Row, Study, markdown_table, mean_and_error

READINGS = {
    "rounded half up": (ROUND_HALF_UP, implied_wholes_rounding),
    "rounded half to even": (ROUND_HALF_EVEN, implied_wholes_rounding),
    "cut off": (ROUND_FLOOR, implied_wholes_truncation),
}
DECIMALS = (0, 1, 2)
DRAWS = 200
TARGETS = (20, 60_000)
RATES = (0.05, 1.5)


def printed(count: int, target: int, decimals: int, mode: str) -> Decimal:
    """100 x count / target as an office prints it; exact, because a tie must be a tie."""
    scaled = Fraction(100 * 10**decimals * count, target)
    digits = {
        ROUND_FLOOR: scaled.numerator // scaled.denominator,
        ROUND_HALF_UP: (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator),
        ROUND_HALF_EVEN: round(scaled),
    }[mode]
    return Decimal(digits).scaleb(-decimals)


def draw(rng: np.random.Generator) -> tuple[int, int]:
    """A true target, small and large ones alike, and a count between 5 and 150 percent of it."""
    target = int(np.exp(rng.uniform(*np.log(TARGETS))))
    return max(1, int(target * rng.uniform(*RATES))), target


def rows(seed: int) -> Iterator[Row]:
    for index, (reading, (mode, implied)) in enumerate(READINGS.items()):
        for decimals in DECIMALS:
            rng = np.random.default_rng([seed, index, decimals])
            pairs = [draw(rng) for _ in range(DRAWS)]
            found = [(implied(count, printed(count, target, decimals, mode)), target) for count, target in pairs]
            contained = sum(ends is not None and ends[0] <= target <= ends[1] for ends, target in found)
            widths = [ends[1] - ends[0] + 1 for ends, _ in found if ends]
            yield seed, reading, decimals, DRAWS, contained, sum(widths), widths.count(1)


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for reading in READINGS:
        for decimals in map(str, DECIMALS):
            own = [r for r in stored if (r["reading"], r["decimals"]) == (reading, decimals)]
            width, error = mean_and_error([int(r["wholes"]) / DRAWS for r in own])
            single, single_error = mean_and_error([int(r["single"]) / DRAWS for r in own])
            whole = sum(r["contained"] == r["draws"] for r in own) / len(own)
            numbers = (f"{whole:.3f}", f"{width:,.1f}", f"{error:.2f}", f"{single:.3f}", f"{single_error:.3f}")
            lines.append((reading, decimals, *numbers))
    head = ("printed", "decimals", "seeds without a miss", "mean width", "± error", "share with one value", "± error")
    return f"""\
## Implied targets: the interval holds the true target

`evidence.arithmetic`: a true target between {TARGETS[0]:,} and {TARGETS[1]:,} (small and large ones alike),
a count of {100 * RATES[0]:.0f} to {100 * RATES[1]:.0f} percent of it, and the rate as it would be printed;
{DRAWS} targets per seed and setting. The interval must hold the true target every time, so the third column
must be 1. Its width is the number of whole numbers in it; ± is the Monte Carlo error.

{markdown_table(head, lines)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    return [f"a true target was missed: {row}" for row in stored if row["contained"] != row["draws"]]


COLUMNS = ("seed", "reading", "decimals", "draws", "contained", "wholes", "single")
STUDY = Study("implied_target", COLUMNS, tuple(range(1, 61)), rows, report, broken)
