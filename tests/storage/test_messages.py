"""What came in is taken once; what was said is kept, found and dropped."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from storage import claims, intake, messages, outbox, questions
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from storage.messages import Button, Message, Urgent
from storage.outbox import Lease
from storage.tables import addresses, inbound, metadata
from storage.tables import messages as messages_table
from tests.conftest import NOW
from tests.databases import SECRET
from tests.storage.builders import (
    EMPTIED,
    MENU,
    later,
    make_delivery,
    make_heard,
    make_inbound,
    make_person,
    make_question,
    make_said,
    together,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


def _count(tx: Tx, name: str) -> int:
    return tx.execute(sa.select(sa.func.count()).select_from(metadata.tables[name])).scalar_one()  # type: ignore[no-any-return]


async def test_an_update_is_taken_once(database: Database) -> None:
    """Telegram repeats for a day; the bot's id is part of the key, and so is the channel."""
    first = await database.write(intake.take, "telegram", "42:1001", "done", NOW)
    again = await database.write(intake.take, "telegram", "42:1001", "failed", later())
    elsewhere = await database.write(intake.take, "zalo", "42:1001", "done", NOW)

    assert first is not None
    assert again is None
    assert elsewhere not in (None, first)
    outcome = sa.select(inbound.c.outcome, inbound.c.received_at).where(inbound.c.id == first)
    assert await database.read(lambda tx: tuple(tx.execute(outcome).one())) == ("done", NOW)


async def test_what_was_taken_is_found_by_its_key(database: Database) -> None:
    taken = await database.write(intake.take, "telegram", "42:1001", "done", NOW)

    assert await database.read(intake.find, "telegram", "42:1001") == taken
    assert await database.read(intake.find, "telegram", "42:1002") is None
    assert await database.read(intake.find, "zalo", "42:1001") is None


async def test_an_update_that_comes_twice_at_once_is_taken_once(
    database: Database, database_url: str
) -> None:
    async with opened(database_url, Vault(SECRET)) as other:
        taken = await together(
            *(d.write(intake.take, "telegram", "42:1001", "done", NOW) for d in (database, other) * 5)
        )

    assert sum(t is not None for t in taken) == 1
    assert await database.read(_count, "inbound") == 1


async def test_an_update_whose_turn_failed_is_taken_when_it_comes_again(database: Database) -> None:
    def turn(tx: Tx) -> None:
        make_inbound(tx, external_id="42:1001")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        await database.write(turn)

    assert await database.write(intake.take, "telegram", "42:1001", "failed", NOW) is not None


async def test_history_shows_both_sides_oldest_first(database: Database) -> None:
    """The latest `limit` to begin with, then what follows a message that is known."""

    def talk(tx: Tx) -> tuple[int, list[int]]:
        me, stranger = make_person(tx).address_id, make_person(tx).address_id
        ids = []
        for number in range(3):
            ids.append(make_heard(tx, address_id=me, text=f"hỏi {number}"))
            make_said(tx, address_id=stranger)
            ids.append(make_said(tx, address_id=me, text=f"đáp {number}"))
        return me, ids

    me, ids = await database.write(talk)

    async def shown(after: int, limit: int) -> list[int]:
        return [m.id for m in await database.read(messages.list_history, me, after, limit)]

    assert await shown(0, 100) == ids
    assert await shown(0, 2) == ids[-2:]
    assert await shown(ids[1], 100) == ids[2:]
    assert await shown(ids[1], 2) == ids[2:4]
    assert await shown(ids[-1], 100) == []
    assert await database.read(messages.last_id, me) == ids[-1]


async def test_messages_come_back_as_they_were_stored(database: Database) -> None:
    buttons = (Button("Có ạ", "ask:yes", None), Button("Mở bản đồ", None, "https://haiphong.gov.vn"))
    person = await database.write(make_person)
    heard = await database.write(make_heard, address_id=person.address_id, text="", payload="ask:yes")
    said = await database.write(
        make_said, address_id=person.address_id, text="Dạ.\nVâng", buttons=buttons, now=later()
    )

    assert await database.read(messages.list_history, person.address_id, 0, 10) == [
        Message(heard, "in", "", "ask:yes", (), NOW),
        Message(said, "out", "Dạ.\nVâng", None, buttons, later()),
    ]


async def test_a_conversation_without_messages_has_none(sqlite: Database) -> None:
    person = await sqlite.write(make_person)

    assert await sqlite.read(messages.last_id, person.address_id) == 0
    assert await sqlite.read(messages.list_history, person.address_id, 0, 10) == []


