"""Claiming announcements: apart from replies, an equal share of each, and only through their index."""

import sqlalchemy as sa

from storage import claims, leases, people
from storage.db import Database, Tx
from storage.outbox import Lane
from storage.tables import outbox
from tests.conftest import NOW
from tests.storage.builders import (
    EMPTIED,
    claim,
    get_delivery,
    later,
    lease,
    make_announcement,
    make_attempted,
    make_bulk,
    make_delivery,
    make_person,
)

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED


def _queue(tx: Tx, *numbers: int) -> list[tuple[int, list[int]]]:
    """Queue announcements to so many people each; returns their ids with those of the deliveries."""
    made = []
    for number in numbers:
        announcement_id = make_announcement(tx)
        made.append((announcement_id, [make_bulk(tx, announcement_id) for _ in range(number)]))
    return made


def _claim_bulk(
    tx: Tx, announcement_ids: list[int], limit: int, owner: str = "worker-a"
) -> tuple[list[int], bool]:
    claimed, more, _ = claims.claim_bulk(tx, "telegram", announcement_ids, lease(owner), NOW, limit)
    return [d.id for d in claimed], more


async def test_a_claim_of_replies_does_not_see_announcements(database: Database) -> None:
    await database.write(_queue, 3)
    reply = await database.write(make_delivery, lane=Lane.REPLY)

    assert [d.id for d in await database.write(claim)] == [reply]


async def test_announcements_share_a_claim_and_take_turns(database: Database) -> None:
    (a, first), (b, second) = await database.write(_queue, 5, 5)

    ids, more = await database.write(_claim_bulk, [a, b], 6)

    assert ids == [first[0], second[0], first[1], second[1], first[2], second[2]]
    assert more is True


async def test_what_one_does_not_need_the_others_get(database: Database) -> None:
    (a, first), (b, second) = await database.write(_queue, 1, 9)

    ids, more = await database.write(_claim_bulk, [a, b], 8)

    assert sorted(ids) == sorted(first + second[:7])
    assert more is True
    assert await database.write(_claim_bulk, [a, b], 8, "worker-b") == (second[7:], False)


async def test_only_the_announcements_named_are_claimed(database: Database) -> None:
    (_, _), (b, second) = await database.write(_queue, 2, 2)

    assert (await database.write(_claim_bulk, [b], 9))[0] == second
    assert await database.write(_claim_bulk, [], 9) == ([], False)


async def test_what_is_due_later_or_held_is_left(database: Database) -> None:
    def queue(tx: Tx) -> int:
        announcement_id = make_announcement(tx)
        make_bulk(tx, announcement_id, not_before=later(1))
        make_bulk(tx, announcement_id, lease_owner="other", lease_until=later(1))
        return announcement_id

    announcement_id = await database.write(queue)

    assert await database.write(_claim_bulk, [announcement_id], 9) == ([], False)


async def test_a_claim_carries_the_announcement_and_its_pictures(database: Database) -> None:
    def queue(tx: Tx) -> int:
        announcement_id = make_announcement(tx, pictures=["a" * 32])
        make_bulk(tx, announcement_id)
        return announcement_id

    announcement_id = await database.write(queue)
    (claimed,), *_ = await database.write(claims.claim_bulk, "telegram", [announcement_id], lease(), NOW, 9)

    assert (claimed.announcement_id, claimed.pictures) == (announcement_id, ("a" * 32,))


async def test_a_blocked_address_ends_its_announcements_but_not_the_call_under_way(
    database: Database,
) -> None:
    def queue(tx: Tx) -> tuple[int, int, int, int]:
        person = make_person(tx)
        calling = make_bulk(tx, make_announcement(tx), person=person)
        waiting = make_bulk(tx, make_announcement(tx), person=person)
        tx.execute(sa.update(outbox).where(outbox.c.id == calling).values(attempted_at=NOW))
        reply = make_delivery(tx, address_id=person.address_id)
        people.block_address(tx, person.address_id, later())
        return person.address_id, calling, waiting, reply

    _, calling, waiting, reply = await database.write(queue)

    rows = [await database.read(get_delivery, i) for i in (calling, waiting, reply)]
    assert [(r.status, r.reason) for r in rows] == [
        ("queued", None),
        ("blocked", "blocked"),
        ("queued", None),
    ]
    assert rows[1].finished_at == later()


async def test_a_call_under_way_here_is_not_settled_whatever_the_clock_says(database: Database) -> None:
    mine, lost = [await database.write(make_attempted, lane=Lane.BULK) for _ in range(2)]

    await database.write(leases.recover, "telegram", later(3600), {mine})

    assert (await database.read(get_delivery, mine)).attempted_at is not None
    assert (await database.read(get_delivery, lost)).status == "unknown"


async def test_claims_go_through_the_indexes_made_for_them(sqlite: Database) -> None:
    """Fifty thousand queued announcements must not be read for a reply, nor those of another announcement."""
    seen: list[str] = []

    def watch(tx: Tx) -> None:
        def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
            if statement.startswith("SELECT outbox.id \nFROM"):
                raw = tx.connection.connection.driver_connection
                assert raw is not None
                plan = raw.execute("EXPLAIN QUERY PLAN " + statement, parameters).fetchall()
                seen.append("; ".join(row[3] for row in plan))

        sa.event.listen(tx.connection, "before_cursor_execute", note)
        claim(tx)
        _claim_bulk(tx, [make_announcement(tx)], 5)
        sa.event.remove(tx.connection, "before_cursor_execute", note)

    await sqlite.write(watch)

    assert len(seen) == 2
    assert "ix_outbox_queued" in seen[0]
    assert "ix_outbox_bulk_queued" in seen[1]
    assert not any("SCAN" in plan or "TEMP B-TREE" in plan for plan in seen)
