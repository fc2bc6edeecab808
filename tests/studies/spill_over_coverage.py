"""How often the intervals of spill-over hold the truth: counties shaken as a whole, townships by themselves."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from legalaid_eval.estimators.dose_response import neighbour_exposure, spill_over_effect
from tests.studies.base import Row, Study, markdown_table, mean_and_error

COUNTIES, TOWNS, WAVES, ASKED = 12, 5, 8, 22
EFFECTS = {"none": (0.0, 0.0), "own only": (2.0, 0.0), "own and next door": (2.0, 1.0)}
"""Points for a unit of the own dose and of the neighbours'."""
MEMORIES = (0.0, 0.4)
COUNTY, TOWN = 3.0, 3.0
"""Standard deviations, in points, of a county in a wave and of a township in a wave."""
DRAWS, SEEDS = 3, 500
COVERS = (0.93, 0.995)
SETTINGS = tuple(product(EFFECTS, MEMORIES))
TOLD = ("own", "neighbours", "both")
NEIGHBOURS = {
    town: [other for other in range(COUNTIES * TOWNS) if other != town and other // TOWNS == town // TOWNS]
    for town in range(COUNTIES * TOWNS)
}


def shocks(rng: np.random.Generator, places: int, memory: float) -> np.ndarray:
    """(places, waves): AR(1) from wave to wave, of standard deviation 1."""
    noise = rng.standard_normal((places, WAVES + 20))
    return lfilter([1], [1, -memory], noise, axis=1)[:, 20:] * (1 - memory**2) ** 0.5


def simulate(rng: np.random.Generator, effect: str, memory: float) -> pd.DataFrame:
    """Answers of townships by wave; some counties do more than others, and in some waves nothing is done."""
    towns = COUNTIES * TOWNS
    county, town, wave = (axis.ravel() for axis in np.indices((COUNTIES, TOWNS, WAVES)))
    town = county * TOWNS + town
    busy = np.exp(0.6 * shocks(rng, COUNTIES, 0.5))[county, wave]
    reach = rng.exponential(busy) * (rng.random(len(wave)) < 0.8)
    people = np.exp(rng.uniform(0, 1.5, towns))
    frame = pd.DataFrame({"county": county, "town": town, "wave": wave, "reach": reach, "people": people[town]})
    frame["next_door"] = neighbour_exposure(
        frame, place="town", neighbours=NEIGHBOURS, dose="reach", time="wave", weight="people"
    )
    own, near = EFFECTS[effect]
    moved = COUNTY * shocks(rng, COUNTIES, memory)[county, wave] + TOWN * shocks(rng, towns, memory)[town, wave]
    level = rng.normal(55, 6, towns)[town] + 1.5 * wave + own * frame["reach"] + near * frame["next_door"] + moved
    asked = rng.integers(ASKED // 2, 3 * ASKED // 2, len(frame))
    # A share is drawn about its level without the bounds of 0 and 100: what is asked is the interval, not the curve.
    sampling = rng.normal(0, 100 * 0.48 / np.sqrt(asked))
    return frame.assign(aware=level + sampling, asked=asked)


def fitted(frame: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Estimate and ends of each effect."""
    names = {"place": "town", "cluster": "county", "time": "wave", "dose": "reach", "neighbour_dose": "next_door"}
    found = spill_over_effect(frame, value="aware", weight="asked", **names)
    estimates = ((name, getattr(found, name)) for name in TOLD)
    return {name: (each.estimate, each.ci_low, each.ci_high) for name, each in estimates}


def rows(seed: int) -> Iterator[Row]:
    for index, (effect, memory) in enumerate(SETTINGS):
        rng = np.random.default_rng([seed, index])
        truth = dict(zip(TOLD, (*EFFECTS[effect], sum(EFFECTS[effect])), strict=True))
        drawn = [fitted(simulate(rng, effect, memory)) for _ in range(DRAWS)]
        held = [sum(each[name][1] <= truth[name] <= each[name][2] for each in drawn) for name in TOLD]
        error = sum(each["neighbours"][0] - truth["neighbours"] for each in drawn)
        width = sum(each["neighbours"][2] - each["neighbours"][1] for each in drawn)
        yield seed, index, *held, f"{error:.2f}", f"{width:.2f}"


def by_setting(stored: Sequence[dict[str, str]]) -> Iterator[tuple[tuple[str, float], pd.DataFrame]]:
    frame = pd.DataFrame(stored).astype(float)
    for index, seeds in frame.groupby("setting"):
        yield SETTINGS[int(index)], seeds


def of_draws(seeds: pd.DataFrame, column: str) -> tuple[float, float]:
    return mean_and_error((seeds[column] / DRAWS).tolist())


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for setting, seeds in by_setting(stored):
        held = ("{:.4f} ± {:.4f}".format(*of_draws(seeds, f"held_{name}")) for name in TOLD)
        error = "{:.3f} ± {:.3f}".format(*of_draws(seeds, "error"))
        lines.append((*setting, *held, f"{seeds['width'].mean() / DRAWS:.2f}", error))
    head = "effect,memory,own covers,next door covers,sum covers,width next door,mean error next door"
    return f"""\
## Outreach next door: the intervals of spill-over

`estimators.dose_response.spill_over_effect`: {COUNTIES} simulated counties of {TOWNS} townships, {WAVES} waves, about
{ASKED} respondents in each township and wave; the neighbours are the other townships of the county, weighted by
residents. A county moves from wave to wave with a standard deviation of {COUNTY:.0f} points and each of its townships
by {TOWN:.0f} more (memory as said). Effects of a unit of the dose: none; 2 points of the own one; besides, 1 point of
the neighbours'. {SEEDS * DRAWS:,} simulated surveys of each setting; widths and errors in points, ± is the Monte Carlo
error.

{markdown_table(head.split(","), lines)}
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for setting, seeds in by_setting(stored):
        for name in TOLD:
            held = of_draws(seeds, f"held_{name}")[0]
            if not COVERS[0] <= held <= COVERS[1]:
                faults.append(f"{setting}: {name} covers {held:.4f}")
        bias, error = of_draws(seeds, "error")
        spread = (seeds["error"] / DRAWS**0.5).std()
        if abs(bias) > 0.1 * spread + 2 * error:
            faults.append(f"{setting}: mean error {bias:.3f}")
    return faults


COLUMNS = ("seed", "setting", *(f"held_{name}" for name in TOLD), "error", "width")
STUDY = Study("spill_over_coverage", COLUMNS, tuple(range(1, SEEDS + 1)), rows, report, broken)
