"""What chapters tell of the places of a register: their names, and how the results name them."""

from collections.abc import Callable, Mapping

from legalaid_eval.cells.processing_register import ALL, Places
from legalaid_eval.chapters.base import Grounds, Params
from legalaid_eval.content import Code, Label, Period


def place_name(places: Places, code: str) -> Label | Code:
    """A county's name in both languages, its key where the register has none; ALL is the whole place."""
    if code == ALL:
        return Code("processing_place", ALL)
    row = places.units.set_index("code").loc[code]
    return Label(*(row[name] if isinstance(row[name], str) else row["key"] for name in ("name_zh", "name_en")))


def place_key(places: Places, code: str, place: str) -> str:
    """How the results name a county; ALL is the report's `place`."""
    return place if code == ALL else places.keys[code]


def naming(keys: Mapping[str, str], grounds: Grounds) -> Callable[[str], Label]:
    """From the code of any place of the register, as cells have it, to its name; `keys` leads from codes to keys."""

    def name(code: str) -> Label:
        return grounds.name(keys.get(code, code))

    return name


def whole_of(grounds: Grounds, params: Params) -> str:
    """Key of the place that effects are about: the report's own if every county lies in it, else one that holds all."""
    known = grounds.register.whole if grounds.register is not None else frozenset()
    return params.place if params.place in known else min(known, default=params.place)


class ToldOfPlaces:
    """What a chapter's findings say of the report and its places, from `params` and what was `seen`: an object with
    `meta`, `as_of` and `places`."""

    __slots__ = ()
    params: Params

    @property
    def facts(self) -> dict[str, object]:
        """What every caption must be able to say."""
        return {
            "simulated": self.seen.meta.simulated,
            "period": self.period,
            "min_cell": self.params.min_cell,
            "as_of": self.seen.as_of,
        }

    @property
    def period(self) -> Period:
        return Period(self.params.period_start, self.params.period_end)

    @property
    def alone(self) -> bool:
        """Whether the report is on one county, be it all that the store has or not."""
        return self.seen.places.single or list(self.seen.places.units["key"]) == [self.params.place]

    @property
    def places(self) -> tuple[str, ...]:
        """Codes of the counties told apart: none in a county's own report."""
        return () if self.alone else self.seen.places.codes

    def name(self, code: str) -> Label | Code:
        return place_name(self.seen.places, code)

    def key(self, code: str) -> str:
        """How the results name a county, or the place."""
        return place_key(self.seen.places, code, self.params.place)
