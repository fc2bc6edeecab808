"""How often the default interval of a survey proportion holds the truth, down to eight clusters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.estimators import survey
from legalaid_eval.estimators.survey.korn_graubard import ASSUMED
from tests.studies.base import Row, Study, markdown_table, mean_and_error

RATES = (0.5, 0.9, 0.98)
DRAWS = 10
LEAST, MOST = 0.93, 0.98
"""Least coverage at every rate, and most at a rate of one half."""
SHARES = np.array([0.4, 0.3, 0.2, 0.1])
"""Shares of the population in four strata that are sampled alike, and so weigh unequally."""
APART = np.array([1.0, 0.0, -1.0, -2.0])
"""How the strata's rates differ, in quarters of rate (1 - rate); weighted by the shares they cancel out."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A sample: clusters (0: none), respondents in each, correlation within them, strata, spread of the weights."""

    name: str
    clusters: int
    size: int
    rho: float = 0.0
    strata: int = 1
    weight_spread: float = 0.0


SETTINGS = (
    Setting("200 persons, simple random", 0, 200),
    Setting("200 persons, unequal weights", 0, 200, weight_spread=0.5),
    Setting("8 clusters of 25", 8, 25, 0.05),
    Setting("8 clusters of 25", 8, 25, 0.1),
    Setting("8 clusters of 25, unequal weights", 8, 25, 0.05, weight_spread=0.5),
    Setting("8 clusters of 25, unequal weights", 8, 25, 0.1, weight_spread=0.5),
    Setting("8 clusters of 25 in 4 strata, unequal weights", 8, 25, 0.05, 4, 0.5),
    Setting("8 clusters of 25 in 4 strata, unequal weights", 8, 25, 0.1, 4, 0.5),
    Setting("8 clusters of 100", 8, 100, 0.1),
    Setting("40 clusters of 20 in 4 strata, unequal weights", 40, 20, 0.05, 4, 0.5),
)


def sample(setting: Setting, rate: float, rng: np.random.Generator) -> tuple[pd.DataFrame, dict[str, str]]:
    """Respondents and the names of the design's columns. Clusters' rates are beta distributed, weights lognormal."""
    clusters = max(setting.clusters, 1)
    stratum = np.repeat(np.arange(setting.strata), clusters // setting.strata)
    rates = np.full(clusters, rate)
    weight = np.ones(clusters)
    if setting.strata > 1:
        rates = rate + 0.25 * rate * (1 - rate) * APART[stratum]
        weight = SHARES[stratum]
    if setting.rho:
        rest = (1 - setting.rho) / setting.rho
        rates = rng.beta(rates * rest, (1 - rates) * rest)
    cluster = np.repeat(np.arange(clusters), setting.size)
    own = np.exp(setting.weight_spread * rng.standard_normal(len(cluster)))
    frame = pd.DataFrame({"aware": rng.random(len(cluster)) < rates[cluster], "weight": weight[cluster] * own})
    frame["town"], frame["stratum"] = cluster, stratum[cluster]
    used = {
        "weight": ("weight", setting.weight_spread > 0),
        "psu": ("town", setting.clusters > 0),
        "stratum": ("stratum", setting.strata > 1),
    }
    return frame, {name: column for name, (column, is_used) in used.items() if is_used}


def row(seed: int, index: int, rate: float) -> Row:
    rng = np.random.default_rng([seed, index, round(100 * rate)])
    found = []
    for _ in range(DRAWS):
        frame, names = sample(SETTINGS[index], rate, rng)
        ways = ("auto", "korn_graubard")
        found.append([survey.proportion(frame, outcome="aware", method=way, **names) for way in ways])
    covered, published = (sum(one[way].ci_low <= 100 * rate <= one[way].ci_high for one in found) for way in (0, 1))
    width = sum(one.ci_high - one.ci_low for one, _ in found)
    return seed, index, rate, DRAWS, covered, published, f"{width:.1f}"


def rows(seed: int) -> Iterator[Row]:
    return (row(seed, index, rate) for index in range(len(SETTINGS)) for rate in RATES)


def of_setting(stored: Sequence[dict[str, str]], index: int, rate: float) -> list[dict[str, str]]:
    return [r for r in stored if int(r["setting"]) == index and float(r["rate"]) == rate]


def report(stored: Sequence[dict[str, str]]) -> str:
    lines = []
    for index, setting in enumerate(SETTINGS):
        for rate in RATES:
            own = of_setting(stored, index, rate)
            mean, error = mean_and_error([int(r["covered"]) / DRAWS for r in own])
            width = sum(float(r["width"]) for r in own) / DRAWS / len(own)
            lines.append((setting.name, setting.rho or "", rate, f"{mean:.4f}", f"{error:.4f}", f"{width:.1f}"))
    samples = len(of_setting(stored, 0, RATES[0])) * DRAWS
    head = ("sample", "correlation", "true rate", "coverage", "± error", "mean width, points")
    return f"""\
## Surveys: how often the interval of a proportion holds the truth

`estimators.survey.proportion`, default method, confidence level 0.95: {samples:,} simulated samples of each setting.
Clusters' rates are beta distributed round their stratum's, so that answers within a cluster correlate as said; weights
are lognormal (coefficient of variation about one half), and strata of 40, 30, 20 and 10 percent of the population are
sampled alike. Coverage must be at least {LEAST} everywhere and at most {MOST} at a true rate of one half.

{markdown_table(head, lines)}
Near 100 percent, and with few clusters, the few who say no often sit in one or two clusters or are spread out by
chance, and the sample cannot tell how alike its clusters are. There the default takes a correlation of {ASSUMED}
instead of the measured one if that gives a wider interval. Below, at a true rate of {RATES[-1]}, beside the interval
without this, as Korn and Graubard (1998) published it.

{markdown_table(("sample", "correlation", "published covers", "default covers"), list(_published(stored)))}"""


def _published(stored: Sequence[dict[str, str]]) -> Iterator[tuple[object, ...]]:
    """Coverage without and with the caution for sparse answers, where samples have clusters."""
    for index, setting in enumerate(SETTINGS):
        own = of_setting(stored, index, RATES[-1])
        if setting.clusters:
            ways = (sum(int(r[name]) for r in own) / DRAWS / len(own) for name in ("covered_published", "covered"))
            yield setting.name, setting.rho, *(f"{share:.4f}" for share in ways)


def broken(stored: Sequence[dict[str, str]]) -> list[str]:
    faults = []
    for index, setting in enumerate(SETTINGS):
        for rate in RATES:
            own = of_setting(stored, index, rate)
            mean = sum(int(r["covered"]) for r in own) / DRAWS / len(own)
            if mean < LEAST or (rate == RATES[0] and mean > MOST):
                faults.append(f"{setting.name}, correlation {setting.rho}, rate {rate}: coverage {mean:.4f}")
    return faults


COLUMNS = ("seed", "setting", "rate", "draws", "covered", "covered_published", "width")
STUDY = Study("survey_coverage", COLUMNS, tuple(range(1, 201)), rows, report, broken)
