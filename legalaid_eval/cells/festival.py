"""What of the calendar bears on counts by month."""

import pandas as pd

from legalaid_eval.calendar import festival_share

WEEK = 7


def festival_weeks(months: pd.Series) -> pd.Series:
    """Weeks of the fortnight round the Lunar New Year that lie in each month (2023-05), under the same index.

    UsageError for years whose Lunar New Year is not known.
    """
    index = pd.PeriodIndex(months, freq="M")
    weeks = festival_share(index).to_numpy() * index.days_in_month.to_numpy() / WEEK
    return pd.Series(weeks, index=months.index, name="festival_weeks")


def festival_months(months: pd.Series) -> tuple[str, ...]:
    """For each year the month that has most of that fortnight, of those in `months`."""
    weeks = festival_weeks(months.drop_duplicates().sort_values().reset_index(drop=True))
    known = months.drop_duplicates().sort_values().reset_index(drop=True)
    largest = weeks.groupby(known.str[:4]).idxmax()
    return tuple(known[at] for at in largest if weeks[at] > 0)
