"""Announcements on the way out: only while they may leave, evenly, behind replies, never twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.channels.base import Failure, SendFailed
from bot.clock import clock
from bot.delivery import budget
from bot.delivery import engine as engine_module
from handlers.sending_rules import SendingRules
from storage import deliveries, people
from storage.db import Database, Tx
from storage.outbox import STOPPED, Lane
from storage.tables import announcements
from storage.tables import outbox as outbox_table
from tests.bot.channel import ScriptedChannel
from tests.bot.test_engine import Post
from tests.storage.builders import make_announcement, make_bulk

NIGHT = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 22:00 in Viet Nam


@pytest.fixture
async def post(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    monkeypatch.setattr(engine_module, "EVERYBODY_PAUSE_S", 0.05)
    post = Post(database, ScriptedChannel())
    yield post
    await post.stop()


async def announce(post: Post, number: int, *, kind: str = "notice", status: str = "sending") -> int:
    """Queue an announcement to so many people; their addresses begin with its id."""

    def queue(tx: Tx) -> int:
        announcement_id = make_announcement(tx, kind=kind, status=status)
        for n in range(number):
            person = people.meet(tx, "scripted", f"{announcement_id}-{n}", post.now())
            make_bulk(tx, announcement_id, channel="scripted", person=person, now=post.now(), text=f"to {n}")
        return announcement_id

    return await post.database.write(queue)


async def turn(post: Post, announcement_id: int, status: str) -> None:
    """Pause, resume or cancel, as the use cases do: by the announcement's status."""

    def change(tx: Tx) -> None:
        tx.execute(
            sa.update(announcements).where(announcements.c.id == announcement_id).values(status=status)
        )

    await post.database.write(change)


async def rows(post: Post, announcement_id: int) -> list[sa.Row[tuple[object, ...]]]:
    query = sa.select(outbox_table).where(outbox_table.c.announcement_id == announcement_id)
    return await post.database.read(lambda tx: list(tx.execute(query.order_by(outbox_table.c.id))))


async def until_all(post: Post, announcement_id: int, status: str) -> None:
    async with asyncio.timeout(10):
        while {r.status for r in await rows(post, announcement_id)} != {status}:
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("status", ["approved", "paused", "cancelled", "sent", "draft"])
async def test_only_an_announcement_that_is_being_sent_leaves(post: Post, status: str) -> None:
    kept = await announce(post, 2, status=status)
    going = await announce(post, 2)
    post.start()

    await until_all(post, going, "sent")

    assert Counter(to.split("-")[0] for to, _ in post.channel.calls) == {str(going): 2}
    assert all((r.status, r.lease_owner, r.attempts) == ("queued", None, 0) for r in await rows(post, kept))


async def test_a_pause_stops_what_is_held_and_a_resume_finds_it_free_at_once(post: Post) -> None:
    post.channel.gate.clear()
    announcement_id = await announce(post, 200)
    post.start()
    # All that may be: a tenth is kept for replies.
    await post.channel.until(lambda: post.channel.in_flight == 58)
    begun = len(post.channel.calls)
    await turn(post, announcement_id, "paused")
    async with asyncio.timeout(2):
        while [r for r in await rows(post, announcement_id) if r.lease_owner and not r.attempted_at]:
            await asyncio.sleep(0.01)
    post.channel.gate.set()
    await asyncio.sleep(0.1)

    assert len(post.channel.calls) == begun
    await turn(post, announcement_id, "sending")
    await until_all(post, announcement_id, "sent")
    assert len(post.channel.calls) == len(set(post.channel.calls)) == 200


async def test_what_is_withdrawn_while_it_is_held_is_not_sent(post: Post) -> None:
    post.engine = post.new_engine(rate=4)
    announcement_id = await announce(post, 12)
    post.start()
    await post.channel.until(lambda: len(post.channel.sent) == 2)
    withdrawn = (
        sa.update(outbox_table)
        .where(outbox_table.c.status == "queued", outbox_table.c.attempted_at.is_(None))
        .values(status="skipped", reason="stopped")
    )
    await post.database.write(lambda tx: tx.execute(withdrawn).rowcount)

    async with asyncio.timeout(10):
        while [r for r in await rows(post, announcement_id) if r.status == "queued"]:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)

    statuses = Counter(r.status for r in await rows(post, announcement_id))
    assert statuses["sent"] == len(post.channel.calls)
    assert statuses["skipped"] >= 8


