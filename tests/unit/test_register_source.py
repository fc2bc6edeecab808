"""What a report learns of a register before it looks into it."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from legalaid_eval.cells.register_source import register_source
from legalaid_eval.content import Label
from legalaid_eval.errors import DataError
from legalaid_eval.register.store import StoreWriter

PLACES = {
    "code": ["P", "C", "A", "A", "B", "A-1"],
    "place": ["Province", "City", "Alpha", "Alpha", "Beta", "Alpha 1"],
    "name_zh": ["省", "市", "甲县", "甲区", "乙县", "甲镇"],
    "name_en": ["Province", "City", "Alpha County", "Alpha District", "Beta County", "Alpha Town"],
    "level": ["province", "city", "county", "district", "county", "township"],
    "parent": ["", "P", "C", "C", "C", "A"],
    "valid_from": ["NaT", "NaT", "2019-01-01", "2022-01-01", "NaT", "NaT"],
}


def store(path: Path, *, simulated: bool = False, without: tuple[str, ...] = ()) -> str:
    kept = [at for at, code in enumerate(PLACES["code"]) if code not in without]
    columns: dict[str, object] = {name: [values[at] for at in kept] for name, values in PLACES.items()}
    columns["valid_from"] = np.array(columns["valid_from"], dtype="datetime64[D]")
    with StoreWriter(path, simulated=simulated, data_as_of=date(2023, 12, 31)) as writer:
        writer.append("places", columns)
    return str(path)


@pytest.mark.parametrize(("day", "name"), [(date(2021, 12, 31), "甲县"), (date(2022, 1, 1), "甲区")])
def test_places_bear_the_names_of_the_day(tmp_path, day, name):
    found = register_source(store(tmp_path / "s"), day=day)
    assert found.names["Alpha"].zh == name
    assert found.names["City"] == Label("市", "City")


def test_a_place_is_the_whole_if_every_county_lies_in_it(tmp_path):
    day = date(2023, 1, 1)
    assert register_source(store(tmp_path / "two"), day=day).whole == {"Province", "City"}
    alone = register_source(store(tmp_path / "one", without=("B",)), day=day)
    assert alone.whole == {"Province", "City", "Alpha"}


def test_the_store_says_whether_it_is_simulated_and_what_is_read(tmp_path):
    found = register_source(store(tmp_path / "s", simulated=True), day=date(2023, 1, 1))
    assert found.simulated and found.data_as_of == date(2023, 12, 31)
    names = {path.relative_to(tmp_path / "s").as_posix() for path in found.files}
    assert names == {"store.json", "places/part-00000.parquet"}
    assert not register_source(store(tmp_path / "t"), day=date(2023, 1, 1)).simulated


def test_no_store_is_refused(tmp_path):
    with pytest.raises(DataError, match="no store"):
        register_source(str(tmp_path), day=date(2023, 1, 1))
