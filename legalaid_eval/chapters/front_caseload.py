"""The front page on caseload: sentences from the rows that the chapter saved."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from legalaid_eval.content import Code, Label, Message, Quantity, Range
from legalaid_eval.indicators.caseload_drivers import TREND

WANTED = ("court_number_missing", "stations_not_recorded", "target_missing", "population_missing")
"""Notes that name what the register lacks."""
PER_RESIDENT, CHANGE = "per_10000", "change:taken_on"


def caseload(rows: pd.DataFrame, place: str, name: Callable[[str], Label]) -> Mapping[str, tuple[Message, ...]]:
    """How many came and are expected, why it changed, whether the target says anything, and what does not add up."""
    if rows.empty:
        return {}
    own = rows[rows["place"] == place]
    here = own[own["period_end"] == _period_end(own)]
    return {
        "wrong": tuple(_account(here)),
        "unclear": tuple(_target(here)),
        "sayable": (*_came(own, here), *_why(here), *_outside(rows, name), *_forecast(own)),
        "limits": tuple(_associations(own)),
        "missing": tuple(_wanted(here)),
    }


def _period_end(own: pd.DataFrame) -> object:
    """That of the report: the later of the two years whose applications are told."""
    return own.loc[(own["group"] == "applications") & (own["method"] == "count"), "period_end"].max()


def _value(rows: pd.DataFrame, indicator: str, group: str) -> object | None:
    found = rows[(rows["indicator"] == indicator) & (rows["group"] == group)]
    return next((row for row in found.itertuples() if row.estimate is not None), None)


def _came(own: pd.DataFrame, here: pd.DataFrame) -> Iterator[Message]:
    parts = [_value(here, "CL01", group) for group in ("applications", "notified")]
    counts = [_value(here, *which) for which in (("CL02", "taken_on"), ("CL04", "closed"), ("CL07", "pending_end"))]
    if None in parts:
        return
    earlier = own[own["period_end"] < here["period_end"].iloc[0]]
    before = [_value(earlier, "CL01", group) for group in ("applications", "notified")]
    now, then = sum(int(row.estimate) for row in parts), None
    if None not in before:
        then = sum(int(row.estimate) for row in before)
    names = ("taken_on", "closed", "pending")
    facts = {key: None if row is None else int(row.estimate) for key, row in zip(names, counts, strict=True)}
    change = None if not then else Quantity(100 * (now / then - 1), "percent", decimals=1)
    yield Message(
        "summary.caseload.came", facts | {"now": now, "before": then, "change": change, "up": bool(then and now > then)}
    )


def _why(here: pd.DataFrame) -> Iterator[Message]:
    parts = {part: _value(here, CHANGE, part) for part in ("volume", "mix", "rate")}
    total = _value(here, CHANGE, "total")
    if total is None or None in parts.values() or not round(total.estimate):
        return
    largest = max(parts, key=lambda part: abs(parts[part].estimate))
    facts = {"largest": Code("caseload_cause_taken_on", largest), "up": total.estimate > 0}
    yield Message("summary.caseload.why", facts | {"size": Quantity(abs(total.estimate), "case", decimals=0)})


def _outside(rows: pd.DataFrame, name: Callable[[str], Label]) -> Iterator[Message]:
    found = rows[(rows["method"] == "pooled") & (rows["group"] == PER_RESIDENT) & (rows["verdict"] != "")]
    if len(found):
        sides = {
            side: tuple(name(key) for key in found.loc[found["verdict"] == side, "place"])
            for side in ("above", "below")
        }
        yield Message("summary.caseload.outside", sides | {"places": len(found)})


def _forecast(own: pd.DataFrame) -> Iterator[Message]:
    found = own[(own["group"] == "forecast_sum") & own["method"].str.endswith(" 95") & (own["status"] == "ok")]
    for row in found.itertuples():
        if row.estimate is not None and row.ci_low is not None:
            months = (
                (row.period_end.year - row.period_start.year) * 12 + row.period_end.month - row.period_start.month + 1
            )
            facts = {"mean": Quantity(row.estimate, "case", decimals=0), "months": months}
            yield Message("summary.caseload.forecast", facts | {"interval": Range(row.ci_low, row.ci_high, "case", 0)})


def _target(here: pd.DataFrame) -> Iterator[Message]:
    """A target so easy that meeting it is no evidence, or one that is still open."""
    for row in here[(here["indicator"] == "TN01") & (here["group"] == "cases:year")].itertuples():
        if row.verdict in ("uninformative", "likely", "unlikely", "open", "not_met", "met"):
            done = _value(here, "TN01", "cases")
            facts = {"share": None if done is None else Quantity(done.estimate, "percent", decimals=1)}
            chance = None if row.estimate is None else Quantity(row.estimate, "percent", decimals=0)
            yield Message(f"summary.caseload.target.{row.verdict}", facts | {"chance": chance})


def _account(here: pd.DataFrame) -> Iterator[Message]:
    for row in here[(here["group"] == "account_difference") & (here["status"] == "contradicted")].itertuples():
        difference = None if row.estimate is None else abs(int(row.estimate))
        yield Message("summary.caseload.account", {"difference": difference})


def _associations(own: pd.DataFrame) -> Iterator[Message]:
    n = int(((own["indicator"] == "model:came") & (own["note"] == "association") & (own["group"] != TREND)).sum())
    if n:
        yield Message("summary.caseload.associations", {"n": n})


def _wanted(here: pd.DataFrame) -> Iterator[Message]:
    notes = dict.fromkeys(note for note in here["note"] if note in WANTED)
    if notes:
        yield Message("summary.caseload.wanted", {"wanted": tuple(Code("caseload_wanted", note) for note in notes)})
