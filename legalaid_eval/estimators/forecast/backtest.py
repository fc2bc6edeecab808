"""How well forecasts went: made again at past origins from what was known then, and compared with what came."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.forecast.combination import METHODS, naive_means
from legalaid_eval.estimators.forecast.counts import SEED, fitted_panel
from legalaid_eval.estimators.forecast.results import ENDS, Backtest
from legalaid_eval.estimators.forecast.series import Panel, check_choice, check_horizon, known_of, panel_of

FEW_SERIES = 3
MEASURES = ("mase", "mase_naive", "coverage80", "coverage95")


def backtest(
    panel: pd.DataFrame | pd.Series,
    *,
    horizon: int,
    origins: int = 8,
    step: int | None = None,
    method: str = "combined",
    min_train: int | None = None,
    groups: Mapping | None = None,
    known: pd.DataFrame | pd.Series | None = None,
    seed: int = SEED,
) -> Backtest:
    """Forecast from past origins and compare with what came, beside the seasonal naive forecast.

    The last `origins` origins, `step` periods apart (default: a quarter of a year), each with at least `min_train`
    periods (default: three years) before it; a series begins to count when it has as many. MASE is the absolute error
    over the in-sample error of the seasonal naive forecast (Hyndman and Koehler, 2006); the gain is what the forecast's
    MASE lies below the naive one's, in percent. Errors of one series hang together: standard errors and t intervals are
    clustered by series, or by origin below three series. `known` as in `forecast_counts`, over the panel's periods; its
    effect is learnt anew at each origin. Raises UsageError where no origin is possible.
    """
    given = panel_of(panel, what="series" if isinstance(panel, pd.Series) else "panel")
    beforehand = known_of(known, given.index)
    horizon = check_horizon(horizon)
    check_choice("method", method, METHODS)
    least = min_train if min_train is not None else max(3 * given.season, 10)
    ends = _origins(given, horizon, origins, step or max(1, given.season // 4), least)
    settings = (horizon, method, groups, seed, least, beforehand)
    rows = pd.concat([_errors(given, end, *settings) for end in ends], ignore_index=True)
    if rows.empty:
        raise UsageError("found no series that ever differs from its last year; expected some change; nothing to test")
    by_series = _summary(rows.groupby("series", sort=False))
    by_series.insert(1, "n_origins", rows.groupby("series", sort=False)["origin"].nunique().to_numpy())
    few = len(by_series) < FEW_SERIES
    clusters = _summary(rows.groupby("origin")) if few else by_series
    overall = _overall(clusters)
    gain = overall.set_index("measure").loc["gain"]
    by_horizon = _summary(rows.groupby("horizon"))
    return Backtest(by_series, overall, by_horizon, not gain["ci_low"] > 0, method)


def _origins(panel: Panel, horizon: int, number: int, step: int, least: int) -> list[int]:
    if min(number, step, least) < 1:
        raise UsageError("found origins, step or min_train below 1; expected at least 1; leave them out for defaults")
    last = len(panel.index) - horizon
    found = [end for end in (last - step * i for i in range(number)) if end >= least]
    if not found:
        raise UsageError(
            f"found {len(panel.index)} periods; expected at least {least + horizon}, {least} to learn from and "
            f"{horizon} to compare with; shorten the horizon or give a longer series"
        )
    return found[::-1]


def _errors(
    panel: Panel, end: int, horizon: int, method: str, groups, seed: int, least: int, known: np.ndarray | None
) -> pd.DataFrame:
    """One row per series and period ahead of one origin."""
    enough = np.isfinite(panel.values[:end]).sum(axis=0) >= least
    values = panel.values[:, enough]
    names = tuple(name for name, kept in zip(panel.names, enough, strict=True) if kept)
    if not names:
        return pd.DataFrame()
    past = Panel(values[:end], panel.index[:end], names, panel.season)
    until = None if known is None else known[: end + horizon]
    found = fitted_panel(past, horizon, method, groups, seed, until).frame
    came = values[end : end + horizon].T
    scale = np.nanmean(np.abs(values[panel.season : end] - values[: end - panel.season]), axis=0)[:, None]
    naive = naive_means(past.values, panel.season, horizon)
    lo80, hi80, lo95, hi95 = (found[name].to_numpy().reshape(came.shape) for name in ENDS)
    with np.errstate(divide="ignore", invalid="ignore"):
        table = {
            "mase": np.abs(came - found["mean"].to_numpy().reshape(came.shape)) / scale,
            "mase_naive": np.abs(came - naive) / scale,
            "coverage80": (lo80 <= came) & (came <= hi80),
            "coverage95": (lo95 <= came) & (came <= hi95),
        }
    rows = pd.DataFrame({name: values.ravel().astype(float) for name, values in table.items()})
    rows.insert(0, "series", found["series"])
    rows.insert(1, "horizon", np.tile(np.arange(1, horizon + 1), len(names)))
    rows.insert(2, "origin", end)
    return rows[np.repeat(scale[:, 0] > 0, horizon)]


def _summary(groups) -> pd.DataFrame:
    means = groups[list(MEASURES)].mean().reset_index()
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 100 * (1 - means["mase"] / means["mase_naive"])
    means.insert(3, "gain", gain)
    return means


def _overall(clusters: pd.DataFrame) -> pd.DataFrame:
    """Means over clusters, and the gain as a ratio of means, with cluster-robust errors."""
    number = len(clusters)
    ratio = clusters["mase"].mean() / clusters["mase_naive"].mean()
    pieces = {name: clusters[name] for name in MEASURES}
    turned = -(clusters["mase"] - ratio * clusters["mase_naive"]) / clusters["mase_naive"].mean()
    pieces["gain"] = 100 * (1 - ratio + turned)
    factor = student.ppf(0.975, number - 1) if number > 1 else np.nan
    rows = []
    for name, values in pieces.items():
        mean, error = values.mean(), values.std(ddof=1) / np.sqrt(number)
        rows.append((name, mean, error, mean - factor * error, mean + factor * error, number))
    return pd.DataFrame(rows, columns=["measure", "estimate", "std_error", "ci_low", "ci_high", "n_clusters"])
