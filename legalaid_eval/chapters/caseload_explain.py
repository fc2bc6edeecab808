"""What goes with more and with fewer cases: a regression of the cases that came in by county and month.

The terms are declared (`indicators.caseload_drivers`). They tell what went together, not what would have been without
it: that is asked with a comparison in the chapters on reforms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.cells.festival import festival_weeks
from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.estimators.counts import CountModel, count_model
from legalaid_eval.indicators.caseload_drivers import FESTIVAL, OUTREACH, REFORMS, TREND

LEAST_MONTHS = 24
"""Two years at least: with less, season and trend cannot be told apart."""
UNSURE_DF = 4.0
HIGHER, LOWER, OPEN, UNSURE = "higher", "lower", "open", "unsure"


@dataclass(frozen=True, slots=True)
class Term:
    """One term: percent more cases for one unit more of it, with its interval. verdict: higher, lower, open, or unsure
    where the interval is not to be relied on."""

    name: str
    percent: Estimate
    df: float
    verdict: str


@dataclass(frozen=True, eq=False, slots=True)
class Explained:
    """The model and its terms, or why there is none (`note`). left: reforms that are not in it, and why.

    `months` and `counties` it is fitted to; `season`: share of the average month in percent, by month of the year.
    """

    model: CountModel | None
    terms: tuple[Term, ...]
    left: Mapping[str, str]
    months: int
    counties: int
    note: str = ""

    @property
    def season(self) -> pd.DataFrame:
        return pd.DataFrame(columns=["position", "factor"]) if self.model is None else self.model.season

    @property
    def looked_at(self) -> int:
        """Terms that could have looked large by chance: season and trend are none of them."""
        return sum(term.name != TREND for term in self.terms)


def explained(told: Told) -> Explained:
    """Fit the model to the months of the place's counties up to the end of the period."""
    cells = told.seen.came.dropna(subset="n")
    months, counties = cells["month"].nunique(), cells["county"].nunique()
    blank = Explained(None, (), {}, months, counties)
    if not len(cells) or cells["n"].sum() == 0:
        return _without(blank, "no_rows")
    if months < LEAST_MONTHS:
        return _without(blank, "too_short")
    cells, left = with_terms(cells, told.seen.events, told.seen.starts)
    exposure = cells["county"].map(told.register.residents).astype(float)
    known = bool(exposure.notna().all())
    try:
        model = count_model(
            cells.assign(
                n=cells["n"].astype("int64"), residents=exposure, period=pd.PeriodIndex(cells["month"], freq="M")
            ),
            count="n",
            exposure="residents" if known else None,
            covariates=[name for name in cells.columns if name not in ("county", "month", "n")],
            period="period",
            cluster="county" if counties > 1 else None,
            conf_level=told.params.conf_level,
        )
    except UsageError:
        return _without(blank, "not_estimable", left)
    return Explained(model, tuple(_terms(model)), left, months, counties)


def _without(blank: Explained, note: str, left: Mapping[str, str] | None = None) -> Explained:
    return Explained(None, (), left or {}, blank.months, blank.counties, note)


def with_terms(
    cells: pd.DataFrame, events: pd.DataFrame, starts: Mapping[str, Mapping[str, str]]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The cells `county, month, n` with a column for every term that varies; reforms left out, and why.

    In a single county nothing can be told of a reform but what `estimators.its` says: it is left out. Reforms that
    were in force in the same months everywhere are one term, their kinds joined by +.
    """
    found = cells.assign(**{FESTIVAL: festival_weeks(cells["month"]).to_numpy()})
    held = events.groupby(["county", "month"])["n"].sum()
    if len(held):
        index = pd.MultiIndex.from_frame(cells[["county", "month"]])
        found[OUTREACH] = held.reindex(index, fill_value=0).to_numpy(dtype=float)
    left: dict[str, str] = {}
    columns: dict[str, np.ndarray] = {}
    single = cells["county"].nunique() == 1
    for kind in REFORMS:
        begun = cells["county"].map(starts.get(kind, {}))
        force = (begun.notna() & (cells["month"] >= begun.fillna(""))).to_numpy(dtype=float)
        if reason := _unusable(kind in starts, single, force):
            left[kind] = reason
            continue
        twin = next((name for name, other in columns.items() if np.array_equal(other, force)), None)
        if twin is not None:
            columns[f"{twin}+{kind}"] = columns.pop(twin)
        else:
            columns[kind] = force
    if found.get(OUTREACH) is not None and found[OUTREACH].nunique() == 1:
        found = found.drop(columns=OUTREACH)
    return found.assign(**columns), left


def _unusable(dated: bool, single: bool, force: np.ndarray) -> str:
    if not dated:
        return "no_date"
    if single:
        return "one_county"
    return "" if 0 < force.mean() < 1 else "never_changes"


def _terms(model: CountModel) -> Iterator[Term]:
    table = model.coefficients
    for row in table[~table["term"].str.startswith(("intercept", "sin", "cos"))].itertuples():
        percent = [100 * (value - 1) for value in (row.rate_ratio, row.rate_ratio_low, row.rate_ratio_high)]
        found = Estimate(
            "rate_ratio",
            "came",
            "percent",
            percent[0],
            None,
            *percent[1:],
            model.conf_level,
            model.n,
            model.n_clusters,
            f"{model.family} {model.method}",
        )
        yield Term(row.term, found, float(row.df), _verdict(percent[1], percent[2], float(row.df)))


def _verdict(low: float, high: float, df: float) -> str:
    if df < UNSURE_DF or not np.isfinite([low, high]).all():
        return UNSURE
    return HIGHER if low > 0 else LOWER if high < 0 else OPEN
