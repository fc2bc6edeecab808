"""Small registers at random, with every gap and contradiction a real one has, and a slow reading of their rows."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from legalaid_eval.calendar import WorkCalendar
from legalaid_eval.cells.stages import ORDER, Stage
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.schemas import register_codes as codes

AS_OF = date(2022, 6, 30)
CLOCK_GROUPS = ("", "minor", "elderly|woman", "disabled|migrant_worker|woman", "woman")


def pick(rng, values, n, empty=0.1):
    """Values at random, a share of them empty."""
    return np.where(rng.random(n) < empty, "", np.asarray(values)[rng.integers(0, len(values), n)])


def flags(rng, n):
    return np.array([True, False, None], dtype=object)[rng.integers(0, 3, n)]


def numbers(rng, n, high, digits=2):
    return np.where(rng.random(n) < 0.3, np.nan, np.round(rng.random(n) * high, digits))


def days(rng, n, base, low, high, empty=0.25):
    found = base + rng.integers(low, high, n).astype("timedelta64[D]")
    found[rng.random(n) < empty] = np.datetime64("NaT")
    return found


def case_columns(rng, n):
    """Cases of 2019 to 2022; one in many has its stages in a wrong order, or lacks one."""
    start = np.datetime64("2019-01-01") + rng.integers(0, 1300, n).astype("timedelta64[D]")
    notified = rng.random(n) < 0.2
    nat = np.datetime64("NaT")
    waits = pick(rng, codes.STATUS, n, empty=0.02)
    return {
        "case_no": np.array([f"c{i}" for i in range(n)], dtype=object),
        "county": pick(rng, ("A", "B", "C"), n, empty=0.05),
        "case_type": pick(rng, codes.CASE_TYPE[:2], n, empty=0.05),
        "matter": pick(rng, codes.MATTER[:3], n),
        "channel": pick(rng, codes.CHANNEL[:3], n),
        "means_test": pick(rng, codes.MEANS_TEST, n),
        "decision": pick(rng, codes.DECISION, n, empty=0.2),
        "status": waits,
        "grade": pick(rng, codes.GRADE, n),
        "recipient_groups": np.array(CLOCK_GROUPS)[rng.integers(0, len(CLOCK_GROUPS), n)],
        "commitment": flags(rng, n),
        "priority": flags(rng, n),
        "routine": flags(rng, n),
        "aid_first": flags(rng, n),
        "visits": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 4, n)),
        "recipients": np.where(rng.random(n) < 0.2, np.nan, rng.integers(1, 9, n)),
        "supplement_days": np.where(rng.random(n) < 0.6, np.nan, rng.integers(0, 6, n)),
        "notice_on": np.where(notified, start, nat),
        "applied_on": np.where(notified & (rng.random(n) < 0.9), nat, start),
        "accepted_on": days(rng, n, start, 0, 4, 0.15),
        "papers_completed_on": days(rng, n, start, -1, 40, 0.7),
        "decided_on": days(rng, n, start, -1, 20),
        "assigned_on": days(rng, n, start, -1, 25),
        "closed_on": days(rng, n, start, 0, 300, 0.4),
        "terminated_on": days(rng, n, start, 0, 200, 0.9),
        "archived_on": days(rng, n, start, 10, 340, 0.5),
        "loss_recovered_cny": numbers(rng, n, 90_000),
        "subsidy_cny": numbers(rng, n, 2_000),
        "handler_id": pick(rng, [f"h{i}" for i in range(6)], n),
    }


def other_tables(rng, n):
    """Rows of the other tables; some name a case or event that is not there."""
    start = np.datetime64("2020-01-01")
    county = lambda: pick(rng, ("A", "B", "C"), n, empty=0.05)  # noqa: E731
    keys = lambda prefix: np.array([f"{prefix}{i}" for i in range(n)], dtype=object)  # noqa: E731
    named = lambda prefix: np.array([f"{prefix}{i}" for i in rng.integers(0, n + 5, n)], dtype=object)  # noqa: E731
    return {
        "consultations": {
            "consultation_no": keys("q"),
            "county": county(),
            "consulted_on": days(rng, n, start, 0, 400),
            "channel": pick(rng, codes.CHANNEL[:2], n),
            "unit": pick(rng, codes.CONSULTATION_UNIT, n),
            "quantity": np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 5, n)),
            "recipient_groups": np.array(CLOCK_GROUPS)[rng.integers(0, len(CLOCK_GROUPS), n)],
            "knew_from": pick(rng, codes.KNEW_FROM, n),
            "event_id": np.where(rng.random(n) < 0.5, "", named("e")),
        },
        "outreach_events": {
            "event_id": keys("e"),
            "county": county(),
            "held_on": days(rng, n, start, 0, 400),
            "site": pick(rng, codes.SITE, n),
            "attendance": np.where(rng.random(n) < 0.3, np.nan, rng.integers(0, 90, n)),
            "cost_cny": numbers(rng, n, 500),
        },
        "awareness_survey": {
            "respondent_id": keys("r"),
            "wave": rng.integers(1, 12, n),
            "surveyed_on": days(rng, n, start, 0, 400),
            "county": county(),
            "stratum": pick(rng, ("s1", "s2"), n, empty=0),
            "psu": pick(rng, ("p1", "p2", "p3"), n, empty=0),
            "weight": np.where(rng.random(n) < 0.1, np.nan, np.array([1.1, 2.3, 1 / 3])[rng.integers(0, 3, n)]),
            "wording": pick(rng, codes.WORDING, n),
            "heard_of": flags(rng, n),
            "knows_free": flags(rng, n),
        },
        "callbacks": {
            "case_no": named("c"),
            "called_on": days(rng, n, start, 0, 900),
            "reached": flags(rng, n),
            "answer_class": pick(rng, codes.ANSWER_CLASS, n),
        },
        "peer_reviews": {
            "case_no": named("c"),
            "reviewed_on": days(rng, n, start, 0, 900),
            "grade": pick(rng, codes.GRADE, n),
            "score": numbers(rng, n, 100, 1),
        },
        "payments": {
            "payment_id": keys("p"),
            "case_no": np.where(rng.random(n) < 0.3, "", named("c")),
            "county": county(),
            "paid_on": days(rng, n, start, 0, 900),
            "kind": pick(rng, codes.PAYMENT_KIND, n),
            "amount_cny": numbers(rng, n, 3_000),
        },
        "duty_roster": {
            "county": county(),
            "station": pick(rng, ("court", "prison"), n),
            "duty_on": days(rng, n, start, 0, 400),
            "hours": numbers(rng, n, 8, 1),
            "attended": flags(rng, n),
        },
    }


def write_register(path: Path, *, seed: int, n: int, others: bool = True) -> dict[str, pd.DataFrame]:
    """A random register at `path`; gives its tables as the rows were written."""
    rng = np.random.default_rng(seed)
    tables = {"cases": case_columns(rng, n)} | (other_tables(rng, n) if others else {})
    with StoreWriter(path, simulated=True, seed=seed, data_as_of=AS_OF) as writer:
        for name, columns in tables.items():
            writer.append(name, columns)
    return {name: pd.DataFrame(columns).replace({"": None}) for name, columns in tables.items()}


def slow_stage(cases: pd.DataFrame, stage: Stage, *, unit: str = "working_day") -> pd.DataFrame:
    """State and duration of every case, one by one in plain Python, as the words of the cells describe them."""
    found = cases.apply(lambda row: pd.Series(_one(row, stage, unit), index=["state", "duration"]), axis=1)
    return cases.assign(**(found if len(cases) else {"state": [], "duration": []}))


def _seen(row, name):
    day = row.get(name)
    return None if pd.isna(day) or day.date() > AS_OF else day.date()


def _one(row, stage, unit):
    is_true = lambda value: value is True  # noqa: E731
    start, stop, terminated = (_seen(row, name) for name in (stage.starts, stage.stops, "terminated_on"))
    withdrawn = row.decision in ("withdrawn", "deemed_withdrawn")
    if stage.starts == "notice_on" and start is None:
        return "not_applicable", None
    if stage.review and _seen(row, "notice_on"):
        return "not_applicable", None
    if stage.granted and row.decision and row.decision != "granted":
        return "not_applicable", None
    if stage.aid_first and not is_true(row.aid_first):
        return "not_applicable", None
    left = terminated
    if withdrawn or (row.decision == "refused" and stage.stops != "decided_on"):
        left = _seen(row, "decided_on") or (None if stage.stops == "decided_on" else terminated)
    if withdrawn and stage.stops == "decided_on":
        stop = None
    passed = {name: _passed(row, name) for name in (stage.starts, stage.stops)}
    if start is None:
        return ("missing_start" if stop or passed[stage.starts] else "not_started"), None
    pause = 0 if pd.isna(row.supplement_days) or not stage.supplement else int(row.supplement_days)
    counted = start + pd.Timedelta(days=pause)
    if stage.starts == "decided_on" and stop and stop < start and is_true(row.aid_first):
        stop = counted
    if stop:
        if stop < counted:
            return ("order_violated" if stop < start else "supplement_too_long"), None
        return "done", _length(counted, stop, unit)
    if left:
        state = "order_violated" if left < start else "withdrawn" if withdrawn else "ended"
        return state, None if state == "order_violated" else _length(counted, left, unit)
    decided_somehow = stage.granted and not row.decision and _seen(row, "decided_on")
    if row.status in ("terminated", "refused", "withdrawn") or passed[stage.stops] or decided_somehow:
        return "missing_stop", None
    return "open", _length(counted, AS_OF, unit)


def _passed(row, name):
    if name == "papers_completed_on":
        return row.status == "closed" or any(_seen(row, day) for day in ("closed_on", "archived_on"))
    if name not in ORDER or name == "archived_on":
        return False
    later = [day for day in ORDER[ORDER.index(name) + 1 :] if _seen(row, day)]
    return row.status == "closed" or any(day != "assigned_on" or row.aid_first is not True for day in later)


def _length(start, stop, unit):
    if start >= stop:
        return 0
    return (stop - start).days if unit == "day" else WorkCalendar.of().working_days_between(start, stop)
