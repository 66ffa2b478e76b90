"""Zalo's webhook from end to end: signed events in, rows out, and the platform's patience."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot import arrivals as arrivals_module
from bot import inbound as inbound_module
from bot.channels.http import MAX_CALL_BYTES
from bot.channels.zalo import site_check
from bot.channels.zalo.catch_up import CONVERSATION, CatchUp
from bot.channels.zalo.settings import ZaloSettings
from bot.channels.zalo.webhook import WEBHOOK_PATH, WebhookHandler
from bot.inbound import Desk, Way
from bot.metrics import Metrics
from bot.webhook_watch import WebhookWatch
from handlers.turn import Guide
from storage.db import Database
from storage.errors import Unavailable
from storage.outbox import Delivery
from storage.tables import addresses, arrivals, inbound, messages, residents
from tests.conftest import NOW
from tests.fakes.zalo_webhooks import APP_ID, OA_ID, OA_SECRET, PERSON, ZaloWebhooks, signed

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MS = int(NOW.timestamp() * 1000)


class House:
    """The service's way in, with a platform in front of it. Its time is the platform's."""

    def __init__(self, database: Database, guide: Guide) -> None:
        self.database = database
        self.handed: list[Delivery] = []
        self.metrics = Metrics()
        self.desk = Desk(database, guide, ZONE, "this-process", self.now, self.metrics)
        self.desk.connect("zalo", Way(lambda m: [m], self._hand_over))
        settings = ZaloSettings(APP_ID, "app-secret", OA_SECRET)
        self.handler = WebhookHandler(settings, lambda: OA_ID, self.desk, self.now)
        self.watch = WebhookWatch("zalo", self.handler.traffic, database, self.now, ZONE, self.metrics)
        self.zalo = ZaloWebhooks(self._post, MS)
        self.client: TestClient[Any, Any]

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.zalo.now_s)

    def _hand_over(self, deliveries: Sequence[Delivery]) -> None:
        self.handed += deliveries

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> int:
        async with self.client.post(WEBHOOK_PATH, data=body, headers=headers) as answer:
            return answer.status

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        return await self._post(body, headers or {})

    async def texts(self) -> list[str]:
        query = sa.select(messages.c.text).where(messages.c.direction == "in").order_by(messages.c.id)
        return await self.database.read(lambda tx: list(tx.execute(query).scalars()))

    async def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        number: int = await self.database.read(lambda tx: tx.execute(query).scalar_one())
        return number

    def full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the database be of no use."""

        async def write(*_: object) -> object:
            raise Unavailable("database or disk is full")

        monkeypatch.setattr(self.database, "write", write)

    def slow(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        """Let each commit take so long."""
        good: Callable[..., Any] = self.database.write

        async def write(work: Callable[..., Any], *arguments: Any) -> Any:
            done = await good(work, *arguments)
            await asyncio.sleep(seconds)
            return done

        monkeypatch.setattr(self.database, "write", write)


@pytest.fixture
async def house(sqlite: Database, guide: Guide) -> AsyncIterator[House]:
    house = House(sqlite, guide)
    app = web.Application(client_max_size=50_000_000)
    app.add_routes([web.post(WEBHOOK_PATH, house.handler.handle), *site_check.routes("Abc-1")])
    async with TestClient(TestServer(app)) as house.client:
        yield house
        await house.desk.drain()


async def test_a_message_is_stored_answered_200_and_has_its_turn(house: House) -> None:
    sent = house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()

    assert sent.status == 200
    assert await house.texts() == ["xin chào"]
    assert house.handed


async def test_the_same_event_many_times_and_at_once_is_one(house: House) -> None:
    sent = house.zalo.say("xin chào")
    statuses = await asyncio.gather(*(house.zalo.try_one(sent) for _ in range(6)))
    await house.desk.drain()

    assert statuses == [200] * 6
    assert await house.texts() == ["xin chào"]


@pytest.mark.parametrize("body", [b"", b"{}", b" {} \n", b"  "])
async def test_the_console_s_probe_is_answered_200_and_does_nothing(house: House, body: bytes) -> None:
    assert await house.post(body) == 200
    assert house.handler.traffic.good == house.handler.traffic.refused == 0


@pytest.mark.parametrize("body", [b"[]", b'{"a":1}', b"nonsense", b"null", b'""'])
async def test_anything_else_unsigned_is_refused_and_stores_nothing(house: House, body: bytes) -> None:
    assert await house.post(body) == 403
    assert await house.post(body, signed(body, "1", secret="the-app-secret")) == 403
    assert await house.count(inbound) == 0
    assert house.handler.traffic.refused == 2


async def test_a_body_without_end_is_refused(house: House) -> None:
    assert await house.post(b"x" * (MAX_CALL_BYTES + 1)) == 413


async def test_what_we_do_not_know_is_answered_200(house: House) -> None:
    for name in ("user_reacted_message", "user_asks_for_the_moon", "oa_send_text", "anonymous_send_text"):
        house.zalo.event(name)
    await house.zalo.deliver()

    assert {s.status for s in house.zalo.sent} == {200}
    assert await house.count(inbound) == 0


async def test_neither_receipts_nor_what_the_oa_sends_is_ever_answered(house: House) -> None:
    house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()
    handed = len(house.handed)

    house.zalo.receipt(PERSON, "m1")
    house.zalo.receipt(PERSON, "m1", seen=True)
    house.zalo.official_writes("Chào bác", PERSON, "o1")
    house.zalo.official_writes("Chào bà con", PERSON, "o2", by_hand=False)
    await house.zalo.deliver()
    await house.desk.note_receipts()
    await house.desk.drain()

    assert len(house.handed) == handed
    assert await house.texts() == ["xin chào"]


async def test_an_official_in_zalo_s_console_quiets_the_machine_and_our_own_words_do_not(
    house: House,
) -> None:
    house.zalo.official_writes("Chào bà con", "1", "o1", by_hand=False)
    house.zalo.official_writes("Chào bác", "2", "o2")
    await house.zalo.deliver()

    query = sa.select(residents.c.helped_until)
    paused = await house.database.read(lambda tx: list(tx.execute(query).scalars()))
    assert paused == [NOW + timedelta(hours=4)]


async def test_who_leaves_is_not_written_to_until_they_come_back(house: House) -> None:
    house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()
    query = sa.select(addresses.c.blocked_at)

    house.zalo.follow(PERSON, follows=False)
    await house.zalo.deliver()
    assert await house.database.read(lambda tx: tx.execute(query).scalar_one()) is not None
    house.zalo.follow(PERSON)
    await house.zalo.deliver()
    assert await house.database.read(lambda tx: tx.execute(query).scalar_one()) is None


# -- the platform's patience


async def test_whoever_comes_during_a_commit_waits_for_that_one_and_one_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many they are: with commits of at most a second, that is within the two of the platform."""
    monkeypatch.setattr(arrivals_module, "KEEP_WITHIN_S", 60)
    house.desk.leave()
    good: Callable[..., Any] = house.database.write
    commits: list[int] = []
    under_way, ended = asyncio.Event(), asyncio.Event()

    async def write(work: Callable[..., Any], *arguments: Any) -> Any:
        number = len(commits)
        commits.append(number)
        if number:
            await ended.wait()
        done = await good(work, *arguments)
        if not number:
            under_way.set()
            await ended.wait()
        return done

    monkeypatch.setattr(house.database, "write", write)
    sent = [house.zalo.say("dừng", str(1000 + n)) for n in range(41)]
    posted = [asyncio.create_task(house.zalo.try_one(sent[0]))]
    await under_way.wait()
    posted += [asyncio.create_task(house.zalo.try_one(s)) for s in sent[1:]]
    while len(house.desk._arrivals._coming) < 40:
        await asyncio.sleep(0)
    ended.set()

    assert await asyncio.gather(*posted) == [200] * 41
    assert commits == [0, 1]


async def test_a_slower_commit_is_503_and_nothing_is_lost_after_the_repeat(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals_module, "KEEP_WITHIN_S", 0.1)
    house.slow(monkeypatch, 0.4)
    sent = house.zalo.say("xin chào")
    await house.zalo.deliver()
    assert sent.status == 503
    monkeypatch.undo()
    await house.zalo.wait(30)
    await house.desk.drain()

    assert (sent.status, sent.tries) == (200, 2)
    assert await house.texts() == ["xin chào"]


async def test_an_outage_shorter_than_the_ladder_loses_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last of five repeats comes 1 h 50 min later, with the timestamp of the first time."""
    house.full(monkeypatch)
    sent = house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.zalo.wait(3100)
    assert house.zalo.on
    monkeypatch.undo()
    await house.zalo.wait(3700)
    await house.desk.drain()

    assert (sent.status, sent.tries) == (200, 6)
    assert await house.texts() == ["xin chào"]


# -- catching up


class Chats:
    """What Zalo's lists would tell: rows newest first, ten a call. `mine`: what the OA said comes from it."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.calls: list[tuple[str, Mapping[str, object]]] = []

    def said(
        self, msg_id: str, at: datetime, text: str = "", person: str = PERSON, *, by_oa: bool = False
    ) -> None:
        sides = (OA_ID, person) if by_oa else (person, OA_ID)
        row: dict[str, object] = {
            "message_id": msg_id,
            "src": 0 if by_oa else 1,
            "time": int(at.timestamp() * 1000),
            "type": "text",
            "message": text,
            "from_id": sides[0],
            "to_id": sides[1],
        }
        self.rows.insert(0, row)

    async def get(self, path: str, data: Mapping[str, object]) -> object:
        self.calls.append((path, data))
        rows = self.rows
        if path == CONVERSATION:
            rows = [r for r in rows if data["user_id"] in (r["from_id"], r["to_id"])]
        offset, count = data["offset"], data["count"]
        assert isinstance(offset, int)
        assert isinstance(count, int)
        assert count <= 10
        return rows[offset : offset + count]


def catch_up(house: House, chats: Chats) -> CatchUp:
    return CatchUp(chats, lambda: OA_ID, house.desk, house.now, pause_s=0)


async def test_what_a_switched_off_webhook_missed_is_found_once_and_answered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = Chats()
    house.full(monkeypatch)
    house.zalo.say("xin chào", msg_id="a")
    chats.said("a", house.now(), "xin chào")
    await house.zalo.deliver()
    await house.zalo.wait(7200)
    monkeypatch.undo()
    assert not house.zalo.on
    house.zalo.say("dừng", msg_id="b")
    chats.said("b", house.now(), "dừng")

    look = catch_up(house, chats)
    assert [await look.look(), await look.look()] == [2, 0]
    await house.desk.drain()
    assert await house.texts() == ["xin chào", "dừng"]

    house.zalo.enable_again()
    house.zalo.say("cảm ơn", msg_id="c")
    await house.zalo.deliver()
    await house.desk.drain()
    assert await house.texts() == ["xin chào", "dừng", "cảm ơn"]


async def test_the_webhook_and_catching_up_know_each_other_s_messages_in_either_order(house: House) -> None:
    chats = Chats()
    house.zalo.say("trước", msg_id="a")
    chats.said("a", NOW, "trước")
    await house.zalo.deliver()
    assert await catch_up(house, chats).look() == 0

    chats.said("b", NOW, "sau")
    assert await catch_up(house, chats).look() == 1
    late = house.zalo.say("sau", msg_id="b")
    await house.zalo.deliver()
    await house.desk.drain()
    assert late.status == 200
    assert await house.texts() == ["trước", "sau"]


async def test_what_was_answered_or_is_old_is_left_alone(house: House) -> None:
    chats = Chats()
    chats.said("old", NOW - timedelta(hours=25), "cũ", "1")
    chats.said("asked", NOW - timedelta(hours=3), "hỏi", "2")
    chats.said("answer", NOW - timedelta(hours=2), "đáp", "2", by_oa=True)
    chats.said("a", NOW - timedelta(hours=3), "hỏi trước", "3")
    chats.said("b", NOW - timedelta(hours=2), "đáp", "3", by_oa=True)
    chats.said("c", NOW - timedelta(hours=1), "hỏi sau", "3")

    assert await catch_up(house, chats).look() == 1
    await house.desk.drain()
    assert await house.texts() == ["hỏi sau"]


async def test_everybody_is_found_page_by_page(house: House) -> None:
    chats = Chats()
    for n in range(35):
        chats.said(f"m{n}", NOW - timedelta(minutes=60 - n), "dừng", str(100 + n % 7))

    assert await catch_up(house, chats).look() == 35
    assert all(data["count"] == 10 for _, data in chats.calls)


@pytest.mark.parametrize("answer", [None, {}, [], ["x", 5, {}], [{"message_id": "a", "time": "x"}]])
async def test_no_junk_makes_catching_up_fail(house: House, answer: object) -> None:
    class Junk:
        async def get(self, _path: str, _data: Mapping[str, object]) -> object:
            return answer

    assert await CatchUp(Junk(), lambda: OA_ID, house.desk, house.now, pause_s=0).look() == 0


async def test_it_looks_at_the_start_after_a_503_and_after_an_hour_of_silence(house: House) -> None:
    look, traffic = catch_up(house, Chats()), house.handler.traffic
    assert look.is_due(traffic)
    await look.look()
    assert not look.is_due(traffic)

    house.zalo.now_s = 60
    traffic.put_off_at = house.now()
    assert not look.is_due(traffic)
    house.zalo.now_s = 700
    assert look.is_due(traffic)
    await look.look()
    assert not look.is_due(traffic)

    traffic.count_good(house.now())
    house.zalo.now_s += 3599
    assert not look.is_due(traffic)
    house.zalo.now_s += 1
    assert look.is_due(traffic)
    assert not CatchUp(Chats(), lambda: None, house.desk, house.now).is_due(traffic)


# -- alarms


async def test_five_wrong_signatures_in_a_row_are_an_alarm_until_a_good_one(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.zalo.secret = "the-app-secret"
    sent = [house.zalo.say("xin chào") for _ in range(5)]
    for one in sent[:4]:
        await house.zalo.try_one(one)
    assert house.watch.alarms() == []
    assert await house.zalo.try_one(sent[4]) == 403
    assert house.watch.alarms() == ["zalo_signatures_fail"]
    assert [r.levelno for r in caplog.records if "ZALO_OA_SECRET" in r.message] == [logging.ERROR]

    house.zalo.secret = OA_SECRET
    assert await house.zalo.try_one(sent[0]) == 200
    assert house.watch.alarms() == []


async def test_a_silence_after_traffic_is_an_alarm_that_survives_a_restart_and_a_week(
    house: House, guide: Guide
) -> None:
    for n in range(6):
        house.zalo.say("dừng", str(n))
    await house.zalo.deliver()
    await house.desk.drain()
    house.zalo.now_s = 71 * 3600
    await house.watch.look()
    assert house.watch.alarms() == []
    house.zalo.now_s = 73 * 3600
    await house.watch.look()
    assert house.watch.alarms() == ["zalo_silent"]

    later = House(house.database, guide)
    later.zalo.now_s = 20 * 24 * 3600
    await later.watch.look()
    assert later.watch.alarms() == ["zalo_silent"]

    later.handler.traffic.count_good(later.now())
    await later.watch.look()
    assert later.watch.alarms() == []


async def test_a_busy_week_makes_a_day_of_silence_an_alarm_but_not_at_night(house: House) -> None:
    for n in range(30):
        house.zalo.say("dừng", str(n))
    await house.zalo.deliver()
    await house.desk.drain()
    house.zalo.now_s = 40 * 3600  # two in the morning
    await house.watch.look()
    assert house.watch.alarms() == []
    house.zalo.now_s = 46 * 3600
    await house.watch.look()
    assert house.watch.alarms() == ["zalo_silent"]


async def test_who_was_never_written_to_has_no_alarm(house: House) -> None:
    house.zalo.now_s = 10 * 24 * 3600
    await house.watch.look()

    assert house.watch.alarms() == []


# -- the domain


async def test_the_domain_is_verified_by_file_and_tag(house: House) -> None:
    async with house.client.get("/zalo_verifierAbc-1.html") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert site_check.tag("Abc-1") in await answer.text()
    assert site_check.tag("Abc-1") == '<meta name="zalo-platform-site-verification" content="Abc-1">'
    assert site_check.tag("") == ""
    assert site_check.routes("") == []


async def test_no_line_of_the_log_names_a_person_or_what_they_wrote(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house.zalo.say("thẻ bảo hiểm của tôi")
    house.zalo.event("user_reacted_message")
    await house.zalo.deliver()
    await house.desk.drain()

    assert await house.count(arrivals) == 0
    assert PERSON not in caplog.text
    assert "thẻ bảo hiểm" not in caplog.text


# -- out of order, slow, and what nobody thought of


async def _blocked_at(house: House) -> object:
    query = sa.select(addresses.c.blocked_at)
    return await house.database.read(lambda tx: tx.execute(query).scalar_one())


@pytest.mark.parametrize("back", ["message", "follow"])
async def test_a_leaving_that_comes_late_closes_nothing_for_who_is_back(house: House, back: str) -> None:
    """Repeats come up to two hours later, and nothing promises an order."""
    house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()
    late = house.zalo.follow(PERSON, follows=False)
    house.zalo.sent.remove(late)

    house.zalo.now_s += 60
    if back == "message":
        house.zalo.say("tôi đây")
    else:
        house.zalo.follow(PERSON)
    await house.zalo.deliver()
    await house.desk.drain()
    house.zalo.now_s += 300
    assert await house.zalo.try_one(late) == 200

    assert await _blocked_at(house) is None


async def test_a_following_is_one_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of a second each would be later than the platform waits."""
    house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()
    house.zalo.follow(PERSON, follows=False)
    await house.zalo.deliver()
    commits: list[object] = []
    good: Callable[..., Any] = house.database.write

    async def write(work: Callable[..., Any], *arguments: Any) -> Any:
        commits.append(work)
        return await good(work, *arguments)

    monkeypatch.setattr(house.database, "write", write)
    house.zalo.follow(PERSON)
    await house.zalo.deliver()

    assert len(commits) == 1
    assert await _blocked_at(house) is None


async def test_an_event_that_breaks_us_does_not_switch_the_webhook_off(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It would break us five times more, and then nobody's messages came any more. Catching up looks for it."""

    async def breaks(_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(house.desk, "keep", breaks)
    broken = house.zalo.say("xin chào")
    await house.zalo.deliver()

    assert broken.status == 200
    assert house.handler.traffic.put_off_at == house.now()
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == ["event could not be taken"]


async def test_what_is_no_message_waits_as_long_as_a_message(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but one small commit is behind each of them; a turn, which does more, is given up sooner."""
    house.zalo.say("xin chào")
    await house.zalo.deliver()
    await house.desk.drain()
    monkeypatch.setattr(inbound_module, "COMMIT_WITHIN_S", 0.02)
    house.slow(monkeypatch, 0.1)

    house.zalo.follow(PERSON, follows=False)
    house.zalo.follow(PERSON)
    house.zalo.official_writes("Chào bác", PERSON, "o1")
    await house.zalo.deliver()

    assert {one.status for one in house.zalo.sent} == {200}
