"""Independent packages on drawn cases, timed: `python tests/benchmarks/peers.py NAME...` prints JSON.

Runs in whichever environment has the package, and imports nothing of this project. Seconds are of the processor.
"""

import contextlib
import io
import json
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

CASES = 1_000_000
PLACES, MONTHS = 12, 84
UNITS, PERIODS = 1_000, 40
LONGEST = 20
DAY = 5


def cases(number: int, seed: int = 1) -> pd.DataFrame:
    """Drawn cases `place, month, sooner, days, done`: whole days, a few still open."""
    rng = np.random.default_rng(seed)
    sooner = rng.integers(0, 2, number, dtype=np.int8)
    exact = rng.standard_exponential(number, dtype=np.float32) * (6 * np.exp(-0.25 * sooner)).astype(np.float32)
    limit = rng.integers(1, 10 * LONGEST, number, dtype=np.int16).clip(max=LONGEST)
    days = np.minimum(exact.astype(np.int16), limit)
    place = rng.integers(0, PLACES, number, dtype=np.int8)
    month = rng.integers(0, MONTHS, number, dtype=np.int8)
    return pd.DataFrame({"place": place, "month": month, "sooner": sooner, "days": days, "done": exact < limit})


def panel() -> pd.DataFrame:
    """A drawn staggered panel of places by month `unit, time, cohort, outcome`; 0 for never."""
    rng = np.random.default_rng(2)
    cohort = rng.choice([0, 10, 15, 20, 25, 30], UNITS)
    time_ = np.arange(1, PERIODS + 1)
    on = (cohort[:, None] > 0) & (time_ >= cohort[:, None])
    outcome = rng.normal(size=(UNITS, 1)) + rng.normal(size=(UNITS, PERIODS)).cumsum(axis=1) * 0.2 + 0.5 * on
    frame = {"unit": np.repeat(np.arange(1, UNITS + 1), PERIODS), "time": np.tile(time_, UNITS)}
    return pd.DataFrame({**frame, "cohort": np.repeat(cohort, PERIODS), "outcome": outcome.ravel()})


def lifelines_curve(data: pd.DataFrame) -> float:
    from lifelines import KaplanMeierFitter

    fitted = KaplanMeierFitter().fit(data["days"], data["done"])
    return float(fitted.survival_function_at_times(DAY).iloc[0])


def statsmodels_curve(data: pd.DataFrame) -> float:
    from statsmodels.duration.survfunc import SurvfuncRight

    fitted = SurvfuncRight(data["days"], data["done"].astype(int))
    return float(fitted.surv_prob[fitted.surv_times == DAY][0])


def lifelines_cox(data: pd.DataFrame) -> float:
    from lifelines import CoxPHFitter

    shifted = data[["days", "done", "sooner"]].assign(days=data["days"] + 0.5)
    return float(CoxPHFitter().fit(shifted, "days", "done").params_["sooner"])


def statsmodels_cox(data: pd.DataFrame) -> float:
    from statsmodels.duration.hazard_regression import PHReg

    status = data["done"].astype(int)
    return float(PHReg(data["days"] + 0.5, data[["sooner"]].astype(float), status=status, ties="efron").fit().params[0])


def diff_diff_att(data: pd.DataFrame) -> float:
    from diff_diff import CallawaySantAnna

    model = CallawaySantAnna(control_group="never_treated", estimation_method="reg")
    return float(model.fit(data, "outcome", "unit", "time", "cohort").overall_att)


def diff_diff_imputation(data: pd.DataFrame) -> float:
    from diff_diff import ImputationDiD

    return float(ImputationDiD().fit(data, "outcome", "unit", "time", "cohort").overall_att)


def csdid_att(data: pd.DataFrame) -> float:
    from csdid.att_gt import ATTgt

    names = {"yname": "outcome", "tname": "time", "idname": "unit", "gname": "cohort", "xformla": "outcome~1"}
    with contextlib.redirect_stdout(io.StringIO()):
        model = ATTgt(data=data, control_group="nevertreated", cband=False, **names)
        model.fit(est_method="reg", base_period="varying", bstrap=False)
        return float(model.aggte(typec="simple", bstrap=False, cband=False).atte["overall_att"])


CURVES = {"lifelines_curve": lifelines_curve, "statsmodels_curve": statsmodels_curve}
HAZARDS = {"lifelines_cox": lifelines_cox, "statsmodels_cox": statsmodels_cox}
EFFECTS = {"diff_diff_att": diff_diff_att, "csdid_att": csdid_att, "diff_diff_imputation": diff_diff_imputation}


def timed(function: Callable[[pd.DataFrame], float], data: pd.DataFrame, rounds: int) -> dict[str, float]:
    """The least processor time of several rounds, and the number found; a small run before loads what is needed."""
    function(data.head(20_000))
    spent, number = [], 0.0
    for _ in range(rounds):
        started = time.process_time()
        number = function(data)
        spent.append(time.process_time() - started)
    return {"seconds": min(spent), "number": number}


def main(names: list[str]) -> None:
    warnings.simplefilter("ignore")
    drawn = {"cases": cases(CASES), "panel": panel()}
    found = {}
    for name in names:
        of = EFFECTS if name in EFFECTS else {**CURVES, **HAZARDS}
        found[name] = timed(of[name], drawn["panel" if name in EFFECTS else "cases"], 2)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
