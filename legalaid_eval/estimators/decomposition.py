"""Why a total changed between two periods: more to draw from, another mix, or other rates."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np
import pandas as pd

from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import columns

VOLUME, RATE = "volume", "rate"
MOST_FACTORS = 4
"""Group factors at most; the number of orders grows with their factorial."""

Value = Callable[[frozenset[str]], np.ndarray]
"""Counts by group (groups,) when these components have their current values and the others their baseline values."""


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """The change of a total as an exact sum of effects.

    `effects`: frame `component, effect, percent` (of the baseline total; NaN where it is 0), a row for `volume`, one
    for the mix by each group factor, `mix_<factor>`, and with an exposure one for `rate`; they add up to `change`.
    `by_group`: the group columns and the same components, which add up over the groups to the effects, and `change`.
    `baseline`, `current` are the totals. `notes` name groups that are new or gone: `new:<group>`, `gone:<group>`.
    """

    effects: pd.DataFrame
    by_group: pd.DataFrame
    baseline: float
    current: float
    change: float
    notes: tuple[str, ...]
    method: str


def decompose_change(
    baseline: pd.DataFrame,
    current: pd.DataFrame,
    *,
    group: str | Sequence[str],
    count: str,
    exposure: str | None = None,
) -> Decomposition:
    """The change of a total of `count` between two frames, split into volume, mix and rate (Kitagawa 1955, Das Gupta
    1993).

    Rows are groups or finer; the arguments name columns, `group` one or several factors. With an `exposure` (residents,
    consultations) the total is E Σ s_g r_g: exposure, the groups' shares of it, their counts by exposure. Without, it
    is N Σ s_g, shares of the count itself: the mix then says which groups gained on others and adds up to 0.

    Every effect is the average, over all orders in which the components can change one after the other, of what the
    change does (Shapley's value): symmetric in the two periods, exact in the sum; for one factor these are Das Gupta's
    formulas, for a rate and a mix Kitagawa's without interaction. With several factors the shares change by factor,
    each given those before it, averaged over the orders of the factors as well; that is not Das Gupta's formula for
    cross-classified data, but sums exactly and needs no cell to be filled.

    A group that is new has no rate of before; it is taken to have had its current one, so that its coming counts as mix
    and volume, not as rate; likewise for a group that is gone.

    Raises UsageError for missing columns or groups, negative numbers, a count where there is no exposure, and a period
    without any exposure (or count).
    """
    factors = [group] if isinstance(group, str) else list(group)
    if not 1 <= len(factors) <= MOST_FACTORS:
        raise UsageError(f"found {len(factors)} group factors; expected 1 to {MOST_FACTORS}; add the finer ones up")
    sums = [_sums(frame, factors, count, exposure).add_suffix(f"_{k}") for k, frame in enumerate((baseline, current))]
    both = sums[0].join(sums[1], how="outer").fillna(0.0).sort_index()
    y = both[["count_0", "count_1"]].to_numpy().T
    base = y if exposure is None else both[["base_0", "base_1"]].to_numpy().T
    _require_sums(both, base, exposure or count)
    players = [VOLUME, *(f"mix_{name}" for name in factors), *([] if exposure is None else [RATE])]
    by_group = np.mean([_shapley(value, players) for value in _games(both.index, factors, base, y)], axis=0)
    return _result(both.index, factors, players, by_group, y)


def _sums(frame: pd.DataFrame, factors: list[str], count: str, exposure: str | None) -> pd.DataFrame:
    """Count and base of each group."""
    columns.require_columns(frame, [*factors, count, exposure])
    if frame[factors].isna().to_numpy().any():
        raise UsageError(f"found missing values in {', '.join(factors)}; expected a group in every row; name it")
    parts = {"count": columns.non_negative(frame, count)}
    if exposure is not None:
        parts["base"] = columns.non_negative(frame, exposure)
    return frame[factors].assign(**parts).groupby(factors, observed=True).sum()


def _require_sums(both: pd.DataFrame, base: np.ndarray, name: str) -> None:
    if "base_0" in both:
        for k in (0, 1):
            empty = (both[f"base_{k}"] == 0) & (both[f"count_{k}"] > 0)
            if empty.any():
                raise UsageError(
                    f"found cases of {empty.idxmax()!r} where '{name}' is 0; expected an exposure; correct it, or join "
                    "the group with another"
                )
    if (base.sum(axis=1) <= 0).any():
        raise UsageError(f"found a period in which '{name}' is 0 everywhere; expected some; there is nothing to split")


def _games(index: pd.Index, factors: list[str], base: np.ndarray, y: np.ndarray) -> Iterator[Value]:
    """For every order of the factors, the counts by group as a function of which components are current."""
    rate = np.divide(y, base, out=np.zeros_like(y), where=base > 0)
    rate = np.where(base > 0, rate, rate[::-1])
    totals = base.sum(axis=1)
    for order in permutations(factors):
        shares = {f"mix_{name}": part for name, part in zip(order, _chain(index, order, base), strict=True)}

        def value(now: frozenset[str], shares: dict[str, np.ndarray] = shares) -> np.ndarray:
            share = np.prod([part[int(name in now)] for name, part in shares.items()], axis=0)
            return totals[int(VOLUME in now)] * share * rate[int(RATE in now)]

        yield value


def _chain(index: pd.Index, order: Sequence[str], base: np.ndarray) -> Iterator[np.ndarray]:
    """For each factor in turn, (2, groups): its share given the factors before it, in both periods.

    Where those before it have nothing in one period, the shares are the other period's.
    """
    labels = index.to_frame(index=False)
    before = np.broadcast_to(base.sum(axis=1)[:, None], base.shape)
    for k in range(len(order)):
        codes = labels.groupby(list(order[: k + 1]), observed=True).ngroup().to_numpy()
        within = np.array([np.bincount(codes, row)[codes] for row in base])
        share = np.divide(within, before, out=np.zeros_like(within), where=before > 0)
        yield np.where(before > 0, share, share[::-1])
        before = within


def _shapley(value: Value, players: list[str]) -> np.ndarray:
    """(players, groups): each one's average contribution over all orders."""
    n, found = len(players), []
    for player in players:
        others = [name for name in players if name != player]
        total = 0.0
        for size in range(n):
            weight = math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)
            for chosen in combinations(others, size):
                total = total + weight * (value(frozenset({*chosen, player})) - value(frozenset(chosen)))
        found.append(total)
    return np.array(found)


def _result(
    index: pd.Index, factors: list[str], players: list[str], by_group: np.ndarray, y: np.ndarray
) -> Decomposition:
    before, after = y.sum(axis=1)
    effects = by_group.sum(axis=1)
    percent = 100 * effects / before if before > 0 else np.full(len(effects), np.nan)
    table = index.to_frame(index=False).assign(**dict(zip(players, by_group, strict=True)), change=y[1] - y[0])
    names = ["/".join(map(str, key if isinstance(key, tuple) else (key,))) for key in index]
    turned = [(a, b) for a, b in zip(y[0] > 0, y[1] > 0, strict=True)]
    notes = [f"new:{name}" for name, (a, b) in zip(names, turned, strict=True) if b and not a]
    notes += [f"gone:{name}" for name, (a, b) in zip(names, turned, strict=True) if a and not b]
    return Decomposition(
        effects=pd.DataFrame({"component": players, "effect": effects, "percent": percent}),
        by_group=table,
        baseline=float(before),
        current=float(after),
        change=float(after - before),
        notes=tuple(notes),
        method="shapley" if len(factors) > 1 else "das_gupta",
    )
