"""What the summary gives for looking up: verdicts, chapters without data, definitions, methods, glossary."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from legalaid_eval import rules
from legalaid_eval.chapters.base import Grounds, Params
from legalaid_eval.chapters.front_page import findings
from legalaid_eval.content import Code, Column, Message, Prose, Quantity, Table
from legalaid_eval.evidence.claim import VERDICTS

NOT_EVALUABLE = {
    "data_quality": ("case_register",),
    "caseload": ("case_register", "target_value"),
    "processing_time": ("case_dates", "reform_date"),
    "outreach": ("survey_waves", "question_wording", "attendance"),
    "quality_money": ("peer_review_sample", "callback_log", "unit_costs"),
    "mechanisms": ("case_register", "comparison_group"),
}
"""Chapters that need a register, and the least that each of them needs."""

CATALOGUED = {"decided_within_limit": "TM02", "closed_share": "CL05", "satisfied_share": "QS01"}
"""Indicators of the register's chapters, with their entry in the catalogue."""
COUNTED = (
    *(f"CL{n:02d}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13)),
    *(f"AC{n:02d}" for n in range(1, 7)),
    *(f"TN{n:02d}" for n in range(1, 6)),
    *(f"OA{n:02d}" for n in range(1, 8)),
)
"""Indicators of caseload, access, targets and outreach that bear the catalogue's own ids."""
TIMED = ("TM01", "TM02", "TM03", "TM04", "TM05", "TM06", "TM07", "TM08", "TM09", "CL06")
"""Indicators of processing time that bear the catalogue's own ids."""

METHODS = (
    "printed",
    "ratios",
    "sums",
    "levels",
    "targets",
    "progress",
    "rates",
    "ceiling",
    "comparison",
    "claims",
    "intervals",
)
REGISTER_METHODS = ("counts", "completeness", "worst_case", "disclosure")
EFFECTS = ("effects", "effect_intervals", "effect_checks")
METHODS_OF = {
    "caseload": ("stock_account", "count_regression", "change_parts", "county_funnel", "forecasts", "scenarios"),
    "processing_time": ("durations", "limits_in_force", *EFFECTS),
    "outreach": ("survey_estimates", "wordings_apart", *EFFECTS, "dose_curves", "outreach_money"),
}
"""Methods of single chapters, told where these have run."""
SIMULATED_METHODS = ("simulated",)

GLOSSARY = (
    "person_time case_accepted closure_rate clearance_ratio awareness_rate satisfaction_rate target_completion "
    "hedge rounding truncation interval sample_size baseline counterfactual register means_check special_groups"
).split()
REGISTER_GLOSSARY = (
    "register reporting_unit unit_month worst_case suppressed case_accepted closure_rate clearance_ratio "
    "satisfaction_rate awareness_rate means_check interval counterfactual"
).split()


def verdict_counts(rows: pd.DataFrame) -> Table:
    """How many findings have each verdict, gravest first, and what the verdict means."""
    counts = Counter(findings(rows)["verdict"]) if len(rows) else Counter()
    lines = tuple(
        (Code("verdict", v), counts[v], Message(f"summary.verdict_meaning.{v}")) for v in VERDICTS if counts[v]
    )
    columns = (Column("verdict"), Column("n_findings", "right"), Column("meaning"))
    return Table("verdict_counts", columns, lines)


def not_evaluable_table(ran: Sequence[str], grounds: Grounds) -> Table:
    """Chapters that the report has not, the question each would answer, and the records it needs."""
    lines = tuple(
        (
            Code("chapters", name),
            Message(f"summary.chapter_question.{name}"),
            tuple(Code("needed", code) for code in needed),
        )
        for name, needed in NOT_EVALUABLE.items()
        if name not in ran
    )
    columns = tuple(Column(c) for c in ("chapter", "question", "needed"))
    return Table("not_evaluable", columns, lines, facts={"register": grounds.register is not None})


def definitions_table(rows: pd.DataFrame, grounds: Grounds) -> Table:
    """Definition, pitfall and international analogue of every indicator the report shows."""
    shown = set(rows["indicator"]) if len(rows) else set()
    lines = (*_published_definitions(shown, grounds), *_register_definitions(shown))
    columns = tuple(Column(c) for c in ("indicator", "definition", "pitfall", "analogue"))
    return Table("definitions", columns, lines, placement="appendix")


def _published_definitions(shown: set[str], grounds: Grounds) -> Iterator[tuple[object, ...]]:
    catalogue = rules.catalogue()
    for key, indicator in grounds.published.indicators.items() if grounds.published else ():
        if key in shown:
            entry = catalogue.get(indicator.catalogue_id or "")
            told = (entry.pitfall, entry.analogue) if entry else (None, None)
            yield (indicator.name, indicator.definition, *told)


def _register_definitions(shown: set[str]) -> Iterator[tuple[object, ...]]:
    catalogue = rules.catalogue()
    for indicator, key in CATALOGUED.items():
        if indicator in shown:
            told = (Code("key_share", indicator), Message(f"summary.register.definition.{indicator}"))
            yield (*told, catalogue[key].pitfall, catalogue[key].analogue)
    for key in (*COUNTED, *TIMED):
        if key in shown:
            told = (catalogue[key].name, Message(f"summary.register.definition.{key}"))
            yield (*told, catalogue[key].pitfall, catalogue[key].analogue)
    if any(indicator.startswith("effect:") for indicator in shown):
        said = (Message(f"summary.register.definition.effect.{part}") for part in ("name", "text", "pitfall"))
        yield (*said, None)


def glossary_table(grounds: Grounds) -> Table:
    """Terms of the report, in plain words."""
    terms = dict.fromkeys(_applying(grounds, GLOSSARY, REGISTER_GLOSSARY))
    lines = tuple(
        (Message(f"summary.glossary.{term}.term"), Message(f"summary.glossary.{term}.text")) for term in terms
    )
    return Table("glossary", (Column("term"), Column("meaning")), lines, placement="appendix")


def methods(params: Params, grounds: Grounds, ran: Sequence[str]) -> Prose:
    """How each check works and under which convention."""
    facts: Mapping[str, object] = {
        "conf": Quantity(100 * params.conf_level, "percent", decimals=0),
        "sizes": tuple(params.assumed_n),
        "min_cell": params.min_cell,
    }
    names = _applying(grounds, METHODS, REGISTER_METHODS)
    names += [name for chapter in ran for name in METHODS_OF.get(chapter, ())]
    names += SIMULATED_METHODS if grounds.evidence == "simulated" else ()
    messages = tuple(Message(f"summary.methods.{name}", facts) for name in dict.fromkeys(names))
    return Prose("methods", messages, style="list", placement="appendix")


def _applying(grounds: Grounds, published: Sequence[str], register: Sequence[str]) -> list[str]:
    return [*(published if grounds.published else ()), *(register if grounds.register else ())]
