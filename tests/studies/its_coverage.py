"""How often the interval of an interrupted series holds the true change when shocks last from month to month."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from legalaid_eval.estimators.its import interrupted_means, interrupted_series
from tests.studies.base import Row, Study, markdown_table, mean_and_error

MONTHS, START = 84, 48
DRAWS = 10
SHOCK = 0.12
"""Standard deviation of a month's shock on the log scale."""
CHANGE = np.log(0.9)
CONTROL_BASE, CONTROL_SHOCK = 200, 0.06
MEAN, MEAN_CHANGE, DAYS_OF_CASE, MEAN_SHOCK = 30.0, -3.0, 12.0, 1.5
"""Durations in days: level, change, spread of single cases, and standard deviation of a month's shock."""
RHOS = (0.0, 0.4, 0.7, 0.85)
JUDGED = 0.7
"""Autocorrelations up to here must be covered; beyond, the study shows how far the method carries."""
BAND = (0.92, 0.985)
SETTINGS = (
    *(("count", base, rho) for base in (15, 60) for rho in RHOS),
    *(("count with control", 60, rho) for rho in (0.4, 0.7)),
    *(("mean", 60, rho) for rho in RHOS),
)


def shocks(rng: np.random.Generator, rho: float) -> np.ndarray:
    """A stationary AR(1) series with unit standard deviation, shape (MONTHS,)."""
    burn_in = 60
    noise = rng.standard_normal(MONTHS + burn_in)
    return lfilter([1.0], [1.0, -rho], noise)[burn_in:] * np.sqrt(1 - rho**2)


def calendar() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Month numbers, trend with season on the log scale, and 1 from the start on."""
    t = np.arange(MONTHS)
    season = 0.1 * np.sin(2 * np.pi * t / 12) - 0.05 * np.cos(2 * np.pi * t / 12) + 0.03 * np.sin(4 * np.pi * t / 12)
    return t, 0.03 * (t - START) / 12 + season, (t >= START).astype(float)


def counted(rng: np.random.Generator, base: int, rho: float) -> pd.DataFrame:
    t, path, after = calendar()
    cases = rng.poisson(base * np.exp(path + CHANGE * after + SHOCK * shocks(rng, rho)))
    others = rng.poisson(CONTROL_BASE * np.exp(path + CONTROL_SHOCK * shocks(rng, rho)))
    return pd.DataFrame({"month": t, "cases": cases, "others": others})


def measured(rng: np.random.Generator, base: int, rho: float) -> pd.DataFrame:
    """Monthly mean durations of about `base` cases each, with their standard errors."""
    t, path, after = calendar()
    error = DAYS_OF_CASE / np.sqrt(np.maximum(rng.poisson(base * np.exp(path)), 1))
    days = MEAN * (1 + path) + MEAN_CHANGE * after + MEAN_SHOCK * shocks(rng, rho) + error * rng.standard_normal(MONTHS)
    return pd.DataFrame({"month": t, "days": days, "error": error})


def intervals(kind: str, base: int, rho: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the default's interval and of quasi-Poisson's (none for means), less the truth; shapes (2,)."""
    if kind == "mean":
        frame = measured(rng, base, rho)
        found = interrupted_means(frame, time="month", outcome="days", std_error="error", start=START).level_change
        return np.array([found.ci_low, found.ci_high]) - MEAN_CHANGE, np.full(2, np.nan)
    frame = counted(rng, base, rho)
    control = "others" if kind == "count with control" else None
    found = [
        interrupted_series(frame, time="month", count="cases", start=START, family=family, control=control).rate_ratio
        for family in ("ar1", "quasipoisson")
    ]
    own, quasi = (np.log([ratio.ci_low, ratio.ci_high]) - CHANGE for ratio in found)
    return own, quasi


def row(seed: int, index: int) -> Row:
    kind, base, rho = SETTINGS[index]
    rng = np.random.default_rng([seed, index])
    found = [intervals(kind, base, rho, rng) for _ in range(DRAWS)]
    covered = [sum(bool(pair[way][0] <= 0 <= pair[way][1]) for pair in found) for way in (0, 1)]
    width = sum(pair[0][1] - pair[0][0] for pair in found)
    return seed, kind, base, rho, DRAWS, covered[0], covered[1], f"{width:.2f}"


def rows(seed: int) -> Iterator[Row]:
    return (row(seed, index) for index in range(len(SETTINGS)))


def of_setting(stored: Sequence[dict[str, str]], setting: tuple[str, int, float]) -> list[dict[str, str]]:
    return [r for r in stored if (r["kind"], int(r["base"]), float(r["rho"])) == setting]


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for kind, base, rho in SETTINGS:
        own = of_setting(stored, (kind, base, rho))
        mean, error = mean_and_error([int(r["covered"]) / DRAWS for r in own])
        width = sum(float(r["width"]) for r in own) / DRAWS / len(own)
        quasi = sum(int(r["covered_quasi"]) for r in own) / DRAWS / len(own)
        shown = "" if kind == "mean" else f"{quasi:.3f}"
        lines.append((kind, base, rho, f"{mean:.3f}", f"{error:.3f}", f"{width:.3f}", shown))
    head = ("series", "cases a month", "autocorrelation", "coverage", "± error", "mean width", "quasi-Poisson covers")
    return f"""\
## Interrupted series: how often the interval holds the change

`estimators.its.interrupted_series` with family "ar1" and `interrupted_means`, confidence level 0.95: {MONTHS} simulated
months, a change after {START} ({100 * np.expm1(CHANGE):.0f} percent of the count, {MEAN_CHANGE:.0f} days of a mean
duration), season, trend, and shocks that last (standard deviation {SHOCK:.2f} of the log count,
{MEAN_SHOCK} days of the mean). Width is on the log scale for counts and in days for means; ± is the Monte Carlo error.
Coverage must lie between {BAND[0]} and {BAND[1]} for autocorrelations up to {JUDGED}; beyond, it is shown for what it
is: in shocks that last this long, a short series cannot tell a drift from a change.

{markdown_table(head, lines)}
Quasi-Poisson intervals, the usual choice, miss the change more often the longer shocks last. The control has
{CONTROL_BASE} cases a month and half the shocks, independent of the treated series'.
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for kind, base, rho in SETTINGS:
        own = of_setting(stored, (kind, base, rho))
        mean = sum(int(r["covered"]) for r in own) / DRAWS / len(own)
        if rho <= JUDGED and not BAND[0] <= mean <= BAND[1]:
            faults.append(f"{kind}, {base} cases a month, rho {rho}: coverage {mean:.4f}")
    return faults


COLUMNS = ("seed", "kind", "base", "rho", "draws", "covered", "covered_quasi", "width")
STUDY = Study("its_coverage", COLUMNS, tuple(range(1, 201)), rows, report, broken)
