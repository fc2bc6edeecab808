"""The tables of awareness: waves, segments, counties, changes, what the wording does, and the next survey."""

from collections.abc import Iterator, Sequence
from math import isfinite

import pandas as pd

from legalaid_eval.chapters.awareness_findings import Awareness
from legalaid_eval.chapters.awareness_plan import GOALS, ONE_COUNTY, POWER, Reckoning
from legalaid_eval.chapters.awareness_waves import SUPPRESSED
from legalaid_eval.chapters.caseload_tables import HIDDEN, bounds, signed
from legalaid_eval.content import Code, Column, Message, Period, Quantity, Range, Table
from legalaid_eval.estimators.survey import SampleSize
from legalaid_eval.indicators.outreach import AWARENESS, HEADLINE

ITEMS = tuple(measure.key for measure in AWARENESS)
HIGHER, LOWER, OPEN = "higher", "lower", "open"
Line = tuple[object, ...]


def tables(aware: Awareness) -> tuple[Table, ...]:
    return (
        waves_table(aware),
        depth_table(aware),
        segments_table(aware),
        places_table(aware),
        changes_table(aware),
        wordings_table(aware),
        plan_table(aware),
    )


def _table(
    name: str, aware: Awareness, columns: str, lines: list[Line], *, placement: str = "body", **said: object
) -> Table:
    heads = tuple(Column(key, "right" if key.startswith("aw_v_") else "left") for key in columns.split())
    facts = aware.told.facts | {"n": len(lines), "power": Quantity(100 * POWER, "percent")} | last_facts(aware) | said
    note = Message(f"awareness.note.{name}", facts) if lines else None
    return Table(name, heads, tuple(lines), placement, note, facts)


def last_facts(aware: Awareness) -> dict[str, object]:
    """The last wave and its wording by name; None without a survey."""
    if aware.last is None:
        return {"wave": None, "wording": None}
    return {"wave": wave_name(aware, aware.last["wave"]), "wording": wording_name(aware.last["wording"])}


def wave_name(aware: Awareness, wave: int) -> Period | Message:
    """The month of its first interview, or its number."""
    month = aware.months[wave]
    if month is None:
        return Message("awareness.wave", {"number": int(wave)})
    period = pd.Period(month, "M")
    return Period(period.start_time.date(), period.end_time.date())


def item_name(item: str) -> Code:
    return Code("awareness_item", item)


def wording_name(wording: str) -> Code:
    return Code("awareness_wording", wording)


def mode_name(mode: str) -> Code:
    return Code("awareness_mode", mode)


def segment_name(segment: str) -> Code:
    return Code("awareness_segment", segment)


def base_of(row: pd.Series) -> object:
    """Respondents as they may be told."""
    return HIDDEN if pd.isna(row["n"]) else int(row["n"])


def value_of(row: pd.Series | None, *, bare: bool = False) -> object:
    """A share or the depth with its interval; hidden, or said to have none. None: not asked. bare: without the sign of
    percent, for a column whose head has it."""
    if row is None:
        return None
    if row["status"] == SUPPRESSED:
        return HIDDEN
    if pd.isna(row["estimate"]):
        return Code("status", "not_evaluable")
    share = row["unit"] == "percent"
    unit, places = ("count" if bare else "percent", 1) if share else ("ratio", 2)
    return within(Quantity(float(row["estimate"]), unit, decimals=places), row["ci_low"], row["ci_high"])


def within(value: Quantity, low: float, high: float) -> Message:
    """A value with its interval, or with the word that the sample does not give one."""
    if not all(pd.notna(end) and isfinite(end) for end in (low, high)):
        return Message("awareness.no_interval", {"value": value})
    ends = bounds(float(low), float(high), value.unit, value.decimals)
    return Message("caseload.with_interval", {"value": value, "ends": ends})


