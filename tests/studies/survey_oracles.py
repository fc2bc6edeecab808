"""What an independent package says on simulated samples.

    python tests/studies/survey_oracles.py tests/reference/survey_oracles.csv

Runs in an environment of its own, with svy 0.35.0, and imports nothing of this project;
`tests/reference/test_survey.py` draws the same samples and compares ours with the table it writes. All data here are
simulated.
"""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

SEEDS = (1, 2, 3)
DESIGNS = {
    "weights": {"wgt": "weight"},
    "strata": {"wgt": "weight", "stratum": "stratum"},
    "clusters": {"wgt": "weight", "psu": "town"},
    "strata and clusters": {"wgt": "weight", "stratum": "stratum", "psu": "town"},
    "finite": {"wgt": "weight", "stratum": "stratum", "psu": "town", "pop_size": "towns"},
}
COLUMNS = "seed design statistic outcome domain estimate std_error ci_low ci_high".split()


def sample(seed: int) -> pd.DataFrame:
    """Three strata of 5 to 7 townships, each with every segment; `aware` is common, `knows` is rarer."""
    rng = np.random.default_rng([seed, 6])
    stratum = np.repeat([0, 1, 2], [5, 6, 7])
    town = np.repeat(np.arange(18), rng.integers(8, 25, 18))
    level = 0.8 * rng.standard_normal(18)[town]
    return pd.DataFrame(
        {
            "stratum": stratum[town],
            "town": town,
            "towns": np.array([12, 20, 31])[stratum[town]],
            "weight": rng.uniform(20, 90, len(town)).round(1),
            "segment": np.resize(["elderly", "migrant", "other"], len(town)),
            "aware": (rng.random(len(town)) < 1 / (1 + np.exp(-1.5 - level))).astype(int),
            "knows": (rng.random(len(town)) < 1 / (1 + np.exp(1 - level))).astype(int),
            "minutes": (30 + 5 * level + rng.normal(0, 8, len(town))).round(2),
        }
    )


def compute() -> pd.DataFrame:
    rows = [(seed, name, *row) for seed in SEEDS for name in DESIGNS for row in _asked(sample(seed), DESIGNS[name])]
    return pd.DataFrame(rows, columns=COLUMNS)


def _asked(frame: pd.DataFrame, design: dict) -> Iterator[tuple]:
    import polars as pl
    import svy

    estimation = svy.Sample(pl.from_pandas(frame), svy.Design(**design)).estimation
    for by in (None, "segment"):
        for outcome in ("aware", "knows"):
            found = estimation.prop(outcome, by=by, ci_method="korn-graubard")
            yield from _rows(
                "proportion", outcome, [one for one in found.estimates if str(one.y_level) in ("1", "1.0")]
            )
        for statistic in ("mean", "total"):
            yield from _rows(statistic, "minutes", getattr(estimation, statistic)("minutes", by=by).estimates)


def _rows(statistic: str, outcome: str, found: list) -> Iterator[tuple]:
    for one in found:
        domain = "" if not one.by_level else one.by_level[0]
        yield statistic, outcome, domain, one.est, one.se, one.lci, one.uci


if __name__ == "__main__":
    compute().to_csv(sys.argv[1], index=False, float_format="%.12g", lineterminator="\n")
