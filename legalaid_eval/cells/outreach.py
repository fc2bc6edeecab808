"""Outreach and awareness as cells: events, what they brought in, and the answers of the surveys."""

from collections.abc import Sequence

import ibis
import pandas as pd

from legalaid_eval.cells.base import Sums, day_number, fen, grouped, month_key, picked
from legalaid_eval.register.store import Store

EVENT_KEYS = ("town", "site", "format", "topic", "season", "target_group")
ANSWERS = ("heard_of", "knows_free", "knows_who", "knows_where")
DESIGN = ("stratum", "psu", "weight")
SURVEY_KEYS = ("mode", "wording", "segment")


def event_cells(store: Store, *, by: Sequence[str] = EVENT_KEYS[1:]) -> pd.DataFrame:
    """Partition cells `county, month, *by, n` of outreach events, with attendance, materials and cost in fen.

    Each of the three comes as its sum and, with `n_` before it, the number of events where it is known.
    """
    events = store.table("outreach_events")
    keys = {"county": events.county, "month": month_key(events.held_on), **picked(events, by, EVENT_KEYS)}
    amounts = {"attendance": events.attendance, "materials": events.materials, "cost_fen": fen(events.cost_cny)}
    return grouped(events, keys, Sums(amounts=amounts))


def intake_cells(store: Store) -> pd.DataFrame:
    """Partition cells `county, month, knew_from, traced, unit, n, n_quantity, quantity` of consultations.

    `traced`: whether the consultation names the outreach event it came from.
    """
    asked = store.table("consultations")
    keys = {
        "county": asked.county,
        "month": month_key(asked.consulted_on),
        "knew_from": asked.knew_from,
        "traced": asked.event_id.notnull(),
        "unit": asked.unit,
    }
    return grouped(asked, keys, Sums(amounts={"quantity": asked.quantity}))


def yield_cells(store: Store) -> pd.DataFrame:
    """Partition cells `site, format, topic, season, target_group, unit, n, n_quantity, quantity` of consultations.

    The keys are those of the event a consultation came from, of any month; missing where it names none, or one that
    is not in the register.
    """
    asked, events = store.table("consultations"), store.table("outreach_events")
    columns = EVENT_KEYS[1:]
    joined = asked.select("event_id", "unit", "quantity").left_join(events.select("event_id", *columns), "event_id")
    keys = {name: joined[name] for name in (*columns, "unit")}
    return grouped(joined, keys, Sums(amounts={"quantity": joined.quantity}))


def survey_cells(store: Store, *, by: Sequence[str] = SURVEY_KEYS) -> pd.DataFrame:
    """Partition cells `county, town, wave, stratum, psu, weight, *by, four answers, n` of respondents.

    The weight itself is the weight class, so that totals, means, and their errors by stratum and cluster are those of
    the respondents. Answers are true, false or missing; a missing weight is NaN.
    """
    answers = store.table("awareness_survey")
    keys = {name: answers[name] for name in ("county", "town", "wave", *DESIGN)}
    keys |= picked(answers, by, SURVEY_KEYS)
    return grouped(answers, keys | {name: answers[name] for name in ANSWERS})


def wave_cells(store: Store) -> pd.DataFrame:
    """Partition cells `county, wave, mode, wording, n` of respondents, with the first and last day of interviews.

    Also the number of respondents with a weight, and of clusters and strata (not to be added over cells).
    """
    answers = store.table("awareness_survey")
    keys = {name: answers[name] for name in ("county", "wave", "mode", "wording")}
    return grouped(
        answers,
        keys,
        Sums(
            amounts={"weighted": ibis.ifelse(answers.weight.notnull(), 1, ibis.null("int64"))},
            distinct={"psu": answers.psu, "stratum": answers.stratum},
            spans={"surveyed_on": day_number(answers.surveyed_on)},
        ),
    ).drop(columns="weighted")
