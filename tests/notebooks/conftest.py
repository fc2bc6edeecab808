import fcntl
import os
from pathlib import Path

import pytest

from tests.notebooks import building


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    """The five programmes' reports and that of the simulated city, built once as a user builds them.

    Several processes of one run share them: the first that asks builds, the others wait.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    out, whole = shared / "shared-reports", shared / "shared-reports.whole"
    with (shared / "shared-reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not whole.exists():
            done = building.report(*sorted((building.ROOT / "params").glob("*.yaml")), "--out", out)
            assert done.returncode == 0, done.stderr
            whole.touch()
    return out
