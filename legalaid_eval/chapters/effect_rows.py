"""Results rows of reforms' effects."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from math import isfinite

import pandas as pd

from legalaid_eval import results
from legalaid_eval.chapters.effect_tables import method_of
from legalaid_eval.chapters.reform_results import OutcomePanel, ReformEffect
from legalaid_eval.checks.base import MONTHS
from legalaid_eval.estimators.base import Estimate

WHOLE = "all"
ONLY_ALONE = "only_alone"
"""Note of an effect that is established by itself but not among all that were looked at (Holm)."""


@dataclass(frozen=True, slots=True)
class EffectRows:
    """What the rows of one report and chapter share; `start` and `end` are the days that the panel covers."""

    report_id: str
    chapter: str
    place: str
    start: date
    end: date
    evidence: str

    def rows(self, effects: Sequence[ReformEffect]) -> Iterator[results.Row]:
        """The answer, the other answers, the groups, the years and the checks of every effect."""
        for effect in effects:
            yield self._answer(effect)
            if effect.estimate is not None:
                yield from self._beside(effect)
                yield from self._groups(effect)
                yield from self._years(effect)
            yield from self._checks(effect)

    def _row(
        self, effect: ReformEffect, method: str, found: Estimate | None, *, group: str | None = None, **more: object
    ) -> results.Row:
        name = "+".join(effect.reforms)
        indicator = f"effect:{effect.outcome.key}"
        key = (self.report_id, self.chapter, indicator, self.place, self.start, self.end, f"{name}:{group or WHOLE}")
        numbers = (None, None, None, None)
        if found is not None:
            known = isfinite(found.ci_low) and isfinite(found.ci_high)
            ends = (found.ci_low, found.ci_high, found.conf_level) if known else (None, None, None)
            numbers = (found.estimate, *ends)
        tail = (effect.outcome.unit, self.evidence, more.get("status", "ok"), more.get("verdict", ""), None)
        return results.Row(*key, method, *numbers, more.get("n"), *tail, more.get("note", ""))

    def _answer(self, effect: ReformEffect) -> results.Row:
        method = method_of(effect) if effect.estimate is not None else effect.method
        status = "ok" if effect.estimate is not None else "not_evaluable"
        n = int(effect.panel.frame["n"].sum())
        note = " ".join((*effect.reasons, *_only_alone(effect)))
        return self._row(effect, method, effect.estimate, n=n, status=status, verdict=effect.verdict, note=note)

    def _beside(self, effect: ReformEffect) -> Iterator[results.Row]:
        for other in effect.beside:
            if other.estimate is not None and other.code != method_of(effect):
                yield self._row(effect, other.code, other.estimate)

    def _groups(self, effect: ReformEffect) -> Iterator[results.Row]:
        for group in effect.groups:
            name = f"{group.kind}={group.group}"
            if group.estimate is None:
                yield self._row(effect, method_of(effect), None, group=name, status="not_evaluable", note=group.reason)
            else:
                yield self._row(effect, method_of(effect), group.estimate, group=name, n=group.n)

    def _years(self, effect: ReformEffect) -> Iterator[results.Row]:
        study = effect.event_study if effect.event_study is not None else pd.DataFrame()
        for row in study.itertuples():
            found = Estimate(
                "att",
                effect.outcome.key,
                effect.outcome.unit,
                float(row.estimate),
                float(row.std_error),
                float(row.ci_low),
                float(row.ci_high),
                effect.estimate.conf_level,
                0,
                None,
                "event_time",
            )
            yield self._row(effect, "event_time", found, group=f"months={row.start}..{row.last}")

    def _checks(self, effect: ReformEffect) -> Iterator[results.Row]:
        for check in effect.checks:
            status = "not_evaluable" if check.status == "not_evaluable" else "ok"
            yield self._row(effect, f"check:{check.name}", None, status=status, verdict=f"check_{check.status}")


def _only_alone(effect: ReformEffect) -> tuple[str, ...]:
    if effect.estimate is None or effect.verdict not in ("improved", "worsened"):
        return ()
    known = effect.holm_p is not None and effect.holm_p > 1 - effect.estimate.conf_level
    return (ONLY_ALONE,) if known else ()


def days_of(panel: OutcomePanel) -> tuple[date, date]:
    """First and last day of the panel's periods."""
    first, last = (
        tuple(map(int, month.split("-"))) for month in (panel.frame["month"].min(), panel.frame["month"].max())
    )
    after = last[0] * 12 + last[1] - 2 + MONTHS[panel.period]
    year, month = after // 12, after % 12 + 1
    return date(*first, 1), date(year, month, monthrange(year, month)[1])
