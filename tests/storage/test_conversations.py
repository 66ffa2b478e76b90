"""The state of a conversation is saved by the turn that read it, or not at all."""

import asyncio

import pytest

from storage import conversations, people
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.errors import Conflict
from tests.conftest import NOW
from tests.databases import SECRET
from tests.storage.builders import CHAT, EMPTIED, later, make_person

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


async def _meet(database: Database) -> people.Person:
    return await database.write(people.meet, "telegram", CHAT, NOW)


async def test_each_turn_follows_the_one_before(database: Database) -> None:
    person = await _meet(database)
    for revision in range(3):
        await database.write(conversations.save, person.address_id, revision, {"turn": revision}, NOW)

    person = await _meet(database)
    assert (person.revision, person.state) == (3, {"turn": 2})


async def test_any_json_comes_back_as_it_was(database: Database) -> None:
    state = {
        "version": 1,
        "flow": None,
        "data": {"xã": "Thanh Hà 👵🏽", "list": [1, -2.5, True, None, ["a"]], "": {}},
    }
    person = await _meet(database)
    await database.write(conversations.save, person.address_id, 0, state, NOW)

    assert (await _meet(database)).state == state


async def test_a_stale_turn_is_refused_and_what_was_saved_stays(database: Database) -> None:
    person = await _meet(database)
    await database.write(conversations.save, person.address_id, person.revision, {"by": "first"}, NOW)

    with pytest.raises(Conflict, match=f"conversation {person.address_id} is no longer at revision 0"):
        await database.write(
            conversations.save, person.address_id, person.revision, {"by": "second"}, later()
        )
    assert (await _meet(database)).state == {"by": "first"}


async def test_a_refused_turn_takes_its_other_work_back(sqlite: Database) -> None:
    person = await _meet(sqlite)

    def turn(tx: Tx) -> None:
        people.choose_commune(tx, person.resident_id, "10525")
        conversations.save(tx, person.address_id, 7, {}, NOW)

    with pytest.raises(Conflict):
        await sqlite.write(turn)
    assert (await _meet(sqlite)).commune_code is None


async def test_a_conversation_that_is_not_there_is_a_conflict(sqlite: Database) -> None:
    with pytest.raises(Conflict):
        await sqlite.write(conversations.save, 404, 0, {}, NOW)


async def test_one_conversation_leaves_the_others_alone(sqlite: Database) -> None:
    stranger = await sqlite.write(make_person)
    await sqlite.write(conversations.save, stranger.address_id, 0, {"by": "stranger"}, NOW)

    assert (await _meet(sqlite)).revision == 0


async def test_of_two_turns_at_once_one_is_saved(database: Database, database_url: str) -> None:
    person = await _meet(database)
    async with opened(database_url, Vault(SECRET)) as other:
        results = await asyncio.gather(
            *(
                d.write(conversations.save, person.address_id, 0, {"by": "somebody"}, NOW)
                for d in (database, other)
            ),
            return_exceptions=True,
        )

    assert [type(r) for r in results if r is not None] == [Conflict]
    assert (await _meet(database)).revision == 1
