"""Additive exponential smoothing in state-space form, for many series and many parameters at once.

One-step errors are linear in the data and in the first states, so that the best first states are a least-squares
solution and the likelihood need only be searched over two to four smoothing parameters (Hyndman, Koehler, Ord and
Snyder, 2008, chapters 3, 5 and 9).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Smoothing:
    """Smoothing parameters, each of shape (k,): `alpha` of the level, `beta` of the trend, `phi` its damping, `gamma`
    of the season. A model without trend has beta = phi = 0, one without season gamma = 0."""

    alpha: np.ndarray
    beta: np.ndarray
    phi: np.ndarray
    gamma: np.ndarray

    def take(self, index: np.ndarray) -> "Smoothing":
        return Smoothing(self.alpha[index], self.beta[index], self.phi[index], self.gamma[index])


@dataclass(frozen=True, slots=True)
class Form:
    """Which states a model has: `trend` (damped) or none, and the periods of a `season` (1: none)."""

    trend: bool
    season: int

    @property
    def first_states(self) -> int:
        return 1 + self.trend + (self.season - 1)

    @property
    def parameters(self) -> int:
        """Estimated numbers: smoothing parameters, first states and the variance."""
        return 1 + 2 * self.trend + (self.season > 1) + self.first_states + 1


def first_state_columns(form: Form) -> np.ndarray:
    """One column per free first state, shape (2 + season, first_states): rows level, trend, then the season's places.

    Seasonal states sum to zero: without that, level and season could be exchanged for each other.
    """
    columns = np.zeros((2 + form.season, form.first_states))
    columns[0, 0] = 1
    if form.trend:
        columns[1, 1] = 1
    free = form.season - 1
    columns[2 : 2 + free, form.first_states - free :] = np.eye(free)
    columns[2 + free, form.first_states - free :] = -1
    return columns


def one_step_errors(
    values: np.ndarray, states: np.ndarray, smoothing: Smoothing, form: Form
) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the one-step forecasts, shape (n, k, c), and the last states, shape (2 + season, k, c).

    `values` broadcasts to (n, k, c) and the first `states` to (2 + season, k, c), where k counts parameters and c
    series. The season's place that comes next stands first in the states given back.
    """
    alpha, beta, phi, gamma = (p[:, None] for p in (smoothing.alpha, smoothing.beta, smoothing.phi, smoothing.gamma))
    shape = np.broadcast_shapes(values.shape[1:], states.shape[1:], alpha.shape)
    level, slope = (np.broadcast_to(state, shape).copy() for state in states[:2])
    seasonal = np.broadcast_to(states[2:], (form.season, *shape)).copy()
    errors = np.empty((len(values), *shape))
    for t, value in enumerate(values):
        error, place = errors[t], seasonal[t % form.season]
        if form.trend:
            slope *= phi
            level += slope
        np.subtract(value, level, out=error)
        if form.season > 1:
            error -= place
            place += gamma * error
        level += alpha * error
        if form.trend:
            slope += beta * error
    order = (len(values) + np.arange(form.season)) % form.season
    return errors, np.concatenate([level[None], slope[None], seasonal[order]])


def profile_errors(values: np.ndarray, smoothing: Smoothing, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Errors at the best first states, shape (n, k), and those states, shape (k, 2 + season).

    `values` has shape (n, k): one series to each set of parameters.
    """
    errors, columns = _responses(values, smoothing, form)
    q, r = np.linalg.qr(errors[:, :, 1:].transpose(1, 0, 2))
    explained = np.einsum("knf,nk->kf", q, errors[:, :, 0])
    first = -np.linalg.solve(r, explained[:, :, None])[:, :, 0]
    left = errors[:, :, 0].T - np.einsum("knf,kf->kn", q, explained)
    return left.T, first @ columns.T


def profile_sse(values: np.ndarray, smoothing: Smoothing, form: Form) -> np.ndarray:
    """Sum of squared errors at the best first states, shape (k,); as `profile_errors`, by normal equations."""
    errors, _ = _responses(values, smoothing, form)
    stacked = np.ascontiguousarray(errors.transpose(1, 0, 2))
    products = stacked.transpose(0, 2, 1) @ stacked
    solved = np.linalg.solve(products[:, 1:, 1:], products[:, 1:, :1])[:, :, 0]
    return np.maximum(products[:, 0, 0] - (products[:, 0, 1:] * solved).sum(axis=1), 0)


def first_state_bases(n: int, smoothing: Smoothing, form: Form) -> np.ndarray:
    """Orthonormal bases of what first states can explain in n errors, shape (k, n, first_states)."""
    columns = first_state_columns(form)
    errors, _ = one_step_errors(np.zeros((n, 1, 1)), columns[:, None, :], smoothing, form)
    return np.linalg.qr(errors.transpose(1, 0, 2))[0]


def shared_sse(values: np.ndarray, bases: np.ndarray, smoothing: Smoothing, form: Form) -> np.ndarray:
    """Sum of squared errors of every series with every set of parameters, shape (k, s); `values` of shape (n, s)."""
    states = np.zeros((2 + form.season, 1, values.shape[1]))
    errors = one_step_errors(values[:, None, :], states, smoothing, form)[0].transpose(1, 0, 2)
    return np.maximum((errors**2).sum(axis=1) - ((bases.transpose(0, 2, 1) @ errors) ** 2).sum(axis=1), 0)


def _responses(values: np.ndarray, smoothing: Smoothing, form: Form) -> tuple[np.ndarray, np.ndarray]:
    """Errors of the data from zero first states and of each first state from zero data, shape (n, k, 1 + f)."""
    columns = first_state_columns(form)
    padded = np.zeros((*values.shape, 1 + columns.shape[1]))
    padded[:, :, 0] = values
    states = np.concatenate([np.zeros((len(columns), 1)), columns], axis=1)[:, None, :]
    return one_step_errors(padded, states, smoothing, form)[0], columns


def forecast_means(states: np.ndarray, phi: np.ndarray, season: int, horizon: int) -> np.ndarray:
    """Point forecasts from last states of shape (2 + season, k), shape (k, horizon)."""
    damped = np.cumsum(phi[:, None] ** np.arange(1, horizon + 1), axis=1)
    seasonal = states[2:].T[:, np.arange(horizon) % season]
    return states[0][:, None] + damped * states[1][:, None] + (seasonal if season > 1 else 0)


def error_response(smoothing: Smoothing, season: int, horizon: int) -> np.ndarray:
    """What an error of one adds to the values 0, 1, ... periods later, shape (k, horizon)."""
    later = np.arange(1, horizon)
    damped = np.cumsum(smoothing.phi[:, None] ** later, axis=1)
    response = smoothing.alpha[:, None] + smoothing.beta[:, None] * damped
    if season > 1:
        response = response + smoothing.gamma[:, None] * (later % season == 0)
    return np.concatenate([np.ones((len(response), 1)), response], axis=1)
