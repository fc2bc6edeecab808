"""The total of a running year: what is expected of each series, and simulated outcomes round it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast.calibration import pooled_ratio
from legalaid_eval.estimators.forecast.combination import Fitted, fit_panel
from legalaid_eval.estimators.forecast.paths import Spread
from legalaid_eval.estimators.forecast.series import Panel, known_of

SHARE_YEARS = 3
PAST_YEARS = 4
SEASONS_NEEDED = 2
"""Whole years before a past year that a nowcast of it is judged by."""


@dataclass(frozen=True, slots=True, eq=False)
class RunningYear:
    """Counts `before` the year (n, s), its first periods `sofar` (k, s), and how many `periods` a year has.

    `beforehand` (n + periods, k): what is known of all these periods, None for nothing.
    """

    before: np.ndarray
    sofar: np.ndarray
    periods: int
    beforehand: np.ndarray | None = None

    @property
    def left(self) -> int:
        return self.periods - len(self.sofar)

    @property
    def known(self) -> np.ndarray:
        """The year to date, shape (s,)."""
        return self.sofar.sum(axis=0)

    @property
    def has_past_year(self) -> np.ndarray:
        """Whether the whole year before is known, shape (s,)."""
        if len(self.before) < self.periods:
            return np.zeros(self.before.shape[1], dtype=bool)
        return np.isfinite(self.before[-self.periods :]).all(axis=0)

    def fitted(self, *, quick: bool = False) -> Fitted:
        """Forecasts of what is left; from the year alone where the year before is not known."""
        values = np.concatenate([self.before, self.sofar])
        if len(self.sofar):
            values[: len(self.before), ~self.has_past_year] = np.nan
        return fit_panel(
            values,
            season=self.periods,
            horizon=self.left,
            method="combined",
            known=self.beforehand,
            quick=quick,
        )

    def years_back(self, years: int) -> "RunningYear | None":
        """The same place in an earlier year, as it was known then; None where too little is known before it."""
        start = len(self.before) - years * self.periods
        if start < SEASONS_NEEDED * self.periods:
            return None
        sofar = self.before[start : start + len(self.sofar)]
        beforehand = None if self.beforehand is None else self.beforehand[: start + self.periods]
        return RunningYear(self.before[:start], sofar, self.periods, beforehand)

    def take(self, chosen: np.ndarray) -> "RunningYear":
        return RunningYear(self.before[:, chosen], self.sofar[:, chosen], self.periods, self.beforehand)

    def freed(self, factors: np.ndarray) -> "RunningYear":
        """The counts without what `factors` (n + periods,) multiplied them by."""
        n, k = len(self.before), len(self.sofar)
        return RunningYear(self.before / factors[:n, None], self.sofar / factors[n : n + k, None], self.periods)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """`expected` totals (s,), `paths` (s, paths, left) of what is left, the `method` of each series, and `notes`
    (position, code) on the forecasts they rest on."""

    expected: np.ndarray
    paths: np.ndarray
    method: tuple[str, ...]
    notes: tuple[tuple[int, str], ...] = ()


def running_year(panel: Panel, year: object, known: pd.DataFrame | pd.Series | None = None) -> RunningYear:
    """The panel parted at the begin of `year`, later years cut off; raises UsageError where it does not reach it."""
    if isinstance(year, bool) or not isinstance(year, int | np.integer):
        raise UsageError(f"found year {year!r}; expected a whole number such as 2025; give the calendar year")
    if panel.season == 1:
        raise UsageError("found yearly counts; expected months or quarters; a year to date needs parts of a year")
    years, place = panel.index.year, panel.index.month if panel.season == 12 else panel.index.quarter
    before = int((years < year).sum())
    sofar = panel.values[before:][years[before:] == year]
    reaches = len(sofar) or (years[-1] == year - 1 and place[-1] == panel.season)
    if not reaches or (len(sofar) and place[before] != 1) or np.isnan(sofar).any():
        raise UsageError(
            f"found counts from {panel.index[0]} to {panel.index[-1]}; expected every series to hold {year} from its "
            "begin, or to end with the year before; choose the year that is running, or add the months"
        )
    whole = pd.period_range(panel.index[0], periods=before + panel.season, freq=panel.index.freq)
    return RunningYear(panel.values[:before], sofar, panel.season, known_of(known, whole))


def outcomes(year: RunningYear, *, seed: int) -> Outcomes:
    """What the year comes to, for all series at once."""
    number = len(year.known)
    if not year.left:
        return Outcomes(year.known, np.zeros((number, 1, 0)), ("complete",) * number)
    fitted = year.fitted()
    expected = expected_totals(year, fitted)
    wide = fitted.widening * pooled_ratio(past_errors(year))
    residuals = tuple(errors * w for errors, w in zip(fitted.residuals, wide, strict=True))
    center = _recentred(fitted.center, expected - year.known)
    method = np.where(year.has_past_year, "combined" if len(year.sofar) else "forecast_only", "linear_scaling")
    if not len(year.sofar):
        method[:] = "forecast_only"
    paths = Spread(center, fitted.response, residuals, seed).paths()
    return Outcomes(expected, paths, tuple(method.tolist()), fitted.notes)


def expected_totals(year: RunningYear, fitted: Fitted) -> np.ndarray:
    """The mean of the share's and the forecast's total, shape (s,).

    Only the forecast before the first month; only the linear scaling without a past year.
    """
    known, months = year.known, len(year.sofar)
    summed = known + fitted.center.sum(axis=1)
    if not months:
        return summed
    if not year.has_past_year.any():
        return known / months * year.periods
    share, scaled = _scaled(year, fitted)
    both = np.where(share > 0, (scaled + summed) / 2, summed)
    return np.where(year.has_past_year, both, known / months * year.periods)


def _scaled(year: RunningYear, fitted: Fitted) -> tuple[np.ndarray, np.ndarray]:
    """The mean share of the year to date, and the year to date over it; freed of what is known beforehand.

    What that adds is put back into the periods that are left, as they weigh in the forecast.
    """
    freed = year if fitted.factors is None else year.freed(fitted.factors)
    share = _mean_share(freed)
    total = freed.known / np.where(share > 0, share, 1)
    if fitted.factors is None:
        return share, total
    plain = (fitted.center / fitted.factors[-year.left :]).sum(axis=1)
    put_back = np.where(plain > 0, fitted.center.sum(axis=1) / np.where(plain > 0, plain, 1), 1)
    return share, year.known + (total - freed.known) * put_back


def past_errors(year: RunningYear) -> np.ndarray:
    """Errors of the log of what was left in past years, in units of their claimed spread, shape (years, s, 1)."""
    found = []
    for back in range(1, PAST_YEARS + 1):
        then = year.years_back(back)
        if then is None:
            break
        start = len(then.before) + len(then.sofar)
        came = year.before[start : start + then.left].sum(axis=0)
        ratio = np.full(len(came), np.nan)
        whole = np.isfinite(then.before[-SEASONS_NEEDED * year.periods :]).all(axis=0)
        if whole.any():
            ratio[whole] = _error(then.take(whole), came[whole])
        found.append(ratio)
    return np.array(found).reshape(len(found), year.before.shape[1], 1)


def _error(then: RunningYear, came: np.ndarray) -> np.ndarray:
    fitted = then.fitted(quick=True)
    left = np.maximum(expected_totals(then, fitted) - then.known, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (np.log1p(came) - np.log1p(left)) / _claimed(fitted)
    return np.where(np.isfinite(ratio), ratio, np.nan)


def _mean_share(year: RunningYear) -> np.ndarray:
    """The mean share of the year to date in the totals of the years before, shape (s,); 0 where none is known.

    A share of one series over few years is noisy. It is drawn to the share of all series together as far as the series
    do not differ, and that one to an even pace as far as it does not differ from it (James and Stein 1961).
    """
    years, months = min(SHARE_YEARS, len(year.before) // year.periods), len(year.sofar)
    past = year.before[len(year.before) - years * year.periods :].reshape(years, year.periods, -1)
    sofar, totals = past[:, :months].sum(axis=1), past.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(totals > 0, sofar / totals, np.nan)
    known = np.isfinite(shares).sum(axis=0)
    own = np.nansum(shares, axis=0) / np.maximum(known, 1)
    whole = known == years
    if years < 2 or whole.sum() < 2:
        return own
    noise = shares[:, whole].var(axis=0, ddof=1).mean() / years
    true = max(own[whole].var(ddof=1) - noise, 0.0)
    together = _towards_even(sofar[:, whole].sum(axis=1) / totals[:, whole].sum(axis=1), months / year.periods)
    weight = true / (true + noise) if true + noise > 0 else 0.0
    return np.where(known > 0, weight * own + (1 - weight) * together, 0)


def _towards_even(shares: np.ndarray, even: float) -> float:
    """The mean of yearly shares, drawn to an even pace as far as their scatter allows for it."""
    distance, noise = shares.mean() - even, shares.var(ddof=1) / len(shares)
    return even + max(0.0, 1 - noise / distance**2) * distance if distance else even


def _recentred(center: np.ndarray, left: np.ndarray) -> np.ndarray:
    """The forecast periods multiplied to what is left of the expected total; even where all of them are zero."""
    total = center.sum(axis=1, keepdims=True)
    shape = np.where(total > 0, center / np.where(total > 0, total, 1), 1 / center.shape[1])
    return shape * np.maximum(left, 0)[:, None]


def _claimed(fitted: Fitted) -> np.ndarray:
    """The standard deviation of the log of the summed periods that the fit claims, shape (s,)."""
    share = fitted.center / np.maximum(fitted.center.sum(axis=1, keepdims=True), 1e-9)
    horizon = share.shape[1]
    moved = [(share[:, i:] * fitted.response[:, : horizon - i]).sum(axis=1) for i in range(horizon)]
    return fitted.spread[:, 0] * np.sqrt(np.sum(np.square(moved), axis=0))
