"""The `cases` table: candidates of a chunk, seen in one world and cut off at the last day the data cover."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.register.simulation import months
from legalaid_eval.register.simulation.course import DEEMED, REFUSED, WITHDRAWN, Course, course
from legalaid_eval.register.simulation.draws import Draws
from legalaid_eval.register.simulation.intake import (
    CIVIL,
    CRIMINAL,
    GROUP_TEXTS,
    LABOUR,
    LAW_FROM,
    VIOLENCE,
    WAIVED,
    Intake,
    intake,
)
from legalaid_eval.register.simulation.places import COUNTIES, KEYS, TOWN_KEYS, TOWN_SHARES, TOWNS
from legalaid_eval.register.simulation.quality import Quality, quality
from legalaid_eval.register.simulation.reforms import World
from legalaid_eval.register.simulation.setting import Setting
from legalaid_eval.schemas import register_codes as codes

FAULTY = 0.0012
"""Share of cases whose archive day is before the end of the case, and share whose day of acceptance was impossible."""
CASES_PER_HANDLER = 30
LETTERS = "民刑行赔"
_TYPE_OF = np.where(CIVIL, 0, np.where(np.arange(len(CIVIL)) == CRIMINAL, 1, 2)).astype(np.int8)
_TOWN_CUM = np.cumsum(TOWN_SHARES)[:-1]
_PREFIXES, _ORIGINALS = (
    pa.array(
        [
            bracket.format(y) + f"示99{c + 1:02d}法援{t}字第"
            for c in range(12)
            for y in range(2019, 2026)
            for t in LETTERS
        ]
    )
    for bracket in ("({})", "（{}）")
)


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Candidates in one world, with everything that becomes of them."""

    draws: Draws
    came: Intake
    run: Course
    worth: Quality

    @classmethod
    def of(cls, draws: Draws, world: World, base: Setting) -> "Chunk":
        came = intake(draws, world)
        run = course(draws, came, world, base)
        return cls(draws, came, run, quality(draws, run, world))


@dataclass(slots=True)
class Numbering:
    """Serial numbers of case files by county, year and type; goes on from chunk to chunk."""

    used: np.ndarray = field(default_factory=lambda: np.zeros(len(_PREFIXES), np.int64))

    def numbers(self, group: np.ndarray) -> np.ndarray:
        """The next number of each row's group, in the order of the rows."""
        order = np.argsort(group, kind="stable")
        counts = np.bincount(group, minlength=len(self.used))
        first = np.cumsum(counts) - counts
        serial = np.empty(len(group), np.int64)
        serial[order] = np.arange(len(group)) - first[group[order]] + 1 + self.used[group[order]]
        self.used += counts
        return serial


def coded(index: np.ndarray, values: tuple | list | pa.Array, empty: np.ndarray | None = None) -> pa.Array:
    """Codes as text; negative or `empty` entries have no value."""
    missing = index < 0 if empty is None else empty | (index < 0)
    values = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return values.take(pa.array(index.astype(np.int32), mask=missing))


def days(values: np.ndarray, as_of: int, empty: np.ndarray | None = None) -> pa.Array:
    """Days as dates; what lies after `as_of` is not known yet."""
    missing = (values == months.NA) | (values > as_of)
    missing = missing if empty is None else missing | empty
    return pa.array(values.astype(np.int32), pa.int32(), mask=missing).cast(pa.date32())


def ended_by(chunk: Chunk, as_of: int) -> np.ndarray:
    """Whether the case has ended, closed or terminated, on the last day the data cover."""
    return (chunk.run.ended != months.NA) & (chunk.run.ended <= as_of)


def case_columns(chunk: Chunk, numbering: Numbering, as_of: int, scale: float) -> dict[str, pa.Array]:
    """The `cases` table of the chunk, in Arrow arrays."""
    return (
        _identity(chunk, numbering, scale)
        | _intake_columns(chunk, as_of)
        | _day_columns(chunk, as_of)
        | _worth_columns(chunk, as_of)
    )


