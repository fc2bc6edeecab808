"""What outreach does where it takes place, and next door: own dose and neighbours' dose in one regression."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.counts.design import codes
from legalaid_eval.estimators.counts.robust import Sandwich, sandwich

LEAST_CLUSTERS = 3
FEW_CLUSTERS = 8
LEAST_DF = 4.0
"""Satterthwaite's degrees of freedom below which an interval is no guide, and said to be none (Tipton 2015)."""
SAME = 1e-8
"""Share of a dose's sum of squares that must be left when the other terms are taken out; less is rounding."""
CONTRASTS = {"own": (1.0, 0.0), "neighbours": (0.0, 1.0), "both": (1.0, 1.0)}


@dataclass(frozen=True, slots=True)
class SpillOver:
    """The change of a value with a unit more of a dose, given the other one.

    - `own`: with a unit more in the place itself; `neighbours`: with a unit more in the mean of its neighbours;
      `both`: with a unit more everywhere, the sum of the two. Each with an interval from t.
    - `df`: Satterthwaite's degrees of freedom by the names of the three. `correlation`: of both doses, places and
      periods taken out; near 1 or -1 they can hardly be told apart.
    - `n`: cells that take part, of `n_places` and `n_times`, in `n_clusters`. `notes` are codes, `code:number`:
      `seen_once:2` (places left out, since they have one period only), `few_clusters:5`, `small_df:own`.
    """

    own: Estimate
    neighbours: Estimate
    both: Estimate
    df: dict[str, float]
    correlation: float
    n: int
    n_places: int
    n_times: int
    n_clusters: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """n cells times the root of their weights, means of places taken out: `value` (n,), `terms` (n, 1 + T) both doses
    and T - 1 periods; `doses` (n, 2) with the means left in. `place` and `cluster` (n,) are numbers from 0."""

    value: np.ndarray
    terms: np.ndarray
    doses: np.ndarray
    place: np.ndarray
    cluster: np.ndarray

    @property
    def clusters(self) -> int:
        return int(self.cluster.max()) + 1


def spill_over_effect(
    frame: pd.DataFrame,
    *,
    place: str,
    cluster: str,
    time: str,
    value: str,
    weight: str | None = None,
    dose: str,
    neighbour_dose: str,
    unit: str = "percentage_point",
    conf_level: float = 0.95,
) -> SpillOver:
    """What spills over: weighted least squares of `value` on the place's own `dose` and on its neighbours', with an
    effect of every place and of every period (the neighbours' exposure beside the own one, as in Clarke 2017).

    `frame` has one row for each `place` and `time`; `neighbour_dose` comes from `neighbour_exposure`. `weight` is
    proportional to the precision of the value (respondents). Places lie within `cluster` (townships within counties),
    which may be shaken as a whole: CR2 errors (Bell and McCaffrey 2002) with Satterthwaite's degrees of freedom.
    Estimates are in `unit` per unit of dose.

    It compares places over time and takes as given that neither dose went where the value was about to rise anyway, and
    that nothing spills over beyond the neighbours.

    Raises UsageError for impossible columns, places in two clusters, fewer than 3 clusters or 2 periods, and doses that
    places, periods and each other explain wholly.

    Example: `spill_over_effect(cells, place="town", cluster="county", time="wave", value="aware", weight="n",
    dose="reach", neighbour_dose="next_door").neighbours`.
    """
    level = columns.require_level(conf_level)
    columns.require_columns(frame, [place, cluster, time, value, weight, dose, neighbour_dose])
    frame, alone = _seen_more_than_once(frame, place, time)
    cells = _cells(frame, place, cluster, time, value, weight, (dose, neighbour_dose))
    _require_telling(cells, (dose, neighbour_dose))
    found, *_ = np.linalg.lstsq(cells.terms, cells.value, rcond=None)
    robust = sandwich(cells.terms, cells.value - cells.terms @ found, cells.cluster, errors_kind="cr2")
    df = {name: robust.degrees_of_freedom(_padded(each, robust)) for name, each in CONTRASTS.items()}
    shared = {"outcome": value, "unit": unit, "conf_level": level, "n": len(frame), "n_clusters": cells.clusters}
    return SpillOver(
        **{name: _estimate(name, found, robust, df[name], shared) for name in CONTRASTS},
        df=df,
        correlation=_correlation(cells.terms),
        n=len(frame),
        n_places=int(cells.place.max()) + 1,
        n_times=cells.terms.shape[1] - 1,
        n_clusters=cells.clusters,
        notes=_notes(alone, cells.clusters, df),
    )


