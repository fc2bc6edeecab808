"""What reforms did to processing times: from a store's cells to effects on the headline outcome and on others.

Effects are about the whole store, whatever place the report is about: a county is compared with the others. The
headline is estimated in the shortest periods that its cells fill, with every check and by group; groups, and the
outcomes beside it, in quarters, where single months of single counties hold too few cases.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from legalaid_eval.cells.processing_outcomes import Outcomes, processing_outcomes
from legalaid_eval.chapters.coarse_groups import groups_of_effect
from legalaid_eval.chapters.processing_companions import (
    Sources,
    checks_of,
    groups_of,
    too_small,
    without_remainder,
)
from legalaid_eval.chapters.processing_panels import first_treated, outcome_panel
from legalaid_eval.chapters.reform_effect import reform_effects
from legalaid_eval.chapters.reform_results import GroupEffect, OutcomePanel, ReformEffect, Reforms
from legalaid_eval.errors import UsageError
from legalaid_eval.indicators.processing_time import HEADLINE, MEASURES, PLACEBO, Measure

COARSE = "quarter"
TOO_FEW = "few_cases"


@dataclass(frozen=True, slots=True)
class Asked:
    """kinds: of reform, none: all with a date. horizon: of the headline's mean, in its days. min_cell: the least
    count that is shown. conf_level, seed: of the
    intervals and of the randomisation test."""

    kinds: tuple[str, ...] = ()
    horizon: int = 15
    min_cell: int = 5
    conf_level: float = 0.95
    seed: int = 0

    @property
    def options(self) -> dict[str, float]:
        return {"conf_level": self.conf_level, "seed": self.seed}


@dataclass(frozen=True, eq=False, slots=True)
class Effects:
    """`headline`: on the headline outcome, `others`: on further outcomes; `own`: in one county's own series."""

    headline: tuple[ReformEffect, ...]
    others: tuple[ReformEffect, ...]
    own: tuple[ReformEffect, ...] = ()


def outcomes_of(address: str, *, horizon: int = 15) -> Outcomes:
    """The cells of every outcome of the store at `address`; the headline's cases are followed for `horizon` days."""
    measures = [replace(each, horizon=horizon) if each.key == HEADLINE else each for each in MEASURES]
    return processing_outcomes(address, (*measures, PLACEBO), grouped=(HEADLINE,))


def effects_of(outcomes: Outcomes, asked: Asked, *, county: str | None = None) -> Effects:
    """All effects of the store; those of one county's own series too, where the report is about it.

    Raises UsageError for a kind of reform that neither the store nor any outcome knows.
    """
    _check(outcomes, asked)
    measures = {measure.key: measure for measure in MEASURES}
    headline = replace(measures.pop(HEADLINE), horizon=asked.horizon)
    others = [effect for measure in measures.values() for effect in _plain(outcomes, measure, asked)]
    own = _own(outcomes, headline, asked, county) if county is not None else ()
    return Effects(_headline(outcomes, headline, asked), tuple(others), own)


def _check(outcomes: Outcomes, asked: Asked) -> None:
    known = dict.fromkeys((*outcomes.starts, *(kind for measure in MEASURES for kind in measure.reforms)))
    for kind in asked.kinds:
        if kind not in known:
            near = difflib.get_close_matches(kind, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"expected one of {', '.join(known)}"
            raise UsageError(f"reform_kinds: found '{kind}', which is no kind of reform; {hint}")


def _kinds(outcomes: Outcomes, measure: Measure, asked: Asked) -> tuple[str, ...]:
    """The kinds to evaluate: of those that bear on the outcome the ones asked for, or else all with a date."""
    return tuple(kind for kind in measure.reforms if kind in (asked.kinds or outcomes.starts))


def _reforms(outcomes: Outcomes, measure: Measure, panel: OutcomePanel) -> Reforms:
    """The starts in the panel's periods of every kind that bears on the outcome; a kind without a date has none."""
    return Reforms({kind: first_treated(dict(outcomes.starts.get(kind, {})), panel) for kind in measure.reforms})


def _plain(outcomes: Outcomes, measure: Measure, asked: Asked) -> tuple[ReformEffect, ...]:
    """An outcome beside the headline: its effects with the checks that need no other cells."""
    cells = outcomes.cells[measure.key]
    if cells.empty or not _kinds(outcomes, measure, asked):
        return ()
    panel = outcome_panel(cells, measure, period=COARSE)
    more = {"kinds": _kinds(outcomes, measure, asked), "bearing": measure.reforms, "draws": 0}
    return reform_effects(panel, _reforms(outcomes, measure, panel), **more, **asked.options)


def _headline(outcomes: Outcomes, measure: Measure, asked: Asked) -> tuple[ReformEffect, ...]:
    sources = Sources(measure, outcomes.cells[measure.key], outcomes.groups[measure.key], outcomes.cells[PLACEBO.key])
    if sources.cells.empty or not _kinds(outcomes, measure, asked):
        return ()
    panel = outcome_panel(sources.cells, measure)
    more = {"kinds": _kinds(outcomes, measure, asked), "bearing": measure.reforms}
    companions = checks_of(sources, panel.period)
    found = reform_effects(panel, _reforms(outcomes, measure, panel), companions=companions, **more, **asked.options)
    return tuple(_by_group(outcomes, sources, asked, found)) if found else ()


def _by_group(
    outcomes: Outcomes, sources: Sources, asked: Asked, effects: Sequence[ReformEffect]
) -> Iterator[ReformEffect]:
    """The effects with those in every group; groups with too few cases are named without one."""
    period = effects[0].panel.period
    period = COARSE if period == "month" else period
    panel, companions = outcome_panel(sources.cells, sources.measure, period=period), groups_of(sources, period)
    reforms = _reforms(outcomes, sources.measure, panel)
    options = {"bearing": sources.measure.reforms, "conf_level": asked.conf_level}
    few = tuple(GroupEffect(kind, group, None, None, 0, TOO_FEW) for kind, group in too_small(sources))
    for effect in effects:
        groups = groups_of_effect(effect, panel, reforms, companions, **options)
        shown = without_remainder(groups, total=int(panel.frame["n"].sum()), least=asked.min_cell)
        yield replace(effect, groups=(*shown, *few)) if groups else effect


def _own(outcomes: Outcomes, measure: Measure, asked: Asked, county: str) -> tuple[ReformEffect, ...]:
    """What changed in one county's own series at the dates of its reforms: nothing to compare with."""
    cells = outcomes.cells[measure.key]
    cells = cells[cells["county"] == county]
    kinds = tuple(k for k in _kinds(outcomes, measure, asked) if county in outcomes.starts.get(k, {}))
    if cells.empty or not kinds:
        return ()
    panel = outcome_panel(cells, measure)
    starts = {kind: first_treated({county: outcomes.starts[kind][county]}, panel) for kind in kinds}
    return reform_effects(panel, Reforms(starts), kinds=kinds, bearing=(), **asked.options)
