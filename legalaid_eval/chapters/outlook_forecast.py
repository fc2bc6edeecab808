"""What is to come: cases by month for the place, its counties and kinds of cases, sums that agree, and how well the
same forecast did before.

    found = forecast_of(panel, types, horizon=12, known=festival, seed=1)      # panel, types: of outlook_panels

Counties are forecast and added up to the place (bottom-up), or made to agree with a forecast of the whole (MinT) where
that did better in the past. Kinds of cases share the place's path by what their own forecasts say (forecast
proportions; Athanasopoulos, Ahmed and Hyndman, 2009), in the means and in every path.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.chapters.outlook_panels import MonthPanel
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast import Backtest, Forecasts, Reconciled, backtest, forecast_many, reconcile

PLACE = "place"
BOTTOM_UP, MINT, ALONE = "bottom_up", "mint", "alone"
LEAST_MONTHS = 36
"""Before a past origin: three years, from which the method and its intervals can be learnt."""
SEASON, ORIGINS, STEP = 12, 4, 6
CLEARLY = 0.98
"""MinT is used where its error at past origins was at most this multiple of bottom-up's."""
TOO_SHORT, NO_CHANGE = "too_short", "no_change"
QUANTILES = {"lo80": 0.1, "hi80": 0.9, "lo95": 0.025, "hi95": 0.975}
COPIES = ("seasonal_naive", "mean")
"""Methods whose forecast repeats counts of single months."""
PLAIN = "known_not_used"
"""The estimator's note where what is known beforehand was not used: of all series or of none."""


@dataclass(frozen=True, eq=False, slots=True)
class PlaceErrors:
    """Errors of the whole place at past origins, over the error of repeating the year before within the past (MASE)."""

    origins: int
    bottom_up: float
    mint: float
    naive: float

    @property
    def better(self) -> str:
        return MINT if self.mint <= CLEARLY * self.bottom_up else BOTTOM_UP

    def of(self, method: str) -> float:
        return self.mint if method == MINT else self.bottom_up


@dataclass(frozen=True, eq=False, slots=True)
class Forecast:
    """`months`: `period, mean, lo80, hi80, lo95, hi95` of the place. `sums`: `series, mean, lo80, ..., method` of all
    months together, of PLACE and each county; `types` likewise of each kind of case. `paths`: (paths, months) of the
    place. `notes`: codes by series. method: how sums were made to agree. errors, tested: how it went before; None
    where the past is too short (`untested` says why). festival: whether what is known beforehand was used.
    """

    months: pd.DataFrame
    sums: pd.DataFrame
    types: pd.DataFrame
    paths: np.ndarray
    notes: Mapping[str, tuple[str, ...]]
    method: str
    errors: PlaceErrors | None
    tested: Backtest | None
    untested: str
    festival: bool

    @property
    def horizon(self) -> int:
        return len(self.months)

    @property
    def total(self) -> pd.Series:
        return self.sums.set_index("series").loc[PLACE]


def forecast_of(
    panel: MonthPanel, types: pd.DataFrame, *, horizon: int, known: pd.Series | None = None, seed: int
) -> Forecast | None:
    """The forecast of the months after the panel's last; None of an empty panel.

    known: what is known of every month beforehand, to the last one forecast, such as its share of Spring Festival.
    """
    if panel.empty:
        return None
    options = {"known": known, "seed": seed}
    tested, untested = _tested(panel.counts, horizon, options)
    errors = place_errors(panel.counts, horizon=min(horizon, SEASON), **options)
    method = ALONE if len(panel.codes) == 1 else errors.better if errors else BOTTOM_UP
    lower = forecast_many(panel.counts, horizon=horizon, **options)
    found = _agreeing(lower, method)
    paths = found.paths[0]
    months = found.frame[found.frame["series"] == PLACE].drop(columns="series").reset_index(drop=True)
    return Forecast(
        months,
        _sums(found, lower),
        _types(types, months["mean"].to_numpy(), paths, options),
        paths,
        _notes(lower, panel),
        method,
        errors,
        tested,
        untested,
        known is not None and not lower.notes["code"].eq(PLAIN).any(),
    )