def county_of(draws: Draws) -> np.ndarray:
    return draws.cell // months.MONTHS


def _identity(chunk: Chunk, numbering: Numbering, scale: float) -> dict[str, pa.Array]:
    draws, county = chunk.draws, county_of(chunk.draws)
    case_type = _TYPE_OF[draws.matter] + ((_TYPE_OF[draws.matter] == 2) & (draws.u("form") < 0.1))
    group = (county * 7 + months.year_of(draws.day) - months.FIRST_YEAR) * len(LETTERS) + case_type
    serial = pa.array(numbering.numbers(group)).cast(pa.string())
    town = county * TOWNS + np.searchsorted(_TOWN_CUM, draws.u("town"))
    return {
        "case_no": pc.binary_join_element_wise(coded(group, _PREFIXES), serial, "号", ""),
        "case_no_original": pc.binary_join_element_wise(coded(group, _ORIGINALS), serial, "号", ""),
        "county": coded(county, KEYS),
        "town": coded(town, TOWN_KEYS, draws.u("blank_town") < 0.02),
        "case_type": coded(case_type, codes.CASE_TYPE),
        "matter": coded(draws.matter, codes.MATTER),
        "handler_id": _handlers(draws, county, scale),
        "recipients": pa.array(1 + ((draws.u("recipients") < 0.05) * draws.u("reviewer") * 12).astype(np.int64)),
    }


def _handlers(draws: Draws, county: np.ndarray, scale: float) -> pa.Array:
    pools = np.array([4 + round(place.cases / CASES_PER_HANDLER * max(1, scale)) for place in COUNTIES])
    number = (draws.u("handler").astype(float) * pools[county]).astype(np.int32) + 1
    blank = pa.array(draws.u("blank_handler") < np.where(county == 9, 0.06, 0.01))
    text = pc.binary_join_element_wise(coded(county, KEYS), pa.array(number).cast(pa.string()), "-L")
    return pc.if_else(blank, pa.scalar(None, pa.string()), text)


def _service(chunk: Chunk) -> tuple[np.ndarray, np.ndarray]:
    """Form of service and stage of the proceedings, as codes."""
    draws = chunk.draws
    criminal, labour, u = draws.matter == CRIMINAL, LABOUR[draws.matter], draws.u("stage")
    forms = [codes.SERVICE_FORM.index(name) for name in ("criminal_defence", "labour_representation")]
    civil = codes.SERVICE_FORM.index("civil_administrative_representation")
    form = np.where(criminal, forms[0], np.where(labour & (u < 0.6), forms[1], civil))
    stage = {name: codes.PROCEEDING_STAGE.index(name) for name in codes.PROCEEDING_STAGE}
    at = np.where(u < 0.25, stage["mediation"], np.where(u < 0.92, stage["first_instance"], stage["second_instance"]))
    at = np.where(labour & (u < 0.6), stage["arbitration"], at)
    early = np.where(u < 0.25, stage["investigation"], stage["prosecution_review"])
    return form, np.where(criminal & (u < 0.45), early, np.where(criminal, stage["first_instance"], at))


def _source(chunk: Chunk) -> np.ndarray:
    u = chunk.draws.u("source")
    notice = np.where(u < 0.62, 1, np.where(u < 0.82, 2, 3))
    return np.where(chunk.came.notified, notice, np.where(u < 0.93, 0, np.where(u < 0.96, 4, 6)))


