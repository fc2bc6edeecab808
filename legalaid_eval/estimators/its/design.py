"""The regression's terms: level, trend, season, covariates and the change at the start."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.its.columns import numbers
from legalaid_eval.estimators.its.timeline import Timeline, ordered

LEVEL, SLOPE = "level", "slope"
LEAST_DF = 5
"""Fewer residual degrees of freedom say next to nothing about the spread."""
LEAST_BEFORE, LEAST_AFTER = 4, 3
"""Periods needed without a season: a line and its spread before, a level and its spread after."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the regression holds beside level and trend; wrong options are refused when it is made."""

    harmonics: int
    season: int
    slope_change: bool
    transition: int
    festival: str | None
    covariates: tuple[str, ...]
    conf_level: float

    def __post_init__(self) -> None:
        least = {"harmonics": 0, "season": 2, "transition": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < low:
                raise UsageError(f"{name} is {value!r}; expected a whole number of at least {low}")
        if 2 * self.harmonics >= self.season:
            raise UsageError(
                f"{self.harmonics} harmonics in a season of {self.season} periods; expected fewer than half as many "
                "harmonics as periods; lower harmonics"
            )
        if not 0 < self.conf_level < 1:
            raise UsageError(f"conf_level is {self.conf_level}; expected a share between 0 and 1, such as 0.95")

    def placed(self, series: pd.DataFrame, time: str, start: object) -> tuple[pd.DataFrame, Timeline]:
        """The rows in order and their timeline, long enough for the season."""
        rows, timeline = ordered(series, time=time, start=start, season=self.season, transition=self.transition)
        require_periods(timeline, self.harmonics, self.season)
        return rows, timeline

    def design(self, rows: pd.DataFrame, timeline: Timeline, time: str) -> pd.DataFrame:
        """Columns of terms for every period, shape (T, p); `level` and `slope` are the change at the start."""
        terms = {"intercept": np.ones(len(rows)), "trend": timeline.since_start}
        terms |= season_terms(timeline, self.harmonics, self.season)
        for name in filter(None, (self.festival, *self.covariates)):
            terms[f"covariate_{name}"] = numbers(rows, name, time)
        terms[LEVEL] = timeline.treated.astype(float)
        if self.slope_change:
            terms[SLOPE] = np.maximum(timeline.since_start, 0.0)
        return pd.DataFrame(terms)


def season_terms(timeline: Timeline, harmonics: int, season: int) -> dict[str, np.ndarray]:
    """Pairs of Fourier terms with periods season, season / 2, ...; each of shape (T,)."""
    terms = {}
    for k in range(1, harmonics + 1):
        angle = 2 * np.pi * k * timeline.number / season
        terms |= {f"sin_{k}": np.sin(angle), f"cos_{k}": np.cos(angle)}
    return terms


def require_periods(timeline: Timeline, harmonics: int, season: int) -> None:
    """Refuse a series too short for its season: a whole one before the start, half of one after it."""
    before = max(season, LEAST_BEFORE) if harmonics else LEAST_BEFORE
    after = max(-(-season // 2), LEAST_AFTER) if harmonics else LEAST_AFTER
    if timeline.n_before < before or timeline.n_after < after:
        remedy = " or set harmonics=0 (then 4 and 3 suffice)" if harmonics else ""
        raise UsageError(
            f"{timeline.n_before} periods before the start and {timeline.n_after} used after it; expected at least "
            f"{before} and {after} with harmonics={harmonics} and season={season}; add periods, or shorten the "
            f"transition{remedy}"
        )


def require_estimable(design: pd.DataFrame) -> None:
    """Refuse too many terms for the rows, and terms that repeat each other."""
    n, p = design.shape
    if n - p < LEAST_DF:
        raise UsageError(
            f"{n} periods for {p} terms; expected at least {LEAST_DF} more periods than terms; lower harmonics, leave "
            "out covariates or the slope change, or add periods"
        )
    lengths = np.linalg.norm(design.to_numpy(), axis=0)
    scaled = design.to_numpy() / np.where(lengths > 0, lengths, 1.0)
    if np.linalg.matrix_rank(scaled, tol=1e-8) < p:
        raise UsageError(
            f"terms repeat each other: {_repeating(scaled, design.columns)}; expected covariates that are not constant "
            "and not a sum of trend, season and level; leave them out, or lower harmonics"
        )


def _repeating(scaled: np.ndarray, names: pd.Index) -> str:
    """The first term that the ones before it already hold."""
    for k in range(len(names)):
        if np.linalg.matrix_rank(scaled[:, : k + 1], tol=1e-8) <= k:
            return f"'{names[k]}' is made up of those before it"
    return ", ".join(names)
