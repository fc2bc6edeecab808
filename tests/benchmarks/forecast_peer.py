"""Forecasts by statsforecast, timed: `python tests/benchmarks/forecast_peer.py COUNTS.csv PERIODS HORIZON`.

Prints JSON. Runs in whichever environment has the package, and imports nothing of this project. Seconds are of the
processor, after a run that compiles what is needed.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

MODELS = ("AutoETS", "AutoTheta", "SeasonalNaive")


def forecast(frame: pd.DataFrame, horizon: int) -> np.ndarray:
    """Forecasts by the three models, shape (models, series, horizon), one core."""
    from statsforecast import StatsForecast, models

    chosen = [getattr(models, name)(season_length=12) for name in MODELS]
    found = StatsForecast(models=chosen, freq="MS", n_jobs=1).forecast(df=frame, h=horizon)
    return np.stack([found[name].to_numpy().reshape(-1, horizon) for name in MODELS])


def long_frame(counts: pd.DataFrame) -> pd.DataFrame:
    """Columns unique_id, ds, y, in the order of the columns."""
    names = [f"{place:05d}" for place in range(counts.shape[1])]
    months = pd.date_range("2018-01-01", periods=len(counts), freq="MS")
    values = counts.to_numpy(dtype=float).T.ravel()
    return pd.DataFrame({"unique_id": np.repeat(names, len(months)), "ds": np.tile(months, len(names)), "y": values})


def main(path: str, periods: str, horizon: str) -> None:
    import statsforecast

    warnings.simplefilter("ignore")
    frame = long_frame(pd.read_csv(path).iloc[: int(periods)])
    forecast(frame[frame["unique_id"] < "00004"], int(horizon))
    started = time.process_time()
    found = forecast(frame, int(horizon))
    seconds = time.process_time() - started
    means = {name: values.tolist() for name, values in zip(MODELS, found, strict=True)}
    print(json.dumps({"version": statsforecast.__version__, "seconds": seconds, "means": means}))


if __name__ == "__main__":
    main(*sys.argv[1:])
