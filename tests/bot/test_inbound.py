"""A message comes in: order, repeats, failures, and the time the platform gives us."""

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Sequence
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import inbound as inbound_module
from bot.channels.base import NotNow
from bot.clock import clock
from bot.inbound import Desk, Way, holder
from bot.metrics import Metrics
from faq.signals import Signals
from handlers import conversation, texts
from handlers.conversation import Receipt
from handlers.messages import Address, Inbound
from handlers.turn import Guide
from storage.db import Database
from storage.errors import Unavailable
from storage.outbox import Delivery
from storage.tables import inbound as inbound_table
from storage.tables import messages, outbox
from tests.conftest import NOW

BURST = int(os.environ.get("BURST", "2000"))  # what one person sends at once; ten thousand by hand


class Front:
    """A desk with one channel, and what it handed over."""

    def __init__(self, database: Database, guide: Guide) -> None:
        self.database = database
        self.guide = guide
        self.handed: list[Delivery] = []
        self.desk = Desk(database, guide, ZoneInfo("Asia/Ho_Chi_Minh"), "this-process", clock(NOW), Metrics())
        self.desk.connect("scripted", Way(lambda m: [m], self._hand_over))

    def _hand_over(self, deliveries: Sequence[Delivery]) -> None:
        self.handed += deliveries

    async def say(self, text: str, number: int = 1, person: str = "p") -> Receipt:
        """Bring one message."""
        return await self.desk.receive(Inbound(Address("scripted", person), f"{person}:{number}", NOW, text))

    async def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        number: int = await self.database.read(lambda tx: tx.execute(query).scalar_one())
        return number


@pytest.fixture
async def front(database: Database, guide: Guide) -> AsyncIterator[Front]:
    front = Front(database, guide)
    yield front
    await front.desk.drain()


async def test_replies_are_handed_over_after_the_commit_under_our_lease(front: Front) -> None:
    receipt = await front.say("xin chào")

    assert receipt.fresh
    assert [d.text for d in front.handed] == [m.text for m in receipt.replies]
    owners = await front.database.read(lambda tx: tx.execute(sa.select(outbox.c.lease_owner)).scalars().all())
    assert set(owners) == {holder("this-process", "scripted")}


async def test_a_repeat_has_no_effect_and_sends_nothing(front: Front) -> None:
    first = await front.say("xin chào")
    handed = len(front.handed)

    again = await front.say("xin chào")

    assert not again.fresh
    assert [m.id for m in again.replies] == [m.id for m in first.replies]
    assert len(front.handed) == handed
    assert await front.count(inbound_table) == 1


async def test_ten_repeats_at_once_are_taken_once(front: Front) -> None:
    receipts = await asyncio.gather(*(front.say("xin chào") for _ in range(10)))

    assert sum(r.fresh for r in receipts) == 1
    assert await front.count(inbound_table) == 1


async def test_one_person_s_messages_are_taken_in_the_order_they_came(front: Front) -> None:
    await asyncio.gather(*(front.say(f"tin {n}", n) for n in range(20)))

    query = sa.select(messages.c.text).where(messages.c.direction == "in").order_by(messages.c.id)
    stored = await front.database.read(lambda tx: tx.execute(query).scalars().all())
    assert list(stored) == [f"tin {n}" for n in range(20)]


async def test_the_order_is_kept_while_the_signals_are_still_being_learned(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first seconds after a start everybody waits for that, and nobody may overtake."""
    good, waits = type(front.guide.signals).learn, itertools.count()
    monkeypatch.setattr(type(front.guide.signals), "learned", False)

    def learn(signals: Signals) -> None:
        time.sleep(max(0.0, 0.1 - 0.02 * next(waits)))  # who began last is done first
        good(signals)

    monkeypatch.setattr(type(front.guide.signals), "learn", learn)
    await asyncio.gather(*(front.say(f"tin {n}", n) for n in range(5)))

    query = sa.select(messages.c.text).where(messages.c.direction == "in").order_by(messages.c.id)
    stored = await front.database.read(lambda tx: tx.execute(query).scalars().all())
    assert list(stored) == [f"tin {n}" for n in range(5)]


async def test_no_lock_is_kept_for_people_who_are_silent(front: Front) -> None:
    await asyncio.gather(*(front.say("chào", 1, f"p{n}") for n in range(20)))

    assert front.desk._locks == {}


async def test_a_turn_that_raises_is_stored_as_failed_and_answered_and_the_next_goes_on(
    front: Front, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would otherwise be brought again for a day and block everything the person writes afterwards."""
    good = conversation.receive
    monkeypatch.setattr(conversation, "receive", _raises)
    failed = await front.say("câu này làm hỏng", 1)
    repeat = await front.say("câu này làm hỏng", 1)
    monkeypatch.setattr(conversation, "receive", good)
    after = await front.say("xin chào", 2)

    assert [m.text for m in failed.replies] == [texts.TROUBLE]
    assert not repeat.fresh
    assert after.fresh
    outcomes = sa.select(inbound_table.c.outcome).order_by(inbound_table.c.id)
    stored = await front.database.read(lambda tx: tx.execute(outcomes).scalars().all())
    assert list(stored) == ["failed", "done"]
    assert "câu này" not in caplog.text


def _raises(*_: object) -> Receipt:
    raise ZeroDivisionError


async def test_no_commit_in_time_asks_the_platform_to_repeat_and_the_late_turn_counts(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound_module, "COMMIT_WITHIN_S", 0.05)
    release = asyncio.Event()
    good = front.database.write

    async def slow(*args: object, **kwargs: object) -> object:
        await release.wait()
        return await good(*args, **kwargs)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(front.database, "write", slow)
    with pytest.raises(NotNow):
        await front.say("xin chào")
    release.set()
    await front.desk.drain()

    assert len(front.handed) == 1
    monkeypatch.setattr(inbound_module, "COMMIT_WITHIN_S", 60.0)
    repeat = await front.say("xin chào")
    assert not repeat.fresh
    assert len(front.handed) == 1


async def test_a_database_that_cannot_be_used_asks_the_platform_to_repeat(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = front.database.write

    async def full(*_: object, **__: object) -> object:
        raise Unavailable("database or disk is full")

    monkeypatch.setattr(front.database, "write", full)
    with pytest.raises(NotNow):
        await front.say("xin chào")
    monkeypatch.setattr(front.database, "write", good)

    assert (await front.say("xin chào")).fresh


async def test_what_is_ignored_is_remembered(front: Front) -> None:
    await front.desk.ignore("scripted", "u1")
    await front.desk.ignore("scripted", "u1")

    assert await front.count(inbound_table) == 1
    assert front.handed == []


@pytest.mark.slow
async def test_thousands_of_messages_in_a_burst_from_one_person_end_and_hold_up_nobody(
    sqlite: Database, guide: Guide
) -> None:
    """Bounded: each is stored, sixty-one are answered, another person is answered meanwhile."""
    front = Front(sqlite, guide)
    burst = asyncio.gather(*(front.say("dừng", n) for n in range(BURST)))
    other = await front.say("xin chào", 1, "other")
    done = burst.done()
    await burst

    assert other.fresh
    assert not done
    assert await front.count(inbound_table) == BURST + 1
    assert len(front.handed) <= 64
