"""What the city would be like without reforms: rates by month, trends, seasons, shocks. Drawn once per seed."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.signal import lfilter

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.places import COUNTIES
from legalaid_eval.schemas.register_codes import MATTER

RHO = 0.4
SHOCK_SD = 0.10
PACE_SD = 0.10
AWARENESS_SD = 0.12
FESTIVAL = -0.9
RETURN_SEASON = {"labour_pay": 0.45, "work_injury": 0.15}
COVID = {1: -0.25, 2: -1.1, 3: -0.6, 4: -0.3, 5: -0.1, 9: 0.08, 10: 0.08, 11: -0.05, 12: -0.1}
"""What 2020 did to each month's cases, in logarithms."""
COVID_PACE = 0.25
MIX = {
    "labour_pay": (0.175, 0.25),
    "work_injury": (0.09, 0.0),
    "traffic": (0.095, -0.45),
    "family": (0.11, -0.05),
    "domestic_violence": (0.018, 0.3),
    "land": (0.022, -0.2),
    "criminal": (0.385, 0.05),
    "administrative": (0.011, 0.1),
    "other": (0.095, 0.1),
}
"""Share of each matter in an ordinary year, and its change in logarithms over the seven years."""
CONSULTATIONS_PER_CASE = 2.2
CELLS = len(COUNTIES) * months.MONTHS


def stream(seed: int, table: int, *keys: int) -> np.random.Generator:
    """A random stream of its own for every table, county and month, so that switching a reform moves no other draw."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, table, *keys])))


def autoregressive(rng: np.random.Generator, shape: tuple[int, int], sd: float) -> np.ndarray:
    """AR(1) shocks along the second axis, stationary from the start."""
    noise = rng.standard_normal((shape[0], shape[1] + 60))
    return lfilter([1], [1, -RHO], noise, axis=1)[:, 60:] * sd * np.sqrt(1 - RHO**2)


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """`cases`: expected cases by cell and matter; `pace`: log shock of durations by cell; `talks`: consultations."""

    cases: np.ndarray
    pace: np.ndarray
    closing_pace: np.ndarray
    talks: np.ndarray
    awareness: np.ndarray


@lru_cache(maxsize=4)
def setting(seed: int) -> Setting:
    counties, size = len(COUNTIES), np.array([county.cases for county in COUNTIES])
    shocks = [autoregressive(stream(seed, 2, number), (counties, months.MONTHS), 1.0) for number in range(5)]
    level = np.log(size / 12)[:, None] + SHOCK_SD * shocks[0] + _calendar()[None]
    cases = np.exp(level[:, :, None] + _mix()[None])
    pace = PACE_SD * shocks[1] + _years(COVID_PACE)[None]
    talks = CONSULTATIONS_PER_CASE * np.exp(np.log(size / 12)[:, None] + SHOCK_SD * shocks[3] + _calendar()[None])
    return Setting(
        cases.reshape(CELLS, -1),
        pace.ravel(),
        (PACE_SD * shocks[2] + _years(COVID_PACE)[None]).ravel(),
        talks.ravel(),
        AWARENESS_SD * shocks[4],
    )


def _calendar() -> np.ndarray:
    """Log rate by month: season, Spring Festival, the outlier year."""
    season = 0.08 * np.sin(2 * np.pi * (months.MONTH - 3) / 12)
    covid = np.where(months.YEAR == 2020, [COVID.get(month, 0.0) for month in months.MONTH], 0.0)
    return season + FESTIVAL * months.festival() + covid


def _mix() -> np.ndarray:
    """Log share of each matter by month: trends and the season in which migrant workers claim their pay."""
    middle = (np.arange(months.MONTHS) - months.MONTHS / 2) / months.MONTHS
    back = months.before_festival()
    columns = [np.log(MIX[m][0]) + MIX[m][1] * middle + RETURN_SEASON.get(m, 0.0) * back for m in MATTER]
    return np.stack(columns, axis=1)


def _years(covid: float) -> np.ndarray:
    return np.where(months.YEAR == 2020, covid, 0.0)
