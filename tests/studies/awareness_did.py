"""How often the interval of outreach's effect on awareness holds it: few treated counties, the same townships asked."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from legalaid_eval.chapters.awareness_panels import panel_of
from legalaid_eval.chapters.reform_results import Outcome
from legalaid_eval.checks.base import Comparison
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.survey import wave_means
from tests.studies.base import Row, Study, markdown_table, mean_and_error

COUNTIES, STRATA, ASKED = 12, np.array([0, 0, 1, 1, 1]), 22
"""Counties; strata of the five townships of each; respondents in a township and wave."""
TREATED, WAVES, MEMORIES, EFFECTS = (3, 5), (4, 8), (0.0, 0.4), ("none", "unequal")
FIRST = {4: (2, 3), 8: (3, 5)}
"""Waves between which campaigns begin, counted from 0."""
SHOCK, TOWN, TOWN_SHOCK = 0.03, 0.05, 0.03
"""Standard deviations: of a county in a wave, of a township for good, of a township in a wave."""
EFFECT, SPREAD = 0.06, 0.03
DRAWS = 5
SEEDS = 400
LEVEL, NORMAL = 0.95, 1.959964
REJECTS, COVERS = (0.01, 0.08), (0.93, 0.995)
SETTINGS = tuple(product(TREATED, WAVES, MEMORIES, EFFECTS))
AWARE = Outcome("heard_of", "percentage_point", False, "OA03")
METHODS = ("placebo_pool", "cr2", "taylor")


def shocks(rng: np.random.Generator, waves: int, memory: float) -> np.ndarray:
    """(counties, waves): AR(1) from wave to wave."""
    noise = rng.standard_normal((COUNTIES, waves + 20))
    return lfilter([1], [1, -memory], noise, axis=1)[:, 20:] * SHOCK * (1 - memory**2) ** 0.5


def simulate(
    rng: np.random.Generator, treated: int, waves: int, memory: float, effect: str
) -> tuple[pd.DataFrame, dict[int, int], float]:
    """Answers as cells, the first treated wave by county, and the true mean effect in percentage points, by adults."""
    towns, last = len(STRATA), FIRST[waves]
    people = np.exp(rng.uniform(np.log(100), np.log(500), COUNTIES))
    start = np.full(COUNTIES, waves)
    start[:treated] = rng.integers(last[0], last[1] + 1, treated)
    since = np.arange(waves) - start[:, None]
    own = rng.normal(EFFECT, SPREAD, (COUNTIES, 1)) * (1 + 0.1 * since) if effect == "unequal" else np.zeros((1, 1))
    added = np.where(since >= 0, own, 0.0)[:, None, :]
    level = rng.normal(0.65, 0.06, COUNTIES)[:, None] + 0.015 * np.arange(waves) + shocks(rng, waves, memory)
    township = rng.normal(0, TOWN, (COUNTIES, towns, 1)) + rng.normal(0, TOWN_SHOCK, (COUNTIES, towns, waves))
    without, share = (np.clip(level[:, None, :] + township + part, 0.02, 0.98) for part in (0.0, added))
    yes = rng.binomial(ASKED, share)
    weight = np.broadcast_to((people[:, None] / towns)[:, :, None], yes.shape) / ASKED
    place = [np.broadcast_to(axis, yes.shape).ravel() for axis in np.ogrid[:COUNTIES, :towns, :waves]]
    columns = {"county": place[0], "psu": place[1], "wave": place[2], "stratum": STRATA[place[1]]}
    frame = pd.DataFrame(columns | {"weight": weight.ravel()})
    cells = pd.concat([frame.assign(said=1.0, n=yes.ravel()), frame.assign(said=0.0, n=ASKED - yes.ravel())])
    counted = np.where(since >= 0, people[:, None], 0.0)
    gained = (share - without).mean(axis=1)
    return cells, dict(enumerate(start.tolist())), float(100 * (counted * gained).sum() / counted.sum())


def fitted(cells: pd.DataFrame, start: dict[int, int], waves: int) -> dict[str, Estimate | float]:
    """The effect with the chapter's interval, with CR2's, and with the sampling error alone."""
    design = {"weight": "weight", "stratum": "stratum", "psu": "psu", "count": "n"}
    means = wave_means(cells, outcome="said", wave="wave", unit="county", **design)
    months = {wave: str(pd.Period("2020-01", "M") + 6 * wave) for wave in range(waves)}
    panel = panel_of(means, months, AWARE, "half_year", scale=100)
    begun = {county: months[wave] for county, wave in start.items() if wave < waves}
    frame = panel.frame.assign(start=panel.frame["place"].map(begun).astype(object))
    frame["start"] = frame["start"].where(frame["start"].notna(), None)
    fit = Comparison(frame, panel.period, covariance=panel.covariance).fit
    error = float(np.sqrt(fit.contrast.own_sampling_variance.sum()))
    return {name: fit.estimate_with(name) for name in METHODS[:2]} | {"taylor": error}


def drawn(seed: int, index: int) -> Iterator[tuple[float, list[float]]]:
    """Of each draw the error and the half-widths of METHODS."""
    treated, waves, memory, effect = SETTINGS[index]
    rng = np.random.default_rng([seed, index])
    for _ in range(DRAWS):
        cells, start, truth = simulate(rng, treated, waves, memory, effect)
        found = fitted(cells, start, waves)
        halves = [(found[name].ci_high - found[name].ci_low) / 2 for name in METHODS[:2]]
        yield found["cr2"].estimate - truth, [*halves, NORMAL * found["taylor"]]


def rows(seed: int) -> Iterator[Row]:
    for index in range(len(SETTINGS)):
        found = list(drawn(seed, index))
        held = [sum(abs(error) <= halves[at] for error, halves in found) for at in range(len(METHODS))]
        widths = [sum(2 * halves[at] for _, halves in found) for at in range(2)]
        bias = sum(error for error, _ in found)
        yield seed, index, *held, f"{bias:.2f}", *(f"{width:.1f}" for width in widths)


def by_setting(stored: Sequence[dict[str, str]]) -> Iterator[tuple[tuple, pd.DataFrame]]:
    frame = pd.DataFrame(stored).astype(float)
    for index, seeds in frame.groupby("setting"):
        yield SETTINGS[int(index)], seeds


def coverage(seeds: pd.DataFrame, method: str) -> tuple[float, float]:
    return mean_and_error((seeds[f"held_{method}"] / DRAWS).tolist())


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for setting, seeds in by_setting(stored):
        mean, error = coverage(seeds, "placebo_pool")
        others = [f"{coverage(seeds, name)[0]:.4f}" for name in METHODS[1:]]
        widths = [f"{seeds[f'width_{name}'].mean() / DRAWS:.1f}" for name in METHODS[:2]]
        bias = mean_and_error((seeds["error"] / DRAWS).tolist())
        told = f"{bias[0]:.3f} ± {bias[1]:.3f}"
        lines.append((*setting, f"{mean:.4f} ± {error:.4f}", widths[0], others[0], widths[1], others[1], told))
    head = "treated,waves,memory,effect,coverage,width,CR2 covers,CR2 width,sampling error alone covers,mean error"
    return f"""\
