"""The data of the picture of awareness: shares by wave, with intervals, wordings and ways of asking."""

import pandas as pd

from legalaid_eval.chapters.awareness_findings import Awareness
from legalaid_eval.chapters.awareness_tables import item_name, mode_name, wording_name
from legalaid_eval.content import Code, Figure, Quantity

WAVES = "month question estimate ci_low ci_high wording mode n".split()
ONE_MODE = 90
"""Percent of the interviews from which a wave counts as asked in one way."""
SEVERAL = "several"
UNCERTAIN = ("estimate", "ci_low", "ci_high")


def waves(aware: Awareness) -> Figure:
    """Everything that is a share, item by item; waves without a day have no place on its axis."""
    params = aware.told.params
    facts = aware.told.facts | {
        "claim": Quantity(aware.plan.claim, "percent", "more_than"),
        "conf_level": params.conf_level,
    }
    rows = aware.whole[(aware.whole["unit"] == "percent") & aware.whole["month"].notna()]
    ways = _ways(aware.modes)
    data = pd.DataFrame(
        {
            "month": rows["month"].astype(object),
            "question": [item_name(item) for item in rows["item"]],
            **{name: pd.to_numeric(rows[name]).astype("float64") for name in UNCERTAIN},
            "wording": [wording_name(wording) for wording in rows["wording"]],
            "mode": [ways.get(key) for key in zip(rows["wave"], rows["wording"], strict=True)],
            "n": pd.to_numeric(rows["n"]).astype("float64"),
        },
        columns=WAVES,
    )
    return Figure("outreach_awareness", "awareness_waves", data.reset_index(drop=True), facts)


def _ways(modes: pd.DataFrame) -> dict[tuple[int, str], Code]:
    """How nearly all of a wave's interviews were made, or that it was in several ways."""
    found = {}
    for key, rows in modes.groupby(["wave", "wording"]):
        main = rows[rows["share"].fillna(0) >= ONE_MODE]
        found[key] = mode_name(SEVERAL if main.empty else main["mode"].iloc[0])
    return found
