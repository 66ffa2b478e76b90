"""Announcements by template: as many as were told, each person one copy, and no call that is refused."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.channels.base import Failure, SendFailed
from bot.delivery import engine as engine_module
from bot.delivery.budget import Budget
from bot.delivery.by_template import ByTemplate
from bot.delivery.engine import Engine
from bot.metrics import Metrics
from handlers import announcement_template, audience, notify, waiting
from handlers.messages import Outbound
from handlers.reach import FREE_FOR, Window, Windows
from handlers.sending_rules import SendingRules
from storage.db import Database, Tx
from storage.outbox import Lane
from storage.tables import addresses, outbox
from tests.bot.test_reach import HOUR, Commune
from tests.conftest import NOW
from tests.handlers.audiences import EVERYBODY, RULES, make_announcement

URL = "https://haichieu.example.vn"
DAYTIME = RULES.zone
NIGHT = datetime(2026, 11, 23, 15, 30, tzinfo=NOW.tzinfo)
MORNING = datetime(2026, 11, 23, 23, 0, tzinfo=NOW.tzinfo)


class Village(Commune):
    """A commune whose OA has an approved template."""

    def __init__(self, database: Database, *, quiet: bool = True) -> None:
        windows = Windows(template=True)
        rules = (
            SendingRules(RULES.zone, windows=windows)
            if quiet
            else SendingRules(RULES.zone, None, windows=windows)
        )
        super().__init__(database, rules)
        self.templates: list[tuple[str, Mapping[str, str]]] = []
        self.fails: SendFailed | None = None
        self.tried = 0

        def fields(tx: Tx, announcement_id: int, now: datetime) -> Mapping[str, str]:
            return announcement_template.load(tx, announcement_id, RULES.zone, URL, now)

        self.engine = Engine(
            database,
            self.channel,
            Budget(10_000, 64),
            "worker",
            self.now,
            Metrics(),
            rules,
            ByTemplate(fields, self.send_template),
        )

    async def send_template(self, address: str, fields: Mapping[str, str]) -> str | None:
        self.tried += 1
        if self.fails is not None:
            raise self.fails
        self.templates.append((address, fields))
        return f"t{len(self.templates)}"

    @property
    def by_template(self) -> list[str]:
        """Who got one, sorted."""
        return sorted(address for address, _ in self.templates)

    async def announce(self, kind: str = "notice") -> int:
        """Begin to send an announcement; returns its id."""
        made = await self.database.write(lambda tx: make_announcement(tx, kind=kind, now=self.time))
        await self.announcing.look()
        return made.id


@pytest.fixture
async def village(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Village]:
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    village = Village(database)
    yield village
    await _stop(village)


async def _stop(village: Village) -> None:
    await village.engine.stop(5)
    if village.task is not None:
        await village.task


async def test_those_outside_the_window_get_the_template_and_nothing_is_refused(village: Village) -> None:
    """Sixty in a hundred. The count beforehand is what goes out; when they write later there is no second copy."""
    kinds = {"fresh": 120, "old": 100, "gone": 80}
    await village.database.write(village.move_in, kinds)
    rules = village.rules
    tally = await village.database.read(
        audience.count, EVERYBODY, "notice", rules, rules.windows.at, village.time
    )
    announcement_id = await village.announce()
    village.start()
    await village.settle(300)

    outside = village.of("old", "gone")
    assert dict(tally.by_window) == {("zalo", Window.FREE): 120, ("zalo", Window.TEMPLATE): 180}
    assert (tally.reached, tally.by_template, tally.paid) == (300, 180, 0)
    assert await village.listed(announcement_id) == {("sent", None): village.of("fresh") | outside}
    assert village.by_template == sorted(outside)
    assert sorted(to for to, _ in village.channel.sent) == sorted(village.of("fresh"))
    assert (village.channel.refused, village.tried) == ([], 180)
    carried = {tuple(fields) for _, fields in village.templates}
    assert carried == {("title", "date", "link")}
    named = sa.select(outbox.c.platform_id).where(outbox.c.platform_id.like("t%"))
    assert len(await village.database.read(lambda tx: tx.execute(named).all())) == 180

    for name in ("old-1", "gone-1"):
        await village.write(name)
    village.time += HOUR
    await village.settle(300)
    assert len(village.channel.sent) == 120


@pytest.mark.slow
async def test_five_thousand_of_whom_most_are_outside(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who slips out of the window after the counting goes by template as well."""
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    village = Village(sqlite)
    await sqlite.write(village.move_in, {"fresh": 1900, "soon": 100, "old": 1500, "gone": 1500})
    announcement_id = await village.announce()
    village.time += HOUR
    village.start()
    await village.settle(5000)
    await _stop(village)

    assert await village.listed(announcement_id) == {("sent", None): set(village.residents)}
    assert village.by_template == sorted(village.of("soon", "old", "gone"))
    assert len(village.channel.sent) == 1900
    assert village.channel.refused == []


