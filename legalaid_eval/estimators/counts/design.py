"""The cells of a count regression: what was counted where and when, and the terms that may explain it."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.its.design import LEAST_DF

INTERCEPT, TREND = "intercept", "trend"
SAME = 1e-12
"""Of a term's size: values as near as this are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells that take part, n of them: `terms` (n, p) named by column, `y` counts, `offset` logged exposure,
    `number` the period's, `unit` and `cluster` numbers from 0 (None without). `used` (rows of the frame,) says which
    rows they are, `left_out` how many places without a single case are not among them.
    """

    terms: pd.DataFrame
    y: np.ndarray
    offset: np.ndarray
    number: np.ndarray
    unit: np.ndarray | None
    cluster: np.ndarray | None
    used: np.ndarray
    left_out: int

    @property
    def units(self) -> int:
        return 0 if self.unit is None else int(self.unit.max()) + 1

    def common(self, names: Sequence[str]) -> list[str]:
        """Those of the terms that are equal in all places at a time."""
        if self.units < 2 or not len(names):
            return []
        order = np.argsort(self.number, kind="stable")
        values = self.terms[list(names)].to_numpy(dtype=float)[order]
        starts = np.flatnonzero(np.diff(self.number[order], prepend=-np.inf))
        spread = np.maximum.reduceat(values, starts) - np.minimum.reduceat(values, starts)
        equal = (spread <= SAME * np.abs(values).max(axis=0)).all(axis=0)
        return [name for name, same in zip(names, equal, strict=True) if same]


def read_cells(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str | None,
    covariates: Sequence[str],
    period: str,
    harmonics: int,
    season: int,
    trend: bool,
    unit: str | None,
    cluster: str | None,
) -> Cells:
    """Check and number the cells; places without any case are left out, their effect would be minus infinity."""
    columns.require_columns(frame, [count, exposure, period, unit, cluster, *covariates])
    y = columns.counts(frame, count)
    offset = np.zeros(len(frame)) if exposure is None else np.log(columns.exposures(frame, exposure))
    number = period_numbers(frame, period)
    terms = {name: columns.numbers(frame, name) for name in covariates}
    require_season(harmonics, season)
    terms = season_terms(number, harmonics, season) | terms
    if trend:
        terms = {TREND: (number - number.mean()) / season} | terms
    places = codes(frame, unit)
    used = np.ones(len(frame), dtype=bool) if places is None else np.bincount(places, y)[places] > 0
    if not y.any():
        raise UsageError(f"found no case in '{count}'; expected some; report the zeros themselves")
    if places is None:
        terms = {INTERCEPT: np.ones(len(frame))} | terms
    return Cells(
        terms=pd.DataFrame(terms)[used],
        y=y[used],
        offset=offset[used],
        number=number[used],
        unit=None if places is None else renumbered(places[used]),
        cluster=None if cluster is None else renumbered(codes(frame, cluster)[used]),
        used=used,
        left_out=0 if places is None else int(places.max()) + 1 - len(np.unique(places[used])),
    )


def period_numbers(frame: pd.DataFrame, name: str) -> np.ndarray:
    """(rows,) periods as whole numbers; months as pandas Periods count from January 1970, so January is 0 of 12."""
    column = frame[name]
    if isinstance(column.dtype, pd.PeriodDtype):
        if column.isna().any():
            raise UsageError(f"found missing periods in '{name}'; expected one in every row; leave such rows out")
        return column.dt.asfreq(column.dtype.freq).astype("int64").to_numpy(dtype=float)
    if not pd.api.types.is_numeric_dtype(column):
        raise UsageError(
            f"found {column.dtype} values in '{name}'; expected whole numbers or pandas Periods; convert dates with "
            ".dt.to_period('M')"
        )
    values = columns.numbers(frame, name)
    columns.refuse(frame, name, values != np.round(values), "whole numbers of periods")
    return values


def season_terms(number: np.ndarray, harmonics: int, season: int) -> dict[str, np.ndarray]:
    """Pairs of Fourier terms with periods season, season / 2, ...; each (n,)."""
    terms = {}
    for k in range(1, harmonics + 1):
        angle = 2 * np.pi * k * number / season
        terms |= {f"sin_{k}": np.sin(angle), f"cos_{k}": np.cos(angle)}
    return terms


def require_season(harmonics: int, season: int) -> None:
    """Refuse more waves than the periods of a season can tell apart."""
    for name, value, least in (("harmonics", harmonics, 0), ("season", season, 1)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise UsageError(f"found {name} {value!r}; expected a whole number of at least {least}; set it so")
    if harmonics and 2 * harmonics >= season:
        raise UsageError(
            f"found {harmonics} harmonics in a season of {season} periods; expected fewer than half as many; lower them"
        )


def require_estimable(cells: Cells, within: np.ndarray) -> None:
    """Refuse too many terms, and terms that repeat each other or, `within` (n, p) places, do not vary."""
    n, p = within.shape
    if n - p - cells.units < LEAST_DF:
        raise UsageError(
            f"found {n} cells for {p + cells.units} terms; expected at least {LEAST_DF} more; lower harmonics, leave "
            "out covariates, or add periods"
        )
    lengths = np.linalg.norm(within, axis=0)
    size = np.linalg.norm(cells.terms.to_numpy(), axis=0)
    scaled = within / np.where(lengths > 1e-9 * size, lengths, np.inf)
    _, r = np.linalg.qr(scaled)
    repeats = np.abs(np.diag(r)) < 1e-8
    if repeats.any():
        name = cells.terms.columns[int(repeats.argmax())]
        raise UsageError(
            f"found that '{name}' does not vary within the places, or is a sum of the terms before it; expected each "
            "term to say something of its own; leave it out or lower harmonics"
        )


def codes(frame: pd.DataFrame, name: str | None) -> np.ndarray | None:
    """(rows,) number of each row's label."""
    if name is None:
        return None
    if frame[name].isna().any():
        raise UsageError(f"found missing values in '{name}'; expected a place in every row; leave such rows out")
    return pd.factorize(frame[name], sort=False)[0]


def renumbered(labels: np.ndarray) -> np.ndarray:
    """Numbers without gaps."""
    return np.unique(labels, return_inverse=True)[1]
