"""One scripted conversation means the same through every channel: web chat, Telegram (polling, webhook), Zalo, and one
that is made up here.
"""

import asyncio
import itertools
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import wiring
from bot.channels.zalo import message as zalo_message
from bot.channels.zalo.webhook import WEBHOOK_PATH
from bot.clock import clock
from bot.delivery import budget
from bot.delivery.engine import Engine
from bot.inbound import Way
from bot.wiring import Service
from faq.signals import Intent
from handlers import (
    announcement_life,
    announcements,
    case_codes,
    consent_texts,
    my_data_texts,
    texts,
    urgent_texts,
)
from handlers.delivery_texts import CHANNEL_NAMES
from handlers.turn import Guide
from storage.db import Tx
from storage.tables import attachments, cases, messages, outbox, questions, residents, rsvps
from tests.channels.paper import PaperChannel, PostOffice
from tests.channels.residents import (
    PaperResident,
    Resident,
    Seen,
    TelegramResident,
    WebResident,
    ZaloResident,
    is_label,
    poster,
)
from tests.channels.script import BEFORE_ERASING, ERASING, SCRIPT, STORY, play
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.zalo_oauth import APP_ID, APP_SECRET, OA_SECRET, FakeOAuth
from tests.fakes.zalo_server import FakeZalo
from tests.fakes.zalo_webhooks import ZaloWebhooks
from tests.handlers.filing import EVENT, RULES, ZONE, draft, make_editor
from tests.process import free_port
from tests.service import running

SITE = "http://127.0.0.1:8080"
ZALO_PERSON = "246845883529197922"


PAUSE = timedelta(seconds=5)
"""What a person takes to read and to type; who is quicker is asked to wait."""


class Passing:
    """A clock that is moved on besides (bot.clock.clock)."""

    def __init__(self, start: datetime | None) -> None:
        self._runs = clock(start)
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return self._runs() + self.ahead


@dataclass(frozen=True)
class Played:
    """What was seen after each step, and what was stored before the person had it erased, and after."""

    seen: list[list[Seen]]
    stored: list[object]
    left: list[object]


def always_alike(guide: Guide) -> Guide:
    """Return a guide whose codes are those of every other run."""
    chances = (random.Random(number) for number in itertools.count())
    return replace(
        guide, new_code=lambda: case_codes.make_code(lambda letters: next(chances).choice(letters))
    )


def announce(tx: Tx, service: Service) -> None:
    """Let an official announce a training in the person's commune, which is sent at once."""
    now = service.now()
    editor = make_editor(tx)
    written = draft({**EVENT, "audience": {"areas": ["11074"]}}, now=now)
    filed = announcements.file(tx, editor, written, (), random.Random(7).choice, ZONE, now)
    announcement_life.submit(tx, editor, filed.id, filed.version, 1, RULES, now)


async def converse(service: Service, resident: Resident) -> Played:
    """Have the whole conversation."""

    async def tell() -> None:
        await service.database.write(announce, service)

    def pause() -> None:
        assert isinstance(service.now, Passing)
        service.now.ahead += PAUSE

    seen = await play(resident, tell, pause, SCRIPT[:BEFORE_ERASING])
    stored = await service.database.read(held)
    seen += await play(resident, tell, pause, ERASING)
    return Played(seen, stored, await service.database.read(held))


def held(tx: Tx) -> list[object]:
    """Return what the database holds of the conversation, ids, times and what channels cut left out."""
    said = (
        sa.select(messages.c.text, messages.c.intent, messages.c.urgent)
        .where(messages.c.direction == "in")
        .order_by(messages.c.id)
    )
    asked = sa.select(
        questions.c.text,
        questions.c.verdict,
        questions.c.topic_id,
        questions.c.helped,
        questions.c.for_official,
    ).order_by(questions.c.id)
    told = sa.select(cases.c.text, cases.c.kind, cases.c.category, cases.c.area_code, cases.c.anonymous)
    files = sa.select(attachments.c.kind)
    coming = sa.select(rsvps.c.status, rsvps.c.people)
    communes = sa.select(residents.c.commune_code).order_by(residents.c.id)
    return [tuple(row) for query in (said, asked, told, files, coming, communes) for row in tx.execute(query)]


