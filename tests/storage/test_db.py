"""The door to the database: what a transaction promises, on both kinds."""

import asyncio
import gc
import sqlite3
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from storage import facts, people, schema
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.errors import Conflict, Damaged, Unavailable, WrongKey
from storage.tables import metadata, residents
from tests.conftest import NOW
from tests.databases import SECRET, put_migrated_sqlite, sqlite_url


def _count(tx: Tx) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(residents)).scalar_one()  # type: ignore[no-any-return]


def _add(tx: Tx, number: int = 1) -> None:
    tx.execute(sa.insert(residents), [{"created_at": NOW}] * number)


async def test_committed_work_is_seen_by_readers(database: Database) -> None:
    await database.write(_add, 3)

    assert await database.read(_count) == 3


async def test_failed_work_leaves_no_trace_and_the_next_goes_on(database: Database) -> None:
    def fail(tx: Tx) -> None:
        _add(tx)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await database.write(fail)
    await database.write(_add)

    assert await database.read(_count) == 1


async def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises((Unavailable, sa.exc.DBAPIError)):
        await database.read(_add)

    assert await database.read(_count) == 0


async def test_a_cancelled_caller_leaves_a_whole_transaction(database: Database) -> None:
    """Whoever waits may be cancelled at any moment; what was begun is committed whole or not at all."""
    task = asyncio.create_task(database.write(_add, 5))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.write(_add, 10)

    assert await database.read(_count) in (10, 15)


async def test_many_writers_at_once_all_commit(database: Database) -> None:
    await asyncio.gather(*(database.write(_add) for _ in range(40)))

    assert await database.read(_count) == 40


async def test_times_come_back_aware_and_naive_ones_are_refused(database: Database) -> None:
    await database.write(_add)

    assert await database.read(lambda tx: tx.execute(sa.select(residents.c.created_at)).scalar()) == NOW
    with pytest.raises(sa.exc.StatementError, match="no time zone"):
        await database.write(
            lambda tx: tx.execute(sa.insert(residents), {"created_at": NOW.replace(tzinfo=None)})
        )


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 26, 3, tzinfo=UTC),
        datetime(2026, 11, 26, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 12, 1, 0, 30, 5, 7, tzinfo=timezone(timedelta(hours=7))),
        datetime(1, 1, 1, tzinfo=UTC),
    ],
)
async def test_times_lie_in_sqlite_as_its_library_writes_them(sqlite: Database, at: datetime) -> None:
    """They are compared and sorted as text, beside those that were written by earlier versions."""
    await sqlite.write(lambda tx: tx.execute(sa.insert(residents), {"created_at": at}).rowcount)
    text = sa.select(sa.type_coerce(residents.c.created_at, sa.String))
    whole = sa.select(residents.c.created_at)
    by_library = sa.DateTime().dialect_impl(sqlite_dialect()).bind_processor(sqlite_dialect())
    assert by_library is not None

    written = await sqlite.read(lambda tx: tx.execute(text).scalar())

    assert written == by_library(at.astimezone(UTC).replace(tzinfo=None))
    assert await sqlite.read(lambda tx: tx.execute(whole).scalar()) == at


async def test_migrations_make_exactly_the_tables_of_the_code(database: Database) -> None:
    def ours(_thing: object, name: str | None, _kind: str, _reflected: bool, _compare_to: object) -> bool:
        # Full-text indexes are made by the migrations alone: each database has its own kind.
        return not (name or "").startswith(("case_search", "ix_cases_folded"))

    def differences(tx: Tx) -> list[object]:
        context = MigrationContext.configure(tx.connection, opts={"include_object": ours})
        return list(compare_metadata(context, metadata))

    assert await database.read(differences) == []


async def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert await database.write(schema.upgrade) is False


async def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    await database.write(lambda tx: tx.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")))

    with pytest.raises(Conflict, match="newer version"):
        await database.write(schema.upgrade)


async def test_another_key_is_refused_at_the_start(database: Database, database_url: str) -> None:
    other = Database(database_url, Vault("another-" + "x" * 40))
    try:
        with pytest.raises(WrongKey, match="put the old key back"):
            await other.write(facts.claim_key)
    finally:
        await other.close()


@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "sqlite+aiosqlite://", "mysql://h/d", "sqlite+aiosqlite:///:memory:"]
)
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        Database(url, Vault(SECRET))


async def test_two_writers_on_one_sqlite_file_wait_for_each_other(sqlite: Database, tmp_path: Path) -> None:
    """IMMEDIATE and the busy timeout: an upgrade from reading to writing would be refused at once."""
    other = Database(sqlite_url(tmp_path), Vault(SECRET))

    def read_then_write(tx: Tx) -> None:
        _count(tx)
        _add(tx)

    try:
        await asyncio.gather(*(d.write(read_then_write) for d in (sqlite, other) for _ in range(25)))
        assert await sqlite.read(_count) == 50
    finally:
        await other.close()


