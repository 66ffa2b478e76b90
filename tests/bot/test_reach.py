"""Five thousand on Zalo, most of them out of reach: exactly the promised lists, and no call that is refused."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.announcing import Announcing
from bot.channels.base import Failure, SendFailed
from bot.clock import Clock
from bot.delivery import engine as engine_module
from bot.delivery.budget import Budget
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from handlers import areas, audience, notify, paid_window, waiting
from handlers.announcement_sending import Means
from handlers.messages import Address, Outbound
from handlers.reach import FREE_FOR, PAID_FOR, Window, Windows
from handlers.sending_rules import SendingRules
from storage import announcements, deliveries
from storage.db import Database, Tx
from storage.outbox import Lane
from storage.tables import addresses, conversations, outbox, residents
from tests.bot.channel import ScriptedChannel
from tests.conftest import NOW
from tests.handlers.audiences import EVERYBODY, RULES, add_address, agree, make_announcement, make_resident

BOOK = areas.load(areas.SHIPPED)
HOUR = timedelta(hours=1)
SINCE = {"fresh": HOUR, "soon": FREE_FOR - HOUR, "old": FREE_FOR + HOUR, "gone": PAID_FOR + HOUR}
"""How long before the sending somebody was last heard of; `soon`: the window closes while it is being sent."""


class WindowChannel(ScriptedChannel):
    """Zalo as far as its windows go: knows when people wrote, and refuses what comes too late."""

    name = "zalo"

    def __init__(self, now: Clock) -> None:
        super().__init__()
        self.now = now
        self.heard: dict[str, datetime] = {}
        self.open_for = FREE_FOR
        self.refused: list[str] = []
        self.unpaid = False

    async def send(self, address: str, message: Outbound) -> str | None:
        """Deliver within the window."""
        if self.now() - self.heard[address] > self.open_for:
            self.refused.append(address)
            raise SendFailed(Failure.CLOSED, "-232", unpaid=self.unpaid)
        return await super().send(address, message)


class Commune:
    """People on Zalo, an engine that writes to them, and the worker that sends announcements."""

    def __init__(self, database: Database, rules: SendingRules = RULES) -> None:
        self.database, self.rules, self.time = database, rules, NOW
        self.channel = WindowChannel(self.now)
        self.residents: dict[str, int] = {}
        budget = Budget(10_000, 64)
        self.engine = Engine(database, self.channel, budget, "worker", self.now, Metrics(), rules)
        means = Means(BOOK, rules, "https://haichieu.example.vn")
        self.announcing = Announcing(database, means, self.now)
        self.task: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return self.time

    def start(self) -> None:
        self.task = asyncio.create_task(self.engine.run())

    async def settle(self, number: int) -> None:
        """Wait until an announcement to so many people is sent."""
        sent = sa.select(sa.func.count()).where(outbox.c.status == "queued")
        async with asyncio.timeout(60):
            while True:
                await self.announcing.look()
                if not await self.database.read(lambda tx: tx.execute(sent).scalar_one()):
                    return
                await asyncio.sleep(0.02)

    def move_in(self, tx: Tx, kinds: dict[str, int]) -> None:
        """Let so many people of each kind agree."""
        for kind, number in kinds.items():
            for n in range(number):
                name, heard_at = f"{kind}-{n}", NOW - SINCE[kind]
                new = sa.insert(residents).values(created_at=heard_at, commune_code="11020")
                resident_id = tx.execute(new.returning(residents.c.id)).scalar_one()
                row = {
                    "resident_id": resident_id,
                    "channel": "zalo",
                    "value_sealed": tx.vault.seal("addresses.value", name),
                    "value_lookup": tx.vault.lookup("addresses.value", f"zalo:{name}"),
                    "last_interaction_at": heard_at,
                }
                address_id = tx.execute(sa.insert(addresses).returning(addresses.c.id), row).scalar_one()
                talk = {"address_id": address_id, "revision": 1, "state": {}, "updated_at": heard_at}
                tx.execute(sa.insert(conversations), talk)
                agree(tx, resident_id, "news", now=NOW)
                self.residents[name], self.channel.heard[name] = resident_id, heard_at

    async def write(self, name: str) -> None:
        """Let somebody do something on Zalo."""
        self.channel.heard[name] = self.time
        await self.database.write(waiting.hear, Address("zalo", name), self.time, self.rules, self.time)

    async def listed(self, announcement_id: int) -> dict[tuple[str, str | None], set[str]]:
        """Return the people of each outcome."""
        names = {resident_id: name for name, resident_id in self.residents.items()}
        query = sa.select(outbox).where(outbox.c.announcement_id == announcement_id)
        found: dict[tuple[str, str | None], set[str]] = {}
        for row in await self.database.read(lambda tx: tx.execute(query).all()):
            found.setdefault((row.status, row.reason), set()).add(names[row.resident_id])
        return found

    def of(self, *kinds: str) -> set[str]:
        """Return the names of these kinds of people."""
        return {name for name in self.residents if name.split("-")[0] in kinds}


@pytest.fixture
async def commune(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Commune]:
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    commune = Commune(sqlite)
    yield commune
    await commune.engine.stop(5)
    if commune.task is not None:
        await commune.task


async def _announce(commune: Commune) -> int:
    return (await commune.database.write(lambda tx: make_announcement(tx, now=commune.time))).id


@pytest.mark.slow
async def test_five_thousand_of_whom_most_are_out_of_reach(commune: Commune) -> None:
    """Fresh: at once. Soon: promised, but an hour later the window is closed. Old and gone: when they write, once."""
    kinds = {"fresh": 1900, "soon": 100, "old": 1500, "gone": 1500}
    await commune.database.write(commune.move_in, kinds)
    tally = await commune.database.read(
        audience.count, EVERYBODY, "notice", RULES, RULES.windows.at, commune.time
    )
    announcement_id = await _announce(commune)
    await commune.announcing.look()
    promised = await commune.listed(announcement_id)
    commune.time += HOUR
    commune.start()
    await commune.settle(5000)

    assert (tally.people, tally.reached, dict(tally.reasons)) == (5000, 2000, {"closed": 3000})
    assert promised == {
        ("queued", None): commune.of("fresh", "soon"),
        ("waiting", "closed"): commune.of("old", "gone"),
    }
    assert await commune.listed(announcement_id) == {
        ("sent", None): commune.of("fresh"),
        ("waiting", "closed"): commune.of("soon", "old", "gone"),
    }
    await commune.announcing.look()
    seen = await commune.database.read(announcements.get, announcement_id)
    assert seen.status == "sent"
    missed = await commune.database.read(deliveries.list_not_reached, announcement_id, 0, 9999)
    assert len(missed) == 3100

    writers = {*(f"gone-{n}" for n in range(40)), "soon-7"}
    commune.time += timedelta(days=30)
    for name in sorted(writers) * 2:
        await commune.write(name)
    commune.time += HOUR
    await commune.settle(5000)

    assert await commune.listed(announcement_id) == {
        ("sent", None): commune.of("fresh") | writers,
        ("waiting", "closed"): commune.of("soon", "old", "gone") - writers,
    }
    assert Counter(to for to, _ in commune.channel.sent) == Counter(commune.of("fresh") | writers)
    assert commune.channel.refused == []


async def test_notices_are_not_called_for_out_of_the_window(commune: Commune) -> None:
    """An answer to a case waits as well, and is read once the person is there."""
    await commune.database.write(commune.move_in, {"fresh": 1, "old": 1})

    def tell(tx: Tx) -> None:
        for (address_id,) in tx.execute(sa.select(addresses.c.id)).all():
            notify.to_address(tx, address_id, Outbound("Đã có trả lời."), Lane.NOTICE, commune.time)

    await commune.database.write(tell)
    commune.start()
    await commune.settle(2)
    assert [to for to, _ in commune.channel.sent] == ["fresh-0"]

    await commune.write("old-0")
    commune.time += HOUR
    await commune.settle(2)

    assert [to for to, _ in commune.channel.sent] == ["fresh-0", "old-0"]
    assert commune.channel.refused == []


async def test_what_the_platform_calls_closed_waits_and_is_given_like_the_rest(commune: Commune) -> None:
    """It may know better than we do: nothing is tried again by itself, and nothing is lost."""
    await commune.database.write(commune.move_in, {"fresh": 1})
    commune.channel.heard["fresh-0"] -= FREE_FOR
    announcement_id = await _announce(commune)
    await commune.announcing.look()
    commune.start()
    await commune.settle(1)
    assert await commune.listed(announcement_id) == {("waiting", "closed"): {"fresh-0"}}
    assert commune.channel.refused == ["fresh-0"]

    await commune.write("fresh-0")
    commune.time += HOUR
    await commune.settle(1)

    assert await commune.listed(announcement_id) == {("sent", None): {"fresh-0"}}
    assert commune.channel.refused == ["fresh-0"]


async def test_with_money_the_window_is_seven_days(sqlite: Database) -> None:
    """Those are counted apart beforehand: they cost."""
    commune = Commune(sqlite, SendingRules(RULES.zone, windows=Windows(paid=True)))
    await sqlite.write(commune.move_in, {"fresh": 2, "old": 3, "gone": 4})

    tally = await sqlite.read(
        audience.count, EVERYBODY, "notice", commune.rules, commune.rules.windows.at, commune.time
    )
    commune.channel.open_for = PAID_FOR
    announcement_id = await _announce(commune)
    await commune.announcing.look()
    commune.start()
    await commune.settle(9)
    await commune.engine.stop(5)

    assert dict(tally.by_window) == {("zalo", Window.FREE): 2, ("zalo", Window.PAID): 3}
    assert (tally.paid, tally.reasons["closed"]) == (3, 4)
    assert await commune.listed(announcement_id) == {
        ("sent", None): commune.of("fresh", "old"),
        ("waiting", "closed"): commune.of("gone"),
    }
    assert commune.channel.refused == []


@pytest.mark.parametrize(("kind", "leaves"), [("notice", False), ("emergency", True)])
async def test_zalo_s_own_night_holds_where_we_have_no_quiet_hours(
    sqlite: Database, kind: str, leaves: bool
) -> None:
    """A warning is no advertising; an invitation may be taken for it."""
    commune = Commune(sqlite, SendingRules(RULES.zone, quiet=None))
    await sqlite.write(commune.move_in, {"fresh": 2})
    commune.time = datetime(2026, 11, 23, 15, 30, tzinfo=NOW.tzinfo)
    await sqlite.write(lambda tx: make_announcement(tx, kind=kind, now=commune.time).id)
    await commune.announcing.look()
    commune.start()
    async with asyncio.timeout(10):
        while leaves and len(commune.channel.sent) < 2:
            await asyncio.sleep(0.01)
    if not leaves:
        await asyncio.sleep(0.6)
        assert commune.channel.calls == []
        commune.time = datetime(2026, 11, 23, 23, 0, tzinfo=NOW.tzinfo)
        await commune.settle(2)

    assert len(commune.channel.sent) == 2
    await commune.engine.stop(5)


async def test_a_call_that_finds_somebody_blocked_sends_their_copy_to_their_other_chat(
    sqlite: Database,
) -> None:
    """One refused call, one copy elsewhere; who has no other chat is counted as blocked."""
    commune = Commune(sqlite, SendingRules(RULES.zone, windows=Windows(pushed=("telegram",))))
    await sqlite.write(commune.move_in, {"fresh": 2})
    telegram = ScriptedChannel()
    telegram.name = "telegram"
    other = Engine(sqlite, telegram, Budget(10_000, 64), "worker", commune.now, Metrics(), commune.rules)

    def link(tx: Tx) -> None:
        add_address(tx, commune.residents["fresh-0"], "telegram", NOW - 2 * HOUR)

    await sqlite.write(link)
    announcement_id = await _announce(commune)
    await commune.announcing.look()
    commune.channel.fails = [SendFailed(Failure.BLOCKED, "-244"), SendFailed(Failure.BLOCKED, "-244")]
    commune.start()
    running = asyncio.create_task(other.run())
    await commune.settle(2)
    await other.stop(5)
    await running
    await commune.engine.stop(5)

    assert await commune.listed(announcement_id) == {
        ("sent", None): {"fresh-0"},
        ("blocked", "-244"): {"fresh-1"},
    }
    assert len(telegram.sent) == 1
    assert len(commune.channel.calls) == 2


async def test_when_nobody_pays_the_others_are_not_called_for(sqlite: Database) -> None:
    """One refused call in half an hour, not one a person; what is free leaves all the same; then it is tried again."""
    commune = Commune(sqlite, SendingRules(RULES.zone, windows=Windows(paid=True)))
    commune.engine = Engine(
        sqlite, commune.channel, Budget(10_000, 1), "worker", commune.now, Metrics(), commune.rules
    )
    await sqlite.write(commune.move_in, {"old": 40, "fresh": 5})
    commune.channel.unpaid = True
    announcement_id = await _announce(commune)
    await commune.announcing.look()
    commune.start()
    await commune.settle(45)

    assert await commune.listed(announcement_id) == {
        ("sent", None): commune.of("fresh"),
        ("waiting", "closed"): commune.of("old"),
    }
    assert len(commune.channel.refused) == 1
    tally = await sqlite.read(paid_window.count, EVERYBODY, "notice", commune.rules, commune.time)
    assert (tally.unpaid, tally.paid, tally.reached, tally.reasons["closed"]) == (True, 0, 5, 40)

    commune.channel.unpaid = False
    commune.channel.open_for = PAID_FOR
    commune.time += paid_window.OFF_FOR
    tally = await sqlite.read(paid_window.count, EVERYBODY, "notice", commune.rules, commune.time)
    assert (tally.unpaid, tally.paid) == (False, 40)
    second = await _announce(commune)
    await commune.announcing.look()
    await commune.settle(45)
    await commune.engine.stop(5)

    assert await commune.listed(second) == {("sent", None): commune.of("fresh", "old")}


async def test_while_nobody_pays_an_announcement_goes_where_the_count_says(sqlite: Database) -> None:
    """Not to the preferred chat, whose window is one for money: there it would wait."""
    rules = SendingRules(RULES.zone, windows=Windows(paid=True, pushed=("telegram",)))

    def prepare(tx: Tx) -> None:
        resident_id = make_resident(tx, "telegram", preferred="zalo")
        add_address(tx, resident_id, "zalo", NOW - SINCE["old"])
        make_announcement(tx)
        paid_window.refused(tx, NOW)

    await sqlite.write(prepare)
    means = Means(BOOK, rules, "https://haichieu.example.vn")
    await Announcing(sqlite, means, lambda: NOW).look()

    counted = await sqlite.read(paid_window.count, EVERYBODY, "notice", rules, NOW)
    query = sa.select(outbox.c.channel, outbox.c.status)
    (row,) = await sqlite.read(lambda tx: tx.execute(query).all())
    assert counted.by_channel == {"telegram": 1}
    assert tuple(row) == ("telegram", "queued")
