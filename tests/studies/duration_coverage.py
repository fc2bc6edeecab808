"""How often the intervals of durations with open cases hold the truth, with whole days as a register has them."""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.duration import RestrictedMean, kaplan_meier, rmst_cells
from tests.studies.base import Row, Study, markdown_table, mean_and_error

MEDIAN = 3.4
SPREAD = 1.0
SIZES = (50, 200)
RECENT = {10: 0.25, 30: 0.75}
"""Percent of cases still open: the share of cases that came in the last days before the data end."""
WINDOW = 10
LONG = 60
"""Recent cases are followed for 0 to 9 days, each as likely; the others for 60."""
LATER = 1.3
"""The second group's durations are so many times as long before they are rounded down."""
DAY = 5
HORIZON = 7
DRAWS = 50
LEVEL = 0.95
FLOOR = 0.93
"""No outcome may be covered less often than this in any setting."""
OUTCOMES = ("median", "p90", "done_by", "rmst_difference")
KEYS = {"duration": "days", "event": "done", "count": "n"}


def done_by(day: np.ndarray | int, factor: float = 1.0) -> np.ndarray:
    """True share with a duration of at most so many whole days."""
    return stats.norm.cdf(np.log((np.asarray(day) + 1) / (MEDIAN * factor)) / SPREAD)


@cache
def truth(outcome: str) -> float:
    days = np.arange(1_000)
    if outcome == "rmst_difference":
        return float((done_by(days[:HORIZON]) - done_by(days[:HORIZON], LATER)).sum())
    if outcome == "done_by":
        return 100 * float(done_by(DAY))
    return float(np.argmax(done_by(days) >= {"median": 0.5, "p90": 0.9}[outcome]))


def drawn(rng: np.random.Generator, n: int, recent: float) -> pd.DataFrame:
    """Cells of every draw: two groups of n cases with lognormal durations in whole days, some still open."""
    draw, group, _ = (part.ravel() for part in np.indices((DRAWS, 2, n)))
    days = np.floor(MEDIAN * LATER**group * np.exp(SPREAD * rng.standard_normal(len(draw))))
    limit = np.where(rng.random(len(draw)) < recent, rng.integers(0, WINDOW, len(draw)), LONG)
    cases = pd.DataFrame({"draw": draw, "group": group, "days": np.minimum(days, limit), "done": days <= limit})
    return cases.groupby(list(cases.columns), as_index=False).size().rename(columns={"size": "n"})


def estimates(cells: pd.DataFrame) -> dict[str, list[Estimate]]:
    """Every outcome in all the draws where it is evaluable."""
    curves = kaplan_meier(cells[cells["group"] == 0], **KEYS, group="draw", conf_level=LEVEL)
    means = rmst_cells(cells, **KEYS, horizon=HORIZON, by=["draw", "group"])
    pairs = [pair for _, pair in means.groupby("draw") if pair["complete"].all()]
    return {
        "median": [curves.quantile(0.5, group=draw) for draw in curves.groups],
        "p90": [curves.quantile(0.9, group=draw) for draw in curves.groups],
        "done_by": [curves.done_by(DAY, group=draw) for draw in curves.groups],
        "rmst_difference": [RestrictedMean(pair, HORIZON, LEVEL, "days", "day").difference for pair in pairs],
    }


def rows(seed: int) -> Iterator[Row]:
    for n in SIZES:
        for censored, recent in RECENT.items():
            cells = drawn(np.random.default_rng((seed, n, censored)), n, recent)
            for outcome, known in estimates(cells).items():
                covered = sum(one.ci_low <= truth(outcome) <= one.ci_high for one in known)
                bounded = sum(bool(np.isfinite(one.ci_high)) for one in known)
                yield seed, n, censored, outcome, DRAWS, len(known), covered, bounded


def settings() -> Iterator[tuple[int, int, str]]:
    return ((n, censored, outcome) for n in SIZES for censored in RECENT for outcome in OUTCOMES)


def of(stored: Sequence[dict[str, str]], n: int, censored: int, outcome: str) -> list[dict[str, str]]:
    return [r for r in stored if (int(r["n"]), int(r["censored"]), r["outcome"]) == (n, censored, outcome)]


def share(own: Sequence[dict[str, str]], part: str, whole: str) -> float:
    return sum(int(r[part]) for r in own) / sum(int(r[whole]) for r in own)


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for n, censored, outcome in settings():
        own = of(stored, n, censored, outcome)
        coverage, error = mean_and_error([int(r["covered"]) / int(r["evaluable"]) for r in own])
        parts = (share(own, "evaluable", "draws"), share(own, "bounded", "evaluable"))
        lines.append(
            (NAMES[outcome], n, f"{censored}%", f"{coverage:.3f}", f"{error:.4f}", *(f"{p:.3f}" for p in parts))
        )
    head = ("outcome", "n", "still open", "coverage", "Monte Carlo error", "evaluable", "with an upper end")
    draws = DRAWS * len({r["seed"] for r in stored})
    return f"""\
## Durations with open cases: how often the interval holds the truth

`estimators.duration`, confidence level {LEVEL}; {draws:,} samples per setting. Durations are lognormal with a median of
{MEDIAN}, rounded down to whole days: the true median is {truth("median"):.0f}, the 90% quantile {truth("p90"):.0f}.
A quarter or three quarters of the cases came in the last {WINDOW} days, so that about 10 or 30 percent are still open.
The difference is between two groups of n each, cut at {HORIZON} days; the second's durations are {LATER} times as long.

{markdown_table(head, lines)}
An outcome is not evaluable where nobody was followed long enough; coverage is among the others. Intervals of the median
cover more often than they promise, as a whole day is either in or out. Where that of a 90% quantile has no upper
end, the cases followed long enough are too few to bound it. No coverage may lie below {FLOOR}.
"""


NAMES = {
    "median": "median",
    "p90": "90% quantile",
    "done_by": f"done by day {DAY}",
    "rmst_difference": "difference of restricted means",
}


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    """Settings whose coverage lies below the floor."""
    found = {setting: share(of(stored, *setting), "covered", "evaluable") for setting in settings()}
    return [f"{setting}: coverage {coverage:.3f}" for setting, coverage in found.items() if coverage < FLOOR]


COLUMNS = ("seed", "n", "censored", "outcome", "draws", "evaluable", "covered", "bounded")
STUDY = Study("duration_coverage", COLUMNS, tuple(range(1, 41)), rows, report, broken)
