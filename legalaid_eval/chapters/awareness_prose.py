"""Awareness in sentences: what the survey says, what the claim would need, what is left to gain, the next survey."""

from collections.abc import Iterator

import pandas as pd

from legalaid_eval.cells.base import MISSING
from legalaid_eval.chapters.awareness_findings import CEILING, Awareness, judged
from legalaid_eval.chapters.awareness_plan import FIND_CHANGE, ONE_COUNTY, POWER, SHOW_CLAIM, Reckoning
from legalaid_eval.chapters.awareness_tables import (
    difference_of,
    item_name,
    last_facts,
    mode_name,
    reading_of,
    segment_name,
    size_told,
    too_few_points,
    townships,
    value_of,
    wave_name,
    whole,
    within,
    wording_name,
)
from legalaid_eval.chapters.awareness_waves import OK, SUPPRESSED
from legalaid_eval.content import Code, Message, Prose, Quantity
from legalaid_eval.indicators.outreach import HEADLINE

DEPTH = "depth"
MODES_MOVED = 10
"""Percentage points by which a way of asking must have grown or shrunk to be named."""
READING = ("survey", "weights", "wording", "mode", "small", "bases", "change")


def measured(aware: Awareness) -> Prose:
    """What the survey says of the period; without a survey, that nothing can be said."""
    return Prose("awareness_measured", tuple(_measured(aware)))


def _measured(aware: Awareness) -> Iterator[Message]:
    if aware.last is None:
        yield Message("awareness.none", aware.told.facts)
        return
    yield _last(aware)
    if aware.outdated:
        yield Message("awareness.outdated", aware.told.facts | last_facts(aware))
    yield from _known(aware)
    yield _changes(aware)
    yield from _wordings(aware)
    yield from _modes(aware)
    yield from _segments(aware)
    yield from _counties(aware)
    notes = tuple(Code("awareness_note", note) for note in aware.last["notes"] if note)
    if notes:
        yield Message("awareness.design_notes", {"notes": notes})


def _last(aware: Awareness) -> Message:
    """The share in the last wave, or that it cannot be told."""
    last, waves = aware.last, sorted(aware.survey.waves["wave"])
    facts = aware.told.facts | last_facts(aware) | {"waves": len(waves), "first": wave_name(aware, waves[0])}
    facts |= {"value": value_of(last), "told": pd.notna(last["estimate"])}
    facts |= {"n": None if pd.isna(last["n"]) else int(last["n"])}
    facts |= {"clusters": None if pd.isna(last["n_clusters"]) else int(last["n_clusters"])}
    return Message("awareness.last", facts)


def _known(aware: Awareness) -> Iterator[Message]:
    """What is known of it beyond its name."""
    rows = aware.latest(aware.whole)
    rows = rows[rows["estimate"].notna()]
    items = tuple(
        Message("awareness.item", {"item": item_name(row["item"]), "value": value_of(row)})
        for _, row in rows[~rows["item"].isin((HEADLINE, DEPTH))].iterrows()
    )
    depth = rows[rows["item"] == DEPTH]
    if items:
        yield Message("awareness.known", {"items": items, "depth": None if depth.empty else value_of(depth.iloc[0])})


def _changes(aware: Awareness) -> Message:
    rows = aware.changes[aware.changes["item"] == HEADLINE]
    parts = tuple(
        Message(
            "awareness.changed",
            {
                "wording": wording_name(row["wording"]),
                "first": wave_name(aware, row["first"]),
                "last": wave_name(aware, row["last"]),
                "change": difference_of(row),
                "reading": reading_of(row).code,
            },
        )
        for _, row in rows.iterrows()
    )
    return Message("awareness.changes", {"parts": parts, "waves": len(aware.survey.waves)})


def _wordings(aware: Awareness) -> Iterator[Message]:
    """What the wording does where a wave was asked in several, and that this is not known where none was."""
    rows = aware.bridge[aware.bridge["item"] == HEADLINE]
    for _, row in rows.iterrows():
        pair = {"wording": wording_name(row["wording"]), "against": wording_name(row["against"])}
        facts = pair | {"wave": wave_name(aware, row["wave"]), "difference": difference_of(row)}
        yield Message("awareness.bridge", facts | {"reading": reading_of(row).code})
    if rows.empty and len(aware.wordings) > 1:
        yield Message("awareness.no_bridge", {"wordings": tuple(map(wording_name, aware.wordings))})


