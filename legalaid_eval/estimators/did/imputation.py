"""What treated cells would have been, from all untreated cells (Borusyak, Jaravel and Spiess 2024)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import nan

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.did.adjusted import Covariates, in_model, two_way_residuals
from legalaid_eval.estimators.did.aggregation import KINDS
from legalaid_eval.estimators.did.comparisons import check_choice
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.imputed_cells import Imputed, event_bins, impute, model_weights
from legalaid_eval.estimators.did.interval import Interval, not_evaluable
from legalaid_eval.estimators.did.panel import Panel, read_panel
from legalaid_eval.estimators.did.placebo_pool import DISPERSIONS
from legalaid_eval.estimators.did.results import (
    CONTRAST_INFERENCE,
    Row,
    as_estimate,
    as_frame,
    check_level,
    check_treated,
    check_width,
)


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """How intervals are made: `inference` and `conf_level`; the others are for "placebo_pool", see there."""

    inference: str = "placebo_pool"
    conf_level: float = 0.95
    dispersion: str = "before"
    block: int = 6
    treated_scale: float = 1.0

    def of(self, imputed: Imputed, start: np.ndarray, *, inference: str | None = None) -> Interval:
        """The interval of a mean effect; `start` (units,) is each unit's first treated period."""
        name = inference or self.inference
        if not imputed.identified:
            return not_evaluable(imputed.contrast, conf_level=self.conf_level, method=name)
        method = CONTRAST_INFERENCE[name]
        if name == "placebo_pool":
            method = partial(
                method, dispersion=self.dispersion, block=self.block, treated_scale=self.treated_scale, start=start
            )
        return method(imputed.contrast, conf_level=self.conf_level)


# Without slots: the tables are computed when they are first asked for, and kept.
@dataclass(frozen=True, eq=False)
class ImputationAtt:
    """The effect on the treated cells, and its parts.

    `imputed` is the overall effect; `contrast` the same written out as a weighted sum of cells, whose outcomes are
    those less the covariates' part. `dropped` lists the units left out because they were treated from the first
    period on.
    """

    panel: Panel
    imputed: Imputed
    uncertainty: Uncertainty

    @property
    def contrast(self) -> Contrast:
        return self.imputed.contrast

    @property
    def dropped(self) -> tuple:
        return self.panel.dropped

    @property
    def identified(self) -> bool:
        """Whether the effect can be told apart from the covariates'; if not, estimates are NaN."""
        return self.imputed.identified

    @property
    def entangled(self) -> tuple[str, ...]:
        """Names of the covariates that cannot be told apart from the effect."""
        return tuple(np.array(self.panel.covariate_names, dtype=object)[self.imputed.entangled])

    @cached_property
    def interval(self) -> Interval:
        """The interval of the overall effect, with its p-value and degrees of freedom."""
        return self.uncertainty.of(self.imputed, self.panel.start)

    @cached_property
    def estimate(self) -> Estimate:
        """The mean effect over all treated cells, by their weights."""
        return self.estimate_with(self.uncertainty.inference, interval=self.interval)

    def estimate_with(self, inference: str, *, interval: Interval | None = None) -> Estimate:
        """`estimate` with another interval: "placebo_pool", "cr2" or "ar_model"."""
        check_choice("inference", inference, tuple(CONTRAST_INFERENCE))
        found = interval or self.uncertainty.of(self.imputed, self.panel.start, inference=inference)
        row = self._row("overall", self.imputed, found)
        return as_estimate(row, self.panel, conf_level=found.conf_level, method=f"imputation_att {inference}")

    def aggregate(self, kind: str, *, bin: int | None = None) -> pd.DataFrame:
        """Frame `term, estimate, std_error, ci_low, ci_high`; the first row, `overall`, is `estimate`.

        `kind` "simple", "event_time" (periods since the start), "cohort" (first treated period) or "time". `bin`
        puts so many event times together: ..., -12..-1, 0..11, ...

        A bin before treatment is measured as one after it would be: its treated units' cells are left out of the
        model and compared with what the other untreated cells, theirs outside the bin among them, predict. So under
        parallel trends its expectation is zero, and it is not zero by construction. Bins of units without other
        cells before treatment are absent; terms that the covariates cannot be told apart from are NaN.
        """
        check_choice("kind", kind, KINDS)
        check_width(bin)
        if bin is not None and kind != "event_time":
            raise UsageError(f"found bin={bin} with kind='{kind}'; expected bins with kind='event_time' only")
        overall = self._row("overall", self.imputed, self.interval)
        terms = self._terms(kind, bin or 1)
        return as_frame([overall, *(self._row(term, self.effect_on(cells)) for term, cells in terms)])

    @cached_property
    def by_unit(self) -> pd.DataFrame:
        """Frame `unit, cohort, periods, estimate, std_error, ci_low, ci_high`, one row per treated unit.

        The intervals are placebo intervals, which assume that the unit's shocks resemble the never-treated units'.
        """
        panel, rows = self.panel, []
        for i in np.flatnonzero(~panel.never):
            target = panel.treated & (np.arange(len(panel.units)) == i)[:, None]
            one = self.effect_on(target)
            effect = self._row(None, one, self.uncertainty.of(one, panel.start, inference="placebo_pool"))
            rows.append((panel.units[i], panel.periods[panel.start[i]], int(target.sum()), *effect[1:]))
        return pd.DataFrame(rows, columns="unit cohort periods estimate std_error ci_low ci_high".split())

    @cached_property
    def counterfactual(self) -> np.ndarray:
        """(units, periods): what the model of untreated cells predicts in each cell, the covariates' effects included.

        NaN in periods and units without an untreated cell, and everywhere if the effect is not identified.
        """
        model = model_weights(self.panel, self.panel.treated)
        predicted = self.panel.outcomes - two_way_residuals(self.contrast.outcomes[None], model)[0]
        known = model.any(axis=1)[:, None] & model.any(axis=0) & self.identified
        return np.where(known, predicted, nan)

    def effect_on(self, cells: np.ndarray) -> Imputed:
        """The mean effect over chosen `cells` (units, periods), bool: each imputed from untreated cells outside."""
        return impute(self.panel, cells, None if (cells & ~self.panel.treated).any() else self._beside)

    def without(self, unit: object) -> "ImputationAtt":
        """The same effect without one of the units. Raises UsageError where no effect is left to estimate."""
        kept = self.panel.keep(self.panel.units != unit)
        check_treated(kept)
        return ImputationAtt(kept, overall_effect(kept), self.uncertainty)

    @cached_property
    def _beside(self) -> Covariates | None:
        panel = self.panel
        return in_model(panel.covariates, model_weights(panel, panel.treated)) if len(panel.covariates) else None

    def _row(self, term: object, imputed: Imputed, interval: Interval | None = None) -> Row:
        found = interval or self.uncertainty.of(imputed, self.panel.start)
        estimate = imputed.contrast.estimate if imputed.identified else nan
        return term, estimate, found.std_error, found.ci_low, found.ci_high

    def _terms(self, kind: str, width: int) -> Iterator[tuple[object, np.ndarray]]:
        panel = self.panel
        if kind == "event_time":
            yield from event_bins(panel, width)
        elif kind == "cohort":
            for start in np.unique(panel.start[~panel.never]):
                yield panel.periods[start], panel.treated & (panel.start == start)[:, None]
        elif kind == "time":
            columns = np.arange(len(panel.periods))
            for t in np.flatnonzero(panel.treated.any(axis=0)):
                yield panel.periods[t], panel.treated & (columns == t)


