"""The default interval: the estimate's own weights, laid over units that were never treated.

What the weights of a treated unit give on never-treated units, where nothing happened, shows how far shocks alone
move the estimate. How much the treated units scatter is pooled in, each part with its degrees of freedom. It answers
for the units treated, not for others that might be. Idea: Conley and Taber (2011), Ferman and Pinto (2019).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import isfinite, isnan, nan

import numpy as np

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.interval import Interval, not_evaluable, t_interval
from legalaid_eval.estimators.did.pre_period import scatter_of_blocks

DISPERSIONS = ("effects", "before", "controls")
LEAST_SCALE = 0.25
"""Effects that agree with each other by luck must not shrink the placebo variance below this share."""
LEAST_BLOCKS = 3
"""A unit with fewer blocks before treatment says little of its shocks; half the treated units must have so many."""
LEAST_CONTROLS = 3
"""With fewer controls their drifts decide; the scatter of the effects may then widen the interval, not narrow it."""
LEAST_OF_CONTROLS, LEAST_OF_TREATED = 0.1, 0.02
"""Shock variance counts as at least this share of what is seen, however large the sampling error."""


@dataclass(frozen=True, eq=False, slots=True)
class Placebo:
    """The rows of weights (units) laid over the never-treated units (controls).

    `effects` (units, controls): R, what each row gives on each control. `dilution` (controls,): kappa, how much of a
    control's own shocks is left once the controls' mean, itself among it, is taken off. `sampling` (units, controls):
    q, the part of R squared that is sampling error.
    """

    effects: np.ndarray
    dilution: np.ndarray
    sampling: np.ndarray

    @property
    def shock_variance(self) -> np.ndarray:
        """(units,): A, variance of each unit's part of the estimate that comes from shocks; may be below zero."""
        return ((self.effects**2 - self.sampling) / self.dilution).mean(axis=1)


def lay_over_controls(contrast: Contrast) -> Placebo:
    """R, kappa and q of a contrast with at least two never-treated units."""
    controls = contrast.never_treated
    share = contrast.control[controls]
    on_controls = contrast.sampling_variance(controls)
    return Placebo(
        effects=contrast.weights @ contrast.residuals[controls].T,
        dilution=1 - 2 * share + (share**2).sum(),
        sampling=(1 - 2 * share) * on_controls + (on_controls @ share**2)[:, None],
    )


def placebo_pool(
    contrast: Contrast,
    *,
    conf_level: float = 0.95,
    treated_scale: float = 1.0,
    dispersion: str = "before",
    block: int = 6,
    start: np.ndarray | None = None,
) -> Interval:
    """The placebo-pool interval: t with GC - 1 degrees of freedom, plus those of the treated units' own scatter.

    That scatter is of their shocks "before" treatment, over means of `block` periods; where too few periods lie before
    it, it is that of their "effects", which counts unequal effects as uncertainty, and with two controls the larger of
    the two. Shocks before treatment are told as a multiple of the controls', so they add no more degrees of freedom
    than the controls have. `start` (units,) is each unit's first treated period where it is not the first cell of
    `contrast.treated`, as in bins of event time. "controls" pools nothing in: for questions about the time before
    treatment, where what is looked for would itself raise the treated units' scatter.

    `treated_scale` multiplies the shock variance of the treated units, as `pre_period_ratio` may advise. With one
    treated unit there is no scatter to pool, and the placebo variance stands alone: this assumes that its shocks
    resemble the others'. Not evaluable with fewer than two never-treated units.
    """
    if not (np.isfinite(treated_scale) and treated_scale > 0):
        raise UsageError(f"found treated_scale {treated_scale}; expected a ratio of variances above 0")
    if dispersion not in DISPERSIONS or block < 1:
        raise UsageError(
            f"found dispersion '{dispersion}' over blocks of {block}; expected one of: {', '.join(DISPERSIONS)}, "
            "and at least 1 period"
        )
    if contrast.n_control < 2 or contrast.n_treated < 1:
        return not_evaluable(contrast, conf_level=conf_level, method="placebo_pool")
    treated = ~contrast.never_treated
    shocks = lay_over_controls(contrast).shock_variance * np.where(treated, treated_scale, 1.0)
    sampling = contrast.own_sampling_variance
    variance, df = max(shocks.sum(), 0.0) + sampling.sum(), contrast.n_control - 1
    if contrast.n_treated > 1 and dispersion != "controls":
        own, error = max(shocks[treated].sum(), 0.0), sampling[treated].sum()
        ratio = shock_ratio(contrast, block=block, start=start) if dispersion == "before" else nan
        before = ratio / treated_scale * own + error if isfinite(ratio) else nan
        found, own_df = _scatter(contrast, before)
        pooled = (own_df * found / (own + error) + df) / (own_df + df) if own + error > 0 else 1.0
        variance, df = variance * max(LEAST_SCALE, pooled), df + own_df
    return t_interval(contrast, variance=variance, df=df, conf_level=conf_level, method="placebo_pool")


