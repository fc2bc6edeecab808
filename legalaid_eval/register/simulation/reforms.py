"""Which reform began where and when, how strong it is in each county and month, and which cannot be told apart."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np

from legalaid_eval.register.simulation.months import FIRST_YEAR, MONTHS
from legalaid_eval.register.simulation.places import COUNTIES, KEYS
from legalaid_eval.schemas.register_codes import REFORM_KIND as KINDS

NEVER = MONTHS
GROWN_AFTER = 12
GROWTH_PER_MONTH = 0.006
MOST = 1.5
SHARED_AT_LEAST = 0.3
"""Two reforms are confounded if they began together in at least this share of the rarer one's counties."""

_FROM = {
    "one_day_review": "2024-02 2020-10 2022-04 - - 2021-08 2020-09 2023-08 2022-05 - 2023-03 2022-10",
    "on_the_spot": "2022-05 - 2022-04 2023-01 - 2021-08 2020-09 2023-08 - 2023-05 - 2022-10",
    "four_steps_one_day": "2023-09 2023-11 2020-07 2021-04 2022-01 - - - 2023-04 2022-06 2021-07 2023-02",
    "miniprogram": "2023-09 - - - 2021-02 2022-09 - 2023-11 2023-04 2021-09 2021-07 2020-12",
    "green_lane": "- 2020-10 2024-03 2022-02 2021-10 - - 2021-04 2023-05 2021-06 2023-10 2024-02",
    "aid_first": "2020-10 2024-02 2022-03 2023-01 2023-09 2022-07 2021-12 - - 2021-10 - -",
    "means_waiver": "2022-06 - 2023-08 2022-11 2023-12 2021-04 2023-05 2022-07 2022-12 2023-02 - -",
    "commitment": "2022-06 - 2023-08 2022-11 2023-12 2021-04 2023-05 2022-07 2022-12 2023-02 - -",
    "quality_subsidy": "- 2022-05 2022-09 2024-02 2022-07 2023-12 2021-10 - 2022-04 2024-04 2023-03 -",
    "tariff_change": "2023-06 - 2022-09 2024-02 2024-04 2023-12 2021-10 - 2021-01 - - 2023-09",
    "targeted_outreach": "- 2023-10 2023-04 - - 2023-11 2023-09 2023-07 2023-03 2024-04 - 2024-02",
    "duty_rota": "2021-10 - - 2022-02 - 2022-11 2021-12 - 2023-02 2020-09 2021-03 2024-02",
    "monthly_ranking": "- 2021-07 2020-12 2022-11 2022-08 2020-07 2020-10 2022-04 2021-11 - - 2023-01",
    "criminal_coverage": "- 2020-09 - 2022-04 2021-01 - 2020-11 2024-04 - 2023-04 2023-10 2021-02",
    "joint_labour": "2022-04 2020-08 - 2021-08 - 2023-01 2021-04 2023-09 2023-04 2022-02 2024-01 -",
    "supervision": "2021-06 2024-02 2023-08 2023-01 2020-12 2021-11 - 2021-12 2022-02 - - -",
    "callbacks": "2021-06 2022-05 2023-08 - 2020-12 2021-11 - 2021-04 2022-02 2023-04 - 2022-01",
}


def _month(text: str) -> int:
    return NEVER if text == "-" else 12 * (int(text[:4]) - FIRST_YEAR) + int(text[5:]) - 1


SCHEDULE = np.array([[_month(text) for text in _FROM[kind].split()] for kind in KINDS])
"""First treated month by reform and county, in the order of KINDS and COUNTIES; NEVER where there is none."""


def started(kind: str) -> np.ndarray:
    """Whether the reform is in force, by cell: counties x months, flattened."""
    return (np.arange(MONTHS)[None] >= SCHEDULE[KINDS.index(kind)][:, None]).ravel()


@dataclass(frozen=True, eq=False, slots=True)
class World:
    """A city with some reforms switched on: `strength` by reform and cell, 0 before and where a reform is off.

    A reform grows to full strength (1, times a factor of the county) over a year and a little more afterwards.
    """

    strength: np.ndarray
    active: frozenset[str]

    @classmethod
    def of(cls, seed: int, active: Iterable[str]) -> "World":
        active = frozenset(active)
        since = np.arange(MONTHS)[None, None] - SCHEDULE[:, :, None]
        ramp = np.minimum(1, (since + 1) / GROWN_AFTER) + GROWTH_PER_MONTH * np.maximum(since - GROWN_AFTER + 1, 0)
        on = np.array([kind in active for kind in KINDS])
        rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
        county = np.clip(rng.normal(1, 0.2, SCHEDULE.shape), 0.5, 1.4)
        strength = np.where(since >= 0, np.minimum(ramp * county[:, :, None], MOST), 0) * on[:, None, None]
        return cls(strength.reshape(len(KINDS), -1), active)

    def at(self, kind: str) -> np.ndarray:
        """Strength of a reform by cell."""
        return self.strength[KINDS.index(kind)]

    def without(self, kinds: Collection[str]) -> "World":
        """The same city had these reforms never begun: the other potential outcome."""
        kept = np.array([kind not in kinds for kind in KINDS])
        return World(self.strength * kept[:, None], self.active - frozenset(kinds))


@dataclass(frozen=True, slots=True)
class Confounded:
    """Two reforms that began in the same month in some counties; inseparable if in all of them."""

    kinds: tuple[str, str]
    counties: tuple[str, ...]
    share: float
    inseparable: bool


def confounded(active: Collection[str]) -> tuple[Confounded, ...]:
    """The pairs of reforms whose effects cannot, or can hardly, be told apart."""
    found = []
    for one, other in combinations([kind for kind in KINDS if kind in active], 2):
        first, second = SCHEDULE[KINDS.index(one)], SCHEDULE[KINDS.index(other)]
        same = (first == second) & (first < NEVER)
        share = same.sum() / min((first < NEVER).sum(), (second < NEVER).sum())
        if share >= SHARED_AT_LEAST:
            where = tuple(key for key, shared in zip(KEYS, same, strict=True) if shared)
            found.append(Confounded((one, other), where, float(share), bool((first == second).all())))
    return tuple(found)


def reform_rows(active: Collection[str]) -> dict[str, list]:
    """The `reforms` table of a city in which these reforms are on."""
    rows = [
        (COUNTIES[county].key, kind, date(FIRST_YEAR + int(month) // 12, int(month) % 12 + 1, 1), "simulated")
        for number, kind in enumerate(KINDS)
        for county, month in enumerate(SCHEDULE[number])
        if kind in active and month < NEVER
    ]
    names = ("place", "kind", "effective_on", "note")
    return {name: [row[number] for row in rows] for number, name in enumerate(names)}