def imputation_att(
    panel: pd.DataFrame,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    weight: str | None = None,
    variance: str | None = None,
    covariance: pd.DataFrame | None = None,
    covariates: Sequence[str] = (),
    inference: str = "placebo_pool",
    conf_level: float = 0.95,
    dispersion: str = "before",
    block: int = 6,
    treated_scale: float = 1.0,
) -> ImputationAtt:
    """The effect on treated cells: their outcomes less what unit and period effects of untreated cells predict.

    `panel` has one row per unit and period; the arguments name its columns (see `read_panel`). `cohort` is the first
    treated period, missing = never. `weight` counts each cell, in the model and in the mean; `variance` is its known
    sampling variance, in the squared unit of the outcome. Where one unit's sampling errors hang together over periods,
    as with the same townships asked in every wave, `covariance` takes its place: a frame with unit and period as its
    index and a column for every period. Efficient under equal, independent errors, and of use far beyond, as it looks
    back at all periods before treatment and not at the last one alone.

    `covariates` are numeric columns that stand in the model of untreated cells beside unit and period effects, as
    indicators of other reforms do. They must not themselves be moved by the treatment. Where the effect cannot be
    told apart from theirs it is NaN; see `identified` and `entangled`.

    `inference` "placebo_pool" answers for the places treated, "cr2" for others like them; "ar_model" takes the shocks
    for autoregressive, for designs with few controls (`choose_design`). All are NaN with too few never-treated units.
    `dispersion`, `block` and `treated_scale` are those of `placebo_pool`.

    Raises UsageError for what `read_panel` refuses, for no treated unit, and for a period with treated units but no
    untreated one.

    Example: `imputation_att(frame, unit="county", time="month", cohort="started", outcome="rate").estimate`.
    """
    check_choice("inference", inference, tuple(CONTRAST_INFERENCE))
    check_choice("dispersion", dispersion, DISPERSIONS)
    check_level(conf_level)
    read = read_panel(
        panel,
        unit=unit,
        time=time,
        cohort=cohort,
        outcome=outcome,
        weight=weight,
        variance=variance,
        covariates=covariates,
        covariance=covariance,
    )
    check_treated(read)
    uncertainty = Uncertainty(inference, conf_level, dispersion, block, treated_scale)
    return ImputationAtt(read, overall_effect(read), uncertainty)


def overall_effect(panel: Panel) -> Imputed:
    """The mean effect over all treated cells."""
    alone = panel.treated.all(axis=0)
    if alone.any():
        raise UsageError(
            f"found no untreated unit in {panel.periods[alone.argmax()]} and after; expected one in every period; "
            "end the panel before, or add never-treated units"
        )
    return impute(panel, panel.treated)


def overall_contrast(panel: Panel) -> Contrast:
    """The mean effect over all treated cells as a contrast."""
    return overall_effect(panel).contrast
