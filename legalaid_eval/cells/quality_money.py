"""Quality and money as cells: call-backs, reviews, losses recovered, subsidies. Sums are whole fen."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis
import pandas as pd

from legalaid_eval.cells.base import CASE_KEYS, MISSING, Sums, fen, grouped, month_key, picked
from legalaid_eval.register.store import Store

if TYPE_CHECKING:
    import ibis.expr.types as ir

LOSSES = ("loss_claimed", "loss_awarded", "loss_recovered")
BANDS_CNY = (0, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
"""Lower ends of the bands of amounts; amounts of nothing have a band of their own."""
PAYMENT_KEYS = ("grade",)
OF_THE_CASE = ("case_type", "proceeding_stage", "service_form", "matter")


def callback_cells(store: Store, *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, month, *by, mode, reached, answer_class, n` of call-backs.

    County and `by` are those of the case; missing if the case is not in the register. An answer that is not recorded
    has the class missing, as one that was recorded as missing.
    """
    calls = _with_case(store, "callbacks", by, ("called_on", "mode", "reached", "answer_class"))
    keys = {"county": calls.county, "month": month_key(calls.called_on), **{name: calls[name] for name in by}}
    keys |= {"mode": calls["mode"], "reached": calls.reached, "answer_class": calls.answer_class.fill_null(MISSING)}
    return grouped(calls, keys)


def review_cells(store: Store, *, by: Sequence[str] = ("case_type",)) -> pd.DataFrame:
    """Partition cells `county, month, *by, panel, grade, n, n_cases, score_hundredths, n_score_hundredths` of reviews.

    County and `by` are those of the case. `n_cases` counts cases, of which some are read twice: not to be added over
    cells.
    """
    reviews = _with_case(store, "peer_reviews", by, ("reviewed_on", "panel", "grade", "score"))
    keys = {"county": reviews.county, "month": month_key(reviews.reviewed_on), **{name: reviews[name] for name in by}}
    scores = (reviews.score * 100).round().cast("int64")
    sums = Sums(amounts={"score_hundredths": scores}, distinct={"cases": reviews.case_no})
    return grouped(reviews, keys | {"panel": reviews.panel, "grade": reviews.grade}, sums)


def loss_cells(store: Store, *, by: Sequence[str] = ("case_type", "matter")) -> pd.DataFrame:
    """Partition cells `county, month, *by, n` of every case by month closed, with losses in fen.

    Claimed, awarded and recovered each come as their sum and the number of cases where the amount is known.
    """
    cases = store.table("cases")
    keys = {"county": cases.county, "month": month_key(cases.closed_on), **picked(cases, by, CASE_KEYS)}
    return grouped(cases, keys, Sums(amounts={f"{name}_fen": fen(cases[f"{name}_cny"]) for name in LOSSES}))


def loss_band_cells(store: Store, *, by: Sequence[str] = ("case_type", "matter")) -> pd.DataFrame:
    """Partition cells `county, month, *by, band, n, n_fen, fen` of loss recovered, by month closed: for medians.

    `band` is the lower end in CNY of the band the amount lies in (a number as text; `nothing` for an amount of zero).
    """
    cases = store.table("cases")
    amount = fen(cases.loss_recovered_cny)
    steps = [(amount >= low * 100, f"{low}") for low in reversed(BANDS_CNY[1:])]
    band = ibis.cases((amount == 0, "nothing"), *steps, (amount > 0, "0"), else_=ibis.null("string"))
    keys = {"county": cases.county, "month": month_key(cases.closed_on), **picked(cases, by, CASE_KEYS), "band": band}
    return grouped(cases, keys, Sums(amounts={"fen": amount}))


def subsidy_cells(store: Store, *, by: Sequence[str] = ("case_type", "grade")) -> pd.DataFrame:
    """Partition cells `county, month, *by, n, n_subsidy_fen, subsidy_fen` of every case, by month closed."""
    cases = store.table("cases")
    keys = {"county": cases.county, "month": month_key(cases.closed_on), **picked(cases, by, CASE_KEYS)}
    return grouped(cases, keys, Sums(amounts={"subsidy_fen": fen(cases.subsidy_cny)}))


def payment_cells(store: Store, *, by: Sequence[str] = PAYMENT_KEYS) -> pd.DataFrame:
    """Partition cells `county, month, kind, *by, for_case, n, n_amount_fen, amount_fen` of payments, by month paid.

    `for_case`: whether the payment names a case.
    """
    paid = store.table("payments")
    keys = {"county": paid.county, "month": month_key(paid.paid_on), "kind": paid.kind}
    keys |= picked(paid, by, PAYMENT_KEYS) | {"for_case": paid.case_no.notnull()}
    return grouped(paid, keys, Sums(amounts={"amount_fen": fen(paid.amount_cny)}))


def tariff_cells(store: Store, *, by: Sequence[str] = ("case_type", "proceeding_stage")) -> pd.DataFrame:
    """Partition cells `county, month, *by, kind, grade, n, n_cases, amounts in fen` of payments that name a case.

    `by` are columns of the case; the lowest and highest amount show whether one tariff held. `n_cases` counts
    different cases within the cell.
    """
    paid = _with_case(store, "payments", by, ("county", "paid_on", "kind", "grade", "amount_cny"))
    paid = paid.filter(paid.case_no.notnull())
    keys = {"county": paid.county, "month": month_key(paid.paid_on), **{name: paid[name] for name in by}}
    amount = fen(paid.amount_cny)
    sums = Sums(amounts={"amount_fen": amount}, distinct={"cases": paid.case_no}, spans={"amount_fen": amount})
    return grouped(paid, keys | {"kind": paid.kind, "grade": paid.grade}, sums)


def _with_case(store: Store, table: str, by: Sequence[str], columns: Sequence[str]) -> "ir.Table":
    """The rows of a table with what their case says; its own columns come first."""
    own, cases = store.table(table), store.table("cases")
    wanted = picked(cases, by, OF_THE_CASE)
    if "county" not in columns:
        wanted["county"] = cases.county
    return own.select("case_no", *columns).left_join(cases.select("case_no", **wanted), "case_no")
