"""What every test can rely on: a clean environment and reproducible examples."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

FOREIGN_VARIABLES = (
    "JUPYTER_PATH",
    "JUPYTER_PREFER_ENV_PATH",
    "LEGALAID_EVAL_COLD_KERNEL",
    "LEGALAID_EVAL_ROOT",
    "LEGALAID_EVAL_WORK",
)

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

for name in FOREIGN_VARIABLES:  # at import, because other modules may read the environment at theirs
    os.environ.pop(name, None)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of the source tree under test."""
    return Path(__file__).resolve().parents[1]


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(config, items):
    """With several processes a file stays in one, and all that read the built reports: what they share is made once."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    reading = {item.path for item in items if "reports" in getattr(item, "fixturenames", ())}
    for item in items:
        item.add_marker(pytest.mark.xdist_group("reports" if item.path in reading else item.nodeid.split("::")[0]))
