"""Two people become one and part again: one of everything, nothing lost, nothing counted twice, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from storage import cases, consents, events, identities, joining, people, rsvps, surveys, tables
from storage.db import Database, Tx
from storage.identities import Identity
from storage.people import Person
from storage.rsvps import DECLINED, GOING, WAITING
from tests.conftest import NOW
from tests.handlers.casework import make_case
from tests.handlers.eventful import STARTS, make_event
from tests.storage.builders import EMPTIED, later

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


def _pair(tx: Tx) -> tuple[Person, Person]:
    return people.meet(tx, "zalo", "z", NOW), people.meet(tx, "telegram", "t", NOW)


def _rows(tx: Tx, table: sa.Table) -> list[Any]:
    return list(tx.execute(sa.select(table).order_by(table.c.id)))


def _sign_up(tx: Tx, event_id: int, person: Person, status: str, number: int = 1, after: int = 0) -> None:
    at = NOW + timedelta(minutes=after)
    rsvps.add(tx, event_id, person.resident_id, person.address_id, None, status, number, 1, at)
    if status == GOING:
        assert events.take_seats(tx, event_id, number)


def _copy(tx: Tx, announcement_id: int, person: Person, status: str, **given: Any) -> int:
    message = {
        "address_id": person.address_id,
        "announcement_id": announcement_id,
        "direction": "out",
        "text": "Tin",
        "at": NOW,
    }
    message_id = tx.execute(sa.insert(tables.messages).returning(tables.messages.c.id), message).scalar_one()
    row = {
        "message_id": message_id,
        "address_id": person.address_id,
        "announcement_id": announcement_id,
        "resident_id": person.resident_id,
        "channel": "telegram",
        "lane": 2,
        "status": status,
        "not_before": NOW,
        "created_at": NOW,
    }
    new: int = tx.execute(sa.insert(tables.outbox).returning(tables.outbox.c.id), row | given).scalar_one()
    return new


async def test_one_is_left_with_everything_of_both(database: Database) -> None:
    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        identities.set_identity(tx, first.resident_id, Identity("Phạm Thị Hạnh", "0912345678"))
        identities.set_category(tx, first.resident_id, "poor")
        people.choose_commune(tx, first.resident_id, "10525")
        people.choose_commune(tx, second.resident_id, "11020")
        for person in (first, second):
            make_case(tx, address_id=person.address_id, resident_id=person.resident_id)
            make_case(tx, address_id=person.address_id, resident_id=person.resident_id, anonymous=True)
            consents.give(tx, person.resident_id, person.address_id, "news", "1", "zalo", NOW)

        who = joining.join(tx, first.address_id, second.address_id, later())

        assert who == second.resident_id
        (row,) = _rows(tx, tables.residents)
        assert (row.id, row.commune_code, row.created_at) == (who, "11020", NOW)
        assert identities.get_identity(tx, who) == Identity("Phạm Thị Hạnh", "0912345678", "poor")
        assert identities.find_by_phone(tx, "0912345678") == who
        assert [chat.channel for chat in people.list_addresses(tx, who)] == ["zalo", "telegram"]
        for person in (first, second):
            assert len(cases.list_of_address(tx, person.address_id, 9)) == 4
        assert [row.resident_id for row in _rows(tx, tables.cases)] == [who, None, who, None]
        assert [c.address_id for c in consents.list_given(tx, who)] == [first.address_id, second.address_id]
        assert consents.count_given(tx, None) == {"news": 1}
        assert joining.join(tx, first.address_id, second.address_id, later()) is None

        own = joining.split(tx, first.address_id, later())

        assert own is not None
        assert joining.split(tx, first.address_id, later()) is None
        assert [row.resident_id for row in _rows(tx, tables.cases)] == [own, None, who, None]
        assert [c.resident_id for c in consents.list_given(tx, own)] == [own]
        assert identities.get_identity(tx, own) == Identity(None, None)
        for person in (first, second):
            assert len(cases.list_of_address(tx, person.address_id, 9)) == 2

    await database.write(work)


async def test_consent_from_before_chats_could_be_linked_stays_in_its_chat(database: Database) -> None:
    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        old = {
            "resident_id": first.resident_id,
            "purpose": "news",
            "wording": "1",
            "channel": "zalo",
            "given_at": NOW,
        }
        tx.execute(sa.insert(tables.consents), old)

        who = joining.join(tx, first.address_id, second.address_id, NOW)

        assert who is not None
        assert [c.purpose for c in consents.list_given(tx, who, first.address_id)] == ["news"]
        assert consents.list_given(tx, who, second.address_id) == []

    await database.write(work)


async def test_one_sign_up_is_left_and_seats_are_given_back(database: Database) -> None:
    """(of the first, of the second an hour later) → what stays, seats taken."""
    table = [
        ((GOING, 2), (GOING, 1), (GOING, 1), 1),
        ((GOING, 2), (DECLINED, 1), (DECLINED, 1), 0),
        ((GOING, 2), (WAITING, 3), (GOING, 2), 2),
        ((DECLINED, 1), (GOING, 2), (GOING, 2), 2),
        ((WAITING, 1), (WAITING, 2), (WAITING, 2), 0),
    ]

    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        held = [make_event(tx, seats=4).event.id for _ in table]
        for event_id, (before, after, *_) in zip(held, table, strict=True):
            _sign_up(tx, event_id, first, *before)
            _sign_up(tx, event_id, second, *after, after=60)

        who = joining.join(tx, first.address_id, second.address_id, later())

        for event_id, (*_, stays, seats) in zip(held, table, strict=True):
            (row,) = [row for row in _rows(tx, tables.rsvps) if row.event_id == event_id]
            assert ((row.status, row.people), row.resident_id) == (stays, who)
            assert events.get(tx, event_id).taken == seats

    await database.write(work)


async def test_what_is_over_stays_counted(database: Database) -> None:
    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        event_id = make_event(tx, seats=4).event.id
        for person, score in ((first, 3), (second, 1)):
            _sign_up(tx, event_id, person, GOING)
            surveys.set_score(tx, event_id, person.resident_id, None, score, NOW)
        surveys.set_remark(tx, event_id, first.resident_id, "Bổ ích")
        before = (surveys.results(tx, event_id, 9), events.get(tx, event_id).taken)

        who = joining.join(tx, first.address_id, second.address_id, STARTS + timedelta(days=1))

        assert (surveys.results(tx, event_id, 9), events.get(tx, event_id).taken) == before
        assert sorted(str(row.resident_id) for row in _rows(tx, tables.rsvps)) == sorted(["None", str(who)])
        kept = [(row.resident_id, row.remark) for row in _rows(tx, tables.survey_answers)]
        assert sorted(kept, key=str) == sorted([(None, None), (who, "Bổ ích")], key=str)

    await database.write(work)


async def test_one_copy_of_an_announcement_is_left(database: Database) -> None:
    """(of the first, of the second) → how each ends, and which is the person's."""
    sent: dict[str, Any] = {"finished_at": NOW}
    under_way: dict[str, Any] = {"attempted_at": NOW}
    skipped: dict[str, Any] = {"reason": "ceiling", "finished_at": NOW}
    table = [
        (("queued", {}), ("queued", {}), ["queued", "skipped"], 0),
        (("queued", {}), ("sent", sent), ["skipped", "sent"], 1),
        (("sent", sent), ("waiting", {}), ["sent", "skipped"], 0),
        (("queued", under_way), ("queued", {}), ["queued", "skipped"], 0),
        (("skipped", skipped), ("queued", {}), ["skipped", "queued"], 1),
        (("sent", sent), ("sent", sent), ["sent", "sent"], 0),
    ]

    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        told = [make_event(tx).announcement.id for _ in table]
        for announcement_id, (before, after, *_) in zip(told, table, strict=True):
            _copy(tx, announcement_id, first, before[0], **before[1])
            _copy(tx, announcement_id, second, after[0], **after[1])

        who = joining.join(tx, first.address_id, second.address_id, later())

        rows = _rows(tx, tables.outbox)
        for announcement_id, (*_, statuses, mine) in zip(told, table, strict=True):
            both = [row for row in rows if row.announcement_id == announcement_id]
            assert [row.status for row in both] == statuses
            assert [row.resident_id for row in both] == [who if place == mine else None for place in (0, 1)]
            ended = [row for row in both if row.reason == joining.LINKED]
            assert all(row.message_id is None and row.finished_at == later() for row in ended)

    await database.write(work)