def _agreeing(lower: Forecasts, method: str) -> Reconciled:
    return reconcile(lower, structure={PLACE: list(lower.panel.names)}, method=MINT if method == MINT else BOTTOM_UP)


def place_errors(counts: pd.DataFrame, *, horizon: int, **options: object) -> PlaceErrors | None:
    """Bottom-up and MinT from past origins, half a year apart; None with one county or where no origin is possible."""
    ends = [len(counts) - horizon - STEP * i for i in range(ORIGINS)]
    ends = [end for end in ends if end >= LEAST_MONTHS]
    if counts.shape[1] < 2 or not ends:
        return None
    rows = [_at_origin(counts, end, horizon, options) for end in ends]
    return PlaceErrors(len(ends), *np.mean(rows, axis=0).tolist())


def _at_origin(
    counts: pd.DataFrame, end: int, horizon: int, options: Mapping[str, object]
) -> tuple[float, float, float]:
    past = counts.iloc[:end]
    past = past.loc[:, past.iloc[-2 * SEASON :].notna().all()]
    came = counts.iloc[end : end + horizon][past.columns].sum(axis=1).to_numpy()
    lower, whole = forecast_many(past, horizon=horizon, **options), past.dropna().sum(axis=1).to_numpy()
    means = [_agreeing(lower, method).frame["mean"].to_numpy()[:horizon] for method in (BOTTOM_UP, MINT)]
    naive = whole[len(whole) - SEASON + np.arange(horizon) % SEASON]
    scale = max(float(np.abs(whole[SEASON:] - whole[:-SEASON]).mean()), 1e-9)
    return tuple(float(np.abs(mean - came).mean()) / scale for mean in (*means, naive))


def _tested(counts: pd.DataFrame, horizon: int, options: Mapping[str, object]) -> tuple[Backtest | None, str]:
    ahead = min(horizon, SEASON)
    if counts.notna().sum().max() < LEAST_MONTHS + ahead:
        return None, TOO_SHORT
    try:
        return backtest(counts, horizon=ahead, **options), ""
    except UsageError:  # nothing in the series ever differs from the year before
        return None, NO_CHANGE


def _sums(found: Reconciled, lower: Forecasts) -> pd.DataFrame:
    """Sums over the months, with ends from summed paths."""
    methods = {PLACE: "", **dict(zip(lower.methods["series"], lower.methods["method"], strict=True))}
    means = found.frame.groupby("series", sort=False)["mean"].sum()
    lines = [
        {"series": name, "mean": means[name], **_ends(paths.sum(axis=1)), "method": methods[name]}
        for name, paths in zip(means.index, found.paths, strict=True)
    ]
    return pd.DataFrame(lines)


def _types(types: pd.DataFrame, mean: np.ndarray, paths: np.ndarray, options: Mapping[str, object]) -> pd.DataFrame:
    """The place's forecast parted by kind of case."""
    if types.empty:
        return pd.DataFrame(columns=["series", "mean", *QUANTILES, "method"])
    lower = forecast_many(types, horizon=len(mean), **options)
    centres, own = lower.spread.center, lower.paths()
    shares, of_path = _shares(centres), _shares(own)
    lines = [
        {"series": name, "mean": float((shares[i] * mean).sum()), **_ends((of_path[i] * paths).sum(axis=1))}
        for i, name in enumerate(lower.panel.names)
    ]
    return pd.DataFrame(lines).assign(method=lower.methods["method"].to_numpy())


def _shares(values: np.ndarray) -> np.ndarray:
    """Each series' share of the sum over series (first axis); equal ones where nothing is expected of any."""
    total = values.sum(axis=0)
    return np.where(total > 0, values / np.where(total > 0, total, 1), 1 / len(values))


def _ends(sums: np.ndarray) -> dict[str, float]:
    return {name: float(np.quantile(sums, share)) for name, share in QUANTILES.items()}


def _notes(lower: Forecasts, panel: MonthPanel) -> dict[str, tuple[str, ...]]:
    found = {code: [panel.notes[code]] if code in panel.notes else [] for code in panel.codes}
    for series, code in lower.notes.itertuples(index=False):
        found[series] += [code] if code != PLAIN else []
    return {code: tuple(codes) for code, codes in found.items() if codes}
