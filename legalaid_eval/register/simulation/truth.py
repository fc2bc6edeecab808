"""The truth of a seed: each reform's effect, from both potential outcomes, over the county-months it was in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import yaml

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import Chunk
from legalaid_eval.register.simulation.outcomes import BY_NAME, JUDGED_BY, Outcome
from legalaid_eval.register.simulation.places import CITY, COUNTIES, KEYS
from legalaid_eval.register.simulation.reforms import KINDS, NEVER, SCHEDULE, Confounded, World, confounded, started
from legalaid_eval.register.simulation.setting import CELLS, Setting

DIGITS = 6
Switch = tuple[str, ...]
"""Reforms switched off together: one, or a confounded pair."""


@dataclass(eq=False, slots=True)
class Tally:
    """Numbers and sums by cell."""

    count: np.ndarray = field(default_factory=lambda: np.zeros(CELLS))
    total: np.ndarray = field(default_factory=lambda: np.zeros(CELLS))

    def add(self, cell: np.ndarray, values: np.ndarray | None = None, weight: np.ndarray | None = None) -> None:
        weight = np.ones(len(cell)) if weight is None else weight
        self.count += np.bincount(cell, weight, minlength=CELLS)
        if values is not None:
            self.total += np.bincount(cell, weight * values, minlength=CELLS)


@dataclass(frozen=True, eq=False, slots=True)
class Tallies:
    """Both potential outcomes of every switch: `with_` once per outcome, `without` per switch and outcome."""

    with_: dict[str, Tally] = field(default_factory=dict)
    without: dict[tuple[Switch, str], Tally] = field(default_factory=dict)

    def factual(self, name: str) -> Tally:
        return self.with_.setdefault(name, Tally())

    def other(self, switch: Switch, name: str) -> Tally:
        return self.without.setdefault((switch, name), Tally())


@dataclass(frozen=True, slots=True)
class Estimand:
    """How the tallies of an outcome are turned into one number."""

    name: str
    unit: str
    meaning: str
    counted_by: str
    horizon: int | None = None


def switches(active: Iterable[str]) -> tuple[Switch, ...]:
    """Everything that is switched off once: each reform, then each confounded pair."""
    active = frozenset(active)
    single = tuple((kind,) for kind in KINDS if kind in active)
    return single + tuple(pair.kinds for pair in confounded(active))


def in_force(switch: Switch) -> np.ndarray:
    """Cells in which any reform of the switch is in force."""
    return np.logical_or.reduce([started(kind) for kind in switch])


def tally_cases(tallies: Tallies, fact: Chunk, world: World, base: Setting, as_of: int) -> None:
    """Add a chunk's cases, in the world as it is and in every world with a switch off."""
    names = sorted({name for kind in world.active for name in JUDGED_BY[kind]})
    for name in names:
        _add(tallies.factual(name), BY_NAME[name], fact, as_of)
    for switch in switches(world.active):
        outcomes = [BY_NAME[name] for name in names if any(name in JUDGED_BY[kind] for kind in switch)]
        if outcomes:
            rows = _concerned(fact, switch, any(outcome.ended for outcome in outcomes))
            other = Chunk.of(fact.draws.take(rows), world.without(switch), base)
            for outcome in outcomes:
                _add(tallies.other(switch, outcome.name), outcome, other, as_of)


def _concerned(fact: Chunk, switch: Switch, ended: bool) -> np.ndarray:
    """Candidates in cells where the reform is in force; for ends of cases all of the counties that have it."""
    force = in_force(switch)
    if ended:
        force = np.repeat(force.reshape(len(COUNTIES), -1).any(axis=1), months.MONTHS)
    return np.flatnonzero(force[fact.draws.cell])


def _add(tally: Tally, outcome: Outcome, chunk: Chunk, as_of: int) -> None:
    values, mask = outcome.measure(chunk)
    mask = mask & chunk.came.exists
    if outcome.ended:
        mask &= chunk.worth.closed & (chunk.run.ended <= as_of)
    rows = np.flatnonzero(mask)
    cell = (chunk.worth.cell if outcome.ended else chunk.draws.cell)[rows]
    tally.add(cell, None if outcome.is_count else np.asarray(values, float)[rows])


