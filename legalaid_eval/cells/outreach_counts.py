"""Every count that the chapter on outreach and awareness shows, as declared tables, and how populations are tied.

Kinds of events are told of the whole store only: by county there are too few of each. Those who came, and items handed
out, are counts of their own. Respondents are told by wave and wording, and these by county, by segment and by mode;
shares among them are estimates from a sample, which need the base shown and no more.
"""

from collections.abc import Callable

import pandas as pd

from legalaid_eval.cells.caseload_period import UNKNOWN, YES
from legalaid_eval.cells.count_tables import CountTable, Shown, Window, split
from legalaid_eval.cells.outreach_period import (
    GAP,
    IN_PERIOD,
    KINDS,
    UNDATED,
    asked_cells,
    event_sums,
    other_months,
    period_months,
    respondent_cells,
    town_sums,
)
from legalaid_eval.register.privacy import ALL, HIDDEN, OK, Link, Nesting, Term

SUMS = ("attendance", "materials")
Make = Callable[[Window], pd.DataFrame]


def _table(name: str, population: str, make: Make, *keys: str, nested=None, elsewhere: bool = False) -> CountTable:
    """A table of sums of cells by `keys`."""

    def summed(window: Window) -> pd.DataFrame:
        return make(window).groupby(list(keys), as_index=False)["n"].sum()

    return CountTable(name, population, keys, summed, nested, elsewhere)


def _summed(amount: str) -> Make:
    """Cells that count an amount; events where it is not recorded add none."""

    def make(window: Window) -> pd.DataFrame:
        cells = event_sums(window)
        return cells.assign(n=cells[amount].fillna(0).astype("int64"))

    return make


def _known(amount: str) -> Make:
    """Events by whether an amount is recorded."""

    def make(window: Window) -> pd.DataFrame:
        cells = event_sums(window)
        known = cells.assign(n=cells[f"n_{amount}"], known=YES)
        return pd.concat([known, cells.assign(n=cells["n"] - cells[f"n_{amount}"], known=UNKNOWN)]).rename(
            columns={"known": f"{amount}_known"}
        )

    return make


def _towns(window: Window) -> pd.DataFrame:
    cells = town_sums(window)
    return cells.assign(n=cells["n_towns"])


def _years(window: Window) -> tuple[Nesting, ...]:
    months = other_months(window)["month"]
    return (Nesting("month", "year", {month: month if month == UNDATED else month[:4] for month in months}),)


def _asked(*, inside: bool) -> Make:
    """Respondents of the period, or of other times."""

    def make(window: Window) -> pd.DataFrame:
        cells = respondent_cells(window)
        return cells[(cells["time"] == IN_PERIOD) == inside]

    return make


def _in_period(window: Window) -> tuple[Nesting, ...]:
    parts = set(_asked(inside=True)(window)["part"])
    return (Nesting("part", "when", dict.fromkeys(parts, IN_PERIOD)),)


def _year_of(window: Window) -> tuple[Nesting, ...]:
    parts = set(_asked(inside=False)(window)["part"])
    return (Nesting("part", "year", {part: part.rpartition(GAP)[2] for part in parts}),)


def _tables() -> tuple[CountTable, ...]:
    events, asked, persons = "outreach_events.period", "consultations.period", "awareness_survey.store"
    return (
        *(_table(f"events by {kind}", events, event_sums, kind) for kind in KINDS),
        _table("events by month", events, period_months, "month"),
        _table(
            "events of other months", "outreach_events.outside", other_months, "month", nested=_years, elsewhere=True
        ),
        *(_table(f"{a} known", events, _known(a), f"{a}_known") for a in (*SUMS, "cost_fen")),
        *(_table(f"outreach {a}", f"outreach.{a}", _summed(a), "county") for a in SUMS),
        *(_table(f"attendance by {kind}", "outreach.attendance", _summed("attendance"), kind) for kind in KINDS),
        _table("towns reached", "outreach.towns", _towns, "county"),
        _table("consultations traced", asked, asked_cells, "county", "traced"),
        _table("consultations by source", asked, asked_cells, "knew_from"),
        *(_table(f"traced by {kind}", asked, asked_cells, kind) for kind in KINDS),
        _table("respondents", persons, respondent_cells, "county", "part", nested=_in_period),
        _table("respondents in period", "awareness_survey.period", _asked(inside=True), "part"),
        _table("respondents outside", "awareness_survey.outside", _asked(inside=False), "part", nested=_year_of),
        _table("respondents by segment", persons, respondent_cells, "segment", "part"),
        _table("respondents by mode", persons, respondent_cells, "mode", "part"),
    )


TABLES = _tables()
LINKS = (
    Link(("county",), (Term(1, "awareness_survey.store", {"when": IN_PERIOD}), Term(-1, "awareness_survey.period"))),
    split("awareness_survey.store", "awareness_survey.period", "awareness_survey.outside", by=("part",)),
)
"""The chapter on data quality tells respondents by county in the period, and by year outside it."""


def respondents(decided: Shown, by: str = "") -> pd.DataFrame:
    """Shown `wave, wording, [by,] n, status` of the survey; `by`: county, segment or mode.

    A wave that the period cuts is the sum of its parts.
    """
    name = "respondents" if by in ("", "county") else f"respondents by {by}"
    found = decided.shown(name)
    found = found[found["part"] != ALL]
    for key in set(found.columns) - {"part", "n", "status"}:
        if key in (by, "when"):
            found = found[found[key] != ALL] if key == by else found[found[key] == ALL]
        else:
            found = found[found[key] == ALL]
    parts = found["part"].str.split(GAP, expand=True)
    found = found.assign(wave=parts[0], wording=parts[1]) if len(found) else found.assign(wave="", wording="")
    keys = ["wave", "wording", *([by] if by else [])]
    told = found.groupby(keys)["n"].agg(lambda n: n.sum(skipna=False)).astype("Int64").reset_index()
    return told.assign(status=told["n"].isna().map({True: HIDDEN, False: OK}))
