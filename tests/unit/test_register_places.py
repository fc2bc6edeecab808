"""Names of a register's places, one way for every chapter."""

import pandas as pd

from legalaid_eval.cells.processing_register import ALL, Places
from legalaid_eval.chapters.register_places import place_key, place_name
from legalaid_eval.content import Code, Label

UNITS = pd.DataFrame(
    {"code": ["c1", "c2"], "key": ["North", "South"], "name_zh": ["北县", None], "name_en": ["North County", None]}
)


def test_a_place_without_names_bears_its_key():
    places = Places(UNITS, whole=True)
    assert place_name(places, "c1") == Label("北县", "North County")
    assert place_name(places, "c2") == Label("South", "South")
    assert place_name(places, ALL) == Code("processing_place", ALL)
    assert [place_key(places, code, "Probe City") for code in ("c2", ALL)] == ["South", "Probe City"]
