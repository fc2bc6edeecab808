"""Ratios of published figures laid beside those of other places: never a ranking, often a difference in counting."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from legalaid_eval.content import Code, Range
from legalaid_eval.estimators.survey import proportion_interval
from legalaid_eval.evidence import arithmetic as exact
from legalaid_eval.evidence.arithmetic import Bounds
from legalaid_eval.evidence.claim import ClaimResult, Names, cited, exact_whole, quantity, range_of, result, window
from legalaid_eval.evidence.figures import Statement
from legalaid_eval.evidence.relations import COUNT_GROUPS, METRICS, Metric

FEWEST_REFERENCES = 3
"""With fewer other places a comparison says nothing about what is usual."""

DEFINITION_SPREAD = 5
"""From this ratio of largest to smallest value on, places cannot be counting the same thing."""


UNBOUNDED = Bounds(None, None)
"""More than X divided by more than Y: the hedges leave every value open."""


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric of one place and window, as bounds (hedges) or a confidence interval (samples)."""

    metric: Metric
    top: Statement
    bottom: Statement
    bounds: Bounds
    conf_level: float | None

    @property
    def place(self) -> str:
        return self.top.place

    @property
    def middle(self) -> float:
        """The value that the printed numbers give, hedges left aside."""
        return float(self.metric.scale * self.top.value / self.bottom.value)


def metric_values(statements: Sequence[Statement], *, conf_level: float) -> list[MetricValue]:
    """Every metric of every place and window that prints both of its parts."""
    return [value for metric in METRICS for value in _values(metric, statements, conf_level)]


def _values(metric: Metric, statements: Sequence[Statement], conf_level: float) -> Iterable[MetricValue]:
    seen = set()
    for top in statements:
        key = (top.source_id, top.place, top.start, top.end)
        if (
            top.indicator not in metric.numerator
            or (top.group != metric.group and metric.group != "all")
            or key in seen
        ):
            continue
        bottom = _bottom(metric, top, statements)
        if bottom is None or not _is_total(top, metric, statements):
            continue
        seen.add(key)
        sampled = metric.denominator == ("peer_review_sample",) and exact_whole(top) and exact_whole(bottom)
        if sampled:
            estimate = proportion_interval(int(top.value), int(bottom.value), conf_level=conf_level)
            yield MetricValue(metric, top, bottom, _bounds(estimate.ci_low, estimate.ci_high), conf_level)
        else:
            bounds = exact.divide(exact.hedge_bounds(top), exact.hedge_bounds(bottom), times=metric.scale)
            if bounds != UNBOUNDED:
                yield MetricValue(metric, top, bottom, bounds, None)


def _bounds(low: float, high: float) -> Bounds:
    return Bounds(Fraction(low), Fraction(high))


def _bottom(metric: Metric, top: Statement, statements: Sequence[Statement]) -> Statement | None:
    """The denominator of the same source, place and window; `all`, or the only group that is printed."""
    share = metric.numerator == metric.denominator
    wanted = (top.indicator,) if share else metric.denominator
    key = (top.source_id, top.place, top.start, top.end)
    for indicator in wanted:
        own = [s for s in statements if s.indicator == indicator and (s.source_id, s.place, s.start, s.end) == key]
        named = [s for s in own if s.group == "all"]
        only = own if len(own) == 1 and not share and own[0].group in (top.group, *COUNT_GROUPS) else []
        chosen = (named or only or [None])[0]
        if chosen is not None and chosen.value > 0 and chosen is not top:
            return chosen
    return None


def _is_total(top: Statement, metric: Metric, statements: Sequence[Statement]) -> bool:
    """For metrics over `all`: the top is the total, or the only group printed of its indicator."""
    if metric.group != "all" or top.group == "all":
        return True
    key = (top.source_id, top.place, top.start, top.end, top.indicator)
    return sum((s.source_id, s.place, s.start, s.end, s.indicator) == key for s in statements) == 1


def check_comparison(
    own: Sequence[Statement], others: Sequence[Statement], names: Names, *, place: str, conf_level: float
) -> list[ClaimResult]:
    """Each metric of the report's place beside those of other places; of a part only where the place has none."""
    references = metric_values(others, conf_level=conf_level)
    values = metric_values(own, conf_level=conf_level)
    whole = {value.metric.name for value in values if value.place == place}
    return [
        _compare(value, [r for r in references if r.metric == value.metric], values, names)
        for value in values
        if value.place == place or value.metric.name not in whole
    ]


def _compare(value: MetricValue, references: list[MetricValue], values: list[MetricValue], names: Names) -> ClaimResult:
    middles = sorted(r.middle for r in references)
    parts = sorted(v.middle for v in values if v.metric == value.metric and v.place != value.place)
    verdict, variant = _verdict(value, middles)
    facts = {
        "place": names(value.place),
        "metric": Code("metric", value.metric.name),
        "value": range_of(value.bounds, value.metric.unit, value.metric.decimals),
        "top": quantity(value.top),
        "bottom": quantity(value.bottom),
        "parts": Range(parts[0], parts[-1], value.metric.unit, value.metric.decimals) if len(parts) > 1 else None,
        "n_parts": len(parts),
        "n": len(middles),
        "others": Range(middles[0], middles[-1], value.metric.unit, value.metric.decimals) if middles else None,
        "units": tuple(Code("unit", u) for u in sorted({r.top.unit for r in references} | {value.top.unit})),
        "period": window(value.top),
        "sampled": value.conf_level is not None,
    }
    about = value.top
    found = result(
        "comparison",
        verdict,
        about,
        facts,
        variant=variant,
        printed=None,
        computed=value.middle,
        low=None if value.bounds.low is None else float(value.bounds.low),
        high=None if value.bounds.high is None else float(value.bounds.high),
        conf_level=value.conf_level,
        n=len(middles),
        unit=value.metric.unit,
        sources=cited(value.top, value.bottom),
    )
    return replace(found, indicator=value.metric.name)


def _verdict(value: MetricValue, middles: list[float]) -> tuple[str, str]:
    if len(middles) < FEWEST_REFERENCES:
        return "not_evaluable", "not_evaluable"
    low, high = min(*middles, value.middle), max(*middles, value.middle)
    if value.metric.name == "consultations_per_case" and low > 0 and high / low > DEFINITION_SPREAD:
        return "ambiguous", "definition"
    if value.bounds.overlaps(_bounds(middles[0], middles[-1])):
        return "consistent", "consistent"
    return "ambiguous", "ambiguous"