def difference_of(row: pd.Series) -> Message:
    """A change or difference with its interval, in the unit that the note names."""
    places = 1 if row["unit"] == "percentage_point" else 2
    value = signed(float(row["estimate"]), "count", places)
    ends = [float(row[name]) for name in ("ci_low", "ci_high")]
    if not all(map(isfinite, ends)):
        return Message("awareness.no_interval", {"value": value})
    return Message("caseload.with_interval", {"value": value, "ends": bounds(*ends, "count", places)})


def reading_of(row: pd.Series) -> Code:
    """Whether an interval lies above no change, below it, or holds it."""
    low, high = float(row["ci_low"]), float(row["ci_high"])
    return Code("awareness_reading", HIGHER if low > 0 else LOWER if high < 0 else OPEN)


def by_item(rows: pd.DataFrame, items: Sequence[str] = ITEMS) -> list[object]:
    """The values of one wave and group, in the order of the items."""
    found = {row["item"]: row for _, row in rows.iterrows()}
    return [value_of(found.get(item), bare=True) for item in items]


def item_heads(items: Sequence[str] = ITEMS) -> str:
    return " ".join(f"aw_v_{item}" for item in items)


def modes_of(aware: Awareness, wave: int, wording: str) -> tuple[Message, ...]:
    """How the respondents of a wave were asked, the commonest first."""
    rows = aware.modes[(aware.modes["wave"] == wave) & (aware.modes["wording"] == wording)]
    rows = rows.sort_values(["share", "mode"], ascending=[False, True], na_position="last")
    return tuple(
        Message("awareness.mode", {"mode": mode_name(r.mode), "share": whole(r.share)}) for r in rows.itertuples()
    )


def whole(share: object) -> Quantity | Code:
    return HIDDEN if pd.isna(share) else Quantity(int(share), "percent")


def waves_table(aware: Awareness) -> Table:
    """Per wording and wave: how people were asked, how many, and who have heard of it."""
    lines = []
    for wording, wave, rows in _by_wave(aware):
        first = rows[rows["item"] == HEADLINE].iloc[0]
        clusters = None if pd.isna(first["n_clusters"]) else int(first["n_clusters"])
        head = wording_name(wording), wave_name(aware, wave), modes_of(aware, wave, wording), base_of(first)
        lines.append((*head, clusters, value_of(first, bare=True)))
    columns = f"aw_wording aw_wave aw_modes aw_v_n aw_v_clusters {item_heads(ITEMS[:1])}"
    return _table("awareness_waves", aware, columns, lines)


def depth_table(aware: Awareness) -> Table:
    """Per wording and wave: what is known beyond the name."""
    lines = [
        (wording_name(wording), wave_name(aware, wave), *by_item(rows, ITEMS[1:]))
        for wording, wave, rows in _by_wave(aware)
    ]
    return _table("awareness_depth", aware, f"aw_wording aw_wave {item_heads(ITEMS[1:])}", lines)


def _by_wave(aware: Awareness) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Wording, wave and its rows: each wording a series of its own, the oldest first."""
    for wording in aware.wordings:
        for wave, rows in aware.whole[aware.whole["wording"] == wording].groupby("wave"):
            yield wording, wave, rows


def segments_table(aware: Awareness) -> Table:
    """The last wave by segment."""
    lines = []
    for segment, rows in aware.latest(aware.by_segment).groupby("value", sort=False):
        lines.append((segment_name(segment), base_of(rows.iloc[0]), *by_item(rows)))
    return _table("awareness_segments", aware, f"aw_segment aw_v_n {item_heads()}", lines)


def places_table(aware: Awareness) -> Table:
    """The last wave by county: who have heard of it, by the county's own answers and drawn to the others."""
    own, pooled = (aware.latest(frame) for frame in (aware.by_county, aware.pooled))
    own, pooled = (frame[frame["item"] == HEADLINE].set_index("value") for frame in (own, pooled))
    lines = []
    for code in aware.told.places if len(own) else ():
        drawn = HIDDEN if code in own.index else None
        if code in pooled.index:
            row = pooled.loc[code]
            value = Quantity(float(row["pooled"]), "percent", decimals=1)
            drawn = within(value, row["pooled_low"], row["pooled_high"])
        base = base_of(own.loc[code]) if code in own.index else None
        lines.append((aware.told.name(code), base, value_of(own.loc[code] if code in own.index else None), drawn))
    return _table("awareness_places", aware, "aw_place aw_v_n aw_v_own aw_v_pooled", lines, placement="appendix")


