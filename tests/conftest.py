"""What every test may ask for: databases (both kinds), the conversation's knowledge, the day."""

import itertools
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from handlers import areas, case_codes, case_kinds, deadlines, signals, topics, worktime
from handlers.topics import Library
from handlers.turn import Guide
from storage import facts, schema
from storage.crypto import Vault
from storage.db import Database
from tests import postgres

SECRET = "tests-only-" + "k" * 40
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10:00 in Viet Nam, the day the facts were closed
_names = itertools.count()


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
    name = f"test_{os.getpid()}_{next(_names)}"
    engine = create_async_engine(postgres_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    yield sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgres_database_url")
    return url


def sqlite_url(folder: Path) -> str:
    """Return the URL of a SQLite file in this folder."""
    return f"sqlite+aiosqlite:///{folder / 'hai-chieu.db'}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database, of each kind in turn."""
    database = Database(database_url, Vault(SECRET))
    await database.write(schema.upgrade)
    await database.write(facts.claim_key)
    yield database
    await database.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database, for tests of what does not depend on the kind."""
    database = Database(sqlite_url(tmp_path), Vault(SECRET))
    await database.write(schema.upgrade)
    await database.write(facts.claim_key)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped topics and their matcher; built once, for it is only read."""
    library = Library(topics.shipped())
    library.warm_up(NOW.date())
    return library


@pytest.fixture(scope="session")
def guide(library: Library) -> Guide:
    """What the conversation knows."""
    content = list(library.topics.values())
    return Guide(
        library,
        areas.load(),
        signals.shipped(content),
        "thành phố Hải Phòng",
        730,
        deadlines.load(worktime.load(ZoneInfo("Asia/Ho_Chi_Minh"))),
        case_kinds.load(),
        lambda: case_codes.make_code(secrets.choice),
    )
