"""Forecasts of counts by month, quarter or year: one series, or many in one go."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast.calibration import calibrated
from legalaid_eval.estimators.forecast.combination import METHODS, fit_panel
from legalaid_eval.estimators.forecast.paths import Spread
from legalaid_eval.estimators.forecast.results import ENDS, Forecasts
from legalaid_eval.estimators.forecast.series import Panel, check_choice, check_horizon, group_keys, known_of, panel_of

SEED = 20240101


def forecast_counts(
    series: pd.Series,
    *,
    horizon: int,
    method: str = "combined",
    siblings: pd.DataFrame | pd.Series | None = None,
    known: pd.DataFrame | pd.Series | None = None,
    seed: int = SEED,
) -> pd.DataFrame:
    """Forecast a series of counts, with intervals that held in its own past.

    `series`: numbers of at least 0 over a PeriodIndex of months, quarters or years without gaps. `siblings`: series of
    the same kind over the same periods (NaN before one begins), whose past errors make the interval's width surer.
    Returns `period, mean, lo80, hi80, lo95, hi95`, in counts. `attrs` has `method`, as used, and `notes`, codes: short
    (less than two years), zero_heavy (mean below 1 or more than half zeros in three years), level_break (history was
    moved to a new level), known_not_used (below), failed_fit:ets, failed_fit:theta (the rest went on without it). Paths
    of one seed are the same at every call.

    `known`: a number for every period of the past and of the horizon (or a column to each of several), such as the
    share of a month's days that belong to Spring Festival. What it does to counts is learnt from series and siblings
    together, taken out before the fit and put back in the forecast; known_not_used where it moved too seldom.

    Point forecast: median of ETS of log(1 + y) (Hyndman et al., 2008), Theta (Assimakopoulos and Nikolopoulos, 2000)
    and seasonal naive. Interval: errors of the fit drawn anew, widened by what past origins ask for, at most 1.5 times.
    Raises UsageError for anything that cannot be forecast.

        >>> months = pd.period_range("2019-01", periods=48, freq="M")
        >>> forecast_counts(pd.Series(range(48), index=months), horizon=12)["mean"]
    """
    if not isinstance(series, pd.Series):
        raise UsageError(f"found {type(series).__name__}; expected a Series of counts; use forecast_many for a frame")
    panel = panel_of(with_siblings(series, siblings))
    many = forecast_panel(panel, check_horizon(horizon), method, None, seed, known)
    own = many.frame[many.frame["series"] == many.panel.names[0]]
    frame = own.drop(columns="series").reset_index(drop=True)
    notes = many.notes.loc[many.notes["series"] == many.panel.names[0], "code"]
    frame.attrs = {"method": str(many.methods["method"].iloc[0]), "notes": tuple(notes)}
    return frame


def forecast_many(
    panel: pd.DataFrame,
    *,
    horizon: int,
    method: str = "combined",
    groups: Mapping | None = None,
    known: pd.DataFrame | pd.Series | None = None,
    seed: int = SEED,
) -> Forecasts:
    """Forecast every column of a wide frame (PeriodIndex by series, NaN before a series begins) at once.

    `groups` maps each series to a group; series of one group share the calibration of their intervals. Otherwise as
    `forecast_counts`, which is this with the series in front of its siblings.
    """
    return forecast_panel(panel_of(panel, what="panel"), check_horizon(horizon), method, groups, seed, known)


def forecast_panel(
    panel: Panel,
    horizon: int,
    method: str,
    groups: Mapping | None,
    seed: int,
    known: pd.DataFrame | pd.Series | None = None,
) -> Forecasts:
    """`forecast_many` of a checked panel."""
    return fitted_panel(panel, horizon, method, groups, seed, known_of(known, panel.whole(horizon)))


def fitted_panel(
    panel: Panel, horizon: int, method: str, groups: Mapping | None, seed: int, known: np.ndarray | None
) -> Forecasts:
    """`forecast_many` of a checked panel and what is known of its periods, shape (n + h, k)."""
    check_choice("method", method, METHODS)
    keys = group_keys(groups, panel.names)
    fitted = fit_panel(panel.values, season=panel.season, horizon=horizon, method=method, known=known)
    widening = calibrated(panel.values, fitted, season=panel.season, method=method, groups=keys, known=known)
    residuals = tuple(errors * wide for errors, wide in zip(fitted.residuals, widening, strict=True))
    spread = Spread(fitted.center, fitted.response, residuals, seed)
    notes = pd.DataFrame([(panel.names[i], code) for i, code in fitted.notes], columns=["series", "code"])
    methods = pd.DataFrame({"series": list(panel.names), "method": fitted.method})
    frame = tidy(panel.names, panel.ahead(horizon), fitted.center, spread.limits())
    return Forecasts(frame, methods, notes, panel, spread, known)


def tidy(names: tuple[object, ...], periods: pd.PeriodIndex, means: np.ndarray, ends: np.ndarray) -> pd.DataFrame:
    """The long frame of means (s, h) and limits (4, s, h)."""
    columns = {"series": np.repeat(np.array(names, dtype=object), len(periods))}
    columns["period"] = periods.take(np.tile(np.arange(len(periods)), len(names)))
    columns["mean"] = means.ravel()
    return pd.DataFrame(columns | {name: end.ravel() for name, end in zip(ENDS, ends, strict=True)})


def with_siblings(series: pd.Series, siblings: pd.DataFrame | pd.Series | None) -> pd.DataFrame:
    """The series in front of its siblings, as one wide frame; raises UsageError where they do not fit together."""
    panel_of(series)
    own = series.rename("__own__").to_frame()
    if siblings is None:
        return own
    others = siblings.to_frame() if isinstance(siblings, pd.Series) else siblings
    panel_of(others, what="siblings")
    if others.index.dtype != series.index.dtype or others.index[-1] != series.index[-1]:
        raise UsageError("found siblings that end in another period; expected the same last period; cut the longer")
    return own.join(others.set_axis([f"sibling {i}" for i in range(others.shape[1])], axis=1), how="outer")
