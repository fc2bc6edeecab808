"""The store: written whole, the same bytes for the same rows."""

import datetime as dt
import gc
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from legalaid_eval.errors import DataError, LegalAidEvalError, UsageError
from legalaid_eval.register import engines, swap
from legalaid_eval.register.store import Issue, StoreWriter, open_store

SOME = {
    "case_no": np.array(["a", "b", "c"]),
    "county": np.array(["x", "y", ""]),
    "applied_on": np.array(["2023-01-01", "NaT", "2023-03-04"], dtype="datetime64[D]"),
    "visits": np.array([1.0, np.nan, 3.0]),
    "priority": np.array([True, False, True]),
    "grade": np.array(["good", None, ""], dtype=object),
    "subsidy_cny": np.array([1, 2, 3]),
}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with StoreWriter(tmp_path / "store", simulated=True, seed=3) as writer:
        writer.append("cases", SOME)
        writer.write_file("truth.yaml", b"a: 1\n")
        writer.add_issues("cases", [Issue("f.csv", "", 2, "visits", "not_a_number", "error", 'found "x"', "emptied")])
    return tmp_path / "store"


def everything(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_what_was_written_is_read(store):
    with open_store(store) as opened:
        assert opened.meta.simulated and opened.meta.seed == 3
        assert (opened.meta.data_as_of, opened.meta.basis) == (dt.date(2023, 3, 4), "latest_event")
        rows = opened.table("cases").order_by("case_no").to_pyarrow().to_pylist()
        assert [row["county"] for row in rows] == ["x", "y", None]
        assert [row["visits"] for row in rows] == [1, None, 3]
        assert [row["grade"] for row in rows] == ["good", None, None]
        assert rows[1]["applied_on"] is None
        assert opened.has("cases") and not opened.has("payments")
        assert opened.table("payments").count().to_pyarrow().as_py() == 0
        assert "amount_cny" in opened.table("payments").columns
        assert opened.issues.to_dict("records")[0]["problem"] == 'found "x"'
        assert opened.issues["row"].tolist() == [2]
        with pytest.raises(UsageError, match="no table"):
            opened.table("persons")


def test_bytes_do_not_depend_on_the_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("legalaid_eval.register.writer.GROUP_ROWS", 100)
    monkeypatch.setattr("legalaid_eval.register.writer.PART_ROWS", 300)
    numbers = np.array([f"n{n}" for n in range(1000)])
    for name, size in (("one", 1000), ("two", 77)):
        with StoreWriter(tmp_path / name, simulated=True) as writer:
            for start in range(0, 1000, size):
                writer.append("cases", {"case_no": numbers[start : start + size]})
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    assert len(list((tmp_path / "one" / "cases").glob("*.parquet"))) == 4


def test_an_exception_leaves_the_former_store(store):
    before = everything(store)
    with pytest.raises(RuntimeError), StoreWriter(store, simulated=True) as writer:
        writer.append("cases", SOME)
        raise RuntimeError
    assert everything(store) == before
    assert [p.name for p in store.parent.iterdir()] == ["store"]


def test_wrong_columns_are_told(tmp_path):
    for data in ({"case_no": ["a"], "phone": ["1"]}, {"case_no": ["a"], "county": ["a", "b"]}, {"visits": ["x"]}):
        with pytest.raises(LegalAidEvalError), StoreWriter(tmp_path / "s", simulated=True) as writer:
            writer.append("cases", data)
    with pytest.raises(LegalAidEvalError, match="persons"), StoreWriter(tmp_path / "s", simulated=True) as writer:
        writer.append("persons", {"a": [1]})
    assert not (tmp_path / "s").exists()


def test_real_and_simulated_never_mix(store):
    with pytest.raises(UsageError, match="never mix"), StoreWriter(store, simulated=False, keep=True):
        pass


def test_a_folder_that_is_no_store_is_not_replaced(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "letter.txt").write_text("kept")
    with pytest.raises(UsageError, match="not a store"), StoreWriter(tmp_path / "precious", simulated=False):
        pass
    with pytest.raises(DataError):
        open_store(tmp_path / "precious")
    assert (tmp_path / "precious" / "letter.txt").read_text() == "kept"


def test_two_writers_do_not_meet(store):
    with (
        StoreWriter(store, simulated=True) as writer,
        pytest.raises(UsageError, match="another command"),
        StoreWriter(store, simulated=True),
    ):
        writer.append("cases", SOME)
    with StoreWriter(store, simulated=True) as writer:
        writer.append("cases", SOME)


@pytest.mark.parametrize("cut", ["noted", "moved", "placed"])
def test_a_replacement_in_two_steps_is_finished_after_a_kill(store, monkeypatch, cut):
    """Where names cannot be exchanged in one step."""
    partial, former = store.with_name("store.partial-1"), store.with_name("store.partial-1-former")
    shutil.copytree(store, partial)
    (partial / "truth.yaml").write_bytes(b"new")
    swap._note_of(store).write_text(f"{partial.name}\n{former.name}\n")
    if cut != "noted":
        store.rename(former)
    if cut == "placed":
        partial.rename(store)
    with open_store(store) as opened:
        assert opened.has("cases")
    assert (store / "truth.yaml").read_bytes() == (b"a: 1\n" if cut == "noted" else b"new")
    with StoreWriter(store, simulated=True) as writer:
        writer.append("cases", SOME)
    assert [p.name for p in store.parent.iterdir()] == ["store"]


def test_stores_are_replaced_without_an_exchange_of_names(store, monkeypatch):
    monkeypatch.setattr(swap, "_exchanged", lambda one, other: False)
    with StoreWriter(store, simulated=True) as writer:
        writer.append("cases", {"case_no": ["z"]})
    with open_store(store) as opened:
        assert opened.meta.rows("cases") == 1
    assert [p.name for p in store.parent.iterdir()] == ["store"]


def test_addresses(store):
    with pytest.raises(UsageError, match="unknown engine"):
        open_store(store, engine="abacus")
    with pytest.raises(UsageError, match="expected a folder"):
        open_store("mysql://nowhere")


def test_what_does_not_fit_into_memory_waits_where_only_its_user_reads_it(store):
    with open_store(store) as opened:
        opened.table("cases")
        ask = opened.engine.connection.raw_sql("SELECT current_setting('temp_directory'), 1").fetchone
        folder = Path(ask()[0])
        assert folder.is_dir()
        assert os.name == "nt" or folder.stat().st_mode & 0o077 == 0
        assert Path.cwd() not in folder.parents
    gc.collect()
    assert not folder.exists()


def test_a_query_larger_than_its_memory_is_answered(store, monkeypatch):
    monkeypatch.setattr(engines, "DUCKDB_MEMORY", "40MB")
    with open_store(store) as opened:
        opened.table("cases")
        groups = "SELECT i, count(*) AS n FROM range(2_000_000) t(i) GROUP BY i"
        found = opened.engine.connection.raw_sql(f"SELECT count(*), sum(n) FROM ({groups})").fetchone()
    assert found == (2_000_000, 2_000_000)


def test_typed_arrow_columns_are_taken_as_they_are(tmp_path):
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["civil", "criminal"]))
    with StoreWriter(tmp_path / "s", simulated=True) as writer:
        writer.append("cases", pa.table({"case_no": ["a", "b", "c"], "case_type": coded}))
        writer.append("cases", pa.record_batch({"case_no": ["d"]}))
    with open_store(tmp_path / "s") as opened:
        assert opened.table("cases").case_type.to_pyarrow().to_pylist() == ["civil", "criminal", None, None]