def _modes(aware: Awareness) -> Iterator[Message]:
    """The way of asking that grew most from the first wave to the last, and the one that shrank most."""
    waves = aware.survey.waves["wave"]
    first, last = (_mode_shares(aware, wave) for wave in (waves.min(), waves.max()))
    moved = last.subtract(first, fill_value=0).astype(float).dropna()
    if first.empty or last.empty or moved.empty or moved.abs().max() < MODES_MOVED:
        return
    named = [mode for mode in (moved.idxmax(), moved.idxmin()) if abs(moved[mode]) >= MODES_MOVED]
    parts = tuple(
        Message(
            "awareness.mode_moved",
            {"mode": mode_name(mode), "first": whole(first.get(mode, 0)), "last": whole(last.get(mode, 0))},
        )
        for mode in dict.fromkeys(named)
    )
    ends = {"first": wave_name(aware, waves.min()), "last": wave_name(aware, waves.max())}
    yield Message("awareness.modes_moved", ends | {"parts": parts})


def _mode_shares(aware: Awareness, wave: int) -> pd.Series:
    """Mode -> whole percent of a wave's interviews whose mode is recorded, all wordings together."""
    rows = aware.modes[(aware.modes["wave"] == wave) & (aware.modes["mode"] != MISSING)]
    told = rows.groupby("mode")["n"].agg(lambda n: n.sum(skipna=False)).astype("Float64")
    return (100 * told / told.sum()).round()


def _segments(aware: Awareness) -> Iterator[Message]:
    rows = aware.latest(aware.by_segment)
    rows = rows[(rows["item"] == HEADLINE) & (rows["status"] == OK)]
    if len(rows) > 1:
        yield Message("awareness.segments", _extremes(rows, ("estimate", "ci_low", "ci_high"), segment_name))


def _counties(aware: Awareness) -> Iterator[Message]:
    rows = aware.latest(aware.pooled)
    rows = rows[rows["item"] == HEADLINE]
    if len(rows) > 1:
        hidden = aware.latest(aware.by_county)
        hidden = hidden[(hidden["item"] == HEADLINE) & (hidden["status"] == SUPPRESSED)]["value"]
        facts = _extremes(rows, ("pooled", "pooled_low", "pooled_high"), aware.told.name)
        yield Message("awareness.counties", facts | {"hidden": tuple(map(aware.told.name, hidden))})


def _extremes(rows: pd.DataFrame, names: tuple[str, str, str], name) -> dict[str, object]:
    """The lowest and the highest of several, and whether their intervals lie apart."""
    value, low, high = names
    ordered = rows.assign(**{column: rows[column].astype(float) for column in names}).sort_values([value, "value"])
    least, most = ordered.iloc[0], ordered.iloc[-1]
    told = {
        end: within(Quantity(row[value], "percent", decimals=1), row[low], row[high])
        for end, row in (("low", least), ("high", most))
    }
    apart = bool(least[high] < most[low])
    return told | {"lowest": name(least["value"]), "highest": name(most["value"]), "apart": apart, "n": len(rows)}


def claim_messages(aware: Awareness) -> tuple[Message, ...]:
    """What this survey says of the claim, in every wording, and what would establish it."""
    claim = Quantity(aware.plan.claim, "percent")
    facts = aware.told.facts | last_facts(aware) | {"claim": claim, "outdated": aware.outdated}
    if aware.last is not None:
        facts |= {"value": value_of(aware.last), "told": aware.room is not None}
        facts |= {"bounded": pd.notna(aware.last["ci_low"])}
    said = [Message(f"awareness.claim.{aware.claim}", facts)]
    said += [Message("awareness.claim.other", facts | other) for other in _other_wordings(aware)]
    return (*said, Message("awareness.claim.needs", facts | _needs(aware)))


def _other_wordings(aware: Awareness) -> Iterator[dict[str, object]]:
    """Their last waves: a claim that names no question may rest on any of them."""
    rows = aware.whole[(aware.whole["item"] == HEADLINE) & aware.whole["estimate"].notna()]
    for wording in aware.wordings:
        own = rows[rows["wording"] == wording]
        if wording != aware.last["wording"] and len(own):
            row = own.loc[own["wave"].idxmax()]
            told = {"wording": wording_name(wording), "wave": wave_name(aware, row["wave"]), "value": value_of(row)}
            yield told | {"verdict": judged(row, aware.plan.claim), "bounded": pd.notna(row["ci_low"])}


