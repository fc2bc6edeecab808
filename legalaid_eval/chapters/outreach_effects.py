"""What outreach changed, told: tables, pictures and results rows of `outreach_estimates`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from legalaid_eval import results
from legalaid_eval.cells.awareness_waves import told_base
from legalaid_eval.chapters import effect_figures, effect_tables
from legalaid_eval.chapters.base import row_numbers
from legalaid_eval.chapters.effect_prose import POINTS, Telling, facts_of, reform_codes
from legalaid_eval.chapters.effect_rows import EffectRows, days_of
from legalaid_eval.chapters.outreach_bridge import METHOD
from legalaid_eval.chapters.outreach_effect_prose import (
    of_respondents,
    percent,
    percent_range,
    placebo_state,
    use_verdict,
)
from legalaid_eval.chapters.outreach_estimates import OutreachEffects, effects_of
from legalaid_eval.chapters.outreach_findings import NAME, Told
from legalaid_eval.chapters.reform_results import VERDICTS, ReformEffect
from legalaid_eval.content import Code, Column, Figure, Message, Table
from legalaid_eval.indicators.outreach import USE

__all__ = ["OutreachEffects", "effects_of", "figures", "rows", "tables"]

BRIDGED, ON_BRIDGE = "bridged", "rests_on_bridge"
"""Notes of an answer from waves of several wordings: one wording by itself gives it too, or none does."""
PLACEBOS = frozenset(measure.key for measure in USE if measure.placebo)
RESPONDENTS = "effect_respondents"
CHANGE = "effect_verdict effect_change effect_interval effect_places effect_smallest"
FIGURES = {
    "effect_places": "outreach_effect_places",
    "effect_series": "outreach_effect_series",
    "effect_by_group": "outreach_by_segment",
}
"""Pictures of any effect -> the same with words for respondents."""
DRAWN = {
    "difference_in_differences": ("effect_event_study", "outreach_effect_places", "outreach_by_segment"),
    "interrupted_series": ("outreach_effect_series",),
}
LEVELS = ("outreach_effect_places", "outreach_effect_series")
"""Pictures of shares, not of changes of them."""


def tables(effects: OutreachEffects, telling: Telling) -> tuple[Table, ...]:
    """`effects`, `effect_checks`, `outreach_effect_groups`, `effect_outcomes`, `effect_beside`, `effect_years`,
    `effect_wordings`, `outreach_use`."""
    made = effect_tables.tables(effects.headline, effects.others, telling)
    return (*(_worded(table, effects) for table in made), wordings(effects, telling), use(effects, telling))


def _worded(table: Table, effects: OutreachEffects) -> Table:
    """A shared table with words for respondents where those for cases do not fit."""
    lines = tuple(map(of_respondents, table.rows))
    facts = {**table.facts, "outcome": Code("effect_outcome", effects.item)}
    if table.id != "effect_groups":
        return replace(table, rows=lines, facts=facts)
    heads = tuple(replace(head, key=RESPONDENTS) if head.key == "effect_n" else head for head in table.columns)
    return replace(table, id="outreach_effect_groups", columns=heads, rows=lines, facts=facts)


def wordings(effects: OutreachEffects, telling: Telling) -> Table:
    """The same effects from the waves of one wording alone."""
    lines = [
        (reform_codes(one.effect.reforms), *_of_wording(one.wording, one.effect, telling)) for one in effects.apart
    ]
    return _table("effect_wordings", f"reform effect_wording {CHANGE}", lines, telling, placement="appendix")


def _of_wording(wording: str, effect: ReformEffect, telling: Telling) -> tuple[object, ...]:
    facts = facts_of(effect, telling)
    verdict = effect_tables.verdict_code(effect)
    return (Code("awareness_wording", wording), verdict, facts["change"], facts["interval"], *_ends(effect, telling))


def _ends(effect: ReformEffect, telling: Telling) -> tuple[object, object]:
    places = Message("effect.of_places", {"treated": len(effect.treated), "never": len(effect.never)})
    return places, facts_of(effect, telling)["smallest"]


def use(effects: OutreachEffects, telling: Telling) -> Table:
    """The change of applications and consultations, and of what outreach cannot move, in percent."""
    lines = [_use_line(effect, telling) for effect in effects.use]
    return _table("outreach_use", f"reform effect_outcome {CHANGE}", lines, telling)


def _use_line(effect: ReformEffect, telling: Telling) -> tuple[object, ...]:
    found, smallest = effect.estimate, effect.smallest_detectable
    cannot = effect.outcome.key in PLACEBOS
    verdict = Code("outreach_placebo", placebo_state(effect)) if cannot else use_verdict(effect)
    numbers = (None, None) if found is None else (percent(found.estimate), percent_range(found.ci_low, found.ci_high))
    head = (reform_codes(effect.reforms), Code("effect_outcome", effect.outcome.key))
    return (*head, verdict, *numbers, _ends(effect, telling)[0], None if smallest is None else percent(smallest))


def _table(name: str, columns: str, lines: Sequence[tuple[object, ...]], telling: Telling, **more: object) -> Table:
    heads = tuple(Column(key, "right" if key in effect_tables.TO_THE_RIGHT else "left") for key in columns.split())
    return Table(name, heads, tuple(map(of_respondents, lines)), facts=telling.facts, **more)


def figures(effects: OutreachEffects, telling: Telling, least_n: int) -> dict[str, Figure | None]:
    """By id: `effect_event_study`, `outreach_effect_places`, `outreach_effect_series`, `outreach_by_segment`; None for
    those that the design of the effect shown has not."""
    best = effect_figures.shown(effects.headline)
    made = {}
    for figure in effect_figures.figures(effects.headline, telling, least_n=least_n):
        name = FIGURES.get(figure.id, figure.id)
        levels = {"unit": "percent"} if name in LEVELS and figure.facts.get("unit") == POINTS else {}
        made[name] = replace(figure, id=name, facts={**figure.facts, **levels, "conf_level": telling.conf_level})
    made["outreach_by_segment"] = _of_segments(made["outreach_by_segment"], least_n)
    drawn = DRAWN.get(best.method, ()) if best is not None else ()
    return {name: figure if name in drawn else None for name, figure in made.items()}


def _of_segments(figure: Figure, least_n: int) -> Figure:
    """With everybody's number of respondents as it may be told."""
    data = figure.data.assign(group=[of_respondents(group) for group in figure.data["group"]])
    data["n"] = [told_base(int(n), min_cell=least_n) if pd.isna(kind) else n for kind, n in data[["kind", "n"]].values]
    return replace(figure, data=data)


