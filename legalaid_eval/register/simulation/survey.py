"""The awareness survey: eight half-yearly waves, the same townships in each, two wordings of the question."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.cases import coded, days
from legalaid_eval.register.simulation.outreach import pick
from legalaid_eval.register.simulation.places import COUNTIES, KEYS, TOWN_KEYS, TOWN_SHARES, TOWNS, URBAN_TOWNS
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.register.simulation.setting import Setting, stream
from legalaid_eval.register.simulation.truth import Estimand, Tallies, in_force, switches
from legalaid_eval.schemas import register_codes as codes

SURVEY = 22
WAVE_MONTHS = tuple(range(40, 84, 6))
"""May and November from 2022 on."""
PSUS = (2, 3)
RESPONDENTS = 22
WORDING_CHANGE = 5
"""In this wave half were asked in the new wording, afterwards all."""
ADULTS = 0.78
EFFECTS = {"targeted_outreach": 0.42, "miniprogram": 0.06}
"""Log odds of having heard of legal aid at full strength; migrant workers gain 1.4 times as much from outreach."""
JUDGED_BY = {"targeted_outreach": ("heard_of", "knows_where"), "miniprogram": ("knows_where",)}
ITEMS = {"heard_of": 0.95, "knows_free": 1.1, "knows_who": 0.2, "knows_where": 0.6}
ESTIMANDS = {
    name: Estimand(name, "percentage_point", f"{name}, weighted share of adults", "surveyed_on")
    for name in ("heard_of", "knows_where")
}
_SEGMENTS = {"migrant_worker": 0.2, "elderly": 0.2, "woman": 0.2, "minor_parent": 0.15, "general": 0.25}
_SEGMENT_ODDS = np.array([-0.25, -0.30, 0.0, 0.1, 0.05])
_FACTOR = np.array([1.25, 0.8, 1.0, 1.0, 1.0])
_MODE_ODDS = np.array([0.0, -0.1, 0.25])
_NAMES = "segment mode day noise heard_of knows_free knows_who knows_where".split()


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """Respondents of all waves: whom was asked, where, how; and the log odds without any reform."""

    county: np.ndarray
    wave: np.ndarray
    town: np.ndarray
    uniform: np.ndarray
    segment: np.ndarray
    mode: np.ndarray
    wording: np.ndarray
    weight: np.ndarray
    odds: np.ndarray

    @property
    def cell(self) -> np.ndarray:
        return self.county * months.MONTHS + np.array(WAVE_MONTHS)[self.wave - 1]

    def u(self, name: str) -> np.ndarray:
        return self.uniform[_NAMES.index(name)]


def sample(seed: int, base: Setting) -> Sample:
    """Who is asked; townships are drawn once and asked in every wave."""
    counties = range(len(COUNTIES))
    towns = [_towns(seed, county) for county in counties]
    per_wave = sum(PSUS) * RESPONDENTS
    town = np.concatenate([np.tile(np.repeat(chosen, RESPONDENTS), len(WAVE_MONTHS)) for chosen, _ in towns])
    noise = np.concatenate([np.tile(np.repeat(effects, RESPONDENTS), len(WAVE_MONTHS)) for _, effects in towns])
    county = np.repeat(np.arange(len(COUNTIES)), per_wave * len(WAVE_MONTHS))
    wave = np.tile(np.repeat(np.arange(1, len(WAVE_MONTHS) + 1), per_wave), len(COUNTIES))
    size = per_wave * len(WAVE_MONTHS)
    uniform = np.concatenate([stream(seed, SURVEY, c, 1).random((len(_NAMES), size)) for c in counties], axis=1)
    segment = pick(uniform[0], _SEGMENTS, codes.SEGMENT)
    mode = _mode(uniform[1], wave)
    wording = np.where(wave == WORDING_CHANGE, uniform[3] < 0.5, wave > WORDING_CHANGE).astype(int)
    rural = town % TOWNS >= URBAN_TOWNS
    odds = noise - 0.25 * rural + _SEGMENT_ODDS[segment] + _MODE_ODDS[mode] + 0.03 * wave
    odds = odds + base.awareness[county, np.array(WAVE_MONTHS)[wave - 1]] - 0.45 * wording
    return Sample(county, wave, town, uniform, segment, mode, wording, _weights(county, rural, segment), odds)


def _towns(seed: int, county: int) -> tuple[np.ndarray, np.ndarray]:
    """The townships that are asked and how much more or less is known there."""
    rng = stream(seed, SURVEY, county, 0)
    urban = rng.choice(URBAN_TOWNS, PSUS[0], replace=False)
    rural = URBAN_TOWNS + rng.choice(TOWNS - URBAN_TOWNS, PSUS[1], replace=False)
    level = 0.2 * rng.standard_normal()
    return county * TOWNS + np.sort(np.concatenate([urban, rural])), level + 0.2 * rng.standard_normal(sum(PSUS))


def _mode(u: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Fewer are asked face to face from wave to wave, more online."""
    online = 0.08 + 0.04 * wave
    return np.where(u < online, 2, np.where(u < online + 0.35, 1, 0))


