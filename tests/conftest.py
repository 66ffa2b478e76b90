"""What every test may ask for: databases (both kinds), the conversation's knowledge, the day."""

import gc
import logging
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import arrivals, inbound
from handlers import areas, case_codes, case_kinds, deadlines, topics, worktime
from handlers.topics import Library
from handlers.turn import Guide
from storage.crypto import Vault
from storage.db import Database, opened
from tests import compiled_once, postgres
from tests.databases import (
    SECRET,
    migrated_postgres_database,
    postgres_database,
    put_migrated_sqlite,
    sqlite_url,
)
from tests.learned import NOW, shipped

__all__ = ["NOW", "SECRET", "sqlite_url"]


def pytest_collection_finish() -> None:
    """Keep the collector from looking through what was imported, in every test again; `hai-chieu run` does the same."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with compiled_once.shared():
        yield


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a turn may take is a matter of benches: on a busy machine a test is late, not wrong."""
    monkeypatch.setattr(inbound, "COMMIT_WITHIN_S", 60.0)
    monkeypatch.setattr(arrivals, "KEEP_WITHIN_S", 60.0)


@pytest.fixture(autouse=True)
def _log_as_it_was() -> Iterator[None]:
    """Let no command that a test ran decide what later tests see of the log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    # Those that pytest puts there are its own business.
    for handler in root.handlers[:]:
        if type(handler) is logging.StreamHandler and handler not in handlers:
            root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a PostgreSQL server; skips by name where none is installed."""
    if given := os.environ.get(postgres.URL_VARIABLE):
        yield given
        return
    programs = postgres.find_programs()
    if programs is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL's server programs are not installed")
        pytest.skip("PostgreSQL's server programs are not installed")
    with postgres.server(programs) as url:
        yield url


@pytest.fixture
async def postgres_database_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of an empty PostgreSQL database of this test's own."""
    async with postgres_database(postgres_url) as url:
        yield url


@pytest.fixture
async def migrated_postgres_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of a migrated PostgreSQL database of this test's own."""
    async with migrated_postgres_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database, of each kind in turn: empty, unless the test asks for `database`, which is the same."""
    migrated = "database" in request.fixturenames
    if request.param == "sqlite":
        return put_migrated_sqlite(tmp_path) if migrated else sqlite_url(tmp_path)
    url: str = request.getfixturevalue("migrated_postgres_url" if migrated else "postgres_database_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, of each kind in turn."""
    async with opened(database_url, Vault(SECRET)) as database:
        yield database


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database, for tests of what does not depend on the kind."""
    async with opened(put_migrated_sqlite(tmp_path), Vault(SECRET)) as database:
        yield database


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped topics and their matcher; built once, for it is only read."""
    return Library(topics.shipped(), matcher=shipped().matcher)


@pytest.fixture(scope="session")
def guide(library: Library) -> Guide:
    """What the conversation knows."""
    return Guide(
        library,
        areas.load(),
        shipped().signals,
        "thành phố Hải Phòng",
        730,
        deadlines.load(worktime.load(ZoneInfo("Asia/Ho_Chi_Minh"))),
        case_kinds.load(),
        lambda: case_codes.make_code(secrets.choice),
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each worker its share of what takes long, to begin with it: a worker takes a run of tests that follow one
    another, and others take over from the end of it alone.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    items[:] = [item for n in range(workers) for item in (*slow[n::workers], *quick[n::workers])]
