"""The database as a command finds it: migrated, under the right key, beside a service that may be running."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.cli.base import alone
from bot.config import Settings
from bot.database import open_database
from storage import facts, schema
from storage.db import Database, Tx


@asynccontextmanager
async def ready_database(settings: Settings) -> AsyncIterator[Database]:
    """Give the database for the length of a block; migrates it first if needed, then alone.

    A short write beside a running service is safe: SQLite lets one of the two wait. Raises StorageError, CommandError.
    """
    database = open_database(settings)
    try:
        there = database.file is None or database.file.exists()
        if not there or await database.read(schema.revision) != schema.newest():
            with alone(database.file):
                await database.write(_migrate)
        await database.read(facts.check_key)
        yield database
    finally:
        await database.close()


def _migrate(tx: Tx) -> None:
    schema.upgrade(tx)
    facts.claim_key(tx)
