"""Which ATT(g, t) make up each aggregate, and with what weight (Callaway and Sant'Anna 2021, section 3)."""

from dataclasses import dataclass

import numpy as np

from legalaid_eval.estimators.did.comparisons import Comparisons

KINDS = ("simple", "event_time", "cohort", "time")


@dataclass(frozen=True, eq=False, slots=True)
class Aggregate:
    """One aggregate: `cells` (G, T) sum to one over the ATT(g, t) it is made of.

    `shift` (G,): what it adds to a unit's influence, per unit of weight, that the shares of the cohorts are
    themselves estimated.
    """

    term: object
    cells: np.ndarray
    shift: np.ndarray


def aggregates(
    comparisons: Comparisons, kind: str, *, periods: np.ndarray, width: int | None = None
) -> list[Aggregate]:
    """The aggregates of a kind, the overall one first; `periods` (T,) labels, `width` of event-time bins."""
    event = np.arange(len(periods)) - comparisons.starts[:, None]
    there = np.isfinite(comparisons.att)
    post = there & (event >= 0)
    if kind == "simple":
        return [_by_size(comparisons, "overall", post)]
    if kind == "cohort":
        each = post / np.maximum(post.sum(axis=1, keepdims=True), 1)
        labels = periods[comparisons.starts]
        rows = np.arange(len(labels))[:, None]
        terms = [_by_size(comparisons, labels[g], each * (rows == g)) for g in range(len(labels)) if post[g].any()]
        return [_by_size(comparisons, "overall", each), *terms]
    if kind == "time":
        columns = np.arange(len(periods))
        terms = [_by_size(comparisons, periods[t], post & (columns == t)) for t in np.flatnonzero(post.any(axis=0))]
        return [_mean(terms), *terms]
    singles = [_by_size(comparisons, int(e), there & (event == e)) for e in np.unique(event[there])]
    overall = _mean([single for single in singles if single.term >= 0])
    return [overall, *(singles if width is None else binned(comparisons, there, event, width))]


def binned(comparisons: Comparisons, there: np.ndarray, event: np.ndarray, width: int) -> list[Aggregate]:
    """Aggregates over bins of `width` event times, from ..., -width..-1 over 0..width-1 on."""
    bins = event // width
    return [_by_size(comparisons, bin_label(b, width), there & (bins == b)) for b in np.unique(bins[there])]


def bin_label(number: int, width: int) -> object:
    """The name of an event-time bin: `0..11`; a bin of one period is named by its number alone."""
    first = int(number) * width
    return first if width == 1 else f"{first}..{first + width - 1}"


def _by_size(comparisons: Comparisons, term: object, share: np.ndarray) -> Aggregate:
    """ATT(g, t) weighted by `share` (G, T) times the size of the cohort."""
    weight = comparisons.sizes[:, None] * share
    total = weight.sum()
    att = np.where(share > 0, comparisons.att, 0.0)
    cells = weight / total
    estimate = (cells * att).sum()
    return Aggregate(term, cells, (share * (att - estimate)).sum(axis=1) / total)


def _mean(terms: list[Aggregate]) -> Aggregate:
    """The plain mean of aggregates, as their overall one."""
    cells = np.mean([term.cells for term in terms], axis=0)
    return Aggregate("overall", cells, np.mean([term.shift for term in terms], axis=0))
