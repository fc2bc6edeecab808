"""Every ATT(g, t) of a panel at once: which periods and which units each is compared with, and its influence."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.did.panel import Panel

BASES = ("previous", "universal", "all_pre")
CONTROLS = ("never_treated", "not_yet_treated")


@dataclass(frozen=True, eq=False, slots=True)
class Comparisons:
    """The ATT(g, t) of G cohorts in T periods, each a weighted sum of the cohorts' outcomes (never treated last).

    - `starts` (G,): place of each cohort's first treated period; `sizes` (G,): its weight, the sum of its units'.
    - `group` (units,): cohort of each unit, G for the never-treated.
    - `rows` (G, T, T): what each period counts in ATT(g, t): 1 at t, -1 spread over its base periods.
    - `members` (G + 1, G, T): what each unit of a cohort counts in ATT(g, t), per unit of its weight.
    - `centres` (G + 1, G, T): the mean of the rows' outcomes among the units that each cohort stands with.
    - `att` (G, T): the estimates; NaN where there is no base period or no control.
    """

    starts: np.ndarray
    sizes: np.ndarray
    group: np.ndarray
    rows: np.ndarray
    members: np.ndarray
    centres: np.ndarray
    att: np.ndarray


def compare(panel: Panel, *, control: str, base: str, anticipation: int, width: int = 1) -> Comparisons:
    """All ATT(g, t) of Callaway and Sant'Anna (2021) without covariates.

    `base` "previous": the last period before treatment, and before treatment the period before t; "universal": the
    last period before treatment throughout; "all_pre": the mean of all periods before treatment, where a period
    before treatment is compared with those outside its own event-time bin of `width` periods.

    Without never-treated units the last cohort is a control until it starts and has no ATT of its own.
    """
    starts, group = np.unique(panel.start, return_inverse=True)
    if panel.never.any():
        starts = starts[:-1]
    weights = panel.unit_weights
    totals = np.bincount(group, weights, minlength=len(starts) + 1)
    means = np.zeros((len(totals), len(panel.periods)))
    np.add.at(means, group, weights[:, None] * panel.outcomes)
    means /= np.where(totals > 0, totals, 1)[:, None]
    base_weights, latest = _bases(starts, len(panel.periods), base, anticipation, width)
    rows = np.eye(len(panel.periods)) - base_weights
    standing = _standing(starts, latest, control, anticipation) & (totals > 0)[:, None, None]
    if not panel.never.any():
        standing[:, -1] = False
    values = np.moveaxis(rows @ means.T, -1, 0)
    return _assemble(panel, (starts, group, totals), rows, standing, values)


def _assemble(panel: Panel, cohorts: tuple, rows: np.ndarray, standing: np.ndarray, values: np.ndarray) -> Comparisons:
    starts, group, totals = cohorts
    own = np.arange(len(starts))
    weight = np.where(standing, totals[:, None, None], 0.0)
    among = weight.sum(axis=0)
    there = np.isfinite(rows).all(axis=2) & (among > 0)
    rows, values = np.where(there[..., None], rows, 0.0), np.where(there, values, 0.0)
    controls = (weight * values).sum(axis=0) / np.where(among > 0, among, 1)
    members = -np.where(standing & there, 1 / np.where(among > 0, among, 1), 0.0)
    centres = np.broadcast_to(controls, members.shape).copy()
    members[own, own] = np.where(there, 1 / totals[own][:, None], 0.0)
    centres[own, own] = values[own, own]
    att = np.where(there, values[own, own] - controls, np.nan)
    return Comparisons(starts, totals[: len(starts)], group, rows, members, centres, att)


def _bases(starts: np.ndarray, periods: int, base: str, anticipation: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(G, T, T) weights of the base periods, NaN where there are none, and (G, T) the last period looked at."""
    time = np.arange(periods)
    before = time < (starts - anticipation)[:, None]
    last = np.broadcast_to((starts - anticipation - 1)[:, None], before.shape)
    if base == "all_pre":
        bins = (time - starts[:, None]) // width
        chosen = before[:, None, :] & ~(before[:, :, None] & (bins[:, :, None] == bins[:, None, :]))
    else:
        if base == "previous":
            last = np.where(time >= starts[:, None], last, time - 1)
        chosen = time == last[:, :, None]
    count = chosen.sum(axis=2)
    weights = np.where(count[..., None] > 0, chosen / np.maximum(count, 1)[..., None], np.nan)
    return weights, np.maximum(time, last)


def _standing(starts: np.ndarray, latest: np.ndarray, control: str, anticipation: int) -> np.ndarray:
    """(G + 1, G, T), bool: the cohorts that ATT(g, t) is compared with; the last is the never-treated."""
    shape = (len(starts) + 1, *latest.shape)
    if control == "never_treated":
        return np.broadcast_to((np.arange(len(starts) + 1) == len(starts))[:, None, None], shape)
    never = np.iinfo(np.intp).max
    standing = np.append(starts, never)[:, None, None] > latest + anticipation
    own = np.arange(len(starts))
    standing[own, own] = False
    return standing


def unit_rows(comparisons: Comparisons, cells: np.ndarray) -> np.ndarray:
    """(G + 1, T): what each period of a unit counts in the sum of `cells` (G, T) times ATT, per unit of its weight."""
    cohort, time = np.nonzero(cells)
    return (comparisons.members[:, cohort, time] * cells[cohort, time]) @ comparisons.rows[cohort, time]


def influence_of(comparisons: Comparisons, panel: Panel, cells: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """(units,): influence of each unit on the sum of `cells` (G, T) times ATT.

    `shift` (G,) is what the estimated shares of the cohorts add, per unit of weight.
    """
    cohort, time = np.nonzero(cells)
    weighted = comparisons.members[:, cohort, time] * cells[cohort, time]
    centre = (weighted * comparisons.centres[:, cohort, time]).sum(axis=1)
    group, rows = comparisons.group, unit_rows(comparisons, cells)
    parts = (panel.outcomes * rows[group]).sum(axis=1) - centre[group] + np.append(shift, 0.0)[group]
    return panel.unit_weights * parts


def clustered_error(influence: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """Root of the sum over clusters of squared influence (units, ...); NaN where nothing varies."""
    names, number = np.unique(cluster, return_inverse=True)
    sums = influence
    if len(names) < len(cluster):
        sums = np.zeros((len(names), *influence.shape[1:]))
        np.add.at(sums, number, influence)
    variance = (sums**2).sum(axis=0)
    return np.where(variance > 0, np.sqrt(variance), np.nan)


def att_errors(comparisons: Comparisons, panel: Panel) -> np.ndarray:
    """(G, T): standard error of every ATT(g, t)."""
    return np.stack([_errors_of_cohort(comparisons, panel, g) for g in range(len(comparisons.starts))])


def _errors_of_cohort(comparisons: Comparisons, panel: Panel, cohort: int) -> np.ndarray:
    """(T,): the errors of one cohort, from the units that have a part in it."""
    members, centres = comparisons.members[:, cohort], comparisons.centres[:, cohort]
    units = members.any(axis=1)[comparisons.group]
    group = comparisons.group[units]
    values = panel.outcomes[units] @ comparisons.rows[cohort].T - centres[group]
    return clustered_error(panel.unit_weights[units, None] * members[group] * values, panel.cluster[units])


def check_choice(name: str, given: str, allowed: tuple[str, ...]) -> None:
    """Raise UsageError unless `given` is one of `allowed`."""
    if given not in allowed:
        raise UsageError(f"found {name}='{given}'; expected one of: {', '.join(allowed)}")
