"""The default difference-in-differences interval with few treated places, over simulated counties."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from legalaid_eval.estimators import did
from legalaid_eval.estimators.did.imputation import ImputationAtt
from tests.studies.base import Row, Study, markdown_table, mean_and_error

COUNTIES, MONTHS = 12, 84
TREATED = (3, 5, 8)
MEMORIES = (0.0, 0.4, 0.7)
EFFECTS = ("none", "constant", "growing")
SHOCK = 0.05
"""Standard deviation of a county's monthly shocks, as a share of cases."""
EFFECT, SPREAD = 0.08, 0.03
FIRST_STARTS = (30, 60)
BURN_IN = 60
LEAST_SPREAD = 0.02
"""Floor of p(1 - p), so that a county with hardly any successes does not count as measured without error."""
SCALE = 1e5
"""Errors and half-widths are stored as whole hundred-thousandths."""
BINS = ("-24..-13", "-12..-1", "0..11", "12..23")
"""Event-study bins that every treated county fills."""

LEVEL = 0.95
REJECTS = (0.015, 0.07)
REJECTS_WITH_MEMORY = (0.03, 0.07)
COVERS = {"constant": (0.93, 0.98), "growing": (0.93, 0.995)}
WIDEST = 1.3
NARROW = (3, 5)
"""With so many treated the median interval may be at most so much wider than the oracle's."""
BINS_REJECT = (0.01, 0.08)
ORACLE = 1.959964
HALVES = ("half_width", "half_effects")
"""Half-widths of the default, and with the scatter of the effects in place of that before treatment."""


def shocks(rng: np.random.Generator, rows: int, memory: float, spread: float) -> np.ndarray:
    """(rows, months): AR(1) with standard deviation `spread`."""
    noise = rng.standard_normal((rows, MONTHS + BURN_IN))
    return lfilter([1], [1, -memory], noise, axis=1)[:, BURN_IN:] * spread * (1 - memory**2) ** 0.5


def effects(rng: np.random.Generator, kind: str, since: np.ndarray) -> np.ndarray:
    """(counties, months): what treatment adds; `since` counts months since its start, below zero before."""
    if kind == "none":
        return np.zeros(since.shape)
    if kind == "constant":
        return np.where(since >= 0, EFFECT, 0.0)
    own = rng.normal(EFFECT, SPREAD, (len(since), 1))
    return np.where(since >= 0, own * np.minimum(1, (since + 1) / 12) + 0.001 * since, 0.0)


def simulate(rng: np.random.Generator, treated: int, memory: float, kind: str) -> tuple[pd.DataFrame, float]:
    """Cases granted, per county and month, as a tidy frame; and the true effect, weighted by cases."""
    months = np.arange(MONTHS)
    size = np.exp(rng.uniform(np.log(100), np.log(1000), COUNTIES)) / 12
    cases = np.maximum(rng.poisson(size[:, None] * (1 + 0.2 * np.sin(2 * np.pi * months / 12))), 2)
    common = 0.05 * np.sin(2 * np.pi * (months + 3) / 12) + shocks(rng, 1, 0.6, 0.03)
    start = np.full(COUNTIES, np.nan)
    start[:treated] = rng.permutation(np.arange(FIRST_STARTS[0], FIRST_STARTS[1] + 1))[:treated]
    since = np.nan_to_num(months - start[:, None], nan=-1.0)
    level = rng.normal(0.55, 0.08, (COUNTIES, 1)) + common + shocks(rng, COUNTIES, memory, SHOCK)
    without, share = (np.clip(level + added, 0.02, 0.98) for added in (0, effects(rng, kind, since)))
    success = rng.binomial(cases, share)
    pooled = success.sum(axis=1) / cases.sum(axis=1)
    columns = {
        "county": np.repeat(np.arange(COUNTIES), MONTHS),
        "month": np.tile(months, COUNTIES),
        "start": np.repeat(start, MONTHS),
        "share": (success / cases).ravel(),
        "cases": cases.ravel(),
        "variance": (np.maximum(pooled * (1 - pooled), LEAST_SPREAD)[:, None] / cases).ravel(),
    }
    counted = cases * (since >= 0)
    return pd.DataFrame(columns), float((counted * (share - without)).sum() / counted.sum())


def rows(seed: int) -> Iterator[Row]:
    for treated, (place, memory), (number, kind) in product(TREATED, enumerate(MEMORIES), enumerate(EFFECTS)):
        frame, truth = simulate(np.random.default_rng([seed, treated, place, number]), treated, memory, kind)
        fit = did.imputation_att(
            frame, unit="county", time="month", cohort="start", outcome="share", weight="cases", variance="variance"
        )
        found = fit.estimate
        half = round(SCALE * (found.ci_high - found.ci_low) / 2)
        of_effects = did.placebo_pool(fit.contrast, dispersion="effects")
        half_effects = round(SCALE * (of_effects.ci_high - of_effects.ci_low) / 2)
        bins = rejected_bins(fit) if kind == "none" else ""
        uneven = int(did.pre_period_ratio(fit.contrast).p_value < 1 - LEVEL)
        yield seed, treated, memory, kind, round(SCALE * (found.estimate - truth)), half, half_effects, uneven, bins


def rejected_bins(fit: ImputationAtt) -> str:
    """One digit per bin: 1 where its interval leaves out zero."""
    study = fit.aggregate("event_time", bin=12).set_index("term").loc[list(BINS)]
    return "".join("1" if low > 0 or high < 0 else "0" for low, high in zip(study.ci_low, study.ci_high, strict=True))


