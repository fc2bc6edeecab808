"""The numbers that a picture's text alternative says, read from the very rows that are drawn.

A chapter need not repeat them in the figure's facts; a fact of the same name goes before.
"""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from legalaid_eval.content import Figure, Message, Quantity, Range


def numbers(figure: Figure) -> dict[str, object]:
    """Facts for the sentences `figures.<id>.alt` and `.caption`; none for a kind that has no numbers of its own."""
    reader = READERS.get(figure.kind)
    return reader(figure) if reader and not figure.data.empty else {}


def _count_series(figure: Figure) -> dict[str, object]:
    data = figure.data
    parts = []
    for series, rows in data.groupby("series", sort=False):
        known = rows["value"].dropna()
        if len(known):
            facts = {"series": series, "mean": _whole(known.mean()), "low": _whole(known.min())}
            parts.append(_part(figure, facts | {"high": _whole(known.max())}))
    return {"months": data["month"].nunique(), "parts": tuple(parts)} | _ends(data)


def _fan_chart(figure: Figure) -> dict[str, object]:
    data = figure.data.sort_values("month", kind="stable")
    ahead, seen = data[data["mean"].notna()], data[data["observed"].notna()]
    last_seen = {"seen_last": None if seen.empty else str(seen["month"].iloc[-1])}
    if ahead.empty:
        return last_seen | {"ahead": 0}
    first, last = ahead.iloc[0], ahead.iloc[-1]
    facts = {"ahead": len(ahead), "first": str(first["month"]), "first_value": _whole(first["mean"])}
    facts |= {"last": str(last["month"]), "value": _whole(last["mean"])}
    if _finite(last, "lo95", "hi95"):
        facts |= {"low": _whole(last["lo95"]), "high": _whole(last["hi95"])}
    return last_seen | facts


def _nowcast_cone(figure: Figure) -> dict[str, object]:
    probability = figure.facts.get("probability")
    facts: dict[str, object] = {"seen": None, "seen_month": None, "expected": None}
    facts["chance"] = None if probability is None else chance(float(probability))
    seen = figure.data[figure.data["observed"].notna()].sort_values("month", kind="stable")
    if len(seen):
        facts |= {"seen": _whole(seen["observed"].iloc[-1]), "seen_month": str(seen["month"].iloc[-1])}
    last = figure.data.sort_values("month", kind="stable").iloc[-1]
    if _finite(last, "mean"):
        facts |= {"expected": _whole(last["mean"])}
    if _finite(last, "lo95", "hi95"):
        facts |= {"low": _whole(last["lo95"]), "high": _whole(last["hi95"])}
    return facts


def _nowcast_places(figure: Figure) -> dict[str, object]:
    parts = []
    for place, rows in figure.data.groupby("place", sort=False):
        last = rows.sort_values("month", kind="stable").iloc[-1]
        value = last["mean"] if _finite(last, "mean") else last["observed"]
        if pd.notna(value) and _finite(last, "target") and last["target"] > 0:
            share = Quantity(100 * value / last["target"], "percent", decimals=0)
            parts.append(_part(figure, {"place": place, "share": share}))
    return {"parts": tuple(parts)}


def _funnel_plot(figure: Figure) -> dict[str, object]:
    data = figure.data
    places = data[data["place"].notna() & data["rate"].notna()]
    outside = tuple(places.loc[places["outside"] != "inside", "place"])
    facts = {"places": len(places), "outside": outside, "outside_n": len(outside)}
    pooled = data["pooled"].dropna() if "pooled" in data else pd.Series(dtype=float)
    facts["pooled"] = None if pooled.empty else _short(pooled.iloc[0])
    if len(places):
        facts |= {"low": _short(places["rate"].min()), "high": _short(places["rate"].max())}
    return facts


def _stock_flow(figure: Figure) -> dict[str, object]:
    data = figure.data.sort_values("month", kind="stable")
    plan = data["scenario"].notna() if "scenario" in data else pd.Series(False, index=data.index)
    seen = data[~plan]
    facts = {name: _whole(seen[name].sum()) if seen[name].notna().any() else None for name in ("accepted", "closed")}
    known = seen["pending"].dropna()
    facts["pending"] = None if known.empty else _whole(known.iloc[-1])
    return facts | {"parts": tuple(_plans(figure, data[plan]))} | (_ends(seen) if len(seen) else {})


def _plans(figure: Figure, data: pd.DataFrame) -> Iterator[Message]:
    if "scenario" not in data:
        return
    for scenario, rows in data.groupby("scenario", sort=False):
        last = rows.iloc[-1]
        yield _part(figure, {"scenario": scenario, "month": str(last["month"]), "pending": _whole(last["pending"])})


def _share_mix(figure: Figure) -> dict[str, object]:
    """By group the first and the last share, largest first; small ones are left to the picture's note."""
    data = figure.data.sort_values("month", kind="stable")
    known = data[data["share"].notna()]
    if known.empty:
        return {"parts": ()}
    first, last = known["month"].iloc[0], known["month"].iloc[-1]
    shares = known.groupby(["group", "month"], sort=False)["share"].sum()
    ends = [(shares.get((group, first), 0.0), shares.get((group, last), 0.0), group) for group in set(known["group"])]
    ends.sort(key=lambda end: (-end[1], -end[0], repr(end[2])))
    parts = (
        _part(figure, {"group": group, "first": _percent(begun), "last": _percent(ended)})
        for begun, ended, group in ends[:SHARES_SAID]
    )
    return {"parts": tuple(parts)} | _ends(known)


