"""Databases as tests need them: empty, or migrated already. Migrated once a process and copied; migrating takes longer
than most tests do.
"""

import asyncio
import functools
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage import facts, schema
from storage.crypto import Vault
from storage.db import opened

SECRET = "tests-only-" + "k" * 40
T = TypeVar("T")
_numbers = itertools.count()


def sqlite_url(folder: Path) -> str:
    """Return the URL of a SQLite file in this folder."""
    return f"sqlite+aiosqlite:///{folder / 'hai-chieu.db'}"


def put_migrated_sqlite(folder: Path) -> str:
    """Put a migrated database, sealed with `SECRET`, where `sqlite_url` says; returns that URL."""
    (folder / "hai-chieu.db").write_bytes(_migrated_sqlite())
    return sqlite_url(folder)


@functools.cache
def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory(prefix="hai-chieu-") as folder:
        _run(migrate(sqlite_url(Path(folder))))
        # Its log was folded into it when the last connection closed.
        return (Path(folder) / "hai-chieu.db").read_bytes()


@functools.cache
def migrated_postgres(server: str) -> str:
    """Return the name of a migrated database on this server, sealed with `SECRET`, to make others from."""
    return _run(_make_migrated(server))


async def _make_migrated(server: str) -> str:
    name = _name()
    await _tell(server, f"CREATE DATABASE {name}")
    await migrate(_database(server, name))
    return name


@asynccontextmanager
async def postgres_database(server: str, template: str | None = None) -> AsyncIterator[str]:
    """Give the URL of a database of one's own on this server: empty, or like the template; it goes afterwards."""
    name = _name()
    await _tell(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    yield _database(server, name)
    await _tell(server, f"DROP DATABASE {name} WITH (FORCE)")


async def migrate(url: str) -> None:
    """Make a database what a start makes of an empty one, sealed with `SECRET`."""
    async with opened(url, Vault(SECRET)) as database:
        await database.write(schema.upgrade)
        await database.write(facts.claim_key)


def _name() -> str:
    return f"test_{os.getpid()}_{next(_numbers)}"


def _database(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


async def _tell(server: str, statement: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()


def _run(work: Coroutine[None, None, T]) -> T:
    # In a thread, for a loop may be running in this one already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
