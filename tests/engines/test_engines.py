"""Every kind of cells, from Spark and from Postgres: the table that DuckDB gives."""

from functools import cache

import pandas as pd
import pytest

from legalaid_eval.cells import EVERY
from legalaid_eval.errors import UsageError
from legalaid_eval.register.postgres import copy_to_postgres
from legalaid_eval.register.store import open_store
from tests.cell_stores import write_register

ROWS = 400


@pytest.fixture(scope="module")
def register(tmp_path_factory):
    path = tmp_path_factory.mktemp("engines") / "store"
    write_register(path, seed=11, n=ROWS)
    return path


@pytest.fixture(scope="module")
def duckdb_store(register):
    with open_store(register) as opened:
        yield opened


@pytest.fixture(scope="module")
def expected(duckdb_store):
    """Every kind of cells from DuckDB, made once."""
    return cache(lambda kind: kind.make(duckdb_store))


@pytest.fixture(scope="module")
def spark_store(spark, register):
    with open_store(f"spark://local{register}") as opened:
        opened.engine.connection.raw_sql("SET spark.sql.shuffle.partitions=1")  # some hundred rows are one part
        yield opened


@pytest.fixture(scope="module")
def postgres_store(duckdb_store, postgres_url):
    copy_to_postgres(duckdb_store, postgres_url)
    copy_to_postgres(duckdb_store, postgres_url)  # replaces
    with open_store(postgres_url) as opened:
        yield opened


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.name)
@pytest.mark.parametrize("engine", ["spark", "postgres"])
def test_an_engine_gives_the_cells_of_duckdb(request, expected, engine, kind):
    store = request.getfixturevalue(f"{engine}_store")
    assert len(expected(kind)) > 0
    pd.testing.assert_frame_equal(kind.make(store), expected(kind))


@pytest.mark.parametrize("engine", ["spark", "postgres"])
def test_an_engine_has_the_description_and_the_tables_of_the_store(request, duckdb_store, engine):
    store = request.getfixturevalue(f"{engine}_store")
    assert store.meta == duckdb_store.meta
    assert store.table("targets").count().to_pyarrow().as_py() == 0
    for name in store.tables:
        assert store.table(name).count().to_pyarrow().as_py() == duckdb_store.meta.rows(name)


def test_a_database_that_does_not_answer_is_told_without_its_password(psycopg):
    with pytest.raises(UsageError) as told:
        open_store("postgres://someone:hush@127.0.0.1:1/none")
    assert "hush" not in str(told.value)
