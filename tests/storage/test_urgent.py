"""Messages in which somebody needs help now: whose they are to see, and when they are no longer waiting."""

from datetime import timedelta

import pytest

from storage import messages, people, urgent
from storage.db import Database, Tx
from storage.errors import NotFound
from tests.conftest import NOW


def _cry(tx: Tx, number: int, commune: str | None, kind: str | None = "hunger") -> int:
    person = people.meet(tx, "web", f"resident-{number}", NOW)
    people.choose_commune(tx, person.resident_id, commune)
    return messages.add_in(tx, person.address_id, number, f"tin {number}", None, NOW, urgent=kind)


async def test_a_commune_is_given_its_own_and_all_are_given_without_one(database: Database) -> None:
    def work(tx: Tx) -> None:
        here, there, nowhere = _cry(tx, 1, "10525"), _cry(tx, 2, "11020"), _cry(tx, 3, None)
        _cry(tx, 4, "10525", None)

        assert [m.id for m in urgent.list_waiting(tx, "10525", 10)] == [here]
        assert [m.id for m in urgent.list_waiting(tx, None, 10)] == [nowhere, there, here]
        assert [m.id for m in urgent.list_waiting(tx, None, 1)] == [nowhere]

    await database.write(work)


async def test_whoever_is_faster_is_kept_and_it_waits_no_longer(database: Database) -> None:
    def work(tx: Tx) -> None:
        number = _cry(tx, 1, "10525")
        assert messages.see_urgent(tx, number, 7, NOW)
        assert not messages.see_urgent(tx, number, 8, NOW + timedelta(minutes=1))

        assert urgent.list_waiting(tx, None, 10) == []
        (seen,) = urgent.list_seen(tx, "10525", NOW, 10)
        assert (seen.id, seen.seen_by, seen.seen_at, seen.area_code) == (number, 7, NOW, "10525")
        assert urgent.list_seen(tx, None, NOW + timedelta(seconds=1), 10) == []
        assert urgent.list_seen(tx, "11020", NOW, 10) == []

    await database.write(work)


async def test_a_calm_message_is_none_of_them(database: Database) -> None:
    def work(tx: Tx) -> None:
        calm = _cry(tx, 1, "10525", None)
        for number in (calm, 999):
            with pytest.raises(NotFound):
                urgent.get(tx, number)

    await database.write(work)