def _seen_more_than_once(frame: pd.DataFrame, place: str, time: str) -> tuple[pd.DataFrame, int]:
    """The rows of places with two periods or more, and how many places have but one."""
    twice = frame.duplicated([place, time]).to_numpy()
    columns.refuse(frame, place, twice, f"one row for each '{place}' and '{time}'; add up the cells first")
    row = codes(frame, place)
    times = np.bincount(row)
    kept = frame[times[row] > 1]
    if kept.empty:
        raise UsageError(
            f"found no place in '{place}' with two periods; expected some; without change over time nothing can be told"
        )
    return kept, int((times == 1).sum())


def _cells(
    frame: pd.DataFrame, place: str, cluster: str, time: str, value: str, weight: str | None, doses: tuple[str, str]
) -> _Cells:
    row, group, period = codes(frame, place), codes(frame, cluster), codes(frame, time)
    _require_nested(frame, place, cluster, row, group)
    weights = np.ones(len(frame)) if weight is None else columns.exposures(frame, weight)
    waves = np.eye(period.max() + 1)[period][:, 1:]
    both = np.column_stack([columns.non_negative(frame, name) for name in doses])
    table = np.column_stack([columns.numbers(frame, value), both, waves])
    total = np.bincount(row, weights)
    means = np.stack([np.bincount(row, weights * column) / total for column in table.T], axis=1)
    root = np.sqrt(weights)[:, None]
    table = (table - means[row]) * root
    return _Cells(table[:, 0], table[:, 1:], both * root, row, group)


def _require_nested(frame: pd.DataFrame, place: str, cluster: str, row: np.ndarray, group: np.ndarray) -> None:
    own = np.zeros(row.max() + 1, dtype=int)
    own[row] = group
    columns.refuse(frame, place, own[row] != group, f"every place within one '{cluster}'; correct these rows")


def _require_telling(cells: _Cells, names: tuple[str, str]) -> None:
    """Refuse what leaves nothing of a dose to compare."""
    terms = cells.terms
    if cells.clusters < LEAST_CLUSTERS:
        raise UsageError(
            f"found {cells.clusters} clusters; expected at least {LEAST_CLUSTERS}; with fewer there is no interval"
        )
    for at, name in enumerate(names):
        if (_rest(terms, at) ** 2).sum() <= SAME * (cells.doses[:, at] ** 2).sum():
            raise UsageError(
                f"found doses in '{name}' that places, periods and the other dose explain wholly; expected some places "
                "to have more at one time and less at another than others; there is nothing to compare"
            )
    if np.linalg.matrix_rank(terms) < terms.shape[1] or len(terms) <= cells.place.max() + 1 + terms.shape[1]:
        raise UsageError(
            "found periods that no place connects with the others, or hardly more cells than terms; expected places "
            "that were seen in several; leave out the periods that stand alone, or add some"
        )


def _rest(terms: np.ndarray, at: int) -> np.ndarray:
    """(n,) a term without what the others explain."""
    others = np.delete(terms, at, axis=1)
    return terms[:, at] - others @ np.linalg.lstsq(others, terms[:, at], rcond=None)[0]


def _padded(contrast: tuple[float, float], robust: Sandwich) -> np.ndarray:
    return np.concatenate([contrast, np.zeros(len(robust.bread) - 2)])


def _estimate(name: str, found: np.ndarray, robust: Sandwich, df: float, shared: dict[str, object]) -> Estimate:
    contrast = _padded(CONTRASTS[name], robust)
    middle, error = float(contrast @ found), float(np.sqrt(contrast @ robust.covariance @ contrast))
    half = float(stats.t.ppf((1 + shared["conf_level"]) / 2, df)) * error
    ends = {"ci_low": middle - half, "ci_high": middle + half}
    return Estimate(f"spill_over_{name}", estimate=middle, std_error=error, method="wls_cr2", **ends, **shared)


def _correlation(terms: np.ndarray) -> float:
    """Of both doses, the effects of places and periods taken out."""
    waves = terms[:, 2:]
    rest = terms[:, :2] - waves @ np.linalg.lstsq(waves, terms[:, :2], rcond=None)[0]
    return float(rest[:, 0] @ rest[:, 1] / np.sqrt((rest**2).sum(axis=0).prod()))


def _notes(alone: int, clusters: int, df: dict[str, float]) -> tuple[str, ...]:
    notes = [f"seen_once:{alone}"] if alone else []
    notes += [f"few_clusters:{clusters}"] if clusters < FEW_CLUSTERS else []
    return (*notes, *(f"small_df:{name}" for name, value in df.items() if value < LEAST_DF))
