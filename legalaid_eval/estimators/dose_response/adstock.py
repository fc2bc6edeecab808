"""Outreach as it is still at work: what earlier periods leave behind, and how more of it does less and less."""

import numpy as np


def adstock(doses: np.ndarray, decay: float | np.ndarray) -> np.ndarray:
    """Geometric adstock (Broadbent 1979): stock_t = dose_t + decay * stock_(t-1), nothing before the first period.

    `doses` (..., P) by consecutive periods; `decay` a number, or (K,) for the stocks (K, ..., P) of each.

    Example: `adstock([4, 0, 1], 0.5)` is `[4, 2, 2]`.
    """
    doses = np.asarray(doses, dtype=float)
    kept = np.asarray(decay, dtype=float)
    kept = kept.reshape(kept.shape + (1,) * (doses.ndim - 1))
    stock = np.empty(np.shape(decay) + doses.shape)
    carried = np.zeros(np.broadcast_shapes(kept.shape, doses.shape[:-1]))
    for t in range(doses.shape[-1]):
        carried = doses[..., t] + kept * carried
        stock[..., t] = carried
    return stock


def kept_up(periods: int, decay: float | np.ndarray) -> np.ndarray:
    """Stock that a dose of 1, kept up for so many periods, has in the last of them: 1 + decay + ... ."""
    decay = np.asarray(decay, dtype=float)
    return (decay[..., None] ** np.arange(periods)).sum(axis=-1)


def saturated(stock: np.ndarray, saturation: float | np.ndarray, reference: float) -> np.ndarray:
    """1 - exp(-stock / saturation), as a multiple of its value at the stock `reference`.

    Scaled so, the limits exist: 0 for the saturation is "any outreach does all there is" (1 where there is stock),
    infinity is a straight line (stock / reference). `saturation` broadcasts against `stock`.
    """
    stock, saturation = np.broadcast_arrays(stock, saturation)
    middle = (saturation > 0) & np.isfinite(saturation)
    scale = np.where(middle, saturation, 1.0)
    curve = np.expm1(-stock / scale) / np.expm1(-reference / scale)
    limit = np.where(saturation > 0, stock / reference, (stock > 0).astype(float))
    return np.where(middle, curve, limit)
