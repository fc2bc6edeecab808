"""What a table and a column are; checks on values that have their types."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

KINDS = ("text", "number", "day", "codes", "flag", "whole")


@dataclass(frozen=True, slots=True)
class Field:
    """A column.

    `kind` is text, number (zero or more, at most `most`), whole (the same, without decimals), day,
    codes (pipe-joined) or flag (true, false). `required` forbids an empty cell. The content of a
    `personal` column is never quoted in a message or a list of issues.
    """

    name: str
    meaning: str
    kind: str = "text"
    required: bool = True
    codes: tuple[str, ...] = ()
    personal: bool = False
    most: float | None = None

    @property
    def expected(self) -> str:
        """What a filled cell must hold, in words."""
        if self.codes:
            listed = ", ".join(self.codes)
            return f"one or more of {listed}, joined by |" if self.kind == "codes" else f"one of {listed}"
        bound = "" if self.most is None else f", at most {self.most:g}"
        return {
            "number": f"a number of zero or more{bound}",
            "whole": f"a whole number of zero or more{bound}",
            "day": "a day such as 2023-05-17",
            "flag": "true or false",
        }.get(self.kind, "text")


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table: its fields in file order, and the fields no two rows may share (none: whole rows).

    `rows_needed` is False where a header alone says something: a source that makes no claim without a number.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    unique: tuple[str, ...] = ()
    rows_needed: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Names of the columns of these kinds, in file order."""
        return tuple(field.name for field in self.fields if field.kind in kinds)

    def pandera(self) -> "pa.DataFrameSchema":
        """The checks on values, after reading has made types; `error` is what was expected."""
        import pandera.pandas as pa

        columns = {field.name: pa.Column(checks=_checks(field), nullable=True, coerce=False) for field in self.fields}
        return pa.DataFrameSchema(columns, strict=True)


def _checks(field: Field) -> "list[pa.Check]":
    import pandera.pandas as pa

    checks = []
    if field.required:
        checks.append(pa.Check(_filled, ignore_na=False, error="a value, but the cell is empty"))
    if field.codes and field.kind == "codes":
        allowed = set(field.codes)
        checks.append(pa.Check(lambda s: s.map(lambda v: set(v.split("|")) <= allowed), error=field.expected))
    elif field.codes:
        checks.append(pa.Check.isin(field.codes, error=field.expected))
    if field.kind in ("number", "whole"):
        checks.append(pa.Check.ge(0, error=field.expected))
        if field.most is not None:
            checks.append(pa.Check.le(field.most, error=field.expected))
    return checks


def _filled(series: "pd.Series") -> "pd.Series":
    return series.notna()