def settled(service: Service) -> Callable[[], Awaitable[None]]:
    """Return what waits until everything that came had its turn, and its replies left."""
    going = sa.select(sa.func.count()).where(
        outbox.c.channel != "web", outbox.c.status.in_(("queued", "sending"))
    )

    def left(tx: Tx) -> int:
        number: int = tx.execute(going.where(outbox.c.not_before <= service.now())).scalar_one()
        return number

    async def settle() -> None:
        await service.desk.drain()
        async with asyncio.timeout(20):
            while await service.database.read(left):
                await asyncio.sleep(0.005)

    return settle


# -- the channels


async def over_web(folder: Path, guide: Guide) -> Played:
    async with (
        running(folder, guide, PUBLIC_URL=SITE) as service,
        WebResident(f"http://127.0.0.1:{service.port}") as resident,
    ):
        return await converse(service, resident)


async def over_telegram(folder: Path, guide: Guide, mode: str) -> Played:
    port = str(free_port())
    # The fake brings updates to where the service is told to be, which is on this machine.
    site = SITE if mode == "polling" else f"http://127.0.0.1:{port}"
    async with FakeTelegram() as server:
        settings = {
            "HTTP_PORT": port,
            "PUBLIC_URL": site,
            "TELEGRAM_BOT_TOKEN": server.token,
            "TELEGRAM_API_URL": server.url,
            "TELEGRAM_MODE": mode,
        }
        async with running(folder, guide, **settings) as service:
            return await converse(service, TelegramResident(server, 4711))


@asynccontextmanager
async def zalo_service(folder: Path, guide: Guide) -> AsyncIterator[tuple[Service, FakeZalo]]:
    """The service with an OA that has a good token."""
    async with FakeZalo() as zalo, FakeOAuth(lambda: zalo.now) as oauth:
        zalo.is_good = oauth.is_good
        settings = {
            "PUBLIC_URL": SITE,
            "ZALO_APP_ID": APP_ID,
            "ZALO_APP_SECRET": APP_SECRET,
            "ZALO_OA_SECRET": OA_SECRET,
            "ZALO_REFRESH_TOKEN": oauth.give().refresh,
            "ZALO_API_URL": zalo.url,
            "ZALO_OAUTH_URL": oauth.url,
            "ZALO_RATE": "1000",
        }
        async with running(folder, guide, **settings) as service:
            await zalo.until(lambda: "v2.0/oa/getoa" in zalo.paths())
            yield service, zalo


async def over_zalo(folder: Path, guide: Guide) -> Played:
    async with zalo_service(folder, guide) as (service, zalo):
        post = poster(f"http://127.0.0.1:{service.port}{WEBHOOK_PATH}")
        webhooks = ZaloWebhooks(post, 0, secret=OA_SECRET)
        resident = ZaloResident(zalo, webhooks, ZALO_PERSON, settled(service), service.now)
        return await converse(service, resident)


async def over_paper(folder: Path, guide: Guide) -> Played:
    """A channel that nobody here knows, joined to the service from outside."""
    office = PostOffice()
    async with running(folder, guide, PUBLIC_URL=SITE) as service:
        channel = PaperChannel(office, service.desk, service.now)
        engine = Engine(
            service.database,
            channel,
            budget.Budget(1000, 16),
            service.owner,
            service.now,
            service.metrics,
            service.rules,
        )
        service.desk.connect(channel.name, Way(channel.shape, engine.hand_over))
        running_engine = asyncio.create_task(engine.run())
        await channel.start()
        try:
            return await converse(service, PaperResident(office, "Tư", settled(service)))
        finally:
            await channel.stop()
            await engine.stop(5)
            await running_engine
            await channel.close()


# -- what channels differ in

# How a channel is called: one that nobody here knows, by the name that its adapter has.
_CALLED = [*(name for channel, name in CHANNEL_NAMES.items() if channel != "office"), PaperChannel.name]
_NAMES = re.compile("|".join(map(re.escape, _CALLED)))
# A page shows what the database holds; where messages were delivered, they stay on the phone when all is erased.
_ON_PHONES = "Tin đã gửi vẫn còn trên máy của bà con; bà con tự xoá ở đó."
_NUMBER_SAID = re.compile(r"(Tin nhắn: |Tôi giữ )\d+")


def means(seen: list[Seen]) -> str:
    """Return what was said: without the spaces at which it may be cut, the channel's name, and what says that more
    buttons follow; a channel that carries a message in several counts more of them.
    """
    text = "\n".join(s.text for s in seen if s.text != zalo_message.MORE).replace(_ON_PHONES, "")
    return "".join(_NUMBER_SAID.sub(r"\1…", _NAMES.sub("…", text)).split())