async def test_who_writes_before_the_call_gets_the_text(village: Village) -> None:
    await village.database.write(village.move_in, {"old": 2})
    announcement_id = await village.announce()
    await village.write("old-1")
    village.start()
    await village.settle(2)

    assert village.by_template == ["old-0"]
    assert [to for to, _ in village.channel.sent] == ["old-1"]
    assert await village.listed(announcement_id) == {("sent", None): village.of("old")}


async def test_a_notice_never_goes_by_template(village: Village) -> None:
    """An answer to a case is nobody else's business than the person's, and waits as ever."""
    await village.database.write(village.move_in, {"old": 1})

    def tell(tx: Tx) -> None:
        (address_id,) = tx.execute(sa.select(addresses.c.id)).scalars()
        notify.to_address(tx, address_id, Outbound("Đã có trả lời."), Lane.NOTICE, village.time)

    await village.database.write(tell)
    village.start()
    await village.settle(1)

    assert (village.tried, village.channel.calls) == (0, [])


@pytest.mark.parametrize("everybody", [False, True])
async def test_where_templates_do_not_work_people_are_waited_for(village: Village, everybody: bool) -> None:
    """Nothing has failed: the text is given, once, when they write."""
    await village.database.write(village.move_in, {"old": 5})
    village.fails = SendFailed(Failure.CLOSED, "closed", everybody=everybody)
    announcement_id = await village.announce()
    village.start()
    await village.settle(5)
    assert await village.listed(announcement_id) == {("waiting", "closed"): village.of("old")}
    assert village.tried == 5

    await village.write("old-3")
    village.time += HOUR
    await village.settle(5)

    assert [to for to, _ in village.channel.sent] == ["old-3"]
    assert village.tried == 5


@pytest.mark.parametrize("kind", ["notice", "emergency"])
async def test_no_template_leaves_at_night(
    database: Database, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Not even a warning, of which those in the window get the text at once; in the morning it goes."""
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    village = Village(database, quiet=False)
    village.time = NIGHT
    await database.write(village.move_in, {"fresh": 1, "gone": 3})
    village.channel.heard["fresh-0"] = NIGHT - HOUR
    announcement_id = await village.announce(kind)
    village.start()
    at_once = int(kind == "emergency")
    async with asyncio.timeout(10):
        while len(village.channel.sent) < at_once:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)
    assert (village.tried, len(village.channel.sent)) == (0, at_once)

    village.time = MORNING
    await village.settle(4)
    await _stop(village)

    assert village.by_template == sorted(village.of("gone"))
    assert await village.listed(announcement_id) == {("sent", None): set(village.residents)}
    assert village.channel.refused == []
    assert NIGHT - timedelta() < MORNING < NIGHT + FREE_FOR


async def test_who_writes_at_night_gets_the_postponed_warning_at_once_and_no_template_in_the_morning(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood does not wait for six o'clock where the person is there to read of it."""
    monkeypatch.setattr(engine_module, "CLAIM_EVERY_S", 0.02)
    village = Village(database, quiet=False)
    village.time = NIGHT
    await database.write(village.move_in, {"gone": 3})
    announcement_id = await village.announce("emergency")
    village.start()
    postponed = sa.select(sa.func.count()).where(outbox.c.not_before == MORNING)
    async with asyncio.timeout(10):
        while await database.read(lambda tx: tx.execute(postponed).scalar_one()) < 3:
            await asyncio.sleep(0.01)

    village.time += HOUR
    await village.write("gone-1")
    village.time += waiting.AFTER_REPLY
    async with asyncio.timeout(10):
        while not village.channel.sent:
            await asyncio.sleep(0.01)
    assert [to for to, _ in village.channel.sent] == ["gone-1"]
    village.time = MORNING
    await village.settle(3)
    await _stop(village)

    assert village.by_template == ["gone-0", "gone-2"]
    assert [to for to, _ in village.channel.sent] == ["gone-1"]
    assert await village.listed(announcement_id) == {("sent", None): set(village.residents)}