def _needs(aware: Awareness) -> dict[str, object]:
    plan = aware.plan
    facts = {"supposed": Quantity(plan.true, "percent"), "power": Quantity(100 * POWER, "percent")}
    facts |= {"sizes": _sizes(aware, SHOW_CLAIM), "change": _sizes(aware, FIND_CHANGE)}
    return facts | {"sizes_beyond": _beyond(aware, SHOW_CLAIM), "change_beyond": _beyond(aware, FIND_CHANGE)}


def _beyond(aware: Awareness, goal: str) -> int | None:
    """All townships recorded, where a goal takes more sampling points than that; else None."""
    towns = sum(townships(aware).values())
    points = [one.sizes[goal].clusters for one in aware.plan.reckonings if goal in one.sizes]
    return towns if towns and points and max(points) > towns and aware.plan.design.clustered else None


def _sizes(aware: Awareness, goal: str) -> tuple[Message, ...]:
    """The sample for a goal with the correlation seen, and with more of it where that makes a difference."""
    found = [one.sizes[goal] for one in aware.plan.reckonings if goal in one.sizes]
    found = list(dict.fromkeys(found))
    return tuple(size_told(size, clustered=aware.plan.design.clustered) for size in found)


def ceiling_messages(aware: Awareness) -> tuple[Message, ...]:
    """How little can still be gained where nearly all have heard of it; nothing where there is room."""
    if not aware.ceiling:
        return ()
    rises = [one.rise for one in aware.plan.reckonings]
    facts = last_facts(aware) | {"value": value_of(aware.last), "room": _points(aware.room)}
    facts |= {"ceiling": Quantity(CEILING, "percent"), "power": Quantity(100 * POWER, "percent")}
    facts |= {"rise": None if not rises or rises[0] is None else _points(rises[0])}
    return (Message("awareness.ceiling", facts),)


def _points(value: float) -> Quantity:
    return Quantity(value, "percentage_point", decimals=1)


def next_survey(aware: Awareness) -> Prose:
    """What a further wave like the last could see, and how large it would have to be for what is asked of it."""
    plan = aware.plan
    if plan.design is None:
        said = Message("awareness.next.none", {"why": Code("awareness_why", plan.reason)})
        return Prose("awareness_next", (said, Message("awareness.next.keep", {"wordings": len(aware.wordings)})))
    design = plan.design
    facts = aware.told.facts | last_facts(aware) | _needs(aware)
    facts |= {"clusters": design.clusters if design.clustered else None, "size": design.cluster_size}
    facts |= {"strata": design.strata, "people": Quantity(design.clusters * design.cluster_size, "person")}
    facts |= {"rise": _rise(plan.reckonings[0]), "careful": _rise(plan.reckonings[-1])}
    facts |= {"correlation": Quantity(plan.reckonings[-1].correlation, "ratio", decimals=2)}
    facts |= {"both": len(plan.reckonings) > 1 and plan.reckonings[0].rise != plan.reckonings[-1].rise}
    facts |= {"county": _sizes(aware, ONE_COUNTY), "counties": design.counties, "alone": aware.told.alone}
    facts |= {"wordings": len(aware.wordings), "short": too_few_points(aware), "towns": bool(townships(aware))}
    keys = ("design", "rise", "change", "county", "keep", "campaign")
    return Prose("awareness_next", tuple(Message(f"awareness.next.{key}", facts) for key in keys))


def _rise(reckoning: Reckoning) -> Quantity | None:
    return None if reckoning.rise is None else _points(reckoning.rise)


def reading_messages(aware: Awareness) -> tuple[Message, ...]:
    """How to read the survey's numbers."""
    conf = Quantity(100 * aware.told.params.conf_level, "percent", decimals=0)
    facts = aware.told.facts | {"conf": conf, "least": aware.survey.min_cell, "step": 2 * aware.survey.min_cell}
    return tuple(Message(f"awareness.reading.{key}", facts) for key in READING)
