"""Backlog and staffing: what stock follows from arrivals and capacity, and how many handlers a wait takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError

WORKING_DAYS = 20.75
"""Of an average month (249 a year), to turn months of wait into working days."""
QUANTILES = {"lo80": 0.1, "hi80": 0.9, "lo95": 0.025, "hi95": 0.975}
MOST_HANDLERS, MOST_CASES = 100_000, 1e12
"""More handlers, or cases a month, than there can be: a mistake in the units."""
NO_SPREAD = 1e-7
"""An alpha or a coefficient of variation so small cannot be told from none."""


@dataclass(frozen=True, slots=True, eq=False)
class Backlog:
    """Simulated stock and flow of cases, month by month.

    Frames `month, mean, lo80, hi80, lo95, hi95` (month 1 is the first simulated; quantiles over the paths): `stock` of
    pending cases at the month's end, `arrived` and `closed` in it, and `wait`, the working days a case arriving then
    would wait by Little's law (stock by cases closed a day; infinite where nothing is closed). `paths` is the stock's,
    shape (paths, months). opening + arrived - closed = stock on every path, and so in the means.
    """

    stock: pd.DataFrame
    arrived: pd.DataFrame
    closed: pd.DataFrame
    wait: pd.DataFrame
    paths: np.ndarray
    opening: float
    method: str


def simulate_backlog(
    *,
    opening: float,
    arrivals: object,
    capacity: object,
    horizon: int = 24,
    paths: int = 10_000,
    seed: int,
    arrival_noise: str = "poisson",
    alpha: float = 0.0,
    capacity_spread: float = 0.0,
    working_days: float = WORKING_DAYS,
) -> Backlog:
    """Pending cases over `horizon` months: stock + arrivals, of which at most the capacity is closed in the month.

    `arrivals` and `capacity` are cases a month: a number, one for each month (horizon,), or paths (paths, horizon), as
    a forecast gives them. Capacity is handlers times the cases a handler closes in a month. Arrivals given as a number
    or by month are means round which the paths vary: `arrival_noise` "poisson", with `alpha` above 0 negative binomial
    (variance mu + alpha mu^2), or "none"; paths are taken as they are. `capacity_spread` is the coefficient of
    variation of a month's capacity (gamma; 0: fixed). `working_days` of a month are for the wait.

    The stock is never negative: unused capacity is lost. A case may be closed in the month it comes, so the backlog is
    what waits for a handler, not what is being worked on. Scenarios are other inputs; see `compare_scenarios`.

    Raises UsageError for negative or missing numbers and shapes that do not fit.

    Example: `simulate_backlog(opening=120, arrivals=60, capacity=4 * 14.5, seed=1).stock`.
    """
    _require_whole(horizon=horizon, paths=paths)
    start = _require_number("opening", opening, 0.0)
    for name, value in (("alpha", alpha), ("capacity_spread", capacity_spread)):
        _require_number(name, value, 0.0)
    if _require_number("working_days", working_days, 0.0) == 0:
        raise UsageError("found working_days 0; expected some; 20.75 is the average month")
    if arrival_noise not in ("poisson", "none"):
        raise UsageError(f"found arrival_noise {arrival_noise!r}; expected 'poisson' or 'none'; choose one")
    # Two streams, so that scenarios with other staff meet the same arrivals.
    for_arrivals, for_capacity = (np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(2))
    given, varies = _by_month("arrivals", arrivals, horizon, paths)
    arrived = _noisy_counts(for_arrivals, given, alpha) if varies and arrival_noise == "poisson" else given
    limit = _noisy_capacity(for_capacity, _by_month("capacity", capacity, horizon, paths)[0], capacity_spread)
    stock, closed = flow(start, arrived, limit)
    pace = closed / working_days
    wait = np.divide(stock, pace, out=np.where(stock > 0, np.inf, 0.0), where=pace > 0)
    return Backlog(*(summary(part) for part in (stock, arrived, closed, wait)), stock, start, "simulated_stock_flow")


def flow(opening: float, arrived: np.ndarray, limit: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(paths, months) stocks at the months' ends and closed cases, of arrivals and capacity of the same shape."""
    stock, closed = np.empty(arrived.shape), np.empty(arrived.shape)
    pending = np.full(len(arrived), opening)
    for month in range(arrived.shape[1]):
        available = pending + arrived[:, month]
        closed[:, month] = np.minimum(available, limit[:, month])
        pending = available - closed[:, month]
        stock[:, month] = pending
    return stock, closed


