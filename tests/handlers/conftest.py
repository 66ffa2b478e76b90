"""A conversation over a small library, and the databases it is held in."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers import areas, case_kinds
from handlers.areas import AreaBook
from handlers.turn import Guide
from storage.crypto import Vault
from storage.db import Database, opened
from tests.databases import SECRET, put_migrated_sqlite
from tests.handlers.announcing import PUBLIC_URL
from tests.handlers.casework import DEADLINES, new_code
from tests.handlers.resident import Resident, SmallLibrary, small_signals


@pytest.fixture
async def sqlite() -> AsyncIterator[Database]:
    """A migrated SQLite database, in memory where there is room for files: these tests are not about disks."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        async with opened(put_migrated_sqlite(Path(folder)), Vault(SECRET)) as database:
            yield database


@pytest.fixture(scope="session")
def book() -> AreaBook:
    """All areas."""
    return areas.load()


@pytest.fixture(scope="session")
def small(book: AreaBook) -> Guide:
    """What a conversation over the small library knows."""
    return Guide(
        SmallLibrary(),
        book,
        small_signals(),
        "thành phố Hải Phòng",
        730,
        DEADLINES,
        case_kinds.load(),
        new_code,
        PUBLIC_URL,
    )


@pytest.fixture
def newcomer(sqlite: Database, small: Guide) -> Resident:
    """Somebody who never wrote to us."""
    return Resident(sqlite, small)


@pytest.fixture
async def resident(newcomer: Resident) -> Resident:
    """Somebody who was greeted already."""
    await newcomer.say("xin chào")
    return newcomer


@pytest.fixture
async def postgres(migrated_postgres_url: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database, for what two processes do at once."""
    async with opened(migrated_postgres_url, Vault(SECRET)) as database:
        yield database