async def test_replies_are_what_was_answered_to_one_update(database: Database) -> None:
    """And only to whom it came from: a number that somebody guessed shows nobody's answers."""

    def talk(tx: Tx) -> tuple[int, int, int, list[int]]:
        me, stranger, update = make_person(tx).address_id, make_person(tx).address_id, make_inbound(tx)
        make_heard(tx, address_id=me, inbound_id=update)
        replies = [make_said(tx, address_id=me, inbound_id=update) for _ in range(2)]
        make_said(tx, address_id=me, inbound_id=make_inbound(tx))
        make_said(tx, address_id=me)
        return me, stranger, update, replies

    me, stranger, update, replies = await database.write(talk)

    assert [m.id for m in await database.read(messages.list_replies, update, me)] == replies
    assert await database.read(messages.list_replies, update, stranger) == []


async def test_later_are_those_that_came_by_themselves(database: Database) -> None:
    """An answer of an official, a reminder: not the replies that the page got already, not what others got."""

    def talk(tx: Tx) -> tuple[int, list[int]]:
        me, update = make_person(tx).address_id, make_inbound(tx)
        make_heard(tx, address_id=me, inbound_id=update)
        notices = []
        for _ in range(3):
            make_said(tx, address_id=me, inbound_id=update)
            notices.append(make_said(tx, address_id=me))
            make_said(tx)
        return me, notices

    me, notices = await database.write(talk)

    async def shown(after: int, limit: int) -> list[int]:
        return [m.id for m in await database.read(messages.list_later, me, after, limit, later())]

    assert await shown(0, 100) == notices
    assert await shown(0, 2) == notices[:2]
    assert await shown(notices[0], 100) == notices[1:]
    assert await shown(notices[2], 100) == []


async def test_a_pressed_button_is_known_by_its_words(database: Database) -> None:
    """The newest words win; what others were shown does not count."""
    buttons = [Button("Mở", None, "https://haiphong.gov.vn"), Button("Hỏi cán bộ", "ask:official", None)]

    def talk(tx: Tx) -> tuple[int, int]:
        me = make_person(tx).address_id
        make_said(tx, address_id=me, buttons=[Button("Chữ cũ", "ask:official", None)])
        make_said(tx, address_id=me, buttons=buttons)
        make_said(tx, address_id=me, buttons=())
        make_heard(tx, address_id=me)
        return me, make_person(tx).address_id

    me, stranger = await database.write(talk)

    assert await database.read(messages.find_label, me, "ask:official") == "Hỏi cán bộ"
    assert await database.read(messages.find_label, me, "ask:else") is None
    assert await database.read(messages.find_label, stranger, "ask:official") is None


async def test_a_button_of_long_ago_is_not_looked_for(sqlite: Database) -> None:
    me = (await sqlite.write(make_person)).address_id
    await sqlite.write(make_said, address_id=me, buttons=[MENU])
    for _ in range(19):
        await sqlite.write(make_said, address_id=me, buttons=())
    assert await sqlite.read(messages.find_label, me, "ask:official") == MENU.label

    await sqlite.write(make_said, address_id=me, buttons=())
    assert await sqlite.read(messages.find_label, me, "ask:official") is None


async def test_keys_of_old_updates_are_dropped_and_what_was_said_stays(database: Database) -> None:
    def talk(tx: Tx) -> None:
        old = make_inbound(tx, external_id="old", now=NOW)
        make_heard(tx, inbound_id=old, now=NOW)
        make_inbound(tx, external_id="new", now=later())

    await database.write(talk)

    assert await database.write(intake.drop, later()) == 1
    assert await database.write(intake.drop, later()) == 0
    assert await database.read(intake.find, "telegram", "old") is None
    assert await database.read(intake.find, "telegram", "new") is not None
    assert await database.read(_count, "messages") == 1


async def test_old_messages_go_with_their_questions_and_deliveries(database: Database) -> None:
    """Who somebody is, and where the conversation stands, are not messages: they stay."""

    def talk(tx: Tx) -> tuple[int, int]:
        me = make_person(tx).address_id
        old = make_question(tx, address_id=me, now=NOW)
        make_delivery(tx, address_id=me, now=NOW)
        new = make_question(tx, address_id=me, now=later())
        make_delivery(tx, address_id=me, now=later())
        assert old != new
        return me, new

    me, new = await database.write(talk)

    assert await database.write(messages.drop_old, later(), 100) == 2
    assert [await database.read(_count, name) for name in ("messages", "questions", "outbox")] == [2, 1, 1]
    assert await database.read(questions.find, new, me) is not None
    assert [await database.read(_count, name) for name in ("addresses", "conversations")] == [1, 1]


