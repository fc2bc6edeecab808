"""Effects by time since the start against the last stretch before it, with their joint covariance."""

from math import inf

import numpy as np

from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.honest import EventPath
from legalaid_eval.estimators.did.imputation import ImputationAtt
from legalaid_eval.estimators.did.panel import Panel
from legalaid_eval.estimators.did.placebo_pool import placebo_covariance
from legalaid_eval.estimators.did.results import never_weights

MOST_BEFORE = 4
"""Bins further back say little about the trend at the start."""


def event_path(fit: ImputationAtt, *, width: int) -> EventPath | None:
    """The path in bins of `width` periods, of the treated units that have enough time before treatment.

    Each unit's mean in a bin less its mean in the last bin before its start, less the same of the never-treated units:
    unlike the bins of an imputation, all stand against one base, as a trend's bounds need it. As many bins before as
    at least half the treated units have, four beside the base at most; bins after are those that at least half of
    these units fill, as a bin filled in part has another middle. Outcomes are less the covariates' effects. None with
    fewer than two bins before treatment, none after, or fewer than two never-treated units.
    """
    panel = fit.panel
    treated = ~panel.never
    if not fit.identified or panel.never.sum() < 2:
        return None
    before = int(min(np.median(panel.start[treated] // width), MOST_BEFORE + 1))
    chosen = treated & (panel.start // width >= before)
    after_start = (len(panel.periods) - panel.start) // width
    if before < 2 or not np.median(after_start[chosen]) >= 1:
        return None
    bins = [*range(-before, -1), *range(int(np.median(after_start[chosen])))]
    contrasts = [_against_base(fit, chosen, number, width) for number in bins]
    after = [_bin_cells(panel, chosen, number, width) for number in bins[before - 1 :]]
    mass = np.array([panel.weights[cells].sum() for cells in after])
    values = np.array([contrast.estimate for contrast in contrasts])
    return EventPath(
        before=values[: before - 1],
        after=values[before - 1 :],
        covariance=placebo_covariance(contrasts),
        weights=mass / mass.sum(),
        df=float(panel.never.sum() - 1) if panel.never.sum() > 1 else inf,
    )


def _bin_cells(panel: Panel, chosen: np.ndarray, number: int, width: int) -> np.ndarray:
    """(units, periods), bool: the cells in one bin of event time of the chosen units that fill it."""
    cells = (np.arange(len(panel.periods)) - panel.start[:, None]) // width == number
    return cells & (chosen & (cells.sum(axis=1) == width))[:, None]


def _against_base(fit: ImputationAtt, chosen: np.ndarray, number: int, width: int) -> Contrast:
    """One bin against the base, of the units that have a cell in it, by their weights."""
    panel = fit.panel
    cells = _bin_cells(panel, chosen, number, width)
    there = cells.any(axis=1)
    base = _bin_cells(panel, there, -1, width)
    share = np.where(there, panel.unit_weights, 0.0)
    share /= share.sum()
    weights = share[:, None] * (cells / width - base / width)
    control = never_weights(panel, panel.unit_weights)
    weights = weights - control[:, None] * weights.sum(axis=0)
    return Contrast(weights, fit.contrast.outcomes, cells, control, share, panel.variance, panel.covariance)
