"""How often the interval of a proportion holds the truth: simulated, and exactly by summing the binomial."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from scipy import stats

from legalaid_eval.estimators.survey import proportion_interval
from tests.studies.base import Row, Study, markdown_table, mean_and_error

SHARES = (0.5, 0.8, 0.9, 0.95, 0.98, 1.0)
SIZES = (30, 100, 500)
DRAWS = 2_000
LEVEL = 0.95
FLOOR = 0.93
"""No setting of the study may be covered less often than this at a confidence level of 0.95."""
FINE = tuple(round(0.5 + step / 1000, 3) for step in range(500))
METHODS = {"auto": "default", "wilson": "Wilson", "clopper_pearson": "Clopper-Pearson"}


@cache
def intervals(n: int, method: str = "auto") -> np.ndarray:
    """Lower and upper ends for every possible count 0..n, shape (2, n + 1), in percent."""
    found = [proportion_interval(k, n, conf_level=LEVEL, method=method) for k in range(n + 1)]
    return np.array([[estimate.ci_low for estimate in found], [estimate.ci_high for estimate in found]])


def holds(n: int, share: float, method: str = "auto") -> np.ndarray:
    """For every possible count, whether its interval holds the true share."""
    low, high = intervals(n, method)
    return (low <= 100 * share) & (100 * share <= high)


def exact_coverage(n: int, share: float, method: str = "auto") -> float:
    return float(stats.binom.pmf(np.arange(n + 1), n, share)[holds(n, share, method)].sum())


def lowest(n: int, method: str) -> tuple[float, float]:
    """The lowest exact coverage between the studied shares, and the share where it is."""
    return min((exact_coverage(n, share, method), share) for share in FINE)


def rows(seed: int) -> Iterator[Row]:
    rng = np.random.default_rng(seed)
    for n in SIZES:
        for share in SHARES:
            counts = rng.binomial(n, share, DRAWS)
            yield seed, n, share, DRAWS, int(holds(n, share)[counts].sum())


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for n in SIZES:
        for share in SHARES:
            found = [int(r["covered"]) / DRAWS for r in stored if (int(r["n"]), float(r["share"])) == (n, share)]
            mean, error = mean_and_error(found)
            lines.append((n, f"{share:.2f}", f"{mean:.4f}", f"{error:.4f}", f"{exact_coverage(n, share):.4f}"))
    head = ("n", "true share", "mean coverage", "Monte Carlo error", "exact coverage")
    least = min(lowest(n, "auto")[0] for n in SIZES)
    worst = [(n, *(f"{c:.3f} at {s:.3f}" for c, s in (lowest(n, m) for m in METHODS))) for n in SIZES]
    return f"""\
## Proportions: how often the interval holds the truth

`estimators.survey.proportion_interval`, default method, confidence level {LEVEL};
{DRAWS:,} samples per seed and setting. The exact coverage sums the binomial distribution over the counts whose
interval holds the true share. In none of these settings may it lie below {FLOOR}.

{markdown_table(head, lines)}
Coverage of a count jumps with the true share, so the settings above are not the worst ones. The lowest exact coverage
over true shares from {FINE[0]:.3f} to {FINE[-1]:.3f} in steps of 0.001:

{markdown_table(("n", *METHODS.values()), worst)}
So at these sample sizes the default's {100 * LEVEL:.0f} percent is at least {100 * least:.0f} percent in the worst
case. Clopper-Pearson never falls below its level, at the price of wider intervals everywhere else.
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """Settings where the exact coverage is too low, or the simulation is far from it (5 standard errors)."""
    faults = []
    for n in SIZES:
        for share in SHARES:
            exact = exact_coverage(n, share)
            found = [int(r["covered"]) for r in stored if (int(r["n"]), float(r["share"])) == (n, share)]
            total = len(found) * DRAWS
            far = abs(sum(found) / total - exact) > 5 * (exact * (1 - exact) / total) ** 0.5 + 1e-9
            if exact < FLOOR or far:
                faults.append(f"n={n}, share {share}: exact {exact:.4f}, simulated {sum(found) / total:.4f}")
    return faults


STUDY = Study(
    "proportion_coverage", ("seed", "n", "share", "draws", "covered"), tuple(range(1, 61)), rows, report, broken
)
