"""The front page on outreach: sentences from the rows that the chapter saved."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from legalaid_eval.chapters.front_effects import ESTABLISHED, WITHOUT_SIZE, has_size, is_answer, kinds, sizes
from legalaid_eval.chapters.outreach_effects import BRIDGED, ON_BRIDGE
from legalaid_eval.content import Code, Label, Message, Quantity, Range
from legalaid_eval.indicators.outreach import DEPTH, HEADLINE, USE

CLAIM, COST, BEYOND_REACH = "claim:awareness", "cost:aware", "beyond_reach"
KNOWN = tuple(f"effect:{item}" for item in (HEADLINE, DEPTH))
"""What outreach is judged by: having heard of it, or where nearly all have, how much is known."""
USED = tuple(f"effect:{measure.key}" for measure in USE if not measure.placebo)
CONDITIONS = (ON_BRIDGE, *WITHOUT_SIZE)
"""Notes of answers that must not be quoted without them."""
PERCENT = "percent"


def outreach(rows: pd.DataFrame, place: str, _name: Callable[[str], Label]) -> Mapping[str, tuple[Message, ...]]:
    """How many know of it, what of the claim, what outreach changed and at what cost, and what is not established."""
    if rows.empty:
        return {}
    own = rows[rows["place"] == place]
    answers = [row for row in rows.itertuples() if is_answer(row)]
    known = _headline(answers)
    used = [row for row in answers if row.indicator in USED]
    return {
        "sayable": (*_aware(own), *_ruled_out(own), *_changed(known), *_more_use(used), *_cost(rows, known)),
        "unclear": (*_claim(own), *_without_use(known, used), *_open_questions(known)),
        "limits": (*_wordings(own, known), *_dose(rows)),
        "missing": tuple(_missing(own, rows)),
    }


def _headline(answers: list) -> list:
    """The answers on what outreach is judged by: the chapter puts them first."""
    first = next((row.indicator for row in answers if row.indicator in KNOWN), None)
    return [row for row in answers if row.indicator == first]


def _firm(row: object) -> bool:
    """Whether an answer stands beside the others and on no condition."""
    return row.verdict in ESTABLISHED and not _conditions(row)


def _conditions(row: object) -> tuple[Code, ...]:
    return tuple(Code("outreach_condition", note) for note in CONDITIONS if note in row.note.split())


def _judged(own: pd.DataFrame) -> Iterator[tuple[object, dict[str, object]]]:
    """The last wave against the claim, and its facts."""
    for row in own[own["indicator"] == CLAIM].itertuples():
        if row.estimate is not None:
            ends = Range(row.ci_low, row.ci_high, PERCENT, 1) if row.ci_low is not None else None
            wording = Code("awareness_wording", row.group.split(":")[1])
            facts = {"share": Quantity(row.estimate, PERCENT, decimals=1), "interval": ends, "wording": wording}
            yield row, facts | {"claim": Quantity(row.printed, PERCENT)}


def _aware(own: pd.DataFrame) -> Iterator[Message]:
    for _, facts in _judged(own):
        yield Message("summary.outreach.aware", facts)


def _ruled_out(own: pd.DataFrame) -> Iterator[Message]:
    for row, facts in _judged(own):
        if row.verdict in ("supported", "contradicted"):
            yield Message(f"summary.outreach.claim.{row.verdict}", facts)


def _claim(own: pd.DataFrame) -> Iterator[Message]:
    for row, facts in _judged(own):
        if row.verdict == "not_established":
            yield Message("summary.outreach.claim.not_established", facts)


def _changed(known: list) -> Iterator[Message]:
    for row in known:
        if _firm(row):
            yield Message(f"summary.outreach.{row.verdict}", _sizes(row))


def _sizes(row: object) -> dict[str, object]:
    return sizes(row) | {"outcome": Code("effect_outcome", row.indicator.removeprefix("effect:"))}


def _more_use(used: list) -> Iterator[Message]:
    for row in used:
        if _firm(row) and row.verdict == "improved":
            yield Message("summary.outreach.use", _sizes(row))


def _without_use(known: list, used: list) -> Iterator[Message]:
    """A gain in what people know with which no more use was found."""
    for row in known:
        beside = [one for one in used if one.group == row.group and one.estimate is not None]
        if row.verdict == "improved" and beside and all(one.verdict != "improved" for one in beside):
            asked = tuple(Code("effect_outcome", one.indicator.removeprefix("effect:")) for one in beside)
            yield Message("summary.outreach.without_use", {"reforms": kinds(row), "asked": asked})


def _open_questions(known: list) -> tuple[Message, ...]:
    """Reforms of which nothing is established about what people know, or only on a condition."""
    given = [row for row in known if row.verdict in ESTABLISHED and not _firm(row)]
    said = tuple(_on_condition(row) for row in given)
    for verdict in ("not_established", "no_effect_found"):
        reforms = tuple(code for row in known if row.verdict == verdict for code in kinds(row))
        said += (Message(f"summary.outreach.{verdict}", {"reforms": reforms}),) if reforms else ()
    return said


def _on_condition(row: object) -> Message:
    """An answer with what it stands on; with its size only where that is a bridge, as intervals hold with one."""
    conditions = _conditions(row)
    facts = {"conditions": conditions, "up": row.estimate > 0} | _sizes(row)
    if not has_size(row):
        facts["size"] = None
    return Message("summary.outreach.on_condition", facts)


def _cost(rows: pd.DataFrame, known: list) -> Iterator[Message]:
    """By all that was booked on events; only of a change that is established, be it by a bridge."""
    found = rows[(rows["indicator"] == COST) & (rows["group"] == "all_spending") & (rows["method"] == "comparison")]
    given = [row for row in known if has_size(row)]
    for row in found[found["verdict"] == "bounded"].itertuples() if given else ():
        ends = Range(row.ci_low, row.ci_high, row.unit, _places(row.ci_high))
        cost = Quantity(row.estimate, row.unit, decimals=_places(row.estimate))
        facts = {
            "beyond": BEYOND_REACH in row.note.split(),
            "given": all(ON_BRIDGE in one.note.split() for one in given),
        }
        yield Message("summary.outreach.cost", facts | {"cost": cost, "interval": ends})


def _places(value: float) -> int:
    return 0 if value >= 100 else 1


def _wordings(own: pd.DataFrame, known: list) -> tuple[Message, ...]:
    groups = own.loc[own["indicator"] == "OA03", "group"]
    wordings = tuple(dict.fromkeys(group.split(":")[1] for group in groups if ":" in group))
    bridged = any({BRIDGED, ON_BRIDGE} & set(row.note.split()) for row in known)
    facts = {"wordings": tuple(Code("awareness_wording", name) for name in wordings), "bridged": bridged}
    return (Message("summary.outreach.wordings", facts),) if len(wordings) > 1 else ()


def _dose(rows: pd.DataFrame) -> tuple[Message, ...]:
    """That nothing is known of how much outreach is enough."""
    found = rows[(rows["indicator"].isin([f"dose:{HEADLINE}", f"dose:{DEPTH}"])) & (rows["group"] == "overall")]
    return (Message("summary.outreach.no_dose"),) if (found["verdict"] == "no_effect_found").any() else ()


def _missing(own: pd.DataFrame, rows: pd.DataFrame) -> Iterator[Message]:
    """The first thing without which what outreach changed cannot be told."""
    if (own.loc[own["indicator"] == CLAIM, "verdict"] == "no_survey").any():
        yield Message("summary.outreach.wanted.no_survey")
        return
    for note in rows.loc[rows["indicator"].isin(KNOWN) & (rows["method"] == "none"), "note"]:
        if note == "no_reform_date":
            yield Message("summary.outreach.wanted.no_reform_date")
