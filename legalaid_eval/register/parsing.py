"""Text to values, a column at a time.

A column comes as a dictionary array: what a cell may hold is looked at once per distinct text, not once per row.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from legalaid_eval.register.columns import TYPES
from legalaid_eval.register.text_stream import MARK
from legalaid_eval.schemas import Field

NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"
WHOLE = re.compile(r"-?[0-9]{1,15}(\.0{1,6})?")
FLAGS = {"true": True, "false": False}
_MAY_BE_SPACE = np.zeros(256, dtype=bool)
_MAY_BE_SPACE[[0x20, 0xC2, 0xE1, 0xE2, 0xE3, 0xEF]] = True  # first bytes of spaces of every width
_CONTROL = np.zeros(256, dtype=bool)
_CONTROL[:0x20] = _CONTROL[0x7F] = True
LONG_NUMBER = re.compile(r"[0-9Xx]{11,}")
"""As long as a telephone or identity number: masked wherever a cell is quoted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Days before `first` or after `last` cannot be."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"a day from {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a cell: the rule it breaks and what was found, the latter empty in a personal column."""

    rule: str
    problem: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """`values` has one typed value per row, empty where `bad` (index into `faults`, -1 for a sound cell)."""

    values: pa.Array
    bad: np.ndarray
    faults: tuple[Fault, ...]


def parse(column: pa.DictionaryArray, field: Field, limits: Limits) -> Parsed:
    """The values of a column of distinct texts (utf-8 bytes) and what is wrong with them."""
    indices = np.asarray(pc.fill_null(column.indices, -1), dtype=np.int64)
    texts, broken = clean(column.dictionary)
    found: dict[int, Fault] = {at: Fault(rule, _broken_text(rule)) for at, rule in broken.items()}
    if field.kind == "text" and not field.codes:
        values = texts
    elif field.kind == "number":
        values = _numbers(texts, field, found)
    else:
        values = _others(texts, field, limits, found)
    return _by_row(values, indices, found)


def _by_row(values: pa.Array, indices: np.ndarray, found: dict[int, Fault]) -> Parsed:
    """From one value per distinct text to one per row."""
    number = np.full(len(values) + 1, -1, dtype=np.int64)  # the last place answers for an empty cell, index -1
    faults = sorted(set(found.values()), key=lambda fault: (fault.rule, fault.problem))
    of = {fault: place for place, fault in enumerate(faults)}
    for at, fault in found.items():
        number[at] = of[fault]
    rows = pa.array(indices, mask=indices < 0)
    return Parsed(values.take(rows), number[indices], tuple(faults))


def clean(texts: pa.Array) -> tuple[pa.Array, dict[int, str]]:
    """Distinct texts without surrounding spaces, empty ones missing; and the places of those that are no text."""
    broken: dict[int, str] = {}
    raw = texts.cast(pa.binary())  # a Parquet file may call text what is none
    try:
        texts = raw.cast(pa.string())
    except pa.ArrowInvalid:
        texts = _decoded(raw, broken)
    octets = _octets(texts)
    if _MAY_BE_SPACE[octets].any() or _CONTROL[octets].any():
        texts = pc.utf8_trim_whitespace(texts)
        control = pc.fill_null(pc.match_substring_regex(texts, r"[\x00-\x1f\x7f]"), False)
        broken |= {int(at): _rule(texts[int(at)].as_py()) for at in np.flatnonzero(np.asarray(control))}
    gone = np.asarray(pc.fill_null(pc.equal(texts, ""), True))
    gone[list(broken)] = True
    return (pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), texts) if gone.any() else texts), broken


def _rule(text: str) -> str:
    return "not_utf8" if MARK in text else "control_character"


def _octets(texts: pa.Array) -> np.ndarray:
    data = texts.buffers()[2]
    return np.frombuffer(data, dtype=np.uint8) if data else np.empty(0, dtype=np.uint8)


def _decoded(octets: pa.Array, broken: dict[int, str]) -> pa.Array:
    texts = []
    for at, value in enumerate(octets.to_pylist()):
        try:
            texts.append(None if value is None else value.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append(None)
            broken[at] = "not_utf8"
    return pa.array(texts, pa.string())


def _broken_text(rule: str) -> str:
    if rule == "not_utf8":
        return "found bytes that are not UTF-8, expected text; save the file as 'CSV UTF-8'"
    return "found a line break or control character, expected one line of text; is a quotation mark left open?"


def _numbers(texts: pa.Array, field: Field, found: dict[int, Fault]) -> pa.Array:
    shaped = pc.match_substring_regex(texts, NUMBER)
    values = pc.if_else(shaped, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    most = np.inf if field.most is None else field.most
    outside = pc.or_(pc.less(values, 0.0), pc.greater(values, most))
    wrong = pc.or_kleene(pc.invert(shaped), outside)
    for at in np.flatnonzero(np.asarray(pc.fill_null(wrong, False))):
        rule = "out_of_range" if shaped[int(at)].as_py() else "not_a_number"
        found[int(at)] = Fault(rule, told(texts[int(at)].as_py(), field, field.expected))
    return pc.if_else(pc.fill_null(wrong, False), pa.scalar(None, pa.float64()), values)


def _others(texts: pa.Array, field: Field, limits: Limits, found: dict[int, Fault]) -> pa.Array:
    read = _reader(field, limits)
    values: list[object] = []
    for at, text in enumerate(texts.to_pylist()):
        value, rule = (None, None) if text is None else read(text)
        values.append(value)
        if rule:
            expected = str(limits) if rule == "impossible_day" else field.expected
            found[at] = Fault(rule, told(text, field, expected))
    return pa.array(values, TYPES[field.kind])


def _reader(field: Field, limits: Limits) -> Callable[[str], tuple[object, str | None]]:
    """Reads one text: its value, and the rule it breaks if it has none."""
    if field.kind == "day":
        return lambda text: _day(text, limits)
    if field.kind == "flag":
        return lambda text: (FLAGS.get(text.lower()), None if text.lower() in FLAGS else "not_a_flag")
    if field.kind == "whole":
        return lambda text: _whole(text, field.most)
    allowed = frozenset(field.codes)
    if field.kind == "codes":
        return lambda text: _codes(text, allowed)
    return lambda text: (text, None) if text in allowed else (None, "unknown_code")


def _day(text: str, limits: Limits) -> tuple[date | None, str | None]:
    try:
        day = date.fromisoformat(text.removesuffix(" 00:00:00"))
    except ValueError:
        return None, "not_a_day"
    if day.isoformat() != text.removesuffix(" 00:00:00"):
        return None, "not_a_day"
    return (day, None) if limits.first <= day <= limits.last else (None, "impossible_day")


def _whole(text: str, most: float | None) -> tuple[int | None, str | None]:
    if not WHOLE.fullmatch(text):
        return None, "not_a_number"
    value = int(text.split(".")[0])
    inside = value >= 0 and not text.startswith("-") and (most is None or value <= most)
    return (value, None) if inside else (None, "out_of_range")


def _codes(text: str, allowed: frozenset[str]) -> tuple[str | None, str | None]:
    parts = {part.strip() for part in text.split("|")}
    return ("|".join(sorted(parts)), None) if parts <= allowed else (None, "unknown_code")


def told(text: str, field: Field, expected: str) -> str:
    """What was found and expected; a personal column's content stays out."""
    if field.personal:
        return f"the cell does not hold what was expected: {expected}"
    short = LONG_NUMBER.sub("…", text if len(text) <= 60 else f"{text[:57]}...")
    return f"found '{short}', expected {expected}"