def summary(paths: np.ndarray) -> pd.DataFrame:
    """Mean and quantiles over the paths (paths, months) as `month, mean, lo80, hi80, lo95, hi95`.

    Quantiles are order statistics (method "lower"), so that an infinite wait on some paths does not spoil the others.
    """
    ends = np.quantile(paths, list(QUANTILES.values()), axis=0, method="lower")
    months = np.arange(1, paths.shape[1] + 1)
    return pd.DataFrame({"month": months, "mean": paths.mean(axis=0), **dict(zip(QUANTILES, ends, strict=True))})


def compare_scenarios(
    scenarios: Mapping[str, Mapping[str, object]],
    *,
    opening: float,
    horizon: int = 24,
    paths: int = 10_000,
    seed: int,
) -> pd.DataFrame:
    """The backlog at the end of `horizon` under several scenarios, and against the first, which is the base.

    Each scenario gives the arguments of `simulate_backlog` in which it is its own (`arrivals`, `capacity`, ...; also
    `opening`). Frame `scenario, stock, lo80, hi80, lo95, hi95, wait, cleared, difference, difference_lo95,
    difference_hi95`: stock at the end, mean wait in working days then, the share of paths (percent) without any stock
    at the end, and the stock less the base's. All scenarios use the same seed, and those with equal arrivals the same
    arrivals, so differences are by path and sharper than two intervals side by side.

    Example: `compare_scenarios({"now": now, "two more": now | {"capacity": 87}}, opening=120, seed=1)`.
    """
    if not scenarios:
        raise UsageError("found no scenario; expected at least one; the first is the base")
    base, rows = None, []
    for name, own in scenarios.items():
        options = {"opening": opening, "horizon": horizon, "paths": paths, "seed": seed} | dict(own)
        found = simulate_backlog(**options)
        end = found.paths[:, -1]
        base = end if base is None else base
        last = found.stock.iloc[-1]
        ends = np.quantile(end - base, [0.025, 0.975])
        wait, cleared = found.wait["mean"].iloc[-1], 100 * (end == 0).mean()
        rows.append((name, *last.iloc[1:], wait, cleared, (end - base).mean(), *ends))
    names = ["scenario", "stock", *QUANTILES, "wait", "cleared"]
    return pd.DataFrame(rows, columns=[*names, "difference", "difference_lo95", "difference_hi95"])


def erlang_c(*, arrival_rate: float, service_rate: float, servers: int) -> float:
    """The probability (0 to 1) that a case has to wait in a queue with several handlers (Erlang 1917).

    Cases come at random at `arrival_rate`, a handler takes exponential time with mean 1 / `service_rate`, in the same
    unit of time. 1 where the arrivals are as many as the handlers can do, or more: the queue then grows without end.

    Example: `erlang_c(arrival_rate=2, service_rate=1, servers=3)` is 4/9.
    """
    load = _offered(arrival_rate, service_rate, servers)
    if load >= servers:
        return 1.0
    inverse = 1.0
    for k in range(1, servers + 1):  # Erlang B's recursion for its reciprocal, which does not overflow
        inverse = 1.0 + inverse * k / load if load > 0 else np.inf
    blocked = 1 / inverse
    return blocked / (1 - load / servers * (1 - blocked))


