"""Small simulated registers for tests of the chapter on outreach, and the decision over what that chapter shows alone.

Eight counties of four townships, four half-yearly waves of a survey, three years of events, cases and consultations.
Outreach began in four of the counties; what it changed is planted, so that a test knows what there is to be found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from legalaid_eval.cells import disclosure, outreach_counts
from legalaid_eval.cells.caseload_counts import GROUPS
from legalaid_eval.register.store import StoreWriter
from legalaid_eval.schemas import register_codes as codes

CITY = "Chengbei"
OUTREACH = "targeted_outreach"
STARTS = {"A": "2022-08", "B": "2022-08", "C": "2023-02", "D": "2023-02"}
WAVES = ("2022-05", "2022-11", "2023-05", "2023-11")
FIRST, END = np.datetime64("2021-01"), date(2023, 12, 31)
MONTHS = 36
TOWNS = 4
SEGMENTS = codes.SEGMENT[:2]
RARE = codes.SEGMENT[2]
"""Of this segment the last wave has two respondents."""
SHOWN = {
    *(table.name for table in outreach_counts.TABLES),
    *("sessions", "taken on"),
    *(f"cases of {group}" for group in GROUPS),
}
"""Tables of counts that this chapter shows, those of other chapters among them."""
TABLES = tuple(table for table in disclosure.TABLES if table.name in SHOWN)


def decide_on_outreach_alone(patch: pytest.MonkeyPatch) -> None:
    """Most of a decision on a small store goes into other chapters' queries; decisions are kept apart."""
    patch.setattr(disclosure, "TABLES", TABLES)
    patch.setattr(disclosure, "LINKS", outreach_counts.LINKS)
    patch.setattr(disclosure, "_decided", {})


@dataclass(frozen=True, slots=True)
class City:
    """What is planted. known: percent who had heard of it without outreach; lift: points that outreach adds. rise: more
    applications and consultations with it, in percent. asked: respondents of a township and wave, one more in every
    other township. turn: the wave from
    which the question is `unprompted`, which takes `shift` points off. events: a month and county. rare: county or
    month ("2022-03") -> how many events there were, of a county in 2023, in place of the usual number. cases: a month
    and county, by application and by notice each.
    """

    counties: str = "ABCDEFGH"
    known: float = 55.0
    lift: float = 16.0
    rise: float = 30.0
    asked: int = 31
    turn: int = len(WAVES)
    shift: float = 0.0
    events: float = 3.0
    rare: Mapping[str, int] = field(default_factory=dict)
    cases: float = 14.0
    survey: bool = True
    reforms: bool = True
    seed: int = 1

    def begun(self, county: str, month: str) -> bool:
        return month >= STARTS.get(county, "9999")


def write(path: Path, city: City) -> dict[str, pd.DataFrame]:
    """Write the store; the tables as they were written."""
    rng = np.random.default_rng(city.seed)
    made = {"places": _places(city)}
    if city.events:
        made["outreach_events"] = _events(rng, city)
    if city.cases:
        made["cases"] = _cases(rng, city)
        made["consultations"] = _consultations(rng, city, made.get("outreach_events"))
    if city.survey:
        made["awareness_survey"] = _survey(rng, city)
    if city.reforms:
        lines = [
            (county, OUTREACH, np.datetime64(f"{STARTS[county]}-01")) for county in city.counties if county in STARTS
        ]
        made["reforms"] = pd.DataFrame(lines, columns=["place", "kind", "effective_on"])
    with StoreWriter(path, simulated=True, data_as_of=END) as writer:
        for name, frame in made.items():
            if len(frame):
                writer.append(name, {column: frame[column].to_numpy() for column in frame})
    return made


def _months() -> list[str]:
    return [str(FIRST + at) for at in range(MONTHS)]


def _towns(county: str) -> list[str]:
    return [f"{county}{at}" for at in range(TOWNS)]


def _places(city: City) -> pd.DataFrame:
    lines = [] if len(city.counties) == 1 else [(CITY, CITY, "city", "", 0)]
    for at, county in enumerate(city.counties):
        people = 30_000 + 4_000 * at
        lines.append((county, f"{county}xian", "county", CITY if len(city.counties) > 1 else "", TOWNS * people))
        lines += [(town, town, "township", county, people) for town in _towns(county)]
    frame = pd.DataFrame(lines, columns=["code", "place", "level", "parent", "population"])
    frame.loc[frame["level"] == "city", "population"] = frame.loc[frame["level"] == "county", "population"].sum()
    return frame.assign(name_zh=frame["place"] + "（中）", name_en=frame["place"].str.replace("xian", " County"))


def _draw(rng: np.random.Generator, values: tuple[str, ...], n: int) -> np.ndarray:
    return np.array(values, dtype=object)[rng.integers(0, len(values), n)]


def _days(rng: np.random.Generator, months: list[str]) -> np.ndarray:
    return np.array(months, "datetime64[M]").astype("datetime64[D]") + rng.integers(0, 28, len(months))


