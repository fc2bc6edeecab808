"""Estimators on a million drawn cases beside independent packages, and what twenty times the cases cost after a GROUP
BY: nothing that grows with them.

The packages run in the environment of `make oracles`, statsmodels in this one; all in one run, and with equal numbers.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from legalaid_eval.estimators import did
from legalaid_eval.estimators.duration import done_by_cells, hazard_model, kaplan_meier, rmst_cells
from legalaid_eval.estimators.its import interrupted_means
from tests.benchmarks import peers
from tests.benchmarks.reports import ROOT

MANY = 20_000_000
CHUNK = 1_000_000
GOAL, GOAL_GROWTH = 1.0, 2.0
AGREE, AGREE_COX = 1e-6, 0.02
PACKAGES = ("numpy", "pandas", "statsmodels", "duckdb")
PEERS = {
    "Kaplan-Meier": ("lifelines_curve", "statsmodels_curve"),
    "hazard ratio": ("lifelines_cox", "statsmodels_cox"),
    "effects by cohort and month": ("diff_diff_att", "csdid_att"),
    "imputed effects": ("diff_diff_imputation",),
}
NAMES = {asked: asked.rpartition("_")[0].replace("_", "-") for names in PEERS.values() for asked in names}
ELSEWHERE = tuple(name for names in PEERS.values() for name in names if not name.startswith("statsmodels"))
ORACLES = ROOT / ".venv-oracles" / "bin" / "python"
KEYS = {"duration": "days", "event": "done", "count": "n"}
PANEL = {"unit": "unit", "time": "time", "cohort": "cohort", "outcome": "outcome"}


@dataclass(frozen=True, slots=True)
class Compared:
    """`ratios`: estimator -> package -> its time as a multiple of ours. `growth`: estimator -> its time on the cells of
    twenty times the cases as a multiple of that on the cells of the first million; `cells`: how many there were."""

    ratios: Mapping[str, Mapping[str, float]]
    growth: Mapping[str, float]
    cells: tuple[int, int]

    @property
    def slowest(self) -> float:
        return min(ratio for ratios in self.ratios.values() for ratio in ratios.values())

    @property
    def reached(self) -> bool:
        return self.slowest > GOAL and max(self.growth.values()) <= GOAL_GROWTH


def grouped(number: int) -> pd.DataFrame:
    """Cells of `number` drawn cases, compressed by DuckDB chunk by chunk."""
    parts = []
    for seed in range(1, number // CHUNK + 1):
        drawn = peers.cases(CHUNK, seed)  # noqa: F841  DuckDB reads it by its name
        parts.append(duckdb.sql("SELECT place, month, sooner, days, done, count(*) AS n FROM drawn GROUP BY ALL").df())
    every = pd.concat(parts)  # noqa: F841
    return duckdb.sql("SELECT * REPLACE (sum(n)::BIGINT AS n) FROM every GROUP BY ALL ORDER BY ALL").df()


def compressed(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Cells of the rows by what an estimator needs: as the library has its data."""
    return duckdb.sql(f"SELECT {', '.join((*keys, 'days', 'done'))}, count(*) AS n FROM rows GROUP BY ALL").df()


def curve(cells: pd.DataFrame) -> float:
    found = kaplan_meier(cells, **KEYS).curve
    return float(found.set_index("duration").loc[peers.DAY, "survival"])


def ratio_of_hazards(cells: pd.DataFrame) -> float:
    found = hazard_model(cells, covariates="sooner", **KEYS).coefficients
    return float(found["estimate"].iloc[0])


OURS: Mapping[str, Callable[[pd.DataFrame], float]] = {
    "Kaplan-Meier": lambda rows: curve(compressed(rows)),
    "hazard ratio": lambda rows: ratio_of_hazards(compressed(rows, "sooner")),
    "effects by cohort and month": lambda panel: did.group_time_att(panel, **PANEL).estimate.estimate,
    "imputed effects": lambda panel: did.imputation_att(panel, **PANEL).estimate.estimate,
}


