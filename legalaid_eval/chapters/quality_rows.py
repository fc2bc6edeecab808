"""The results rows of 'data quality'."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.quality_counts import ALL, MONTHLY
from legalaid_eval.chapters.quality_findings import Told, exclusions, filled_share, order_of, shares
from legalaid_eval.chapters.report_row import RowMaker
from legalaid_eval.indicators.data_quality import KEY_SHARES, ORDER_PAIRS

NAME = "data_quality"
FULL = 100


@dataclass(frozen=True, eq=False, slots=True)
class Writer:
    """Makes rows that share the report, the evidence and, unless told otherwise, the place and the period."""

    told: Told

    def row(
        self,
        indicator: str,
        method: str,
        value: float | None,
        unit: str,
        *,
        group: str = "all",
        ends: tuple[float, float] | None = None,
        **more: object,
    ) -> results.Row:
        maker = RowMaker(self.told.params, NAME, self.told.counts.meta.evidence)
        return maker.row(indicator, group, method, unit, (value, *(ends or (None, None)), None), **more)

    def count(self, indicator: str, method: str, found: object, status: str = "ok", **more: object) -> results.Row:
        """A number of records that disclosure control may have hidden."""
        value = None if status == "suppressed" or found is None or pd.isna(found) else float(found)
        return self.row(indicator, method, value, "record", status=status, **more)

    def place(self, code: str) -> str:
        units = self.told.counts.units
        known = units.loc[units["code"] == code, "key"]
        return self.told.counts.whole if code == ALL else str(known.iloc[0]) if len(known) else code


def rows(told: Told) -> pd.DataFrame:
    """Everything the chapter counts; hidden numbers are empty and have the status suppressed."""
    write = Writer(told)
    makers = (_received, _units, _coverage, _by_month, _completeness, _issues, _order, _excluded, _bounds)
    return results.make(row for make in makers for row in make(write, told))


def _received(write: Writer, told: Told) -> Iterator[results.Row]:
    """A count that is not told of a part of the store has no status."""
    for row in told.counts.received.itertuples():
        if not row.delivered:
            yield write.count("records", "in_store", None, "not_evaluable", group=row.table, note="absent")
            continue
        if isinstance(row.status, str):
            yield write.count("records", "in_store", row.n, row.status, group=row.table)
        if isinstance(row.status_period, str):
            yield write.count("records", "in_period", row.n_period, row.status_period, group=row.table)
        if isinstance(row.status_undated, str):
            yield write.count("records", "without_day", row.n_undated, row.status_undated, group=row.table)


def _units(write: Writer, told: Told) -> Iterator[results.Row]:
    """Units with rows of the period, of those that should report."""
    for row in told.counts.received.itertuples():
        if row.delivered and not pd.isna(row.units):
            more = {"group": row.table, "n": len(told.expected)}
            yield write.row("units", "reporting", float(row.units), "unit", **more)


def _coverage(write: Writer, told: Told) -> Iterator[results.Row]:
    covered = [month for month in told.months if told.days(month).start <= told.as_of]
    for code in told.counts.units["code"]:
        for table in MONTHLY:
            silent = len(told.silent(table, code))
            note = "months_without_rows" if silent else ""
            more = {"group": table, "place": write.place(code), "n": len(covered), "note": note}
            yield write.row("months_reported", "months_with_rows", float(told.reported(table, code)), "month", **more)


def _by_month(write: Writer, told: Told) -> Iterator[results.Row]:
    """Months with nothing reported are not evaluable: no row says whether there was no case or no report."""
    status = {"reported": "ok", "suppressed": "suppressed"}
    for code in told.counts.units["code"]:
        for table in MONTHLY:
            for month, (state, n) in told.months_of(table, code).items():
                days = told.days(month)
                more = {"group": table, "place": write.place(code), "days": (days.start, days.end)}
                note = "" if state in status else "nothing_reported" if state == "missing" else state
                yield write.count("records", "by_month", n, status.get(state, "not_evaluable"), **more, note=note)


def _completeness(write: Writer, told: Told) -> Iterator[results.Row]:
    for row in told.counts.completeness.itertuples():
        if row.county != ALL and (told.alone or row.county not in set(told.counts.units["code"])):
            continue
        hidden = row.status == "suppressed"
        group = f"stage:{row.stage}" if row.column == ALL else row.column
        more = {"group": group, "place": write.place(row.county), "n": None if hidden else int(row.due)}
        yield write.row("completeness", "filled_of_due", filled_share(row), "percent", status=row.status, **more)


def _issues(write: Writer, told: Told) -> Iterator[results.Row]:
    for row in told.counts.issues.itertuples():
        if ALL not in (row.table, row.severity, row.rule):
            more = {"group": f"{row.table}:{row.rule}", "note": row.rule, "place": told.counts.whole}
            yield write.count("issues", row.severity, row.n, row.status, **more)


def _order(write: Writer, told: Told) -> Iterator[results.Row]:
    for earlier, later in ORDER_PAIRS:
        row = order_of(told, earlier, later)
        if row is not None:
            known = row.status == "ok" and row.both > 0
            value = FULL * row.violated / row.both if known else None
            more = {"group": f"{earlier}:{later}", "n": int(row.both) if known else None, "status": row.status}
            more["place"] = told.counts.whole
            yield write.row("stage_order_violated", "violated_of_both", value, "percent", **more)


def _excluded(write: Writer, told: Told) -> Iterator[results.Row]:
    for line in exclusions(told):
        status = "suppressed" if line.n is None else "not_evaluable" if line.reason == "no_rows" else "ok"
        more = {"group": f"{line.analysis}:{line.account}:{line.reason}", "n": line.considered, "note": line.reason}
        yield write.count("rows_excluded", "count", line.n, status, **more)


def _bounds(write: Writer, told: Told) -> Iterator[results.Row]:
    for share in shares(told):
        status = "suppressed" if share.hidden else "not_evaluable" if share.ends is None else "ok"
        note = {"suppressed": "", "not_evaluable": "no_rows", "ok": "excluded_all_no_to_all_yes"}[status]
        more = {"ends": share.ends, "n": share.used or None, "status": status, "note": note}
        value = share.value
        yield write.row(share.name, "worst_case_bounds", value, "percent", group=KEY_SHARES[share.name], **more)
