"""A fixed budget over places or segments, by the fitted curve: where the next yuan reaches most additional persons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special
from scipy.optimize import isotonic_regression

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.dose_response import Curves, DoseResponse
from legalaid_eval.estimators.dose_response.adstock import kept_up
from legalaid_eval.estimators.dose_response.effects import interval, last_wave

NODES = 129
"""Doses of a segment at which the return is worked out; between them it is taken as straight."""
THINNED = 5
"""Every so many curves has an allocation of its own, to show how far the best one moves with the curve."""
HALVINGS = 100
SAME = 1e-9
"""Of their size: numbers as near as this are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A budget laid out so that it is expected to gain most.

    - `table`, one row a segment: `segment, persons, dose, dose_low, dose_high, spent, share, gain, gain_low,
      gain_high, cost_of_next, limit`. `dose` is per head and period; its range is that of the best doses of single
      curves, not a confidence interval of one truth. `share` is of the money spent, `gain` in persons in the last of
      the periods, `cost_of_next` the money for one more person at this dose (None where more gains nothing), `limit`
      "least" or "most" where the dose stands at one.
    - `gain`: persons in all; `advantage`: over the same money as an equal dose per head wherever limits allow.
      `better`: the share of curves under which it gains more than that.
    - `spent`, `unspent`: of the budget; money stays over where every segment has its most, or more gains nothing.
    - `notes`: `no_effect_found` (the fit's: then an equal dose is as well founded), `no_gain`, `budget_beyond_range`,
      `beyond_observed:NAME`, `not_concave:NAME` (returns grow at first: small doses there are worth less than shown).
    """

    table: pd.DataFrame
    gain: Estimate
    advantage: Estimate
    better: float
    budget: float
    spent: float
    unspent: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """J segments: `base` (M or 1, J) logits without new outreach and `stock` (M or 1, J) still at work, in the last of
    the periods; `price` (J,) money for one unit of dose for all its persons in all periods; `nodes` (N, J) doses.
    """

    names: pd.Index
    persons: np.ndarray
    price: np.ndarray
    base: np.ndarray
    stock: np.ndarray
    nodes: np.ndarray


def allocate(
    found: DoseResponse,
    segments: pd.DataFrame,
    *,
    segment: str,
    persons: str,
    unit_cost: str,
    budget: float,
    periods: int = 1,
    baseline: str | None = None,
    limits: Mapping[object, tuple[float, float]] | None = None,
    extrapolate: bool = False,
) -> Allocation:
    """Lay out `budget` over segments so that the expected number of additional persons is largest.

    `segments` has one row for each `segment` with its `persons` and `unit_cost`, the money that reaches one person
    once. A dose is kept up for `periods` and its gain counted in the last. Without `baseline` the segments are places
    of the fit, at their level and with what is still at work from the last wave; `baseline` names a column with the
    proportion without outreach (between 0 and 1) of segments that the fit does not know.

    Returns fall with the dose, so equal marginal returns per yuan are the optimum (Karush-Kuhn-Tucker conditions; the
    water-filling of Koopman 1953); the expectation is over the curves that the data allow. Where returns grow at first
    their concave hull is used and noted. Doses stay within what was observed, and within `limits` (segment to smallest
    and largest dose), beyond what was observed only with `extrapolate`.

    Raises UsageError for impossible columns, unknown segments, limits that are none, and a budget below the least.

    Example: `allocate(found, counties, segment="county", persons="residents", unit_cost="cny_per_reach",
    budget=200_000)`.
    """
    frame = _frame(segments, segment, persons, unit_cost, baseline)
    _require_plan(budget, periods)
    ends = _limits(found, frame[segment], limits, extrapolate)
    plan = _segments(found, frame, ends, segment, persons, unit_cost, baseline, periods, budget)
    least = float(plan.nodes[0] @ plan.price)
    if least > budget * (1 + 1e-9):
        raise UsageError(
            f"found a budget of {budget:g}; expected at least {least:g}, which the smallest doses cost; raise it, or "
            "lower the limits"
        )
    return _result(found, plan, float(budget), periods)


def _result(found: DoseResponse, plan: Segments, budget: float, periods: int) -> Allocation:
    curves = found.curves
    mean, single = _slopes(curves, plan, periods)
    expected, bent = _decreasing(mean)
    dose = _fill(expected[None], plan, budget)[0]
    moved = _fill(_decreasing(single)[0], plan, budget)
    gains = _gains(curves, plan, dose, periods)
    equal = _gains(curves, plan, _equal_dose(plan, float(dose @ plan.price)), periods)
    spent = float(dose @ plan.price)
    table = _table(plan, dose, moved, gains, expected, found.conf_level)
    total, even = gains.sum(axis=1), equal.sum(axis=1)
    return Allocation(
        table=table,
        gain=_estimate("additional_persons", total, found),
        advantage=_estimate("advantage_over_equal_dose", total - even, found),
        better=float(np.mean(total > even + SAME * np.abs(total))),
        budget=budget,
        spent=spent,
        unspent=max(budget - spent, 0.0),
        notes=_notes(found, plan, dose, bent, budget, spent),
    )


def _frame(segments: pd.DataFrame, segment: str, persons: str, unit_cost: str, baseline: str | None) -> pd.DataFrame:
    columns.require_columns(segments, [segment, persons, unit_cost, baseline])
    columns.exposures(segments, persons)
    columns.exposures(segments, unit_cost)
    columns.refuse(segments, segment, segments[segment].isna().to_numpy(), "a name in every row")
    columns.refuse(segments, segment, segments[segment].duplicated().to_numpy(), "one row a segment; add them up")
    if baseline is not None:
        share = columns.numbers(segments, baseline)
        columns.refuse(segments, baseline, (share <= 0) | (share >= 1), "a proportion between 0 and 1, not percent")
    return segments


def _require_plan(budget: float, periods: int) -> None:
    number = isinstance(budget, int | float | np.number) and not isinstance(budget, bool)
    if not number or not 0 < budget < np.inf:
        raise UsageError(f"found budget {budget!r}; expected an amount above 0; give it in the unit of the unit costs")
    if not isinstance(periods, int | np.integer) or isinstance(periods, bool) or periods < 1:
        raise UsageError(f"found periods {periods!r}; expected a whole number of at least 1; 1 is a single period")


def _limits(
    found: DoseResponse, names: pd.Series, limits: Mapping[object, tuple[float, float]] | None, extrapolate: bool
) -> np.ndarray:
    """(2, J) smallest and largest doses."""
    given = {} if limits is None else dict(limits)
    strange = [str(name) for name in given if name not in set(names)]
    ends = np.array([given.get(name, found.dose_range) for name in names], dtype=float).T
    if strange or not np.isfinite(ends).all() or (ends[0] < 0).any() or (ends[0] > ends[1]).any():
        raise UsageError(
            f"found limits that are none, or of unknown segments ({', '.join(strange) or 'none'}); expected (smallest, "
            "largest) doses, from 0 on, by segment; correct them"
        )
    low, high = found.dose_range
    if not extrapolate and ((ends[0] < low) | (ends[1] > high)).any():
        raise UsageError(
            f"found limits outside of the observed doses ({low:g} to {high:g}); expected doses among them, since the "
            "curve knows no others; narrow the limits, or ask for extrapolate=True and say so"
        )
    return ends


def _segments(
    found: DoseResponse,
    frame: pd.DataFrame,
    ends: np.ndarray,
    segment: str,
    persons: str,
    unit_cost: str,
    baseline: str | None,
    periods: int,
    budget: float,
) -> Segments:
    names, number = pd.Index(frame[segment]), columns.exposures(frame, persons)
    price = number * columns.exposures(frame, unit_cost) * periods
    if baseline is None:
        base, stock = _of_places(found, names, periods)
    else:
        base, stock = special.logit(columns.numbers(frame, baseline))[None], np.zeros((1, len(names)))
    # No dose that the whole budget could not buy needs a node.
    most = np.clip(budget / price, ends[0], ends[1])
    return Segments(names, number, price, base, stock, np.linspace(ends[0], most, NODES))


def _of_places(found: DoseResponse, names: pd.Index, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Logit without outreach and the stock left over after the periods, (M, J) each."""
    at = found.panel.places.get_indexer(names)
    if (at < 0).any():
        raise UsageError(
            f"found segments that are no places of the fit ({', '.join(map(str, names[at < 0]))}); expected places, or "
            "the proportions without outreach of other segments; name a column as `baseline`"
        )
    stock, base = last_wave(found)
    return base[:, at], stock[:, at] * found.curves.decay[:, None] ** periods


def _chance(curves: Curves, plan: Segments, dose: np.ndarray, periods: int) -> np.ndarray:
    """(M, J) proportions at doses (J,)."""
    stock = plan.stock + kept_up(periods, curves.decay)[:, None] * dose
    return special.expit(plan.base + curves.lift(stock))


def _gains(curves: Curves, plan: Segments, dose: np.ndarray, periods: int) -> np.ndarray:
    """(M, J) additional persons at doses (J,)."""
    nothing = _chance(curves, plan, np.zeros_like(dose), periods)
    return plan.persons * (_chance(curves, plan, dose, periods) - nothing)


def _slopes(curves: Curves, plan: Segments, periods: int) -> tuple[np.ndarray, np.ndarray]:
    """Additional persons for the next unit of money at every node: mean over the curves (N, J), and (R, N, J) of every
    so many of them.
    """
    kept = kept_up(periods, curves.decay)[:, None]
    mean, single = np.empty(plan.nodes.shape), np.empty((-(-len(curves) // THINNED), *plan.nodes.shape))
    for k, dose in enumerate(plan.nodes):
        stock = plan.stock + kept * dose
        chance = special.expit(plan.base + curves.lift(stock))
        slope = plan.persons / plan.price * chance * (1 - chance) * curves.slope(stock) * kept
        mean[k], single[:, k] = slope.mean(axis=0), slope[::THINNED]
    return mean, single


def _decreasing(slopes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (..., N, J) of the concave hulls of the gains, and where (J,) they are not the slopes themselves."""
    rising = (np.diff(slopes, axis=-2) > 1e-9 * np.abs(slopes).max()).any(axis=-2)
    hull = slopes.copy()
    for at in np.argwhere(rising):
        one = (*at[:-1], slice(None), at[-1])
        hull[one] = isotonic_regression(slopes[one], increasing=False).x
    return hull, rising.reshape(-1, slopes.shape[-1]).any(axis=0)


def _fill(slopes: np.ndarray, plan: Segments, budget: float) -> np.ndarray:
    """(R, J) doses with equal slopes (R, N, J) wherever limits allow that spend the budget, or all that gains."""
    low, high = np.zeros(len(slopes)), np.maximum(slopes.max(axis=(1, 2)), 0.0) * (1 + 1e-9) + 1e-300
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        over = _dose_at(slopes, plan.nodes, middle) @ plan.price > budget
        low, high = np.where(over, middle, low), np.where(over, high, middle)
    more, less = _dose_at(slopes, plan.nodes, low), _dose_at(slopes, plan.nodes, high)
    rest, gap = budget - less @ plan.price, (more - less) @ plan.price
    # Where slopes are flat (a straight line) the doses jump at one level: the rest is shared out along the jump.
    share = np.clip(np.divide(rest, gap, out=np.zeros_like(gap), where=gap > 0), 0, 1)
    return less + share[:, None] * (more - less)


def _dose_at(slopes: np.ndarray, nodes: np.ndarray, level: np.ndarray) -> np.ndarray:
    """(R, J) largest dose at which the falling slope is still above the level (R,)."""
    above = slopes > level[:, None, None]
    after = np.clip(above.sum(axis=1), 1, len(nodes) - 1)
    left, right = (np.take_along_axis(slopes, (after + k)[:, None], axis=1)[:, 0] for k in (-1, 0))
    fall = left - right
    part = np.divide(left - level[:, None], fall, out=(left > level[:, None]).astype(float), where=fall > 0)
    segment = np.arange(nodes.shape[1])
    start = nodes[after - 1, segment]
    return start + np.clip(part, 0, 1) * (nodes[after, segment] - start)


def _equal_dose(plan: Segments, money: float) -> np.ndarray:
    """(J,) the same dose for every head that costs so much, within the limits."""
    low, high = 0.0, float(plan.nodes[-1].max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        over = np.clip(middle, plan.nodes[0], plan.nodes[-1]) @ plan.price > money
        low, high = (low, middle) if over else (middle, high)
    return np.clip(low, plan.nodes[0], plan.nodes[-1])


def _table(
    plan: Segments, dose: np.ndarray, moved: np.ndarray, gains: np.ndarray, expected: np.ndarray, level: float
) -> pd.DataFrame:
    spent = dose * plan.price
    middle, low, high = interval(gains, level)
    _, dose_low, dose_high = interval(moved, level)
    slope = np.array([np.interp(x, plan.nodes[:, j], expected[:, j]) for j, x in enumerate(dose)])
    width = 1e-9 * np.maximum(plan.nodes[-1] - plan.nodes[0], 1e-300)
    at_most, at_least = dose >= plan.nodes[-1] - width, dose <= plan.nodes[0] + width
    return pd.DataFrame(
        {
            "segment": plan.names,
            "persons": plan.persons,
            "dose": dose,
            "dose_low": dose_low,
            "dose_high": dose_high,
            "spent": spent,
            "share": spent / max(spent.sum(), 1e-300),
            "gain": middle,
            "gain_low": low,
            "gain_high": high,
            "cost_of_next": [1 / s if s > 0 else None for s in slope],
            "limit": np.select([at_least, at_most], ["least", "most"], ""),
        }
    )


def _estimate(estimand: str, draws: np.ndarray, found: DoseResponse) -> Estimate:
    middle, low, high = map(float, interval(draws, found.conf_level))
    about = estimand, found.overall.outcome, "persons"
    return Estimate(
        *about, middle, float(draws.std()), low, high, found.conf_level, found.n, found.n_places, "dose_response"
    )


def _notes(
    found: DoseResponse, plan: Segments, dose: np.ndarray, bent: np.ndarray, budget: float, spent: float
) -> tuple[str, ...]:
    notes = [note for note in found.notes if note == "no_effect_found"]
    left = budget - spent > 1e-6 * budget
    full = bool((dose >= plan.nodes[-1] * (1 - 1e-9)).all())
    notes += [("budget_beyond_range" if full else "no_gain")] if left else []
    beyond = (dose > found.dose_range[1] * (1 + 1e-9)) | (dose < found.dose_range[0] * (1 - 1e-9))
    notes += [f"beyond_observed:{name}" for name in plan.names[beyond]]
    return (*notes, *(f"not_concave:{name}" for name in plan.names[bent]))
