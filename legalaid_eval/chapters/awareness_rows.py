"""The results rows of awareness: shares by wave, group and county, changes, what the wording does, claim and plan."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from legalaid_eval import results
from legalaid_eval.chapters.awareness_findings import NO_SURVEY, Awareness
from legalaid_eval.chapters.awareness_plan import GOALS, Reckoning
from legalaid_eval.chapters.awareness_waves import NOT_EVALUABLE, OK
from legalaid_eval.chapters.base import row_numbers
from legalaid_eval.chapters.outreach_findings import rows_of
from legalaid_eval.estimators.base import Estimate
from legalaid_eval.indicators.outreach import HEADLINE

CHANGED, SAME_WAVE, AGAINST_CLAIM = "change_between_waves", "wordings_in_one_wave", "interval_against_claim"
POOLED, UNTOLD = "pooled", "survey_share"
CLAIM, PLAN, DIFFERENCE = "claim:awareness", "plan:awareness", "difference:wording"
STATUS_OF_CLAIM = {"contradicted": "contradicted", NO_SURVEY: NOT_EVALUABLE}
NOTES_BETWEEN = " "
TOLD = {"percent": 1, "percentage_point": 1, "score": 2}
"""Decimals by unit, as on the page: with more of them a share of few answers would give away how many there were."""


@dataclass(frozen=True, eq=False, slots=True)
class Writer:
    """Makes rows that share the report and the evidence."""

    aware: Awareness

    def row(
        self,
        indicator: str,
        group: str,
        method: str,
        unit: str,
        found: Estimate | float | None,
        **more: object,
    ) -> results.Row:
        *ends, level = row_numbers(found)
        ends = [end if end is None else round(end, TOLD.get(unit, 9)) for end in ends]
        return rows_of(self.aware.told).row(indicator, group, method, unit, (*ends, level), **more)


def row_list(aware: Awareness) -> Iterator[results.Row]:
    write = Writer(aware)
    marks = _marks(aware)
    yield from _shares(write, aware.whole, marks)
    yield from _shares(write, aware.by_segment, marks)
    yield from _shares(write, aware.by_county, marks)
    yield from _pooled(write, marks)
    yield from _changes(write)
    yield from _differences(write, marks)
    yield _claim(write)
    yield from _plan(write)


def _marks(aware: Awareness) -> dict[int, str]:
    """Wave -> what a group must add so that waves whose days do not tell them apart have rows of their own."""
    days = list(aware.days.values())
    return {
        wave: "" if aware.months[wave] is not None and days.count(of) == 1 else f":wave={wave}"
        for wave, of in aware.days.items()
    }


def _number(value: object) -> float:
    return float("nan") if pd.isna(value) else float(value)


def _count(value: object) -> int | None:
    return None if pd.isna(value) else int(value)


def _estimate(line: pd.Series, names: tuple[str, str, str], level: float, method: str, unit: str) -> Estimate | None:
    """Numbers of a line as an estimate; None where there is none."""
    if pd.isna(line[names[0]]):
        return None
    value, low, high = (_number(line[name]) for name in names)
    return Estimate(line["item"], line["item"], unit, value, None, low, high, level, 0, None, method)


ENDS = ("estimate", "ci_low", "ci_high")


def _shares(write: Writer, frame: pd.DataFrame, marks: dict[int, str]) -> Iterator[results.Row]:
    """OA03 and OA04: `heard_of:prompted`, of a segment with `:segment=elderly`; counties are places."""
    told = write.aware.told
    for _, line in frame.iterrows():
        group = f"{line['item']}:{line['wording']}"
        group += f":segment={line['value']}" if line["by"] == "segment" else ""
        place = told.key(line["value"]) if line["by"] == "county" else ""
        found = _estimate(line, ENDS, told.params.conf_level, line["method"], line["unit"])
        yield write.row(
            line["indicator"],
            group + marks[line["wave"]],
            line["method"] or UNTOLD,
            line["unit"],
            found,
            days=write.aware.days[line["wave"]],
            place=place,
            n=_count(line["n"]),
            status=line["status"],
            note=NOTES_BETWEEN.join(line["notes"]),
        )


def _pooled(write: Writer, marks: dict[int, str]) -> Iterator[results.Row]:
    told = write.aware.told
    names = ("pooled", "pooled_low", "pooled_high")
    for _, line in write.aware.pooled.iterrows():
        yield write.row(
            line["indicator"],
            f"{line['item']}:{line['wording']}{marks[line['wave']]}",
            POOLED,
            line["unit"],
            _estimate(line, names, told.params.conf_level, POOLED, line["unit"]),
            days=write.aware.days[line["wave"]],
            place=told.key(line["value"]),
            n=_count(line["n"]),
        )


def _changes(write: Writer) -> Iterator[results.Row]:
    """OA05, over the days from the first wave to the last."""
    aware = write.aware
    for _, line in aware.changes.iterrows():
        days = aware.days[line["first"]][0], aware.days[line["last"]][1]
        yield write.row(
            "OA05",
            f"{line['item']}:{line['wording']}",
            CHANGED,
            line["unit"],
            _estimate(line, ENDS, aware.told.params.conf_level, CHANGED, line["unit"]),
            days=days,
            n=_count(line["n"]),
            status=line["status"],
        )


def _differences(write: Writer, marks: dict[int, str]) -> Iterator[results.Row]:
    aware = write.aware
    for _, line in aware.bridge.iterrows():
        yield write.row(
            DIFFERENCE,
            f"{line['item']}:{line['wording']}_less_{line['against']}{marks[line['wave']]}",
            SAME_WAVE,
            line["unit"],
            _estimate(line, ENDS, aware.told.params.conf_level, SAME_WAVE, line["unit"]),
            days=aware.days[line["wave"]],
            n=_count(line["n"]),
            status=line["status"],
        )


def _claim(write: Writer) -> results.Row:
    """The claimed percentage stands as printed beside what the last wave says."""
    aware, last = write.aware, write.aware.last
    more = {"status": STATUS_OF_CLAIM.get(aware.claim, OK), "verdict": aware.claim, "printed": aware.plan.claim}
    if last is None:
        return write.row(CLAIM, HEADLINE, AGAINST_CLAIM, "percent", None, note=NO_SURVEY, **more)
    if pd.isna(last["ci_low"]):
        more["status"] = last["status"]
    found = _estimate(last, ENDS, aware.told.params.conf_level, AGAINST_CLAIM, "percent")
    group = f"{HEADLINE}:{last['wording']}"
    return write.row(CLAIM, group, AGAINST_CLAIM, "percent", found, n=_count(last["n"]), **more)


def _plan(write: Writer) -> Iterator[results.Row]:
    plan = write.aware.plan
    if plan.design is None:
        yield write.row(
            PLAN, "rise", "smallest_detectable", "percentage_point", None, status=NOT_EVALUABLE, note=plan.reason
        )
    for reckoning in plan.reckonings:
        name = reckoning.name
        note, status = reckoning.reason, OK if reckoning.rise is not None else NOT_EVALUABLE
        method, unit = "smallest_detectable", "percentage_point"
        yield write.row(PLAN, f"rise:{name}", method, unit, reckoning.rise, status=status, note=note)
        yield from (row for goal in GOALS for row in _sizes(write, reckoning, goal))


def _sizes(write: Writer, reckoning: Reckoning, goal: str) -> Iterator[results.Row]:
    """Respondents of one wave, and the clusters they are asked in."""
    method, size = "sample_size", reckoning.sizes.get(goal)
    if size is None:
        note = reckoning.reasons[goal]
        group = f"{goal}:respondents:{reckoning.name}"
        yield write.row(PLAN, group, method, "person", None, status=NOT_EVALUABLE, note=note)
        return
    yield write.row(PLAN, f"{goal}:respondents:{reckoning.name}", method, "person", float(size.respondents))
    if write.aware.plan.design.clustered:
        yield write.row(PLAN, f"{goal}:clusters:{reckoning.name}", method, "cluster", float(size.clusters))
