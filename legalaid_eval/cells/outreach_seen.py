"""Everything the chapter on outreach looks at in a store, taken at once: counts, survey, doses, use, reforms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import ibis
import pandas as pd

from legalaid_eval.cells.awareness_waves import AwarenessSurvey, awareness_survey
from legalaid_eval.cells.base import MISSING, Sums, fen, grouped, month_key, rows_of
from legalaid_eval.cells.caseload_series import monthly_counts, monthly_rows
from legalaid_eval.cells.count_tables import came_on
from legalaid_eval.cells.outreach_indicators import Asked, OutreachRegister, outreach_register
from legalaid_eval.cells.outreach_period import UNDATED
from legalaid_eval.cells.processing_outcomes import reform_starts
from legalaid_eval.cells.processing_register import Places
from legalaid_eval.cells.stages import last_day
from legalaid_eval.register.privacy import ALL, HIDDEN, OK
from legalaid_eval.register.store import Store, StoreMeta, open_store

__all__ = ["Asked", "OutreachSeen", "outreach_seen"]

APPLICATIONS, CONSULTATIONS, NOTIFIED = "applications", "consultations", "notified"
"""What people do who know of legal aid; and cases by notice of a court, prosecutor or police, which are none of it."""


@dataclass(frozen=True, eq=False, slots=True)
class OutreachSeen:
    """What the store holds of a place and period, and of the whole store for models.

    register: shown counts of the period, and its events. as_of: the last day of the data. survey: waves of the whole
    store that began by the end of the period. sessions: `month, n, status` of events in the whole store, which may be
    shown. doses: `county, town, month` with n events, `attendance` and `cost_fen` of those that say it, and
    `n_attendance`, `n_cost_fen`, how many do; of all months up to the end of the period, without those that name no
    county or day. use: by what is done (APPLICATIONS, CONSULTATIONS, NOTIFIED) the panel `county, month, n`, without
    consultations that name an outreach event. doses and use are for models and not to be shown. starts: kind of
    reform -> code of a county -> month of its start. residents: by code of a place. keys: code of a place -> its key.
    """

    register: OutreachRegister
    as_of: date
    survey: AwarenessSurvey
    sessions: pd.DataFrame
    doses: pd.DataFrame
    use: Mapping[str, pd.DataFrame]
    starts: Mapping[str, Mapping[str, str]]
    residents: Mapping[str, int]
    keys: Mapping[str, str]

    @property
    def meta(self) -> StoreMeta:
        return self.register.counts.meta

    @property
    def places(self) -> Places:
        return self.register.counts.places


def outreach_seen(address: str, asked: Asked) -> OutreachSeen:
    """Take it all; raises DataError if there is no store."""
    with open_store(address) as store:
        register = outreach_register(store, asked)
        end = min(asked.end, last_day(store))
        places = rows_of(store, "places", ["code", "valid_from"])
        return OutreachSeen(
            register,
            last_day(store),
            awareness_survey(store, min_cell=asked.min_cell, until=end),
            sessions_by_month(register),
            dose_cells(store, until=end),
            use_panels(store, until=end, traced=False),
            reform_starts(store),
            register.counts.residents,
            dict(zip(places["code"], places["place"], strict=True)),
        )


def sessions_by_month(register: OutreachRegister) -> pd.DataFrame:
    """Shown `month, n, status` of events of the whole store, in the period and outside of it."""
    decided = register.counts.decided
    parts = [decided.shown("events by month"), decided.shown("events of other months")]
    told = pd.concat([part[["month", "n", "status"]] for part in parts])
    told = told[~told["month"].isin((ALL, MISSING, UNDATED))]
    found = told.groupby("month")["n"].agg(lambda n: n.sum(skipna=False)).astype("Int64").reset_index()
    return found.assign(status=found["n"].isna().map({True: HIDDEN, False: OK}))


def dose_cells(store: Store, *, until: date) -> pd.DataFrame:
    """The `doses` of OutreachSeen."""
    events = store.table("outreach_events")
    events = events.filter(events.held_on <= ibis.literal(until))
    keys = {"county": events.county, "town": events.town, "month": month_key(events.held_on)}
    cells = grouped(events, keys, Sums(amounts={"attendance": events.attendance, "cost_fen": fen(events.cost_cny)}))
    return cells[(cells["county"] != MISSING) & (cells["month"] != MISSING)].reset_index(drop=True)


def use_panels(store: Store, *, until: date, traced: bool = True) -> dict[str, pd.DataFrame]:
    """The `use` of OutreachSeen; a table that the store has not is an empty panel.

    traced: with consultations that name an outreach event. An advice stand makes some itself, and those say nothing of
    whether more people come. Where no consultation names an event, all of them count.
    """
    asked = monthly_rows(store, CONSULTATIONS, until=until)
    return {
        APPLICATIONS: monthly_counts(store, what="applied", until=until),
        CONSULTATIONS: asked if traced else _untraced(store, asked, until),
        NOTIFIED: monthly_counts(store, what="notified", until=until),
    }


def _untraced(store: Store, panel: pd.DataFrame, until: date) -> pd.DataFrame:
    """The panel of all consultations less those that name an event; what is not known of a month stays so."""
    rows = store.table(CONSULTATIONS)
    day = came_on(rows, CONSULTATIONS)
    named = rows.filter(rows.event_id.notnull() & (day <= ibis.literal(until)))
    cells = grouped(named, {"county": named.county, "month": month_key(came_on(named, CONSULTATIONS))})
    found = panel.merge(cells[["county", "month", "n"]], how="left", on=["county", "month"], suffixes=("", "_named"))
    return panel.assign(n=panel["n"] - found["n_named"].astype("Int64").fillna(0).array)
