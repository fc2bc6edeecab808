"""What backlog and staffing follow: pending cases as stock and flow under scenarios, and handlers for a wanted wait.

    found = capacity_of(stock, review, Asked(months=24, ...), codes=codes, handlers=181, seed=1)

Capacity is what left the stock in the months of the last year in which work was waiting: an assumption, as cases that
leave at the pace they need were not held up by staff.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.chapters.outlook_panels import MonthPanel, month_panel
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.capacity import (
    WORKING_DAYS,
    Backlog,
    compare_scenarios,
    handlers_needed,
    simulate_backlog,
)
from legalaid_eval.estimators.duration import rmst
from legalaid_eval.estimators.forecast import forecast_many

NOW, STAFF, DEMAND, REVIEW = "as_now", "staff_change", "demand_shock", "same_day_review"
YEAR, LEAST_BACKLOG, LEAST_MONTHS = 12, 6, 18
"""Months that capacity is learnt from, how many of them must have had a backlog, and the shortest register."""
REVIEW_HORIZON = 60
DRAWS = 200
NO_STOCK, TOO_SHORT, NO_BACKLOG = "no_rows", "too_short", "no_backlog"


@dataclass(frozen=True, slots=True)
class Asked:
    """Months ahead, changes of staff and of demand as shares (0.1: a tenth more), the wanted wait in working days."""

    months: int
    staff_change: float
    demand_shock: float
    wanted_wait: float


@dataclass(frozen=True, slots=True)
class Saved:
    """What a same-day review saves: cases a working day through the review, the mean working days that it takes, and
    the cases fewer in stock (rate x time: Little, 1961) with an interval."""

    rate: float
    days: float
    cases: float
    low: float
    high: float


@dataclass(frozen=True, eq=False, slots=True)
class Capacity:
    """`scenarios`: Backlog by name; `ends` of them, as `compare_scenarios` gives. opening: cases in hand. per_month:
    cases that leave in a month, with its interval; months: how many with a backlog that is from. handlers: active ones
    (None: not known). needed: `scenario, now, low, high`, handlers for the wanted wait. saved: None without a review
    step. start: the first month simulated. why: "" or the code that says why there is nothing.
    """

    scenarios: Mapping[str, Backlog]
    ends: pd.DataFrame
    opening: float
    per_month: Estimate | None
    arrivals: float
    months: int
    handlers: int | None
    needed: pd.DataFrame
    saved: Saved | None
    start: pd.Period | None
    left_out: tuple[str, ...]
    why: str = ""


def nothing(why: str) -> Capacity:
    empty = pd.DataFrame()
    return Capacity({}, empty, 0.0, None, 0.0, 0, None, empty, None, None, (), why)


def capacity_of(
    stock: pd.DataFrame,
    review: pd.DataFrame,
    asked: Asked,
    *,
    codes: Iterable[str],
    handlers: int | None,
    conf_level: float,
    known: pd.Series | None = None,
    seed: int,
) -> Capacity:
    """Scenarios of the stock `county, month, entered, left, pending` of the counties `codes`.

    `known` as in `forecast_of`. What cannot be said has its reason in `why`.
    """
    panel = month_panel(stock, codes, column="entered")
    if panel.empty or not panel.codes:
        return nothing(NO_STOCK)
    if len(panel.total) < LEAST_MONTHS:
        return nothing(TOO_SHORT)
    flows = _flows(stock, panel).tail(YEAR)
    left = _busy(flows)
    if len(left) < LEAST_BACKLOG or left.sum() == 0:
        return nothing(NO_BACKLOG)
    arrivals = forecast_many(panel.counts, horizon=asked.months, known=known, seed=seed).paths().sum(axis=0)
    limit, opening = _limits(left, arrivals.shape, seed), float(flows["pending"].iloc[-1])
    saved = _saved(review, panel, conf_level)
    plans = _plans(asked, opening, arrivals, limit, saved)
    options = {"horizon": asked.months, "paths": len(arrivals), "seed": seed}
    return Capacity(
        {name: simulate_backlog(**{"opening": opening, **options, **own}) for name, own in plans.items()},
        compare_scenarios(plans, opening=opening, **options),
        opening,
        _per_month(limit, conf_level, len(left)),
        float(arrivals.mean()),
        len(left),
        handlers,
        _needed(arrivals, limit, handlers, asked),
        saved,
        panel.last + 1,
        tuple(panel.left_out),
    )


def _busy(flows: pd.DataFrame) -> np.ndarray:
    """What left in the months at whose begin at least as much was in hand: more could have left, had staff allowed."""
    begin = flows["pending"] - flows["entered"] + flows["left"]
    return flows.loc[begin >= flows["left"], "left"].to_numpy()


def _flows(stock: pd.DataFrame, panel: MonthPanel) -> pd.DataFrame:
    """Sums over the counties, by month; a county that is quiet at the end keeps its stock."""
    names = ["entered", "left", "pending"]
    own = stock[stock["county"].isin(panel.codes)].set_index(["county", "month"])[names].astype("Float64").astype(float)
    own["pending"] = own["pending"].groupby(level="county").ffill()
    found = own.fillna(0.0).groupby(level="month").sum()
    found.index = pd.PeriodIndex(found.index, freq="M")
    return found.reindex(panel.total.index).ffill()


def _limits(left: np.ndarray, shape: tuple[int, int], seed: int) -> np.ndarray:
    """Capacity by path and month: an uncertain mean for all months of a path, and months drawn anew round it."""
    rng = np.random.default_rng([seed, 1])
    n, mean = len(left), left.mean()
    level = mean + left.std(ddof=1) / np.sqrt(n) * rng.standard_t(n - 1, (shape[0], 1))
    return np.maximum(level + np.sqrt(n / (n - 1)) * (rng.choice(left, shape) - mean), 0.0)


def _per_month(limit: np.ndarray, conf_level: float, months: int) -> Estimate:
    means, tail = limit.mean(axis=1), (1 - conf_level) / 2
    low, high = np.quantile(means, [tail, 1 - tail]).tolist()
    words = ("cases that leave in a month", "cases", "case")
    return Estimate(
        *words, float(means.mean()), float(means.std()), low, high, conf_level, months, None, "drawn_months"
    )


def _saved(review: pd.DataFrame, panel: MonthPanel, conf_level: float) -> Saved | None:
    """The review step of the last year, of cases that entered it, decided or not."""
    months = panel.counts.index[-YEAR:].astype(str)
    cells = review[review["county"].isin(panel.codes) & review["month"].isin(months)]
    if cells["n"].sum() == 0:
        return None
    options = {"duration": "duration", "event": "event", "count": "n", "conf_level": conf_level, "unit": "working_day"}
    try:
        found = rmst(cells, horizon=REVIEW_HORIZON, **options)
    except UsageError:  # followed for fewer days than the horizon
        return None
    days, low, high = found.by_group[["rmst", "ci_low", "ci_high"]].iloc[0].tolist()
    rate = float(cells["n"].sum()) / (len(months) * WORKING_DAYS)
    return Saved(rate, days, rate * days, rate * low, rate * high)


def _plans(
    asked: Asked, opening: float, arrivals: np.ndarray, limit: np.ndarray, saved: Saved | None
) -> dict[str, dict[str, object]]:
    """The arguments of `simulate_backlog` in which each scenario is its own."""
    now = {"arrivals": arrivals, "capacity": limit}
    plans = {
        NOW: now,
        STAFF: now | {"capacity": limit * max(1 + asked.staff_change, 0.0)},
        DEMAND: now | {"arrivals": arrivals * max(1 + asked.demand_shock, 0.0)},
    }
    return plans if saved is None else plans | {REVIEW: now | {"opening": max(opening - saved.cases, 0.0)}}


def _needed(arrivals: np.ndarray, limit: np.ndarray, handlers: int | None, asked: Asked) -> pd.DataFrame:
    """Handlers for the wanted mean wait by Erlang's queue, with what is not sure of arrivals and of their pace."""
    if not handlers or asked.wanted_wait <= 0:
        return pd.DataFrame()
    come, pace = arrivals.mean(axis=1)[:DRAWS], limit.mean(axis=1)[:DRAWS] / handlers
    lines = []
    for name, factor in ((NOW, 1.0), (DEMAND, max(1 + asked.demand_shock, 0.0))):
        found = [_handlers(factor * rate, each, asked) for rate, each in zip(come, pace, strict=True) if each > 0]
        middle = _handlers(factor * arrivals.mean(), limit.mean() / handlers, asked)
        low, high = np.quantile(found, [0.025, 0.975], method="nearest")
        lines.append((name, middle, int(low), int(high)))
    return pd.DataFrame(lines, columns=["scenario", "needed", "low", "high"])


def _handlers(arrivals: float, pace: float, asked: Asked) -> int:
    """Of cases a month and of cases a month that one handler brings to an end."""
    return handlers_needed(
        arrivals_per_day=float(arrivals) / WORKING_DAYS,
        service_days=WORKING_DAYS / float(pace),
        wanted_wait_days=float(asked.wanted_wait),
    )