def case_estimands() -> dict[str, Estimand]:
    return {
        o.name: Estimand(o.name, o.unit, o.meaning, "closed_on" if o.ended else "applied_on or notice_on", o.horizon)
        for o in BY_NAME.values()
    }


def effect(one: Tally, other: Tally, cells: np.ndarray, unit: str) -> dict[str, float | None]:
    """The effect over `cells`: ratio of counts, or mean difference weighted by the cases of the world as it is."""
    if unit == "rate_ratio":
        more, less = one.count[cells].sum(), other.count[cells].sum()
        return {"value": _round(more / less) if less else None, "n": _round(more)}
    used = cells & (one.count > 0) & (other.count > 0)
    if not used.any():
        return {"value": None, "n": 0}
    weight = one.count[used]
    gap = one.total[used] / weight - other.total[used] / other.count[used]
    value = (weight * gap).sum() / weight.sum() * (100 if unit == "percentage_point" else 1)
    return {"value": _round(value), "n": _round(weight.sum())}


def _round(value: float) -> float:
    found = float(f"{value:.{DIGITS}g}")
    return int(found) if found.is_integer() and abs(found) > 10 else found


def truth(
    seed: int, world: World, tallies: Tallies, estimands: Mapping[str, Estimand], scale: float
) -> dict[str, object]:
    """Everything that `truth.yaml` holds."""
    found = {switch: _of_switch(switch, tallies, estimands) for switch in switches(world.active)}
    return {
        "simulated": True,
        "city": CITY,
        "seed": seed,
        "scale": scale,
        "reforms_on": [kind for kind in KINDS if kind in world.active],
        "definition": "the city as it is against the same city had the reform never begun, same draws; "
        "over treated county-months; mean differences are weighted by the cases of each county-month as it is",
        "reforms": {
            kind: {"counties": _counties(kind), "never": _never(kind), "estimands": found[(kind,)]}
            for kind in KINDS
            if kind in world.active
        },
        "confounded": [_of_pair(pair, found[pair.kinds]) for pair in confounded(world.active)],
    }


def _of_pair(pair: Confounded, together: dict[str, dict]) -> dict[str, object]:
    return {
        "reforms": list(pair.kinds),
        "counties": list(pair.counties),
        "share": _round(pair.share),
        "inseparable": pair.inseparable,
        "together": together,
    }


def _of_switch(switch: Switch, tallies: Tallies, estimands: Mapping[str, Estimand]) -> dict[str, dict]:
    found = {}
    for (which, name), other in tallies.without.items():
        if which != switch:
            continue
        what, one, cells = estimands[name], tallies.with_[name], in_force(switch)
        entry = {"unit": what.unit, "counted_by": what.counted_by, "meaning": what.meaning}
        entry |= {"horizon": what.horizon} if what.horizon else {}
        years = _since(switch) // 12
        grown = [effect(one, other, cells & (years == year), what.unit) for year in range(years.max() + 1)]
        found[name] = entry | effect(one, other, cells, what.unit) | {"by_year": [year["value"] for year in grown]}
    return found


def _since(switch: Switch) -> np.ndarray:
    """Months since the first reform of the switch began, by cell; negative before."""
    first = np.min([SCHEDULE[KINDS.index(kind)] for kind in switch], axis=0)
    return (np.arange(months.MONTHS)[None] - first[:, None]).ravel()


def _counties(kind: str) -> dict[str, str]:
    dates = SCHEDULE[KINDS.index(kind)]
    return {
        key: f"{months.FIRST_YEAR + int(month) // 12}-{int(month) % 12 + 1:02d}-01"
        for key, month in zip(KEYS, dates, strict=True)
        if month < NEVER
    }


def _never(kind: str) -> list[str]:
    return [key for key, month in zip(KEYS, SCHEDULE[KINDS.index(kind)], strict=True) if month == NEVER]


def to_yaml(found: dict[str, object]) -> bytes:
    return yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=110).encode()
