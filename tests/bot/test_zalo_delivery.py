"""Deliveries through the engine to the fake openapi host: each once, and each ends as the promised kind."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.channels.base import State
from bot.channels.zalo.channel import ZaloChannel
from bot.clock import clock
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from handlers.sending_rules import SendingRules
from storage import messages, outbox, people
from storage.db import Database, Tx
from storage.outbox import Lane
from storage.tables import outbox as outbox_table
from tests.channels.zalo_out import Tokens, channel_to
from tests.conftest import NOW
from tests.fakes.zalo_server import TOKEN, FakeZalo

now = clock(NOW)


@asynccontextmanager
async def sending(database: Database, zalo: FakeZalo, tokens: Tokens) -> AsyncIterator[ZaloChannel]:
    """An engine at work, fast enough for a test."""
    channel = channel_to(zalo, tokens)
    rules = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"))
    budget = Budget(1000, 16, factor=channel.rate_factor)
    engine = Engine(database, channel, budget, "here", now, Metrics(), rules)
    running = asyncio.create_task(engine.run())
    try:
        yield channel
    finally:
        await engine.stop(5)
        await running
        await channel.close()


def queue(tx: Tx, person: str) -> None:
    """Queue a notice to somebody who, as far as we know, wrote an hour ago."""
    address_id = people.meet(tx, "zalo", person, now()).address_id
    people.hear(tx, "zalo", person, now() - timedelta(hours=1))
    message_id = messages.add_out(tx, address_id, None, f"Thưa {person}", (), now())
    outbox.add(tx, message_id, address_id, "zalo", Lane.NOTICE, now(), None)


def endings(tx: Tx) -> Counter[tuple[str, str | None]]:
    rows = tx.execute(sa.select(outbox_table.c.status, outbox_table.c.reason))
    return Counter((row.status, row.reason) for row in rows)


async def until_all_ended(database: Database) -> Counter[tuple[str, str | None]]:
    async with asyncio.timeout(20):
        while True:
            found = await database.read(endings)
            if all(status != "queued" for status, _reason in found):
                return found
            await asyncio.sleep(0.01)


async def test_everybody_ends_as_promised_while_the_token_dies_in_the_middle(database: Database) -> None:
    """One refresh however many calls find out; nobody twice; who cannot be written to now waits, is blocked, or failed."""
    async with FakeZalo() as zalo:
        names = [f"9000{n}" for n in range(40)]
        for number, name in enumerate(names):
            person = zalo.person(name)
            person.last_interaction = zalo.now - timedelta(days=9 if number % 4 == 0 else 1)
            person.refuses = -244 if number % 4 == 1 else None
            await database.write(queue, name)
        await database.write(queue, "nobody")
        tokens = Tokens(TOKEN, "newer")
        async with sending(database, zalo, tokens):
            await zalo.until(lambda: len(zalo.delivered) >= 5)
            zalo.good_tokens = {"newer"}
            found = await until_all_ended(database)

    assert found == {
        ("sent", None): 20,
        ("waiting", "closed"): 10,
        ("blocked", "blocked this kind of message (-244)"): 10,
        ("failed", "a parameter is invalid (-201)"): 1,
    }
    assert set(tokens.renewals) <= {TOKEN}
    assert sorted(m.text for m in zalo.delivered) == sorted(
        f"Thưa {name}" for n, name in enumerate(names) if n % 4 > 1
    )


async def test_a_dead_token_makes_two_calls_and_the_messages_wait(database: Database) -> None:
    async with FakeZalo() as zalo:
        zalo.good_tokens = set()
        for n in range(30):
            zalo.person(f"9000{n}").interact()
            await database.write(queue, f"9000{n}")
        tokens = Tokens(TOKEN, "newer", "newest")
        async with sending(database, zalo, tokens) as channel, asyncio.timeout(20):
            while channel.health().state is not State.REFUSED:
                await asyncio.sleep(0.01)
        found = await database.read(endings)

    assert [status for status, _ in found] == ["queued"] * len(found)
    assert found.total() == 30
    # As many as were under way at once, each at most twice.
    assert len(zalo.calls) <= 32
    assert set(tokens.renewals) == {TOKEN}


async def test_a_form_left_by_a_process_that_died_is_sent_as_one_once(database: Database) -> None:
    """It is a row of its own like any message: what it is stands there, and not in the process that wrote it."""

    def leave(tx: Tx) -> None:
        address_id = people.meet(tx, "zalo", "90001", now()).address_id
        people.hear(tx, "zalo", "90001", now())
        message_id = messages.add_out(tx, address_id, None, "Họ tên, số điện thoại?", (), now(), "Gọi lại")
        outbox.add(tx, message_id, address_id, "zalo", Lane.REPLY, now(), None)

    async with FakeZalo() as zalo:
        zalo.person("90001").interact()
        await database.write(leave)
        async with sending(database, zalo, Tokens()):
            found = await until_all_ended(database)

    assert found == {("sent", None): 1}
    (form,) = zalo.delivered
    assert (form.kind, form.elements[0]["title"]) == ("request_user_info", "Gọi lại")