def changes_table(aware: Awareness) -> Table:
    """In each wording: the last wave less the first."""
    lines = []
    for wording in aware.wordings:
        for _, row in aware.changes[aware.changes["wording"] == wording].iterrows():
            waves = wave_name(aware, row["first"]), wave_name(aware, row["last"])
            lines.append((wording_name(wording), item_name(row["item"]), *waves, difference_of(row), reading_of(row)))
    return _table("awareness_changes", aware, "aw_wording aw_item aw_first aw_last aw_v_change aw_reading", lines)


def wordings_table(aware: Awareness) -> Table:
    """Waves asked in several wordings: each less the oldest."""
    lines = []
    for _, row in aware.bridge.iterrows():
        pair = {"wording": wording_name(row["wording"]), "against": wording_name(row["against"])}
        head = wave_name(aware, row["wave"]), Message("awareness.less", pair), item_name(row["item"])
        lines.append((*head, difference_of(row), reading_of(row)))
    return _table("awareness_wordings", aware, "aw_wave aw_pair aw_item aw_v_difference aw_reading", lines)


def plan_table(aware: Awareness) -> Table:
    """What a next survey could see, with the correlation seen and with more of it."""
    reckonings = aware.plan.reckonings
    lines: list[Line] = []
    if reckonings:
        lines.append((Code("awareness_goal", "rise"), *(rise_of(one) for one in reckonings)))
        lines += [(goal_name(aware, goal), *(size_of(aware, one, goal) for one in reckonings)) for goal in GOALS]
    heads = " ".join(["aw_goal", *(f"aw_v_{one.name}" for one in reckonings)])
    return _table("awareness_plan", aware, heads, lines, short=too_few_points(aware))


def too_few_points(aware: Awareness) -> Message | None:
    """That counties have fewer townships than the sampling points it takes to know them by themselves; None where all
    have enough, or townships or sampling points are not recorded."""
    plan, towns = aware.plan, townships(aware)
    needed = [one.sizes[ONE_COUNTY].clusters for one in plan.reckonings if ONE_COUNTY in one.sizes]
    short = [number for number in towns.values() if needed and number < needed[0]]
    if not short or not plan.design.clustered:
        return None
    facts = {"n": len(short), "all": len(short) == len(towns), "alone": len(towns) == 1}
    facts |= {"towns": Range(min(short), max(short), "count"), "needed": needed[0]}
    people = None if plan.every_point is None else Quantity(plan.every_point, "person")
    return Message("awareness.next.too_few_points", facts | {"people": people})


def townships(aware: Awareness) -> dict[str, int]:
    """Code of a county asked -> townships recorded, where there are any."""
    recorded = aware.told.seen.register.counts.townships
    counties = aware.survey.answers["county"].unique()
    return {county: recorded[county] for county in counties if recorded.get(county)}


def goal_name(aware: Awareness, goal: str) -> Message:
    claim, true = (Quantity(value, "percent") for value in (aware.plan.claim, aware.plan.true))
    return Message(f"awareness.goal.{goal}", {"claim": claim, "supposed": true})


def rise_of(reckoning: Reckoning) -> object:
    if reckoning.rise is None:
        return Code("awareness_why", reckoning.reason)
    return Quantity(reckoning.rise, "percentage_point", decimals=1)


def size_of(aware: Awareness, reckoning: Reckoning, goal: str) -> object:
    """Clusters and respondents, or why there is no answer."""
    if goal not in reckoning.sizes:
        return Code("awareness_why", reckoning.reasons[goal])
    return size_told(reckoning.sizes[goal], clustered=aware.plan.design.clustered)


def size_told(size: SampleSize, *, clustered: bool) -> Message:
    people = Quantity(size.respondents, "person", decimals=0)
    return Message("awareness.size", {"clusters": size.clusters if clustered else None, "people": people})
