"""A register in a Postgres database: read through Ibis, filled by copying a store into it."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import ibis
import pyarrow as pa
import pyarrow.csv as pacsv

from legalaid_eval.errors import UsageError
from legalaid_eval.register.columns import arrow_schema
from legalaid_eval.schemas import REGISTER_TABLES

if TYPE_CHECKING:
    from legalaid_eval.register.store import Store

PREFIXES = ("postgres://", "postgresql://")
META_TABLE = "legalaid_eval_store"
_TYPES = {
    pa.string(): "text",
    pa.float64(): "double precision",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
_CSV = pacsv.WriteOptions(include_header=False, quoting_style="needed")
BATCH_ROWS = 100_000


def connect(url: str) -> ibis.BaseBackend:
    """An Ibis connection; raises UsageError without the package or if the database does not answer."""
    try:
        import psycopg
    except ImportError:
        raise UsageError("Postgres is not installed; install it with: pip install 'legalaid-eval[postgres]'") from None
    try:
        return ibis.connect("postgres://" + url.split("://", 1)[1])
    except (psycopg.Error, ibis.common.exceptions.IbisError) as error:
        where = urlsplit(url).hostname or "this computer"  # the address itself may hold a password
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(f"the database on {where} does not answer: {why}") from None


def copy_to_postgres(store: "Store", url: str) -> None:
    """Put all tables of a store into a database, in one transaction; tables of the same names are replaced."""
    import psycopg

    connect(url).disconnect()  # tells what is wrong with the address
    with psycopg.connect(url) as database, database.cursor() as cursor:
        for name in store.tables:
            _create(cursor, name)
            reader = store.table(name).to_pyarrow_batches(chunk_size=BATCH_ROWS)
            with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
                for batch in filter(len, reader):
                    out = pa.BufferOutputStream()
                    pacsv.write_csv(pa.Table.from_batches([batch]), out, _CSV)
                    copy.write(out.getvalue().to_pybytes())
        cursor.execute(f"DROP TABLE IF EXISTS {META_TABLE}")
        cursor.execute(f"CREATE TABLE {META_TABLE} (description text)")
        cursor.execute(f"INSERT INTO {META_TABLE} VALUES (%s)", (store.meta.to_json(),))


def _create(cursor: object, name: str) -> None:
    columns = ", ".join(f"{field.name} {_TYPES[field.type]}" for field in arrow_schema(REGISTER_TABLES[name]))
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(f"CREATE TABLE {name} ({columns})")
