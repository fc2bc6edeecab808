"""What treated cells would have been, from all untreated cells (Borusyak, Jaravel and Spiess 2024)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.did.aggregation import KINDS, bin_label
from legalaid_eval.estimators.did.comparisons import check_choice
from legalaid_eval.estimators.did.contrast import TOLERANCE, Contrast
from legalaid_eval.estimators.did.panel import Panel, read_panel
from legalaid_eval.estimators.did.results import (
    CONTRAST_INFERENCE,
    as_estimate,
    as_frame,
    check_level,
    check_treated,
    check_width,
    contrast_row,
    never_weights,
)


# Without slots: the tables are computed when they are first asked for, and kept.
@dataclass(frozen=True, eq=False)
class ImputationAtt:
    """The effect on the treated cells, and its parts.

    `contrast` is the overall effect written out as a weighted sum of cells. `dropped` lists the units left out
    because they were treated from the first period on.
    """

    panel: Panel
    contrast: Contrast
    inference: str
    conf_level: float

    @property
    def dropped(self) -> tuple:
        return self.panel.dropped

    @cached_property
    def estimate(self) -> Estimate:
        """The mean effect over all treated cells, by their weights."""
        row = contrast_row("overall", self.contrast, self.inference, self.conf_level)
        return as_estimate(row, self.panel, conf_level=self.conf_level, method=f"imputation_att {self.inference}")

    def aggregate(self, kind: str, *, bin: int | None = None) -> pd.DataFrame:
        """Frame `term, estimate, std_error, ci_low, ci_high`; the first row, `overall`, is `estimate`.

        `kind` "simple", "event_time" (periods since the start), "cohort" (first treated period) or "time". `bin`
        puts so many event times together: ..., -12..-1, 0..11, ...

        A bin before treatment is measured as one after it would be: its treated units' cells are left out of the
        model and compared with what the other untreated cells, theirs outside the bin among them, predict. So under
        parallel trends its expectation is zero, and it is not zero by construction. Bins of units without other
        cells before treatment are absent.
        """
        check_choice("kind", kind, KINDS)
        check_width(bin)
        if bin is not None and kind != "event_time":
            raise UsageError(f"found bin={bin} with kind='{kind}'; expected bins with kind='event_time' only")
        contrasts = (("overall", self.contrast), *self._terms(kind, bin or 1))
        return as_frame(contrast_row(term, c, self.inference, self.conf_level) for term, c in contrasts)

    @cached_property
    def by_unit(self) -> pd.DataFrame:
        """Frame `unit, cohort, periods, estimate, std_error, ci_low, ci_high`, one row per treated unit.

        The intervals are placebo intervals, which assume that the unit's shocks resemble the never-treated units'.
        """
        panel, rows = self.panel, []
        for i in np.flatnonzero(~panel.never):
            target = panel.treated & (np.arange(len(panel.units)) == i)[:, None]
            effect = contrast_row(None, cell_contrast(panel, target), "placebo_pool", self.conf_level)
            rows.append((panel.units[i], panel.periods[panel.start[i]], int(target.sum()), *effect[1:]))
        return pd.DataFrame(rows, columns="unit cohort periods estimate std_error ci_low ci_high".split())

    def _terms(self, kind: str, width: int) -> Iterator[tuple[object, Contrast]]:
        panel = self.panel
        if kind == "event_time":
            yield from _event_bins(panel, width)
        elif kind == "cohort":
            for start in np.unique(panel.start[~panel.never]):
                yield panel.periods[start], cell_contrast(panel, panel.treated & (panel.start == start)[:, None])
        elif kind == "time":
            columns = np.arange(len(panel.periods))
            for t in np.flatnonzero(panel.treated.any(axis=0)):
                yield panel.periods[t], cell_contrast(panel, panel.treated & (columns == t))


def imputation_att(
    panel: pd.DataFrame,
    *,
    unit: str,
    time: str,
    cohort: str,
    outcome: str,
    weight: str | None = None,
    variance: str | None = None,
    inference: str = "placebo_pool",
    conf_level: float = 0.95,
) -> ImputationAtt:
    """The effect on treated cells: their outcomes less what unit and period effects of untreated cells predict.

    `panel` has one row per unit and period; the arguments name its columns (see `read_panel`). `cohort` is the first
    treated period, missing = never. `weight` counts each cell, in the model and in the mean; `variance` is its known
    sampling variance, in the squared unit of the outcome. Efficient under equal, independent errors, and of use far
    beyond, as it looks back at all periods before treatment and not at the last one alone.

    `inference` "placebo_pool" answers for the places treated, "cr2" for others like them; "ar_model" takes the shocks
    for autoregressive, for designs with few controls (`choose_design`). All are NaN with too few never-treated units.

    Raises UsageError for what `read_panel` refuses, for no treated unit, and for a period with treated units but no
    untreated one.

    Example: `imputation_att(frame, unit="county", time="month", cohort="started", outcome="rate").estimate`.
    """
    check_choice("inference", inference, tuple(CONTRAST_INFERENCE))
    check_level(conf_level)
    read = read_panel(panel, unit=unit, time=time, cohort=cohort, outcome=outcome, weight=weight, variance=variance)
    check_treated(read)
    return ImputationAtt(read, overall_contrast(read), inference, conf_level)


def overall_contrast(panel: Panel) -> Contrast:
    """The mean effect over all treated cells as a contrast."""
    alone = panel.treated.all(axis=0)
    if alone.any():
        raise UsageError(
            f"found no untreated unit in {panel.periods[alone.argmax()]} and after; expected one in every period; "
            "end the panel before, or add never-treated units"
        )
    return cell_contrast(panel, panel.treated)


def cell_contrast(panel: Panel, target: np.ndarray) -> Contrast:
    """The weighted mean effect over `target` cells (units, periods), each imputed from the untreated cells outside."""
    mean = np.where(target, panel.weights, 0.0)
    mean /= mean.sum()
    model = np.where(panel.treated | target, 0.0, panel.weights)
    return Contrast(
        weights=imputation_weights(mean, model),
        outcomes=panel.outcomes,
        treated=target,
        control=never_weights(panel, panel.unit_weights),
        shares=mean.sum(axis=1),
        variance=panel.variance,
    )


def imputation_weights(target: np.ndarray, model: np.ndarray) -> np.ndarray:
    """(units, periods): the weights that cells have in the mean over `target` less its imputed value.

    `model` (units, periods) are the weights of the cells that unit and period effects are fitted on, zero where left
    out. The weights are target - model * (u + p) with unit and period terms that make all rows and columns sum to
    zero: the normal equations of the fit, the units eliminated, the first period's term zero.
    """
    of_unit, of_period = model.sum(axis=1), model.sum(axis=0)
    per_unit = np.divide(model, of_unit[:, None], out=np.zeros_like(model), where=of_unit[:, None] > 0)
    left = np.diag(np.where(of_period > 0, of_period, 1.0)) - model.T @ per_unit
    right = target.sum(axis=0) - per_unit.T @ target.sum(axis=1)
    period = np.append(0.0, np.linalg.solve(left[1:, 1:], right[1:]))
    share = np.divide(target.sum(axis=1), of_unit, out=np.zeros_like(of_unit), where=of_unit > 0)
    return target - model * ((share - per_unit @ period)[:, None] + period)


def _event_bins(panel: Panel, width: int) -> Iterator[tuple[object, Contrast]]:
    """Contrasts of the event-time bins, in the order of time."""
    bins = (np.arange(len(panel.periods)) - panel.start[:, None]) // width
    bins = np.where(panel.never[:, None], np.iinfo(bins.dtype).min, bins)
    for number in np.unique(bins[~panel.never]):
        cells = bins == number
        if number < 0:
            cells &= (~cells & ~panel.treated).any(axis=1)[:, None]
        if cells.any() and _predictable(panel, cells):
            yield bin_label(number, width), cell_contrast(panel, cells)


def _predictable(panel: Panel, cells: np.ndarray) -> bool:
    """Whether untreated cells outside are there to predict the cells: never-treated units always are."""
    if panel.never.any():
        return True
    model = np.where(panel.treated | cells, 0.0, panel.weights)
    mean = cells / cells.sum()
    try:
        weights = imputation_weights(mean, model)
    except np.linalg.LinAlgError:
        return False
    sums = max(np.abs(weights.sum(axis=0)).max(), np.abs(weights.sum(axis=1)).max())
    return bool(sums <= TOLERANCE * np.abs(weights).sum())
