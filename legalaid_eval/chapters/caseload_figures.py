"""The pictures of 'caseload': cases by month with what the model says, the funnel, the mix of channels."""

import pandas as pd

from legalaid_eval.cells.festival import festival_months
from legalaid_eval.cells.processing_register import OK
from legalaid_eval.chapters.caseload_compare import Compared
from legalaid_eval.chapters.caseload_explain import Explained
from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.chapters.effect_prose import reform_codes
from legalaid_eval.content import Code, Figure
from legalaid_eval.errors import UsageError
from legalaid_eval.indicators.caseload_drivers import REFORMS

FUNNEL = "per_10000"
CHANNELS = "applications_"
OUTSIDE = {0.0: "inside", 0.95: "outside95", 0.998: "outside998"}


def figures(told: Told, explained: Explained, compared: tuple[Compared, ...]) -> tuple[Figure, ...]:
    return level(told, explained), funnel(told, next(each for each in compared if each.group == FUNNEL)), channels(told)


def level(told: Told, explained: Explained) -> Figure:
    """Shown counts by month of the whole store with the model's line: `month, series, value, fitted`.

    A part of the store has no monthly counts that may be shown.
    """
    columns = ["month", "series", "value", "fitted"]
    if not told.register.whole or told.seen.shown.empty:
        return Figure("caseload_level", "count_series", pd.DataFrame(columns=columns), told.facts)
    shown = told.seen.shown[told.seen.shown["month"] <= f"{told.params.period_end:%Y-%m}"].sort_values("month")
    shown = shown[_whole_months(told, shown["month"])]
    data = pd.DataFrame(
        {
            "month": shown["month"].to_numpy(),
            "series": [Code("caseload_series", "came")] * len(shown),
            "value": shown["n"].astype(float).where(shown["status"] == OK).to_numpy(),
            "fitted": shown["month"].map(_fitted(told, explained)).astype(float).to_numpy(),
        },
        columns=columns,
    )
    facts = told.facts | {"unit": "case", "marks": _marks(told, explained)} | _seasons(shown["month"])
    if told.seen.baseline is not None:
        days = told.year_before
        facts["baseline"] = (f"{days.start:%Y-%m}", f"{days.end:%Y-%m}")
    return Figure("caseload_level", "count_series", data, facts)


def _whole_months(told: Told, months: pd.Series) -> pd.Series:
    """The last month, where the data end inside of it, would look like a fall."""
    ends = pd.PeriodIndex(months, freq="M").end_time
    return pd.Series(ends.date <= told.seen.as_of, index=months.index)


def _seasons(months: pd.Series) -> dict[str, object]:
    try:
        return {"festival": festival_months(months)}
    except UsageError:  # years whose Lunar New Year is not known
        return {}


def _fitted(told: Told, explained: Explained) -> dict[str, float]:
    """Sums over the counties, of months in which all of them have a count."""
    if explained.model is None:
        return {}
    cells = told.seen.came.dropna(subset="n")
    fitted = cells.assign(fitted=explained.model.fitted["fitted"].to_numpy()).groupby("month")
    counts = fitted["fitted"].count()
    return fitted["fitted"].sum()[counts == told.seen.came["county"].nunique()].to_dict()


def _marks(told: Told, explained: Explained) -> tuple[tuple[str, Code], ...]:
    """The first month of each reform in the model, in any county of the place; all of one month as one mark."""
    kinds = {kind for term in explained.terms for kind in term.name.split("+") if kind in REFORMS}
    first: dict[str, list[str]] = {}
    for kind in (kind for kind in REFORMS if kind in kinds):
        months = [month for code, month in told.seen.starts[kind].items() if code in told.register.places.codes]
        first.setdefault(min(months), []).append(kind)
    return tuple(
        (month, reform_codes(kinds)[0] if len(kinds) == 1 else reform_codes(kinds))
        for month, kinds in sorted(first.items())
    )


def funnel(told: Told, found: Compared) -> Figure:
    """`place, denominator, rate, shrunk, outside` of the counties, and the limits: `denominator, pooled, lo95, ...`."""
    columns = ["place", "denominator", "rate", "shrunk", "outside", "pooled", "lo95", "hi95", "lo998", "hi998"]
    facts = told.facts | {"unit": "case_per_10k", "missing": tuple(told.name(code) for code in found.missing)}
    if found.funnel is None:
        return Figure("caseload_funnel", "funnel_plot", pd.DataFrame(columns=columns), facts)
    rows = found.rows
    points = pd.DataFrame(
        {
            "place": [told.name(code) for code in rows["code"]],
            "denominator": rows["denominator"].to_numpy(),
            "rate": rows["value"].to_numpy(),
            "shrunk": rows["estimate"].to_numpy(),
            "outside": [OUTSIDE[abs(float(share))] for share in rows["outside"]],
        }
    )
    curve = found.funnel.curve.rename(
        columns={"low_95": "lo95", "high_95": "hi95", "low_99_8": "lo998", "high_99_8": "hi998"}
    ).assign(pooled=found.funnel.centre)
    data = pd.concat([points, curve], ignore_index=True).reindex(columns=columns)
    data["place"] = data["place"].astype(object).where(data["place"].notna(), None)
    facts["overdispersed"] = found.funnel.used_dispersion > 1
    facts["chance"] = round(found.funnel.expected_outside[0.95], 1)
    return Figure("caseload_funnel", "funnel_plot", data, facts)


def channels(told: Told) -> Figure:
    """`month, group, share` of applications by channel, of the year before and of this one; shown counts only."""
    lines = []
    for found, days in ((told.before, told.year_before), (told.found, told.period)):
        rows = found[(found["place"] == told.params.place) & found["group"].str.startswith(CHANNELS)]
        rows = rows[rows["indicator"] == "AC02"]
        if len(rows) and rows["value"].notna().all():
            month = f"{days.start:%Y-%m}"
            names = rows["group"].str.removeprefix(CHANNELS)
            lines += [
                (month, Code("effect_group_channel", name), float(share))
                for name, share in zip(names, rows["value"], strict=True)
            ]
    data = pd.DataFrame(lines, columns=["month", "group", "share"])
    return Figure("caseload_channels", "share_mix", data, told.facts)
