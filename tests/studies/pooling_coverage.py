"""How often intervals of partially pooled rates hold the places' true rates, and how much nearer the estimates are."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from legalaid_eval.estimators.pooling import shrink_counts, shrink_rates
from tests.studies.base import Row, Study, markdown_table, mean_and_error

MEAN, PRECISION, TRIALS = 0.85, 30.0, (15, 400)
"""Beta distribution of the true proportions; cases of the smallest and the largest place."""
RATE, SPREAD, RESIDENTS = 12.0, 0.3, (5_000, 600_000)
"""Gamma distribution of the true rates per 10,000 residents: mean, coefficient of variation; sizes of places."""
SETTINGS = (("proportion", 6), ("proportion", 12), ("proportion", 40), ("rate", 12))
BAND = (0.93, 0.97)


def sizes(rng: np.random.Generator, ends: tuple[int, int], places: int) -> np.ndarray:
    return np.exp(rng.uniform(*np.log(ends), places)).astype(int)


def drawn(rng: np.random.Generator, kind: str, places: int) -> tuple[np.ndarray, pd.DataFrame]:
    """True rates (percent, or per 10,000) of made-up places and what was estimated from counts drawn with them."""
    if kind == "proportion":
        truth, trials = rng.beta(MEAN * PRECISION, (1 - MEAN) * PRECISION, places), sizes(rng, TRIALS, places)
        frame = pd.DataFrame({"done": rng.binomial(trials, truth), "cases": trials})
        return 100 * truth, shrink_rates(frame, successes="done", trials="cases")
    truth, people = rng.gamma(SPREAD**-2, RATE * SPREAD**2, places), sizes(rng, RESIDENTS, places)
    frame = pd.DataFrame({"cases": rng.poisson(truth * people / 10_000), "people": people})
    return truth, shrink_counts(frame, count="cases", exposure="people", per=10_000)


def row(seed: int, index: int) -> Row:
    kind, places = SETTINGS[index]
    truth, found = drawn(np.random.default_rng([seed, index]), kind, places)
    covered = int(((found.ci_low <= truth) & (truth <= found.ci_high)).sum())
    errors = (float(((found[name] - truth) ** 2).mean()) for name in ("estimate", "rate"))
    return seed, kind, places, covered, f"{(found.ci_high - found.ci_low).mean():.2f}", *(f"{e:.2f}" for e in errors)


def rows(seed: int) -> Iterator[Row]:
    return (row(seed, index) for index in range(len(SETTINGS)))


def of_setting(stored: Sequence[dict[str, str]], setting: tuple[str, int]) -> list[dict[str, str]]:
    return [r for r in stored if (r["kind"], int(r["places"])) == setting]


def coverage(own: Sequence[dict[str, str]]) -> tuple[float, float]:
    return mean_and_error([int(r["covered"]) / int(r["places"]) for r in own])


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for setting in SETTINGS:
        own = of_setting(stored, setting)
        share, error = coverage(own)
        width, pooled, raw = (sum(float(r[name]) for r in own) / len(own) for name in ("width", "error", "error_raw"))
        gain = 100 * (1 - (pooled / raw) ** 0.5)
        lines.append((*setting, f"{share:.4f}", f"{error:.4f}", f"{width:.2f}", f"{gain:.0f}%"))
    head = ("kind", "places", "coverage", "± error", "mean width", "smaller root mean square error")
    return f"""\
## Partial pooling: how often the interval holds a place's true rate

`estimators.pooling.shrink_rates` and `shrink_counts`, confidence level 0.95, simulated places of unequal size
({TRIALS[0]} to {TRIALS[1]} cases; {RESIDENTS[0]:,} to {RESIDENTS[1]:,} residents). True proportions come from a beta
distribution (mean {MEAN}, precision {PRECISION:g}), true rates per 10,000 from a gamma distribution (mean {RATE:g},
coefficient of variation {SPREAD}). Coverage is the share of places whose interval holds the truth and must lie between
{BAND[0]} and {BAND[1]}; width in percentage points, or cases per 10,000; the last column compares the estimates with
the places' own rates.

{markdown_table(head, lines)}
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    shares = {setting: coverage(of_setting(stored, setting))[0] for setting in SETTINGS}
    return [f"{setting}: coverage {share:.4f}" for setting, share in shares.items() if not BAND[0] <= share <= BAND[1]]


COLUMNS = ("seed", "kind", "places", "covered", "width", "error", "error_raw")
STUDY = Study("pooling_coverage", COLUMNS, tuple(range(1, 2001)), rows, report, broken)