def expected_wait(*, arrival_rate: float, service_rate: float, servers: int) -> float:
    """Mean time until a handler takes the case on, in the rates' unit of time; infinite where the queue grows."""
    load = _offered(arrival_rate, service_rate, servers)
    if load >= servers:
        return np.inf
    waits = erlang_c(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    return waits / (servers * service_rate - arrival_rate)


def wait_within(time: float, *, arrival_rate: float, service_rate: float, servers: int) -> float:
    """The probability (0 to 1) that a case waits no longer than `time`."""
    load = _offered(arrival_rate, service_rate, servers)
    if load >= servers:
        return 0.0
    waits = erlang_c(arrival_rate=arrival_rate, service_rate=service_rate, servers=servers)
    return float(1 - waits * np.exp(-(servers * service_rate - arrival_rate) * time))


def handlers_needed(
    *, arrivals_per_day: float, service_days: float, wanted_wait_days: float, probability: float | None = None
) -> int:
    """The smallest number of handlers with which cases wait no longer than wanted before one takes them on.

    `service_days` is the working time one case takes of a handler who does nothing else meanwhile (a handler with ten
    cases at once that last sixty days each takes six). Without `probability` the *mean* wait is at most
    `wanted_wait_days`; with it (0 to 1) that share of the cases waits at most so long. Erlang's model: arrivals at
    random, exponential service times, first come first served. Working times that vary less need fewer, arrivals in
    waves (season, a reform) need more: use `simulate_backlog` for those.

    Example: `handlers_needed(arrivals_per_day=3, service_days=4, wanted_wait_days=1)` is 14.
    """
    arrivals = _require_number("arrivals_per_day", arrivals_per_day, 0.0)
    rate = 1 / _require_number("service_days", service_days, 1e-9)
    wanted = _require_number("wanted_wait_days", wanted_wait_days, 0.0)
    if probability is not None and not 0 < probability < 1:
        raise UsageError(f"found probability {probability!r}; expected a share between 0 and 1; use 0.9, say")
    if probability is None and wanted == 0:
        raise UsageError(
            "found a wanted mean wait of 0; expected more, or a probability; chance always makes some wait"
        )
    if arrivals == 0:
        return 0
    least = int(arrivals / rate) + 1
    if least > MOST_HANDLERS:
        raise UsageError(
            f"found a load of {arrivals / rate:g} handlers; expected at most {MOST_HANDLERS}; check the units"
        )
    return _smallest(lambda servers: _enough(arrivals, rate, servers, wanted, probability), least)


def _smallest(enough: Callable[[int], bool], least: int) -> int:
    """The smallest number from `least` on that is enough; more is never worse, so steps double and are then halved."""
    below, high, step = least - 1, least, 1
    while not enough(high):
        below, high, step = high, high + step, 2 * step
    while high - below > 1:
        middle = (below + high) // 2
        below, high = (below, middle) if enough(middle) else (middle, high)
    return high


def _enough(arrivals: float, rate: float, servers: int, wanted: float, probability: float | None) -> bool:
    queue = {"arrival_rate": arrivals, "service_rate": rate, "servers": servers}
    if probability is None:
        return expected_wait(**queue) <= wanted
    return wait_within(wanted, **queue) >= probability


def _offered(arrival_rate: float, service_rate: float, servers: int) -> float:
    """The load in handlers, of checked arguments."""
    _require_whole(servers=servers)
    arrivals = _require_number("arrival_rate", arrival_rate, 0.0)
    return arrivals / _require_number("service_rate", service_rate, 1e-12)


def _by_month(name: str, given: object, horizon: int, paths: int) -> tuple[np.ndarray, bool]:
    """(paths, horizon) of a number, of one for each month, or of paths; and whether these are means, not paths."""
    try:
        values = np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"found {name} that are no numbers; expected cases a month; convert them") from error
    if values.shape not in ((), (horizon,), (paths, horizon)):
        raise UsageError(
            f"found {name} of shape {values.shape}; expected a number, {horizon} months, or {paths} paths of them; "
            "set horizon and paths to theirs"
        )
    if not ((values >= 0) & (values <= MOST_CASES)).all():
        raise UsageError(
            f"found {name} that are missing, below 0 or beyond {MOST_CASES:g}; expected cases a month; mend them"
        )
    return np.broadcast_to(values, (paths, horizon)), values.ndim < 2


def _noisy_counts(rng: np.random.Generator, mean: np.ndarray, alpha: float) -> np.ndarray:
    """Poisson counts, or negative binomial as Poisson with gamma means."""
    if alpha > NO_SPREAD:
        mean = mean * rng.gamma(1 / alpha, alpha, mean.shape)
    return rng.poisson(mean).astype(float)


def _noisy_capacity(rng: np.random.Generator, mean: np.ndarray, spread: float) -> np.ndarray:
    return mean * rng.gamma(spread**-2.0, spread**2, mean.shape) if spread > NO_SPREAD else mean


def _require_whole(**values: object) -> None:
    for name, value in values.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise UsageError(f"found {name} {value!r}; expected a whole number of at least 1; set it so")


def _require_number(name: str, value: object, least: float) -> float:
    if not isinstance(value, Real) or isinstance(value, bool) or not np.isfinite(value) or value < least:
        raise UsageError(f"found {name} {value!r}; expected a number of at least {least:g}; set it so")
    return float(value)
