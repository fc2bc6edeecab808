"""What the running year will come to against its targets, and what such nowcasts were worth before.

found = nowcast_of(panel, 2025, targets={"A": 120}, of_place=900, seed=1)       # panel: of outlook_panels
kept = record_of(found, seed=1)
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from legalaid_eval.chapters.outlook_panels import MonthPanel
from legalaid_eval.estimators.forecast import Nowcast, nowcast_many

TARGET = "cases"
"""The target that counts cases: those taken on. Targets of anything else are not nowcast."""
TOTAL = "total"
MET, NOT_MET, LIKELY, UNLIKELY, OPEN = "met", "not_met", "likely", "unlikely", "open"
UNINFORMATIVE, NOT_EVALUABLE = "uninformative", "not_evaluable"
VERDICTS = (MET, NOT_MET, LIKELY, UNLIKELY, OPEN, UNINFORMATIVE, NOT_EVALUABLE)
SURE = 0.9
"""From this probability on a target is likely met, and below its complement unlikely."""
MONTHS, PAST_YEARS, SEASON = (3, 6, 9), 3, 12
EASY = "target_uninformative"
TO_DATE_MISSING, COUNTIES_MISSING, NO_TARGET = "year_incomplete", "counties_missing", "target_missing"


@dataclass(frozen=True, slots=True)
class Judged:
    """A place's year: `nowcast` (None: none is possible), its `target` and `verdict`; `note` says why not evaluable.
    came: the shown count of a year that is over."""

    code: str
    nowcast: Nowcast | None
    target: float | None
    verdict: str
    note: str = ""
    came: int | None = None

    @property
    def easy(self) -> bool:
        return self.nowcast is not None and EASY in self.nowcast.notes

    @property
    def sure(self) -> float | None:
        """The probability of meeting the target, in percent."""
        if self.nowcast is None or self.nowcast.probability is None or self.note:
            return None
        return 100 * self.nowcast.probability


@dataclass(frozen=True, eq=False, slots=True)
class YearNowcast:
    """`places`: Judged by code, the whole place as TOTAL first. complete: the year is over, so nothing is uncertain.
    used: the counties the total is made of, those `left_out` and why."""

    year: int
    places: Mapping[str, Judged]
    complete: bool
    months: int
    used: MonthPanel

    @property
    def total(self) -> Judged:
        return self.places[TOTAL]

    def with_verdict(self, *verdicts: str) -> tuple[str, ...]:
        """Codes of counties."""
        return tuple(code for code, each in self.places.items() if code != TOTAL and each.verdict in verdicts)


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """Nowcasts made again as of past ends of months: `year, month, series, expected, lo80, hi80, lo95, hi95, linear,
    came`; the series TOTAL is the whole place."""

    frame: pd.DataFrame

    def of_place(self, year: int) -> pd.DataFrame:
        frame = self.frame
        return frame[(frame["year"] == year) & (frame["series"] == TOTAL)]

    def summary(self) -> pd.DataFrame:
        """`month, n, error, linear_error, coverage80, coverage95` over counties and years, in percent."""
        rows = self.frame[(self.frame["series"] != TOTAL) & (self.frame["came"] > 0)]
        if rows["series"].nunique() == 0:
            rows = self.frame[self.frame["came"] > 0]
        return pd.DataFrame([_summed(month, part) for month, part in rows.groupby("month")])


def _summed(month: int, rows: pd.DataFrame) -> dict[str, float]:
    came = rows["came"]
    inside = {name: (rows[f"lo{name}"] <= came) & (came <= rows[f"hi{name}"]) for name in ("80", "95")}
    return {
        "month": month,
        "n": len(rows),
        "error": 100 * float((rows["expected"] - came).abs().div(came).mean()),
        "linear_error": 100 * float((rows["linear"] - came).abs().div(came).mean()),
        **{f"coverage{name}": 100 * float(kept.mean()) for name, kept in inside.items()},
    }


def nowcast_of(
    panel: MonthPanel,
    year: int,
    *,
    targets: Mapping[str, float],
    of_place: float | None,
    came: Mapping[str, int | None] | None = None,
    known: pd.Series | None = None,
    seed: int,
) -> YearNowcast:
    """The year of every county and of all together, judged by `targets` of counties and the target of the place.

    `came`: shown counts of the year by code, by which it is judged when it is over; else the sums of the months are.
    `known`: as in `forecast_of`, to the end of the year.
    """
    used = panel if panel.empty else panel.reaching(year)
    left_out = {code: Judged(code, None, targets.get(code), NOT_EVALUABLE, why) for code, why in used.left_out.items()}
    if used.empty or not used.codes or not _reaches(used, year):
        goals = {TOTAL: of_place, **{code: targets.get(code) for code in panel.codes}}
        none = {code: Judged(code, None, goal, NOT_EVALUABLE, TO_DATE_MISSING) for code, goal in goals.items()}
        return YearNowcast(year, none | left_out, False, 0, used)
    goals = {code: float(goal) for code, goal in targets.items() if code in used.codes and goal > 0}
    goals |= {TOTAL: float(of_place)} if of_place else {}
    found = nowcast_many(used.counts, year=year, targets=goals, known=known, seed=seed)
    months = int((used.counts.index.year == year).sum())
    complete = months == SEASON
    counted = {code: n for code, n in (came or {}).items() if complete}
    lacking = COUNTIES_MISSING if used.left_out else ""
    whole = _judged(TOTAL, found.total, of_place, complete, counted.get(TOTAL), lacking)
    judged = (_judged(c, found.by_series[c], goals.get(c), complete, counted.get(c)) for c in used.codes)
    counties = {each.code: each for each in judged}
    return YearNowcast(year, {TOTAL: whole, **counties, **left_out}, complete, months, used)


def _reaches(panel: MonthPanel, year: int) -> bool:
    """Whether the months come up to the year, or to the end of the one before."""
    if panel.last.year == year:
        return panel.counts.index[0] <= pd.Period(f"{year}-01", freq="M")
    return panel.last == pd.Period(f"{year - 1}-12", freq="M")


def _judged(
    code: str, found: Nowcast, target: float | None, complete: bool, came: int | None, missing: str = ""
) -> Judged:
    note = missing or ("" if target else NO_TARGET)
    verdict = NOT_EVALUABLE if note else _verdict(found, target, complete, came)
    return Judged(code, found, target, verdict, note, came)


def _verdict(found: Nowcast, target: float, complete: bool, came: int | None) -> str:
    if complete:
        reached = (found.expected.estimate if came is None else came) >= target
        return (UNINFORMATIVE if EASY in found.notes else MET) if reached else NOT_MET
    chance = found.probability or 0.0
    if chance >= SURE:
        return UNINFORMATIVE if EASY in found.notes else LIKELY
    return UNLIKELY if chance <= 1 - SURE else OPEN


def record_of(found: YearNowcast, *, known: pd.Series | None = None, seed: int) -> Record | None:
    """What nowcasts at the ends of March, June and September said of this year, if it is over, and of those before.

    Each is made from what was known by then; two whole years must lie before. None where there is no such year.
    """
    counts = found.used.counts
    last = found.year if found.complete else found.year - 1
    years = [year for year in range(last - PAST_YEARS, last + 1) if _usable(counts, year).size]
    frames = [_as_of(counts, year, month, known, seed) for year in years for month in MONTHS]
    return Record(pd.concat(frames, ignore_index=True)) if frames else None


def _usable(counts: pd.DataFrame, year: int) -> np.ndarray:
    """The series with the whole year and two before it."""
    if counts.empty:
        return np.array([])
    span = counts.reindex(pd.period_range(f"{year - 2}-01", f"{year}-12", freq="M"))
    return span.columns[span.notna().all()].to_numpy()


def _as_of(counts: pd.DataFrame, year: int, month: int, known: pd.Series | None, seed: int) -> pd.DataFrame:
    own = counts[_usable(counts, year)]
    came = own[own.index.year == year].sum()
    past = own[own.index <= pd.Period(f"{year}-{month:02d}", freq="M")]
    said = nowcast_many(past, year=year, known=known, seed=seed)
    frame = said.frame.drop(columns=["target", "probability", "method"])
    totals = [came.sum() if name == TOTAL else came[name] for name in frame["series"]]
    return frame.assign(year=year, month=month, came=totals)


def cone(found: Nowcast) -> pd.DataFrame:
    """`month, observed, mean, lo80, hi80, lo95, hi95` of a nowcast's path; a month seen has no forecast."""
    path = found.path.rename(columns={"expected": "mean"})
    ahead = path["observed"].isna()
    ends = ["mean", "lo80", "hi80", "lo95", "hi95"]
    return path.assign(month=path["period"].astype(str), **{name: path[name].where(ahead) for name in ends})[
        ["month", "observed", *ends]
    ]