async def test_copy_goes_with_its_chat(database: Database) -> None:
    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        told = make_event(tx).announcement.id
        _copy(tx, told, first, "queued")
        joining.join(tx, first.address_id, second.address_id, NOW)

        own = joining.split(tx, first.address_id, NOW)

        assert [row.resident_id for row in _rows(tx, tables.outbox)] == [own]

    await database.write(work)


async def test_help_goes_to_whoever_told_the_case(database: Database) -> None:
    def work(tx: Tx) -> None:
        first, second = _pair(tx)
        case = make_case(tx, address_id=first.address_id, resident_id=first.resident_id)
        people.start_help(tx, first.address_id, case.id, later(hours=1))
        joining.join(tx, first.address_id, second.address_id, NOW)
        assert people.meet(tx, "telegram", "t", NOW).helped_case_id == case.id

        joining.split(tx, first.address_id, NOW)

        assert people.meet(tx, "telegram", "t", NOW).helped_case_id is None
        assert people.meet(tx, "zalo", "z", NOW).helped_case_id == case.id

    await database.write(work)


async def test_two_who_link_the_same_three_at_once_leave_one_person(database: Database) -> None:
    """Each links another pair of the three; whatever comes first, nobody is lost and nobody is there twice."""
    ids = [
        (await database.write(people.meet, channel, "x", NOW)).address_id
        for channel in ("zalo", "telegram", "web")
    ]

    async def link(one: int, other: int) -> None:
        while not await database.read(_are_one, one, other):
            await database.write(joining.join, one, other, NOW)

    await asyncio.gather(link(ids[0], ids[1]), link(ids[1], ids[2]), link(ids[2], ids[0]))

    assert len(await database.read(_rows, tables.residents)) == 1
    assert await database.read(people.list_linked, ids[0]) == ids


def _are_one(tx: Tx, one: int, other: int) -> bool:
    return other in people.list_linked(tx, one)
