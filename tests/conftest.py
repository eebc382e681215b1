"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A build must not fail by chance: there the examples are the same each time. Time is no property of the code.
settings.register_profile("build", deadline=None, derandomize=True)
settings.register_profile("developer", deadline=None)
settings.load_profile("build" if os.environ.get("CI") else "developer")

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the repository; a test that needs it is skipped without it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the real recordings in ../shared/data, which are not there")
    return folder
