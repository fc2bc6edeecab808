"""What outreach changed and would change, over the curves that the data allow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.counts.design import codes, period_numbers
from legalaid_eval.estimators.dose_response.adstock import adstock
from legalaid_eval.estimators.dose_response.curves import Curves
from legalaid_eval.estimators.dose_response.panel import Panel

NUMBERS_AT_A_TIME = 2_000_000


class Fitted(Protocol):
    """What of a fit the effects need: `logit` (G, T) are its fitted logits."""

    curves: Curves
    panel: Panel
    logit: np.ndarray
    conf_level: float
    dose_range: tuple[float, float]


def overall_draws(curves: Curves, panel: Panel, logit: np.ndarray) -> np.ndarray:
    """(M,) mean change over the cells, weighted by trials, percentage points.

    The fitted logits are what the data pin down; what varies from curve to curve is how much of them is outreach's.
    """
    weight = 100 * panel.n / panel.n.sum()
    found = np.empty(len(curves))
    for some, part in _parts(curves, panel.y.size):
        stock = _stock(part, panel)
        found[some] = (weight * (special.expit(logit) - special.expit(logit - part.lift(stock)))).sum(axis=(1, 2))
    return found


def last_wave(fitted: Fitted) -> tuple[np.ndarray, np.ndarray]:
    """Stock (M, G) in the last wave and the logit (M, G) there would be without it.

    Without waves it is the mean over the place's cells, and nothing is carried on.
    """
    panel, curves = fitted.panel, fitted.curves
    if not panel.timed:
        share = panel.n / panel.n.sum(axis=1, keepdims=True)
        rests = [
            (share * (fitted.logit - part.lift(panel.stock(0.0)[None]))).sum(axis=2)
            for _, part in _parts(curves, panel.y.size)
        ]
        base = np.concatenate(rests)
        return np.zeros_like(base), base
    stock = np.concatenate([_stock(part, panel)[..., -1] for _, part in _parts(curves, panel.y.size)])
    return stock, fitted.logit[:, -1] - curves.lift(stock)


def interval(draws: np.ndarray, conf_level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Median and equal-tailed ends over the first axis."""
    tail = (1 - conf_level) / 2
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail], axis=0)
    return middle, low, high


def effect(fitted: Fitted, doses: Sequence[float], *, periods: int, extrapolate: bool) -> pd.DataFrame:
    """See `DoseResponse.effect`."""
    wanted = _wanted(doses, fitted.dose_range, periods, extrapolate)
    base = last_wave(fitted)[1]
    weight = 100 * fitted.panel.n.sum(axis=1) / fitted.panel.n.sum()
    lift = fitted.curves.lift(fitted.curves.stock_of(wanted, periods))
    rows = [(special.expit(base + lift[:, [k]]) - special.expit(base)) @ weight for k in range(len(wanted))]
    return _frame(np.array(rows).T.reshape(len(base), len(wanted)), fitted.conf_level, dose=wanted)


def by_place(fitted: Fitted) -> pd.DataFrame:
    """See `DoseResponse.by_place`."""
    return _frame(100 * _changes(fitted), fitted.conf_level, place=fitted.panel.places)


def gain(fitted: Fitted, persons: Mapping[object, float]) -> np.ndarray:
    """See `DoseResponse.gain`."""
    at = fitted.panel.places.get_indexer(list(persons))
    number = np.array(list(persons.values()), dtype=float)
    if not len(at) or (at < 0).any() or not (np.isfinite(number) & (number >= 0)).all():
        raise UsageError(
            "found persons of a place that is not in the fit, or a number that is none; expected places of the fit "
            "with numbers of at least 0; compare the names with `by_place()`"
        )
    return _changes(fitted)[:, at] @ number