async def test_a_database_locked_by_another_process_is_unavailable_then_works_again(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.db.BUSY_TIMEOUT_MS", 50)
    thief = sqlite3.connect(tmp_path / "hai-chieu.db", isolation_level=None)
    other = Database(sqlite_url(tmp_path), Vault(SECRET))
    thief.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="locked"):
        await other.write(_add)
    thief.execute("ROLLBACK")
    thief.close()
    await other.write(_add)

    assert await other.read(_count) == 1
    await other.close()


async def test_a_full_disk_is_unavailable_and_loses_nothing(sqlite: Database) -> None:
    """SQLite's own limit of pages gives the same error as a full disk (SQLITE_FULL)."""
    await sqlite.write(_add)

    def fill(tx: Tx) -> None:
        pages = tx.execute(sa.text("PRAGMA page_count")).scalar_one()
        tx.execute(sa.text(f"PRAGMA max_page_count = {pages}"))
        _add(tx, 20_000)

    with pytest.raises(Unavailable, match="full"):
        await sqlite.write(fill)

    assert await sqlite.read(_count) == 1
    await sqlite.write(_add)
    assert await sqlite.read(_count) == 2


@pytest.mark.parametrize("damage", ["no database at all, only a text " * 200, None])
async def test_a_damaged_file_is_named_as_such(tmp_path: Path, damage: str | None) -> None:
    file = tmp_path / "hai-chieu.db"
    if damage is not None:
        file.write_text(damage)
    else:
        await _make(tmp_path)
        with file.open("r+b") as pages:
            pages.seek(100)
            pages.write(b"\xff" * 60_000)
    database = Database(sqlite_url(tmp_path), Vault(SECRET))
    try:
        with pytest.raises(Damaged, match="restore a backup"):
            await database.write(schema.upgrade)
    finally:
        await database.close()


async def _make(folder: Path) -> None:
    database = Database(sqlite_url(folder), Vault(SECRET))
    await database.write(schema.upgrade)
    for name in range(50):
        await database.write(people.meet, "web", str(name), NOW)
    await database.write(lambda tx: tx.execute(sa.text("SELECT 1")))
    await database.close()


async def test_an_unreachable_server_is_unavailable() -> None:
    database = Database("postgresql+asyncpg://nobody@127.0.0.1:1/none", Vault(SECRET))
    try:
        with pytest.raises(Unavailable):
            await database.read(_count)
    finally:
        await database.close()


async def test_a_mistake_in_one_statement_ends_that_piece_of_work_alone(database: Database) -> None:
    """Pieces of work share a transaction on SQLite; one that is wrong must not take the others with it."""

    def mistaken(tx: Tx) -> None:
        _add(tx)
        tx.execute(sa.text("SELECT nothing FROM no_such_table"))

    outcomes = await asyncio.gather(
        *(database.write(work) for work in (_add, mistaken, _add, mistaken, _add)), return_exceptions=True
    )

    assert [type(o) for o in outcomes if o is not None] != []
    assert not any(isinstance(o, Unavailable) for o in outcomes)
    assert await database.read(_count) == 3


async def test_trouble_of_the_postgresql_server_is_unavailable(
    postgres_database_url: str,
) -> None:
    """A statement that the server gives up (57014, as 40P01 for a deadlock, 53100 for a full disk) may be tried again."""
    database = Database(postgres_database_url, Vault(SECRET))
    await database.write(schema.upgrade)

    def slow(tx: Tx) -> None:
        tx.execute(sa.text("SET LOCAL statement_timeout = 20"))
        tx.execute(sa.text("SELECT pg_sleep(10)"))

    try:
        with pytest.raises(Unavailable):
            await database.write(slow)
    finally:
        await database.close()


async def test_a_closed_database_refuses_instead_of_waiting_for_ever(sqlite: Database) -> None:
    await sqlite.write(_add)
    await sqlite.close()

    with pytest.raises(Unavailable, match="closed"):
        await sqlite.write(_add)


@pytest.mark.parametrize("steps", range(10))
async def test_who_stops_waiting_for_a_read_leaves_no_connection_behind(
    tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever moment: the driver tells of a connection that nobody closed when it is collected."""
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    async with opened(put_migrated_sqlite(tmp_path), Vault(SECRET)) as database:
        reading = asyncio.create_task(database.read(lambda tx: tx.execute(sa.text("SELECT 1")).scalar()))
        for _ in range(steps):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    gc.collect()

    assert lost == []


async def test_a_closed_database_is_not_read(tmp_path: Path) -> None:
    async with opened(put_migrated_sqlite(tmp_path), Vault(SECRET)) as database:
        pass
    with pytest.raises(Unavailable):
        await database.read(lambda tx: tx.execute(sa.text("SELECT 1")).scalar())
