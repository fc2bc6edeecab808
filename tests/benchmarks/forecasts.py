"""Forecasts of many series at once beside statsmodels one by one and statsforecast, and what all counties cost.

The same two forms of exponential smoothing and Theta, on the same drawn counts. Equal accuracy: the combination's mean
absolute error on months held back is no larger than that of the same combination from the other's fits. The variable
STATSFORECAST_PYTHON names the Python of an environment with statsforecast; without it the page says so.
"""

import json
import os
import subprocess
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from legalaid_eval.estimators import forecast

MONTHS, HORIZON = 84, 12
PEER = Path(__file__).with_name("forecast_peer.py")
SERIES, SAMPLE, COUNTIES, PREFECTURES = 1000, 40, 2900, 330
YEAR, MONTH = 2024, 6
GOAL, NO_WORSE = 5.0, 1.01
PACKAGES = ("numpy", "pandas", "statsmodels")


@dataclass(frozen=True, slots=True)
class Compared:
    """`speed`: statsmodels' time per thousand series as a multiple of ours; `error`: our error as a multiple of that of
    the combination from statsmodels; `peer`: the same two and the version of statsforecast, None where it is absent;
    `shares`: what each step for all counties costs as a multiple of the forecast."""

    speed: float
    error: float
    peer: tuple[float, float, str] | None
    shares: Mapping[str, float]

    @property
    def reached(self) -> bool:
        return self.speed >= GOAL and self.error <= NO_WORSE


def drawn(series: int) -> pd.DataFrame:
    """Drawn monthly counts with level, season, drift and overdispersion, a year longer than what is forecast from."""
    rng = np.random.default_rng(1)
    t = np.arange(MONTHS + HORIZON)[:, None]
    level = rng.uniform(2.5, 5, series) + rng.uniform(-0.05, 0.1, series) * t / 12
    means = np.exp(level + rng.uniform(0, 0.3, series) * np.sin(2 * np.pi * (t / 12 + rng.random(series))))
    counts = rng.poisson(rng.gamma(40, means / 40)).astype(float)
    return pd.DataFrame(counts, index=pd.period_range("2018-01", periods=len(t), freq="M")).add_prefix("county ")


def stock(counts: pd.Series) -> np.ndarray:
    """The combination from statsmodels' ETSModel and ThetaModel."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.theta import ThetaModel

    dated = counts.to_timestamp()
    logs, season = np.log1p(dated), {"error": "add", "seasonal": "add", "seasonal_periods": 12}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits = [
            ETSModel(logs, **season, **more).fit(disp=False) for more in ({}, {"trend": "add", "damped_trend": True})
        ]
        theta = ThetaModel(dated, period=12).fit().forecast(HORIZON)
    best = min(fits, key=lambda fit: fit.aicc)
    return np.median([np.expm1(best.forecast(HORIZON)), theta, counts.iloc[-12:]], axis=0)


def compare(scratch: Path) -> Compared:
    counts = drawn(SERIES)
    past, came = counts.iloc[:MONTHS], counts.iloc[MONTHS:].to_numpy()
    start = time.process_time()
    ours = forecast.forecast_many(past, horizon=HORIZON).frame["mean"].to_numpy().reshape(SERIES, HORIZON).T
    own = (time.process_time() - start) / SERIES
    start = time.process_time()
    theirs = np.stack([stock(past[name]) for name in past.columns[:SAMPLE]], axis=1)
    other = (time.process_time() - start) / SAMPLE
    error = missed(ours, came)
    peer = asked(past.iloc[:, :SAMPLE], scratch)
    if peer is not None:
        seconds, means, version = peer
        peer = (seconds / SAMPLE / own, error / missed(means, came), version)
    return Compared(other / own, error / missed(theirs, came), peer, steps())


def missed(found: np.ndarray, came: np.ndarray) -> float:
    """Mean absolute error of the sampled series, each over its mean."""
    at = slice(SAMPLE)
    return float((np.abs(found[:, at] - came[:, at]) / came[:, at].mean(axis=0)).mean())


def asked(past: pd.DataFrame, scratch: Path) -> tuple[float, np.ndarray, str] | None:
    """Seconds, medians of statsforecast's three forecasts (horizon, series) and its version; None without it."""
    python = os.environ.get("STATSFORECAST_PYTHON")
    if not python:
        return None
    file = scratch / "counts.csv"
    past.to_csv(file, index=False)
    command = [python, PEER, file, str(MONTHS), str(HORIZON)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        raise RuntimeError(f"{PEER.name} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    found = json.loads(ended.stdout.splitlines()[-1])
    return found["seconds"], np.median(list(found["means"].values()), axis=0).T, found["version"]


def steps() -> dict[str, float]:
    """The time of each step for all counties as a multiple of the time of their forecast."""
    counts = drawn(COUNTIES).iloc[:MONTHS]
    start = time.process_time()
    found = forecast.forecast_many(counts, horizon=HORIZON)
    whole = time.process_time() - start
    names = list(counts)
    structure = {f"prefecture {i}": names[i::PREFECTURES] for i in range(PREFECTURES)} | {"country": names}
    spent = {}
    start = time.process_time()
    forecast.reconcile(found, structure=structure)
    spent["sums of every path, 330 prefectures and the country"] = (time.process_time() - start) / whole
    start = time.process_time()
    forecast.nowcast_many(counts.iloc[: MONTHS - 12 + MONTH], year=YEAR)
    spent["nowcast of the year after six months"] = (time.process_time() - start) / whole
    return spent


def section(compared: Compared) -> str:
    other = "statsforecast was not there to compare with."
    if compared.peer:
        speed, error, version = compared.peer
        other = (
            f"statsforecast {version} (AutoETS, AutoTheta and SeasonalNaive, one core, without intervals): "
            f"**{speed:.1f} times** our time per series; our error is {error:.3f} times that of its median."
        )
    lines = "\n".join(f"- {name}: {share:.2f} times the forecast" for name, share in compared.shares.items())
    return f"""\
## Forecasts

{SERIES} drawn series of {MONTHS} months, {HORIZON} months ahead, with intervals calibrated on six past origins.
statsmodels fits the same models one by one, without intervals: **{compared.speed:.0f} times** our time per series (goal
{GOAL:.0f}), measured on {SAMPLE} of them. Our error is {compared.error:.3f} times that of the combination from its fits
(at most {NO_WORSE}).

{other}

{COUNTIES} counties x {MONTHS} months:

{lines}
"""