def placebo_covariance(contrasts: Sequence[Contrast]) -> np.ndarray:
    """(contrasts, contrasts): covariance of several estimates of one panel from its never-treated units' shocks.

    The diagonal is the variance that `placebo_pool` starts from; directions that luck made negative are set to their
    sampling error alone. With fewer than two never-treated units it is NaN.
    """
    first, size = contrasts[0], len(contrasts)
    if first.n_control < 2:
        return np.full((size, size), nan)
    weights = np.stack([contrast.weights for contrast in contrasts])
    share = first.control[first.never_treated]
    placebos = [lay_over_controls(contrast) for contrast in contrasts]
    shocks, sampling = np.zeros((size, size)), np.zeros((size, size))
    for a, b in product(range(size), repeat=2):
        on_controls = _joint_sampling(first, weights[a], weights[b])
        chance = on_controls[:, first.never_treated]
        chance = (1 - 2 * share) * chance + (chance @ share**2)[:, None]
        both = placebos[a].effects * placebos[b].effects
        shocks[a, b] = ((both - chance) / placebos[a].dilution).mean(axis=1).sum()
        sampling[a, b] = np.trace(on_controls)
    values, vectors = np.linalg.eigh(shocks)
    return (vectors * np.maximum(values, 0)) @ vectors.T + sampling


def _joint_sampling(contrast: Contrast, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(units, units): sampling covariance of two rows of weights of each unit, laid on each unit."""
    if contrast.covariance is not None:
        return np.einsum("it,kts,is->ik", first, contrast.covariance, second, optimize=True)
    if contrast.variance is not None:
        return (first * second) @ contrast.variance.T
    return np.zeros((len(first), len(first)))


def _scatter(contrast: Contrast, before: float) -> tuple[float, float]:
    """Variance of the treated units' part that their scatter shows, and its degrees of freedom.

    `before`: the same from their shocks before treatment, NaN if that is not to be had.
    """
    effects, df = treated_scatter(contrast)
    if isnan(before) or (contrast.n_control < LEAST_CONTROLS and effects > before):
        return effects, df
    return before, min(df, contrast.n_control - 1)  # a multiple of what the controls show is no surer than they are


def shock_ratio(contrast: Contrast, *, block: int = 6, start: np.ndarray | None = None) -> float:
    """Shock variance of the treated units before treatment, as a multiple of the never-treated units'.

    Of means over `block` periods around each unit's own mean, over the whole series for the never-treated; known
    sampling error taken off. NaN where fewer than half the treated units have three blocks before treatment, or the
    never-treated do not scatter.
    """
    never = contrast.never_treated
    given = contrast.treated.argmax(axis=1) if start is None else start
    treated = contrast.treated.any(axis=1) if start is None else ~never & (start < contrast.weights.shape[1])
    lengths = np.where(never, contrast.weights.shape[1], np.where(treated, given, 0)) // block
    if never.sum() < 2 or not treated.any() or 2 * (lengths[treated] >= LEAST_BLOCKS).sum() < treated.sum():
        return nan
    seen, error, df = scatter_of_blocks(contrast, lengths, block)
    (seen_t, error_t), (seen_c, error_c) = (
        [np.average(values[group], weights=df[group]) for values in (seen, error)] for group in (treated, never)
    )
    shocks = max(seen_c - error_c, LEAST_OF_CONTROLS * seen_c)
    if shocks <= contrast.rounding**2:
        return nan
    return float(max(seen_t - error_t, LEAST_OF_TREATED * seen_t) / shocks)


def treated_scatter(contrast: Contrast) -> tuple[float, float]:
    """Variance of the estimate as the scatter of the treated units' effects shows it, and its degrees of freedom."""
    treated = ~contrast.never_treated
    shares = contrast.shares[treated]
    parts = influence(contrast)[treated]
    return float((parts**2 / (1 - shares)).sum()), max(1 / (shares**2).sum() - 1, 0.5)


def influence(contrast: Contrast) -> np.ndarray:
    """(units,): psi, how far each unit's part of the estimate lies from what the common effect would give."""
    return (contrast.weights * (contrast.residuals - contrast.treated * contrast.estimate)).sum(axis=1)