def buttons(seen: list[Seen]) -> list[str]:
    """Return all buttons, on whichever message they stand."""
    return [label for s in seen for label in s.labels]


def assert_same(one: Played, other: Played) -> None:
    """Compare a conversation with the one on the web page."""
    for step, here, there in zip(SCRIPT, one.seen, other.seen, strict=True):
        assert means(here) == means(there), step
        shown, labels = buttons(here), buttons(there)
        assert len(shown) == len(labels), step
        assert all(map(is_label, shown, labels)), (step, shown, labels)
    assert one.stored == other.stored
    assert one.left == other.left


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    # The engine's pause between two messages to one person goes by the loop's clock, and is another test's.
    monkeypatch.setattr(wiring, "clock", Passing)
    monkeypatch.setattr(budget, "PERSON_INTERVAL_S", 0.001)


@pytest.fixture(scope="module")
def on_web(tmp_path_factory: pytest.TempPathFactory, guide: Guide) -> Played:
    """The conversation on the web page, against which the others are held."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wiring, "clock", Passing)
        return asyncio.run(over_web(tmp_path_factory.mktemp("web"), always_alike(guide)))


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_telegram_means_the_same_as_the_web(
    tmp_path: Path, guide: Guide, mode: str, on_web: Played
) -> None:
    on_telegram = await over_telegram(tmp_path, always_alike(guide), mode)

    assert_same(on_telegram, on_web)
    for step, here, there in zip(SCRIPT, on_telegram.seen, on_web.seen, strict=True):
        assert [s.labels for s in here] == [s.labels for s in there], step


async def test_zalo_means_the_same_as_the_web(tmp_path: Path, guide: Guide, on_web: Played) -> None:
    on_zalo = await over_zalo(tmp_path, always_alike(guide))

    assert_same(on_zalo, on_web)
    assert any(len(here) > len(there) for here, there in zip(on_zalo.seen, on_web.seen, strict=True))


async def test_a_channel_that_is_only_its_adapter_means_the_same(
    tmp_path: Path, guide: Guide, on_web: Played
) -> None:
    assert_same(await over_paper(tmp_path, always_alike(guide)), on_web)


async def test_the_script_reaches_what_it_is_meant_to_reach(on_web: Played) -> None:
    """Equal everywhere would also be equally wrong: the outcome of the main steps is stated here."""
    text = {
        step.words: "\n".join(s.text for s in replies)
        for step, replies in zip(SCRIPT, on_web.seen, strict=True)
    }
    rows = on_web.stored

    assert len(SCRIPT) >= 60
    assert "máy trả lời tự động" in text["xin chào"]
    assert "1.500.000 đồng" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "07/2021/NĐ-CP" in text["thu nhập bao nhiêu thì được coi là hộ nghèo"]
    assert "100%" in text["ho can ngheo co duoc cap the bao hiem y te khong"]
    assert "700.000 đồng" in text["bố tôi 76 tuổi không có lương hưu thì được bao nhiêu tiền một tháng"]
    assert text["cuu toi voi nha dang chay"] == urgent_texts.DISASTER
    # What else a cry for help is taken for matters to nobody.
    assert {("cuu toi voi nha dang chay", intent.value, "disaster") for intent in Intent} & set(rows)
    assert "xã Tứ Kỳ" in text["Tứ Kì"]  # asked for before the cry for help
    assert text["xoá hết tin nhắn của tôi đi"] == my_data_texts.sure(0, 0)
    assert text[my_data_texts.BUTTON_KEEP_ALL] == my_data_texts.NOT_ERASED
    assert text[consent_texts.BUTTON_STOP] == texts.STOPPED
    assert "chưa có câu trả lời chắc chắn" in text["mặt trăng cách trái đất bao nhiêu cây số"]
    assert (STORY, "reflection", "allowance", "11074", False) in rows
    assert ("going", 1) in rows
    assert "11074" in [row[0] for row in rows if isinstance(row, tuple) and len(row) == 1]
    assert text["{announced}"].startswith("CÓ MÃ NÀY")
    # The case goes on without a name, as was chosen; whoever writes again is somebody new.
    assert (STORY, "reflection", "allowance", "11074", False) in on_web.left
    assert ("going", 1) not in on_web.left
    assert ("menu", "menu", None) in on_web.left
