"""The data of the pictures of a reform's effect."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from legalaid_eval.chapters.effect_prose import Telling, facts_of, group_code, holds_alone_only
from legalaid_eval.chapters.reform_results import VERDICTS, ReformEffect
from legalaid_eval.content import Code, Figure

MOST_PLACES = 12
"""More small pictures than these cannot be read on one page."""


def shown(effects: Sequence[ReformEffect]) -> ReformEffect | None:
    """The effect that is drawn: the best established one, one that holds beside the others first, the larger of two."""
    known = [effect for effect in effects if effect.series is not None]
    return min(known, key=_rank, default=None)


def _rank(effect: ReformEffect) -> tuple[int, bool, float]:
    size = abs(effect.relative or 0.0)
    return VERDICTS.index(effect.verdict), holds_alone_only(effect), -size


def figures(effects: Sequence[ReformEffect], telling: Telling, *, least_n: int) -> tuple[Figure, ...]:
    """Event study, small multiples, interrupted series and groups of the effect that is shown.

    A value of a place and month that rests on fewer than `least_n` cases is not drawn.
    """
    effect = shown(effects)
    return (
        event_study(effect, telling),
        places(effect, telling, least_n=least_n),
        series(effect, telling, least_n=least_n),
        by_group(effect, telling),
    )


def _facts(effect: ReformEffect | None, telling: Telling) -> dict[str, object]:
    if effect is None:
        return telling.facts
    return facts_of(effect, telling) | {"unit": effect.outcome.unit, "lower_is_better": effect.outcome.lower_is_better}


def event_study(effect: ReformEffect | None, telling: Telling) -> Figure:
    """By twelve months since the start: `term, start, last, before, estimate, ci_low, ci_high`."""
    columns = ["term", "start", "last", "before", "estimate", "ci_low", "ci_high"]
    study = None if effect is None else effect.event_study
    data = pd.DataFrame(columns=columns) if study is None else study[columns].reset_index(drop=True)
    return Figure("effect_event_study", "event_study", data, _facts(effect, telling))


def places(effect: ReformEffect | None, telling: Telling, *, least_n: int) -> Figure:
    """By place and month: `place, month, observed, counterfactual, treated_from`; of the places with most cases."""
    columns = ["place", "month", "observed", "counterfactual", "treated_from"]
    if effect is None or effect.method != "difference_in_differences":
        return Figure("effect_places", "small_multiples", pd.DataFrame(columns=columns), _facts(effect, telling))
    rows = visible(effect, least_n)
    largest = effect.panel.frame.groupby("place")["n"].sum().nlargest(MOST_PLACES).index
    rows = rows[rows["place"].isin(largest)].sort_values(["place", "month"])
    data = pd.DataFrame(
        {
            "place": [telling.names(place) for place in rows["place"]],
            "month": rows["month"].to_numpy(),
            "observed": rows["observed"].to_numpy(dtype=float),
            "counterfactual": np.where(rows["treated"], rows["counterfactual"], np.nan),
            "treated_from": rows["place"].map(dict(effect.treated)).to_numpy(),
        }
    )
    left = int(effect.panel.frame["place"].nunique() - data["place"].nunique())
    return Figure("effect_places", "small_multiples", data, _facts(effect, telling) | {"left": left})


def series(effect: ReformEffect | None, telling: Telling, *, least_n: int) -> Figure:
    """The first treated place's series: `month, observed, fitted, counterfactual, ci_low, ci_high`."""
    columns = ["month", "observed", "fitted", "counterfactual", "ci_low", "ci_high"]
    if effect is None or effect.method != "interrupted_series":
        return Figure("effect_series", "interrupted_series", pd.DataFrame(columns=columns), _facts(effect, telling))
    first = effect.series["place"].iloc[0]
    rows = visible(effect, least_n)
    rows = rows[rows["place"] == first].rename(
        columns={"counterfactual_low": "ci_low", "counterfactual_high": "ci_high"}
    )
    facts = _facts(effect, telling) | {"start": min(effect.treated.values()), "place": telling.names(first)}
    return Figure("effect_series", "interrupted_series", rows[columns].reset_index(drop=True), facts)


def visible(effect: ReformEffect, least_n: int) -> pd.DataFrame:
    """The series with what was observed in too few cases left blank."""
    counts = effect.panel.frame[["place", "month", "n"]]
    rows = effect.series.merge(counts, on=["place", "month"], how="left")
    return rows.assign(observed=rows["observed"].where(rows["n"].isna() | (rows["n"] >= least_n)))


def by_group(effect: ReformEffect | None, telling: Telling) -> Figure:
    """Everybody first, without a kind, then every group: `kind, group, estimate, ci_low, ci_high, n`."""
    columns = ["kind", "group", "estimate", "ci_low", "ci_high", "n"]
    lines: list[tuple[object, ...]] = []
    if effect is not None and effect.estimate is not None and effect.groups:
        found, n = effect.estimate, int(effect.panel.frame["n"].sum())
        lines.append((None, Code("effect_group", "all"), found.estimate, found.ci_low, found.ci_high, n))
        known = [(group, group.estimate) for group in effect.groups if group.estimate is not None]
        for group, one in known:
            numbers = (one.estimate, one.ci_low, one.ci_high)
            lines.append((Code("effect_group_kind", group.kind), group_code(group), *numbers, group.n))
    return Figure("effect_by_group", "group_effects", pd.DataFrame(lines, columns=columns), _facts(effect, telling))