def _intake_columns(chunk: Chunk, as_of: int) -> dict[str, pa.Array]:
    draws, came = chunk.draws, chunk.came
    form, stage = _service(chunk)
    supplied = np.where(
        came.supplement, chunk.run.papers, months.after(draws.day, 2 + (draws.u("supplied") * 12).astype(int))
    )
    rules = np.where(draws.matter == VIOLENCE, 0, np.where(draws.day < LAW_FROM, 2, 1))
    return {
        "service_form": coded(form, codes.SERVICE_FORM),
        "proceeding_stage": coded(stage, codes.PROCEEDING_STAGE),
        "source": coded(_source(chunk), codes.SOURCE),
        "recipient_groups": coded(came.groups, GROUP_TEXTS),
        "channel": coded(came.channel, codes.CHANNEL),
        "means_test": coded(came.means, codes.MEANS_TEST, blank_means(draws)),
        "exemption_rule": coded(rules, ("LL-32", "LL-42", "LOCAL-WAIVER"), ~_exempted(chunk)),
        "commitment": pa.array(came.commitment),
        "papers_completed_on": days(supplied, as_of, ~(came.supplement | came.commitment)),
        "priority": pa.array(came.priority),
        "routine": pa.array(came.routine),
        "aid_first": pa.array(came.aid_first),
        "visits": pa.array(came.visits.astype(np.int64), mask=came.notified),
        "supplement_days": pa.array(
            chunk.run.supplement_days.astype(np.int64), mask=came.notified | (chunk.run.papers > as_of)
        ),
    }


def _exempted(chunk: Chunk) -> np.ndarray:
    return (chunk.came.means == WAIVED) | (chunk.draws.matter == VIOLENCE)


def blank_means(draws: Draws) -> np.ndarray:
    """Cases whose means test was not recorded: more in one county before 2021."""
    poor = (county_of(draws) == 10) & (draws.cell % months.MONTHS < 24)
    return draws.u("blank_means") < np.where(poor, 0.12, 0.01)


def faulty_archive(draws: Draws) -> np.ndarray:
    """Cases whose file is said to have been archived before the case was closed."""
    return draws.u("fault") < FAULTY


def faulty_acceptance(draws: Draws) -> np.ndarray:
    """Cases whose day of acceptance cannot be and is left empty."""
    return draws.u("fault") > 1 - FAULTY


def _day_columns(chunk: Chunk, as_of: int) -> dict[str, pa.Array]:
    draws, run, notified = chunk.draws, chunk.run, chunk.came.notified
    poor = (county_of(draws) == 11) & (draws.cell % months.MONTHS < 24)
    no_acceptance = notified | (draws.u("blank_accepted") < np.where(poor, 0.25, 0.015))
    no_acceptance |= faulty_acceptance(draws)
    archived = np.where(
        faulty_archive(draws) & (run.archived <= as_of) & (run.archived != months.NA), run.ended - 3, run.archived
    )
    return {
        "notice_on": days(draws.day, as_of, ~notified),
        "applied_on": days(draws.day, as_of, notified),
        "accepted_on": days(run.accepted, as_of, no_acceptance),
        "decided_on": days(run.decided, as_of),
        "decision": coded(run.decision, codes.DECISION, run.decided > as_of),
        "assigned_on": days(run.assigned, as_of),
        "closed_on": days(run.ended, as_of, run.terminated),
        "terminated_on": days(run.ended, as_of, ~run.terminated),
        "archived_on": days(archived, as_of),
        "status": coded(_status(chunk, as_of), codes.STATUS),
    }


def _status(chunk: Chunk, as_of: int) -> np.ndarray:
    run = chunk.run
    ended, decided = ended_by(chunk, as_of), run.decided <= as_of
    found = np.where(ended, np.where(run.terminated, 2, 1), 0)
    found = np.where(decided & (run.decision == REFUSED), 3, found)
    return np.where(decided & ((run.decision == WITHDRAWN) | (run.decision == DEEMED)), 4, found)


def _worth_columns(chunk: Chunk, as_of: int) -> dict[str, pa.Array]:
    worth, unknown = chunk.worth, ~ended_by(chunk, as_of)
    money = {
        "loss_claimed_cny": worth.claimed,
        "loss_awarded_cny": worth.awarded,
        "loss_recovered_cny": worth.recovered,
    }
    money["subsidy_cny"] = worth.subsidy
    columns = {name: pa.array(values, mask=unknown | np.isnan(values)) for name, values in money.items()}
    return columns | {"grade": coded(worth.grade, codes.GRADE, unknown)}
