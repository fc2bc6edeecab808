"""What goes with more outreach, in sentences: how much, how sure, for how long, and what it takes for granted."""

from collections.abc import Iterator, Mapping

from legalaid_eval.chapters.outreach_dose import KEPT_UP, Curve
from legalaid_eval.chapters.outreach_dose_shown import POINTS, doses_told, facts_of, shape_range, verdict
from legalaid_eval.chapters.outreach_findings import Told
from legalaid_eval.chapters.outreach_reach import NO_EVENT, NO_RESIDENTS, PER
from legalaid_eval.content import Code, Label, Message, Prose, Quantity, Range

NOTHING = 50.0
"""Points of width from which an interval of a percentage rules out next to nothing."""
READING = ("dose", "kept_up", "association", "interval")


def prose(curve: Curve) -> Prose:
    return Prose("outreach_dose", tuple(_messages(curve)))


def reading_messages(curve: Curve) -> tuple[Message, ...]:
    """How the curve is to be read; nothing without one."""
    return tuple(Message(f"outreach_dose.reading.{key}", _facts(curve)) for key in READING if curve.fit is not None)


def _facts(curve: Curve) -> dict[str, object]:
    level = Quantity(100 * curve.told.params.conf_level, "percent", decimals=0)
    return facts_of(curve) | {"conf": level, "per": PER}


def _messages(curve: Curve) -> Iterator[Message]:
    if curve.fit is None:
        yield Message("outreach_dose.none", _facts(curve) | {"why": Code("outreach_dose_reason", curve.reason)})
        yield from gaps(curve.told, curve.left_out, curve.imputed)
        return
    yield _overall(curve)
    if curve.near_ceiling:
        yield Message("outreach_dose.ceiling", _facts(curve))
    yield from _direct(curve)
    yield _shape(curve)
    yield Message(
        "outreach_dose.conditions", _facts(curve) | {"bridge": bool(curve.bridge) and len(curve.wordings) > 1}
    )
    yield from _data(curve)


def _overall(curve: Curve) -> Message:
    fit = curve.fit
    facts = _facts(curve) | {
        "counties": fit.n_places,
        "waves": fit.n_waves,
        "change": _points(fit.overall.estimate),
        "size": _points(abs(fit.overall.estimate)),
        "interval": Range(fit.overall.ci_low, fit.overall.ci_high, POINTS, 1),
        "smallest": _points(fit.smallest_detectable()),
        "nothing": fit.overall.ci_high - fit.overall.ci_low >= NOTHING,
    }
    return Message(f"outreach_dose.overall.{verdict(curve)}", facts)


def _points(value: float) -> Quantity:
    return Quantity(value, POINTS, decimals=1)


def _direct(curve: Curve) -> Iterator[Message]:
    """What the usual dose of a year could do at most if everybody reached learned of legal aid there and then, and
    nobody told others: it shows whether the comparison could ever have seen it."""
    told = doses_told(curve)
    if "half" not in told or verdict(curve) == "lower":
        return
    direct, smallest = 100 * told["half"] * KEPT_UP / PER, curve.fit.smallest_detectable()
    dose = Quantity(told["half"], "count", decimals=2)
    facts = {
        "dose": dose,
        "direct": Quantity(direct, POINTS, decimals=2),
        "share": Quantity(direct, "percent", decimals=2),
    }
    facts |= {"found": curve.found, "seen": smallest <= direct, "smallest": _points(smallest)}
    yield Message("outreach_dose.direct", _facts(curve) | facts)


def _shape(curve: Curve) -> Message:
    """What is known of decay and saturation; without the decay, what the answer would be if one knew it."""
    facts = {name: shape_range(curve, name) for name in ("decay", "saturation")} | {"found": curve.found}
    held = () if facts["decay"] else tuple(_held(line) for line in curve.held.iloc[[0, -1]].itertuples())
    return Message("outreach_dose.shape", _facts(curve) | facts | {"held": held})


def _held(line: object) -> Message:
    ends = Range(line.ci_low, line.ci_high, POINTS, 1)
    facts = {"lost": line.decay == 0, "share": Quantity(100 * line.decay, "percent", decimals=0), "interval": ends}
    return Message("outreach_dose.held", facts)


def _data(curve: Curve) -> Iterator[Message]:
    if not curve.told.seen.places.whole:
        yield Message("outreach_dose.whole_store", _facts(curve))
    yield from gaps(curve.told, curve.left_out, curve.imputed)
    if curve.unused:
        yield Message("outreach_dose.unused", {"months": curve.unused, "n": len(curve.unused)})
    dropped = sum(note.startswith("left_out:") for note in curve.fit.notes)
    few = any(note.startswith("few_places") for note in curve.fit.notes)
    if dropped or few:
        yield Message("outreach_dose.notes", {"dropped": dropped, "few": few, "counties": curve.fit.n_places})


def gaps(told: Told, left_out: Mapping[str, str], imputed: float | None) -> Iterator[Message]:
    """What was not recorded: attendance, and counties without residents or events."""
    if imputed:
        share = Quantity(100 * imputed, "percent", decimals=1) if _may_be_told(told) else None
        yield Message("outreach_dose.imputed", {"share": share})
    for why in (NO_EVENT, NO_RESIDENTS):
        codes = [code for code, reason in left_out.items() if reason == why]
        if codes:
            names = names_of(told, codes)
            facts = {"n": len(codes), "counties": names, "why": Code("outreach_dose_left", why)}
            yield Message("outreach_dose.left_out", facts)


def _may_be_told(told: Told) -> bool:
    """Whether neither the events that say their attendance nor those that do not are too few for a share of them."""
    events = told.seen.doses[["n", "n_attendance"]].sum()
    return min(events["n_attendance"], events["n"] - events["n_attendance"]) >= told.params.min_cell


def names_of(told: Told, codes: list[str]) -> tuple[Label | Code, ...]:
    """Names of the counties; none where the report does not know them all."""
    known = set(told.seen.places.codes)
    return tuple(told.name(code) for code in codes) if set(codes) <= known else ()
