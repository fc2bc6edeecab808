"""Why this year's number differs from that of the year before: more to draw from, another mix, other rates.

Made of shown counts alone. Counties whose count is hidden in either year are one group, with what is left for them of
the whole place; else the parts could tell what each of them had.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from legalaid_eval.chapters.caseload_findings import Told
from legalaid_eval.errors import UsageError
from legalaid_eval.estimators.decomposition import Decomposition, decompose_change

REST = "rest"
SPLIT = {
    "taken_on": ("CL13", "per_10000"),
    "granted": ("CL03", "approval"),
}
"""What is explained -> the indicator that has it as numerator over what it is drawn from: residents, decisions."""


@dataclass(frozen=True, eq=False, slots=True)
class Change:
    """One total in both years and its change in parts; `parts` is None where they cannot be told (`note`).

    grouped: how many counties are told as one. steady: what it is drawn from is the same in every county.
    """

    name: str
    before: float | None
    now: float | None
    parts: Decomposition | None
    grouped: int = 0
    steady: bool = False
    note: str = ""

    def effect(self, component: str) -> float | None:
        if self.parts is None:
            return None
        rows = self.parts.effects
        return float(rows.loc[rows["component"] == component, "effect"].iloc[0])

    @property
    def effects(self) -> tuple[float | None, ...]:
        """Volume, mix, rate."""
        return tuple(self.effect(name) for name in ("volume", "mix_county", "rate"))


def changes(told: Told) -> tuple[Change, ...]:
    return tuple(change(told, name) for name in SPLIT)


def change(told: Told, name: str) -> Change:
    which = SPLIT[name]
    now, before = told.line(*which), told.line(*which, before=True)
    ends = [None if line is None or pd.isna(line["numerator"]) else float(line["numerator"]) for line in (before, now)]
    if told.seen.baseline is None:
        return Change(name, *ends, None, note="no_year_before")
    if None in ends or pd.isna(now["denominator"]) or pd.isna(before["denominator"]):
        return Change(name, *ends, None, note=_why(now, before))
    frames, grouped = _frames(told, which, now, before)
    if frames is None:
        return Change(name, *ends, None, note="too_few")
    try:
        parts = decompose_change(*frames, group="county", count="count", exposure="base")
    except UsageError:
        return Change(name, *ends, None, note="not_estimable")
    bases = [frame.set_index("county")["base"] for frame in frames]
    return Change(name, *ends, parts, grouped, bases[0].equals(bases[1]))


def _why(*lines: pd.Series | None) -> str:
    return next((line["note"] for line in lines if line is not None and line["note"]), "too_few")


def _frames(
    told: Told, which: tuple[str, str], now: pd.Series, before: pd.Series
) -> tuple[tuple[pd.DataFrame, pd.DataFrame] | None, int]:
    """`county, count, base` of the year before and of this one; None where the rest would be one county's."""
    shown, hidden = [], 0
    for code in told.places:
        both = [told.line(*which, code, before=True), told.line(*which, code)]
        known = all(line is not None and pd.notna(line["numerator"]) and pd.notna(line["denominator"]) for line in both)
        hidden += not known
        if known:
            shown.append((code, both))
    frames = tuple(_frame(shown, at, whole, hidden) for at, whole in enumerate((before, now)))
    return (None if any(frame is None for frame in frames) else frames), hidden


def _frame(
    shown: Sequence[tuple[str, Sequence[pd.Series]]], at: int, whole: pd.Series, hidden: int
) -> pd.DataFrame | None:
    lines = [(code, float(both[at]["numerator"]), float(both[at]["denominator"])) for code, both in shown]
    frame = pd.DataFrame(lines, columns=["county", "count", "base"])
    rest = [
        float(whole[name]) - frame[column].sum() for name, column in (("numerator", "count"), ("denominator", "base"))
    ]
    if not hidden and shown:
        return frame if rest == [0, 0] else _with(frame, rest)
    return _with(frame, rest) if hidden != 1 or not shown else None


def _with(frame: pd.DataFrame, rest: Sequence[float]) -> pd.DataFrame | None:
    """The frame with what is left as a further group; None where that cannot be."""
    if min(rest) < 0 or (rest[0] > 0 and rest[1] <= 0):
        return None
    more = pd.DataFrame([(REST, *rest)], columns=["county", "count", "base"])
    return pd.concat([frame, more], ignore_index=True)
