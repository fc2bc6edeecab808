"""The frozen result that every estimator returns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval and method.

    `estimand` says what is estimated, `outcome` of which variable, `unit` in which unit; `std_error`,
    `ci_low` and `ci_high` share that unit; `conf_level` is between 0 and 1; `n` counts observations,
    `n_clusters` the clusters they fall into (None without clusters); `method` names the formula.
    """

    estimand: str
    outcome: str
    unit: str
    estimate: float
    std_error: float | None
    ci_low: float
    ci_high: float
    conf_level: float
    n: int
    n_clusters: int | None
    method: str