def by_setting(stored: Sequence[dict[str, str]]) -> Iterator[tuple[int, float, str, pd.DataFrame]]:
    """Treated counties, memory, effect and the rows of all seeds, with numbers as numbers."""
    frame = pd.DataFrame(stored).astype(
        {"treated": int, "memory": float, "error": int, "half_width": int, "half_effects": int, "uneven": int}
    )
    for (treated, memory, kind), seeds in frame.groupby(["treated", "memory", "effect"], sort=False):
        yield treated, memory, kind, seeds


def coverage(seeds: pd.DataFrame, half: str = "half_width") -> tuple[float, float]:
    return mean_and_error((seeds.error.abs() <= seeds[half]).tolist())


def relative_widths(seeds: pd.DataFrame, half: str = "half_width") -> pd.Series:
    """Each interval's width over the width of one that knows the true standard deviation of the error."""
    return seeds[half] / (ORACLE * seeds.error.std())


def bin_rejections(seeds: pd.DataFrame) -> list[tuple[float, float]]:
    return [mean_and_error((seeds.bins.str[place] == "1").tolist()) for place in range(len(BINS))]


def shown(found: tuple[float, float], digits: int = 3) -> str:
    return f"{found[0]:.{digits}f} ± {found[1]:.{digits}f}"


def report(stored: Sequence[dict[str, str]]) -> str:
    lines, bins = [], []
    for treated, memory, kind, seeds in by_setting(stored):
        widths = [f"{relative_widths(seeds, half).median():.2f}" for half in HALVES]
        bias = mean_and_error((seeds.error / SCALE).tolist())
        held = [shown(coverage(seeds, half), 4) for half in HALVES]
        lines.append((treated, memory, kind, held[0], widths[0], held[1], widths[1], shown(bias, 5)))
        if kind == "none":
            uneven = mean_and_error(seeds.uneven.tolist())
            bins.append((treated, memory, *map(shown, bin_rejections(seeds)), shown(uneven)))
    said = ("coverage", "width / oracle's", "coverage, effects", "width / oracle's, effects")
    head = ("treated", "memory", "effect", *said, "mean error")
    return f"""\
## Few treated places: the default interval of a difference in differences

`estimators.did.imputation_att` with `inference="placebo_pool"`: {COUNTIES} simulated counties of unequal size,
{MONTHS} months, shocks with standard deviation {SHOCK} and a memory from month to month, treatment from a month
between {FIRST_STARTS[0]} and {FIRST_STARTS[1]} on, different for each county; {len(STUDY.seeds):,} seeds. Effects:
none; constant ({EFFECT}); growing over time and unequal between counties. The truth is the mean effect on the treated
counties' cases. Without effect, one minus the coverage is how often the test rejects at {1 - LEVEL:.2f}. The oracle's
interval is made with the true standard deviation of the error; the median width is compared with its width.
± is the Monte Carlo error.

{markdown_table(head, lines)}
The interval takes the scatter of the treated counties' shocks from the time before treatment. With
`dispersion="effects"` (columns *effects*) it counts the scatter of unequal effects as uncertainty: with growing effects
it is then wider than it needs to be, most of all where shocks have no memory and average out.

How often the event study's bins of twelve months, and the F test of uneven shocks before treatment
(`pre_period_ratio`), reject where there is no effect and all shocks are alike:

{markdown_table(("treated", "memory", *BINS, "F test"), bins)}"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """Settings where the interval is not what the library says of it."""
    faults = []
    for treated, memory, kind, seeds in by_setting(stored):
        found = [*(_null_faults(memory, seeds) if kind == "none" else _cover_faults(kind, seeds)), *_bias_faults(seeds)]
        if treated in NARROW and (wide := relative_widths(seeds).median()) > WIDEST:
            found.append(f"{wide:.2f} times the oracle's")
        faults += [f"{treated} treated, memory {memory}, effect {kind}: {fault}" for fault in found]
    return faults


def _null_faults(memory: float, seeds: pd.DataFrame) -> Iterator[str]:
    low, high = REJECTS_WITH_MEMORY if memory >= 0.4 else REJECTS
    for half in HALVES:
        rejects = 1 - coverage(seeds, half)[0]
        if not low <= rejects <= high:
            yield f"{half} rejects {rejects:.4f}"
    for name, (found, _) in zip(BINS, bin_rejections(seeds), strict=True):
        if not BINS_REJECT[0] <= found <= BINS_REJECT[1]:
            yield f"bin {name} rejects {found:.4f}"


def _cover_faults(kind: str, seeds: pd.DataFrame) -> Iterator[str]:
    low, high = COVERS[kind]
    for half in HALVES:
        held = coverage(seeds, half)[0]
        if not low <= held <= high:
            yield f"{half} covers {held:.4f}"


def _bias_faults(seeds: pd.DataFrame) -> Iterator[str]:
    bias, error = mean_and_error(seeds.error.tolist())
    if abs(bias) > 0.1 * seeds.error.std() + 2 * error:
        yield f"mean error {bias / SCALE:.5f}"


COLUMNS = ("seed", "treated", "memory", "effect", "error", "half_width", "half_effects", "uneven", "bins")
STUDY = Study("did_intervals", COLUMNS, tuple(range(1, 2001)), rows, report, broken)