def _placed(rng: np.random.Generator, city: City, mean: float, growth: float) -> tuple[list[str], list[str]]:
    """Counties and months of rows, so many a month and by so many percent more with outreach."""
    counties, months = [], []
    for county in city.counties:
        for month in _months():
            n = int(rng.poisson(mean * (1 + growth / 100 * city.begun(county, month))))
            counties += [county] * n
            months += [month] * n
    return counties, months


def _events(rng: np.random.Generator, city: City) -> pd.DataFrame:
    counties, months = _placed(rng, city, city.events, 150.0)
    n = len(counties)
    frame = pd.DataFrame({"county": counties, "held_on": _days(rng, months)})
    frame["town"] = [f"{county}{at}" for county, at in zip(counties, rng.integers(0, TOWNS, n), strict=True)]
    frame = frame.assign(site=_draw(rng, codes.SITE[:4], n), format=_draw(rng, codes.FORMAT[:3], n))
    frame = frame.assign(topic=_draw(rng, codes.TOPIC[:3], n), season=_draw(rng, codes.SEASON[-3:], n))
    frame["target_group"] = _draw(rng, ("general", "general", "minor", "migrant_worker"), n)
    frame["attendance"] = np.where(rng.random(n) < 0.1, np.nan, rng.poisson(40, n))
    frame["materials"] = rng.poisson(60, n).astype(float)
    frame["cost_cny"] = np.where(rng.random(n) < 0.1, np.nan, 600 + 10 * rng.integers(0, 60, n))
    month = frame["held_on"].dt.strftime("%Y-%m")
    gone = set()
    for rare, kept in city.rare.items():
        gone |= set(frame.index[((frame["county"] == rare) & (month >= "2023-01")) | (month == rare)][kept:])
    frame = frame.drop(index=gone).reset_index(drop=True)
    return frame.assign(event_id=[f"e{at}" for at in range(len(frame))])


def _cases(rng: np.random.Generator, city: City) -> pd.DataFrame:
    """Applications, which rise with outreach, and cases by notice, which do not."""
    parts = []
    for day, growth in (("applied_on", city.rise), ("notice_on", 0.0)):
        counties, months = _placed(rng, city, city.cases, growth)
        parts.append(pd.DataFrame({"county": counties, "day": _days(rng, months), "way": day}))
    frame = pd.concat(parts, ignore_index=True)
    nothing = np.datetime64("NaT", "D")
    for name in ("applied_on", "notice_on"):
        frame[name] = np.where(frame["way"] == name, frame["day"].to_numpy("datetime64[D]"), nothing)
    frame["accepted_on"] = frame["applied_on"]
    frame["recipient_groups"] = _draw(rng, ("minor", "migrant_worker", "elderly|woman", "woman"), len(frame))
    frame = frame.assign(status="open", case_type="civil", case_no=[f"c{at}" for at in range(len(frame))])
    return frame.drop(columns=["day", "way"])


def _consultations(rng: np.random.Generator, city: City, events: pd.DataFrame | None) -> pd.DataFrame:
    counties, months = _placed(rng, city, city.cases, city.rise)
    n = len(counties)
    frame = pd.DataFrame({"county": counties, "consulted_on": _days(rng, months)})
    frame["knew_from"] = _draw(rng, ("outreach", "media", "acquaintance"), n)
    if events is not None:
        named = events["event_id"].to_numpy()[rng.integers(0, len(events), n)]
        frame["event_id"] = np.where((frame["knew_from"] == "outreach") & (rng.random(n) < 0.8), named, None)
    frame = frame.assign(unit="person_time", quantity=1)
    return frame.assign(consultation_no=[f"q{at}" for at in range(n)])


def _survey(rng: np.random.Generator, city: City) -> pd.DataFrame:
    """The same townships in every wave; what is known beyond having heard of it is known by half of those who have."""
    rows = []
    for wave, month in enumerate(WAVES):
        moved = rng.normal(0, 1)
        for at, county in enumerate(city.counties):
            own = city.known + at / 2 + moved + rng.normal(0, 0.5) + city.lift * city.begun(county, month)
            share = min(99.0, own - city.shift * (wave >= city.turn)) / 100
            rows += [
                (wave + 1, county, town, share)
                for at, town in enumerate(_towns(county))
                for _ in range(city.asked + at % 2)
            ]
    frame = pd.DataFrame(rows, columns=["wave", "county", "town", "share"])
    n = len(frame)
    frame["surveyed_on"] = np.array([f"{WAVES[wave - 1]}-10" for wave in frame["wave"]], "datetime64[D]")
    frame["heard_of"] = rng.random(n) < frame.pop("share")
    for item in ("knows_free", "knows_who", "knows_where"):
        frame[item] = frame["heard_of"] & (rng.random(n) < 0.5)
    frame["wording"] = np.where(frame["wave"] > city.turn, "unprompted", "prompted")
    frame["weight"] = 600.0 + 5 * frame["county"].map({name: at for at, name in enumerate(city.counties)})
    frame = frame.assign(stratum=frame["county"], psu=frame["town"], mode=_draw(rng, codes.SURVEY_MODE[:2], n))
    frame["segment"] = np.where(np.arange(n) >= n - 2, RARE, _draw(rng, SEGMENTS, n))
    return frame.assign(respondent_id=[f"r{at}" for at in range(n)])
