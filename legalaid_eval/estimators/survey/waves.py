"""Means of places over the waves of a survey, with sampling errors that the same clusters carry from wave to wave."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.columns import counts, non_negative, numbers, require_columns, require_level


@dataclass(frozen=True, eq=False, slots=True)
class WaveMeans:
    """Weighted means of `outcome` by unit and wave.

    - `units` (units,), `waves` (waves,): labels in sorted order.
    - `mean` (units, waves): in the unit of the outcome; NaN where nobody answered.
    - `covariance` (units, waves, waves): of a unit's sampling errors; 0 for a wave without a mean.
    - `n`, `weight` (units, waves): respondents who answered, and the sum of their weights.
    - `clusters`, `strata` (units, waves): how many of each hold a respondent.
    """

    outcome: str
    units: np.ndarray
    waves: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray
    n: np.ndarray
    weight: np.ndarray
    clusters: np.ndarray
    strata: np.ndarray

    def change(self, unit: object, first: object, last: object, *, conf_level: float = 0.95) -> Estimate:
        """The mean of the wave `last` less that of `first` in one unit, with an interval from t.

        Degrees of freedom are clusters less strata in the wave that has fewer; where the same clusters were asked twice
        the covariance makes the interval narrower, as the change within them is what is seen. Without degrees of
        freedom error and interval are missing. Raises UsageError for an unknown unit or wave.
        """
        level = require_level(conf_level)
        at, waves = _place(self.units, unit, "unit"), [_place(self.waves, wave, "wave") for wave in (first, last)]
        weights = np.array([-1.0, 1.0])
        found = float(weights @ self.mean[at, waves])
        df = int((self.clusters - self.strata)[at, waves].min())
        variance = float(weights @ self.covariance[at][np.ix_(waves, waves)] @ weights)
        error = float(np.sqrt(max(variance, 0.0))) if df >= 1 else np.nan
        half = float(special.stdtrit(df, (1 + level) / 2)) * error if df >= 1 else np.nan
        n, clusters = int(self.n[at, waves].sum()), int(self.clusters[at, waves].max())
        ends = found - half, found + half
        return Estimate("change", self.outcome, "", found, error, *ends, level, n, clusters, "taylor")


def wave_means(
    frame: pd.DataFrame,
    *,
    outcome: str,
    wave: str,
    unit: str | None = None,
    weight: str | None = None,
    stratum: str | None = None,
    psu: str | None = None,
    count: str | None = None,
    mix: str | None = None,
) -> WaveMeans:
    """Weighted means by `unit` (place; None: one) and `wave`, with one-stage Taylor errors and their covariance.

    `frame` has a row for each respondent, or with `count` for each group of them who agree; a missing `outcome` is no
    answer: the mean is of those who answered, the clusters are those of all who were asked. Clusters with the same
    `stratum` and `psu` in two waves are the same clusters: with d the distance of a cluster's linearised total from its
    stratum's mean, times sqrt(n / (n - 1)), the covariance of two waves is the sum of d d' over the clusters that are
    in both (Kish 1965, section 12.4; Särndal, Swensson and Wretman 1992). Its diagonal is the Taylor variance. Strata
    with one cluster are measured from the mean of the unit's clusters. Without `psu` respondents are the clusters and
    waves are independent. Strata are taken to lie within units.

    `mix` names a class whose shares within a wave are held at those of the whole wave in every unit, as with a question
    that was put in two wordings to random halves; a unit without a class of the wave has no mean.

    Raises UsageError for missing columns or labels, text, and negative weights.

    Example: `wave_means(answers, outcome="heard_of", wave="wave", unit="county", psu="psu").covariance`.
    """
    labels = [name for name in (unit, wave, stratum, psu, mix) if name is not None]
    require_columns(frame, [outcome, weight, count, *labels])
    for name in labels:
        if frame[name].isna().any():
            raise UsageError(f"found rows without '{name}'; expected a value in every row; leave such rows out")
    number = np.ones(len(frame)) if count is None else counts(frame, count)
    each = np.ones(len(frame)) if weight is None else non_negative(frame, weight)
    answered = (frame[outcome].notna() & (each > 0) & (number > 0)).to_numpy()
    values = np.zeros(len(frame))
    if answered.any():
        values[answered] = numbers(frame[answered], outcome)
    places, units = pd.factorize(frame[unit], sort=True) if unit else (np.zeros(len(frame), dtype=int), ["all"])
    at, waves = pd.factorize(frame[wave], sort=True)
    shape = (len(units), len(waves))
    cell = places * len(waves) + at
    people = each * number * answered
    mean, residual = _linearised(cell, shape, people, values, _classes(frame, mix))
    deviations = _deviations(frame, stratum, psu, places, at, number, residual * each * answered, shape)
    return WaveMeans(
        outcome,
        np.asarray(units),
        np.asarray(waves),
        mean,
        deviations.covariance,
        np.bincount(cell, number * answered, shape[0] * shape[1]).reshape(shape).astype(int),
        np.bincount(cell, people, shape[0] * shape[1]).reshape(shape),
        deviations.clusters,
        deviations.strata,
    )


def _place(labels: np.ndarray, label: object, what: str) -> int:
    found = np.flatnonzero(labels == label)
    if not len(found):
        raise UsageError(f"found no {what} {label!r}; expected one of {', '.join(map(str, labels))}; name one")
    return int(found[0])


def _classes(frame: pd.DataFrame, mix: str | None) -> np.ndarray:
    return np.zeros(len(frame), dtype=int) if mix is None else pd.factorize(frame[mix], sort=True)[0]


def _linearised(
    cell: np.ndarray, shape: tuple[int, int], people: np.ndarray, values: np.ndarray, classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(units, waves) means with every wave's classes at their shares in it, and (rows,) what one person of weight 1
    adds to the mean."""
    units, waves = shape
    kinds = int(classes.max()) + 1
    full = cell * kinds + classes
    size = np.bincount(full, people, units * waves * kinds).reshape(units, waves, kinds)
    total = np.bincount(full, people * values, units * waves * kinds).reshape(size.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = total / size
        share = size.sum(axis=0) / size.sum(axis=(0, 2))[:, None]
        mean = np.where(share > 0, share * own, 0.0).sum(axis=2)
        per_person = np.where(share > 0, share / size, 0.0)
    residual = (values - own.ravel()[full]) * per_person.ravel()[full]
    mean = np.where((size.sum(axis=2) > 0), mean, np.nan)
    return mean, np.where(np.isfinite(residual), residual, 0.0)


@dataclass(frozen=True, eq=False, slots=True)
class _Spread:
    covariance: np.ndarray
    clusters: np.ndarray
    strata: np.ndarray


def _deviations(
    frame: pd.DataFrame,
    stratum: str | None,
    psu: str | None,
    places: np.ndarray,
    at: np.ndarray,
    number: np.ndarray,
    residual: np.ndarray,
    shape: tuple[int, int],
) -> _Spread:
    """The covariance of every unit from `residual` (rows,), what each of the row's `number` persons adds."""
    strata = _paired(places, frame[stratum]) if stratum else places
    if psu is None:
        return _without_clusters(strata, places, at, number, residual, shape)
    clusters = _paired(strata, frame[psu])
    waves = shape[1]
    there = np.zeros((clusters.max() + 1, waves), dtype=bool)
    there[clusters[number > 0], at[number > 0]] = True
    total = np.bincount(clusters * waves + at, residual * number, there.size).reshape(there.shape)
    of_stratum, of_place = (np.zeros(len(there), dtype=int) for _ in range(2))
    of_stratum[clusters], of_place[clusters] = strata, places
    n, mean = _grouped(total, there, of_stratum)
    alone = there & (n == 1)
    scaled = np.where(there, np.sqrt(n / np.maximum(n - 1, 1)) * (total - mean), 0.0)
    _, of_unit = _grouped(total, there, of_place)
    scaled = np.where(alone, total - of_unit, scaled)
    covariance = np.zeros((shape[0], waves, waves))
    np.add.at(covariance, of_place, scaled[:, :, None] * scaled[:, None, :])
    return _Spread(covariance, *_held(there, of_stratum, of_place, shape))


def _without_clusters(
    strata: np.ndarray, places: np.ndarray, at: np.ndarray, number: np.ndarray, residual: np.ndarray, shape
) -> _Spread:
    """Every respondent a cluster, asked in one wave only."""
    units, waves = shape
    cell = strata * waves + at
    held = np.bincount(cell, number)
    mean = np.bincount(cell, number * residual) / np.maximum(held, 1)
    scale = (held / np.maximum(held - 1, 1))[cell]
    variance = np.bincount(places * waves + at, scale * number * (residual - mean[cell]) ** 2, units * waves)
    covariance = np.zeros((units, waves, waves))
    covariance[:, range(waves), range(waves)] = variance.reshape(shape)
    of_place = np.zeros(len(held), dtype=int)
    of_place[cell] = places * waves + at
    asked = np.bincount(places * waves + at, number, units * waves).reshape(shape)
    strata_held = np.bincount(of_place, held > 0, units * waves).reshape(shape)
    return _Spread(covariance, asked.astype(int), strata_held.astype(int))


def _paired(outer: np.ndarray, inner: pd.Series) -> np.ndarray:
    """(rows,) a number for every pair of an outer number and an inner label."""
    codes, labels = pd.factorize(inner)
    return np.unique(outer * len(labels) + codes, return_inverse=True)[1]


def _grouped(total: np.ndarray, there: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(clusters, waves) how many clusters of the group are in the wave, and their mean total."""
    size, added = (np.zeros((group.max() + 1, there.shape[1])) for _ in range(2))
    np.add.at(size, group, there)
    np.add.at(added, group, np.where(there, total, 0.0))
    return size[group], (added / np.maximum(size, 1))[group]


def _held(there: np.ndarray, of_stratum: np.ndarray, of_place: np.ndarray, shape) -> tuple[np.ndarray, np.ndarray]:
    """(units, waves) clusters, and strata with a cluster."""
    clusters = np.zeros(shape, dtype=int)
    np.add.at(clusters, of_place, there)
    seen = np.zeros((of_stratum.max() + 1, shape[1]), dtype=bool)
    np.logical_or.at(seen, of_stratum, there)
    place = np.zeros(len(seen), dtype=int)
    place[of_stratum] = of_place
    strata = np.zeros(shape, dtype=int)
    np.add.at(strata, place, seen)
    return clusters, strata
