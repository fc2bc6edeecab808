"""What independent packages say on the simulated data of the study `oracles`.

    .venv-oracles/bin/python tests/studies/oracle_packages.py tests/studies/oracle_packages.csv

Runs in an environment of its own, with csdid 0.4.3, diff-diff 3.13.0 and lifelines 0.30.3, and imports nothing of this
project; `tests/studies/oracles.py` draws the same data and compares. All data here are simulated.
"""

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

SEEDS = tuple(range(1, 21))
COLUMNS = "seed package quantity estimate".split()
PERIODS, COHORTS = 8, {3: 6, 5: 8, 7: 5, None: 11}
DAYS = (2, 5, 10)
HORIZON = 12


def panel(seed: int) -> pd.DataFrame:
    """A balanced staggered panel `unit, time, cohort, outcome`: shocks that last, growing effects, 0 for never."""
    rng = np.random.default_rng([seed, 1])
    starts = np.repeat([0 if start is None else start for start in COHORTS], list(COHORTS.values()))
    time = np.arange(1, PERIODS + 1)
    since = np.where(starts[:, None] > 0, np.clip(time - starts[:, None] + 1, 0, None), 0)
    shocks = rng.normal(0, 0.5, (len(starts), PERIODS)).cumsum(axis=1)
    outcome = rng.normal(10, 2, (len(starts), 1)) + shocks + since * rng.normal(0.6, 0.3, (len(starts), 1))
    return pd.DataFrame(
        {
            "unit": np.repeat(np.arange(1, len(starts) + 1), PERIODS),
            "time": np.tile(time, len(starts)),
            "cohort": np.repeat(starts, PERIODS),
            "outcome": outcome.ravel().round(4),
        }
    )


def durations(seed: int) -> pd.DataFrame:
    """Cases `days, done, group`: whole days, ties, and one in four still open."""
    rng = np.random.default_rng([seed, 2])
    group = rng.integers(0, 2, 600)
    exact, limit = rng.exponential(6 / np.exp(0.4 * group)), rng.integers(1, 40, 600)
    return pd.DataFrame({"days": np.minimum(np.floor(exact), limit), "done": exact < limit, "group": group})


def compute() -> pd.DataFrame:
    rows = []
    for seed in SEEDS:
        data = panel(seed)
        for name, found in (("csdid", _csdid(data)), ("diff_diff", _diff_diff(data))):
            rows += [(seed, name, *row) for row in found]
        rows += [(seed, "lifelines", *row) for row in _lifelines(durations(seed))]
    return pd.DataFrame(rows, columns=COLUMNS)


def _csdid(data: pd.DataFrame) -> Iterator[tuple]:
    from csdid.att_gt import ATTgt

    names = {"yname": "outcome", "tname": "time", "idname": "unit", "gname": "cohort", "xformla": "outcome~1"}
    model = ATTgt(data=data, control_group="nevertreated", cband=False, **names)
    with contextlib.redirect_stdout(io.StringIO()):
        model.fit(est_method="reg", base_period="varying", bstrap=False)
        found = model.aggte(typec="simple", bstrap=False, cband=False).atte
        yield "group_time_att", found["overall_att"]
        yield "group_time_att: standard error", np.ravel(found["overall_se"])[0]
        found = model.aggte(typec="dynamic", bstrap=False, cband=False).atte
        yield "event study, overall", found["overall_att"]
        yield "event study, overall: standard error", np.ravel(found["overall_se"])[0]


def _diff_diff(data: pd.DataFrame) -> Iterator[tuple]:
    from diff_diff import CallawaySantAnna, ImputationDiD

    columns = ("outcome", "unit", "time", "cohort")
    found = CallawaySantAnna(control_group="never_treated", estimation_method="reg").fit(data, *columns)
    yield "group_time_att", found.overall_att
    yield "imputation_att", ImputationDiD().fit(data, *columns).overall_att


def _lifelines(cases: pd.DataFrame) -> Iterator[tuple]:
    from lifelines import CoxPHFitter, KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    fitted = KaplanMeierFitter().fit(cases["days"], cases["done"])
    low, high = fitted.confidence_interval_.columns
    for day in DAYS:
        yield f"Kaplan-Meier, day {day}", fitted.survival_function_at_times(day).iloc[0]
        yield f"Kaplan-Meier, day {day}: lower end", fitted.confidence_interval_.loc[day, low]
        yield f"Kaplan-Meier, day {day}: upper end", fitted.confidence_interval_.loc[day, high]
    yield "restricted mean", restricted_mean_survival_time(fitted, t=HORIZON)
    # Days of 0 are half a day in Cox's model, which knows no time before the first.
    cox = CoxPHFitter().fit(cases.assign(days=cases["days"] + 0.5), "days", "done")
    yield "log hazard ratio", cox.params_["group"]


def main(target: str) -> None:
    """Write what the packages say."""
    warnings.simplefilter("ignore")
    compute().to_csv(target, index=False, float_format="%.10g", lineterminator="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