def _weights(county: np.ndarray, rural: np.ndarray, segment: np.ndarray) -> np.ndarray:
    """Adults of the stratum for each respondent, times a class for unequal response."""
    people = np.array([place.population for place in COUNTIES])[county] * ADULTS
    share = np.where(rural, TOWN_SHARES[URBAN_TOWNS:].sum(), TOWN_SHARES[:URBAN_TOWNS].sum())
    asked = np.where(rural, PSUS[1], PSUS[0]) * RESPONDENTS
    return np.round(people * share / asked * _FACTOR[segment], 1)


def answers(asked: Sample, world: World) -> dict[str, np.ndarray]:
    """What each respondent says in this world; who has not heard of it knows nothing else."""
    outreach = EFFECTS["targeted_outreach"] * np.where(asked.segment == 0, 1.4, 1.0)
    gain = outreach * world.at("targeted_outreach")[asked.cell]
    gain = gain + EFFECTS["miniprogram"] * world.at("miniprogram")[asked.cell]
    said = {name: asked.u(name) < 1 / (1 + np.exp(-(asked.odds + gain + level))) for name, level in ITEMS.items()}
    return {name: said[name] & said["heard_of"] for name in ITEMS}


def tally(tallies: Tallies, asked: Sample, world: World) -> None:
    """Both potential outcomes, weighted, by county and month of the wave."""
    names = sorted({name for kind in world.active & set(JUDGED_BY) for name in JUDGED_BY[kind]})
    fact = answers(asked, world) if names else {}
    for name in names:
        tallies.factual(name).add(asked.cell, fact[name], asked.weight)
    for switch in switches(world.active):
        judged = {name for kind in switch for name in JUDGED_BY.get(kind, ())}
        rows = in_force(switch)[asked.cell]
        other = answers(asked, world.without(switch)) if judged else {}
        for name in sorted(judged):
            tallies.other(switch, name).add(asked.cell[rows], other[name][rows], asked.weight[rows])


def survey_columns(asked: Sample, world: World, as_of: int) -> dict[str, pa.Array]:
    """The `awareness_survey` table."""
    strata = tuple(f"{key}-{side}" for key in KEYS for side in ("urban", "rural"))
    rural = asked.town % TOWNS >= URBAN_TOWNS
    start = months.STARTS[np.array(WAVE_MONTHS)[asked.wave - 1]]
    number = np.arange(len(asked.town)) % (sum(PSUS) * RESPONDENTS) + 1
    ids = [f"{KEYS[c]}-W{w}-{n:03d}" for c, w, n in zip(asked.county, asked.wave, number, strict=True)]
    return {
        "respondent_id": pa.array(ids),
        "wave": pa.array(asked.wave),
        "surveyed_on": days((start + asked.u("day") * 28).astype(np.int32), as_of),
        "county": coded(asked.county, KEYS),
        "town": coded(asked.town, TOWN_KEYS),
        "stratum": coded(asked.county * 2 + rural, strata),
        "psu": coded(asked.town, TOWN_KEYS),
        "weight": pa.array(asked.weight),
        "mode": coded(asked.mode, codes.SURVEY_MODE),
        "wording": coded(asked.wording, codes.WORDING),
        "segment": coded(asked.segment, codes.SEGMENT),
        **{name: pa.array(said) for name, said in answers(asked, world).items()},
    }
