"""Everything the chapter on processing time looks at in a store, taken at once: cells, shown counts, places."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from legalaid_eval.cells import disclosure
from legalaid_eval.cells import processing_counts as taken
from legalaid_eval.cells.base import rows_of
from legalaid_eval.cells.count_tables import Window
from legalaid_eval.cells.processing_time import stage_group_cells
from legalaid_eval.cells.stages import STAGES, last_day
from legalaid_eval.clocks import STEPS, Clock, step_clocks
from legalaid_eval.register.privacy import ALL, HIDDEN, OK
from legalaid_eval.register.store import Store, StoreMeta, open_store

__all__ = ["ALL", "HIDDEN", "OK", "Asked", "Places", "Register", "processing_register"]

COUNTY_LEVELS = ("county", "district")


@dataclass(frozen=True, slots=True)
class Asked:
    """A place, its parts (none: those below it in the store), days, the least count shown, a pledge ("" for none).

    grouped: the stage told by recipient group.
    """

    place: str
    parts: tuple[str, ...]
    start: date
    end: date
    min_cell: int
    pledge: str = ""
    grouped: str = "applied_decided"


@dataclass(frozen=True, eq=False, slots=True)
class Places:
    """units: `code, key, name_zh, name_en` of the counties; `whole`: the place is the whole store. `keys`: code -> key,
    made from the units."""

    units: pd.DataFrame
    whole: bool
    keys: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", dict(zip(self.units["code"], self.units["key"], strict=True)))

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.units["code"])

    @property
    def single(self) -> bool:
        """Whether the place is one county."""
        return not self.whole and len(self.units) == 1

    def of(self, cells: pd.DataFrame, county: str = ALL) -> pd.DataFrame:
        """The cells of a county, or of the place; of a place that is the whole store also those without a county."""
        if county != ALL:
            return cells[cells["county"] == county]
        return cells if self.whole else cells[cells["county"].isin(self.codes)]


@dataclass(frozen=True, eq=False, slots=True)
class Register:
    """Cells of the period; they count everybody and are not to be shown. `count` gives what may be.

    stages: `stage_days` by stage. groups: a stage by recipient group. limits: by step or pledge; `history` those
    judged before the period. clocks: the rules of each step or pledge. ages: of open cases.
    """

    meta: StoreMeta
    as_of: date
    places: Places
    stages: Mapping[str, pd.DataFrame]
    groups: pd.DataFrame
    limits: Mapping[str, pd.DataFrame]
    history: Mapping[str, pd.DataFrame]
    clocks: Mapping[str, tuple[Clock, ...]]
    ages: pd.DataFrame
    decided: disclosure.Disclosure

    def count(self, table: str, *, county: str = ALL, **keys: str) -> tuple[int | None, str]:
        """A count of the place, or of one county, and its status."""
        if county != ALL:
            return self.decided.cell(table, county=county, **keys)
        if self.places.whole:
            return self.decided.cell(table, **keys)
        return self.decided.together(table, "county", self.places.codes, **keys)


def processing_register(address: str, asked: Asked) -> Register:
    """Take it all; raises DataError if there is no store."""
    with open_store(address) as store:
        window = Window(store, asked.start, asked.end)
        names = (*STEPS, *((asked.pledge,) if asked.pledge else ()))
        clocks = {
            name: _clocks(name) for name in names
        }  # before anything is counted: an unknown pledge is said at once
        decided = disclosure.decide(store, start=asked.start, end=asked.end, min_cell=asked.min_cell)
        return Register(
            store.meta,
            last_day(store),
            places_of(store, asked),
            {stage: taken.stage_days(window, stage) for stage in STAGES},
            _groups(window, asked.grouped),
            {name: taken.limit_cells(window, name) for name in names},
            {step: taken.before(taken.limit_history(window, step), asked.start) for step in STEPS},
            clocks,
            taken.age_cells(window),
            decided,
        )


def _clocks(name: str) -> tuple[Clock, ...]:
    found = taken.clock_named(name)
    return (found,) if isinstance(found, Clock) else step_clocks(found)


def _groups(window: Window, stage: str) -> pd.DataFrame:
    seen = taken.Started(window.store, (STAGES[stage].starts,), window.start, window.end)
    return stage_group_cells(seen, stage, unit="working_day")


def places_of(store: Store, asked: Asked) -> Places:
    """The counties of the place: itself, its parts, or those below it, in the order asked for."""
    rows = rows_of(store, "places", ["code", "valid_from"])
    rows = rows[rows["valid_from"].isna() | (rows["valid_from"] <= asked.end)].drop_duplicates("code", keep="last")
    counties = rows[rows["level"].isin(COUNTY_LEVELS)]
    itself = rows[rows["place"] == asked.place]
    if len(itself) and itself["level"].isin(COUNTY_LEVELS).all():
        chosen = itself
    elif asked.parts:
        order = {key: at for at, key in enumerate(asked.parts)}
        chosen = rows[rows["place"].isin(order)].sort_values("place", key=lambda keys: keys.map(order))
    else:
        chosen = counties[counties["parent"].isin(set(itself["code"]))]
    units = pd.DataFrame({"code": chosen["code"], "key": chosen["place"], "name_zh": chosen["name_zh"]})
    units = units.assign(name_en=chosen["name_en"]).reset_index(drop=True)
    return Places(units, whole=set(counties["code"]) <= set(units["code"]))
