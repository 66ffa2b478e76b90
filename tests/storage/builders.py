"""Rows for the tests of storage: sane defaults, so that a test shows only the values it is about."""

import asyncio
import itertools
import os
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage import (
    audit,
    claims,
    conversations,
    facts,
    identities,
    intake,
    leases,
    messages,
    official_chats,
    officials,
    outbox,
    people,
    questions,
    schema,
    sessions,
)
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.identities import Identity
from storage.messages import Button
from storage.outbox import Delivery, Lane, Lease, Outcome
from storage.people import Person
from storage.tables import Utc, addresses, announcements, metadata
from storage.tables import outbox as deliveries
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url

NAME, PHONE, CHAT = "Phạm Thị Hạnh", "0912345678", "chat-7290155"
MENU = Button("Hỏi cán bộ", "ask:official", None)
_numbers = itertools.count(1)
T = TypeVar("T")

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def run_on_server(server_url: str, statement: str) -> None:
    """Run what PostgreSQL allows outside transactions only."""
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_postgres_url(postgres_url: str) -> AsyncIterator[str]:
    """The URL of one database for the tests of a module: making one takes longer than most tests."""
    name = f"test_{os.getpid()}_shared_{next(_numbers)}"
    url = sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    await run_on_server(postgres_url, f"CREATE DATABASE {name}")
    async with opened(url, Vault(SECRET)) as database:
        await database.write(schema.upgrade)
    yield url
    await run_on_server(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def emptied_postgres_url(migrated_postgres_url: str) -> str:
    """The URL of that database, with nothing in it."""
    clearing = [
        "SET session_replication_role = replica"
    ]  # the audit log's triggers do not let anything be taken away
    clearing += [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    clearing += [f"SELECT setval('{t.name}_id_seq', 1, false)" for t in metadata.sorted_tables if "id" in t.c]
    connection = await asyncpg.connect(migrated_postgres_url.replace("+asyncpg", ""))
    await connection.execute("; ".join(clearing))
    await connection.close()
    return migrated_postgres_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy: copying is faster than migrating."""
    folder = tmp_path_factory.mktemp("migrated")
    async with opened(sqlite_url(folder), Vault(SECRET)) as database:
        await database.write(schema.upgrade)
    return folder / "hai-chieu.db"


@pytest.fixture
async def sqlite(tmp_path: Path, migrated_sqlite_file: Path) -> AsyncIterator[Database]:
    """A SQLite database without rows, for tests of what does not depend on the kind."""
    shutil.copy(migrated_sqlite_file, tmp_path)
    async with opened(sqlite_url(tmp_path), Vault(SECRET)) as database:
        await database.write(facts.claim_key)
        yield database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without rows, of each kind in turn."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite_file"), tmp_path)
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("emptied_postgres_url")
    return url


EMPTIED = (database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file)
"""Taken by a module under these names, they stand in for the slower ones of `tests.conftest`."""


def later(seconds: float = 1.0, **units: float) -> datetime:
    """Return a moment after the tests' now."""
    return NOW + (timedelta(**units) if units else timedelta(seconds=seconds))


def lease(owner: str = "worker-a", *, until: datetime | None = None) -> Lease:
    """Return a hold of this owner, a minute long unless told."""
    return Lease(owner, until or later(60))


def make_person(
    tx: Tx, *, channel: str = "telegram", value: str | None = None, now: datetime = NOW, greeted: bool = False
) -> Person:
    """Meet somebody new."""
    person = people.meet(tx, channel, value or f"person-{next(_numbers)}", now)
    if greeted:
        people.mark_greeted(tx, person.resident_id, now)
    return person


def make_inbound(
    tx: Tx, *, channel: str = "telegram", external_id: str | None = None, now: datetime = NOW
) -> int:
    """Take an update that was not taken before."""
    taken = intake.take(tx, channel, external_id or f"update-{next(_numbers)}", "done", now)
    assert taken is not None
    return taken


def make_heard(
    tx: Tx,
    *,
    address_id: int | None = None,
    inbound_id: int | None = None,
    text: str = "Hộ nghèo có được cấp thẻ BHYT không?",
    payload: str | None = None,
    now: datetime = NOW,
) -> int:
    """Store what somebody wrote."""
    address_id = address_id or make_person(tx).address_id
    return messages.add_in(tx, address_id, inbound_id or make_inbound(tx), text, payload, now)


def make_said(
    tx: Tx,
    *,
    address_id: int | None = None,
    inbound_id: int | None = None,
    text: str = "Có. Bà mang căn cước đến UBND xã.",
    buttons: Sequence[Button] = (MENU,),
    now: datetime = NOW,
) -> int:
    """Store what is to be said; without `inbound_id` it came by itself."""
    return messages.add_out(tx, address_id or make_person(tx).address_id, inbound_id, text, buttons, now)


def make_question(
    tx: Tx,
    /,
    *,
    address_id: int | None = None,
    message_id: int | None = None,
    now: datetime = NOW,
    **given: Any,
) -> int:
    """Store a question that got an answer."""
    address_id = address_id or make_person(tx).address_id
    values: dict[str, Any] = {
        "text": "hộ nghèo có bhyt k",
        "verdict": "answer",
        "score": 0.91,
        "topic_id": "bhyt-ho-ngheo",
        "offered": ["bhyt-ho-ngheo", "bhyt-can-ngheo"],
        "for_official": False,
    }
    message_id = message_id or make_heard(tx, address_id=address_id, now=now)
    return questions.add(tx, address_id, message_id, **(values | given), now=now)


def make_delivery(
    tx: Tx,
    *,
    address_id: int | None = None,
    channel: str = "telegram",
    lane: Lane = Lane.REPLY,
    held: Lease | None = None,
    now: datetime = NOW,
    text: str = "Có. Bà mang căn cước đến UBND xã.",
) -> int:
    """Queue a message; returns the delivery's id."""
    address_id = address_id or make_person(tx, channel=channel).address_id
    message_id = make_said(tx, address_id=address_id, text=text, now=now)
    return outbox.add(tx, message_id, address_id, channel, lane, now, held)


def make_announcement(tx: Tx, *, status: str = "sending", kind: str = "notice", **given: Any) -> int:
    """Store an announcement, as it is while it is being sent."""
    values: dict[str, Any] = {
        "code": f"TB-{next(_numbers)}",
        "title": "Lớp tập huấn chăn nuôi gà",
        "text": "Mời bà con dự lớp tập huấn chăn nuôi gà.",
        "pictures": [],
        "audience": {},
        "spread_hours": 0,
        "late_joiners": False,
        "version": 1,
        "created_by": 1,
        "created_at": NOW,
        "started_at": NOW,
        "cursor": 0,
        "late_cursor": 0,
    }
    row = values | {"status": status, "kind": kind} | given
    new_id: int = tx.execute(sa.insert(announcements).returning(announcements.c.id), row).scalar_one()
    return new_id


def make_bulk(
    tx: Tx,
    announcement_id: int,
    *,
    channel: str = "telegram",
    person: Person | None = None,
    now: datetime = NOW,
    text: str = "Mời bà con dự lớp tập huấn.",
    **given: Any,
) -> int:
    """Queue one delivery of an announcement; returns its id."""
    person = person or make_person(tx, channel=channel)
    message_id = make_said(tx, address_id=person.address_id, text=text, buttons=(), now=now)
    row: dict[str, Any] = {
        "message_id": message_id,
        "address_id": person.address_id,
        "announcement_id": announcement_id,
        "resident_id": person.resident_id,
        "channel": channel,
        "lane": int(Lane.BULK),
        "status": "queued",
        "not_before": now,
        "created_at": now,
    }
    new_id: int = tx.execute(sa.insert(deliveries).returning(deliveries.c.id), row | given).scalar_one()
    return new_id


def make_deliveries(tx: Tx, number: int, *, lane: Lane = Lane.REPLY, channel: str = "telegram") -> list[int]:
    """Queue several messages to one person."""
    address_id = make_person(tx, channel=channel).address_id
    return [make_delivery(tx, address_id=address_id, lane=lane, channel=channel) for _ in range(number)]


def make_attempted(
    tx: Tx,
    *,
    lane: Lane = Lane.REPLY,
    owner: str = "worker-a",
    now: datetime = NOW,
    address_id: int | None = None,
) -> int:
    """Queue a message and begin its call; the lease lasts a minute from `now`."""
    held = Lease(owner, now + timedelta(seconds=60))
    delivery_id = make_delivery(tx, lane=lane, held=held, now=now, address_id=address_id)
    assert leases.attempt(tx, [delivery_id], held, now) == {delivery_id}
    return delivery_id


def claim(
    tx: Tx, owner: str = "worker-a", *, channel: str = "telegram", now: datetime = NOW, limit: int = 100
) -> list[Delivery]:
    """Claim for a minute."""
    return claims.claim(tx, channel, Lease(owner, now + timedelta(seconds=60)), now, limit)


def get_delivery(tx: Tx, delivery_id: int) -> Any:
    """Return the row as it stands."""
    return tx.execute(sa.select(deliveries).where(deliveries.c.id == delivery_id)).one()


def get_blocked_at(tx: Tx, address_id: int) -> datetime | None:
    """Return since when an address is blocked."""
    return tx.execute(sa.select(addresses.c.blocked_at).where(addresses.c.id == address_id)).scalar_one()  # type: ignore[no-any-return]


def make_everything(tx: Tx) -> None:
    """Fill every table with rows of every kind: sealed and empty columns, both sides, every status."""
    person = make_person(tx, value=CHAT, greeted=True)
    identities.set_identity(tx, person.resident_id, Identity(NAME, PHONE))
    people.choose_commune(tx, person.resident_id, "10525")
    state = {"version": 1, "flow": "ask", "step": None, "data": {"chữ": "ế", "n": [1, 2.5, True]}}
    conversations.save(tx, person.address_id, 0, state, later(microseconds=1))
    stranger = make_person(tx, channel="web")
    people.block_address(tx, stranger.address_id, later())

    inbound_id = make_inbound(tx)
    heard = make_heard(
        tx, address_id=person.address_id, inbound_id=inbound_id, text='a\n"b" 👵🏽', payload="ask:1"
    )
    make_said(
        tx,
        address_id=person.address_id,
        inbound_id=inbound_id,
        buttons=[MENU, Button("Mở", None, "https://a.vn")],
    )
    asked = make_question(tx, address_id=person.address_id, message_id=heard, score=1 / 3, topic_id=None)
    questions.update(tx, asked, helped=False)

    for status in ("sent", "failed", "blocked", "skipped", "unknown"):
        done = make_attempted(tx, address_id=person.address_id, lane=Lane.NOTICE)
        leases.finish(tx, [Outcome(done, status, later(microseconds=7), reason="vì thế", platform_id="881")])
    make_attempted(tx, address_id=person.address_id)
    make_delivery(tx, address_id=person.address_id, lane=Lane.BULK)
    waiting = make_said(tx, address_id=stranger.address_id, buttons=())
    outbox.add_waiting(tx, waiting, stranger.address_id, "web", Lane.NOTICE, NOW)
    official_id = make_official(tx)
    sessions.start(tx, official_id, "token", "Chrome, Windows", NOW, later(days=7))
    official_chats.add_link(tx, official_id, "K7M4XP9R", later(minutes=15))
    official_chats.link_address(tx, stranger.address_id, official_id, NOW)
    for field in ("name", "chữ\n"):
        audit.write(
            tx, official_id, "official.change", "official", str(official_id), {"fields": [field]}, NOW
        )
    for table in metadata.sorted_tables:
        if tx.execute(sa.select(table).limit(1)).first() is None:
            tx.execute(sa.insert(table), {column.name: _any_value(tx, column) for column in table.columns})


def make_official(
    tx: Tx, *, username: str | None = None, role: str = "admin", area_code: str | None = None
) -> int:
    """Make an account; returns its id."""
    username = username or f"official-{next(_numbers)}"
    return officials.add(tx, username, "Nguyễn Văn Bình", role, area_code, "$argon2id$…", NOW)


def _any_value(tx: Tx, column: sa.Column[Any]) -> object:
    """Return something that this column holds: a row of the table it points to, or a value of its type."""
    for key in column.foreign_keys:
        return tx.execute(sa.select(key.column).limit(1)).scalar_one()
    kind = column.type
    if isinstance(kind, sa.String):
        return "ế"[: kind.length]
    if isinstance(kind, Utc):
        return later(microseconds=3)
    if isinstance(kind, sa.LargeBinary):
        return b"\x00\xff"
    if isinstance(kind, sa.JSON):
        return {"chữ": ["ế", None, 1.5]}
    return kind.python_type(1)


def contents(tx: Tx) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, as the code reads them."""
    return {
        table.name: [
            dict(row._mapping) for row in tx.execute(sa.select(table).order_by(*table.primary_key.columns))
        ]
        for table in metadata.sorted_tables
    }


async def together(*work: Awaitable[T]) -> list[T]:
    """Run all at once and to the end; then raise what failed first, so that nothing outlives its test."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [r for r in results if not isinstance(r, BaseException)]


def until_somebody_waits(tx: Tx) -> None:
    """Return once another transaction waits for a lock of this one (PostgreSQL): the race is on, without sleeping."""
    blocked = sa.text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
    )
    gives_up_at = time.monotonic() + 30
    while time.monotonic() < gives_up_at:
        if tx.execute(blocked).scalar_one():
            return
    pytest.fail("nobody came to wait for this transaction")