def rows(effects: OutreachEffects, told: Told, *, whole: str | None = None) -> Iterator[results.Row]:
    """The results rows; `whole` is the key of the place that effects are about (the report's own if None).

    Numbers of respondents are rounded as wherever they are told; those of counts are not for showing.
    """
    place = told.params.place if whole is None else whole
    if not effects.headline:
        yield _without_effect(effects, told, place)
    days = _days_of_survey(told)
    writer = _writer(told, place, days)
    least = told.params.min_cell
    for effect in effects.headline:
        for row in writer.rows((effect,)):
            yield _told(_with_bridge(row, effects, effect), least)
    for row in _without_years(writer.rows(effects.others)):
        yield _told(row, least)
    for one in effects.apart:
        group = f"{'+'.join(one.effect.reforms)}:wording={one.wording}"
        yield replace(_told(next(writer.rows((one.effect,))), least), group=group)
    yield from _of_bridge(effects, told, place)
    for effect in effects.use:
        for row in _without_years(_writer(told, place, days_of(effect.panel)).rows((effect,))):
            yield replace(row, n=None)


def _with_bridge(row: results.Row, effects: OutreachEffects, effect: ReformEffect) -> results.Row:
    """An answer that joins wordings says so, and whether no wording by itself gives it."""
    if not effects.joined or row.verdict not in VERDICTS or row.estimate is None:
        return row
    return replace(row, note=" ".join(filter(None, (row.note, BRIDGED if effects.confirmed(effect) else ON_BRIDGE))))


def _of_bridge(effects: OutreachEffects, told: Told, place: str) -> Iterator[results.Row]:
    """By how much more the wording moved answers where there was a campaign, of waves joined by a bridge; or that no
    wave was asked in several wordings in enough counties."""
    if not effects.joined or not effects.headline:
        return
    tail = effects.headline[0].outcome.unit, told.seen.meta.evidence
    for test in effects.bridges:
        about = (*_bridge_key(effects, told, place, test.wave), f"{'+'.join(test.reforms)}:all", METHOD)
        yield results.Row(*about, *row_numbers(test.difference), None, *tail, "ok", "", None, "tests_in_part")
    if not effects.bridges:
        about = (*_bridge_key(effects, told, place, None), "all", METHOD)
        yield results.Row(*about, *[None] * 5, *tail, "not_evaluable", "", None, "no_wave_in_both_wordings")


def _bridge_key(effects: OutreachEffects, told: Told, place: str, wave: int | None) -> tuple[object, ...]:
    return told.params.report_id, NAME, f"bridge:{effects.item}", place, *_days_of_survey(told, wave)


def _told(row: results.Row, least: int) -> results.Row:
    return replace(row, n=None if row.n is None else told_base(row.n, min_cell=least))


def _without_years(rows: Iterable[results.Row]) -> Iterator[results.Row]:
    """The years since the start are told of the headline."""
    return (row for row in rows if row.method != "event_time")


def _writer(told: Told, place: str, days: tuple[date, date]) -> EffectRows:
    return EffectRows(told.params.report_id, NAME, place, *days, told.seen.meta.evidence)


def _days_of_survey(told: Told, wave: int | None = None) -> tuple[date, date]:
    """First and last day of interviews, of one wave or of all; without a survey those of the report's period."""
    days = told.seen.survey.waves
    days = days if wave is None else days[days["wave"] == wave]
    first, last = pd.to_datetime(days["first_on"]).min(), pd.to_datetime(days["last_on"]).max()
    if pd.isna(first) or pd.isna(last):
        return told.params.period_start, told.params.period_end
    return first.date(), last.date()


def _without_effect(effects: OutreachEffects, told: Told, place: str) -> results.Row:
    """The line that says why nothing was estimated of what people know."""
    key = (told.params.report_id, NAME, f"effect:{effects.item}", place, *_days_of_survey(told), "all", "none")
    unit = "score" if effects.near_ceiling else POINTS
    tail = (unit, told.seen.meta.evidence, "not_evaluable", "", None)
    return results.Row(*key, None, None, None, None, None, *tail, effects.reason)
