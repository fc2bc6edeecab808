"""The data of the pictures of the outlook: forecast, the year against its target, stock and flow with scenarios."""

import numpy as np
import pandas as pd

from legalaid_eval.chapters.outlook_findings import Outlook
from legalaid_eval.chapters.outlook_nowcast import Judged
from legalaid_eval.chapters.outlook_panels import veiled
from legalaid_eval.content import Code, Figure, Quantity, Range

FAN = ["month", "observed", "mean", "lo80", "hi80", "lo95", "hi95", "naive"]
CONE = ["month", "observed", "mean", "lo80", "hi80", "lo95", "hi95"]
PLACES = ["place", *CONE, "target", "probability"]
STOCK = ["month", "accepted", "closed", "pending", "scenario", "lo80", "hi80"]
NEARLY = 0.1
BACK, YEAR = 48, 12
"""Months seen that are drawn before a forecast, and the season of the naive one."""


def figures(found: Outlook) -> tuple[Figure, ...]:
    return forecast_figure(found), nowcast_figure(found), places_figure(found), stock_figure(found)


def forecast_figure(found: Outlook) -> Figure:
    facts = found.facts | {"unit": "case"}
    if found.forecast is None:
        return Figure("caseload_forecast", "fan_chart", pd.DataFrame(columns=FAN), facts)
    months, came = found.forecast.months, found.shown.came
    first = months["period"].iloc[0]
    seen = came[came.index < first].reindex(pd.period_range(first - BACK, first - 1, freq="M"))
    seen = seen.loc[seen.first_valid_index() :] if seen.notna().any() else seen.tail(YEAR)
    naive = [came.get(_year_before(period, first), np.nan) for period in months["period"]]
    ahead = months.assign(month=months["period"].astype(str), observed=np.nan, naive=naive)
    past = pd.DataFrame({"month": seen.index.astype(str), "observed": seen.to_numpy()})
    total = found.forecast.total
    facts |= {"total": Quantity(total["mean"], "case", decimals=0)}
    facts |= {"total_range": Range(total["lo95"], total["hi95"], "case", 0)}
    return Figure("caseload_forecast", "fan_chart", pd.concat([past, ahead[FAN]])[FAN].reset_index(drop=True), facts)


def _year_before(period: pd.Period, first: pd.Period) -> pd.Period:
    """The same month of the last year that is known."""
    ahead = (period - first).n
    return first - YEAR + ahead % YEAR


def nowcast_figure(found: Outlook) -> Figure:
    judged = found.year.total
    facts = found.facts | {"unit": "case", "target": judged.target, "uninformative": judged.easy}
    facts["probability"] = None if found.year.complete else _chance(judged)
    data = pd.DataFrame(columns=CONE) if judged.nowcast is None else cone(found, judged)
    return Figure("caseload_nowcast", "nowcast_cone", data, facts)


def _chance(judged: Judged) -> float | None:
    """Percent; what all simulated paths say is nearly certain, not certain."""
    return None if judged.sure is None else float(np.clip(judged.sure, NEARLY, 100 - NEARLY))


def places_figure(found: Outlook) -> Figure:
    parts = []
    for code in found.shown.counties:
        judged = found.year.places[code]
        if judged.nowcast is not None:
            chance = np.nan if judged.sure is None or found.year.complete else _chance(judged)
            more = {"place": found.name(code), "target": judged.target or np.nan, "probability": chance}
            part = cone(found, judged)
            parts.append(part.assign(**{name: [value] * len(part) for name, value in more.items()}))
    data = pd.concat(parts, ignore_index=True)[PLACES] if parts else pd.DataFrame(columns=PLACES)
    return Figure("caseload_targets", "nowcast_places", data, found.facts)


def cone(found: Outlook, judged: Judged) -> pd.DataFrame:
    """The path of the year; a month seen has no forecast.

    What is counted so far is rounded to a multiple of the least count that is shown: no report tells a county's cases
    taken on by month, and no month must follow from two of these. Only a whole year's shown count stands as it is.
    """
    path, least = judged.nowcast.path, found.told.params.min_cell
    seen = path["observed"].notna()
    observed = path["observed"].map(lambda n: veiled(n, least) if n == n else n)
    if judged.came is not None:
        observed.iloc[-1] = float(judged.came)
    ahead = path.rename(columns={"expected": "mean"})[["mean", "lo80", "hi80", "lo95", "hi95"]].where(~seen)
    return ahead.assign(month=path["period"].astype(str), observed=observed)[CONE]


def stock_figure(found: Outlook) -> Figure:
    """Months seen as they are shown of the whole store, and the scenarios; the month before them has the opening."""
    capacity, shown = found.capacity, found.shown.stock
    start = capacity.start
    seen = shown if start is None else shown[shown.index < start]
    seen = seen.tail(BACK)
    parts = []
    if len(seen):
        columns = {"accepted": seen["entered"], "closed": seen["left"], "pending": seen["pending"]}
        parts.append(pd.DataFrame(columns).assign(month=seen.index.astype(str), scenario=None))
    for name, backlog in capacity.scenarios.items():
        ahead = backlog.stock
        months = pd.period_range(start, periods=len(ahead), freq="M").astype(str)
        plan = pd.DataFrame({"month": months, "pending": ahead["mean"], "lo80": ahead["lo80"], "hi80": ahead["hi80"]})
        parts.append(plan.assign(scenario=[Code("outlook_scenario", name)] * len(plan)))
    data = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=STOCK)
    return Figure("caseload_stock", "stock_flow", data.reindex(columns=STOCK), found.facts | {"unit": "case"})
