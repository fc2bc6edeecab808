"""Were the treated units' shocks already larger before treatment? Then those of the others understate them."""

from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.contrast import Contrast

REJECTED_BELOW = 0.05
"""With a p-value below this the treated units' shocks count as larger than the others'."""
LEAST_SHOCKS = 0.1
"""The controls' shock variance counts as at least this share of what is seen, however large the sampling error."""
LEAST_RATIO = 0.05


@dataclass(frozen=True, slots=True)
class PrePeriodRatio:
    """Shock variance of the treated units before treatment, as a multiple of the never-treated units'.

    `p_value` of the one-sided F test of a ratio above one, with its degrees of freedom; `block` periods make one
    observation. NaN where fewer than two blocks lie before any treatment, or the never-treated units do not scatter:
    not evaluable.
    """

    ratio: float
    p_value: float
    df_treated: int
    df_control: int
    block: int

    @property
    def evaluable(self) -> bool:
        return isfinite(self.p_value)

    @property
    def treated_scale(self) -> float:
        """What `placebo_pool` is to take: the ratio where the test rejects, else 1."""
        return max(self.ratio, 1.0) if self.p_value < REJECTED_BELOW else 1.0


def pre_period_ratio(contrast: Contrast, *, block: int = 3) -> PrePeriodRatio:
    """F test of the scatter of block means before treatment, treated against never-treated units.

    Means over `block` periods of each unit's distance from the never-treated mean; scatter around the unit's own
    mean, pooled over units; known sampling error taken off, and what a control loses because it is part of the mean
    it is compared with made good. Controls are looked at for as long as the treated are on average. Blocks of three
    months see shocks with memory better than single months do.
    """
    if block < 1:
        raise UsageError(f"found block {block}; expected a number of periods of at least 1")
    if contrast.n_control < 2:
        return PrePeriodRatio(nan, nan, 0, 0, block)
    treated, lengths = _pre_blocks(contrast, block)
    seen, error, df = scatter_of_blocks(contrast, lengths, block)
    df_treated, df_control = (int(df[group].sum()) for group in (treated, contrast.never_treated))
    if df_treated < 1 or df_control < 1:
        return PrePeriodRatio(nan, nan, df_treated, df_control, block)
    (seen_t, error_t), (seen_c, error_c) = (
        [np.average(values[group], weights=df[group]) for values in (seen, error)]
        for group in (treated, contrast.never_treated)
    )
    shocks = max(seen_c - error_c, LEAST_SHOCKS * seen_c)
    if shocks <= contrast.rounding**2:
        return PrePeriodRatio(nan, nan, df_treated, df_control, block)
    p_value = float(special.fdtrc(df_treated, df_control, seen_t / (shocks + error_t)))
    ratio = max((seen_t - error_t) / shocks, LEAST_RATIO)
    return PrePeriodRatio(float(ratio), p_value, df_treated, df_control, block)


def _pre_blocks(contrast: Contrast, block: int) -> tuple[np.ndarray, np.ndarray]:
    """(units,) bool: treated at some time; (units,) int: whole blocks before treatment."""
    treated = contrast.treated.any(axis=1)
    before = contrast.treated.argmax(axis=1)
    usual = int(before[treated].mean()) if treated.any() else 0
    return treated, np.where(treated, before, usual) // block


def scatter_of_blocks(contrast: Contrast, lengths: np.ndarray, block: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(units,) each: variance of a unit's block means, its part from sampling, degrees of freedom."""
    share, square = contrast.control, (contrast.control**2).sum()
    inside = np.arange(lengths.max()) < lengths[:, None]
    averaging = np.kron(np.eye(lengths.max()), np.full(block, 1 / block))
    means = contrast.residuals[:, : averaging.shape[1]] @ averaging.T
    own = _sampling_of_blocks(contrast, averaging)
    sampling = (1 - 2 * share)[:, None] * own + share**2 @ own
    dilution = 1 - 2 * share + square
    counted = np.maximum(inside.sum(axis=1), 1)
    centred = np.where(inside, means - (means * inside).sum(axis=1, keepdims=True) / counted[:, None], 0)
    df = np.maximum(lengths - 1, 0)
    seen = (centred**2).sum(axis=1) / np.maximum(df, 1) / dilution
    return seen, (sampling * inside).sum(axis=1) / counted / dilution, df


def _sampling_of_blocks(contrast: Contrast, averaging: np.ndarray) -> np.ndarray:
    """(units, blocks): sampling variance of each block mean."""
    periods = averaging.shape[1]
    if contrast.covariance is not None:
        covariance = contrast.covariance[:, :periods, :periods]
        return np.einsum("bt,uts,bs->ub", averaging, covariance, averaging, optimize=True)
    if contrast.variance is not None:
        return contrast.variance[:, :periods] @ (averaging**2).T
    return np.zeros((len(contrast.weights), len(averaging)))