## Outreach and awareness: the interval of an effect between few counties

`chapters.awareness_panels` and `estimators.did.imputation_att` with `inference="placebo_pool"`: {COUNTIES} simulated
counties of unequal size, {len(STRATA)} townships in two strata of each, the same in every wave, {ASKED} respondents in
each; campaigns begin at different waves. A county's awareness moves from wave to wave with a standard deviation of
{100 * SHOCK:.0f} points (memory as said), its townships by {100 * TOWN_SHOCK:.0f} more and are {100 * TOWN:.0f} apart
for good. {SEEDS * DRAWS:,} simulated surveys of each setting. Effects: none, or unequal ({100 * EFFECT:.0f} points on
average, standard deviation {100 * SPREAD:.0f}, growing). The truth is the mean over the treated counties' adults.
Without effect, one minus the coverage is how often the test rejects. Widths and errors in points; ± is the Monte Carlo
error.

{markdown_table(head.split(","), lines)}
The sampling error of the townships alone, as survey software gives it, takes every movement of a county for the
campaign's: it is shown for what it misses and used nowhere. CR2 asks another question, about counties like these.
"""


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for setting, seeds in by_setting(stored):
        held = coverage(seeds, "placebo_pool")[0]
        if setting[-1] == "none" and not REJECTS[0] <= 1 - held <= REJECTS[1]:
            faults.append(f"{setting}: rejects {1 - held:.4f}")
        if setting[-1] != "none" and not COVERS[0] <= held <= COVERS[1]:
            faults.append(f"{setting}: covers {held:.4f}")
        bias, error = mean_and_error((seeds["error"] / DRAWS).tolist())
        spread = (seeds["error"] / DRAWS**0.5).std()
        if abs(bias) > 0.1 * spread + 2 * error:
            faults.append(f"{setting}: mean error {bias:.3f}")
    return faults


COLUMNS = ("seed", "setting", *(f"held_{name}" for name in METHODS), "error", "width_placebo_pool", "width_cr2")
STUDY = Study("awareness_did", COLUMNS, tuple(range(1, SEEDS + 1)), rows, report, broken)
