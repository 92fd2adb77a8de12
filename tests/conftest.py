"""What every test stands on: no setting of the machine's reaches a test, and nothing is written outside its folders."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lucida.config import Settings, setting_variables

SHARED = Path(os.environ.get("LUCIDA_SHARED") or Path(__file__).parents[2] / "shared")
_data_folder = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    for name in Settings.model_fields:
        for variable in setting_variables(name):
            os.environ.pop(variable, None)
    config.stash[_data_folder] = Path(tempfile.mkdtemp(prefix="lucida-tests-"))
    os.environ["LUCIDA_DATA_DIR"] = str(config.stash[_data_folder])


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(config.stash[_data_folder], ignore_errors=True)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that is tested."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder of real photos and panoramas, `LUCIDA_SHARED` or `../shared`; skips where there is none."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"no real inputs: {SHARED}/data is not there (LUCIDA_SHARED names another folder)")
    return SHARED
