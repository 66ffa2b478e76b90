"""Residents and addresses: met once, found again, sealed at rest."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import conversations, identities, people
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.errors import NotFound
from storage.identities import Identity
from storage.tables import addresses, residents
from tests.conftest import NOW
from tests.databases import SECRET
from tests.storage.builders import (
    CHAT,
    EMPTIED,
    NAME,
    PHONE,
    get_blocked_at,
    later,
    make_heard,
    make_person,
    on_postgresql,
    together,
    until_somebody_waits,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """A second process at work on the same database."""
    async with opened(database_url, Vault(SECRET)) as other:
        yield other


def _count(tx: Tx) -> tuple[int, int]:
    return tuple(
        tx.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in (residents, addresses)
    )


async def test_somebody_new_is_met_with_nothing_said_before(database: Database) -> None:
    person = await database.write(people.meet, "telegram", CHAT, NOW)

    assert (person.greeted, person.commune_code, person.revision, person.state) == (False, None, 0, {})
    assert await database.read(_count) == (1, 1)


async def test_the_same_address_is_the_same_person(database: Database) -> None:
    first = await database.write(people.meet, "telegram", CHAT, NOW)
    second = await database.write(people.meet, "telegram", CHAT, later())

    assert second == first
    assert await database.read(_count) == (1, 1)


async def test_the_same_value_on_another_channel_is_somebody_else(database: Database) -> None:
    first = await database.write(people.meet, "telegram", CHAT, NOW)
    second = await database.write(people.meet, "zalo", CHAT, NOW)

    assert first.resident_id != second.resident_id
    assert await database.read(people.find_address, "zalo", CHAT) == second.address_id


async def test_what_was_learnt_of_a_person_is_there_at_the_next_meeting(database: Database) -> None:
    def learn(tx: Tx) -> None:
        person = make_person(tx, value=CHAT)
        people.mark_greeted(tx, person.resident_id, NOW)
        people.choose_commune(tx, person.resident_id, "10525")
        conversations.save(tx, person.address_id, 0, {"flow": "ask"}, NOW)

    await database.write(learn)
    person = await database.write(people.meet, "telegram", CHAT, later())

    assert (person.greeted, person.commune_code, person.revision) == (True, "10525", 1)
    assert person.state == {"flow": "ask"}


async def test_a_commune_can_be_forgotten(sqlite: Database) -> None:
    person = await sqlite.write(make_person, value=CHAT)
    await sqlite.write(people.choose_commune, person.resident_id, "10525")
    await sqlite.write(people.choose_commune, person.resident_id, None)

    assert (await sqlite.write(people.meet, "telegram", CHAT, NOW)).commune_code is None


async def test_an_address_is_found_only_once_met(database: Database) -> None:
    assert await database.read(people.find_address, "telegram", CHAT) is None
    person = await database.write(make_person, value=CHAT)

    assert await database.read(people.find_address, "telegram", CHAT) == person.address_id
    assert await database.read(people.find_address, "telegram", CHAT + "0") is None


async def test_a_blocked_address_opens_with_the_next_message(database: Database) -> None:
    person = await database.write(make_person, value=CHAT)
    stranger = await database.write(make_person)

    await database.write(people.block_address, person.address_id, later())
    assert await database.read(get_blocked_at, person.address_id) == later()
    assert await database.read(get_blocked_at, stranger.address_id) is None

    await database.write(people.meet, "telegram", CHAT, later(2))
    assert await database.read(get_blocked_at, person.address_id) is None


async def test_whoever_blocks_us_is_blocked_until_they_let_us_write_again(database: Database) -> None:
    person = await database.write(make_person, value=CHAT)

    await database.write(people.set_reachable, "telegram", CHAT, False, later())
    assert await database.read(get_blocked_at, person.address_id) == later()
    await database.write(people.set_reachable, "telegram", CHAT, True, later(2))
    assert await database.read(get_blocked_at, person.address_id) is None


@pytest.mark.parametrize("reachable", [True, False])
async def test_somebody_never_met_is_not_made_by_blocking_us(sqlite: Database, reachable: bool) -> None:
    await sqlite.write(people.set_reachable, "telegram", CHAT, reachable, NOW)

    assert await sqlite.read(_count) == (0, 0)


async def test_name_phone_and_address_are_nowhere_in_the_file(sqlite: Database, tmp_path: Path) -> None:
    """Not in the tables, not in an index, not in the write-ahead log; the message beside them is, so we look right."""

    def tell(tx: Tx) -> None:
        person = make_person(tx, value=CHAT)
        identities.set_identity(tx, person.resident_id, Identity(NAME, PHONE))
        make_heard(tx, address_id=person.address_id, text="chữ để tìm")

    def stored() -> bytes:
        return b"".join(file.read_bytes() for file in tmp_path.iterdir())

    await sqlite.write(tell)
    beside_the_log = stored()
    with closing(sqlite3.connect(tmp_path / "hai-chieu.db")) as checkpoint:
        checkpoint.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    for everything in (beside_the_log, stored()):
        assert "chữ để tìm".encode() in everything
        for secret in (NAME, *NAME.split(), PHONE, PHONE[1:], CHAT, SECRET):
            assert secret.encode() not in everything
            assert secret.encode("utf-16-le") not in everything


async def test_a_sealed_address_opens_to_what_the_channel_knows(database: Database) -> None:
    await database.write(make_person, value=CHAT)

    def read(tx: Tx) -> str:
        return people.open_address(tx, tx.execute(sa.select(addresses.c.value_sealed)).scalar_one())

    assert await database.read(read) == CHAT


async def test_who_somebody_is_can_be_told_found_changed_and_forgotten(database: Database) -> None:
    person = await database.write(make_person)
    resident_id = person.resident_id
    assert await database.read(identities.get_identity, resident_id) == Identity(None, None)

    await database.write(identities.set_identity, resident_id, Identity(NAME, PHONE))
    assert await database.read(identities.get_identity, resident_id) == Identity(NAME, PHONE)
    assert await database.read(identities.find_by_phone, PHONE) == resident_id

    await database.write(identities.set_identity, resident_id, Identity(NAME, "0987654321"))
    assert await database.read(identities.find_by_phone, PHONE) is None
    assert await database.read(identities.find_by_phone, "0987654321") == resident_id

    await database.write(identities.set_identity, resident_id, Identity(None, None))
    assert await database.read(identities.get_identity, resident_id) == Identity(None, None)
    assert await database.read(identities.find_by_phone, "0987654321") is None


async def test_a_forgotten_identity_leaves_no_sealed_bytes(sqlite: Database) -> None:
    person = await sqlite.write(make_person)
    await sqlite.write(identities.set_identity, person.resident_id, Identity(NAME, PHONE))
    await sqlite.write(identities.set_identity, person.resident_id, Identity(None, None))

    kept = sa.select(residents.c.name_sealed, residents.c.phone_sealed, residents.c.phone_lookup)
    assert await sqlite.read(lambda tx: tuple(tx.execute(kept).one())) == (None, None, None)


async def test_a_phone_number_belongs_to_one_resident(database: Database) -> None:
    """The second is refused and keeps what it had; the first may tell it again; once forgotten it is free."""
    first, second = await database.write(make_person), await database.write(make_person)
    await database.write(identities.set_identity, first.resident_id, Identity(NAME, PHONE))
    await database.write(identities.set_identity, second.resident_id, Identity("Bùi Văn Tám", None))

    with pytest.raises(sa.exc.IntegrityError):
        await database.write(identities.set_identity, second.resident_id, Identity(None, PHONE))
    assert await database.read(identities.get_identity, second.resident_id) == Identity("Bùi Văn Tám", None)
    assert await database.read(identities.find_by_phone, PHONE) == first.resident_id

    await database.write(identities.set_identity, first.resident_id, Identity(None, PHONE))
    await database.write(identities.set_identity, first.resident_id, Identity(None, None))
    await database.write(identities.set_identity, second.resident_id, Identity(None, PHONE))
    assert await database.read(identities.find_by_phone, PHONE) == second.resident_id


async def test_residents_without_a_phone_do_not_collide(sqlite: Database) -> None:
    for _ in range(2):
        person = await sqlite.write(make_person)
        await sqlite.write(identities.set_identity, person.resident_id, Identity(NAME, None))

    assert await sqlite.read(_count) == (2, 2)


async def test_nobody_has_no_identity(sqlite: Database) -> None:
    with pytest.raises(NotFound, match="no resident 404"):
        await sqlite.read(identities.get_identity, 404)


async def test_first_contacts_at_once_meet_one_person(database: Database, other: Database) -> None:
    """Two taps on Start, taken up by two processes: one resident, no error for either."""
    met = await together(*(d.write(people.meet, "telegram", CHAT, NOW) for d in (database, other) * 3))

    assert len({(person.resident_id, person.address_id) for person in met}) == 1
    assert await database.read(_count) == (1, 1)


@on_postgresql
async def test_a_second_turn_waits_and_sees_all_the_first_has_done(
    database: Database, other: Database
) -> None:
    """The row of the conversation is the lock; what was learnt meanwhile must not be read as it was before."""
    await database.write(make_person, value=CHAT)
    begun = asyncio.Event()

    def first(tx: Tx) -> None:
        person = people.meet(tx, "telegram", CHAT, NOW)
        begun.set()
        until_somebody_waits(tx)
        people.mark_greeted(tx, person.resident_id, NOW)
        people.choose_commune(tx, person.resident_id, "10525")
        conversations.save(tx, person.address_id, person.revision, {"flow": "ask"}, NOW)

    turn = asyncio.create_task(database.write(first))
    await begun.wait()
    person = await other.write(people.meet, "telegram", CHAT, later())
    await turn

    assert (person.revision, person.state) == (1, {"flow": "ask"})
    assert (person.greeted, person.commune_code) == (True, "10525")


async def test_what_was_heard_late_moves_nothing_back(database: Database) -> None:
    """Events of a platform come in any order."""

    def hear(tx: Tx) -> list[datetime | None]:
        people.meet(tx, "zalo", "zalo-1", NOW)
        seen: list[datetime | None] = [heard(tx)]
        for minutes in (5, 3, 9):
            people.hear(tx, "zalo", "zalo-1", NOW + timedelta(minutes=minutes))
            seen.append(heard(tx))
        people.hear(tx, "zalo", "nobody", NOW)
        return seen

    def heard(tx: Tx) -> datetime | None:
        found: datetime | None = tx.execute(sa.select(addresses.c.last_interaction_at)).scalar_one()
        return found

    later = [NOW + timedelta(minutes=minutes) for minutes in (5, 5, 9)]
    assert await database.write(hear) == [None, *later]
