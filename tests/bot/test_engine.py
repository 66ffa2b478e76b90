"""The way out: what is queued is sent once, in order, replies first; and what happens when it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.channels.base import Failure, SendFailed
from bot.clock import clock
from bot.delivery import engine as engine_module
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.inbound import holder
from bot.metrics import Metrics
from handlers.sending_rules import SendingRules
from storage import messages, outbox, people
from storage.db import Database, Tx
from storage.errors import StorageError
from storage.outbox import Lane, Lease
from storage.tables import addresses
from storage.tables import outbox as outbox_table
from tests.bot.channel import ScriptedChannel
from tests.conftest import NOW
from tests.storage.builders import make_announcement, make_bulk

OWNER = "this-process"


class Post:
    """An engine over a scripted channel, and the database behind it."""

    def __init__(self, database: Database, channel: ScriptedChannel) -> None:
        self.database = database
        self.channel = channel
        self.now = clock(NOW)
        self.engine = self.new_engine()
        self.task: asyncio.Task[None] | None = None

    def new_engine(self, owner: str = OWNER, rate: float = 10_000) -> Engine:
        rules = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"))
        return Engine(self.database, self.channel, Budget(rate, 64), owner, self.now, Metrics(), rules)

    def start(self) -> None:
        self.task = asyncio.create_task(self.engine.run())

    async def stop(self) -> None:
        await self.engine.stop(5)
        if self.task is not None:
            await self.task

    async def queue(self, person: str, text: str, lane: Lane = Lane.REPLY, owner: str | None = None) -> int:
        """Commit one delivery, left in the outbox for whoever claims it, or leased to an owner."""
        return await self.database.write(self._queue, person, text, lane, owner)

    def _queue(self, tx: Tx, person: str, text: str, lane: Lane, owner: str | None) -> int:
        now = self.now()
        met = people.meet(tx, "scripted", person, now)
        if lane is Lane.BULK:
            return make_bulk(tx, make_announcement(tx), channel="scripted", person=met, now=now, text=text)
        address_id = met.address_id
        message_id = messages.add_out(tx, address_id, None, text, (), now)
        lease = Lease(owner, now + timedelta(seconds=60)) if owner else None
        return outbox.add(tx, message_id, address_id, "scripted", lane, now, lease)

    async def row(self, delivery_id: int) -> sa.Row[tuple[object, ...]]:
        def get(tx: Tx) -> sa.Row[tuple[object, ...]]:
            return tx.execute(sa.select(outbox_table).where(outbox_table.c.id == delivery_id)).one()

        return await self.database.read(get)

    async def until_status(self, delivery_id: int, *statuses: str) -> sa.Row[tuple[object, ...]]:
        """Wait for an outcome to be committed; the engine writes it right after the call."""
        async with asyncio.timeout(10):
            while (row := await self.row(delivery_id)).status not in statuses:
                await asyncio.sleep(0.005)
        return row


@pytest.fixture
async def post(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    monkeypatch.setattr(engine_module, "EVERYBODY_PAUSE_S", 0.05)
    monkeypatch.setattr(engine_module, "STORAGE_PAUSE_S", 0.05)
    post = Post(database, ScriptedChannel())
    yield post
    await post.stop()


async def test_what_is_queued_is_sent_once_and_marked_so(post: Post) -> None:
    ids = [await post.queue(f"p{n}", f"m{n}") for n in range(20)]
    post.start()

    rows = [await post.until_status(i, "sent") for i in ids]

    assert sorted(post.channel.calls) == sorted((f"p{n}", f"m{n}") for n in range(20))
    assert all(r.attempts == 1 and r.platform_id and r.finished_at and not r.repeated for r in rows)


async def test_one_person_is_written_to_in_order_one_call_at_a_time(post: Post) -> None:
    for n in range(3):
        await post.queue("p", f"m{n}")
    post.channel.gate.clear()
    post.start()
    await post.channel.until(lambda: len(post.channel.calls) == 1)
    assert post.channel.calls == [("p", "m0")]

    post.channel.gate.set()
    await post.channel.until(lambda: len(post.channel.sent) == 3)

    assert [text for _, text in post.channel.sent] == ["m0", "m1", "m2"]
    assert post.channel.most_in_flight == 1


async def test_replies_overtake_notices_and_announcements(post: Post) -> None:
    post.engine = post.new_engine(
        rate=1
    )  # one call a second: the order of the calls is the order of the lanes
    for n, lane in enumerate((Lane.BULK, Lane.NOTICE, Lane.REPLY)):
        await post.queue(f"p{n}", lane.name, lane)
    post.start()

    await post.channel.until(lambda: len(post.channel.sent) == 2)

    assert [text for _, text in post.channel.sent] == ["REPLY", "NOTICE"]


async def test_the_attempt_is_committed_before_the_call(post: Post) -> None:
    delivery_id = await post.queue("p", "m")
    post.channel.gate.clear()
    post.start()
    await post.channel.until(lambda: bool(post.channel.calls))

    row = await post.row(delivery_id)

    assert row.attempted_at is not None
    assert row.status == "queued"
    post.channel.gate.set()


async def test_throttling_waits_what_the_channel_says_and_others_go_on(post: Post) -> None:
    first = await post.queue("slow", "m0")
    post.channel.fails = [SendFailed(Failure.THROTTLED, "429", 0.3)]
    post.start()
    await post.channel.until(lambda: len(post.channel.calls) == 1)
    began = asyncio.get_running_loop().time()
    other = await post.queue("other", "m1")

    await post.until_status(other, "sent")
    assert (await post.row(first)).status == "queued"
    row = await post.until_status(first, "sent")

    assert asyncio.get_running_loop().time() - began >= 0.25
    assert not row.repeated


async def test_a_notice_that_waits_for_the_morning_keeps_no_reply_waiting(post: Post) -> None:
    """Given back: the same person asks at night, and is answered at night."""
    notice = await post.queue("p", "NOTICE", Lane.NOTICE)
    post.channel.fails = [SendFailed(Failure.RETRY, "not at night", 3600.0)]
    post.start()
    await post.channel.until(lambda: len(post.channel.calls) == 1)
    reply = await post.queue("p", "REPLY")

    await post.until_status(reply, "sent")
    row = await post.row(notice)

    assert (row.status, row.lease_until, row.attempted_at) == ("queued", None, None)
    assert row.not_before > post.now() + timedelta(minutes=59)


async def test_a_blocked_address_ends_the_delivery_and_is_open_again_when_the_person_writes(
    post: Post,
) -> None:
    delivery_id = await post.queue("gone", "m")
    post.channel.fails = [SendFailed(Failure.BLOCKED, "bot was blocked by the user")]
    post.start()

    row = await post.until_status(delivery_id, "blocked")
    blocked = await _blocked_at(post.database)
    await post.database.write(people.meet, "scripted", "gone", post.now())

    assert row.reason == "bot was blocked by the user"
    assert blocked is not None
    assert await _blocked_at(post.database) is None


async def _blocked_at(database: Database) -> object:
    return await database.read(lambda tx: tx.execute(sa.select(addresses.c.blocked_at)).scalar_one())


@pytest.mark.parametrize(("lane", "calls", "status"), [(Lane.REPLY, 2, "sent"), (Lane.BULK, 1, "unknown")])
async def test_unknown_outcome_of_a_reply_is_repeated_once_of_an_announcement_never(
    post: Post, lane: Lane, calls: int, status: str
) -> None:
    delivery_id = await post.queue("p", "m", lane)
    post.channel.fails = [SendFailed(Failure.UNKNOWN, "read timeout")]
    post.start()

    row = await post.until_status(delivery_id, "sent", "unknown")

    assert row.status == status
    assert len(post.channel.calls) == calls
    assert row.repeated is (calls == 2)


async def test_a_second_unknown_outcome_stays_unknown(post: Post) -> None:
    delivery_id = await post.queue("p", "m")
    post.channel.fails = [SendFailed(Failure.UNKNOWN, "timeout"), SendFailed(Failure.UNKNOWN, "timeout")]
    post.start()

    row = await post.until_status(delivery_id, "unknown")

    assert len(post.channel.calls) == 2
    assert row.repeated


async def test_a_refused_message_fails_with_its_reason(post: Post) -> None:
    delivery_id = await post.queue("p", "m")
    post.channel.fails = [SendFailed(Failure.REFUSED, "message is too long")]
    post.start()

    row = await post.until_status(delivery_id, "failed")

    assert row.reason == "message is too long"
    assert len(post.channel.calls) == 1


async def test_a_channel_down_for_everybody_pauses_and_nothing_is_lost(post: Post) -> None:
    ids = [await post.queue(f"p{n}", f"m{n}") for n in range(5)]
    post.channel.fails = [SendFailed(Failure.RETRY, "connect", 0.05, everybody=True) for _ in range(3)]
    post.start()

    rows = [await post.until_status(i, "sent") for i in ids]

    assert sorted(t for _, t in post.channel.sent) == [f"m{n}" for n in range(5)]
    assert not any(r.repeated for r in rows)


async def test_an_error_the_channel_should_not_raise_is_an_unknown_outcome(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("bug")

    monkeypatch.setattr(post.channel, "send", broken)
    delivery_id = await post.queue("p", "m", Lane.BULK)
    post.start()

    assert (await post.until_status(delivery_id, "unknown")).reason == "unexpected error"


async def test_a_lease_of_somebody_else_is_respected(post: Post) -> None:
    theirs = await post.queue("p0", "theirs", owner="another-process")
    ours = await post.queue("p1", "ours")
    post.start()

    await post.until_status(ours, "sent")

    assert (await post.row(theirs)).status == "queued"
    assert post.channel.calls == [("p1", "ours")]


async def test_two_engines_share_the_work_and_send_nothing_twice(post: Post) -> None:
    ids = [await post.queue(f"p{n}", f"m{n}") for n in range(60)]
    second = post.new_engine("second-process")
    post.start()
    other = asyncio.create_task(second.run())

    for i in ids:
        await post.until_status(i, "sent")
    await second.stop(5)
    await other

    assert len(post.channel.calls) == len(set(post.channel.calls)) == 60


async def test_handing_over_what_is_claimed_too_sends_it_once(post: Post) -> None:
    delivery_id = await post.queue("p", "m", owner=holder(OWNER, "scripted"))
    row = await post.row(delivery_id)
    post.start()
    held = outbox.Delivery(
        delivery_id, row.message_id, row.address_id, "p", Lane.REPLY, "m", (), repeated=False, attempts=0
    )

    post.engine.hand_over([held])
    post.engine.hand_over([held])
    await post.until_status(delivery_id, "sent")

    assert post.channel.calls == [("p", "m")]


async def test_stopping_finishes_what_is_held_and_gives_the_rest_back(post: Post) -> None:
    running = await post.queue("p", "m0")
    waiting = await post.queue("p", "m1")
    post.channel.gate.clear()
    post.start()
    await post.channel.until(lambda: len(post.channel.calls) == 1)

    stopping = asyncio.create_task(post.engine.stop(0.2))
    await stopping

    row = await post.row(waiting)
    assert row.lease_owner is None
    assert row.attempted_at is None
    # The call was cut off: nobody knows whether it arrived, and its lease will say so.
    assert (await post.row(running)).attempted_at is not None
    post.channel.gate.set()


async def test_a_database_that_fails_for_a_while_loses_and_doubles_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await post.queue(f"p{n}", f"m{n}") for n in range(10)]
    good, failures = post.database.write, iter([True, False, True, True])

    async def shaky(work: Callable[..., object], *args: object, **kwargs: object) -> object:
        if work.__name__ == "write" and next(failures, False):
            raise StorageError("disk full")
        return await good(work, *args, **kwargs)

    monkeypatch.setattr(post.database, "write", shaky)
    post.start()

    for i in ids:
        await post.until_status(i, "sent")
    assert len(post.channel.calls) == 10
