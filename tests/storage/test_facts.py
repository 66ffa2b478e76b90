"""A database is tied to the key it was sealed with."""

import asyncio
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import facts, schema
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.errors import WrongKey
from storage.tables import facts as facts_table
from tests.databases import SECRET, sqlite_url
from tests.storage.builders import on_postgresql

_HOME = Path(__file__).parents[2]
OTHER = "another-" + "x" * 40


async def test_the_same_key_may_come_back_any_number_of_times(database: Database) -> None:
    for _ in range(3):
        await database.write(facts.claim_key)

    await database.read(facts.check_key)
    assert await database.read(_fingerprints) == [Vault(SECRET).fingerprint]


def _fingerprints(tx: Tx) -> list[str]:
    return list(tx.execute(sa.select(facts_table.c.value)).scalars())


async def test_another_key_is_refused_by_name_and_changes_nothing(sqlite: Database, tmp_path: Path) -> None:
    """Both fingerprints help to find the right key; neither key is shown."""
    async with opened(sqlite_url(tmp_path), Vault(OTHER)) as other:
        for refuse in (facts.claim_key, facts.check_key):
            with pytest.raises(WrongKey, match="put the old key back") as refusal:
                await other.write(refuse)

    assert sqlite.vault.fingerprint in str(refusal.value)
    assert Vault(OTHER).fingerprint in str(refusal.value)
    assert SECRET not in str(refusal.value)
    assert OTHER not in str(refusal.value)
    await sqlite.read(facts.check_key)


async def test_a_database_without_a_key_is_open_to_any_and_not_yet_ours(tmp_path: Path) -> None:
    async with opened(sqlite_url(tmp_path), Vault(SECRET)) as database:
        await database.write(schema.upgrade)

        await database.read(facts.check_key)
        assert await database.read(facts.is_there) is False
        await database.write(facts.claim_key)
        assert await database.read(facts.is_there) is True


async def test_a_database_without_our_tables_does_not_count_as_there(database_url: str) -> None:
    async with opened(database_url, Vault(SECRET)) as database:
        assert not await database.read(facts.is_there)


_START = """
import asyncio, sys
from storage import facts, schema
from storage.crypto import Vault
from storage.db import opened

async def start():
    async with opened(sys.argv[1], Vault(sys.argv[2])) as database:
        await database.write(lambda tx: (schema.upgrade(tx), facts.claim_key(tx)))

asyncio.run(start())
"""


@on_postgresql
async def test_two_processes_may_start_at_once_on_a_new_database(database_url: str) -> None:
    """Real processes, for Alembic keeps one migration a process in a global. SQLite's are kept apart by a lock file."""
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", _START, database_url, SECRET, cwd=_HOME)
        for _ in range(2)
    ]

    assert [await process.wait() for process in started] == [0, 0]
    async with opened(database_url, Vault(SECRET)) as database:
        assert await database.read(_fingerprints) == [Vault(SECRET).fingerprint]