def compare(_: Path | None = None) -> Compared:
    """Measure all in one run; RuntimeError if two disagree, or if the packages' environment is not there."""
    if not ORACLES.exists():
        raise RuntimeError("found no .venv-oracles; make it with 'make oracles'")
    panel = peers.panel()
    panel = panel.assign(cohort=panel["cohort"].where(panel["cohort"] > 0).astype(float))
    rows = peers.cases(peers.CASES)
    ours = {name: peers.timed(OURS[name], panel if "effects" in name else rows, 3) for name in OURS}
    theirs = _asked(ORACLES, ELSEWHERE) | _asked(Path(sys.executable), ("statsmodels_curve", "statsmodels_cox"))
    for name, packages in PEERS.items():
        _check(name, ours[name]["number"], {package: theirs[package]["number"] for package in packages})
    ratios = {
        name: {package: theirs[package]["seconds"] / ours[name]["seconds"] for package in packages}
        for name, packages in PEERS.items()
    }
    few, many = grouped(peers.CASES), grouped(MANY)
    first, then = _after(few), _after(many)
    return Compared(ratios, {name: then[name] / first[name] for name in first}, (len(few), len(many)))


def _asked(python: Path, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    command = [python, ROOT / "tests" / "benchmarks" / "peers.py", *names]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    if ended.returncode:
        raise RuntimeError(f"peers.py ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    return json.loads(ended.stdout.splitlines()[-1])


def _check(name: str, ours: float, theirs: Mapping[str, float]) -> None:
    """Cox's model takes whole days for exact times with ties, ours does not: nearly, not wholly, the same number."""
    for package, number in theirs.items():
        if abs(ours - number) > (AGREE_COX if name == "hazard ratio" else AGREE):
            raise RuntimeError(f"{name}: {package} found {number}, ours is {ours}")


def _after(cells: pd.DataFrame) -> dict[str, float]:
    """The least seconds of three of every estimator on cells."""
    means = rmst_cells(cells, horizon=15, by=["place", "month"], **KEYS)
    start = means["place"].map({0: 30, 1: 40, 2: 50, 3: 60, 4: 45})
    means = means.assign(start=start, variance=means["std_error"] ** 2)
    panel = {"unit": "place", "time": "month", "cohort": "start", "outcome": "rmst"}
    one = means[means["place"] == 0]
    steps: Mapping[str, Callable[[], object]] = {
        "Kaplan-Meier": lambda: curve(cells),
        "restricted means of places and months": lambda: rmst_cells(cells, horizon=15, by=["place", "month"], **KEYS),
        "shares done of places and months": lambda: done_by_cells(cells, day=5, by=["place", "month"], **KEYS),
        "hazard ratio": lambda: ratio_of_hazards(cells),
        "effects by cohort and month": lambda: did.group_time_att(means, **panel),
        "imputed effects": lambda: did.imputation_att(means, **panel, weight="n", variance="variance"),
        "two-way coefficient": lambda: did.two_way_effect(means, **panel),
        "interrupted series": lambda: interrupted_means(
            one, time="month", outcome="rmst", std_error="std_error", start=30
        ),
    }
    spent = {}
    for name, step in steps.items():
        times = []
        for _ in range(3):
            started = time.process_time()
            step()
            times.append(time.process_time() - started)
        spent[name] = min(times)
    return spent


def section(compared: Compared) -> str:
    """The part of docs/benchmarks.md."""
    lines = [(name, NAMES[asked], r) for name, ratios in compared.ratios.items() for asked, r in ratios.items()]
    table = "\n".join(f"| {name} | {package} | {ratio:.1f} |" for name, package, ratio in lines)
    growth = "\n".join(f"| {name} | {ratio:.2f} |" for name, ratio in compared.growth.items())
    return f"""\
## Estimators

{peers.CASES:,} drawn cases (curves and hazard ratios), and a drawn panel of {peers.UNITS:,} places by {peers.PERIODS}
months (effects): processor time of independent packages as a multiple of ours, in one run, with equal numbers (Cox's
model within {AGREE_COX}, since it takes whole days for exact times). The packages have the cases as rows; ours has them
too, compresses them with a GROUP BY, and its time is that of both. Goal: ahead of each, so above {GOAL:.0f}. Theirs
are csdid 0.4.3, diff-diff 3.13.0, lifelines 0.30.3 in the environment of `make oracles`, and statsmodels.

| | package | its time |
|---|---|--:|
{table}

After the GROUP BY, nothing grows with the cases but how many of the possible cells are filled: processor time on the
{compared.cells[1]:,} cells of {MANY:,} cases as a multiple of that on the {compared.cells[0]:,} cells of
{peers.CASES:,}. Goal: at most {GOAL_GROWTH:.0f} for {MANY // peers.CASES} times the cases.

| | time |
|---|--:|
{growth}
"""


if __name__ == "__main__":
    print(section(compare()))