async def test_in_the_quiet_hours_only_an_emergency_leaves(post: Post) -> None:
    post.now = clock(NIGHT)
    post.engine = post.new_engine()
    notice = await announce(post, 3)
    emergency = await announce(post, 3, kind="emergency")
    post.start()

    await until_all(post, emergency, "sent")
    await asyncio.sleep(0.1)

    assert {r.status for r in await rows(post, notice)} == {"queued"}
    assert len(post.channel.calls) == 3


async def test_when_the_quiet_hours_begin_what_is_held_stays(post: Post) -> None:
    moment = [datetime(2026, 11, 23, 13, 59, 59, tzinfo=UTC)]
    post.now = lambda: moment[0]
    post.engine = post.new_engine(rate=20)
    announcement_id = await announce(post, 40)
    post.start()
    await post.channel.until(lambda: len(post.channel.sent) >= 2)
    moment[0] = NIGHT
    async with asyncio.timeout(10):
        while [r for r in await rows(post, announcement_id) if r.lease_owner and r.status == "queued"]:
            await asyncio.sleep(0.01)
    sent = len(post.channel.sent)

    await asyncio.sleep(0.2)

    assert len(post.channel.sent) == sent < 40
    assert SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"), quiet=(time(21), time(6))).is_quiet(NIGHT)


async def test_announcements_at_once_share_and_an_emergency_goes_before_them(post: Post) -> None:
    first, second = await announce(post, 60), await announce(post, 60)
    emergency = await announce(post, 20, kind="emergency")
    post.start()
    for each in (first, second, emergency):
        await until_all(post, each, "sent")

    order = [int(to.split("-")[0]) for to, _ in post.channel.calls]
    assert set(order[:20]) == {emergency}
    halfway = Counter(order[20:80])
    assert abs(halfway[first] - halfway[second]) <= 2


async def test_a_reply_leaves_at_once_during_an_announcement(post: Post) -> None:
    """The window of 20 a second is never filled at a stroke, so that a reply need not wait for its end."""
    post.engine = post.new_engine(rate=20)
    await announce(post, 200)
    post.start()
    await post.channel.until(lambda: len(post.channel.sent) >= 20)
    waits = []
    for n in range(8):
        began = asyncio.get_running_loop().time()
        reply = await post.queue(f"p{n}", "reply")
        await post.until_status(reply, "sent")
        waits.append(asyncio.get_running_loop().time() - began)

    assert sorted(waits)[6] < 0.6


async def test_a_server_that_hangs_keeps_room_for_replies(post: Post) -> None:
    post.engine = post.new_engine(rate=30)
    await announce(post, 60)
    post.channel.gate.clear()
    post.start()
    await post.channel.until(lambda: post.channel.in_flight == 27)
    await post.queue("p", "reply")

    await post.channel.until(lambda: ("p", "reply") in post.channel.calls)

    post.channel.gate.set()


async def test_a_refused_address_ends_all_that_is_queued_for_it(post: Post) -> None:
    """One announcement finds out that somebody has stopped us; the other's copy is not tried any more."""

    def queue(tx: Tx) -> list[int]:
        person = people.meet(tx, "scripted", "gone", post.now())
        return [
            make_bulk(tx, make_announcement(tx), channel="scripted", person=person, now=post.now())
            for _ in range(2)
        ]

    ids = await post.database.write(queue)
    post.channel.fails = [SendFailed(Failure.BLOCKED, "bot was blocked by the user")]
    post.start()

    ended = [await post.until_status(i, "blocked") for i in ids]

    assert len(post.channel.calls) == 1
    assert [r.attempts for r in ended] == [1, 0]
    assert ended[1].reason == "blocked"


async def test_what_was_queued_for_a_blocked_address_is_never_called_for(post: Post) -> None:
    announcement_id = await announce(post, 2)

    def block(tx: Tx) -> None:
        address_id = people.find_address(tx, "scripted", f"{announcement_id}-0")
        assert address_id is not None
        people.block_address(tx, address_id, post.now())
        queued_meanwhile = (
            sa.update(outbox_table)
            .where(outbox_table.c.status == "blocked")
            .values(status="queued", reason=None, finished_at=None)
        )
        tx.execute(queued_meanwhile)

    await post.database.write(block)
    post.start()

    (blocked, sent) = [r.id for r in await rows(post, announcement_id)]
    await post.until_status(sent, "sent")
    assert (await post.until_status(blocked, "blocked")).reason == "blocked"
    assert [to for to, _ in post.channel.calls] == [f"{announcement_id}-1"]


