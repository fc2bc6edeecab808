"""A reform with nothing to compare with: what changed at its date in the places' own series."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from legalaid_eval.chapters.reform_panel import Cells
from legalaid_eval.chapters.reform_results import Outcome, ReformEffect
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators import its
from legalaid_eval.estimators.base import Estimate

Fits = Mapping[str, its.InterruptedMeans | None]

LIMITS = "interrupted_series_only"
"""Whatever else happened at the same date is in the estimate: nothing is established by it."""


def single_series(blank: ReformEffect, cells: Cells, *, conf_level: float) -> ReformEffect:
    """The change of level at the start: of all treated places as one series where they began together.

    Where they began at different dates there is a change for each place, and none for all. The verdict is
    "not_established" at most: the change is what the reform did, and whatever else happened then.
    """
    treated = blank.treated
    frame = cells.frame[cells.frame["place"].isin(treated)]
    fits = {place: _fitted(frame[frame["place"] == place], treated[place], cells, conf_level) for place in treated}
    by_place = _by_place(fits, treated, cells)
    found = replace(
        blank,
        method="interrupted_series",
        verdict="not_established",
        # A series of one place was never to be compared: that no other is there is no reason of its own.
        reasons=(LIMITS, *(blank.design.flags if len(cells.places) > 1 else ()), *blank.reasons),
        by_place=by_place,
        series=_series(fits, frame, treated),
    )
    if len(set(treated.values())) > 1:
        return replace(found, reasons=(*found.reasons, "starts_differ"))
    whole = _fitted(_joined(frame), next(iter(treated.values())), cells, conf_level)
    if whole is None:
        return replace(
            found, method="description", verdict="described_only", reasons=("series_too_short", *blank.reasons)
        )
    change, path = whole.level_change, whole.counterfactual
    after = path["time"] >= next(iter(treated.values()))
    return replace(
        found,
        estimate=_named(change, blank.outcome),
        smallest_detectable=whole.smallest_detectable(),
        baseline=float(path.loc[after, "counterfactual"].mean()),
    )


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    """All places as one series: means by their cases."""
    total = frame.groupby("month")["n"].transform("sum")
    share = frame["n"] / total
    parts = frame.assign(value=share * frame["value"], variance=share**2 * frame["variance"])
    return parts.groupby("month", as_index=False)[["n", "value", "variance"]].sum()


def _fitted(rows: pd.DataFrame, start: str, cells: Cells, conf_level: float) -> its.InterruptedMeans | None:
    """None where the series is too short on a side of the start, or does not move."""
    try:
        return its.interrupted_means(
            rows.assign(std_error=np.sqrt(rows["variance"])).rename(columns={"month": "time"}),
            time="time",
            outcome="value",
            std_error="std_error",
            start=start,
            season=12 // MONTHS[cells.period],
            harmonics=2 if cells.period == "month" else 1,
            conf_level=conf_level,
        )
    except UsageError:
        return None


def _by_place(fits: Fits, treated: Mapping[str, str], cells: Cells) -> pd.DataFrame:
    rows = []
    for place, fit in fits.items():
        periods = sum(month >= treated[place] for month in cells.months)
        change = fit.level_change if fit else None
        numbers = [getattr(change, name, np.nan) for name in ("estimate", "std_error", "ci_low", "ci_high")]
        rows.append((place, treated[place], periods, *numbers))
    return pd.DataFrame(rows, columns="place started periods estimate std_error ci_low ci_high".split())


def _series(fits: Fits, frame: pd.DataFrame, treated: Mapping[str, str]) -> pd.DataFrame:
    bounds = ["fitted", "counterfactual", "counterfactual_low", "counterfactual_high"]
    parts = []
    for place, fit in fits.items():
        rows = frame[frame["place"] == place]
        path = fit.counterfactual[bounds].to_numpy() if fit else np.full((len(rows), len(bounds)), np.nan)
        observed = rows[["place", "month"]].assign(
            observed=rows["value"].to_numpy(), treated=rows["month"] >= treated[place]
        )
        parts.append(observed.reset_index(drop=True).join(pd.DataFrame(path, columns=bounds)))
    return pd.concat(parts, ignore_index=True)


def _named(estimate: Estimate, outcome: Outcome) -> Estimate:
    return replace(estimate, outcome=outcome.key, unit=outcome.unit)
