"""Exponential smoothing ETS(A,N,A) or ETS(A,Ad,A) of many series at once, by maximum likelihood.

The smoothing parameters are searched on a grid that all series share and then moved series by series; the first
states are exact at every step (`state_space`). Bounds are those of Hyndman et al. (2008), section 2.4: 0 < beta <
alpha < 1, 0 < gamma < 1 - alpha, .8 <= phi <= .98; of the two forms the one with the smaller AICc is kept.
"""

from dataclasses import dataclass, fields
from functools import cache, lru_cache

import numpy as np

from legalaid_eval.estimators.forecast.state_space import (
    Form,
    Smoothing,
    error_response,
    first_state_bases,
    forecast_means,
    one_step_errors,
    profile_errors,
    profile_sse,
    shared_sse,
)

LOWEST = 1e-4
PHI = (0.8, 0.98)
GRID = {
    "alpha": (0.001, 0.02, 0.06, 0.12, 0.2, 0.3, 0.4, 0.55, 0.7, 0.9),
    "trend": (0.001, 0.03, 0.1, 0.3, 0.7),
    "gamma": (0.001, 0.03, 0.1, 0.3, 0.6),
    "phi": (0.85, 0.93, 0.98),
}
"""Where the search starts: alpha, beta / alpha, gamma / (1 - alpha) and phi."""
ROUNDS, FIRST_STEP = 9, 0.8
WIDER, NARROWER = 1.6, 0.4
"""Rounds of moves, the first move on the logit scale of each parameter's range, and what a round makes of it."""
KEPT = 32
"""Lengths of series whose grids are kept in memory: a few megabytes each."""
CHUNK = 400_000
"""Numbers in one block of the search, so that it stays in the processor's cache."""


@dataclass(frozen=True, slots=True, eq=False)
class EtsFit:
    """Fits of s series with n periods: `errors` (n, s), last `states` (2 + season, s), `sse`, `aicc` and the number of
    estimated `parameters` (s,)."""

    smoothing: Smoothing
    season: int
    errors: np.ndarray
    states: np.ndarray
    sse: np.ndarray
    aicc: np.ndarray
    parameters: np.ndarray

    def means(self, horizon: int) -> np.ndarray:
        """Point forecasts, shape (s, horizon)."""
        return forecast_means(self.states, self.smoothing.phi, self.season, horizon)

    def response(self, horizon: int) -> np.ndarray:
        """What an error adds 0, 1, ... periods later, shape (s, horizon)."""
        return error_response(self.smoothing, self.season, horizon)


def fit_ets(values: np.ndarray, *, season: int, quick: bool = False) -> EtsFit:
    """The better of the two forms for every column of `values`, shape (n, s), n at least two seasons.

    A `quick` fit keeps the best point of the grid.
    """
    fits = [fit_form(values, form, quick=quick) for form in (Form(False, season), Form(True, season))]
    return _chosen(fits[0], fits[1])


def fit_form(values: np.ndarray, form: Form, *, quick: bool = False) -> EtsFit:
    """One form fitted to every column of `values`, shape (n, s)."""
    start = _start(values, form)
    smoothing = natural(start if quick else _moved(values, start, form), form)
    _, first = profile_errors(values, smoothing, form)
    errors, states = one_step_errors(values[:, :, None], first.T[:, :, None], smoothing, form)
    sse = (errors[:, :, 0] ** 2).sum(axis=0)
    n, k = len(values), form.parameters
    correction = 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else np.inf
    with np.errstate(divide="ignore"):
        aicc = n * np.log(sse / n) + 2 * k + correction
    count = np.full(len(sse), k)
    return EtsFit(smoothing, form.season, errors[:, :, 0], states[:, :, 0], sse, aicc, count)


def natural(point: np.ndarray, form: Form) -> Smoothing:
    """Smoothing parameters of points on the logit scale, shape (k, 1, 2, 3 or 4): alpha, gamma, beta, phi."""
    share = LOWEST + (1 - 2 * LOWEST) / (1 + np.exp(-point))
    alpha, zero = share[:, 0], np.zeros(len(point))
    gamma = share[:, 1] * (1 - alpha) if form.season > 1 else zero
    if not form.trend:
        return Smoothing(alpha, zero, zero, gamma)
    return Smoothing(alpha, share[:, -2] * alpha, PHI[0] + (PHI[1] - PHI[0]) * share[:, -1], gamma)