def _awareness_waves(figure: Figure) -> dict[str, object]:
    """By question the first and the last wave, if they were worded alike; else the last alone."""
    parts = []
    for question, rows in figure.data.groupby("question", sort=False):
        known = rows[rows["estimate"].notna()].sort_values("month", kind="stable")
        if len(known):
            parts.append(_part(figure, {"question": question} | _first_and_last(known)))
    return {"parts": tuple(parts), "waves": figure.data["month"].nunique()} | _ends(figure.data)


def _first_and_last(known: pd.DataFrame) -> dict[str, object]:
    first, last = known.iloc[0], known.iloc[-1]
    alike = len(known) > 1 and ("wording" not in known or first["wording"] == last["wording"])
    facts = {"last": str(last["month"]), "value": _percent(last["estimate"]), "reach": None}
    if _finite(last, "ci_low", "ci_high"):
        facts["reach"] = Range(float(last["ci_low"]), float(last["ci_high"]), "percent", 0)
    begun = {"first": str(first["month"]), "begun": _percent(first["estimate"])}
    return facts | (begun if alike else {"first": None, "begun": None})


def _event_calendar(figure: Figure) -> dict[str, object]:
    wave = figure.data["group"].isna()
    months, waves = figure.data[~wave], figure.data[wave & figure.data["estimate"].notna()]
    events = months[months["n"].notna()]
    sums = events.groupby("group", sort=False)["n"].sum()
    largest = sorted(sums.index, key=lambda group: -sums[group])[:SHARES_SAID]
    parts = tuple(_part(figure, {"group": group, "n": _whole(sums[group])}) for group in largest)
    facts = {"events": _whole(events["n"].sum()) if len(events) else None, "hidden": len(events) < len(months)}
    facts |= {"parts": parts} | _ends(figure.data)
    known = waves.sort_values("month", kind="stable")
    return facts | {"wave": _first_and_last(known) if len(known) else None}


def _dose_response(figure: Figure) -> dict[str, object]:
    """The change at the largest dose that was observed."""
    curve = figure.data[figure.data["part"] == "curve"].dropna(subset="y").sort_values("x", kind="stable")
    points = int((figure.data["part"] == "point").sum())
    facts: dict[str, object] = {"points": points, "at": None}
    most = (figure.facts.get("dose_range") or (0.0, np.inf))[1]
    within = curve[curve["x"] <= most * (1 + 1e-9)]
    if len(within):
        last = within.iloc[-1]
        facts |= {"at": _short(last["x"]), "change": _short(last["y"]), "low": None, "high": None}
        facts |= {"low": _short(last["low"]), "high": _short(last["high"])} if _finite(last, "low", "high") else {}
    shapes = {name: figure.facts.get(name) for name in ("decay", "saturation")}
    drawn = set(figure.data["part"])
    return facts | shapes | {f"has_{name}": name in drawn for name in shapes}


def _allocation(figure: Figure) -> dict[str, object]:
    data = figure.data.dropna(subset="suggested").sort_values("suggested", ascending=False, kind="stable")
    parts = (
        _part(figure, {"segment": line.segment, "suggested": _whole(line.suggested), "present": _maybe(line.present)})
        for line in data.head(SHARES_SAID).itertuples()
    )
    beyond = data[data["beyond"].astype(bool)] if "beyond" in data else data.iloc[:0]
    return {"segments": len(figure.data), "parts": tuple(parts), "beyond": tuple(beyond["segment"])}


def _maybe(value: float) -> Quantity | None:
    return None if pd.isna(value) else _whole(value)


SHARES_SAID = 6
SURE = 99  # percent; a nearer one is said to be more, its complement to be at most
READERS: Mapping[str, Callable[[Figure], dict[str, object]]] = {
    "count_series": _count_series,
    "fan_chart": _fan_chart,
    "nowcast_cone": _nowcast_cone,
    "nowcast_places": _nowcast_places,
    "funnel_plot": _funnel_plot,
    "stock_flow": _stock_flow,
    "share_mix": _share_mix,
    "awareness_waves": _awareness_waves,
    "event_calendar": _event_calendar,
    "dose_response": _dose_response,
    "allocation": _allocation,
}


def chance(percent: float) -> Quantity:
    """A probability in whole percent; what is nearly certain is not said to be certain."""
    if SURE < percent < 100:
        return Quantity(SURE, "percent", "more_than")
    if 0 < percent < 100 - SURE:
        return Quantity(100 - SURE, "percent", "at_most")
    return Quantity(percent, "percent", decimals=0)


def _part(figure: Figure, facts: dict[str, object]) -> Message:
    return Message(f"figures.{figure.id}.part", facts)


def _ends(data: pd.DataFrame) -> dict[str, object]:
    return {"first": str(min(data["month"])), "last": str(max(data["month"]))}


def _finite(row: pd.Series, *names: str) -> bool:
    return all(name in row and pd.notna(row[name]) and np.isfinite(row[name]) for name in names)


def _whole(value: float) -> Quantity:
    return Quantity(float(value), "count", decimals=0)


def _percent(value: float) -> Quantity:
    return Quantity(float(value), "percent", decimals=0)


def _short(value: float) -> Quantity:
    return Quantity(float(value), "count", decimals=1)
