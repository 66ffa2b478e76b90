"""The scripted conversation, had over each channel against the real service."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.channels.zalo.webhook import WEBHOOK_PATH
from bot.clock import clock
from bot.delivery import budget
from bot.delivery.engine import Engine
from bot.inbound import Way
from bot.wiring import Service
from handlers import (
    announcement_life,
    announcements,
    case_codes,
)
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
    poster,
)
from tests.channels.script import BEFORE_ERASING, ERASING, SCRIPT, play
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
async def zalo_service(
    folder: Path, guide: Guide, site: str = SITE
) -> AsyncIterator[tuple[Service, FakeZalo]]:
    """The service with an OA that has a good token."""
    async with FakeZalo() as zalo, FakeOAuth(lambda: zalo.now) as oauth:
        zalo.is_good = oauth.is_good
        settings = {
            "PUBLIC_URL": site,
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


def on_zalo(service: Service, zalo: FakeZalo) -> ZaloResident:
    """Somebody who writes to the OA."""
    post = poster(f"http://127.0.0.1:{service.port}{WEBHOOK_PATH}")
    webhooks = ZaloWebhooks(post, 0, secret=OA_SECRET)
    return ZaloResident(zalo, webhooks, ZALO_PERSON, settled(service), service.now)


async def over_zalo(folder: Path, guide: Guide) -> Played:
    async with zalo_service(folder, guide) as (service, zalo):
        return await converse(service, on_zalo(service, zalo))


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
