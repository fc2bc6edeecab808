"""Simulated outcomes of twelve places, for tests of reform effects: additive, so that every truth is known."""

import numpy as np
import pandas as pd

from legalaid_eval.chapters.reform_effect import Outcome, OutcomePanel, Reforms

DAYS = Outcome("decision_days", "working_day", True, "TM01")
PERIODS = 60


def months(count, first=2019 * 12):
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(first, first + count)]


def place(number):
    return f"place {number:02d}"


def starts_text(starts):
    return {place(i): months(PERIODS)[start] for i, start in enumerate(starts) if start is not None}


def panel(starts, *, effect=-1.0, places=12, seed=3, noise=0.2, added=0.0, outcome=DAYS):
    """Places' levels, a common season, shocks, `effect` from each start on, and what is `added` (places, periods)."""
    rng = np.random.default_rng(seed)
    since = since_start(starts, places)
    level = 4 + rng.normal(0, 0.5, (places, 1)) + 0.3 * np.sin(np.arange(PERIODS) * np.pi / 6)
    values = level + rng.normal(0, noise, (places, PERIODS)) + np.where(since >= 0, effect, 0.0) + added
    n = rng.integers(20, 60, (places, PERIODS)).astype(float)
    frame = pd.DataFrame(
        {
            "place": np.repeat([place(i) for i in range(places)], PERIODS),
            "month": np.tile(months(PERIODS), places),
            "n": n.ravel(),
            "value": values.ravel(),
            "variance": (0.01 * noise**2 / n).ravel(),
        }
    )
    return OutcomePanel(frame, outcome)


def since_start(starts, places=12):
    """(places, periods): months since the start; -inf where there is none."""
    start = np.full(places, np.inf)
    for i, one in enumerate(starts):
        start[i] = np.inf if one is None else one
    return np.arange(PERIODS) - start[:, None]


def reforms(**starts):
    return Reforms({kind: starts_text(each) for kind, each in starts.items()})
