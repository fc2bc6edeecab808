"""Caseload from cells is caseload from rows: plain pandas on random registers with every gap and contradiction."""

import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from legalaid_eval.cells import caseload_series, caseload_stock, disclosure
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.register.store import open_store
from tests.cell_stores import AS_OF, write_register

GONE = ("withdrawn", "deemed_withdrawn")
ASKED = {"taken on", "closed", "decisions", "decisions by kind", "visits"}
ASKED |= {table.name for table in caseload_stock.TABLES if "month" not in table.keys}
seeds = st.integers(0, 2**32 - 1)


def with_days(cases: pd.DataFrame) -> pd.DataFrame:
    """Entry, leaving and its kind, one case after another."""
    rows = []
    for row in cases.itertuples():
        known = lambda day: None if pd.isna(day) else day.date()  # noqa: E731
        closed, ended, decided = known(row.closed_on), known(row.terminated_on), known(row.decided_on)
        left, kind = None, ""
        if closed:
            left, kind = closed, "closed"
        elif ended:
            left, kind = ended, "terminated"
        elif decided and row.decision == "refused":
            left, kind = decided, "refused"
        elif decided and row.decision in GONE:
            left, kind = decided, "withdrawn"
        rows.append((known(row.accepted_on) or known(row.notice_on), left, kind))
    return cases.assign(**dict(zip(("entry", "left", "kind"), zip(*rows, strict=True), strict=True)))


def booked(cases: pd.DataFrame) -> pd.DataFrame:
    """The cases that the account can book."""
    ends = cases["status"].isna() | (cases["status"] == "open") | cases["left"].notna()
    order = np.array([not (e and o and o < e) for e, o in zip(cases["entry"], cases["left"], strict=True)])
    return cases[cases["entry"].notna() & ends & order]


@settings(max_examples=12, deadline=None)
@given(seed=seeds, n=st.integers(1, 80), start=st.dates(date(2019, 3, 1), date(2021, 6, 1)), last=st.integers(0, 500))
def test_the_account_of_a_period_is_that_of_the_rows(seed, n, start, last):
    end = min((pd.Timestamp(start) + pd.Timedelta(days=last)).date(), AS_OF)
    with tempfile.TemporaryDirectory() as folder:
        cases = with_days(write_register(Path(folder) / "s", seed=seed, n=n, others=False)["cases"])
        with open_store(Path(folder) / "s") as store:
            tables = [table for table in disclosure.TABLES if table.name in ASKED]
            decided = disclosure.decide_tables(Window(store, start, end), tables, caseload_stock.LINKS, min_cell=1)
    count = lambda name, **keys: decided.cell(name, **keys)[0]  # noqa: E731
    good, inside = booked(cases), lambda days: [bool(day) and start <= day <= end for day in days]
    open_on = lambda day, strict: sum(  # noqa: E731
        (e < day if strict else e <= day) and not (o and (o < day if strict else o <= day))
        for e, o in zip(good["entry"], good["left"], strict=True)
    )
    assert count("stock at start") == open_on(start, True)
    assert count("stock at end") == open_on(end, False)
    assert count("stock entered") == sum(inside(good["entry"]))
    left = good[inside(good["left"])]
    for kind in caseload_stock.ENDS:
        assert count("stock left", end=kind) == (left["kind"] == kind).sum()
    assert count("taken on") - count("stock entered") == count("stock not entered")
    period = [pd.Timestamp(start), pd.Timestamp(end)]
    decisions = cases[cases["notice_on"].isna() & cases["decided_on"].between(*period)]
    assert count("decisions by kind", decision="granted") == (decisions["decision"] == "granted").sum()
    assert count("decisions", outcome="left") == decisions["decision"].isin(GONE).sum()
    closed = cases[cases["closed_on"].between(*period)]
    single = closed["notice_on"].isna() & (closed["visits"] <= 1)
    assert count("visits", visits="single") == single.sum()


@settings(max_examples=15, deadline=None)
@given(seed=seeds, n=st.integers(1, 80), what=st.sampled_from(caseload_series.EVENTS))
def test_every_month_of_the_panel_is_that_of_the_rows(seed, n, what):
    with tempfile.TemporaryDirectory() as folder:
        cases = with_days(write_register(Path(folder) / "s", seed=seed, n=n, others=False)["cases"])
        with open_store(Path(folder) / "s") as store:
            found = caseload_series.monthly_counts(store, what=what, by=("case_type",))
            stock = caseload_series.stock_by_month(store)
            out = caseload_series.left_out(store, what=what)
    columns = {"came": ["applied_on", "notice_on"], "taken_on": ["accepted_on", "notice_on"], "notified": ["notice_on"]}
    names = columns.get(what, [f"{what}_on"])
    day = cases[names[0]] if len(names) == 1 else cases[names[0]].fillna(cases[names[1]])
    assert out["no_day"] == day.isna().sum()
    assert out["no_county"] == (day.notna() & cases["county"].isna()).sum()
    kept = cases.assign(month=day.dt.strftime("%Y-%m"))[(day <= pd.Timestamp(AS_OF)) & cases["county"].notna()]
    rows = kept.fillna({"case_type": "missing"}).groupby(["county", "month", "case_type"]).size()
    cells = found.set_index(["county", "month", "case_type"])["n"]
    assert cells[cells > 0].to_dict() == rows.to_dict()
    whole = stock.dropna()
    good = booked(cases)
    for row in whole.sample(min(len(whole), 20), random_state=0).itertuples():
        last = pd.Period(row.month, "M").end_time.date()
        here = good[good["county"] == row.county]
        held = [e <= last and not (o and o <= last) for e, o in zip(here["entry"], here["left"], strict=True)]
        assert row.pending == sum(held)


@settings(max_examples=10, deadline=None)
@given(seed=seeds, n=st.integers(1, 80))
def test_the_stock_of_a_month_is_that_before_and_what_moved(seed, n):
    with tempfile.TemporaryDirectory() as folder:
        write_register(Path(folder) / "s", seed=seed, n=n, others=False)
        with open_store(Path(folder) / "s") as store:
            stock = caseload_series.stock_by_month(store)
    for _, county in stock.groupby("county"):
        known = county.dropna()
        moved = (known["entered"] - known["left"]).iloc[1:]
        assert (known["pending"].diff().iloc[1:] == moved).all()
        assert (known["pending"] >= 0).all()
