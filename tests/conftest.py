"""What every test stands on: no setting of the machine's reaches a test, and nothing is written outside its folders."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
from live_server import listening
from postgres import postgres
from xdist.scheduler import LoadScopeScheduling

from lucida.config import Settings, get_settings, setting_variables
from lucida.database import setup as database_setup

SHARED = Path(os.environ.get("LUCIDA_SHARED") or Path(__file__).parents[2] / "shared")
KINDS = Path(__file__).parent / "jobs"
_data_folder = pytest.StashKey[Path]()
_server = pytest.StashKey[ExitStack]()

# The same examples each time, however long they take: a test fails by what was changed, not by chance or on a busy
# machine. `pytest --hypothesis-profile default` looks for new ones.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="keep the rows in a Postgres server of this run's own")


def pytest_configure(config: pytest.Config) -> None:
    for name in Settings.model_fields:
        for variable in setting_variables(name):
            os.environ.pop(variable, None)
    config.stash[_data_folder] = Path(tempfile.mkdtemp(prefix="lucida-tests-"))
    os.environ["LUCIDA_DATA_DIR"] = str(config.stash[_data_folder])
    if config.getoption("--postgres"):
        config.stash[_server] = ExitStack()
        os.environ["LUCIDA_DATABASE_URL"] = config.stash[_server].enter_context(postgres()).address()
    # Models are imported where tests are collected; the tests' own kinds of work stand beside the real ones.
    sys.path.insert(0, str(KINDS))
    os.environ["DJANGO_SETTINGS_MODULE"] = "job_settings"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(KINDS), os.environ.get("PYTHONPATH"))))
    database_setup()


# Tests that would be in each other's way, for they mostly wait: for browsers, or for workers and servers that die.
_TOGETHER = {
    "browsers": ("tests/browser/",),
    "deaths": ("tests/jobs/", "tests/test_faulty_network.py", "tests/test_nothing_lost.py", "tests/test_postgres.py"),
}


def _together(path: str) -> str:
    return next((name for name, paths in _TOGETHER.items() if path.startswith(paths)), path)


class Files(LoadScopeScheduling):
    """A file's tests stay in one of the processes that test, and so do those that go together."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Files:
    config.option.loadscopereorder = False  # they are in order already
    return Files(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: those that go together, then files with slow tests."""
    names = [_together(item.nodeid.partition("::")[0]) for item in items]
    slow = Counter(name for name, item in zip(names, items, strict=True) if item.get_closest_marker("slow"))
    order = {id(item): (name not in _TOGETHER, -slow[name]) for name, item in zip(names, items, strict=True)}
    items.sort(key=lambda item: order[id(item)])


def pytest_unconfigure(config: pytest.Config) -> None:
    if _server in config.stash:
        config.stash[_server].close()
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


@pytest.fixture(scope="session")
def migrated_database() -> Path:
    """The folder of this run's database."""
    from lucida import database

    database.migrate()
    from lucida.jobs.kinds import load_kinds

    load_kinds()
    from django.db import connections

    connections.close_all()
    return Path(os.environ["LUCIDA_DATA_DIR"])


@pytest.fixture
def database(migrated_database: Path) -> Iterator[Path]:
    """A database without rows and a store without files."""
    yield migrated_database
    from django.db import connections

    from lucida.accounts.models import User
    from lucida.jobs.models import Job, Worker
    from lucida.storage import get_storage

    get_storage().delete(*list(get_storage().keys()))
    shutil.rmtree(get_storage().temporary, ignore_errors=True)
    Job.objects.all().delete()
    Worker.objects.all().delete()
    User.objects.all().delete()
    connections.close_all()


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, object], None]]:
    """Gives a setting, by its name without LUCIDA_, a value for the length of a test."""

    def put(name: str, value: object) -> None:
        monkeypatch.setenv(f"LUCIDA_{name}", str(value))
        get_settings.cache_clear()

    yield put
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def address(migrated_database: Path) -> Iterator[str]:
    """A server without workers: its jobs wait for ever."""
    from lucida.server import create_app

    with listening(create_app()) as address:
        yield address


@pytest.fixture(scope="module")
def login_address(migrated_database: Path) -> Iterator[str]:
    """The same, where one has to log in."""
    from lucida.server import create_app

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUCIDA_AUTH", "token")
        get_settings.cache_clear()
        app = create_app()
    get_settings.cache_clear()
    with listening(app) as address:
        yield address


@pytest.fixture
def client(address: str, database: Path) -> Iterator[httpx.Client]:
    """Asks the module's server, on which there is nothing yet."""
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client
