"""Chapter 'summary': what can be said, how sure, and what is missing. Reads the other chapters' rows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from legalaid_eval import results
from legalaid_eval.chapters import front_register
from legalaid_eval.chapters.base import Grounds, Params, grounds_of, save, saved_rows, scope_of
from legalaid_eval.chapters.front_page import SECTIONS, findings, section
from legalaid_eval.chapters.summary_reference import (
    definitions_table,
    glossary_table,
    methods,
    not_evaluable_table,
    verdict_counts,
)
from legalaid_eval.content import Chapter, Code, Message, Period, Prose
from legalaid_eval.evidence.claim import VERDICTS
from legalaid_eval.evidence.figures import Evidence

NAME = "summary"

__all__ = ["evaluate", "save"]


@dataclass(frozen=True, eq=False, slots=True)
class Gathered:
    """The rows of the report's other chapters, and which of these have run."""

    params: Params
    grounds: Grounds
    rows: pd.DataFrame
    ran: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def published(self) -> pd.DataFrame:
        return self.rows[self.rows["evidence"] == "published"]

    @property
    def register(self) -> pd.DataFrame:
        return self.rows[self.rows["evidence"] != "published"]

    @property
    def facts(self) -> dict[str, object]:
        return {
            "place": self.grounds.name(self.params.place),
            "period": Period(self.params.period_start, self.params.period_end),
            "data_as_of": self.params.data_as_of,
            "simulated": self.grounds.evidence == "simulated",
        }

    @property
    def sentences(self) -> front_register.Sentences:
        return front_register.sentences(self.register, self.params.place, self.grounds.name)


def evaluate(params: Params) -> Chapter:
    """Gather the rows of the report's other chapters; one that has not run is listed as absent.

    What does not apply to the report, such as findings on published figures where none are read, is None.
    """
    told = gathered(params)
    prose: dict[str, Prose | None] = {
        "lead": lead(told),
        "absent": missing_chapters_prose(told),
        "next_step": next_step(told),
        "methods": methods(params, told.grounds, told.ran),
    }
    prose |= {f"section_{name}": front_section(name, told) for name in SECTIONS}
    tables = {
        "verdict_counts": verdict_counts(told.published) if told.grounds.published else None,
        "not_evaluable": not_evaluable_table(told.ran, told.grounds),
        "definitions": definitions_table(told.rows, told.grounds),
        "glossary": glossary_table(told.grounds),
    }
    return Chapter(NAME, summary_rows(told), tables, {}, prose)


def gathered(params: Params) -> Gathered:
    saved = {name: saved_rows(name, params) for name in params.chapters if name != NAME}
    there = {name: frame for name, frame in saved.items() if frame is not None}
    absent = tuple(name for name in saved if name not in there)
    return Gathered(params, grounds_of(params), results.combine(list(there.values())), tuple(there), absent)


def lead(told: Gathered) -> Prose:
    """The first sentences of the report: how much was looked at and what came of it."""
    messages: list[Message] = []
    if len(told.published):
        facts = told.facts | _published_facts(told)
        messages += [Message("summary.lead", facts), Message("summary.verdict", facts)]
    if len(told.register):
        facts = told.facts | front_register.came_in(told.register, told.params.place)
        facts["ran"] = tuple(Code("chapters", name) for name in told.ran if name in set(told.register["chapter"]))
        messages += [Message("summary.register.lead", facts), Message("summary.register.ran", facts)]
    return Prose("lead", tuple(messages) or (Message("summary.nothing", told.facts),), placement="front")


def _published_facts(told: Gathered) -> dict[str, object]:
    rows = told.published
    counts = Counter(rows["verdict"])
    return {
        "figures": int((rows["method"].str.split(":").str[0] == "as_published").sum()),
        "claims": int((rows["method"] == "claim").sum()),
        "checks": len(findings(rows)),
        "wrong": counts["contradicted"] + counts["not_reproducible"],
        "unclear": counts["ambiguous"],
        "parts": len(told.params.parts),
    }


def front_section(name: str, told: Gathered) -> Prose | None:
    """One part of the front page, what published figures say before what the register says."""
    messages: tuple[Message, ...] = ()
    if told.grounds.published is not None and len(told.published):
        messages += section(name, told.published, told.params.place, told.grounds.published)
    if len(told.register):
        messages += told.sentences.get(name) or (Message(f"summary.register.none_{name}"),)
    return Prose(f"section_{name}", messages, "list", "front") if messages else None


def missing_chapters_prose(told: Gathered) -> Prose:
    """Which chapters have not run, so that nothing is missing in silence."""
    if not told.absent:
        key = "summary.all_ran" if told.grounds.register is None else "summary.register.all_ran"
        return Prose("absent", (Message(key),))
    facts = {"chapters": tuple(Code("chapters", name) for name in told.absent)}
    return Prose("absent", (Message("summary.absent", facts),), placement="front")


def next_step(told: Gathered) -> Prose | None:
    """What is asked for most: data for the claims that could not be evaluated, values the register lacks."""
    messages: tuple[Message, ...] = ()
    if told.grounds.published is not None:
        messages += _wanted(told, told.grounds.published)
    messages += tuple(told.sentences.get("missing", ()))
    return Prose("next_step", messages, placement="front") if messages else None


def _wanted(told: Gathered, evidence: Evidence) -> tuple[Message, ...]:
    """The data asked for most often by the claims that could not be evaluated."""
    scope = scope_of(told.params)
    claims = [c for c in evidence.claims if scope.covers(c.place, c.start, c.end)]
    wanted = Counter(code for claim in claims for code in claim.needed)
    top = sorted(wanted, key=lambda code: (-wanted[code], code))[:4]
    if not top or not len(told.published):
        return (Message("summary.next_step_register"),) if told.grounds.register is None else ()
    facts: Mapping[str, object] = {
        "claims": len(claims),
        "needed": tuple(Message("summary.needed_count", {"what": Code("needed", c), "n": wanted[c]}) for c in top),
    }
    return (Message("summary.next_step", facts),)


def summary_rows(told: Gathered) -> pd.DataFrame:
    """One row per verdict on published figures: how many findings have it."""
    params = told.params
    counts = Counter(findings(told.published)["verdict"]) if len(told.published) else Counter()
    key = (params.report_id, NAME, "findings", params.place, params.period_start, params.period_end)
    return results.make(
        results.Row(
            *key, v, "count", float(counts[v]), None, None, None, None, "count", "published", "ok", "", None, ""
        )
        for v in VERDICTS
        if counts[v]
    )
