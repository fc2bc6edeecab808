"""The default interval: the estimate's own weights, laid over units that were never treated.

What the weights of a treated unit give on never-treated units, where nothing happened, shows how far shocks alone
move the estimate. The scatter of the effects among the treated is pooled in, each part with its degrees of freedom.
It answers for the units treated, not for others that might be. Idea: Conley and Taber (2011), Ferman and Pinto (2019).
"""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.contrast import Contrast
from legalaid_eval.estimators.did.interval import Interval, not_evaluable, t_interval

LEAST_SCALE = 0.25
"""Effects that agree with each other by luck must not shrink the placebo variance below this share."""


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


def placebo_pool(contrast: Contrast, *, conf_level: float = 0.95, treated_scale: float = 1.0) -> Interval:
    """The placebo-pool interval: t with GC - 1 degrees of freedom, plus those of the treated units' own scatter.

    `treated_scale` multiplies the shock variance of the treated units, as `pre_period_ratio` may advise. With one
    treated unit there is no scatter to pool, and the placebo variance stands alone: this assumes that its shocks
    resemble the others'. Not evaluable with fewer than two never-treated units.
    """
    if not (np.isfinite(treated_scale) and treated_scale > 0):
        raise UsageError(f"found treated_scale {treated_scale}; expected a ratio of variances above 0")
    if contrast.n_control < 2 or contrast.n_treated < 1:
        return not_evaluable(contrast, conf_level=conf_level, method="placebo_pool")
    treated = ~contrast.never_treated
    shocks = lay_over_controls(contrast).shock_variance * np.where(treated, treated_scale, 1.0)
    sampling = contrast.own_sampling_variance
    variance, df = max(shocks.sum(), 0.0) + sampling.sum(), contrast.n_control - 1
    if contrast.n_treated > 1:
        expected = max(shocks[treated].sum(), 0.0) + sampling[treated].sum()
        found, own_df = treated_scatter(contrast)
        pooled = (own_df * found / expected + df) / (own_df + df) if expected > 0 else 1.0
        variance, df = variance * max(LEAST_SCALE, pooled), df + own_df
    return t_interval(contrast, variance=variance, df=df, conf_level=conf_level, method="placebo_pool")


def treated_scatter(contrast: Contrast) -> tuple[float, float]:
    """Variance of the estimate as the scatter of the treated units' effects shows it, and its degrees of freedom."""
    treated = ~contrast.never_treated
    shares = contrast.shares[treated]
    parts = influence(contrast)[treated]
    return float((parts**2 / (1 - shares)).sum()), max(1 / (shares**2).sum() - 1, 0.5)


def influence(contrast: Contrast) -> np.ndarray:
    """(units,): psi, how far each unit's part of the estimate lies from what the common effect would give."""
    return (contrast.weights * (contrast.residuals - contrast.treated * contrast.estimate)).sum(axis=1)
