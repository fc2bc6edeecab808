"""The register a report rests on, looked at from outside: whether it is simulated, its places, its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from legalaid_eval.cells.base import rows_of
from legalaid_eval.content import Label
from legalaid_eval.register.meta import NAME
from legalaid_eval.register.store import Store, open_store

COUNTY_LEVELS = ("county", "district")


@dataclass(frozen=True, slots=True)
class RegisterSource:
    """`data_as_of` is the last day the data cover, None if unknown; `names` has every place by its key.

    `whole` are the keys of places that all counties of the store belong to; `told` those of every place that a report
    can be about: counties, and places with counties below them. `files` are what is read of a store in a
    folder; of one in a database there are none.
    """

    simulated: bool
    data_as_of: date | None
    names: Mapping[str, Label]
    whole: frozenset[str]
    told: frozenset[str]
    files: tuple[Path, ...]


def register_source(address: str, *, day: date) -> RegisterSource:
    """Look at the store at `address`; places bear the names they have on `day`.

    Raises DataError if there is no store, UsageError for an address that cannot be reached.
    """
    with open_store(address) as store:
        places = rows_of(store, "places", ["code", "valid_from"])
        known = places[places["valid_from"].isna() | (places["valid_from"] <= day)].drop_duplicates("code", keep="last")
        names = {row.place: Label(row.name_zh, row.name_en) for row in known.itertuples()}
        among = (whole_places(known), _told_places(known))
        return RegisterSource(store.meta.simulated, store.meta.data_as_of, names, *among, _files(store))


def whole_places(places: pd.DataFrame) -> frozenset[str]:
    """Keys of the places that every county lies in or is."""
    above = dict(zip(places["code"], places["parent"], strict=True))
    lines = [_line(code, above) for code in places.loc[places["level"].isin(COUNTY_LEVELS), "code"]]
    common = set.intersection(*lines) if lines else set(above)
    return frozenset(places.loc[places["code"].isin(common), "place"])


def _told_places(places: pd.DataFrame) -> frozenset[str]:
    """Keys of the counties and of the places next above them, and of those that hold all."""
    counties = places[places["level"].isin(COUNTY_LEVELS)]
    above = places.loc[places["code"].isin(counties["parent"]), "place"]
    return whole_places(places) | frozenset(counties["place"]) | frozenset(above)


def _line(code: str, above: Mapping[str, str]) -> set[str]:
    """A place and all it lies in; a circle of places ends where it closes."""
    line: set[str] = set()
    while code in above and code not in line:
        line.add(code)
        code = above[code]
    return line


def _files(store: Store) -> tuple[Path, ...]:
    if store.path is None:
        return ()
    tables = (path for name in store.tables for path in (store.path / name).iterdir() if path.is_file())
    return (store.path / NAME, *sorted(tables))
