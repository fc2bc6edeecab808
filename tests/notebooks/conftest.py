from pathlib import Path

import pytest

from tests.notebooks import building


@pytest.fixture(scope="session")
def reports(tmp_path_factory) -> Path:
    """The five programmes' reports and that of the simulated city, built once as a user builds them."""
    out = tmp_path_factory.mktemp("reports")
    done = building.report(*sorted((building.ROOT / "params").glob("*.yaml")), "--out", out)
    assert done.returncode == 0, done.stderr
    return out
