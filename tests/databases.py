"""Databases as tests need them: empty, or migrated already. Migrated once a process, and then copied (SQLite) or put back
as they were (PostgreSQL); migrating takes longer than most tests do.
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


@asynccontextmanager
async def postgres_database(server: str) -> AsyncIterator[str]:
    """Give the URL of an empty database of one's own on this server; it goes afterwards."""
    name = _name()
    await _tell(server, f"CREATE DATABASE {name}")
    yield _database(server, name)
    await _tell(server, f"DROP DATABASE {name} WITH (FORCE)")


_spare: dict[str, list[str]] = {}
"""By server: the URLs of databases that are as they were when they had been migrated."""


@asynccontextmanager
async def migrated_postgres_database(server: str) -> AsyncIterator[str]:
    """Give the URL of a migrated database, sealed with `SECRET`, that nobody else uses meanwhile.

    It is put back as it was and used again: to make one takes longer than most tests.
    """
    spare = _spare.setdefault(server, [])
    if spare:
        url = spare.pop()
    else:
        await _tell(server, f"CREATE DATABASE {(name := _name())}")
        url = _database(server, name)
        await migrate(url)
        await _tell(url, *_REMEMBER)
    yield url
    await _tell(url, _SEND_AWAY, "SELECT kept.restore()")
    spare.append(url)


_SEND_AWAY = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""
# Restored table by table where there is something, which is a twentieth of the work of truncating all of them.
# Triggers do not fire for a replica: the audit log lets nobody delete from it.
_REMEMBER = (
    "CREATE SCHEMA kept",
    "CREATE TABLE kept.places AS SELECT sequencename AS name, last_value AS at FROM pg_sequences"
    " WHERE schemaname = 'public'",
    """CREATE FUNCTION kept.shape() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(c.relname || ' ' || a.attname || a.atttypid, ',' ORDER BY c.relname, a.attname))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
    $$""",
    """DO $$ DECLARE t text; filled boolean; BEGIN
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', 'rows_' || t, t); END IF;
    END LOOP; END $$""",
    "CREATE TABLE kept.shapes AS SELECT kept.shape() AS shape",
    """CREATE FUNCTION kept.restore() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE t text; at bigint; filled boolean; BEGIN
    SET LOCAL session_replication_role = replica;
    IF kept.shape() <> (SELECT shape FROM kept.shapes) THEN
        RAISE 'the test changed tables: it needs postgres_database_url';
    END IF;
    FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM public.%I', t); END IF;
    END LOOP;
    FOR t IN SELECT substr(tablename, 6) FROM pg_tables WHERE schemaname = 'kept' AND tablename LIKE 'rows\\_%' LOOP
        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%I', t, 'rows_' || t);
    END LOOP;
    FOR t, at IN SELECT name, places.at FROM kept.places LOOP
        PERFORM setval(format('public.%I', t)::regclass, coalesce(at, 1), at IS NOT NULL);
    END LOOP; END $$""",
)


async def migrate(url: str) -> None:
    """Make a database what a start makes of an empty one, sealed with `SECRET`."""
    async with opened(url, Vault(SECRET)) as database:
        await database.write(schema.upgrade)
        await database.write(facts.claim_key)


def _name() -> str:
    return f"test_{os.getpid()}_{next(_numbers)}"


def _database(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


async def _tell(url: str, *statements: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await engine.dispose()


def _run(work: Coroutine[None, None, T]) -> T:
    # In a thread, for a loop may be running in this one already.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