async def test_old_messages_go_a_few_at_a_time_oldest_first(database: Database) -> None:
    """By their time, not by their number: an import may bring older ones later."""

    def talk(tx: Tx) -> list[int]:
        me = make_person(tx).address_id
        return [make_said(tx, address_id=me, now=later(second)) for second in (3, 1, 2)]

    ids = await database.write(talk)

    assert await database.write(messages.drop_old, later(9), 2) == 2
    left = await database.read(lambda tx: list(tx.execute(sa.select(messages_table.c.id)).scalars()))
    assert left == [ids[0]]
    assert await database.write(messages.drop_old, later(9), 2) == 1
    assert await database.write(messages.drop_old, later(9), 2) == 0


async def test_whoever_is_erased_takes_everything_said_along(database: Database) -> None:
    def talk(tx: Tx) -> int:
        me = make_person(tx).address_id
        make_question(tx, address_id=me)
        make_delivery(tx, address_id=me)
        return me

    me = await database.write(talk)
    await database.write(talk)
    await database.write(lambda tx: tx.execute(sa.delete(addresses).where(addresses.c.id == me)))

    names = ("conversations", "messages", "questions")
    assert [await database.read(_count, name) for name in names] == [1, 2, 1]
    # A delivery stays, as nobody's: what an announcement came to does not change. Nobody ever sends it.
    left = await database.write(claims.claim, "telegram", Lease("worker", later(60)), later(1), 10)
    assert [d.address_id for d in left] == [me + 1]


# -- urgent ones


async def test_urgent_messages_wait_oldest_first_until_an_official_has_seen_them(database: Database) -> None:
    def store(tx: Tx) -> tuple[int, list[int]]:
        address_id = make_person(tx).address_id
        ids = [
            messages.add_in(tx, address_id, make_inbound(tx), "…", None, NOW, intent="question", urgent=kind)
            for kind in ("child_abuse", None, "hunger", "domestic_violence")
        ]
        return address_id, ids

    address_id, (child, calm, hunger, violence) = await database.write(store)

    waiting = await database.read(messages.list_urgent, 10)
    assert waiting == [
        Urgent(child, address_id, "child_abuse", NOW),
        Urgent(hunger, address_id, "hunger", NOW),
        Urgent(violence, address_id, "domestic_violence", NOW),
    ]
    assert await database.read(messages.list_urgent, 1) == waiting[:1]

    assert await database.write(messages.see_urgent, child, 3, later())
    assert not await database.write(messages.see_urgent, child, 4, later())
    assert not await database.write(messages.see_urgent, calm, 3, later())

    assert [u.id for u in await database.read(messages.list_urgent, 10)] == [hunger, violence]
    kept = sa.select(messages_table.c.urgent_seen_at, messages_table.c.urgent_seen_by)
    seen = await database.read(lambda tx: tx.execute(kept.where(messages_table.c.id == child)).one())
    assert tuple(seen) == (later(), 3)


async def test_two_officials_who_see_an_urgent_message_at_once_are_one(
    database: Database, database_url: str
) -> None:
    message_id = await database.write(
        lambda tx: messages.add_in(
            tx, make_person(tx).address_id, make_inbound(tx), "…", None, NOW, urgent="scam"
        )
    )
    async with opened(database_url, Vault(SECRET)) as other:
        seen = await together(
            *(d.write(messages.see_urgent, message_id, n, NOW) for n, d in enumerate((database, other)))
        )

    assert sorted(seen) == [False, True]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_commits_after_a_higher_id_is_still_shown(database: Database, database_url: str) -> None:
    """An official's answer and an announcement for one person, written at once by two processes."""
    me = await database.write(lambda tx: make_person(tx, channel="web").address_id)

    def write(tx: Tx) -> int:
        message_id = messages.add_out(tx, me, None, "Có trả lời.", (), NOW)
        outbox.add_waiting(tx, message_id, me, "web", outbox.Lane.NOTICE, NOW)
        return message_id

    async with opened(database_url, Vault(SECRET)) as other:

        def write_while_another_does(tx: Tx) -> tuple[int, int]:
            return write(tx), await_only(other.write(write))

        low, high = await database.write(write_while_another_does)
    assert low < high

    async def shown(settled: datetime) -> list[int]:
        return [m.id for m in await database.read(messages.list_later, me, high, 100, settled)]

    async def read(settled: datetime | None) -> list[int]:
        return [m.id for m in await database.read(messages.list_history, me, high, 100, settled)]

    assert await shown(NOW) == await read(NOW) == [low, high]
    assert await shown(later()) == await read(later()) == await read(None) == []
    await database.write(outbox.mark_fetched, [low, high], NOW)
    assert await shown(NOW) == await read(NOW) == []
