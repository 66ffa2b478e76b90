"""An announcement becomes deliveries: one for everybody of its audience, once, and in the hours that are open."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers.audience import always
from handlers.expansion import OpenTime, expand_late, expand_next
from storage import deliveries
from storage.announcements import Announcement
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.tables import announcements, messages, outbox
from tests.conftest import NOW, SECRET
from tests.handlers.audiences import (
    EVERYBODY,
    MESSAGE,
    RULES,
    agree,
    expand,
    list_deliveries,
    make_announcement,
    make_resident,
    take_back,
)

LATER = NOW + timedelta(hours=1)


class KilledError(Exception):
    """The process is gone."""


async def test_everybody_who_agreed_gets_one_copy(database: Database) -> None:
    """Chunks of two for five people; a browser fetches its copy, the others are sent theirs."""

    def tell(tx: Tx) -> tuple[Any, ...]:
        told = [make_resident(tx, channel) for channel in ("telegram", "telegram", "telegram", "web", "web")]
        make_resident(tx, "telegram", purposes=["events"])
        announcement = make_announcement(tx)
        chunks = expand(tx, announcement, limit=2)
        texts = tx.execute(
            sa.select(messages.c.text, messages.c.buttons, messages.c.announcement_id)
            .join(outbox, outbox.c.message_id == messages.c.id)
            .where(outbox.c.address_id == messages.c.address_id)
        ).all()
        return (
            told,
            list_deliveries(tx, announcement),
            chunks,
            texts,
            tx.execute(sa.select(announcements)).one(),
        )

    told, found, chunks, texts, row = await database.write(tell)

    assert found == {
        **dict.fromkeys(told[:3], ("telegram", "queued", None)),
        **dict.fromkeys(told[3:], ("web", "waiting", None)),
    }
    assert chunks == 3
    assert [tuple(t) for t in texts] == [(MESSAGE.text, [["Tôi sẽ đi", "rsvp:yes:1", None]], row.id)] * 5
    assert row.expanded_at == NOW


async def test_who_is_killed_in_a_chunk_leaves_it_to_the_next(database: Database) -> None:
    """Each chunk dies once before its commit; then it is made once."""

    def prepare(tx: Tx) -> Announcement:
        for _ in range(7):
            make_resident(tx, "telegram")
        return make_announcement(tx)

    def killed(tx: Tx) -> None:
        expand_next(tx, announcement, EVERYBODY, MESSAGE, RULES, always, NOW, 3)
        raise KilledError

    announcement = await database.write(prepare)
    more = True
    while more:
        with pytest.raises(KilledError):
            await database.write(killed)
        more = await database.write(expand_next, announcement, EVERYBODY, MESSAGE, RULES, always, NOW, 3)

    assert await database.read(_numbers) == (7, 7, 7)
    assert not await database.write(expand_next, announcement, EVERYBODY, MESSAGE, RULES, always, NOW, 3)


async def test_two_workers_share_an_expansion(database: Database) -> None:
    """Both try as fast as they can; nobody is left out, nobody gets two."""

    def prepare(tx: Tx) -> Announcement:
        for _ in range(40):
            make_resident(tx, "telegram")
        return make_announcement(tx)

    def is_over(tx: Tx) -> bool:
        return tx.execute(sa.select(announcements.c.expanded_at)).scalar() is not None

    async def work(worker: Database) -> None:
        while not await worker.read(is_over):
            await worker.write(expand_next, announcement, EVERYBODY, MESSAGE, RULES, always, NOW, 5)

    announcement = await database.write(prepare)
    other = Database(database.url.render_as_string(hide_password=False), Vault(SECRET))
    try:
        await asyncio.gather(work(database), work(other))
    finally:
        await other.close()

    assert await database.read(_numbers) == (40, 40, 40)


def _numbers(tx: Tx) -> tuple[int, ...]:
    counted: list[int] = [
        tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (messages, outbox)
    ]
    whose = sa.select(sa.func.count(sa.distinct(outbox.c.resident_id)))
    return *counted, tx.execute(whose).scalar_one()


@pytest.mark.parametrize("status", ["paused", "cancelled", "draft"])
async def test_only_what_is_being_sent_is_expanded(sqlite: Database, status: str) -> None:
    """Pausing holds the rest of the audience back, too."""

    def tell(tx: Tx) -> tuple[int, ...]:
        make_resident(tx, "telegram")
        expand(tx, make_announcement(tx, status=status))
        return _numbers(tx)

    assert await sqlite.write(tell) == (0, 0, 0)


async def test_who_agrees_after_the_start_is_for_the_late_joiners(database: Database) -> None:
    """Once, and only who agreed to it; who was told before is not told again for agreeing anew."""

    def tell(tx: Tx) -> tuple[set[int | None], set[int | None], int, int]:
        before = make_resident(tx, "telegram", agreed_at=NOW - timedelta(days=1))
        announcement = make_announcement(tx, late_joiners=True)
        late = make_resident(tx, "telegram", agreed_at=NOW + timedelta(minutes=1))
        make_resident(tx, "telegram", purposes=["surveys"], agreed_at=NOW + timedelta(minutes=1))
        expand(tx, announcement, now=NOW + timedelta(minutes=5))
        first = set(list_deliveries(tx, announcement))
        take_back(tx, before)
        agree(tx, before, "news", now=LATER)
        for at in (LATER, LATER, LATER + timedelta(hours=1)):
            while expand_late(tx, announcement, EVERYBODY, MESSAGE, RULES, always, at, 1):
                pass
        assert len(list_deliveries(tx, announcement)) == _numbers(tx)[1]
        return first, set(list_deliveries(tx, announcement)), before, late

    first, all_, before, late = await database.write(tell)

    assert (first, all_) == ({before}, {before, late})


# -- stopping and cancelling


async def test_what_was_withdrawn_has_no_message_and_a_reason(database: Database) -> None:
    """A call under way goes on, and is the last one; what others get goes on too."""

    def stop(tx: Tx) -> tuple[Any, ...]:
        one, other = make_resident(tx, "telegram"), make_resident(tx, "web")
        sent, queued = make_announcement(tx), make_announcement(tx)
        for announcement in (sent, queued):
            expand(tx, announcement)
        tx.execute(sa.update(outbox).where(outbox.c.announcement_id == sent.id).values(attempted_at=NOW))
        number = deliveries.withdraw(tx, one, "stopped", LATER)
        left = tx.execute(sa.select(messages.c.announcement_id)).scalars().all()
        again = deliveries.withdraw(tx, one, "stopped", LATER)
        return one, other, number, again, sorted(left), list_deliveries(tx, queued), list_deliveries(tx, sent)

    one, other, number, again, left, queued, sent = await database.write(stop)

    assert (number, again) == (1, 0)
    assert left == [1, 1, 2]
    assert queued == {one: ("telegram", "skipped", "stopped"), other: ("web", "waiting", None)}
    assert sent == {one: ("telegram", "queued", "stopped"), other: ("web", "waiting", None)}


async def test_cancelling_goes_in_chunks_and_everything_stays_counted(database: Database) -> None:
    """Two at a time, until there is none; the list says who was not reached, without their names."""

    def cancel(tx: Tx) -> tuple[Any, ...]:
        for channel in ("telegram", "telegram", "web"):
            make_resident(tx, channel)
        make_resident(tx, commune="11074")
        announcement = make_announcement(tx)
        expand(tx, announcement)
        steps = [deliveries.cancel(tx, announcement.id, "cancelled", LATER, 2) for _ in range(3)]
        missed = deliveries.list_not_reached(tx, announcement.id, 0, 3)
        missed += deliveries.list_not_reached(tx, announcement.id, missed[-1].id, 3)
        there = deliveries.list_not_reached(tx, announcement.id, 0, 9, area_code="11074")
        return steps, _numbers(tx), deliveries.count(tx, announcement.id), missed, there

    steps, numbers, counts, missed, there = await database.write(cancel)

    assert steps == [2, 1, 0]
    assert numbers == (0, 4, 4)
    assert {(c.status, c.reason, c.channel): c.number for c in counts} == {
        ("skipped", "cancelled", "telegram"): 2,
        ("skipped", "cancelled", "web"): 1,
        ("skipped", "no_address", ""): 1,
    }
    assert [(m.area_code, m.reason) for m in missed] == [("11020", "cancelled")] * 3 + [
        ("11074", "no_address")
    ]
    assert [m.id for m in there] == [missed[3].id]


# -- when


def _at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=RULES.zone)


@pytest.mark.parametrize(
    ("start", "hours", "earliest", "latest"),
    [
        (_at(10), 0, _at(10), _at(10)),
        (_at(22), 0, _at(6, day=24), _at(6, day=24)),
        (_at(10), 2, _at(10), _at(12)),
        (_at(19), 4, _at(19), _at(8, day=24)),
        (_at(3), 3, _at(6), _at(9)),
        (_at(20), 30, _at(20), _at(20, day=25)),
    ],
)
def test_shares_lie_evenly_in_the_open_hours(
    start: datetime, hours: int, earliest: datetime, latest: datetime
) -> None:
    """Nobody is disturbed at night, and the morning gets no flood for it."""
    share = OpenTime(RULES, start, timedelta(hours=hours))
    given = [share.of(resident_id) for resident_id in range(1, 2001)]

    assert all(earliest <= at <= latest for at in given)
    assert not any(RULES.is_quiet(at) for at in given)
    if hours:
        busiest = max(sum(at.hour == hour for at in given) for hour in range(24))
        assert busiest <= 1.2 * max(2000 / hours, 2000 / hours * (hours // 14 + 1))


def _no_quiet() -> OpenTime:
    return OpenTime(replace(RULES, quiet=None), _at(22), timedelta())


@pytest.mark.parametrize("made", [_no_quiet, lambda: OpenTime(None, _at(22), timedelta())])
def test_without_quiet_hours_it_leaves_at_once(made: Callable[[], OpenTime]) -> None:
    """For an emergency there are none."""
    assert made().of(7) == _at(22)


async def test_a_delivery_waits_for_the_open_hours_and_an_emergency_does_not(database: Database) -> None:
    """Started at 22:00, it leaves at 06:00."""

    def tell(tx: Tx) -> list[datetime]:
        make_resident(tx, "telegram", agreed_at=NOW)
        for kind in ("notice", "emergency"):
            at = _at(22).astimezone(UTC)
            expand(tx, make_announcement(tx, kind=kind, now=at), now=at)
        return list(tx.execute(sa.select(outbox.c.not_before).order_by(outbox.c.id)).scalars())

    assert RULES.quiet == (time(21), time(6))
    assert await database.write(tell) == [_at(6, day=24), _at(22)]
