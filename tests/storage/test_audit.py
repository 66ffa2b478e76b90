"""The audit log only grows, and what was changed in it behind our back is found."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage import audit
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.tables import audit as entries
from tests.conftest import NOW
from tests.storage.builders import (
    EMPTIED,
    later,
    make_official,
    on_postgresql,
    together,
    until_somebody_waits,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


@pytest.fixture
async def official_id(database: Database) -> int:
    """Somebody whose doings are logged."""
    return await database.write(make_official)


@pytest.fixture
async def log(database: Database, official_id: int) -> Database:
    """A log of four entries."""
    for number in range(1, 5):
        await database.write(
            audit.write, official_id, "case.answer", "case", str(number), {"fields": ["chữ"]}, later(number)
        )
    return database


async def tamper(database: Database, change: Callable[[Tx], object]) -> None:
    """Change the log as somebody would who may write to the database."""

    def work(tx: Tx) -> None:
        with audit.unguarded(tx):
            change(tx)

    await database.write(work)


async def test_untouched_log_is_whole(log: Database) -> None:
    found = await log.read(audit.verify)

    assert (found.entries, found.bad_id) == (4, None)
    assert [e.subject_id for e in await log.read(audit.list_entries)] == ["4", "3", "2", "1"]


async def test_empty_log_is_whole(database: Database) -> None:
    assert (await database.read(audit.verify)).bad_id is None


@pytest.mark.parametrize("row", [1, 3, 4])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("at", NOW - timedelta(days=1)),
        ("official_id", None),
        ("action", "case.read"),
        ("subject_kind", "topic"),
        ("subject_id", "99"),
        ("details", "{}"),
        ("prev_hash", bytes(31) + b"\1"),
        ("hash", bytes(32)),
    ],
)
async def test_a_changed_field_of_any_entry_is_found(
    log: Database, row: int, column: str, value: Any
) -> None:
    await tamper(
        log, lambda tx: tx.execute(sa.update(entries).where(entries.c.id == row).values({column: value}))
    )

    assert (await log.read(audit.verify)).bad_id == row


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["at", "action", "subject_id", "details", "prev_hash", "hash"])
@pytest.mark.parametrize("value", ["'rác'", "x'ff00'", "12"])
async def test_what_is_no_value_at_all_is_found(log: Database, column: str, value: str) -> None:
    """SQLite keeps anything in any column."""
    statement = f"UPDATE audit SET {column} = {value} WHERE id = 2"

    def change(tx: Tx) -> None:
        tx.connection.exec_driver_sql(statement)

    await tamper(log, change)

    assert (await log.read(audit.verify)).bad_id == 2


@pytest.mark.parametrize("row", [1, 2, 3])
async def test_an_entry_taken_out_is_found(log: Database, row: int) -> None:
    await tamper(log, lambda tx: tx.execute(sa.delete(entries).where(entries.c.id == row)))

    assert (await log.read(audit.verify)).bad_id == row


async def test_a_chain_mended_without_the_key_is_found(log: Database) -> None:
    """Who may write to the database could seal everything anew; not without the key."""

    def forge(tx: Tx) -> None:
        forger = Tx(tx.connection, Vault("another key of somebody else " * 2))
        rows = tx.execute(sa.select(entries).order_by(entries.c.id)).all()
        tx.execute(sa.delete(entries))
        for row in rows:
            audit.write(forger, row.official_id, "forged", row.subject_kind, row.subject_id, {}, row.at)

    await tamper(log, forge)

    assert (await log.read(audit.verify)).bad_id == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET action = 'x'", "DELETE FROM audit", "DELETE FROM audit WHERE id = 4"]
)
async def test_the_database_refuses_to_change_the_log(log: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        await log.write(lambda tx: tx.execute(sa.text(statement)))

    assert (await log.read(audit.verify)).entries == 4


@on_postgresql
async def test_the_log_cannot_be_truncated(log: Database) -> None:
    with pytest.raises(DBAPIError, match="only grows"):
        await log.write(lambda tx: tx.execute(sa.text("TRUNCATE audit")))


async def test_the_log_is_guarded_again_after_it_was_replaced(log: Database) -> None:
    await tamper(log, lambda tx: tx.execute(sa.delete(entries).where(entries.c.id == 4)))

    with pytest.raises(DBAPIError, match="only grows"):
        await log.write(lambda tx: tx.execute(sa.delete(entries)))


async def test_an_entry_goes_with_what_it_is_about(log: Database, official_id: int) -> None:
    """A change that is rolled back leaves no entry, and no gap that would look like a theft."""

    def fails(tx: Tx) -> None:
        audit.write(tx, official_id, "case.close", "case", "5", {}, NOW)
        raise RuntimeError("the change failed")

    with pytest.raises(RuntimeError):
        await log.write(fails)
    await log.write(audit.write, official_id, "case.close", "case", "6", {}, NOW)

    found = await log.read(audit.verify)
    assert (found.entries, found.bad_id) == (5, None)


async def test_many_writers_at_once_make_one_chain(database: Database, official_id: int) -> None:
    async with opened(database.url.render_as_string(hide_password=False), database.vault) as second:
        await together(
            *(
                (database if n % 2 else second).write(
                    audit.write, official_id, "x.y", "case", str(n), {}, NOW
                )
                for n in range(40)
            )
        )

    found = await database.read(audit.verify)
    assert (found.entries, found.bad_id) == (40, None)


@on_postgresql
async def test_the_second_writer_waits_for_the_first_to_commit(database: Database, official_id: int) -> None:
    """Without the lock both would follow the same entry."""

    written = asyncio.Event()

    def slow(tx: Tx) -> None:
        audit.write(tx, official_id, "first", "case", "1", {}, NOW)
        written.set()
        until_somebody_waits(tx)

    async def second() -> None:
        await written.wait()
        await database.write(audit.write, official_id, "second", "case", "2", {}, NOW)

    await together(database.write(slow), second())

    assert (await database.read(audit.verify)).bad_id is None


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"action": "case.answer"}, [4, 3, 2, 1]),
        ({"action": "case"}, [4, 3, 2, 1]),
        ({"action": "cas"}, []),
        ({"action": "case%"}, []),
        ({"subject_kind": "case", "subject_id": "2"}, [2]),
        ({"since": later(3)}, [4, 3]),
        ({"until": later(3)}, [2, 1]),
        ({"before_id": 3}, [2, 1]),
        ({"before_id": 4, "limit": 1}, [3]),
        ({"official_id": 0}, []),
    ],
)
async def test_entries_are_found_newest_first(log: Database, filters: dict[str, Any], ids: list[int]) -> None:
    found = await log.read(lambda tx: audit.list_entries(tx, **filters))

    assert [entry.id for entry in found] == ids
