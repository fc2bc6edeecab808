"""What a sample says about how it was drawn, and the variance that follows from it (one-stage Taylor linearisation)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.columns import counts, non_negative, numbers, refuse, require_columns

LONELY = ("error", "certainty", "adjust")


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """A sample of `rows` rows from strata and clusters; without clusters every unit is its own.

    `weight` (rows,) is each unit's weight, `count` (rows,) how many respondents the row is. `stratum` (rows,) numbers
    the strata from 0, `cluster` (rows,) the clusters from 0 (None: units are clusters), `cluster_stratum` (clusters,)
    gives their strata. `sampled` (strata,) is the number of clusters drawn in each stratum and `fraction` (strata,) the
    share of the stratum's clusters that they are (0 where unknown). `scaled` says whether the weights add up to a
    population, as total estimates need.
    """

    weight: np.ndarray
    count: np.ndarray
    stratum: np.ndarray
    cluster: np.ndarray | None
    cluster_stratum: np.ndarray | None
    sampled: np.ndarray
    fraction: np.ndarray
    lonely: str
    scaled: bool
    simple: bool
    labels: tuple[object, ...]

    @property
    def n(self) -> int:
        """Number of units asked that count (weight above 0)."""
        return int(self.count[self.weight > 0].sum())

    @property
    def n_clusters(self) -> int | None:
        return None if self.cluster_stratum is None else len(self.cluster_stratum)


def read_design(
    frame: pd.DataFrame,
    *,
    weight: str | None,
    stratum: str | None,
    psu: str | None,
    fpc: str | float | None,
    count: str | None,
    lonely: str,
) -> Design:
    """The design that the named columns describe; UsageError for everything that cannot be one.

    Clusters are numbered within their stratum, so the same label may stand in several. Without `weight` every unit of a
    stratum with a known population weighs population / sampled, as in R `survey`; otherwise all weigh the same.
    """
    if lonely not in LONELY:
        raise UsageError(f"found lonely={lonely!r}; expected one of {', '.join(LONELY)}; 'error' is the default")
    require_columns(frame, [weight, stratum, psu, fpc if isinstance(fpc, str) else None, count])
    asked = np.ones(len(frame)) if count is None else counts(frame, count)
    refuse(frame, count or "", asked == 0, "at least one respondent in every row; leave out empty cells")
    strata, labels = _codes(frame, stratum)
    cluster, of_cluster = _clusters(frame, strata, psu)
    sampled = (
        np.bincount(strata, asked, len(labels)) if of_cluster is None else np.bincount(of_cluster, None, len(labels))
    )
    population = _population(frame, fpc, strata, sampled, labels, "clusters" if psu else "units")
    known = np.isfinite(population)
    weights = _weights(frame, weight) if weight else np.where(known, population / sampled, 1.0)[strata]
    return Design(
        weight=weights,
        count=asked,
        stratum=strata,
        cluster=cluster,
        cluster_stratum=of_cluster,
        sampled=sampled,
        fraction=np.where(known, sampled / population, 0.0),
        lonely=lonely,
        scaled=weight is not None or fpc is not None,
        simple=stratum is None and psu is None and fpc is None and bool(np.ptp(weights[asked > 0]) == 0),
        labels=labels,
    )


def variance(design: Design, values: np.ndarray) -> np.ndarray:
    """Estimated variance of the weighted totals of `values` (rows, k), as (k,): with z the weighted total of a cluster,
    sum over strata of (1 - fraction) n / (n - 1) sum (z - mean z)^2 (Särndal, Swensson and Wretman 1992; Lumley 2010).
    """
    n = design.sampled
    scale = (1 - design.fraction) * n / np.maximum(n - 1, 1)
    weighted = design.weight[:, None] * values
    if design.cluster is None:
        times, of = design.count[:, None], design.stratum
    else:
        weighted = _summed(weighted * design.count[:, None], design.cluster, len(design.cluster_stratum))
        times, of = np.ones((len(weighted), 1)), design.cluster_stratum
    totals = _summed(times * weighted, of, len(n))
    spread = _summed(times * (weighted - (totals / n[:, None])[of]) ** 2, of, len(n))
    alone = n == 1
    if design.lonely == "adjust" and alone.any():
        spread[alone] = (totals[alone] - totals.sum(axis=0) / n.sum()) ** 2
    return scale @ spread


def require_pairs(design: Design) -> None:
    """Refuse strata of a single cluster, unless all of the stratum was drawn or the caller said what to do."""
    alone = (design.sampled == 1) & (design.fraction < 1)
    if alone.any() and design.lonely == "error":
        named = ", ".join(str(design.labels[at]) for at in np.flatnonzero(alone)[:5])
        what = "cluster" if design.cluster is not None else "unit"
        raise UsageError(
            f"found {int(alone.sum())} strata with a single {what} ({named}); expected at least two in each; merge "
            "them with a similar stratum, or say lonely='certainty' (no variance) or 'adjust' (spread round the mean)"
        )


def degrees_of_freedom(design: Design, part: np.ndarray | None = None) -> int:
    """Clusters less strata; of those only that hold members of the domain `part` (rows,) where it is given."""
    if part is None:
        return int(design.sampled.sum()) - len(design.sampled)
    strata = len(np.unique(design.stratum[part]))
    if design.cluster is None:
        return int(design.count[part].sum()) - strata
    return len(np.unique(design.cluster[part])) - strata


def _codes(frame: pd.DataFrame, column: str | None) -> tuple[np.ndarray, tuple[object, ...]]:
    """Numbers from 0 for the values of a column, and the values; one value where there is no column."""
    if column is None:
        return np.zeros(len(frame), dtype=np.int64), ("all",)
    codes, labels = pd.factorize(frame[column], sort=False)
    refuse(frame, column, codes < 0, "a value in every row; leave out rows of which it is unknown")
    return codes, tuple(labels)


def _clusters(frame: pd.DataFrame, strata: np.ndarray, psu: str | None) -> tuple[np.ndarray | None, np.ndarray | None]:
    if psu is None:
        return None, None
    codes, labels = _codes(frame, psu)
    pairs, cluster = np.unique(strata * len(labels) + codes, return_inverse=True)
    return cluster, pairs // len(labels)


def _weights(frame: pd.DataFrame, column: str) -> np.ndarray:
    weights = non_negative(frame, column)
    if not weights.any():
        raise UsageError(f"found only zeros in '{column}'; expected weights; name the column of the weights")
    return weights


def _population(
    frame: pd.DataFrame, fpc: str | float | None, strata: np.ndarray, sampled: np.ndarray, labels: tuple, what: str
) -> np.ndarray:
    """(strata,) clusters or units in the population of each stratum, NaN where not given."""
    if fpc is None:
        return np.full(len(sampled), np.nan)
    if isinstance(fpc, bool) or not isinstance(fpc, str | int | float | np.number):
        raise UsageError(f"found fpc={fpc!r}; expected the name of a column or a number; pass {what} in the population")
    values = numbers(frame, fpc) if isinstance(fpc, str) else np.full(len(frame), float(fpc))
    population = np.zeros(len(sampled))
    population[strata] = values
    impossible = ~((population >= sampled) & np.isfinite(population))
    at = int(np.argmax(impossible))
    if impossible[at]:
        raise UsageError(
            f"found a population of {population[at]:g} {what} and a sample of {sampled[at]:g} in stratum {labels[at]}; "
            f"expected no fewer in the population; fpc is the number of {what} there, not the share sampled"
        )
    if isinstance(fpc, str):
        refuse(frame, fpc, values != population[strata], "one population for each stratum; correct these rows")
    return population


def _summed(values: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """(rows, k) values added up by group, as (groups, k)."""
    return np.column_stack([np.bincount(group, column, groups) for column in values.T])