def predict(fitted: Fitted, doses: pd.DataFrame, *, place: str, time: str, dose: str) -> pd.DataFrame:
    """See `DoseResponse.predict`."""
    columns.require_columns(doses, [place, time, dose])
    if not fitted.panel.timed:
        raise UsageError("found a fit without time; expected one with waves to go on from; use effect() instead")
    planned, labels = _planned(fitted.panel, doses, place=place, time=time, dose=dose)
    stock, base = last_wave(fitted)
    chances = []
    for plan in (planned, np.zeros_like(planned)):
        later = adstock(plan, fitted.curves.decay) if plan.any() else np.zeros((len(base), *plan.shape))
        kept = fitted.curves.decay[:, None] ** np.arange(1, plan.shape[1] + 1)
        lift = fitted.curves.lift(later + stock[..., None] * kept[:, None, :])
        chances.append(100 * special.expit(base[..., None] + lift).reshape(len(base), -1))
    about = {"place": np.repeat(fitted.panel.places, len(labels)), "time": np.tile(labels, len(planned))}
    return _frame(chances[0], fitted.conf_level, **about).assign(without=np.median(chances[1], axis=0))


def _planned(panel: Panel, doses: pd.DataFrame, *, place: str, time: str, dose: str) -> tuple[np.ndarray, pd.Index]:
    """(G, H) doses of the periods to come, and the periods' labels."""
    number, labels = np.unique(period_numbers(doses, time), return_index=True)
    value, row = columns.non_negative(doses, dose), panel.places.get_indexer(doses[place])
    at = np.searchsorted(number, period_numbers(doses, time))
    expected = panel.last_period + panel.step * np.arange(1, len(number) + 1)
    single = not pd.DataFrame({"row": codes(doses, place), "at": at}).duplicated().any()
    if not np.array_equal(number, expected) or not single or (row < 0).any():
        raise UsageError(
            f"found periods or places that the fit does not go on to; expected each place once in every period from "
            f"{expected[0]:g} on, the period after the last wave; correct the doses"
        )
    grid = np.full((len(panel.places), len(number)), np.nan)
    grid[row, at] = value
    if np.isnan(grid).any():
        raise UsageError("found places without a dose in some period; expected one each, 0 for no outreach; fill in")
    return grid, pd.Index(doses[time].iloc[labels])


def _changes(fitted: Fitted) -> np.ndarray:
    """(M, G) change of each place's proportion in the last wave; without waves in the mean of its cells."""
    if not fitted.panel.timed:
        lift = fitted.curves.lift(fitted.panel.stock(0.0)[None])
        share = fitted.panel.n / fitted.panel.n.sum(axis=1, keepdims=True)
        return (share * (special.expit(fitted.logit) - special.expit(fitted.logit - lift))).sum(axis=2)
    return special.expit(fitted.logit[:, -1]) - special.expit(last_wave(fitted)[1])


def _stock(curves: Curves, panel: Panel) -> np.ndarray:
    """(M, G, T) stocks in the waves, made once for each decay."""
    decays, at = np.unique(curves.decay, return_inverse=True)
    return panel.stock(decays)[at]


def _parts(curves: Curves, size: int) -> Iterator[tuple[slice, Curves]]:
    """The curves, so many at a time that an array over all cells stays small."""
    step = max(1, NUMBERS_AT_A_TIME // size)
    for start in range(0, len(curves), step):
        some = slice(start, start + step)
        parts = curves.decay[some], curves.saturation[some], curves.coefficient[some]
        yield some, Curves(*parts, curves.reference)


def _wanted(doses: Sequence[float], seen: tuple[float, float], periods: int, extrapolate: bool) -> np.ndarray:
    try:
        wanted = np.atleast_1d(np.asarray(doses, dtype=float))
    except (TypeError, ValueError):
        raise UsageError(f"found doses {doses!r}; expected numbers of at least 0; correct them") from None
    if wanted.ndim != 1 or not len(wanted) or not (np.isfinite(wanted) & (wanted >= 0)).all():
        raise UsageError("found doses that are no numbers of at least 0; expected some; give them in the fit's unit")
    if not isinstance(periods, int | np.integer) or isinstance(periods, bool) or periods < 1:
        raise UsageError(f"found periods {periods!r}; expected a whole number of at least 1; 1 is a single period")
    if not extrapolate and wanted.max() > seen[1] * (1 + 1e-9):
        raise UsageError(
            f"found a dose of {wanted.max():g}; expected at most {seen[1]:g}, the largest that was observed; lower it, "
            "or ask for extrapolate=True and say so"
        )
    return wanted


def _frame(draws: np.ndarray, conf_level: float, **about: object) -> pd.DataFrame:
    middle, low, high = interval(draws, conf_level)
    return pd.DataFrame({**about, "estimate": middle, "ci_low": low, "ci_high": high})
