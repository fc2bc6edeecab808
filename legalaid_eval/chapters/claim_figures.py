"""The data of the pictures of 'published claims'."""

from collections.abc import Sequence

import pandas as pd

from legalaid_eval.content import Code, Figure, Label, Message
from legalaid_eval.evidence.claim import ClaimResult, group_label, quantity
from legalaid_eval.evidence.claims import Scope
from legalaid_eval.evidence.figures import Evidence, Statement
from legalaid_eval.evidence.relations import CASES

PANEL = (("consultations",), CASES, ("satisfaction_rate",), ("target_completion_rate",))
"""Indicators of the panel of parts, the first printed one of each family."""


def rate_intervals(found: Sequence[ClaimResult], own: Sequence[Statement]) -> Figure:
    """Per printed rate and sample size: label, printed, low, high (percent), n, assumed (no n was printed)."""
    columns = ("label", "printed", "low", "high", "n", "assumed")
    lines = []
    for r in (r for r in found if r.check == "precision"):
        label = Message("figures.rate_intervals.row", _whose(r) | {"printed": r.facts["printed"]})
        printed = float(r.printed)
        if "scenarios" in r.facts:
            lines += [(label, printed, low, high, n, True) for n, low, high in r.facts["scenarios"]]
        else:
            lines.append((label, printed, r.low, r.high, r.n, False))
    facts = {"n": sum(r.check == "precision" for r in found), "conf": _conf(found)}
    return Figure("rate_intervals", "rate_intervals", pd.DataFrame(lines, columns=columns), facts)


def _conf(found: Sequence[ClaimResult]) -> object:
    return next((r.facts["conf"] for r in found if r.check == "precision"), None)


def _whose(r: ClaimResult) -> dict[str, object]:
    places = r.facts["place"]
    places = places if isinstance(places, tuple) else (places,)
    return {"place": places[0], "n_more": len(places) - 1, "indicator": Code("short_indicator", r.indicator)}


def implied_targets(found: Sequence[ClaimResult], evidence: Evidence) -> Figure:
    """Per implied target: label, count, and the whole-number interval under rounding and under truncation."""
    columns = ("label", "count", "rounding_low", "rounding_high", "truncation_low", "truncation_high", "round_number")
    lines = []
    for r in (r for r in found if r.message == "claims.implied_target.implied"):
        rounding, truncation = (r.facts[name] for name in ("rounding", "truncation"))
        ends = [end for span in (rounding, truncation) for end in ((span.low, span.high) if span else (None, None))]
        label = Message(
            "figures.implied_targets.row",
            {"place": evidence.name(r.place), "group": group_label(r.group), "printed": r.facts["printed"]},
        )
        lines.append((label, r.n, *ends, r.facts["round_number"]))
    return Figure("implied_targets", "implied_targets", pd.DataFrame(lines, columns=columns), {"n": len(lines)})


def progress(found: Sequence[ClaimResult], evidence: Evidence) -> Figure:
    """Per completion rate: label, completion, elapsed share of the year and its range (percent), hedged."""
    columns = ("label", "completion", "elapsed", "elapsed_low", "elapsed_high", "hedged", "printed")
    lines = []
    for r in (r for r in found if r.check == "progress"):
        span = r.facts["elapsed_range"]
        label = Message("figures.progress.row", {"place": evidence.name(r.place), "group": group_label(r.group)})
        hedged = r.facts["printed"].qualifier in ("at_least", "more_than")
        lines.append(
            (label, float(r.printed), r.facts["elapsed"].value, span.low, span.high, hedged, r.facts["printed"])
        )
    return Figure("progress", "progress", pd.DataFrame(lines, columns=columns), {"n": len(lines)})


def county_panel(own: Sequence[Statement], scope: Scope, evidence: Evidence) -> Figure:
    """Per part and indicator: what it prints; `state` is printed, other_unit, other_window or missing."""
    columns = ("place", "indicator", "label", "value", "text", "hedged", "state")
    lines = []
    for family in PANEL:
        usual = _usual(own, family, scope)
        if not usual:
            continue
        for part in scope.parts:
            lines.append(
                (evidence.name(part), family[0], _family_name(family, evidence), *_shown(own, part, family, usual))
            )
    missing = sum(line[-1] == "missing" for line in lines)
    silent = tuple(evidence.name(p) for p in scope.parts if not any(s.place == p and _counts(s) for s in own))
    facts = {"n": len(scope.parts), "missing": missing, "silent": silent, "place": evidence.name(scope.place)}
    return Figure("county_panel", "county_panel", pd.DataFrame(lines, columns=columns), facts)


def _counts(s: Statement) -> bool:
    return any(s.indicator in family for family in PANEL)


def _family_name(family: tuple[str, ...], evidence: Evidence) -> Label | Code:
    worded = {CASES: "cases", ("target_completion_rate",): "target_of_work"}
    return Code("metric", worded[family]) if family in worded else evidence.indicators[family[0]].name


def _usual(own: Sequence[Statement], family: tuple[str, ...], scope: Scope) -> tuple[object, ...] | None:
    """The unit and first day most parts use."""
    kinds = [(s.unit, s.start) for s in own if s.indicator in family and s.place in scope.parts]
    return max(dict.fromkeys(kinds), key=kinds.count) if kinds else None


def _shown(
    own: Sequence[Statement], part: str, family: tuple[str, ...], usual: tuple[object, ...]
) -> tuple[object, ...]:
    printed = [s for s in own if s.place == part and s.indicator in family]
    printed = [s for s in printed if s.group != "cases"] or printed
    if not printed:
        return None, None, False, "missing"
    s = printed[0]
    state = "printed" if (s.unit, s.start) == usual else ("other_unit" if s.unit != usual[0] else "other_window")
    return float(s.value), quantity(s), s.qualifier != "exact", state