@cache
def _grid(form: Form) -> np.ndarray:
    axes = [GRID["alpha"]]
    if form.season > 1:
        axes.append(GRID["gamma"])
    if form.trend:
        axes += [GRID["trend"], [(phi - PHI[0]) / (PHI[1] - PHI[0]) for phi in GRID["phi"]]]
    shares = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes)).clip(0.001, 0.999)
    return np.log(shares / (1 - shares))


@lru_cache(maxsize=KEPT)
def _bases(n: int, form: Form) -> np.ndarray:
    """What first states explain at every point of the grid; forecasts from several origins ask for it again."""
    return first_state_bases(n, natural(_grid(form), form), form)


def _start(values: np.ndarray, form: Form) -> np.ndarray:
    """The best point of the grid for every series, shape (s, d)."""
    points = _grid(form)
    bases = _bases(len(values), form)
    width = max(1, CHUNK // values.size)
    blocks = [slice(at, at + width) for at in range(0, len(points), width)]
    sse = [shared_sse(values, bases[block], natural(points[block], form), form) for block in blocks]
    return points[np.concatenate(sse).argmin(axis=0)]


def _moved(values: np.ndarray, start: np.ndarray, form: Form) -> np.ndarray:
    """Points after a pattern search, shape (s, d), one block of series at a time."""
    number, directions = values.shape[1], 2 * start.shape[1]
    width = max(1, CHUNK // (len(values) * (form.first_states + 1) * directions))
    blocks = [slice(at, at + width) for at in range(0, number, width)]
    return np.concatenate([_search(values[:, block], start[block], form) for block in blocks])


def _search(values: np.ndarray, point: np.ndarray, form: Form) -> np.ndarray:
    """Each round tries a step along every axis, then the step the parabola through the three values asks for."""
    number, axes = point.shape
    best = profile_sse(values, natural(point, form), form)
    step = np.full((number, axes), FIRST_STEP)
    series = np.arange(number)
    for _ in range(ROUNDS):
        moves = step[:, :, None] * np.eye(axes)
        both = np.concatenate([point[:, None] + moves, point[:, None] - moves], axis=1)
        every = np.repeat(values, 2 * axes, axis=1)
        sse = profile_sse(every, natural(both.reshape(-1, axes), form), form).reshape(number, 2 * axes)
        together = point + _parabola(best, sse[:, :axes], sse[:, axes:], step)
        tried = np.concatenate([both, together[:, None]], axis=1)
        sse = np.concatenate([sse, profile_sse(values, natural(together, form), form)[:, None]], axis=1)
        at = sse.argmin(axis=1)
        better = sse[series, at] < best
        point = np.where(better[:, None], tried[series, at], point)
        best = np.where(better, sse[series, at], best)
        step *= np.where(better, WIDER, NARROWER)[:, None]
    return point


def _parabola(middle: np.ndarray, up: np.ndarray, down: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The move to the lowest point along each axis, at most two steps."""
    bend = up + down - 2 * middle[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        move = np.where(bend > 0, (down - up) / (2 * bend), np.sign(down - up))
    return step * np.clip(np.nan_to_num(move), -2, 2)


def _chosen(one: EtsFit, other: EtsFit) -> EtsFit:
    """Series by series the fit with the smaller AICc; equal ones go to the simpler `one`."""
    second = other.aicc < one.aicc
    merged = {
        field.name: np.where(second, getattr(other, field.name), getattr(one, field.name))
        for field in fields(EtsFit)
        if field.name not in ("smoothing", "season")
    }
    names = [field.name for field in fields(Smoothing)]
    pairs = ((getattr(other.smoothing, name), getattr(one.smoothing, name)) for name in names)
    return EtsFit(Smoothing(*(np.where(second, b, a) for b, a in pairs)), one.season, **merged)