async def test_what_lost_its_person_while_it_was_queued_is_skipped(post: Post) -> None:
    announcement_id = await announce(post, 1)
    gone = sa.update(outbox_table).values(address_id=None, message_id=None)
    await post.database.write(lambda tx: tx.execute(gone).rowcount)
    post.start()

    await until_all(post, announcement_id, "skipped")

    assert (await rows(post, announcement_id))[0].reason == "erased"


async def test_two_chats_refused_within_a_second_pause_everybody_for_the_longest(post: Post) -> None:
    post.engine = post.new_engine(rate=100)
    announcement_id = await announce(post, 30)
    post.channel.fails = [SendFailed(Failure.THROTTLED, "429", s) for s in (0.1, 0.6)]
    post.start()
    await post.channel.until(lambda: len(post.channel.calls) >= 2)
    began, calls = asyncio.get_running_loop().time(), len(post.channel.calls)
    await asyncio.sleep(0.4)
    paused_with = len(post.channel.calls)

    await until_all(post, announcement_id, "sent")

    assert paused_with <= calls + 10  # those whose calls had begun
    assert asyncio.get_running_loop().time() - began >= 0.5
    assert [r.attempts for r in await rows(post, announcement_id)] == [1] * 30


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one person be written to many times a second."""
    monkeypatch.setattr(budget, "PERSON_INTERVAL_S", 0.001)


@pytest.mark.usefixtures("often")
async def test_waiting_as_the_channel_asks_is_not_counted_against_a_delivery(post: Post) -> None:
    delivery_id = await post.queue("p", "m", Lane.BULK)
    post.channel.fails = [SendFailed(Failure.THROTTLED, "429", 0.01) for _ in range(12)]
    post.start()

    row = await post.until_status(delivery_id, "sent", "failed")

    assert (row.status, row.attempts) == ("sent", 1)
    assert len(post.channel.calls) == 13


@pytest.mark.usefixtures("often")
async def test_a_channel_that_cannot_be_reached_is_tried_again_for_announcements_too(post: Post) -> None:
    delivery_id = await post.queue("p", "m", Lane.BULK)
    post.channel.fails = [SendFailed(Failure.RETRY, "connect", 0.02, everybody=True) for _ in range(12)]
    post.start()

    row = await post.until_status(delivery_id, "sent", "failed", "unknown")

    assert (row.status, row.attempts, row.repeated) == ("sent", 1, False)


async def test_stopping_gives_announcements_back_and_does_not_wait_for_them(post: Post) -> None:
    post.engine = post.new_engine(rate=10)
    announcement_id = await announce(post, 60)
    post.start()
    await post.channel.until(lambda: len(post.channel.sent) >= 1)

    async with asyncio.timeout(2):
        await post.engine.stop(5)

    left = [r for r in await rows(post, announcement_id) if r.status == "queued"]
    assert len(left) == 60 - len(post.channel.sent)
    assert all(r.lease_owner is None and r.attempts == 0 for r in left)


@pytest.mark.parametrize(
    "failure", [Failure.RETRY, Failure.THROTTLED], ids=["server trouble", "asked to wait"]
)
async def test_who_says_stop_during_a_call_that_fails_is_not_written_to_again(
    post: Post, failure: Failure
) -> None:
    """The call that is under way goes on; it is the last one."""
    post.channel.gate.clear()
    announcement_id = await announce(post, 1)
    post.start()
    await post.channel.until(lambda: post.channel.in_flight == 1)
    [row] = await rows(post, announcement_id)
    await post.database.write(deliveries.withdraw, row.resident_id, STOPPED, post.now())

    post.channel.fails = [SendFailed(failure, "not now", retry_after_s=0.05)]
    post.channel.gate.set()
    await until_all(post, announcement_id, "skipped")
    await asyncio.sleep(0.2)

    assert len(post.channel.calls) == 1
    [row] = await rows(post, announcement_id)
    assert (row.reason, row.finished_at is not None, row.lease_until) == (STOPPED, True, None)


async def test_who_says_stop_during_a_call_that_arrives_is_counted_as_reached(post: Post) -> None:
    post.channel.gate.clear()
    announcement_id = await announce(post, 1)
    post.start()
    await post.channel.until(lambda: post.channel.in_flight == 1)
    [row] = await rows(post, announcement_id)
    await post.database.write(deliveries.withdraw, row.resident_id, STOPPED, post.now())

    post.channel.gate.set()
    await until_all(post, announcement_id, "sent")

    [row] = await rows(post, announcement_id)
    assert (row.reason, row.message_id is not None) == (None, True)
