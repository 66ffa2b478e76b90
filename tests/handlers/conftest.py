"""A conversation over a small library, and a migrated SQLite file at the price of a copy."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers import areas, case_kinds
from handlers.areas import AreaBook
from handlers.turn import Guide
from storage import facts, schema
from storage.crypto import Vault
from storage.db import Database
from tests.conftest import SECRET, sqlite_url
from tests.handlers.announcing import PUBLIC_URL
from tests.handlers.casework import DEADLINES, new_code
from tests.handlers.resident import Resident, SmallLibrary, small_signals


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated")

    async def migrate() -> None:
        database = Database(sqlite_url(folder), Vault(SECRET))
        await database.write(schema.upgrade)
        await database.write(facts.claim_key)
        await database.close()

    asyncio.run(migrate())
    (file,) = folder.glob("*.db")
    return file


@pytest.fixture
async def sqlite(_migrated: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database, in memory where there is room for files: these tests are not about disks."""
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        shutil.copy(_migrated, folder)
        database = Database(sqlite_url(Path(folder)), Vault(SECRET))
        yield database
        await database.close()


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
async def postgres(postgres_database_url: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database, for what two processes do at once."""
    database = Database(postgres_database_url, Vault(SECRET))
    await database.write(schema.upgrade)
    yield database
    await database.close()
