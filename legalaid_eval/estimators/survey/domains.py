"""Estimates for parts of the population, each within the whole sample."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.columns import require_columns, require_level
from legalaid_eval.estimators.survey.design import degrees_of_freedom, read_design, require_pairs
from legalaid_eval.estimators.survey.estimation import (
    mean_of,
    measured,
    proportion_of,
    require_scale,
    total_of,
    yes_or_no,
)

STATISTICS = {"mean": mean_of, "proportion": proportion_of, "total": total_of}


@dataclass(frozen=True, eq=False, slots=True)
class DomainEstimates:
    """One estimate for each value of `domain`, in sorted order.

    `labels` are the values, `estimates` their `Estimate`s, `degrees_of_freedom` clusters less strata among those that
    hold members of the domain. Without any (all members in one cluster of each stratum) error and interval are missing:
    the sample cannot tell how sure the estimate is.
    """

    domain: str
    labels: tuple[object, ...]
    estimates: tuple[Estimate, ...]
    degrees_of_freedom: tuple[int, ...]

    def __getitem__(self, label: object) -> Estimate:
        """The estimate of one domain."""
        if label not in self.labels:
            raise UsageError(f"found no domain {label!r}; expected one of {', '.join(map(str, self.labels))}; name one")
        return self.estimates[self.labels.index(label)]

    @property
    def table(self) -> pd.DataFrame:
        """Frame `<domain>, estimate, std_error, ci_low, ci_high, n, n_clusters, df`, one row for each domain."""
        names = ["estimate", "std_error", "ci_low", "ci_high", "n", "n_clusters"]
        rows = [[getattr(found, name) for name in names] for found in self.estimates]
        table = pd.DataFrame(rows, columns=names).assign(df=self.degrees_of_freedom)
        table.insert(0, self.domain, list(self.labels))
        return table


def by_domain(
    frame: pd.DataFrame,
    *,
    domain: str,
    outcome: str,
    statistic: str = "proportion",
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    fpc: str | float | None = None,
    count: str | None = None,
    conf_level: float = 0.95,
    lonely: str = "error",
) -> DomainEstimates:
    """The "mean", "proportion" or "total" of `outcome` for each value of the column `domain`; other arguments as there.

    A domain's size is itself a matter of chance, so its linearised values are set to zero outside it and the variance
    is that of the whole sample (Särndal, Swensson and Wretman 1992, chapter 10; R `svyby`), never that of the sample
    cut down to it. Proportions have Korn-Graubard intervals throughout. Rows whose `domain` is missing belong to none,
    and their outcome may be missing: to leave out those who gave no answer without breaking the design, make the domain
    missing there.

    Raises UsageError as `mean` does, and where no row belongs to a domain.

    Example: `by_domain(answers, domain="segment", outcome="heard_of", weight="weight", psu="town").table`.
    """
    level = require_level(conf_level)
    if statistic not in STATISTICS:
        raise UsageError(f"found statistic={statistic!r}; expected one of {', '.join(STATISTICS)}; name one")
    require_columns(frame, [domain, outcome])
    design = read_design(frame, weight=weight, stratum=stratum, psu=psu, fpc=fpc, count=count, lonely=lonely)
    require_pairs(design)
    if statistic == "total":
        require_scale(design)
    codes, labels = pd.factorize(frame[domain], sort=True)
    values = _values(frame, outcome, codes >= 0, statistic)
    parts = [codes == at for at in range(len(labels))]
    kept = [at for at, part in enumerate(parts) if (design.weight[part] > 0).any()]
    if not kept:
        raise UsageError(f"found no value in '{domain}'; expected a domain for some respondents; check the column")
    return DomainEstimates(
        domain,
        tuple(labels[at] for at in kept),
        tuple(STATISTICS[statistic](design, values, outcome, level, parts[at]) for at in kept),
        tuple(degrees_of_freedom(design, parts[at]) for at in kept),
    )


def _values(frame: pd.DataFrame, outcome: str, inside: np.ndarray, statistic: str) -> np.ndarray:
    """(rows,) the outcome where a row belongs to a domain, 0 elsewhere."""
    values = np.zeros(len(frame))
    if inside.any():
        read = yes_or_no if statistic == "proportion" else measured
        values[inside] = read(frame[inside], outcome)
    return values
