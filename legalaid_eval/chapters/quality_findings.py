"""What a register's counts mean for a report: what tables, pictures, sentences and rows of 'data quality' share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from legalaid_eval.cells.quality_counts import ALL, MISSING, QualityCounts
from legalaid_eval.cells.row_accounts import BY_COUNTY, bounds
from legalaid_eval.chapters.base import Params
from legalaid_eval.content import Code, Label, Period
from legalaid_eval.indicators.data_quality import ANALYSES, KEY_SHARES

FULL = 100
ARRIVAL = "arrival"


@dataclass(frozen=True, eq=False, slots=True)
class Told:
    """The counts with the report they are told in."""

    params: Params
    counts: QualityCounts

    @property
    def facts(self) -> dict[str, object]:
        """What every caption must be able to say."""
        period = Period(self.params.period_start, self.params.period_end)
        more = {"min_cell": self.params.min_cell, "part": self.counts.part}
        return {"simulated": self.counts.meta.simulated, "period": period} | more

    @property
    def as_of(self) -> date:
        """The last day of which anything can be said."""
        stated = self.counts.meta.data_as_of
        return min(day for day in (stated, self.params.data_as_of) if day is not None)

    @property
    def months(self) -> tuple[str, ...]:
        span = pd.period_range(self.params.period_start, self.params.period_end, freq="M")
        return tuple(str(month) for month in span)

    @property
    def expected(self) -> pd.DataFrame:
        return self.counts.units[self.counts.units["expected"]]

    def accounts(self, name: str) -> bool:
        """Whether the account can be told of the report's place; some name no county."""
        return not self.counts.part or name == ARRIVAL or name in BY_COUNTY

    @property
    def alone(self) -> bool:
        """Whether the store is one county, so that all units together are told with that one."""
        return list(self.counts.units["key"]) == [self.counts.whole]

    def days(self, month: str) -> Period:
        """The days of the month that lie in the period."""
        whole = pd.Period(month, "M")
        start, end = whole.start_time.date(), whole.end_time.date()
        return Period(max(start, self.params.period_start), min(end, self.params.period_end))

    def name(self, code: str) -> Label | Code:
        """A place by its code; a county that rows do not name, and all counties, are worded by the locale."""
        if code in (ALL, MISSING):
            return Code("quality_place", code)
        row = self.counts.units.set_index("code").loc[code]
        return Label(row["name_zh"], row["name_en"])

    def months_of(self, table: str, code: str) -> dict[str, tuple[str, int | None]]:
        """Per month `reported`, `suppressed`, `missing`, `not_covered` or `not_expected`, with the count if shown."""
        came = self.counts.arrivals
        came = came[(came["table"] == table) & (came["county"] == code)].set_index("month")
        absent = "missing" if code in set(self.expected["code"]) else "not_expected"
        return {month: self._month(came, month, absent) for month in self.months}

    def _month(self, came: pd.DataFrame, month: str, absent: str) -> tuple[str, int | None]:
        if month in came.index:
            hidden = came.at[month, "status"] == "suppressed"
            return ("suppressed", None) if hidden else ("reported", int(came.at[month, "n"]))
        return ("not_covered" if self.days(month).start > self.as_of else absent), None

    def reported(self, table: str, code: str) -> int:
        """Months with rows, shown or hidden."""
        return sum(state in ("reported", "suppressed") for state, _ in self.months_of(table, code).values())

    def silent(self, table: str, code: str) -> tuple[str, ...]:
        return tuple(month for month, (state, _) in self.months_of(table, code).items() if state == "missing")


@dataclass(frozen=True, slots=True)
class Share:
    """A key share: `yes` of `used`, `excluded` rows that could be either; None where a count is hidden or none is."""

    name: str
    hidden: bool
    yes: int = 0
    used: int = 0
    excluded: int = 0

    @property
    def value(self) -> float | None:
        return None if self.hidden or not self.used else FULL * self.yes / self.used

    @property
    def ends(self) -> tuple[float, float] | None:
        """With the excluded rows all one way, and all the other."""
        whole = self.used + self.excluded
        if self.hidden or not whole:
            return None
        return FULL * self.yes / whole, FULL * (self.yes + self.excluded) / whole


def shares(told: Told) -> tuple[Share, ...]:
    return tuple(
        _share(name, told.counts.accounts, account) for name, account in KEY_SHARES.items() if told.accounts(account)
    )


def _share(name: str, accounts: pd.DataFrame, account: str) -> Share:
    found = bounds(accounts[accounts["account"] == account])
    if found is None:
        return Share(name, True)
    return Share(name, False, found["yes"], found["yes"] + found["no"], found["excluded"])


@dataclass(frozen=True, slots=True)
class Excluded:
    """Rows an analysis cannot use, for one reason; `n` and `considered` are None where hidden."""

    analysis: str
    account: str
    reason: str
    n: int | None
    considered: int | None

    @property
    def share(self) -> float | None:
        return None if self.n is None or not self.considered else FULL * self.n / self.considered


def exclusions(told: Told) -> tuple[Excluded, ...]:
    """Every reason that occurs; an account that loses no row has the one reason `none`, an empty one `no_rows`."""
    pairs = ((analysis, account) for analysis, accounts in ANALYSES.items() for account in accounts)
    pairs = (pair for pair in pairs if told.accounts(pair[1]))
    return tuple(line for analysis, account in pairs for line in _excluded(told, analysis, account))


def _excluded(told: Told, analysis: str, account: str) -> Iterator[Excluded]:
    rows = told.counts.accounts
    rows = rows[rows["account"] == account]
    reasons = rows[rows["outcome"].eq("excluded") & rows["reason"].ne(ALL)]
    reasons = reasons[reasons["n"].isna() | reasons["n"].gt(0)]
    kept = rows[rows["outcome"].isin(("yes", "no", "used", "pending")) & rows["reason"].ne(ALL)]
    # With one reason hidden, a total would give it away together with what other tables show.
    hidden = reasons["n"].isna().any() or kept["n"].isna().any()
    considered = None if hidden else int(reasons["n"].sum() + kept["n"].sum())
    if considered == 0:
        yield Excluded(analysis, account, "no_rows", 0, 0)
    elif reasons.empty:
        yield Excluded(analysis, account, "none", 0, considered)
    for row in reasons.sort_values("n", ascending=False, kind="stable").itertuples():
        yield Excluded(analysis, account, row.reason, None if pd.isna(row.n) else int(row.n), considered)


def completeness_of(told: Told, *, county: str = ALL, column: str | None = None) -> Mapping[tuple[str, str], object]:
    """(stage, column) to its counts, of one county; `column=ALL` gives the stages alone."""
    found = told.counts.completeness
    found = found[found["county"] == county]
    return {(row.stage, row.column): row for row in found.itertuples() if column in (None, row.column)}


def filled_share(row: object) -> float | None:
    return None if row is None or row.status == "suppressed" or not row.due else FULL * row.filled / row.due


def order_of(told: Told, earlier: str, later: str) -> object | None:
    """Cases with both days of two stages, and those with them the wrong way round."""
    rows = told.counts.order
    rows = rows[(rows["county"] == ALL) & (rows["earlier"] == earlier) & (rows["later"] == later)]
    return next(rows.itertuples(), None)
