"""Which register table a header belongs to."""

from dataclasses import dataclass

from legalaid_eval.schemas import REGISTER, TableSchema


@dataclass(frozen=True, slots=True)
class Recognised:
    """A table's columns by their place in the file, the required ones that are absent, and headers not of the table."""

    schema: TableSchema
    places: dict[int, str]
    absent: tuple[str, ...]
    unknown: tuple[str, ...]


def recognise(header: tuple[str, ...]) -> Recognised | str:
    """The table with most of the header's columns, its key among them; or what is wrong with the header."""
    names = [name.strip().casefold() for name in header]
    twice = sorted(
        {name for name in names if name and names.count(name) > 1 and any(name in s.columns for s in REGISTER)}
    )
    if twice:
        return f"column '{twice[0]}' stands twice among the headers; keep one"
    ranked = sorted(REGISTER, key=lambda schema: (-_shared(schema, names), -_required_share(schema, names)))
    fitting = [schema for schema in ranked if _fits(schema, names)]
    if not fitting:
        return _strange(ranked[0], names)
    schema = fitting[0]
    places = {place: name for place, name in enumerate(names) if name in schema.columns}
    absent = tuple(f.name for f in schema.fields if f.required and f.name not in names)
    unknown = tuple(header[at] for at, name in enumerate(names) if name and name not in schema.columns)
    return Recognised(schema, places, absent, unknown)


def _key(schema: TableSchema) -> list[str]:
    return [f.name for f in schema.fields if f.required and f.name in schema.unique]


def _shared(schema: TableSchema, names: list[str]) -> int:
    return sum(name in names for name in schema.columns)


def _required_share(schema: TableSchema, names: list[str]) -> float:
    needed = [f.name for f in schema.fields if f.required]
    return sum(name in names for name in needed) / len(needed)


def _fits(schema: TableSchema, names: list[str]) -> bool:
    return all(name in names for name in _key(schema)) and _required_share(schema, names) >= 0.5


def _strange(nearest: TableSchema, names: list[str]) -> str:
    """Headers are not quoted: in a file without any, the first row may be about a person."""
    if not _shared(nearest, names):
        return "no header is that of a register table; expected a first line of column names as in data/README.md"
    lacking = [f.name for f in nearest.fields if f.required and f.name not in names]
    return f"the headers are nearest to table '{nearest.name}', but lack {', '.join(lacking)}; add them"
