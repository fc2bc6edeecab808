"""Effects by cohort and period, each from clean comparisons only (Callaway and Sant'Anna 2021)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.did.aggregation import KINDS, Aggregate, aggregates
from legalaid_eval.estimators.did.comparisons import (
    BASES,
    CONTROLS,
    Comparisons,
    att_errors,
    check_choice,
    clustered_error,
    compare,
    influence_of,
    unit_rows,
)
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.panel import Panel, read_panel
from legalaid_eval.estimators.did.results import (
    CONTRAST_INFERENCE,
    Row,
    as_estimate,
    as_frame,
    check_level,
    check_treated,
    check_width,
    contrast_row,
    never_weights,
    normal_interval,
)


@dataclass(frozen=True, slots=True)
class GroupTimeOptions:
    """How the comparisons were made: the arguments of `group_time_att`."""

    control: str
    base: str
    anticipation: int
    inference: str
    conf_level: float


# Without slots: the tables are computed when they are first asked for, and kept.
@dataclass(frozen=True, eq=False)
class GroupTimeAtt:
    """Effects by cohort and period, and what they add up to.

    `estimate` is the simple aggregate, over all treated cells, each cohort with the weight of its units. `dropped`
    lists the units left out because nothing lies before their treatment.
    """

    panel: Panel
    options: GroupTimeOptions
    comparisons: Comparisons

    @property
    def dropped(self) -> tuple:
        return self.panel.dropped

    @cached_property
    def estimate(self) -> Estimate:
        options = self.options
        method = f"group_time_att {options.control} {options.base} {options.inference}"
        overall = aggregates(self.comparisons, "simple", periods=self.panel.periods)[0]
        row = self._row(self.comparisons, overall)
        return as_estimate(row, self.panel, conf_level=options.conf_level, method=method)

    @cached_property
    def att_gt(self) -> pd.DataFrame:
        """Frame `cohort, time, att, std_error, ci_low, ci_high`; combinations that cannot be estimated are absent."""
        found = self.comparisons
        cohort, time = np.nonzero(np.isfinite(found.att))
        att, periods = found.att[cohort, time], self.panel.periods
        if self.options.inference == "influence":
            errors = att_errors(found, self.panel)[cohort, time]
            rows = [(a, e, *normal_interval(a, e, self.options.conf_level)) for a, e in zip(att, errors, strict=True)]
        else:
            rows = [self._row(found, _single(found, g, t))[1:] for g, t in zip(cohort, time, strict=True)]
        labels = pd.DataFrame({"cohort": periods[found.starts[cohort]], "time": periods[time]})
        return labels.join(pd.DataFrame(rows, columns=["att", "std_error", "ci_low", "ci_high"]))

    def aggregate(self, kind: str, *, bin: int | None = None) -> pd.DataFrame:
        """Frame `term, estimate, std_error, ci_low, ci_high`, first row `overall`.

        `kind` "simple": all treated cells; "event_time": by periods since the start, below 0 before it, where
        `overall` is the mean of the terms from 0 on; "cohort": by first treated period, `overall` weighted by size;
        "time": by period, `overall` their mean. `bin` puts so many event times together: ..., -12..-1, 0..11, ...
        """
        check_choice("kind", kind, KINDS)
        check_width(bin)
        if bin is not None and kind != "event_time":
            raise UsageError(f"found bin={bin} with kind='{kind}'; expected bins with kind='event_time' only")
        found = self.comparisons if bin is None else _compare(self.panel, self.options, width=bin)
        terms = aggregates(found, kind, periods=self.panel.periods, width=bin)
        return as_frame(self._row(found, term) for term in terms)

    @property
    def contrast(self) -> Contrast:
        """The simple aggregate written out as a weighted sum of cells."""
        return self._contrast(self.comparisons, aggregates(self.comparisons, "simple", periods=self.panel.periods)[0])

    def _row(self, found: Comparisons, aggregate: Aggregate) -> Row:
        options = self.options
        if options.inference in CONTRAST_INFERENCE:
            return contrast_row(aggregate.term, self._contrast(found, aggregate), options.inference, options.conf_level)
        chosen = aggregate.cells != 0
        estimate = float((aggregate.cells[chosen] * found.att[chosen]).sum())
        influence = influence_of(found, self.panel, aggregate.cells, aggregate.shift)
        error = float(clustered_error(influence, self.panel.cluster))
        return aggregate.term, estimate, error, *normal_interval(estimate, error, options.conf_level)

    def _contrast(self, found: Comparisons, aggregate: Aggregate) -> Contrast:
        panel, weights = self.panel, self.panel.unit_weights
        cells = np.vstack([aggregate.cells, np.zeros(len(panel.periods))])[found.group]
        sizes = np.append(found.sizes, 1.0)[found.group]
        return Contrast(
            weights=weights[:, None] * unit_rows(found, aggregate.cells)[found.group],
            outcomes=panel.outcomes,
            treated=cells > 0,
            control=never_weights(panel, weights),
            shares=weights / sizes * cells.sum(axis=1),
            variance=panel.variance,
        )


def group_time_att(
    panel: pd.DataFrame,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    weight: str | None = None,
    cluster: str | None = None,
    control: str = "never_treated",
    base: str = "previous",
    inference: str = "influence",
    conf_level: float = 0.95,
    variance: str | None = None,
    anticipation: int = 0,
) -> GroupTimeAtt:
    """Effects on each cohort in each period: its change since before treatment, less that of untreated units.

    `panel` has one row per unit and period; the arguments name its columns (see `read_panel`). `cohort` is the first
    treated period, missing = never. `weight` counts a unit by the mean of its cells. `control` "never_treated" or
    "not_yet_treated". `base` "previous", "universal" or "all_pre" (see `compare`); `anticipation` periods before the
    start are not used as base.

    `inference` "influence": standard errors from influence functions and normal intervals, `cluster` (default: the
    unit) drawn as a whole. With these defaults the results are the published ones of Callaway and Sant'Anna (2021)
    without covariates, and of the R package did. They need many treated units: with three of twelve places they
    reject a true null one time in five. "placebo_pool", "cr2" and "ar_model" are for few; "all_pre" is then the better
    base.

    Raises UsageError for what `read_panel` refuses, for no treated or no control units, and for unknown choices.

    Example: `group_time_att(frame, unit="county", time="year", cohort="first_treated", outcome="log_cases")
    .aggregate("event_time")`.
    """
    options = GroupTimeOptions(control, base, anticipation, inference, conf_level)
    _check_options(options, cluster)
    read = read_panel(
        panel,
        unit=unit,
        time=time,
        cohort=cohort,
        outcome=outcome,
        weight=weight,
        variance=variance,
        cluster=cluster,
    )
    read = read.keep(read.start > anticipation)
    check_treated(read)
    if control == "never_treated" and not read.never.any():
        raise UsageError(
            "found no never-treated unit; expected some with a missing cohort; use control='not_yet_treated'"
        )
    found = _compare(read, options, width=1)
    if not (np.isfinite(found.att) & (np.arange(len(read.periods)) >= found.starts[:, None])).any():
        raise UsageError("found no treated period with untreated units beside it; expected some; add units or periods")
    return GroupTimeAtt(read, options, found)


def _compare(panel: Panel, options: GroupTimeOptions, *, width: int) -> Comparisons:
    return compare(panel, control=options.control, base=options.base, anticipation=options.anticipation, width=width)


def _check_options(options: GroupTimeOptions, cluster: str | None) -> None:
    check_choice("control", options.control, CONTROLS)
    check_choice("base", options.base, BASES)
    check_choice("inference", options.inference, ("influence", *CONTRAST_INFERENCE))
    check_level(options.conf_level)
    if not isinstance(options.anticipation, int | np.integer) or options.anticipation < 0:
        raise UsageError(f"found anticipation={options.anticipation}; expected a whole number of periods, at least 0")
    if cluster is not None and options.inference != "influence":
        raise UsageError(
            f"found a cluster with inference='{options.inference}', which takes each unit as one; "
            "expected no cluster; make the cluster the unit, or use inference='influence'"
        )


def _single(found: Comparisons, cohort: int, time: int) -> Aggregate:
    cells = np.zeros(found.att.shape)
    cells[cohort, time] = 1.0
    return Aggregate(None, cells, np.zeros(len(found.starts)))
