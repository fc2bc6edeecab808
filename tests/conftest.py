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
