"""What the way of drawing a sample costs: design effects and the correlation within clusters."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.columns import require_columns
from legalaid_eval.estimators.survey.design import Design, degrees_of_freedom, read_design, require_pairs
from legalaid_eval.estimators.survey.estimation import linearised, measured, members


@dataclass(frozen=True, slots=True)
class DesignEffect:
    """How many times the variance of a mean is that of a simple random sample, drawn with replacement, of equal size.

    `design_effect` is the whole effect, `weight_effect` the part of unequal weights (Kish 1965: 1 + cv^2), and
    `effective_n` = n / design_effect. `intra_cluster` is the correlation within clusters that explains the rest,
    (design_effect / weight_effect - 1) / (cluster_size - 1), None without clusters of more than one: pass it to
    `smallest_detectable_change`. With few clusters it is itself a rough estimate. `cluster_size` is
    sum m^2 / sum m, the size that an average respondent's cluster has. Where all clusters gave the same share the
    effect is 0 and `effective_n` infinite.
    """

    design_effect: float
    weight_effect: float
    effective_n: float
    intra_cluster: float | None
    cluster_size: float | None
    n: int
    n_clusters: int | None
    degrees_of_freedom: int


def design_effect(
    frame: pd.DataFrame,
    *,
    outcome: str,
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    fpc: str | float | None = None,
    count: str | None = None,
    lonely: str = "error",
) -> DesignEffect:
    """The design effect of the mean of `outcome` (numbers, or true and false), as R `survey` with deff="replace".

    Arguments and errors as in `mean`; an outcome that is the same for all has no design effect (UsageError).

    Example: `design_effect(answers, outcome="heard_of", weight="weight", psu="town").intra_cluster`.
    """
    require_columns(frame, [outcome])
    design = read_design(frame, weight=weight, stratum=stratum, psu=psu, fpc=fpc, count=count, lonely=lonely)
    require_pairs(design)
    values = measured(frame, outcome)
    found, error = linearised(design, values, None)
    people = design.weight * design.count
    n, clusters = members(design, None)
    spread = float(people @ (values - found) ** 2 / people.sum()) / (n - 1) if n > 1 else 0.0
    if spread <= 0:
        raise UsageError(f"found the same '{outcome}' for all {n}; expected differences; no design effect can be told")
    effect, unequal = error**2 / spread, weight_effect(design.weight, design.count)
    size, rho = _within(design, effect / unequal)
    effective = n / effect if effect else float("inf")
    return DesignEffect(effect, unequal, effective, rho, size, n, clusters, degrees_of_freedom(design))


def weight_effect(weights: np.ndarray, count: np.ndarray | None = None) -> float:
    """Kish's (1965) n sum w^2 / (sum w)^2 over those with a weight above 0; `count` respondents have each weight."""
    times = np.where(weights > 0, 1.0 if count is None else count, 0.0)
    return float(times.sum() * (times @ weights**2) / (times @ weights) ** 2)


def _within(design: Design, rest: float) -> tuple[float | None, float | None]:
    """The size of clusters and the correlation within them that makes variances `rest` times as large."""
    if design.cluster is None:
        return None, None
    sizes = np.bincount(design.cluster, design.count * (design.weight > 0))
    size = float((sizes**2).sum() / sizes.sum())
    return size, (rest - 1) / (size - 1) if size > 1 else None
