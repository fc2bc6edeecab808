"""How often intervals of a count regression hold the truth with twelve counties whose shocks last."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from legalaid_eval.estimators.counts import ERRORS, count_model
from tests.studies.base import Row, Study, markdown_table, mean_and_error

COUNTIES, MONTHS = 12, 84
CASES = (100, 1_000)
"""Yearly cases of the smallest and the largest county."""
FESTIVAL, REFORM = -0.30, 0.12
"""Truth on the log scale: a whole month of festival, a whole month of the reform."""
ALPHA, SHOCK, COMMON_SHOCK = 0.02, 0.10, 0.10
"""Variance mu + alpha mu^2; standard deviations of a county's and of everybody's shock on the log scale."""
SETTINGS = (
    (6, 0.0, False),
    (6, 0.4, False),
    (3, 0.4, False),
    (6, 0.4, True),
)
BAND = (0.93, 0.995)
COMPARED = 300
"""Seeds for which CR1 is computed beside the default."""


def shocks(rng: np.random.Generator, series: int, rho: float) -> np.ndarray:
    """(series, MONTHS): stationary AR(1) with unit standard deviation."""
    burn_in = 60
    noise = rng.standard_normal((series, MONTHS + burn_in))
    return lfilter([1.0], [1.0, -rho], noise, axis=1)[:, burn_in:] * np.sqrt(1 - rho**2)


def panel(rng: np.random.Generator, treated: int, rho: float, common: bool) -> pd.DataFrame:
    """A made-up city: counts by county and month, festival share of the month, a reform that starts in stages."""
    t = np.arange(MONTHS)
    festival = np.where(t % 12 == 0, np.repeat(rng.uniform(0.0, 0.9, MONTHS // 12), 12), 0.0)
    festival += np.where(t % 12 == 1, 0.9 - np.repeat(festival[::12], 12), 0.0)
    start = np.full(COUNTIES, MONTHS)
    start[:treated] = rng.choice(np.arange(30, 61), treated, replace=False)
    reform = (t >= start[:, None]).astype(float)
    level = rng.uniform(*np.log(CASES), COUNTIES)[:, None] - np.log(12)
    season = 0.10 * np.sin(2 * np.pi * t / 12) + 0.05 * np.cos(4 * np.pi * t / 12) + 0.003 * t
    shock = SHOCK * shocks(rng, COUNTIES, rho) + (COMMON_SHOCK * shocks(rng, 1, rho) if common else 0.0)
    mean = np.exp(level + season + FESTIVAL * festival + REFORM * reform + shock)
    cases = rng.poisson(mean * rng.gamma(1 / ALPHA, ALPHA, mean.shape))
    return pd.DataFrame(
        {
            "county": np.repeat(np.arange(COUNTIES), MONTHS),
            "month": np.tile(t, COUNTIES),
            "cases": cases.ravel(),
            "festival": np.tile(festival, COUNTIES),
            "reform": reform.ravel(),
        }
    )


def row(seed: int, index: int) -> Row:
    treated, rho, common = SETTINGS[index]
    frame = panel(np.random.default_rng([seed, index]), treated, rho, common)
    found: list[int | str] = []
    for errors in ERRORS if seed <= COMPARED else ERRORS[:1]:
        model = count_model(
            frame, count="cases", period="month", cluster="county", covariates=["festival", "reform"], errors=errors
        )
        terms = model.coefficients.set_index("term")
        for term, truth in (("festival", FESTIVAL), ("reform", REFORM)):
            low, high = terms.ci_low[term], terms.ci_high[term]
            found += [int(low <= truth <= high), f"{high - low:.3f}"]
    return seed, treated, rho, int(common), *found, *[""] * (4 * len(ERRORS) - len(found))


def rows(seed: int) -> Iterator[Row]:
    return (row(seed, index) for index in range(len(SETTINGS)))


def of_setting(stored: Sequence[dict[str, str]], setting: tuple[int, float, bool]) -> list[dict[str, str]]:
    treated, rho, common = setting
    return [r for r in stored if (int(r["treated"]), float(r["rho"]), r["common"]) == (treated, rho, str(int(common)))]


def coverage(own: Sequence[dict[str, str]], term: str, errors: str) -> tuple[float, float]:
    return mean_and_error([int(r[f"{term}_{errors}"]) for r in computed(own, errors)])


def computed(own: Sequence[dict[str, str]], errors: str) -> list[dict[str, str]]:
    return [r for r in own if r[f"reform_{errors}"]]


def width(own: Sequence[dict[str, str]], term: str, errors: str) -> float:
    return mean_and_error([float(r[f"{term}_{errors}_width"]) for r in computed(own, errors)])[0]


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for setting in SETTINGS:
        own = of_setting(stored, setting)
        for term in ("festival", "reform"):
            shown = [f"{share:.3f} ± {error:.3f}" for share, error in (coverage(own, term, e) for e in ERRORS)]
            widths = [f"{width(own, term, e):.3f}" for e in ERRORS]
            lines.append((term, setting[0], setting[1], "yes" if setting[2] else "no", *shown, *widths))
    head = ("term", "treated", "autocorrelation", "common shocks", "CR2", "CR1, t(G-1)", "width CR2", "width CR1")
    return f"""\
## Count regression: how often the interval holds the coefficient

`estimators.counts.count_model`, confidence level 0.95: {COUNTIES} simulated counties, {MONTHS} months, {CASES[0]} to
{CASES[1]:,} cases a year, negative binomial counts (alpha {ALPHA}), season, trend, shocks of each county that last
(standard deviation {SHOCK:.2f} of the log count). The festival's share of the month is the same everywhere
({FESTIVAL} for a whole month), the reform starts in 3 or 6 counties in different months ({REFORM}). CR2 with
Satterthwaite's degrees of freedom is the default and must cover between {BAND[0]} and {BAND[1]}; widths are on the log
scale.

{markdown_table(head, lines)}
CR1 is computed for the first {COMPARED} seeds. The last setting adds shocks that all counties share for a time
(standard deviation {COMMON_SHOCK:.2f}), which errors by county cannot see: for terms that are equal everywhere at a
time the default adds errors by month and takes the larger: rather too wide, since few months have a festival.
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for setting in SETTINGS:
        for term in ("festival", "reform"):
            share, _ = coverage(of_setting(stored, setting), term, "cr2")
            if not BAND[0] <= share <= BAND[1]:
                faults.append(f"{term}, treated {setting[0]}, rho {setting[1]}, common {setting[2]}: {share:.4f}")
    return faults


COLUMNS = (
    "seed",
    "treated",
    "rho",
    "common",
    *(f"{term}_{e}{part}" for e in ERRORS for term in ("festival", "reform") for part in ("", "_width")),
)
STUDY = Study("count_model_coverage", COLUMNS, tuple(range(1, 1001)), rows, report, broken)
