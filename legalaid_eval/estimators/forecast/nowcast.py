"""What a year will come to, said while it runs: for each series, and for their sum."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.forecast.combination import FAILED
from legalaid_eval.estimators.forecast.counts import SEED, with_siblings
from legalaid_eval.estimators.forecast.known_effects import NOT_USED
from legalaid_eval.estimators.forecast.paths import limits
from legalaid_eval.estimators.forecast.results import ENDS, Nowcast, Nowcasts
from legalaid_eval.estimators.forecast.series import Panel, panel_of
from legalaid_eval.estimators.forecast.targets import checked_target, target_is_uninformative
from legalaid_eval.estimators.forecast.year_outcomes import Outcomes, outcomes, running_year

TOTAL = "total"
FIT_NOTES = (NOT_USED, FAILED)
"""Begin of the notes on a forecast that a nowcast passes on."""


def nowcast_year(
    series: pd.Series,
    *,
    year: int,
    target: float | None = None,
    siblings: pd.DataFrame | pd.Series | None = None,
    known: pd.DataFrame | pd.Series | None = None,
    seed: int = SEED,
) -> Nowcast:
    """What `year` will come to, from a series that ends within it (or with the year before).

    The mean of two forecasts: the year to date over its mean share of the three years before (drawn to the siblings'),
    and the year to date plus the forecast months. The interval comes from summed paths round it, as wide as nowcasts at
    the same month of past years ask for (pooled over `siblings`), at most 1.5 times the errors of the fit. Without one
    whole past year it is the linear scaling, and says so (note no_past_year); a year that is over is certain. With a
    `target`, `probability` says how many paths meet it, and the note target_uninformative that meeting it says little
    (`target_is_uninformative`). `known` as in `forecast_counts`, over the past and the whole of `year` (notes
    known_not_used and failed_fit likewise). Raises UsageError for a series that does not reach the year.

        >>> nowcast_year(cases, year=2025, target=1200).probability
    """
    if not isinstance(series, pd.Series):
        raise UsageError(f"found {type(series).__name__}; expected a Series; use nowcast_many for a frame")
    goal = checked_target(target)
    panel = panel_of(with_siblings(series, siblings))
    found = outcomes(running_year(panel, year, known), seed=seed)
    name = "count" if series.name is None else series.name
    return _nowcast(panel, found, year, [0], name, goal)


def nowcast_many(
    panel: pd.DataFrame,
    *,
    year: int,
    targets: Mapping[object, float] | None = None,
    known: pd.DataFrame | pd.Series | None = None,
    seed: int = SEED,
) -> Nowcasts:
    """`nowcast_year` for every column of a wide frame, each with the others as siblings, and for their sum.

    `targets` maps series to targets; "total" is the sum's, or else the sum of all if every series has one. The sum's
    interval comes from sums of paths that share their months, so that a shock to all places stays one.
    """
    given = panel_of(panel, what="panel")
    goals = _goals(targets, given.names)
    found = outcomes(running_year(given, year, known), seed=seed)
    by_series = {name: _nowcast(given, found, year, [i], name, goals.get(name)) for i, name in enumerate(given.names)}
    total = _nowcast(given, found, year, list(range(len(given.names))), TOTAL, goals.get(TOTAL))
    return Nowcasts(by_series, total, _frame({**by_series, TOTAL: total}, goals))


def _goals(targets: Mapping[object, float] | None, names: tuple[object, ...]) -> dict[object, float]:
    if TOTAL in names:
        raise UsageError("found a series named 'total'; expected none, as their sum is called so; rename or drop it")
    goals = {name: checked_target(target) for name, target in (targets or {}).items() if target is not None}
    strange = [name for name in goals if name not in names and name != TOTAL]
    if strange:
        raise UsageError(f"found a target of {strange[0]!r}; expected names of series or 'total'; mend the name")
    if TOTAL not in goals and all(name in goals for name in names):
        goals[TOTAL] = sum(goals[name] for name in names)
    return goals


def _nowcast(panel: Panel, found: Outcomes, year: int, places: list[int], name: object, goal: float | None) -> Nowcast:
    """The nowcast of one series, or of the sum of several."""
    kept = panel.index.year <= year
    own = pd.Series(panel.values[kept][:, places].sum(axis=1), index=panel.index[kept]).dropna()
    sofar = own[own.index.year == year]
    paths = found.paths[places].sum(axis=0)
    totals = sofar.sum() + paths.sum(axis=1)
    methods = {found.method[i] for i in places}
    method = methods.pop() if len(methods) == 1 else "combined"
    lo80, hi80, lo95, hi95 = limits(totals[:, None])[:, 0].tolist()
    expected = float(found.expected[places].sum())
    estimate = Estimate(
        f"total of {year}", str(name), "cases", expected, float(totals.std()), lo95, hi95, 0.95, len(own), None, method
    )
    easy = goal is not None and target_is_uninformative(own, target=goal, year=year)
    notes = ("no_past_year",) * (method == "linear_scaling") + ("target_uninformative",) * easy
    notes += tuple(dict.fromkeys(code for i, code in found.notes if i in places and code.startswith(FIT_NOTES)))
    linear = float(sofar.mean() * panel.season) if len(sofar) else float("nan")
    probability = None if goal is None else float(np.mean(totals >= goal))
    cone = _cone(sofar, paths, expected, pd.Period(f"{year}-01", freq=panel.index.freq))
    return Nowcast(estimate, (lo80, hi80), probability, cone, linear, method, notes)


def _cone(sofar: pd.Series, paths: np.ndarray, expected: float, first: pd.Period) -> pd.DataFrame:
    """Cumulative counts over the year: what was observed, then what is expected, with limits."""
    known, left = sofar.cumsum().to_numpy(), paths.shape[1]
    last = known[-1] if len(known) else 0.0
    mean = paths.mean(axis=0).cumsum()
    share = mean / mean[-1] if left and mean[-1] > 0 else np.arange(1, left + 1) / max(left, 1)
    ends = limits(last + paths.cumsum(axis=1))
    table = {
        "period": pd.period_range(first, periods=len(known) + left, freq=first.freq),
        "observed": np.concatenate([known, np.full(left, np.nan)]),
        "expected": np.concatenate([known, last + (expected - last) * share]),
    }
    return pd.DataFrame(table | {name: np.concatenate([known, end]) for name, end in zip(ENDS, ends, strict=True)})


def _frame(found: Mapping[object, Nowcast], goals: Mapping[object, float]) -> pd.DataFrame:
    rows = [
        (
            name,
            each.expected.estimate,
            *each.interval80,
            each.expected.ci_low,
            each.expected.ci_high,
            goals.get(name),
            each.probability,
            each.linear,
            each.method,
        )
        for name, each in found.items()
    ]
    return pd.DataFrame(
        rows, columns=["series", "expected", *ENDS, "target", "probability", "linear", "method"]
    ).astype({"target": float, "probability": float})
